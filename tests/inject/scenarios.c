#include "scenarios.h"
#include "gpufitcl_notebook.h"
#include "gpufitcl_search.h"

#include "engine.h"
#include "error.h"
#include "npz_files.h"
#include "scratch.h"

/* 4100 rows make 65 blocks of 64: one node more than a pass of kernels/fold.cl folds. */
enum { ROWS = 4100, OUTPUTS = 2, FEW_ROWS = 5 };

/* ---- trainings ---- */

static unsigned wants_everything(size_t epoch, void *user)
{
	(void)epoch;
	(void)user;
	return GF_WANT_PARAMETERS | GF_WANT_OUTPUTS;
}

static void expect_outputs(const gf_epoch *epoch, void *user)
{
	(void)user;
	assert_non_null(epoch->outputs);
}

static gf_config two_epochs(gf_engine engine, int profile)
{
	gf_config config;

	gf_config_default(&config);
	config.engine = engine;
	config.profile = profile;
	config.epochs = 2;
	config.lr = 1e-3;
	config.check = engine == GF_ENGINE_reference ? GF_CHECK_off : GF_CHECK_every;
	config.wants = wants_everything;
	config.on_epoch = expect_outputs;
	return config;
}

static gf_status fit(struct session *s, const gf_config *config, gf_error *err)
{
	gf_status status = gf_fit(&s->model, s->data, config, NULL, err);

	assert_int_equal(status == GF_OK, s->model != NULL);
	return status;
}

static gf_status small_fit(struct session *s, gf_engine engine, int profile, gf_error *err)
{
	const gf_config config = two_epochs(engine, profile);

	TRY(gf_dataset_notebook(&s->data, err));
	return fit(s, &config, err);
}

static gf_status resident(struct session *s, gf_error *err)
{
	return small_fit(s, GF_ENGINE_resident, 0, err);
}

static gf_status resident_profiled(struct session *s, gf_error *err)
{
	return small_fit(s, GF_ENGINE_resident, 1, err);
}

static gf_status reference(struct session *s, gf_error *err)
{
	return small_fit(s, GF_ENGINE_reference, 0, err);
}

static gf_status diverging(struct session *s, gf_error *err)
{
	gf_config config = two_epochs(GF_ENGINE_reference, 0);

	config.lr = 1e6;
	TRY(gf_dataset_notebook(&s->data, err));
	return fit(s, &config, err);
}

static gf_status wide_fit(struct session *s, gf_engine engine, int profile, gf_error *err)
{
	static float x[ROWS], y[ROWS * OUTPUTS];
	const gf_arrays arrays = {.rows = ROWS, .features = 1, .outputs = OUTPUTS, .x = x, .y = y};
	const gf_config config = two_epochs(engine, profile);
	size_t i;

	for (i = 0; i < ROWS; i++) {
		x[i] = (float)i / ROWS;
		y[2 * i] = 2.0f * x[i];
		y[2 * i + 1] = 1.0f - x[i];
	}
	TRY(gf_dataset_new(&s->data, &arrays, err));
	return fit(s, &config, err);
}

/* Opens an engine, and another one that shares its data and outlives it. */
static gf_status open_beside(struct session *s, gf_error *err)
{
	struct problem problem = {.outputs = 1,
		.loss = GF_LOSS_mse,
		.loss_parameters = loss_parameters_default(),
		.update.optimizer = GF_OPTIMIZER_sgd};
	struct engine_options options = {.engine = GF_ENGINE_resident};
	const struct uses uses = {.shuffles = 0};
	struct engine *first = NULL, *second = NULL;
	gf_status status;

	TRY(gf_dataset_notebook(&s->data, err));
	problem.data = s->data;
	problem.train_rows = problem.batch_size = s->data->rows;
	status = engine_open(&first, &problem, &options, err);
	if (!status)
		status = engine_warm_up(first, &uses, err);
	if (!status) {
		engine_retire(first);
		options.beside = first;
		options.shares_data = 1;
		status = engine_open(&second, &problem, &options, err);
	}
	if (!status)
		status = engine_warm_up(second, &uses, err);
	engine_close(first);
	engine_close(second);
	return status;
}

/* Two configurations on folds, of which the second is trained on all rows, too. */
static gf_status search(struct session *s, gf_engine engine, gf_error *err)
{
	gf_config configs[2];
	const gf_search_options options = {.configs = configs, .count = 2, .folds = 2, .refit = 1};
	gf_search *search = NULL;
	gf_status status;

	gf_config_default(&configs[0]);
	configs[0].engine = engine;
	configs[0].epochs = 2;
	configs[0].standardize = 1;
	configs[1] = configs[0];
	configs[1].lr = 0.02;
	TRY(gf_dataset_notebook(&s->data, err));
	status = gf_search_run(&search, s->data, &options, err);
	assert_int_equal(status == GF_OK, search != NULL);
	gf_search_free(search);
	return status;
}

static gf_status search_moments(struct session *s, gf_error *err)
{
	return search(s, GF_ENGINE_moments, err);
}

static gf_status search_reference(struct session *s, gf_error *err)
{
	return search(s, GF_ENGINE_reference, err);
}

static gf_status path(struct session *s, gf_error *err)
{
	const gf_path_options options = {.penalty = GF_PENALTY_l1, .points = 2, .folds = 2};
	gf_config config;
	gf_path *path = NULL;
	gf_status status;

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	config.epochs = 2;
	TRY(gf_dataset_notebook(&s->data, err));
	status = gf_path_run(&path, s->data, &config, &options, err);
	assert_int_equal(status == GF_OK, path != NULL);
	gf_path_free(path);
	return status;
}

static gf_status streaming(struct session *s, gf_error *err)
{
	return wide_fit(s, GF_ENGINE_streaming, 0, err);
}

static gf_status streaming_profiled(struct session *s, gf_error *err)
{
	return wide_fit(s, GF_ENGINE_streaming, 1, err);
}

static gf_status moments(struct session *s, gf_error *err)
{
	return wide_fit(s, GF_ENGINE_moments, 0, err);
}

/* ---- models and files ---- */

static gf_status read_with_model(struct session *s, const char *path, gf_error *err)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.model = s->model;
	return gf_dataset_read(&s->data, path, &options, err);
}

static gf_status predict(const struct session *s, gf_error *err)
{
	float outputs[FEW_ROWS];
	gf_metrics metrics;

	TRY(gf_predict(s->model, s->data, NULL, outputs, err));
	return gf_evaluate(s->model, s->data, NULL, &metrics, err);
}

static gf_status load_and_predict(struct session *s, gf_error *err)
{
	TRY(gf_model_load(&s->model, "few.safetensors", err));
	TRY(read_with_model(s, "few.csv", err));
	return predict(s, err);
}

/* A table whose columns are separated by blanks and chosen by their names, with words, weights and
 * missing values: all that a table may have. */
static gf_status read_blanks(struct session *s, gf_error *err)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.target = "cost, area";
	options.one_hot = "kind";
	options.sample_weight = "w";
	options.missing = GF_MISSING_mean;
	return gf_dataset_read(&s->data, "blanks.txt", &options, err);
}

static gf_status train_and_save(struct session *s, gf_error *err)
{
	const gf_config config = two_epochs(GF_ENGINE_reference, 0);

	TRY(read_blanks(s, err));
	TRY(fit(s, &config, err));
	TRY(gf_model_save(s->model, MODEL, err));
	s->saved = 1;
	return GF_OK;
}

/* Without a training, so that memory is allocated for the files alone. */
static gf_status read_load_save(struct session *s, gf_error *err)
{
	TRY(read_blanks(s, err));
	TRY(gf_model_load(&s->model, "blanks.safetensors", err));
	TRY(gf_model_save(s->model, MODEL, err));
	s->saved = 1;
	return GF_OK;
}

static gf_status export_both(struct session *s, gf_error *err)
{
	const gf_config config = two_epochs(GF_ENGINE_reference, 0);

	TRY(read_blanks(s, err));
	TRY(fit(s, &config, err));
	TRY(gf_model_export(s->model, "few.onnx", err));
	return gf_model_export(s->model, "few.c", err);
}

/* svmlight lines, with words for classes; then a NumPy array whose labels are in an IDX file. */
/* Two files of one table, two arrays of one file, and an archive. */
static gf_status read_pairs(gf_error *err)
{
	static const char *const paths[] = {"few.csv", "few.csv"};
	gf_dataset *data = NULL;
	gf_status status = gf_dataset_read_files(&data, paths, 2, NULL, err);

	gf_dataset_free(data);
	if (!status)
		status = gf_dataset_read(&data, "few.npz", NULL, err);
	gf_dataset_free(data);
	if (!status)
		status = gf_dataset_read(&data, "few.zip", NULL, err);
	gf_dataset_free(data);
	return status;
}

/* Rows that train and rows that validate are copied from those of the file. */
static gf_status fit_sparse(struct session *s, const gf_config *config, gf_error *err)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.sparse = 1;
	TRY(gf_dataset_read(&s->data, "sparse.svm", &options, err));
	return fit(s, config, err);
}

static gf_status sparse(struct session *s, gf_error *err)
{
	gf_config config = two_epochs(GF_ENGINE_streaming, 0);

	config.validation = 0.3;
	return fit_sparse(s, &config, err);
}

static gf_status sparse_batches(struct session *s, gf_error *err)
{
	gf_config config = two_epochs(GF_ENGINE_streaming, 0);

	config.epochs = 1;
	config.batch_size = 4;
	config.shuffle = 1;
	return fit_sparse(s, &config, err);
}

static gf_status read_formats(struct session *s, gf_error *err)
{
	gf_dataset *images = NULL;
	gf_read_options options;
	gf_status status;

	gf_read_options_default(&options);
	options.loss = GF_LOSS_hinge;
	TRY(gf_dataset_read(&s->data, "spam.svm", &options, err));
	options.loss = GF_LOSS_cross_entropy;
	options.labels = "labels.idx";
	status = gf_dataset_read(&images, "images.npy", &options, err);
	gf_dataset_free(images);
	return status ? status : read_pairs(err);
}

/* A file is the program's own to read; a pipe goes to it through a socket. */
static gf_status decompress(struct session *s, gf_error *err)
{
	FILE *pipe = popen("cat few.csv.Z", "r");
	gf_dataset *again = NULL;
	char path[32];
	gf_status status;

	assert_non_null(pipe);
	snprintf(path, sizeof path, "/dev/fd/%d", fileno(pipe));
	status = gf_dataset_read(&s->data, "few.csv.Z", NULL, err);
	if (!status)
		status = gf_dataset_read(&again, path, NULL, err);
	gf_dataset_free(again);
	pclose(pipe);
	return status;
}

/* The intervals are those of the model's file. */
static gf_status infer(struct session *s, gf_error *err)
{
	const float outputs[7] = {0};
	double lower[7], upper[7];
	gf_config config = two_epochs(GF_ENGINE_reference, 0);
	gf_model *loaded;
	gf_status status;

	config.statistics = 0.95;
	TRY(gf_dataset_notebook(&s->data, err));
	TRY(fit(s, &config, err));
	TRY(gf_model_save(s->model, MODEL, err));
	s->saved = 1;
	TRY(gf_model_load(&loaded, MODEL, err));
	status = gf_predict_intervals(loaded, s->data, 0.9, outputs, lower, upper, err);
	gf_model_free(loaded);
	return status;
}

/* ---- questions ---- */

static gf_status explain(struct session *s, gf_error *err)
{
	static const float before[] = {0.5f, 0.25f};
	const gf_epoch step = {.lr = 0.01, .parameters = 2, .before = before, .output_rows = 3};
	gf_theory *theory = NULL;

	TRY(gf_dataset_notebook(&s->data, err));
	TRY(gf_theory_new(&theory, s->data, NULL, &step, err));
	gf_theory_free(theory);
	return GF_OK;
}

static gf_status list_devices(struct session *s, gf_error *err)
{
	gf_device_info *list, found;
	size_t count;
	gf_status status = gf_device_list(&list, &count, err);

	(void)s;
	if (!status)
		status = gf_device_find(&found, list[0].type, err);
	gf_device_list_free(list);
	return status;
}

/* Cases are numbered from 1. */
static void count_result(const gf_selftest_result *result, void *user)
{
	gf_selftest_result *last = user;

	assert_int_equal(result->number, last->number + 1);
	assert_in_range(result->number, 1, result->total);
	*last = *result;
}

static gf_status run_selftest(struct session *s, gf_error *err)
{
	gf_selftest_result last = {.number = 0};
	size_t failed;

	(void)s;
	TRY(gf_selftest(NULL, count_result, &last, &failed, err));
	assert_int_not_equal(last.number, 0);
	assert_int_equal(last.number, last.total);
	return GF_OK;
}

/* ---- the scenarios ---- */

const struct scenario OPEN_BESIDE = {.run = open_beside};
const struct scenario TRAIN_RESIDENT = {.run = resident};
const struct scenario PROFILE_RESIDENT = {.run = resident_profiled};
const struct scenario TRAIN_STREAMING = {.run = streaming};
const struct scenario PROFILE_STREAMING = {.run = streaming_profiled};
const struct scenario TRAIN_SPARSE = {.run = sparse, .dense = 50};
const struct scenario TRAIN_SPARSE_BATCHES = {.run = sparse_batches, .dense = 50};
const struct scenario TRAIN_MOMENTS = {.run = moments};
const struct scenario TRAIN_REFERENCE = {.run = reference};
const struct scenario DIVERGE = {
	.run = diverging, .wanted = GF_E_DIVERGED, .message = "training diverged"};
const struct scenario SEARCH_MOMENTS = {.run = search_moments, .dense = 50};
const struct scenario SEARCH_REFERENCE = {.run = search_reference};
const struct scenario PATH = {.run = path};
const struct scenario BUILD_FAILS = {.run = resident,
	.wanted = GF_E_OPENCL,
	.message = "clBuildProgram",
	.always_fails = "clBuildProgram"};
const struct scenario LOAD_AND_PREDICT = {.run = load_and_predict};
const struct scenario READ_LOAD_SAVE = {.run = read_load_save};
const struct scenario EXPORT = {.run = export_both, .message = "for an ONNX model"};
const struct scenario READ_FORMATS = {.run = read_formats};
const struct scenario DECOMPRESS = {.run = decompress};
const struct scenario TRAIN_AND_SAVE = {.run = train_and_save};
const struct scenario INFER = {.run = infer};
const struct scenario EXPLAIN = {.run = explain};
const struct scenario LIST_DEVICES = {.run = list_devices};
const struct scenario SELFTEST = {.run = run_selftest, .dense = 150};

/* ---- files that scenarios read ---- */

void scenarios_write_files(void)
{
	static const char few[] = "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n";
	static const char blanks[] = "a  kind \"cost\" area w\n1 u 3 4 1\nNA  v 7 8 2\n";
	static const char svm[] = "spam 1:2 3:4\nham 2:1\nspam 1:1\n";
	static const char rows[] = "1 1:2 9:4\n2 2:1\n3 1:1 4:2\n1 9:1\n";
	static const char npy[] = "\x93NUMPY\1\0\073\0{'descr': '|u1', "
				  "'fortran_order': True, 'shape': (2, 2), }\n\1\2\4\5";
	/* "x,y\n1,2\n" as compress writes it, in codes of 9 bits. */
	static const char packed[] = "\x1f\x9d\x90\x78\x58\xe4\x51\x10\x83\x85\x0c\x05";
	/* "x,y\n1,2\n" in an archive, by Python's zipfile. */
	static const char zip[] =
		"PK\003\004\024\000\000\000\000\000\000\000!\000#\337r\000\010\000\000"
		"\000\010\000\000\000\001\000\000\000ax,y\0121,2\012PK\001\002\024\003"
		"\024\000\000\000\000\000\000\000!\000#\337r\000\010\000\000\000\010"
		"\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\200\001"
		"\000\000\000\000aPK\005\006\000\000\000\000\001\000\001\000/\000\000"
		"\000'\000\000\000\000\000";
	static const char idx[] = "\0\0\x08\1\0\0\0\2\7\3";
	const struct npz_file *npz = &NPZ_FILES[1];
	gf_config config = two_epochs(GF_ENGINE_reference, 0);
	struct session s = {0};

	assert_string_equal(npz->name, "compressed");
	sparse_scenarios_write_files();
	scratch_write("few.zip", zip, sizeof zip - 1);
	scratch_write("few.npz", npz->bytes, npz->count);
	scratch_write("spam.svm", svm, sizeof svm - 1);
	scratch_write("sparse.svm", rows, sizeof rows - 1);
	scratch_write("sparse01.svm", "1 1:2 9:4\n0 2:1\n", 16);
	scratch_write("images.npy", npy, sizeof npy - 1);
	scratch_write("labels.idx", idx, sizeof idx - 1);
	scratch_write("few.csv.Z", packed, sizeof packed - 1);
	scratch_write("few.csv", few, sizeof few - 1);
	scratch_write("few.onnx", few, sizeof few - 1);
	scratch_write("few.c", few, sizeof few - 1);
	scratch_write("blanks.txt", blanks, sizeof blanks - 1);
	assert_int_equal(gf_dataset_read(&s.data, "few.csv", NULL, NULL), GF_OK);
	config.on_epoch = NULL;
	assert_int_equal(fit(&s, &config, NULL), GF_OK);
	assert_int_equal(gf_model_save(s.model, "few.safetensors", NULL), GF_OK);
	gf_model_free(s.model);
	gf_dataset_free(s.data);
	assert_int_equal(read_blanks(&s, NULL), GF_OK);
	assert_int_equal(fit(&s, &config, NULL), GF_OK);
	assert_int_equal(gf_model_save(s.model, "blanks.safetensors", NULL), GF_OK);
	gf_model_free(s.model);
	gf_dataset_free(s.data);
}

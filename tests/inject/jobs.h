/* jobs.h: what is run with a call failing: each a use of the library from its start to its end. */
#ifndef GF_JOBS_H
#define GF_JOBS_H

#include "scratch.h"
#include "gpufitcl_notebook.h"

/* 4100 rows make 65 blocks of 64: one node more than a pass of kernels/fold.cl folds. */
enum { ROWS = 4100, OUTPUTS = 2, FEW_ROWS = 5 };

#define MODEL "model.safetensors"

struct run {
	gf_dataset *data;
	gf_model *model;
	int saved;
};

typedef gf_status job_function(struct run *r, gf_error *err);

struct job {
	job_function *run;
	gf_status wanted;   /* when no call fails */
	const char *said;   /* then; NULL: nothing */
	const char *always; /* a call that fails every time; NULL: none */
	size_t dense;       /* calls from which on only some are failed; 0: each is */
};

static unsigned wants_everything(size_t epoch, void *user)
{
	(void)epoch;
	(void)user;
	return GF_WANT_PARAMETERS | GF_WANT_OUTPUTS;
}

static void ignore_step(const gf_epoch *step, void *user)
{
	(void)user;
	assert_non_null(step->outputs);
}

static gf_config config_of(gf_engine engine, int profile)
{
	gf_config config;

	gf_config_default(&config);
	config.engine = engine;
	config.profile = profile;
	config.epochs = 2;
	config.lr = 1e-3;
	config.check = engine == GF_ENGINE_reference ? GF_CHECK_off : GF_CHECK_every;
	config.wants = wants_everything;
	config.on_epoch = ignore_step;
	return config;
}

static gf_status fit(struct run *r, const gf_config *config, gf_error *err)
{
	gf_status status = gf_fit(&r->model, r->data, config, NULL, err);

	assert_int_equal(status == GF_OK, r->model != NULL);
	return status;
}

static gf_status small_fit(struct run *r, gf_engine engine, int profile, gf_error *err)
{
	gf_config config = config_of(engine, profile);
	gf_status status = gf_dataset_notebook(&r->data, err);

	return status ? status : fit(r, &config, err);
}

static gf_status resident(struct run *r, gf_error *err)
{
	return small_fit(r, GF_ENGINE_resident, 0, err);
}

static gf_status resident_profiled(struct run *r, gf_error *err)
{
	return small_fit(r, GF_ENGINE_resident, 1, err);
}

static gf_status reference(struct run *r, gf_error *err)
{
	return small_fit(r, GF_ENGINE_reference, 0, err);
}

static gf_status diverging(struct run *r, gf_error *err)
{
	gf_config config = config_of(GF_ENGINE_reference, 0);
	gf_status status = gf_dataset_notebook(&r->data, err);

	config.lr = 1e6;
	return status ? status : fit(r, &config, err);
}

static gf_status wide_fit(struct run *r, gf_engine engine, int profile, gf_error *err)
{
	static float x[ROWS], y[ROWS * OUTPUTS];
	gf_config config = config_of(engine, profile);
	gf_status status;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		x[i] = (float)i / ROWS;
		y[2 * i] = 2.0f * x[i];
		y[2 * i + 1] = 1.0f - x[i];
	}
	status = gf_dataset_new(&r->data,
		&(gf_arrays){.rows = ROWS, .features = 1, .outputs = OUTPUTS, .x = x, .y = y}, err);
	return status ? status : fit(r, &config, err);
}

static gf_status streaming(struct run *r, gf_error *err)
{
	return wide_fit(r, GF_ENGINE_streaming, 0, err);
}

static gf_status streaming_profiled(struct run *r, gf_error *err)
{
	return wide_fit(r, GF_ENGINE_streaming, 1, err);
}

static gf_status moments(struct run *r, gf_error *err)
{
	return wide_fit(r, GF_ENGINE_moments, 0, err);
}

static gf_status read_with(struct run *r, const char *path, gf_error *err)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.model = r->model;
	return gf_dataset_read(&r->data, path, &options, err);
}

static gf_status predict(const struct run *r, gf_error *err)
{
	float outputs[FEW_ROWS];
	gf_metrics metrics;
	gf_status status = gf_predict(r->model, r->data, NULL, outputs, err);

	return status ? status : gf_evaluate(r->model, r->data, NULL, &metrics, err);
}

/* What a trained model is used for. */
static gf_status use(struct run *r, gf_error *err)
{
	gf_status status = gf_model_load(&r->model, "few.safetensors", err);

	if (!status)
		status = read_with(r, "few.csv", err);
	return status ? status : predict(r, err);
}

/* A table separated by blanks, its columns by their names: all that a file may have. */
static gf_status read_blanks(struct run *r, gf_error *err)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.target = "cost, area";
	options.one_hot = "kind";
	options.sample_weight = "w";
	options.missing = GF_MISSING_mean;
	return gf_dataset_read(&r->data, "blanks.txt", &options, err);
}

static gf_status save(struct run *r, gf_error *err)
{
	gf_config config = config_of(GF_ENGINE_reference, 0);
	gf_status status = read_blanks(r, err);

	if (!status)
		status = fit(r, &config, err);
	if (!status)
		status = gf_model_save(r->model, MODEL, err);
	r->saved = status == GF_OK;
	return status;
}

/* Files alone, no device. */
static gf_status files(struct run *r, gf_error *err)
{
	gf_status status = read_blanks(r, err);

	if (!status)
		status = gf_model_load(&r->model, "blanks.safetensors", err);
	if (!status)
		status = gf_model_save(r->model, MODEL, err);
	r->saved = status == GF_OK;
	return status;
}

/* Labels from a file of their own, and words as classes; arrays, and lines of pairs. */
static gf_status formats(struct run *r, gf_error *err)
{
	gf_dataset *images = NULL;
	gf_read_options options;
	gf_status status;

	gf_read_options_default(&options);
	options.loss = GF_LOSS_hinge;
	status = gf_dataset_read(&r->data, "spam.svm", &options, err);
	options.loss = GF_LOSS_cross_entropy;
	options.labels = "labels.idx";
	if (!status)
		status = gf_dataset_read(&images, "images.npy", &options, err);
	gf_dataset_free(images);
	return status;
}

static gf_status theory(struct run *r, gf_error *err)
{
	static const float before[] = {0.5f, 0.25f};
	const gf_epoch step = {.lr = 0.01, .parameters = 2, .before = before, .output_rows = 3};
	gf_theory *theory = NULL;
	gf_status status = gf_dataset_notebook(&r->data, err);

	if (!status)
		status = gf_theory_new(&theory, r->data, GF_LOSS_mse, &step, err);
	gf_theory_free(theory);
	return status;
}

static gf_status devices(struct run *r, gf_error *err)
{
	gf_device_info *list, found;
	size_t count;
	gf_status status = gf_device_list(&list, &count, err);

	(void)r;
	if (!status)
		status = gf_device_find(&found, list[0].type, err);
	gf_device_list_free(list);
	return status;
}

/* Each case has its number. */
static void count_result(const gf_selftest_result *result, void *user)
{
	gf_selftest_result *last = user;

	assert_int_equal(result->number, last->number + 1);
	assert_in_range(result->number, 1, result->total);
	*last = *result;
}

static gf_status selftest(struct run *r, gf_error *err)
{
	gf_selftest_result last = {.number = 0};
	size_t failed;
	gf_status status = gf_selftest(NULL, count_result, &last, &failed, err);

	(void)r;
	if (!status) {
		assert_int_not_equal(last.number, 0);
		assert_int_equal(last.number, last.total);
	}
	return status;
}

#endif

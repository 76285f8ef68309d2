/* test_threads.c: calls of several threads at once, with objects of their own and a dataset that
 * all read, give the bits of one thread.  make check-threads runs it under a thread sanitizer. */
#include "basics.h"
#include "scratch.h"

#include <pthread.h>

enum { THREADS = 4, ROWS = 200, FEATURES = 5 };

/* What a thread computes. */
struct results {
	float weight[FEATURES], bias;    /* of a linear model, by engine streaming */
	float layers[FEATURES * 3];      /* the first weights of a network, by engine resident */
	float outputs[ROWS], by_name[7]; /* of gf_predictor, and of a model that was read again */
	double accuracy;
	size_t epochs, told; /* of the training, and those that on_epoch was told of */
};

struct thread {
	size_t number;
	const gf_dataset *shared; /* borrowed */
	int fails;                /* 1: its data is refused, and its message must be its own */
	struct results results;
	gf_error err;
	gf_status status;
};

static void count_epoch(const gf_epoch *epoch, void *user)
{
	(void)epoch;
	++*(size_t *)user;
}

static gf_config training(gf_engine engine, struct results *results)
{
	gf_config config;

	gf_config_default(&config);
	config.engine = engine;
	config.epochs = 20;
	config.standardize = 1;
	config.on_epoch = count_epoch;
	config.user = &results->told;
	return config;
}

/* Reads a file of its own, trains, saves, and predicts from the model that was saved. */
static gf_status use_files(struct thread *t, gf_error *err)
{
	gf_read_options options;
	gf_config config = training(GF_ENGINE_streaming, &t->results);
	gf_dataset *data = NULL;
	gf_model *model = NULL, *again = NULL;
	gf_predictor *predictor = NULL;
	gf_metrics metrics;
	gf_arrays rows;
	char path[64], saved[64];
	gf_status status;

	snprintf(path, sizeof path, "%s", t->fails ? "broken.csv" : "points.csv");
	snprintf(saved, sizeof saved, "model%zu.safetensors", t->number);
	gf_read_options_default(&options);
	config.loss = options.loss = GF_LOSS_bce;
	status = gf_dataset_read(&data, path, &options, err);
	if (!status)
		status = gf_fit(&model, data, &config, NULL, err);
	if (!status)
		status = gf_model_save(model, saved, err);
	if (!status)
		status = gf_model_load(&again, saved, err);
	if (!status)
		status = gf_evaluate(again, data, &config, &metrics, err);
	if (!status)
		status = gf_predictor_open(&predictor, again, &config, err);
	if (!status) {
		rows = (gf_arrays){.rows = 7, .features = FEATURES, .x = gf_dataset_x(data)};
		status = gf_predictor_run(predictor, &rows, t->results.by_name, err);
		t->results.accuracy = metrics.accuracy;
	}
	gf_predictor_free(predictor);
	gf_model_free(again);
	gf_model_free(model);
	gf_dataset_free(data);
	return status;
}

/* Trains on a dataset that other threads train on. */
static gf_status use_shared(const gf_dataset *data, struct results *r, gf_error *err)
{
	gf_config config = training(GF_ENGINE_streaming, r);
	gf_model *linear = NULL, *network = NULL;
	gf_report report = {.epochs = 0};
	gf_status status = gf_fit(&linear, data, &config, &report, err);

	r->epochs = report.epochs;
	if (!status) {
		memcpy(r->weight, gf_model_weight(linear), sizeof r->weight);
		r->bias = *gf_model_bias(linear);
		status = gf_predict(linear, data, &config, r->outputs, err);
	}
	config.engine = GF_ENGINE_resident;
	config.hidden[0] = 3;
	if (!status)
		status = gf_fit(&network, data, &config, NULL, err);
	if (!status)
		memcpy(r->layers, gf_model_layer(network, 0).weight, sizeof r->layers);
	gf_model_free(linear);
	gf_model_free(network);
	return status;
}

static void *run(void *argument)
{
	struct thread *t = argument;

	t->status = use_shared(t->shared, &t->results, &t->err);
	if (!t->status)
		t->status = use_files(t, &t->err);
	return NULL;
}

static gf_dataset *make_shared(void)
{
	float x[ROWS][FEATURES];
	const gf_arrays arrays = {.rows = ROWS,
		.features = FEATURES,
		.outputs = 1,
		.x = x,
		.y = x,
		.y_layout.row_stride = sizeof x[0]};
	gf_dataset *data;
	struct rng rng;

	rng_seed(&rng, 1);
	random_floats(&rng, x[0], ROWS * FEATURES, 1.0f);
	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	return data;
}

static void write_points(const char *path, const char *last_line)
{
	FILE *file = fopen(path, "w");
	struct rng rng;
	float x[FEATURES];

	assert_non_null(file);
	fputs("a,b,c,d,e,kind\n", file);
	rng_seed(&rng, 1);
	for (size_t i = 0; i < ROWS; i++) {
		random_floats(&rng, x, FEATURES, 1.0f);
		for (size_t j = 0; j < FEATURES; j++)
			fprintf(file, "%.9g,", (double)x[j]);
		fprintf(file, "%s\n", x[0] + x[1] > 0.0f ? "yes" : "no");
	}
	fputs(last_line, file);
	assert_int_equal(fclose(file), 0);
}

static void threads_have_the_bits_of_one(void **state)
{
	struct thread threads[THREADS] = {{.number = 0}}, alone = {.number = THREADS};
	gf_dataset *shared = make_shared();
	pthread_t ids[THREADS];

	(void)state;
	write_points("points.csv", "");
	write_points("broken.csv", "1,2,3\n");
	threads[1].fails = 1;
	for (size_t i = 0; i < THREADS; i++) {
		threads[i].number = i;
		threads[i].shared = shared;
		assert_int_equal(pthread_create(&ids[i], NULL, run, &threads[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(ids[i], NULL), 0);
	/* Last, so that threads were the first to use OpenCL. */
	alone.shared = shared;
	run(&alone);
	if (alone.status)
		fail_msg("%s", alone.err.message);
	assert_int_equal(threads[1].status, GF_E_DATA);
	assert_string_equal(threads[1].err.message, "broken.csv:202: 3 columns, but line 1 has 6");
	for (size_t i = 0; i < THREADS; i++) {
		if (i == 1)
			continue;
		if (threads[i].status)
			fail_msg("thread %zu: %s", i, threads[i].err.message);
		assert_memory_equal(&threads[i].results, &alone.results, sizeof alone.results);
	}
	assert_int_equal(alone.results.epochs, 20);
	assert_int_equal(alone.results.told, 60);
	gf_dataset_free(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_have_the_bits_of_one),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

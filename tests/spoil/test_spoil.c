/*
 * test_spoil.c: where every step is checked, no call that a device gets wrong goes unnoticed.
 *
 * A task runs once with all calls right, and then with one call spoiled at a time.  Either the
 * task fails, or all its results have the same bits as before; anything else is a wrong result
 * that nobody notices.  SPOIL_CALLS is the number of calls to spoil, SPOIL_SEED selects them.
 */
#include "spoil.h"

#include "basics.h"
#include "gpufitcl.h"
#include "rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 90, FEATURES = 5, CLASSES = 3, DOUBLES = 4096 };

/* ---- the result of a task ---- */

struct result {
	double numbers[DOUBLES];
	size_t count;
};

static void keep(struct result *r, double number)
{
	assert_true(r->count < DOUBLES);
	r->numbers[r->count++] = number;
}

static void keep_floats(struct result *r, const float *numbers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		keep(r, (double)numbers[i]);
}

static void keep_epoch(const gf_epoch *epoch, void *user)
{
	keep(user, (double)epoch->loss);
	keep(user, (double)epoch->val_loss);
	keep(user, epoch->lr);
}

static void keep_doubles(struct result *r, const double *numbers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		keep(r, numbers[i]);
}

static void keep_model(struct result *r, const gf_model *model)
{
	const size_t K = gf_model_outputs(model);

	keep_floats(r, gf_model_weight(model), K * gf_model_features(model));
	keep_floats(r, gf_model_bias(model), K);
}

static void keep_report(struct result *r, const gf_report *report)
{
	const gf_least_squares *l = report->least_squares;

	keep(r, (double)report->loss);
	keep(r, (double)report->first_loss);
	keep(r, (double)report->val_loss);
	keep(r, (double)report->epochs);
	keep(r, (double)report->steps);
	keep(r, (double)report->best_epoch);
	if (l && l->weight) {
		keep_doubles(r, l->weight, l->features * l->outputs);
		keep_doubles(r, l->weight_error, l->features * l->outputs);
	}
}

/* ---- tasks ---- */

static gf_check check;

/* Makes equal data each time, as a spoiled call may have changed those of the last time. */
static gf_dataset *small_data(gf_loss loss)
{
	static float x[ROWS * FEATURES], y[ROWS], weights[ROWS];
	const gf_arrays arrays = {.rows = ROWS,
		.features = FEATURES,
		.outputs = 1,
		.x = x,
		.y = y,
		.weights = loss == GF_LOSS_huber ? weights : NULL};
	gf_dataset *data;
	struct rng rng;
	size_t i;

	rng_seed(&rng, 11);
	for (i = 0; i < ROWS * FEATURES; i++)
		x[i] = rng_uniform(&rng, -0.5f, 0.5f);
	for (i = 0; i < ROWS; i++) {
		const float z = 2.0f * x[i * FEATURES] - x[i * FEATURES + 3];

		y[i] = loss == GF_LOSS_cross_entropy ? (float)((z > -0.4f) + (z > 0.4f))
						     : z + 0.3f * rng_uniform(&rng, 0.0f, 1.0f);
		weights[i] = 0.5f + rng_uniform(&rng, 0.0f, 1.0f);
	}
	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	return data;
}

static gf_status fit(struct result *r, gf_config config, gf_model **model, gf_error *err)
{
	gf_dataset *data = small_data(config.loss);
	gf_report report;
	gf_status status;

	config.check = check;
	config.on_epoch = keep_epoch;
	config.user = r;
	*model = NULL;
	status = gf_fit(model, data, &config, &report, err);
	if (!status) {
		keep_model(r, *model);
		keep_report(r, &report);
	}
	gf_dataset_free(data);
	return status;
}

static gf_status fit_alone(struct result *r, gf_config config, gf_error *err)
{
	gf_model *model;
	const gf_status status = fit(r, config, &model, err);

	gf_model_free(model);
	return status;
}

static gf_config base_config(gf_engine engine, gf_loss loss, size_t epochs)
{
	gf_config config;

	gf_config_default(&config);
	config.engine = engine;
	config.loss = loss;
	config.epochs = epochs;
	config.seed = 3;
	config.lr = 0.1;
	return config;
}

static gf_status resident(struct result *r, gf_error *err)
{
	return fit_alone(r, base_config(GF_ENGINE_resident, GF_LOSS_cross_entropy, 20), err);
}

static gf_status streaming(struct result *r, gf_error *err)
{
	return fit_alone(r, base_config(GF_ENGINE_streaming, GF_LOSS_cross_entropy, 8), err);
}

static gf_status moments(struct result *r, gf_error *err)
{
	return fit_alone(r, base_config(GF_ENGINE_moments, GF_LOSS_mse, 12), err);
}

static gf_status shuffled_adam(struct result *r, gf_error *err)
{
	gf_config config = base_config(GF_ENGINE_resident, GF_LOSS_mse, 5);

	config.optimizer = GF_OPTIMIZER_adam;
	config.batch_size = 16;
	config.shuffle = 1;
	return fit_alone(r, config, err);
}

static gf_status validate(struct result *r, gf_error *err)
{
	gf_config config = base_config(GF_ENGINE_streaming, GF_LOSS_huber, 4);

	config.batch_size = 30;
	config.shuffle = 1;
	config.validation = 0.2;
	config.patience = 2;
	config.clip_norm = 0.5;
	return fit_alone(r, config, err);
}

static gf_status average(struct result *r, gf_error *err)
{
	gf_config config = base_config(GF_ENGINE_resident, GF_LOSS_huber, 8);

	config.momentum = 0.9;
	config.average = 1;
	config.validation = 0.2;
	return fit_alone(r, config, err);
}

/* Starts from another model, trains on all rows at a time, and keeps the best epoch. */
static gf_status warm_start(struct result *r, gf_error *err)
{
	gf_config config = base_config(GF_ENGINE_resident, GF_LOSS_mse, 3);
	gf_model *first;
	gf_status status = fit(r, config, &first, err);

	config.init_model = first;
	config.patience = 5;
	config.standardize = 1;
	config.lr = 2.0;
	if (!status)
		status = fit_alone(r, config, err);
	gf_model_free(first);
	return status;
}

static gf_model *model_of_classes(void)
{
	gf_config config = base_config(GF_ENGINE_reference, GF_LOSS_cross_entropy, 5);
	gf_dataset *data = small_data(config.loss);
	gf_model *model;

	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	gf_dataset_free(data);
	return model;
}

static gf_status predict(struct result *r, gf_error *err)
{
	gf_model *model = model_of_classes();
	gf_dataset *data = small_data(GF_LOSS_cross_entropy);
	const gf_config config = {.check = check};
	float z[ROWS * CLASSES];
	gf_status status = gf_predict(model, data, &config, z, err);

	if (!status)
		keep_floats(r, z, ROWS * CLASSES);
	gf_dataset_free(data);
	gf_model_free(model);
	return status;
}

static gf_status evaluate(struct result *r, gf_error *err)
{
	gf_model *model = model_of_classes();
	gf_dataset *data = small_data(GF_LOSS_cross_entropy);
	const gf_config config = {.check = check};
	gf_metrics metrics;
	gf_status status = gf_evaluate(model, data, &config, &metrics, err);

	if (!status) {
		keep(r, metrics.loss);
		keep(r, metrics.accuracy);
	}
	gf_dataset_free(data);
	gf_model_free(model);
	return status;
}

/* The data are so large that the device measures the largest curvature. */
static gf_status find_rate(struct result *r, gf_error *err)
{
	enum { MANY = 8500, WIDE = 128 };
	gf_config config = base_config(GF_ENGINE_streaming, GF_LOSS_mse, 1);
	const gf_arrays arrays = {.rows = MANY,
		.features = WIDE,
		.outputs = 1,
		.x = malloc(sizeof(float) * MANY * WIDE),
		.y = calloc(MANY, sizeof(float))};
	gf_dataset *data;
	gf_model *model = NULL;
	gf_report report;
	gf_status status;
	struct rng rng;

	rng_seed(&rng, 12);
	random_floats(&rng, (float *)(uintptr_t)arrays.x, (size_t)MANY * WIDE, 0.5f);
	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	config.check = check;
	config.lr_auto = 1;
	status = gf_fit(&model, data, &config, &report, err);
	keep(r, report.lr);
	gf_model_free(model);
	gf_dataset_free(data);
	free((void *)(uintptr_t)arrays.x);
	free((void *)(uintptr_t)arrays.y);
	return status;
}

typedef gf_status task_function(struct result *r, gf_error *err);

static const struct task {
	const char *name;
	task_function *run;
} TASKS[] = {{"resident", resident}, {"streaming", streaming}, {"moments", moments},
	{"shuffled adam", shuffled_adam}, {"validate", validate}, {"average", average},
	{"warm start", warm_start}, {"predict", predict}, {"evaluate", evaluate},
	{"find rate", find_rate}};

enum {
	ALL_TASKS = sizeof TASKS / sizeof *TASKS,
	FIND_RATE = ALL_TASKS - 1,
	TASK_COUNT = FIND_RATE
};

/* ---- one spoiled call ---- */

#define SPOIL_HELP(word, help) help,
static const char *const KINDS[] = {SPOIL_LIST(SPOIL_HELP)};

struct counts {
	size_t noticed, harmless, silent;
};

/* The result with all calls right, and how many calls of each kind that takes. */
struct clean {
	struct result result;
	size_t calls[SPOIL_KINDS];
};

static struct clean cleans[ALL_TASKS];
static int quiet;

static void run_clean(size_t task, enum spoil_kind kind)
{
	struct clean *c = cleans + task;
	gf_error err = {0};

	if (c->calls[kind] > 0)
		return;
	c->result.count = 0;
	spoil_start(kind, 0, 0);
	if (TASKS[task].run(&c->result, &err) != GF_OK)
		fail_msg("%s: %s", TASKS[task].name, err.message);
	c->calls[kind] = spoil_stop();
	assert_true(c->calls[kind] > 0);
}

static void judge(
	struct counts *counts, size_t task, enum spoil_kind kind, size_t at, uint64_t seed)
{
	const struct result *wanted = &cleans[task].result;
	struct result *found = calloc(1, sizeof *found);
	gf_error err = {0};
	gf_status status;

	assert_non_null(found);
	spoil_start(kind, at, seed);
	status = TASKS[task].run(found, &err);
	spoil_stop();
	if (status) {
		assert_true(err.message[0] != '\0');
		counts->noticed++;
	} else if (found->count == wanted->count &&
		   memcmp(found->numbers, wanted->numbers,
			   wanted->count * sizeof *wanted->numbers) == 0) {
		counts->harmless++;
	} else {
		counts->silent++;
		if (!quiet)
			print_error("silent: %s, %s: call %zu of %zu, seed %llx\n",
				TASKS[task].name, KINDS[kind], at, cleans[task].calls[kind],
				(unsigned long long)seed);
	}
	free(found);
}

static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static struct counts spoil_calls(size_t calls)
{
	struct counts counts = {0, 0, 0};
	struct rng rng;
	size_t i;

	rng_seed(&rng, number_from_environment("SPOIL_SEED", 1));
	for (i = 0; i < calls; i++) {
		const size_t task = i % TASK_COUNT;
		const enum spoil_kind kind = (enum spoil_kind)(i / TASK_COUNT % SPOIL_KINDS);
		const uint64_t seed = rng_next64(&rng);

		run_clean(task, kind);
		judge(&counts, task, kind, 1 + rng_next32(&rng) % cleans[task].calls[kind], seed);
	}
	print_message("# %zu spoiled calls: %zu noticed, %zu harmless, %zu silent\n", calls,
		counts.noticed, counts.harmless, counts.silent);
	return counts;
}

static void no_spoiled_call_is_silent(void **state)
{
	const size_t calls = (size_t)number_from_environment("SPOIL_CALLS", 400);
	struct counts counts;

	(void)state;
	check = GF_CHECK_every;
	counts = spoil_calls(calls);
	assert_int_equal(counts.silent, 0);
	assert_true(counts.noticed > calls / 4);
}

/* Each product with the Hessian is one pass: after 8 kernels the first of them are under way. */
static void a_rate_from_a_spoiled_product_is_noticed(void **state)
{
	static const enum spoil_kind kinds[] = {
		SPOIL_launch_drop, SPOIL_read_flip, SPOIL_write_flip};
	struct counts counts = {0, 0, 0};
	size_t i;

	(void)state;
	check = GF_CHECK_every;
	for (i = 0; i < COUNT(kinds); i++) {
		run_clean(FIND_RATE, kinds[i]);
		judge(&counts, FIND_RATE, kinds[i], 9, 0x123450000);
	}
	assert_int_equal(counts.silent, 0);
	assert_true(counts.noticed > 0);
}

/* This shows that it is the check which notices the faults above. */
static void without_a_check_many_spoiled_calls_are_silent(void **state)
{
	struct counts counts;

	(void)state;
	check = GF_CHECK_off;
	memset(cleans, 0, sizeof cleans);
	quiet = 1;
	counts = spoil_calls(144);
	assert_true(counts.silent > 144 / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_spoiled_call_is_silent),
		cmocka_unit_test(a_rate_from_a_spoiled_product_is_noticed),
		cmocka_unit_test(without_a_check_many_spoiled_calls_are_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

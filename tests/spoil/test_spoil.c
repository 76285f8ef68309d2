/*
 * test_spoil.c: no wrong call of a device goes unnoticed where every step is checked.
 *
 * A job runs once as it should, and then with one call spoiled at a time.  Either the job fails, or
 * all that comes of it has the same bits as before; anything else would be a wrong result that
 * nobody notices.  SPOIL_CALLS says how many calls, SPOIL_SEED which.
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

/* ---- what comes of a job ---- */

struct result {
	double numbers[DOUBLES];
	size_t count;
};

static void take(struct result *r, double number)
{
	assert_true(r->count < DOUBLES);
	r->numbers[r->count++] = number;
}

static void take_floats(struct result *r, const float *numbers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		take(r, (double)numbers[i]);
}

static void take_step(const gf_epoch *step, void *user)
{
	take(user, (double)step->loss);
	take(user, (double)step->val_loss);
	take(user, step->lr);
}

static void take_doubles(struct result *r, const double *numbers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		take(r, numbers[i]);
}

static void take_model(struct result *r, const gf_model *model)
{
	const size_t K = gf_model_outputs(model);

	take_floats(r, gf_model_weight(model), K * gf_model_features(model));
	take_floats(r, gf_model_bias(model), K);
}

static void take_report(struct result *r, const gf_report *report)
{
	const gf_least_squares *l = report->least_squares;

	take(r, (double)report->loss);
	take(r, (double)report->first_loss);
	take(r, (double)report->val_loss);
	take(r, (double)report->epochs);
	take(r, (double)report->steps);
	take(r, (double)report->best_epoch);
	if (l && l->weight) {
		take_doubles(r, l->weight, l->features * l->outputs);
		take_doubles(r, l->weight_error, l->features * l->outputs);
	}
}

/* ---- jobs ---- */

static gf_check check;

/* Builds the data anew, with equal numbers: a spoiled call may have changed the last ones. */
static gf_dataset *data_of(gf_loss loss)
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
	gf_dataset *data = data_of(config.loss);
	gf_report report;
	gf_status status;

	config.check = check;
	config.on_epoch = take_step;
	config.user = r;
	*model = NULL;
	status = gf_fit(model, data, &config, &report, err);
	if (!status) {
		take_model(r, *model);
		take_report(r, &report);
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

static gf_config config_of(gf_engine engine, gf_loss loss, size_t epochs)
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
	return fit_alone(r, config_of(GF_ENGINE_resident, GF_LOSS_cross_entropy, 20), err);
}

static gf_status streaming(struct result *r, gf_error *err)
{
	return fit_alone(r, config_of(GF_ENGINE_streaming, GF_LOSS_cross_entropy, 8), err);
}

static gf_status moments(struct result *r, gf_error *err)
{
	return fit_alone(r, config_of(GF_ENGINE_moments, GF_LOSS_mse, 12), err);
}

static gf_status shuffled_adam(struct result *r, gf_error *err)
{
	gf_config config = config_of(GF_ENGINE_resident, GF_LOSS_mse, 5);

	config.optimizer = GF_OPTIMIZER_adam;
	config.batch_size = 16;
	config.shuffle = 1;
	return fit_alone(r, config, err);
}

static gf_status validated(struct result *r, gf_error *err)
{
	gf_config config = config_of(GF_ENGINE_streaming, GF_LOSS_huber, 4);

	config.batch_size = 30;
	config.shuffle = 1;
	config.validation = 0.2;
	config.patience = 2;
	config.clip_norm = 0.5;
	return fit_alone(r, config, err);
}

static gf_status averaged(struct result *r, gf_error *err)
{
	gf_config config = config_of(GF_ENGINE_resident, GF_LOSS_huber, 8);

	config.momentum = 0.9;
	config.average = 1;
	config.validation = 0.2;
	return fit_alone(r, config, err);
}

/* Full batches, the best of which is kept, from another model on. */
static gf_status warm(struct result *r, gf_error *err)
{
	gf_config config = config_of(GF_ENGINE_resident, GF_LOSS_mse, 3);
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
	gf_config config = config_of(GF_ENGINE_reference, GF_LOSS_cross_entropy, 5);
	gf_dataset *data = data_of(config.loss);
	gf_model *model;

	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	gf_dataset_free(data);
	return model;
}

static gf_status predict(struct result *r, gf_error *err)
{
	gf_model *model = model_of_classes();
	gf_dataset *data = data_of(GF_LOSS_cross_entropy);
	const gf_config config = {.check = check};
	float z[ROWS * CLASSES];
	gf_status status = gf_predict(model, data, &config, z, err);

	if (!status)
		take_floats(r, z, ROWS * CLASSES);
	gf_dataset_free(data);
	gf_model_free(model);
	return status;
}

static gf_status evaluate(struct result *r, gf_error *err)
{
	gf_model *model = model_of_classes();
	gf_dataset *data = data_of(GF_LOSS_cross_entropy);
	const gf_config config = {.check = check};
	gf_metrics metrics;
	gf_status status = gf_evaluate(model, data, &config, &metrics, err);

	if (!status) {
		take(r, metrics.loss);
		take(r, metrics.accuracy);
	}
	gf_dataset_free(data);
	gf_model_free(model);
	return status;
}

/* Data so large that the largest curvature is measured on the device. */
static gf_status rate_found(struct result *r, gf_error *err)
{
	enum { MANY = 8500, WIDE = 128 };
	gf_config config = config_of(GF_ENGINE_streaming, GF_LOSS_mse, 1);
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
	take(r, report.lr);
	gf_model_free(model);
	gf_dataset_free(data);
	free((void *)(uintptr_t)arrays.x);
	free((void *)(uintptr_t)arrays.y);
	return status;
}

typedef gf_status job_function(struct result *r, gf_error *err);

static const struct job {
	const char *name;
	job_function *run;
} JOBS[] = {{"resident", resident}, {"streaming", streaming}, {"moments", moments},
	{"shuffled adam", shuffled_adam}, {"validated", validated}, {"averaged", averaged},
	{"warm", warm}, {"predict", predict}, {"evaluate", evaluate}, {"rate found", rate_found}};

enum { ALL_JOBS = sizeof JOBS / sizeof *JOBS, RATE_FOUND = ALL_JOBS - 1, JOB_COUNT = RATE_FOUND };

/* ---- one spoiled call ---- */

#define SPOIL_HELP(word, help) help,
static const char *const KINDS[] = {SPOIL_LIST(SPOIL_HELP)};

struct counts {
	size_t noticed, harmless, silent;
};

/* As it should be, and how many calls of each kind that takes. */
struct clean {
	struct result result;
	size_t calls[SPOIL_KINDS];
};

static struct clean cleans[ALL_JOBS];
static int quiet;

static void run_clean(size_t job, enum spoil_kind kind)
{
	struct clean *c = cleans + job;
	gf_error err = {0};

	if (c->calls[kind] > 0)
		return;
	c->result.count = 0;
	spoil_start(kind, 0, 0);
	if (JOBS[job].run(&c->result, &err) != GF_OK)
		fail_msg("%s: %s", JOBS[job].name, err.message);
	c->calls[kind] = spoil_stop();
	assert_true(c->calls[kind] > 0);
}

static void judge(struct counts *counts, size_t job, enum spoil_kind kind, size_t at, uint64_t seed)
{
	const struct result *wanted = &cleans[job].result;
	struct result *found = calloc(1, sizeof *found);
	gf_error err = {0};
	gf_status status;

	assert_non_null(found);
	spoil_start(kind, at, seed);
	status = JOBS[job].run(found, &err);
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
			print_error("silent: %s, %s: call %zu of %zu, seed %llx\n", JOBS[job].name,
				KINDS[kind], at, cleans[job].calls[kind], (unsigned long long)seed);
	}
	free(found);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static struct counts spoil_calls(size_t calls)
{
	struct counts counts = {0, 0, 0};
	struct rng rng;
	size_t i;

	rng_seed(&rng, number_of("SPOIL_SEED", 1));
	for (i = 0; i < calls; i++) {
		const size_t job = i % JOB_COUNT;
		const enum spoil_kind kind = (enum spoil_kind)(i / JOB_COUNT % SPOIL_KINDS);
		const uint64_t seed = rng_next64(&rng);

		run_clean(job, kind);
		judge(&counts, job, kind, 1 + rng_next32(&rng) % cleans[job].calls[kind], seed);
	}
	print_message("# %zu spoiled calls: %zu noticed, %zu harmless, %zu silent\n", calls,
		counts.noticed, counts.harmless, counts.silent);
	return counts;
}

static void no_spoiled_call_is_silent(void **state)
{
	const size_t calls = (size_t)number_of("SPOIL_CALLS", 400);
	struct counts counts;

	(void)state;
	check = GF_CHECK_every;
	counts = spoil_calls(calls);
	assert_int_equal(counts.silent, 0);
	assert_true(counts.noticed > calls / 4);
}

/* Each product of the Hessian is one pass; 8 kernels in, the first of them are under way. */
static void a_rate_from_a_spoiled_product_is_noticed(void **state)
{
	static const enum spoil_kind kinds[] = {
		SPOIL_launch_drop, SPOIL_read_flip, SPOIL_write_flip};
	struct counts counts = {0, 0, 0};
	size_t i;

	(void)state;
	check = GF_CHECK_every;
	for (i = 0; i < COUNT(kinds); i++) {
		run_clean(RATE_FOUND, kinds[i]);
		judge(&counts, RATE_FOUND, kinds[i], 9, 0x123450000);
	}
	assert_int_equal(counts.silent, 0);
	assert_true(counts.noticed > 0);
}

/* So what is noticed above is the check's doing. */
static void without_a_check_many_are(void **state)
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
		cmocka_unit_test(without_a_check_many_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * selftest.c: runs every kernel on one device and compares its results with known answers.
 *
 * x, y and the parameters are small whole numbers, so every sum is exact in float whatever its
 * order, and the answers are computed with integers.  Only 1/M and the step round, once each, as
 * IEEE 754 requires.  Two other cases check the order of sums and all roundings: the bits of the
 * notebook's first losses, those of each loss of fractions (selftest_losses.c), and those of
 * networks (selftest_network.c).
 */
#include "gpufitcl_notebook.h"
#include "selftest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROWS = 2 * BLOCK_ROWS + 3,
	OUTPUTS = 2,
	MOST_FEATURES = 33,
	MOST_PARAMETERS = OUTPUTS * (MOST_FEATURES + 1)
};

/* ---- the number of results, for progress ---- */

/* The number of results of each case. */
enum {
	READ_RESULTS = 2,
	STEP_RESULTS = 3,
	FORWARD_RESULTS = 2,
	NOTEBOOK_RESULTS = 1,
	WIDTH_RESULTS = 3 * (FORWARD_RESULTS + STEP_RESULTS) + STEP_RESULTS,
	SUITING_RESULTS = FORWARD_RESULTS + STEP_RESULTS + LOSS_RESULTS * GF_LOSS_COUNT
};

/* A width for each number of feature lanes, and one with several chunks of features. */
static const size_t FEATURES[] = {1, 3, 9, MOST_FEATURES, 2, 7};

/* Some compilers for CPUs take seconds to build the kernels for GPUs, so fewer widths are tested.
 */
static size_t widths_of(const struct selftest *t, gf_kernels kernels)
{
	const size_t all = sizeof FEATURES / sizeof *FEATURES;

	return kernels == GF_KERNELS_gpu && t->is_cpu ? all - 2 : all;
}

static int is_tested(const struct selftest *t, gf_kernels kernels)
{
	return kernels == GF_KERNELS_gpu ? t->gpu_fits : t->takes_vectors || !t->gpu_fits;
}

/* Losses and sparse rows, each a build of its own, are tested with the kernels that suit the
 * device. */
static int tests_losses(const struct selftest *t, gf_kernels kernels)
{
	const gf_kernels suits =
		(t->is_cpu && t->takes_vectors) || !t->gpu_fits ? GF_KERNELS_cpu : GF_KERNELS_gpu;

	return kernels == suits;
}

/* The same is true of activations; of those one is tested with the other kernels. */
static size_t activations_of(const struct selftest *t, gf_kernels kernels)
{
	return tests_losses(t, kernels) ? GF_ACTIVATION_COUNT : 1;
}

static size_t kernel_set_results(const struct selftest *t, gf_kernels kernels)
{
	if (!is_tested(t, kernels))
		return 0;
	return widths_of(t, kernels) * WIDTH_RESULTS + (size_t)2 * NOTEBOOK_RESULTS +
	       selftest_network_results(kernels, activations_of(t, kernels)) +
	       (tests_losses(t, kernels) ? SUITING_RESULTS : 0);
}

static size_t all_results(const struct selftest *t)
{
	return READ_RESULTS + (t->takes_moments ? STEP_RESULTS : 0) +
	       kernel_set_results(t, GF_KERNELS_cpu) + kernel_set_results(t, GF_KERNELS_gpu);
}

/* ---- results ---- */

/* detail: what is wrong; empty: the result is right. */
static void report(struct selftest *t, const char *kernel, const char *what, const char *detail)
{
	char name[64];
	gf_selftest_result result = {.kernel = name,
		.what = what,
		.passed = *detail == '\0',
		.number = ++t->reported,
		.total = all_results(t)};

	snprintf(name, sizeof name, "%s%s", t->kernels == GF_KERNELS_gpu ? "gpu: " : "", kernel);
	snprintf(result.detail, sizeof result.detail, "%s", detail);
	t->failed += !result.passed;
	if (t->on_result)
		t->on_result(&result, t->user);
}

void selftest_expect(struct selftest *t, const char *kernel, const char *what, const float *found,
	const float *wanted, size_t count)
{
	char detail[sizeof((gf_selftest_result *)0)->detail] = "";
	size_t i;

	for (i = 0; i < count && !memcmp(found + i, wanted + i, sizeof *found);)
		i++;
	if (i < count)
		snprintf(detail, sizeof detail, "number %zu of %zu is %.9g (%a), wanted %.9g (%a)",
			i, count, (double)found[i], (double)found[i], (double)wanted[i],
			(double)wanted[i]);
	report(t, kernel, what, detail);
}

/* ---- the problem in whole numbers ---- */

#define SELFTEST_LR 0.125

static int x_of(size_t i, size_t j)
{
	return (int)((3 * i + 5 * j) % 7) - 3;
}

static int y_of(size_t i, size_t k)
{
	return (int)((i + k) % 5) - 2;
}

static int w_of(size_t k, size_t j)
{
	return (int)((k + j) % 3) - 1;
}

static int z_of(size_t i, size_t k, size_t features)
{
	int z = (int)k + 1;
	size_t j;

	for (j = 0; j < features; j++)
		z += w_of(k, j) * x_of(i, j);
	return z;
}

struct answers {
	size_t features, parameters;
	float start[MOST_PARAMETERS], outputs[ROWS * OUTPUTS], step[2 * MOST_PARAMETERS],
		next[MOST_PARAMETERS], loss;
};

/* Adds one row and output to the integer sums of gradient (P); returns its loss. */
static int add_row(long *gradient, size_t i, size_t k, size_t features)
{
	const int d = z_of(i, k, features) - y_of(i, k);
	size_t j;

	for (j = 0; j < features; j++)
		gradient[k * features + j] += 2L * d * x_of(i, j);
	gradient[OUTPUTS * features + k] += 2L * d;
	return d * d;
}

static void compute_answers(struct answers *a, size_t features)
{
	const float scale = (float)(1.0 / (ROWS * OUTPUTS));
	long gradient[MOST_PARAMETERS] = {0}, loss = 0;
	size_t i, k, p;

	a->features = features;
	a->parameters = OUTPUTS * (features + 1);
	for (i = 0; i < ROWS; i++)
		for (k = 0; k < OUTPUTS; k++) {
			a->outputs[i * OUTPUTS + k] = (float)z_of(i, k, features);
			loss += add_row(gradient, i, k, features);
		}
	a->loss = (float)loss * scale;
	for (p = 0; p < a->parameters; p++) {
		const size_t weights = OUTPUTS * features;

		a->start[p] = p < weights ? (float)w_of(p / features, p % features)
					  : (float)(p - weights + 1);
		a->step[p] = a->start[p];
		a->step[a->parameters + p] = (float)gradient[p] * scale;
		a->next[p] = fmaf(-(float)SELFTEST_LR, a->step[a->parameters + p], a->start[p]);
	}
}

static gf_status make_data(gf_dataset **data, size_t features, gf_error *err)
{
	size_t i, j;

	TRY(dataset_alloc(data, ROWS, features, OUTPUTS, err));
	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < features; j++)
			(*data)->x[i * features + j] = (float)x_of(i, j);
		for (j = 0; j < OUTPUTS; j++)
			(*data)->y[i * OUTPUTS + j] = (float)y_of(i, j);
	}
	return GF_OK;
}

/* ---- cases ---- */

gf_status selftest_steps(struct engine *engine, const struct problem *problem, size_t count,
	double lr, const struct history *history, gf_error *err)
{
	const double M = (double)problem->train_rows * (double)problem->outputs;
	const double rates[RATES] = {[RATE_SCALE] = 1.0 / M, [RATE_LR] = lr};
	const struct plan plan = {
		.count = count, .rows = problem->train_rows, .rates = rates, .rates_constant = 1};

	return engine_run(engine, &plan, history, err);
}

static gf_status run_step(struct engine *engine, const struct problem *problem,
	const struct answers *a, float *loss, float *step, float *next, gf_error *err)
{
	const struct history history = {loss, step};

	TRY(engine_set(engine, a->start, NULL, err));
	TRY(selftest_steps(engine, problem, 1, SELFTEST_LR, &history, err));
	return engine_get(engine, next, NULL, err);
}

/* Checks a step.  `kernel` computes its sums; the resident kernel also updates the parameters. */
static gf_status step_case(struct selftest *t, const struct problem *problem,
	const struct answers *a, struct engine *engine, const char *kernel, const char *what,
	gf_error *err)
{
	const char *updating = strcmp(kernel, "resident") == 0 ? kernel : "update";
	float loss[1], step[2 * MOST_PARAMETERS], next[MOST_PARAMETERS];
	const size_t P = a->parameters;

	TRY(run_step(engine, problem, a, loss, step, next, err));
	selftest_expect(t, kernel, what, step + P, a->step + P, P);
	selftest_expect(t, updating, name_result("loss in history", what).text, loss, &a->loss, 1);
	selftest_expect(t, updating, name_result("next parameters", what).text, next, a->next, P);
	return GF_OK;
}

static gf_status forward_case(struct selftest *t, const struct answers *a, struct engine *engine,
	const char *what, gf_error *err)
{
	const double scale = 1.0 / ((double)ROWS * OUTPUTS);
	float z[ROWS * OUTPUTS], loss = 0.0f;

	TRY(engine_outputs(engine, a->start, 0, ROWS, z, err));
	selftest_expect(t, "outputs", what, z, a->outputs, (size_t)ROWS * OUTPUTS);
	TRY(engine_set(engine, a->start, NULL, err));
	TRY(engine_loss(engine, NULL, 0, ROWS, scale, &loss, err));
	selftest_expect(t, "loss", name_result("loss alone", what).text, &loss, &a->loss, 1);
	return GF_OK;
}

/* With one work-item for all blocks, `gradient` computes the sums alone; with a work-item for each
 * block, `fold` adds them up, or `update`. */
static gf_status engine_case(struct selftest *t, const struct answers *a, const gf_dataset *data,
	gf_engine word, struct tuning tuning, const char *kernel, const char *what, gf_error *err)
{
	const struct problem problem = selftest_problem(data, OUTPUTS);
	const struct engine_options options = {
		.device = t->device, .engine = word, .beside = t->first, .tuning = tuning};
	struct engine *engine = NULL;
	gf_status status = engine_open(&engine, &problem, &options, err);

	if (!status && word == GF_ENGINE_streaming)
		status = forward_case(t, a, engine, what, err);
	if (!status)
		status = step_case(t, &problem, a, engine, kernel, what, err);
	engine_close(engine);
	return status;
}

static gf_status width_case(struct selftest *t, size_t features, gf_error *err)
{
	const struct {
		gf_engine engine;
		struct tuning tuning;
		const char *kernel, *how;
	} cases[] = {
		{GF_ENGINE_streaming, {.blocks = 4}, "gradient", ", one work-item"},
		{GF_ENGINE_streaming, {.blocks = 1, .folds_all = 1}, "fold",
			", one work-item a block"},
		{GF_ENGINE_streaming, {.blocks = 1}, "update", ", the root of the sums"},
		{GF_ENGINE_resident, {0}, "resident", ""},
	};
	struct answers a;
	gf_dataset *data = NULL;
	gf_status status = make_data(&data, features, err);
	size_t i;

	compute_answers(&a, features);
	for (i = 0; i < sizeof cases / sizeof *cases && !status; i++) {
		struct tuning tuning = cases[i].tuning;
		char what[64];

		tuning.kernels = t->kernels;
		tuning.with_resident = 1;
		snprintf(what, sizeof what, "%zu feature%s%s", features, features == 1 ? "" : "s",
			cases[i].how);
		status = engine_case(
			t, &a, data, cases[i].engine, tuning, cases[i].kernel, what, err);
	}
	gf_dataset_free(data);
	return status;
}

/* The zeros of x are left out, which changes no sum. */
static gf_status sparse_case(struct selftest *t, size_t features, gf_error *err)
{
	struct answers a;
	gf_dataset *data = NULL;
	gf_status status = make_data(&data, features, err);
	char what[64];

	snprintf(what, sizeof what, "%zu features, sparse rows", features);
	compute_answers(&a, features);
	if (!status)
		status = dataset_make_sparse(data, err);
	if (!status)
		status = engine_case(t, &a, data, GF_ENGINE_streaming,
			(struct tuning){.kernels = t->kernels},
			"sparse_rows, sparse_blocks, sparse_root, sparse_columns", what, err);
	gf_dataset_free(data);
	return status;
}

/* Moments are sums in double, which round to the whole numbers.  A device may have no double. */
static gf_status moments_case(struct selftest *t, size_t features, gf_error *err)
{
	gf_error failed = {.status = GF_OK};
	struct answers a;
	gf_dataset *data = NULL;
	gf_status status = make_data(&data, features, err);
	char what[64];

	snprintf(what, sizeof what, "%zu features, from moments", features);
	compute_answers(&a, features);
	if (!status)
		status = engine_case(t, &a, data, GF_ENGINE_moments,
			(struct tuning){.kernels = t->kernels},
			"products, leaves, gram_product, moments_root", what, &failed);
	gf_dataset_free(data);
	t->takes_moments = status == GF_OK;
	if (status == GF_OK || failed.status == GF_E_UNAVAILABLE)
		return GF_OK;
	return failed.status ? gf_fail(err, failed.status, "%s", failed.message) : status;
}

/* The wanted losses are those of the plain loops in tests/order.c; tests/test_kernels.c checks that
 * kernels have the same bits. */
static gf_status notebook_case(
	struct selftest *t, gf_engine word, const char *kernel, gf_error *err)
{
	static const float start[2] = {0.44418656826019287f, 0.5152027606964111f};
	static const float wanted[3] = {0x1.807cf2p+5f, 0x1.23df8p+5f, 0x1.c229a6p+4f};
	const struct engine_options options = {.device = t->device,
		.engine = word,
		.beside = t->first,
		.tuning = {.kernels = t->kernels, .with_resident = 1}};
	struct problem problem;
	struct engine *engine = NULL;
	gf_dataset *data = NULL;
	float losses[3];
	const struct history history = {losses, NULL};
	gf_status status;

	TRY(gf_dataset_notebook(&data, err));
	problem = selftest_problem(data, 1);
	status = engine_open(&engine, &problem, &options, err);
	if (!status)
		status = engine_set(engine, start, NULL, err);
	if (!status)
		status = selftest_steps(engine, &problem, 3, 0.01, &history, err);
	if (!status)
		selftest_expect(t, kernel, "the notebook's first losses, in the order of sums",
			losses, wanted, 3);
	engine_close(engine);
	gf_dataset_free(data);
	return status;
}

/* ---- all cases ---- */

static gf_status kernel_set_cases(struct selftest *t, gf_kernels kernels, gf_error *err)
{
	const size_t count = widths_of(t, kernels);
	size_t i;

	if (!is_tested(t, kernels))
		return GF_OK;
	t->kernels = kernels;
	for (i = 0; i < count; i++)
		TRY(width_case(t, FEATURES[i], err));
	if (tests_losses(t, kernels)) {
		TRY(sparse_case(t, MOST_FEATURES, err));
		TRY(selftest_losses(t, err));
	}
	TRY(selftest_networks(t, activations_of(t, kernels), err));
	TRY(notebook_case(t, GF_ENGINE_streaming, "gradient, update", err));
	return notebook_case(t, GF_ENGINE_resident, "resident", err);
}

static gf_status all_cases(struct selftest *t, gf_error *err)
{
	TRY(selftest_read(t, err));
	TRY(moments_case(t, MOST_FEATURES, err));
	TRY(kernel_set_cases(t, GF_KERNELS_cpu, err));
	return kernel_set_cases(t, GF_KERNELS_gpu, err);
}

gf_status gf_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err)
{
	struct selftest t = {.device = device, .on_result = on_result, .user = user};
	gf_status status;

	error_clear(err);
	status = all_cases(&t, err);
	engine_close(t.first);
	if (failed)
		*failed = t.failed;
	return status;
}

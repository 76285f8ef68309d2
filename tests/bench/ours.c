#include "ours.h"
#include "gpufitcl_notebook.h"

#include "clock.h"
#include "error.h"
#include "reference_step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ---- */

enum { REPEATED_ROWS = 1 << 16, REPEATED_FLOATS = 1 << 20 };

/* Uniform in [-1, 1).  The numbers only have to differ. */
static float next_float(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

static float next_target(const struct workload *work, unsigned *state)
{
	const float number = next_float(state);

	if (work->loss == GF_LOSS_cross_entropy)
		return floorf(0.5f * (number + 1.0f) * (float)work->outputs);
	return work->loss == GF_LOSS_bce ? (number > 0.0f ? 1.0f : 0.0f) : number;
}

/* A number of rows that the reference computes quickly, and that divides the number of all rows. */
static size_t repeated_rows(const struct workload *work, size_t rows)
{
	const size_t room = REPEATED_FLOATS / work->features;
	size_t repeated = room < REPEATED_ROWS ? room : REPEATED_ROWS;

	if (repeated > rows)
		return rows;
	while (rows % repeated)
		repeated--;
	return repeated;
}

/* Fills x (count) with copies of its first floats, twice as many each time. */
static void repeat(float *x, size_t filled, size_t count)
{
	while (filled < count) {
		const size_t more = filled < count - filled ? filled : count - filled;

		memcpy(x + filled, x, more * sizeof *x);
		filled += more;
	}
}

static gf_status make_data(struct ours *o, gf_error *err)
{
	const struct workload *w = o->work;
	const size_t targets = w->loss == GF_LOSS_cross_entropy ? 1 : w->outputs;
	const size_t floats = o->repeated * w->features, numbers = o->repeated * targets;
	unsigned state = 1;
	size_t i;
	gf_status status = dataset_alloc(&o->data, o->rows, w->features, targets, err);

	if (status)
		return status;
	for (i = 0; i < floats; i++)
		o->data->x[i] = next_float(&state);
	for (i = 0; i < numbers; i++)
		o->data->y[i] = next_target(w, &state);
	repeat(o->data->x, floats, o->rows * w->features);
	repeat(o->data->y, numbers, o->rows * targets);
	return GF_OK;
}

/* ---- an engine ---- */

static gf_status open_engine(struct ours *o, gf_error *err)
{
	const struct workload *w = o->work;
	const struct uses uses = {.shuffles = w->shuffled};
	struct engine_options options = {
		.device = o->device, .tuning = w->tuning, .memory_limit = w->memory_limit};
	gf_status status;

	o->problem = (struct problem){.data = o->data,
		.train_rows = o->rows,
		.outputs = w->outputs,
		.hidden = workload_hidden(w),
		.loss = w->loss,
		.loss_parameters = loss_parameters_default(),
		.batch_size = o->rows};
	if (!workload_engine(w, &options.engine))
		return gf_fail(err, GF_E_UNAVAILABLE, "there is no engine %s", w->engine);
	status = engine_open(&o->engine, &o->problem, &options, err);
	return status ? status : engine_warm_up(o->engine, &uses, err);
}

gf_status ours_open(struct ours *o, const struct workload *work, size_t rows, int whole,
	const char *device, gf_error *err)
{
	gf_status status;

	memset(o, 0, sizeof *o);
	o->work = work;
	o->device = device;
	o->rows = rows;
	o->steps = 1;
	o->repeated = repeated_rows(work, rows);
	status = work->rows == 7 ? gf_dataset_notebook(&o->data, err) : make_data(o, err);
	return status || whole ? status : open_engine(o, err);
}

void ours_close(struct ours *o)
{
	engine_close(o->engine);
	gf_dataset_free(o->data);
	memset(o, 0, sizeof *o);
}

/* Takes steps on all rows. */
static gf_status steps(struct ours *o, size_t count, struct history *history, gf_error *err)
{
	const double rates[RATES] = {
		[RATE_SCALE] = 1.0 / ((double)o->rows * (double)o->problem.outputs),
		[RATE_LR] = 1e-6};
	const struct plan plan = {
		.count = count, .rows = o->rows, .rates = rates, .rates_constant = 1};

	return engine_run(o->engine, &plan, history, err);
}

/* ---- its check ---- */

static int within(float found, double wanted, double bound)
{
	/* The rows of the reference are repeated at most 2^k times, so that the tree of sums has
	 * k levels more, with k roundings; k is below 16, and the bound of a block and its tree
	 * has room for more. */
	return fabs((double)found - wanted) <= 2.0 * bound;
}

/* Compares with the reference on the rows before they repeat. */
static gf_status compare(
	struct ours *o, const float *params, const struct history *found, gf_error *err)
{
	const double rates[RATES] = {
		[RATE_SCALE] = 1.0 / ((double)o->repeated * (double)o->problem.outputs),
		[RATE_LR] = 1e-6};
	const struct batch batch = {.count = o->repeated};
	const size_t P = problem_params(&o->problem);
	struct reference_step *r = NULL;
	gf_status status = reference_step_new(&r, &o->problem, err);
	size_t p, wrong = 0;

	if (status)
		return status;
	status = reference_step_take(r, &o->problem, &batch, params, NULL, rates, err);
	wrong += !within(found->losses[0], r->loss, r->loss_bound);
	for (p = 0; p < P; p++)
		wrong += !within(found->steps[P + p], r->gradient[p], r->gradient_bound[p]);
	reference_step_free(r);
	return wrong ? gf_fail(err, GF_E_CHECK, "%zu of %zu numbers are wrong", wrong, P + 1)
		     : GF_OK;
}

static gf_status check_step(struct ours *o, gf_error *err)
{
	const size_t P = problem_params(&o->problem);
	float *start = malloc(P * sizeof *start), *recorded = calloc(2 * P, sizeof *recorded), loss;
	struct history history = {&loss, recorded};
	unsigned state = 7;
	gf_status status =
		start && recorded ? GF_OK : gf_fail_memory(err, 3 * P * sizeof *start, "a step");
	size_t p;

	for (p = 0; p < P && !status; p++)
		start[p] = next_float(&state) / sqrtf((float)o->data->features);
	if (!status)
		status = engine_set(o->engine, start, NULL, err);
	if (!status)
		status = steps(o, 1, &history, err);
	if (!status)
		status = compare(o, start, &history, err);
	free(start);
	free(recorded);
	return status;
}

/* ---- a whole training ---- */

static gf_config config_of(const struct ours *o)
{
	const struct workload *w = o->work;
	gf_config config;

	gf_config_default(&config);
	config.device = o->device;
	memcpy(config.hidden, w->hidden, sizeof w->hidden);
	config.activation = w->activation;
	config.loss = w->loss;
	config.optimizer = w->optimizer;
	config.momentum = w->momentum ? 0.9 : 0.0;
	config.batch_size = w->batch_size;
	config.shuffle = w->shuffled;
	config.epochs = w->epochs;
	/* The notebook's seven points start as `gpufit` without options does. */
	config.init = o->rows == 7 && !w->hidden[0] ? GF_INIT_notebook : GF_INIT_pytorch;
	config.lr = o->rows == 7 ? 0.01 : 1e-5;
	config.check = GF_CHECK_off;
	config.kernels = w->tuning.kernels;
	workload_engine(w, &config.engine);
	return config;
}

static gf_status fit(struct ours *o, gf_check check, double *seconds, gf_error *err)
{
	gf_config config = config_of(o);
	gf_report report;
	gf_model *model = NULL;
	gf_status status;

	config.check = check;
	status = gf_fit(&model, o->data, &config, &report, err);
	gf_model_free(model);
	*seconds = report.train_seconds;
	return status;
}

gf_status ours_check(struct ours *o, gf_error *err)
{
	double seconds;

	return o->engine ? check_step(o, err) : fit(o, GF_CHECK_ends, &seconds, err);
}

gf_status ours_take(void *ours, double *seconds, gf_error *err)
{
	struct ours *o = ours;
	const double start = clock_seconds();
	struct history history = {malloc(o->steps * sizeof(float)), NULL};
	gf_status status = GF_OK;

	if (!o->engine)
		status = fit(o, GF_CHECK_off, seconds, err);
	else if (history.losses)
		status = steps(o, o->steps, &history, err);
	if (o->engine)
		*seconds = (clock_seconds() - start) / (double)o->steps;
	free(history.losses);
	return status;
}

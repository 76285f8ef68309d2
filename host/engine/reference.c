#include "reference.h"
#include "updates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reference {
	struct engine base;
	struct problem problem;
	size_t parameters, planes; /* P, S */
	double *params;            /* (P) */
	double *state;             /* (S, P) */
	double *shown;             /* (P) scratch */
	struct sums sums;
	void *sums_block; /* owned */
};

static void floats_of(const double *numbers, size_t count, float *out)
{
	size_t p;

	for (p = 0; p < count; p++)
		out[p] = (float)numbers[p];
}

static gf_status set(struct engine *engine, const float *params, const float *state, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t count = r->planes * r->parameters;

	(void)err;
	reference_doubles(params, r->parameters, r->params);
	if (state)
		reference_doubles(state, count, r->state);
	else
		memset(r->state, 0, count * sizeof *r->state);
	return GF_OK;
}

static gf_status get(struct engine *engine, float *params, float *state, gf_error *err)
{
	struct reference *r = (struct reference *)engine;

	(void)err;
	floats_of(r->params, r->parameters, params);
	if (state)
		floats_of(r->state, r->planes * r->parameters, state);
	return GF_OK;
}

/* ---- a step ---- */

/* Parameter p with its gradient, its state in the planes behind it. */
static struct parameter parameter_at(
	const struct reference *r, double scale, size_t p, struct bounded *state)
{
	size_t i;

	for (i = 0; i < r->planes; i++)
		state[i] = bounded_exact(r->state[i * r->parameters + p]);
	return (struct parameter){bounded_exact(r->params[p]),
		bounded_exact(r->sums.gradient[p] * scale), state,
		p < r->problem.outputs * r->problem.data->features};
}

/* What clipping to a norm makes of the whole gradient. */
static struct clip clip_of(const struct reference *r, const double *rates)
{
	struct bounded squares = {0.0, 0.0}, state[PLANES_MOST];
	size_t p;

	for (p = 0; p < r->parameters && r->problem.update.clip_norm; p++) {
		const struct parameter at = parameter_at(r, rates[RATE_SCALE], p, state);
		const double g = update_penalised(&at, rates).value;

		squares.value += g * g;
	}
	return update_clip(&r->problem, rates, squares, 1.0);
}

static void record(const struct reference *r, double scale, float *step)
{
	const size_t P = r->parameters;
	size_t p;

	floats_of(r->params, P, step);
	for (p = 0; p < P; p++)
		step[P + p] = (float)(r->sums.gradient[p] * scale);
	floats_of(r->state, r->planes * P, step + 2 * P);
}

static void move(struct reference *r, const double *rates)
{
	const struct clip clip = clip_of(r, rates);
	struct bounded state[PLANES_MOST];
	size_t p, i;

	for (p = 0; p < r->parameters; p++) {
		struct parameter at = parameter_at(r, rates[RATE_SCALE], p, state);

		update_parameter(&r->problem, &at, rates, clip);
		r->params[p] = at.value.value;
		for (i = 0; i < r->planes; i++)
			r->state[i * r->parameters + p] = state[i].value;
	}
}

static gf_status run(struct engine *engine, const struct plan *plan, const struct history *history,
	gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t floats = (2 + r->planes) * r->parameters;
	size_t i;

	(void)err;
	for (i = 0; i < plan->count; i++) {
		const struct batch batch = plan_batch(plan, r->problem.batch_size, i);
		const double *rates = plan_rates(plan, i);

		reference_sums(&r->sums, &r->problem, &batch, r->params);
		history->losses[i] = (float)(r->sums.loss * rates[RATE_SCALE]);
		if (history->steps)
			record(r, rates[RATE_SCALE], history->steps + i * floats);
		move(r, rates);
	}
	return GF_OK;
}

/* ---- at any parameters ---- */

static gf_status loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *value, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const struct batch batch = {.first = first, .count = rows};
	const double *at = r->params;

	(void)err;
	if (params)
		at = reference_doubles(params, r->parameters, r->shown);
	reference_sums(&r->sums, &r->problem, &batch, at);
	*value = (float)(r->sums.loss * scale);
	return GF_OK;
}

static gf_status outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t K = r->problem.outputs;
	double *row = malloc(K * sizeof *row);
	size_t i, k;

	if (!row)
		return gf_fail_memory(err, K * sizeof *row, "outputs");
	for (i = 0; i < rows; i++) {
		reference_outputs(&r->problem, params, first + i, row);
		for (k = 0; k < K; k++)
			z[i * K + k] = (float)row[k];
	}
	free(row);
	return GF_OK;
}

/* The host's own arithmetic has no kernels to time. */
static gf_status profile(struct engine *engine, gf_profile *out, gf_error *err)
{
	(void)engine;
	(void)err;
	out->rows_count = 0;
	return GF_OK;
}

static void close_reference(struct engine *engine)
{
	struct reference *r = (struct reference *)engine;

	free(r->sums_block);
	free(r->params);
	free(r);
}

static const struct engine_class reference_class = {
	set, get, run, loss, outputs, profile, close_reference, NULL, NULL, NULL};

gf_status reference_open(struct engine **engine, const struct problem *problem, gf_error *err)
{
	const size_t P = problem_params(problem), S = problem_planes(problem);
	struct reference *r = calloc(1, sizeof *r);

	if (!r)
		return gf_fail_memory(err, sizeof *r, "the reference");
	r->base.class = &reference_class;
	r->base.stretch = 1;
	r->base.record_limit = 1024;
	r->problem = *problem;
	r->parameters = P;
	r->planes = S;
	r->params = calloc((2 + S) * P, sizeof *r->params);
	r->sums_block = sums_new(&r->sums, problem, 0);
	snprintf(r->base.device, sizeof r->base.device, "host");
	if (!r->params || !r->sums_block) {
		close_reference(&r->base);
		return gf_fail_memory(err, (3 + S) * P * sizeof *r->params, "the reference");
	}
	r->shown = r->params + P;
	r->state = r->shown + P;
	*engine = &r->base;
	return GF_OK;
}

/* reference.c: the reference as an engine: steps in double, one after the other. */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reference {
	struct engine base;
	struct problem problem;
	size_t parameters, planes;   /* P, S */
	double *params;              /* (P) */
	double *state;               /* (S, P) */
	double *given;               /* (P) scratch: parameters to look at */
	struct reference_step *step; /* owned */
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

/* ---- steps ---- */

static void record(const struct reference *r, float *step)
{
	const size_t P = r->parameters;

	floats_of(r->params, P, step);
	floats_of(r->step->gradient, P, step + P);
	floats_of(r->state, r->planes * P, step + 2 * P);
}

static gf_status run(struct engine *engine, const struct plan *plan, const struct history *history,
	gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t P = r->parameters, S = r->planes;
	size_t i;

	(void)err;
	for (i = 0; i < plan->count; i++) {
		const struct batch batch = plan_batch(plan, r->problem.batch_size, i);

		reference_step_move(
			r->step, &r->problem, &batch, r->params, r->state, plan_rates(plan, i));
		history->losses[i] = (float)r->step->loss;
		if (history->steps)
			record(r, history->steps + i * (2 + S) * P);
		memcpy(r->params, r->step->next, P * sizeof *r->params);
		memcpy(r->state, r->step->state, S * P * sizeof *r->state);
	}
	return GF_OK;
}

/* ---- at any parameters ---- */

static gf_status loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *value, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const struct batch batch = {.first = first, .count = rows};
	struct sums *sums = reference_step_sums(r->step);
	const double *at = r->params;

	(void)err;
	if (params)
		at = reference_doubles(params, r->parameters, r->given);
	reference_losses(sums, &r->problem, &batch, at);
	*value = (float)(sums->loss * scale);
	return GF_OK;
}

static gf_status outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t K = r->problem.outputs;
	size_t i, k;

	(void)err;
	reference_doubles(params, r->parameters, r->given);
	for (i = 0; i < rows; i++)
		for (k = 0; k < K; k++)
			z[i * K + k] = (float)reference_output(&r->problem, r->given, first + i, k);
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

	reference_step_free(r->step);
	free(r->params);
	free(r);
}

static const struct engine_class reference_class = {
	set, get, run, loss, outputs, profile, close_reference, NULL, NULL, NULL, NULL};

gf_status reference_open(struct engine **engine, const struct problem *problem, gf_error *err)
{
	const size_t P = problem_params(problem), S = problem_planes(problem);
	const size_t bytes = (2 + S) * P * sizeof(double);
	struct reference *r = calloc(1, sizeof *r);
	gf_status status;

	if (!r)
		return gf_fail_memory(err, sizeof *r, "the reference");
	r->base.class = &reference_class;
	r->base.chunk_steps = 1;
	r->base.record_limit = 1024;
	r->problem = *problem;
	r->parameters = P;
	r->planes = S;
	snprintf(r->base.device, sizeof r->base.device, "host");
	r->params = calloc(1, bytes);
	status = r->params ? reference_step_new_unbounded(&r->step, problem, err)
			   : gf_fail_memory(err, bytes, "the reference");
	if (status) {
		close_reference(&r->base);
		return status;
	}
	r->given = r->params + P;
	r->state = r->given + P;
	*engine = &r->base;
	return GF_OK;
}

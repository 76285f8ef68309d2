/* reference_engine.c: the reference as an engine.  Ranks do not share its sums: it is what the
 * others are compared with, in one order whatever computes it. */
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
	double *probe;               /* (P) scratch: parameters to evaluate at */
	struct reference_step *step; /* owned */
	struct plan plan;            /* submitted */
	double *marked;              /* owned; (1 + S, P): params and state at engine_mark */
};

static void to_floats(const double *numbers, size_t count, float *out)
{
	size_t i;

	for (i = 0; i < count; i++)
		out[i] = (float)numbers[i];
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
	to_floats(r->params, r->parameters, params);
	if (state)
		to_floats(r->state, r->planes * r->parameters, state);
	return GF_OK;
}

static gf_status mark(struct engine *engine, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t P = r->parameters, bytes = (1 + r->planes) * P * sizeof *r->marked;

	if (!r->marked)
		r->marked = malloc(bytes);
	if (!r->marked)
		return gf_fail_memory(err, bytes, "parameters of the reference");
	memcpy(r->marked, r->params, P * sizeof *r->params);
	memcpy(r->marked + P, r->state, r->planes * P * sizeof *r->state);
	return GF_OK;
}

static gf_status get_marked(struct engine *engine, float *params, float *state, gf_error *err)
{
	const struct reference *r = (struct reference *)engine;
	const size_t P = r->parameters;

	(void)err;
	to_floats(r->marked, P, params);
	to_floats(r->marked + P, r->planes * P, state);
	return GF_OK;
}

/* Records the parameters, gradient and state of a step. */
static void record(const struct reference *r, float *step)
{
	const size_t P = r->parameters;

	to_floats(r->params, P, step);
	to_floats(r->step->gradient, P, step + P);
	to_floats(r->state, r->planes * P, step + 2 * P);
}

/* Computes nothing yet: the steps are taken when they are waited for. */
static gf_status submit(struct engine *engine, const struct plan *plan, int records, gf_error *err)
{
	(void)records;
	(void)err;
	((struct reference *)engine)->plan = *plan;
	return GF_OK;
}

static gf_status wait(struct engine *engine, const struct history *history, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const struct plan *plan = &r->plan;
	const size_t P = r->parameters, S = r->planes;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		const struct batch batch = plan_batch(plan, r->problem.batch_size, i);

		TRY(reference_step_take_doubles(r->step, &r->problem, &batch, r->params, r->state,
			plan_rates(plan, i), err));
		history->losses[i] = (float)r->step->loss;
		if (history->steps)
			record(r, history->steps + i * (2 + S) * P);
		memcpy(r->params, r->step->next, P * sizeof *r->params);
		memcpy(r->state, r->step->state, S * P * sizeof *r->state);
	}
	return GF_OK;
}

static gf_status loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *value, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const struct batch batch = {.first = first, .count = rows};
	struct sums *sums = reference_step_sums(r->step);
	const double *doubles = r->params;

	(void)err;
	if (params)
		doubles = reference_doubles(params, r->parameters, r->probe);
	reference_losses(sums, &r->problem, &batch, doubles);
	*value = (float)(sums->loss * scale);
	return GF_OK;
}

static gf_status outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t K = r->problem.outputs;
	struct sums *sums = reference_step_sums(r->step);
	size_t i, k;

	(void)err;
	if (params)
		reference_doubles(params, r->parameters, r->probe);
	for (i = 0; i < rows; i++) {
		const struct bounded *row = sums_outputs(sums, &r->problem, r->probe, first + i);

		for (k = 0; k < K; k++)
			z[i * K + k] = (float)row[k].value;
	}
	return GF_OK;
}

/* The host runs no kernels that could be timed. */
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
	free(r->marked);
	free(r);
}

static const struct engine_class reference_class = {.set = set,
	.get = get,
	.mark = mark,
	.get_marked = get_marked,
	.submit = submit,
	.wait = wait,
	.loss = loss,
	.outputs = outputs,
	.profile = profile,
	.close = close_reference};

/* Returns the most steps that are recorded at once: they take at most 16 MiB. */
static size_t record_limit(size_t parameters, size_t planes)
{
	const size_t fit = ((size_t)16 << 20) / ((2 + planes) * parameters * sizeof(float));

	return fit < 1 ? 1 : fit > 1024 ? 1024 : fit;
}

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
	r->base.record_limit = record_limit(P, S);
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
	r->probe = r->params + P;
	r->state = r->probe + P;
	*engine = &r->base;
	return GF_OK;
}

/* reference.c: one step of the reference, with bounds for a check or without them, and the
 * reference as an engine. */
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a step ---- */

struct step_workspace {
	struct reference_step base;
	struct sums sums;
	void *sums_block;                  /* owned */
	double *start;                     /* (P) scratch: float parameters in double */
	struct bounded state[PLANES_MOST]; /* scratch: of one parameter */
};

/* The state is in one of the two arrays; if both are NULL, it is 0. */
struct step_inputs {
	const struct problem *problem;
	const struct batch *batch;
	const double *params;     /* (P) */
	const double *state;      /* (S, P) */
	const float *float_state; /* (S, P) */
	const double *rates;      /* (RATES) */
};

static int has_bounds(const struct step_workspace *s)
{
	return s->base.next_bound != NULL;
}

static gf_status new_step(
	struct reference_step **step, const struct problem *problem, int with_bounds, gf_error *err)
{
	const size_t P = problem_params(problem), S = problem_planes(problem);
	const size_t doubles = (with_bounds ? 6 + 2 * S : 3 + S) * P;
	const size_t bytes = sizeof(struct step_workspace) + doubles * sizeof(double);
	struct step_workspace *s = calloc(1, bytes); /* the struct and its arrays behind it */

	*step = NULL;
	if (s)
		s->sums_block = sums_new(&s->sums, problem, with_bounds);
	if (!s || !s->sums_block) {
		free(s);
		return gf_fail_memory(err, bytes, "a step of the reference");
	}
	s->start = (double *)(s + 1);
	s->base.gradient = s->start + P;
	s->base.next = s->base.gradient + P;
	s->base.state = s->base.next + P;
	if (with_bounds) {
		s->base.state_bound = s->base.state + S * P;
		s->base.gradient_bound = s->base.state_bound + S * P;
		s->base.next_bound = s->base.gradient_bound + P;
		s->base.extra_gradient_error = s->base.next_bound + P;
	}
	*step = &s->base;
	return GF_OK;
}

gf_status reference_step_new(
	struct reference_step **step, const struct problem *problem, gf_error *err)
{
	return new_step(step, problem, 1, err);
}

gf_status reference_step_new_unbounded(
	struct reference_step **step, const struct problem *problem, gf_error *err)
{
	return new_step(step, problem, 0, err);
}

void reference_step_free(struct reference_step *step)
{
	if (step)
		free(((struct step_workspace *)step)->sums_block);
	free(step);
}

struct sums *reference_step_sums(struct reference_step *step)
{
	return &((struct step_workspace *)step)->sums;
}

/* Returns the bound of n; INFINITY, which is no bound, if n or its error is beyond float or NaN. */
static double bound_of(struct bounded n)
{
	const double size = fabs(n.value) + n.error;

	return size <= (double)FLT_MAX ? n.error : (double)INFINITY;
}

static struct bounded gradient_of(
	const struct step_workspace *s, const struct step_inputs *o, size_t p)
{
	const double scale = o->rates[RATE_SCALE];
	struct bounded g;

	if (!has_bounds(s))
		return bounded_exact(s->sums.gradient[p] * scale);
	g = bounds_gradient(&s->sums, o->batch, scale, p);
	g.error += s->base.extra_gradient_error[p] * scale;
	return g;
}

/* Returns parameter p with its gradient and state before the step; the state is in s->state. */
static struct parameter parameter_of(
	struct step_workspace *s, const struct step_inputs *o, size_t p)
{
	const size_t P = s->sums.network.parameters, S = problem_planes(o->problem);
	size_t i;

	for (i = 0; i < S; i++) {
		const size_t at = i * P + p;
		const double value = o->state         ? o->state[at]
				     : o->float_state ? (double)o->float_state[at]
						      : 0.0;

		s->state[i] = bounded_exact(value);
	}
	return (struct parameter){bounded_exact(o->params[p]), gradient_of(s, o, p), s->state,
		!network_is_bias(&s->sums.network, p)};
}

static void compute_loss(struct step_workspace *s, const struct step_inputs *o)
{
	const double scale = o->rates[RATE_SCALE];
	struct bounded loss = {s->sums.loss * scale, 0.0};

	if (has_bounds(s)) {
		loss = bounds_loss(&s->sums, o->problem, o->batch, scale);
		loss.error += s->base.extra_loss_error * scale;
		s->base.loss_bound = bound_of(loss);
	}
	s->base.loss = loss.value;
}

static void compute_gradients(struct step_workspace *s, const struct step_inputs *o)
{
	size_t p;

	for (p = 0; p < s->sums.network.parameters; p++) {
		const struct bounded g = gradient_of(s, o, p);

		s->base.gradient[p] = g.value;
		if (has_bounds(s))
			s->base.gradient_bound[p] = bound_of(g);
	}
}

/* Returns the sum of squares of the gradients, l2 penalty included, each multiplied by unit. */
static struct bounded sum_squares(
	struct step_workspace *s, const struct step_inputs *o, double unit)
{
	const size_t P = s->sums.network.parameters;
	struct squares squares = {0};
	size_t p;

	for (p = 0; p < P; p++) {
		const struct parameter parameter = parameter_of(s, o, p);

		squares_add(&squares, update_penalised(&parameter, o->rates), unit);
	}
	return has_bounds(s) ? bounds_squares(&squares, &s->sums.network)
			     : bounded_exact(squares.sum);
}

/* If float's squares may overflow, the kernels use the small unit, whose errors are larger. */
static struct clip compute_clip(struct step_workspace *s, const struct step_inputs *o)
{
	struct bounded squares = {0.0, 0.0};

	if (!o->problem->update.clip_norm)
		return update_clip(o->problem, o->rates, squares, 1.0);
	squares = sum_squares(s, o, 1.0);
	if (!has_bounds(s) || squares.value + squares.error <= 0.5 * (double)FLT_MAX)
		return update_clip(o->problem, o->rates, squares, 1.0);
	return update_clip(o->problem, o->rates, sum_squares(s, o, CLIP_UNIT), CLIP_UNIT);
}

static void compute_parameter(
	struct step_workspace *s, const struct step_inputs *o, struct clip clip, size_t p)
{
	const size_t P = s->sums.network.parameters, S = problem_planes(o->problem);
	struct parameter parameter = parameter_of(s, o, p);
	size_t i;

	update_parameter(o->problem, &parameter, o->rates, clip);
	s->base.next[p] = parameter.value.value;
	if (has_bounds(s))
		s->base.next_bound[p] = bound_of(parameter.value);
	for (i = 0; i < S; i++) {
		s->base.state[i * P + p] = s->state[i].value;
		if (has_bounds(s))
			s->base.state_bound[i * P + p] = bound_of(s->state[i]);
	}
}

static void compute_step(struct step_workspace *s, const struct step_inputs *o)
{
	struct clip clip;
	size_t p;

	reference_sums(&s->sums, o->problem, o->batch, o->params);
	compute_loss(s, o);
	compute_gradients(s, o);
	clip = compute_clip(s, o);
	for (p = 0; p < s->sums.network.parameters; p++)
		compute_parameter(s, o, clip, p);
}

void reference_step_take(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, const float *state, const double *rates)
{
	struct step_workspace *s = (struct step_workspace *)step;
	const struct step_inputs inputs = {problem, batch,
		reference_doubles(params, problem_params(problem), s->start), NULL, state, rates};

	compute_step(s, &inputs);
}

void reference_step_take_doubles(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const double *params, const double *state, const double *rates)
{
	const struct step_inputs inputs = {problem, batch, params, state, NULL, rates};

	compute_step((struct step_workspace *)step, &inputs);
}

void reference_step_loss(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, double scale, struct expected *loss)
{
	struct step_workspace *s = (struct step_workspace *)step;
	struct bounded found;

	reference_doubles(params, problem_params(problem), s->start);
	reference_losses(&s->sums, problem, batch, s->start);
	found = bounds_loss(&s->sums, problem, batch, scale);
	*loss = (struct expected){found.value, bound_of(found)};
}

void reference_step_outputs(struct reference_step *step, const struct problem *problem,
	const float *params, size_t row, struct expected *outputs)
{
	struct step_workspace *s = (struct step_workspace *)step;
	const struct bounded *z;
	size_t k;

	reference_doubles(params, problem_params(problem), s->start);
	z = sums_outputs(&s->sums, problem, s->start, row);
	for (k = 0; k < problem->outputs; k++)
		outputs[k] = (struct expected){z[k].value, bound_of(z[k])};
}

void reference_outputs(struct reference_step *step, const struct problem *problem,
	const double *params, size_t row, double *z)
{
	const struct bounded *outputs =
		sums_outputs(reference_step_sums(step), problem, params, row);
	size_t k;

	for (k = 0; k < problem->outputs; k++)
		z[k] = outputs[k].value;
}

double *reference_doubles(const float *numbers, size_t count, double *out)
{
	size_t i;

	for (i = 0; i < count; i++)
		out[i] = (double)numbers[i];
	return out;
}

/* ---- the reference as an engine ---- */

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

	(void)err;
	for (i = 0; i < plan->count; i++) {
		const struct batch batch = plan_batch(plan, r->problem.batch_size, i);

		reference_step_take_doubles(
			r->step, &r->problem, &batch, r->params, r->state, plan_rates(plan, i));
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

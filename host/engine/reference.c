/* reference.c: one step of the reference, with bounds for a check or without them. */
#include "exchange.h"
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- a step ---- */

struct step_workspace {
	struct reference_step base;
	struct sums sums;
	void *sums_block;                  /* owned */
	struct exchange *exchange;         /* owned; NULL: no ranks share the sums */
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
	struct step_workspace *s = (struct step_workspace *)step;

	if (s) {
		exchange_free(s->exchange);
		free(s->sums_block);
	}
	free(s);
}

gf_status reference_step_share(struct reference_step *step, gf_comm *comm, gf_error *err)
{
	struct step_workspace *s = (struct step_workspace *)step;

	return comm_size(comm) > 1 ? exchange_new(&s->exchange, comm, err) : GF_OK;
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

static gf_status compute_step(struct step_workspace *s, const struct step_inputs *o, gf_error *err)
{
	struct clip clip;
	size_t p;

	TRY(reference_sums_shared(&s->sums, s->exchange, o->problem, o->batch, o->params, 0, err));
	compute_loss(s, o);
	compute_gradients(s, o);
	clip = compute_clip(s, o);
	for (p = 0; p < s->sums.network.parameters; p++)
		compute_parameter(s, o, clip, p);
	return GF_OK;
}

gf_status reference_step_take(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, const float *state, const double *rates,
	gf_error *err)
{
	struct step_workspace *s = (struct step_workspace *)step;
	const struct step_inputs inputs = {problem, batch,
		reference_doubles(params, problem_params(problem), s->start), NULL, state, rates};

	return compute_step(s, &inputs, err);
}

gf_status reference_step_take_doubles(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const double *params, const double *state, const double *rates,
	gf_error *err)
{
	const struct step_inputs inputs = {problem, batch, params, state, NULL, rates};

	return compute_step((struct step_workspace *)step, &inputs, err);
}

gf_status reference_step_loss(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, double scale, struct expected *loss,
	gf_error *err)
{
	struct step_workspace *s = (struct step_workspace *)step;
	struct bounded found;

	reference_doubles(params, problem_params(problem), s->start);
	TRY(reference_sums_shared(&s->sums, s->exchange, problem, batch, s->start, 1, err));
	found = bounds_loss(&s->sums, problem, batch, scale);
	*loss = (struct expected){found.value, bound_of(found)};
	return GF_OK;
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

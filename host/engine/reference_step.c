/* reference_step.c: one step of the reference, with bounds for a check or without them. */
#include "reference.h"
#include "updates.h"

#include <stdlib.h>

struct step {
	struct reference_step base;
	struct sums sums;
	void *sums_block;                  /* owned */
	double *start;                     /* (P) scratch: float parameters in double */
	struct bounded state[PLANES_MOST]; /* of a parameter */
};

/* What a step starts from.  Its state is in one of the two, or NULL: zeros. */
struct origin {
	const struct problem *problem;
	const struct batch *batch;
	const double *params; /* (P) */
	const double *state;  /* (S, P) */
	const float *float_state;
	const double *rates; /* (RATES) */
};

static int has_bounds(const struct step *s)
{
	return s->base.next_bound != NULL;
}

static gf_status allocate(
	struct reference_step **step, const struct problem *problem, int with_bounds, gf_error *err)
{
	const size_t P = problem_params(problem), S = problem_planes(problem);
	const size_t doubles = (with_bounds ? 6 + 2 * S : 3 + S) * P;
	const size_t bytes = sizeof(struct step) + doubles * sizeof(double);
	struct step *s = calloc(1, bytes); /* the struct, then its arrays */

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
	return allocate(step, problem, 1, err);
}

gf_status reference_step_new_unbounded(
	struct reference_step **step, const struct problem *problem, gf_error *err)
{
	return allocate(step, problem, 0, err);
}

void reference_step_free(struct reference_step *step)
{
	if (step)
		free(((struct step *)step)->sums_block);
	free(step);
}

struct sums *reference_step_sums(struct reference_step *step)
{
	return &((struct step *)step)->sums;
}

/* A bound that is no number comes of magnitudes beyond float: there is none. */
static double bound_of(struct bounded n)
{
	const double size = fabs(n.value) + n.error;

	return size <= (double)FLT_MAX ? n.error : (double)INFINITY;
}

static struct bounded gradient_of(const struct step *s, const struct origin *o, size_t p)
{
	const double scale = o->rates[RATE_SCALE];
	struct bounded g;

	if (!has_bounds(s))
		return bounded_exact(s->sums.gradient[p] * scale);
	g = bounds_gradient(&s->sums, o->problem, o->batch, scale, p);
	g.error += s->base.extra_gradient_error[p] * scale;
	return g;
}

/* Parameter p with its gradient, its state in s->state. */
static struct parameter parameter_at(struct step *s, const struct origin *o, size_t p)
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

static void take_loss(struct step *s, const struct origin *o)
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

static void take_gradients(struct step *s, const struct origin *o)
{
	size_t p;

	for (p = 0; p < s->sums.network.parameters; p++) {
		const struct bounded g = gradient_of(s, o, p);

		s->base.gradient[p] = g.value;
		if (has_bounds(s))
			s->base.gradient_bound[p] = bound_of(g);
	}
}

/* The sum of the squares of the gradients, that of the l2 penalty in them, in that unit. */
static struct bounded sum_squares(struct step *s, const struct origin *o, double unit)
{
	const size_t P = s->sums.network.parameters;
	struct squares squares = {0};
	size_t p;

	for (p = 0; p < P; p++) {
		const struct parameter parameter = parameter_at(s, o, p);

		squares_add(&squares, update_penalised(&parameter, o->rates), unit);
	}
	return has_bounds(s) ? bounds_squares(&squares, P) : bounded_exact(squares.sum);
}

/* Where float's squares may overflow it takes the small unit, which errs more. */
static struct clip take_clip(struct step *s, const struct origin *o)
{
	struct bounded squares = {0.0, 0.0};

	if (!o->problem->update.clip_norm)
		return update_clip(o->problem, o->rates, squares, 1.0);
	squares = sum_squares(s, o, 1.0);
	if (!has_bounds(s) || squares.value + squares.error <= 0.5 * (double)FLT_MAX)
		return update_clip(o->problem, o->rates, squares, 1.0);
	return update_clip(o->problem, o->rates, sum_squares(s, o, CLIP_UNIT), CLIP_UNIT);
}

static void take_parameter(struct step *s, const struct origin *o, struct clip clip, size_t p)
{
	const size_t P = s->sums.network.parameters, S = problem_planes(o->problem);
	struct parameter parameter = parameter_at(s, o, p);
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

static void take(struct step *s, const struct origin *o)
{
	struct clip clip;
	size_t p;

	reference_sums(&s->sums, o->problem, o->batch, o->params);
	take_loss(s, o);
	take_gradients(s, o);
	clip = take_clip(s, o);
	for (p = 0; p < s->sums.network.parameters; p++)
		take_parameter(s, o, clip, p);
}

void reference_step_take(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, const float *state, const double *rates)
{
	struct step *s = (struct step *)step;
	const struct origin origin = {problem, batch,
		reference_doubles(params, problem_params(problem), s->start), NULL, state, rates};

	take(s, &origin);
}

void reference_step_move(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const double *params, const double *state, const double *rates)
{
	const struct origin origin = {problem, batch, params, state, NULL, rates};

	take((struct step *)step, &origin);
}

void reference_step_loss(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, double scale, struct expected *loss)
{
	struct step *s = (struct step *)step;
	struct bounded found;

	reference_doubles(params, problem_params(problem), s->start);
	reference_losses(&s->sums, problem, batch, s->start);
	found = bounds_loss(&s->sums, problem, batch, scale);
	*loss = (struct expected){found.value, bound_of(found)};
}

void reference_step_outputs(struct reference_step *step, const struct problem *problem,
	const float *params, size_t row, struct expected *outputs)
{
	struct step *s = (struct step *)step;
	size_t k;

	reference_doubles(params, problem_params(problem), s->start);
	for (k = 0; k < problem->outputs; k++)
		outputs[k] = (struct expected){reference_output(problem, s->start, row, k),
			bounds_output(problem, s->start, row, k)};
}

/* reference_step.c: one step of the reference from float parameters, for a check. */
#include "reference.h"
#include "updates.h"

#include <stdlib.h>

struct step {
	struct reference_step base;
	struct sums sums;
	void *sums_block;                  /* owned */
	double *start;                     /* (P) */
	struct bounded *gradients;         /* (P) of the loss */
	struct bounded *penalised;         /* (P) and of the l2 penalty */
	struct bounded state[PLANES_MOST]; /* of a parameter */
};

gf_status reference_step_new(
	struct reference_step **step, const struct problem *problem, gf_error *err)
{
	const size_t P = problem_params(problem), S = problem_planes(problem);
	/* One block: the struct, then bounded gradients, then arrays of P. */
	const size_t bytes = sizeof(struct step) + 2 * P * sizeof(struct bounded) +
			     (6 + 2 * S) * P * sizeof(double);
	struct step *s = calloc(1, bytes);

	*step = NULL;
	if (s)
		s->sums_block = sums_new(&s->sums, problem, 1);
	if (!s || !s->sums_block) {
		free(s);
		return gf_fail_memory(err, bytes, "a step of the reference");
	}
	s->gradients = (struct bounded *)(s + 1);
	s->penalised = s->gradients + P;
	s->start = (double *)(s->penalised + P);
	s->base.gradient = s->start + P;
	s->base.gradient_bound = s->base.gradient + P;
	s->base.next = s->base.gradient_bound + P;
	s->base.next_bound = s->base.next + P;
	s->base.state = s->base.next_bound + P;
	s->base.state_bound = s->base.state + S * P;
	s->base.extra_gradient_error = s->base.state_bound + S * P;
	*step = &s->base;
	return GF_OK;
}

void reference_step_free(struct reference_step *step)
{
	if (step)
		free(((struct step *)step)->sums_block);
	free(step);
}

/* A bound that is no number comes of magnitudes beyond float: there is none. */
static double bound_of(struct bounded n)
{
	const double size = fabs(n.value) + n.error;

	return size <= (double)FLT_MAX ? n.error : (double)INFINITY;
}

static struct parameter parameter_at(
	struct step *s, const struct problem *problem, const float *state, size_t p)
{
	const size_t P = problem_params(problem), S = problem_planes(problem);
	struct parameter parameter = {bounded_exact(s->start[p]), s->gradients[p], s->state,
		p < problem->outputs * problem->data->features};
	size_t i;

	for (i = 0; i < S; i++)
		s->state[i] = bounded_exact((double)state[i * P + p]);
	return parameter;
}

static void take_gradients(struct step *s, const struct problem *problem, const struct batch *batch,
	const float *state, const double *rates)
{
	const size_t P = problem_params(problem);
	size_t p;

	for (p = 0; p < P; p++) {
		struct bounded g = bounds_gradient(&s->sums, problem, batch, rates[RATE_SCALE], p);
		struct parameter parameter;

		g.error += s->base.extra_gradient_error[p] * rates[RATE_SCALE];
		s->base.gradient[p] = g.value;
		s->base.gradient_bound[p] = bound_of(g);
		s->gradients[p] = g;
		parameter = parameter_at(s, problem, state, p);
		s->penalised[p] = update_penalised(&parameter, rates);
	}
}

static void take_parameter(struct step *s, const struct problem *problem, const float *state,
	const double *rates, struct clip clip, size_t p)
{
	const size_t P = problem_params(problem), S = problem_planes(problem);
	struct parameter parameter = parameter_at(s, problem, state, p);
	size_t i;

	update_parameter(problem, &parameter, rates, clip);
	s->base.next[p] = parameter.value.value;
	s->base.next_bound[p] = bound_of(parameter.value);
	for (i = 0; i < S; i++) {
		s->base.state[i * P + p] = s->state[i].value;
		s->base.state_bound[i * P + p] = bound_of(s->state[i]);
	}
}

/* Where float's squares may overflow it takes the small unit, which errs more. */
static struct clip take_clip(
	const struct step *s, const struct problem *problem, const double *rates)
{
	const size_t P = problem_params(problem);
	const struct bounded squares = bounds_squares(s->penalised, P, 1.0);

	if (squares.value + squares.error <= 0.5 * (double)FLT_MAX)
		return update_clip(problem, rates, squares, 1.0);
	return update_clip(problem, rates, bounds_squares(s->penalised, P, CLIP_UNIT), CLIP_UNIT);
}

void reference_step_take(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, const float *state, const double *rates)
{
	struct step *s = (struct step *)step;
	const size_t P = problem_params(problem);
	struct bounded loss;
	struct clip clip;
	size_t p;

	reference_doubles(params, P, s->start);
	reference_sums(&s->sums, problem, batch, s->start);
	loss = bounds_loss(&s->sums, problem, batch, rates[RATE_SCALE]);
	loss.error += step->extra_loss_error * rates[RATE_SCALE];
	step->loss = loss.value;
	step->loss_bound = bound_of(loss);
	take_gradients(s, problem, batch, state, rates);
	clip = take_clip(s, problem, rates);
	for (p = 0; p < P; p++)
		take_parameter(s, problem, state, rates, clip, p);
}

void reference_step_loss(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, double scale, struct expected *loss)
{
	struct step *s = (struct step *)step;
	struct bounded bounded;

	reference_doubles(params, problem_params(problem), s->start);
	reference_losses(&s->sums, problem, batch, s->start);
	bounded = bounds_loss(&s->sums, problem, batch, scale);
	*loss = (struct expected){bounded.value, bound_of(bounded)};
}

void reference_step_outputs(struct reference_step *step, const struct problem *problem,
	const float *params, size_t row, struct expected *outputs)
{
	struct step *s = (struct step *)step;
	size_t k;

	reference_doubles(params, problem_params(problem), s->start);
	for (k = 0; k < problem->outputs; k++)
		outputs[k] = (struct expected){reference_output(problem, params, row, k),
			bounds_output(problem, s->start, row, k)};
}

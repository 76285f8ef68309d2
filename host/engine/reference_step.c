/* reference_step.c: one step of the reference from float parameters, for a check. */
#include "reference.h"

#include <stdlib.h>

gf_status reference_step_new(struct reference_step **step, size_t parameters, gf_error *err)
{
	/* One block: the struct, then the four arrays, then room for the parameters in double. */
	size_t bytes = sizeof **step + 5 * parameters * sizeof(double);
	struct reference_step *s = calloc(1, bytes);

	*step = s;
	if (!s)
		return gf_fail_memory(err, bytes, "a step of the reference");
	s->gradient = (double *)(s + 1);
	s->gradient_bound = s->gradient + parameters;
	s->next = s->gradient_bound + parameters;
	s->next_bound = s->next + parameters;
	return GF_OK;
}

void reference_step_free(struct reference_step *step)
{
	free(step);
}

void reference_step_take(
	struct reference_step *step, const struct problem *problem, const float *params, double lr)
{
	const size_t P = problem->outputs * (problem->data->features + 1);
	double *start = reference_doubles(params, P, step->next_bound + P);
	size_t p;

	step->loss = reference_gradient(problem, start, step->gradient);
	for (p = 0; p < P; p++)
		step->next[p] = start[p] - lr * step->gradient[p];
	bounds_take(step, problem, start, lr);
}

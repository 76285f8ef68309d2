/* reference.h: the specification, in double and plain loops. */
#ifndef GF_REFERENCE_H
#define GF_REFERENCE_H

#include "engine.h"

gf_status reference_open(struct engine **engine, const struct problem *problem, gf_error *err);

/* z of one row and output; params (P) in double. */
double reference_output(
	const struct problem *problem, const double *params, size_t row, size_t output);

/* The loss at params (P), and its gradient (P), both divided by M = N K. */
double reference_gradient(const struct problem *problem, const double *params, double *gradient);

/* out (count) = params (count); returns out. */
double *reference_doubles(const float *params, size_t count, double *out);

/* bounds.c: fills the three bounds of step, whose values are there. */
void bounds_take(struct reference_step *step, const struct problem *problem, const double *params,
	double lr);

#endif

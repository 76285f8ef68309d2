/* updates.h: each optimiser of kernels/optimizer.cl, and what update.cl does around it, by
 * PyTorch's formulas, in double, with how far float may be from it (near.h). */
#ifndef GF_UPDATES_H
#define GF_UPDATES_H

#include "engine.h"
#include "near.h"

/* A parameter before a step, and after it. */
struct parameter {
	struct near value;
	struct near gradient;
	struct near *state; /* (problem_planes) */
	int is_weight;      /* 0: a bias */
};

/* What clipping to the norm leaves of a gradient of which the squares have that sum; 1 where none
 * is asked for. */
struct near update_clip(
	const struct problem *problem, const double *rates, struct near sum_of_squares);

/* The gradient with that of the l2 penalty. */
struct near update_penalised(const struct parameter *p, const double *rates);

/* Takes the step: value and state are then those after it. */
void update_parameter(
	const struct problem *problem, struct parameter *p, const double *rates, struct near clip);

#endif

/* updates.h: each optimiser of kernels/optimizer.cl, and what update.cl does around it, by
 * PyTorch's formulas, in double, with how far float may be from it (bounded.h). */
#ifndef GF_UPDATES_H
#define GF_UPDATES_H

#include "engine.h"
#include "bounded.h"

/* A parameter before a step, and after it. */
struct parameter {
	struct bounded value;
	struct bounded gradient;
	struct bounded *state; /* (problem_planes) */
	int is_weight;         /* 0: a bias */
};

/* What clipping to the norm leaves of a gradient, as a factor of it in a unit: 1, or where its
 * squares overflow in float CLIP_UNIT, which is exact to change to. */
struct clip {
	double unit;
	struct bounded factor;
};

#define CLIP_UNIT 0x1p-80

/* The factor for a gradient whose squares have that sum in that unit; 1 where no clipping is asked
 * for. */
struct clip update_clip(const struct problem *problem, const double *rates,
	struct bounded sum_of_squares, double unit);

/* The gradient of the loss plus that of the l2 penalty. */
struct bounded update_penalised(const struct parameter *p, const double *rates);

/* Takes the step: value and state are then those after it. */
void update_parameter(
	const struct problem *problem, struct parameter *p, const double *rates, struct clip clip);

#endif

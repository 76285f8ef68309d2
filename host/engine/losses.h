/*
 * losses.h: each loss of kernels/loss.cl and kernels/terms.cl by its textbook formula, as the
 * reference has it: in double, with how far float may be from it (bounded.h).
 */
#ifndef GF_LOSSES_H
#define GF_LOSSES_H

#include "engine.h"
#include "bounded.h"

/* value and slope dvalue/dz of each output of a row, from its outputs z (K), its targets y (one an
 * output; of cross_entropy the class alone) and its weight.  Not scaled. */
void losses_of_row(const struct problem *problem, const float *y, double weight,
	const struct bounded *z, struct bounded *value, struct bounded *slope);

#endif

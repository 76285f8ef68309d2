/* least_squares.h: where gradient descent on mse would end, from the moments of the data, and how
 * well they determine it. */
#ifndef GF_LEAST_SQUARES_H
#define GF_LEAST_SQUARES_H

#include "engine.h"
#include "train_data.h"

/* What is wanted of the moments: for x, of which theirs are (x - center) / scale. */
struct regression {
	const struct moments *moments; /* borrowed */
	const double *center, *scale;  /* (D) borrowed, or NULL: the same */
	int no_bias;
};

/* One block, to be freed. */
gf_status least_squares_find(
	gf_least_squares **found, const struct regression *regression, gf_error *err);

#endif

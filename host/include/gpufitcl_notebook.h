/*
 * gpufitcl_notebook.h: what gpufit shows of the notebook that it began with: its seven points, and
 * the textbook's step beside the device's.  A program of your own needs none of it.
 */
#ifndef GPUFITCL_NOTEBOOK_H
#define GPUFITCL_NOTEBOOK_H

#include "gpufitcl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The library is built with all other names hidden. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* The notebook's seven points: x = 1 2 3 4 1.1 2.2 3.3, y = x^2. */
gf_status gf_dataset_notebook(gf_dataset **data, gf_error *err);

/* What the textbook says of one step, in double, beside what the device did: the
 * mean-of-products gradient, and the product-of-means that it is easily mistaken for. */
typedef struct gf_theory {
	size_t parameters, output_rows;
	double loss;
	double *outputs;  /* (output_rows, K) of the first rows */
	double *gradient; /* (P) mean(dl/dz * x), mean(dl/dz) */
	double *mistaken; /* (P) mean(dl/dz) * mean(x), mean(dl/dz) */
	double *next;     /* (P) before - lr * gradient */
} gf_theory;

/* Of a step of plain sgd on all rows of data, which must bring its parameters
 * (GF_WANT_PARAMETERS); a number that the loss has is its default.
 * GF_E_USAGE: it brings none, or those of another shape. */
gf_status gf_theory_new(gf_theory **theory, const gf_dataset *data, gf_loss loss,
	const gf_epoch *step, gf_error *err);
void gf_theory_free(gf_theory *theory);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif

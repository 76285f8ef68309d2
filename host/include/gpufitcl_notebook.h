/*
 * gpufitcl_notebook.h: the notebook that gpufit began with: its seven points, and the textbook's
 * formulas of a step.  `gpufit --explain` uses this; other programs hardly need it.
 */
#ifndef GPUFITCL_NOTEBOOK_H
#define GPUFITCL_NOTEBOOK_H

#include "gpufitcl.h"

GF_HEADER_BEGIN

/* Makes the seven points: x = 1 2 3 4 1.1 2.2 3.3, y = x^2. */
gf_status gf_dataset_notebook(gf_dataset **data, gf_error *err);

/* A step by the textbook's formulas, in double.  The gradient is a mean of products; the product of
 * the means is a common mistake. */
typedef struct gf_theory {
	size_t parameters;  /* P */
	size_t output_rows; /* those of the epoch */
	double loss;
	double *outputs;  /* (output_rows, K) of the first rows */
	double *gradient; /* (P) mean(dl/dz * x), mean(dl/dz) */
	double *mistaken; /* (P) mean(dl/dz) * mean(x), mean(dl/dz) */
	double *next;     /* (P) before - lr * gradient */
} gf_theory;

/* Computes an epoch of plain sgd that takes all rows in one step.  The epoch must have its
 * parameters (GF_WANT_PARAMETERS); the loss has the default of its parameter, if any.
 * GF_E_USAGE: the epoch has no parameters, or those of another shape. */
gf_status gf_theory_new(gf_theory **theory, const gf_dataset *data, gf_loss loss,
	const gf_epoch *step, gf_error *err);
void gf_theory_free(gf_theory *theory);

GF_HEADER_END

#endif

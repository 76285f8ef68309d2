/*
 * gpufitcl_notebook.h: the notebook that gpufit began with: its seven points, and the textbook's
 * formulas of a step, also of a network.  `gpufit --explain` uses this; other programs hardly need
 * it.
 */
#ifndef GPUFITCL_NOTEBOOK_H
#define GPUFITCL_NOTEBOOK_H

#include "gpufitcl.h"

GF_HEADER_BEGIN

/* Makes the seven points: x = 1 2 3 4 1.1 2.2 3.3, y = x^2. */
gf_status gf_dataset_notebook(gf_dataset **data, gf_error *err);

/* A layer with H units, outputs of it, at the first rows of the data.  l is the loss of one row,
 * without the divisor of the mean.  The last layer has no activation: a is z, and slope is 1. */
typedef struct gf_theory_layer {
	size_t units;    /* H */
	double *z;       /* (output_rows, H) weight . a of the layer before, or x, + bias */
	double *a;       /* (output_rows, H) activation(z) */
	double *slope;   /* (output_rows, H) da/dz */
	double *da, *dz; /* (output_rows, H) dl/da, and dl/dz = dl/da * slope */
	double *mean_a;  /* (H) mean of a over all rows */
} gf_theory_layer;

/* A step by the textbook's formulas, in double.  The gradient is a mean of products; the product of
 * the means is a common mistake.  In the formulas of a layer, a is what its weights multiply: x, or
 * the activations of the layer before. */
typedef struct gf_theory {
	size_t parameters;  /* P */
	size_t output_rows; /* those of the epoch */
	double loss;
	double *losses;   /* (output_rows) of each row, summed over its outputs */
	double *outputs;  /* (output_rows, K) of the first rows */
	double *gradient; /* (P) mean(dl/dz * a), mean(dl/dz) */
	double *mistaken; /* (P) mean(dl/dz) * mean(a), mean(dl/dz) */
	double *next;     /* (P) before - lr * gradient */
	size_t layers_count;
	gf_theory_layer *layers; /* (layers_count) in the order in which they compute */
} gf_theory;

/* Computes an epoch of plain sgd that takes all rows in one step, all of which weigh 1.  The epoch
 * must have its parameters (GF_WANT_PARAMETERS).  config says the loss, its parameters and the
 * hidden layers; NULL: the defaults.
 * GF_E_USAGE: the epoch has no parameters, or those of another shape. */
gf_status gf_theory_new(gf_theory **theory, const gf_dataset *data, const gf_config *config,
	const gf_epoch *step, gf_error *err);
void gf_theory_free(gf_theory *theory);

GF_HEADER_END

#endif

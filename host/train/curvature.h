/*
 * curvature.h: the largest and smallest curvature of a training loss, and the learning rates that
 * they allow.
 *
 * Each loss has a bound on its second derivative with respect to the output.  The Hessian of the
 * mean over all training rows is therefore at most
 *
 *	bound / M  X^T W X  + l2 (for weights alone) + weight_decay
 *
 * X (N, D + 1) has a last column of ones for the bias (no such column without a bias); W holds the
 * weights of the rows.  It is the same for each output.  For mse the bound is exact: it is the
 * Hessian.
 */
#ifndef GF_CURVATURE_H
#define GF_CURVATURE_H

#include "engine.h"

/* An engine whose gradients are the products of the Hessian with a vector: mse over the rows of
 * another dataset, with targets of 0. */
struct product_engine {
	gf_dataset data;       /* its x is borrowed, its y owned */
	struct engine *engine; /* owned; NULL: none */
};

void product_engine_close(struct product_engine *e);

/* The function that full-batch steps minimise. */
struct objective {
	const struct problem *problem; /* borrowed; its targets are not used */
	double scale;                  /* 1/M, as RATE_SCALE */
	double l2, weight_decay;       /* sgd's weight decay applies to biases, too */
	int repeat; /* 1: an engine computes each product twice, and the bits must agree */
	enum { PRODUCTS_AUTO, PRODUCTS_HOST, PRODUCTS_ENGINE } products; /* who computes them */
	/* Where the engine that computed the products is left, retired, so that another one can be
	 * opened beside it; the caller closes it.  NULL: it is closed. */
	struct product_engine *kept;
};

struct curvature {
	double largest;  /* L; NaN: the loss has no bound; INFINITY: beyond float's range */
	double smallest; /* mu, the smallest above 0; NaN: not known */
	int constant;    /* 1: of the Hessian itself; 0: of an upper bound of it */
};

/* Measures small problems on the host, in double, and others on an engine that it opens with
 * options->device; the reference engine needs no OpenCL.  Returns the statuses of engine_open. */
gf_status curvature_measure(struct curvature *c, const struct objective *objective,
	const struct engine_options *options, gf_error *err);

/* Returns 1 if the problem's loss has a bound on its curvature, as lr auto needs. */
int curvature_is_bounded(const struct problem *problem);

/* Returns 2/L: gradient descent converges with any smaller lr, and with none above if the Hessian
 * is constant.  NaN: the loss has no bound. */
double curvature_lr_limit(const struct curvature *c);

/* Returns the epochs of full-batch sgd without momentum after which the loss, from any start, has
 * lost all but 1e-6 of its excess over its least value:
 * ln(1e-3) / ln(max(|1 - lr mu|, |1 - lr L|)).
 * INFINITY: it never does; NaN: the smallest curvature is not known. */
double curvature_epochs(const struct curvature *c, double lr);

/*
 * ---- lanczos.c: the ends of a symmetric matrix's spectrum, from products with vectors ----
 *
 * Power iteration multiplies a vector by the matrix again and again, and uses the last product
 * only.  Lanczos' method searches the space that all products span (the Krylov space), and finds
 * both ends of the spectrum after far fewer products (Golub, Van Loan, Matrix Computations,
 * 4th ed., section 10.1).
 */

/* out (n) = matrix v (n) */
typedef gf_status lanczos_product(void *matrix, const double *v, double *out, gf_error *err);

struct lanczos {
	lanczos_product *product;
	void *matrix;    /* borrowed; symmetric, no eigenvalue below 0 */
	size_t n;        /* its rows */
	size_t products; /* the largest number of products */
	double noise;    /* error of a product, relative to the largest eigenvalue */
	int both;        /* 0: the largest eigenvalue is enough */
};

struct spectrum {
	double largest;  /* INFINITY: a product overflowed */
	double smallest; /* the smallest that is not 0; NaN: not asked for, or not found */
};

/* Returns the same numbers in every run, since it starts from a fixed vector.  GF_E_MEMORY, and
 * what a product returns. */
gf_status lanczos_find(struct spectrum *spectrum, const struct lanczos *l, gf_error *err);

#endif

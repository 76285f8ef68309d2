/*
 * lanczos.h: the largest and smallest eigenvalue of a symmetric matrix, from products with vectors.
 *
 * Power iteration multiplies a vector by the matrix again and again, and uses the last product
 * only.  Lanczos' method searches the space that all products span (the Krylov space), and finds
 * both ends of the spectrum after far fewer products (Golub, Van Loan, Matrix Computations,
 * 4th ed., section 10.1).
 */
#ifndef GF_LANCZOS_H
#define GF_LANCZOS_H

#include "error.h"

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

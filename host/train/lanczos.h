/*
 * lanczos.h: the largest and the smallest eigenvalue of a matrix known only by its products.
 *
 * Power iteration multiplies a vector by the matrix again and again, and looks at the last of the
 * vectors; Lanczos' method looks for the eigenvalues in the space that all of them span, where
 * both ends of the spectrum are found after far fewer products (Golub, Van Loan, Matrix
 * Computations, 4th ed., section 10.1).
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
	size_t products; /* at most */
	double noise;    /* error of a product, as a share of the largest eigenvalue */
	int both;        /* 0: the largest eigenvalue is enough */
};

struct spectrum {
	double largest;  /* INFINITY: a product was beyond its numbers' range */
	double smallest; /* of those that are not 0; NaN: not asked for, or not found */
};

/* Finds the same numbers at every run: it starts from a fixed vector. */
gf_status lanczos_find(struct spectrum *spectrum, const struct lanczos *l, gf_error *err);

#endif

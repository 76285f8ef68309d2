/*
 * cholesky.h: a symmetric matrix of sums of squares and products, scaled to a diagonal of 1, and
 * its factor by Cholesky's method with pivoting (Higham, Accuracy and Stability of Numerical
 * Algorithms, 2nd ed., section 10.3).
 *
 *	R (n, n) = matrix / (scale_i scale_j)
 *	R = L L' in the order of the pivots
 *
 * A pivot below n times the error of a number of R counts as 0: the columns depend on each other as
 * far as double can tell.
 */
#ifndef GF_CHOLESKY_H
#define GF_CHOLESKY_H

#include "error.h"

#include <stddef.h>

struct cholesky {
	size_t n, rank; /* rank: number of pivots above 0 */
	double error;   /* bound on the error of a number of R */
	double *matrix; /* (n, n) R; the caller fills in the matrix before it is scaled */
	double *factor; /* (n, n) L, rows in the order of the pivots */
	double *scale;  /* (n) roots of the matrix's diagonal; 1 for a 0 */
	double *rest;   /* (n) scratch */
	double *v;      /* (n) scratch */
	size_t *order;  /* (n) of the pivots; from `rank` on the columns without one */
};

/* Allocates the arrays, all 0, in one block.  what: for the message of GF_E_MEMORY. */
gf_status cholesky_new(struct cholesky *c, size_t n, const char *what, gf_error *err);
void cholesky_free(struct cholesky *c);

/* Replaces the matrix by R. */
void cholesky_scale(struct cholesky *c);

/* Factorizes R with the largest pivot first, up to the first one that counts as 0. */
void cholesky_factorize(struct cholesky *c);

/* Factorizes R in the order that c->order asks for, in which columns whose pivots count as 0 are
 * passed over and come last. */
void cholesky_factorize_in_order(struct cholesky *c);

/* For the functions below, a column without a pivot is not there: its numbers in R^-1 are 0. */

/* out (n) = R^-1 v; out may be v, but not c->v. */
void cholesky_solve(struct cholesky *c, const double *v, double *out);

/* u (n) = R^-1 right, with residuals in twice the digits, so that the error left is that of R
 * itself times its condition number. */
void cholesky_solve_refined(struct cholesky *c, const double *right, double *u);

/* Returns v' R^-1 v for v (rank) in the order of the pivots.  Overwrites v. */
double cholesky_inverse_square(const struct cholesky *c, double *v);

/* The scaled column order[place], which has no pivot, is the sum over i of shares[i] times the
 * scaled column order[i].  shares: (rank) */
void cholesky_dependency(const struct cholesky *c, size_t place, double *shares);

/* Sets *condition to the largest eigenvalue of R times the largest of its inverse, for rank n. */
gf_status cholesky_condition(struct cholesky *c, double *condition, gf_error *err);

/* ---- sums with twice the digits ---- */

struct double_double {
	double high, low;
};

/* Returns sum + a b. */
struct double_double double_double_add_product(struct double_double sum, double a, double b);

/* Returns first - a.b */
double double_double_subtract_dot(double first, const double *a, const double *b, size_t n);

#endif

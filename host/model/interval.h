/*
 * interval.h: prediction intervals of a linear regression by least squares.
 *
 *	D features, K outputs, n columns: features and, with a bias, a column of ones
 *	a (n)	the columns of a row, x - center and 1
 *	L (n, n) lower triangle: L L' = sum of weight a a' over the rows that trained
 *	h	a' (L L')^-1 a, the leverage of the row
 *
 * The interval from z - t_p s_k sqrt(1 + h) to z + t_p s_k sqrt(1 + h) holds a new target of
 * weight 1 with probability p, if residuals are normal and have one deviation, s_k for output k;
 * t_p is a quantile of Student's distribution.
 */
#ifndef GF_INTERVAL_H
#define GF_INTERVAL_H

#include "gpufitcl.h"

/* A model with more numbers in its L has no intervals, since their text would not fit its file. */
enum { INTERVAL_NUMBERS = 1 << 20 };

struct interval {
	size_t columns;   /* n; 0: there are no intervals */
	double freedom;   /* degrees of freedom of the deviations */
	double *center;   /* (D) owned as one block at center */
	double *residual; /* (K) deviations */
	double *factor;   /* (n (n + 1) / 2) L, row by row */
	size_t *column;   /* (n) the feature of each column; D: the ones */
};

/* Allocates the arrays, all 0.  GF_E_MEMORY. */
gf_status interval_new(
	struct interval *interval, size_t features, size_t outputs, size_t columns, gf_error *err);
void interval_free(struct interval *interval);

struct model_metadata;
struct metadata_source;

/* Adds the model's intervals, if it has some.  Returns -1 where there is no memory. */
int model_metadata_add_interval(struct model_metadata *metadata, const gf_model *model);

/* Gives the model the file's intervals, if there are some.  GF_E_DATA, GF_E_MEMORY. */
gf_status model_metadata_read_interval(const struct metadata_source *source);

#endif

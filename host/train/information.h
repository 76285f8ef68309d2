/*
 * information.h: the Fisher information of a linear model's parameters, and the slope of its
 * log-likelihood, in double.
 *
 *	N rows, D features, n columns: 1 if there is a bias, then x - center (D)
 *	z = B . columns + offset of an equation: B (n) are its weights, with the bias at
 *	x = center in front
 *	q equations that share the log-likelihood: 1, or K - 1 of cross_entropy, whose equation k
 *	is that of class k + 1 minus that of class 0
 *
 *	information (q n, q n) = sum of weight G_kl a_i a_j, column (k, i) by column (l, j)
 *	score (q n) = sum of weight r_k a_i
 *
 * G is the expected curvature of a row's log-likelihood with respect to the outputs, r its slope:
 * of families.h, or of softmax p_k (1 if k = l - p_l) and (1 if k is the row's class) - p_k.
 *
 * Rows are summed in the order of row_sums.h.  A center near the mean makes the columns depend less
 * on each other; the results hold for any center.
 */
#ifndef GF_INFORMATION_H
#define GF_INFORMATION_H

#include "cholesky.h"
#include "comm.h"
#include "dataset.h"
#include "families.h"

/* The rows of a regression. */
struct design {
	gf_loss loss;
	struct loss_parameters loss_parameters;
	const gf_dataset *data; /* borrowed, as all: its x has the features */
	const uint32_t *rows;   /* (count) the row of data of each row; NULL: the same rows */
	const float *y;         /* (count, targets) */
	const float *weights;   /* (count); NULL: all weigh 1 */
	const float *offset;    /* (count), not of cross_entropy; NULL: all are 0 */
	size_t count, targets;
	int has_bias;
	const double *center; /* (D) */
	gf_comm *comm;        /* the ranks that share the sums, or NULL */
};

static inline size_t design_columns(const struct design *d)
{
	return d->data->features + (d->has_bias ? 1 : 0);
}

static inline double design_weight(const struct design *d, size_t row)
{
	return d->weights ? (double)d->weights[row] : 1.0;
}

struct information {
	size_t n, q;             /* columns, equations */
	size_t target;           /* the column of y */
	struct cholesky matrix;  /* (q n) the information */
	double *score;           /* (q n) */
	struct family_sums sums; /* at the parameters */
	float first_target;      /* of the first row of weight above 0 */
	int targets_vary;        /* 1: one of the others has another target */
	char *separated;         /* (classes, classes) 1: the output of class a minus that of
				    class b is above 0 in the rows of a, and below in others */
	size_t classes;          /* 2 for bce, if all its targets are classes; else 0 */
};

/* equations: q; target: the first of its columns of y.  GF_E_MEMORY. */
gf_status information_new(struct information *information, const struct design *design,
	size_t equations, size_t target, gf_error *err);
void information_free(struct information *information);

/* Sums up all rows of weight above 0, at B (q, n).  GF_E_MEMORY. */
gf_status information_add_rows(struct information *information, const struct design *design,
	const double *parameters, gf_error *err);

/* Sums up the rows for the best bias alone or, without one, for outputs of the offset alone.
 * GF_E_MEMORY. */
gf_status information_null(struct family_sums *sums, const struct information *information,
	const struct design *design, gf_error *err);

/* Returns 1 if a class can be told from the others without error; *class is its index.  Then the
 * log-likelihood has no maximum: it rises as long as parameters grow. */
int information_separates(const struct information *information, size_t *class);

#endif

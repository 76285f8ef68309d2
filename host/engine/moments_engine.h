/*
 * moments_engine.h: what engine moments keeps: the moments about the means, made once of sums of
 * products over all rows, and the buffers and kernels of its steps.
 *
 *	D features, K targets; A columns: the features, the targets, and one of ones
 *	G groups of 8 columns, padded with zeros; T tiles of 8 x 8 products of two groups
 *	(kernels/shared.h, kernels/moments.cl)
 */
#ifndef GF_MOMENTS_ENGINE_H
#define GF_MOMENTS_ENGINE_H

#include "cl_engine.h"
#include "moments.h"

enum { MOMENTS_TILE = MOMENTS_GROUP * MOMENTS_GROUP };

/* How the sums are laid out and computed: a function of the problem alone. */
struct moments_layout {
	size_t columns;       /* A */
	size_t groups, tiles; /* G, T */
	size_t panels, panel; /* panels that the groups are divided into; groups of a panel */
	size_t leaves;        /* of the tree over rows */
	size_t leaf_rows;     /* rows of a leaf; the last one may have fewer */
};

struct moments_state {
	struct moments_layout layout;
	struct moments moments; /* owned, its arrays in one block */
	int ready;              /* 1: the moments are computed, and on the device */
	struct kernel products, leaves, gram_product, root;
	struct buffer gram, xy, mean, target_moments, t, sums; /* of a step: kernels/moments.cl */
};

/* ---- moments_sums.c ---- */

/* Returns the layout of the problem's sums. */
struct moments_layout moments_layout_of(const struct problem *problem);

/* Returns the index, within a node, of the sum of the products of columns a and b. */
size_t moments_at(const struct moments_layout *l, size_t features, size_t a, size_t b);

/* Returns the most roundings that a sum of products goes through. */
double moments_depth(const struct problem *problem, const struct moments_layout *l);

/* Returns what each column is shifted by (8 G), for the caller to free; 0 for the column of ones
 * and the padding.  NULL: out of memory. */
double *moments_shifts(const struct problem *problem, const struct moments_layout *l);

/* Computes the sums over all rows, node (T, 8, 8), with columns less shifts (8 G). */
gf_status moments_sum(struct cl_engine *e, struct moments_state *state, const double *shifts,
	double *node, gf_error *err);

/* Launches the kernels of moments_sum with nothing to do. */
gf_status moments_sum_none(struct cl_engine *e, struct moments_state *state, gf_error *err);

/* ---- moments_gather.c ---- */

/* Makes the moments, for the host and for steps on the device. */
gf_status moments_gather(struct cl_engine *e, struct moments_state *state, gf_error *err);

/* Takes the moments of another engine for the same rows in their place. */
gf_status moments_copy(struct cl_engine *e, struct moments_state *state, const struct moments *from,
	gf_error *err);

/* After moments_gather: makes the moments once more, and reads back what steps use.
 * GF_E_CHECK: they differ. */
gf_status moments_audit(struct cl_engine *e, struct moments_state *state, gf_error *err);

#endif

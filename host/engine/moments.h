/* moments.h: what engine moments has beside the others: sums of products over all rows, which
 * kernels/moments.cl makes once, and what it takes to make steps of them. */
#ifndef GF_MOMENTS_H
#define GF_MOMENTS_H

#include "cl_engine.h"

enum { MOMENTS_TILE = MOMENTS_GROUP * MOMENTS_GROUP };

/* How the sums are laid out; A columns: features, targets, one of ones.  A function of the problem
 * alone, but for the panels. */
struct moments_layout {
	size_t columns;           /* A */
	size_t groups, tiles;     /* G, T */
	size_t panel, panels;     /* groups to one; how many */
	size_t leaf_rows, leaves; /* rows of each but the last; how many */
};

struct gathered {
	struct moments_layout layout;
	struct moments moments; /* owned, its arrays too, in one block */
	int done;               /* they are there, and on the device */
	struct kernel products, leaves, curve, root;
	struct buffer gram, xy, mean, tops, t, sums; /* of a step: kernels/moments.cl */
};

/* ---- moments_sums.c ---- */

struct moments_layout moments_layout_of(const struct problem *problem);

/* Where a node has the sum of the products of columns a and b. */
size_t moments_at(const struct moments_layout *l, size_t features, size_t a, size_t b);

/* The most roundings that a sum of products goes through. */
double moments_depth(const struct problem *problem, const struct moments_layout *l);

/* What each column is shifted by, (8 G), to be freed; the ones and the padding by 0.  NULL: no
 * memory. */
double *moments_shifts(const struct problem *problem, const struct moments_layout *l);

/* Computes the sums over all rows, node (T, 8, 8), with columns less shifts (8 G). */
gf_status moments_sum(
	struct cl_engine *e, struct gathered *g, const double *shifts, double *node, gf_error *err);

/* Launches the kernels of moments_sum with nothing to do. */
gf_status moments_sum_none(struct cl_engine *e, struct gathered *g, gf_error *err);

/* ---- moments_gather.c ---- */

/* Makes the moments, for the host and for steps on the device. */
gf_status moments_gather(struct cl_engine *e, struct gathered *g, gf_error *err);

/* After moments_gather: makes the moments once more, and reads back what steps use.
 * GF_E_CHECK: they differ. */
gf_status moments_audit(struct cl_engine *e, struct gathered *g, gf_error *err);

#endif

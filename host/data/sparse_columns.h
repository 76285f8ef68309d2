/*
 * sparse_columns.h: the columns of sparse rows, laid out so that 16 sums over rows go side by side.
 *
 *	D features; parts of rows, each with columns of its own, whose rows count from 0
 *
 * The numbers of a column, in the order of rows, are cut into runs.  A run has all its numbers in
 * an aligned range of 2^levels blocks, so that its sum is a subtree of the pairwise tree over
 * blocks (kernels/README.md); it has at most RUN_NUMBERS, so that no work-item has a whole column
 * of many.  The sums of a column's runs are the numbers of its runs of the next rank, until one run
 * is left.
 *
 * 16 runs of about as many numbers, from about the same rows, are a bundle.  Number i of each of
 * them is in slab i of the bundle; behind its last number a run repeats its last row, with the
 * value 0.
 */
#ifndef GF_SPARSE_COLUMNS_H
#define GF_SPARSE_COLUMNS_H

#include "shared.h"
#include "sparse.h"

enum { RUN_NUMBERS = 64, COLUMN_RANKS = 8 };

struct sparse_bundle {
	uint32_t slab;   /* the first one; those of the next bundle follow */
	uint32_t levels; /* the most of its runs */
};

struct sparse_part {
	uint32_t bundle[COLUMN_RANKS + 1]; /* rank r has bundles [bundle[r], bundle[r + 1]) */
	uint32_t ranks;
	uint32_t below; /* slabs of rank 0 here and in the parts before: those of the ranks above
			 * are numbered without them where sums are kept (RUN_ABOVE) */
	uint32_t chunk, chunks; /* places of its chunks */
};

struct sparse_columns {
	struct sparse_part *part;     /* owned; (parts) */
	struct sparse_bundle *bundle; /* owned; (bundles + 1), of which the last only has a slab */
	uint32_t *to; /* owned; (bundles, 16): where the sum of each run goes: shared.h */
	/* Whole pages, for a device that shares the host's memory. */
	uint32_t *row;   /* owned; (slabs, 16): above rank 0 the first row of a run */
	float *value;    /* owned; (slabs, 16): unused above rank 0 */
	uint32_t *chunk; /* owned; (chunks): which 16 features, counted by 16, a part has any of */
	size_t parts, bundles, slabs, chunks;
	size_t below;             /* slabs of rank 0 */
	size_t numbers;           /* of the rows */
	size_t expected;          /* numbers of all parts, if the caller knows it: then slabs
					  * seldom move */
	struct column_runs *runs; /* owned; sparse_runs.h; NULL before the first part */
	size_t room[6];           /* of the arrays above, in their order */
};

/* Adds the part of rows first .. first + count - 1, at most 2^31; of order (first + count) if that
 * is not NULL.  features: D, always the same.  GF_E_MEMORY; GF_E_UNAVAILABLE: the part has more
 * numbers than 32 bits count in slabs of 16. */
gf_status sparse_columns_add(struct sparse_columns *columns, const struct sparse_rows *rows,
	size_t features, const uint32_t *order, size_t first, size_t count, gf_error *err);

/* Takes all parts away, and keeps the memory for others. */
void sparse_columns_clear(struct sparse_columns *columns);

/* Frees what only sparse_columns_add needs. */
void sparse_columns_finish(struct sparse_columns *columns);

/* Frees row and value, which a device has a copy of. */
void sparse_columns_drop(struct sparse_columns *columns);

/* Frees what sparse_columns_add made, also after a failure. */
void sparse_columns_free(struct sparse_columns *columns);

#endif

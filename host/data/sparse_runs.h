/*
 * sparse_runs.h: the numbers of sparse rows by column, cut into runs (sparse_columns.h).
 *
 *	D features
 */
#ifndef GF_SPARSE_RUNS_H
#define GF_SPARSE_RUNS_H

#include "sparse_columns.h"

/* Numbers [at, at + count) of its rank, in all of an aligned range of 2^levels blocks. */
struct run {
	size_t at;
	uint32_t row; /* the first one */
	uint32_t count, levels, to;
};

struct rank {
	struct run *run; /* owned; (count) column by column */
	uint32_t *order; /* owned; (count) as bundles take them */
	size_t count, room[2];
};

/* The numbers of a part, by column, and their runs. */
struct column_runs {
	uint32_t *slot;   /* owned; (D): 1 + the place of a column in column and start; 0: it has
			   * no number in the part */
	uint32_t *column; /* owned; (columns): its feature */
	size_t *start; /* owned; (columns + 2): column c has the numbers [start[c], start[c + 1]) */
	uint32_t *row; /* owned; (numbers), counted in the part */
	float *value;  /* owned; (numbers) */
	uint32_t *order; /* owned; (runs of a rank), for sorting them */
	size_t *before;  /* owned; (keys + 1), likewise */
	size_t columns, numbers, rows, room[6];
	struct rank rank[COLUMN_RANKS];
};

/* Takes the numbers of rows first .. first + count - 1, of order (first + count) if that is not
 * NULL, cuts them into runs, rank by rank, and sorts these.  *runs: NULL, or made by an earlier
 * call for the same D, whose memory is used again.  GF_E_MEMORY. */
gf_status runs_find(struct column_runs **runs, const struct sparse_rows *rows, size_t features,
	const uint32_t *order, size_t first, size_t count, gf_error *err);

/* Returns the row of a number of that rank; above rank 0 numbers are runs of the rank below. */
static inline uint32_t runs_row(const struct column_runs *runs, unsigned rank, size_t number)
{
	return rank ? runs->rank[rank - 1].run[number].row : runs->row[number];
}

/* runs may be NULL. */
void runs_free(struct column_runs *runs);

#endif

/*
 * row_sums.h: sums in double over rows, on the host, which ranks share.
 *
 * Their order is a function of the rows alone: parts of ROW_SUMS_PART rows, each in row order from
 * +0, then the pairwise tree over parts.  A rank takes subtrees of parts (exchange.h).
 */
#ifndef GF_ROW_SUMS_H
#define GF_ROW_SUMS_H

#include "comm.h"
#include "error.h"

enum { ROW_SUMS_PART = 1024 };

/* The rows [first, first + rows) of a part.  Those from there to `end` are added next. */
struct part_rows {
	size_t first, rows, end;
};

struct row_sums {
	gf_comm *comm;  /* borrowed; NULL: no ranks share the sums */
	size_t rows;    /* N, from 0 on */
	size_t numbers; /* of a sum */
	double work;    /* multiply-adds of a row */

	/* Adds the part's rows in their order to sum (numbers).  Ranks that share the rows are
	 * called for their own alone. */
	gf_status (*add)(void *user, const struct part_rows *part, double *sum, gf_error *err);
	void *user;
};

/* Returns how many additions a term goes through at most. */
double row_sums_depth(size_t rows);

/* Returns 1 if ranks share the rows: the work is worth it. */
int row_sums_are_shared(const struct row_sums *sums);

/* Sets sum (numbers) to that over all rows, the same on all ranks.  GF_E_MEMORY, what add returns,
 * and what comm_gather returns. */
gf_status row_sums_take(const struct row_sums *sums, double *sum, gf_error *err);

#endif

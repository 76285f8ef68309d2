/*
 * sum_order.h: the order in which floats are summed, a function of the problem's shape alone.
 *
 * kernels/README.md has the order as a table, and the kernels follow it.  The host needs its sizes
 * to lay out what the kernels read and write, and to count the roundings that a sum goes through,
 * from which the bounds of a check are made.
 */
#ifndef GF_SUM_ORDER_H
#define GF_SUM_ORDER_H

#include "shared.h"

#include <stddef.h>

struct sum_order {
	size_t lanes;     /* F: feature lanes, a power of two */
	size_t row_lanes; /* L = 16 / F */
	size_t chunks;    /* C = ceil(D / F) */
};

static inline struct sum_order sum_order_of(size_t features)
{
	struct sum_order order = {.lanes = 1};

	while (order.lanes < SUM_LANES && order.lanes < features)
		order.lanes *= 2;
	order.row_lanes = SUM_LANES / order.lanes;
	order.chunks = (features + order.lanes - 1) / order.lanes;
	return order;
}

/* ceil(log2(n)): the levels of a pairwise tree over n numbers; 0 for n = 1. */
static inline size_t tree_levels(size_t n)
{
	size_t levels = 0, reach;

	for (reach = 1; reach < n && reach <= (size_t)-1 / 2; reach *= 2)
		levels++;
	return levels;
}

/* ceil(numbers / length) */
static inline size_t parts_of(size_t numbers, size_t length)
{
	return numbers / length + (numbers % length != 0);
}

/* Blocks of BLOCK_ROWS rows; the last one may be short. */
static inline size_t block_count(size_t rows)
{
	return parts_of(rows, BLOCK_ROWS);
}

/* Returns n rounded up to whole vectors of 16 floats. */
static inline size_t whole_vectors(size_t n)
{
	return (n + SUM_LANES - 1) / SUM_LANES * SUM_LANES;
}

#endif

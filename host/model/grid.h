/*
 * grid.h: the order of every floating-point sum, as a function of the problem alone.
 *
 * The host needs it twice: to lay out what the kernels read and write (kernels/lanes.cl holds
 * the order itself), and to know how many roundings a sum goes through, which is what the bound
 * of a check is made of.
 */
#ifndef GF_GRID_H
#define GF_GRID_H

#include <stddef.h>

enum { GRID_LANES = 16, GRID_TILE = 16, GRID_BLOCK = 64 }; /* lanes; rows; rows */

struct grid {
	size_t lanes;  /* F: feature lanes */
	size_t rows;   /* L = 16 / F: row lanes */
	size_t chunks; /* C = ceil(D / F) */
};

static inline struct grid grid_of(size_t features)
{
	struct grid g = {.lanes = 1};

	while (g.lanes < GRID_LANES && g.lanes < features)
		g.lanes *= 2;
	g.rows = GRID_LANES / g.lanes;
	g.chunks = (features + g.lanes - 1) / g.lanes;
	return g;
}

/* ceil(log2(n)): the levels of a pairwise tree over n numbers; 0 for n = 1. */
static inline size_t grid_levels(size_t n)
{
	size_t levels = 0, reach;

	for (reach = 1; reach < n && reach <= (size_t)-1 / 2; reach *= 2)
		levels++;
	return levels;
}

static inline size_t grid_blocks(size_t rows)
{
	return rows / GRID_BLOCK + (rows % GRID_BLOCK != 0);
}

#endif

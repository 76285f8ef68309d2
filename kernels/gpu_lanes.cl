/*
 * gpu_lanes.cl: the pairwise tree over leaves of 16 lanes, summed by a work-group; for GPUs.
 *
 *	leaf (LEAVES, 16)	the lanes of as many leaves as are summed at a time
 *	stack (levels, 16)	finished subtrees, as a binary counter: one for each bit of the
 *				number of leaves
 *
 * Each lane is a sum of its own, in the order of the leaves.
 */
#ifndef GPU_LANES_CL
#define GPU_LANES_CL

#include "network.cl"

#if defined(WIDTHS) && defined(GPU)

#define LEAVES       16
#define LEAF_FLOATS  (LEAVES * SUM_LANES)
#define LANES_LEVELS 32 /* suffice for any number of leaves */

struct lane_sums {
	float leaf[LEAF_FLOATS];
	float stack[LANES_LEVELS * SUM_LANES];
};

/* Adds leaf number n, from 0, to lane q of the tree. */
static void push_leaf(__local float *stack, uint q, uint n, float sum)
{
	uint depth = popcount(n), odd;

	for (odd = n; odd & 1; odd >>= 1) {
		depth--;
		sum = stack[depth * SUM_LANES + q] + sum;
	}
	stack[depth * SUM_LANES + q] = sum;
}

/* Adds leaves [first, first + count), which are in m->leaf, to the tree.  The next leaves may be
 * written, and the sum read, after another barrier. */
static void push_leaves(__local struct lane_sums *m, uint first, uint count)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	uint turn, i;

	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < SUM_LANES; turn += items)
		if (turn + id < SUM_LANES)
			for (i = 0; i < count; i++)
				push_leaf(m->stack, turn + id, first + i,
					m->leaf[i * SUM_LANES + turn + id]);
}

/* Returns lane q of the sum of n leaves, at least 1. */
static float sum_of_leaves(__local const struct lane_sums *m, uint q, uint n)
{
	uint depth = popcount(n) - 1;
	float sum = m->stack[depth * SUM_LANES + q];

	for (; depth > 0; depth--)
		sum = m->stack[(depth - 1) * SUM_LANES + q] + sum;
	return sum;
}

#endif
#endif

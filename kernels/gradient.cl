/*
 * gradient.cl: outputs, loss and gradient in one read of x.
 *
 *	x (N, D)	features	in
 *	y (., y_stride)	targets		in
 *	weights (N)	of rows, if WEIGHTED	in
 *	shares (2, K)	if SOFTMAX	in
 *	w		a plane of parameters (rows.cl)	in
 *	number		parameter of the loss, if it has one (loss.cl)
 *	scratch		SCRATCH REALs per subtree, if SOFTMAX
 *	nodes		`levels` nodes per subtree; the first becomes its sum	out
 *
 * The pass covers rows [first, first + N) of x, which is one part of the data: row 0 of x is row
 * `shift` of y and weights, and the nodes of earlier parts are those of `before` subtrees.  A
 * work-item, on GPUs a work-group, sums `blocks` blocks of 64 rows.  `blocks` is a power of two, so
 * that these rows are an aligned subtree and the sums do not depend on how rows are divided.
 * Launch: at least ceil(N / (64 blocks)) work-items of any local size, or work-groups of ITEMS.
 */
#ifndef GRADIENT_CL
#define GRADIENT_CL

#include "node.cl"
#include "gpu_wide_node.cl"

#ifdef GPU
#define SCRATCH(K) (SCRATCH_STRIDE * SCRATCH_VALUES(K))
#else
#define SCRATCH(K) ((ulong)(BLOCK_ROWS / TILE_ROWS) * SCRATCH_VALUES(K))
#endif

#ifndef WIDTHS

__kernel GROUP_KERNEL
void gradient(__global const float *restrict x, __global const float *restrict y,
	__global const float *restrict weights, __global const float *restrict shares,
	__global const float *restrict w, __global REAL *restrict scratch,
	__global REAL *restrict nodes, ulong y_stride, uint D, uint K, uint blocks, uint levels,
	ulong N, ulong first, ulong shift, ulong before, float number)
{
#ifdef GPU
	__local struct memory m;
	const ulong share = get_group_id(0);
#else
	const ulong share = get_global_id(0);
#endif
	const ulong rows = (ulong)blocks * BLOCK_ROWS, begin = min(share * rows, N);
	const ulong end = min(begin + rows, N);
	const struct rows in = {x + first * D, y + shift + first, w, weights + shift + first,
		shares, scratch + share * SCRATCH(K), N, y_stride, width(D), output_count(K),
		number};
	__global REAL *stack = nodes + (before + share) * levels * node_size(D, K) * REALS;

#ifdef GPU
	group_subtree(in, begin, end, (uint)min(rows, (ulong)STRIP_ROWS), stack, &m);
#else
	if (begin < end)
		subtree(in, begin / BLOCK_ROWS, (end - begin + BLOCK_ROWS - 1) / BLOCK_ROWS, stack);
#endif
}

#endif

#endif

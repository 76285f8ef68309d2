/*
 * gradient.cl: outputs, loss and gradient in one read of x.
 *
 *	x (N, D)	features	in
 *	y (., y_stride)	targets		in
 *	weights (N)	of rows, if WEIGHTED	in
 *	shares (2, K)	if SOFTMAX	in
 *	w		a plane of parameters (rows.cl)	in
 *	number		parameter of the loss, if it has one (loss.cl)
 *	scratch		SCRATCH float16 per work-item, if SOFTMAX
 *	nodes		`levels` nodes per work-item; the first becomes its sum	out
 *
 * The pass covers rows [first, first + N) of x, which is one part of the data: row 0 of x is row
 * `shift` of y and weights, and the nodes of earlier parts come from `before` work-items.  Each
 * work-item sums `blocks` blocks of 64 rows.  `blocks` is a power of two, so that the work-item's
 * rows are an aligned subtree and the sums do not depend on how rows are divided.
 * Launch: one work-item per subtree, any global size >= ceil(N / (64 blocks)), any local size.
 */
#ifndef GRADIENT_CL
#define GRADIENT_CL

#include "node.cl"

#ifndef GPU

#define SCRATCH(K) ((ulong)(BLOCK / TILE) * KEPT(K))

__kernel VECTOR_KERNEL
void gradient(__global const float *x, __global const float *y, __global const float *weights,
	__global const float *shares, __global const float *w, __global float16 *scratch,
	__global float16 *nodes, ulong y_stride, uint D, uint K, uint blocks, uint levels,
	ulong N, ulong first, ulong shift, ulong before, float number)
{
	const ulong item = get_global_id(0);
	const struct rows in = {x + first * D, y + shift + first, w,
		weights + shift + first, shares,
		scratch + item * SCRATCH(K), N, y_stride, width(D), K, number};
	const ulong all = (N + BLOCK - 1) / BLOCK, begin = item * (ulong)blocks;

	if (begin < all)
		subtree(in, begin, min((ulong)blocks, all - begin),
			nodes + (before + item) * levels * node_size(D, K));
}

#endif
#endif

/*
 * gradient.cl: outputs, loss and gradient in one read of x.
 *
 *	x (N, D)	features	in
 *	y (K, y_stride)	targets		in
 *	w (K, C + 1)	float16 lanes	in
 *	nodes		`levels` nodes a work-item; the first is its sum	out
 *
 * Each work-item takes `blocks` blocks of 64 rows, a power of two: an aligned subtree, so the
 * sums are those of any other share-out. Launch: one work-item a subtree, any global size >=
 * ceil(N / (64 blocks)), any local size.
 */
#include "node.cl"

__kernel VECTOR_KERNEL
void gradient(__global const float *x, __global const float *y, __global const float16 *w,
	__global float16 *nodes, ulong N, ulong y_stride, uint D, uint K, uint blocks, uint levels)
{
	const struct rows in = {x, y, w, N, y_stride, width(D), K};
	const ulong all = (N + BLOCK - 1) / BLOCK;
	const ulong first = get_global_id(0) * (ulong)blocks;

	if (first < all)
		subtree(in, first, min((ulong)blocks, all - first),
			nodes + get_global_id(0) * levels * node_size(D, K));
}

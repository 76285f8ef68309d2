/*
 * outputs.cl: the forward pass alone, on rows [first, first + rows), whose first begins a tile.
 *
 *	x (N, D)	features	in
 *	w (K, C + 1)	float16 lanes	in
 *	z (rows, K)	outputs		out	z = x.w + b
 *
 * Launch: one work-item a tile of 16 rows, any global size >= ceil(rows / 16), any local size.
 */
#include "node.cl"

#ifndef GPU

__kernel VECTOR_KERNEL
void outputs(__global const float *x, __global const float16 *w, __global float *z,
	ulong first, ulong rows, uint D, uint K)
{
	const ulong at = get_global_id(0) * (ulong)TILE;
	float tile[TILE];
	uint k, r;

	for (k = 0; k < K && at < rows; k++) {
		__global const float16 *wk = w + k * (chunks(D) + 1);

		vstore16(tile_output(x + (first + at) * D, wk, width(D)), 0, tile);
		for (r = 0; r < TILE && at + r < rows; r++)
			z[(at + r) * K + k] = tile[r];
	}
}

#endif

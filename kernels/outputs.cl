/*
 * outputs.cl: the forward pass alone, on rows [first, first + rows); `first` must begin a tile.
 *
 *	x (N, D)	features	in
 *	w (K, C + 1)	float16 lanes	in
 *	z (rows, K)	outputs		out	z = x.w + b
 *
 * Launch: one work-item per tile of 16 rows, any global size >= ceil(rows / 16), any local size.
 */
#include "node.cl"

#ifndef GPU

/* Computes all outputs of the tile at x.  `rows` counts the rows from x on; it may exceed 16. */
APART static void all_outputs_of(__global const float *x, __global const float16 *w,
	__global float *z, ulong rows, uint D, uint K)
{
	float tile[TILE];
	uint k, r;

	for (k = 0; k < K; k++) {
		vstore16(tile_output(x, w + k * (chunks(D) + 1), D), 0, tile);
		for (r = 0; r < TILE && r < rows; r++)
			z[r * K + k] = tile[r];
	}
}

__kernel VECTOR_KERNEL
void outputs(__global const float *x, __global const float16 *w, __global float *z,
	ulong first, ulong rows, uint D, uint K)
{
	const ulong at = get_global_id(0) * (ulong)TILE;

	if (at < rows)
		all_outputs_of(x + (first + at) * D, w, z + at * K, rows - at, width(D), K);
}

#endif

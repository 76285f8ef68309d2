/*
 * outputs.cl: the forward pass alone, on rows [first, first + rows); `first` must begin a tile.
 *
 *	x (N, D)	features	in
 *	w		a plane of parameters (rows.cl)	in
 *	z (rows, K)	outputs		out	z = x.w + b
 *
 * Launch: one work-item per tile of 16 rows, any global size >= ceil(rows / 16), any local size.
 */
#include "node.cl"

#ifndef GPU

/* Computes all outputs of the tile that begins at the row; the last tile may lack rows. */
APART static void all_outputs_of(struct rows in, ulong row, __global float *z)
{
	float tile[TILE];
	uint k, r;

	for (k = 0; k < in.K; k++) {
		vstore16(tile_output(in, row, k), 0, tile);
		for (r = 0; r < TILE && row + r < in.count; r++)
			z[(row + r) * in.K + k] = tile[r];
	}
}

__kernel VECTOR_KERNEL
void outputs(__global const float *x, __global const float *w, __global float *z, ulong first,
	ulong rows, uint D, uint K)
{
	const struct rows in = {x + first * D, 0, w, 0, 0, 0, rows, 0, width(D), K, 0.0f};
	const ulong row = get_global_id(0) * (ulong)TILE;

	if (row < rows)
		all_outputs_of(in, row, z);
}

#endif

/*
 * outputs.cl: the forward pass alone, on rows [first, first + rows); `first` must begin a tile.
 *
 *	x (N, D)	features	in
 *	w		a plane of parameters (rows.cl)	in
 *	z (rows, K)	outputs		out	z = x.w + b
 *
 * Launch: at least one work-item per tile of 16 rows, on GPUs one work-group per STRIP_ROWS
 * rows; any local size.
 */
#include "node.cl"
#include "gpu_wide_node.cl"

#ifdef GPU

/* Computes all outputs of rows [row, end). */
static void group_outputs(
	struct rows in, ulong row, ulong end, __global float *z, __local struct memory *m)
{
	const uint most = strip_most(in.D), id = get_local_id(0);

	do {
		const struct rows at = rows_from(in, row);
		const struct strip s = {0, (uint)min((ulong)most, end - row), 0, 1, 1};
		uint k = 0, turn;

		if (!COLUMN_TILED)
			tile_load(at, s, 0, m);
		do {
			strip_lanes(at, s, k, m);
			for (turn = 0; turn < s.rows; turn += ITEMS)
				if (turn + id < s.rows)
					z[(row + turn + id) * in.K + k] =
						row_output(at, k, turn + id, m);
			barrier(CLK_LOCAL_MEM_FENCE);
		} while (++k < in.K);
		row += most;
	} while (row < end);
}

#else

/* Computes all outputs of the tile that begins at the row; the last tile may lack rows. */
NOINLINE static void all_outputs_of(struct rows in, ulong row, __global float *z)
{
	float tile[TILE_ROWS];
	uint k, r;

	for (k = 0; k < in.K; k++) {
		vstore16(tile_output(in, row, k), 0, tile);
		for (r = 0; r < TILE_ROWS && row + r < in.count; r++)
			z[(row + r) * in.K + k] = tile[r];
	}
}

#endif

#ifndef WIDTHS

__kernel GROUP_KERNEL
void outputs(__global const float *restrict x, __global const float *restrict w,
	__global float *restrict z, ulong first, ulong rows, uint D, uint K)
{
	const struct rows in = {
		x + first * D, 0, w, 0, 0, 0, rows, 0, width(D), output_count(K), 0.0f};
#ifdef GPU
	__local struct memory m;
	const ulong begin = min(get_group_id(0) * (ulong)STRIP_ROWS, rows);

	group_outputs(in, begin, min(begin + STRIP_ROWS, rows), z, &m);
#else
	const ulong row = get_global_id(0) * (ulong)TILE_ROWS;

	if (row < rows)
		all_outputs_of(in, row, z);
#endif
}

#endif

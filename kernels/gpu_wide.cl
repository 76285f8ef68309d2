/*
 * gpu_wide.cl: loads strips of one block, or of as many of its rows as fit into the tile, computes
 * their outputs and sums their leaves, for more than MEDIUM_FEATURES features; for GPUs.
 *
 *	tile	x of the strip.  Where a row is wider than COLUMN_TILE, the tile has that many
 *		features of each row at a time, and the gradient reads x a second time, from the
 *		cache
 *	part (rows, PART)	lanes of one output
 *
 * Loads are coalesced, and read float4 where x is aligned.  A work-item computes one feature lane
 * of a row, and later sums up the lanes of a row.  A leaf of the tree is a block.
 */
#ifndef GPU_WIDE_CL
#define GPU_WIDE_CL

#include "gpu_strip.cl"

#ifdef GPU_WIDE

#define PART 17 /* 16 lanes and 1: a column is spread over all banks */

/* Local memory of a work-group. */
struct memory {
	float4 tile[TILE_FLOATS_WIDE / 4];
	float part[STRIP_ROWS * PART + 1];
	float value[STRIP_ROWS], slope[STRIP_ROWS];
};

/* Too large a struct memory makes this an array of negative size, which does not compile. */
typedef char memory_fits[sizeof(struct memory) <= LOCAL_BYTES ? 1 : -1];

static __local float *tile_of(__local struct memory *m)
{
	return (__local float *)m->tile;
}

static uint pitch(uint D)
{
	return COLUMN_TILED ? COLUMN_TILE : D;
}

static uint strip_most(uint D)
{
	uint rows = STRIP_ROWS;

	while (rows > ROW_TILE_LEAST && rows * D > TILE_FLOATS_WIDE)
		rows /= 2;
	return rows;
}

static void copy_floats(__local float4 *to, __global const float *from, uint count)
{
	const uint id = get_local_id(0);
	const uint fours = (size_t)from % 16 ? 0 : count / 4;
	uint turn;

	for (turn = 0; turn < fours; turn += ITEMS)
		if (turn + id < fours)
			to[turn + id] = ((__global const float4 *)from)[turn + id];
	for (turn = 4 * fours; turn < count; turn += ITEMS)
		if (turn + id < count)
			((__local float *)to)[turn + id] = from[turn + id];
}

static void tile_load(struct rows in, struct strip s, uint column_tile, __local struct memory *m)
{
	const uint from = COLUMN_TILED ? column_tile * COLUMN_TILE : 0;
	const uint width = min(in.D - from, pitch(in.D));
	__global const float *x = in.x + s.first * in.D + from;
	uint r;

	barrier(CLK_LOCAL_MEM_FENCE);
	if (!COLUMN_TILED)
		copy_floats(m->tile, x, s.rows * in.D);
	else
		for (r = 0; r < s.rows; r++)
			copy_floats(m->tile + r * (COLUMN_TILE / 4), x + r * (size_t)in.D, width);
	barrier(CLK_LOCAL_MEM_FENCE);
}

/* Adds to acc lane l of the product of a row x (width) and w (width). */
static float lane_product(
	__global const float *w, __local const float *x, uint width, uint l, float acc)
{
	uint j;

	for (j = l; j < width; j += 16)
		acc = fma(w[j], x[j], acc);
	return acc;
}

/* Multiplies the tile's features by w (width) and adds the products to the lanes of all rows; with
 * `fresh` the lanes start at 0. */
static void add_lanes(__local struct memory *m, __global const float *w, uint rows, uint width,
	uint pitch, uint fresh)
{
	const uint id = get_local_id(0);
	uint turn;

	for (turn = 0; turn < 16 * rows; turn += ITEMS) {
		const uint r = (turn + id) / 16, l = (turn + id) % 16;
		__local float *part = m->part + r * PART + l;

		if (r < rows)
			*part = lane_product(w, tile_of(m) + r * pitch, width, l,
				fresh ? 0.0f : *part);
	}
}

static void strip_lanes(struct rows in, struct strip s, uint k, __local struct memory *m)
{
	__global const float *w = weights_of(in, k);
	uint from;

	for (from = 0; is_column_tile(from, in.D); from += COLUMN_TILE) {
		if (COLUMN_TILED)
			tile_load(in, s, from / COLUMN_TILE, m);
		add_lanes(m, w + from, s.rows, min(in.D - from, pitch(in.D)), pitch(in.D),
			from == 0);
	}
	barrier(CLK_LOCAL_MEM_FENCE);
}

static float row_output(struct rows in, uint k, uint r, __local struct memory *m)
{
	float t[F];
	uint l;

#pragma unroll
	for (l = 0; l < F; l++)
		t[l] = m->part[r * PART + l];
	return halved(t) + bias_of(in, k);
}

/* Adds rows [r, end) of the strip to acc, element e of their node.  The strip's first row is row
 * `before` of its block, and the tile's first column is feature `from`. */
static float add_rows(struct rows in, __local struct memory *m, uint e, uint from, uint before,
	float acc, uint r, uint end)
{
	const uint feature = (e - 32) / 16 * F + e % F;
	__local const float *terms = e < 16 ? m->value : m->slope;
	__local const float *x = tile_of(m) + (feature - from);

	if (e < 32)
		for (r += (e - before) % 16; r < end; r += 16)
			acc += terms[r];
	else if (feature < in.D)
		for (r += e % 16 / F; r < end; r += L)
			acc = fma(terms[r], x[r * pitch(in.D)], acc);
	return acc;
}

/* Returns element e of the leaf's node, over those of its rows that are in the strip. */
static float leaf_number(
	struct rows in, struct strip s, __local struct memory *m, uint e, uint from, float acc)
{
	return add_rows(in, m, e, from, (uint)s.first % BLOCK_ROWS, acc, 0, s.rows);
}

#endif
#endif

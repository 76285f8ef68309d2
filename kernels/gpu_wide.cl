/*
 * gpu_wide.cl: loads strips of rows of one block, computes their outputs and sums their leaves, for
 * more than MEDIUM_FEATURES features; for GPUs.
 *
 *	tile (WIDE_ROWS, PITCH)	x of the strip.  Where a row is wider than COLUMN_TILE, the tile
 *				has TILE_FEATURES features of each row at a time, and the gradient
 *				reads x a second time, from the cache
 *	part (WIDE_ROWS, PART)	lanes of one output
 *	piece			ITEMS features of a row: work-item i loads feature i of each piece
 *
 * Loads are coalesced, wherever a row begins.  A work-item computes one feature lane of a row, and
 * later sums up the lanes of a row.  gpu_wide_node.cl sums the rows.
 */
#ifndef GPU_WIDE_CL
#define GPU_WIDE_CL

#include "gpu_strip.cl"

#ifdef GPU_WIDE

/* Features of a row in the tile at a time: a power of two, so that each work-item has as many.  Of
 * rows in tiles of columns it is small, which leaves room for more rows. */
#if !COLUMN_TILED && WIDTH <= 128 && ITEMS <= 128
#define TILE_FEATURES 128
#elif COLUMN_TILED || WIDTH <= 256
#define TILE_FEATURES 256
#elif WIDTH <= 512
#define TILE_FEATURES 512
#else
#define TILE_FEATURES COLUMN_TILE
#endif

#define WIDE_ROWS (TILE_FLOATS_WIDE / TILE_FEATURES) /* of a strip */
#define PITCH     (TILE_FEATURES + 16) /* the lanes of two rows lie in all 32 banks */
#define PART      17 /* 16 lanes and 1: a column is spread over all banks */
#define PIECES    (TILE_FEATURES / ITEMS)

/* Rows whose loads are under way at once, so that a work-item waits for 16 loads together. */
#if PIECES >= 16
#define LOAD_ROWS 1
#elif 16 / PIECES < WIDE_ROWS
#define LOAD_ROWS (16 / PIECES)
#else
#define LOAD_ROWS WIDE_ROWS
#endif

/* Local memory of a work-group. */
struct memory {
	float tile[WIDE_ROWS * PITCH];
	float part[WIDE_ROWS * PART];
	float value[STRIP_ROWS], slope[STRIP_ROWS];
};

/* Too large a struct memory makes this an array of negative size, which does not compile. */
typedef char memory_fits[sizeof(struct memory) <= LOCAL_BYTES ? 1 : -1];

static uint strip_most(uint D)
{
	return WIDE_ROWS;
}

/* Loads a tile of `width` features of each row, which begin D floats apart.  Instead of features
 * and rows that do not exist the last ones are loaded again, so that no load waits for a
 * condition. */
static void copy_rows(
	__local float *tile, __global const float *x, size_t D, uint rows, uint width)
{
	const uint id = get_local_id(0);
	uint at[PIECES];
	uint r, i, p;

#pragma unroll
	for (p = 0; p < PIECES; p++)
		at[p] = (p + 1) * ITEMS <= width ? p * ITEMS + id : min(p * ITEMS + id, width - 1);
	for (r = 0; r < WIDE_ROWS; r += LOAD_ROWS) {
		float v[LOAD_ROWS * PIECES];

#pragma unroll
		for (i = 0; i < LOAD_ROWS; i++)
#pragma unroll
			for (p = 0; p < PIECES; p++)
				v[i * PIECES + p] = x[min(r + i, rows - 1) * D + at[p]];
#pragma unroll
		for (i = 0; i < LOAD_ROWS; i++)
#pragma unroll
			for (p = 0; p < PIECES; p++)
				tile[(r + i) * PITCH + p * ITEMS + id] = v[i * PIECES + p];
	}
}

/* Returns the features that the tile has of each row, from that one on. */
static uint tile_width(uint D, uint from)
{
	return min(D - from, (uint)TILE_FEATURES);
}

static void tile_load(struct rows in, struct strip s, uint from, __local struct memory *m)
{
	barrier(CLK_LOCAL_MEM_FENCE);
	if (s.rows)
		copy_rows(m->tile, in.x + s.first * in.D + from, in.D, s.rows,
			tile_width(in.D, from));
	barrier(CLK_LOCAL_MEM_FENCE);
}

/* Adds to acc lane l of the product of a row x (width) and w (width). */
static float lane_product(
	__global const float *w, __local const float *x, uint width, uint l, float acc)
{
	uint j;

#pragma unroll 8
	for (j = l; j < width; j += 16)
		acc = fma(w[j], x[j], acc);
	return acc;
}

/* Multiplies the tile's features by w (width) and adds the products to the lanes of all rows; with
 * `fresh` the lanes start at 0. */
static void add_lanes(
	__local struct memory *m, __global const float *w, uint rows, uint width, uint fresh)
{
	const uint id = get_local_id(0);
	uint turn;

	for (turn = 0; turn < 16 * WIDE_ROWS; turn += ITEMS) {
		const uint r = (turn + id) / 16, l = (turn + id) % 16;
		__local float *part = m->part + r * PART + l;

		if (r < rows)
			*part = lane_product(
				w, m->tile + r * PITCH, width, l, fresh ? 0.0f : *part);
	}
}

static void strip_lanes(struct rows in, struct strip s, uint k, __local struct memory *m)
{
	__global const float *w = weights_of(in, k);
	uint from;

	for (from = 0; is_column_tile(from, in.D); from += TILE_FEATURES) {
		if (COLUMN_TILED)
			tile_load(in, s, from, m);
		add_lanes(m, w + from, s.rows, tile_width(in.D, from), from == 0);
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

#endif
#endif

/*
 * gpu_wide.cl: loads strips of rows of one block, and computes their outputs, for more than
 * MEDIUM_FEATURES features; for GPUs.
 *
 *	tile (WIDE_ROWS, PITCH)	x of the strip.  Where a row is wider than COLUMN_TILE, the
 *				tile has TILE_FEATURES features of each row at a time, and the
 *				gradient reads x a second time, from the cache
 *	w (TILE_FEATURES)	weights of one output, for the tile's features
 *	part (WIDE_ROWS, PART)	lanes of one output
 *	piece			ITEMS features of a row: work-item i loads feature i of
 *				each piece
 *
 * Loads are coalesced, wherever a row begins.  A work-item computes one feature lane of a row, and
 * later sums up the lanes of a row.  gpu_wide_node.cl sums the rows.
 */
#ifndef GPU_WIDE_CL
#define GPU_WIDE_CL

#include "gpu_strip.cl"

#ifdef GPU_WIDE

/* Features of a row in the tile at a time: a power of two, so that each work-item has as many.  Of
 * rows in tiles of columns it is small, which leaves room for more rows.  With 256 work-items, each
 * loads 16 numbers of a strip. */
#if !COLUMN_TILED && WIDTH <= 128 && ITEMS <= 128
#define TILE_FEATURES 128
#define WIDE_ROWS     16
#elif COLUMN_TILED || WIDTH <= 256
#define TILE_FEATURES 256
#define WIDE_ROWS     16
#elif WIDTH <= 512
#define TILE_FEATURES 512
#define WIDE_ROWS     8
#else
#define TILE_FEATURES COLUMN_TILE
#define WIDE_ROWS     4
#endif

#define PITCH  (TILE_FEATURES + 16) /* the lanes of two rows lie in all 32 banks */
#define PART   17 /* 16 lanes and 1: a column is spread over all banks */
#define PIECES (TILE_FEATURES / ITEMS)
#define LOADS  (WIDE_ROWS * PIECES) /* numbers of a strip that a work-item loads */

/* Local memory of a work-group. */
struct memory {
	float tile[WIDE_ROWS * PITCH], w[TILE_FEATURES];
	float part[WIDE_ROWS * PART];
	float value[STRIP_ROWS], slope[STRIP_ROWS];
};

/* Too large a struct memory makes this an array of negative size, which does not compile. */
typedef char memory_fits[sizeof(struct memory) <= LOCAL_BYTES ? 1 : -1];

static uint strip_most(uint D)
{
	return WIDE_ROWS;
}

/* Returns the features that the tile has of each row, from that one on. */
static uint tile_width(uint D, uint from)
{
	return min(D - from, (uint)TILE_FEATURES);
}

/* Returns the place of this work-item's feature of piece p in a row (width).  Instead of a feature
 * that does not exist it is the last one, so that no load waits for a condition. */
static __global const float *in_piece(__global const float *row, uint p, uint width)
{
	if ((p + 1) * ITEMS <= width)
		return row + get_local_id(0) + p * ITEMS;
	return row + min(p * ITEMS + (uint)get_local_id(0), width - 1);
}

/* Loads this work-item's numbers of a strip that has all its rows, of `width` features from x on;
 * rows begin D floats apart. */
static void fetch_rows(float *numbers, __global const float *x, size_t D, uint rows, uint width)
{
	uint r, p;

	if (rows == WIDE_ROWS)
#pragma unroll
		for (p = 0; p < PIECES; p++) {
			__global const float *from = in_piece(x, p, width);

#pragma unroll
			for (r = 0; r < WIDE_ROWS; r++)
				numbers[r * PIECES + p] = from[r * D];
		}
}

/* Stores those numbers in the tile; of a strip that lacks rows, loads and stores what there is. */
static void put_rows(const float *numbers, __global const float *x, size_t D, uint rows, uint width,
	__local struct memory *m)
{
	__local float *tile = m->tile + get_local_id(0);
	uint r, p;

	if (rows == WIDE_ROWS)
#pragma unroll
		for (r = 0; r < WIDE_ROWS; r++)
#pragma unroll
			for (p = 0; p < PIECES; p++)
				tile[r * PITCH + p * ITEMS] = numbers[r * PIECES + p];
	else
#pragma unroll 1
		for (r = 0; r < rows; r++)
#pragma unroll 1
			for (p = 0; p < PIECES; p++)
				tile[r * PITCH + p * ITEMS] = *in_piece(x + r * D, p, width);
}

/* Loads the tile of the strip's features from that one on; the caller's next barrier makes it
 * readable. */
static void tile_load(struct rows in, struct strip s, uint from, __local struct memory *m)
{
	__global const float *x = in.x + s.first * in.D + from;
	const uint width = tile_width(in.D, from);
	float numbers[LOADS];

	fetch_rows(numbers, x, in.D, s.rows, width);
	barrier(CLK_LOCAL_MEM_FENCE);
	put_rows(numbers, x, in.D, s.rows, width, m);
}

static void put_weights(__global const float *w, uint width, __local struct memory *m)
{
	uint p;

#pragma unroll
	for (p = 0; p < PIECES; p++)
		m->w[p * ITEMS + get_local_id(0)] = *in_piece(w, p, width);
}

/* Adds to acc lane l of the product of a row x (width) and w (width). */
static float lane_product(
	__local const float *w, __local const float *x, uint width, uint l, float acc)
{
	const uint whole = width / 16;
	uint i;

	w += l;
	x += l;
#pragma unroll 8
	for (i = 0; i < whole; i++)
		acc = fma(w[16 * i], x[16 * i], acc);
	return l < width % 16 ? fma(w[16 * whole], x[16 * whole], acc) : acc;
}

/* Multiplies the tile's features by their weights and adds the products to the lanes of all rows;
 * with `fresh` the lanes start at 0. */
static void add_lanes(__local struct memory *m, uint rows, uint width, uint fresh)
{
	const uint id = get_local_id(0);
	uint turn;

	for (turn = 0; turn < 16 * WIDE_ROWS; turn += ITEMS) {
		const uint r = (turn + id) / 16, l = (turn + id) % 16;
		__local float *part = m->part + r * PART + l;

		if (r < rows)
			*part = lane_product(
				m->w, m->tile + r * PITCH, width, l, fresh ? 0.0f : *part);
	}
}

/* Computes the lanes of all rows of the strip for output k.  The weights of an only output stay in
 * local memory from the first strip on. */
static void strip_lanes(struct rows in, struct strip s, uint k, __local struct memory *m)
{
	const uint is_first = s.leaf == 0 && s.begins;
	uint from;

	for (from = 0; is_column_tile(from, in.D); from += TILE_FEATURES) {
		const uint width = tile_width(in.D, from);

		if (COLUMN_TILED)
			tile_load(in, s, from, m);
		if (COLUMN_TILED || in.K > 1 || is_first)
			put_weights(weights_of(in, k) + from, width, m);
		barrier(CLK_LOCAL_MEM_FENCE);
		add_lanes(m, s.rows, width, from == 0);
	}
	barrier(CLK_LOCAL_MEM_FENCE);
}

static float row_output(struct rows in, uint k, uint r, __local struct memory *m)
{
	__local const float *part = m->part + r * PART;
	float t[F];
	uint l;

#pragma unroll
	for (l = 0; l < F; l++)
		t[l] = part[l];
	return halved(t) + bias_of(in, k);
}

#endif
#endif

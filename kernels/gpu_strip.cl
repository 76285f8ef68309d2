/*
 * gpu_strip.cl: loads a strip of rows into local memory and computes their outputs; for GPUs.
 *
 *	strip	rows that a work-group takes at once: where D <= 8 up to 4 blocks; else one
 *		block, or as many of its rows as fit into TILE_FLOATS, in their order
 *	tile	x of the strip, read once.  Where a row is wider than COLUMN_TILE, the tile
 *		has that many features of each row at a time, and the gradient reads x a
 *		second time, from the cache
 *	part (rows, PART)	lanes of one output, where D >= 9
 *	value, slope (rows)	loss of each row for one output, and its slope
 *
 * Loads are coalesced, and read float4 where x is aligned.  Where D <= 8 a work-item computes whole
 * rows; else it computes one feature lane of a row, and later sums up the lanes of a row.  Row r
 * belongs to work-item r mod the group's size: values that only this work-item reads need no
 * barrier.  Any local size.
 *
 * Loops near barriers take the same number of turns in all work-items, although some have nothing
 * to do in the last turn: PoCL 3.1 miscompiles other loops at local sizes of 2 and 8.
 */
#ifndef GPU_STRIP_CL
#define GPU_STRIP_CL

#include "terms.cl"

#ifdef GPU

#define TILE_FLOATS (F < 16 ? STRIP_ROWS * (F | 1) : TILE_FLOATS_WIDE)
/* COLUMN_TILED is 1 if rows are wider than COLUMN_TILE, and must be 0 otherwise: the tile has room
 * for no more rows of that width than strip_most gives wide ones.  It is a macro instead of a
 * comparison with D because PoCL 5 and 6 abort on a barrier inside a loop that depends on a
 * condition, even where the condition is the same for all work-items. */
#ifndef COLUMN_TILED
#define COLUMN_TILED (F == 16)
#endif
#define is_column_tile(from, D) (COLUMN_TILED ? (from) < (D) : (from) == 0)
#define PART (F < 16 ? 0 : 17) /* 16 lanes and 1: a column is spread over all banks */

/* Local memory of a work-group. */
struct memory {
	float4 tile[TILE_FLOATS / 4];
	float part[STRIP_ROWS * PART + 1];
	float value[STRIP_ROWS], slope[STRIP_ROWS];
};

/* Too large a struct memory makes this an array of negative size, which does not compile. */
typedef char memory_fits[sizeof(struct memory) <= LOCAL_BYTES ? 1 : -1];

struct strip {
	ulong first;	   /* index of the first row */
	uint rows;	   /* number of rows */
	uint leaf;	   /* the leaf of the subtree that they belong to */
	uint begins, ends; /* whether they are the leaf's first rows, and its last */
};

static __local float *tile_of(__local struct memory *m)
{
	return (__local float *)m->tile;
}

/* Sums the lanes t (F) by halving.  Vectors instead of a loop keep the lanes in registers: an array
 * that a loop indexes goes to memory. */
#define halved JOIN(halved_, F)

static float halved_1(const float *t)
{
	return t[0];
}

static float halved_2(const float *t)
{
	return t[0] + t[1];
}

static float halved_4(const float *t)
{
	const float2 a = (float2)(t[0], t[1]) + (float2)(t[2], t[3]);

	return a.x + a.y;
}

static float halved_8(const float *t)
{
	const float4 b = vload4(0, t) + vload4(1, t);
	const float2 a = b.lo + b.hi;

	return a.x + a.y;
}

static float halved_16(const float *t)
{
	const float8 c = vload8(0, t) + vload8(1, t);
	const float4 b = c.lo + c.hi;
	const float2 a = b.lo + b.hi;

	return a.x + a.y;
}

#if F < 16

/* Returns the floats from one row of the tile to the next: an odd number, so that a column is
 * spread over all banks of local memory. */
static uint pitch(uint D)
{
	return D | 1;
}

static uint strip_most(uint D)
{
	return STRIP_ROWS;
}

#if F == 1
#define row_copy(to, x, D) ((to)[0] = (x)[0])
#else
#define ROW	  JOIN(float, F)
#define ROW_STORE JOIN(vstore, F)

static void row_copy(__local float *to, __global const float *x, uint D)
{
	uint j;

	if (D == F)
		ROW_STORE(*(__global const ROW *)x, 0, to);
	else
		for (j = 0; j < D; j++)
			to[j] = x[j];
}
#endif

static void tile_load(struct rows in, struct strip s, uint column_tile, __local struct memory *m)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	uint turn;

	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < s.rows; turn += items) {
		const uint r = turn + id;

		if (r < s.rows)
			row_copy(tile_of(m) + r * pitch(in.D), in.x + (s.first + r) * in.D, in.D);
	}
}

/* Computes no lanes where D <= 8; it waits until value and slope are no longer in use. */
static void strip_lanes(struct rows in, struct strip s, uint k, __local struct memory *m)
{
	barrier(CLK_LOCAL_MEM_FENCE);
}

static float row_output(struct rows in, uint k, uint r, __local struct memory *m)
{
	__global const float *w = weights_of(in, k);
	__local const float *x = tile_of(m) + r * pitch(in.D);
	float t[F];
	uint l;

#pragma unroll
	for (l = 0; l < F; l++)
		t[l] = l < in.D ? fma(w[l], x[l], 0.0f) : 0.0f;
	return halved(t) + bias_of(in, k);
}

#else

static uint pitch(uint D)
{
	return COLUMN_TILED ? COLUMN_TILE : D;
}

static uint strip_most(uint D)
{
	uint rows = STRIP_ROWS;

	while (rows > ROW_TILE_LEAST && rows * D > TILE_FLOATS)
		rows /= 2;
	return rows;
}

static void copy_floats(__local float4 *to, __global const float *from, uint count)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	const uint fours = (size_t)from % 16 ? 0 : count / 4;
	uint turn;

	for (turn = 0; turn < fours; turn += items)
		if (turn + id < fours)
			to[turn + id] = ((__global const float4 *)from)[turn + id];
	for (turn = 4 * fours; turn < count; turn += items)
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
	const uint id = get_local_id(0), items = get_local_size(0);
	uint turn;

	for (turn = 0; turn < 16 * rows; turn += items) {
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

#endif
#endif
#endif

/*
 * gpu_medium.cl: loads strips of one or two blocks, computes their outputs and sums their leaves,
 * for 9 to MEDIUM_FEATURES features, which WIDTH builds in; for GPUs.
 *
 *	tile (rows, PITCH)	x of the strip
 *
 * Loads are coalesced, and all those of a work-item are under way before it stores the first.  A
 * work-item computes whole rows; then whole columns, those of two blocks side by side.  A leaf of
 * the tree is the strip.
 */
#ifndef GPU_MEDIUM_CL
#define GPU_MEDIUM_CL

#include "gpu_strip.cl"

#ifdef GPU_MEDIUM

/* Floats from one row of the tile to the next.  Work-items side by side read rows side by side, in
 * units of as many floats as divide WIDTH, up to 4: they meet different banks of local memory where
 * the pitch is an odd number of units. */
#define PITCH MEDIUM_PITCH(WIDTH)

#define BLOCK_PITCH  (BLOCK_ROWS * PITCH)
#define STRIP_BLOCKS (STRIP_ROWS / BLOCK_ROWS)

/* Local memory of a work-group. */
struct memory {
	float4 tile[STRIP_BLOCKS * BLOCK_PITCH / 4];
#ifdef OUTPUTS
	float slope[OUTPUTS * SCRATCH_STRIDE], shared[4 * SCRATCH_STRIDE];
	float value[OUTPUTS * SCRATCH_STRIDE];
#else
	float value[STRIP_ROWS + 16]; /* 16 more: value and slope lie in different banks */
	float slope[STRIP_ROWS];
#endif
};

/* Too large a struct memory makes this an array of negative size, which does not compile. */
typedef char memory_fits[sizeof(struct memory) <= LOCAL_BYTES ? 1 : -1];

static uint strip_most(uint D)
{
	return STRIP_ROWS;
}

static __local float *row_of(__local struct memory *m, uint r)
{
	return (__local float *)m->tile + r * PITCH;
}

/* ---- loads ---- */

enum {
	TILE_FOURS = STRIP_ROWS * WIDTH / 4,
	LOADS = (TILE_FOURS + ITEMS - 1) / ITEMS, /* of a work-item */
	/* Those that are under way at once: their numbers wait in registers. */
	LOADS_AHEAD = LOADS < 8 ? LOADS : 8
};

/* Returns where float4 i of the strip is in the tile. */
static uint place_of_four(uint i)
{
	return WIDTH % 8 ? i : i + i / (WIDTH / 4);
}

/* Returns the distance in the tile between float4 id of the strip and float4 turn ITEMS + id.
 * Where it is a constant, it needs no address of its own. */
static uint distance_of_turn(uint turn, uint id)
{
	if (ITEMS % (WIDTH / 4) == 0)
		return turn * place_of_four(ITEMS);
	return place_of_four(turn * ITEMS + id) - place_of_four(id);
}

/* Copies a full strip, without a loop. */
static void copy_strip(__local float4 *tile, __global const float4 *from)
{
	const uint id = get_local_id(0);
	__global const float4 *x = from + id;
	__local float4 *to = tile + place_of_four(id);
	float4 ahead[LOADS_AHEAD];
	uint turn, n;

#pragma unroll
	for (turn = 0; turn < LOADS; turn += LOADS_AHEAD) {
#pragma unroll
		for (n = turn; n < turn + LOADS_AHEAD && n < LOADS; n++)
			if ((n + 1) * ITEMS <= TILE_FOURS || n * ITEMS + id < TILE_FOURS)
				ahead[n - turn] = x[n * ITEMS];
#pragma unroll
		for (n = turn; n < turn + LOADS_AHEAD && n < LOADS; n++)
			if ((n + 1) * ITEMS <= TILE_FOURS || n * ITEMS + id < TILE_FOURS)
				to[distance_of_turn(n, id)] = ahead[n - turn];
	}
}

/* Copies the first `fours` float4 of x, then single floats up to `count`; a row has the same length
 * in the tile as in x if there are such. */
static void copy_part(__local float4 *tile, __global const float *from, uint fours, uint count)
{
	const uint id = get_local_id(0);
	uint turn;

#pragma unroll 1
	for (turn = 0; turn < fours; turn += ITEMS)
		if (turn + id < fours)
			tile[place_of_four(turn + id)] =
				((__global const float4 *)from)[turn + id];
#pragma unroll 1
	for (turn = 4 * fours; turn < count; turn += ITEMS)
		if (turn + id < count)
			((__local float *)tile)[turn + id] = from[turn + id];
}

/* x begins on a row: where 4 divides WIDTH, it is aligned. */
static void tile_load(struct rows in, struct strip s, uint column_tile, __local struct memory *m)
{
	__global const float *from = in.x + s.first * WIDTH;
	const uint count = s.rows * WIDTH;
	const uint fours = WIDTH % 4 && (size_t)from % 16 ? 0 : count / 4;

	barrier(CLK_LOCAL_MEM_FENCE);
	if (fours == TILE_FOURS)
		copy_strip(m->tile, (__global const float4 *)from);
	else
		copy_part(m->tile, from, fours, count);
	barrier(CLK_LOCAL_MEM_FENCE);
}

/* ---- outputs ---- */

/* Returns numbers j to j + 3 of a row x; what is behind its end is undefined. */
static float4 row_four(__local const float *x, uint j)
{
#if WIDTH % 4 == 0
	return *(__local const float4 *)(x + j);
#elif WIDTH % 2 == 0
	const float2 low = *(__local const float2 *)(x + j);

	return (float4)(low, j + 2 < WIDTH ? *(__local const float2 *)(x + j + 2) : low);
#else
	return (float4)(x[j], x[min(j + 1, WIDTH - 1u)], x[min(j + 2, WIDTH - 1u)],
		x[min(j + 3, WIDTH - 1u)]);
#endif
}

/* Adds the products of w and x, numbers j to j + 3 of a row, to acc, as far as the row goes. */
static float4 add_four_products(float4 w, float4 x, uint j, float4 acc)
{
	const float4 sum = fma(w, x, acc);

	return (float4)(sum.x, j + 1 < WIDTH ? sum.y : acc.y, j + 2 < WIDTH ? sum.z : acc.z,
		j + 3 < WIDTH ? sum.w : acc.w);
}

static float4 weights_four(struct rows in, uint k, uint j)
{
	return *(__global const float4 *)(weights_of(in, k) + j);
}

/* Returns lanes l to l + 3 of the product of w and a row x. */
static float4 four_lanes(__global const float *w, __local const float *x, uint l)
{
	float4 acc = 0.0f;
	uint j;

#pragma unroll
	for (j = l; j < WIDTH; j += 16)
		acc = add_four_products(*(__global const float4 *)(w + j), row_four(x, j), j, acc);
	return acc;
}

/* Computes no lanes ahead; it waits until value and slope are no longer in use. */
static void strip_lanes(struct rows in, struct strip s, uint k, __local struct memory *m)
{
	barrier(CLK_LOCAL_MEM_FENCE);
}

/* Returns the sum of four lanes by halving. */
static float four_summed(float4 b)
{
	const float2 a = b.lo + b.hi;

	return a.x + a.y;
}

static float row_output(struct rows in, uint k, uint r, __local struct memory *m)
{
	__global const float *w = weights_of(in, k);
	__local const float *x = row_of(m, r);
	const float4 even = four_lanes(w, x, 0) + four_lanes(w, x, 8);
	const float4 odd = four_lanes(w, x, 4) + four_lanes(w, x, 12);

	return four_summed(even + odd) + bias_of(in, k);
}

/* ---- sums ---- */

/* Adds the terms of rows r to r + 3 of a column x, in their order. */
static float add_four_rows(__local const float *slope, __local const float *x, uint r, float acc)
{
	const float4 s = *(__local const float4 *)(slope + r);
	const float a = x[r * PITCH];
	const float b = x[(r + 1) * PITCH];
	const float c = x[(r + 2) * PITCH];
	const float d = x[(r + 3) * PITCH];

	acc = fma(s.x, a, acc);
	acc = fma(s.y, b, acc);
	acc = fma(s.z, c, acc);
	return fma(s.w, d, acc);
}

/* Returns the sum over a block of some rows of a column x. */
static float sum_rows(__local const float *slope, __local const float *x, uint rows)
{
	float acc = 0.0f;
	uint r;

	for (r = 0; r + 4 <= rows; r += 4)
		acc = add_four_rows(slope, x, r, acc);
	for (; r < rows; r++)
		acc = fma(slope[r], x[r * PITCH], acc);
	return acc;
}

/* Returns the sum over all blocks of a column x of a full strip. */
static float sum_full(__local const float *slope, __local const float *x)
{
	float acc[STRIP_BLOCKS];
	uint b, r;

#pragma unroll
	for (b = 0; b < STRIP_BLOCKS; b++)
		acc[b] = 0.0f;
#pragma unroll 4
	for (r = 0; r < BLOCK_ROWS; r += 4)
#pragma unroll
		for (b = 0; b < STRIP_BLOCKS; b++)
			acc[b] = add_four_rows(
				slope + b * BLOCK_ROWS, x + b * BLOCK_PITCH, r, acc[b]);
	return STRIP_BLOCKS > 1 ? acc[0] + acc[STRIP_BLOCKS - 1] : acc[0];
}

/* Returns the sum over a block of those of its rows that are in one of 16 row lanes. */
static float sum_row_lane(__local const float *terms, uint lane, uint rows)
{
	float acc = 0.0f;
	uint r;

#pragma unroll
	for (r = 0; r < BLOCK_ROWS; r += 16)
		if (lane + r < rows)
			acc += terms[lane + r];
	return acc;
}

/* Returns element e of the strip's node; a strip is one block or two. */
static float leaf_number(
	struct rows in, struct strip s, __local struct memory *m, uint e, uint from, float acc)
{
	const uint first = min(s.rows, (uint)BLOCK_ROWS), second = s.rows - first;
	__local const float *terms = e < 16 ? m->value : m->slope;
	__local const float *x = row_of(m, 0) + (e - 32);
	float sum = 0.0f;

	if (e < 32) {
		sum = sum_row_lane(terms, e % 16, first);
		if (second)
			sum += sum_row_lane(terms + BLOCK_ROWS, e % 16, second);
	} else if (e - 32 < WIDTH && s.rows == STRIP_ROWS) {
		sum = sum_full(m->slope, x);
	} else if (e - 32 < WIDTH) {
		sum = sum_rows(m->slope, x, first);
		if (second)
			sum += sum_rows(m->slope + BLOCK_ROWS, x + BLOCK_PITCH, second);
	}
	return sum;
}

#endif
#endif

/*
 * wide.cl: loss and gradient sums of a block of 64 rows, for D >= 9 where the sums do not fit into
 * registers: 16 feature lanes, one row per slab, C chunks.
 *
 * GROUP_ROWS rows at a time go through outputs, slopes and gradient, in the order of addresses.
 * They are so few that the processor still reads rows ahead while it computes their gradient.
 * -DTOUCH prefetches half of the next rows at the same time.
 */
#ifndef WIDE_CL
#define WIDE_CL

#include "terms.cl"

#if !defined(CHUNKS) && !defined(GPU)

#ifndef GROUP_ROWS
#define GROUP_ROWS 4 /* 2 or 4 */
#endif

/* Two chunks per turn, here and below: where D is known at build time compilers would unroll the
 * whole loop, and its many interleaved loads were measured at two thirds of the speed. */
static float16 row_product(__global const float *x, __global const float *w, uint D)
{
	const uint C = chunks(D);
	float16 acc = (float16)(0.0f);
	uint c;

	for (c = 0; c + 1 < C; c += 2) {
		acc = fma(vload16(c, w), vload16(c, x), acc);
		acc = fma(vload16(c + 1, w), vload16(c + 1, x), acc);
	}
	return c < C ? fma(vload16(c, w), vload16(c, x), acc) : acc;
}

static float16 two_rows(__global const float *x, __global const float *w, uint D)
{
	const float16 a = row_product(x, w, D), b = row_product(x + D, w, D);

	return halve_8(a, b);
}

/* Returns partial outputs of rows 4 q to 4 q + 3 of a tile, four lanes each; if GROUP_ROWS is 2,
 * only of the first or the last two rows. */
#define few_rows JOIN(few_rows_, GROUP_ROWS)

static float16 few_rows_2(__global const float *x, __global const float *w, uint D, uint part)
{
	const float16 rows = two_rows(x, w, D), none = (float16)(0.0f);

	return part % 2 ? halve_4(none, rows) : halve_4(rows, none);
}

static float16 few_rows_4(__global const float *x, __global const float *w, uint D, uint part)
{
	const float16 rows = two_rows(x, w, D);

	return halve_4(rows, two_rows(x + 2 * (size_t)D, w, D));
}

/* Returns x.w + b of group `part` of a tile, whose first row is at x, in the lanes of its rows;
 * other lanes hold arbitrary values. */
static float16 few_outputs(
	__global const float *x, __global const float *w, float b, uint D, uint part)
{
	const float16 rows = few_rows(x, w, D, part), none = (float16)(0.0f);
	const uint q = part * GROUP_ROWS / 4;

	return halve_fours(q == 0 ? rows : none, q == 1 ? rows : none, q == 2 ? rows : none,
		       q == 3 ? rows : none) +
	       b;
}

/* Returns output k of the first row, in lane 0. */
static float16 row_output(struct rows in, uint k)
{
	const float16 none = (float16)(0.0f), a = row_product(in.x, weights_of(in, k), in.D);

	return halve_fours(halve_4(halve_8(a, none), none), none, none, none) + bias_of(in, k);
}

/* Returns output k of the 16 rows of a tile. */
static float16 tile_output(struct rows in, ulong row, uint k)
{
	__global const float *x = in.x + row * in.D, *w = weights_of(in, k);
	const size_t D = in.D;
	float16 fours[4];
	uint q;

#pragma unroll 1
	for (q = 0; q < 4; q++) {
		__global const float *xq = x + 4 * q * D;

		fours[q] = halve_4(two_rows(xq, w, in.D), two_rows(xq + 2 * D, w, in.D));
	}
	return halve_fours(fours[0], fours[1], fours[2], fours[3]) + bias_of(in, k);
}

/* Adds to sum (C), in chunk c, the features of GROUP_ROWS rows at x times their slopes g. */
static void chunk_gradient(
	__global const float *x, uint D, const float *g, uint c, __global float16 *sum)
{
	float16 acc = sum[c];
	uint r;

#pragma unroll
	for (r = 0; r < GROUP_ROWS; r++)
		acc = fma((float16)(g[r]), vload16(c, x + r * (size_t)D), acc);
#pragma unroll
	for (r = 0; r < GROUP_ROWS / 2; r++)
		touch(x + GROUP_ROWS * (size_t)D + 16 * (c * GROUP_ROWS / 2 + r));
	sum[c] = acc;
}

static void few_gradients(
	__global const float *x, uint D, const float *g, __global float16 *sum)
{
	const uint C = chunks(D);
	uint c;

	for (c = 0; c + 1 < C; c += 2) {
		chunk_gradient(x, D, g, c, sum);
		chunk_gradient(x, D, g, c + 1, sum);
	}
	if (c < C)
		chunk_gradient(x, D, g, c, sum);
}

#ifdef SOFTMAX
/* Computes all outputs of the tile, and what softmax shares among them. */
static void all_outputs(struct rows in, ulong row)
{
	uint k;

	for (k = 0; k < in.K; k++)
		in.scratch[k] = tile_output(in, row, k);
	softmax_share(in, row, in.scratch);
}

static void output_sums(struct rows in, ulong row, uint k, __global float16 *sum)
{
	const struct terms terms = tile_terms(in, row, k, in.scratch[k], in.scratch);
	float g[TILE_ROWS];
	uint r;

	sum[0] += terms.value;
	sum[1] += terms.slope;
	vstore16(terms.slope, 0, g);
	for (r = 0; r < TILE_ROWS; r += GROUP_ROWS)
		few_gradients(in.x + (row + r) * in.D, in.D, g + r, sum + 2);
}
#else
#define all_outputs(in, row) ((void)0)

/* Adds GROUP_ROWS rows of the tile to the sums of output k. */
static void few_sums(struct rows in, ulong row, uint k, uint part, __global float16 *sum)
{
	const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	const int16 mine = lane / GROUP_ROWS == (int16)((int)part);
	__global const float *x = in.x + (row + part * GROUP_ROWS) * in.D;
	const float16 z = few_outputs(x, weights_of(in, k), bias_of(in, k), in.D, part);
	const struct terms terms = tile_terms(in, row, k, z, in.scratch);
	const float16 slope = select((float16)(0.0f), terms.slope, mine);
	float g[TILE_ROWS];

	sum[0] += select((float16)(0.0f), terms.value, mine);
	sum[1] += slope;
	vstore16(slope, 0, g);
	few_gradients(x, in.D, g + part * GROUP_ROWS, sum + 2);
}

static void output_sums(struct rows in, ulong row, uint k, __global float16 *sum)
{
	uint part;

	for (part = 0; part < TILE_ROWS / GROUP_ROWS && row + part * GROUP_ROWS < in.count;
		part++)
		few_sums(in, row, k, part, sum);
}
#endif

static void tile_sums(struct rows in, ulong row, __global float16 *node)
{
	uint k;

	all_outputs(in, row);
	for (k = 0; k < in.K; k++)
		output_sums(in, row, k, node + k * (chunks(in.D) + 2));
}

static void block_sums(struct rows in, ulong first, __global float16 *node)
{
	uint t, i;

	for (i = 0; i < node_size(in.D, in.K); i++)
		node[i] = (float16)(0.0f);
	for (t = 0; t < BLOCK_ROWS && first + t < in.count; t += TILE_ROWS)
		tile_sums(in, first + t, node);
}

#endif
#endif

/*
 * wide.cl: a block of 64 rows where D >= 9: 16 feature lanes, a row a slab, C chunks.
 * One tile after the other, so that x is read in address order; sums in memory.
 */
#ifndef WIDE_CL
#define WIDE_CL

#include "terms.cl"

#if F == 16 && !defined(GPU)

/* One row after the other, by one load instruction: prefetchers follow one stream of addresses
 * and know it by its instruction. */
static float16 tile_output(__global const float *x, __global const float16 *w, uint D)
{
	float16 a[TILE];
	uint r, c;

#pragma unroll 1
	for (r = 0; r < TILE; r++) {
		__global const float *xr = x + r * (size_t)D;
		float16 acc = (float16)(0.0f);

		for (c = 0; c < (D + 15) / 16; c++) {
			touch(xr + 16 * c + AHEAD);
			acc = fma(w[1 + c], vload16(c, xr), acc);
		}
		a[r] = acc;
	}
#pragma unroll
	for (r = 0; r < TILE; r += 4)
		a[r / 4] = halve_4(halve_8(a[r], a[r + 1]), halve_8(a[r + 2], a[r + 3]));
	return halve_1(halve_2(a[0], a[1]), halve_2(a[2], a[3])) + w[0];
}

/* sum (C) += slopes g of rows r to r + 3 times their features. */
static void add_four_rows(
	__global const float *x, uint D, const float *g, uint r, __global float16 *sum)
{
	__global const float *xr = x + r * (size_t)D;
	uint c;

	for (c = 0; c < (D + 15) / 16; c++) {
		float16 acc = sum[c];

		acc = fma((float16)(g[r]), vload16(c, xr), acc);
		acc = fma((float16)(g[r + 1]), vload16(c, xr + D), acc);
		acc = fma((float16)(g[r + 2]), vload16(c, xr + 2 * (size_t)D), acc);
		sum[c] = fma((float16)(g[r + 3]), vload16(c, xr + 3 * (size_t)D), acc);
	}
}

static void tile_gradient(__global const float *x, uint D, float16 slopes, __global float16 *sum)
{
	float g[TILE];
	uint r;

	vstore16(slopes, 0, g);
	for (r = 0; r < TILE; r += 4)
		add_four_rows(x, D, g, r, sum);
}

#ifdef SOFTMAX
/* All outputs of the tile and what they share. */
static void all_outputs(struct rows in, ulong row)
{
	uint k;

	for (k = 0; k < in.K; k++)
		in.scratch[k] = tile_output(
			in.x + row * in.D, in.w + k * (chunks(in.D) + 1), in.D);
	softmax_share(in, row, in.scratch);
}
#define one_output(in, row, k) ((in).scratch[k])
#else
#define all_outputs(in, row) ((void)0)
#define one_output(in, row, k) \
	tile_output((in).x + (row) * (in).D, (in).w + (k) * (chunks((in).D) + 1), (in).D)
#endif

static void tile_sums(struct rows in, ulong row, __global float16 *node)
{
	uint k;

	all_outputs(in, row);
	for (k = 0; k < in.K; k++) {
		const float16 z = one_output(in, row, k);
		const struct terms m = tile_terms(in, row, k, z, in.scratch);
		__global float16 *sum = node + k * (chunks(in.D) + 2);

		sum[0] += m.value;
		sum[1] += m.slope;
		tile_gradient(in.x + row * in.D, in.D, m.slope, sum + 2);
	}
}

static void block_sums(struct rows in, ulong first, __global float16 *node)
{
	uint t, i;

	for (i = 0; i < node_size(in.D, in.K); i++)
		node[i] = (float16)(0.0f);
	for (t = 0; t < BLOCK && first + t < in.count; t += TILE)
		tile_sums(in, first + t, node);
}

#endif
#endif

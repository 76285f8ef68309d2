/*
 * wide.cl: a block of 64 rows where D >= 9: 16 feature lanes, a row a slab, C chunks.
 * One tile after the other, so that x is read in address order; sums in memory.
 */
#ifndef WIDE_CL
#define WIDE_CL

#include "rows.cl"
#include "loss.cl"

#if F == 16

static float16 row_product(__global const float *x, __global const float16 *w, uint D, uint row)
{
	__global const float *xr = x + row * (size_t)D;
	float16 acc = (float16)(0.0f);
	uint c;

	for (c = 0; c < (D + 15) / 16; c++)
		acc = fma(w[1 + c], vload16(c, xr), acc);
	return acc;
}

/* One row after the other: prefetchers follow one stream of addresses, not four. */
static float16 four_rows(__global const float *x, __global const float16 *w, uint D, uint row)
{
	float16 a = row_product(x, w, D, row), b = row_product(x, w, D, row + 1);
	float16 ab = halve_8(a, b);
	float16 c = row_product(x, w, D, row + 2), d = row_product(x, w, D, row + 3);

	return halve_4(ab, halve_8(c, d));
}

static float16 tile_output(__global const float *x, __global const float16 *w, uint D)
{
	float16 a = four_rows(x, w, D, 0), b = four_rows(x, w, D, 4);
	float16 ab = halve_2(a, b);
	float16 c = four_rows(x, w, D, 8), d = four_rows(x, w, D, 12);

	return halve_1(ab, halve_2(c, d)) + w[0];
}

/* sum (C) += the tile's slopes times its features.  Four rows at a time, while they are in the
 * nearest cache. */
static void tile_gradient(
	__global const float *x, uint D, float16 slopes, __global float16 *sum)
{
	float g[TILE];
	uint r, c;

	vstore16(slopes, 0, g);
	for (r = 0; r < TILE; r += 4) {
		__global const float *xr = x + r * (size_t)D;

		for (c = 0; c < (D + 15) / 16; c++) {
			float16 acc = sum[c];

			acc = fma((float16)(g[r]), vload16(c, xr), acc);
			acc = fma((float16)(g[r + 1]), vload16(c, xr + D), acc);
			acc = fma((float16)(g[r + 2]), vload16(c, xr + 2 * (size_t)D), acc);
			sum[c] = fma((float16)(g[r + 3]), vload16(c, xr + 3 * (size_t)D), acc);
		}
	}
}

static void block_sums(struct rows in, ulong first, __global float16 *node)
{
	uint C = chunks(in.D), k, t, i;

	for (i = 0; i < node_size(in.D, in.K); i++)
		node[i] = (float16)(0.0f);
	for (t = 0; t < BLOCK && first + t < in.count; t += TILE)
		for (k = 0; k < in.K; k++) {
			__global const float *x = in.x + (first + t) * in.D;
			__global float16 *sum = node + k * (C + 2);
			float16 z = tile_output(x, in.w + k * (C + 1), in.D);
			float16 y = vload16(0, in.y + k * in.y_stride + first + t);
			float16 slope = present(loss_slope(z, y), in.count - first - t);

			sum[0] += present(loss_value(z, y), in.count - first - t);
			sum[1] += slope;
			tile_gradient(x, in.D, slope, sum + 2);
		}
}

#endif
#endif

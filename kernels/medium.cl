/*
 * medium.cl: a tile of 16 rows where D is 9 to 64 and built in: a row is up to 4 chunks of 16
 * feature lanes, one after the other in the order of addresses, which prefetchers follow.
 */
#ifndef MEDIUM_CL
#define MEDIUM_CL

#include "terms.cl"

#if F == 16 && defined(CHUNKS) && !defined(GPU)

/* Sums of a gradient: a vector a chunk. */
#define SUM           float16
#define SUMS          CHUNKS
#define slab_lanes(s) (*(s))

static float16 row_product(__global const float *x, const float16 *w)
{
	float16 acc = (float16)(0.0f);
	uint c;

#pragma unroll
	for (c = 0; c < CHUNKS; c++)
		acc = fma(w[1 + c], vload16(c, x), acc);
	return acc;
}

/* The outputs of four rows, each still a sum over four lanes. */
static float16 four_rows(__global const float *x, const float16 *w, uint D)
{
	const float16 a = row_product(x, w), b = row_product(x + D, w), ab = halve_8(a, b);
	const float16 c = row_product(x + 2 * D, w), d = row_product(x + 3 * D, w);

	return halve_4(ab, halve_8(c, d));
}

INLINE static float16 held_output(__global const float *x, const float16 *w, uint D)
{
	const float16 a = four_rows(x, w, D), b = four_rows(x + 4 * D, w, D);
	const float16 c = four_rows(x + 8 * D, w, D), d = four_rows(x + 12 * D, w, D);

	return halve_fours(a, b, c, d) + w[0];
}

/* The output of a tile that has at most four rows. */
#define FIRST_ROWS 4

static float16 first_output(__global const float *x, const float16 *w, uint D)
{
	const float16 none = (float16)(0.0f);

	return halve_fours(four_rows(x, w, D), none, none, none) + w[0];
}

/* sum (CHUNKS) += the slopes of some rows times their features. */
static void rows_gradient(__global const float *x, uint D, float16 slopes, uint rows, float16 *sum)
{
	float g[TILE];
	uint r, c;

	vstore16(slopes, 0, g);
#pragma unroll
	for (r = 0; r < rows; r++)
#pragma unroll
		for (c = 0; c < CHUNKS; c++)
			sum[c] = fma((float16)(g[r]), vload16(c, x + r * D), sum[c]);
}

#if CHUNKS == 1 && !defined(SOFTMAX)
#define OVERLAPS /* next_output is faster */

/* sum (1) += g[r] times the features of row r, of four. */
static void four_gradients(__global const float *x, uint D, const float *g, float16 *sum)
{
	uint r;

#pragma unroll
	for (r = 0; r < 4; r++)
		sum[0] = fma((float16)(g[r]), vload16(0, x + r * D), sum[0]);
}

/* Outputs of a tile, and the gradient of the one before, whose slopes are known: its rows wait for
 * one another, and a processor computes the outputs meanwhile if it finds them near.  Where a row
 * is several chunks these do not wait for one another, and registers are too few for both. */
INLINE static float16 next_output(__global const float *x, const float16 *w, uint D,
	__global const float *before, float16 slopes, float16 *sum)
{
	float g[TILE];
	float16 a, b, c, d;

	vstore16(slopes, 0, g);
	a = four_rows(x, w, D);
	four_gradients(before, D, g, sum);
	b = four_rows(x + 4 * D, w, D);
	four_gradients(before + 4 * D, D, g + 4, sum);
	c = four_rows(x + 8 * D, w, D);
	four_gradients(before + 8 * D, D, g + 8, sum);
	d = four_rows(x + 12 * D, w, D);
	four_gradients(before + 12 * D, D, g + 12, sum);
	return halve_fours(a, b, c, d) + w[0];
}

#endif

static void tile_gradient(__global const float *x, uint D, float16 slopes, float16 *sum)
{
	rows_gradient(x, D, slopes, TILE, sum);
}

static void first_gradient(__global const float *x, uint D, float16 slopes, float16 *sum)
{
	rows_gradient(x, D, slopes, FIRST_ROWS, sum);
}

#endif
#endif

/*
 * medium.cl: outputs and gradients of a tile of 16 rows, for D from 9 to 64 known at build time.
 *
 * A row is up to 4 chunks of 16 feature lanes, read in the order of addresses, which hardware
 * prefetchers follow.
 */
#ifndef MEDIUM_CL
#define MEDIUM_CL

#include "terms.cl"

#if F == 16 && defined(CHUNKS) && !defined(GPU)

/* The gradient of one output is summed in one vector per chunk. */
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

/* Returns partial outputs of four rows: four lanes remain for each row. */
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

/* Like held_output, for a tile that has only its first FIRST_ROWS rows. */
#define FIRST_ROWS MEDIUM_FIRST_ROWS

static float16 first_output(__global const float *x, const float16 *w, uint D)
{
	const float16 none = (float16)(0.0f);

	return halve_fours(four_rows(x, w, D), none, none, none) + w[0];
}

/* Adds to sum (CHUNKS) the features of the first `rows` rows times their slopes. */
static void rows_gradient(__global const float *x, uint D, float16 slopes, uint rows, float16 *sum)
{
	float g[TILE_ROWS];
	uint r, c;

	vstore16(slopes, 0, g);
#pragma unroll
	for (r = 0; r < rows; r++)
#pragma unroll
		for (c = 0; c < CHUNKS; c++)
			sum[c] = fma((float16)(g[r]), vload16(c, x + r * D), sum[c]);
}

#if CHUNKS == 1 && !defined(SOFTMAX)
#define OVERLAPS /* interleaving the two with next_output is faster */

/* Adds to sum (1) the features of four rows times their slopes g (4). */
static void four_gradients(__global const float *x, uint D, const float *g, float16 *sum)
{
	uint r;

#pragma unroll
	for (r = 0; r < 4; r++)
		sum[0] = fma((float16)(g[r]), vload16(0, x + r * D), sum[0]);
}

/* Returns the outputs of a tile, interleaved with the gradient of the tile before it.  The gradient
 * is a chain of dependent fma; a processor executes the independent outputs meanwhile, if they are
 * near in the code.  With several chunks per row there are several chains, and too few registers
 * for both. */
INLINE static float16 next_output(__global const float *x, const float16 *w, uint D,
	__global const float *before, float16 slopes, float16 *sum)
{
	float g[TILE_ROWS];
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
	rows_gradient(x, D, slopes, TILE_ROWS, sum);
}

static void first_gradient(__global const float *x, uint D, float16 slopes, float16 *sum)
{
	rows_gradient(x, D, slopes, FIRST_ROWS, sum);
}

#endif
#endif

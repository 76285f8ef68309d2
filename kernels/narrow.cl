/*
 * narrow.cl: a tile of 16 rows where D <= 8: one chunk of features, L = 16 / F rows a slab, F
 * slabs.
 */
#ifndef NARROW_CL
#define NARROW_CL

#include "terms.cl"

#if F < 16 && !defined(GPU)

/* Slab s of a tile at x. */
#define slab JOIN(slab_, F)

static float16 slab_1(__global const float *x, uint D, uint s)
{
	return vload16(0, x);
}

static float16 slab_2(__global const float *x, uint D, uint s)
{
	return vload16(s, x);
}

/* Lane 3 of each four is of no feature where D is 3: which number it holds makes no difference,
 * and this order is what compilers make the least of. */
static float16 slab_4(__global const float *x, uint D, uint s)
{
	__global const float *row = x + 4 * s * D;
#if defined(WIDTH) && WIDTH == 3
	const float16 v = vload16(0, row);

	return v.s0126345067839ab3;
#else
	return (float16)(vload4(0, row), vload4(0, row + D), vload4(0, row + 2 * D),
		vload4(0, row + 3 * D));
#endif
}

static float16 slab_8(__global const float *x, uint D, uint s)
{
	__global const float *row = x + 2 * s * D;

	return (float16)(vload8(0, row), vload8(0, row + D));
}

/* Outputs of the 16 rows of a tile, in their order, of parameters that are held in registers. */
#define held_output JOIN(held_output_, F)

/* w: bias in all lanes, then the weights, L times side by side. */
static float16 slab_product(__global const float *x, const float16 *w, uint D, uint s)
{
	return fma(w[1], slab(x, D, s), (float16)(0.0f));
}

INLINE static float16 held_output_1(__global const float *x, const float16 *w, uint D)
{
	return slab_product(x, w, D, 0) + w[0];
}

INLINE static float16 held_output_2(__global const float *x, const float16 *w, uint D)
{
	const float16 z = halve_1(slab_product(x, w, D, 0), slab_product(x, w, D, 1));

	return z.s02468ace13579bdf + w[0];
}

INLINE static float16 held_output_4(__global const float *x, const float16 *w, uint D)
{
	return halve_fours(slab_product(x, w, D, 0), slab_product(x, w, D, 1),
		       slab_product(x, w, D, 2), slab_product(x, w, D, 3)) +
	       w[0];
}

INLINE static float16 held_output_8(__global const float *x, const float16 *w, uint D)
{
	float16 a = halve_4(slab_product(x, w, D, 0), slab_product(x, w, D, 1));
	float16 b = halve_4(slab_product(x, w, D, 2), slab_product(x, w, D, 3));
	float16 c = halve_4(slab_product(x, w, D, 4), slab_product(x, w, D, 5));
	float16 d = halve_4(slab_product(x, w, D, 6), slab_product(x, w, D, 7));

	return halve_fours(a, b, c, d) + w[0];
}

/* The same of a tile that has no rows but in its first slab. */
#define FIRST_ROWS   L
#define first_output JOIN(first_output_, F)

static float16 first_output_1(__global const float *x, const float16 *w, uint D)
{
	return held_output_1(x, w, D);
}

static float16 first_output_2(__global const float *x, const float16 *w, uint D)
{
	const float16 z = halve_1(slab_product(x, w, D, 0), (float16)(0.0f));

	return z.s02468ace13579bdf + w[0];
}

static float16 first_output_4(__global const float *x, const float16 *w, uint D)
{
	const float16 none = (float16)(0.0f);

	return halve_fours(slab_product(x, w, D, 0), none, none, none) + w[0];
}

static float16 first_output_8(__global const float *x, const float16 *w, uint D)
{
	const float16 none = (float16)(0.0f);

	return halve_fours(halve_4(slab_product(x, w, D, 0), none), none, none, none) + w[0];
}

/* sum (CHUNKS) += the tile's slopes times its features. */
#define tile_gradient JOIN(tile_gradient_, F)

static void tile_gradient_1(__global const float *x, uint D, float16 g, float16 *sum)
{
	sum[0] = fma(g, slab(x, D, 0), sum[0]);
}

static void tile_gradient_2(__global const float *x, uint D, float16 g, float16 *sum)
{
	float16 acc = sum[0];

	acc = fma(g.s0011223344556677, slab(x, D, 0), acc);
	sum[0] = fma(g.s8899aabbccddeeff, slab(x, D, 1), acc);
}

static void tile_gradient_4(__global const float *x, uint D, float16 g, float16 *sum)
{
	float16 acc = sum[0];

	acc = fma(g.s0000111122223333, slab(x, D, 0), acc);
	acc = fma(g.s4444555566667777, slab(x, D, 1), acc);
	acc = fma(g.s88889999aaaabbbb, slab(x, D, 2), acc);
	sum[0] = fma(g.sccccddddeeeeffff, slab(x, D, 3), acc);
}

static void tile_gradient_8(__global const float *x, uint D, float16 g, float16 *sum)
{
	float16 acc = sum[0];

	acc = fma(g.s0000000011111111, slab(x, D, 0), acc);
	acc = fma(g.s2222222233333333, slab(x, D, 1), acc);
	acc = fma(g.s4444444455555555, slab(x, D, 2), acc);
	acc = fma(g.s6666666677777777, slab(x, D, 3), acc);
	acc = fma(g.s8888888899999999, slab(x, D, 4), acc);
	acc = fma(g.saaaaaaaabbbbbbbb, slab(x, D, 5), acc);
	acc = fma(g.sccccccccdddddddd, slab(x, D, 6), acc);
	sum[0] = fma(g.seeeeeeeeffffffff, slab(x, D, 7), acc);
}

/* Of its first slab. */
#define first_gradient JOIN(first_gradient_, F)

static void first_gradient_1(__global const float *x, uint D, float16 g, float16 *sum)
{
	sum[0] = fma(g, slab(x, D, 0), sum[0]);
}

static void first_gradient_2(__global const float *x, uint D, float16 g, float16 *sum)
{
	sum[0] = fma(g.s0011223344556677, slab(x, D, 0), sum[0]);
}

static void first_gradient_4(__global const float *x, uint D, float16 g, float16 *sum)
{
	sum[0] = fma(g.s0000111122223333, slab(x, D, 0), sum[0]);
}

static void first_gradient_8(__global const float *x, uint D, float16 g, float16 *sum)
{
	sum[0] = fma(g.s0000000011111111, slab(x, D, 0), sum[0]);
}

#endif
#endif

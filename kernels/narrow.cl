/*
 * narrow.cl: outputs and gradients of a tile of 16 rows, for D <= 8.
 *
 * There is one chunk of features; the tile is F slabs of L = 16 / F rows.
 */
#ifndef NARROW_CL
#define NARROW_CL

#include "terms.cl"

#if F < 16 && !defined(GPU)

/* Loads slab s of the tile at x. */
#define slab JOIN(slab_, F)

static float16 slab_1(__global const float *x, uint D, uint s)
{
	return vload16(0, x);
}

static float16 slab_2(__global const float *x, uint D, uint s)
{
	return vload16(s, x);
}

/* Where D is 3, lane 3 of each four is padding and may hold any number.  Compilers turn this order
 * into the fewest instructions. */
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

/* ---- transposed tiles ---- */

/* For 2 features, or 3 if known at build time, a tile is transposed: f[l] holds feature l of 16
 * rows.  Slopes then need not be moved to the lanes of the features.  For 4 features this was
 * measured to be no faster. */
#if defined(WIDTH) && WIDTH == 3
#define FORM 3
#else
#define FORM F
#endif

static void columns_2(__global const float *x, float16 *f)
{
	const float16 a = vload16(0, x), b = vload16(1, x);

	f[0] = (float16)(a.even, b.even);
	f[1] = (float16)(a.odd, b.odd);
}

/* Transposes 8 rows of 3 features.  The 8 values of a feature are in different lanes of the three
 * vectors, so that two selects collect them and one shuffle orders them. */
static void eight_threes(__global const float *x, float8 *f)
{
	const float8 a = vload8(0, x), b = vload8(1, x), c = vload8(2, x);
	const int8 third = (int8)(0, 0, -1, 0, 0, -1, 0, 0),
		   second = (int8)(0, -1, 0, 0, -1, 0, 0, -1);
	const int8 first = (int8)(-1, 0, 0, -1, 0, 0, -1, 0);

	f[0] = select(select(a, b, second), c, third).s03614725;
	f[1] = select(select(a, b, third), c, first).s14725036;
	f[2] = select(select(a, b, first), c, second).s25036147;
}

static void columns_3(__global const float *x, float16 *f)
{
	float8 first[3], second[3];
	uint l;

	eight_threes(x, first);
	eight_threes(x + 24, second);
#pragma unroll
	for (l = 0; l < 3; l++)
		f[l] = (float16)(first[l], second[l]);
}

/* ---- outputs ---- */

/* Returns the outputs of the 16 rows of a tile, in their order; the parameters w are held in
 * registers. */
#define held_output JOIN(held_output_, FORM)

/* Returns the products of slab s with the weights: w[0] is the bias in all lanes, w[1] the weights
 * L times. */
static float16 slab_product(__global const float *x, const float16 *w, uint D, uint s)
{
	return fma(w[1], slab(x, D, s), (float16)(0.0f));
}

INLINE static float16 held_output_1(__global const float *x, const float16 *w, uint D)
{
	return slab_product(x, w, D, 0) + w[0];
}

/* Features are added in the order in which halving adds lanes: l and l + F / 2 first. */
INLINE static float16 held_output_2(__global const float *x, const float16 *w, uint D)
{
	const float16 none = (float16)(0.0f);
	float16 f[2];

	columns_2(x, f);
	return (fma((float16)(w[1].s0), f[0], none) + fma((float16)(w[1].s1), f[1], none)) + w[0];
}

/* Adds +0 for the padding lane, whose weight is 0. */
INLINE static float16 held_output_3(__global const float *x, const float16 *w, uint D)
{
	const float16 none = (float16)(0.0f);
	float16 f[3];

	columns_3(x, f);
	return ((fma((float16)(w[1].s0), f[0], none) + fma((float16)(w[1].s2), f[2], none)) +
		       (fma((float16)(w[1].s1), f[1], none) + none)) +
	       w[0];
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

/* Like held_output, for a tile that has only its first FIRST_ROWS rows: one slab. */
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

/* ---- gradients ---- */

/* The gradient of one output is summed in a vector per feature, over row lanes, where tiles are
 * transposed; else in the lanes of one slab. */
#if FORM == 2
#define SUM  float8
#define SUMS 2
#elif FORM == 3
#define SUM  float4
#define SUMS 3
#else
#define SUM  float16
#define SUMS 1
#endif

#define slab_lanes JOIN(slab_lanes_, FORM)

static float16 slab_lanes_1(const float16 *sum)
{
	return sum[0];
}

static float16 slab_lanes_2(const float8 *sum)
{
	const float16 both = (float16)(sum[0], sum[1]);

	return both.s08192a3b4c5d6e7f;
}

static float16 slab_lanes_3(const float4 *sum)
{
	const float16 all = (float16)(sum[0], sum[1], sum[2], (float4)(0.0f));

	return all.s048c159d26ae37bf;
}

static float16 slab_lanes_4(const float16 *sum)
{
	return sum[0];
}

static float16 slab_lanes_8(const float16 *sum)
{
	return sum[0];
}

/* Adds to sum (SUMS) the tile's features times the slopes g of its rows. */
#define tile_gradient JOIN(tile_gradient_, FORM)

static void tile_gradient_1(__global const float *x, uint D, float16 g, float16 *sum)
{
	sum[0] = fma(g, slab(x, D, 0), sum[0]);
}

static void tile_gradient_2(__global const float *x, uint D, float16 g, float8 *sum)
{
	float16 f[2];
	uint l;

	columns_2(x, f);
#pragma unroll
	for (l = 0; l < 2; l++)
		sum[l] = fma(g.hi, f[l].hi, fma(g.lo, f[l].lo, sum[l]));
}

static void tile_gradient_3(__global const float *x, uint D, float16 g, float4 *sum)
{
	float16 f[3];
	uint l;

	columns_3(x, f);
#pragma unroll
	for (l = 0; l < 3; l++) {
		sum[l] = fma(g.lo.lo, f[l].lo.lo, sum[l]);
		sum[l] = fma(g.lo.hi, f[l].lo.hi, sum[l]);
		sum[l] = fma(g.hi.lo, f[l].hi.lo, sum[l]);
		sum[l] = fma(g.hi.hi, f[l].hi.hi, sum[l]);
	}
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

/* Like tile_gradient, for the first slab alone. */
#define first_gradient JOIN(first_gradient_, FORM)

static void first_gradient_1(__global const float *x, uint D, float16 g, float16 *sum)
{
	sum[0] = fma(g, slab(x, D, 0), sum[0]);
}

static void first_gradient_2(__global const float *x, uint D, float16 g, float8 *sum)
{
	const float16 v = slab(x, D, 0);

	sum[0] = fma(g.lo, v.even, sum[0]);
	sum[1] = fma(g.lo, v.odd, sum[1]);
}

static void first_gradient_3(__global const float *x, uint D, float16 g, float4 *sum)
{
	const float16 v = slab(x, D, 0);

	sum[0] = fma(g.s0123, v.s048c, sum[0]);
	sum[1] = fma(g.s0123, v.s159d, sum[1]);
	sum[2] = fma(g.s0123, v.s26ae, sum[2]);
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

/*
 * narrow.cl: a block of 64 rows where D <= 8: one chunk of features, L = 16 / F rows a slab, F
 * slabs a tile. Sums stay in registers, one output after the other; the block's x stays in the
 * nearest cache.
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

static float16 slab_4(__global const float *x, uint D, uint s)
{
	__global const float *row = x + 4 * s * D;

	return (float16)(vload4(0, row), vload4(0, row + D), vload4(0, row + 2 * D),
		vload4(0, row + 3 * D));
}

static float16 slab_8(__global const float *x, uint D, uint s)
{
	__global const float *row = x + 2 * s * D;

	return (float16)(vload8(0, row), vload8(0, row + D));
}

/* Outputs of the 16 rows of a tile, in their order. */
#define tile_output JOIN(tile_output_, F)

/* w: bias in all lanes, then C chunks of weights, each L times side by side. */
static float16 slab_product(__global const float *x, __global const float16 *w, uint D, uint s)
{
	return fma(w[1], slab(x, D, s), (float16)(0.0f));
}

static float16 tile_output_1(__global const float *x, __global const float16 *w, uint D)
{
	return slab_product(x, w, D, 0) + w[0];
}

static float16 tile_output_2(__global const float *x, __global const float16 *w, uint D)
{
	return halve_1(slab_product(x, w, D, 0), slab_product(x, w, D, 1)) + w[0];
}

static float16 tile_output_4(__global const float *x, __global const float16 *w, uint D)
{
	float16 a = halve_2(slab_product(x, w, D, 0), slab_product(x, w, D, 1));
	float16 b = halve_2(slab_product(x, w, D, 2), slab_product(x, w, D, 3));

	return halve_1(a, b) + w[0];
}

static float16 tile_output_8(__global const float *x, __global const float16 *w, uint D)
{
	float16 a = halve_4(slab_product(x, w, D, 0), slab_product(x, w, D, 1));
	float16 b = halve_4(slab_product(x, w, D, 2), slab_product(x, w, D, 3));
	float16 c = halve_4(slab_product(x, w, D, 4), slab_product(x, w, D, 5));
	float16 d = halve_4(slab_product(x, w, D, 6), slab_product(x, w, D, 7));

	return halve_1(halve_2(a, b), halve_2(c, d)) + w[0];
}

/* sum + the tile's slopes times its features. */
#define tile_gradient JOIN(tile_gradient_, F)

static float16 tile_gradient_1(__global const float *x, uint D, float16 g, float16 sum)
{
	return fma(g, slab(x, D, 0), sum);
}

static float16 tile_gradient_2(__global const float *x, uint D, float16 g, float16 sum)
{
	sum = fma(g.s0011223344556677, slab(x, D, 0), sum);
	return fma(g.s8899aabbccddeeff, slab(x, D, 1), sum);
}

static float16 tile_gradient_4(__global const float *x, uint D, float16 g, float16 sum)
{
	sum = fma(g.s0000111122223333, slab(x, D, 0), sum);
	sum = fma(g.s4444555566667777, slab(x, D, 1), sum);
	sum = fma(g.s88889999aaaabbbb, slab(x, D, 2), sum);
	return fma(g.sccccddddeeeeffff, slab(x, D, 3), sum);
}

static float16 tile_gradient_8(__global const float *x, uint D, float16 g, float16 sum)
{
	sum = fma(g.s0000000011111111, slab(x, D, 0), sum);
	sum = fma(g.s2222222233333333, slab(x, D, 1), sum);
	sum = fma(g.s4444444455555555, slab(x, D, 2), sum);
	sum = fma(g.s6666666677777777, slab(x, D, 3), sum);
	sum = fma(g.s8888888899999999, slab(x, D, 4), sum);
	sum = fma(g.saaaaaaaabbbbbbbb, slab(x, D, 5), sum);
	sum = fma(g.sccccccccdddddddd, slab(x, D, 6), sum);
	return fma(g.seeeeeeeeffffffff, slab(x, D, 7), sum);
}

#ifdef SOFTMAX
/* Of each tile of the block, all outputs and what they share. */
static void block_outputs(struct rows in, ulong first)
{
	uint k, t;

	for (t = 0; t < BLOCK && first + t < in.count; t += TILE) {
		__global float16 *scratch = in.scratch + t / TILE * (in.K + SHARED);

		for (k = 0; k < in.K; k++)
			scratch[k] = tile_output(
				in.x + (first + t) * in.D, in.w + 2 * k, in.D);
		softmax_share(in, first + t, scratch);
	}
}
#define block_output(in, x, k, scratch) ((scratch)[k])
#else
#define block_outputs(in, first)	((void)0)
#define block_output(in, x, k, scratch) tile_output(x, (in).w + 2 * (k), (in).D)
#endif

static void block_sums(struct rows in, ulong first, __global float16 *node)
{
	uint k, t, i;

	block_outputs(in, first);
	for (k = 0; k < in.K; k++) {
		float16 loss = (float16)(0.0f), bias = loss, weight = loss;

		for (t = 0; t < BLOCK && first + t < in.count; t += TILE) {
			__global const float *x = in.x + (first + t) * in.D;
			__global float16 *scratch = in.scratch + t / TILE * (in.K + SHARED);
			const float16 z = block_output(in, x, k, scratch);
			const struct terms m = tile_terms(in, first + t, k, z, scratch);

			for (i = 0; i < in.D; i++)
				touch(x + 16 * i + AHEAD);
			loss += m.value;
			bias += m.slope;
			weight = tile_gradient(x, in.D, m.slope, weight);
		}
		node[3 * k] = loss;
		node[3 * k + 1] = bias;
		node[3 * k + 2] = weight;
	}
}

#endif
#endif

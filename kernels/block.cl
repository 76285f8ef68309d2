/*
 * block.cl: a block of 64 rows whose sums stay in registers: CHUNKS of features, from narrow.cl or
 * medium.cl. One output after the other; the block's x stays in the nearest cache.
 */
#ifndef BLOCK_CL
#define BLOCK_CL

#include "narrow.cl"
#include "medium.cl"

#if defined(CHUNKS) && !defined(GPU)

/* A node of one output. */
struct sums {
	float16 loss, bias;
	SUM weight[SUMS];
};

static void sums_write(const struct sums *s, __global float16 *node)
{
	uint c;

	node[0] = s->loss;
	node[1] = s->bias;
	for (c = 0; c < CHUNKS; c++)
		node[2 + c] = slab_lanes(s->weight + c);
}

/* Bias and weights of an output, into registers. */
static void hold(__global const float16 *w, float16 *held)
{
	uint c;

	for (c = 0; c <= CHUNKS; c++)
		held[c] = w[c];
}

static float16 tile_output(__global const float *x, __global const float16 *w, uint D)
{
	float16 held[1 + CHUNKS];

	hold(w, held);
	return held_output(x, held, D);
}

#ifdef SOFTMAX
/* Softmax: the outputs of every tile of the block, and what they have in common. */
static void block_outputs(struct rows in, ulong first)
{
	uint k, t;

	for (t = 0; t < BLOCK && first + t < in.count; t += TILE) {
		__global float16 *scratch = in.scratch + t / TILE * KEPT(in.K);

		for (k = 0; k < in.K; k++)
			scratch[k] = tile_output(
				in.x + (first + t) * in.D, in.w + (1 + CHUNKS) * k, in.D);
		softmax_share(in, first + t, scratch);
	}
}
#define block_output(x, w, D, k, scratch) ((scratch)[k])
#else
#define block_outputs(in, first)          ((void)0)
#define block_output(x, w, D, k, scratch) held_output(x, w, D)
#endif

static void sums_clear(struct sums *s)
{
	uint c;

	s->loss = (float16)(0.0f);
	s->bias = (float16)(0.0f);
	for (c = 0; c < SUMS; c++)
		s->weight[c] = (SUM)(0.0f);
}

/* The terms of a tile, added to their sums. */
static float16 take_terms(
	struct rows in, ulong row, uint k, float16 z, __global float16 *scratch, struct sums *s)
{
	const struct terms m = tile_terms(in, row, k, z, scratch);

	s->loss += m.value;
	s->bias += m.slope;
	return m.slope;
}

/* Sums of output k, whose parameters are w (1 + CHUNKS). */
#ifdef OVERLAPS
INLINE static void output_sums(
	struct rows in, ulong first, uint k, const float16 *w, struct sums *s)
{
	__global const float *x = in.x + first * in.D;
	float16 slope;
	uint t;

	sums_clear(s);
	slope = take_terms(in, first, k, held_output(x, w, in.D), in.scratch, s);
	for (t = TILE; t < BLOCK && first + t < in.count; t += TILE) {
		const float16 z = next_output(x + TILE * in.D, w, in.D, x, slope, s->weight);

		slope = take_terms(in, first + t, k, z, in.scratch, s);
		x += TILE * in.D;
	}
	tile_gradient(x, in.D, slope, s->weight);
}
#else
INLINE static void output_sums(
	struct rows in, ulong first, uint k, const float16 *w, struct sums *s)
{
	uint t;

	sums_clear(s);
	for (t = 0; t < BLOCK && first + t < in.count; t += TILE) {
		__global const float *x = in.x + (first + t) * in.D;
		__global float16 *scratch = in.scratch + t / TILE * KEPT(in.K);
		const float16 z = block_output(x, w, in.D, k, scratch);

		tile_gradient(x, in.D, take_terms(in, first + t, k, z, scratch, s), s->weight);
	}
}
#endif

static void block_sums(struct rows in, ulong first, __global float16 *node)
{
	float16 w[1 + CHUNKS];
	struct sums s;
	uint k;

	block_outputs(in, first);
	for (k = 0; k < in.K; k++) {
		hold(in.w + (1 + CHUNKS) * k, w);
		output_sums(in, first, k, w, &s);
		sums_write(&s, node + (2 + CHUNKS) * k);
	}
}

#ifndef SOFTMAX
/* block_sums for one output and a batch that fills only the start of one tile. */
INLINE static void first_sums(struct rows in, const float16 *w, struct sums *s)
{
	const float16 z = first_output(in.x, w, in.D);
	const struct terms m = tile_terms(in, 0, 0, z, in.scratch);

	sums_clear(s);
	s->loss += m.value;
	s->bias += m.slope;
	first_gradient(in.x, in.D, m.slope, s->weight);
}
#endif

#endif
#endif

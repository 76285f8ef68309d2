/*
 * block.cl: loss and gradient sums of a block of 64 rows, kept in registers.
 *
 * For D <= 64 (CHUNKS is defined), on CPUs; tiles come from narrow.cl or medium.cl. Outputs are
 * processed one after the other: the block's x is then read again from the nearest cache.
 */
#ifndef BLOCK_CL
#define BLOCK_CL

#include "narrow.cl"
#include "medium.cl"

#if defined(CHUNKS) && !defined(GPU)

/* One output's part of a node (rows.cl): sums of the loss and of its gradient. */
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

/* Loads the bias and the weights of output k into registers. */
static void load_output(struct rows in, uint k, float16 *held)
{
	uint c;

	held[0] = (float16)(bias_of(in, k));
	for (c = 0; c < CHUNKS; c++)
		held[1 + c] = repeated(weights_of(in, k) + c * F);
}

/* Returns output k of the 16 rows of a tile. */
static float16 tile_output(struct rows in, ulong row, uint k)
{
	float16 held[1 + CHUNKS];

	load_output(in, k, held);
	return held_output(in.x + row * in.D, held, in.D);
}

#ifdef SOFTMAX
/* Computes all outputs of each tile of the block, and what softmax shares among them. */
static void block_outputs(struct rows in, ulong first)
{
	uint k, t;

	for (t = 0; t < BLOCK_ROWS && first + t < in.count; t += TILE_ROWS) {
		__global float16 *scratch = in.scratch + t / TILE_ROWS * SCRATCH_VALUES(in.K);

		for (k = 0; k < in.K; k++)
			scratch[k] = tile_output(in, first + t, k);
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

/* Adds the loss and slope of a tile's rows to the sums; returns the slopes. */
static float16 take_terms(
	struct rows in, ulong row, uint k, float16 z, __global float16 *scratch, struct sums *s)
{
	const struct terms terms = tile_terms(in, row, k, z, scratch);

	s->loss += terms.value;
	s->bias += terms.slope;
	return terms.slope;
}

/* Sums over the block for output k, whose parameters are w (1 + CHUNKS). OVERLAPS computes the
 * outputs of the next tile beside the gradient of the current one. */
#ifdef OVERLAPS
INLINE static void output_sums(
	struct rows in, ulong first, uint k, const float16 *w, struct sums *s)
{
	__global const float *x = in.x + first * in.D;
	float16 slope;
	uint t;

	sums_clear(s);
	slope = take_terms(in, first, k, held_output(x, w, in.D), in.scratch, s);
	for (t = TILE_ROWS; t < BLOCK_ROWS && first + t < in.count; t += TILE_ROWS) {
		const float16 z = next_output(x + TILE_ROWS * in.D, w, in.D, x, slope, s->weight);

		slope = take_terms(in, first + t, k, z, in.scratch, s);
		x += TILE_ROWS * in.D;
	}
	tile_gradient(x, in.D, slope, s->weight);
}
#else
INLINE static void output_sums(
	struct rows in, ulong first, uint k, const float16 *w, struct sums *s)
{
	uint t;

	sums_clear(s);
	for (t = 0; t < BLOCK_ROWS && first + t < in.count; t += TILE_ROWS) {
		__global const float *x = in.x + (first + t) * in.D;
		__global float16 *scratch = in.scratch + t / TILE_ROWS * SCRATCH_VALUES(in.K);
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
		load_output(in, k, w);
		output_sums(in, first, k, w, &s);
		sums_write(&s, node + (2 + CHUNKS) * k);
	}
}

#ifndef SOFTMAX
/* Like output_sums, for a single output and at most FIRST_ROWS rows: a whole tile would mostly
 * compute padding. */
INLINE static void first_sums(struct rows in, const float16 *w, struct sums *s)
{
	const float16 z = first_output(in.x, w, in.D);
	const struct terms terms = tile_terms(in, 0, 0, z, in.scratch);

	sums_clear(s);
	s->loss += terms.value;
	s->bias += terms.slope;
	first_gradient(in.x, in.D, terms.slope, s->weight);
}
#endif

#endif
#endif

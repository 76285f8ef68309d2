/*
 * step.cl: one whole step, sums and update, taken by a single work-item.  It calls the functions
 * that the kernels of a step with many work-items call, and so gives the same bits.
 *
 * -DSTEP=<word> picks the function <word>_step, and which batches it takes:
 *
 *	memory		all; sums, parameters and state are in memory
 *	row		one wide row (wide.cl), whose gradient stays in registers
 *	block		up to BLOCK_ROWS rows, whose sums stay in registers (block.cl)
 *	registers	as block, for one output, whose parameters and state stay in registers
 *			from step to step: each step depends on the one before it, and would
 *			also wait for memory
 *	first_rows	as registers, for up to FIRST_ROWS rows
 *
 * memory takes every loss and update; the others no norm of the gradient (CLIP_NORM), which is
 * known only after the last sum, and of them only block takes cross_entropy (SOFTMAX).
 */
#include "gradient.cl"
#include "norm.cl"
#include "update.cl"

#if defined(RESIDENT) && !defined(GPU) && !defined(WIDTHS)

#ifndef STEP
#define STEP memory
#endif
#define batch_step JOIN(STEP, _step)
#define batch_held JOIN(STEP, _held)

/* 1: the word's function keeps parameters and state in registers from step to step. */
enum { memory_held = 0, row_held = 0, block_held = 0, registers_held = 1, first_rows_held = 1 };

/* Parameters and state of the only output, held in registers from step to step. */
#ifdef CHUNKS
#define HELD (1 + CHUNKS)
#else
#define HELD 1 /* none is held */
#endif
struct held {
	float16 w[HELD], state[HELD][PLANES + 1];
};

static void held_read(const struct training *t, struct held *h)
{
	struct place at = {0, 0, 0};

	for (at.c = 0; at.c < HELD; at.c++)
		h->w[at.c] = training_load(t, at, h->state[at.c]);
}

static void held_write(const struct training *t, const struct held *h)
{
	struct place at = {0, 0, 0};

	for (at.c = 0; at.c < HELD; at.c++)
		training_store(t, at, h->w[at.c], h->state[at.c]);
}

/* Steps the parameters of output k. */
static void output_update(const struct training *t, uint k, ulong slot)
{
	struct place at = {k, 0, 0};

	real_update(t, at, sum_of(t, at), slot);
	for (at.c = 1; at.c <= chunks(t->D); at.c++)
		real_update(t, at, sum_of(t, at), slot);
}

static void memory_step(struct rows in, struct training *t, struct held *h,
	__global float16 *stack, ulong slot)
{
	uint k;

	subtree(in, 0, (in.count + BLOCK_ROWS - 1) / BLOCK_ROWS, stack);
	t->losses[slot] = loss_of(stack, t->D, t->K) * t->h[RATE_SCALE];
#ifdef CLIP_NORM
	take_norm(t);
#endif
	for (k = 0; k < t->K; k++)
		output_update(t, k, slot);
}

#if !defined(CHUNKS) && !defined(SOFTMAX) && !defined(CLIP_NORM)

/* Steps the parameters of output k; returns its loss. */
INLINE static float row_output_step(struct rows in, const struct training *t, uint k, ulong slot)
{
	const float16 z = row_output(in, k);
	const struct terms terms = tile_terms(in, 0, k, z, in.scratch);
	const float16 slope = (float16)(terms.slope.s0), zero = (float16)(0.0f);
	const struct place bias = {k, 0, 0};
	uint c;

	real_update(t, bias, slope + zero, slot);
	for (c = 0; c < chunks(in.D); c++) {
		const struct place at = {k, 1 + c, 0};

		real_update(t, at, fma(slope, vload16(c, in.x), zero), slot);
	}
	return terms.value.s0;
}

INLINE static void row_step(struct rows in, struct training *t, struct held *h,
	__global float16 *stack, ulong slot)
{
	float loss = 0.0f;
	uint k;

	for (k = 0; k < in.K; k++)
		loss += row_output_step(in, t, k, slot);
	t->losses[slot] = loss * t->h[RATE_SCALE];
}

#endif

#if defined(CHUNKS) && !defined(CLIP_NORM)

/* Steps the parameters of output k; returns its loss. */
INLINE static float block_output_step(struct rows in, const struct training *t, uint k, ulong slot)
{
	struct place at = {k, 0, 0};
	float16 w[1 + CHUNKS];
	struct sums s;

	if (k == 0)
		block_outputs(in, 0);
	load_output(in, k, w);
	output_sums(in, 0, k, w, &s);
	real_update(t, at, halves_1(s.bias), slot);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		real_update(t, at, halves(slab_lanes(&s.weight[at.c - 1])), slot);
	return halves_1(s.loss).s0;
}

INLINE static void block_step(struct rows in, struct training *t, struct held *h,
	__global float16 *stack, ulong slot)
{
	float loss = 0.0f;
	uint k;

	for (k = 0; k < in.K; k++)
		loss += block_output_step(in, t, k, slot);
	t->losses[slot] = loss * t->h[RATE_SCALE];
}

#endif

#if defined(CHUNKS) && !defined(SOFTMAX) && !defined(CLIP_NORM)

INLINE static void held_update(
	const struct training *t, const struct sums *s, struct held *h, ulong slot)
{
	struct place at = {0, 0, 0};

	h->w[0] = record_and_step(t, at, halves_1(s->bias), slot, h->w[0], h->state[0]);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		h->w[at.c] =
			record_and_step(t, at, halves(slab_lanes(&s->weight[at.c - 1])), slot,
				h->w[at.c], h->state[at.c]);
	t->losses[slot] = halves_1(s->loss).s0 * t->h[RATE_SCALE];
}

INLINE static void registers_step(struct rows in, struct training *t, struct held *h,
	__global float16 *stack, ulong slot)
{
	struct sums s;

	output_sums(in, 0, 0, h->w, &s);
	held_update(t, &s, h, slot);
}

INLINE static void first_rows_step(struct rows in, struct training *t, struct held *h,
	__global float16 *stack, ulong slot)
{
	struct sums s;

	first_sums(in, h->w, &s);
	held_update(t, &s, h, slot);
}

#endif
#endif

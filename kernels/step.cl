/*
 * step.cl: one whole step, sums and update, taken by a single work-item.  It calls the functions
 * that the kernels of a step with many work-items call, and so gives the same bits.
 *
 *	take_step	parameters and state are in memory
 *	held_step	with HELD, parameters and state stay in registers: each step depends on
 *			the one before it, and would also wait for memory
 *
 * -DOUTPUTS (1, or more) and -DSTEP_ROWS pick the variant.  STEP_ROWS is the largest number of rows
 * in a batch: 1, up to FIRST_ROWS, up to BLOCK, or more.
 */
#include "gradient.cl"
#include "update.cl"

#if defined(RESIDENT) && !defined(GPU)

#ifndef OUTPUTS
#define OUTPUTS 2
#endif
#ifndef STEP_ROWS
#define STEP_ROWS (BLOCK + 1)
#endif

#if defined(CLIP_NORM) || STEP_ROWS > BLOCK || \
	(!defined(CHUNKS) && (STEP_ROWS > 1 || defined(SOFTMAX)))

static void take_step(struct rows in, struct training *t, __global float16 *stack, ulong slot)
{
	struct place at;

	subtree(in, 0, (in.count + BLOCK - 1) / BLOCK, stack);
	t->losses[slot] = loss_of(stack, t->D, t->K) * t->h[RATE_SCALE];
#ifdef CLIP_NORM
	take_norm(t);
#endif
	for (at = place_of(0, t->D); at.k < t->K; at = next_place(at, t->D))
		real_update(t, at, sum_of(t, at), slot);
}

#elif !defined(CHUNKS) || OUTPUTS > 1 || defined(SOFTMAX)

#ifndef CHUNKS

/* Steps the parameters of output k on a batch of one row, whose gradient stays in registers;
 * returns the loss. */
INLINE static float row_step(struct rows in, const struct training *t, uint k, ulong slot)
{
	const float16 z = row_output(in.x, in.w + k * (chunks(in.D) + 1), in.D);
	const struct terms m = tile_terms(in, 0, k, z, in.scratch);
	const float16 slope = (float16)(m.slope.s0), zero = (float16)(0.0f);
	const struct place bias = {k, 0, 0};
	uint c;

	real_update(t, bias, slope + zero, slot);
	for (c = 0; c < chunks(in.D); c++) {
		const struct place at = {k, 1 + c, 0};

		real_update(t, at, fma(slope, vload16(c, in.x), zero), slot);
	}
	return m.value.s0;
}
#define output_step row_step

#else

/* Steps the parameters of output k on a batch of one block, whose sums stay in registers; returns
 * the loss. */
INLINE static float block_step(struct rows in, const struct training *t, uint k, ulong slot)
{
	struct place at = {k, 0, 0};
	float16 w[1 + CHUNKS];
	struct sums s;

	if (k == 0)
		block_outputs(in, 0);
	hold(in.w + (1 + CHUNKS) * k, w);
	output_sums(in, 0, k, w, &s);
	real_update(t, at, halves_1(s.bias), slot);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		real_update(t, at, halves(slab_lanes(&s.weight[at.c - 1])), slot);
	return halves_1(s.loss).s0;
}
#define output_step block_step

#endif

INLINE static void take_step(
	struct rows in, struct training *t, __global float16 *stack, ulong slot)
{
	float loss = 0.0f;
	uint k;

	for (k = 0; k < in.K; k++)
		loss += output_step(in, t, k, slot);
	t->losses[slot] = loss * t->h[RATE_SCALE];
}

#else

#define HELD

/* Parameters and state of the only output. */
struct held {
	float16 w[1 + CHUNKS], state[1 + CHUNKS][PLANES + 1];
};

static void held_read(const struct training *t, struct held *h)
{
	struct place at = {0, 0, 0};

	for (at.c = 0; at.c <= CHUNKS; at.c++) {
		h->w[at.c] = t->w[real_of(at, t->D)];
		state_read(t, real_of(at, t->D), h->state[at.c]);
	}
}

static void held_write(const struct training *t, const struct held *h)
{
	struct place at = {0, 0, 0};

	for (at.c = 0; at.c <= CHUNKS; at.c++) {
		t->w[real_of(at, t->D)] = h->w[at.c];
		state_write(t, real_of(at, t->D), h->state[at.c]);
	}
}

INLINE static void held_step(struct rows in, const struct training *t, struct held *h, ulong slot)
{
	struct place at = {0, 0, 0};
	struct sums s;

#if STEP_ROWS <= FIRST_ROWS
	first_sums(in, h->w, &s);
#else
	output_sums(in, 0, 0, h->w, &s);
#endif
	h->w[0] = moved(t, at, halves_1(s.bias), slot, h->w[0], h->state[0]);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		h->w[at.c] =
			moved(t, at, halves(slab_lanes(&s.weight[at.c - 1])), slot, h->w[at.c],
				h->state[at.c]);
	t->losses[slot] = halves_1(s.loss).s0 * t->h[RATE_SCALE];
}

#endif
#endif

/*
 * resident.cl: many steps in one launch, for batches that one work-item sums up sooner than a
 * launch begins.  The same functions as the other kernels call, so the same bits.
 *
 *	stack	log2(blocks) + 1 nodes		scratch
 *	x, y, weights	of all rows; if `together`, those of the launch's steps, side by side
 *	rates	(slots, RATES), or (1, RATES) with rate_stride 0
 *	params (P), state (S, P)	after the last step, plain	out
 *	losses	if `looks`, behind the last one that of the n rows after it	out
 *	others	as in gradient.cl and update.cl; slots are [slot, slot + count)
 *
 * Step first + s of the plan takes batch (first + s) mod batches: rows [batch_size b,
 * batch_size (b + 1)), the last one as many as there are below n.  Launch: one work-item, any more
 * do nothing.  Only with -DRESIDENT.
 */
#include "gradient.cl"
#include "update.cl"

#if defined(RESIDENT) && !defined(GPU)

static void resident_step(struct rows in, struct training *t, __global float16 *stack, ulong slot)
{
	struct place at;

	subtree(in, 0, (in.count + BLOCK - 1) / BLOCK, stack);
	t->losses[slot] = loss_of(stack, t->D, t->K) * t->h[RATE_SCALE];
#ifdef CLIP_NORM
	t->clip = norm_factor(t);
#endif
	for (at = place_of(0, t->D); at.k < t->K; at = next_place(at, t->D))
		real_update(t, at, sum_of(t, at), slot);
}

#if defined(CHUNKS) && !defined(CLIP_NORM)

/* From the sums of output k to its parameters; its loss. */
static float output_update(
	const struct sums *s, const struct training *t, uint k, ulong slot)
{
	struct place at = {k, 0, 0};

	real_update(t, at, halves_1(s->bias), slot);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		real_update(t, at, halves(s->weight[at.c - 1]), slot);
	return halves_1(s->loss).s0;
}

/* A step of one block, whose sums never leave the registers. */
static void block_step(struct rows in, const struct training *t, ulong slot)
{
	float loss = 0.0f;
	struct sums s;
	uint k;

	block_outputs(in, 0);
	for (k = 0; k < in.K; k++) {
		if (in.count <= FIRST_ROWS)
			first_sums(in, k, &s);
		else
			output_sums(in, 0, k, &s);
		loss += output_update(&s, t, k, slot);
	}
	t->losses[slot] = loss * t->h[RATE_SCALE];
}

static void any_step(struct rows in, struct training *t, __global float16 *stack, ulong slot)
{
	if (in.count <= BLOCK)
		block_step(in, t, slot);
	else
		resident_step(in, t, stack, slot);
}

#else
#define any_step resident_step
#endif

/* The numbers out of their lanes. */
static void collect_all(const struct training *t, __global float *params, __global float *state)
{
	const size_t P = (size_t)t->K * (t->D + 1), plane = reals(t->D, t->K);
	struct place at;
	uint i;

	for (at = place_of(0, t->D); at.k < t->K; at = next_place(at, t->D)) {
		const size_t n = real_of(at, t->D);

		plain_write(params, t->w[n], at, t->D, t->K);
		for (i = 0; i < PLANES; i++)
			plain_write(state + i * P, t->state[i * plane + n], at, t->D, t->K);
	}
}

__kernel VECTOR_KERNEL
void resident(__global const float *x, __global const float *y, __global const float *weights,
	__global const float *shares, __global float16 *w, __global float16 *scratch,
	__global float16 *stack, ulong y_stride, uint D, uint K, __global float *params,
	__global float *state, __global float16 *states, __global float *losses,
	__global float *steps, __global const float *rates, ulong rate_stride, uint record,
	uint looks, uint together, ulong n, ulong batch_size, ulong batches, ulong first,
	ulong count, ulong slot)
{
	struct rows all = {x, y, w, weights, shares, scratch, 0, y_stride, D, K};
	struct training t = {stack, w, states, losses, steps, rates, 1.0f, D, K, record};
	ulong s, start = first % batches * batch_size, done = 0;

	for (s = slot; s < slot + count && get_global_id(0) == 0; s++) {
		all.count = min(batch_size, n - start);
		t.h = rates + s * rate_stride;
		any_step(rows_from(all, together ? done : start), &t, stack, s);
		done += all.count;
		start = start + batch_size < n ? start + batch_size : 0;
	}
	if (get_global_id(0) == 0 && looks) {
		all.count = n;
		subtree(all, 0, (n + BLOCK - 1) / BLOCK, stack);
		losses[slot + count] = loss_of(stack, D, K) * t.h[RATE_SCALE];
	}
	if (get_global_id(0) == 0)
		collect_all(&t, params, state);
}

#endif

/*
 * resident.cl: many steps in one launch, for batches that one work-item sums up sooner than a
 * launch begins.  The same functions as the other kernels call, so the same bits.
 *
 *	stack	log2(blocks) + 1 nodes		scratch
 *	order	(epochs, n) rows of each epoch, if shuffled; step 0 is in the first of them
 *	gx, gy, gw	the batch, if shuffled	scratch
 *	rates	(steps, RATES), or (1, RATES) with rate_stride 0
 *	params (P), state (S, P)	after the last step, plain	out
 *	losses	if `looks`, behind the last one that of the n rows after it	out
 *	others	as in gradient.cl and update.cl; slots are [0, steps)
 *
 * Step first + s of the plan takes batch (first + s) mod batches: rows [batch_size b,
 * batch_size (b + 1)), the last one as many as there are below n.  Launch: one work-item, any more
 * do nothing.  Only with -DRESIDENT.
 */
#include "gather.cl"
#include "gradient.cl"
#include "update.cl"

#if defined(RESIDENT) && !defined(GPU)

/* The batch's rows side by side; `left` rows of the order are still to come. */
static struct rows gathered_rows(struct rows in, struct gathering g, ulong left)
{
	const ulong ahead = rows_ahead(in.D);
	ulong i;

	for (i = 0; i < in.count; i++) {
		if (i + ahead < left)
			touch_row(g, i + ahead);
		gather_row(g, i);
	}
	in.x = g.gx;
	in.y = g.gy;
	in.weights = g.gw;
	in.y_stride = g.gy_stride;
	return in;
}

/* Where they lie. */
static struct rows rows_from(struct rows in, ulong start)
{
	in.x += start * in.D;
	in.y += start;
	in.weights += start;
	return in;
}

/* Rows of the order before step number `step`. */
static ulong rows_before(ulong step, ulong batches, ulong batch_size, ulong n)
{
	return step / batches * n + step % batches * batch_size;
}

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
static float output_update(struct sums s, const struct training *t, uint k, ulong slot)
{
	struct place at = {k, 0, 0};

	real_update(t, at, halves_1(s.bias), slot);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		real_update(t, at, halves(s.weight[at.c - 1]), slot);
	return halves_1(s.loss).s0;
}

/* A step of one block, whose sums never leave the registers. */
static void block_step(struct rows in, const struct training *t, ulong slot)
{
	float loss = 0.0f;
	uint k;

	block_outputs(in, 0);
	for (k = 0; k < in.K; k++) {
		const int few = in.count <= FIRST_ROWS;

		loss += output_update(few ? first_sums(in, k) : output_sums(in, 0, k), t, k, slot);
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
	__global float16 *stack, ulong y_stride, uint D, uint K, __global float *gx,
	__global float *gy, __global float *gw, ulong gy_stride, uint targets,
	__global float *params, __global float *state, __global float16 *states,
	__global float *losses, __global float *steps, __global const uint *order,
	__global const float *rates, ulong rate_stride, uint shuffled, uint record, uint looks,
	ulong n, ulong batch_size, ulong batches, ulong first, ulong count)
{
	struct rows all = {
		x, y, w, weights, shares, scratch, 0, y_stride, D, K};
	struct gathering g = {order, x, y, weights, gx, gy, gw, y_stride, gy_stride, D, targets,
		0};
	struct training t = {stack, w, states, losses, steps, rates, 1.0f, D, K, record};
	const ulong end = rows_before(first + count, batches, batch_size, n);
	ulong s, start = first % batches * batch_size;
	ulong from = rows_before(first, batches, batch_size, n);

	for (s = 0; s < count && get_global_id(0) == 0; s++) {
		all.count = min(batch_size, n - start);
		g.order = order + from;
		t.h = rates + s * rate_stride;
		any_step(shuffled ? gathered_rows(all, g, end - from) : rows_from(all, start),
			&t, stack, s);
		from += all.count;
		start = start + batch_size < n ? start + batch_size : 0;
	}
	if (get_global_id(0) == 0 && looks) {
		all.count = n;
		subtree(all, 0, (n + BLOCK - 1) / BLOCK, stack);
		losses[count] = loss_of(stack, D, K) * t.h[RATE_SCALE];
	}
	if (get_global_id(0) == 0)
		collect_all(&t, params, state);
}

#endif

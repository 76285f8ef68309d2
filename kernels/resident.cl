/*
 * resident.cl: many steps in one launch, for batches that one work-item sums up sooner than a
 * launch begins.  The same functions as the other kernels call, so the same bits.
 *
 *	stack	log2(blocks) + 1 nodes		scratch
 *	order	(epochs, n) rows of each epoch, if shuffled; step 0 is in the first of them
 *	gx, gy, gw	the batch, if shuffled	scratch
 *	rates	(steps, RATES), or (1, RATES) with rate_stride 0
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

/* The batch's rows and how many: gathered, or where they lie. */
static struct rows batch_rows(struct rows all, struct gathering g, ulong start, uint shuffled)
{
	struct rows in = all;
	ulong i;

	if (shuffled) {
		for (i = 0; i < in.count; i++)
			gather_row(g, i);
		in.x = g.gx;
		in.y = g.gy;
		in.weights = g.gw;
		in.y_stride = g.gy_stride;
	} else {
		in.x += start * in.D;
		in.y += start;
		in.weights += start;
	}
	return in;
}

static void resident_step(struct rows in, struct training t, __global float16 *stack, ulong slot)
{
	uint p;

	subtree(in, 0, (in.count + BLOCK - 1) / BLOCK, stack);
	t.losses[slot] = loss_of(stack, t.D, t.K) * t.h[RATE_SCALE];
#ifdef CLIP_NORM
	t.clip = norm_factor(stack, t.params, t.D, t.K, t.h);
#endif
	for (p = 0; p < t.K * (t.D + 1); p++)
		parameter_update(t, p, slot);
}

__kernel VECTOR_KERNEL
void resident(__global const float *x, __global const float *y, __global const float *weights,
	__global const float *shares, __global float *w, __global float16 *scratch,
	__global float16 *stack, ulong y_stride, uint D, uint K, __global float *gx,
	__global float *gy, __global float *gw, ulong gy_stride, uint targets,
	__global float *params, __global float *state, __global float *losses,
	__global float *steps, __global const uint *order, __global const float *rates,
	ulong rate_stride, uint shuffled, uint record, ulong n, ulong batch_size, ulong batches,
	ulong first, ulong count)
{
	struct rows all = {
		x, y, (__global const float16 *)w, weights, shares, scratch, 0, y_stride, D, K};
	struct gathering g = {order, x, y, weights, gx, gy, gw, y_stride, gy_stride, D, targets};
	struct training t = {stack, params, state, w, losses, steps, rates, 1.0f, D, K, record};
	ulong s;

	for (s = 0; s < count && get_global_id(0) == 0; s++) {
		const ulong start = (first + s) % batches * batch_size;

		all.count = min(batch_size, n - start);
		g.order = order + (first + s) / batches * n + start;
		t.h = rates + s * rate_stride;
		resident_step(batch_rows(all, g, start, shuffled), t, stack, s);
	}
}

#endif

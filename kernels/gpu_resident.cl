/*
 * gpu_resident.cl: resident.cl for GPUs, with the same arguments: one work-group takes all steps of
 * a launch.
 *
 * Launch: one work-group, any local size.  Only with -DRESIDENT.
 */
#include "gpu_gradient.cl"
#include "gpu_update.cl"

#if defined(RESIDENT) && defined(GPU)

/* Computes the loss from the root and, unless `looked` asks for the loss alone, updates the
 * parameters.  All work-items see them after the barrier. */
static void group_update(struct training t, ulong slot, uint looked, __local struct memory *m)
{
	const uint all = looked ? 0 : (uint)places(t.D, t.K);
	const uint id = get_local_id(0), items = get_local_size(0);
	const float sum = group_loss(t.root, t.D, t.K, m->value);
	uint turn;

#ifdef CLIP_NORM
	group_norm(&t, m->value);
	barrier(CLK_GLOBAL_MEM_FENCE);
#endif
	if (id == 0)
		t.losses[slot] = sum * t.h[RATE_SCALE];
	for (turn = 0; turn < all; turn += items)
		if (turn + id < all) {
			const struct place at = place_of(turn + id, t.D, t.K);

			real_update(&t, at, sum_of(&t, at), slot);
		}
	barrier(CLK_GLOBAL_MEM_FENCE);
}

__kernel void resident(__global const float *x, __global const float *y,
	__global const float *weights, __global const float *shares, __global float *w,
	__global float *scratch, __global float *stack, ulong y_stride, uint D, uint K,
	__global float *losses, __global float *steps, __global const float *rates,
	ulong rate_stride, uint record, uint looks, uint together, ulong n, ulong batch_size,
	ulong batches, ulong first, ulong count, ulong slot, float number)
{
	__local struct memory m;
	struct rows all = {
		x, y, w, weights, shares, scratch, 0, y_stride, D, K,
		number};
	struct training t = {stack, w, losses, steps, rates, 1.0f, 1.0f, D, K, record};
	/* The loss of all rows is one more turn of this loop, without an update: the code of the
	 * sums is then compiled only once. */
	ulong s = 0, done = 0;

	do {
		const uint looked = s == count;
		const ulong start = looked ? 0 : (first + s) % batches * batch_size;

		all.count = looked ? n : min(batch_size, n - start);
		t.h = rates + (slot + (looked && s ? s - 1 : s)) * rate_stride;
		group_subtree(rows_from(all, together && !looked ? done : start), 0, all.count,
			STRIP, stack, &m);
		group_update(t, slot + s, looked, &m);
		done += all.count;
	} while (++s < count + looks);
}

#endif

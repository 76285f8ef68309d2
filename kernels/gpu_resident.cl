/*
 * gpu_resident.cl: resident.cl for GPUs: one work-group does the steps.  Arguments are the same.
 *
 * Launch: one work-group, any more do nothing; any local size.  Only with -DRESIDENT.
 */
#include "gpu_gather.cl"
#include "gpu_gradient.cl"
#include "gpu_update.cl"

#if defined(RESIDENT) && defined(GPU)

/* The batch's rows: gathered, or where they lie. */
static struct rows group_batch(struct rows in, struct gathering g, ulong start, uint shuffled)
{
	const ulong lanes = in.count * F;
	const uint id = get_local_id(0), items = get_local_size(0);
	ulong turn;

	if (shuffled) {
		for (turn = 0; turn < lanes; turn += items)
			if (turn + id < lanes)
				gather_lane(g, (turn + id) / F, (turn + id) % F);
		in.x = g.gx;
		in.y = g.gy;
		in.weights = g.gw;
		in.y_stride = g.gy_stride;
	} else {
		in.x += start * in.D;
		in.y += start;
		in.weights += start;
	}
	barrier(CLK_GLOBAL_MEM_FENCE);
	return in;
}

/* From the root to the next parameters, which all work-items see. */
static void group_update(struct training t, ulong slot, __local struct memory *m)
{
	const uint P = t.K * (t.D + 1), id = get_local_id(0), items = get_local_size(0);
	const float sum = group_loss(t.root, t.D, t.K, m->value);
	uint turn;

#ifdef CLIP_NORM
	t.clip = group_norm(t.root, t.params, t.D, t.K, t.h, m->value);
	barrier(CLK_GLOBAL_MEM_FENCE);
#endif
	if (id == 0)
		t.losses[slot] = sum * t.h[RATE_SCALE];
	for (turn = 0; turn < P; turn += items)
		if (turn + id < P)
			parameter_update(t, turn + id, slot);
	barrier(CLK_GLOBAL_MEM_FENCE);
}

__kernel void resident(__global const float *x, __global const float *y,
	__global const float *weights, __global const float *shares, __global float *w,
	__global float *scratch, __global float *stack, ulong y_stride, uint D, uint K,
	__global float *gx, __global float *gy, __global float *gw, ulong gy_stride, uint targets,
	__global float *params, __global float *state, __global float *losses,
	__global float *steps, __global const uint *order, __global const float *rates,
	ulong rate_stride, uint shuffled, uint record, ulong n, ulong batch_size, ulong batches,
	ulong first, ulong count)
{
	__local struct memory m;
	struct rows all = {
		x, y, (__global const float16 *)w, weights, shares, scratch, 0, y_stride, D, K};
	struct gathering g = {order, x, y, weights, gx, gy, gw, y_stride, gy_stride, D, targets};
	struct training t = {(__global const float16 *)stack, params, state, w, losses, steps,
		rates, 1.0f, D, K, record};
	const ulong steps_here = get_group_id(0) == 0 ? count : 0;
	ulong s;

	for (s = 0; s < steps_here; s++) {
		const ulong start = (first + s) % batches * batch_size;

		all.count = min(batch_size, n - start);
		g.order = order + (first + s) / batches * n + start;
		t.h = rates + s * rate_stride;
		group_subtree(group_batch(all, g, start, shuffled), 0, all.count, STRIP, stack, &m);
		group_update(t, s, &m);
	}
}

#endif

/*
 * gpu_update.cl: update.cl for GPUs: a work-group computes the sums that one work-item computes
 * there.  Arguments and the order of sums are the same.
 *
 * Launch: any local size.
 */
#ifndef GPU_UPDATE_CL
#define GPU_UPDATE_CL

#include "gpu_strip.cl"
#include "update.cl"

#ifdef GPU

#define SUMS 64 /* outputs whose loss is summed at a time */

/* The loss, summed over outputs in their order.  sums (SUMS) is scratch. */
static float group_loss(__global const float *root, uint D, uint K, __local float *sums)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	const size_t node = (chunks(D) + 2) * REALS;
	float sum = 0.0f;
	uint first = 0, turn, k;

	do {
		const uint some = min(K - first, (uint)SUMS);

		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < some; turn += items)
			if (turn + id < some)
				sums[turn + id] = over_lanes(root + (first + turn + id) * node);
		barrier(CLK_LOCAL_MEM_FENCE);
		for (k = 0; k < some; k++)
			sum += sums[k];
		first += SUMS;
	} while (first < K);
	return sum;
}

#ifdef CLIP_NORM

/* Computes lane q of the sum of squares: lanes[q] in the unit 1, lanes[16 + q] in SMALL_UNIT. */
static void norm_lane(const struct training *t, uint q, __local float *lanes)
{
	const uint P = t->K * (t->D + 1);
	float whole = 0.0f, small = 0.0f;
	uint p;

	for (p = q; p < P; p += 16) {
		const float g = norm_terms(t, place_of(p, t->D, t->K));
		const float s = g * SMALL_UNIT;

		whole = fma(g, g, whole);
		small = fma(s, s, small);
	}
	lanes[q] = whole;
	lanes[16 + q] = small;
}

static float lanes_sum(__local const float *lanes)
{
	float v[16];
	uint q;

#pragma unroll
	for (q = 0; q < 16; q++)
		v[q] = lanes[q];
	return halved_16(v);
}

/* Sets t->unit and t->clip, alike in all work-items.  lanes (2, 16) is scratch; one work-item sums
 * each lane.  Both units are computed, because a barrier must not depend on a condition. */
static void group_norm(struct training *t, __local float *lanes)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	float squares;
	uint turn;

	t->unit = 1.0f;
	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < 16; turn += items)
		if (turn + id < 16)
			norm_lane(t, turn + id, lanes);
	barrier(CLK_LOCAL_MEM_FENCE);
	squares = lanes_sum(lanes);
	if (overflows(squares)) {
		t->unit = SMALL_UNIT;
		squares = lanes_sum(lanes + 16);
	}
	t->clip = norm_left(squares, t->unit, t->h);
}

/* Launch: one work-group; further ones compute the same. */
__kernel void norm(__global const float *root, __global float *w, __global const float *rates,
	__global float *clip, uint D, uint K, ulong rate)
{
	__local float lanes[32];
	struct training t = {root, w, 0, 0, rates + rate, 1.0f, 1.0f, D, K, 0};

	group_norm(&t, lanes);
	if (get_global_id(0) == 0) {
		clip[0] = t.unit;
		clip[1] = t.clip;
	}
}

#endif

/* Launch: one work-item per parameter; the first group also computes the loss. */
__kernel void update(__global const float *root, __global float *w, __global float *losses,
	__global float *steps, __global const float *rates, __global const float *clip, uint D,
	uint K, uint record, ulong slot, ulong rate)
{
	__local float sums[SUMS];
	const struct training t = {
		root, w, losses, steps, rates + rate, clip[0], clip[1], D, K, record};
	const float sum = group_loss(root, D, get_group_id(0) == 0 ? K : 0, sums);

	if (get_global_id(0) == 0)
		losses[slot] = sum * t.h[RATE_SCALE];
	if (get_global_id(0) < places(D, K)) {
		const struct place at = place_of(get_global_id(0), D, K);

		real_update(&t, at, sum_of(&t, at), slot);
	}
}

/* Launch: one work-group; further ones compute the same. */
__kernel void loss(__global const float *root, __global float *losses, float scale, uint D, uint K)
{
	__local float sums[SUMS];
	const float sum = group_loss(root, D, K, sums);

	if (get_global_id(0) == 0)
		losses[0] = sum * scale;
}

#endif
#endif

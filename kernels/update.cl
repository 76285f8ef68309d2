/*
 * update.cl: from the root of the tree to the next parameters.
 *
 *	root (K, C + 2)	float16 lanes of sums			in
 *	params (P)	weight (K, D), then bias (K)		in, out
 *	w (K, C + 1)	the same in lanes, for the next pass	out
 *	losses		losses[slot] = loss			out
 *	steps		(slots, 2, P): before, gradient		out, if record
 *
 *	grad = (sum over lanes) / M		p = p - lr grad
 *	loss = (sum over lanes, then over outputs) / M
 *
 * scale = 1/M, applied once.
 */
#ifndef UPDATE_CL
#define UPDATE_CL

#include "node.cl"
#include "optimizer.cl"

struct training {
	__global const float16 *root;
	__global float *params, *w, *losses, *steps;
	float scale, lr;
	uint D, K, record;
};

/* Parameter p into its lanes: a weight once a row lane, a bias in all 16. */
static void lanes_write(__global float *w, uint p, float value, uint D, uint K)
{
	const uint C = chunks(D), weights = K * D;
	const uint k = p < weights ? p / D : p - weights, j = p < weights ? p % D : 0;
	const uint stride = p < weights ? F : 1;
	const uint at = p < weights ? (1 + j / F) * 16 + j % F : 0;
	__global float *lane = w + (size_t)k * (C + 1) * 16 + at;
	uint i;

	for (i = 0; i < 16; i += stride)
		lane[i] = value;
}

static float gradient_of(__global const float16 *root, uint p, uint D, uint K)
{
	const uint C = chunks(D), weights = K * D;
	const uint k = p < weights ? p / D : p - weights, j = p % D;
	__global const float *lane = (__global const float *)(root + k * (C + 2));

	return p < weights ? sum_lanes(lane + 16 * (2 + j / F) + j % F, F, L) :
			     sum_lanes(lane + 16, 1, 16);
}

static float loss_of(__global const float16 *root, uint D, uint K)
{
	float sum = 0.0f;
	uint k;

	for (k = 0; k < K; k++)
		sum += sum_lanes((__global const float *)(root + k * (chunks(D) + 2)), 1, 16);
	return sum;
}

static void parameter_update(struct training t, uint p, ulong slot)
{
	const uint P = t.K * (t.D + 1);
	const float before = t.params[p];
	const float gradient = gradient_of(t.root, p, t.D, t.K) * t.scale;
	const float after = optimizer_step(before, gradient, t.lr);

	t.params[p] = after;
	lanes_write(t.w, p, after, t.D, t.K);
	if (t.record) {
		t.steps[2 * slot * P + p] = before;
		t.steps[(2 * slot + 1) * P + p] = gradient;
	}
}

/* Launch: one work-item a parameter, any global size >= P, any local size. */
__kernel void update(__global const float16 *root, __global float *params, __global float *w,
	__global float *losses, __global float *steps, float scale, float lr, uint D, uint K,
	uint record, ulong slot)
{
	const struct training t = {root, params, w, losses, steps, scale, lr, D, K, record};
	const uint p = get_global_id(0);

	if (p == 0)
		losses[slot] = loss_of(root, D, K) * scale;
	if (p < K * (D + 1))
		parameter_update(t, p, slot);
}

/* Parameters (P) into lanes; lanes of features that are not there keep what they hold, which is 0.
 * Launch: one work-item a parameter, any global size >= P, any local size. */
__kernel void spread(__global const float *params, __global float *w, uint D, uint K)
{
	const uint p = get_global_id(0);

	if (p < K * (D + 1))
		lanes_write(w, p, params[p], D, K);
}

/* The loss of the root alone.  Launch: one work-item, any more do nothing. */
__kernel void loss(__global const float16 *root, __global float *losses, float scale, uint D,
	uint K)
{
	if (get_global_id(0) == 0)
		losses[0] = loss_of(root, D, K) * scale;
}

#endif

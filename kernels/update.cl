/*
 * update.cl: from the root of the tree to the next parameters.
 *
 *	root (K, C + 2)	float16 lanes of sums			in
 *	params (P)	weight (K, D), then bias (K)		in, out
 *	state (S, P)	what the optimiser remembers; then, if AVERAGE, the mean of the
 *			parameters after each step		in, out
 *	w (K, C + 1)	the parameters in lanes, for the next pass	out
 *	losses		losses[slot] = loss			out
 *	steps		(slots, 2 + S, P): before, gradient, state	out, if record
 *	h (RATES)	of the step (rates.cl)			in
 *	clip		what the gradient's norm leaves of it, if CLIP_NORM	in
 *
 *	grad = (sum over lanes) / M		loss = (sum over lanes, then over outputs) / M
 *
 * 1/M is applied once.  What goes into the optimiser is grad + l2 w, clipped, and with its sign
 * turned, if MAXIMIZE.  -DNO_BIAS keeps biases as they are.
 */
#ifndef UPDATE_CL
#define UPDATE_CL

#include "node.cl"
#include "optimizer.cl"

#ifdef AVERAGE
#define PLANES (STATES + 1)
#else
#define PLANES STATES
#endif

struct training {
	__global const float16 *root;
	__global float *params, *state, *w, *losses, *steps;
	__global const float *h;
	float clip;
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

/* Before 1/M. */
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

static int is_fixed(uint p, uint weights)
{
#ifdef NO_BIAS
	return p >= weights;
#else
	return 0;
#endif
}

/* Of the loss and the l2 penalty, which leaves biases alone. */
static float penalised(float gradient, float p, uint is_weight, __global const float *h)
{
	return is_weight ? fma(h[RATE_L2], p, gradient) : gradient;
}

static float clipped(float g, float factor, __global const float *h)
{
#ifdef CLIP_NORM
	g *= factor;
#endif
#ifdef CLIP_VALUE
	g = fmin(fmax(g, -h[RATE_CLIP]), h[RATE_CLIP]);
#endif
#ifdef MAXIMIZE
	g = -g;
#endif
	return g;
}

/* The parameter after the step, and its state, s (PLANES). */
static float stepped(struct training t, uint p, float before, float gradient, float *s)
{
	const uint is_weight = p < t.K * t.D;
	const float g = clipped(penalised(gradient, before, is_weight, t.h), t.clip, t.h);
	float after = optimizer_step(before, g, s, t.h);

	if (is_weight && t.h[RATE_SHRINK] > 0.0f)
		after = shrink(after, t.h[RATE_SHRINK]);
#ifdef AVERAGE
	s[STATES] = fma(after - s[STATES], t.h[RATE_AVERAGE], s[STATES]);
#endif
	return after;
}

static void parameter_update(struct training t, uint p, ulong slot)
{
	const uint P = t.K * (t.D + 1);
	const float before = t.params[p];
	const int fixed = is_fixed(p, t.K * t.D);
	const float gradient = fixed ? 0.0f :
				       gradient_of(t.root, p, t.D, t.K) * t.h[RATE_SCALE];
	__global float *step = t.steps + (2 + PLANES) * slot * P;
	float s[PLANES + 1], after = before;
	uint i;

	for (i = 0; i < PLANES; i++)
		s[i] = t.state[i * P + p];
	if (t.record) {
		step[p] = before;
		step[P + p] = gradient;
		for (i = 0; i < PLANES; i++)
			step[(2 + i) * P + p] = s[i];
	}
	if (!fixed)
		after = stepped(t, p, before, gradient, s);
	for (i = 0; i < PLANES; i++)
		t.state[i * P + p] = s[i];
	t.params[p] = after;
	lanes_write(t.w, p, after, t.D, t.K);
}

#ifdef CLIP_NORM

/* Number p of the gradient that is clipped. */
static float norm_term(__global const float16 *root, __global const float *params, uint p, uint D,
	uint K, __global const float *h)
{
	const float g = is_fixed(p, K * D) ? 0.0f : gradient_of(root, p, D, K) * h[RATE_SCALE];

	return penalised(g, params[p], p < K * D, h);
}

/* What clipping leaves of it, as a factor. */
static float norm_left(float squares, __global const float *h)
{
	return fmin(divide_1(h[RATE_CLIP], sqrt_1(squares) + 1e-6f), 1.0f);
}

#ifndef GPU

/* Lane p mod 16 adds the square of number p by fma from +0; lanes by halving. */
static float norm_factor(__global const float16 *root, __global const float *params, uint D,
	uint K, __global const float *h)
{
	const uint P = K * (D + 1);
	float lanes[16], g;
	uint p;

	for (p = 0; p < 16; p++)
		lanes[p] = 0.0f;
	for (p = 0; p < P; p++) {
		g = norm_term(root, params, p, D, K, h);
		lanes[p % 16] = fma(g, g, lanes[p % 16]);
	}
	for (p = 8; p > 0; p /= 2)
		for (uint q = 0; q < p; q++)
			lanes[q] += lanes[q + p];
	return norm_left(lanes[0], h);
}

/* Launch: one work-item, any more do nothing. */
__kernel void norm(__global const float16 *root, __global const float *params,
	__global const float *rates, __global float *clip, uint D, uint K, ulong rate)
{
	if (get_global_id(0) == 0)
		clip[0] = norm_factor(root, params, D, K, rates + rate);
}

#endif
#endif

#ifndef GPU

/* h is rates + rate.  Launch: one work-item a parameter, any global size >= P, any local size. */
__kernel void update(__global const float16 *root, __global float *params, __global float *state,
	__global float *w, __global float *losses, __global float *steps,
	__global const float *rates, __global const float *clip, uint D, uint K, uint record,
	ulong slot, ulong rate)
{
	const struct training t = {
		root, params, state, w, losses, steps, rates + rate, clip[0], D, K, record};
	const uint p = get_global_id(0);

	if (p == 0)
		losses[slot] = loss_of(root, D, K) * t.h[RATE_SCALE];
	if (p < K * (D + 1))
		parameter_update(t, p, slot);
}

#endif

/* Parameters (P) into lanes; lanes of features that are not there keep what they hold, which is 0.
 * Launch: one work-item a parameter, any global size >= P, any local size. */
__kernel void spread(__global const float *params, __global float *w, uint D, uint K)
{
	const uint p = get_global_id(0);

	if (p < K * (D + 1))
		lanes_write(w, p, params[p], D, K);
}

#ifndef GPU

/* The loss of the root alone.  Launch: one work-item, any more do nothing. */
__kernel void loss(__global const float16 *root, __global float *losses, float scale, uint D,
	uint K)
{
	if (get_global_id(0) == 0)
		losses[0] = loss_of(root, D, K) * scale;
}

#endif

#endif

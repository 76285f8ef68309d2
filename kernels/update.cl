/*
 * update.cl: computes loss and gradient from the root of the sum, and updates the parameters.
 *
 *	root (K, C + 2)	float16 lanes of sums			in
 *	w (1 + S, plane)	planes of the parameters and of the optimiser's state
 *			(places.cl); if AVERAGE, the last plane is the mean of the
 *			parameters after each step	in, out
 *	losses		losses[slot] = loss			out
 *	steps		(slots, 2 + S, P): parameters before, gradient, state	out, if
 *			record
 *	h (RATES)	numbers of the step (shared.h)		in
 *	clip (2)	if CLIP_NORM: a unit, 1 or 2^-80, and the factor that clips the gradient
 *			expressed in that unit	in
 *
 *	grad = (sum over lanes) / M		loss = (sum over lanes, then over outputs) / M
 *
 * As many parameters are updated at once as a REAL has (places.cl).
 */
#ifndef UPDATE_CL
#define UPDATE_CL

#include "node.cl"
#include "gpu_strip.cl"
#include "places.cl"
#include "training.cl"

/* ---- sums over lanes ---- */

#ifdef GPU
#define LANES 0

static float over_rows(__global const float *sums, uint lane)
{
	return sum_lanes(sums + lane % F, F, L);
}

static float over_lanes(__global const float *sums)
{
	return sum_lanes(sums, 1, 16);
}

#else
#define LANES (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

/* Sums row lanes by halving and leaves the sum in each of them.  The last two steps move lanes only
 * within groups of four. */
#define halves JOIN(halves_, F)

static float16 halves_16(float16 v)
{
	return v;
}

static float16 halves_8(float16 v)
{
	return v + v.s89abcdef01234567;
}

static float16 halves_4(float16 v)
{
	v = halves_8(v);
	return v + v.s456789abcdef0123;
}

static float16 halves_2(float16 v)
{
	v = halves_4(v);
	return v + v.s23016745ab89efcd;
}

static float16 halves_1(float16 v)
{
	v = halves_2(v);
	return v + v.s1032547698badcfe;
}

static float16 over_rows(__global const float16 *sums, uint lane)
{
	return halves(*sums);
}

static float16 over_lanes(__global const float16 *sums)
{
	return halves_1(*sums);
}

#endif

/* ---- sums ---- */

static float loss_of(__global const REAL *root, uint D, uint K)
{
	float sum = 0.0f;
	uint k;

	for (k = 0; k < K; k++)
		sum += FIRST(over_lanes(root + k * (chunks(D) + 2) * REALS));
	return sum;
}

static REAL sum_of(const struct training *t, struct place at)
{
	__global const REAL *sums = t->root + (at.k * (chunks(t->D) + 2) + 1 + at.c) * REALS;

	return at.c ? over_rows(sums, at.lane) : over_lanes(sums);
}

/* ---- the step ---- */

/* Returns v with the lanes of padding features set to +0: a pass multiplies the weights there by
 * other rows' x. */
static REAL mask_features(const struct training *t, struct place at, REAL v)
{
#ifdef GPU
	return v;
#else
	const int16 lane = LANES & (F - 1);

	/* With F = 1 there is no padding.  This case is separate because oclgrind computes the
	 * comparison below wrongly for it. */
	if (F == 1)
		return v;
	if (at.c == 0)
		return v;
	return select(ALL(0.0f), v, lane < (int16)((int)numbers(at, t->D)));
#endif
}

/* Records parameters, gradient and state as they are before the update. */
NOINLINE static void record(const struct training *t, struct place at, ulong slot, REAL before,
	REAL gradient, const REAL *s)
{
	const size_t P = (size_t)t->K * (t->D + 1);
	__global float *step = t->steps + (2 + PLANES) * slot * P + number_of(at, t->D, t->K);
	uint i;

	plain_write(step, before, at, t->D);
	plain_write(step + P, gradient, at, t->D);
	for (i = 0; i < PLANES; i++)
		plain_write(step + (2 + i) * P, s[i], at, t->D);
}

/* Loads the parameters at a place and their state s (PLANES); returns the parameters. */
static REAL training_load(const struct training *t, struct place at, REAL *s)
{
	const size_t plane = plane_floats(t->D, t->K);
	__global const float *w = t->w + index_of(at, t->D, t->K);
	uint j;

#pragma unroll
	for (j = 0; j < PLANES; j++)
		s[j] = load_at(w + (1 + j) * plane, at);
	return load_at(w, at);
}

static void training_store(const struct training *t, struct place at, REAL v, const REAL *s)
{
	const size_t plane = plane_floats(t->D, t->K);
	__global float *w = t->w + index_of(at, t->D, t->K);
	uint j;

#pragma unroll
	for (j = 0; j < PLANES; j++)
		store_at(w + (1 + j) * plane, s[j], at);
	store_at(w, v, at);
}

/* Records the step if that is asked for, and takes it: returns the parameters after it, from w, and
 * updates their state s; both are in registers. */
INLINE static REAL record_and_step(
	const struct training *t, struct place at, REAL sum, ulong slot, REAL w, REAL *s)
{
	if (t->record)
		record(t, at, slot, w, gradient_of(t, at.c, sum), s);
	return mask_features(t, at, stepped(t, at.c, w, sum, s));
}

/* Steps the parameters and state at a place, in memory. */
INLINE static void real_update(const struct training *t, struct place at, REAL sum, ulong slot)
{
	REAL s[PLANES + 1];
	const REAL before = training_load(t, at, s);

	training_store(t, at, record_and_step(t, at, sum, slot, before, s), s);
}

/* ---- kernels ---- */

#ifdef GPU

#define OUTPUTS_AT_ONCE 64 /* outputs whose loss is summed at a time */

/* Returns the loss, summed over outputs in their order.  sums (OUTPUTS_AT_ONCE) is scratch. */
static float group_loss(__global const float *root, uint D, uint K, __local float *sums)
{
	const uint id = get_local_id(0);
	const size_t node = (chunks(D) + 2) * REALS;
	float sum = 0.0f;
	uint first = 0, turn, k;

	do {
		const uint count = min(K - first, (uint)OUTPUTS_AT_ONCE);

		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < count; turn += ITEMS)
			if (turn + id < count)
				sums[turn + id] = over_lanes(root + (first + turn + id) * node);
		barrier(CLK_LOCAL_MEM_FENCE);
		for (k = 0; k < count; k++)
			sum += sums[k];
		first += OUTPUTS_AT_ONCE;
	} while (first < K);
	return sum;
}

#endif

NOINLINE static void update_place(const struct training *t, uint i, ulong slot)
{
	const struct place at = place_of(i, t->D, t->K);

	real_update(t, at, sum_of(t, at), slot);
}

#ifndef WIDTHS /* a program of networks has kernels of its own */

/* h is rates + rate.  The first work-item, or work-group, also computes the loss.  Launch: one
 * work-item per place, any global size >= their number, any local size. */
__kernel GROUP_KERNEL
void update(__global const REAL *root, __global float *w, __global float *losses,
	__global float *steps, __global const float *rates, __global const float *clip, uint D,
	uint K, uint record, ulong slot, ulong rate)
{
	const struct training t = {
		root, w, losses, steps, rates + rate, clip[0], clip[1], D, K, record};
#ifdef GPU
	__local float sums[OUTPUTS_AT_ONCE];
	const float sum = group_loss(root, D, get_group_id(0) == 0 ? K : 0, sums);
#endif

	if (get_global_id(0) == 0)
#ifdef GPU
		losses[slot] = sum * t.h[RATE_SCALE];
#else
		losses[slot] = loss_of(root, D, K) * t.h[RATE_SCALE];
#endif
	if (get_global_id(0) < places(D, K))
		update_place(&t, get_global_id(0), slot);
}

/* Computes the loss alone.  Launch: one work-item, on GPUs one work-group; further ones do
 * nothing. */
__kernel GROUP_KERNEL
void loss(__global const REAL *root, __global float *losses, float scale, uint D, uint K)
{
#ifdef GPU
	__local float sums[OUTPUTS_AT_ONCE];
	const float sum = group_loss(root, D, K, sums);

	if (get_global_id(0) == 0)
		losses[0] = sum * scale;
#else
	if (get_global_id(0) == 0)
		losses[0] = loss_of(root, D, K) * scale;
#endif
}

#endif
#endif

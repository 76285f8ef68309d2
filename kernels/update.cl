/*
 * update.cl: computes loss and gradient from the root of the sum, and updates the parameters.
 *
 *	root (nodes, K, C + 2)	float16 lanes of sums: the root of the tree over the rows is
 *			their pairwise sum; nodes begin stride REALs apart.  On CPUs and
 *			with CLIP_NORM nodes is 1	in
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
 * As many parameters are updated at once as a REAL has (places.cl).  On GPUs work-groups take the
 * step (gpu_update.cl).
 */
#ifndef UPDATE_CL
#define UPDATE_CL

#include "node.cl"
#include "places.cl"
#include "training.cl"

/* ---- sums over lanes ---- */

#ifndef GPU

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

static float16 over_rows(__global const float16 *sums)
{
	return halves(*sums);
}

static float16 over_lanes(__global const float16 *sums)
{
	return halves_1(*sums);
}

static float loss_of(__global const float16 *root, uint D, uint K)
{
	float sum = 0.0f;
	uint k;

	for (k = 0; k < K; k++)
		sum += over_lanes(root + k * (chunks(D) + 2)).s0;
	return sum;
}

static float16 sum_of(const struct training *t, struct place at)
{
	__global const float16 *sums = t->root + at.k * (chunks(t->D) + 2) + 1 + at.c;

	return at.c ? over_rows(sums) : over_lanes(sums);
}

#endif

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

#if !defined(GPU) && !defined(WIDTHS) /* a program of networks has kernels of its own */

/* h is rates + rate.  The first work-item also computes the loss.  Launch: one work-item per place,
 * any global size >= their number, any local size. */
__kernel VECTOR_KERNEL
void update(__global const float16 *root, ulong nodes, ulong stride, __global float *w,
	__global float *losses, __global float *steps, __global const float *rates,
	__global const float *clip, uint D, uint K, uint record, ulong slot, ulong rate)
{
	const struct training t = {root, w, losses, steps, rates + rate, clip[0], clip[1], D, K,
		record, (uint)nodes, stride};

	if (get_global_id(0) == 0)
		losses[slot] = loss_of(root, D, K) * t.h[RATE_SCALE];
	if (get_global_id(0) < places(D, K)) {
		const struct place at = place_of(get_global_id(0), D);

		real_update(&t, at, sum_of(&t, at), slot);
	}
}

/* Computes the loss alone.  Launch: one work-item; further ones do nothing. */
__kernel VECTOR_KERNEL
void loss(__global const float16 *root, ulong nodes, ulong stride, __global float *losses,
	float scale, uint D, uint K)
{
	if (get_global_id(0) == 0)
		losses[0] = loss_of(root, D, K) * scale;
}

#endif
#endif

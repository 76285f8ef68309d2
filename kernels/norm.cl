/*
 * norm.cl: the factor that clips a gradient to a norm.
 *
 *	root, w, rates	as in update.cl	in
 *	clip (2)	a unit, 1 or 2^-80, and the factor that clips the gradient expressed in
 *			that unit	out
 *
 * Launch: one work-item, on GPUs one work-group; further ones do nothing.  Only with -DCLIP_NORM.
 */
#ifndef NORM_CL
#define NORM_CL

#include "update.cl"

#ifdef CLIP_NORM

/* Lane p mod 16 adds the square of element p of the gradient by fma from +0; then the lanes are
 * added by halving.  If the sum overflows, it is computed again with the gradient scaled by
 * SMALL_UNIT.  Scaling by a power of 2 is exact, and so scaled, no squares of floats overflow. */
#define SMALL_UNIT 0x1p-80f

static int overflows(float squares)
{
	return squares > FLT_MAX;
}

/* Returns the factor that clips a gradient in that unit to the norm h[RATE_CLIP]. */
static float clip_factor(float squares, float unit, __global const float *h)
{
	const REAL norm = fma(ALL(1e-6f), ALL(unit), real_sqrt(ALL(squares)));

	return fmin(FIRST(real_divide(ALL(h[RATE_CLIP]), norm)), unit < 1.0f ? 0x1p80f : 1.0f);
}

/* Returns the gradient at a place, before clipping, scaled by the unit. */
static REAL norm_terms(const struct training *t, struct place at)
{
	const REAL g = gradient_of(t, at.c, sum_of(t, at));

	return penalised(t, at.c, g, load_at(t->w + index_of(at, t->D, t->K), at)) * t->unit;
}

#ifdef GPU

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
	const uint id = get_local_id(0);
	float squares;
	uint turn;

	t->unit = 1.0f;
	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < 16; turn += ITEMS)
		if (turn + id < 16)
			norm_lane(t, turn + id, lanes);
	barrier(CLK_LOCAL_MEM_FENCE);
	squares = lanes_sum(lanes);
	if (overflows(squares)) {
		t->unit = SMALL_UNIT;
		squares = lanes_sum(lanes + 16);
	}
	t->clip = clip_factor(squares, t->unit, t->h);
}

#else

/* Adds the squares of the gradient at a place to the lanes of the sum. */
static void add_squares(const struct training *t, struct place at, REAL g, float *lanes)
{
	const size_t first = number_of(at, t->D, t->K);
	float each[REAL_FLOATS];
	uint i;

	STORE(g, 0, each);
	for (i = 0; i < numbers(at, t->D); i++)
		lanes[(first + i) % 16] = fma(each[i], each[i], lanes[(first + i) % 16]);
}

static void add_all_squares(const struct training *t, float *lanes)
{
	struct place at = {0, 0, 0};

	for (at.k = 0; at.k < t->K; at.k++)
		for (at.c = 1; at.c <= chunks(t->D); at.c++)
			add_squares(t, at, norm_terms(t, at), lanes);
	for (at.k = 0, at.c = 0; at.k < t->K; at.k++)
		add_squares(t, at, norm_terms(t, at), lanes);
}

static float sum_squares(const struct training *t)
{
	float lanes[16];
	uint q, half_of;

	for (q = 0; q < 16; q++)
		lanes[q] = 0.0f;
	add_all_squares(t, lanes);
	for (half_of = 8; half_of > 0; half_of /= 2)
		for (q = 0; q < half_of; q++)
			lanes[q] += lanes[q + half_of];
	return lanes[0];
}

/* Computes t->unit and t->clip. */
NOINLINE static void take_norm(struct training *t)
{
	float squares;

	t->unit = 1.0f;
	squares = sum_squares(t);
	if (overflows(squares)) {
		t->unit = SMALL_UNIT;
		squares = sum_squares(t);
	}
	t->clip = clip_factor(squares, t->unit, t->h);
}

#endif

#ifndef WIDTHS

__kernel GROUP_KERNEL
void norm(__global const REAL *root, __global float *w, __global const float *rates,
	__global float *clip, uint D, uint K, ulong rate)
{
	struct training t = {root, w, 0, 0, rates + rate, 1.0f, 1.0f, D, K, 0};
#ifdef GPU
	__local float lanes[32];

	group_norm(&t, lanes);
#endif
	if (get_global_id(0) == 0) {
#ifndef GPU
		take_norm(&t);
#endif
		clip[0] = t.unit;
		clip[1] = t.clip;
	}
}

#endif

#endif
#endif

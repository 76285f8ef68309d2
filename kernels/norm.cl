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

#include "gpu_update.cl"
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

#ifdef GPU

/* Elements of the gradient that are computed before their squares are added, so many that
 * work-items seldom wait for each other; and those whose loads a work-item has under way. */
#define NORM_TERMS  (ITEMS < 2048 ? 2048 : ITEMS)
#define TERMS_AHEAD (2 * F < NORM_TERMS / ITEMS ? 2 * F : NORM_TERMS / ITEMS)

#define SQUARES_AHEAD 16 /* terms that are loaded before the first of them is added */

/* Local memory of a work-group that computes a norm. */
struct norm_memory {
	float term[NORM_TERMS];
	float lane[2][SUM_LANES]; /* sums of squares in the unit 1, and in SMALL_UNIT */
};

/* An element of the gradient in plain order: weight (k, j), or where k >= K a bias. */
struct element {
	uint k, j;
};

/* Returns the element that many elements later. */
static struct element element_after(struct element e, uint count, uint D)
{
	e.k += count / D;
	e.j += count % D;
	e.k += e.j >= D;
	e.j -= e.j >= D ? D : 0;
	return e;
}

/* Returns the gradient of the sum at a place, before clipping. */
static float term_of(const struct training *t, struct place at, uint stride, uint lanes)
{
	__global const float *v = t->root + sum_index(t, at);
	const float sum = halved_lanes(LANES(v, stride, lanes), lanes);

	return penalised(t, at.c, gradient_of(t, at.c, sum), t->w[index_of(at, t->D, t->K)]);
}

/* Computes those of the terms of elements e, e + ITEMS, ... that are weights.  Returns the element
 * after them.  Instead of a branch, an element that is no weight loads one of output 0: the loads
 * of all turns are then under way at once. */
static struct element compute_weight_terms(
	const struct training *t, struct element e, __local float *terms)
{
	struct element to = e;
	float term[TERMS_AHEAD];
	uint i;

#pragma unroll
	for (i = 0; i < TERMS_AHEAD; i++) {
		const struct place at = {e.k < t->K ? e.k : 0, 1, e.j};

		term[i] = term_of(t, at, F, L);
		e = element_after(e, ITEMS, t->D);
	}
#pragma unroll
	for (i = 0; i < TERMS_AHEAD; i++) {
		if (to.k < t->K)
			terms[i * ITEMS] = term[i];
		to = element_after(to, ITEMS, t->D);
	}
	return e;
}

/* Computes those of terms [first, first + NORM_TERMS) that are biases. */
static void compute_bias_terms(const struct training *t, uint first, __local float *terms)
{
	const uint begin = t->K * t->D, end = min(first + NORM_TERMS, begin + t->K);
	uint p;

	for (p = max(first, begin) + get_local_id(0); p < end; p += ITEMS) {
		const struct place at = {p - begin, 0, 0};

		terms[p - first] = term_of(t, at, 1, SUM_LANES);
	}
}

static void add_square(float g, float *whole, float *small)
{
	const float s = g * SMALL_UNIT;

	*whole = fma(g, g, *whole);
	*small = fma(s, s, *small);
}

/* Adds the squares of terms (count) to lane q of their sum, SQUARES_AHEAD at a time. */
static void add_squares(__local struct norm_memory *m, uint count, uint q)
{
	float whole = m->lane[0][q], small = m->lane[1][q];
	uint i, j;

	for (i = q; i + (SQUARES_AHEAD - 1) * SUM_LANES < count; i += SQUARES_AHEAD * SUM_LANES)
#pragma unroll
		for (j = 0; j < SQUARES_AHEAD; j++)
			add_square(m->term[i + j * SUM_LANES], &whole, &small);
	for (; i < count; i += SUM_LANES)
		add_square(m->term[i], &whole, &small);
	m->lane[0][q] = whole;
	m->lane[1][q] = small;
}

/* Sums the squares of the gradient: all work-items compute terms, and some add them up.  Both units
 * are computed, because a barrier must not depend on a condition. */
static void sum_squares(const struct training *t, __local struct norm_memory *m)
{
	const uint id = get_local_id(0), P = t->K * (t->D + 1);
	const struct element zero = {0, 0};
	struct element e = element_after(zero, id, t->D);
	uint first, turn;

	for (turn = 0; turn < SUM_LANES; turn += ITEMS)
		if (turn + id < SUM_LANES)
			m->lane[0][turn + id] = m->lane[1][turn + id] = 0.0f;
	first = 0;
	do {
		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < NORM_TERMS; turn += TERMS_AHEAD * ITEMS)
			e = compute_weight_terms(t, e, m->term + turn + id);
		compute_bias_terms(t, first, m->term);
		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < SUM_LANES; turn += ITEMS)
			if (turn + id < SUM_LANES)
				add_squares(m, min(P - first, (uint)NORM_TERMS), turn + id);
		first += NORM_TERMS;
	} while (first < P);
	barrier(CLK_LOCAL_MEM_FENCE);
}

/* Sets t->unit and t->clip, alike in all work-items. */
static void group_norm(struct training *t, __local struct norm_memory *m)
{
	float squares;

	barrier(CLK_LOCAL_MEM_FENCE);
	sum_squares(t, m);
	t->unit = 1.0f;
	squares = sum_local_lanes(m->lane[0], 1, SUM_LANES);
	if (overflows(squares)) {
		t->unit = SMALL_UNIT;
		squares = sum_local_lanes(m->lane[1], 1, SUM_LANES);
	}
	t->clip = clip_factor(squares, t->unit, t->h);
}

#else

/* Returns the gradient at a place, before clipping, scaled by the unit. */
static REAL norm_terms(const struct training *t, struct place at)
{
	const REAL g = gradient_of(t, at.c, sum_of(t, at));

	return penalised(t, at.c, g, load_at(t->w + index_of(at, t->D, t->K), at)) * t->unit;
}

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
	struct training t = {root, w, 0, 0, rates + rate, 1.0f, 1.0f, D, K, 0, 1, 0};
#ifdef GPU
	__local struct norm_memory m;

	group_norm(&t, &m);
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

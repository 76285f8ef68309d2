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
 * 1/M is applied once, here.  The optimiser gets grad + l2 w, clipped, and with MAXIMIZE negated.
 * -DNO_BIAS leaves biases unchanged.
 *
 * As many parameters are updated at once as a REAL has (places.cl).
 */
#ifndef UPDATE_CL
#define UPDATE_CL

#include "node.cl"
#include "optimizer.cl"
#include "places.cl"

#define REALS (16 / ABREAST) /* in a float16 */

#ifdef AVERAGE
#define PLANES (STATES + 1)
#else
#define PLANES STATES
#endif

struct training {
	__global const REAL *root;
	__global float *w, *losses, *steps;
	__global const float *h;
	float unit, clip;
	uint D, K, record;
};

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

static int is_fixed(struct place at)
{
#ifdef NO_BIAS
	return at.c == 0;
#else
	return 0;
#endif
}

static REAL sum_of(const struct training *t, struct place at)
{
	__global const REAL *sums = t->root + (at.k * (chunks(t->D) + 2) + 1 + at.c) * REALS;

	return at.c ? over_rows(sums, at.lane) : over_lanes(sums);
}

/* The gradient, from the sum over rows. */
static REAL gradient_of(const struct training *t, struct place at, REAL sum)
{
	return is_fixed(at) ? ALL(0.0f) : sum * t->h[RATE_SCALE];
}

/* Adds the gradient of the l2 penalty, which does not apply to biases. */
static REAL penalised(const struct training *t, struct place at, REAL gradient, REAL p)
{
	if (at.c && t->h[RATE_L2] != 0.0f)
		gradient = fma(ALL(t->h[RATE_L2]), p, gradient);
	return gradient;
}

static REAL clipped(const struct training *t, REAL g)
{
#ifdef CLIP_NORM
	g = g * t->unit * t->clip;
#endif
#ifdef CLIP_VALUE
	g = fmin(fmax(g, ALL(-t->h[RATE_CLIP])), ALL(t->h[RATE_CLIP]));
#endif
#ifdef MAXIMIZE
	g = -g;
#endif
	return g;
}

/* ---- the step ---- */

/* Sets the weights of padding features to +0, because a pass multiplies them by other rows' x. */
static REAL there(const struct training *t, struct place at, REAL v)
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

/* Returns the parameters after the step, from the sum of their gradient; updates their state s
 * (PLANES). */
INLINE static REAL stepped(
	const struct training *t, struct place at, REAL before, REAL sum, REAL *s)
{
	const REAL g = clipped(t, penalised(t, at, gradient_of(t, at, sum), before));
	REAL after;

	if (is_fixed(at))
		return before;
	after = optimizer_step(before, g, s, t->h);
	if (at.c && t->h[RATE_SHRINK] > 0.0f)
		after = shrink(after, t->h[RATE_SHRINK]);
#ifdef AVERAGE
	s[STATES] = fma(after - s[STATES], ALL(t->h[RATE_AVERAGE]), s[STATES]);
#endif
	return there(t, at, after);
}

/* Records parameters, gradient and state as they are before the update. */
APART static void record(const struct training *t, struct place at, ulong slot, REAL before,
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

/* Steps parameters w and their state s, both in registers; returns the new parameters. */
INLINE static REAL moved(
	const struct training *t, struct place at, REAL sum, ulong slot, REAL w, REAL *s)
{
	if (t->record)
		record(t, at, slot, w, gradient_of(t, at, sum), s);
	return stepped(t, at, w, sum, s);
}

/* Steps the parameters and state at a place, in memory. */
INLINE static void real_update(const struct training *t, struct place at, REAL sum, ulong slot)
{
	REAL s[PLANES + 1];
	const REAL before = training_load(t, at, s);

	training_store(t, at, moved(t, at, sum, slot, before, s), s);
}

#ifdef CLIP_NORM

/* Lane p mod 16 adds the square of element p of the gradient by fma from +0; then the lanes are
 * added by halving.  If the sum overflows, it is computed again with the gradient scaled by
 * SMALL_UNIT.  Scaling by a power of 2 is exact, and so scaled, no squares of floats overflow. */
#define SMALL_UNIT 0x1p-80f

static int overflows(float squares)
{
	return squares > FLT_MAX;
}

/* The factor that clips a gradient in that unit to the norm h[RATE_CLIP]. */
static float norm_left(float squares, float unit, __global const float *h)
{
	const REAL norm = real_sqrt(ALL(squares)) + 1e-6f * unit;

	return fmin(FIRST(real_divide(ALL(h[RATE_CLIP]), norm)), unit < 1.0f ? 0x1p80f : 1.0f);
}

/* Elements of the gradient to be clipped, scaled by the unit. */
static REAL norm_terms(const struct training *t, struct place at)
{
	const REAL g = gradient_of(t, at, sum_of(t, at));

	return penalised(t, at, g, load_at(t->w + index_of(at, t->D, t->K), at)) * t->unit;
}

#ifndef GPU

/* Adds the squares of the gradient at a place to the lanes of the sum. */
static void add_squares(const struct training *t, struct place at, REAL g, float *lanes)
{
	const size_t first = number_of(at, t->D, t->K);
	float each[ABREAST];
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
APART static void take_norm(struct training *t)
{
	float squares;

	t->unit = 1.0f;
	squares = sum_squares(t);
	if (overflows(squares)) {
		t->unit = SMALL_UNIT;
		squares = sum_squares(t);
	}
	t->clip = norm_left(squares, t->unit, t->h);
}

/* Launch: one work-item, further ones do nothing. */
__kernel VECTOR_KERNEL
void norm(__global const REAL *root, __global float *w, __global const float *rates,
	__global float *clip, uint D, uint K, ulong rate)
{
	struct training t = {root, w, 0, 0, rates + rate, 1.0f, 1.0f, D, K, 0};

	if (get_global_id(0) == 0) {
		take_norm(&t);
		clip[0] = t.unit;
		clip[1] = t.clip;
	}
}

#endif
#endif

#ifndef GPU

APART static void update_number(const struct training *t, uint i, ulong slot)
{
	const struct place at = place_of(i, t->D, t->K);

	real_update(t, at, sum_of(t, at), slot);
}

/* h is rates + rate.  Launch: one work-item per place, any global size >= their number, any
 * local size. */
__kernel VECTOR_KERNEL
void update(__global const REAL *root, __global float *w, __global float *losses,
	__global float *steps, __global const float *rates, __global const float *clip, uint D,
	uint K, uint record, ulong slot, ulong rate)
{
	const struct training t = {
		root, w, losses, steps, rates + rate, clip[0], clip[1], D, K, record};

	if (get_global_id(0) == 0)
		losses[slot] = loss_of(root, D, K) * t.h[RATE_SCALE];
	if (get_global_id(0) < places(D, K))
		update_number(&t, get_global_id(0), slot);
}

#endif

#ifndef GPU

/* Computes the loss alone.  Launch: one work-item, further ones do nothing. */
__kernel void loss(__global const REAL *root, __global float *losses, float scale, uint D, uint K)
{
	if (get_global_id(0) == 0)
		losses[0] = loss_of(root, D, K) * scale;
}

#endif

#endif

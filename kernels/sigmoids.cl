/*
 * sigmoids.cl: tanh, the logistic function and the normal distribution with the same bits on every
 * device, by the rules of math.cl.
 *
 *	real_tanh(z)		tanh z
 *	real_sigmoid(z)		1 / (1 + exp(-z))
 *	real_normal(z)		.below: the normal distribution, (1 + erf(z / sqrt 2)) / 2
 *				.density: its slope, exp(-z^2 / 2) / sqrt(2 pi)
 *
 * Largest relative error over all floats in units of 2^-24, and its bound in shared.h:
 *
 *	real_tanh	3.00	TANH_ROUNDINGS 3
 *	real_sigmoid	2.49	SIGMOID_ROUNDINGS 3
 *	.below		6.68	ERF_ROUNDINGS 7
 *	.density	3.36	DENSITY_ROUNDINGS 4
 *
 * tanh, the logistic function and the distribution never decrease from one float to the next:
 * tests/test_sigmoids.c tries all of them with GPUFIT_TEST_FULL=1.
 */
#ifndef SIGMOIDS_CL
#define SIGMOIDS_CL

#include "math.cl"

/* reciprocal: 1 / x, correctly rounded, for x from 1 to 2^126 */
#ifdef CORRECTLY_ROUNDED

static REAL reciprocal(REAL x)
{
	return 1.0f / x;
}

#else

static REAL reciprocal(REAL x)
{
	const INT scale = (AS_INT(x) & 0x7f800000) - 0x3f800000;
	const REAL m = AS_REAL(AS_INT(x) - scale);

	return AS_REAL(AS_INT(divide_mantissas(ALL(1.0f), m)) - scale);
}

#endif

/* Returns |z|, or limit where |z| is larger or z is NaN. */
static REAL size_up_to(REAL z, REAL limit)
{
	return AS_REAL(min(AS_INT(z) & 0x7fffffff, AS_INT(limit)));
}

/* tanh |z| = -m / (2 + m), for m = exp(-2 |z|) - 1 from -1 to 0.  Both operands of the division
 * follow m, so the quotient never decreases where m does not. */
static REAL real_tanh(REAL z)
{
	/* tanh 10 is 1, rounded. */
	const REAL x = -2.0f * size_up_to(z, ALL(10.0f));
	/* As in real_exp; k LN2_LO is too small to count. */
	const REAL sum = fma(x, ALL(LOG2_E), ALL(0x1.8p23f)), k = sum - 0x1.8p23f;
	const REAL r = fma(k, ALL(-LN2), x);
	const REAL power = AS_REAL((AS_UINT(sum) << 23) + (uint)0x3f800000); /* 2^k */
	const REAL m = fma(power, expm1_near_0(r), power - 1.0f);
	REAL y = divide_mantissas(-m, 2.0f + m);

	y = copysign(fabs(z) < 0x1p-126f ? ALL(0.0f) : y, z);
	return z != z ? real_nan() : y;
}

/* One formula for both signs keeps the order: 1 + e and its reciprocal follow e. */
static REAL real_sigmoid(REAL z)
{
	/* exp -30 added to 1 is 1, rounded. */
	const REAL e = exp_in_range(z > 30.0f ? ALL(-30.0f) : -z);
	REAL y = reciprocal(1.0f + e);

	y = z < -0x1.5d589ep+6f ? ALL(0.0f) : y;
	return z != z ? real_nan() : y;
}

struct normal {
	REAL below, density;
};

/* The probability beyond x >= 0 divided by exp(-x^2 / 2), from 1/2 at 0 down to 0.03, as a
 * polynomial in t = 1 / (1 + 0.4 x).  Its coefficients minimise the relative error for x up to
 * 13.2, one after the other rounded and the rest fitted again: the error is 2^-26.5.  Numbers x
 * with the same t have the same result, so that roundings do not disturb the order. */
static REAL normal_tail(REAL x)
{
	const REAL t = reciprocal(fma(x, ALL(0.4f), ALL(1.0f)));
	REAL q = ALL(0x1.ca844ep-6f);

	q = fma(q, t, ALL(-0x1.393bf6p-3f));
	q = fma(q, t, ALL(0x1.4b531ap-2f));
	q = fma(q, t, ALL(-0x1.2a389ap-2f));
	q = fma(q, t, ALL(0x1.767798p-5f));
	q = fma(q, t, ALL(0x1.0d59d0p-6f));
	q = fma(q, t, ALL(0x1.30ff2cp-4f));
	q = fma(q, t, ALL(0x1.197b6cp-3f));
	q = fma(q, t, ALL(0x1.45839ep-3f));
	q = fma(q, t, ALL(0x1.46efe8p-3f));
	return fma(q, t, ALL(-0x1.3b2ac6p-19f));
}

/* Below z > 0 the probability is 1 less that beyond z, which is at most 1/2. */
static struct normal real_normal(REAL z)
{
	/* Beyond -13.15 and 13.15 both are less than 2^-126. */
	const REAL x = size_up_to(z, ALL(13.2f));
	/* x^2 = square + rest: the rounding of the square alone would change exp by 2^-19. */
	const REAL square = x * x, rest = fma(x, x, -square);
	const REAL e = exp_in_range(-0.5f * square);
	const REAL bell = fma(e, -0.5f * rest, e), tail = bell * normal_tail(x);
	const REAL beyond = tail > 0.5f ? ALL(0.5f) : tail; /* near 0 the tail is rounded up */
	struct normal n;

	n.below = z > 0.0f ? 1.0f - beyond : z < -0x1.9e6602p+3f ? ALL(0.0f) : beyond;
	n.below = z != z ? real_nan() : n.below;
	n.density = x > 0x1.a4b19ap+3f ? ALL(0.0f) : bell * 0x1.988454p-2f;
	n.density = z != z ? real_nan() : n.density;
	return n;
}

#endif

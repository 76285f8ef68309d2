/*
 * math.cl: exp, log, division and square root with the same bits on every device.
 *
 * The built-ins differ between devices.  These functions use only + - * fma, comparisons and
 * integer arithmetic, whose results OpenCL defines exactly.  They take REALs: 16 numbers or one
 * (lanes.cl).
 *
 *	real_product(a, b)	a b, rounded; a 0 may have either sign
 *	real_exp(x)		exp x; +inf above log FLT_MAX
 *	real_log(x)		log x, denormals too; log 0 = -inf, NaN below 0
 *	real_log1p_exp(x)	log (1 + exp x) for x <= 0
 *	real_divide(a, b)	a / b
 *	real_share(a, e)	a / (1 + e), rounded, for e from 0 to 1 and a = 1 or a = e
 *	real_sqrt(x)		square root; NaN below 0
 *
 * Largest relative error over all floats in units of 2^-24, and its bound in shared.h:
 *
 *	real_exp	1.43	EXP_ROUNDINGS 2
 *	real_log	1.39	LOG_ROUNDINGS 2
 *	real_log1p_exp	3.23	LOG1P_EXP_ROUNDINGS 4
 *	real_divide	1	correctly rounded
 *	real_share	1	correctly rounded: tested for every operand
 *	real_sqrt	1	correctly rounded
 *
 * Quotients are too many to test all.  Over all mantissas, those within 2^-20 ulp of the midpoint
 * of two floats were tested; for the rest the error before the last rounding, below 2^-22 ulp, is
 * too small to change the result.  tests/test_math.c repeats these tests with GPUFIT_TEST_FULL=1,
 * for quotients on those nearest to a midpoint.
 *
 * Some devices flush denormals to 0 and some keep them, so no result depends on them: results
 * below 2^-126 are 0, and operands below it count as 0 except in real_log.  A quotient of exactly
 * 2^-126 is 0 as well, because a device may have rounded it up from a denormal.  Every NaN has the
 * same bits.
 *
 * -DCORRECTLY_ROUNDED: the device's own division and square root are correctly rounded (OpenCL's
 * option -cl-fp32-correctly-rounded-divide-sqrt).  They give the same bits at less cost.
 */
#ifndef MATH_CL
#define MATH_CL

#include "lanes.cl"

#define INFINITY_BITS 0x7f800000
#define NAN_BITS      0x7fc00000
#define SIGN_BIT      (int)0x80000000
#define SMALLEST      0x00800000 /* 2^-126 */

/* ln 2 rounded to a float, and ln 2 less that float. */
#define LN2    0x1.62e430p-1f
#define LN2_LO (-0x1.05c610p-29f)
#define LOG2_E 0x1.715476p+0f

static REAL real_nan(void)
{
	return AS_REAL((INT)(NAN_BITS));
}

/* For a product that is added to something: some compilers fuse a bare a * b with the sum, and so
 * leave out its rounding, whatever FP_CONTRACT says.  They also make a * b of an fma that adds a
 * constant 0.  Of this 0 they do not know the sign, which they need. */
static REAL real_product(REAL a, REAL b)
{
	return fma(a, b, AS_REAL(AS_INT(a) & SIGN_BIT));
}

/* exp r - 1 for |r| <= ln 2 / 2, as r + r^2 q(r).  The coefficients of q minimise the relative
 * error of exp (Remez exchange in 40 digits, then rounded): the error is 2^-27.9. */
static REAL expm1_near_0(REAL r)
{
	REAL q = ALL(0x1.6a243ap-10f);

	q = fma(q, r, ALL(0x1.1239e4p-7f));
	q = fma(q, r, ALL(0x1.5558f2p-5f));
	q = fma(q, r, ALL(0x1.555492p-3f));
	q = fma(q, r, ALL(0x1.fffffcp-2f));
	return fma(q, r * r, r);
}

/* exp x; meaningless where the result is not from 2^-126 to FLT_MAX. */
static REAL exp_in_range(REAL x)
{
	/* k is x / ln 2 rounded to an integer; the sum has k in its last bits. */
	const REAL sum = fma(x, ALL(LOG2_E), ALL(0x1.8p23f)), k = sum - 0x1.8p23f;
	/* The inner fma is exact: k LN2 and x are multiples of 2^-25 where k is not 0. */
	const REAL r = fma(k, ALL(-LN2_LO), fma(k, ALL(-LN2), x));
	const REAL y = expm1_near_0(r) + 1.0f;

	return AS_REAL(AS_UINT(y) + (AS_UINT(sum) << 23)); /* k is added to the exponent */
}

static REAL real_exp(REAL x)
{
	REAL y = exp_in_range(x);

	y = x > 0x1.62e42ep+6f ? ALL(INFINITY) : y;
	y = x < -0x1.5d589ep+6f ? ALL(0.0f) : y;
	return x != x ? real_nan() : y;
}

/* log (2^k (1 + f)) for |f| <= 1/3, as f - f^2 / 2 + f^3 q(f) + k ln 2.  q minimises the relative
 * error of log (1 + f), as above: the error is 2^-27.4. */
static REAL log_parts(REAL k, REAL f)
{
	REAL q = ALL(-0x1.08055cp-3f);

	q = fma(q, f, ALL(0x1.1e66b2p-3f));
	q = fma(q, f, ALL(-0x1.f31154p-4f));
	q = fma(q, f, ALL(0x1.1ed718p-3f));
	q = fma(q, f, ALL(-0x1.559dcap-3f));
	q = fma(q, f, ALL(0x1.99d028p-3f));
	q = fma(q, f, ALL(-0x1.fffef0p-3f));
	q = fma(q, f, ALL(0x1.555506p-2f));
	q = fma(q, f, ALL(-0.5f));
	return fma(k, ALL(LN2), fma(q, f * f, f));
}

static REAL real_log(REAL x)
{
	const INT bits = AS_INT(x);
	/* The bits of a denormal, read as an integer, are its value in units of 2^-149. */
	const INT scaled = AS_INT(TO_REAL(bits)) - (149 << 23);
	const INT normal = bits < SMALLEST ? scaled : bits;
	/* x = 2^k m, with m from 2/3 to 4/3; m - 1 is exact. */
	const INT k = (normal - 0x3f2aaaab) >> 23;
	const REAL m = AS_REAL(normal - (k << 23));
	REAL y = log_parts(TO_REAL(k), m - 1.0f);

	y = bits == INFINITY_BITS ? x : y;
	y = ((bits < 0) | (bits > INFINITY_BITS)) ? real_nan() : y;
	return (bits & 0x7fffffff) == 0 ? ALL(-INFINITY) : y;
}

/* 1 + exp x is never rounded: log_parts takes it as 1 + e, or as 2 (1 + (e - 1) / 2). */
static REAL real_log1p_exp(REAL x)
{
	const REAL e = real_exp(x);
	const INT near_1 = e > 0x1.555556p-2f;
	const REAL f = near_1 ? fma(e, ALL(0.5f), ALL(-0.5f)) : e;
	const REAL k = near_1 ? ALL(1.0f) : ALL(0.0f), y = log_parts(k, f);

	return x != x ? real_nan() : y;
}

#ifdef CORRECTLY_ROUNDED

static REAL divide_mantissas(REAL a, REAL b)
{
	return a / b;
}

static REAL flushed(REAL x, INT small)
{
	return small ? copysign(ALL(0.0f), x) : x;
}

static REAL real_divide(REAL a, REAL b)
{
	const REAL y = flushed(a, fabs(a) < 0x1p-126f) / flushed(b, fabs(b) < 0x1p-126f);

	return y != y ? real_nan() : flushed(y, fabs(y) <= 0x1p-126f);
}

#else

/* a / b for a and b from 1 to 2, correctly rounded. */
static REAL divide_mantissas(REAL a, REAL b)
{
	/* y approximates 1 / b: a parabola with error 1 / 91, then two steps with errors 2^-19 and
	 * 2^-24.  The parabola is the best one on [1, 2.04] and not on [1, 2], since it must err
	 * upwards near 2: otherwise 1 / (2 - 2^-23), which is within 2^-49 of a tie, is rounded
	 * down. */
	const REAL slope = fma(b, ALL(0x1.3fa52cp-2f), ALL(-0x1.6c654p+0f));
	REAL y = fma(slope, b, ALL(0x1.0cd66cp+1f)), e = fma(-b, y, ALL(1.0f)), q;

	y = fma(fma(e, e, e), y, y);
	e = fma(-b, y, ALL(1.0f));
	y = fma(e, y, y);
	q = a * y;
	return fma(fma(-b, q, a), y, q);
}

/* Returns the exponent of |x|; for 0, infinity and NaN a value that no finite quotient reaches. */
static INT exponent(INT magnitude)
{
	const INT e = magnitude >> 23;

	return e == 0 ? (INT)(-1024) : e == 255 ? (INT)(1024) : e;
}

/* Returns |x| scaled to [1, 2). */
static REAL mantissa(INT magnitude)
{
	return AS_REAL((magnitude & 0x007fffff) | 0x3f800000);
}

static REAL real_divide(REAL a, REAL b)
{
	const INT a_size = AS_INT(a) & 0x7fffffff, b_size = AS_INT(b) & 0x7fffffff;
	const INT sign = (AS_INT(a) ^ AS_INT(b)) & SIGN_BIT;
	const INT a_exponent = exponent(a_size), b_exponent = exponent(b_size);
	const INT quotient = AS_INT(divide_mantissas(mantissa(a_size), mantissa(b_size)));
	const INT scale = a_exponent - b_exponent, e = (quotient >> 23) + scale;
	INT y = quotient + (scale << 23);

	y = e > 254 ? (INT)(INFINITY_BITS) : ((e < 1) | (y == SMALLEST)) ? (INT)(0) : y;
	/* NaN: 0 / 0, inf / inf, and where an operand is NaN */
	const INT none = ((scale == 0) & ((a_exponent == 1024) | (a_exponent == -1024))) |
			 (a_size > INFINITY_BITS) | (b_size > INFINITY_BITS);
	return none ? real_nan() : AS_REAL(y | sign);
}

#endif

/* divide_mantissas is enough: 1 + e is from 1 to 2, and where it is 1 the result is a itself. */
static REAL real_share(REAL a, REAL e)
{
	const REAL share = divide_mantissas(a, 1.0f + e);

	return e != e ? real_nan() : share;
}

#ifdef CORRECTLY_ROUNDED

static REAL real_sqrt(REAL x)
{
	const REAL y = sqrt(x);

	return fabs(x) < 0x1p-126f ? ALL(0.0f) : y != y ? real_nan() : y;
}

#else

static REAL real_sqrt(REAL x)
{
	const INT bits = AS_INT(x);
	/* x = 4^k m, with m from 1/2 to 2 */
	const INT k = (bits - 0x3f000000) >> 24;
	const REAL m = AS_REAL(bits - (k << 24));
	/* y approximates 1 / sqrt m: the first guess halves the exponent, with error 2^-4.8; two
	 * steps reduce the error to 2^-13 and 2^-24. */
	REAL y = AS_REAL(0x5f3759df - (AS_INT(m) >> 1)), e = fma(-m * y, y, ALL(1.0f)), s;

	y = fma(y * e, fma(e, ALL(0.375f), ALL(0.5f)), y);
	e = fma(-m * y, y, ALL(1.0f));
	y = fma(y * e, ALL(0.5f), y);
	s = m * y;
	s = fma(fma(-s, s, m), 0.5f * y, s);
	s = bits == INFINITY_BITS ? x : AS_REAL(AS_INT(s) + (k << 23));
	s = ((bits < 0) | (bits > INFINITY_BITS)) ? real_nan() : s;
	return (bits & 0x7fffffff) < SMALLEST ? ALL(0.0f) : s;
}

#endif
#endif

/*
 * bounded.h: a number in double together with a bound of the error that float makes of it.
 *
 * Running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section
 * 3.3).  Each operation computes its value in double.  Its error bounds how far the same operation
 * in float may be from that: the errors of the operands carried through, and one rounding of the
 * result, at most u = 2^-24 of it.  So a formula that is written once gives the reference and its
 * bound.
 *
 * An fma rounds once where bounded_add(bounded_mul()) rounds twice: the bound holds for both.  A
 * device may flush a result below 2^-126 to 0, which the bound allows for.
 */
#ifndef GF_BOUNDED_H
#define GF_BOUNDED_H

#include <float.h>
#include <math.h>

/* u = 2^-24, half an ulp of 1.0f, and a little more for the roundings of the double. */
#define BOUNDED_ROUNDING 0x1.00001p-24

struct bounded {
	double value, error;
};

static inline struct bounded bounded_exact(double value)
{
	return (struct bounded){value, 0.0};
}

/* A value that `roundings` operations round to float, each with an error of u.  The error is
 * infinite if float may overflow. */
static inline struct bounded bounded_rounded(double value, double error, double roundings)
{
	const double size = fabs(value) + error;

	if (!(size <= (double)FLT_MAX))
		return (struct bounded){value, INFINITY};
	return (struct bounded){
		value, error + roundings * BOUNDED_ROUNDING * size + (double)FLT_MIN};
}

/* A constant that the host rounds to float for the device. */
static inline struct bounded bounded_constant(double value)
{
	return value == (double)(float)value ? bounded_exact(value)
					     : bounded_rounded(value, 0.0, 1.0);
}

static inline struct bounded bounded_neg(struct bounded a)
{
	return (struct bounded){-a.value, a.error};
}

static inline struct bounded bounded_abs(struct bounded a)
{
	return (struct bounded){fabs(a.value), a.error};
}

static inline struct bounded bounded_add(struct bounded a, struct bounded b)
{
	return bounded_rounded(a.value + b.value, a.error + b.error, 1.0);
}

static inline struct bounded bounded_sub(struct bounded a, struct bounded b)
{
	return bounded_add(a, bounded_neg(b));
}

static inline struct bounded bounded_mul(struct bounded a, struct bounded b)
{
	const double error = fabs(a.value) * b.error + fabs(b.value) * a.error + a.error * b.error;

	return bounded_rounded(a.value * b.value, error, 1.0);
}

/* fma(a, b, c) */
static inline struct bounded bounded_fma(struct bounded a, struct bounded b, struct bounded c)
{
	return bounded_add(bounded_mul(a, b), c);
}

struct bounded bounded_div(struct bounded a, struct bounded b);
struct bounded bounded_sqrt(struct bounded a);
struct bounded bounded_exp(struct bounded a);
struct bounded bounded_log(struct bounded a);
struct bounded bounded_log1p_exp(struct bounded a); /* log(1 + exp(a)), a <= 0 */
struct bounded bounded_tanh(struct bounded a);
struct bounded bounded_sigmoid(struct bounded a); /* 1 / (1 + exp(-a)) */
struct bounded bounded_normal(struct bounded a);  /* (1 + erf(a / sqrt 2)) / 2 */
struct bounded bounded_density(struct bounded a); /* exp(-a^2 / 2) / sqrt(2 pi) */
struct bounded bounded_max(struct bounded a, struct bounded b);
struct bounded bounded_min(struct bounded a, struct bounded b);
struct bounded bounded_clamp(struct bounded a, double limit); /* to [-limit, limit] */

/* condition > 0 ? a : b.  The error covers the other choice if the condition may err across 0. */
struct bounded bounded_select(struct bounded condition, struct bounded a, struct bounded b);

/* -1, 0 or 1 */
struct bounded bounded_sign(struct bounded a);

#endif

/*
 * near.h: a number of the reference together with how far float may be from it.
 *
 * Running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
 * section 3.3): each operation computes its value in double, and from the errors of its
 * operands how far the same operation in float, with operands that err so, may be from it: what
 * the operands bring, and one rounding of the result, at most u = 2^-24 of it.  So the textbook's
 * formula, written once, is the reference and its bound.
 *
 * An fma rounds once where near_add(near_mul()) rounds twice: the bound holds for both. A result
 * below 2^-126 may be flushed to 0 by some devices.
 */
#ifndef GF_NEAR_H
#define GF_NEAR_H

#include <float.h>
#include <math.h>

/* u = 2^-24, half an ulp of 1.0f, and a little for the reference's own roundings in double. */
#define NEAR_ROUNDING 0x1.00001p-24

struct near {
	double value, error;
};

static inline struct near near_exact(double value)
{
	return (struct near){value, 0.0};
}

/* value rounded to float, by `roundings` operations that err by u of their result each */
static inline struct near near_rounded(double value, double error, double roundings)
{
	const double size = fabs(value) + error;

	return (struct near){value, error + roundings * NEAR_ROUNDING * size + (double)FLT_MIN};
}

/* A number of the host's that goes to the device as a float. */
static inline struct near near_constant(double value)
{
	return value == (double)(float)value ? near_exact(value) : near_rounded(value, 0.0, 1.0);
}

static inline struct near near_neg(struct near a)
{
	return (struct near){-a.value, a.error};
}

static inline struct near near_abs(struct near a)
{
	return (struct near){fabs(a.value), a.error};
}

static inline struct near near_add(struct near a, struct near b)
{
	return near_rounded(a.value + b.value, a.error + b.error, 1.0);
}

static inline struct near near_sub(struct near a, struct near b)
{
	return near_add(a, near_neg(b));
}

static inline struct near near_mul(struct near a, struct near b)
{
	const double error = fabs(a.value) * b.error + fabs(b.value) * a.error + a.error * b.error;

	return near_rounded(a.value * b.value, error, 1.0);
}

/* fma(a, b, c) */
static inline struct near near_fma(struct near a, struct near b, struct near c)
{
	return near_add(near_mul(a, b), c);
}

struct near near_div(struct near a, struct near b);
struct near near_sqrt(struct near a);
struct near near_exp(struct near a);
struct near near_log(struct near a);
struct near near_log1p_exp(struct near a); /* log(1 + exp(a)), a <= 0 */
struct near near_max(struct near a, struct near b);
struct near near_min(struct near a, struct near b);

/* condition > 0 ? a : b, where an error of the condition may make float choose the other. */
struct near near_select(struct near condition, struct near a, struct near b);

/* -1, 0 or 1 */
struct near near_sign(struct near a);

#endif

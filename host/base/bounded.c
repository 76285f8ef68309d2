#include "bounded.h"
#include "shared.h"

/* |a/b - a'/b'| <= (|a| eb + |b| ea) / (|b| (|b| - eb)), infinite if the divisor may be 0. */
struct bounded bounded_div(struct bounded a, struct bounded b)
{
	const double size = fabs(b.value), least = size - b.error;
	const double error = (fabs(a.value) * b.error + size * a.error) / (size * least);

	if (b.error == 0.0 && a.error == 0.0)
		return bounded_rounded(a.value / b.value, 0.0, DIV_ROUNDINGS);
	return bounded_rounded(a.value / b.value, least > 0.0 ? error : INFINITY, DIV_ROUNDINGS);
}

struct bounded bounded_sqrt(struct bounded a)
{
	const double root = sqrt(fmax(a.value, 0.0));
	const double above = sqrt(fmax(a.value, 0.0) + a.error) - root;
	const double below = root - sqrt(fmax(a.value - a.error, 0.0));

	/* A device may take a number below the normal range for 0. */
	return bounded_rounded(root,
		fmax(above, below) +
			(a.value < 2.0 * (double)FLT_MIN ? sqrt((double)FLT_MIN) : 0.0),
		SQRT_ROUNDINGS);
}

struct bounded bounded_exp(struct bounded a)
{
	const double value = exp(a.value);

	return bounded_rounded(value, value * expm1(a.error), EXP_ROUNDINGS);
}

struct bounded bounded_log(struct bounded a)
{
	const double error =
		a.value > a.error ? log(a.value / (a.value - a.error)) : (double)INFINITY;

	return bounded_rounded(log(a.value), error, LOG_ROUNDINGS);
}

/* The slope, exp(a) / (1 + exp(a)), is largest at the upper end. */
struct bounded bounded_log1p_exp(struct bounded a)
{
	const double upper = exp(fmin(a.value + a.error, 0.0));

	return bounded_rounded(log1p(exp(a.value)), a.error * upper, LOG1P_EXP_ROUNDINGS);
}

/* Returns the least |a|, where the slopes of the functions below are largest. */
static double least_size(struct bounded a)
{
	return fmax(fabs(a.value) - a.error, 0.0);
}

/* The slope is 1 - tanh^2.  From 10 on the kernels return 1. */
struct bounded bounded_tanh(struct bounded a)
{
	const double value = tanh(a.value), least = least_size(a), steepest = tanh(least);

	if (least >= 10.0)
		return (struct bounded){value, 1.0 - fabs(value)};
	return bounded_rounded(
		value, fmin(a.error * (1.0 - steepest * steepest), 2.0), TANH_ROUNDINGS);
}

/* The slope is s (1 - s).  From 17 on the kernels return 1, for exp(-17) is less than half an ulp
 * of 1. */
struct bounded bounded_sigmoid(struct bounded a)
{
	const double value = 1.0 / (1.0 + exp(-a.value));
	const double least = least_size(a), steepest = 1.0 / (1.0 + exp(least));

	if (a.value > 0.0 && least >= 17.0)
		return (struct bounded){value, 1.0 - value};
	return bounded_rounded(
		value, fmin(a.error * steepest * (1.0 - steepest), 1.0), SIGMOID_ROUNDINGS);
}

/* 1 / sqrt(2 pi) */
#define DENSITY_AT_0 0.39894228040143268

static double density(double a)
{
	return DENSITY_AT_0 * exp(-0.5 * a * a);
}

/* The slope is the density. */
struct bounded bounded_normal(struct bounded a)
{
	const double error = fmin(a.error * density(least_size(a)), 1.0);

	return bounded_rounded(0.5 * erfc(-a.value * sqrt(0.5)), error, ERF_ROUNDINGS);
}

/* The slope is -a times the density; its own slope is at most 1 / sqrt(2 pi), at 0. */
struct bounded bounded_density(struct bounded a)
{
	const double value = density(a.value);
	const double slope = fabs(a.value) * value + DENSITY_AT_0 * a.error;

	return bounded_rounded(value, fmin(a.error * slope, DENSITY_AT_0), ERF_ROUNDINGS);
}

/* The result is one of the operands, without rounding, so its error is at most the larger one. */
struct bounded bounded_max(struct bounded a, struct bounded b)
{
	return (struct bounded){fmax(a.value, b.value), fmax(a.error, b.error)};
}

struct bounded bounded_min(struct bounded a, struct bounded b)
{
	return (struct bounded){fmin(a.value, b.value), fmax(a.error, b.error)};
}

struct bounded bounded_clamp(struct bounded a, double limit)
{
	const double value = fmax(fmin(a.value, limit), -limit);

	return (struct bounded){value, fabs(a.value) - a.error >= limit ? 0.0 : a.error};
}

struct bounded bounded_select(struct bounded condition, struct bounded a, struct bounded b)
{
	const struct bounded chosen = condition.value > 0.0 ? a : b;
	const struct bounded other = condition.value > 0.0 ? b : a;

	if (condition.error == 0.0 || fabs(condition.value) > condition.error)
		return chosen;
	return (struct bounded){
		chosen.value, fmax(chosen.error, fabs(chosen.value - other.value) + other.error)};
}

struct bounded bounded_sign(struct bounded a)
{
	const struct bounded below =
		bounded_select(bounded_neg(a), bounded_exact(-1.0), bounded_exact(0.0));

	return bounded_select(a, bounded_exact(1.0), below);
}

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

/* Returns how much a function may change where a changes by its error: at most the error times the
 * largest slope there, which is at most `slope` at a and changes by at most `bend` for each unit of
 * the error.  range: the function's largest value minus its smallest one. */
static double carried(double error, double slope, double bend, double range)
{
	return error == 0.0 ? 0.0 : fmin(error * (slope + bend * error), range);
}

/* The slope is 1 - tanh^2; its own slope is at most 4 / sqrt 27 = 0.7699. */
struct bounded bounded_tanh(struct bounded a)
{
	const double value = tanh(a.value);
	const double error = carried(a.error, 1.0 - value * value, 0.77, 2.0);

	return bounded_rounded(value, error, TANH_ROUNDINGS);
}

/* The slope is s (1 - s); its own slope is at most 1 / sqrt 108 = 0.0963. */
struct bounded bounded_sigmoid(struct bounded a)
{
	const double value = 1.0 / (1.0 + exp(-a.value));
	const double error = carried(a.error, value * (1.0 - value), 0.0963, 1.0);

	return bounded_rounded(value, error, SIGMOID_ROUNDINGS);
}

/* The slope is 2 / sqrt pi exp(-a^2); its own slope is at most sqrt(8 / (pi e)) = 0.9679. */
struct bounded bounded_erf(struct bounded a)
{
	const double slope = 1.1283791670955126 * exp(-a.value * a.value);
	const double error = carried(a.error, slope, 0.968, 2.0);

	return bounded_rounded(erf(a.value), error, ERF_ROUNDINGS);
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

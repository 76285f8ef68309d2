#include "losses.h"

#include <math.h>

static double mse_value(double z, double y)
{
	return (z - y) * (z - y);
}

static double mse_slope(double z, double y)
{
	return 2.0 * (z - y);
}

/* d = z - y errs by e, and by its own rounding of a value up to |d| + e. */
static double mse_difference_error(double z, double y, double e)
{
	return e + FLOAT_ROUNDING * (fabs(z - y) + e);
}

/* (d + h)^2 - d^2 = 2 d h + h^2, then one rounding of a value up to (|d| + h)^2. */
static double mse_value_error(double z, double y, double e)
{
	double d = fabs(z - y), h = mse_difference_error(z, y, e);

	return 2.0 * d * h + h * h + FLOAT_ROUNDING * (d + h) * (d + h);
}

/* d + d is exact. */
static double mse_slope_error(double z, double y, double e)
{
	return 2.0 * mse_difference_error(z, y, e);
}

const struct loss_formula loss_formulas[GF_LOSSES] = {
	{"mse", mse_value, mse_slope, mse_value_error, mse_slope_error}};

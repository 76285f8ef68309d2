#include "about.h"

#include <math.h>
#include <stdio.h>

#define MILLION 1e6

static double two_digits(double value)
{
	const double unit = pow(10.0, floor(log10(value)) - 1.0);

	return value < 10.0 ? value : round(value / unit) * unit;
}

struct about about_number(double value)
{
	const double rounded = two_digits(value);
	struct about about;

	if (rounded < MILLION)
		snprintf(about.text, sizeof about.text, "%.0f", rounded);
	else if (rounded < 1000.0 * MILLION)
		snprintf(about.text, sizeof about.text, "%.3g million", rounded / MILLION);
	else
		snprintf(about.text, sizeof about.text, "%.1e", rounded);
	return about;
}

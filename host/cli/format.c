#include "format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct formatted format_float(double value)
{
	struct formatted out;

	/* + 0.0 turns -0 into 0. */
	snprintf(out.text, sizeof out.text, "%.9g", value + 0.0);
	return out;
}

struct formatted format_rounded(double value)
{
	struct formatted out;
	double size = fabs(value);
	int plain = size == 0 || (size >= 0.001 && size < 1e6);

	snprintf(out.text, sizeof out.text, plain ? "%.4f" : "%.4e", value);
	return out;
}

struct formatted format_shortest(float value)
{
	struct formatted out;
	double size = fabs((double)value);
	/* All digits before the point, if they are few: 70 and not 7e+01. */
	int digits = size >= 10 && size < 1e6 ? 1 + (int)log10(size) : 1;

	do {
		snprintf(out.text, sizeof out.text, "%.*g", digits, (double)value);
	} while (digits++ < 9 && strtof(out.text, NULL) != value);
	return out;
}

struct formatted format_operand(double value)
{
	struct formatted out;

	snprintf(out.text, sizeof out.text, value < 0 ? "(%.9g)" : "%.9g", value);
	return out;
}

struct formatted format_ulps(float device, double theory)
{
	struct formatted out;
	float near = fabsf((float)theory);
	double ulp = (double)nextafterf(near, INFINITY) - near;
	double off = ((double)device - theory) / ulp;

	snprintf(out.text, sizeof out.text, fabs(off) < 1e4 ? "%+.1f" : "%+.1e", off);
	return out;
}

/* Three digits. */
static struct formatted scaled(double value, const char *unit)
{
	struct formatted out;
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

	snprintf(out.text, sizeof out.text, "%.*f %s", decimals, value, unit);
	return out;
}

/* A time in two units, which are `large` and `small` seconds long; at most 9999 of the larger. */
static struct formatted two_units(
	double seconds, double large, const char *large_unit, double small, const char *small_unit)
{
	const double count = floor(seconds / large), rest = seconds - count * large;
	struct formatted out;

	if (count > 9999)
		snprintf(out.text, sizeof out.text, "over 9999 %s", large_unit);
	else
		snprintf(out.text, sizeof out.text, "%.0f %s %02.0f %s", count, large_unit,
			floor(rest / small), small_unit);
	return out;
}

struct formatted format_duration(double seconds)
{
	static const double minute = 60, hour = 3600, day = 86400;
	struct formatted out;

	seconds = ceil(seconds);
	if (seconds >= day)
		return two_units(seconds, day, "d", hour, "h");
	if (seconds >= hour)
		return two_units(seconds, hour, "h", minute, "min");
	if (seconds >= 2 * minute)
		return two_units(seconds, minute, "min", 1, "s");
	snprintf(out.text, sizeof out.text, "%.0f s", seconds >= 1 ? seconds : 1);
	return out;
}

struct formatted format_seconds(double seconds)
{
	if (seconds < 999.5e-6)
		return scaled(seconds * 1e6, "us");
	if (seconds < 999.5e-3)
		return scaled(seconds * 1e3, "ms");
	if (seconds < 120)
		return scaled(seconds, "s");
	return format_duration(floor(seconds));
}

struct formatted format_bytes(uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct formatted out;
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 999.5 && unit < 6; unit++)
		value /= 1024;
	if (unit > 0)
		return scaled(value, units[unit]);
	snprintf(out.text, sizeof out.text, "%" PRIu64 " B", bytes);
	return out;
}

struct formatted format_percent(double part, double whole)
{
	struct formatted out = {"-"};

	if (whole > 0)
		snprintf(out.text, sizeof out.text,
			part > 0 && part < whole / 100 ? "%.2g %%" : "%.1f %%", 100 * part / whole);
	return out;
}

struct formatted format_count(size_t count, const char *noun)
{
	struct formatted out;

	snprintf(out.text, sizeof out.text, "%zu %s%s", count, noun, count == 1 ? "" : "s");
	return out;
}

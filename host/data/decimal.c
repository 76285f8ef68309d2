#include "decimal.h"

#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	DIGITS_MOST = 19,    /* that a uint64_t always holds */
	EXPONENT_MOST = 999, /* as written */
	POWER_LEAST = -57,   /* 10^19 times less is below all floats */
	POWER_MOST = 38,
	POWER_EXACT = 22 /* 10^22 is the last that a double holds exactly */
};

/* The double next to 10^k is POWERS[k - POWER_LEAST]. */
static const double POWERS[] = {1e-57, 1e-56, 1e-55, 1e-54, 1e-53, 1e-52, 1e-51, 1e-50, 1e-49,
	1e-48, 1e-47, 1e-46, 1e-45, 1e-44, 1e-43, 1e-42, 1e-41, 1e-40, 1e-39, 1e-38, 1e-37, 1e-36,
	1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29, 1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23,
	1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10,
	1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6,
	1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37,
	1e38};

/* (-1)^negative digits 10^exponent */
struct decimal {
	uint64_t digits;
	ptrdiff_t exponent;
	int negative;
};

static int is_digit(char c)
{
	return (unsigned)(c - '0') <= 9;
}

static const char *take_digits(uint64_t *digits, const char *at)
{
	uint64_t d = *digits;

	for (; is_digit(*at); at++)
		d = 10 * d + (uint64_t)(*at - '0');
	*digits = d;
	return at;
}

static const char *take_exponent(ptrdiff_t *exponent, const char *at)
{
	int negative = *at == '-', value = 0;

	at += *at == '-' || *at == '+';
	if (!is_digit(*at))
		return NULL;
	for (; is_digit(*at); at++) {
		value = 10 * value + (*at - '0');
		if (value > EXPONENT_MOST)
			return NULL;
	}
	*exponent += negative ? -value : value;
	return at;
}

/* Whether the digits from at to end are more than DIGITS_MOST, zeros before the first aside. */
static int too_many(const char *at, const char *end)
{
	ptrdiff_t count;

	while (at < end && (*at == '0' || *at == '.'))
		at++;
	count = end - at;
	return count > DIGITS_MOST + 1 || (count > DIGITS_MOST && !memchr(at, '.', (size_t)count));
}

static const char *take_decimal(struct decimal *d, const char *at)
{
	const char *start, *point;
	ptrdiff_t count;

	*d = (struct decimal){.negative = *at == '-'};
	at += *at == '-' || *at == '+';
	start = at;
	point = at = take_digits(&d->digits, at);
	count = at - start;
	if (*at == '.') {
		at = take_digits(&d->digits, at + 1);
		d->exponent = point + 1 - at;
		count -= d->exponent;
	}
	if (count == 0 || (count > DIGITS_MOST && too_many(start, at)))
		return NULL;
	return *at == 'e' || *at == 'E' ? take_exponent(&d->exponent, at + 1) : at;
}

/* x is digits 10^exponent but for three roundings, of half of its last bit each or, where x is
 * a little above a power of two, of a whole one.  Where no point half way between two floats
 * lies so near, x and the number itself are next to the same float. */
static int near_half_way(double x)
{
	enum { FLOAT_BITS_LESS = DBL_MANT_DIG - FLT_MANT_DIG, SLACK = 4 };
	const uint64_t half = (uint64_t)1 << (FLOAT_BITS_LESS - 1);
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	bits &= 2 * half - 1;
	return bits - (half - SLACK) <= 2 * SLACK;
}

const char *decimal_float(float *value, const char *text)
{
	struct decimal d;
	const char *end = take_decimal(&d, text);
	float result;

	if (!end)
		return NULL;
	if (d.exponent == 0 || d.digits == 0) {
		result = (float)d.digits;
	} else {
		if (d.exponent < POWER_LEAST || d.exponent > POWER_MOST)
			return NULL;

		double x = (double)d.digits * POWERS[d.exponent - POWER_LEAST];

		/* Among denormals, half ways are elsewhere. */
		if (near_half_way(x) || x < (double)FLT_MIN || x > (double)FLT_MAX / 2)
			return NULL;
		result = (float)x;
	}
	*value = d.negative ? -result : result;
	return end;
}

/* Of two doubles that are exact, one operation rounds once. */
const char *decimal_double(double *value, const char *text)
{
	struct decimal d;
	const char *end = take_decimal(&d, text);
	double result;

	if (!end || d.digits >> DBL_MANT_DIG || d.exponent < -POWER_EXACT ||
		d.exponent > POWER_EXACT)
		return NULL;
	result = (double)d.digits;
	if (d.exponent < 0)
		result /= POWERS[-d.exponent - POWER_LEAST];
	else
		result *= POWERS[d.exponent - POWER_LEAST];
	*value = d.negative ? -result : result;
	return end;
}

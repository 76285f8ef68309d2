#define _GNU_SOURCE /* strtof_l, strtod_l */
#include "number.h"
#include "bits.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- plain decimals ---- */

enum {
	DIGITS_MAX = 19, /* a uint64_t holds all numbers of 19 digits */
	EXPONENT_DIGITS = 4,
	POWER_MIN = -57, /* 19 digits times 10^-58 are below all floats */
	POWER_MAX = 38,
	POWER_EXACT = 22 /* doubles hold the powers of ten up to 10^22 exactly */
};

/* POWERS[k - POWER_MIN] is the double nearest to 10^k. */
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

/* Loads eight characters, the first one into the lowest byte. */
static uint64_t load_eight(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;

	return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
	       (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
	       (uint64_t)b[7] << 56;
}

/* The number of eight bytes of 0 to 9, the lowest byte being the first digit.  Each step joins two
 * neighbours: to numbers of two digits, of four, of eight. */
static uint64_t eight_digits(uint64_t bytes)
{
	bytes = (bytes * (10 << 8 | 1)) >> 8 & 0x00ff00ff00ff00ff;
	bytes = (bytes * (100 << 16 | 1)) >> 16 & 0x0000ffff0000ffff;
	return (bytes * ((uint64_t)10000 << 32 | 1)) >> 32;
}

/* Reads eight characters at once, since a processor cannot predict where a number ends: in a loop
 * over characters the last branch would be mispredicted each time. */
static inline const char *take_digits(uint64_t *digits, const char *at)
{
	static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
	uint64_t all = *digits;

	for (;;) {
		uint64_t bytes = load_eight(at) ^ 0x3030303030303030;
		/* The bytes above 9.  A carry only changes bytes behind the first of them. */
		uint64_t others = (bytes | (bytes + 0x7676767676767676)) & 0x8080808080808080;

		if (others) {
			unsigned count = (unsigned)__builtin_ctzll(others) / 8;

			/* Two shifts, since a shift by 64 is undefined. */
			bytes = bytes << (56 - 8 * count) << 8;
			*digits = all * tens[count] + eight_digits(bytes);
			return at + count;
		}
		all = all * 100000000 + eight_digits(bytes);
		at += 8;
	}
}

static const char *take_exponent(ptrdiff_t *exponent, const char *at)
{
	int negative = *at == '-';
	uint64_t value = 0;
	const char *end;

	at += *at == '-' || *at == '+';
	end = take_digits(&value, at);
	if (end == at || end - at > EXPONENT_DIGITS)
		return NULL;
	*exponent += negative ? -(ptrdiff_t)value : (ptrdiff_t)value;
	return end;
}

/* Returns 1 if there are more than DIGITS_MAX digits from at to end, not counting leading zeros. */
static int too_many(const char *at, const char *end)
{
	ptrdiff_t count;

	while (at < end && (*at == '0' || *at == '.'))
		at++;
	count = end - at;
	return count > DIGITS_MAX + 1 || (count > DIGITS_MAX && !memchr(at, '.', (size_t)count));
}

static inline const char *take_decimal(struct decimal *d, const char *at)
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
	if (count == 0 || (count > DIGITS_MAX && too_many(start, at)))
		return NULL;
	return *at == 'e' || *at == 'E' ? take_exponent(&d->exponent, at + 1) : at;
}

/* x is digits 10^exponent with three rounding errors, each of at most half a unit of its last
 * bit or, if x is just above a power of two, of a whole unit.  If no point half way between two
 * floats is so near, x and the number itself round to the same float. */
static int near_half_way(double x)
{
	const uint64_t slack = 4, half = (uint64_t)1 << (DBL_MANT_DIG - FLT_MANT_DIG - 1);
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	bits &= 2 * half - 1;
	return bits >= half - slack && bits <= half + slack;
}

static inline int scale_float(float *value, const struct decimal *d)
{
	double x;

	if (d->exponent == 0 || d->digits == 0) {
		*value = (float)d->digits;
		return 1;
	}
	if (d->exponent < POWER_MIN || d->exponent > POWER_MAX)
		return 0;
	x = (double)d->digits * POWERS[d->exponent - POWER_MIN];
	*value = (float)x;
	/* Denormal floats have their half way points at other bits. */
	return !near_half_way(x) && x >= (double)FLT_MIN && x <= (double)FLT_MAX / 2;
}

static inline const char *take_float(float *value, struct decimal *d, const char *text)
{
	const char *end = take_decimal(d, text);

	if (!end || !scale_float(value, d))
		return NULL;
	/* Sets the sign without a branch, which would be mispredicted for half of all numbers. */
	*value = float_of_bits(bits_of_float(*value) | (uint32_t)d->negative << 31);
	return end;
}

const char *decimal_float(float *value, const char *text)
{
	struct decimal d;

	return take_float(value, &d, text);
}

const char *decimal_float_rest(float *value, double *rest, const char *text)
{
	struct decimal d;
	const char *end = take_float(value, &d, text);

	if (!end)
		return NULL;
	/* Whole numbers are subtracted as such: a double does not hold all digits of long ones. */
	if (d.exponent == 0 || d.digits == 0)
		*rest = (double)(int64_t)(d.digits - (uint64_t)fabsf(*value));
	else
		*rest = (double)d.digits * POWERS[d.exponent - POWER_MIN] - (double)fabsf(*value);
	return end;
}

/* Both operands are exact, so that the result is rounded once. */
static int scale_double(double *value, const struct decimal *d)
{
	if (d->digits >> DBL_MANT_DIG || d->exponent < -POWER_EXACT || d->exponent > POWER_EXACT)
		return 0;
	*value = (double)d->digits;
	if (d->exponent < 0)
		*value /= POWERS[-d->exponent - POWER_MIN];
	else
		*value *= POWERS[d->exponent - POWER_MIN];
	return 1;
}

/* ---- texts that end in 0 ---- */

enum { SHORT = 32 /* bytes; longer texts are left to strtof */ };

/* Copies a short text to where DECIMAL_PADDING bytes may be read behind it.  Returns its length; 0:
 * the text is not short. */
static size_t copy_padded(char copy[SHORT + DECIMAL_PADDING], const char *text)
{
	size_t length = strnlen(text, SHORT);

	if (length == SHORT)
		return 0;
	memset(copy, 0, SHORT + DECIMAL_PADDING);
	memcpy(copy, text, length);
	return length;
}

static int decimal_is_float(float *value, const char *text)
{
	char copy[SHORT + DECIMAL_PADDING];
	size_t length = copy_padded(copy, text);

	return length && decimal_float(value, copy) == copy + length;
}

static int decimal_is_float_rest(float *value, double *rest, const char *text)
{
	char copy[SHORT + DECIMAL_PADDING];
	size_t length = copy_padded(copy, text);

	return length && decimal_float_rest(value, rest, copy) == copy + length;
}

int decimal_is_double(double *value, const char *text)
{
	char copy[SHORT + DECIMAL_PADDING];
	size_t length = copy_padded(copy, text);
	struct decimal d;

	if (!length || take_decimal(&d, copy) != copy + length || !scale_double(value, &d))
		return 0;
	*value = d.negative ? -*value : *value;
	return 1;
}

/* ---- exact comparison ---- */

/* The number sign 0.digits 10^exponent, without leading zeros.  There may be a point among the
 * digits, which is not counted. */
struct exact {
	const char *digits; /* borrowed; they end before what is neither digit nor point */
	long long exponent;
	int sign; /* -1, 1 or, if the number is 0, 0 */
};

static struct exact exact_of(const char *text)
{
	struct exact e = {.sign = 1};
	const char *at;
	int point = 0;

	text += strspn(text, " \t\n\v\f\r");
	e.sign = *text == '-' ? -1 : 1;
	text += *text == '-' || *text == '+';
	for (; *text == '0' || *text == '.'; text++) {
		e.exponent -= point && *text == '0';
		point |= *text == '.';
	}
	e.digits = text;
	for (at = text; (*at >= '0' && *at <= '9') || *at == '.'; at++) {
		point |= *at == '.';
		e.exponent += !point;
	}
	if (at == text)
		e.sign = 0;
	else if (*at == 'e' || *at == 'E')
		e.exponent += strtoll(at + 1, NULL, 10);
	return e;
}

/* Returns the next digit, and '0' after the last. */
static int next_digit(const char **at)
{
	*at += **at == '.';
	return **at >= '0' && **at <= '9' ? *(*at)++ : '0';
}

static int ended(const char *at)
{
	at += *at == '.';
	return !(*at >= '0' && *at <= '9');
}

int decimal_compare(const char *a, const char *b)
{
	struct exact x = exact_of(a), y = exact_of(b);

	if (x.sign != y.sign || x.sign == 0)
		return (x.sign > y.sign) - (x.sign < y.sign);
	if (x.exponent != y.exponent)
		return x.exponent < y.exponent ? -x.sign : x.sign;
	while (!ended(x.digits) || !ended(y.digits)) {
		int p = next_digit(&x.digits), q = next_digit(&y.digits);

		if (p != q)
			return p < q ? -x.sign : x.sign;
	}
	return 0;
}

/* ---- fields ---- */

#define BLANKS " \t\n\v\f\r" /* what strtof skips before a number */

static float parse(const char *text, const char **end, locale_t c)
{
	char *stop;
	float value = strtof_l(text, &stop, c);

	*end = stop;
	if (stop != text && *stop)
		*end += strspn(stop, BLANKS);
	return value;
}

/* The text after the blanks and the sign. */
static const char *first_digit(const char *text)
{
	text += strspn(text, BLANKS);
	return text + (*text == '+' || *text == '-');
}

const char *decimal_text_of(struct decimal_text *plain, const char *text, char decimal)
{
	size_t length = strlen(text);

	plain->text = text;
	if (decimal != ',' || length >= sizeof plain->copy)
		return NULL;
	if (strchr(text, '.') && strpbrk(text, "0123456789"))
		return "a point where the decimal mark is a comma";
	memcpy(plain->copy, text, length + 1);
	plain->text = plain->copy;
	if (strchr(plain->copy, ','))
		*strchr(plain->copy, ',') = '.';
	return NULL;
}

/* strtof also accepts words (inf, nan) and hexadecimal numbers, which are no numbers here. */
const char *number_parse(float *value, const char *text, locale_t c)
{
	const char *end;

	if (decimal_is_float(value, text))
		return NULL;
	*value = parse(text, &end, c);
	if (end == text || *end)
		return "not a number";

	const char *digits = first_digit(text);

	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		return "not a decimal number";
	if (isfinite(*value))
		return NULL;
	return strchr("iInN", *digits) ? "not a finite number" : "beyond float's range";
}

double number_rest(const char *text, float value, locale_t c)
{
	double rest;

	if (decimal_is_float_rest(&value, &rest, text))
		return rest;
	return fabs(strtod_l(text, NULL, c)) - (double)fabsf(value);
}

int number_truth(const char *text, double *value)
{
	size_t length;

	text += strspn(text, BLANKS);
	length = strcspn(text, BLANKS);
	if (text[length + strspn(text + length, BLANKS)])
		return 0;
	*value = length == 4;
	return (length == 4 && strncasecmp(text, "true", 4) == 0) ||
	       (length == 5 && strncasecmp(text, "false", 5) == 0);
}

int number_spelt(const char *text, locale_t c)
{
	const char *end;

	parse(text, &end, c);
	return end != text && !*end;
}

int number_double(double *value, const char *text, locale_t c)
{
	char *end;

	if (isalpha((unsigned char)*text)) /* fast for words; inf and nan are refused, too */
		return 0;
	if (decimal_is_double(value, text))
		return 1;
	*value = strtod_l(text, &end, c);
	if (end == text || !isfinite(*value) || strpbrk(text, "xX"))
		return 0;
	return end[strspn(end, BLANKS)] == 0;
}

void number_spell(char text[NUMBER_ROOM], double value, int is_float, locale_t c)
{
	const locale_t user_locale = uselocale(c);

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, NUMBER_ROOM, "%.*g", digits, value);
		if (is_float ? (double)strtof(text, NULL) == value : strtod(text, NULL) == value)
			break;
	}
	if (fabs(value) < 1e15 && value == floor(value))
		snprintf(text, NUMBER_ROOM, "%.0f", value + 0.0);
	uselocale(user_locale);
}

#define _GNU_SOURCE /* strtof_l, strtod_l */
#include "number.h"
#include "decimal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* Past the blanks and the sign. */
static const char *first_digit(const char *text)
{
	text += strspn(text, BLANKS);
	return text + (*text == '+' || *text == '-');
}

const char *number_plain(struct plain_number *plain, const char *text, char decimal)
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

/* strtof takes words (inf, nan) and hexadecimal digits for numbers; data files do not. */
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

	if (isalpha((unsigned char)*text)) /* inf and nan, too: soon said of a column of words */
		return 0;
	if (decimal_is_double(value, text))
		return 1;
	*value = strtod_l(text, &end, c);
	if (end == text || !isfinite(*value) || strpbrk(text, "xX"))
		return 0;
	return end[strspn(end, BLANKS)] == 0;
}

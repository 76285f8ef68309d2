#define _GNU_SOURCE /* strtof_l */
#include "number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* strtof takes words (inf, nan) and hexadecimal digits for numbers; data files do not. */
const char *number_parse(float *value, const char *text, locale_t c)
{
	const char *end;

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

int number_spelt(const char *text, locale_t c)
{
	const char *end;

	parse(text, &end, c);
	return end != text && !*end;
}

#include "number_text.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Replaces the first `from` in text, which must have room for the longer text. */
static void replace(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);

	if (!at)
		return;
	memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
	for (; *to; to++)
		*at++ = *to;
}

const char *number_text_hexadecimal(char text[NUMBER_TEXT_ROOM], double value)
{
	snprintf(text, NUMBER_TEXT_ROOM, "%a", value);
	replace(text, nl_langinfo(RADIXCHAR), ".");
	return text;
}

const char *number_text_decimal(char text[NUMBER_TEXT_ROOM], double value)
{
	snprintf(text, NUMBER_TEXT_ROOM, "%.17g", value);
	replace(text, nl_langinfo(RADIXCHAR), ".");
	return text;
}

int number_text_parse(const char *text, double *value)
{
	char copy[2 * NUMBER_TEXT_ROOM], *end; /* a point takes a few bytes in some locales */

	if (strlen(text) >= NUMBER_TEXT_ROOM)
		return 0;
	/* Neither blanks nor another locale's point. */
	if (text[0] == '\0' || text[strspn(text, "0123456789abcdefinxp.+-")] != '\0')
		return 0;
	strcpy(copy, text);
	replace(copy, ".", nl_langinfo(RADIXCHAR));
	*value = strtod(copy, &end);
	return *end == '\0';
}

/* ---- estimates ---- */

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

/*
 * number.h: numbers as data files spell them, whatever the user's locale is.
 *
 * A plain decimal is [+-]digits[.digits][e[+-]digits].  It becomes the float or double that strtof
 * or strtod makes of it, to the bit.
 */
#ifndef GF_NUMBER_H
#define GF_NUMBER_H

#include <locale.h>
#include <stddef.h>

/* ---- plain decimals ---- */

enum { DECIMAL_PADDING = 8 };

/* Reads the number that text begins with, and returns what follows it, which the caller is to
 * judge.  NULL: no plain number, or one of the few that take strtof's care.
 * DECIMAL_PADDING bytes past the first that is no part of the number must be readable. */
const char *decimal_float(float *value, const char *text);

/* Reads as decimal_float does, and sets *rest to the number's magnitude minus that of the float. */
const char *decimal_float_rest(float *value, double *rest, const char *text);

/* 1 where the whole text, up to its 0, is such a number. */
int decimal_is_float(float *value, const char *text);
int decimal_is_double(double *value, const char *text);

/* -1, 0 or 1: how two decimal numbers compare, as exactly as they are written.  Texts as number.h's
 * number_double takes them. */
int decimal_compare(const char *a, const char *b);

/* ---- fields ---- */

enum { NUMBER_ROOM = 128 };

/* A text with a point for its decimal mark. */
struct decimal_text {
	char copy[NUMBER_ROOM];
	const char *text; /* copy, or the text as it was */
};

/* NULL, or what is wrong with text where decimal is its mark; decimal other than ',' is a point. */
const char *decimal_text_of(struct decimal_text *plain, const char *text, char decimal);

/* NULL where text, blanks around it aside, is a finite decimal number: *value is the float next
 * to it.  Else what it is instead: "not a number", "beyond float's range", ...  A number too
 * small for a float is 0 or denormal, and no fault.  c is the C locale. */
const char *number_parse(float *value, const char *text, locale_t c);

/* What rounding text, which number_parse takes, to value takes off the number's size. */
double number_rest(const char *text, float value, locale_t c);

/* 1 where text, blanks around it aside, is true or false in any case: *value is 1 or 0. */
int number_truth(const char *text, double *value);

/* 1 where text is spelt as a number, be it one that number_parse refuses: 1e99, inf, 0x10. */
int number_spelt(const char *text, locale_t c);

/* 1 where text is a decimal number that a double can hold, which *value then is. */
int number_double(double *value, const char *text, locale_t c);

#endif

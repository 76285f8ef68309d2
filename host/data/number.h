/*
 * number.h: reads numbers as data files spell them, whatever the user's locale is.
 *
 * A plain decimal is [+-]digits[.digits][e[+-]digits].  It is read as the same float or double as
 * by strtof or strtod, to the bit.
 */
#ifndef GF_NUMBER_H
#define GF_NUMBER_H

#include <locale.h>
#include <stddef.h>

/* ---- plain decimals ---- */

enum { DECIMAL_PADDING = 8 };

/* Reads the number that text begins with, and returns a pointer to the text after it.  NULL: text
 * begins with no plain decimal, or with one of the few that need strtof's exact rounding.
 * DECIMAL_PADDING bytes behind the first that does not belong to the number must be readable. */
const char *decimal_float(float *value, const char *text);

/* Reads as decimal_float does, and sets *rest to the number's magnitude minus that of the float. */
const char *decimal_float_rest(float *value, double *rest, const char *text);

/* Returns 1 if the whole text is a plain decimal that is read without strtod; *value is then the
 * double nearest to it. */
int decimal_is_double(double *value, const char *text);

/* Compares two decimal numbers exactly as they are written: -1, 0 or 1.  number_double must have
 * accepted both texts. */
int decimal_compare(const char *a, const char *b);

/* ---- fields ---- */

enum { NUMBER_ROOM = 128 };

/* A number's text with a point as its decimal mark. */
struct decimal_text {
	char copy[NUMBER_ROOM];
	const char *text; /* copy, or the text itself where nothing had to be changed */
};

/* Replaces the decimal mark by a point; decimal: ',' or else a point.  Returns NULL, or what is
 * wrong with text. */
const char *decimal_text_of(struct decimal_text *plain, const char *text, char decimal);

/* Reads a finite decimal number, perhaps with blanks around it, as the nearest float.  Returns
 * NULL, or what text is instead: "not a number", "beyond float's range".  A number that is too
 * small for a float becomes 0 or denormal, which is no fault.  c: the C locale. */
const char *number_parse(float *value, const char *text, locale_t c);

/* The magnitude of the number that number_parse has read as value, minus that of value. */
double number_rest(const char *text, float value, locale_t c);

/* Returns 1 if text is true or false in any case, perhaps between blanks; *value is 1 or 0. */
int number_truth(const char *text, double *value);

/* Returns 1 if text is spelt as a number, even one that number_parse refuses: 1e99, inf, 0x10. */
int number_spelt(const char *text, locale_t c);

/* Returns 1 if text is a decimal number in the range of double, which *value then is. */
int number_double(double *value, const char *text, locale_t c);

/* Writes the shortest text that reads back as the same double or, with is_float, as the same
 * float. */
void number_spell(char text[NUMBER_ROOM], double value, int is_float, locale_t c);

#endif

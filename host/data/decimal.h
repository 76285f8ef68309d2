/*
 * decimal.h: plain decimal numbers, [+-]digits[.digits][e[+-]digits], read as fast as they go.
 *
 * They become the floats and doubles that strtof and strtod make of them, to the bit.
 */
#ifndef GF_DECIMAL_H
#define GF_DECIMAL_H

enum { DECIMAL_PADDING = 8 };

/* Reads the number that text begins with, and returns what follows it, which the caller is to
 * judge.  NULL: no plain number, or one of the few that take strtof's care.
 * DECIMAL_PADDING bytes past the first that is no part of the number must be readable. */
const char *decimal_float(float *value, const char *text);

/* The same, and in *rest what rounding to float took off the number's size. */
const char *decimal_float_rest(float *value, double *rest, const char *text);

/* 1 where the whole text, up to its 0, is such a number. */
int decimal_is_float(float *value, const char *text);
int decimal_is_float_rest(float *value, double *rest, const char *text);
int decimal_is_double(double *value, const char *text);

/* -1, 0 or 1: how two decimal numbers compare, as exactly as they are written.  Texts as number.h's
 * number_double takes them. */
int decimal_compare(const char *a, const char *b);

#endif

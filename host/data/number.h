/* number.h: numbers as data files spell them, whatever the user's locale is. */
#ifndef GF_NUMBER_H
#define GF_NUMBER_H

#include <locale.h>

/* NULL where text, blanks around it aside, is a finite decimal number: *value is the float next
 * to it.  Else what it is instead: "not a number", "beyond float's range", ...  A number too
 * small for a float is 0 or denormal, and no fault.  c is the C locale. */
const char *number_parse(float *value, const char *text, locale_t c);

/* 1 where text is spelt as a number, be it one that number_parse refuses: 1e99, inf, 0x10. */
int number_spelt(const char *text, locale_t c);

/* 1 where text is a decimal number that a double can hold, which *value then is. */
int number_double(double *value, const char *text, locale_t c);

/* 1 where text is one of the words that stand for a missing value: an empty field, NA, NaN, ... */
int number_missing(const char *text);

#endif

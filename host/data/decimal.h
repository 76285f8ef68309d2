/* decimal.h: plain decimal numbers, read as fast as they go. */
#ifndef GF_DECIMAL_H
#define GF_DECIMAL_H

/* Reads [+-]digits[.digits][e[+-]digits] at text.  Returns what follows the number, which the
 * caller is to judge; *value is the same float that strtof makes of it, to the bit.
 * NULL: no such number, or one of the few that take strtof's care. */
const char *decimal_float(float *value, const char *text);

/* The same for strtod. */
const char *decimal_double(double *value, const char *text);

#endif

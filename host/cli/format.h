/*
 * format.h: numbers as text, for tables and messages.  The text is part of the value, so that a
 * call can be an argument of printf:
 *
 *	printf("loss %s\n", format_float(loss).text);
 */
#ifndef GF_FORMAT_H
#define GF_FORMAT_H

#include <stddef.h>
#include <stdint.h>

struct formatted {
	char text[48];
};

/* Nine digits, which read back as the same float. */
struct formatted format_float(double value);

/* Four decimals, as in the notebook's tables; an exponent if value is very large or small. */
struct formatted format_rounded(double value);

/* The fewest digits that read back as the same float: those that a data file has. */
struct formatted format_shortest(float value);

/* format_float after an operator: a negative number is in brackets. */
struct formatted format_operand(double value);

/* device - theory, in ulps: the distance from the theory's float to the next one. */
struct formatted format_ulps(float device, double theory);

struct formatted format_seconds(double seconds); /* "61.2 ms" */

/* Whole seconds, at least one; from two minutes on two units: "12 s", "2 h 41 min". */
struct formatted format_duration(double seconds);
struct formatted format_bytes(uint64_t bytes); /* "1.00 GiB" */

/* "12.5 %"; "-" if whole is 0. */
struct formatted format_percent(double part, double whole);
struct formatted format_count(size_t count, const char *noun); /* "1 row", "7 rows" */

#endif

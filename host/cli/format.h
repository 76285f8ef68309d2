/*
 * format.h: one number as text.  The text is part of the value, so that a call
 * can stand among the arguments of printf:
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

/* All the digits that a float needs to be read back the same. */
struct formatted format_float(double value);

/* Four decimals, as the notebook's tables have them; very large and very small ones with an
 * exponent. */
struct formatted format_rounded(double value);

/* The fewest digits that read back as the same float: what a file had. */
struct formatted format_shortest(float value);

/* What follows an operator: format_float, and a negative one in brackets. */
struct formatted format_operand(double value);

/* device minus theory, in steps from the theory's float to the next one. */
struct formatted format_ulps(float device, double theory);

struct formatted format_seconds(double seconds); /* "61.2 ms" */

/* In whole seconds, at least one, or from two minutes on in two units: "12 s", "2 h 41 min". */
struct formatted format_duration(double seconds);
struct formatted format_bytes(uint64_t bytes); /* "1.00 GiB" */
struct formatted format_percent(double part, double whole);
struct formatted format_count(size_t count, const char *noun); /* "1 row", "7 rows" */

#endif

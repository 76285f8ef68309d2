/*
 * strided.h: arrays of floats or doubles in the caller's memory, whose rows and columns lie at any
 * distance from each other.
 */
#ifndef GF_STRIDED_H
#define GF_STRIDED_H

#include "gpufitcl.h"

/* Numbers need not be aligned. */
struct strided {
	const char *name; /* borrowed; in messages: "x" */
	const char *at;   /* borrowed; the number of row 0, column 0 */
	size_t rows, columns;
	gf_layout layout; /* without a stride of 0 */
};

/* Sets *s to the array (rows, columns) at `at`.  GF_E_USAGE: the layout has no such number, or its
 * strides lead outside of all memory. */
gf_status strided_of(struct strided *s, const char *name, const void *at, const gf_layout *layout,
	size_t rows, size_t columns, gf_error *err);

/* Returns the number of that row and column. */
double strided_at(const struct strided *s, size_t row, size_t column);

/* Returns 1 if the numbers are aligned floats, row-major without gaps. */
int strided_is_plain(const struct strided *s);

/* Checks all numbers.  GF_E_DATA: one is not finite, or is beyond float's range. */
gf_status strided_check(const struct strided *s, gf_error *err);

/* Copies rows [first, first + rows) to floats (rows, columns) row-major.  GF_E_DATA: as
 * strided_check. */
gf_status strided_copy(
	const struct strided *s, size_t first, size_t rows, float *to, gf_error *err);

#endif

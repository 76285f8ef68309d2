/*
 * precision.h: whether 32-bit floats can tell a column's values apart.
 *
 * The rest is the part of a value's magnitude that rounding to float takes away.  Where it varies
 * by more than 2^-12 of the distance between the values, their differences keep fewer than 12 bits
 * (3 or 4 digits): time stamps, ids, a price in cents plus 1e9.  It varies by less than 2^-23 of
 * the largest value, so a column whose values are 2^-11 of that value apart is wide enough and need
 * not be watched any longer.  Most columns are wide after two rows.
 */
#ifndef GF_PRECISION_H
#define GF_PRECISION_H

#include "columns.h"
#include "read_options.h"
#include "number.h"

#include <math.h>

/* All zeros: the column has no values yet. */
struct precision {
	float low, high;                  /* the smallest and largest value */
	double lowest_rest, highest_rest; /* the smallest and largest rest */
	int begun;                        /* the column has a value */
	int wide;                         /* floats tell the values apart */
};

/* 0 where nobody is told, or where a model or training data determine how the data are read. */
static inline int precision_wanted(const struct read_options *options)
{
	return options->notice && !options->wanted_features;
}

/* The rest of a double. */
static inline double precision_rest(double value)
{
	return fabs(value) - fabs((double)(float)value);
}

/* The rest of an integer of that magnitude, whose last digits a double may not have. */
double precision_integer_rest(uint64_t magnitude);

/* An array of count columns, all of them wide unless precision_wanted.  The caller frees it.  NULL:
 * no memory. */
struct precision *precision_new(size_t count, const struct read_options *options);

static inline void precision_add(struct precision *p, float value, double rest)
{
	if (p->wide)
		return;
	p->low = p->begun ? fminf(p->low, value) : value;
	p->high = p->begun ? fmaxf(p->high, value) : value;
	p->lowest_rest = p->begun ? fmin(p->lowest_rest, rest) : rest;
	p->highest_rest = p->begun ? fmax(p->highest_rest, rest) : rest;
	p->begun = 1;
	p->wide = p->high - p->low >= 0x1p-11f * fmaxf(fabsf(p->low), fabsf(p->high));
}

/* Adds a value that number_parse has made from text. */
static inline void precision_add_text(
	struct precision *p, float value, const char *text, locale_t c)
{
	if (!p->wide)
		precision_add(p, value, number_rest(text, value, c));
}

/* Reads a number as decimal_float does, and adds it. */
static inline const char *precision_read(struct precision *p, float *value, const char *text)
{
	double rest;

	if (p->wide)
		return decimal_float(value, text);
	text = decimal_float_rest(value, &rest, text);
	if (text)
		precision_add(p, *value, rest);
	return text;
}

/* Adds the number that text is.  Text that is no number is ignored. */
void precision_add_if_number(struct precision *p, const char *text, locale_t c);

/* Adds what is known of other values of the same column. */
void precision_merge(struct precision *p, const struct precision *more);

/* Tells the user if floats merge values of the column. */
void precision_notice_column(const struct precision *p, struct data_place column, int is_target,
	const struct read_options *options);

/* Tells the user of the first few columns in list whose values floats merge: p (list->count). */
void precision_notice(const struct precision *p, const struct column_list *list,
	const struct columns *columns, const struct read_options *options);

/* ---- rows that leave zeros out ----
 *
 * A column that some row leaves out has a zero and other values, and is wide.  So only the
 * columns of the first row are watched, however many there are. */

struct watched_index {
	uint32_t index; /* as in the file */
	struct precision precision;
	size_t row; /* the last row that has it, from 1 */
};

/* All zeros: before the first row. */
struct sparse_precision {
	struct watched_index *indices; /* owned; (count), sorted once the first row has ended */
	size_t count, room;
	size_t next; /* where the row's next index is, if it has the same indices as the last row */
	size_t rows; /* that have ended */
};

/* Adds an index of this row with its value and text; text NULL: the value is missing.  -1: no
 * memory. */
int sparse_precision_add(
	struct sparse_precision *s, uint32_t index, float value, const char *text, locale_t c);
void sparse_precision_end_row(struct sparse_precision *s);

/* precision_notice for the watched columns; base: the index of the first column.  -1: no memory. */
int sparse_precision_notice(const struct sparse_precision *s, size_t base,
	const struct columns *columns, const struct read_options *options);

void sparse_precision_free(struct sparse_precision *s);

#endif

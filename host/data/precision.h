/*
 * precision.h: whether 32-bit floats can tell a column's values apart.
 *
 * rest is what rounding to float takes off a value's size.  Where it varies by more than 2^-12 of
 * the distance between the values, they keep fewer than 12 bits, 3 or 4 digits, of their
 * differences: time stamps, ids, a price in cents plus 1e9.  It varies by less than 2^-23 of the
 * largest value, so a column whose values lie 2^-11 of that apart is wide, and need not be watched
 * any longer: most are after two rows.
 */
#ifndef GF_PRECISION_H
#define GF_PRECISION_H

#include "columns.h"
#include "table_read.h"
#include "number.h"

#include <math.h>

/* All zeros: the column has no values yet. */
struct precision {
	float low, high;    /* of the values, as floats */
	double least, most; /* rest */
	int begun, wide;
};

/* 0 where nobody hears notices, or where a model or training data say how the data are read. */
static inline int precision_wanted(const struct read_options *options)
{
	return options->notice && !options->wanted_features;
}

/* count columns, all of them wide where that is not wanted.  To be freed; NULL: no memory. */
struct precision *precision_new(size_t count, const struct read_options *options);

static inline void precision_add(struct precision *p, float value, double rest)
{
	if (p->wide)
		return;
	p->low = p->begun ? fminf(p->low, value) : value;
	p->high = p->begun ? fmaxf(p->high, value) : value;
	p->least = p->begun ? fmin(p->least, rest) : rest;
	p->most = p->begun ? fmax(p->most, rest) : rest;
	p->begun = 1;
	p->wide = p->high - p->low >= 0x1p-11f * fmaxf(fabsf(p->low), fabsf(p->high));
}

/* Counts a value with its text, from which number_parse made it. */
static inline void precision_add_text(
	struct precision *p, float value, const char *text, locale_t c)
{
	if (!p->wide)
		precision_add(p, value, number_rest(text, value, c));
}

/* decimal_float of a number in that column. */
static inline const char *precision_take(struct precision *p, float *value, const char *text)
{
	double rest;

	if (p->wide)
		return decimal_float(value, text);
	text = decimal_float_rest(value, &rest, text);
	if (text)
		precision_add(p, *value, rest);
	return text;
}

/* Counts the number that a text is; a text that is none is passed over. */
void precision_add_field(struct precision *p, const char *text, locale_t c);

/* More values of the same column. */
void precision_merge(struct precision *p, const struct precision *more);

/* A notice where that column's digits are lost; label: as messages call it. */
void precision_tell(const struct precision *p, const char *label, const char *path, int is_target,
	const struct read_options *options);

/* A notice for each column of list whose digits merge, p (list->count), up to a few of them. */
void precision_notice(const struct precision *p, const struct column_list *list,
	const struct columns *columns, const struct read_options *options);

/* ---- rows that leave zeros out ----
 *
 * A column that is missing from some row has zeros, and is wide; so only the columns of the first
 * row are watched, however many there are in all. */

struct watched_index {
	uint32_t index; /* as in the file */
	struct precision precision;
	size_t row; /* the last row that has it, from 1 */
};

/* All zeros: before the first row. */
struct sparse_precision {
	struct watched_index *indices; /* owned; (count), sorted once the first row has ended */
	size_t count, room;
	size_t next; /* where the next index of this row may be */
	size_t rows; /* that have ended */
};

/* An index of this row with its value and text; text NULL: the value is missing.  -1: no memory. */
int sparse_precision_add(
	struct sparse_precision *s, uint32_t index, float value, const char *text, locale_t c);
void sparse_precision_end_row(struct sparse_precision *s);

/* precision_notice, where the columns' first is index base.  -1: no memory. */
int sparse_precision_notice(const struct sparse_precision *s, size_t base,
	const struct columns *columns, const struct read_options *options);

void sparse_precision_free(struct sparse_precision *s);

#endif

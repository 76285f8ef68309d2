/*
 * sparse_precision.h: precision.h for rows that leave zeros out.
 *
 * A column that is not in each row has zeros, and is wide; so only those of the first row are
 * watched, however many there are in all.
 */
#ifndef GF_SPARSE_PRECISION_H
#define GF_SPARSE_PRECISION_H

#include "precision.h"

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
	const struct columns *columns, const struct csv_options *options);

void sparse_precision_free(struct sparse_precision *s);

#endif

/*
 * rows.h: collects the rows of a table, field by field, and makes a dataset of them.
 *
 *	rows_begin, rows_add_field for each field, rows_end for each row, rows_dataset, rows_free
 *
 * Words and targets wait until their row ends, so that a row that is left out adds no word.
 */
#ifndef GF_ROWS_H
#define GF_ROWS_H

#include "columns.h"
#include "read_options.h"
#include "texts.h"
#include "dataset.h"
#include "precision.h"
#include "advice.h"
#include "targets.h"

#include <locale.h>

enum { ONE_HOT_MAX = 1 << 24 }; /* words of a column, so that floats hold their indices exactly */

struct rows {
	const struct columns *columns; /* borrowed, as all up to err */
	const struct read_options *options;
	gf_error *err;
	locale_t c_locale;
	size_t *places; /* owned; (columns) the C features, then weight and offset, then the K
			 * targets */
	size_t width;   /* C, plus 1 where weights are read, plus 1 where offsets are */
	struct page_array numbers; /* owned; (count, width) row-major, and room for one more row.
				      A word is its index in words, a word that training has not
				      seen is -1, a missing value NaN */
	float *row;                /* (width) in numbers: the row whose fields come in */
	size_t count;
	size_t dropped;       /* rows that were left out */
	size_t *dropped_rows; /* owned; (dropped) their indices among all rows */
	size_t dropped_room;
	size_t holes;  /* missing values that are to be filled in */
	size_t unseen; /* words that training has not seen; all their features are 0 */
	size_t unseen_line, unseen_feature; /* of the first such word */
	int *is_kept;                       /* owned; (columns) 1: its texts go to the output */
	struct texts kept;                  /* owned; the texts of all rows, dropped ones too */
	struct label_set *words;            /* owned; (C) of columns that are made of words */
	struct targets **targets;           /* owned; (K) */
	struct texts pending;               /* owned; this row's words and targets */
	size_t *pending_places;             /* owned; (C + K) */
	double *pending_numbers; /* owned; (C + K) targets that are numbers already; NaN: text */
	int checks_numbers;      /* 1: a number may be a missing value (--na) or have a comma */
	struct precision *precision; /* owned; (width + K) of what is read as a number */
	size_t truths;               /* fields that were true or false */
	int has_extra_field;         /* this row has a field beyond the last column, not empty */
	int drops_row;               /* this row has a missing value, and is left out */
	gf_error fault;              /* the first bad field of this row, to be reported when its
					width is known; in a survey, that of an earlier row */
	struct survey survey;        /* owned; of the rows after that one */
};

/* To be called once the columns have been chosen. */
gf_status rows_begin(struct rows *rows, const struct columns *columns,
	const struct read_options *options, locale_t c_locale, gf_error *err);

/* Adds a field of the row.  A bad field becomes an error when its row ends. */
gf_status rows_add_field(struct rows *rows, size_t column, const char *text, size_t line);

/* Returns 1 if fields of the column are features, targets or weights, or are kept. */
int rows_take_column(const struct rows *rows, size_t column);

/* A field that is no text. */
struct row_number {
	double value;
	double rest;        /* as precision.h defines it */
	int is_whole_value; /* 0: a target needs the text, which says more than the double */
};

/* Adds such a field, if the column takes it as a number.  Returns 0 when the caller must use
 * rows_add_field with its text. */
int rows_add_number(struct rows *rows, size_t column, const struct row_number *number);

/* Fast path: if text begins with a plain number, and the column takes numbers, stores it and
 * returns its length.  Returns 0 when the caller must use rows_add_field, as it must when more text
 * follows the number. */
size_t rows_scan_number(struct rows *rows, size_t column, const char *text);

/* Ends the row that began on that line. */
gf_status rows_end(struct rows *rows, size_t line);

/* Adds a whole row where all columns that are read hold numbers: (C) features, then (K) targets. */
gf_status rows_add_row(struct rows *rows, const float *numbers, size_t line);

/* Makes a dataset of the rows: words become features, missing values are filled in. */
gf_status rows_dataset(struct rows *rows, gf_dataset **data);

/* Makes sparse rows of the features, if options want these; else *made is NULL.  *why is as in
 * sparse_choice.h; NULL: there was no choice.  Implemented in rows_sparse.c.
 * GF_E_DATA: they are asked for, but cannot be sparse.  GF_E_MEMORY. */
gf_status rows_sparse(const struct rows *rows, const struct encoding *encoding,
	struct sparse_rows **made, const char **why);

/* All zeros may be freed, too. */
void rows_free(struct rows *rows);

#endif

/*
 * rows.h: the rows of a table as their fields come in: numbers, words and targets.
 *
 *	rows_begin, rows_take for each field and rows_end for each row, rows_dataset, rows_free
 *
 * Words and targets are held until their row ends, so that a row that is left out leaves no word
 * behind.
 */
#ifndef GF_ROWS_H
#define GF_ROWS_H

#include "columns.h"
#include "table_read.h"
#include "texts.h"
#include "dataset.h"
#include "precision.h"
#include "advice.h"
#include "targets.h"

#include <locale.h>

enum { ONE_HOT_MAX = 65536 }; /* words of a column; the numbers of all are exact in a float */

struct rows {
	const struct columns *columns; /* borrowed, as all up to err */
	const struct read_options *options;
	gf_error *err;
	locale_t c_locale;
	size_t *places; /* owned; (columns) C features, then the weight, then K targets */
	size_t width;   /* C and, where it is read, the weight */
	struct page_array numbers; /* owned; (count, width) row-major, and room for a row more; a
				      word is its number in words, one that training has not seen
				      -1, a missing value NaN */
	float *row;                /* (width) in numbers: the one that comes in */
	size_t count;
	size_t dropped;
	size_t *dropped_rows; /* owned; (dropped) which of all rows they were */
	size_t dropped_room;
	size_t holes;  /* missing values that are to be filled in */
	size_t unseen; /* words that training has not seen, which are 0 everywhere */
	size_t unseen_line, unseen_feature; /* of the first */
	int *keeps;                         /* owned; (columns) 1: its text is kept */
	struct texts kept;                  /* owned; of all rows, also those left out */
	struct label_set *words;            /* owned; (C), of the columns that are words */
	struct targets **targets;           /* owned; (K) */
	struct texts held;                  /* owned: this row's words and targets */
	size_t *held_places;                /* owned; (C + K) */
	int checks_numbers; /* 1: each number is first looked up: --na has numbers, or --decimal is a comma */
	struct precision *precision; /* owned; (width + K), of what is read as a number */
	size_t truths;               /* fields that were true or false */
	int beyond;                  /* this row has a field behind all columns that is not empty */
	int lacks;                   /* this row has a missing value, and is left out for it */
	gf_error fault;              /* of this row's first bad field, until its width is known;
					while a survey goes on, of an earlier row */
	struct survey survey;        /* owned: of what follows that fault */
};

/* The columns have been chosen. */
gf_status rows_begin(struct rows *rows, const struct columns *columns,
	const struct read_options *options, locale_t c_locale, gf_error *err);

/* Takes a field of the row; one that is bad is an error only when its row ends. */
gf_status rows_take(struct rows *rows, size_t column, const char *text, size_t line);

/* Fast path: if text begins with a plain number, and the column takes numbers, stores it and
 * returns its length.  Returns 0 when the caller must use rows_take, as it must when more text
 * follows the number. */
size_t rows_take_number(struct rows *rows, size_t column, const char *text);

/* Ends the row that began on that line. */
gf_status rows_end(struct rows *rows, size_t line);

/* Adds a whole row, where all that is read are numbers: (C) features, then (K) targets. */
gf_status rows_add_numbers(struct rows *rows, const float *numbers, size_t line);

/* In advice.c: notes what is wrong with a field, of which a row's first is reported; where it is a
 * word or a missing value, the other rows may be surveyed for what helps. */
void rows_note_fault(struct rows *rows, size_t column, size_t line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void rows_note_word(
	struct rows *rows, size_t column, size_t line, const char *what, const char *text);
void rows_note_missing(struct rows *rows, size_t column, size_t line, const char *text);

/* Ends a row that has a fault, or that the survey looks at. */
gf_status rows_end_faulty(struct rows *rows);

/* The file has ended, or failed with that status.  A fault that a survey was made for is reported
 * rather than that status. */
gf_status rows_conclude(struct rows *rows, gf_status status);

gf_status rows_dataset(struct rows *rows, gf_dataset **data);

/* All zeros is one that has not begun. */
void rows_free(struct rows *rows);

#endif

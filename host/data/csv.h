/*
 * csv.h: the state of the reader of CSV and its kin, which csv.c reads row by row, and csv_files.c
 * from file to file.
 *
 * Lines and columns count from 1; blank lines count too.
 * Columns without a name are called "column1", "column2", ... by their place.
 */
#ifndef GF_CSV_H
#define GF_CSV_H

#include "columns.h"
#include "fields.h"
#include "input.h"
#include "rows.h"
#include "sample.h"

#include <locale.h>

struct csv_reader {
	const struct read_options *options; /* borrowed */
	struct input *in;                   /* borrowed */
	gf_error *err;                      /* borrowed */
	struct field_scanner scanner;
	locale_t c_locale;

	int only_numbers; /* all columns that are read hold numbers, so threads may read rows */
	struct number_rows numbers; /* set if only_numbers */
	float *floats;              /* owned; (floats_room) the rows that threads have read */
	size_t floats_room;
	struct precision *precision; /* owned; (NUMBER_PARTS, numbers.width) of each part */

	size_t line;     /* of the next field, from 1, counted through all files */
	size_t row_line; /* where the next field's row began */
	size_t column;   /* of the next field, from 0 */
	char first_byte; /* of the row */

	char delimiter;
	size_t file_line;       /* the first line of this file */
	int in_first_row;       /* the row is the first of its file, which header.h is to judge */
	int in_comment;         /* the text that comes next belongs to a comment */
	struct sample sample;   /* owned: the first rows, until the first has been read */
	struct texts first;     /* owned: the fields of the first row of this file, until it ends */
	struct texts header;    /* owned: the first row of the first file, if it is a header */
	struct columns columns; /* owned; filled when the first row has ended */
	int begun;              /* columns and rows are filled */
	struct rows rows;       /* owned */
};

/* Reads the rows of a text.  Sets *left to the length of the end of the text that has not been
 * read. */
gf_status csv_read_text(struct csv_reader *r, char *text, size_t length, size_t *left);

/* ---- csv_refusals.c ---- */

/* Fails with GF_E_DATA at the field that comes next. */
gf_status csv_refuse_field(struct csv_reader *r, const char *what);

gf_status csv_no_memory(struct csv_reader *r);

/* Compares the first row of a later file with the header.  GF_E_DATA: they differ. */
gf_status csv_same_header(struct csv_reader *r);

#endif

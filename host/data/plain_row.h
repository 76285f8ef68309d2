/*
 * plain_row.h: rows of lines that have nothing in them which takes a parser.
 *
 * Such a line is fields and delimiters, blanks around fields, and quotes around whole fields.
 * libcsv reads the others, and would read these the same, a third as fast.
 */
#ifndef GF_PLAIN_ROW_H
#define GF_PLAIN_ROW_H

#include "rows.h"

/* What each character is in a line. */
struct plain_form {
	unsigned char kinds[256];
	int runs; /* of blanks are one delimiter */
};

/* Where a space is the delimiter, runs of spaces and tabs are. */
void plain_form_init(struct plain_form *form, char delimiter);

/* Takes the fields of the row at text, which begins a line and has a line feed after it.
 * *next is past that line feed, or NULL where this is no plain line: then nothing is taken.
 * *columns is 0 of a blank line.  Writes to text, but leaves it as it was. */
gf_status plain_row_take(const struct plain_form *form, struct rows *rows, char *text, size_t line,
	char **next, size_t *columns);

#endif

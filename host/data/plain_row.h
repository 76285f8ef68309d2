/*
 * plain_row.h: rows of lines that have nothing in them which takes a parser.
 *
 * Such a line is fields and delimiters, blanks around fields, and quotes around whole fields.
 * libcsv reads all others, and would read these the same, if more slowly (test_plain_row.c).
 */
#ifndef GF_PLAIN_ROW_H
#define GF_PLAIN_ROW_H

#include "rows.h"

enum plain_kind {
	PLAIN_INNER, /* of a field */
	PLAIN_BLANK = 1,
	PLAIN_DELIMITER = 2,
	PLAIN_LINE_END = 4,
	PLAIN_QUIRK = 8 /* a quote, or what is no text */
};

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

static inline int plain_kind(const struct plain_form *form, const char *at)
{
	return form->kinds[(unsigned char)*at];
}

static inline char *plain_skip_blanks(const struct plain_form *form, char *at)
{
	while (plain_kind(form, at) & PLAIN_BLANK)
		at++;
	return at;
}

/* A carriage return alone ends lines, too, but this is libcsv's to see. */
static inline int plain_ends_line(const char *at)
{
	return *at == '\n' || (at[0] == '\r' && at[1] == '\n');
}

/* The text of a field ended before at; what follows it, or NULL: no delimiter and no line's end. */
static inline char *plain_after_field(const struct plain_form *form, char *at)
{
	while (plain_kind(form, at) == PLAIN_BLANK)
		at++;
	return plain_kind(form, at) & PLAIN_DELIMITER || plain_ends_line(at) ? at : NULL;
}

#endif

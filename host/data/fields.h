/*
 * fields.h: the grammar of CSV, TSV and tables whose columns are separated by blanks: where each
 * field of a text begins and ends.
 *
 *	text   = { row }
 *	row    = field { delimiter field } end       a blank line is no row
 *	field  = [blanks] ( bare | quoted ) [blanks]
 *	bare   = text without a delimiter or an end of a line; a quote within it is text
 *	quoted = '"' { any text, '""' for a quote, ends of lines too } '"'
 *	end    = LF, CR LF or CR
 *
 * This is RFC 4180 with what common files have beyond it: blanks around a field do not belong to
 * it.  Where the delimiter is a space, a run of spaces and tabs is one delimiter, and blanks at
 * either end of a line are none.
 */
#ifndef GF_FIELDS_H
#define GF_FIELDS_H

#include "precision.h"

#include <stddef.h>

/* Returns 1 if c may separate fields: no quote, end of a line, letter or part of a number does. */
int delimiter_possible(char c);

enum byte_kind {
	BYTE_TEXT, /* of a field */
	BYTE_BLANK = 1,
	BYTE_DELIMITER = 2,
	BYTE_LINE_END = 4,
	BYTE_QUOTE = 8,
	BYTE_NUL = 16
};

struct field_scanner {
	unsigned char kinds[256]; /* enum byte_kind of each byte */
	int runs;                 /* a run of blanks is one delimiter */
	char line_end;            /* the byte by which lines are counted */
	char *end;                /* borrowed; the text's end, where a NUL must be */
};

enum field_result {
	FIELD_INNER, /* more fields of this row follow */
	FIELD_LAST,  /* the row has ended */
	FIELD_NONE,  /* the row has ended without another field, in a blank line or in blanks */
	FIELD_CUT,   /* the text ends before the field does */
	FIELD_NUL,   /* the field has a NUL byte */
	FIELD_TEXT_AFTER_QUOTE
};

struct csv_field {
	char *text; /* borrowed; (length) without its quotes and the blanks around it */
	size_t length;
	int quoted;
	int doubled;  /* 1: a quote in the text is still written as two */
	size_t lines; /* ends of lines from the scan's start to next */
	char *next;   /* behind the field's delimiter, or behind the end of its row */
};

/* line_end: LF, or CR where the file has no LF.  The caller sets scanner->end. */
void field_scanner_init(struct field_scanner *scanner, char delimiter, char line_end);

/* Scans the field that begins at `at`, perhaps after blanks.  row_start: 1 for the first field of a
 * row.  If the result is FIELD_CUT or an error, text and length are the part of the field that was
 * found. */
enum field_result field_scan(
	const struct field_scanner *scanner, char *at, int row_start, struct csv_field *field);

/* Replaces two quotes by one in the field's text, and ends it in a NUL.  The bytes from field->next
 * on stay as they are. */
void field_unquote(struct csv_field *field);

static inline char *field_skip_blanks(const struct field_scanner *scanner, char *at)
{
	while (scanner->kinds[(unsigned char)*at] & BYTE_BLANK)
		at++;
	return at;
}

/* Scans from behind a field's text or closing quote to the next field: sets next, adds to lines. */
static inline enum field_result field_end(
	const struct field_scanner *scanner, char *at, struct csv_field *field)
{
	char *stop = field_skip_blanks(scanner, at);
	int kind = scanner->kinds[(unsigned char)*stop];

	if (kind & BYTE_LINE_END) {
		int both = stop[0] == '\r' && stop[1] == '\n';

		field->lines += both || *stop == scanner->line_end;
		field->next = stop + 1 + both;
		return FIELD_LAST;
	}
	/* If runs of blanks separate fields, one has just been skipped. */
	field->next = stop + !scanner->runs;
	if (scanner->runs ? stop > at : kind & BYTE_DELIMITER)
		return FIELD_INNER;
	field->next = stop;
	if (kind & BYTE_NUL)
		return stop == scanner->end ? FIELD_CUT : FIELD_NUL;
	return FIELD_TEXT_AFTER_QUOTE;
}

/* ---- rows that hold numbers alone, read by several threads ---- */

/* Rows do not depend on each other, so the result does not depend on the number of threads. */
struct number_rows {
	const struct field_scanner *scanner; /* borrowed */
	const size_t *places; /* borrowed; (columns) each column's place in a row of out; width or
				 more: the column is not read */
	size_t columns, width;
	const struct precision *precision; /* borrowed; (width) of the rows before */
};

enum { NUMBER_PARTS = 8 };

/* Consecutive lines, which one thread reads. */
struct number_part {
	char *text, *end; /* borrowed; whole lines */
	float *out;       /* borrowed; (rows, width) */
	size_t rows;      /* that were read, up to the first line that is no row of bare numbers */
	char *stop;       /* where that line begins, or end */
	struct precision *precision; /* borrowed; (width) out: of these rows */
};

/* Reads the lines from text to end, which is behind the end of a line, and returns the number of
 * parts.  out has room for a float for every two bytes of text. */
size_t number_rows_read(const struct number_rows *rows, char *text, char *end, float *out,
	struct number_part parts[NUMBER_PARTS]);

#endif

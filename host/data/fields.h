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
 * This is RFC 4180, and what common files have beyond it: blanks around a field are no part of it.
 * Where the delimiter is a space, each run of spaces and tabs is one delimiter, and none at either
 * end of a line.
 */
#ifndef GF_FIELDS_H
#define GF_FIELDS_H

#include "precision.h"

#include <stddef.h>

/* 1 where c can separate fields: it is no quote, no end of a line and no part of a number. */
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
	char *end;                /* borrowed: of the text; a NUL stands there */
};

enum field_result {
	FIELD_INNER, /* more fields of this row follow */
	FIELD_LAST,  /* the row has ended */
	FIELD_NONE,  /* the row has ended, without a field: at a blank line, or after blanks */
	FIELD_CUT,   /* the text ends before the field does */
	FIELD_NUL,   /* a NUL byte stands in the field */
	FIELD_TEXT_AFTER_QUOTE
};

struct field {
	char *text; /* borrowed; (length) without its quotes and the blanks around it */
	size_t length;
	int quoted;
	int doubled;  /* 1: a quote in it is still written as two */
	size_t lines; /* ends of lines from where the scan began to next */
	char *next;   /* what follows the field's delimiter, or the end of its row */
};

/* line_end: LF, or CR where no LF is in the file.  The text is set apart: scanner->end. */
void field_scanner_init(struct field_scanner *scanner, char delimiter, char line_end);

/* The field that begins at `at`, or blanks before it; row_start: no field of its row was before it.
 * Where the result is FIELD_CUT or an error, text and length are what of the field is there. */
enum field_result field_scan(
	const struct field_scanner *scanner, char *at, int row_start, struct field *field);

/* Makes one quote of two in the field's text, and a string of it, which ends in a NUL.  What
 * follows from field->next on stays as it is. */
void field_unquote(struct field *field);

static inline char *field_skip_blanks(const struct field_scanner *scanner, char *at)
{
	while (scanner->kinds[(unsigned char)*at] & BYTE_BLANK)
		at++;
	return at;
}

/* What follows a field whose text, or closing quote, ends before `at`: sets next, adds to lines. */
static inline enum field_result field_end(
	const struct field_scanner *scanner, char *at, struct field *field)
{
	char *stop = field_skip_blanks(scanner, at);
	int kind = scanner->kinds[(unsigned char)*stop];

	if (kind & BYTE_LINE_END) {
		int both = stop[0] == '\r' && stop[1] == '\n';

		field->lines += both || *stop == scanner->line_end;
		field->next = stop + 1 + both;
		return FIELD_LAST;
	}
	/* Where runs of blanks separate, one has just been skipped. */
	field->next = stop + !scanner->runs;
	if (scanner->runs ? stop > at : kind & BYTE_DELIMITER)
		return FIELD_INNER;
	field->next = stop;
	if (kind & BYTE_NUL)
		return stop == scanner->end ? FIELD_CUT : FIELD_NUL;
	return FIELD_TEXT_AFTER_QUOTE;
}

/* ---- rows of numbers and nothing else, read by several threads at once ---- */

/* What is in a row does not depend on any other, so what comes of it does not depend on the
 * threads. */
struct number_rows {
	const struct field_scanner *scanner; /* borrowed */
	const size_t *places; /* borrowed; (columns) in a row of out; width or more: the
						column is not read */
	size_t columns, width;
	const struct precision *precision; /* borrowed; (width) so far */
};

enum { NUMBER_PARTS = 8 };

/* Lines that follow each other, of which a thread reads what it can. */
struct number_part {
	char *text, *end; /* borrowed; whole lines */
	float *out;       /* borrowed; (rows, width) */
	size_t rows;      /* that were read: up to the first line that is no row of bare numbers */
	char *stop;       /* where that line begins, or end */
	struct precision *precision; /* borrowed; (width) set to what is in these rows */
};

/* Reads the lines from text to end, which is past a line's end, and returns how many parts they
 * make.  out has room for a float for each two bytes of text. */
size_t number_rows_read(const struct number_rows *rows, char *text, char *end, float *out,
	struct number_part parts[NUMBER_PARTS]);

#endif

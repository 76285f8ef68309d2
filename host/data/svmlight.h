/* svmlight_lines.h: the lines of a svmlight file as they come in, and what is made of them. */
#ifndef GF_SVMLIGHT_LINES_H
#define GF_SVMLIGHT_LINES_H

#include "table_read.h"
#include "precision.h"
#include "targets.h"
#include "texts.h"

#include <locale.h>
#include <stdint.h>

struct svmlight_pair {
	uint32_t index; /* as in the file */
	float value;    /* NaN: missing */
};

struct svmlight_row {
	size_t line;
	size_t end; /* of its pairs, among those of all rows */
};

struct svmlight {
	const struct read_options *options; /* borrowed */
	const char *name;                   /* borrowed: the file as messages call it */
	gf_error *err;                      /* borrowed */
	locale_t c_locale;

	char *text; /* owned; (length) the line being read, and room for a 0 */
	size_t length, text_room;
	size_t line; /* its number, from 1 */

	struct targets *targets;     /* owned; NULL: labels are not read */
	int holds;                   /* 1: labels are held, since their rows may be left out */
	struct texts labels;         /* owned; (row_count) held; "": missing */
	struct svmlight_pair *pairs; /* owned; (pair_count) of all rows */
	size_t pair_count, pair_room;
	struct svmlight_row *rows; /* owned; (row_count) */
	size_t row_count, row_room;

	int asks;    /* 1: some numbers stand for a missing value */
	int watches; /* 1: whether floats hold the digits */
	struct sparse_precision precision;
	struct precision label_precision;

	int base;         /* the first index; -1: not yet known */
	int unsorted;     /* this line's indices */
	size_t most;      /* the largest index */
	size_t zero_line; /* the first line with an index 0; 0: none */
	size_t qid_line;  /* the same of a qid */
	size_t features;  /* as many as indices, or as the model has */
};

/* GF_E_DATA of the line that is being read, or that r->line is set to. */
gf_status svmlight_refuse(const struct svmlight *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Labels are read, and this one is not missing. */
gf_status svmlight_add_label(struct svmlight *r, const char *word, size_t line);

/* svmlight_dataset.c: all lines have been read. */
gf_status svmlight_dataset(struct svmlight *r, gf_dataset **data);

#endif

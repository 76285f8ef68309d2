/*
 * arrow_column.h: the values of a column of an Arrow table, one at a time.
 *
 * The structs come from another program, and buffers do not tell their sizes.  So all that can be
 * checked is: counts, offsets and the order of them, indices into dictionaries, and NULLs.
 */
#ifndef GF_ARROW_COLUMN_H
#define GF_ARROW_COLUMN_H

#include "data_report.h"
#include "gpufitcl_arrow.h"

#include <stddef.h>
#include <stdint.h>

/*	 word		format	bytes of a value */
#define ARROW_TYPE_LIST(X)    \
	X(null, "n", 0)       \
	X(boolean, "b", 0)    \
	X(int8, "c", 1)       \
	X(uint8, "C", 1)      \
	X(int16, "s", 2)      \
	X(uint16, "S", 2)     \
	X(int32, "i", 4)      \
	X(uint32, "I", 4)     \
	X(int64, "l", 8)      \
	X(uint64, "L", 8)     \
	X(float16, "e", 2)    \
	X(float32, "f", 4)    \
	X(float64, "g", 8)    \
	X(text, "u", 4)       \
	X(large_text, "U", 8) \
	X(text_view, "vu", 16)

#define ARROW_TYPE_LINE(word, format, bytes) ARROW_##word,

enum arrow_type { ARROW_TYPE_LIST(ARROW_TYPE_LINE) ARROW_TYPE_COUNT };

/* Values of one type. */
struct arrow_values {
	enum arrow_type type;
	size_t first, count;           /* values [first, first + count) of the buffers */
	const unsigned char *validity; /* borrowed, as all: a bit a value; NULL: none is missing */
	const void *const *buffers;    /* (n_buffers) */
	size_t n_buffers;
};

struct arrow_column {
	struct data_place place; /* of the column, in messages */
	struct arrow_values values;
	int has_dictionary; /* 1: values are indices into it */
	struct arrow_values dictionary;
};

enum arrow_kind {
	ARROW_MISSING,
	ARROW_TRUTH,
	ARROW_INTEGER,
	ARROW_FLOAT,
	ARROW_DOUBLE,
	ARROW_TEXT
};

/* A value. */
struct arrow_cell {
	enum arrow_kind kind;
	double number;      /* of all kinds but text */
	int negative;       /* of an integer, */
	uint64_t magnitude; /* and all its digits */
	const char *text;   /* borrowed; (length) without a NUL at its end */
	size_t length;
};

/* Checks that columns of that type are understood.  GF_E_DATA. */
gf_status arrow_column_check(
	const struct ArrowSchema *schema, struct data_place place, gf_error *err);

/* Opens values [first, first + rows) of the array.  schema: one that arrow_column_check has passed.
 * GF_E_DATA: the struct contradicts itself. */
gf_status arrow_column_open(struct arrow_column *column, const struct ArrowSchema *schema,
	const struct ArrowArray *array, size_t first, size_t rows, struct data_place place,
	gf_error *err);

/* Gets the value of that row, which counts from 0 in what was opened.  GF_E_DATA: an index or an
 * offset leads outside of what it counts. */
gf_status arrow_column_cell(
	const struct arrow_column *column, size_t row, struct arrow_cell *cell, gf_error *err);

#endif

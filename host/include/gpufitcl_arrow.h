/*
 * gpufitcl_arrow.h: datasets from tables in memory, by Arrow's C data interface: frames of pandas,
 * polars and R, DuckDB's results, tables of any Arrow library, without linking one.
 *
 * The structs are those of https://arrow.apache.org/docs/format/CDataInterface.html; the macros
 * keep them apart from another header's that declares the same.
 */
#ifndef GPUFITCL_ARROW_H
#define GPUFITCL_ARROW_H

#include "gpufitcl.h"

GF_HEADER_BEGIN

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

/* A type: of a column or, with its columns as children, of a table. */
struct ArrowSchema {
	const char *format; /* "g": doubles, "u": text, "+s": a table */
	const char *name;
	const char *metadata;
	int64_t flags;
	int64_t n_children;
	struct ArrowSchema **children;
	struct ArrowSchema *dictionary; /* the type of the values that integers count; or NULL */
	void (*release)(struct ArrowSchema *);
	void *private_data;
};

/* The values of a column or, as children, of a table's columns. */
struct ArrowArray {
	int64_t length;
	int64_t null_count; /* -1: not known */
	int64_t offset;     /* values that come before the first one */
	int64_t n_buffers;
	int64_t n_children;
	const void **buffers; /* a bit a value that is there (NULL: all are), then the values */
	struct ArrowArray **children;
	struct ArrowArray *dictionary;
	void (*release)(struct ArrowArray *);
	void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

/* A table in parts.  A function returns 0 or an errno code; a part without release is the end. */
struct ArrowArrayStream {
	int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
	int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
	const char *(*get_last_error)(struct ArrowArrayStream *);
	void (*release)(struct ArrowArrayStream *);
	void *private_data;
};

#endif

/* Makes the dataset that gf_dataset_read makes of the same table in a CSV file, with the same
 * options; a message calls the table "table", and counts its rows from 1.  Columns are integers,
 * floats, booleans, text, or dictionaries of these.  A null, NaN, or a text of options->na is a
 * missing value.  Numbers are doubles, rounded to float.  In a column of words or classes a number
 * is the shortest text that reads back as the same, and a boolean is "true" or "false".
 * schema and array describe a struct ("+s"), and stay the caller's.
 * GF_E_USAGE: an option is for files alone: header, delimiter, decimal, comment, skip_lines,
 * encoding, labels or index_base.  GF_E_DATA: as gf_dataset_read; a column has another type; the
 * structs contradict themselves. */
gf_status gf_dataset_arrow(gf_dataset **data, const struct ArrowSchema *schema,
	const struct ArrowArray *array, const gf_read_options *options, gf_error *err);

/* The same of all parts of a stream, to its end.  The caller releases the stream. */
gf_status gf_dataset_arrow_stream(gf_dataset **data, struct ArrowArrayStream *stream,
	const gf_read_options *options, gf_error *err);

GF_HEADER_END

#endif

/*
 * table_read.h: reads a dataset from a file of any format, perhaps with labels from a second file.
 */
#ifndef GF_TABLE_READ_H
#define GF_TABLE_READ_H

#include "dataset.h"
#include "formats.h"
#include "read_options.h"

struct input;
struct ArrowSchema;
struct ArrowArray;
struct ArrowArrayStream;

/* Reads a file of any format.  path or options->labels may be "-" for standard input, but not both.
 * With options->labels, options->target names columns of that file.
 * GF_E_NOINPUT: a file cannot be opened.  GF_E_USAGE: the format does not take an option.
 * GF_E_DATA: "file:line: what was found"; the labels are not as many as the rows.  GF_E_IO. */
gf_status table_read(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err);

/* Reads a table from several files (count), which have one format and the same columns.  The rows
 * of a file follow those of the file before it. */
gf_status table_read_all(gf_dataset **data, const char *const *paths, size_t count,
	const struct read_options *options, gf_error *err);

/* Goes on with the next file of a table in several files.  counted: the lines or rows of the files
 * until now.  *more is 0 if there is none.  GF_E_DATA: the file has another format. */
gf_status table_next(struct input *in, const struct read_options *options, enum format format,
	size_t counted, int *more, gf_error *err);

/* An Arrow table. */
struct arrow_source {
	const struct ArrowSchema *schema; /* borrowed, as all; NULL: the stream has it */
	const struct ArrowArray *array;   /* the only part; NULL: the stream has the parts */
	struct ArrowArrayStream *stream;
};

/* Reads a table in memory; options that are about files are not asked for.
 * GF_E_DATA: "table: row 17, column 3 ("price"): what was found". */
gf_status arrow_read(gf_dataset **data, const struct arrow_source *source,
	const struct read_options *options, gf_error *err);

/* ---- the readers of the formats ----
 *
 * in: at its beginning; it stays open.  Of several files it has the first, and table_next goes on.
 * GF_E_DATA: "path:line: column 3 ("price"): what was found; what was wanted"; also if the file
 * lacks a column that options name.  GF_E_USAGE: the delimiter cannot be one.  GF_E_IO.
 * GF_E_MEMORY. */

gf_status csv_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);
gf_status npy_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);
gf_status idx_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);
gf_status npz_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);
gf_status svmlight_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);

#endif

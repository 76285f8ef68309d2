/*
 * csv_rows.h: tests of csv_read as table rows: a text, options, and the outcome as text.
 *
 * The outcome is either the data set, "x1 x2 > y" and then its rows, of sparse ones "0:5 8:2 > 1",
 * or the status and the exact message.  Classes follow the names ("x > y: no yes"), a weight its
 * row ("1 > 0 * 0.5"), and "dropped 2" the rows.
 */
#ifndef GF_CSV_ROWS_H
#define GF_CSV_ROWS_H

#include "basics.h"
#include "table_read.h"

enum { NAMES = 4 };

enum header { AUTO, YES, NO };

struct csv_row {
	const char *name;
	const char *text;
	size_t length; /* of a text that holds a NUL byte; else 0 */
	const char *target, *features, *exclude;
	enum header header;
	char delimiter;
	const char *one_hot, *sample_weight;
	gf_missing missing;
	enum loss_targets rule;
	const char *model[NAMES]; /* features of the model to read for */
	const char *model_targets[NAMES];
	int without_target;
	char decimal;
	const char *comment, *na;
	size_t skip_lines;
	gf_encoding encoding;
	const char *notice; /* all notices to the user; NULL: any */
	const char *outcome;
};

/* The default options. */
extern const struct read_options csv_plain;

/* Reads the file as CSV, whatever it holds. */
gf_status csv_read_file(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err);

/* Valid until the next call. */
const char *csv_outcome(const char *path, const struct read_options *options);

/* The outcome of table_read, which reads a file of any format.  Valid until the next call. */
const char *table_outcome(const char *path, const struct read_options *options);

/* The outcome of table_read_all.  Valid until the next call. */
const char *files_outcome(
	const char *const *paths, size_t count, const struct read_options *options);

/* Runs each row as a test, in an empty folder; main returns the result. */
int csv_run_rows(const char *group, const struct csv_row *rows, size_t count);

#endif

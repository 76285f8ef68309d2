/*
 * csv_rows.h: files, what is asked of them, and the outcome of csv_read as text.
 *
 * An outcome is either the dataset ("x1 x2 > y" and its rows), or the status and the exact
 * message.  Classes follow the names ("x > y: no yes"), a weight its row ("1 > 0 * 0.5"), and
 * "dropped 2" the rows.
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
	size_t length; /* of a text with a 0 in it; else 0 */
	const char *target, *features, *exclude;
	enum header header;
	char delimiter;
	const char *one_hot, *sample_weight;
	gf_missing missing;
	enum loss_targets rule;
	const char *model[NAMES]; /* the features a model wants */
	const char *model_targets[NAMES];
	int without_target;
	char decimal;
	const char *comment, *na;
	size_t skip_lines;
	gf_encoding encoding;
	const char *notice; /* what the user is told, all of it; NULL: does not matter */
	const char *outcome;
};

/* How a file is read when nothing is asked of it. */
extern const struct read_options csv_plain;

/* Valid until the next call. */
const char *csv_outcome(const char *path, const struct read_options *options);

/* The outcome of table_read, which reads a file of any format.  Valid until the next call. */
const char *table_outcome(const char *path, const struct read_options *options);

/* One test a row, in a folder of its own; to be returned by main. */
int csv_run_rows(const char *group, const struct csv_row *rows, size_t count);

#endif

/*
 * table_read.h: a dataset from a file of any format, its labels perhaps from a second one.
 */
#ifndef GF_TABLE_READ_H
#define GF_TABLE_READ_H

#include "encoding.h"
#include "gpufitcl.h"
#include "targets.h"

struct input;


/* The columns to read from a file.  Where the labels have a file of their own, the first file is
 * read for its features only and the second for its targets only. */
enum table_part { PART_ALL, PART_FEATURES, PART_TARGETS };

struct read_options {
	/* as in gf_read_options */
	const char *target, *features, *exclude;
	int header;
	char delimiter, decimal;
	const char *comment, *na;
	size_t skip_lines;
	gf_encoding text_encoding;
	const char *one_hot, *sample_weight;
	gf_missing missing; /* never auto */
	gf_unseen unseen;
	const char *keep;
	enum index_base index_base; /* of svmlight; unknown: the file tells */

	/* The columns that a model needs, or NULL: then these are the defaults of target and
	 * features, which may only be as many.  They are found by name; in a file without a
	 * header that has not all of them, by place: D columns are the features, D + K the
	 * features and then the targets. */
	const char *const *wanted_features; /* (D) */
	size_t wanted_feature_count;
	const char *const *wanted_targets; /* (K) */
	size_t wanted_target_count;
	const struct encoding *encoding; /* borrowed: the model's, of wanted_features; or NULL */
	int by_place;                    /* the model's names are made up: look at places alone */
	int with_target; /* 0: the model's targets may be missing, and are not read */

	/* Tells the user something about the data that is not an error; data_notice calls it. */
	void (*notice)(const char *text, void *user);
	void (*on_progress)(const gf_progress *progress, void *user); /* or NULL */
	void *user;

	const char *labels; /* of table_read */
	enum table_part part;
	enum loss_targets rule;           /* what the targets are to be */
	const char *const *known_classes; /* (known_class_count) of the model, or NULL */
	size_t known_class_count;
};

/* Formats a sentence and hands it to options->notice, where there is one. */
void data_notice(const struct read_options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* path, and options->labels, "-" is standard input; both cannot be.  options->target is then of
 * the file of labels.
 * GF_E_NOINPUT: cannot be opened.  GF_E_USAGE: an option that this format does not take.
 * GF_E_DATA: "file:line: what was found"; labels that are not as many as the rows.  GF_E_IO. */
gf_status table_read(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err);

/* ---- the readers of the formats ----
 *
 * in: open, at its beginning, and stays so.  path: "-" is standard input.
 * GF_E_DATA: "path:line: column 3 ("price"): what was found; what was wanted"; target and features
 * that this file does not have, too.  GF_E_USAGE: no such delimiter can be.  GF_E_NOINPUT: cannot
 * be opened.  GF_E_IO.  GF_E_MEMORY. */

gf_status csv_read(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err);
gf_status csv_read_input(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);
gf_status npy_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);
gf_status idx_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);
gf_status svmlight_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);

#endif

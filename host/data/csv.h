/*
 * csv.h: reader of CSV, of TSV, and of tables whose columns are set apart by
 * blanks; plain or compressed by gzip.
 *
 * Lines are counted by their line feeds, from 1, blank ones too; columns from 1.
 * Columns without a name are called "column1", "column2", ... by their place.
 */
#ifndef GF_CSV_H
#define GF_CSV_H

#include "encoding.h"
#include "targets.h"

struct input;

/* What of a file is wanted: where labels come from a second file, the features alone of the first
 * and the targets alone of the second. */
enum table_part { PART_ALL, PART_FEATURES, PART_TARGETS };

struct csv_options {
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
	enum target_rule rule;            /* what the targets are to be */
	const char *const *known_classes; /* (known_class_count) of the model, or NULL */
	size_t known_class_count;
};

/* Formats a sentence and hands it to options->notice, where there is one. */
void data_notice(const struct csv_options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* path "-" is standard input.
 * GF_E_NOINPUT: cannot be opened.  GF_E_USAGE: no such delimiter can be.  GF_E_IO.
 * GF_E_DATA: "path:line: column 3 ("price"): what was found"; target and features that this file
 * does not have, too. */
gf_status csv_read(
	gf_dataset **data, const char *path, const struct csv_options *options, gf_error *err);

/* The same of an input that is open, and stays so. */
gf_status csv_read_input(
	gf_dataset **data, struct input *in, const struct csv_options *options, gf_error *err);

#endif

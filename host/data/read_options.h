/*
 * read_options.h: what a reader is asked for: the columns, how their text is read, and what a model
 * needs of them.
 */
#ifndef GF_READ_OPTIONS_H
#define GF_READ_OPTIONS_H

#include "catalog.h"
#include "gpufitcl.h"

struct encoding;

/* The first index of a file whose columns have indices (svmlight). */
enum index_base { INDEX_BASE_UNKNOWN, INDEX_BASE_0, INDEX_BASE_1 };

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
	const char *offset; /* the column of each row's offset or, if takes_exposure, of the number
			       whose logarithm that is; NULL: there is none */
	int takes_exposure;
	gf_missing missing; /* never auto */
	gf_unseen unseen;
	const char *keep;
	enum index_base index_base; /* of svmlight; unknown: the file tells */
	int sparse;                 /* of svmlight: 1 keeps its rows sparse, 0 does not, -1 where
				       dense ones would take too much memory, 2 also where that
				       is faster */

	/* The columns that a model needs; NULL: there is no model.  They are the defaults of
	 * target and features, which may name other columns, but as many.  Columns are found by
	 * name or, in a file without a header that lacks one of the names, by place: D columns
	 * are the features, D + K the features and then the targets. */
	const char *const *wanted_features; /* (D) */
	size_t wanted_feature_count;
	const char *const *wanted_targets; /* (K) */
	size_t wanted_target_count;
	const struct encoding *encoding; /* borrowed; of the model's wanted_features; or NULL */
	int by_place;                    /* 1: the model's names are made up, only places count */
	int with_target; /* 0: the model's targets are not read, and may be missing */

	/* Tells the user something about the data that is not an error; report_notice in
	 * data_report.h calls it.  Both functions may be NULL. */
	void (*notice)(const char *text, void *user);
	void (*on_progress)(const gf_progress *progress, void *user);
	void *user;

	const char *cache; /* arrays as large as x are made in files beside this path; NULL: in
			      memory */

	const char *labels; /* the path of a second file with the labels, or NULL; for table_read */
	enum table_part part;
	enum loss_targets rule;           /* what the loss takes for targets */
	const char *const *known_classes; /* (known_class_count) of the model, or NULL */
	size_t known_class_count;
};

#endif

/*
 * targets.h: turns a column of labels or numbers into the targets that a loss takes.
 *
 *	targets_new, targets_add or targets_add_number for each row, targets_finish, targets_free
 *
 * Where the rule takes classes, labels may be words or numbers; texts.h says which of them are the
 * same label.  Classes are sorted as numbers if all of them are numbers, else by their bytes; the
 * class index is the place in that order.
 */
#ifndef GF_TARGETS_H
#define GF_TARGETS_H

#include "catalog.h"
#include "columns.h"
#include "gpufitcl.h"

enum { TARGETS_CLASSES_MAX = 65536 };

struct read_options;

/* Zeros everywhere but in files and column: a column of numbers. */
struct target_options {
	const struct file_list *files; /* borrowed, for messages */
	struct column_label column;    /* as messages name it */
	int by_row;                    /* 1: the file has no lines, and messages count rows */
	enum loss_targets rule;
	size_t columns; /* of targets in all.  With more than one there are no classes:
			   probabilities are numbers, and rules that ask for classes refuse */
	int known;      /* 1: a model says what the classes are, and a label must be one of them;
			   without classes it predicts numbers or probabilities */
	const char *const *known_classes; /* borrowed; (known_class_count) in the model's order */
	size_t known_class_count;
	const struct read_options *reader; /* borrowed; takes the notices; NULL: nobody does */
};

/* Returns 1 if a loss of that rule takes y as a target. */
int target_allowed(enum loss_targets rule, float y);

/* The targets that the rule takes, as messages name them: "a count, 0 or above". */
const char *target_words(enum loss_targets rule);

/* One column while its rows are read. */
struct targets;

/* GF_E_DATA: the rule takes one column, and there are several. */
gf_status targets_new(
	struct targets **targets, const struct target_options *options, gf_error *err);

/* Adds the label of the next row; line counts from 1.  text is not kept.
 * GF_E_DATA: "path:line: column 3 ("kind"): what was found". */
gf_status targets_add(struct targets *targets, const char *text, size_t line, gf_error *err);

/* Adds a target from a file of binary numbers.  Its errors name the row, which counts from 1. */
gf_status targets_add_number(struct targets *targets, double value, size_t row, gf_error *err);

/* 1: every number is a target as it is. */
int targets_of_numbers(const struct targets *targets);

/* Rows added. */
size_t targets_count(const struct targets *targets);

/* Writes the target of row i into y[i * stride]; call it once, after the last row.  *names
 * (*classes): the classes as they were first spelt in the file, for the caller to free with
 * names_free; NULL and 0 if the targets are numbers.
 * GF_E_DATA: fewer classes than the rule takes. */
gf_status targets_finish(struct targets *targets, float *y, size_t stride, char ***names,
	size_t *classes, gf_error *err);

void targets_free(struct targets *targets);

#endif

/*
 * targets.h: a column of labels or of numbers, made into what a loss takes.
 *
 *	targets_new, targets_add or targets_add_number for each row, targets_finish, targets_free
 *
 * Where a rule takes classes, labels may be words or numbers, told apart as texts.h says.
 * Classes sort as numbers when all of them are, else by bytes; their place in that order is the
 * class index.
 */
#ifndef GF_TARGETS_H
#define GF_TARGETS_H

#include "catalog.h"
#include "columns.h"
#include "gpufitcl.h"

enum { TARGETS_CLASSES_MAX = 65536 };

struct read_options;

/* All zeros but path and column: numbers. */
struct target_options {
	const char *path;           /* borrowed, for messages */
	struct column_label column; /* as messages call it */
	int by_row;                 /* 1: the file has no lines; messages say rows */
	enum loss_targets rule;
	size_t columns; /* of targets in all; with more than one there are no classes: probabilities
			   are numbers, and the rules that ask for classes refuse */
	int known;      /* 1: the classes are a model's, and labels must be among them; a model of
			   probabilities has none and takes numbers */
	const char *const *known_classes; /* borrowed; (known_class_count) in their order */
	size_t known_class_count;
	const struct read_options *reader; /* borrowed: who hears notices; NULL: nobody */
};

/* One column's, while rows come in. */
struct targets;

/* GF_E_DATA: the rule takes one column, and there are several. */
gf_status targets_new(
	struct targets **targets, const struct target_options *options, gf_error *err);

/* The next row's label; line counts from 1.  text is not kept.
 * GF_E_DATA: "path:line: column 3 ("kind"): what was found". */
gf_status targets_add(struct targets *targets, const char *text, size_t line, gf_error *err);

/* Adds a target from a file of binary numbers.  Its errors name the row, which counts from 1. */
gf_status targets_add_number(struct targets *targets, double value, size_t row, gf_error *err);

/* 1 where any number is a target as it is. */
int targets_of_numbers(const struct targets *targets);

/* Rows added. */
size_t targets_count(const struct targets *targets);

/* Once, at the end: y[i * stride] of each row i, and the class names as first spelt in the file,
 * the caller's to free one by one; *names is NULL and *classes 0 where the targets are numbers.
 * GF_E_DATA: fewer classes than the rule takes. */
gf_status targets_finish(struct targets *targets, float *y, size_t stride, char ***names,
	size_t *classes, gf_error *err);

void targets_free(struct targets *targets);

#endif

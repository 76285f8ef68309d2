/*
 * missing.h: what becomes of missing values, whatever the file's format.
 *
 * Among numbers, NaN stands for a missing one.  A model remembers what it needs to fill in a later
 * file: each column's mean, and its most common number.
 */
#ifndef GF_MISSING_H
#define GF_MISSING_H

#include "columns.h"
#include "csv.h"
#include "encoding.h"

/* GF_E_USAGE: values are to be filled in from a model that does not know with what. */
gf_status missing_check(const struct csv_options *options, gf_error *err);

/* 1 where something takes the place of a missing number of that feature; of a training, it is what
 * all rows will tell. */
int missing_is_filled(const struct csv_options *options, size_t feature);

/* What the user can do about one that is an error. */
const char *missing_advice(const struct csv_options *options, enum column_role role);

/* The rows that have come in. */
struct numbers {
	float *at; /* borrowed, as all; (rows, width) row-major, in each row its C features first */
	size_t rows, width;
	size_t holes; /* 0: none is to be filled in */
	const struct columns *columns;
	const struct csv_options *options;
};

/* NaN becomes fill. */
void missing_fill(const struct numbers *numbers, size_t feature, float fill);

gf_status missing_refuse_all(
	const struct numbers *numbers, size_t feature, const char *what, gf_error *err);

/* What a later file may need of each column of numbers goes to encoding (C columns), and fills the
 * holes of this one.  GF_E_DATA: a column has no number at all. */
gf_status missing_learn(const struct numbers *numbers, struct encoding *encoding, gf_error *err);

/* The same, where options->encoding is what a model knows. */
void missing_use_known(const struct numbers *numbers, struct encoding *encoding);

#endif

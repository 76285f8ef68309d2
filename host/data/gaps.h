/*
 * gaps.h: missing values of a dataset whose features are all numbers, and all there: rows are left
 * out, or NaN is filled in.
 *
 *	gaps_open, gaps_take for each missing value, gaps_check, the targets and weights of the
 *	rows that stay, gaps_close, gaps_free
 */
#ifndef GF_GAPS_H
#define GF_GAPS_H

#include "columns.h"
#include "csv.h"
#include "dataset.h"

struct gaps {
	const struct columns *columns; /* borrowed, as options */
	const struct csv_options *options;
	size_t rows;    /* of the file */
	size_t dropped; /* of them, left out */
	size_t holes;   /* values to be filled in */
	char *lost;     /* owned; (rows) 1: left out */
};

gf_status gaps_open(struct gaps *gaps, const struct columns *columns,
	const struct csv_options *options, size_t rows, gf_error *err);

/* The value of that row, from 0, is missing: of features.at[place], or of a target, where place
 * does not matter.  1: it is taken care of; 0: it is an error, and missing_advice says what
 * helps. */
int gaps_take(struct gaps *gaps, size_t row, enum column_role role, size_t place);

/* GF_E_DATA: no row stays. */
gf_status gaps_check(const struct gaps *gaps, gf_error *err);

/* data has (rows) rows of features and of weights, if any, and the targets of the rows that stay:
 * what is lost goes, and NaN is filled in.  remember: 1: what a later file may need stays with
 * the dataset, whether or not options ask for it. */
gf_status gaps_close(struct gaps *gaps, gf_dataset *data, int remember, gf_error *err);

/* All zeros is one that has not been opened. */
void gaps_free(struct gaps *gaps);

#endif

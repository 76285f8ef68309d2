/*
 * missing.h: which values are missing, and what becomes of them, whatever the file's format.
 *
 * Among numbers, NaN stands for a missing one.  A model remembers what it needs to fill in a later
 * file: each column's mean, and its most common number.
 */
#ifndef GF_MISSING_H
#define GF_MISSING_H

#include "columns.h"
#include "table_read.h"
#include "dataset.h"
#include "encoding.h"

/* ---- words that stand for a missing value ---- */

/* 1 where text stands for a missing value: it is empty, or one of options->na, or, where that is
 * NULL, one of GF_NA_WORDS.  Blanks around it do not count.  A number in options->na stands for all
 * spellings of itself: -999 for -999.0. */
int na_word(const struct read_options *options, const char *text, size_t length);

/* 1 where some number stands for a missing value: then no number may be read without asking. */
int na_has_numbers(const struct read_options *options);

/* ---- what takes the place of missing values ---- */

/* GF_E_USAGE: values are to be filled in from a model that does not know with what. */
gf_status missing_check(const struct read_options *options, gf_error *err);

/* 1 where something takes the place of a missing number of that feature; of a training, it is what
 * all rows will tell. */
int missing_is_filled(const struct read_options *options, size_t feature);

/* What the user can do about one that is an error. */
const char *missing_advice(const struct read_options *options, enum column_role role);

/* The rows that have come in. */
struct numbers {
	float *at; /* borrowed, as all; (rows, width) row-major, in each row its C features first */
	size_t rows, width;
	size_t holes; /* 0: none is to be filled in */
	const struct columns *columns;
	const struct read_options *options;
};

/* NaN becomes fill. */
void missing_fill(const struct numbers *numbers, size_t feature, float fill);

gf_status missing_refuse_all(
	const struct numbers *numbers, size_t feature, const char *what, gf_error *err);

/* What a later file may need of each column of numbers goes to encoding (C columns), and fills the
 * holes of this one.  GF_E_DATA: a column has no number at all. */
gf_status missing_learn(const struct numbers *numbers, struct encoding *encoding, gf_error *err);

/* Copies what the model in options->encoding has learnt of each column, and fills the holes so. */
void missing_use_known(const struct numbers *numbers, struct encoding *encoding);

/* ---- datasets whose features are all numbers, and all there ----
 *
 * Rows with missing values are left out, or NaN is filled in:
 *
 *	gaps_open, gaps_take for each missing value, gaps_check, the targets and weights of the
 *	rows that stay, gaps_close, gaps_free */

struct gaps {
	const struct columns *columns; /* borrowed, as options */
	const struct read_options *options;
	size_t rows;    /* of the file */
	size_t dropped; /* of them, left out */
	size_t holes;   /* values to be filled in */
	char *lost;     /* owned; (rows) 1: left out */
};

gf_status gaps_open(struct gaps *gaps, const struct columns *columns,
	const struct read_options *options, size_t rows, gf_error *err);

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

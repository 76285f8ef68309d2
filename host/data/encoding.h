/*
 * encoding.h: how the columns of a file become features, and what replaces missing values.
 *
 * A column of numbers is one feature, of its name.  A column of words is a feature for each of its
 * words, "color=red": 1 in the rows that have this word, else 0.  Features have the order of their
 * columns and, in a column, of its words.
 *
 * NaN is a missing number.  A model remembers what it needs to fill in a later file: each column's
 * mean, and its most common number or word.
 */
#ifndef GF_ENCODING_H
#define GF_ENCODING_H

#include "columns.h"
#include "read_options.h"

#include <stddef.h>

/* ---- encodings ---- */

/* A column.  What replaces missing values is known from the training. */
struct encoded {
	char **words; /* owned; (count), each a feature; NULL: the column holds numbers */
	size_t count;
	float mean, most; /* numbers: the mean and the most common value; NaN: not known */
	size_t frequent;  /* words: the index plus 1 of the most common one; 0: not known */
	size_t absent;    /* words: the index plus 1 of ENCODING_ABSENT; 0: it is none of them */
};

#define ENCODING_ABSENT "NA" /* the word that GF_MISSING_category makes of a missing one */

/* The number that replaces a missing one; NaN: none does. */
float encoded_fill(const struct encoded *encoded, gf_missing missing);

/* The index plus 1 of the word that replaces a missing one; 0: none does. */
size_t encoded_fill_word(const struct encoded *encoded, gf_missing missing);

/* All zeros: not known; each feature is a number in a column of its name. */
struct encoding {
	size_t count;            /* C columns */
	char **names;            /* owned; (C) */
	struct encoded *columns; /* owned; (C) */
	gf_missing missing;      /* how the training treated missing values */
};

/* Makes an encoding of columns that hold numbers and have no names yet. */
gf_status encoding_alloc(struct encoding *encoding, size_t columns, gf_error *err);

gf_status encoding_copy(struct encoding *to, const struct encoding *from, gf_error *err);

/* Returns D; 0 where the encoding is not known, or where D overflows a size_t. */
size_t encoding_features(const struct encoding *encoding);

/* Replaces the names of the features: names (D). */
gf_status encoding_name_features(const struct encoding *encoding, char **names, gf_error *err);

/* Leaves all zeros. */
void encoding_free(struct encoding *encoding);

/* ---- words for missing values ---- */

/* Returns 1 if text stands for a missing value: it is empty, or one of options->na or, where
 * that is NULL, of GF_NA_WORDS.  Blanks around it do not count.  A number in options->na stands
 * for all its spellings: -999 for -999.0. */
int na_word(const struct read_options *options, const char *text, size_t length);

/* Returns 1 if a number stands for a missing value, so that each number must be looked up. */
int na_has_numbers(const struct read_options *options);

/* ---- what replaces missing values ---- */

/* GF_E_USAGE: the model does not know what to fill in. */
gf_status missing_check(const struct read_options *options, gf_error *err);

/* Returns 1 if a missing number of that feature is filled in.  What is filled in is known from the
 * model or, in a training, once all rows have been read. */
int missing_is_filled(const struct read_options *options, size_t feature);

/* What the user can do about a missing value that is an error. */
const char *missing_advice(const struct read_options *options, enum column_role role);

/* The numbers of all rows. */
struct numbers {
	float *at; /* borrowed, as all; (rows, width) row-major; C features come first in a row */
	size_t rows, width;
	size_t holes; /* values to be filled in; 0: none */
	const struct columns *columns;
	const struct read_options *options;
};

/* Replaces NaN by fill. */
void missing_fill(const struct numbers *numbers, size_t feature, float fill);

/* Fails with GF_E_DATA: the feature has no value at all, so it has no mean (what). */
gf_status missing_refuse_all(
	const struct numbers *numbers, size_t feature, const char *what, gf_error *err);

/* Learns what a later file may need of each column of numbers (C columns of encoding), and fills in
 * what is missing here.  GF_E_DATA: a column has no number at all. */
gf_status missing_learn(const struct numbers *numbers, struct encoding *encoding, gf_error *err);

/* Copies what the model of options->encoding has learnt of each column of numbers, and fills in
 * what is missing here. */
void missing_use_known(const struct numbers *numbers, struct encoding *encoding);

/* ---- missing values of datasets whose features are all numbers ----
 *
 * Rows with missing values are left out, or NaN is filled in:
 *
 *	gaps_open, gaps_add for each missing value, gaps_check, then the targets of the rows that
 *	stay, gaps_close, gaps_free */

struct gaps {
	const struct columns *columns; /* borrowed, as options */
	const struct read_options *options;
	size_t rows;    /* of the file */
	size_t dropped; /* rows to leave out */
	size_t holes;   /* values to fill in */
	char *drops;    /* owned; (rows) 1: the row is left out */
};

gf_status gaps_open(struct gaps *gaps, const struct columns *columns,
	const struct read_options *options, size_t rows, gf_error *err);

/* Notes that a value of that row, which counts from 0, is missing: of features.at[feature] or,
 * with another role, of any target.  Returns 0 if that is an error; then missing_advice says
 * what helps. */
int gaps_add(struct gaps *gaps, size_t row, enum column_role role, size_t feature);

/* GF_E_DATA: no row stays. */
gf_status gaps_check(const struct gaps *gaps, gf_error *err);

/* Leaves rows out and fills in NaN.  data has the features and weights of all rows, and the
 * targets of those that stay.  remember: 1: the dataset keeps what a later file may need, even
 * if options do not ask for it. */
gf_status gaps_close(struct gaps *gaps, gf_dataset *data, int remember, gf_error *err);

/* Gaps that are all zeros may be freed, too. */
void gaps_free(struct gaps *gaps);

#endif

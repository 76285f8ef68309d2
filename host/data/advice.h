/*
 * advice.h: what would help where data cannot be read, or seem to be meant for another loss.
 */
#ifndef GF_ADVICE_H
#define GF_ADVICE_H

#include "table_read.h"
#include "texts.h"
#include "targets.h"

/* ---- fields that are no numbers ---- */

enum { ADVICE_ROOM = 320 };

/* ---- what the columns of a table hold, where one of its fields cannot be read ----
 *
 * A survey looks at the rows that follow, to say what would help: a feature for each word is of use
 * only where words repeat, and what one column needs others may need as well. */

enum { SURVEY_ROWS = 1000 /* that are looked at */ };

/* A column of features, as far as it was looked at. */
struct column_survey {
	size_t missing, words, numbers;
	struct label_set distinct; /* owned: the words */
};

/* All zeros: none is wanted. */
struct survey {
	int wanted;                   /* a fault was found, whose row has not ended yet */
	int on;                       /* the other rows are looked at for the survey alone */
	int of_word;                  /* the fault is a word, not a missing value */
	size_t place;                 /* of the fault's column among the features */
	size_t rows;                  /* that were looked at, the fault's too */
	struct column_survey *column; /* owned; (count) of each feature */
	size_t count;
};

void survey_free(struct survey *survey);

/* ---- targets that seem to be meant for another loss ---- */

/* Targets that are numbers: values (count). */
void advise_on_numbers(const struct target_options *options, const float *values, size_t count);

/* Targets that are classes, of that many rows. */
void advise_on_classes(
	const struct target_options *options, const struct label_set *labels, size_t rows);

#endif

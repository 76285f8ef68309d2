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

/* A sentence's end such as "; --decimal , reads a decimal comma", or "" where nothing is known.
 * line is the field's. */
const char *advice_of(char advice[ADVICE_ROOM], const char *text, size_t line,
	const struct read_options *options);

/* ---- columns that have words where numbers are wanted ----
 *
 * A survey looks at the rest of the column, to say what would help: a feature for each word is of use
 * only where words repeat. */

enum { SURVEY_ROWS = 1000 /* that are looked at */ };

/* All zeros: none is wanted. */
struct survey {
	int wanted; /* a word was found, whose row has not ended yet */
	int on;     /* the other rows are looked at for this column alone */
	size_t column;
	size_t rows, words, numbers;
	struct label_set distinct; /* owned: the words */
};

/* The column's first word. */
void survey_want(struct survey *survey, size_t column, const char *word);

/* A later field of the column. */
void survey_take(struct survey *survey, const char *text, int is_number);

/* The row is whole.  1: there is no need for more. */
int survey_end_row(struct survey *survey);

enum survey_verdict {
	SURVEY_ONE_HOT, /* words that repeat */
	SURVEY_NAMES,   /* words most of which stand there once */
	SURVEY_NUMBERS  /* a word among numbers */
};

enum survey_verdict survey_verdict(const struct survey *survey);

void survey_free(struct survey *survey);

/* ---- targets that seem to be meant for another loss ---- */

/* Targets that are numbers: values (count). */
void advise_on_numbers(const struct target_options *options, const float *values, size_t count);

/* Targets that are classes, of that many rows. */
void advise_on_classes(
	const struct target_options *options, const struct label_set *labels, size_t rows);

#endif

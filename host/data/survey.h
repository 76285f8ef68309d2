/*
 * survey.h: looks through a column in which a word stands where a number is wanted, to say what
 * would help: a feature for each word is of use only where words repeat.
 */
#ifndef GF_SURVEY_H
#define GF_SURVEY_H

#include "label_set.h"

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

#endif

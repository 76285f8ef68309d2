/*
 * advice.h: what the user can do where data cannot be read, or where they suit another loss.
 */
#ifndef GF_ADVICE_H
#define GF_ADVICE_H

#include "read_options.h"
#include "texts.h"
#include "targets.h"

/* ---- surveys ----
 *
 * After a field that cannot be read, a survey counts what the columns of the following rows hold.
 * It tells what helps: one-hot encoding suits words that repeat, and other columns may need the
 * same option. */

/* What a column of features holds. */
struct column_survey {
	size_t missing, words, numbers; /* fields of each kind */
	struct label_set distinct;      /* owned; the words */
};

/* All zeros: there is no survey. */
struct survey {
	int wanted;                   /* a fault was found; its row may not have ended yet */
	int on;                       /* the row of the fault has ended; others are only counted */
	int fault_is_word;            /* the fault is a word, not a missing value */
	size_t feature;               /* of the fault */
	size_t rows;                  /* that were counted, the fault's too */
	struct column_survey *column; /* owned; (count) one a feature */
	size_t count;
};

void survey_free(struct survey *survey);

/* ---- faults of rows ----
 *
 * The first fault of a row is reported when the row has ended.  If it is a word or a missing value,
 * the following rows are surveyed first. */

struct rows;

/* Notes what is wrong with a field. */
void advice_note_fault(struct rows *rows, size_t column, size_t line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Notes that text is no number; what: "not a number". */
void advice_note_word(
	struct rows *rows, size_t column, size_t line, const char *what, const char *text);

/* Notes that text stands for a missing value, which is an error here. */
void advice_note_missing(struct rows *rows, size_t column, size_t line, const char *text);

/* Ends a row that has a fault, or that a survey counts. */
gf_status advice_end_row(struct rows *rows);

/* Call it when reading has ended with that status.  Returns the status, unless a survey has a fault
 * to report. */
gf_status advice_conclude(struct rows *rows, gf_status status);

/* ---- targets that suit another loss ---- */

/* Tells the user if numbers that are targets, values (count), look like classes. */
void advise_on_numbers(struct data_place column, const struct read_options *options,
	const float *values, size_t count);

/* Tells the user if the classes of so many rows look like numbers or names. */
void advise_on_classes(struct data_place column, const struct read_options *options,
	const struct label_set *labels, size_t rows);

#endif

/* na.h: the words that stand for a missing value. */
#ifndef GF_NA_H
#define GF_NA_H

#include "csv.h"

/* 1 where text stands for a missing value: it is empty, or one of options->na, or, where that is
 * NULL, one of GF_NA_WORDS.  Blanks around it do not count.  A number in options->na stands for all
 * spellings of itself: -999 for -999.0. */
int na_word(const struct csv_options *options, const char *text, size_t length);

/* 1 where some number stands for a missing value: then no number may be read without asking. */
int na_has_numbers(const struct csv_options *options);

#endif

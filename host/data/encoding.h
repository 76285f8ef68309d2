/*
 * encoding.h: how the columns of a file become features.
 *
 * A column of numbers is one feature, of its name.  A column of words is a feature for each of its
 * words, "color=red": 1 in the rows that have this word, else 0.  Features have the order of their
 * columns and, in a column, of its words.
 */
#ifndef GF_ENCODING_H
#define GF_ENCODING_H

#include "gpufitcl.h"

#include <stddef.h>

/* The first index of a file whose columns have indices (svmlight). */
enum index_base { INDEX_BASE_UNKNOWN, INDEX_BASE_0, INDEX_BASE_1 };

struct encoded {
	char **words; /* owned; (count), each a feature; NULL: a number */
	size_t count;
	float mean, most; /* of a number: its mean and its most common value in training; NaN: not
			     known */
	size_t frequent;  /* of words: the most common one's index and 1; 0: not known */
	size_t absent;    /* of words: the index and 1 of the one that a missing word is under
			     GF_MISSING_category; 0: there is none */
};

#define ENCODING_ABSENT "NA" /* the word that a missing one is then */

/* What takes a missing number's place; NaN: nothing does. */
float encoded_fill(const struct encoded *encoded, gf_missing missing);

/* The index and 1 of the word that takes a missing one's place; 0: none does. */
size_t encoded_fill_word(const struct encoded *encoded, gf_missing missing);

/* All zeros: not known; each feature is a number in a column of its name. */
struct encoding {
	size_t count;            /* C columns */
	char **names;            /* owned; (C) */
	struct encoded *columns; /* owned; (C) */
	gf_missing missing;      /* what became of missing values */
};

/* Columns without names, all of them numbers. */
gf_status encoding_alloc(struct encoding *encoding, size_t columns, gf_error *err);

gf_status encoding_copy(struct encoding *to, const struct encoding *from, gf_error *err);

/* D; 0 where the encoding is not known, or where it is more than a size_t can say. */
size_t encoding_features(const struct encoding *encoding);

/* Gives the features their names, in place of those there are: names (D). */
gf_status encoding_name_features(const struct encoding *encoding, char **names, gf_error *err);

/* Leaves all zeros. */
void encoding_free(struct encoding *encoding);

#endif

/*
 * texts.h: lists of strings, and sets of labels.
 *
 * struct texts holds many strings in one block of memory: a row of fields, the names of a header.
 * A char ** holds strings that are freed one by one, as the public header hands them out.
 */
#ifndef GF_TEXTS_H
#define GF_TEXTS_H

#include <locale.h>
#include <stddef.h>
#include <stdint.h>

/* ---- strings in one block ---- */

/* All zeros: none. */
struct texts {
	char *bytes; /* owned; (used), each string with its 0 */
	size_t used, room;
	size_t *starts; /* owned; (count) */
	size_t count, starts_room;
};

/* 0, or -1 where memory runs out. */
int texts_add(struct texts *texts, const char *text, size_t length);

/* Valid until the next texts_add. */
const char *texts_at(const struct texts *texts, size_t index);

void texts_free(struct texts *texts);

/* ---- strings one by one ---- */

/* "x1".., or the letter alone where there is but one; NULL: no memory. */
char **names_numbered(char letter, size_t count);

/* names (count); NULL: no memory. */
char **names_copy(char *const *names, size_t count);

int names_equal(char *const *a, char *const *b, size_t count);

/* names may be NULL, and so may some of its names. */
void names_free(char **names, size_t count);

/* ---- sets of labels ----
 *
 * The distinct labels of a column, in the order of their first appearance.
 *
 * Labels are told apart by their bytes, and found in constant time.  Where all of them are numbers,
 * those that are equal as decimals are one label in two spellings, 1 and 1.0; else each spelling is
 * a label of its own.  A code that begins with a zero, 01, is a word. */

struct label {
	const char *text; /* as spelt; borrowed when sought, owned in a set */
	int is_number;
	double value; /* of a number, rounded */
	size_t place; /* the line or row where it first appeared */
	size_t same;  /* in a set: the first label that is the same number, or its own index */
};

/* A label of that text and place. */
struct label label_of(const char *text, size_t place, locale_t c);

/* All zeros: none. */
struct label_set {
	struct label *labels; /* owned; (count) */
	size_t count, room;
	size_t words;     /* of them, those that are no numbers */
	size_t numbers;   /* numbers that differ in more than their spelling */
	uint32_t *slots;  /* owned; (slot_count) by bytes: a label's index and 1, or 0 */
	uint32_t *values; /* owned; (slot_count) the same of numbers, by value */
	size_t slot_count;
};

/* The index of the label with these bytes, or SIZE_MAX. */
size_t label_set_find(const struct label_set *set, const char *text);

/* Where all labels are numbers: the first that equals this one, or SIZE_MAX.  A label without a
 * text is looked for by its value alone, which is exact up to 2^53. */
size_t label_set_find_number(const struct label_set *set, const struct label *label);

/* No label in it has the bytes of this one, whose text is copied.  -1: no memory. */
int label_set_add(struct label_set *set, const struct label *label);

/* Labels that differ: spellings of one number count once where all are numbers. */
size_t label_set_distinct(const struct label_set *set);

/* As label_set_distinct, were label added. */
size_t label_set_distinct_with(const struct label_set *set, const struct label *label);

/* ranks (count): each label's place among the distinct ones, sorted as numbers where all are, else
 * by bytes.  -1: no memory. */
int label_set_rank(const struct label_set *set, size_t *ranks);

/* Whether one of the numbers is not whole. */
int label_set_has_fraction(const struct label_set *set);

/* The first label that is another's number in another spelling, where all are numbers; or NULL. */
const struct label *label_set_respelt(const struct label_set *set);

void label_set_free(struct label_set *set);

#endif

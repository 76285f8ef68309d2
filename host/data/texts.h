/*
 * texts.h: lists of strings, and sets of labels.
 *
 * struct texts keeps many strings in one block of memory: a row of fields, the names of a header.
 * A char ** is a list of strings with memory of their own, for names that are set one by one.
 */
#ifndef GF_TEXTS_H
#define GF_TEXTS_H

#include "gpufitcl.h"

#include <locale.h>
#include <stddef.h>
#include <stdint.h>

/* ---- strings in one block ---- */

/* All zeros: an empty list. */
struct texts {
	char *bytes; /* owned; (used), each string followed by a 0 */
	size_t used, room;
	size_t *starts; /* owned; (count) */
	size_t count, starts_room;
};

/* Appends a copy of text (length).  Returns -1 if memory runs out. */
int texts_add(struct texts *texts, const char *text, size_t length);

/* The string is valid until the next texts_add. */
const char *texts_at(const struct texts *texts, size_t index);

void texts_free(struct texts *texts);

/* ---- lists of names ----
 *
 * A function that makes a list returns NULL if memory runs out. */

/* "x1", "x2", ...; a single name is the letter alone. */
char **names_numbered(char letter, size_t count);

/* The numbers first, first + step, ... as text: "0", "1", ... */
char **names_of_numbers(int first, int step, size_t count);

/* Copies names (count). */
char **names_copy(char *const *names, size_t count);

int names_equal(char *const *a, char *const *b, size_t count);

/* names, and each name in it, may be NULL. */
void names_free(char **names, size_t count);

/* Replaces *slot, one name of a list, by a copy of name.  GF_E_MEMORY. */
gf_status name_set(char **slot, const char *name, gf_error *err);

/* ---- sets of labels ----
 *
 * The distinct labels of a column, in the order of their first appearance.
 *
 * Two labels are the same if their bytes are.  If all labels of a set are numbers, spellings of one
 * decimal number, 1 and 1.0, are the same label too.  A code with a leading zero, 01, is a word.
 * Finding a label takes constant time. */

struct label {
	const char *text; /* as spelt; borrowed when looked for, owned in a set */
	int is_number;
	double value; /* of a number, rounded */
	size_t place; /* the line or row where it first appeared */
	size_t same;  /* in a set: the index of the first label with the same number */
};

/* Makes a label of text, which is borrowed; c is the C locale. */
struct label label_of(const char *text, size_t place, locale_t c);

/* All zeros: an empty set. */
struct label_set {
	struct label *labels; /* owned; (count) */
	size_t count, room;
	size_t words;     /* labels that are no numbers */
	size_t numbers;   /* different numbers, however often each is spelt another way */
	uint32_t *slots;  /* owned; (slot_count) hash table by bytes: index + 1, or 0 */
	uint32_t *values; /* owned; (slot_count) hash table of the numbers by value */
	size_t slot_count;
};

/* The index of the label with these bytes, or SIZE_MAX. */
size_t label_set_find(const struct label_set *set, const char *text);

/* In a set of numbers alone: the index of the first label that is the same number; else SIZE_MAX.
 * If label->text is NULL, its value decides, which is exact up to 2^53. */
size_t label_set_find_number(const struct label_set *set, const struct label *label);

/* Adds a copy of label, whose bytes the set must not have yet.  Returns -1 if memory runs out. */
int label_set_add(struct label_set *set, const struct label *label);

/* The number of different labels; in a set of numbers alone, of different numbers. */
size_t label_set_distinct(const struct label_set *set);

/* What label_set_distinct would be if label were added. */
size_t label_set_distinct_with(const struct label_set *set, const struct label *label);

/* ranks (count): each label's place among the different ones, sorted as numbers in a set of numbers
 * alone, else by bytes.  Returns -1 if memory runs out. */
int label_set_rank(const struct label_set *set, size_t *ranks);

/* Returns 1 if some number is not whole. */
int label_set_has_fraction(const struct label_set *set);

/* In a set of numbers alone: the first label that spells an earlier number another way; else
 * NULL. */
const struct label *label_set_respelt(const struct label_set *set);

void label_set_free(struct label_set *set);

#endif

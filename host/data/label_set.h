/*
 * label_set.h: the distinct labels of a column, in the order in which they first stood there.
 *
 * A label is found in constant time.  Numbers are told apart by value, words by their bytes.
 */
#ifndef GF_LABEL_SET_H
#define GF_LABEL_SET_H

#include <stddef.h>
#include <stdint.h>

struct label {
	const char *text; /* as spelt; borrowed when sought, owned in a set */
	int is_number;
	double value; /* of a number */
	size_t place; /* the line or row where it first stood */
};

/* All zeros: none. */
struct label_set {
	struct label *labels; /* owned; (count) */
	size_t count, room;
	uint32_t *slots; /* owned; (slot_count) a label's index and 1, or 0 */
	size_t slot_count;
};

/* Its index, or SIZE_MAX. */
size_t label_set_find(const struct label_set *set, const struct label *label);

/* label is not in it yet; its text is copied.  -1: no memory. */
int label_set_add(struct label_set *set, const struct label *label);

/* ranks (count): each label's place when sorted as numbers where all are, else by bytes.
 * -1: no memory. */
int label_set_rank(const struct label_set *set, size_t *ranks);

void label_set_free(struct label_set *set);

#endif

#include "label_set.h"
#include "array.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

/* FNV-1a, of 64 bits */
static uint64_t hash_bytes(const void *bytes, size_t count)
{
	const unsigned char *b = bytes;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ b[i]) * 1099511628211u;
	return hash ^ hash >> 32;
}

static uint64_t hash_of(const struct label *label)
{
	double value = label->value + 0.0; /* -0 becomes 0, which equals it */

	return label->is_number ? hash_bytes(&value, sizeof value)
				: hash_bytes(label->text, strlen(label->text));
}

static int same(const struct label *a, const struct label *b)
{
	if (a->is_number || b->is_number)
		return a->is_number && b->is_number && a->value == b->value;
	return strcmp(a->text, b->text) == 0;
}

/* The slot that has the label, or the empty one where it would go.  Never full. */
static uint32_t *slot_of(const struct label_set *set, const struct label *label)
{
	size_t mask = set->slot_count - 1;
	size_t i = (size_t)hash_of(label) & mask;

	while (set->slots[i] && !same(&set->labels[set->slots[i] - 1], label))
		i = (i + 1) & mask;
	return &set->slots[i];
}

size_t label_set_find(const struct label_set *set, const struct label *label)
{
	uint32_t slot = set->slot_count ? *slot_of(set, label) : 0;

	return slot ? slot - 1 : SIZE_MAX;
}

/* Twice the slots once they are half full. */
static int grow_slots(struct label_set *set)
{
	size_t more = set->slot_count ? 2 * set->slot_count : FIRST_SLOTS;
	uint32_t *slots;

	if (2 * (set->count + 1) <= set->slot_count)
		return 0;
	slots = calloc(more, sizeof *slots);
	if (!slots)
		return -1;
	free(set->slots);
	set->slots = slots;
	set->slot_count = more;
	for (size_t i = 0; i < set->count; i++)
		*slot_of(set, &set->labels[i]) = (uint32_t)i + 1;
	return 0;
}

int label_set_add(struct label_set *set, const struct label *label)
{
	struct label *labels;
	struct label copy = *label;

	if (grow_slots(set))
		return -1;
	labels = array_reserve(set->labels, &set->room, set->count + 1, sizeof *labels);
	if (!labels)
		return -1;
	set->labels = labels;
	copy.text = strdup(label->text);
	if (!copy.text)
		return -1;
	labels[set->count++] = copy;
	*slot_of(set, label) = (uint32_t)set->count;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const struct label *x = *(const struct label *const *)a;
	const struct label *y = *(const struct label *const *)b;

	return (x->value > y->value) - (x->value < y->value);
}

static int by_bytes(const void *a, const void *b)
{
	const struct label *x = *(const struct label *const *)a;
	const struct label *y = *(const struct label *const *)b;

	return strcmp(x->text, y->text);
}

static int all_numbers(const struct label_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!set->labels[i].is_number)
			return 0;
	return 1;
}

int label_set_rank(const struct label_set *set, size_t *ranks)
{
	const struct label **sorted = calloc(set->count + 1, sizeof(const struct label *));

	if (!sorted)
		return -1;
	for (size_t i = 0; i < set->count; i++)
		sorted[i] = &set->labels[i];
	qsort(sorted, set->count, sizeof *sorted, all_numbers(set) ? by_value : by_bytes);
	for (size_t i = 0; i < set->count; i++)
		ranks[sorted[i] - set->labels] = i;
	free(sorted);
	return 0;
}

void label_set_free(struct label_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free((char *)set->labels[i].text);
	free(set->labels);
	free(set->slots);
	*set = (struct label_set){0};
}

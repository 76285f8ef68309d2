#include "texts.h"
#include "error.h"
#include "memory.h"
#include "number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- strings in one block ---- */

int texts_add(struct texts *texts, const char *text, size_t length)
{
	if (length >= SIZE_MAX - texts->used)
		return -1;

	char *bytes = array_reserve(texts->bytes, &texts->room, texts->used + length + 1, 1);

	if (!bytes)
		return -1;
	texts->bytes = bytes;

	size_t *starts =
		array_reserve(texts->starts, &texts->starts_room, texts->count + 1, sizeof *starts);

	if (!starts)
		return -1;
	texts->starts = starts;

	memcpy(bytes + texts->used, text, length);
	bytes[texts->used + length] = 0;
	starts[texts->count++] = texts->used;
	texts->used += length + 1;
	return 0;
}

const char *texts_at(const struct texts *texts, size_t index)
{
	return texts->bytes + texts->starts[index];
}

void texts_free(struct texts *texts)
{
	free(texts->bytes);
	free(texts->starts);
	*texts = (struct texts){0};
}

/* ---- lists of names ---- */

static char **names_alloc(size_t count)
{
	return calloc(count ? count : 1, sizeof(char *));
}

/* Sets name i of a list that is being made; frees the list and returns NULL if memory runs out. */
static char **names_put(char **names, size_t i, const char *name)
{
	names[i] = strdup(name);
	if (names[i])
		return names;
	names_free(names, i);
	return NULL;
}

char **names_numbered(char letter, size_t count)
{
	char **names = names_alloc(count);
	char name[32] = {letter};

	for (size_t i = 0; names && i < count; i++) {
		if (count > 1)
			snprintf(name, sizeof name, "%c%zu", letter, i + 1);
		names = names_put(names, i, name);
	}
	return names;
}

char **names_of_numbers(int first, int step, size_t count)
{
	char **names = names_alloc(count);
	char name[32];

	for (size_t i = 0; names && i < count; i++) {
		snprintf(name, sizeof name, "%d", first + step * (int)i);
		names = names_put(names, i, name);
	}
	return names;
}

char **names_copy(char *const *names, size_t count)
{
	char **copy = names_alloc(count);

	for (size_t i = 0; copy && i < count; i++)
		copy = names_put(copy, i, names[i]);
	return copy;
}

int names_equal(char *const *a, char *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(a[i], b[i]) != 0)
			return 0;
	return 1;
}

void names_free(char **names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}

gf_status name_set(char **slot, const char *name, gf_error *err)
{
	char *copy = strdup(name);

	if (!copy)
		return gf_fail_memory(err, strlen(name) + 1, "a name");
	free(*slot);
	*slot = copy;
	return GF_OK;
}

/* ---- labels ---- */

/* 01 is a code, not the number 1. */
static int has_leading_zero(const char *text)
{
	text += *text == '-' || *text == '+';
	return text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

struct label label_of(const char *text, size_t place, locale_t c)
{
	struct label label = {.text = text, .place = place};

	label.is_number = !has_leading_zero(text) && number_double(&label.value, text, c);
	return label;
}

/* ---- finding a label in a set ---- */

/* The 64-bit hash FNV-1a. */
static uint64_t hash_bytes(const void *bytes, size_t count)
{
	const unsigned char *b = bytes;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ b[i]) * 1099511628211u;
	return hash ^ hash >> 32;
}

/* The slot that has the text, or the empty one where it would go; a table always has one. */
static uint32_t *slot_of(const struct label_set *set, const char *text)
{
	size_t mask = set->slot_count - 1;
	size_t i = (size_t)hash_bytes(text, strlen(text)) & mask;

	while (set->slots[i] && strcmp(set->labels[set->slots[i] - 1].text, text) != 0)
		i = (i + 1) & mask;
	return &set->slots[i];
}

/* The slot of a number.  Beyond 2^53 different numbers may have the same double, so their texts are
 * compared as well. */
static uint32_t *value_slot_of(const struct label_set *set, const struct label *label)
{
	double value = label->value + 0.0; /* -0 becomes 0, which equals it */
	size_t mask = set->slot_count - 1;
	size_t i = (size_t)hash_bytes(&value, sizeof value) & mask;

	while (set->values[i]) {
		const struct label *other = &set->labels[set->values[i] - 1];

		if (other->value == value &&
			(!label->text || decimal_compare(other->text, label->text) == 0))
			break;
		i = (i + 1) & mask;
	}
	return &set->values[i];
}

size_t label_set_find(const struct label_set *set, const char *text)
{
	uint32_t slot = set->slot_count ? *slot_of(set, text) : 0;

	return slot ? slot - 1 : SIZE_MAX;
}

size_t label_set_find_number(const struct label_set *set, const struct label *label)
{
	int numbers = label->is_number && set->words == 0 && set->slot_count;
	uint32_t slot = numbers ? *value_slot_of(set, label) : 0;

	return slot ? slot - 1 : SIZE_MAX;
}

/* ---- adding a label ---- */

enum { FIRST_SLOTS = 64 };

static void fill_slots(struct label_set *set, size_t index)
{
	struct label *label = &set->labels[index];

	*slot_of(set, label->text) = (uint32_t)index + 1;
	if (label->is_number && label->same == index)
		*value_slot_of(set, label) = (uint32_t)index + 1;
}

/* Doubles the slots once half of them are full.  Returns -1 if memory runs out. */
static int grow_slots(struct label_set *set)
{
	size_t more = set->slot_count ? 2 * set->slot_count : FIRST_SLOTS;
	uint32_t *slots, *values;

	if (2 * (set->count + 1) <= set->slot_count)
		return 0;
	slots = calloc(more, sizeof *slots);
	values = calloc(more, sizeof *values);
	if (!slots || !values) {
		free(slots);
		free(values);
		return -1;
	}
	free(set->slots);
	free(set->values);
	set->slots = slots;
	set->values = values;
	set->slot_count = more;
	for (size_t i = 0; i < set->count; i++)
		fill_slots(set, i);
	return 0;
}

int label_set_add(struct label_set *set, const struct label *label)
{
	struct label *labels;
	struct label copy = *label;
	uint32_t same;

	if (grow_slots(set))
		return -1;
	labels = array_reserve(set->labels, &set->room, set->count + 1, sizeof *labels);
	if (!labels)
		return -1;
	set->labels = labels;
	copy.text = strdup(label->text);
	if (!copy.text)
		return -1;
	same = copy.is_number ? *value_slot_of(set, &copy) : 0;
	copy.same = same ? same - 1 : set->count;
	set->words += !copy.is_number;
	set->numbers += copy.is_number && !same;
	labels[set->count] = copy;
	fill_slots(set, set->count++);
	return 0;
}

size_t label_set_distinct(const struct label_set *set)
{
	return set->words ? set->count : set->numbers;
}

size_t label_set_distinct_with(const struct label_set *set, const struct label *label)
{
	if (set->words || !label->is_number)
		return set->count + 1;
	return set->numbers + (label_set_find_number(set, label) == SIZE_MAX);
}

/* ---- sorting ---- */

static int by_value(const void *a, const void *b)
{
	const struct label *x = *(const struct label *const *)a;
	const struct label *y = *(const struct label *const *)b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return decimal_compare(x->text, y->text);
}

static int by_bytes(const void *a, const void *b)
{
	const struct label *x = *(const struct label *const *)a;
	const struct label *y = *(const struct label *const *)b;

	return strcmp(x->text, y->text);
}

int label_set_rank(const struct label_set *set, size_t *ranks)
{
	const struct label **sorted = calloc(set->count + 1, sizeof(const struct label *));
	int numbers = set->words == 0;
	size_t rank = 0;

	if (!sorted)
		return -1;
	for (size_t i = 0; i < set->count; i++)
		sorted[i] = &set->labels[i];
	qsort(sorted, set->count, sizeof *sorted, numbers ? by_value : by_bytes);
	for (size_t i = 0; i < set->count; i++) {
		if (i > 0 && !(numbers && sorted[i]->same == sorted[i - 1]->same))
			rank++;
		ranks[sorted[i] - set->labels] = rank;
	}
	free(sorted);
	return 0;
}

int label_set_has_fraction(const struct label_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->labels[i].is_number && set->labels[i].value != floor(set->labels[i].value))
			return 1;
	return 0;
}

const struct label *label_set_respelt(const struct label_set *set)
{
	for (size_t i = 0; set->words == 0 && i < set->count; i++)
		if (set->labels[i].same != i)
			return &set->labels[i];
	return NULL;
}

void label_set_free(struct label_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free((char *)set->labels[i].text);
	free(set->labels);
	free(set->slots);
	free(set->values);
	*set = (struct label_set){0};
}

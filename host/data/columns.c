#include "columns.h"
#include "error.h"
#include "label_set.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names that are all different ---- */

/* The names that are taken.  The arrays have an element for each name of the file, by its index in
 * the set. */
struct naming {
	struct label_set taken; /* owned */
	size_t *wanted;         /* owned; how often a numbered form of the name was wanted */
	size_t *first;          /* owned; the first column of the name, plus 1; 0: not met yet */
};

static int take_name(struct naming *n, const char *name)
{
	struct label label = {.text = name};

	return label_set_add(&n->taken, &label);
}

/* name, or with the first number behind it that is free; -1: no memory. */
static int add_unique(struct naming *n, struct texts *names, const char *name)
{
	size_t found = label_set_find(&n->taken, name), room = strlen(name) + 24;
	char *numbered = malloc(room);
	int failed;

	if (!numbered)
		return -1;
	do
		snprintf(numbered, room, "%s.%zu", name, ++n->wanted[found]);
	while (label_set_find(&n->taken, numbered) != SIZE_MAX);
	failed = take_name(n, numbered) || texts_add(names, numbered, strlen(numbered));
	free(numbered);
	return failed ? -1 : 0;
}

/* Names that stand there once keep them, even where they look like a numbered one. */
static int take_all(struct naming *n, const struct columns *columns)
{
	for (size_t i = 0; i < columns->names.count; i++) {
		const char *name = texts_at(&columns->names, i);

		if (label_set_find(&n->taken, name) == SIZE_MAX && take_name(n, name))
			return -1;
	}
	return 0;
}

static int name_anew(struct columns *columns, struct naming *n)
{
	size_t count = columns->names.count;
	struct texts names = {0};
	int failed = 0;

	for (size_t i = 0; !failed && i < count; i++) {
		const char *name = texts_at(&columns->names, i);
		size_t found = label_set_find(&n->taken, name);

		columns->twins[i] = SIZE_MAX;
		if (n->first[found] == 0) {
			n->first[found] = i + 1;
			failed = texts_add(&names, name, strlen(name));
			continue;
		}
		columns->twins[i] = n->first[found] - 1;
		failed = add_unique(n, &names, name);
	}
	if (failed) {
		texts_free(&names);
		return -1;
	}
	texts_free(&columns->names);
	columns->names = names;
	return 0;
}

gf_status columns_make_unique(struct columns *columns, gf_error *err)
{
	size_t count = columns->names.count;
	struct naming n = {0};
	int failed = take_all(&n, columns);

	if (!failed && n.taken.count < count) {
		n.wanted = calloc(count, sizeof *n.wanted);
		n.first = calloc(count, sizeof *n.first);
		columns->twins = calloc(count, sizeof *columns->twins);
		failed = !n.wanted || !n.first || !columns->twins || name_anew(columns, &n);
	}
	label_set_free(&n.taken);
	free(n.wanted);
	free(n.first);
	return failed ? gf_fail(err, GF_E_MEMORY, "no memory for the names of %zu columns", count)
		      : GF_OK;
}

/* ---- finding them ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct column_name *)a)->name, ((const struct column_name *)b)->name);
}

const struct column_name *columns_find(const struct columns *columns, const char *name)
{
	struct column_name key = {.name = name};

	return bsearch(&key, columns->by_name, columns->names.count, sizeof key, compare_names);
}

static int alloc_list(struct column_list *list, size_t count)
{
	list->at = calloc(count, sizeof *list->at);
	return list->at ? 0 : -1;
}

gf_status columns_index(struct columns *columns, gf_error *err)
{
	size_t count = columns->names.count;

	columns->by_name = calloc(count, sizeof *columns->by_name);
	columns->roles = calloc(count, sizeof *columns->roles);
	if (!columns->by_name || !columns->roles || alloc_list(&columns->features, count) ||
		alloc_list(&columns->targets, count) || alloc_list(&columns->weights, count) ||
		alloc_list(&columns->one_hot, count) || alloc_list(&columns->excluded, count) ||
		alloc_list(&columns->kept, count))
		return gf_fail(err, GF_E_MEMORY, "cannot allocate a list of %zu columns", count);
	for (size_t i = 0; i < count; i++)
		columns->by_name[i] = (struct column_name){texts_at(&columns->names, i), i};
	qsort(columns->by_name, count, sizeof *columns->by_name, compare_names);
	return GF_OK;
}

struct excerpt columns_name(const struct columns *columns, size_t column)
{
	const char *name = texts_at(&columns->names, column);

	return excerpt_of(name, strlen(name));
}

struct column_label columns_label(const struct columns *columns, size_t column)
{
	struct column_label label;

	if (columns->header && column < columns->names.count)
		snprintf(label.text, sizeof label.text, "column %zu (%s)", column + 1,
			columns_name(columns, column).text);
	else
		snprintf(label.text, sizeof label.text, "column %zu", column + 1);
	return label;
}

void columns_free(struct columns *columns)
{
	texts_free(&columns->names);
	free(columns->features.at);
	free(columns->targets.at);
	free(columns->weights.at);
	free(columns->one_hot.at);
	free(columns->excluded.at);
	free(columns->kept.at);
	free(columns->twins);
	free(columns->by_name);
	free(columns->roles);
	*columns = (struct columns){0};
}

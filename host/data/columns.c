#include "columns.h"
#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct column_name *)a)->name, ((const struct column_name *)b)->name);
}

/* Ties in the order of the file, so that messages are the same wherever qsort comes from. */
static int compare_columns(const void *a, const void *b)
{
	const struct column_name *x = a, *y = b;
	int order = compare_names(a, b);

	return order ? order : (x->column > y->column) - (x->column < y->column);
}

const struct column_name *columns_find(
	const struct columns *columns, const char *name, const struct column_name **second)
{
	const struct column_name *first = columns->by_name;
	const struct column_name *end = first + columns->names.count;
	struct column_name key = {.name = name};
	const struct column_name *found =
		bsearch(&key, first, columns->names.count, sizeof key, compare_names);

	*second = NULL;
	if (!found)
		return NULL;
	while (found > first && strcmp(found[-1].name, name) == 0)
		found--;
	if (found + 1 < end && strcmp(found[1].name, name) == 0)
		*second = found + 1;
	return found;
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
		alloc_list(&columns->one_hot, count))
		return gf_fail(err, GF_E_MEMORY, "cannot allocate a list of %zu columns", count);
	for (size_t i = 0; i < count; i++)
		columns->by_name[i] = (struct column_name){texts_at(&columns->names, i), i};
	qsort(columns->by_name, count, sizeof *columns->by_name, compare_columns);
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
	free(columns->by_name);
	free(columns->roles);
	*columns = (struct columns){0};
}

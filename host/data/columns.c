#include "columns.h"
#include "error.h"
#include "texts.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names that are all different ---- */

/* The names that are in use.  The arrays are indexed as the set is. */
struct naming {
	struct label_set used; /* owned */
	size_t *last_number;   /* owned; the last number that was put behind the name; 0: none */
	size_t *first;         /* owned; the first column of the name, plus 1; 0: none yet */
};

static int add_name(struct naming *n, const char *name)
{
	struct label label = {.text = name};

	return label_set_add(&n->used, &label);
}

/* Adds the name followed by the first number that makes it unique.  -1: no memory. */
static int add_numbered(struct naming *n, struct texts *names, const char *name)
{
	size_t found = label_set_find(&n->used, name), room = strlen(name) + 24;
	char *numbered = malloc(room);
	int failed;

	if (!numbered)
		return -1;
	do
		snprintf(numbered, room, "%s.%zu", name, ++n->last_number[found]);
	while (label_set_find(&n->used, numbered) != SIZE_MAX);
	failed = add_name(n, numbered) || texts_add(names, numbered, strlen(numbered));
	free(numbered);
	return failed ? -1 : 0;
}

/* Reserves each name of the file, so that no renamed column gets it. */
static int add_file_names(struct naming *n, const struct columns *columns)
{
	for (size_t i = 0; i < columns->names.count; i++) {
		const char *name = texts_at(&columns->names, i);

		if (label_set_find(&n->used, name) == SIZE_MAX && add_name(n, name))
			return -1;
	}
	return 0;
}

static int rename_repeated(struct columns *columns, struct naming *n)
{
	size_t count = columns->names.count;
	struct texts names = {0};
	int failed = 0;

	for (size_t i = 0; !failed && i < count; i++) {
		const char *name = texts_at(&columns->names, i);
		size_t found = label_set_find(&n->used, name);

		columns->same_name[i] = SIZE_MAX;
		if (n->first[found] == 0) {
			n->first[found] = i + 1;
			failed = texts_add(&names, name, strlen(name));
			continue;
		}
		columns->same_name[i] = n->first[found] - 1;
		failed = add_numbered(n, &names, name);
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
	int failed = add_file_names(&n, columns);

	if (!failed && n.used.count < count) {
		n.last_number = calloc(count, sizeof *n.last_number);
		n.first = calloc(count, sizeof *n.first);
		columns->same_name = calloc(count, sizeof *columns->same_name);
		failed = !n.last_number || !n.first || !columns->same_name ||
			 rename_repeated(columns, &n);
	}
	label_set_free(&n.used);
	free(n.last_number);
	free(n.first);
	return failed ? gf_fail(err, GF_E_MEMORY, "no memory for the names of %zu columns", count)
		      : GF_OK;
}

/* ---- columns by name ---- */

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
		alloc_list(&columns->offsets, count) || alloc_list(&columns->one_hot, count) ||
		alloc_list(&columns->excluded, count) || alloc_list(&columns->kept, count))
		return gf_fail(err, GF_E_MEMORY, "cannot allocate a list of %zu columns", count);
	for (size_t i = 0; i < count; i++)
		columns->by_name[i] = (struct column_name){texts_at(&columns->names, i), i};
	qsort(columns->by_name, count, sizeof *columns->by_name, compare_names);
	return GF_OK;
}

struct quote columns_name(const struct columns *columns, size_t column)
{
	const char *name = texts_at(&columns->names, column);

	return quote_text(name);
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

struct data_place columns_place(const struct columns *columns, size_t line, size_t column)
{
	struct data_place place = files_place(columns->files, line);

	strcpy(place.part, columns_label(columns, column).text);
	return place;
}

void columns_free(struct columns *columns)
{
	texts_free(&columns->names);
	free(columns->features.at);
	free(columns->targets.at);
	free(columns->weights.at);
	free(columns->offsets.at);
	free(columns->one_hot.at);
	free(columns->excluded.at);
	free(columns->kept.at);
	free(columns->same_name);
	free(columns->by_name);
	free(columns->roles);
	*columns = (struct columns){0};
}

/* ---- lists of columns ---- */

#define DIGITS "0123456789"

gf_status selection_refuse(const struct selection *s, const char *format, ...)
{
	char text[sizeof s->err->message];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return report_error(files_place(s->columns->files, s->columns->line), s->err, "%s", text);
}

/* In some tools -name or !name stands for all columns but that one.  And a table whose columns are
 * separated by blanks, some of which are tabs, is taken for one with tabs alone. */
static const char *unknown_name_advice(const struct columns *columns, const char *name)
{
	if (strchr("-!", name[0]) && columns_find(columns, name + 1))
		return "; --exclude leaves a column out";
	for (size_t i = 0; columns->found_tabs && i < columns->names.count; i++)
		if (strchr(texts_at(&columns->names, i), ' '))
			return "; --delimiter space divides at blanks as well as at tabs";
	return "";
}

static gf_status refuse_unknown(const struct selection *s, const char *name)
{
	const struct columns *columns = s->columns;
	size_t count = columns->names.count;
	struct quote_list list = {0};

	for (size_t i = 0; i < count; i++)
		quote_list_add(&list, texts_at(&columns->names, i));
	return selection_refuse(s, "%s %s: no such column; there %s %s%s", s->noun,
		quote_text(name).text, count == 1 ? "is" : "are", quote_list_text(&list),
		unknown_name_advice(columns, name));
}

/* The message is the same in whichever order the two roles were asked for. */
static gf_status refuse_role(const struct selection *s, size_t column)
{
	static const char *const words[] = {
		[COLUMN_FEATURE] = "a feature",
		[COLUMN_ONE_HOT] = "a one-hot feature",
		[COLUMN_TARGET] = "a target",
		[COLUMN_WEIGHT] = "the sample weight",
		[COLUMN_OFFSET] = "the offset",
		[COLUMN_EXCLUDED] = "excluded",
	};
	enum column_role role = s->columns->roles[column];
	int after = role > s->role;

	return selection_refuse(s, "%s is both %s and %s", columns_label(s->columns, column).text,
		words[after ? s->role : role], words[after ? role : s->role]);
}

static gf_status refuse_twice(const struct selection *s, size_t column)
{
	return selection_refuse(
		s, "%s is listed twice as a %s", columns_label(s->columns, column).text, s->noun);
}

static gf_status keep_column(const struct selection *s, size_t column)
{
	for (size_t i = 0; i < s->list->count; i++)
		if (s->list->at[i] == column)
			return refuse_twice(s, column);
	s->list->at[s->list->count++] = column;
	return GF_OK;
}

static gf_status add_column(const struct selection *s, size_t column)
{
	struct columns *columns = s->columns;
	enum column_role wanted = s->role == COLUMN_ONE_HOT ? COLUMN_FEATURE : COLUMN_UNUSED;

	if (s->role == COLUMN_UNUSED)
		return keep_column(s, column);
	if (columns->roles[column] == s->role)
		return refuse_twice(s, column);
	if (wanted == COLUMN_FEATURE && columns->roles[column] == COLUMN_UNUSED)
		return selection_refuse(
			s, "%s is one-hot, but no feature", columns_label(columns, column).text);
	if (columns->roles[column] != wanted)
		return refuse_role(s, column);
	columns->roles[column] = s->role;
	s->list->at[s->list->count++] = column;
	return GF_OK;
}

static gf_status add_range(const struct selection *s, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++)
		TRY(add_column(s, i));
	return GF_OK;
}

/* Adds the columns from first on that have no role yet. */
static gf_status add_unused(const struct selection *s, size_t first)
{
	for (size_t i = first; i < s->columns->names.count; i++)
		if (s->columns->roles[i] == COLUMN_UNUSED)
			TRY(add_column(s, i));
	return GF_OK;
}

gf_status selection_add_rest(const struct selection *s)
{
	return add_unused(s, s->columns->has_row_names);
}

gf_status selection_add_last(const struct selection *s, size_t count)
{
	size_t columns = s->columns->names.count, first = columns, found = 0;

	while (first > 0 && found < count)
		found += s->columns->roles[--first] == COLUMN_UNUSED;
	if (found < count && s->columns->excluded.count)
		return selection_refuse(
			s, "%zu column%s, and all are excluded", columns, plural_s(columns));
	if (found < count)
		return selection_refuse(s, "%zu column%s; the model has %zu targets", columns,
			plural_s(columns), count);
	return add_unused(s, first);
}

static int is_name(const struct columns *columns, const char *name)
{
	return columns_find(columns, name) != NULL;
}

static gf_status add_by_name(const struct selection *s, const char *name)
{
	const struct column_name *found = columns_find(s->columns, name);

	return found ? add_column(s, found->column) : refuse_unknown(s, name);
}

/* A user who gives a name that the file has twice may mean either column.  A model means the first:
 * in training, too, the second was renamed. */
static gf_status add_given_name(const struct selection *s, const char *name)
{
	const struct column_name *found = columns_find(s->columns, name);
	const size_t *same_name = s->columns->same_name;

	for (size_t i = 0; same_name && found && i < s->columns->names.count; i++)
		if (same_name[i] == found->column)
			return selection_refuse(s,
				"%s %s: columns %zu and %zu both have this name; give a number",
				s->noun, quote_text(name).text, found->column + 1, i + 1);
	return add_by_name(s, name);
}

gf_status selection_add_names(const struct selection *s, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		TRY(add_by_name(s, names[i]));
	return GF_OK;
}

/* Adds "3" or "3-7".  The text has digits and '-' alone; a number that is too large for its type
 * becomes the largest, which no table has. */
static gf_status add_numbers(const struct selection *s, const char *text)
{
	size_t count = s->columns->names.count;
	size_t digits = strspn(text, DIGITS);
	struct quote shown = quote_text(text);
	const char *second = text[digits] ? text + digits + 1 : text;

	if (digits == 0 && text[1])
		return selection_refuse(s,
			"%s %s: columns count from 1, and not from the end; the last is %zu",
			s->noun, shown.text, count);
	if (digits == 0 || !*second || strchr(second, '-'))
		return selection_refuse(
			s, "%s %s: a range is FIRST-LAST, such as 3-7", s->noun, shown.text);

	unsigned long long first = strtoull(text, NULL, 10);
	unsigned long long last = strtoull(second, NULL, 10);

	if (first == 0)
		return selection_refuse(s, "%s %s: columns count from 1", s->noun, shown.text);
	if (last < first)
		return selection_refuse(s, "%s %s: the range runs backwards", s->noun, shown.text);
	if (last > count)
		return selection_refuse(s, "%s %s: there %s %zu column%s", s->noun, shown.text,
			count == 1 ? "is" : "are", count, plural_s(count));
	return add_range(s, (size_t)first - 1, (size_t)last - 1);
}

static gf_status add_item(const struct selection *s, char *item)
{
	item += strspn(item, " \t");
	for (size_t n = strlen(item); n > 0 && strchr(" \t", item[n - 1]); n--)
		item[n - 1] = 0;
	if (!*item)
		return selection_refuse(
			s, "%s \"\": a name or a number of a column is wanted", s->noun);
	if (is_name(s->columns, item) || item[strspn(item, DIGITS "-")])
		return add_given_name(s, item);
	return add_numbers(s, item);
}

/* Cuts the item up to the separator off the list.  *list becomes what follows, or NULL. */
static char *cut_item(char **list, char separator)
{
	char *item = *list;

	*list = strchr(item, separator);
	if (*list)
		*(*list)++ = 0;
	return item;
}

static gf_status add_line(const struct selection *s, char *list)
{
	if (is_name(s->columns, list))
		return add_given_name(s, list);
	while (list)
		TRY(add_item(s, cut_item(&list, ',')));
	return GF_OK;
}

gf_status selection_add_list(const struct selection *s, const char *lists)
{
	char *copy = strdup(lists);
	char *rest = copy;
	gf_status status = GF_OK;

	if (!copy)
		return gf_fail_memory(s->err, strlen(lists) + 1, "a list of columns");
	while (!status && rest)
		status = add_line(s, cut_item(&rest, '\n'));
	free(copy);
	return status;
}

#include "columns.h"
#include "error.h"
#include "texts.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* ---- names that are all different ---- */

/* The names that are taken.  The arrays have an element for each name of the file, by its index in
 * the set. */
struct naming {
	struct label_set taken; /* owned */
	size_t *wanted;         /* owned; how often a numbered form of the name was wanted */
	size_t *first;          /* owned; the first column of the name, plus 1; 0: not met yet */
};

static int add_name(struct naming *n, const char *name)
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
	failed = add_name(n, numbered) || texts_add(names, numbered, strlen(numbered));
	free(numbered);
	return failed ? -1 : 0;
}

/* Names that stand there once keep them, even where they look like a numbered one. */
static int take_all(struct naming *n, const struct columns *columns)
{
	for (size_t i = 0; i < columns->names.count; i++) {
		const char *name = texts_at(&columns->names, i);

		if (label_set_find(&n->taken, name) == SIZE_MAX && add_name(n, name))
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
	struct data_place place = line_place(columns->path, line);

	strcpy(place.part, columns_label(columns, column).text);
	return place;
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

/* ---- lists of columns ---- */

#define DIGITS "0123456789"

gf_status selection_refuse(const struct selection *c, const char *format, ...)
{
	char text[sizeof c->err->message];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (c->columns->line == 0)
		return gf_fail(c->err, GF_E_DATA, "%s: %s", c->columns->path, text);
	return gf_fail(c->err, GF_E_DATA, "%s:%zu: %s", c->columns->path, c->columns->line, text);
}

/* What helps beside another name: some tools have -name or !name for all but that column, and
 * tables of blanks, a few of which are tabs, are taken for tables of tabs. */
static const char *advice(const struct columns *columns, const char *name)
{
	if (strchr("-!", name[0]) && columns_find(columns, name + 1))
		return "; --exclude leaves a column out";
	for (size_t i = 0; columns->by_tabs && i < columns->names.count; i++)
		if (strchr(texts_at(&columns->names, i), ' '))
			return "; --delimiter space divides at blanks as well as at tabs";
	return "";
}

static gf_status refuse_unknown(const struct selection *c, const char *name)
{
	const struct columns *columns = c->columns;
	size_t count = columns->names.count;
	struct quote_list list = {0};

	for (size_t i = 0; i < count; i++)
		quote_list_add(&list, texts_at(&columns->names, i));
	return selection_refuse(c, "%s %s: no such column; there %s %s%s", c->noun,
		quote_text(name).text, count == 1 ? "is" : "are",
		quote_list_text(&list), advice(columns, name));
}

/* Either order of the two roles gives the same message. */
static gf_status refuse_role(const struct selection *c, size_t column)
{
	static const char *const words[] = {
		[COLUMN_FEATURE] = "a feature",
		[COLUMN_ONE_HOT] = "a one-hot feature",
		[COLUMN_TARGET] = "a target",
		[COLUMN_WEIGHT] = "the sample weight",
		[COLUMN_EXCLUDED] = "excluded",
	};
	enum column_role role = c->columns->roles[column];
	int after = role > c->role;

	return selection_refuse(c, "%s is both %s and %s", columns_label(c->columns, column).text,
		words[after ? c->role : role], words[after ? role : c->role]);
}

static gf_status keep_column(const struct selection *c, size_t column)
{
	for (size_t i = 0; i < c->list->count; i++)
		if (c->list->at[i] == column)
			return selection_refuse(c, "%s is listed twice as a %s",
				columns_label(c->columns, column).text, c->noun);
	c->list->at[c->list->count++] = column;
	return GF_OK;
}

static gf_status take_column(const struct selection *c, size_t column)
{
	struct columns *columns = c->columns;
	enum column_role wanted = c->role == COLUMN_ONE_HOT ? COLUMN_FEATURE : COLUMN_UNUSED;

	if (c->role == COLUMN_UNUSED)
		return keep_column(c, column);
	if (columns->roles[column] == c->role)
		return selection_refuse(c, "%s is listed twice as a %s",
			columns_label(columns, column).text, c->noun);
	if (wanted == COLUMN_FEATURE && columns->roles[column] == COLUMN_UNUSED)
		return selection_refuse(
			c, "%s is one-hot, but no feature", columns_label(columns, column).text);
	if (columns->roles[column] != wanted)
		return refuse_role(c, column);
	columns->roles[column] = c->role;
	c->list->at[c->list->count++] = column;
	return GF_OK;
}

static gf_status take_range(const struct selection *c, size_t first, size_t last)
{
	gf_status status = GF_OK;

	for (size_t i = first; !status && i <= last; i++)
		status = take_column(c, i);
	return status;
}

gf_status selection_take_rest(const struct selection *c)
{
	gf_status status = GF_OK;

	for (size_t i = c->columns->index; !status && i < c->columns->names.count; i++)
		if (c->columns->roles[i] == COLUMN_UNUSED)
			status = take_column(c, i);
	return status;
}

gf_status selection_take_last(const struct selection *c, size_t count)
{
	size_t columns = c->columns->names.count, first = columns, found = 0;
	gf_status status = GF_OK;

	while (first > 0 && found < count)
		found += c->columns->roles[--first] == COLUMN_UNUSED;
	if (found < count && c->columns->excluded.count)
		return selection_refuse(
			c, "%zu column%s, and all are excluded", columns, plural_s(columns));
	if (found < count)
		return selection_refuse(c, "%zu column%s; the model has %zu targets", columns,
			plural_s(columns), count);
	for (size_t i = first; !status && i < columns; i++)
		if (c->columns->roles[i] == COLUMN_UNUSED)
			status = take_column(c, i);
	return status;
}

static int is_name(const struct columns *columns, const char *name)
{
	return columns_find(columns, name) != NULL;
}

static gf_status take_name(const struct selection *c, const char *name)
{
	const struct column_name *found = columns_find(c->columns, name);

	return found ? take_column(c, found->column) : refuse_unknown(c, name);
}

/* Who asks for a name that was there twice may mean either column; a model means the first, since
 * this is how its names were made. */
static gf_status take_given_name(const struct selection *c, const char *name)
{
	const struct column_name *found = columns_find(c->columns, name);
	const size_t *twins = c->columns->twins;

	for (size_t i = 0; twins && found && i < c->columns->names.count; i++)
		if (twins[i] == found->column)
			return selection_refuse(c,
				"%s %s: columns %zu and %zu both have this name; give a number",
				c->noun, quote_text(name).text, found->column + 1,
				i + 1);
	return take_name(c, name);
}

gf_status selection_take_names(const struct selection *c, const char *const *names, size_t count)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < count; i++)
		status = take_name(c, names[i]);
	return status;
}

/* text is made of digits and '-' alone: "3" or "3-7".  A number beyond all is beyond the file. */
static gf_status take_numbers(const struct selection *c, const char *text)
{
	size_t count = c->columns->names.count;
	size_t digits = strspn(text, DIGITS);
	struct quote shown = quote_text(text);
	const char *second = text[digits] ? text + digits + 1 : text;

	if (digits == 0 && text[1])
		return selection_refuse(c,
			"%s %s: columns count from 1, and not from the end; the last is %zu",
			c->noun, shown.text, count);
	if (digits == 0 || !*second || strchr(second, '-'))
		return selection_refuse(
			c, "%s %s: a range is FIRST-LAST, such as 3-7", c->noun, shown.text);

	unsigned long long first = strtoull(text, NULL, 10);
	unsigned long long last = strtoull(second, NULL, 10);

	if (first == 0)
		return selection_refuse(c, "%s %s: columns count from 1", c->noun, shown.text);
	if (last < first)
		return selection_refuse(c, "%s %s: the range runs backwards", c->noun, shown.text);
	if (last > count)
		return selection_refuse(c, "%s %s: there %s %zu column%s", c->noun, shown.text,
			count == 1 ? "is" : "are", count, plural_s(count));
	return take_range(c, (size_t)first - 1, (size_t)last - 1);
}

static gf_status take_item(const struct selection *c, char *item)
{
	item += strspn(item, " \t");
	for (size_t n = strlen(item); n > 0 && strchr(" \t", item[n - 1]); n--)
		item[n - 1] = 0;
	if (!*item)
		return selection_refuse(
			c, "%s \"\": a name or a number of a column is wanted", c->noun);
	if (is_name(c->columns, item) || item[strspn(item, DIGITS "-")])
		return take_given_name(c, item);
	return take_numbers(c, item);
}

/* The part of a list up to the separator, which becomes its end; *list: what follows, or NULL. */
static char *cut(char **list, char separator)
{
	char *item = *list;

	*list = strchr(item, separator);
	if (*list)
		*(*list)++ = 0;
	return item;
}

static gf_status take_line(const struct selection *c, char *list)
{
	gf_status status = GF_OK;

	if (is_name(c->columns, list))
		return take_given_name(c, list);
	while (!status && list)
		status = take_item(c, cut(&list, ','));
	return status;
}

gf_status selection_take_list(const struct selection *c, const char *lists)
{
	char *copy = strdup(lists);
	char *rest = copy;
	gf_status status = GF_OK;

	if (!copy)
		return gf_fail_memory(c->err, strlen(lists) + 1, "a list of columns");
	while (!status && rest)
		status = take_line(c, cut(&rest, '\n'));
	free(copy);
	return status;
}

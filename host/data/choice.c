#include "choice.h"
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

gf_status choice_refuse(const struct choice *c, const char *format, ...)
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

const char *plural_s(size_t count)
{
	return count == 1 ? "" : "s";
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

static gf_status refuse_unknown(const struct choice *c, const char *name)
{
	enum { SHOWN = 8 };
	const struct columns *columns = c->columns;
	char list[SHOWN * (EXCERPT_ROOM + 2) + 40];
	char *end = list;
	size_t count = columns->names.count;
	size_t shown = count <= SHOWN ? count : SHOWN;

	for (size_t i = 0; i < shown; i++)
		end += sprintf(end, "%s%s", i ? ", " : "", columns_name(columns, i).text);
	if (shown < count)
		sprintf(end, " and %zu more", count - shown);
	return choice_refuse(c, "%s %s: no such column; there %s %s%s", c->noun,
		excerpt_of(name, strlen(name)).text, count == 1 ? "is" : "are", list,
		advice(columns, name));
}

/* Either order of the two roles gives the same message. */
static gf_status refuse_role(const struct choice *c, size_t column)
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

	return choice_refuse(c, "%s is both %s and %s", columns_label(c->columns, column).text,
		words[after ? c->role : role], words[after ? role : c->role]);
}

static gf_status keep_column(const struct choice *c, size_t column)
{
	for (size_t i = 0; i < c->list->count; i++)
		if (c->list->at[i] == column)
			return choice_refuse(c, "%s is listed twice as a %s",
				columns_label(c->columns, column).text, c->noun);
	c->list->at[c->list->count++] = column;
	return GF_OK;
}

static gf_status take_column(const struct choice *c, size_t column)
{
	struct columns *columns = c->columns;
	enum column_role wanted = c->role == COLUMN_ONE_HOT ? COLUMN_FEATURE : COLUMN_UNUSED;

	if (c->role == COLUMN_UNUSED)
		return keep_column(c, column);
	if (columns->roles[column] == c->role)
		return choice_refuse(c, "%s is listed twice as a %s",
			columns_label(columns, column).text, c->noun);
	if (wanted == COLUMN_FEATURE && columns->roles[column] == COLUMN_UNUSED)
		return choice_refuse(
			c, "%s is one-hot, but no feature", columns_label(columns, column).text);
	if (columns->roles[column] != wanted)
		return refuse_role(c, column);
	columns->roles[column] = c->role;
	c->list->at[c->list->count++] = column;
	return GF_OK;
}

static gf_status take_range(const struct choice *c, size_t first, size_t last)
{
	gf_status status = GF_OK;

	for (size_t i = first; !status && i <= last; i++)
		status = take_column(c, i);
	return status;
}

gf_status choice_take_rest(const struct choice *c)
{
	gf_status status = GF_OK;

	for (size_t i = c->columns->index; !status && i < c->columns->names.count; i++)
		if (c->columns->roles[i] == COLUMN_UNUSED)
			status = take_column(c, i);
	return status;
}

gf_status choice_take_last(const struct choice *c, size_t count)
{
	size_t columns = c->columns->names.count, first = columns, found = 0;
	gf_status status = GF_OK;

	while (first > 0 && found < count)
		found += c->columns->roles[--first] == COLUMN_UNUSED;
	if (found < count && c->columns->excluded.count)
		return choice_refuse(
			c, "%zu column%s, and all are excluded", columns, plural_s(columns));
	if (found < count)
		return choice_refuse(c, "%zu column%s; the model has %zu targets", columns,
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

static gf_status take_name(const struct choice *c, const char *name)
{
	const struct column_name *found = columns_find(c->columns, name);

	return found ? take_column(c, found->column) : refuse_unknown(c, name);
}

/* Who asks for a name that was there twice may mean either column; a model means the first, since
 * this is how its names were made. */
static gf_status take_given_name(const struct choice *c, const char *name)
{
	const struct column_name *found = columns_find(c->columns, name);
	const size_t *twins = c->columns->twins;

	for (size_t i = 0; twins && found && i < c->columns->names.count; i++)
		if (twins[i] == found->column)
			return choice_refuse(c,
				"%s %s: columns %zu and %zu both have this name; give a number",
				c->noun, excerpt_of(name, strlen(name)).text, found->column + 1,
				i + 1);
	return take_name(c, name);
}

gf_status choice_take_names(const struct choice *c, const char *const *names, size_t count)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < count; i++)
		status = take_name(c, names[i]);
	return status;
}

/* text is made of digits and '-' alone: "3" or "3-7".  A number beyond all is beyond the file. */
static gf_status take_numbers(const struct choice *c, const char *text)
{
	size_t count = c->columns->names.count;
	size_t digits = strspn(text, DIGITS);
	struct excerpt shown = excerpt_of(text, strlen(text));
	const char *second = text[digits] ? text + digits + 1 : text;

	if (digits == 0 && text[1])
		return choice_refuse(c,
			"%s %s: columns count from 1, and not from the end; the last is %zu",
			c->noun, shown.text, count);
	if (digits == 0 || !*second || strchr(second, '-'))
		return choice_refuse(
			c, "%s %s: a range is FIRST-LAST, such as 3-7", c->noun, shown.text);

	unsigned long long first = strtoull(text, NULL, 10);
	unsigned long long last = strtoull(second, NULL, 10);

	if (first == 0)
		return choice_refuse(c, "%s %s: columns count from 1", c->noun, shown.text);
	if (last < first)
		return choice_refuse(c, "%s %s: the range runs backwards", c->noun, shown.text);
	if (last > count)
		return choice_refuse(c, "%s %s: there %s %zu column%s", c->noun, shown.text,
			count == 1 ? "is" : "are", count, plural_s(count));
	return take_range(c, (size_t)first - 1, (size_t)last - 1);
}

static gf_status take_item(const struct choice *c, char *item)
{
	item += strspn(item, " \t");
	for (size_t n = strlen(item); n > 0 && strchr(" \t", item[n - 1]); n--)
		item[n - 1] = 0;
	if (!*item)
		return choice_refuse(
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

static gf_status take_line(const struct choice *c, char *list)
{
	gf_status status = GF_OK;

	if (is_name(c->columns, list))
		return take_given_name(c, list);
	while (!status && list)
		status = take_item(c, cut(&list, ','));
	return status;
}

gf_status choice_take_list(const struct choice *c, const char *lists)
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

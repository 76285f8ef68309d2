#include "table.h"
#include "message.h"
#include "print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct column {
	size_t width;  /* of the widest cell */
	size_t before; /* the point, in the widest number */
	size_t after;  /* the point and what follows */
};

static void *needed(void *memory)
{
	if (memory)
		return memory;
	say("cannot allocate the cells of a table");
	exit(EX_SOFTWARE);
}

void table_init(struct table *table, const char *align)
{
	*table = (struct table){.align = align, .columns = strlen(align)};
}

void table_cell(struct table *table, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (table->count == table->capacity) {
		table->capacity = table->capacity ? 2 * table->capacity : 64;
		table->cells =
			needed(realloc(table->cells, table->capacity * sizeof *table->cells));
	}
	table->cells[table->count++] = needed(strdup(text));
}

void table_name(struct table *table, const char *name)
{
	table_cell(table, "%s", name_format(name, NAME_WIDTH).text);
}

void table_end_row(struct table *table)
{
	while (table->count % table->columns)
		table_cell(table, "%s", "");
}

static int is_number(const char *text)
{
	return text[0] && text[strspn(text, "+-.0123456789e")] == '\0';
}

static size_t before_point(const char *text)
{
	return strcspn(text, ".e");
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static struct column measure(const struct table *table, size_t index)
{
	struct column column = {0};

	for (size_t i = index; i < table->count; i += table->columns) {
		const char *cell = table->cells[i];
		size_t before = before_point(cell);

		column.width = larger(column.width, name_width(cell));
		if (table->align[index] != '.' || !is_number(cell))
			continue;
		column.before = larger(column.before, before);
		column.after = larger(column.after, strlen(cell) - before);
	}
	column.width = larger(column.width, column.before + column.after);
	return column;
}

static void spaces(size_t count)
{
	printf("%*s", (int)count, "");
}

static void print_cell(const char *cell, char align, const struct column *column, int last)
{
	size_t left = column->width - name_width(cell), right = 0;

	if (align == 'l') {
		right = left;
		left = 0;
	} else if (align == '.' && is_number(cell)) {
		right = column->after - (strlen(cell) - before_point(cell));
		left -= right;
	}
	spaces(left);
	fputs(cell, stdout);
	if (!last)
		spaces(right);
}

/* The columns of the row up to its last cell that is not empty: no blanks at the line's end. */
static size_t used_columns(const struct table *table, size_t first)
{
	size_t used = table->columns;

	while (used > 1 && !table->cells[first + used - 1][0])
		used--;
	return used;
}

static void print_row(
	const struct table *table, size_t first, const struct column *columns, const char *indent)
{
	size_t used = used_columns(table, first);

	fputs(indent, stdout);
	for (size_t c = 0; c < used; c++) {
		fputs(c ? "  " : "", stdout);
		print_cell(table->cells[first + c], table->align[c], &columns[c], c + 1 == used);
	}
	putchar('\n');
}

void table_print(struct table *table, const char *indent)
{
	struct column columns[TABLE_COLUMNS];

	table_end_row(table);
	for (size_t c = 0; c < table->columns; c++)
		columns[c] = measure(table, c);
	for (size_t i = 0; i < table->count; i += table->columns)
		print_row(table, i, columns, indent);
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
}

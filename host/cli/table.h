/*
 * table.h: cells of text in columns that line up, on standard output.
 *
 *	struct table t;
 *
 *	table_init(&t, "l.");		a letter a column: l left, r right,
 *	table_cell(&t, "weight");	. numbers by their decimal point
 *	table_cell(&t, "%.9g", w);
 *	table_print(&t, "  ");		prints and ends it
 *
 * Cells fill the rows from left to right.  The program ends with an error where
 * memory does.
 */
#ifndef GF_TABLE_H
#define GF_TABLE_H

#include <stddef.h>

enum { TABLE_COLUMNS = 24 };

struct table {
	const char *align; /* borrowed */
	size_t columns, count, capacity;
	char **cells; /* owned */
};

void table_init(struct table *table, const char *align);
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A name out of a file, as name.h shows it. */
void table_name(struct table *table, const char *name);

/* Empty cells up to the end of the row that has begun. */
void table_end_row(struct table *table);

void table_print(struct table *table, const char *indent);

#endif

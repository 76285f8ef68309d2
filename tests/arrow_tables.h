/* arrow_tables.h: tables of Arrow's C data interface, made by hand. */
#ifndef GF_ARROW_TABLES_H
#define GF_ARROW_TABLES_H

#include "gpufitcl_arrow.h"

enum { ARROW_COLUMNS = 20, ARROW_BUFFERS = 6 };

/* All zeros: a table without columns or rows. */
struct arrow_table {
	struct ArrowSchema schema, columns[ARROW_COLUMNS], words_schema;
	struct ArrowArray array, values[ARROW_COLUMNS], words;
	struct ArrowSchema *schemas[ARROW_COLUMNS];
	struct ArrowArray *arrays[ARROW_COLUMNS];
	const void *struct_buffers[1], *buffers[ARROW_COLUMNS][ARROW_BUFFERS],
		*words_buffers[ARROW_BUFFERS];
};

/* Adds a column: its values, and behind them its text or NULL; validity NULL: none is missing. */
struct ArrowArray *arrow_add(struct arrow_table *table, const char *name, const char *format,
	int64_t rows, const void *validity, const void *values, const void *text);

/* Makes the last column's values indices into a dictionary of text (count). */
void arrow_add_dictionary(
	struct arrow_table *table, int64_t count, const int32_t *offsets, const char *text);

#endif

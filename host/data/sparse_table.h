/*
 * sparse_table.h: rows of pairs of an index and a value, as the readers of sparse files collect
 * them, before they become a dataset.
 *
 * An index that a row leaves out has the value 0.
 */
#ifndef GF_SPARSE_TABLE_H
#define GF_SPARSE_TABLE_H

#include "columns.h"
#include "dataset.h"
#include "encoding.h"
#include "read_options.h"

#include <stdint.h>

struct sparse_pair {
	uint32_t index; /* as in the file */
	float value;    /* NaN: missing */
};

struct sparse_line {
	size_t line;      /* or row, if files->by_row */
	size_t pairs_end; /* its pairs end there, and begin where those of the row before end */
};

struct sparse_table {
	const struct read_options *options; /* borrowed, as files and err */
	const struct file_list *files;
	gf_error *err;
	struct sparse_pair *pairs; /* owned; (pair_count) of all rows */
	size_t pair_count, pair_room;
	struct page_array pages;  /* owned; what pairs are in, if a cache is made */
	struct sparse_line *rows; /* owned; (row_count) */
	size_t row_count, row_room;
	size_t base;     /* the first index */
	size_t features; /* columns of the file, or of the model */
};

/* The place among the pairs where those of the row that has not ended begin. */
static inline size_t sparse_table_first(const struct sparse_table *t)
{
	return t->row_count ? t->rows[t->row_count - 1].pairs_end : 0;
}

/* Sorts the row that has not ended by index.  Returns the index that it has twice, or SIZE_MAX. */
size_t sparse_table_sort(struct sparse_table *t);

/* Makes room for so many pairs.  GF_E_MEMORY, GF_E_IO. */
gf_status sparse_table_grow(struct sparse_table *t, size_t pairs);

/* Makes room for so many rows and pairs.  GF_E_MEMORY. */
gf_status sparse_table_reserve(struct sparse_table *t, size_t rows, size_t pairs);

/* Makes the names of the columns, "column1", "column2", ...  GF_E_MEMORY. */
gf_status sparse_table_names(const struct sparse_table *t, struct columns *columns);

/* Makes the dataset with its features, sparse or dense, once columns are selected.  Indices behind
 * the last column are left out.  GF_E_DATA: a value is missing.  GF_E_MEMORY. */
gf_status sparse_table_dataset(struct sparse_table *t, gf_dataset **data, struct gaps *gaps);

void sparse_table_free(struct sparse_table *t);

#endif

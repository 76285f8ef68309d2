/*
 * sparse.h: rows that are mostly zeros, of which only the other numbers are kept.
 *
 *	N rows, D features, Z numbers that are kept
 *
 * Compressed rows: the numbers of row i are [start[i], start[i + 1]), in rising order of their
 * features.  sparse_columns.h has the columns.
 */
#ifndef GF_SPARSE_H
#define GF_SPARSE_H

#include "error.h"

#include <stdint.h>

enum { SPARSE_FEATURES = 9 /* sums of fewer features have another order (kernels/README.md) */ };

struct sparse_rows {
	size_t rows;
	uint64_t *start; /* owned; (N + 1) */
	uint32_t *index; /* owned; (Z) features */
	float *value;    /* owned; (Z) */
	int borrowed;    /* 1: the arrays are in a file that the dataset has mapped */
};

/* Makes rows of Z numbers, all 0; every array begins on a page and fills whole pages, so that a
 * device may use it in place.  GF_E_MEMORY. */
gf_status sparse_rows_new(struct sparse_rows **made, size_t rows, size_t numbers, gf_error *err);

/* Makes sparse rows of dense ones, x (rows, features).  GF_E_MEMORY. */
gf_status sparse_rows_of(
	struct sparse_rows **made, const float *x, size_t rows, size_t features, gf_error *err);

/* rows may be NULL. */
void sparse_rows_free(struct sparse_rows *rows);

/* Returns the bytes of count numbers of that size, rounded up to whole pages. */
size_t sparse_bytes(size_t count, size_t size);

/* Makes room for `need` items in an array, which may move, like array_reserve.  GF_E_MEMORY. */
gf_status sparse_need(void *array, size_t *room, size_t need, size_t size, gf_error *err);
#define SPARSE_NEED(array, room, need, err) \
	sparse_need(&(array), &(room), need, sizeof *(array), err)

/* The same for an array that begins on a page and fills whole pages, large ones where it is large;
 * room and need in bytes. */
gf_status sparse_need_pages(void *array, size_t *room, size_t need, gf_error *err);

/* Returns Z. */
static inline size_t sparse_numbers(const struct sparse_rows *rows)
{
	return (size_t)rows->start[rows->rows];
}

/* Returns how many numbers that row has. */
static inline size_t sparse_count(const struct sparse_rows *rows, size_t row)
{
	return (size_t)(rows->start[row + 1] - rows->start[row]);
}

/* Adds a number to that row, the last that has begun: start[row + 1] is where its numbers end. */
static inline void sparse_add(struct sparse_rows *rows, size_t row, uint32_t index, float value)
{
	rows->index[rows->start[row + 1]] = index;
	rows->value[rows->start[row + 1]++] = value;
}

/* Copies a row of `from` behind the first `at` rows of `to`, which has room for it. */
void sparse_copy_row(struct sparse_rows *to, size_t at, const struct sparse_rows *from, size_t row);

#endif

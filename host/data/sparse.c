#include "sparse.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

size_t sparse_bytes(size_t count, size_t size)
{
	const size_t bytes = count * size;

	return (bytes / PAGE_ALIGNMENT + 1) * PAGE_ALIGNMENT;
}

/* Returns whole pages of zeros, or NULL. */
static void *zeros(size_t count, size_t size)
{
	void *at = pages_alloc(sparse_bytes(count, size));

	return at ? memset(at, 0, sparse_bytes(count, size)) : NULL;
}

gf_status sparse_need(void *array, size_t *room, size_t need, size_t size, gf_error *err)
{
	void *old, *moved;

	memcpy(&old, array, sizeof old);
	moved = array_reserve(old, room, need ? need : 1, size);
	if (!moved)
		return gf_fail_memory(err, need * size, "sparse columns");
	memcpy(array, &moved, sizeof moved);
	return GF_OK;
}

gf_status sparse_need_pages(void *array, size_t *room, size_t need, gf_error *err)
{
	size_t bytes = *room * 2 > need ? *room * 2 : need;
	void *old, *moved;

	if (need <= *room && *room > 0)
		return GF_OK;
	bytes = sparse_bytes(bytes, 1);
	memcpy(&old, array, sizeof old);
	moved = pages_alloc(bytes);
	if (!moved)
		return gf_fail_memory(err, bytes, "sparse columns");
	if (*room)
		memcpy(moved, old, *room);
	free(old);
	memcpy(array, &moved, sizeof moved);
	*room = bytes;
	return GF_OK;
}

/* ---- rows ---- */

gf_status sparse_rows_new(struct sparse_rows **made, size_t rows, size_t numbers, gf_error *err)
{
	struct sparse_rows *s = calloc(1, sizeof *s);

	*made = s;
	if (!s)
		return gf_fail_memory(err, sizeof *s, "sparse rows");
	s->rows = rows;
	s->start = zeros(rows + 1, sizeof *s->start);
	s->index = zeros(numbers, sizeof *s->index);
	s->value = zeros(numbers, sizeof *s->value);
	if (s->start && s->index && s->value)
		return GF_OK;
	sparse_rows_free(s);
	*made = NULL;
	return gf_fail(
		err, GF_E_MEMORY, "cannot allocate %zu sparse rows of %zu numbers", rows, numbers);
}

gf_status sparse_rows_of(
	struct sparse_rows **made, const float *x, size_t rows, size_t features, gf_error *err)
{
	size_t numbers = 0;

	for (size_t i = 0; i < rows * features; i++)
		numbers += x[i] != 0.0f;
	TRY(sparse_rows_new(made, rows, numbers, err));
	for (size_t i = 0; i < rows; i++) {
		(*made)->start[i + 1] = (*made)->start[i];
		for (size_t j = 0; j < features; j++)
			if (x[i * features + j] != 0.0f)
				sparse_add(*made, i, (uint32_t)j, x[i * features + j]);
	}
	return GF_OK;
}

void sparse_rows_free(struct sparse_rows *s)
{
	if (!s)
		return;
	if (!s->borrowed) {
		free(s->start);
		free(s->index);
		free(s->value);
	}
	free(s);
}

void sparse_copy_row(struct sparse_rows *to, size_t at, const struct sparse_rows *from, size_t row)
{
	const size_t count = sparse_count(from, row);

	memcpy(to->index + to->start[at], from->index + from->start[row],
		count * sizeof *to->index);
	memcpy(to->value + to->start[at], from->value + from->start[row],
		count * sizeof *to->value);
	to->start[at + 1] = to->start[at] + count;
}

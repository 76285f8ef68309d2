#include "sparse.h"
#include "memory.h"
#include "shared.h"

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

void sparse_rows_free(struct sparse_rows *s)
{
	if (!s)
		return;
	free(s->start);
	free(s->index);
	free(s->value);
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

/* ---- columns ---- */

/* Sets start (D + 1) to where each column begins. */
static void find_starts(
	struct sparse_columns *c, const struct sparse_rows *rows, size_t features, uint64_t numbers)
{
	for (uint64_t i = 0; i < numbers; i++)
		c->start[rows->index[i] + 1]++;
	for (size_t j = 0; j < features; j++)
		c->start[j + 1] += c->start[j];
}

/* Fills the columns, during which start[j] is where the next number of column j goes. */
static void fill(
	struct sparse_columns *c, const struct sparse_rows *rows, size_t features, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (uint64_t n = rows->start[i]; n < rows->start[i + 1]; n++) {
			const uint64_t at = c->start[rows->index[n]]++;

			c->row[at] = (uint32_t)i;
			c->value[at] = rows->value[n];
		}
	memmove(c->start + 1, c->start, features * sizeof *c->start);
	c->start[0] = 0;
}

/* Returns the level at which two blocks meet: that of the highest bit in which they differ. */
static unsigned meeting_level(uint32_t a, uint32_t b)
{
	unsigned level = 0;

	while ((a ^ b) >> level > 1)
		level++;
	return level;
}

enum { LEVELS = 32 };

/* What is to the left of the last leaf: roots of subtrees, by the level at which the leaf after
 * each of them begins its sibling.  Levels fall from its bottom to its top. */
struct left {
	uint32_t leaf[LEVELS];
	unsigned level[LEVELS], depth;
};

/* Joins what is to the left of the leaf, of levels below that one, with the subtree that ends with
 * it; returns the subtree's root.  at (LEVELS): where the next join of each level goes, or how many
 * there are; joins: NULL: they are only counted. */
static uint32_t join_left(
	struct left *left, uint32_t leaf, unsigned below, size_t *at, struct sparse_join *joins)
{
	while (left->depth > 0 && left->level[left->depth - 1] < below) {
		const unsigned top = --left->depth;
		const size_t place = at[left->level[top]]++;

		if (joins)
			joins[place] = (struct sparse_join){left->leaf[top], leaf};
		leaf = left->leaf[top];
	}
	return leaf;
}

static void add_joins(const uint32_t *row, size_t count, size_t *at, struct sparse_join *joins)
{
	struct left left = {.depth = 0};
	uint32_t leaf = 0, last = 0;

	for (size_t i = 1; i < count; i++) {
		const uint32_t before = row[i - 1] / BLOCK_ROWS, block = row[i] / BLOCK_ROWS;
		unsigned level;

		if (before == block)
			continue;
		level = meeting_level(before, block);
		leaf = join_left(&left, leaf, level, at, joins);
		left.leaf[left.depth] = leaf;
		left.level[left.depth++] = level;
		leaf = ++last;
	}
	join_left(&left, leaf, LEVELS, at, joins);
}

/* Level by level, so that joins that follow each other do not wait for each other. */
static void join_column(struct sparse_columns *c, size_t column)
{
	const uint32_t *row = c->row + c->start[column];
	const size_t count = (size_t)(c->start[column + 1] - c->start[column]);
	size_t at[LEVELS] = {0}, before = 0;

	add_joins(row, count, at, NULL);
	for (size_t l = 0; l < LEVELS; l++) {
		const size_t joins = at[l];

		at[l] = before;
		before += joins;
	}
	add_joins(row, count, at, c->joins + c->start[column]);
}

gf_status sparse_columns_new(struct sparse_columns *c, const struct sparse_rows *rows,
	size_t features, size_t count, gf_error *err)
{
	const uint64_t numbers = rows->start[count];

	c->start = calloc(features + 1, sizeof *c->start);
	c->row = calloc((size_t)numbers + 1, sizeof *c->row);
	c->value = malloc(((size_t)numbers + 1) * sizeof *c->value);
	c->joins = calloc((size_t)numbers + 1, sizeof *c->joins);
	if (!c->start || !c->row || !c->value || !c->joins)
		return gf_fail(err, GF_E_MEMORY,
			"cannot allocate %zu sparse columns of %zu numbers", features,
			(size_t)numbers);
	find_starts(c, rows, features, numbers);
	fill(c, rows, features, count);
	for (size_t j = 0; j < features; j++)
		join_column(c, j);
	return GF_OK;
}

void sparse_columns_free(struct sparse_columns *c)
{
	free(c->start);
	free(c->row);
	free(c->value);
	free(c->joins);
	*c = (struct sparse_columns){0};
}

#include "sparse_table.h"
#include "error.h"
#include "memory.h"
#include "sparse_choice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static gf_status no_memory(const struct sparse_table *t)
{
	return report_no_memory(files_place(t->files, 0), t->err);
}

static struct sparse_choice choice_of(const struct sparse_table *t, size_t features, double numbers)
{
	return (struct sparse_choice){.options = t->options,
		.files = t->files,
		.rows = t->row_count,
		.features = features,
		.numbers = numbers};
}

/* ---- a row ---- */

static int compare_pairs(const void *a, const void *b)
{
	uint32_t x = ((const struct sparse_pair *)a)->index,
		 y = ((const struct sparse_pair *)b)->index;

	return (x > y) - (x < y);
}

size_t sparse_table_sort(struct sparse_table *t)
{
	size_t first = sparse_table_first(t);

	qsort(t->pairs + first, t->pair_count - first, sizeof *t->pairs, compare_pairs);
	for (size_t i = first + 1; i < t->pair_count; i++)
		if (t->pairs[i].index == t->pairs[i - 1].index)
			return t->pairs[i].index;
	return SIZE_MAX;
}

/* ---- missing values ---- */

/* Messages count the columns of files without lines from 1. */
static gf_status refuse_missing(const struct sparse_table *t, size_t row, size_t index)
{
	struct data_place place = files_place(t->files, t->rows[row].line);

	if (t->files->by_row)
		snprintf(place.part, sizeof place.part, "column %zu", index - t->base + 1);
	else
		snprintf(place.part, sizeof place.part, "index %zu", index);
	return report_error(
		place, t->err, "a missing value; %s", missing_advice(t->options, COLUMN_FEATURE));
}

/* ---- sparse rows ---- */

/* Moves the pairs of a row that are features to `to`, with their places for indices; returns their
 * number.  --features may order them anew. */
static gf_status take_row(struct sparse_table *t, const size_t *places, size_t row, size_t first,
	struct sparse_pair *to, size_t *count)
{
	int unsorted = 0;

	*count = 0;
	for (size_t pair = first; pair < t->rows[row].pairs_end; pair++) {
		const struct sparse_pair from = t->pairs[pair];
		const size_t column = from.index - t->base;
		const size_t j = column < t->features ? places[column] : SIZE_MAX;

		if (j == SIZE_MAX || from.value == 0.0f)
			continue;
		if (isnan(from.value))
			return refuse_missing(t, row, from.index);
		unsorted |= *count > 0 && to[*count - 1].index > j;
		to[(*count)++] = (struct sparse_pair){(uint32_t)j, from.value};
	}
	if (unsorted)
		qsort(to, *count, sizeof *to, compare_pairs);
	return GF_OK;
}

/* Leaves in t->pairs those that are features, and in t->rows where those of a row end. */
static gf_status take_rows(struct sparse_table *t, const size_t *places)
{
	size_t first = 0, end = 0, count;

	for (size_t i = 0; i < t->row_count; i++) {
		TRY(take_row(t, places, i, first, t->pairs + end, &count));
		first = t->rows[i].pairs_end;
		end += count;
		t->rows[i].pairs_end = end;
	}
	t->pair_count = end;
	return GF_OK;
}

static gf_status make_sparse(struct sparse_table *t, gf_dataset **data,
	const struct columns *columns, const size_t *places)
{
	struct sparse_rows *s;

	TRY(take_rows(t, places));
	TRY(sparse_rows_new(&s, t->row_count, t->pair_count, t->err));
	for (size_t i = 0; i < t->row_count; i++)
		s->start[i + 1] = t->rows[i].pairs_end;
	for (size_t i = 0; i < t->pair_count; i++) {
		s->index[i] = t->pairs[i].index;
		s->value[i] = t->pairs[i].value;
	}
	return assemble_sparse(data, s, columns, t->err);
}

/* ---- dense rows ---- */

static gf_status fill_rows(
	struct sparse_table *t, gf_dataset *data, struct gaps *gaps, const size_t *places)
{
	size_t D = data->features, pair = 0;

	for (size_t i = 0; i < t->row_count; i++)
		for (; pair < t->rows[i].pairs_end; pair++) {
			const struct sparse_pair from = t->pairs[pair];
			const size_t column = from.index - t->base;
			const size_t j = column < t->features ? places[column] : SIZE_MAX;

			if (j == SIZE_MAX)
				continue;
			data->x[i * D + j] = from.value;
			if (isnan(from.value) && !gaps_add(gaps, i, COLUMN_FEATURE, j))
				return refuse_missing(t, i, from.index);
		}
	return GF_OK;
}

static gf_status make_dense(
	struct sparse_table *t, gf_dataset **data, struct gaps *gaps, const size_t *places)
{
	struct page_array x = {.beside = t->options->cache};

	TRY(assemble_dataset(data, &x, t->row_count, gaps->columns, t->err));
	return fill_rows(t, *data, gaps, places);
}

/* ---- the dataset ---- */

gf_status sparse_table_grow(struct sparse_table *t, size_t pairs)
{
	struct sparse_pair *grown;

	if (t->options->cache) {
		t->pages.beside = t->options->cache;
		t->pages.is_scratch = 1;
		TRY(page_array_reserve(&t->pages, pairs * sizeof *t->pairs, "sparse rows", t->err));
		t->pairs = (struct sparse_pair *)(void *)t->pages.at;
		t->pair_room = t->pages.bytes / sizeof *t->pairs;
		return GF_OK;
	}
	grown = array_reserve(t->pairs, &t->pair_room, pairs, sizeof *grown);
	if (!grown)
		return no_memory(t);
	t->pairs = grown;
	return GF_OK;
}

gf_status sparse_table_reserve(struct sparse_table *t, size_t rows, size_t pairs)
{
	const struct sparse_choice choice = {.options = t->options,
		.files = t->files,
		.rows = rows,
		.features = t->features,
		.numbers = (double)pairs};

	TRY(sparse_check_columns(&choice, t->err));
	t->rows = calloc(rows, sizeof *t->rows);
	t->pairs = calloc(pairs, sizeof *t->pairs);
	return t->rows && t->pairs ? GF_OK : no_memory(t);
}

gf_status sparse_table_names(const struct sparse_table *t, struct columns *columns)
{
	const struct sparse_choice choice = choice_of(t, t->features, 0.0);

	TRY(sparse_check_columns(&choice, t->err));
	return assemble_names(columns, t->features, t->err);
}

/* Returns each column's place among the features, SIZE_MAX if it is none of them; the caller frees
 * them.  NULL: no memory. */
static size_t *places_of(const struct sparse_table *t, const struct columns *columns)
{
	size_t *places = malloc(t->features * sizeof *places);

	for (size_t i = 0; places && i < t->features; i++)
		places[i] = SIZE_MAX;
	for (size_t j = 0; places && j < columns->features.count; j++)
		places[columns->features.at[j]] = j;
	return places;
}

static size_t count_features(const struct sparse_table *t, const size_t *places)
{
	size_t count = 0;

	for (size_t i = 0; i < t->pair_count; i++) {
		const size_t column = t->pairs[i].index - t->base;

		count += column < t->features && places[column] != SIZE_MAX;
	}
	return count;
}

static gf_status make_dataset(
	struct sparse_table *t, gf_dataset **data, struct gaps *gaps, const size_t *places)
{
	const struct sparse_choice choice =
		choice_of(t, gaps->columns->features.count, (double)count_features(t, places));
	const char *why = NULL;
	int sparse = 0;

	TRY(sparse_choose(&choice, &sparse, &why, t->err));
	TRY(sparse ? make_sparse(t, data, gaps->columns, places)
		   : make_dense(t, data, gaps, places));
	(*data)->rows_why = why;
	return GF_OK;
}

gf_status sparse_table_dataset(struct sparse_table *t, gf_dataset **data, struct gaps *gaps)
{
	size_t *places = places_of(t, gaps->columns);
	const gf_status status = places ? make_dataset(t, data, gaps, places) : no_memory(t);

	free(places);
	return status;
}

void sparse_table_free(struct sparse_table *t)
{
	if (!page_array_in_file(&t->pages))
		free(t->pairs);
	page_array_free(&t->pages);
	free(t->rows);
}

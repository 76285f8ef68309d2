/* rows_sparse.c: makes sparse rows of a table's rows, in which each word is a single number. */
#include "encoding.h"
#include "rows.h"
#include "sparse.h"
#include "sparse_choice.h"

#include <math.h>

static int has_words(const struct encoding *encoding)
{
	for (size_t i = 0; i < encoding->count; i++)
		if (encoding->columns[i].words)
			return 1;
	return 0;
}

/* Returns 1 if a column's number in a row is not 0 as a feature, or is a word that is one. */
static int is_given(const struct encoded *column, float number)
{
	return column->words ? number >= 0.0f : number != 0.0f;
}

static size_t count_numbers(const struct rows *r, const struct encoding *encoding)
{
	size_t count = 0;

	for (size_t i = 0; i < r->count; i++)
		for (size_t c = 0; c < encoding->count; c++)
			count += (size_t)is_given(
				&encoding->columns[c], r->numbers.at[i * r->width + c]);
	return count;
}

/* Adds the row's numbers that are not 0. */
static void add_row(
	struct sparse_rows *s, size_t row, const struct encoding *encoding, const float *numbers)
{
	size_t first = 0; /* the first feature of the column */

	s->start[row + 1] = s->start[row];
	for (size_t c = 0; c < encoding->count; c++) {
		const struct encoded *column = &encoding->columns[c];
		const size_t word = column->words ? (size_t)fmaxf(numbers[c], 0.0f) : 0;

		if (is_given(column, numbers[c]))
			sparse_add(s, row, (uint32_t)(first + word),
				column->words ? 1.0f : numbers[c]);
		first += column->words ? column->count : 1;
	}
}

/* A file without words has all its zeros written out, and its rows are in memory already. */
gf_status rows_sparse(const struct rows *r, const struct encoding *encoding,
	struct sparse_rows **made, const char **why)
{
	struct sparse_choice choice = {.options = r->options,
		.files = r->columns->files,
		.rows = r->count,
		.features = encoding_features(encoding),
		.is_filled = 1};
	int sparse = 0;

	*made = NULL;
	*why = NULL;
	if (r->options->part == PART_TARGETS || (r->options->sparse != 1 && !has_words(encoding)))
		return GF_OK;
	choice.numbers = (double)count_numbers(r, encoding);
	TRY(sparse_choose(&choice, &sparse, why, r->err));
	if (!sparse)
		return GF_OK;
	TRY(sparse_rows_new(made, r->count, (size_t)choice.numbers, r->err));
	for (size_t i = 0; i < r->count; i++)
		add_row(*made, i, encoding, r->numbers.at + i * r->width);
	return GF_OK;
}

#include "sparse_matrix.h"
#include "error.h"
#include "sparse_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A matrix while it becomes a table of rows. */
struct reader {
	struct sparse_matrix *m;   /* borrowed */
	struct sparse_table table; /* its indices are columns from 0 */
	gf_error *err;             /* borrowed */
};

static size_t lines_of(const struct sparse_matrix *m)
{
	return m->by_column ? m->columns : m->rows;
}

static const char *line_noun(const struct sparse_matrix *m)
{
	return m->by_column ? "column" : "row";
}

/* row and column count from 0. */
static struct data_place number_place(const struct reader *r, size_t row, size_t column)
{
	struct data_place place = files_place(r->table.files, row + 1);

	snprintf(place.part, sizeof place.part, "column %zu", column + 1);
	return place;
}

/* ---- arrays that do not fit together ---- */

static struct data_place whole_file(const struct reader *r)
{
	return files_place(r->table.files, 0);
}

static gf_status check_integers(
	const struct reader *r, const char *name, const struct ndarray *array)
{
	if (array->type != NDARRAY_bool && array->type < NDARRAY_float32)
		return GF_OK;
	return report_error(whole_file(r), r->err, "%s has numbers of type %s; integers are wanted",
		name, ndarray_type_word(array->type));
}

/* scipy may leave room behind the last number. */
static gf_status check_lengths(const struct reader *r)
{
	const struct sparse_matrix *m = r->m;

	if (m->starts.rank != 1 || m->indices.rank != 1 || m->values.rank != 1)
		return report_error(whole_file(r), r->err,
			"indptr, indices or data has several dimensions; one is wanted");
	if (m->starts.rows - 1 != lines_of(m))
		return report_error(whole_file(r), r->err,
			"indptr has %zu numbers, but the matrix has %zu %ss; one more than these "
			"is wanted",
			m->starts.rows, lines_of(m), line_noun(m));
	if (m->indices.rows != m->values.rows)
		return report_error(whole_file(r), r->err,
			"indices has %zu numbers, but data has %zu; as many are wanted",
			m->indices.rows, m->values.rows);
	return GF_OK;
}

/* Sets *first and *end to where the numbers of a row, or a column, are. */
static gf_status find_line(const struct reader *r, size_t line, size_t *first, size_t *end)
{
	const struct sparse_matrix *m = r->m;
	const double a = ndarray_number(&m->starts, line);
	const double b = ndarray_number(&m->starts, line + 1);

	if (a >= 0.0 && a <= b && b <= (double)m->indices.rows && (line > 0 || a < 1.0)) {
		*first = (size_t)a;
		*end = (size_t)b;
		return GF_OK;
	}
	return report_error(whole_file(r), r->err,
		"indptr says that %s %zu begins at %.0f and ends at %.0f; places from 0 to %zu "
		"that rise are wanted",
		line_noun(m), line + 1, a, b, m->indices.rows);
}

/* Returns through *index that of a number, which is a column or, in compressed columns, a row. */
static gf_status find_index(const struct reader *r, size_t line, size_t at, size_t *index)
{
	const struct sparse_matrix *m = r->m;
	const size_t count = m->by_column ? m->rows : m->columns;
	const double found = ndarray_number(&m->indices, at);

	if (found >= 0.0 && found < (double)count) {
		*index = (size_t)found;
		return GF_OK;
	}
	return report_error(whole_file(r), r->err,
		"indices has %.0f in %s %zu; %s from 0 to %zu are wanted", found, line_noun(m),
		line + 1, m->by_column ? "rows" : "columns", count - 1);
}

static gf_status find_value(
	const struct reader *r, size_t at, size_t row, size_t column, float *value)
{
	const double found = ndarray_number(&r->m->values, at);

	*value = (float)found;
	if (isfinite(*value) || isnan(found)) /* NaN is a missing value */
		return GF_OK;
	return report_error(number_place(r, row, column), r->err, "%s",
		isfinite(found) ? "beyond float's range" : "not a finite number");
}

static gf_status refuse_twice(const struct reader *r, size_t row, size_t column)
{
	return report_error(number_place(r, row, column), r->err,
		"it comes twice; the matrix's method sum_duplicates() adds such numbers up");
}

/* ---- compressed rows ---- */

static gf_status add_row(struct reader *r, size_t row)
{
	struct sparse_table *t = &r->table;
	size_t first = 0, end = 0, column = 0, twice;
	int is_sorted = 1;

	TRY(find_line(r, row, &first, &end));
	for (size_t at = first; at < end; at++) {
		struct sparse_pair *pair = &t->pairs[t->pair_count];

		TRY(find_index(r, row, at, &column));
		TRY(find_value(r, at, row, column, &pair->value));
		pair->index = (uint32_t)column;
		is_sorted &= at == first || pair[-1].index < pair->index;
		t->pair_count++;
	}
	twice = is_sorted ? SIZE_MAX : sparse_table_sort(t);
	if (twice != SIZE_MAX)
		return refuse_twice(r, row, twice);
	t->rows[t->row_count++] = (struct sparse_line){row + 1, t->pair_count};
	return GF_OK;
}

static gf_status add_rows(struct reader *r)
{
	for (size_t row = 0; row < r->m->rows; row++)
		TRY(add_row(r, row));
	return GF_OK;
}

/* ---- compressed columns ---- */

/* Counts the numbers of each row. */
static gf_status count_rows(struct reader *r)
{
	size_t first = 0, end = 0, row = 0;

	for (size_t column = 0; column < r->m->columns; column++) {
		TRY(find_line(r, column, &first, &end));
		for (size_t at = first; at < end; at++) {
			TRY(find_index(r, column, at, &row));
			r->table.rows[row].pairs_end++;
		}
	}
	return GF_OK;
}

/* Makes of the counts where each row begins, which is in `line` until all are filled.  pairs_end
 * moves on from there. */
static void find_begins(struct sparse_table *t)
{
	size_t count = 0;

	for (size_t i = 0; i < t->row_count; i++) {
		const size_t more = t->rows[i].pairs_end;

		t->rows[i] = (struct sparse_line){count, count};
		count += more;
	}
	t->pair_count = count;
}

/* Columns come in rising order, and so do the numbers of each row. */
static gf_status add_to_row(struct reader *r, size_t column, size_t at)
{
	struct sparse_pair *pair;
	struct sparse_line *line;
	size_t row = 0;

	TRY(find_index(r, column, at, &row));
	line = &r->table.rows[row];
	pair = &r->table.pairs[line->pairs_end];
	TRY(find_value(r, at, row, column, &pair->value));
	pair->index = (uint32_t)column;
	if (line->pairs_end > line->line && pair[-1].index == pair->index)
		return refuse_twice(r, row, column);
	line->pairs_end++;
	return GF_OK;
}

static gf_status add_columns(struct reader *r)
{
	struct sparse_table *t = &r->table;
	size_t first = 0, end = 0;

	t->row_count = r->m->rows;
	TRY(count_rows(r));
	find_begins(t);
	for (size_t column = 0; column < r->m->columns; column++) {
		TRY(find_line(r, column, &first, &end));
		for (size_t at = first; at < end; at++)
			TRY(add_to_row(r, column, at));
	}
	for (size_t i = 0; i < t->row_count; i++)
		t->rows[i].line = i + 1;
	return GF_OK;
}

/* ---- the dataset ---- */

static gf_status make_table(struct reader *r)
{
	TRY(check_integers(r, "indptr", &r->m->starts));
	TRY(check_integers(r, "indices", &r->m->indices));
	TRY(check_lengths(r));
	TRY(sparse_table_reserve(&r->table, r->m->rows, r->m->indices.rows));
	TRY(r->m->by_column ? add_columns(r) : add_rows(r));
	sparse_matrix_free(r->m);
	return GF_OK;
}

static gf_status make_dataset(
	struct reader *r, gf_dataset **data, struct columns *columns, struct gaps *gaps)
{
	struct sparse_table *t = &r->table;

	TRY(sparse_table_names(t, columns));
	TRY(columns_select(columns, t->options, r->err));
	TRY(gaps_open(gaps, columns, t->options, t->row_count, r->err));
	TRY(sparse_table_dataset(t, data, gaps));
	TRY(gaps_check(gaps, r->err));
	return gaps_close(gaps, *data, 0, r->err);
}

gf_status sparse_matrix_dataset(gf_dataset **data, struct sparse_matrix *matrix,
	const struct read_options *options, gf_error *err)
{
	const struct file_list files = {.name = matrix->name, .by_row = 1};
	struct reader r = {.m = matrix,
		.table = {.options = options,
			.files = &files,
			.err = err,
			.features = matrix->columns},
		.err = err};
	struct columns columns = {.files = &files};
	struct gaps gaps = {0};
	gf_status status = make_table(&r);

	*data = NULL;
	if (!status)
		status = make_dataset(&r, data, &columns, &gaps);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	gaps_free(&gaps);
	columns_free(&columns);
	sparse_table_free(&r.table);
	return status;
}

void sparse_matrix_free(struct sparse_matrix *matrix)
{
	ndarray_free(&matrix->starts);
	ndarray_free(&matrix->indices);
	ndarray_free(&matrix->values);
}

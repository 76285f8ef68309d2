/* sparse_arrays.c: features of sparse rows in the caller's memory. */
#include "dataset.h"
#include "error.h"
#include "sparse_choice.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ---- numbers that need not be aligned ---- */

static int64_t integer_at(const void *at, gf_integer type, size_t place)
{
	int64_t wide;
	int32_t narrow;

	if (type == GF_INTEGER_int64) {
		memcpy(&wide, (const char *)at + place * sizeof wide, sizeof wide);
		return wide;
	}
	memcpy(&narrow, (const char *)at + place * sizeof narrow, sizeof narrow);
	return narrow;
}

static double number_at(const gf_sparse_rows *s, uint64_t place)
{
	double wide;
	float narrow;

	if (s->number == GF_NUMBER_double) {
		memcpy(&wide, (const char *)s->value + place * sizeof wide, sizeof wide);
		return wide;
	}
	memcpy(&narrow, (const char *)s->value + place * sizeof narrow, sizeof narrow);
	return (double)narrow;
}

/* ---- checks ---- */

static gf_status check_members(const gf_arrays *a, gf_error *err)
{
	const gf_sparse_rows *s = &a->sparse;

	if (a->x || a->borrow_x)
		return gf_fail(err, GF_E_USAGE,
			"sparse rows are given, so that x must be NULL and borrow_x 0");
	if (s->integer >= GF_INTEGER_COUNT || s->number >= GF_NUMBER_COUNT)
		return gf_fail(err, GF_E_USAGE,
			"sparse: integer is %d and number is %d; wanted: int32 or int64, and float "
			"or double",
			(int)s->integer, (int)s->number);
	if (a->features > INT32_MAX)
		return gf_fail(err, GF_E_USAGE, "sparse: %zu features; at most %d are wanted",
			a->features, INT32_MAX);
	return GF_OK;
}

/* Sets *count to Z. */
static gf_status check_starts(const gf_arrays *a, uint64_t *count, gf_error *err)
{
	const gf_sparse_rows *s = &a->sparse;
	int64_t before = 0;

	for (size_t i = 0; i <= a->rows; i++) {
		const int64_t start = integer_at(s->start, s->integer, i);

		if (start < before || (i == 0 && start != 0))
			return gf_fail(err, GF_E_DATA,
				"sparse: start %zu, from 0, is %lld; wanted: %s", i,
				(long long)start, i ? "the one before or above" : "0");
		before = start;
	}
	*count = (uint64_t)before;
	if (before == 0 || (s->index && s->value))
		return GF_OK;
	return gf_fail(err, GF_E_USAGE, "sparse: %s is NULL", s->index ? "value" : "index");
}

static gf_status check_index(
	const gf_arrays *a, size_t row, int64_t before, int64_t index, gf_error *err)
{
	if (index > before && index < (int64_t)a->features)
		return GF_OK;
	if (index == before)
		return gf_fail(err, GF_E_DATA,
			"x: row %zu, column %lld, both from 0: it comes twice", row,
			(long long)index);
	if (index < 0 || index >= (int64_t)a->features)
		return gf_fail(err, GF_E_DATA,
			"sparse: row %zu, from 0: index %lld; wanted: 0 to %zu", row,
			(long long)index, a->features - 1);
	return gf_fail(err, GF_E_DATA,
		"sparse: row %zu, from 0: index %lld after %lld; rising ones are wanted", row,
		(long long)index, (long long)before);
}

static gf_status check_value(size_t row, int64_t column, double value, gf_error *err)
{
	if (isfinite((float)value))
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "x: row %zu, column %lld, both from 0: %g is %s", row,
		(long long)column, value, isfinite(value) ? "beyond float's range" : "not finite");
}

/* ---- rows ---- */

/* Copies a row without its zeros: to sparse rows or, if these are NULL, to x (D), which is 0. */
static gf_status copy_row(
	const gf_arrays *a, size_t row, struct sparse_rows *to, float *x, gf_error *err)
{
	const gf_sparse_rows *s = &a->sparse;
	const uint64_t end = (uint64_t)integer_at(s->start, s->integer, row + 1);
	int64_t before = -1;

	for (uint64_t n = (uint64_t)integer_at(s->start, s->integer, row); n < end; n++) {
		const int64_t index = integer_at(s->index, s->integer, n);
		const double value = number_at(s, n);

		TRY(check_index(a, row, before, index, err));
		TRY(check_value(row, index, value, err));
		before = index;
		if (!to)
			x[index] = (float)value;
		else if ((float)value != 0.0f)
			sparse_add(to, row, (uint32_t)index, (float)value);
	}
	return GF_OK;
}

static gf_status copy_dense(gf_dataset *d, const gf_arrays *a, gf_error *err)
{
	for (size_t i = 0; i < d->rows; i++)
		TRY(copy_row(a, i, NULL, d->x + i * d->features, err));
	return GF_OK;
}

static gf_status copy_sparse(struct sparse_rows *s, const gf_arrays *a, gf_error *err)
{
	for (size_t i = 0; i < s->rows; i++) {
		s->start[i + 1] = s->start[i];
		TRY(copy_row(a, i, s, NULL, err));
	}
	return GF_OK;
}

static gf_status check_memory(const gf_arrays *a, uint64_t count, gf_error *err)
{
	static const struct read_options dense = {.sparse = 0};
	static const struct file_list place = {.name = "x"};
	const struct sparse_choice choice = {.options = &dense,
		.files = &place,
		.rows = a->rows,
		.features = a->features,
		.numbers = (double)count};

	return sparse_check_columns(&choice, err);
}

gf_status sparse_arrays_dataset(gf_dataset **data, const gf_arrays *a, gf_error *err)
{
	struct sparse_rows *s;
	uint64_t count = 0;
	gf_status status;

	*data = NULL;
	TRY(check_members(a, err));
	TRY(check_starts(a, &count, err));
	if (a->sparse.dense || a->features < SPARSE_FEATURES) {
		TRY(check_memory(a, count, err));
		TRY(dataset_alloc(data, a->rows, a->features, a->outputs, err));
		return copy_dense(*data, a, err);
	}
	TRY(sparse_rows_new(&s, a->rows, (size_t)count, err));
	status = copy_sparse(s, a, err);
	if (!status)
		return dataset_sparse(data, s, a->features, a->outputs, err);
	sparse_rows_free(s);
	return status;
}

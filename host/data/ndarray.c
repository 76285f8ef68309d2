#include "ndarray.h"
#include "bits.h"
#include "columns.h"
#include "dataset.h"
#include "error.h"
#include "encoding.h"
#include "precision.h"
#include "data_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one number ---- */

/* The distance of two rows in the file, counted in numbers. */
static size_t row_stride(const struct ndarray *array)
{
	return array->fortran ? 1 : array->columns;
}

/* The place in the file, counted in numbers, of the column's number in row 0. */
static size_t column_start(const struct ndarray *array, size_t column)
{
	size_t start = 0, stride = array->rows * array->columns;

	if (!array->fortran)
		return column;
	for (size_t i = array->rank - 1; i > 0; i--) {
		stride /= array->shape[i];
		start += column % array->shape[i] * stride;
		column /= array->shape[i];
	}
	return start;
}

double ndarray_number(const struct ndarray *array, size_t place)
{
	size_t size = array->item_bytes;
	uint64_t bits = bits_of_bytes(array->bytes + place * size, size, array->big_endian);

	switch (array->type) {
	case NDARRAY_bool:
		return bits != 0;
	case NDARRAY_int8:
		return (double)(int8_t)bits;
	case NDARRAY_int16:
		return (double)(int16_t)bits;
	case NDARRAY_int32:
		return (double)(int32_t)bits;
	case NDARRAY_int64:
		return (double)(int64_t)bits;
	case NDARRAY_float32:
		return (double)float_of_bits((uint32_t)bits);
	case NDARRAY_float64:
		return double_of_bits(bits);
	default:
		return (double)bits;
	}
}

/* The rest that precision.h defines.  For a 64-bit integer it comes from the bits, since value may
 * have lost its last digits. */
static double rest_at(const struct ndarray *array, size_t place, double value)
{
	uint64_t bits;

	if (array->type != NDARRAY_int64 && array->type != NDARRAY_uint64)
		return precision_rest(value);
	bits = bits_of_bytes(array->bytes + place * 8, 8, array->big_endian);
	return precision_integer_rest(value < 0.0 ? 0 - bits : bits);
}

static void watch_precision(
	struct precision *p, const struct ndarray *array, size_t place, double value)
{
	if (!p->wide)
		precision_add(p, (float)value, rest_at(array, place, value));
}

/* ---- the dataset ---- */

/* row counts from 0. */
static struct data_place number_place(const struct columns *columns, size_t row, size_t column)
{
	struct data_place place = columns_place(columns, 0, column);

	place.row = row + 1;
	place.path = files_locate(columns->files, &place.row);
	return place;
}

static gf_status refuse_number(
	const struct columns *columns, size_t row, size_t column, double value, gf_error *err)
{
	return report_error(number_place(columns, row, column), err, "%s",
		isfinite(value) ? "beyond float's range" : "not a finite number");
}

static gf_status refuse_missing(const struct gaps *gaps, size_t row, size_t column, gf_error *err)
{
	return report_error(number_place(gaps->columns, row, column), err,
		"a missing value (NaN); %s",
		missing_advice(gaps->options, gaps->columns->roles[column]));
}

/* Fast path for floats that follow each other in the file from `start` on: copies those of a row.
 * Returns 0 when the caller must look at each, since one is not finite. */
static int copy_row(gf_dataset *data, const struct ndarray *array, size_t start, size_t row)
{
	const size_t D = data->features, place = start + row * array->columns;
	float *x = data->x + row * D;

	memcpy(x, array->bytes + place * sizeof *x, D * sizeof *x);
	return ndarray_find_not_finite(x, D) == D;
}

static int rise(const size_t *starts, size_t count)
{
	for (size_t j = 1; j < count; j++)
		if (starts[j] != starts[j - 1] + 1)
			return 0;
	return count > 0;
}

/* starts (D): each feature's place in row 0. */
static gf_status fill_row(gf_dataset *data, const struct ndarray *array, struct gaps *gaps,
	const size_t *starts, struct precision *precision, size_t row, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	const size_t D = data->features;

	for (size_t j = 0; j < D; j++) {
		const size_t place = starts[j] + row * row_stride(array);
		const size_t column = columns->features.at[j];
		const double value = ndarray_number(array, place);
		const float number = (float)value;

		data->x[row * D + j] = number;
		if (isfinite(number))
			watch_precision(&precision[j], array, place, value);
		else if (!isnan(value))
			return refuse_number(columns, row, column, value, err);
		else if (!gaps_add(gaps, row, COLUMN_FEATURE, j))
			return refuse_missing(gaps, row, column, err);
	}
	return GF_OK;
}

static gf_status fill_features(gf_dataset *data, const struct ndarray *array, struct gaps *gaps,
	const size_t *starts, struct precision *precision, gf_error *err)
{
	const int is_run =
		ndarray_is_native(array) && !array->fortran && rise(starts, data->features);

	for (size_t i = 0; i < array->rows; i++)
		if (!is_run || !copy_row(data, array, starts[0], i))
			TRY(fill_row(data, array, gaps, starts, precision, i, err));
	return GF_OK;
}

static gf_status read_features(
	gf_dataset *data, const struct ndarray *array, struct gaps *gaps, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	const struct read_options *options = gaps->options;
	size_t D = data->features;
	size_t *starts = calloc(D + 1, sizeof *starts); /* + 1: calloc(0) may return NULL */
	struct precision *precision = precision_new(D, options);
	gf_status status;

	if (!starts || !precision) {
		status = gf_fail_memory(err, D * sizeof *precision, columns->files->name);
		goto done;
	}
	for (size_t j = 0; j < D; j++)
		starts[j] = column_start(array, columns->features.at[j]);
	status = fill_features(data, array, gaps, starts, precision, err);
	if (!status)
		precision_notice(precision, &columns->features, columns, options);
done:
	free(precision);
	free(starts);
	return status;
}

/* Integers beyond 2^53 are added as text: they are ids, and a double would round them. */
static gf_status add_target(struct targets *targets, const struct ndarray *array, size_t place,
	size_t row, gf_error *err)
{
	size_t size = array->item_bytes;
	uint64_t bits = bits_of_bytes(array->bytes + place * size, size, array->big_endian);
	double value = ndarray_number(array, place);
	char text[32];

	if (fabs(value) < 0x1p53 || (array->type != NDARRAY_int64 && array->type != NDARRAY_uint64))
		return targets_add_number(targets, value, row, err);
	if (array->type == NDARRAY_int64)
		snprintf(text, sizeof text, "%" PRId64, (int64_t)bits);
	else
		snprintf(text, sizeof text, "%" PRIu64, bits);
	return targets_add(targets, text, row, err);
}

/* Finds the rows with a missing target, before any target is read. */
static gf_status find_missing_targets(const struct ndarray *array, struct gaps *gaps, gf_error *err)
{
	const struct column_list *list = &gaps->columns->targets;

	for (size_t k = 0; k < list->count; k++) {
		size_t start = column_start(array, list->at[k]), stride = row_stride(array);

		for (size_t i = 0; i < array->rows; i++)
			if (isnan(ndarray_number(array, start + i * stride)) &&
				!gaps_add(gaps, i, COLUMN_TARGET, k))
				return refuse_missing(gaps, i, list->at[k], err);
	}
	return GF_OK;
}

static gf_status add_targets(struct targets *targets, const struct ndarray *array,
	const struct gaps *gaps, size_t column, struct precision *precision, gf_error *err)
{
	size_t start = column_start(array, column), stride = row_stride(array);

	for (size_t i = 0; i < array->rows; i++) {
		const size_t place = start + i * stride;

		if (gaps->drops[i])
			continue;
		TRY(add_target(targets, array, place, i + 1, err));
		if (targets_of_numbers(targets))
			watch_precision(precision, array, place, ndarray_number(array, place));
	}
	return GF_OK;
}

static gf_status read_target(gf_dataset *data, const struct ndarray *array, const struct gaps *gaps,
	size_t output, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	size_t column = columns->targets.at[output];
	struct target_options at = {.files = columns->files,
		.column = columns_label(columns, column),
		.columns = columns->targets.count,
		.by_row = 1};
	struct precision precision = {.wide = !precision_wanted(gaps->options)};
	struct targets *targets;
	gf_status status;

	TRY(assemble_targets(&targets, &at, gaps->options, err));
	status = add_targets(targets, array, gaps, column, &precision, err);
	if (!status)
		status = assemble_finish(data, targets, output, err);
	if (!status)
		precision_notice(
			&precision, &(struct column_list){&column, 1}, columns, gaps->options);
	targets_free(targets);
	return status;
}

static gf_status read_weights(
	gf_dataset *data, const struct ndarray *array, const struct gaps *gaps, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	size_t column = columns->weights.at[0], start = column_start(array, column);
	float most = 0.0f;

	data->weights = calloc(array->rows, sizeof *data->weights);
	if (!data->weights)
		return gf_fail_memory(
			err, array->rows * sizeof *data->weights, columns->files->name);
	for (size_t i = 0; i < array->rows; i++) {
		double value = ndarray_number(array, start + i * row_stride(array));

		if (!isfinite((float)value))
			return refuse_number(columns, i, column, value, err);
		if (value < 0.0)
			return report_error(
				number_place(columns, i, column), err, "a weight below 0");
		data->weights[i] = (float)value;
		most = gaps->drops[i] ? most : fmaxf(most, data->weights[i]);
	}
	return most > 0.0f
		       ? GF_OK
		       : report_error(columns_place(columns, 0, column), err, "every weight is 0");
}

static gf_status read_offsets(
	gf_dataset *data, const struct ndarray *array, const struct gaps *gaps, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	size_t column = columns->offsets.at[0], start = column_start(array, column);
	int is_exposure = gaps->options->takes_exposure;

	TRY(dataset_need_offset(data, texts_at(&columns->names, column), is_exposure, err));
	for (size_t i = 0; i < array->rows; i++) {
		double value = ndarray_number(array, start + i * row_stride(array));

		if (!isfinite((float)value))
			return refuse_number(columns, i, column, value, err);
		if (is_exposure && !((float)value > 0.0f))
			return report_error(number_place(columns, i, column), err,
				"an exposure that is not above 0");
		data->offset[i] = offset_of((float)value, is_exposure);
	}
	return GF_OK;
}

/* The array's pages become x, once its numbers are known to be finite. */
static gf_status take_pages(
	gf_dataset **data, struct ndarray *array, const struct gaps *gaps, gf_error *err)
{
	const size_t count = array->rows * array->columns;
	size_t at, row, column;

	page_array_advise(&array->pages, PAGE_ORDER_rising);
	at = ndarray_find_not_finite(array->pages.at, count);
	row = at / array->columns;
	column = at % array->columns;
	if (at == count)
		return assemble_dataset(data, &array->pages, array->rows, gaps->columns, err);
	return isnan(array->pages.at[at])
		       ? refuse_missing(gaps, row, column, err)
		       : refuse_number(gaps->columns, row, column, INFINITY, err);
}

static gf_status copy_features(
	gf_dataset **data, struct ndarray *array, struct gaps *gaps, gf_error *err)
{
	struct page_array x = {.beside = gaps->options->cache};

	TRY(assemble_dataset(data, &x, array->rows, gaps->columns, err));
	return read_features(*data, array, gaps, err);
}

static gf_status read_columns(
	gf_dataset **data, struct ndarray *array, struct gaps *gaps, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	int may_have_nan = array->type == NDARRAY_float32 || array->type == NDARRAY_float64;

	TRY(ndarray_is_x(array, columns, gaps->options) ? take_pages(data, array, gaps, err)
							: copy_features(data, array, gaps, err));
	TRY(find_missing_targets(array, gaps, err));
	TRY(gaps_check(gaps, err));
	if (columns->weights.count > 0)
		TRY(read_weights(*data, array, gaps, err));
	if (columns->offsets.count > 0)
		TRY(read_offsets(*data, array, gaps, err));
	for (size_t k = 0; k < columns->targets.count; k++)
		TRY(read_target(*data, array, gaps, k, err));
	return gaps_close(gaps, *data, may_have_nan, err);
}

static gf_status make_dataset(gf_dataset **data, struct ndarray *array, struct columns *columns,
	struct gaps *gaps, const struct read_options *options, gf_error *err)
{
	TRY(assemble_names(columns, array->columns, err));
	TRY(columns_select(columns, options, err));
	TRY(gaps_open(gaps, columns, options, array->rows, err));
	return read_columns(data, array, gaps, err);
}

gf_status ndarray_dataset(gf_dataset **data, struct ndarray *array, const struct file_list *files,
	const struct read_options *options, gf_error *err)
{
	struct columns columns = {.files = files};
	struct gaps gaps = {0};
	gf_status status;

	*data = NULL;
	status = make_dataset(data, array, &columns, &gaps, options, err);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	gaps_free(&gaps);
	columns_free(&columns);
	return status;
}

#include "matrix.h"
#include "dataset.h"
#include "columns.h"
#include "error.h"
#include "missing.h"
#include "precision.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 1 << 16 /* what is read before the rest is believed to be there */ };

#define TYPE_BYTES(word, bytes) bytes,

static const size_t ITEM_BYTES[MATRIX_TYPE_COUNT] = {MATRIX_TYPES(TYPE_BYTES)};

/* The shape as Python writes it, in text: "(3, 2)".  Returns text. */
static const char *matrix_shape(const struct matrix *m, char text[MATRIX_SHAPE_TEXT])
{
	char *end = text;

	*end++ = '(';
	for (size_t i = 0; i < m->rank; i++)
		end += sprintf(end, i ? ", %zu" : "%zu", m->shape[i]);
	strcpy(end, m->rank == 1 ? ",)" : ")");
	return text;
}

/* ---- reading ---- */

/* Rows, columns, and the bytes they take. */
static gf_status measure(struct matrix *m, size_t *bytes, const char *name, gf_error *err)
{
	char text[MATRIX_SHAPE_TEXT];
	size_t room = SIZE_MAX / ITEM_BYTES[m->type];

	m->rows = m->rank ? m->shape[0] : 0;
	m->columns = 1;
	if (m->rank == 0)
		return gf_fail(
			err, GF_E_DATA, "%s: a single number; rows of numbers are wanted", name);
	for (size_t i = 0; i < m->rank; i++) {
		if (m->shape[i] == 0)
			return gf_fail(err, GF_E_DATA,
				"%s: of shape %s: empty; rows of numbers are wanted", name,
				matrix_shape(m, text));
		if (m->shape[i] > room)
			return gf_fail(err, GF_E_DATA,
				"%s: of shape %s: more numbers than memory can hold", name,
				matrix_shape(m, text));
		room /= m->shape[i];
		if (i > 0)
			m->columns *= m->shape[i];
	}
	*bytes = m->rows * m->columns * ITEM_BYTES[m->type];
	return GF_OK;
}

/* Up to want bytes, of which *got there were. */
static gf_status read_growing(
	struct matrix *m, struct input *in, size_t want, size_t *got, gf_error *err)
{
	size_t room = 0, some = 0;
	gf_status status = GF_OK;

	*got = 0;
	while (!status && *got == room && room < want) {
		room = room ? (room < want / 2 ? 2 * room : want) : FIRST_BYTES;
		if (room > want)
			room = want;

		unsigned char *bytes = realloc(m->bytes, room);

		if (!bytes)
			return gf_fail_memory(err, room, in->name);
		m->bytes = bytes;
		status = input_read_raw(in, bytes + *got, room - *got, &some, err);
		*got += some;
	}
	return status;
}

gf_status matrix_read(struct matrix *m, struct input *in, gf_error *err)
{
	char text[MATRIX_SHAPE_TEXT], after;
	size_t want = 0, got, more = 0;
	gf_status status = measure(m, &want, in->name, err);

	if (!status)
		status = read_growing(m, in, want, &got, err);
	if (!status && got == want)
		status = input_read_raw(in, &after, 1, &more, err);
	if (status)
		return status;
	if (got < want)
		return gf_fail(err, GF_E_DATA,
			"%s: of shape %s: %zu bytes of numbers are wanted, but only %zu are there",
			in->name, matrix_shape(m, text), want, got);
	if (more)
		return gf_fail(err, GF_E_DATA,
			"%s: of shape %s: %zu bytes of numbers are wanted, but the file goes on "
			"after them",
			in->name, matrix_shape(m, text), want);
	return GF_OK;
}

void matrix_free(struct matrix *m)
{
	free(m->bytes);
	*m = (struct matrix){0};
}

/* ---- a number ---- */

/* How far apart in the file, counted in numbers, two rows are. */
static size_t row_stride(const struct matrix *m)
{
	return m->fortran ? 1 : m->columns;
}

/* Where in the file the column's number in row 0 is. */
static size_t column_start(const struct matrix *m, size_t column)
{
	size_t start = 0, stride = m->rows * m->columns;

	if (!m->fortran)
		return column;
	for (size_t i = m->rank - 1; i > 0; i--) {
		stride /= m->shape[i];
		start += column % m->shape[i] * stride;
		column /= m->shape[i];
	}
	return start;
}

static uint64_t bits_at(const unsigned char *bytes, size_t count, int big_endian)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++)
		bits = bits << 8 | bytes[big_endian ? i : count - 1 - i];
	return bits;
}

static double float_of(uint64_t bits)
{
	uint32_t half = (uint32_t)bits;
	float value;

	memcpy(&value, &half, sizeof value);
	return (double)value;
}

static double double_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static double number_at(const struct matrix *m, size_t place)
{
	size_t size = ITEM_BYTES[m->type];
	uint64_t bits = bits_at(m->bytes + place * size, size, m->big_endian);

	switch (m->type) {
	case MATRIX_bool:
		return bits != 0;
	case MATRIX_int8:
		return (double)(int8_t)bits;
	case MATRIX_int16:
		return (double)(int16_t)bits;
	case MATRIX_int32:
		return (double)(int32_t)bits;
	case MATRIX_int64:
		return (double)(int64_t)bits;
	case MATRIX_float32:
		return float_of(bits);
	case MATRIX_float64:
		return double_of(bits);
	default:
		return (double)bits;
	}
}

/* What rounding to float takes off the number's size: of 64-bit integers to the last digit, which
 * a double may not have. */
static double rest_at(const struct matrix *m, size_t place, double value)
{
	const double size = fabs((double)(float)value);
	uint64_t bits;

	if ((m->type != MATRIX_int64 && m->type != MATRIX_uint64) || size >= 0x1p64)
		return fabs(value) - size;
	bits = bits_at(m->bytes + place * 8, 8, m->big_endian);
	if (value < 0.0)
		bits = 0 - bits;
	return (double)(int64_t)(bits - (uint64_t)size);
}

static void watch(struct precision *p, const struct matrix *m, size_t place, double value)
{
	if (!p->wide)
		precision_add(p, (float)value, rest_at(m, place, value));
}

/* ---- the dataset ---- */

static gf_status refuse_number(
	const struct columns *columns, size_t row, size_t column, double value, gf_error *err)
{
	return gf_fail(err, GF_E_DATA, "%s: row %zu, %s: %s", columns->path, row + 1,
		columns_label(columns, column).text,
		isfinite(value) ? "beyond float's range" : "not a finite number");
}

static gf_status refuse_missing(const struct gaps *gaps, size_t row, size_t column, gf_error *err)
{
	return gf_fail(err, GF_E_DATA, "%s: row %zu, %s: a missing value (NaN); %s",
		gaps->columns->path, row + 1, columns_label(gaps->columns, column).text,
		missing_advice(gaps->options, gaps->columns->roles[column]));
}

static gf_status fill_features(gf_dataset *data, const struct matrix *m, struct gaps *gaps,
	const size_t *starts, struct precision *precision, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	size_t d = data->features, stride = row_stride(m);

	for (size_t i = 0; i < m->rows; i++)
		for (size_t j = 0; j < d; j++) {
			double value = number_at(m, starts[j] + i * stride);
			float number = (float)value;

			data->x[i * d + j] = number;
			if (isfinite(number))
				watch(&precision[j], m, starts[j] + i * stride, value);
			else if (!isnan(value))
				return refuse_number(
					columns, i, columns->features.at[j], value, err);
			else if (!gaps_take(gaps, i, COLUMN_FEATURE, j))
				return refuse_missing(gaps, i, columns->features.at[j], err);
		}
	return GF_OK;
}

static gf_status read_features(
	gf_dataset *data, const struct matrix *m, struct gaps *gaps, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	const struct read_options *options = gaps->options;
	size_t d = data->features;
	size_t *starts = calloc(d + 1, sizeof *starts); /* + 1: never a request for nothing */
	struct precision *precision = precision_new(d, options);
	gf_status status = GF_OK;

	if (!starts || !precision)
		status = gf_fail_memory(err, d * sizeof *precision, columns->path);
	for (size_t j = 0; j < d && !status; j++)
		starts[j] = column_start(m, columns->features.at[j]);
	if (!status)
		status = fill_features(data, m, gaps, starts, precision, err);
	if (!status)
		precision_notice(precision, &columns->features, columns, options);
	free(precision);
	free(starts);
	return status;
}

/* Integers beyond 2^53 are ids, which a double would round. */
static gf_status add_target(
	struct targets *targets, const struct matrix *m, size_t place, size_t row, gf_error *err)
{
	size_t size = ITEM_BYTES[m->type];
	uint64_t bits = bits_at(m->bytes + place * size, size, m->big_endian);
	double value = number_at(m, place);
	char text[32];

	if (fabs(value) < 9007199254740992.0 ||
		(m->type != MATRIX_int64 && m->type != MATRIX_uint64))
		return targets_add_number(targets, value, row, err);
	if (m->type == MATRIX_int64)
		snprintf(text, sizeof text, "%" PRId64, (int64_t)bits);
	else
		snprintf(text, sizeof text, "%" PRIu64, bits);
	return targets_add(targets, text, row, err);
}

/* Rows whose targets are not all there, before any target is read. */
static gf_status look_at_targets(const struct matrix *m, struct gaps *gaps, gf_error *err)
{
	const struct column_list *list = &gaps->columns->targets;

	for (size_t k = 0; k < list->count; k++) {
		size_t start = column_start(m, list->at[k]), stride = row_stride(m);

		for (size_t i = 0; i < m->rows; i++)
			if (isnan(number_at(m, start + i * stride)) &&
				!gaps_take(gaps, i, COLUMN_TARGET, k))
				return refuse_missing(gaps, i, list->at[k], err);
	}
	return GF_OK;
}

static gf_status read_target(gf_dataset *data, const struct matrix *m, const struct gaps *gaps,
	size_t output, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	const struct read_options *options = gaps->options;
	size_t column = columns->targets.at[output];
	size_t start = column_start(m, column), stride = row_stride(m);
	struct target_options at = {.path = columns->path,
		.column = columns_label(columns, column),
		.columns = columns->targets.count,
		.by_row = 1};
	struct targets *targets;
	struct precision precision = {.wide = !precision_wanted(options)};
	gf_status status = assemble_targets(&targets, &at, options, err);

	for (size_t i = 0; !status && i < m->rows; i++) {
		const double value = number_at(m, start + i * stride);

		if (gaps->lost[i])
			continue;
		status = add_target(targets, m, start + i * stride, i + 1, err);
		if (!status && targets_of_numbers(targets))
			watch(&precision, m, start + i * stride, value);
	}
	if (!status)
		status = assemble_finish(data, targets, output, err);
	if (!status)
		precision_notice(&precision, &(struct column_list){&column, 1}, columns, options);
	targets_free(targets);
	return status;
}

static gf_status read_weights(
	gf_dataset *data, const struct matrix *m, const struct gaps *gaps, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	size_t column = columns->weights.at[0], start = column_start(m, column);
	float most = 0.0f;

	data->weights = calloc(m->rows, sizeof *data->weights);
	if (!data->weights)
		return gf_fail_memory(err, m->rows * sizeof *data->weights, columns->path);
	for (size_t i = 0; i < m->rows; i++) {
		double value = number_at(m, start + i * row_stride(m));

		if (!isfinite((float)value))
			return refuse_number(columns, i, column, value, err);
		if (value < 0.0)
			return gf_fail(err, GF_E_DATA, "%s: row %zu, %s: a weight below 0",
				columns->path, i + 1, columns_label(columns, column).text);
		data->weights[i] = (float)value;
		most = gaps->lost[i] ? most : fmaxf(most, data->weights[i]);
	}
	return most > 0.0f ? GF_OK
			   : gf_fail(err, GF_E_DATA, "%s: %s: every weight is 0", columns->path,
				     columns_label(columns, column).text);
}

static gf_status choose(const struct matrix *m, struct columns *columns,
	const struct read_options *options, gf_error *err)
{
	gf_status status = assemble_names(columns, m->columns, err);

	return status ? status : columns_select(columns, options, err);
}

static gf_status read_columns(
	gf_dataset **data, const struct matrix *m, struct gaps *gaps, gf_error *err)
{
	const struct columns *columns = gaps->columns;
	int may_have_nan = m->type == MATRIX_float32 || m->type == MATRIX_float64;
	gf_status status = assemble_dataset(data, m->rows, columns, err);

	if (!status)
		status = read_features(*data, m, gaps, err);
	if (!status)
		status = look_at_targets(m, gaps, err);
	if (!status)
		status = gaps_check(gaps, err);
	if (!status && columns->weights.count > 0)
		status = read_weights(*data, m, gaps, err);
	for (size_t k = 0; !status && k < columns->targets.count; k++)
		status = read_target(*data, m, gaps, k, err);
	return status ? status : gaps_close(gaps, *data, may_have_nan, err);
}

gf_status matrix_dataset(gf_dataset **data, const struct matrix *m, const char *name,
	const struct read_options *options, gf_error *err)
{
	struct columns columns = {.path = name};
	struct gaps gaps = {0};
	gf_status status = choose(m, &columns, options, err);

	*data = NULL;
	if (!status)
		status = gaps_open(&gaps, &columns, options, m->rows, err);
	if (!status)
		status = read_columns(data, m, &gaps, err);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	gaps_free(&gaps);
	columns_free(&columns);
	return status;
}

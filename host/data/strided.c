#include "strided.h"
#include "error.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { CHECKED_FLOATS = 1024 /* numbers that strided_check converts at a time */ };

/* ---- layouts ---- */

static size_t number_size(const struct strided *s)
{
	return s->layout.number == GF_NUMBER_double ? sizeof(double) : sizeof(float);
}

/* Returns 1 if `count` strides fit a ptrdiff_t, with room for the other dimension's. */
static int stride_fits(ptrdiff_t stride, size_t count)
{
	const size_t size = stride < 0 ? 0 - (size_t)stride : (size_t)stride;

	return size == 0 || count <= (size_t)PTRDIFF_MAX / 2 / size;
}

gf_status strided_of(struct strided *s, const char *name, const void *at, const gf_layout *layout,
	size_t rows, size_t columns, gf_error *err)
{
	*s = (struct strided){
		.name = name, .at = at, .rows = rows, .columns = columns, .layout = *layout};
	if (layout->number >= GF_NUMBER_COUNT)
		return gf_fail(err, GF_E_USAGE, "%s_layout: number is %d; wanted: float or double",
			name, (int)layout->number);
	if (layout->column_stride == 0)
		s->layout.column_stride = (ptrdiff_t)number_size(s);
	if (!stride_fits(s->layout.column_stride, columns))
		return gf_fail(err, GF_E_USAGE, "%s_layout: %zu columns of %td bytes are too many",
			name, columns, s->layout.column_stride);
	if (layout->row_stride == 0)
		s->layout.row_stride = (ptrdiff_t)columns * s->layout.column_stride;
	if (!stride_fits(s->layout.row_stride, rows))
		return gf_fail(err, GF_E_USAGE, "%s_layout: %zu rows of %td bytes are too many",
			name, rows, s->layout.row_stride);
	return GF_OK;
}

int strided_is_plain(const struct strided *s)
{
	const ptrdiff_t size = sizeof(float);

	return s->layout.number == GF_NUMBER_float && s->layout.column_stride == size &&
	       s->layout.row_stride == size * (ptrdiff_t)s->columns &&
	       (uintptr_t)s->at % sizeof(float) == 0;
}

/* ---- numbers ---- */

static const char *place_of(const struct strided *s, size_t row, size_t column)
{
	return s->at + (ptrdiff_t)row * s->layout.row_stride +
	       (ptrdiff_t)column * s->layout.column_stride;
}

double strided_at(const struct strided *s, size_t row, size_t column)
{
	double wide;
	float narrow;

	if (s->layout.number == GF_NUMBER_double) {
		memcpy(&wide, place_of(s, row, column), sizeof wide);
		return wide;
	}
	memcpy(&narrow, place_of(s, row, column), sizeof narrow);
	return (double)narrow;
}

/* Converts numbers of a row, `stride` bytes apart.  memcpy reads those that are not aligned. */
static void convert(gf_number number, const char *at, ptrdiff_t stride, size_t count, float *to)
{
	for (size_t i = 0; i < count; i++) {
		const char *from = at + (ptrdiff_t)i * stride;
		double wide;

		if (number == GF_NUMBER_double) {
			memcpy(&wide, from, sizeof wide);
			to[i] = (float)wide;
		} else {
			memcpy(to + i, from, sizeof *to);
		}
	}
}

/* Returns 1 if all are finite; a loop without an exit takes several at once. */
static int all_finite(const float *values, size_t count)
{
	int finite = 1;

	for (size_t i = 0; i < count; i++)
		finite &= fabsf(values[i]) <= FLT_MAX;
	return finite;
}

static gf_status refuse(const struct strided *s, size_t row, size_t column, gf_error *err)
{
	const double value = strided_at(s, row, column);

	return gf_fail(err, GF_E_DATA, "%s: row %zu, column %zu, both from 0: %g is %s", s->name,
		row, column, value, isfinite(value) ? "beyond float's range" : "not finite");
}

/* Converts columns [first, first + count) of a row.  GF_E_DATA: refuses the first that is not
 * finite as a float. */
static gf_status take_columns(
	const struct strided *s, size_t row, size_t first, size_t count, float *to, gf_error *err)
{
	size_t i = 0;

	convert(s->layout.number, place_of(s, row, first), s->layout.column_stride, count, to);
	if (all_finite(to, count))
		return GF_OK;
	while (isfinite(to[i]))
		i++;
	return refuse(s, row, first + i, err);
}

gf_status strided_check(const struct strided *s, gf_error *err)
{
	float values[CHECKED_FLOATS];

	for (size_t row = 0; row < s->rows; row++)
		for (size_t first = 0; first < s->columns; first += CHECKED_FLOATS) {
			const size_t left = s->columns - first;

			TRY(take_columns(s, row, first,
				left < CHECKED_FLOATS ? left : CHECKED_FLOATS, values, err));
		}
	return GF_OK;
}

gf_status strided_copy(const struct strided *s, size_t first, size_t rows, float *to, gf_error *err)
{
	for (size_t i = 0; i < rows; i++)
		TRY(take_columns(s, first + i, 0, s->columns, to + i * s->columns, err));
	return GF_OK;
}

/* ndarray_read.c: reads the numbers of an array, or finds that they can be used where they stand in
 * their file, without a copy. */
#include "ndarray.h"
#include "data_report.h"
#include "dataset.h"
#include "error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_BYTES = 1 << 16, /* read first, before memory for more is allocated */
	SHAPE_TEXT = 22 * NDARRAY_RANK + 3,
	TYPE_TEXT = 32
};

#define TYPE_BYTES(word, bytes) bytes,

static const size_t ITEM_BYTES[NDARRAY_TYPE_COUNT] = {NDARRAY_TYPES(TYPE_BYTES)};

#define TYPE_WORD(word, bytes) #word,

static const char *const TYPE_WORDS[NDARRAY_TYPE_COUNT] = {NDARRAY_TYPES(TYPE_WORD)};

const char *ndarray_type_word(enum ndarray_type type)
{
	return TYPE_WORDS[type];
}

/* "float32", or "float32, big-endian". */
static const char *type_text(const struct ndarray *array, char text[TYPE_TEXT])
{
	snprintf(text, TYPE_TEXT, "%s%s", TYPE_WORDS[array->type],
		array->big_endian && array->item_bytes > 1 ? ", big-endian" : "");
	return text;
}

/* Writes the shape into text as Python does, "(3, 2)" or "(3,)".  Returns text. */
static const char *shape_text(const struct ndarray *array, char text[SHAPE_TEXT])
{
	char *end = text;

	*end++ = '(';
	for (size_t i = 0; i < array->rank; i++)
		end += sprintf(end, i ? ", %zu" : "%zu", array->shape[i]);
	strcpy(end, array->rank == 1 ? ",)" : ")");
	return text;
}

/* ---- reading ---- */

/* Sets rows and columns from the shape; *bytes: how many bytes the numbers take. */
static gf_status measure(struct ndarray *array, size_t *bytes, const char *name, gf_error *err)
{
	char text[SHAPE_TEXT];
	size_t room;

	array->item_bytes = ITEM_BYTES[array->type];
	room = SIZE_MAX / array->item_bytes;
	array->rows = array->rank ? array->shape[0] : 0;
	array->columns = 1;
	if (array->rank == 0)
		return report_error(
			line_place(name, 0), err, "a single number; rows of numbers are wanted");
	for (size_t i = 0; i < array->rank; i++) {
		if (array->shape[i] == 0)
			return report_error(line_place(name, 0), err,
				"the array of shape %s is empty; rows of numbers are wanted",
				shape_text(array, text));
		if (array->shape[i] > room)
			return report_error(line_place(name, 0), err,
				"the array of shape %s has more numbers than memory can hold",
				shape_text(array, text));
		room /= array->shape[i];
		if (i > 0)
			array->columns *= array->shape[i];
	}
	*bytes = array->rows * array->columns * array->item_bytes;
	return GF_OK;
}

/* Makes room for so many bytes of the array. */
static gf_status reserve(struct ndarray *array, size_t room, const char *name, gf_error *err)
{
	if (array->pages.beside) {
		TRY(page_array_reserve(&array->pages, room, name, err));
		array->bytes = (unsigned char *)array->pages.at;
		return GF_OK;
	}
	array->bytes = realloc(array->memory, room);
	if (!array->bytes)
		return gf_fail_memory(err, room, name);
	array->memory = array->bytes;
	return GF_OK;
}

/* Reads up to want bytes into memory that grows with them; *got: how many there were. */
static gf_status read_growing(
	struct ndarray *array, struct input *in, size_t want, size_t *got, gf_error *err)
{
	size_t room = 0, count = 0;

	*got = 0;
	while (*got == room && room < want) {
		room = room ? (room < want / 2 ? 2 * room : want) : FIRST_BYTES;
		if (room > want)
			room = want;
		TRY(reserve(array, room, in->name, err));
		TRY(input_read_raw(in, array->bytes + *got, room - *got, &count, err));
		*got += count;
	}
	return GF_OK;
}

/* Maps the rest of the file, if that is the numbers (want bytes) and nothing more, with the zeros
 * behind them that x has. */
static gf_status map_rest(struct ndarray *array, struct input *in, size_t want, gf_error *err)
{
	const size_t x_bytes = dataset_x_bytes(array->rows, array->columns);
	struct file_memory *file = &array->pages.file;
	struct file_part part;

	if (!input_rest(in, &part) || part.bytes != want || !x_bytes)
		return GF_OK;
	part.zeros = x_bytes;
	TRY(file_memory_map(file, &part, err));
	array->pages.at = (float *)(void *)file->at;
	array->pages.bytes = file->bytes;
	array->bytes = (unsigned char *)file->at;
	return GF_OK;
}

gf_status ndarray_read(struct ndarray *array, struct input *in, gf_error *err)
{
	char text[SHAPE_TEXT], next;
	size_t want = 0, got, more = 0;

	TRY(measure(array, &want, in->name, err));
	TRY(map_rest(array, in, want, err));
	if (array->bytes)
		return GF_OK;
	TRY(read_growing(array, in, want, &got, err));
	if (got < want)
		return report_error(line_place(in->name, 0), err,
			"the array of shape %s takes %zu bytes, but only %zu are there",
			shape_text(array, text), want, got);
	TRY(input_read_raw(in, &next, 1, &more, err));
	if (more)
		return report_error(line_place(in->name, 0), err,
			"the array of shape %s takes %zu bytes, but the file goes on after "
			"them",
			shape_text(array, text), want);
	return GF_OK;
}

static gf_status check_append(const struct ndarray *array, const struct ndarray *next,
	const char *first, const char *name, gf_error *err)
{
	char text[SHAPE_TEXT], wanted[SHAPE_TEXT];
	int same = array->rank == next->rank;

	for (size_t i = 1; same && i < array->rank; i++)
		same = array->shape[i] == next->shape[i];
	if (!same)
		return report_error(line_place(name, 0), err,
			"the array of shape %s cannot follow that of %s, whose shape is %s",
			shape_text(next, text), first, shape_text(array, wanted));
	if (array->type != next->type ||
		(array->big_endian != next->big_endian && array->item_bytes > 1))
		return report_error(line_place(name, 0), err,
			"the array is of %s, but that of %s of %s", type_text(next, text), first,
			type_text(array, wanted));
	if ((array->fortran || next->fortran) && array->columns > 1)
		return report_error(line_place(array->fortran ? first : name, 0), err,
			"the array is stored column by column, and only arrays that are stored "
			"row by row follow each other; numpy.ascontiguousarray stores it so");
	return GF_OK;
}

gf_status ndarray_append(struct ndarray *array, const struct ndarray *next,
	const struct file_list *files, const char *name, gf_error *err)
{
	size_t row = array->columns * array->item_bytes;

	TRY(check_append(array, next, files->files->name, name, err));
	/* Both arrays are in memory, so that the sum of their sizes is no overflow. */
	TRY(reserve(array, (array->rows + next->rows) * row, name, err));
	memcpy(array->bytes + array->rows * row, next->bytes, next->rows * row);
	array->rows += next->rows;
	array->shape[0] = array->rows;
	return GF_OK;
}

void ndarray_free(struct ndarray *array)
{
	free(array->memory);
	page_array_free(&array->pages);
	*array = (struct ndarray){0};
}

/* ---- arrays that are used in place ---- */

/* Kernels load vectors of 16 floats.  NumPy begins the numbers of a file on such a boundary since
 * its version 1.14. */
enum { VECTOR_ALIGNMENT = 64 };

int ndarray_is_native(const struct ndarray *array)
{
	static const unsigned char one[] = {0, 0, 0x80, 0x3f}; /* 1.0, little-endian */
	float number;

	memcpy(&number, one, sizeof number);
	return array->type == NDARRAY_float32 && !array->big_endian && number == 1.0f;
}

static int are_all_columns(const struct column_list *features, size_t columns)
{
	for (size_t j = 0; j < features->count; j++)
		if (features->at[j] != j)
			return 0;
	return features->count == columns;
}

int ndarray_is_x(const struct ndarray *array, const struct columns *columns,
	const struct read_options *options)
{
	/* Missing values that are filled in or left out change x. */
	return page_array_is_read_only(&array->pages) && ndarray_is_native(array) &&
	       (!array->fortran || array->columns == 1) &&
	       (uintptr_t)array->bytes % VECTOR_ALIGNMENT == 0 &&
	       options->missing == GF_MISSING_error &&
	       are_all_columns(&columns->features, array->columns);
}

enum { EXPONENT = 0x7f800000 }; /* all its bits are set in numbers that are not finite */

static int all_finite(const float *x, size_t count)
{
	uint32_t found = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t bits;

		memcpy(&bits, &x[i], sizeof bits);
		found |= (bits & EXPONENT) == EXPONENT;
	}
	return !found;
}

size_t ndarray_find_not_finite(const float *x, size_t count)
{
	enum { AT_A_TIME = 4096 };

	for (size_t first = 0; first < count; first += AT_A_TIME) {
		const size_t left = count - first, some = left < AT_A_TIME ? left : AT_A_TIME;

		for (size_t i = first; !all_finite(x + first, some) && i < first + some; i++)
			if (!all_finite(x + i, 1))
				return i;
	}
	return count;
}

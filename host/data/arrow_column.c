#include "arrow_column.h"
#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { VIEW_INLINE = 12 /* bytes of a text that is in its view itself */ };

#define FORMAT(word, format, bytes) format,
#define BYTES(word, format, bytes)  bytes,

static const char *const FORMATS[ARROW_TYPE_COUNT] = {ARROW_TYPE_LIST(FORMAT)};
static const size_t VALUE_BYTES[ARROW_TYPE_COUNT] = {ARROW_TYPE_LIST(BYTES)};

/* ---- types ---- */

/* ARROW_TYPE_COUNT: another type. */
static enum arrow_type type_of(const char *format)
{
	size_t type = 0;

	while (type < ARROW_TYPE_COUNT && (!format || strcmp(format, FORMATS[type]) != 0))
		type++;
	return (enum arrow_type)type;
}

static int is_index(enum arrow_type type)
{
	return type >= ARROW_int8 && type <= ARROW_uint64;
}

static gf_status refuse_type(
	const struct ArrowSchema *schema, struct data_place place, gf_error *err)
{
	return report_error(place, err,
		"Arrow type %s; wanted: integers, floats, booleans or text; other types have to be "
		"cast",
		schema->format ? quote_text(schema->format).text : "NULL");
}

gf_status arrow_column_check(
	const struct ArrowSchema *schema, struct data_place place, gf_error *err)
{
	const enum arrow_type type = type_of(schema->format);

	if (type == ARROW_TYPE_COUNT)
		return refuse_type(schema, place, err);
	if (!schema->dictionary)
		return GF_OK;
	if (!is_index(type))
		return report_error(
			place, err, "a dictionary is counted by Arrow type \"%s\"", schema->format);
	if (type_of(schema->dictionary->format) == ARROW_TYPE_COUNT ||
		schema->dictionary->dictionary)
		return refuse_type(schema->dictionary, place, err);
	return GF_OK;
}

/* ---- opening ---- */

/* The buffers that an array of the type has at least. */
static size_t least_buffers(enum arrow_type type)
{
	switch (type) {
	case ARROW_null:
		return 0;
	case ARROW_text:
	case ARROW_large_text:
	case ARROW_text_view: /* the last buffer has the sizes of those of text */
		return 3;
	default:
		return 2;
	}
}

static gf_status check_buffers(const struct arrow_values *v, struct data_place place, gf_error *err)
{
	const size_t least = least_buffers(v->type);

	if (v->n_buffers < least || (v->n_buffers > least && v->type != ARROW_text_view))
		return report_error(place, err, "an Arrow array of %zu buffers, wanted %zu",
			v->n_buffers, least);
	if (least > 0 && !v->buffers)
		return report_error(place, err, "an Arrow array whose buffers are NULL");
	/* Text may be empty as a whole: its buffer is checked where it is read. */
	if (least > 1 && v->count > 0 && !v->buffers[1])
		return report_error(place, err, "an Arrow array whose values are NULL");
	if (v->type == ARROW_text_view && v->n_buffers > least && !v->buffers[v->n_buffers - 1])
		return report_error(place, err, "an Arrow array whose sizes of buffers are NULL");
	return GF_OK;
}

/* Opens values [first, first + count) of the array. */
static gf_status open_values(struct arrow_values *v, const struct ArrowSchema *schema,
	const struct ArrowArray *array, size_t first, size_t count, struct data_place place,
	gf_error *err)
{
	if (array->length < 0 || array->offset < 0 || array->n_buffers < 0 ||
		array->length > PTRDIFF_MAX / 16 || array->offset > PTRDIFF_MAX / 16)
		return report_error(place, err,
			"an Arrow array of length %" PRId64 ", offset %" PRId64 " and %" PRId64
			" buffers",
			array->length, array->offset, array->n_buffers);
	if ((size_t)array->length < first || (size_t)array->length - first < count)
		return report_error(place, err,
			"an Arrow array of %" PRId64 " values, and %zu are wanted from %zu on",
			array->length, count, first);
	*v = (struct arrow_values){.type = type_of(schema->format),
		.first = (size_t)array->offset + first,
		.count = count,
		.buffers = array->buffers,
		.n_buffers = (size_t)array->n_buffers};
	TRY(check_buffers(v, place, err));
	v->validity = v->type == ARROW_null ? NULL : v->buffers[0];
	return GF_OK;
}

gf_status arrow_column_open(struct arrow_column *c, const struct ArrowSchema *schema,
	const struct ArrowArray *array, size_t first, size_t rows, struct data_place place,
	gf_error *err)
{
	*c = (struct arrow_column){.place = place, .has_dictionary = schema->dictionary != NULL};
	if (!array)
		return report_error(place, err, "an Arrow array that is NULL");
	TRY(open_values(&c->values, schema, array, first, rows, place, err));
	if (!schema->dictionary)
		return GF_OK;
	if (!array->dictionary)
		return report_error(place, err, "an Arrow array whose dictionary is NULL");
	return open_values(&c->dictionary, schema->dictionary, array->dictionary, 0,
		array->dictionary->length < 0 ? 0 : (size_t)array->dictionary->length, place, err);
}

/* ---- numbers ---- */

static int bit(const unsigned char *bits, size_t at)
{
	return bits[at / 8] >> at % 8 & 1;
}

/* The bytes of a value, which need not be aligned. */
static uint64_t word_at(const struct arrow_values *v, size_t at)
{
	const size_t bytes = VALUE_BYTES[v->type];
	const unsigned char *from = (const unsigned char *)v->buffers[1] + at * bytes;
	uint8_t byte;
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (bytes) {
	case 1:
		byte = *from;
		return byte;
	case 2:
		memcpy(&two, from, sizeof two);
		return two;
	case 4:
		memcpy(&four, from, sizeof four);
		return four;
	default:
		memcpy(&eight, from, sizeof eight);
		return eight;
	}
}

/* Sets the cell to the integer of these bits. */
static void set_integer(struct arrow_cell *cell, enum arrow_type type, uint64_t bits)
{
	const int is_signed = type == ARROW_int8 || type == ARROW_int16 || type == ARROW_int32 ||
			      type == ARROW_int64;
	const unsigned width = (unsigned)(8 * VALUE_BYTES[type]);

	cell->kind = ARROW_INTEGER;
	cell->negative = is_signed && bits >> (width - 1) & 1;
	/* The bits above the type's are 0; those of a negative number would be 1. */
	if (cell->negative && width < 64)
		bits |= ~UINT64_C(0) << width;
	cell->magnitude = cell->negative ? 0 - bits : bits;
	cell->number = cell->negative ? -(double)cell->magnitude : (double)cell->magnitude;
}

/* A half: 1 bit of sign, 5 of exponent, 10 of fraction. */
static double half_of(uint64_t bits)
{
	const int exponent = (int)(bits >> 10 & 31);
	const double fraction = (double)(bits & 1023), sign = bits >> 15 ? -1.0 : 1.0;

	if (exponent == 31)
		return fraction > 0.0 ? (double)NAN : sign * (double)INFINITY;
	return sign * (exponent ? ldexp(1024.0 + fraction, exponent - 25) : ldexp(fraction, -24));
}

static void set_float(struct arrow_cell *cell, enum arrow_type type, uint64_t bits)
{
	const uint32_t half = (uint32_t)bits;
	float narrow;

	cell->kind = ARROW_FLOAT;
	if (type == ARROW_float64) {
		cell->kind = ARROW_DOUBLE;
		memcpy(&cell->number, &bits, sizeof cell->number);
	} else if (type == ARROW_float32) {
		memcpy(&narrow, &half, sizeof narrow);
		cell->number = (double)narrow;
	} else {
		cell->number = half_of(bits);
	}
	if (isnan(cell->number))
		cell->kind = ARROW_MISSING;
}

/* ---- text ---- */

/* Offsets from a value to the next, of int32 or int64. */
static gf_status set_text(const struct arrow_column *c, const struct arrow_values *v, size_t at,
	struct arrow_cell *cell, gf_error *err)
{
	const uint64_t limit = v->type == ARROW_text ? INT32_MAX : INT64_MAX;
	const uint64_t from = word_at(v, at), to = word_at(v, at + 1);

	if (from > limit || to > limit || to < from || (to > from && !v->buffers[2]))
		return report_error(c->place, err,
			"an Arrow array whose text runs from byte %" PRIu64 " to %" PRIu64, from,
			to);
	cell->kind = ARROW_TEXT;
	cell->length = (size_t)(to - from);
	cell->text = cell->length ? (const char *)v->buffers[2] + from : "";
	return GF_OK;
}

/* A view has the length, then the text, or its first 4 bytes, its buffer, and its place there. */
static gf_status set_view(const struct arrow_column *c, const struct arrow_values *v, size_t at,
	struct arrow_cell *cell, gf_error *err)
{
	const char *view = (const char *)v->buffers[1] + at * VALUE_BYTES[v->type];
	int32_t words[4]; /* the length, 4 bytes of text, the buffer, the place */
	int64_t size = 0;

	memcpy(words, view, sizeof words);
	cell->kind = ARROW_TEXT;
	cell->length = (size_t)words[0];
	cell->text = view + sizeof words[0];
	if (words[0] >= 0 && words[0] <= VIEW_INLINE)
		return GF_OK;
	if (words[0] >= 0 && words[2] >= 0 && (size_t)words[2] < v->n_buffers - 3)
		memcpy(&size,
			(const char *)v->buffers[v->n_buffers - 1] + (size_t)words[2] * sizeof size,
			sizeof size);
	if (words[0] < 0 || words[3] < 0 || (int64_t)words[3] + words[0] > size ||
		!v->buffers[2 + words[2]])
		return report_error(c->place, err,
			"an Arrow array whose text has %" PRId32 " bytes from %" PRId32
			" on in buffer %" PRId32 " of %" PRId64 " bytes",
			words[0], words[3], words[2], size);
	cell->text = (const char *)v->buffers[2 + words[2]] + words[3];
	return GF_OK;
}

/* ---- a value ---- */

static gf_status set_cell(const struct arrow_column *c, const struct arrow_values *v, size_t at,
	struct arrow_cell *cell, gf_error *err)
{
	*cell = (struct arrow_cell){.kind = ARROW_MISSING};
	if (v->type == ARROW_null || (v->validity && !bit(v->validity, at)))
		return GF_OK;
	if (v->type == ARROW_text_view)
		return set_view(c, v, at, cell, err);
	if (v->type >= ARROW_text)
		return set_text(c, v, at, cell, err);
	if (v->type == ARROW_boolean) {
		cell->kind = ARROW_TRUTH;
		cell->number = bit(v->buffers[1], at);
	} else if (is_index(v->type)) {
		set_integer(cell, v->type, word_at(v, at));
	} else {
		set_float(cell, v->type, word_at(v, at));
	}
	return GF_OK;
}

gf_status arrow_column_cell(
	const struct arrow_column *c, size_t row, struct arrow_cell *cell, gf_error *err)
{
	const struct arrow_values *words = &c->dictionary;

	TRY(set_cell(c, &c->values, c->values.first + row, cell, err));
	if (!c->has_dictionary || cell->kind == ARROW_MISSING)
		return GF_OK;
	if (cell->negative || cell->magnitude >= words->count)
		return report_error(c->place, err,
			"index %s%" PRIu64 " into an Arrow dictionary of %zu values",
			cell->negative ? "-" : "", cell->magnitude, words->count);
	return set_cell(c, words, words->first + (size_t)cell->magnitude, cell, err);
}

/*
 * array_files.c: readers of binary arrays of numbers: NumPy's .npy, and MNIST's IDX.
 */
#include "formats.h"
#include "bits.h"
#include "ndarray.h"
#include "error.h"
#include "data_report.h"
#include "table_read.h"
#include "text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- NumPy's .npy, versions 1 to 3 ----
 *
 *	6 bytes		0x93 and NUMPY
 *	2 bytes		version: major, minor
 *	2 or 4 bytes	length of the header, little-endian; 4 from version 2 on
 *	the header	a Python dict:
 *			{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }
 *	the rest	the numbers
 *
 * Booleans, integers of 8 to 64 bits and floats of 32 and 64 bits, of either byte order.  NaN is a
 * missing value.
 */

enum {
	NPY_MAGIC_BYTES = 6,
	HEADER_MAX = 1 << 16, /* bytes; an array of numbers needs about a hundred */
};

/* The header while it is being read. */
struct npy_header {
	struct data_place file;
	gf_error *err; /* borrowed */
	char text[HEADER_MAX + 1];
	const char *at;     /* borrowed from text: what is read next */
	unsigned keys_seen; /* bit i: KEYS[i] was read */
};

static gf_status refuse_syntax(const struct npy_header *h, const char *wanted)
{
	return report_error(h->file, h->err, "the header at byte %zu: %s; %s is wanted",
		(size_t)(h->at - h->text), quote_text(h->at).text, wanted);
}

/* ---- the dict ---- */

static void skip_blanks(struct npy_header *h)
{
	h->at += strspn(h->at, " \t\n");
}

/* Reads the character if it comes next; returns 1 if it did. */
static int accept(struct npy_header *h, char c)
{
	skip_blanks(h);
	if (*h->at != c)
		return 0;
	h->at++;
	return 1;
}

static int accept_word(struct npy_header *h, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(h);
	if (strncmp(h->at, word, length) != 0)
		return 0;
	h->at += length;
	return 1;
}

/* Reads a string in single or double quotes, without escapes; *string points into the header. */
static gf_status read_string(struct npy_header *h, const char **string, size_t *length)
{
	char quote[2] = {0};

	skip_blanks(h);
	if (*h->at != '\'' && *h->at != '"')
		return refuse_syntax(h, "a string in quotes");
	quote[0] = *h->at;
	*string = h->at + 1;
	*length = strcspn(*string, quote);
	if ((*string)[*length] != quote[0] || memchr(*string, '\\', *length))
		return refuse_syntax(h, "a string that ends");
	h->at = *string + *length + 1;
	return GF_OK;
}

/* text: "f4", a dtype without its byte order.  Returns 1 if it is found. */
static int find_npy_type(const char *text, enum ndarray_type *type)
{
	static const struct {
		const char *text;
		enum ndarray_type type;
	} TYPES[] = {
		{"b1", NDARRAY_bool},
		{"u1", NDARRAY_uint8},
		{"i1", NDARRAY_int8},
		{"u2", NDARRAY_uint16},
		{"i2", NDARRAY_int16},
		{"u4", NDARRAY_uint32},
		{"i4", NDARRAY_int32},
		{"u8", NDARRAY_uint64},
		{"i8", NDARRAY_int64},
		{"f4", NDARRAY_float32},
		{"f8", NDARRAY_float64},
	};

	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (strncmp(text, TYPES[i].text, 2) == 0) {
			*type = TYPES[i].type;
			return 1;
		}
	return 0;
}

/* What to call a dtype that is not read. */
static const char *unread_type(const char *text, size_t length)
{
	switch (length > 1 ? text[1] : ' ') {
	case 'O':
		return "Python objects";
	case 'c':
		return "complex numbers";
	case 'U':
	case 'S':
	case 'a':
		return "strings";
	case 'f':
		return "floats of another size than 32 or 64 bits";
	case 'M':
	case 'm':
		return "times";
	default:
		return "another type";
	}
}

static gf_status read_type(struct npy_header *h, struct ndarray *array)
{
	static const char WANTED[] =
		"booleans, integers of 8 to 64 bits, float32 or float64 are wanted";
	const char *text = NULL;
	size_t length = 0;

	skip_blanks(h);
	if (*h->at == '[')
		return report_error(h->file, h->err, "an array of records; %s", WANTED);
	TRY(read_string(h, &text, &length));
	if (length != 3 || !strchr("<>|=", text[0]) || !find_npy_type(text + 1, &array->type))
		return report_error(h->file, h->err, "an array of %s, %s; %s",
			unread_type(text, length), quote_of(text, length).text, WANTED);
	if ((text[0] == '|' && text[2] != '1') || text[0] == '=')
		return report_error(
			h->file, h->err, "type %s has no byte order", quote_of(text, length).text);
	array->big_endian = text[0] == '>';
	return GF_OK;
}

static gf_status read_order(struct npy_header *h, struct ndarray *array)
{
	array->fortran = accept_word(h, "True");
	if (!array->fortran && !accept_word(h, "False"))
		return refuse_syntax(h, "True or False");
	return GF_OK;
}

/* Python 2 wrote an L after its long integers. */
static gf_status read_size(struct npy_header *h, size_t *size)
{
	skip_blanks(h);
	if (!isdigit((unsigned char)*h->at))
		return refuse_syntax(h, "a size");
	for (*size = 0; isdigit((unsigned char)*h->at); h->at++) {
		size_t digit = (size_t)(*h->at - '0');

		if (*size > (SIZE_MAX - digit) / 10)
			return report_error(
				h->file, h->err, "a shape of more numbers than memory can hold");
		*size = *size * 10 + digit;
	}
	h->at += *h->at == 'L';
	return GF_OK;
}

static gf_status read_shape(struct npy_header *h, struct ndarray *array)
{
	if (!accept(h, '('))
		return refuse_syntax(h, "a shape like (3, 2)");
	while (!accept(h, ')')) {
		if (array->rank == NDARRAY_RANK)
			return report_error(h->file, h->err, "a shape of more than %d dimensions",
				NDARRAY_RANK);
		TRY(read_size(h, &array->shape[array->rank]));
		array->rank++;
		if (accept(h, ','))
			continue;
		/* (3) is a number in Python, not a tuple. */
		if (array->rank == 1 || !accept(h, ')'))
			return refuse_syntax(h, "a comma");
		break;
	}
	return GF_OK;
}

enum key { KEY_DESCR, KEY_ORDER, KEY_SHAPE, KEY_COUNT };

static const char *const KEYS[KEY_COUNT] = {"descr", "fortran_order", "shape"};

static gf_status read_value(
	struct npy_header *h, struct ndarray *array, const char *key, size_t length)
{
	enum key i = KEY_DESCR;

	while (i < KEY_COUNT && (length != strlen(KEYS[i]) || memcmp(key, KEYS[i], length) != 0))
		i++;
	if (i == KEY_COUNT)
		return report_error(h->file, h->err, "the header has %s, which no array has",
			quote_of(key, length).text);
	if (h->keys_seen & 1u << i)
		return report_error(h->file, h->err, "the header has '%s' twice", KEYS[i]);
	h->keys_seen |= 1u << i;
	return i == KEY_DESCR   ? read_type(h, array)
	       : i == KEY_ORDER ? read_order(h, array)
				: read_shape(h, array);
}

static gf_status read_item(struct npy_header *h, struct ndarray *array)
{
	const char *key = NULL;
	size_t length = 0;

	TRY(read_string(h, &key, &length));
	if (!accept(h, ':'))
		return refuse_syntax(h, "a colon");
	return read_value(h, array, key, length);
}

static gf_status parse_header(struct npy_header *h, struct ndarray *array)
{
	int comma = 1;

	if (!accept(h, '{'))
		return refuse_syntax(h, "a Python dict");
	while (!accept(h, '}')) {
		if (!comma)
			return refuse_syntax(h, "a comma");
		TRY(read_item(h, array));
		comma = accept(h, ',');
	}
	skip_blanks(h);
	if (*h->at)
		return refuse_syntax(h, "nothing more");
	for (enum key i = KEY_DESCR; i < KEY_COUNT; i++)
		if (!(h->keys_seen & 1u << i))
			return report_error(h->file, h->err, "the header has no '%s'", KEYS[i]);
	return GF_OK;
}

/* ---- the file ---- */

/* Reads what precedes the text of the header; *length: the text's bytes. */
static gf_status read_length(struct npy_header *h, struct input *in, size_t *length)
{
	unsigned char start[NPY_MAGIC_BYTES + 2], bytes[4] = {0};

	TRY(input_read_exactly(in, start, sizeof start, "first bytes", h->err));
	if (memcmp(start, NPY_MAGIC, NPY_MAGIC_BYTES) != 0)
		return report_error(
			h->file, h->err, "does not begin with 0x93 and NUMPY, as .npy does");
	if (start[6] < 1 || start[6] > 3 || start[7] != 0)
		return report_error(h->file, h->err, "version %d.%d; 1.0, 2.0 or 3.0 is wanted",
			start[6], start[7]);
	TRY(input_read_exactly(in, bytes, start[6] == 1 ? 2 : 4, "first bytes", h->err));
	*length = (size_t)bits_of_bytes(bytes, sizeof bytes, 0);
	if (*length > HEADER_MAX)
		return report_error(h->file, h->err, "a header of %zu bytes; at most %d are wanted",
			*length, HEADER_MAX);
	return GF_OK;
}

static gf_status read_npy_header(struct ndarray *array, struct npy_header *h, struct input *in)
{
	size_t length = 0;

	TRY(read_length(h, in, &length));
	TRY(input_read_exactly(in, h->text, length, "header", h->err));
	h->at = h->text;
	if (memchr(h->text, 0, length))
		return report_error(h->file, h->err, "a NUL byte in the header");
	return parse_header(h, array);
}

gf_status npy_read_array(struct ndarray *array, struct input *in, gf_error *err)
{
	struct npy_header header = {.file = line_place(in->name, 0), .err = err};

	TRY(read_npy_header(array, &header, in));
	return ndarray_read(array, in, err);
}

/* ---- IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist/) ----
 *
 *	2 bytes		0
 *	1 byte		type: 8 uint8, 9 int8, B int16, C int32, D float32, E float64
 *	1 byte		how many dimensions
 *	4 bytes each	their sizes, big-endian
 *	the rest	the numbers, big-endian, row-major
 */

enum { IDX_MAGIC_BYTES = 4, IDX_SIZE_BYTES = 4 };

static int find_idx_type(unsigned char code, enum ndarray_type *type)
{
	static const struct {
		unsigned char code;
		enum ndarray_type type;
	} TYPES[] = {
		{0x08, NDARRAY_uint8},
		{0x09, NDARRAY_int8},
		{0x0b, NDARRAY_int16},
		{0x0c, NDARRAY_int32},
		{0x0d, NDARRAY_float32},
		{0x0e, NDARRAY_float64},
	};

	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (TYPES[i].code == code) {
			*type = TYPES[i].type;
			return 1;
		}
	return 0;
}

static gf_status read_magic(struct ndarray *array, struct input *in, gf_error *err)
{
	unsigned char magic[IDX_MAGIC_BYTES];

	TRY(input_read_exactly(in, magic, sizeof magic, "first bytes", err));
	if (magic[0] || magic[1])
		return report_error(
			line_place(in->name, 0), err, "does not begin with two zeros, as IDX does");
	if (!find_idx_type(magic[2], &array->type))
		return report_error(line_place(in->name, 0), err,
			"type 0x%02x; IDX has 0x08, 0x09, 0x0b, 0x0c, 0x0d and 0x0e", magic[2]);
	array->rank = magic[3];
	if (array->rank > NDARRAY_RANK)
		return report_error(line_place(in->name, 0), err,
			"%zu dimensions; at most %d are wanted", array->rank, NDARRAY_RANK);
	array->big_endian = 1;
	return GF_OK;
}

static gf_status read_idx(struct ndarray *array, struct input *in, gf_error *err)
{
	unsigned char size[IDX_SIZE_BYTES];

	TRY(read_magic(array, in, err));
	for (size_t i = 0; i < array->rank; i++) {
		TRY(input_read_exactly(in, size, sizeof size, "sizes", err));
		array->shape[i] = (size_t)bits_of_bytes(size, sizeof size, 1);
	}
	return ndarray_read(array, in, err);
}

/* ---- several files ---- */

typedef gf_status read_array(struct ndarray *array, struct input *in, gf_error *err);

/* Appends the arrays of the files after the first, which differ from it in their rows alone. */
static gf_status read_others(struct ndarray *array, struct input *in, enum format format,
	const struct read_options *options, gf_error *err)
{
	read_array *const read = format == FORMAT_npy ? npy_read_array : read_idx;
	int more;

	TRY(table_next(in, options, format, array->rows, &more, err));
	while (more) {
		struct ndarray next = {0};
		gf_status status = read(&next, in, err);

		if (!status)
			status = ndarray_append(array, &next, &in->all, in->name, err);
		ndarray_free(&next);
		TRY(status);
		TRY(table_next(in, options, format, array->rows, &more, err));
	}
	return GF_OK;
}

static gf_status read_arrays(gf_dataset **data, struct input *in, enum format format,
	const struct read_options *options, gf_error *err)
{
	struct ndarray array = {.pages = {.beside = options->cache, .is_scratch = 1}};
	gf_status status =
		format == FORMAT_npy ? npy_read_array(&array, in, err) : read_idx(&array, in, err);

	*data = NULL;
	if (!status)
		status = read_others(&array, in, format, options, err);
	if (!status)
		status = ndarray_dataset(data, &array, &in->all, options, err);
	ndarray_free(&array);
	return status;
}

gf_status npy_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	return read_arrays(data, in, FORMAT_npy, options, err);
}

gf_status idx_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	return read_arrays(data, in, FORMAT_idx, options, err);
}

/*
 * array_files.c: readers of arrays of numbers in binary: NumPy's .npy, and IDX, as MNIST has it.
 */
#include "formats.h"
#include "matrix.h"
#include "error.h"
#include "text.h"
#include "table_read.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- NumPy's .npy ----
 *
 * NumPy's .npy, versions 1 to 3.
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
	HEADER_MAX = 1 << 16, /* bytes; those of arrays of numbers have some hundred */
};

/* The header while it is being read. */
struct header {
	const char *name; /* borrowed: the file's */
	gf_error *err;    /* borrowed */
	char text[HEADER_MAX + 1];
	const char *at; /* in text: what is read next */
	unsigned met;   /* a bit for each key */
};

/* ---- messages ---- */

static gf_status __attribute__((format(printf, 2, 3)))
refuse(const struct header *h, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return gf_fail(h->err, GF_E_DATA, "%s: %s", h->name, what);
}

static gf_status refuse_syntax(const struct header *h, const char *wanted)
{
	return refuse(h, "the header at byte %zu: %s; %s is wanted", (size_t)(h->at - h->text),
		quote_of(h->at, strlen(h->at)).text, wanted);
}

/* ---- the dict ---- */

static void skip_blanks(struct header *h)
{
	h->at += strspn(h->at, " \t\n");
}

/* 1 where that character comes next, which is then read. */
static int take(struct header *h, char c)
{
	skip_blanks(h);
	if (*h->at != c)
		return 0;
	h->at++;
	return 1;
}

static int take_word(struct header *h, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(h);
	if (strncmp(h->at, word, length) != 0)
		return 0;
	h->at += length;
	return 1;
}

/* A string in quotes of either kind, without any escape; borrowed from the text. */
static gf_status take_string(struct header *h, const char **string, size_t *length)
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

/* "<f4" without its first character. */
static int find_type(const char *text, enum matrix_type *type)
{
	static const struct {
		const char *text;
		enum matrix_type type;
	} TYPES[] = {
		{"b1", MATRIX_bool},
		{"u1", MATRIX_uint8},
		{"i1", MATRIX_int8},
		{"u2", MATRIX_uint16},
		{"i2", MATRIX_int16},
		{"u4", MATRIX_uint32},
		{"i4", MATRIX_int32},
		{"u8", MATRIX_uint64},
		{"i8", MATRIX_int64},
		{"f4", MATRIX_float32},
		{"f8", MATRIX_float64},
	};

	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (strncmp(text, TYPES[i].text, 2) == 0) {
			*type = TYPES[i].type;
			return 1;
		}
	return 0;
}

static const char *other_type(const char *text, size_t length)
{
	int kind = length > 1 ? text[1] : ' ';

	switch (kind) {
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

static gf_status take_type(struct header *h, struct matrix *m)
{
	static const char WANTED[] =
		"booleans, integers of 8 to 64 bits, float32 or float64 are wanted";
	const char *text = NULL;
	size_t length = 0;
	gf_status status;

	skip_blanks(h);
	if (*h->at == '[')
		return refuse(h, "an array of records; %s", WANTED);
	status = take_string(h, &text, &length);
	if (status)
		return status;
	if (length != 3 || !strchr("<>|=", text[0]) || !find_type(text + 1, &m->type))
		return refuse(h, "an array of %s, %s; %s", other_type(text, length),
			quote_of(text, length).text, WANTED);
	if ((text[0] == '|' && text[2] != '1') || text[0] == '=')
		return refuse(h, "type %s has no byte order", quote_of(text, length).text);
	m->big_endian = text[0] == '>';
	return GF_OK;
}

static gf_status take_order(struct header *h, struct matrix *m)
{
	m->fortran = take_word(h, "True");
	if (!m->fortran && !take_word(h, "False"))
		return refuse_syntax(h, "True or False");
	return GF_OK;
}

/* Python 2 wrote its long integers with an L. */
static gf_status take_size(struct header *h, size_t *size)
{
	skip_blanks(h);
	if (!isdigit((unsigned char)*h->at))
		return refuse_syntax(h, "a size");
	for (*size = 0; isdigit((unsigned char)*h->at); h->at++) {
		size_t digit = (size_t)(*h->at - '0');

		if (*size > (SIZE_MAX - digit) / 10)
			return refuse(h, "a shape of more numbers than memory can hold");
		*size = *size * 10 + digit;
	}
	h->at += *h->at == 'L';
	return GF_OK;
}

static gf_status take_shape(struct header *h, struct matrix *m)
{
	gf_status status;

	if (!take(h, '('))
		return refuse_syntax(h, "a shape, such as (3, 2),");
	while (!take(h, ')')) {
		if (m->rank == MATRIX_RANK)
			return refuse(h, "a shape of more than %d dimensions", MATRIX_RANK);
		status = take_size(h, &m->shape[m->rank]);
		if (status)
			return status;
		m->rank++;
		if (take(h, ','))
			continue;
		/* (3) is no tuple in Python, but a number */
		if (m->rank == 1 || !take(h, ')'))
			return refuse_syntax(h, "a comma");
		break;
	}
	return GF_OK;
}

enum key { KEY_DESCR, KEY_ORDER, KEY_SHAPE, KEY_COUNT };

static const char *const KEYS[KEY_COUNT] = {"descr", "fortran_order", "shape"};

static gf_status take_value(struct header *h, struct matrix *m, const char *key, size_t length)
{
	enum key i = KEY_DESCR;

	while (i < KEY_COUNT && (length != strlen(KEYS[i]) || memcmp(key, KEYS[i], length) != 0))
		i++;
	if (i == KEY_COUNT)
		return refuse(
			h, "the header has %s, which no array has", quote_of(key, length).text);
	if (h->met & 1u << i)
		return refuse(h, "the header has '%s' twice", KEYS[i]);
	h->met |= 1u << i;
	return i == KEY_DESCR   ? take_type(h, m)
	       : i == KEY_ORDER ? take_order(h, m)
				: take_shape(h, m);
}

static gf_status take_item(struct header *h, struct matrix *m)
{
	const char *key = NULL;
	size_t length = 0;
	gf_status status = take_string(h, &key, &length);

	if (!status && !take(h, ':'))
		status = refuse_syntax(h, "a colon");
	return status ? status : take_value(h, m, key, length);
}

static gf_status parse_header(struct header *h, struct matrix *m)
{
	int more = 1;
	gf_status status = GF_OK;

	if (!take(h, '{'))
		return refuse_syntax(h, "a Python dict");
	while (!status && !take(h, '}')) {
		if (!more)
			return refuse_syntax(h, "a comma");
		status = take_item(h, m);
		more = take(h, ',');
	}
	skip_blanks(h);
	if (!status && *h->at)
		status = refuse_syntax(h, "nothing more");
	for (enum key i = KEY_DESCR; !status && i < KEY_COUNT; i++)
		if (!(h->met & 1u << i))
			status = refuse(h, "the header has no '%s'", KEYS[i]);
	return status;
}

/* ---- the file ---- */

/* What precedes the text of the header. */
static gf_status read_length(struct header *h, struct input *in, size_t *length)
{
	unsigned char start[NPY_MAGIC_BYTES + 2], bytes[4] = {0};
	gf_status status = input_read_exactly(in, start, sizeof start, "first bytes", h->err);

	if (status)
		return status;
	if (memcmp(start, NPY_MAGIC, NPY_MAGIC_BYTES) != 0)
		return refuse(h, "does not begin with 0x93 and NUMPY, as .npy does");
	if (start[6] < 1 || start[6] > 3 || start[7] != 0)
		return refuse(h, "version %d.%d; 1.0, 2.0 or 3.0 is wanted", start[6], start[7]);
	status = input_read_exactly(in, bytes, start[6] == 1 ? 2 : 4, "first bytes", h->err);
	*length =
		bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
	if (!status && *length > HEADER_MAX)
		status = refuse(
			h, "a header of %zu bytes; at most %d are wanted", *length, HEADER_MAX);
	return status;
}

static gf_status read_header(struct matrix *m, struct header *h, struct input *in)
{
	size_t length = 0;
	gf_status status = read_length(h, in, &length);

	if (!status)
		status = input_read_exactly(in, h->text, length, "header", h->err);
	if (status)
		return status;
	h->at = h->text;
	if (memchr(h->text, 0, length))
		return refuse(h, "a NUL byte in the header");
	return parse_header(h, m);
}

gf_status npy_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct header header = {.name = in->name, .err = err};
	struct matrix m = {0};
	gf_status status = read_header(&m, &header, in);

	*data = NULL;
	if (!status)
		status = matrix_read(&m, in, err);
	if (!status)
		status = matrix_dataset(data, &m, in->name, options, err);
	matrix_free(&m);
	return status;
}

/* ---- IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist/).
 *
 *	2 bytes		0
 *	1 byte		type: 8 uint8, 9 int8, B int16, C int32, D float32, E float64
 *	1 byte		how many dimensions
 *	4 bytes each	their sizes, big-endian
 *	the rest	the numbers, big-endian, row-major
 */

enum { IDX_MAGIC_BYTES = 4, IDX_SIZE_BYTES = 4 };

static int find_idx_type(unsigned char code, enum matrix_type *type)
{
	static const struct {
		unsigned char code;
		enum matrix_type type;
	} TYPES[] = {
		{0x08, MATRIX_uint8},
		{0x09, MATRIX_int8},
		{0x0b, MATRIX_int16},
		{0x0c, MATRIX_int32},
		{0x0d, MATRIX_float32},
		{0x0e, MATRIX_float64},
	};

	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (TYPES[i].code == code) {
			*type = TYPES[i].type;
			return 1;
		}
	return 0;
}

static gf_status read_magic(struct matrix *m, struct input *in, gf_error *err)
{
	unsigned char magic[IDX_MAGIC_BYTES];
	gf_status status = input_read_exactly(in, magic, sizeof magic, "first bytes", err);

	if (status)
		return status;
	if (magic[0] || magic[1])
		return gf_fail(
			err, GF_E_DATA, "%s: does not begin with two zeros, as IDX does", in->name);
	if (!find_idx_type(magic[2], &m->type))
		return gf_fail(err, GF_E_DATA,
			"%s: type 0x%02x; IDX has 0x08, 0x09, 0x0b, 0x0c, 0x0d and 0x0e", in->name,
			magic[2]);
	m->rank = magic[3];
	if (m->rank > MATRIX_RANK)
		return gf_fail(err, GF_E_DATA, "%s: %zu dimensions; at most %d are wanted",
			in->name, m->rank, MATRIX_RANK);
	m->big_endian = 1;
	return GF_OK;
}

static gf_status read_shape(struct matrix *m, struct input *in, gf_error *err)
{
	unsigned char size[IDX_SIZE_BYTES] = {0};
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < m->rank; i++) {
		status = input_read_exactly(in, size, sizeof size, "sizes", err);
		m->shape[i] = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 |
			      size[3];
	}
	return status;
}

gf_status idx_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct matrix m = {0};
	gf_status status = read_magic(&m, in, err);

	*data = NULL;
	if (!status)
		status = read_shape(&m, in, err);
	if (!status)
		status = matrix_read(&m, in, err);
	if (!status)
		status = matrix_dataset(data, &m, in->name, options, err);
	matrix_free(&m);
	return status;
}

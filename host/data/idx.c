#include "idx.h"
#include "error.h"
#include "matrix.h"

enum { MAGIC_BYTES = 4, SIZE_BYTES = 4 };

static gf_status read_exactly(
	struct input *in, unsigned char *bytes, size_t want, const char *what, gf_error *err)
{
	size_t got;
	gf_status status = input_read_raw(in, bytes, want, &got, err);

	if (!status && got < want)
		status = gf_fail(err, GF_E_DATA, "%s: the file ends in its %s", in->name, what);
	return status;
}

static int find_type(unsigned char code, enum matrix_type *type)
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
	unsigned char magic[MAGIC_BYTES];
	gf_status status = read_exactly(in, magic, sizeof magic, "first bytes", err);

	if (status)
		return status;
	if (magic[0] || magic[1])
		return gf_fail(
			err, GF_E_DATA, "%s: does not begin with two zeros, as IDX does", in->name);
	if (!find_type(magic[2], &m->type))
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
	unsigned char size[SIZE_BYTES] = {0};
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < m->rank; i++) {
		status = read_exactly(in, size, sizeof size, "sizes", err);
		m->shape[i] = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 |
			      size[3];
	}
	return status;
}

gf_status idx_read(
	gf_dataset **data, struct input *in, const struct csv_options *options, gf_error *err)
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

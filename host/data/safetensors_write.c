#include "safetensors.h"
#include "error.h"
#include "json.h"
#include "outfile.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGNMENT = 8, /* of the first number in the file */
	CHUNK_FLOATS = 4096
};

static size_t tensor_count(const struct safetensors_tensor *t)
{
	size_t count = 1;

	for (size_t i = 0; i < t->rank; i++)
		count *= t->shape[i];
	return count;
}

/* {"dtype", "shape", "data_offsets"}; *offset moves on to the end of t. */
static json_t *describe(const struct safetensors_tensor *t, size_t *offset)
{
	size_t begin = *offset;
	json_t *shape = json_array();

	for (size_t i = 0; i < t->rank; i++)
		if (json_array_append_new(shape, json_integer((json_int_t)t->shape[i]))) {
			json_decref(shape);
			shape = NULL; /* no memory: json_pack passes it on */
		}
	*offset += 4 * tensor_count(t);
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape, "data_offsets",
		(json_int_t)begin, (json_int_t)*offset);
}

/* NULL: no memory. */
static char *make_header(const struct safetensors_tensor *tensors, size_t count,
	const struct safetensors_pair *metadata, size_t pairs)
{
	json_t *header = json_object();
	json_t *texts = json_object();
	size_t offset = 0;
	int failed = 0;

	for (size_t i = 0; i < pairs; i++)
		failed |= json_object_set_new(texts, metadata[i].key, json_text(metadata[i].value));
	if (pairs > 0)
		failed |= json_object_set(header, SAFETENSORS_METADATA, texts);
	for (size_t i = 0; i < count; i++)
		failed |= json_object_set_new(
			header, tensors[i].name, describe(&tensors[i], &offset));

	char *text = failed ? NULL : json_compact(header);

	json_decref(texts);
	json_decref(header);
	return text;
}

/* The 8 bytes of length and the header, with spaces up to the alignment. */
static void write_header(FILE *file, const char *header)
{
	size_t length = strlen(header);
	size_t padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	for (int i = 0; i < SAFETENSORS_LENGTH_BYTES; i++)
		putc((int)((uint64_t)padded >> 8 * i & 0xff), file);
	fprintf(file, "%s%*s", header, (int)(padded - length), "");
}

static void write_values(FILE *file, const float *values, size_t count)
{
	unsigned char bytes[4 * CHUNK_FLOATS];

	for (size_t i = 0; i < count; i += CHUNK_FLOATS) {
		size_t some = count - i < CHUNK_FLOATS ? count - i : CHUNK_FLOATS;

		for (size_t j = 0; j < some; j++) {
			uint32_t bits;

			memcpy(&bits, &values[i + j], sizeof bits);
			for (int b = 0; b < 4; b++)
				bytes[4 * j + b] = (unsigned char)(bits >> 8 * b);
		}
		fwrite(bytes, 4, some, file);
	}
}

gf_status safetensors_write(const char *path, const struct safetensors_tensor *tensors,
	size_t count, const struct safetensors_pair *metadata, size_t pairs, gf_error *err)
{
	struct outfile out;
	char *header = make_header(tensors, count, metadata, pairs);
	gf_status status;

	if (!header)
		return gf_fail(err, GF_E_MEMORY, "%s: cannot allocate its header", path);
	if (strlen(header) > SAFETENSORS_HEADER_MAX - ALIGNMENT)
		status = gf_fail(err, GF_E_DATA,
			"%s: a header of %zu bytes, and the format allows only %d", path,
			strlen(header), SAFETENSORS_HEADER_MAX);
	else
		status = outfile_open(&out, path, err);
	if (!status) {
		/* The stream remembers a failed write; the commit reports it. */
		write_header(out.file, header);
		for (size_t i = 0; i < count; i++)
			write_values(out.file, tensors[i].values, tensor_count(&tensors[i]));
		status = outfile_commit(&out, err);
	}
	free(header);
	return status;
}

/* ---- the types of numbers ---- */

static const struct {
	const char *word;
	size_t bytes;
} DTYPE[DTYPE_COUNT] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}};

enum dtype dtype_find(const char *word)
{
	enum dtype dtype = DTYPE_F32;

	while (dtype < DTYPE_COUNT && strcmp(word, DTYPE[dtype].word) != 0)
		dtype++;
	return dtype;
}

size_t dtype_bytes(enum dtype dtype)
{
	return DTYPE[dtype].bytes;
}

static uint64_t bits_at(const unsigned char *bytes, size_t count)
{
	uint64_t bits = 0;

	for (size_t i = count; i > 0; i--)
		bits = bits << 8 | bytes[i - 1];
	return bits;
}

static float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* 1 sign, 5 exponent and 10 fraction bits. */
static float half_of(uint32_t bits)
{
	uint32_t sign = bits >> 15 << 31, exponent = bits >> 10 & 31, fraction = bits & 1023;
	float small = ldexpf((float)fraction, -24);

	if (exponent == 0)
		return sign ? -small : small;
	return float_of(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

float dtype_number(const unsigned char *bytes, enum dtype dtype)
{
	uint64_t bits = bits_at(bytes, DTYPE[dtype].bytes);
	double value;

	switch (dtype) {
	case DTYPE_F64:
		memcpy(&value, &bits, sizeof value);
		return (float)value;
	case DTYPE_F16:
		return half_of((uint32_t)bits);
	case DTYPE_BF16:
		return float_of((uint32_t)bits << 16);
	default:
		return float_of((uint32_t)bits);
	}
}

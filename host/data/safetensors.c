#include "safetensors.h"
#include "bits.h"
#include "error.h"
#include "json.h"
#include "outfile.h"
#include "safetensors_header.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CHUNK_BYTES = 1 << 16, /* read first, before memory for more is allocated */
	CHUNK_FLOATS = 4096,   /* written at once */
	ALIGNMENT = 8          /* bytes; the first number begins on a multiple */
};

struct safetensors {
	struct safetensors_header header;
	float *values; /* owned; the numbers of all tensors */
};

/* ---- reading bytes ---- */

/* Reads up to want bytes; *got: how many there were.  NULL: no memory.  Memory grows with what is
 * read, so a false length allocates nothing. */
static unsigned char *read_up_to(FILE *in, size_t want, size_t *got)
{
	size_t room = want < CHUNK_BYTES ? want : CHUNK_BYTES;
	unsigned char *bytes = malloc(room + 1); /* + 1: malloc(0) may return NULL */

	*got = 0;
	while (bytes) {
		*got += fread(bytes + *got, 1, room - *got, in);
		if (*got < room || room == want)
			return bytes;
		room = want / 2 < room ? want : 2 * room;

		unsigned char *more = realloc(bytes, room);

		if (!more)
			free(bytes);
		bytes = more;
	}
	return NULL;
}

/* Like read_up_to with errors; the caller checks whether *got is enough. */
static gf_status read_bytes(
	unsigned char **bytes, size_t *got, size_t want, FILE *in, const char *path, gf_error *err)
{
	*bytes = read_up_to(in, want, got);
	if (!*bytes)
		return gf_fail(err, GF_E_MEMORY, "%s: cannot allocate its %zu bytes", path, want);
	if (!ferror(in))
		return GF_OK;

	gf_fail(err, GF_E_IO, "%s: cannot read: %s", path, strerror(errno));
	free(*bytes);
	*bytes = NULL;
	return GF_E_IO;
}

/* Refuses other kinds of files that hold models, with advice. */
static gf_status refuse_other_formats(const unsigned char *bytes, const char *path, gf_error *err)
{
	static const char advice[] = "safetensors is wanted, as safetensors.torch.save_file("
				     "model.state_dict(), \"model.safetensors\") writes it";

	if (memcmp(bytes, "PK\3\4", 4) == 0)
		return gf_fail(err, GF_E_DATA, "%s: a zip archive, as torch.save writes it; %s",
			path, advice);
	if (bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5)
		return gf_fail(err, GF_E_DATA, "%s: a Python pickle; %s", path, advice);
	if (memcmp(bytes, "\x89HDF", 4) == 0)
		return gf_fail(
			err, GF_E_DATA, "%s: an HDF5 file, as Keras writes it; %s", path, advice);
	if (memcmp(bytes, "\x93NUMPY", 6) == 0)
		return gf_fail(err, GF_E_DATA, "%s: a NumPy array; %s", path, advice);
	return GF_OK;
}

static gf_status read_length(uint64_t *length, FILE *in, const char *path, gf_error *err)
{
	unsigned char bytes[SAFETENSORS_LENGTH_BYTES];
	size_t got = fread(bytes, 1, SAFETENSORS_LENGTH_BYTES, in);

	if (ferror(in))
		return gf_fail(err, GF_E_IO, "%s: cannot read: %s", path, strerror(errno));
	if (got < SAFETENSORS_LENGTH_BYTES)
		return gf_fail(err, GF_E_DATA,
			"%s: %zu bytes, wanted at least %d, which give the header's length", path,
			got, SAFETENSORS_LENGTH_BYTES);
	*length = bits_of_bytes(bytes, SAFETENSORS_LENGTH_BYTES, 0);
	if (*length > SAFETENSORS_HEADER_MAX && refuse_other_formats(bytes, path, err))
		return GF_E_DATA;
	if (*length > SAFETENSORS_HEADER_MAX)
		return gf_fail(err, GF_E_DATA,
			"%s: not a safetensors file: its first %d bytes announce a header of "
			"%" PRIu64 " bytes, wanted at most %d",
			path, SAFETENSORS_LENGTH_BYTES, *length, SAFETENSORS_HEADER_MAX);
	return GF_OK;
}

static gf_status read_header(
	struct safetensors_header *header, FILE *in, const char *path, gf_error *err)
{
	unsigned char *text;
	uint64_t length = 0;
	size_t got;
	gf_status status;

	TRY(read_length(&length, in, path, err));
	TRY(read_bytes(&text, &got, (size_t)length, in, path, err));
	if (got < length)
		status = gf_fail(err, GF_E_DATA,
			"%s: a header of %" PRIu64 " bytes, but only %zu follow", path, length,
			got);
	else
		status = safetensors_header_read(header, text, got, path, err);
	free(text);
	return status;
}

/* ---- numbers ---- */

/* A half has 1 sign bit, 5 exponent bits and 10 fraction bits. */
static float half_of(uint32_t bits)
{
	uint32_t sign = bits >> 15 << 31, exponent = bits >> 10 & 31, fraction = bits & 1023;
	float small = ldexpf((float)fraction, -24);

	if (exponent == 0)
		return sign ? -small : small;
	return float_of_bits(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

/* The number of those bytes, rounded to float. */
static float dtype_number(const unsigned char *bytes, enum dtype dtype)
{
	const uint64_t bits = bits_of_bytes(bytes, dtype_bytes(dtype), 0);

	switch (dtype) {
	case DTYPE_F64:
		return (float)double_of_bits(bits);
	case DTYPE_F16:
		return half_of((uint32_t)bits);
	case DTYPE_BF16:
		return float_of_bits((uint32_t)bits << 16);
	default:
		return float_of_bits((uint32_t)bits);
	}
}

static size_t numbers_in(const struct safetensors_entry *entry)
{
	return (entry->end - entry->begin) / dtype_bytes(entry->dtype);
}

/* Converts the bytes of all tensors to floats. */
static gf_status decode(
	struct safetensors *file, const unsigned char *bytes, const char *path, gf_error *err)
{
	size_t count = 0;
	float *at;

	for (size_t i = 0; i < file->header.count; i++)
		count += numbers_in(&file->header.entries[i]);
	file->values = at = malloc((count + 1) * sizeof *at); /* + 1: malloc(0) may return NULL */
	if (!at)
		return gf_fail_memory(err, count * sizeof *at, path);
	for (size_t i = 0; i < file->header.count; i++) {
		struct safetensors_entry *entry = &file->header.entries[i];

		entry->tensor.values = at;
		for (size_t j = 0; j < numbers_in(entry); j++)
			*at++ = dtype_number(
				bytes + entry->begin + j * dtype_bytes(entry->dtype), entry->dtype);
	}
	return GF_OK;
}

static gf_status read_values(struct safetensors *file, FILE *in, const char *path, gf_error *err)
{
	size_t want = file->header.count > 0 ? file->header.entries[file->header.count - 1].end : 0;
	unsigned char *bytes;
	size_t got;
	gf_status status;

	TRY(read_bytes(&bytes, &got, want, in, path, err));
	if (got < want)
		status = gf_fail(err, GF_E_DATA,
			"%s: the tensors take %zu bytes, but the file has only %zu", path, want,
			got);
	else if (getc(in) != EOF)
		status = gf_fail(err, GF_E_DATA,
			"%s: the tensors take %zu bytes, but the file goes on after them", path,
			want);
	else
		status = decode(file, bytes, path, err);
	free(bytes);
	return status;
}

static gf_status open_input(FILE **in, const char *path, gf_error *err)
{
	struct stat st;

	*in = fopen(path, "rb");
	if (*in && fstat(fileno(*in), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(*in);
		*in = NULL;
		errno = EISDIR;
	}
	if (!*in)
		return gf_fail(err, GF_E_NOINPUT, "%s: cannot open: %s", path, strerror(errno));
	return GF_OK;
}

static gf_status read_file(struct safetensors *file, FILE *in, const char *path, gf_error *err)
{
	TRY(read_header(&file->header, in, path, err));
	return read_values(file, in, path, err);
}

gf_status safetensors_read(struct safetensors **result, const char *path, gf_error *err)
{
	struct safetensors *file;
	FILE *in;
	gf_status status;

	*result = NULL;
	TRY(open_input(&in, path, err));
	file = calloc(1, sizeof *file);
	status = file ? read_file(file, in, path, err) : gf_fail_memory(err, sizeof *file, path);
	fclose(in);
	if (status)
		safetensors_free(file);
	else
		*result = file;
	return status;
}

size_t safetensors_count(const struct safetensors *file)
{
	return file->header.count;
}

const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index)
{
	return &file->header.entries[index].tensor;
}

const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name)
{
	for (size_t i = 0; i < file->header.count; i++)
		if (strcmp(file->header.entries[i].tensor.name, name) == 0)
			return &file->header.entries[i].tensor;
	return NULL;
}

const char *safetensors_metadata(const struct safetensors *file, const char *key)
{
	return json_string_value(
		json_object_get(json_object_get(file->header.json, SAFETENSORS_METADATA), key));
}

void safetensors_free(struct safetensors *file)
{
	if (!file)
		return;
	safetensors_header_free(&file->header);
	free(file->values);
	free(file);
}

/* ---- writing ---- */

static size_t tensor_count(const struct safetensors_tensor *t)
{
	size_t count = 1;

	for (size_t i = 0; i < t->rank; i++)
		count *= t->shape[i];
	return count;
}

/* The tensor's entry in the header; moves *offset on to its end.  NULL: no memory. */
static json_t *describe(const struct safetensors_tensor *t, size_t *offset)
{
	size_t begin = *offset;
	json_t *shape = json_array();

	for (size_t i = 0; shape && i < t->rank; i++)
		shape = json_append(shape, json_integer((json_int_t)t->shape[i]));
	*offset += 4 * tensor_count(t);
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape, "data_offsets",
		(json_int_t)begin, (json_int_t)*offset);
}

/* The header's text, for the caller to free; NULL: no memory. */
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

/* Writes the length in 8 bytes and the header, with spaces up to the alignment. */
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
		size_t chunk = count - i < CHUNK_FLOATS ? count - i : CHUNK_FLOATS;

		for (size_t j = 0; j < chunk; j++) {
			float value = values[i + j];
			uint32_t bits;

			unify_nans(&value, 1);
			bits = bits_of_float(value);
			for (int b = 0; b < 4; b++)
				bytes[4 * j + b] = (unsigned char)(bits >> 8 * b);
		}
		fwrite(bytes, 4, chunk, file);
	}
}

static gf_status write_file(const char *path, const char *header,
	const struct safetensors_tensor *tensors, size_t count, gf_error *err)
{
	struct outfile out;

	if (strlen(header) > SAFETENSORS_HEADER_MAX - ALIGNMENT)
		return gf_fail(err, GF_E_DATA,
			"%s: a header of %zu bytes, but the format allows only %d", path,
			strlen(header), SAFETENSORS_HEADER_MAX);
	TRY(outfile_open(&out, path, err));
	/* The stream remembers a failed write; the commit reports it. */
	write_header(out.file, header);
	for (size_t i = 0; i < count; i++)
		write_values(out.file, tensors[i].values, tensor_count(&tensors[i]));
	return outfile_commit(&out, err);
}

gf_status safetensors_write(const char *path, const struct safetensors_tensor *tensors,
	size_t count, const struct safetensors_pair *metadata, size_t pairs, gf_error *err)
{
	char *header = make_header(tensors, count, metadata, pairs);
	gf_status status;

	if (!header)
		return gf_fail(err, GF_E_MEMORY, "%s: cannot allocate its header", path);
	status = write_file(path, header, tensors, count, err);
	free(header);
	return status;
}

#include "safetensors.h"
#include "error.h"
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CHUNK_BYTES = 1 << 16 /* what is read before the rest is believed to be there */
};

/* A tensor as the header describes it. */
struct entry {
	struct safetensors_tensor tensor;
	enum dtype dtype;
	size_t begin, end; /* bytes, counted from the end of the header */
};

struct safetensors {
	json_t *header;        /* owned; every name and text is in it */
	struct entry *entries; /* owned; (count) by their place in the file */
	size_t count;
	float *values; /* owned; those of all the tensors */
};

/* What a refusal is about. */
struct place {
	const char *path, *tensor;
	gf_error *err;
};

static const char *const KINDS[] = {
	[JSON_OBJECT] = "an object",
	[JSON_ARRAY] = "an array",
	[JSON_STRING] = "a string",
	[JSON_INTEGER] = "an integer",
	[JSON_REAL] = "a real number",
	[JSON_TRUE] = "true",
	[JSON_FALSE] = "false",
	[JSON_NULL] = "null",
};

/* Up to want bytes, and how many there were; NULL: no memory.  Memory grows with what is read,
 * so a length that lies costs nothing. */
static unsigned char *read_up_to(FILE *in, size_t want, size_t *got)
{
	size_t room = want < CHUNK_BYTES ? want : CHUNK_BYTES;
	unsigned char *bytes = malloc(room + 1); /* + 1: never a request for nothing */

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

/* Like read_up_to; that there may be less is for the caller to say. */
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

/* What else a file may be that holds a model. */
static gf_status refuse_others(const unsigned char *bytes, const char *path, gf_error *err)
{
	static const char advice[] = "safetensors is wanted, as safetensors.torch.save_file("
				     "model.state_dict(), \"model.safetensors\") writes it";

	if (memcmp(bytes, "PK\3\4", 4) == 0)
		return gf_fail(err, GF_E_DATA, "%s: a zip archive, as torch.save writes it; %s",
			path, advice);
	if (bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5)
		return gf_fail(err, GF_E_DATA, "%s: a pickle of Python's; %s", path, advice);
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
			"%s: %zu bytes, wanted at least the %d that give the header's length", path,
			got, SAFETENSORS_LENGTH_BYTES);
	*length = 0;
	for (int i = 0; i < SAFETENSORS_LENGTH_BYTES; i++)
		*length |= (uint64_t)bytes[i] << 8 * i;
	if (*length > SAFETENSORS_HEADER_MAX && refuse_others(bytes, path, err))
		return GF_E_DATA;
	if (*length > SAFETENSORS_HEADER_MAX)
		return gf_fail(err, GF_E_DATA,
			"%s: no safetensors file: its first %d bytes say a header of %" PRIu64
			" bytes, wanted at most %d",
			path, SAFETENSORS_LENGTH_BYTES, *length, SAFETENSORS_HEADER_MAX);
	return GF_OK;
}

static gf_status parse_header(
	json_t **header, const unsigned char *text, size_t length, const char *path, gf_error *err)
{
	json_error_t error;

	/* jansson would allow white space before it, the format does not. */
	if (length == 0 || text[0] != '{')
		return gf_fail(err, GF_E_DATA,
			"%s: the header does not begin with '{', wanted a JSON object", path);
	*header = json_loadb((const char *)text, length, JSON_REJECT_DUPLICATES, &error);
	if (*header)
		return GF_OK;
	if (error.text[0] == '\0') /* jansson has no words for a want of memory */
		return gf_fail(err, GF_E_MEMORY, "%s: cannot allocate its header", path);
	return gf_fail(err, GF_E_DATA, "%s: the header is not JSON: %s (at byte %d)", path,
		error.text, SAFETENSORS_LENGTH_BYTES + error.position);
}

static gf_status read_header(json_t **header, FILE *in, const char *path, gf_error *err)
{
	unsigned char *text;
	uint64_t length = 0;
	size_t got;
	gf_status status = read_length(&length, in, path, err);

	if (!status)
		status = read_bytes(&text, &got, (size_t)length, in, path, err);
	if (status)
		return status;
	if (got < length)
		status = gf_fail(err, GF_E_DATA,
			"%s: a header of %" PRIu64 " bytes, but only %zu follow", path, length,
			got);
	else
		status = parse_header(header, text, got, path, err);
	free(text);
	return status;
}

static gf_status check_metadata(json_t *metadata, const char *path, gf_error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(metadata))
		return gf_fail(err, GF_E_DATA, "%s: \"%s\" is %s, wanted an object", path,
			SAFETENSORS_METADATA, KINDS[json_typeof(metadata)]);
	json_object_foreach(metadata, key, value)
	{
		if (!json_is_string(value))
			return gf_fail(err, GF_E_DATA, "%s: \"%s\": \"%s\" is %s, wanted a string",
				path, SAFETENSORS_METADATA, key, KINDS[json_typeof(value)]);
	}
	return GF_OK;
}

static gf_status __attribute__((format(printf, 2, 3)))
refuse(const struct place *at, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return gf_fail(at->err, GF_E_DATA, "%s: tensor \"%s\": %s", at->path, at->tensor, what);
}

/* The member of a tensor's object, when it is there and of that type. */
static gf_status get_member(json_t **member, const json_t *object, const char *key, json_type type,
	const struct place *at)
{
	*member = json_object_get(object, key);
	if (!*member)
		return refuse(at, "no \"%s\"", key);
	if (json_typeof(*member) != type)
		return refuse(at, "\"%s\" is %s, wanted %s", key, KINDS[json_typeof(*member)],
			KINDS[type]);
	return GF_OK;
}

/* An integer from 0 up, as shapes and offsets are. */
static gf_status get_size(
	size_t *size, const json_t *list, size_t index, const char *key, const struct place *at)
{
	const json_t *item = json_array_get(list, index);
	json_int_t value = json_integer_value(item);

	if (!json_is_integer(item))
		return refuse(
			at, "\"%s\" holds %s, wanted an integer", key, KINDS[json_typeof(item)]);
	*size = (size_t)value;
	if (value < 0 || (uint64_t)value != *size)
		return refuse(
			at, "\"%s\" holds %" JSON_INTEGER_FORMAT ", wanted a size", key, value);
	return GF_OK;
}

static gf_status get_dtype(enum dtype *dtype, const json_t *object, const struct place *at)
{
	json_t *word;
	gf_status status = get_member(&word, object, "dtype", JSON_STRING, at);

	if (status)
		return status;
	*dtype = dtype_find(json_string_value(word));
	if (*dtype != DTYPE_COUNT)
		return GF_OK;
	return refuse(at, "dtype %s, wanted F32, F64, F16 or BF16", json_string_value(word));
}

/* The shape, and *bytes, which is those of a number, times as many. */
static gf_status get_shape(struct safetensors_tensor *tensor, size_t *bytes, const json_t *object,
	const struct place *at)
{
	json_t *shape;
	gf_status status = get_member(&shape, object, "shape", JSON_ARRAY, at);

	if (status)
		return status;
	tensor->rank = json_array_size(shape);
	if (tensor->rank > SAFETENSORS_RANK)
		return refuse(at, "a shape of %zu dimensions, wanted at most %d", tensor->rank,
			SAFETENSORS_RANK);
	for (size_t i = 0; i < tensor->rank; i++) {
		status = get_size(&tensor->shape[i], shape, i, "shape", at);
		if (status)
			return status;
		if (tensor->shape[i] > 0 && *bytes > SIZE_MAX / tensor->shape[i])
			return refuse(at, "a shape of more numbers than memory can hold");
		*bytes *= tensor->shape[i];
	}
	return GF_OK;
}

static gf_status get_offsets(
	struct entry *entry, size_t bytes, const json_t *object, const struct place *at)
{
	static const char key[] = "data_offsets";
	json_t *offsets;
	char shape[SAFETENSORS_SHAPE_TEXT];
	gf_status status = get_member(&offsets, object, key, JSON_ARRAY, at);

	if (status)
		return status;
	if (json_array_size(offsets) != 2)
		return refuse(
			at, "\"%s\" holds %zu numbers, wanted 2", key, json_array_size(offsets));
	status = get_size(&entry->begin, offsets, 0, key, at);
	if (!status)
		status = get_size(&entry->end, offsets, 1, key, at);
	if (status)
		return status;
	if (entry->begin > entry->end)
		return refuse(at, "\"%s\" [%zu, %zu] run backwards", key, entry->begin, entry->end);
	if (entry->end - entry->begin != bytes)
		return refuse(at, "\"%s\" span %zu bytes, but the shape %s takes %zu", key,
			entry->end - entry->begin, safetensors_shape(&entry->tensor, shape), bytes);
	return GF_OK;
}

static gf_status read_entry(struct entry *entry, const char *name, const json_t *object,
	const char *path, gf_error *err)
{
	struct place at = {path, name, err};
	size_t bytes;
	gf_status status;

	if (!json_is_object(object))
		return refuse(&at, "is %s, wanted an object", KINDS[json_typeof(object)]);
	entry->tensor.name = name;
	status = get_dtype(&entry->dtype, object, &at);
	if (status)
		return status;
	bytes = dtype_bytes(entry->dtype);
	status = get_shape(&entry->tensor, &bytes, object, &at);
	if (!status)
		status = get_offsets(entry, bytes, object, &at);
	return status;
}

static gf_status read_entries(struct safetensors *file, const char *path, gf_error *err)
{
	size_t bytes = json_object_size(file->header) * sizeof *file->entries;
	const char *name;
	json_t *object;
	gf_status status = GF_OK;

	file->entries = calloc(1, bytes + 1); /* + 1: never a request for nothing */
	if (!file->entries)
		return gf_fail_memory(err, bytes, "the list of tensors");
	json_object_foreach(file->header, name, object)
	{
		if (strcmp(name, SAFETENSORS_METADATA) == 0)
			status = check_metadata(object, path, err);
		else
			status = read_entry(&file->entries[file->count++], name, object, path, err);
		if (status)
			return status;
	}
	return GF_OK;
}

/* An empty tensor comes before the one that begins at the same byte. */
static int by_place(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

/* Sorts the tensors, and checks that each begins where the one before it ends. */
static gf_status check_layout(struct safetensors *file, const char *path, gf_error *err)
{
	size_t end = 0;

	qsort(file->entries, file->count, sizeof *file->entries, by_place);
	for (size_t i = 0; i < file->count; i++) {
		const struct entry *entry = &file->entries[i];
		struct place at = {path, entry->tensor.name, err};

		if (entry->begin != end)
			return refuse(&at,
				"begins at byte %zu, wanted %zu, where the one before it ends",
				entry->begin, end);
		end = entry->end;
	}
	return GF_OK;
}

static size_t numbers_in(const struct entry *entry)
{
	return (entry->end - entry->begin) / dtype_bytes(entry->dtype);
}

/* Little-endian bytes become floats. */
static gf_status decode(
	struct safetensors *file, const unsigned char *bytes, const char *path, gf_error *err)
{
	size_t count = 0;
	float *at;

	for (size_t i = 0; i < file->count; i++)
		count += numbers_in(&file->entries[i]);
	file->values = at = malloc((count + 1) * sizeof *at); /* + 1: never a request for nothing */
	if (!at)
		return gf_fail_memory(err, count * sizeof *at, path);
	for (size_t i = 0; i < file->count; i++) {
		struct entry *entry = &file->entries[i];

		entry->tensor.values = at;
		for (size_t j = 0; j < numbers_in(entry); j++)
			*at++ = dtype_number(
				bytes + entry->begin + j * dtype_bytes(entry->dtype), entry->dtype);
	}
	return GF_OK;
}

static gf_status read_values(struct safetensors *file, FILE *in, const char *path, gf_error *err)
{
	size_t want = file->count > 0 ? file->entries[file->count - 1].end : 0;
	unsigned char *bytes;
	size_t got;
	gf_status status = read_bytes(&bytes, &got, want, in, path, err);

	if (status)
		return status;
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

gf_status safetensors_read(struct safetensors **result, const char *path, gf_error *err)
{
	struct safetensors *file;
	FILE *in;
	gf_status status = open_input(&in, path, err);

	*result = NULL;
	if (status)
		return status;
	file = calloc(1, sizeof *file);
	status = file ? read_header(&file->header, in, path, err)
		      : gf_fail_memory(err, sizeof *file, path);
	if (!status)
		status = read_entries(file, path, err);
	if (!status)
		status = check_layout(file, path, err);
	if (!status)
		status = read_values(file, in, path, err);
	fclose(in);
	if (status)
		safetensors_free(file);
	else
		*result = file;
	return status;
}

size_t safetensors_count(const struct safetensors *file)
{
	return file->count;
}

const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index)
{
	return &file->entries[index].tensor;
}

const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name)
{
	for (size_t i = 0; i < file->count; i++)
		if (strcmp(file->entries[i].tensor.name, name) == 0)
			return &file->entries[i].tensor;
	return NULL;
}

const char *safetensors_metadata(const struct safetensors *file, const char *key)
{
	return json_string_value(
		json_object_get(json_object_get(file->header, SAFETENSORS_METADATA), key));
}

const char *safetensors_shape(
	const struct safetensors_tensor *tensor, char text[SAFETENSORS_SHAPE_TEXT])
{
	char *end = text;

	*end++ = '(';
	for (size_t i = 0; i < tensor->rank; i++)
		end += sprintf(end, i ? ", %zu" : "%zu", tensor->shape[i]);
	strcpy(end, ")");
	return text;
}

void safetensors_free(struct safetensors *file)
{
	if (!file)
		return;
	json_decref(file->header);
	free(file->entries);
	free(file->values);
	free(file);
}

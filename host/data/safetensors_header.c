#include "safetensors_header.h"
#include "error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tensor that an error is about. */
struct tensor_place {
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

static const struct {
	const char *word;
	size_t bytes;
} DTYPES[DTYPE_COUNT] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}};

/* DTYPE_COUNT: another type. */
static enum dtype dtype_find(const char *word)
{
	enum dtype dtype = DTYPE_F32;

	while (dtype < DTYPE_COUNT && strcmp(word, DTYPES[dtype].word) != 0)
		dtype++;
	return dtype;
}

size_t dtype_bytes(enum dtype dtype)
{
	return DTYPES[dtype].bytes;
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
refuse(const struct tensor_place *at, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return gf_fail(at->err, GF_E_DATA, "%s: tensor \"%s\": %s", at->path, at->tensor, what);
}

/* ---- tensors ---- */

/* The member of a tensor's object, which must exist and have that type. */
static gf_status get_member(json_t **member, const json_t *object, const char *key, json_type type,
	const struct tensor_place *at)
{
	*member = json_object_get(object, key);
	if (!*member)
		return refuse(at, "no \"%s\"", key);
	if (json_typeof(*member) != type)
		return refuse(at, "\"%s\" is %s, wanted %s", key, KINDS[json_typeof(*member)],
			KINDS[type]);
	return GF_OK;
}

/* Reads an item of a shape or of offsets: an integer, 0 or above. */
static gf_status get_size(size_t *size, const json_t *list, size_t index, const char *key,
	const struct tensor_place *at)
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

static gf_status get_dtype(enum dtype *dtype, const json_t *object, const struct tensor_place *at)
{
	json_t *word;

	TRY(get_member(&word, object, "dtype", JSON_STRING, at));
	*dtype = dtype_find(json_string_value(word));
	if (*dtype != DTYPE_COUNT)
		return GF_OK;
	return refuse(at, "dtype %s, wanted F32, F64, F16 or BF16", json_string_value(word));
}

/* Reads the shape and multiplies *bytes, the size of one number, by their count. */
static gf_status get_shape(struct safetensors_tensor *tensor, size_t *bytes, const json_t *object,
	const struct tensor_place *at)
{
	json_t *shape;

	TRY(get_member(&shape, object, "shape", JSON_ARRAY, at));
	tensor->rank = json_array_size(shape);
	if (tensor->rank > SAFETENSORS_RANK)
		return refuse(at, "a shape of %zu dimensions, wanted at most %d", tensor->rank,
			SAFETENSORS_RANK);
	for (size_t i = 0; i < tensor->rank; i++) {
		TRY(get_size(&tensor->shape[i], shape, i, "shape", at));
		if (tensor->shape[i] > 0 && *bytes > SIZE_MAX / tensor->shape[i])
			return refuse(at, "a shape of more numbers than memory can hold");
		*bytes *= tensor->shape[i];
	}
	return GF_OK;
}

static gf_status get_offsets(struct safetensors_entry *entry, size_t bytes, const json_t *object,
	const struct tensor_place *at)
{
	static const char key[] = "data_offsets";
	json_t *offsets;
	char shape[SAFETENSORS_SHAPE_TEXT];

	TRY(get_member(&offsets, object, key, JSON_ARRAY, at));
	if (json_array_size(offsets) != 2)
		return refuse(
			at, "\"%s\" holds %zu numbers, wanted 2", key, json_array_size(offsets));
	TRY(get_size(&entry->begin, offsets, 0, key, at));
	TRY(get_size(&entry->end, offsets, 1, key, at));
	if (entry->begin > entry->end)
		return refuse(at, "\"%s\" [%zu, %zu] run backwards", key, entry->begin, entry->end);
	if (entry->end - entry->begin != bytes)
		return refuse(at, "\"%s\" span %zu bytes, but the shape %s takes %zu", key,
			entry->end - entry->begin, safetensors_shape(&entry->tensor, shape), bytes);
	return GF_OK;
}

static gf_status read_entry(struct safetensors_entry *entry, const char *name, const json_t *object,
	const char *path, gf_error *err)
{
	struct tensor_place at = {path, name, err};
	size_t bytes;

	if (!json_is_object(object))
		return refuse(&at, "is %s, wanted an object", KINDS[json_typeof(object)]);
	entry->tensor.name = name;
	TRY(get_dtype(&entry->dtype, object, &at));
	bytes = dtype_bytes(entry->dtype);
	TRY(get_shape(&entry->tensor, &bytes, object, &at));
	return get_offsets(entry, bytes, object, &at);
}

static gf_status read_entries(struct safetensors_header *header, const char *path, gf_error *err)
{
	size_t bytes = json_object_size(header->json) * sizeof *header->entries;
	const char *name;
	json_t *object;

	header->entries = calloc(1, bytes + 1); /* + 1: calloc(0) may return NULL */
	if (!header->entries)
		return gf_fail_memory(err, bytes, "the list of tensors");
	json_object_foreach(header->json, name, object)
	{
		if (strcmp(name, SAFETENSORS_METADATA) == 0)
			TRY(check_metadata(object, path, err));
		else
			TRY(read_entry(&header->entries[header->count++], name, object, path, err));
	}
	return GF_OK;
}

/* Orders tensors by their first byte; an empty tensor comes before one that begins with it. */
static int by_begin(const void *left, const void *right)
{
	const struct safetensors_entry *a = left, *b = right;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

/* Sorts the tensors, and checks that each begins where the one before it ends. */
static gf_status check_layout(struct safetensors_header *header, const char *path, gf_error *err)
{
	size_t end = 0;

	qsort(header->entries, header->count, sizeof *header->entries, by_begin);
	for (size_t i = 0; i < header->count; i++) {
		const struct safetensors_entry *entry = &header->entries[i];
		struct tensor_place at = {path, entry->tensor.name, err};

		if (entry->begin != end)
			return refuse(&at,
				"begins at byte %zu, wanted %zu, where the tensor before it ends",
				entry->begin, end);
		end = entry->end;
	}
	return GF_OK;
}

static gf_status parse_json(
	json_t **json, const unsigned char *text, size_t length, const char *path, gf_error *err)
{
	json_error_t error;

	/* jansson allows white space before the object; the format does not. */
	if (length == 0 || text[0] != '{')
		return gf_fail(err, GF_E_DATA,
			"%s: the header does not begin with '{', wanted a JSON object", path);
	*json = json_loadb((const char *)text, length, JSON_REJECT_DUPLICATES, &error);
	if (*json)
		return GF_OK;
	if (error.text[0] == '\0') /* jansson has no message for a lack of memory */
		return gf_fail(err, GF_E_MEMORY, "%s: cannot allocate its header", path);
	return gf_fail(err, GF_E_DATA, "%s: the header is not JSON: %s (at byte %d)", path,
		error.text, SAFETENSORS_LENGTH_BYTES + error.position);
}

gf_status safetensors_header_read(struct safetensors_header *header, const unsigned char *text,
	size_t length, const char *path, gf_error *err)
{
	TRY(parse_json(&header->json, text, length, path, err));
	TRY(read_entries(header, path, err));
	return check_layout(header, path, err);
}

void safetensors_header_free(struct safetensors_header *header)
{
	json_decref(header->json);
	free(header->entries);
}

#include "json.h"
#include "error.h"
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *json_number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_append(json_t *array, json_t *item)
{
	if (json_array_append_new(array, item) == 0)
		return array;
	json_decref(array);
	return NULL;
}

json_t *json_floats(const float *values, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < count; i++)
		array = json_append(array, json_number(values[i]));
	return array;
}

json_t *json_doubles(const double *values, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < count; i++)
		array = json_append(array, json_number(values[i]));
	return array;
}

json_t *json_rows(const float *values, size_t rows, size_t columns)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < rows; i++)
		array = json_append(array, json_floats(values + i * columns, columns));
	return array;
}

json_t *json_text(const char *text)
{
	size_t left = strlen(text);
	/* A byte that is not UTF-8 becomes three bytes. */
	char *clean = left < SIZE_MAX / 3 ? malloc(3 * left + 1) : NULL;
	char *end = clean;

	if (!clean)
		return NULL;
	while (left > 0) {
		size_t length = utf8_length(text, left);
		size_t used = length ? length : 1;

		memcpy(end, length ? text : "\xef\xbf\xbd", length ? length : 3);
		end += length ? length : 3;
		text += used;
		left -= used;
	}

	json_t *string = json_stringn_nocheck(clean, (size_t)(end - clean));

	free(clean);
	return string;
}

char *json_compact(const json_t *json)
{
	return json_compact_digits(json, 17);
}

char *json_compact_digits(const json_t *json, size_t digits)
{
	const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(digits);
	size_t length = json_dumpb(json, NULL, 0, flags);
	char *text = length > 0 ? malloc(length + 1) : NULL;

	if (text && json_dumpb(json, text, length, flags) == length) {
		text[length] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

gf_status json_line(json_t *json, FILE *file, const char *path, gf_error *err)
{
	if (!json)
		return gf_fail(err, GF_E_MEMORY, "%s: cannot allocate a line of JSON", path);

	errno = 0;
	int failed =
		json_dumpf(json, file, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9)) ||
		putc('\n', file) == EOF;
	int code = errno ? errno : EIO;

	json_decref(json);
	if (failed)
		return gf_fail(err, GF_E_IO, "%s: cannot write: %s", path, strerror(code));
	return GF_OK;
}

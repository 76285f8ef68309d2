/*
 * json.h: makes and writes JSON: the log, the report, the header of a model file.
 *
 * A function that makes JSON returns NULL if memory runs out, as jansson's do, and jansson's
 * constructors return NULL if an argument is NULL.  So a line is built without a check at each
 * step; json_line makes the NULL an error.
 */
#ifndef GF_JSON_H
#define GF_JSON_H

#include "gpufitcl.h"

#include <jansson.h>
#include <stdio.h>

/* A number; null for infinity and NaN, which JSON does not have. */
json_t *json_number(double value);

/* Appends item, takes ownership of it, and returns array.  If either is NULL or memory runs out,
 * frees both and returns NULL. */
json_t *json_append(json_t *array, json_t *item);

/* Lists of values (count). */
json_t *json_floats(const float *values, size_t count);
json_t *json_doubles(const double *values, size_t count);

/* A list of lists of values (rows, columns) row-major. */
json_t *json_rows(const float *values, size_t rows, size_t columns);

/* A string.  Each byte that is not UTF-8 becomes U+FFFD, since JSON has no other encoding. */
json_t *json_text(const char *text);

/* The shortest text of json, to be freed; NULL if json is NULL or memory runs out.  json_dumps
 * would leave out a key for which it finds no memory. */
char *json_compact(const json_t *json);

/* Like json_compact, but writes real numbers with that many digits: 9 digits read back as the same
 * float, 17 as the same double. */
char *json_compact_digits(const json_t *json, size_t digits);

/* Writes json as one line, with keys in the order they were set, and numbers of nine digits, which
 * read back as the same float.  Takes ownership of json, also when it fails; path only names the
 * file in the message.  GF_E_IO; GF_E_MEMORY: json is NULL. */
gf_status json_line(json_t *json, FILE *file, const char *path, gf_error *err);

#endif

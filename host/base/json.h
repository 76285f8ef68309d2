/*
 * json.h: makes and writes JSON: the log, the report, the header of a model file.
 *
 * Where memory runs out these give NULL, as jansson does, and jansson's own
 * constructors pass a NULL on; json_line is where it becomes an error.  So a
 * line is built without a check at each step.
 */
#ifndef GF_JSON_H
#define GF_JSON_H

#include "gpufitcl.h"

#include <jansson.h>
#include <stdio.h>

/* JSON has no infinity and no NaN: they are null. */
json_t *json_number(double value);

/* values (count) */
json_t *json_floats(const float *values, size_t count);

/* values (rows, columns) row-major: a list of lists */
json_t *json_rows(const float *values, size_t rows, size_t columns);

/* A string; each byte that is not UTF-8 becomes U+FFFD, since JSON has no other encoding. */
json_t *json_text(const char *text);

/* json in its shortest form, to be freed; NULL where json is, or where memory runs out.  Not
 * json_dumps: that leaves out a key that it finds no room for. */
char *json_compact(const json_t *json);

/* Like json_compact, with that many digits of each real number: 9 read back as the same
 * float, 17 as the same double. */
char *json_compact_digits(const json_t *json, size_t digits);

/* Writes json as one line, its keys in the order they were set, numbers with
 * the nine digits that a float needs to be read back the same.  Takes json
 * over, also when it fails; path only names the file in the message.
 * GF_E_IO; GF_E_MEMORY where json is NULL. */
gf_status json_line(json_t *json, FILE *file, const char *path, gf_error *err);

#endif

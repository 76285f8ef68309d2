/* print.h: results as JSON or CSV. */
#ifndef GF_PRINT_H
#define GF_PRINT_H

#include <jansson.h>
#include <stdio.h>

/* One line on standard output; takes json over.  The exit code: what standard
 * output did not take is left to main, which says it once. */
int print_json(json_t *json);

/* Text from files or users, with nothing in it that a terminal would obey, on standard output. */
void print_clean(const char *text);

/* A field of CSV, in quotes where it needs them. */
void print_csv_field(FILE *file, const char *text);

#endif

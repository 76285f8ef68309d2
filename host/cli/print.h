/* print.h: results as JSON or CSV, and names out of files, which may hold anything, on a terminal. */
#ifndef GF_PRINT_H
#define GF_PRINT_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* One line on standard output; takes json over.  The exit code: what standard
 * output did not take is left to main, which says it once. */
int print_json(json_t *json);

/* Text from files or users, with nothing in it that a terminal would obey, on standard output. */
void print_clean(const char *text);

/* A field of CSV, in quotes where it needs them. */
void print_csv_field(FILE *file, const char *text);

enum { NAME_WIDTH = 24, NARROW_NAME = 11, NAME_BYTES = 3 * NAME_WIDTH };

struct name {
	char text[NAME_BYTES + 3];
};

/* At most width (up to NAME_WIDTH) columns, the rest as ".."; no control characters, which the
 * terminal would obey. */
struct name name_format(const char *name, size_t width);

/* The columns that UTF-8 text takes on a terminal. */
size_t name_width(const char *text);

#endif

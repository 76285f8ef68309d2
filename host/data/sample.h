/*
 * sample.h: the first rows of a text.  They tell which delimiter separates the fields, and what
 * kind of value each column holds.
 */
#ifndef GF_SAMPLE_H
#define GF_SAMPLE_H

#include "read_options.h"
#include "texts.h"

/* The sample ends at either limit, but has at least three rows where the text has them. */
enum { SAMPLE_ROWS = 50, SAMPLE_BYTES = 1 << 16 };

/* All zeros is an empty sample. */
struct sample {
	struct texts fields;      /* owned; of all rows, one after another */
	size_t ends[SAMPLE_ROWS]; /* (rows) the number of fields up to the end of each row */
	size_t rows;
	char delimiter;
};

/* Finds the delimiter among comma, tab, semicolon, bar and space that divides the first rows into
 * equally many fields; it is a comma where none does.  Blank lines and comments do not count.  The
 * text must be followed by a NUL; it is not changed. */
char sample_delimiter(char *text, size_t length, const struct read_options *options);

/* Divides the first rows into fields.  Returns 0, or -1 where memory runs out. */
int sample_take(struct sample *sample, char *text, size_t length, char delimiter,
	const struct read_options *options);

/* The number of fields in a row. */
size_t sample_width(const struct sample *sample, size_t row);

/* A field without its quotes and the blanks around it; "" where the row is too short. */
const char *sample_field(const struct sample *sample, size_t row, size_t column);

/* The width that all rows after the first have; 0 where they differ, or where there are none. */
size_t sample_rest_width(const struct sample *sample);

/* 1 where text begins with the comment mark of options, perhaps after blanks. */
int sample_is_comment(const char *text, size_t length, const struct read_options *options);

void sample_free(struct sample *sample);

#endif

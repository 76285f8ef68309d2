/*
 * sample.h: the first records of a text.  They tell which delimiter separates the fields, and
 * what kind of value each column holds.
 */
#ifndef GF_SAMPLE_H
#define GF_SAMPLE_H

#include "table_read.h"
#include "texts.h"

enum { SAMPLE_RECORDS = 50, SAMPLE_BYTES = 1 << 16 /* three records in any case */ };

/* All zeros: none. */
struct sample {
	struct texts fields; /* owned */
	size_t ends[SAMPLE_RECORDS];
	size_t records;
	char delimiter;
};

/* The delimiter of , tab ; | and space that divides the first records into equally many fields;
 * blank lines and comments do not count.  A comma where there is none.  A NUL follows the text,
 * which stays as it is. */
char sample_delimiter(char *text, size_t length, const struct read_options *options);

/* The first records, divided by that.  0, or -1 where memory runs out. */
int sample_take(struct sample *sample, char *text, size_t length, char delimiter,
	const struct read_options *options);

/* The fields of a record. */
size_t sample_width(const struct sample *sample, size_t record);

/* A field without its quotes and the blanks around it; "" where the record has none there. */
const char *sample_field(const struct sample *sample, size_t record, size_t column);

/* The width of all records after the first, or 0 where they differ or there are none. */
size_t sample_rest_width(const struct sample *sample);

/* 1 where text begins with the comment of options, blanks before it aside. */
int sample_is_comment(const char *text, size_t length, const struct read_options *options);

void sample_free(struct sample *sample);

#endif

/* header.h: whether line 1 names the columns, and which columns are none of the table. */
#ifndef GF_HEADER_H
#define GF_HEADER_H

#include "columns.h"
#include "table_read.h"
#include "sample.h"

#include <locale.h>

struct header {
	const struct read_options *options; /* borrowed, as all here */
	const struct sample *sample;
	const char *name; /* of the file */
	size_t line;      /* of the first row */
	locale_t c_locale;
	gf_error *err;
};

/* first holds the first row's fields.  Makes columns->header, path, line, names and index:
 * an empty last name that has nothing below it is left out, and row names without a name get
 * one.  GF_E_DATA: names and data cannot be told apart. */
gf_status header_find(const struct header *h, const struct texts *first, struct columns *columns);

/* Says what the user should know of it, once the columns have been chosen. */
void header_notices(
	const struct header *h, const struct texts *first, const struct columns *columns);

#endif

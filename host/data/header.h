/* header.h: decides whether the first row names the columns, and which columns only name rows. */
#ifndef GF_HEADER_H
#define GF_HEADER_H

#include "columns.h"
#include "read_options.h"
#include "sample.h"

#include <locale.h>

/* What the decision rests on. */
struct header_finder {
	const struct read_options *options; /* borrowed, as all here */
	const struct sample *sample;
	const struct texts *first; /* the fields of the first row */
	struct data_place place;   /* the line of the first row */
	locale_t c_locale;
	gf_error *err;
};

/* Fills columns->header, line, names, has_row_names and found_tabs.  An empty last name above an
 * empty column is left out, and a column of row names that has no name gets one.
 * GF_E_DATA: names and data cannot be told apart. */
gf_status header_find(const struct header_finder *h, struct columns *columns);

/* Tells the user what was decided, once the columns have been chosen. */
void header_notices(const struct header_finder *h, const struct columns *columns);

#endif

/* advice.h: what is odd about a field that is no number, and what helps. */
#ifndef GF_ADVICE_H
#define GF_ADVICE_H

#include "csv.h"

enum { ADVICE_ROOM = 320 };

/* A sentence's end such as "; --decimal , reads a decimal comma", or "" where nothing is known.
 * line is the field's. */
const char *advice_of(
	char advice[ADVICE_ROOM], const char *text, size_t line, const struct csv_options *options);

#endif

/* values.h: the text of an option becomes a number, a word or a name, or is refused. */
#ifndef GF_VALUES_H
#define GF_VALUES_H

#include "options.h"

/* Stores text in the field of that option.  False: wanted (wanted_size) says in words what
 * would have been accepted. */
bool value_store(struct options *options, enum option option, const char *text, char *wanted,
	size_t wanted_size);

#endif

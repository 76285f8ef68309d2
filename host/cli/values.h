/* values.h: the text of an option becomes a number, a word or a name, or is refused. */
#ifndef GF_VALUES_H
#define GF_VALUES_H

#include "options.h"

/* Stores what stood after that option, options->texts of it, where it belongs.  False: wanted
 * (wanted_size) says in words what would have been accepted. */
bool value_store(struct options *options, enum option option, char *wanted, size_t wanted_size);

#endif

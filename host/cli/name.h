/* name.h: the names of columns, which come out of files and may hold anything, on a terminal. */
#ifndef GF_NAME_H
#define GF_NAME_H

#include <stddef.h>

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

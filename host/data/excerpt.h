/*
 * excerpt.h: text from a file as a message shows it: in quotes, cut when long,
 * with nothing in it that a terminal would obey.
 *
 *	gf_fail(err, GF_E_DATA, "not a number: %s", excerpt_of(text, length).text);
 */
#ifndef GF_EXCERPT_H
#define GF_EXCERPT_H

#include <stddef.h>

enum {
	EXCERPT_BYTES = 40,                   /* shown of a longer text */
	EXCERPT_ROOM = 4 * EXCERPT_BYTES + 8, /* each byte as \xNN, quotes, dots, the end */
};

struct excerpt {
	char text[EXCERPT_ROOM];
};

/* "abc", "a\"b", "a\x1b", "the first forty bytes"... */
struct excerpt excerpt_of(const char *text, size_t length);

#endif

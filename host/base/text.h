/* text.h: text that comes from files and users: where its characters end, though it may not be
 * UTF-8 at all, and how a message may show it. */
#ifndef GF_TEXT_H
#define GF_TEXT_H

#include <stddef.h>

/* A part of a longer text, without a NUL at its end. */
struct slice {
	const char *at; /* borrowed */
	size_t length;
};

/* Returns 1 if slice equals word. */
int slice_is(struct slice slice, const char *word);

/* The bytes of the character at text (left), or 0 where none is: left is 0, or the bytes are
 * no UTF-8. */
size_t utf8_length(const char *text, size_t left);

/* Like utf8_length, but returns 0 also for a control character (C0, DEL, C1), which a terminal
 * obeys, and for one that changes the direction of text, which makes a line read as another one. */
size_t utf8_shown(const char *text, size_t left);

/* 1 where all of text is UTF-8. */
int utf8_valid(const char *text, size_t length);

/* Copies text into out (room, 1 or more), cut where it does not fit.  Bytes that are no UTF-8, and
 * characters that a terminal obeys, become \n, \t or \xNN.  A newline with two blanks after it
 * stays: so do messages list things, and no line that text brings along can be taken for another
 * message. */
void clean_text(char *out, size_t room, const char *text);

/* Text from a file as a message quotes it: in quotes, cut when long, with nothing in it that a
 * terminal would obey.
 *
 *	gf_fail(err, GF_E_DATA, "not a number: %s", quote_of(text, length).text);
 */

enum {
	QUOTE_BYTES = 40,                 /* shown of a longer text */
	QUOTE_ROOM = 4 * QUOTE_BYTES + 8, /* each byte as \xNN, quotes, dots, the end */
};

struct quote {
	char text[QUOTE_ROOM];
};

/* "abc", "a\"b", "a\x1b", "the first forty bytes"... */
struct quote quote_of(const char *text, size_t length);

/* Quotes a text that ends in a NUL. */
struct quote quote_text(const char *text);

enum { QUOTE_LIST_ITEMS = 8 /* shown of a longer list */ };

/* A list in a message: "a", "b" and 3 more.  All zeros: empty. */
struct quote_list {
	char text[QUOTE_LIST_ITEMS * (QUOTE_ROOM + 2) + 40];
	size_t count, used;
};

void quote_list_add(struct quote_list *list, const char *item);

/* The list, once all of its items have been added. */
const char *quote_list_text(struct quote_list *list);

#endif

/* utf8.h: where characters end, in text that may not be UTF-8 at all. */
#ifndef GF_UTF8_H
#define GF_UTF8_H

#include <stddef.h>

/* The bytes of the character at text (left), or 0 where none is: left is 0, or the bytes are
 * no UTF-8. */
size_t utf8_length(const char *text, size_t left);

/* Like utf8_length, but returns 0 also for a control character (C0, DEL, C1), which a terminal
 * obeys, and for one that changes the direction of text, which makes a line read as another one. */
size_t utf8_shown(const char *text, size_t left);

/* 1 where all of text is UTF-8. */
int utf8_valid(const char *text, size_t length);

#endif

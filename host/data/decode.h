/* decode.h: text of other encodings made into UTF-8. */
#ifndef GF_DECODE_H
#define GF_DECODE_H

#include "gpufitcl.h"

#include <stddef.h>

enum charset { CHARSET_UTF8, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_LATIN1 };

enum { DECODE_MOST = 4 /* bytes of UTF-8 from one step */ };

/* What a text is written in that begins so, and the length of its mark in *mark: UTF-16 is known
 * by its mark, or by the zeros between the first characters. */
enum charset charset_of(const char *bytes, size_t count, gf_encoding encoding, size_t *mark);

/* Decodes the characters of from (count) to to (room) while there is room for DECODE_MOST bytes.
 * Returns how many bytes it took, and in *made how many it made.  A character that the end cuts
 * off is left, unless last; half a pair becomes U+FFFD. */
size_t decode(char *to, size_t room, size_t *made, const char *from, size_t count, int last,
	enum charset charset);

#endif

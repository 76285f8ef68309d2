/* charset.h: tells the encoding of a text, and decodes it to UTF-8. */
#ifndef GF_CHARSET_H
#define GF_CHARSET_H

#include "gpufitcl.h"

#include <stddef.h>

enum charset { CHARSET_UTF8, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_LATIN1 };

enum { CHARACTER_BYTES = 4 /* of the longest character in UTF-8 */ };

/* Tells the encoding of a text from its first bytes, and sets *mark to the length of its byte order
 * mark. */
enum charset charset_of(const char *bytes, size_t count, gf_encoding encoding, size_t *mark);

/* Decodes characters while there is room for one more.  Returns how many bytes of from (count) have
 * been read, and sets *written to the bytes of UTF-8 in to (room).  A character that the end cuts
 * off is not read, unless these are the last bytes; half a surrogate pair becomes U+FFFD. */
size_t charset_decode(char *to, size_t room, size_t *written, const char *from, size_t count,
	int last, enum charset charset);

#endif

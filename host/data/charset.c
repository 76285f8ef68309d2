#include "charset.h"

#include <stdint.h>
#include <string.h>

/* ---- which encoding ---- */

enum {
	GUESS_BYTES = 64,     /* so many first bytes tell the encoding */
	REPLACEMENT = 0xfffd, /* the character that stands for bytes that are not UTF-16 */
};

/* Counts the zeros at every other place. */
static size_t count_zeros(const char *bytes, size_t count, size_t first)
{
	size_t zeros = 0;

	for (size_t i = first; i < count; i += 2)
		zeros += bytes[i] == 0;
	return zeros;
}

/* high: the place of the upper byte of each character, 0 or 1.  Half of them must be zeros: digits
 * and delimiters have them, and names may have letters without. */
static int is_utf16(const char *bytes, size_t count, size_t high)
{
	return count >= 4 && count_zeros(bytes, count, 1 - high) == 0 &&
	       2 * count_zeros(bytes, count, high) >= count / 2;
}

/* UTF-16 without a byte order mark has zeros between the first characters. */
enum charset charset_of(const char *bytes, size_t count, gf_encoding encoding, size_t *mark)
{
	size_t guessed = (count < GUESS_BYTES ? count : GUESS_BYTES) & ~(size_t)1;

	*mark = 0;
	if (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		*mark = 3;
		return CHARSET_UTF8;
	}
	if (count >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0) {
		*mark = 2;
		return CHARSET_UTF16LE;
	}
	if (count >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0) {
		*mark = 2;
		return CHARSET_UTF16BE;
	}
	if (is_utf16(bytes, guessed, 1))
		return CHARSET_UTF16LE;
	if (is_utf16(bytes, guessed, 0))
		return CHARSET_UTF16BE;
	return encoding == GF_ENCODING_latin1 ? CHARSET_LATIN1 : CHARSET_UTF8;
}

/* ---- characters ---- */

/* Writes the character as UTF-8, and returns its length. */
static size_t put_character(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t unit_at(const char *from, enum charset charset)
{
	const unsigned char *b = (const unsigned char *)from;

	return charset == CHARSET_UTF16LE ? b[0] | (uint32_t)b[1] << 8 : b[1] | (uint32_t)b[0] << 8;
}

/* Reads one character of UTF-16.  Returns its length, or 0 where the rest of it must be read first,
 * which cannot be if these are the last bytes. */
static size_t take_utf16(
	uint32_t *c, const char *from, size_t count, int last, enum charset charset)
{
	uint32_t low;

	*c = REPLACEMENT;
	if (count < 2)
		return last ? count : 0;
	*c = unit_at(from, charset);
	if (*c < 0xd800 || *c > 0xdfff)
		return 2;
	if (*c < 0xdc00 && count < 4 && !last)
		return 0;
	low = *c < 0xdc00 && count >= 4 ? unit_at(from + 2, charset) : 0;
	if (low < 0xdc00 || low > 0xdfff) {
		*c = REPLACEMENT;
		return 2;
	}
	*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	return 4;
}

/* The character of a Latin-1 byte.  Control characters from 0x80 on are those of Windows-1252,
 * which most such files are. */
static uint32_t latin1_character(unsigned char byte)
{
	static const uint16_t windows[32] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020,
		0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018,
		0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153,
		0x9d, 0x17e, 0x178};

	return byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
}

size_t charset_decode(char *to, size_t room, size_t *written, const char *from, size_t count,
	int last, enum charset charset)
{
	size_t done = 0, length = 1;
	uint32_t c;

	*written = 0;
	while (done < count && length > 0 && room - *written >= CHARACTER_BYTES) {
		if (charset == CHARSET_LATIN1)
			c = latin1_character((unsigned char)from[done]);
		else
			length = take_utf16(&c, from + done, count - done, last, charset);
		done += length;
		if (length > 0)
			*written += put_character(to + *written, c);
	}
	return done;
}

#include "text.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int slice_is(struct slice slice, const char *word)
{
	return slice.length == strlen(word) && memcmp(slice.at, word, slice.length) == 0;
}

/* ---- characters ---- */

/* The sequences that a lead byte may begin.  The bounds of the second byte exclude spellings that
 * are longer than necessary, halves of a UTF-16 pair, and code points above U+10FFFF. */
static const struct sequence {
	unsigned char first, last; /* of the lead byte */
	unsigned char length;      /* bytes in all */
	unsigned char low, high;   /* of the second byte */
} sequences[] = {
	{0x00, 0x7f, 1, 0x00, 0x00},
	{0xc2, 0xdf, 2, 0x80, 0xbf},
	{0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf},
	{0xed, 0xed, 3, 0x80, 0x9f},
	{0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf},
	{0xf1, 0xf3, 4, 0x80, 0xbf},
	{0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct sequence *sequence_of(unsigned char lead)
{
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
		if (lead >= sequences[i].first && lead <= sequences[i].last)
			return &sequences[i];
	return NULL;
}

size_t utf8_length(const char *text, size_t left)
{
	const unsigned char *s = (const unsigned char *)text;
	const struct sequence *seq = left ? sequence_of(s[0]) : NULL;

	if (!seq || seq->length > left)
		return 0;
	if (seq->length > 1 && (s[1] < seq->low || s[1] > seq->high))
		return 0;
	for (size_t i = 2; i < seq->length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return seq->length;
}

/* Code points that must not reach a terminal. */
static const struct {
	unsigned long first, last;
} UNSAFE[] = {
	{0x0, 0x1f},      /* C0 */
	{0x7f, 0x9f},     /* DEL and C1 */
	{0x61c, 0x61c},   /* the Arabic letter mark */
	{0x200e, 0x200f}, /* marks of direction */
	{0x2028, 0x202e}, /* separators of lines, embeddings and overrides */
	{0x2066, 0x2069}, /* isolates */
};

/* The code point of a character of that many bytes. */
static unsigned long code_point(const char *text, size_t bytes)
{
	static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned long code = (unsigned char)text[0] & lead[bytes];

	for (size_t i = 1; i < bytes; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

size_t utf8_shown(const char *text, size_t left)
{
	size_t bytes = utf8_length(text, left);
	unsigned long code = bytes ? code_point(text, bytes) : 0;

	for (size_t i = 0; i < sizeof UNSAFE / sizeof *UNSAFE; i++)
		if (code >= UNSAFE[i].first && code <= UNSAFE[i].last)
			return 0;
	return bytes;
}

int utf8_valid(const char *text, size_t length)
{
	while (length) {
		size_t bytes = utf8_length(text, length);

		if (!bytes)
			return 0;
		text += bytes;
		length -= bytes;
	}
	return 1;
}

enum { ESCAPE_ROOM = 8 };

/* Writes what a message shows for the character or byte at text, and returns its length; *replaced:
 * the number of bytes of text that it stands for. */
static size_t show(char shown[ESCAPE_ROOM], const char *text, size_t left, size_t *replaced)
{
	size_t bytes = utf8_shown(text, left);

	*replaced = bytes ? bytes : 1;
	if (bytes || strncmp(text, "\n  ", 3) == 0) {
		memcpy(shown, text, *replaced);
		return *replaced;
	}
	if (*text == '\n' || *text == '\t')
		return (size_t)snprintf(shown, ESCAPE_ROOM, "\\%c", *text == '\n' ? 'n' : 't');
	return (size_t)snprintf(shown, ESCAPE_ROOM, "\\x%02x", (unsigned char)*text);
}

void clean_text(char *out, size_t room, const char *text)
{
	size_t left = strlen(text), replaced;
	char shown[ESCAPE_ROOM];

	for (; left; text += replaced, left -= replaced) {
		size_t length = show(shown, text, left, &replaced);

		if (length >= room)
			break;
		memcpy(out, shown, length);
		out += length;
		room -= length;
	}
	*out = '\0';
}

/* ---- quotes ---- */

/* The bytes of the character at text; 0 if a quote must escape it. */
static size_t unescaped_length(const char *text, size_t left)
{
	return left && (text[0] == '"' || text[0] == '\\') ? 0 : utf8_shown(text, left);
}

static char *append_escaped(char *end, char c)
{
	static const char named[] = "\"\"\\\\\nn\rr\tt"; /* pairs of a byte and its letter */

	for (const char *pair = named; *pair; pair += 2)
		if (*pair == c)
			return end + sprintf(end, "\\%c", pair[1]);
	return end + sprintf(end, "\\x%02x", (unsigned char)c);
}

struct quote quote_of(const char *text, size_t length)
{
	struct quote quote;
	char *end = quote.text;
	size_t i = 0;

	*end++ = '"';
	while (i < length) {
		size_t plain = unescaped_length(text + i, length - i);
		size_t next = i + (plain ? plain : 1);

		if (next > QUOTE_BYTES)
			break;
		if (plain)
			end = (char *)memcpy(end, text + i, plain) + plain;
		else
			end = append_escaped(end, text[i]);
		i = next;
	}
	strcpy(end, i < length ? "\"..." : "\"");
	return quote;
}

struct quote quote_text(const char *text)
{
	return quote_of(text, strlen(text));
}

void quote_list_add(struct quote_list *list, const char *item)
{
	if (list->count++ >= QUOTE_LIST_ITEMS)
		return;
	list->used += (size_t)sprintf(list->text + list->used, "%s%s", list->count > 1 ? ", " : "",
		quote_text(item).text);
}

const char *quote_list_text(struct quote_list *list)
{
	if (list->count > QUOTE_LIST_ITEMS)
		sprintf(list->text + list->used, " and %zu more", list->count - QUOTE_LIST_ITEMS);
	return list->text;
}

/* ---- numbers ---- */

/* Replaces the first `from` in text, which must have room for the result. */
static void replace(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);

	if (!at)
		return;
	memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
	for (; *to; to++)
		*at++ = *to;
}

const char *number_text_hexadecimal(char text[NUMBER_TEXT_ROOM], double value)
{
	snprintf(text, NUMBER_TEXT_ROOM, "%a", value);
	replace(text, nl_langinfo(RADIXCHAR), ".");
	return text;
}

const char *number_text_decimal(char text[NUMBER_TEXT_ROOM], double value)
{
	snprintf(text, NUMBER_TEXT_ROOM, "%.17g", value);
	replace(text, nl_langinfo(RADIXCHAR), ".");
	return text;
}

int number_text_parse(const char *text, double *value)
{
	char copy[2 * NUMBER_TEXT_ROOM]; /* some locales have a decimal point of several bytes */
	char *end;

	if (strlen(text) >= NUMBER_TEXT_ROOM)
		return 0;
	/* Refuses blanks and decimal commas, which strtod may accept. */
	if (text[0] == '\0' || text[strspn(text, "0123456789abcdefinxp.+-")] != '\0')
		return 0;
	strcpy(copy, text);
	replace(copy, ".", nl_langinfo(RADIXCHAR));
	*value = strtod(copy, &end);
	return *end == '\0';
}

/* ---- estimates ---- */

#define MILLION 1e6

static double two_digits(double value)
{
	const double unit = pow(10.0, floor(log10(value)) - 1.0);

	return value < 10.0 ? value : round(value / unit) * unit;
}

struct about about_number(double value)
{
	const double rounded = two_digits(value);
	struct about about;

	if (rounded < MILLION)
		snprintf(about.text, sizeof about.text, "%.0f", rounded);
	else if (rounded < 1000.0 * MILLION)
		snprintf(about.text, sizeof about.text, "%.3g million", rounded / MILLION);
	else
		snprintf(about.text, sizeof about.text, "%.1e", rounded);
	return about;
}

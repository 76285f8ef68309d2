#include "text.h"

#include <stdio.h>
#include <string.h>

int slice_is(struct slice slice, const char *word)
{
	return slice.length == strlen(word) && memcmp(slice.at, word, slice.length) == 0;
}

/* What may follow a lead byte: so many bytes in all, the second one in low..high.  The bounds
 * keep out spellings longer than need be, halves of a UTF-16 pair, and all beyond U+10FFFF. */
static const struct sequence {
	unsigned char first, last; /* lead bytes */
	unsigned char length, low, high;
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

/* What a terminal obeys, by code points. */
static const struct {
	unsigned long first, last;
} obeyed[] = {
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

	for (size_t i = 0; i < sizeof obeyed / sizeof *obeyed; i++)
		if (code >= obeyed[i].first && code <= obeyed[i].last)
			return 0;
	return bytes;
}

int utf8_valid(const char *text, size_t length)
{
	while (length) {
		size_t some = utf8_length(text, length);

		if (!some)
			return 0;
		text += some;
		length -= some;
	}
	return 1;
}

/* ---- as a message may show it ---- */

enum { ESCAPE_ROOM = 8 };

/* What stands for the character or byte at text: its length in *taken. */
static size_t show(char shown[ESCAPE_ROOM], const char *text, size_t left, size_t *taken)
{
	size_t bytes = utf8_shown(text, left);

	*taken = bytes ? bytes : 1;
	if (bytes || strncmp(text, "\n  ", 3) == 0) {
		memcpy(shown, text, *taken);
		return *taken;
	}
	if (*text == '\n' || *text == '\t')
		return (size_t)snprintf(shown, ESCAPE_ROOM, "\\%c", *text == '\n' ? 'n' : 't');
	return (size_t)snprintf(shown, ESCAPE_ROOM, "\\x%02x", (unsigned char)*text);
}

void clean_text(char *out, size_t room, const char *text)
{
	size_t left = strlen(text), taken;
	char shown[ESCAPE_ROOM];

	for (; left; text += taken, left -= taken) {
		size_t length = show(shown, text, left, &taken);

		if (length >= room)
			break;
		memcpy(out, shown, length);
		out += length;
		room -= length;
	}
	*out = '\0';
}

/* ---- quotes ---- */

/* The bytes at text that may be shown as they are, and are not what a quote escapes with. */
static size_t plain_length(const char *text, size_t left)
{
	return left && (text[0] == '"' || text[0] == '\\') ? 0 : utf8_shown(text, left);
}

static char *append_escaped(char *end, char c)
{
	static const char named[] = "\"\"\\\\\nn\rr\tt"; /* a byte, then its letter */

	for (const char *pair = named; *pair; pair += 2)
		if (*pair == c)
			return end + sprintf(end, "\\%c", pair[1]);
	return end + sprintf(end, "\\x%02x", (unsigned char)c);
}

struct quote quote_of(const char *text, size_t length)
{
	struct quote e;
	char *end = e.text;
	size_t i = 0;

	*end++ = '"';
	while (i < length) {
		size_t plain = plain_length(text + i, length - i);
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
	return e;
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

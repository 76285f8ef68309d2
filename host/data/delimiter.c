#include "delimiter.h"

#include <string.h>

static int ends_line(char c)
{
	return c == '\n' || c == '\r';
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int delimiter_possible(char c)
{
	static const char taken[] = "\"\r\n+-."
				    "0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return c && !strchr(taken, c);
}

size_t blanks_collapse(struct blanks *blanks, char *out, const char *text, size_t length)
{
	struct blanks b = *blanks;
	char *end = out;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		int starts = b.pending || !b.inside, was_quoted = b.quoted;

		if (!b.quoted && is_blank(c)) {
			b.pending = b.inside;
			continue;
		}
		if (!b.quoted && ends_line(c))
			b.inside = b.pending = 0;
		else
			b.inside = 1;
		/* Within a field that does not begin with one, a quote is text. */
		if (c == '"')
			b.quoted = !b.quoted && (starts || b.closed);
		b.closed = c == '"' && !b.quoted && was_quoted;
		if (b.pending)
			*end++ = ' ';
		b.pending = 0;
		*end++ = c;
	}
	*blanks = b;
	return (size_t)(end - out);
}

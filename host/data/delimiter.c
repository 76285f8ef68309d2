#include "delimiter.h"

#include <string.h>

static const char candidates[] = ",\t; "; /* the one to prefer first */

static int ends_line(char c)
{
	return c == '\n' || c == '\r';
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

char delimiter_guess(const char *text, size_t length)
{
	const char *none = candidates + strlen(candidates);
	const char *best = none;
	int quoted = 0, started = 0;

	for (size_t i = 0; i < length; i++) {
		const char *found = text[i] ? strchr(candidates, text[i]) : NULL;

		if (!quoted && ends_line(text[i])) {
			if (started)
				break;
			best = none;
			continue;
		}
		started |= !is_blank(text[i]);
		quoted ^= text[i] == '"';
		if (!quoted && found && found < best)
			best = found;
	}
	return (best == none ? candidates : best)[0];
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

		if (!b.quoted && is_blank(c)) {
			b.pending = b.inside;
			continue;
		}
		if (!b.quoted && ends_line(c))
			b.inside = b.pending = 0;
		else
			b.inside = 1;
		if (b.pending)
			*end++ = ' ';
		b.pending = 0;
		b.quoted ^= c == '"';
		*end++ = c;
	}
	*blanks = b;
	return (size_t)(end - out);
}

#include "excerpt.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* The bytes at text that may be shown as they are, and are not what the excerpt escapes with. */
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

struct excerpt excerpt_of(const char *text, size_t length)
{
	struct excerpt e;
	char *end = e.text;
	size_t i = 0;

	*end++ = '"';
	while (i < length) {
		size_t plain = plain_length(text + i, length - i);
		size_t next = i + (plain ? plain : 1);

		if (next > EXCERPT_BYTES)
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

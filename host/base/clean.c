#include "clean.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

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

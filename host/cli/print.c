#include "print.h"
#include "json.h"
#include "message.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>

enum { CLEAN_ROOM = 1 << 14 }; /* the longest path, each byte of it escaped */

int print_json(json_t *json)
{
	gf_error err = {0};

	return json_line(json, stdout, "standard output", &err) == GF_E_MEMORY ? say_error(&err)
									       : 0;
}

void print_clean(const char *text)
{
	char clean[CLEAN_ROOM];

	clean_text(clean, sizeof clean, text);
	fputs(clean, stdout);
}

static void print_quoted(FILE *file, const char *text)
{
	putc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	putc('"', file);
}

void print_csv_field(FILE *file, const char *text)
{
	size_t length = strlen(text);
	bool blank_ends = length && (strchr(" \t", *text) || strchr(" \t", text[length - 1]));

	if (blank_ends || strpbrk(text, ",\"\r\n"))
		print_quoted(file, text);
	else
		fputs(text, file);
}

/* ---- names ---- */

/* How far the cursor moves over the character that starts with this byte:
 * continuation bytes not at all, the wide letters of the far East, which begin
 * at U+3000, two columns. */
static size_t cursor_steps(char byte)
{
	unsigned char b = (unsigned char)byte;

	if ((b & 0xc0) == 0x80)
		return 0;
	return b >= 0xe3 ? 2 : 1;
}

size_t name_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += cursor_steps(*text);
	return width;
}

/* A character as it is shown. */
struct glyph {
	const char *text;
	size_t bytes; /* of text */
	size_t taken; /* of the name */
};

static struct glyph next_glyph(const char *name, size_t left)
{
	size_t bytes = utf8_length(name, left);

	if (utf8_shown(name, left) == 0)
		return (struct glyph){"?", 1, bytes ? bytes : 1};
	return (struct glyph){name, bytes, bytes};
}

/* Copies what fits into width columns; returns whether that was all. */
static bool copy(char *out, const char *name, size_t width)
{
	size_t left = strlen(name);

	while (left) {
		struct glyph glyph = next_glyph(name, left);
		size_t columns = cursor_steps(glyph.text[0]);

		if (columns > width)
			break;
		memcpy(out, glyph.text, glyph.bytes);
		out += glyph.bytes;
		name += glyph.taken;
		left -= glyph.taken;
		width -= columns;
	}
	*out = '\0';
	return left == 0;
}

struct name name_format(const char *name, size_t width)
{
	struct name out;

	if (!copy(out.text, name, width)) {
		copy(out.text, name, width - 2);
		memcpy(out.text + strlen(out.text), "..", sizeof "..");
	}
	return out;
}

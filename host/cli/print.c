#include "print.h"
#include "text.h"
#include "json.h"
#include "message.h"

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

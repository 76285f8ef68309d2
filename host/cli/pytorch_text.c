/* pytorch_text.c: texts, names and numbers, as Python has them. */
#include "pytorch.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

/* A string of JSON is one of Python. */
void put_text(const struct script *s, const char *text)
{
	json_t *json = json_text(text);
	char *literal = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;

	fputs(literal ? literal : "\"\"", s->file);
	free(literal);
	json_decref(json);
}

enum { NAMES_WIDTH = 100 };

void put_names(
	const struct script *s, const char *(*name)(const gf_dataset *, size_t), size_t count)
{
	size_t column = 0, whole = 0;

	for (size_t i = 0; i < count; i++)
		whole += strlen(name(s->data, i)) + strlen("\"\", ");
	fputc('[', s->file);
	for (size_t i = 0; i < count; i++) {
		const size_t width = strlen(name(s->data, i)) + strlen("\"\", ");

		if (whole > NAMES_WIDTH && (i == 0 || column + width > NAMES_WIDTH)) {
			fputs(i ? ",\n    " : "\n    ", s->file);
			column = 0;
		} else if (i) {
			fputs(", ", s->file);
		}
		put_text(s, name(s->data, i));
		column += width;
	}
	fputs(whole > NAMES_WIDTH ? ",\n]" : "]", s->file);
}

void put_number(const struct script *s, double value)
{
	char text[40];

	snprintf(text, sizeof text, "%.15g", value);
	if (strtod(text, NULL) != value)
		snprintf(text, sizeof text, "%.17g", value);
	fputs(text, s->file);
}

#include "data_report.h"
#include "error.h"
#include "read_options.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_ROOM = sizeof((gf_error *)0)->message };

struct data_place line_place(const char *path, size_t line)
{
	return (struct data_place){.path = path, .line = line};
}

const char *files_locate(const struct file_list *list, size_t *number)
{
	size_t i = list->count;

	if (*number == 0 || i == 0)
		return list->name;
	while (i > 1 && list->files[i - 1].before >= *number)
		i--;
	*number -= list->files[i - 1].before;
	return list->files[i - 1].name;
}

struct data_place files_place(const struct file_list *list, size_t line)
{
	const char *path = files_locate(list, &line); /* first: it changes line */
	struct data_place place = line_place(path, line);

	if (list->by_row) {
		place.row = line;
		place.line = 0;
	}
	return place;
}

struct line_name files_line(const struct file_list *list, size_t line)
{
	const char *path = files_locate(list, &line);
	struct line_name name;

	if (list->count)
		snprintf(name.text, sizeof name.text, "line %zu of %.120s", line, path);
	else
		snprintf(
			name.text, sizeof name.text, "%s %zu", list->by_row ? "row" : "line", line);
	return name;
}

/* Writes the place and ": ", and returns their length, which is below room. */
static size_t print_place(char *text, size_t room, const struct data_place *place)
{
	const char *part_end = *place->part ? ": " : "";
	int length;

	if (place->line)
		length = snprintf(text, room, "%s:%zu: %s%s", place->path, place->line, place->part,
			part_end);
	else if (place->row)
		length = snprintf(text, room, "%s: row %zu%s%s: ", place->path, place->row,
			*place->part ? ", " : "", place->part);
	else
		length = snprintf(text, room, "%s: %s%s", place->path, place->part, part_end);
	return length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
}

/* In parentheses, so that the macros of these names leave the definitions alone. */
gf_status(report_error)(struct data_place place, gf_error *err, const char *format, ...)
{
	char text[MESSAGE_ROOM];
	size_t length = print_place(text, sizeof text, &place);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, sizeof text - length, format, args);
	va_end(args);
	return gf_fail(err, GF_E_DATA, "%s", text);
}

gf_status(report_no_memory)(struct data_place place, gf_error *err)
{
	char text[MESSAGE_ROOM];

	print_place(text, sizeof text, &place);
	return gf_fail(err, GF_E_MEMORY, "%sno memory for what was read", text);
}

void report_notice(
	struct data_place place, const struct read_options *options, const char *format, ...)
{
	char text[MESSAGE_ROOM];
	size_t length = print_place(text, sizeof text, &place);
	va_list args;

	if (!options || !options->notice)
		return;
	va_start(args, format);
	vsnprintf(text + length, sizeof text - length, format, args);
	va_end(args);
	options->notice(text, options->user);
}

const char *plural_s(size_t count)
{
	return count == 1 ? "" : "s";
}

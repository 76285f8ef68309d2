#include "fields.h"
#include "number.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

int delimiter_possible(char c)
{
	static const char others[] = "\"\r\n+-."
				     "0123456789"
				     "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return c && !strchr(others, c);
}

/* ---- one field ---- */

void field_scanner_init(struct field_scanner *scanner, char delimiter, char line_end)
{
	unsigned char *kinds = scanner->kinds;

	*scanner = (struct field_scanner){.runs = delimiter == ' ', .line_end = line_end};
	kinds[0] = BYTE_NUL;
	kinds['"'] = BYTE_QUOTE;
	kinds['\r'] = kinds['\n'] = BYTE_LINE_END;
	kinds[' '] = kinds['\t'] = BYTE_BLANK;
	if (scanner->runs)
		kinds[' '] = kinds['\t'] = BYTE_BLANK | BYTE_DELIMITER;
	else
		kinds[(unsigned char)delimiter] = BYTE_DELIMITER;
}

static char *skip_until(const struct field_scanner *scanner, char *at, int kinds)
{
	while (!(scanner->kinds[(unsigned char)*at] & kinds))
		at++;
	return at;
}

static enum field_result stop_at_nul(
	const struct field_scanner *scanner, char *at, struct csv_field *f)
{
	f->next = at;
	return at == scanner->end ? FIELD_CUT : FIELD_NUL;
}

static enum field_result scan_quoted(
	const struct field_scanner *scanner, char *at, struct csv_field *f)
{
	f->quoted = 1;
	f->text = ++at;
	for (;; at++) {
		at = skip_until(scanner, at, BYTE_QUOTE | BYTE_LINE_END | BYTE_NUL);
		f->length = (size_t)(at - f->text);
		if (*at == 0)
			return stop_at_nul(scanner, at, f);
		f->lines += *at == scanner->line_end;
		if (*at != '"')
			continue;
		if (at[1] != '"')
			break;
		f->doubled = 1;
		at++;
	}
	return field_end(scanner, at + 1, f);
}

static enum field_result scan_bare(
	const struct field_scanner *scanner, char *at, struct csv_field *f)
{
	char *end = skip_until(scanner, at, BYTE_DELIMITER | BYTE_LINE_END | BYTE_NUL);

	f->text = at;
	for (at = end; at > f->text && scanner->kinds[(unsigned char)at[-1]] & BYTE_BLANK;)
		at--;
	f->length = (size_t)(at - f->text);
	return *end ? field_end(scanner, end, f) : stop_at_nul(scanner, end, f);
}

enum field_result field_scan(
	const struct field_scanner *scanner, char *at, int row_start, struct csv_field *field)
{
	*field = (struct csv_field){0};
	at = field_skip_blanks(scanner, at);
	if (*at == '"')
		return scan_quoted(scanner, at, field);
	if (!(scanner->kinds[(unsigned char)*at] & BYTE_LINE_END && (row_start || scanner->runs)))
		return scan_bare(scanner, at, field);
	field->text = at;
	field_end(scanner, at, field);
	return FIELD_NONE;
}

void field_unquote(struct csv_field *field)
{
	char *to = field->text;

	for (size_t i = 0; field->doubled && i < field->length; i++) {
		*to++ = field->text[i];
		i += field->text[i] == '"';
	}
	if (field->doubled)
		field->length = (size_t)(to - field->text);
	field->text[field->length] = 0;
	field->doubled = 0;
}

/* ---- rows of numbers ---- */

enum { PART_BYTES = 1 << 17 }; /* fewer bytes are not worth a thread */

/* Reads a row of as many bare numbers as there are columns, and returns its end.  NULL: it is not
 * such a row. */
static char *read_row(
	const struct number_rows *rows, char *at, float *row, struct precision *precision)
{
	enum field_result result = FIELD_INNER;
	struct csv_field field = {0};
	float unread;

	for (size_t i = 0; i < rows->columns; i++) {
		size_t place = rows->places[i];
		const char *end;

		if (result != FIELD_INNER)
			return NULL;
		at = field_skip_blanks(rows->scanner, at);
		end = place < rows->width ? precision_read(&precision[place], &row[place], at)
					  : decimal_float(&unread, at);
		if (!end)
			return NULL;
		result = field_end(rows->scanner, at + (end - at), &field);
		at = field.next;
	}
	/* A row may end in the middle of a line: in a lone CR, where LF ends lines. */
	return result == FIELD_LAST && at[-1] == rows->scanner->line_end ? at : NULL;
}

struct job {
	const struct number_rows *rows;
	struct number_part *part;
	pthread_t thread;
	int started;
};

static void *read_part(void *user)
{
	const struct job *job = user;
	struct number_part *part = job->part;
	float *row = part->out;
	char *next;

	for (size_t i = 0; i < job->rows->width; i++)
		part->precision[i] = (struct precision){.wide = job->rows->precision[i].wide};
	/* A whole row has two bytes a column or more.  Without this, a row that is cut off could
	 * write beyond the end of out. */
	while ((size_t)(part->end - part->stop) / 2 >= job->rows->columns &&
		(next = read_row(job->rows, part->stop, row, part->precision))) {
		part->stop = next;
		part->rows++;
		row += job->rows->width;
	}
	return NULL;
}

static size_t count_parts(size_t length)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t most = cores > NUMBER_PARTS ? NUMBER_PARTS : cores > 1 ? (size_t)cores : 1;
	size_t count = length / PART_BYTES;

	return count > most ? most : count > 0 ? count : 1;
}

/* Divides the text into parts of whole lines. */
static void divide(const struct field_scanner *scanner, char *text, char *end, float *out,
	struct number_part *parts, size_t count)
{
	size_t length = (size_t)(end - text);
	char *at = text;

	for (size_t i = 0; i < count; i++) {
		char *from = text + length / count * (i + 1);
		char *until = end;

		if (from < at)
			from = at;
		if (i + 1 < count && from < end)
			until = (char *)memchr(from, scanner->line_end, (size_t)(end - from)) + 1;
		parts[i] = (struct number_part){
			at, until, out + (at - text) / 2, 0, at, parts[i].precision};
		at = until;
	}
}

size_t number_rows_read(const struct number_rows *rows, char *text, char *end, float *out,
	struct number_part parts[NUMBER_PARTS])
{
	struct job jobs[NUMBER_PARTS];
	size_t count = count_parts((size_t)(end - text));

	divide(rows->scanner, text, end, out, parts, count);
	/* This thread reads the last part, and each part for which no thread can be started. */
	for (size_t i = 0; i < count; i++) {
		jobs[i] = (struct job){.rows = rows, .part = &parts[i]};
		jobs[i].started = i + 1 < count &&
				  !pthread_create(&jobs[i].thread, NULL, read_part, &jobs[i]);
		if (!jobs[i].started)
			read_part(&jobs[i]);
	}
	for (size_t i = 0; i < count; i++)
		if (jobs[i].started)
			pthread_join(jobs[i].thread, NULL);
	return count;
}

/*
 * csv.c: reader of CSV, of TSV, and of tables whose columns are separated by blanks.
 *
 * Lines are counted by their ends, from 1, blank ones too; columns from 1.
 * Columns without a name are called "column1", "column2", ... by their place.
 */
#include "table_read.h"
#include "memory.h"
#include "columns.h"
#include "error.h"
#include "fields.h"
#include "header.h"
#include "input.h"
#include "rows.h"
#include "sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELD_MAX = 1 << 24 }; /* bytes; a quote left open ends here, not with the memory */

struct reader {
	const struct read_options *options; /* borrowed */
	const char *name;                   /* borrowed: the file as messages call it */
	gf_error *err;                      /* borrowed */
	struct field_scanner scanner;
	locale_t c_locale;

	int of_numbers;             /* the columns that are read */
	struct number_rows numbers; /* if so */
	float *floats;              /* owned; (floats_room) of some rows of numbers */
	size_t floats_room;
	struct precision *precision; /* owned; (NUMBER_PARTS, numbers.width) of their parts */

	size_t line;     /* of the field to come, from 1 */
	size_t row_line; /* where its row began */
	size_t column;   /* of that field, from 0 */
	char mark;       /* the first byte of the row */

	int in_comment;         /* a line that is left out has begun */
	struct sample sample;   /* owned: the first rows, until the first has been read */
	struct texts first;     /* owned: the fields of the first row, until it ends */
	struct columns columns; /* owned; known when the first row has ended */
	int begun;              /* columns and rows are known */
	struct rows rows;       /* owned */
};

static gf_status no_memory(struct reader *r)
{
	return gf_fail(
		r->err, GF_E_MEMORY, "%s:%zu: no memory for what was read", r->name, r->row_line);
}

/* ---- a row ---- */

/* What helps where a row has another width than the first. */
static const char *width_advice(const struct reader *r, char text[128])
{
	text[0] = 0;
	if (r->mark == '#' || r->mark == '%')
		snprintf(text, 128, "; --comment '%c' leaves out lines that begin so", r->mark);
	else if (r->column == 1 && r->columns.names.count > 1)
		snprintf(text, 128, "; if it is no row, sed %zud FILE | gpufit - leaves it out",
			r->row_line);
	return text;
}

/* An empty field more than there are columns is what a delimiter at the line's end leaves. */
static gf_status end_row(struct reader *r)
{
	size_t wanted = r->columns.names.count;
	char advice[128];

	if (r->column != wanted && !(r->column == wanted + 1 && !r->rows.beyond))
		return gf_fail(r->err, GF_E_DATA, "%s:%zu: %zu column%s, but line %zu has %zu%s",
			r->name, r->row_line, r->column, r->column == 1 ? "" : "s", r->columns.line,
			wanted, width_advice(r, advice));
	return rows_end(&r->rows, r->row_line);
}

/* Whether all that is read is numbers: then a row may come whole. */
static int rows_of_numbers(const struct rows *r)
{
	if (r->asks || r->columns->weights.count > 0 || r->columns->kept.count > 0)
		return 0;
	for (size_t i = 0; i < r->columns->names.count; i++)
		if (r->columns->roles[i] == COLUMN_ONE_HOT)
			return 0;
	for (size_t k = 0; k < r->columns->targets.count; k++)
		if (!targets_of_numbers(r->targets[k]))
			return 0;
	return 1;
}

static gf_status end_first_row(struct reader *r)
{
	const struct header h = {r->options, &r->sample, r->name, r->row_line, r->c_locale, r->err};
	gf_status status;

	if ((status = header_find(&h, &r->first, &r->columns)) ||
		(status = columns_select(&r->columns, r->options, r->err)) ||
		(status = rows_begin(&r->rows, &r->columns, r->options, r->c_locale, r->err)))
		return status;
	header_notices(&h, &r->first, &r->columns);
	r->begun = 1;
	r->of_numbers = rows_of_numbers(&r->rows);
	r->numbers = (struct number_rows){&r->scanner, r->rows.places, r->columns.names.count,
		r->rows.width + r->columns.targets.count, r->rows.precision};
	r->precision = calloc(NUMBER_PARTS * (r->numbers.width + 1), sizeof *r->precision);
	if (!r->precision)
		return no_memory(r);
	if (!r->columns.header) {
		for (size_t i = 0; !status && i < r->first.count; i++)
			status = rows_take(&r->rows, i, texts_at(&r->first, i), r->row_line);
		if (!status)
			status = end_row(r);
	}
	texts_free(&r->first);
	sample_free(&r->sample);
	return status;
}

/* ---- a field ---- */

static gf_status refuse_field(struct reader *r, const char *what)
{
	return gf_fail(r->err, GF_E_DATA, "%s:%zu: %s: %s", r->name, r->line,
		columns_label(&r->columns, r->column).text, what);
}

static gf_status refuse_size(struct reader *r)
{
	return refuse_field(r, "a field of more than 16 MiB; is a quote left open?");
}

/* Fast path: a field that is a number and nothing else.  0: field_scan is to look at it. */
static int take_number(struct reader *r, char *at, enum field_result *result, struct field *field)
{
	size_t length, quoted;

	if (!r->begun)
		return 0;
	at = field_skip_blanks(&r->scanner, at);
	quoted = *at == '"';
	length = rows_take_number(&r->rows, r->column, at + quoted);
	if (length == 0 || (quoted && at[1 + length] != '"'))
		return 0;
	field->lines = 0;
	*result = field_end(&r->scanner, at + length + 2 * quoted, field);
	return *result <= FIELD_LAST;
}

static gf_status keep_field(struct reader *r, struct field *field)
{
	if (field->length > FIELD_MAX)
		return refuse_size(r);
	field_unquote(field);
	if (r->begun)
		return rows_take(&r->rows, r->column, field->text, r->row_line);
	return texts_add(&r->first, field->text, field->length) ? no_memory(r) : GF_OK;
}

/* *next is past the field, or text itself where the text ends within the field. */
static gf_status take_field(struct reader *r, char *text, char **next)
{
	enum field_result result;
	struct field field;
	gf_status status = GF_OK;

	if (!take_number(r, text, &result, &field)) {
		result = field_scan(&r->scanner, text, r->column == 0, &field);
		if (result <= FIELD_LAST)
			status = keep_field(r, &field);
	}
	*next = result == FIELD_CUT ? text : field.next;
	if (result == FIELD_NUL)
		return gf_fail(r->err, GF_E_DATA, "%s:%zu: a NUL byte; this is no text file",
			r->name, r->line + field.lines);
	if (result == FIELD_TEXT_AFTER_QUOTE)
		return refuse_field(r, "text after the closing quote; "
				       "a quote inside quotes is written twice");
	r->column += result <= FIELD_LAST;
	if (!status && r->column > 0 && (result == FIELD_LAST || result == FIELD_NONE)) {
		status = r->begun ? end_row(r) : end_first_row(r);
		r->column = 0;
	}
	if (result != FIELD_CUT)
		r->line += field.lines;
	return status;
}

/* ---- rows ---- */

/* Up to the end of the line, or of the text. */
static char *skip_comment(struct reader *r, char *text)
{
	while (text < r->scanner.end && *text != '\n' && *text != '\r')
		text++;
	r->in_comment = text == r->scanner.end;
	return text;
}

/* The row whose next field is at text, or what is there of it up to limit: *next is past it, or
 * where its next field begins. */
static gf_status take_row(struct reader *r, char *text, const char *limit, char **next)
{
	size_t left = (size_t)(r->scanner.end - text);
	gf_status status;

	if (r->column == 0) {
		r->row_line = r->line;
		r->mark = *text;
		if (r->in_comment || sample_is_comment(text, left, r->options))
			text = skip_comment(r, text);
		*next = text;
		if (r->in_comment)
			return GF_OK;
	}
	do {
		status = take_field(r, text, next);
		if (*next == text)
			break;
		text = *next;
	} while (!status && r->column > 0 && text < limit);
	return status;
}

static gf_status add_numbers(struct reader *r, const struct number_part *part)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < part->rows; i++)
		status = rows_add_numbers(&r->rows, part->out + i * r->numbers.width, r->line++);
	for (size_t j = 0; j < r->numbers.width; j++)
		precision_merge(&r->rows.precision[j], &part->precision[j]);
	return status;
}

/* Whole lines, by several threads: each part of them as numbers up to the first line that is no
 * row of numbers, and the rest of the part row by row.  Such a row may end behind its part, or
 * not in this text: what follows is then left. */
static gf_status take_numbers(struct reader *r, char *text, char *limit, char **next)
{
	struct number_part parts[NUMBER_PARTS];
	size_t need = (size_t)(limit - text) / 2 + 1, count;
	float *floats = array_reserve(r->floats, &r->floats_room, need, sizeof *floats);
	gf_status status = GF_OK;

	if (!floats)
		return no_memory(r);
	r->floats = floats;
	for (size_t i = 0; i < NUMBER_PARTS; i++)
		parts[i].precision = r->precision + i * r->numbers.width;
	count = number_rows_read(&r->numbers, text, limit, floats, parts);
	*next = text;
	for (size_t i = 0; !status && i < count && *next == parts[i].text; i++) {
		status = add_numbers(r, &parts[i]);
		*next = text = parts[i].stop;
		while (!status && text < parts[i].end) {
			status = take_row(r, text, limit, next);
			if (r->column > 0 || *next == text)
				return status;
			text = *next;
		}
	}
	return status;
}

/* Whole lines; of a line that does not fit in what is read at once, whole fields. */
static char *find_limit(const struct reader *r, char *text)
{
	char *limit = r->scanner.end;

	while (limit > text && limit[-1] != r->scanner.line_end)
		limit--;
	if (limit > text)
		return limit;
	limit = r->scanner.end;
	while (limit > text &&
		!(r->scanner.kinds[(unsigned char)limit[-1]] & (BYTE_DELIMITER | BYTE_LINE_END)))
		limit--;
	return limit;
}

/* *left becomes the length of what is at the end and not yet read. */
static gf_status take_text(struct reader *r, char *text, size_t length, size_t *left)
{
	gf_status status = GF_OK;
	char *begin = text, *limit, *next = text;

	r->scanner.end = text + length;
	limit = find_limit(r, text);
	while (!status && text < limit) {
		int whole = r->of_numbers && r->column == 0 && !r->in_comment &&
			    limit[-1] == r->scanner.line_end;

		status = whole ? take_numbers(r, text, limit, &next)
			       : take_row(r, text, limit, &next);
		if (next == text)
			break;
		text = next;
	}
	*left = (size_t)(r->scanner.end - text);
	return !status && text == begin && length > FIELD_MAX ? refuse_size(r) : status;
}

/* ---- the text ---- */

/* LF, also as CR LF; or CR, where the text has that alone. */
static char find_line_end(const char *text, size_t length)
{
	int is_cr = length > 0 && memchr(text, '\r', length - 1) && !memchr(text, '\n', length);

	return is_cr ? '\r' : '\n';
}

/* Excel's first line "sep=;": the delimiter, or 0. */
static char excel_delimiter(const char *text, size_t length)
{
	size_t quote = length > 0 && *text == '"';

	if (length < quote + 5 || strncasecmp(text + quote, "sep=", 4) != 0)
		return 0;
	if (!delimiter_possible(text[quote + 4]))
		return 0;
	if (length > quote + 5 && !strchr("\"\r\n", text[quote + 5]))
		return 0;
	return text[quote + 4];
}

/* Leaves out a line, of which not all may be in text. */
static gf_status skip_line(struct reader *r, struct input *in, char **text, size_t *length)
{
	gf_status status = GF_OK;
	char *end;

	while (!status && *length > 0 && !(end = memchr(*text, r->scanner.line_end, *length)))
		status = input_read(in, text, length, r->err);
	if (status || *length == 0)
		return status;
	r->line++;
	input_unread(in, (size_t)(*text + *length - (end + 1)));
	return input_read(in, text, length, r->err);
}

/* Up to the first line that counts, and what divides it. */
static gf_status begin(struct reader *r, struct input *in, char **text, size_t *length)
{
	char delimiter = r->options->delimiter, excel;
	gf_status status;

	in->encoding = r->options->text_encoding;
	status = input_read(in, text, length, r->err);
	if (!status)
		r->scanner.line_end = find_line_end(*text, *length);
	while (!status && *length > 0 && r->line <= r->options->skip_lines)
		status = skip_line(r, in, text, length);
	if (status)
		return status;
	excel = excel_delimiter(*text, *length);
	if (excel && (status = skip_line(r, in, text, length)))
		return status;
	if (!delimiter)
		delimiter = excel;
	if (!delimiter)
		delimiter = sample_delimiter(*text, *length, r->options);
	if (delimiter == ',' && r->options->decimal == ',')
		return gf_fail(r->err, GF_E_USAGE,
			"%s: the comma is the delimiter, and cannot be the decimal mark as well",
			r->name);
	if (sample_take(&r->sample, *text, *length, delimiter, r->options))
		return no_memory(r);
	field_scanner_init(&r->scanner, delimiter, r->scanner.line_end);
	return GF_OK;
}

static gf_status finish(struct reader *r)
{
	if (!r->begun)
		return gf_fail(
			r->err, GF_E_DATA, "%s:1: empty; rows of numbers are wanted", r->name);
	if (r->rows.count + r->rows.dropped == 0)
		return gf_fail(r->err, GF_E_DATA, "%s:%zu: a header, but no row follows it",
			r->name, r->columns.line);
	return GF_OK;
}

/* The last line may lack its end, for which there is room. */
static void end_last_line(char *text, size_t *length, char line_end)
{
	if (*length == 0 || text[*length - 1] != line_end)
		text[(*length)++] = line_end;
}

static gf_status read_rows(struct reader *r, struct input *in)
{
	char *text;
	size_t length, left;
	int ended = 0;
	gf_status status = begin(r, in, &text, &length);

	while (!status && !(ended && length == 0)) {
		ended = in->exhausted;
		if (ended)
			end_last_line(text, &length, r->scanner.line_end);
		status = take_text(r, text, length, &left);
		if (!status && ended && left > 0)
			status = refuse_field(r, "a quote opens here and is never closed");
		if (status)
			return status;
		input_unread(in, left);
		status = input_read(in, &text, &length, r->err);
	}
	return status ? status : finish(r);
}

/* ---- the whole ---- */

static gf_status reader_open(
	struct reader *r, const char *name, const struct read_options *options, gf_error *err)
{
	*r = (struct reader){.name = name, .options = options, .err = err, .line = 1};
	r->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!r->c_locale)
		return gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	return GF_OK;
}

static void reader_close(struct reader *r)
{
	if (r->c_locale)
		freelocale(r->c_locale);
	free(r->floats);
	free(r->precision);
	texts_free(&r->first);
	sample_free(&r->sample);
	rows_free(&r->rows);
	columns_free(&r->columns);
}

gf_status csv_read_input(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct reader r;
	gf_status status;

	*data = NULL;
	if (options->delimiter && !delimiter_possible(options->delimiter))
		return gf_fail(err, GF_E_USAGE, "delimiter %s: it cannot stand between numbers",
			quote_of(&options->delimiter, 1).text);
	status = reader_open(&r, in->name, options, err);
	if (!status)
		status = read_rows(&r, in);
	status = rows_conclude(&r.rows, status);
	if (!status)
		status = rows_dataset(&r.rows, data);
	reader_close(&r);
	return status;
}

gf_status csv_read(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err)
{
	struct input in;
	gf_status status = input_open(&in, path, err);

	*data = NULL;
	if (!status)
		status = csv_read_input(data, &in, options, err);
	input_close(&in);
	return status;
}

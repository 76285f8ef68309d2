#include "csv.h"
#include "memory.h"
#include "choose.h"
#include "columns.h"
#include "delimiter.h"
#include "error.h"
#include "header.h"
#include "input.h"
#include "number_lines.h"
#include "rows.h"
#include "sample.h"

#include <csv.h> /* libcsv's */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELD_MAX = 1 << 24 }; /* bytes; a quote left open ends here, not with the memory */

struct reader {
	const struct csv_options *options; /* borrowed */
	const char *name;                  /* borrowed: the file as messages call it */
	gf_error *err;                     /* borrowed */
	gf_status status;                  /* of the callbacks, which return nothing */
	struct csv_parser parser;
	struct plain_form form;
	locale_t c_locale;

	char *squeezed; /* owned; (INPUT_CHUNK + 1), where blanks are the delimiter */
	struct blanks blanks;

	int of_numbers;            /* the columns that are read */
	struct number_lines lines; /* if so */
	float *numbers;            /* owned; (numbers_room) of some lines */
	size_t numbers_room;
	struct precision *precision; /* owned; (NUMBER_PARTS, lines.width) of their parts */

	size_t line; /* the one being fed, from 1 */
	int inside_line;
	size_t row_line, field_line; /* where this row began, and this field */
	size_t column;               /* of this field, from 0 */

	int carriage;           /* lines end in carriage returns alone */
	int in_comment;         /* within a line that is left out */
	char mark;              /* what the line of this row begins with */
	struct sample sample;   /* owned: the first rows, until the first has been read */
	struct texts first;     /* owned: the fields of the first row, until it ends */
	struct columns columns; /* owned; known when the first row has ended */
	int begun;              /* columns and rows are known */
	struct rows rows;       /* owned */
};

/* ---- a field ---- */

static gf_status no_memory(struct reader *r)
{
	return gf_fail(
		r->err, GF_E_MEMORY, "%s:%zu: no memory for what was read", r->name, r->row_line);
}

static void on_field(void *text, size_t length, void *user)
{
	struct reader *r = user;

	if (r->status)
		return;
	if (r->begun)
		r->status = rows_take(&r->rows, r->column, text, r->row_line);
	else if (texts_add(&r->first, text, length))
		r->status = no_memory(r);
	r->column++;
	r->field_line = r->line;
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
		(status = choose_columns(&r->columns, r->options, r->err)) ||
		(status = rows_begin(&r->rows, &r->columns, r->options, r->c_locale, r->err)))
		return status;
	header_notices(&h, &r->first, &r->columns);
	r->begun = 1;
	r->of_numbers = rows_of_numbers(&r->rows);
	r->lines = (struct number_lines){&r->form, r->rows.places, r->columns.names.count,
		r->rows.width + r->columns.targets.count, r->rows.precision};
	r->precision = calloc(NUMBER_PARTS * (r->lines.width + 1), sizeof *r->precision);
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

static void on_row(int end, void *user)
{
	struct reader *r = user;

	(void)end;
	if (!r->status)
		r->status = r->begun ? end_row(r) : end_first_row(r);
	r->column = 0;
}

/* ---- feeding libcsv ---- */

static gf_status refuse_field(struct reader *r, const char *what)
{
	return gf_fail(r->err, GF_E_DATA, "%s:%zu: %s: %s", r->name, r->field_line,
		columns_label(&r->columns, r->column).text, what);
}

static gf_status parse_failure(struct reader *r)
{
	if (csv_error(&r->parser) != CSV_EPARSE)
		return no_memory(r);
	if (r->parser.quoted)
		return refuse_field(r, "text after the closing quote; "
				       "a quote inside quotes is written twice");
	return refuse_field(r, "a quote in a field that does not begin with one");
}

/* Neither within a line of the file nor in a field that goes on over lines. */
static int begins_line(const struct reader *r)
{
	return !r->inside_line && !r->parser.quoted;
}

/* A quote within a field that does not begin with one is text, which libcsv's strict form has not;
 * its other form would take text after a closing quote, too. */
static size_t parse(struct reader *r, const char *text, size_t length)
{
	size_t fed = csv_parse(&r->parser, text, length, on_field, on_row, r);

	while (!r->status && fed < length && text[fed] == '"' &&
		csv_error(&r->parser) == CSV_EPARSE && !r->parser.quoted) {
		csv_set_opts(&r->parser, CSV_STRICT_FINI | CSV_APPEND_NULL);
		fed += csv_parse(&r->parser, text + fed, 1, on_field, on_row, r);
		csv_set_opts(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
		if (fed < length)
			fed += csv_parse(&r->parser, text + fed, length - fed, on_field, on_row, r);
	}
	return fed;
}

static int begins_comment(const struct reader *r, const char *text, size_t length)
{
	return r->options->comment && begins_line(r) && sample_is_comment(text, length, r->options);
}

/* text lies within one line; ends_line: to its very end. */
static gf_status feed(struct reader *r, const char *text, size_t length, int ends_line)
{
	if (begins_line(r)) {
		r->row_line = r->field_line = r->line;
		r->mark = *text;
		r->in_comment = begins_comment(r, text, length);
	}
	if (r->in_comment) {
		r->inside_line = !ends_line;
		r->line += (size_t)ends_line;
		return GF_OK;
	}
	if (memchr(text, 0, length))
		return gf_fail(r->err, GF_E_DATA, "%s:%zu: a NUL byte; this is no text file",
			r->name, r->line);
	if (r->squeezed) {
		length = blanks_collapse(&r->blanks, r->squeezed, text, length);
		text = r->squeezed;
	}

	size_t fed = parse(r, text, length);

	if (r->status)
		return r->status;
	if (fed < length)
		return parse_failure(r);
	if (r->parser.entry_pos > FIELD_MAX)
		return refuse_field(r, "a field of more than 16 MiB; is a quote left open?");
	/* Of itself libcsv grows by a constant step, which makes a long field quadratic. */
	csv_set_blk_size(&r->parser, csv_get_buffer_size(&r->parser));
	r->inside_line = !ends_line;
	r->line += (size_t)ends_line;
	return GF_OK;
}

/* ---- lines ---- */

/* *next is past the line, or NULL where it is for libcsv. */
static gf_status take_plain(struct reader *r, char *text, const char *end, char **next)
{
	gf_status status;

	*next = NULL;
	if (!r->begun || !begins_line(r) || begins_comment(r, text, (size_t)(end - text)))
		return GF_OK;
	r->mark = *text;
	status = plain_row_take(&r->form, &r->rows, text, r->line, next, &r->column);
	if (!status && *next && r->column > 0) {
		r->row_line = r->line;
		status = end_row(r);
	}
	r->column = 0;
	r->line += *next != NULL;
	return status;
}

/* Line by line, since libcsv does not say where it is. */
static gf_status take_line(struct reader *r, char *text, const char *end, char **next)
{
	gf_status status = take_plain(r, text, end, next);

	if (status || *next)
		return status;
	*next = (char *)memchr(text, '\n', (size_t)(end - text)) + 1;
	return feed(r, text, (size_t)(*next - text), 1);
}

static gf_status add_numbers(struct reader *r, const struct number_part *part)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < part->rows; i++)
		status = rows_add_numbers(&r->rows, part->out + i * r->lines.width, r->line++);
	for (size_t j = 0; j < r->lines.width; j++)
		precision_merge(&r->rows.precision[j], &part->precision[j]);
	return status;
}

/* Several lines, each part of them as numbers up to the first line that is of another kind.  Where
 * such a line opens a quote, what follows may be no line: that is left. */
static gf_status take_numbers(struct reader *r, char *text, char *end, char **next)
{
	struct number_part parts[NUMBER_PARTS];
	size_t need = (size_t)(end - text) / 2 + 1, count;
	float *numbers = array_reserve(r->numbers, &r->numbers_room, need, sizeof *numbers);
	gf_status status = GF_OK;

	if (!numbers)
		return no_memory(r);
	r->numbers = numbers;
	for (size_t i = 0; i < NUMBER_PARTS; i++)
		parts[i].precision = r->precision + i * r->lines.width;
	count = number_lines_take(&r->lines, text, end, numbers, parts);
	for (size_t i = 0; !status && begins_line(r) && i < count; i++) {
		status = add_numbers(r, &parts[i]);
		*next = parts[i].stop;
		while (!status && *next < parts[i].end)
			status = take_line(r, *next, end, next);
	}
	return status;
}

/* Of the last line only a part may be there, of which *left becomes the length. */
static gf_status take_lines(struct reader *r, char *text, size_t length, size_t *left)
{
	char *end = text + length, *last = end;
	gf_status status = GF_OK;

	while (last > text && last[-1] != '\n')
		last--;
	*left = (size_t)(end - last);
	while (!status && text < last)
		status = r->of_numbers && begins_line(r) ? take_numbers(r, text, last, &text)
							 : take_line(r, text, last, &text);
	/* More of it may come, unless there is no room. */
	if (status || *left < length)
		return status;
	*left = 0;
	return feed(r, text, length, 0);
}

/* Only lines of one kind: within others a carriage return is libcsv's to see. */
static void end_lines(struct reader *r, char *text, size_t length)
{
	if (r->line == 1 && !r->inside_line && !r->carriage)
		r->carriage =
			length > 0 && memchr(text, '\r', length - 1) && !memchr(text, '\n', length);
	for (char *at = text; r->carriage && (at = memchr(at, '\r', (size_t)(text + length - at)));)
		*at = '\n';
}

static gf_status next_text(struct reader *r, struct input *in, char **text, size_t *length)
{
	gf_status status = input_read(in, text, length, r->err);

	if (!status)
		end_lines(r, *text, *length);
	return status;
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

	while (!status && *length > 0 && !(end = memchr(*text, '\n', *length)))
		status = next_text(r, in, text, length);
	if (status || *length == 0)
		return status;
	r->line++;
	input_unread(in, (size_t)(*text + *length - (end + 1)));
	return next_text(r, in, text, length);
}

static gf_status set_delimiter(struct reader *r, char delimiter)
{
	csv_set_delim(&r->parser, (unsigned char)delimiter);
	plain_form_init(&r->form, delimiter);
	if (delimiter != ' ')
		return GF_OK;
	r->squeezed = malloc(INPUT_CHUNK + 1);
	return r->squeezed ? GF_OK : gf_fail_memory(r->err, INPUT_CHUNK + 1, r->name);
}

/* Up to the first line that counts, and what divides it. */
static gf_status begin(struct reader *r, struct input *in, char **text, size_t *length)
{
	char delimiter = r->options->delimiter, excel;
	gf_status status;

	in->encoding = r->options->text_encoding;
	status = next_text(r, in, text, length);
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
	return set_delimiter(r, delimiter);
}

static gf_status finish(struct reader *r)
{
	if (csv_fini(&r->parser, on_field, on_row, r))
		return refuse_field(r, "a quote opens here and is never closed");
	if (r->status)
		return r->status;
	if (!r->begun)
		return gf_fail(
			r->err, GF_E_DATA, "%s:1: empty; rows of numbers are wanted", r->name);
	if (r->rows.count + r->rows.dropped == 0)
		return gf_fail(r->err, GF_E_DATA, "%s:%zu: a header, but no row follows it",
			r->name, r->columns.line);
	return GF_OK;
}

static gf_status read_rows(struct reader *r, struct input *in)
{
	char *text;
	size_t length, left;
	gf_status status = begin(r, in, &text, &length);

	while (!status && length > 0) {
		status = take_lines(r, text, length, &left);
		input_unread(in, left);
		if (!status)
			status = next_text(r, in, &text, &length);
	}
	return status ? status : finish(r);
}

/* ---- the whole ---- */

static gf_status reader_open(
	struct reader *r, const char *name, const struct csv_options *options, gf_error *err)
{
	*r = (struct reader){.name = name, .options = options, .err = err, .line = 1};
	csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
	r->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!r->c_locale)
		return gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	return GF_OK;
}

static void reader_close(struct reader *r)
{
	csv_free(&r->parser);
	if (r->c_locale)
		freelocale(r->c_locale);
	free(r->squeezed);
	free(r->numbers);
	free(r->precision);
	texts_free(&r->first);
	sample_free(&r->sample);
	rows_free(&r->rows);
	columns_free(&r->columns);
}

gf_status csv_read_input(
	gf_dataset **data, struct input *in, const struct csv_options *options, gf_error *err)
{
	struct reader r;
	gf_status status;

	*data = NULL;
	if (options->delimiter && !delimiter_possible(options->delimiter))
		return gf_fail(err, GF_E_USAGE, "delimiter %s: it cannot stand between numbers",
			excerpt_of(&options->delimiter, 1).text);
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
	gf_dataset **data, const char *path, const struct csv_options *options, gf_error *err)
{
	struct input in;
	gf_status status = input_open(&in, path, err);

	*data = NULL;
	if (!status)
		status = csv_read_input(data, &in, options, err);
	input_close(&in);
	return status;
}

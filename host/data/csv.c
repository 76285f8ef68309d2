/*
 * csv.c: reads CSV, TSV and tables whose columns are separated by blanks.
 *
 * Lines and columns count from 1; blank lines count too.
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

/* Bytes.  A quote that is never closed is an error here, before it takes all memory. */
enum { FIELD_MAX = 1 << 24 };

struct csv_reader {
	const struct read_options *options; /* borrowed */
	const char *name;                   /* borrowed: the file as messages name it */
	gf_error *err;                      /* borrowed */
	struct field_scanner scanner;
	locale_t c_locale;

	int only_numbers; /* all columns that are read hold numbers, so threads may read rows */
	struct number_rows numbers; /* set if only_numbers */
	float *floats;              /* owned; (floats_room) the rows that threads have read */
	size_t floats_room;
	struct precision *precision; /* owned; (NUMBER_PARTS, numbers.width) of each part */

	size_t line;     /* of the next field, from 1 */
	size_t row_line; /* where the next field's row began */
	size_t column;   /* of the next field, from 0 */
	char first_byte; /* of the row */

	int in_comment;         /* the text that comes next belongs to a comment */
	struct sample sample;   /* owned: the first rows, until the first has been read */
	struct texts first;     /* owned: the fields of the first row, until it ends */
	struct columns columns; /* owned; filled when the first row has ended */
	int begun;              /* columns and rows are filled */
	struct rows rows;       /* owned */
};

static gf_status no_memory(struct csv_reader *r)
{
	return report_no_memory(line_place(r->name, r->row_line), r->err);
}

/* ---- a row ---- */

/* Advice for a row that has another width than the first. */
static const char *width_advice(const struct csv_reader *r, char text[128])
{
	text[0] = 0;
	if (r->first_byte == '#' || r->first_byte == '%')
		snprintf(text, 128, "; --comment '%c' leaves out such lines", r->first_byte);
	else if (r->column == 1 && r->columns.names.count > 1)
		snprintf(text, 128, "; if it is no row, sed %zud FILE | gpufit - leaves it out",
			r->row_line);
	return text;
}

/* A delimiter at the end of a line leaves one empty field beyond the last column. */
static gf_status end_row(struct csv_reader *r)
{
	size_t wanted = r->columns.names.count;
	char advice[128];

	if (r->column != wanted && !(r->column == wanted + 1 && !r->rows.has_extra_field))
		return report_error(line_place(r->name, r->row_line), r->err,
			"%zu column%s, but line %zu has %zu%s", r->column, plural_s(r->column),
			r->columns.line, wanted, width_advice(r, advice));
	return rows_end(&r->rows, r->row_line);
}

/* Returns 1 if every column that is read holds numbers. */
static int reads_only_numbers(const struct rows *r)
{
	if (r->checks_numbers || r->columns->weights.count > 0 || r->columns->kept.count > 0)
		return 0;
	for (size_t i = 0; i < r->columns->names.count; i++)
		if (r->columns->roles[i] == COLUMN_ONE_HOT)
			return 0;
	for (size_t k = 0; k < r->columns->targets.count; k++)
		if (!targets_of_numbers(r->targets[k]))
			return 0;
	return 1;
}

static gf_status end_first_row(struct csv_reader *r)
{
	const struct header_finder h = {.options = r->options,
		.sample = &r->sample,
		.first = &r->first,
		.place = line_place(r->name, r->row_line),
		.c_locale = r->c_locale,
		.err = r->err};

	TRY(header_find(&h, &r->columns));
	TRY(columns_select(&r->columns, r->options, r->err));
	TRY(rows_begin(&r->rows, &r->columns, r->options, r->c_locale, r->err));
	header_notices(&h, &r->columns);
	r->begun = 1;
	r->only_numbers = reads_only_numbers(&r->rows);
	r->numbers = (struct number_rows){&r->scanner, r->rows.places, r->columns.names.count,
		r->rows.width + r->columns.targets.count, r->rows.precision};
	r->precision = calloc(NUMBER_PARTS * (r->numbers.width + 1), sizeof *r->precision);
	if (!r->precision)
		return no_memory(r);
	if (!r->columns.header) {
		for (size_t i = 0; i < r->first.count; i++)
			TRY(rows_add_field(&r->rows, i, texts_at(&r->first, i), r->row_line));
		TRY(end_row(r));
	}
	texts_free(&r->first);
	sample_free(&r->sample);
	return GF_OK;
}

/* ---- a field ---- */

static gf_status refuse_field(struct csv_reader *r, const char *what)
{
	return report_error(columns_place(&r->columns, r->line, r->column), r->err, "%s", what);
}

static gf_status refuse_long_field(struct csv_reader *r)
{
	return refuse_field(r, "a field of more than 16 MiB; is a quote left open?");
}

/* Fast path: reads a field that is a number and nothing else.  Returns 0 when the caller must use
 * field_scan. */
static int read_number(
	struct csv_reader *r, char *at, enum field_result *result, struct csv_field *field)
{
	size_t length, quoted;

	if (!r->begun)
		return 0;
	at = field_skip_blanks(&r->scanner, at);
	quoted = *at == '"';
	length = rows_scan_number(&r->rows, r->column, at + quoted);
	if (length == 0 || (quoted && at[1 + length] != '"'))
		return 0;
	field->lines = 0;
	*result = field_end(&r->scanner, at + length + 2 * quoted, field);
	return *result <= FIELD_LAST;
}

static gf_status keep_field(struct csv_reader *r, struct csv_field *field)
{
	if (field->length > FIELD_MAX)
		return refuse_long_field(r);
	field_unquote(field);
	if (r->begun)
		return rows_add_field(&r->rows, r->column, field->text, r->row_line);
	return texts_add(&r->first, field->text, field->length) ? no_memory(r) : GF_OK;
}

/* Sets *next to what follows the field, or to text itself where the text ends within the field. */
static gf_status read_field(struct csv_reader *r, char *text, char **next)
{
	enum field_result result;
	struct csv_field field;
	gf_status status = GF_OK;

	if (!read_number(r, text, &result, &field)) {
		result = field_scan(&r->scanner, text, r->column == 0, &field);
		if (result <= FIELD_LAST)
			status = keep_field(r, &field);
	}
	*next = result == FIELD_CUT ? text : field.next;
	if (result == FIELD_NUL)
		return report_error(line_place(r->name, r->line + field.lines), r->err,
			"a NUL byte; this is no text file");
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

/* Returns the end of the line, or of the text where the line goes on behind it. */
static char *skip_comment(struct csv_reader *r, char *text)
{
	while (text < r->scanner.end && *text != '\n' && *text != '\r')
		text++;
	r->in_comment = text == r->scanner.end;
	return text;
}

/* Reads the fields of a row from text on, until the row ends or a field begins at limit or behind
 * it.  Sets *next to where the next field begins. */
static gf_status read_row(struct csv_reader *r, char *text, const char *limit, char **next)
{
	size_t left = (size_t)(r->scanner.end - text);
	gf_status status;

	if (r->column == 0) {
		r->row_line = r->line;
		r->first_byte = *text;
		if (r->in_comment || sample_is_comment(text, left, r->options))
			text = skip_comment(r, text);
		*next = text;
		if (r->in_comment)
			return GF_OK;
	}
	do {
		status = read_field(r, text, next);
		if (*next == text)
			break;
		text = *next;
	} while (!status && r->column > 0 && text < limit);
	return status;
}

static gf_status add_numbers(struct csv_reader *r, const struct number_part *part)
{
	for (size_t i = 0; i < part->rows; i++)
		TRY(rows_add_row(&r->rows, part->out + i * r->numbers.width, r->line++));
	for (size_t j = 0; j < r->numbers.width; j++)
		precision_merge(&r->rows.precision[j], &part->precision[j]);
	return GF_OK;
}

/* Reads whole lines by several threads.  In each thread's part the rows up to the first line that
 * is no row of numbers come from the thread, and the others are read here, field by field.  Where
 * such a row ends behind its part, or not in this text, the parts after it are not used: *next
 * tells where to go on. */
static gf_status read_number_lines(struct csv_reader *r, char *text, char *limit, char **next)
{
	struct number_part parts[NUMBER_PARTS];
	size_t need = (size_t)(limit - text) / 2 + 1, count;
	float *floats = array_reserve(r->floats, &r->floats_room, need, sizeof *floats);

	if (!floats)
		return no_memory(r);
	r->floats = floats;
	for (size_t i = 0; i < NUMBER_PARTS; i++)
		parts[i].precision = r->precision + i * r->numbers.width;
	count = number_rows_read(&r->numbers, text, limit, floats, parts);
	*next = text;
	for (size_t i = 0; i < count && *next == parts[i].text; i++) {
		TRY(add_numbers(r, &parts[i]));
		*next = text = parts[i].stop;
		while (text < parts[i].end) {
			TRY(read_row(r, text, limit, next));
			if (r->column > 0 || *next == text)
				return GF_OK;
			text = *next;
		}
	}
	return GF_OK;
}

/* Returns the end of the last whole line or, where the text holds a part of one line alone, the end
 * of its last whole field. */
static char *find_limit(const struct csv_reader *r, char *text)
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

/* Sets *left to the length of the end of the text that has not been read. */
static gf_status read_text(struct csv_reader *r, char *text, size_t length, size_t *left)
{
	char *begin = text, *limit, *next = text;

	r->scanner.end = text + length;
	limit = find_limit(r, text);
	while (text < limit) {
		int whole_lines = r->only_numbers && r->column == 0 && !r->in_comment &&
				  limit[-1] == r->scanner.line_end;

		TRY(whole_lines ? read_number_lines(r, text, limit, &next)
				: read_row(r, text, limit, &next));
		if (next == text)
			break;
		text = next;
	}
	*left = (size_t)(r->scanner.end - text);
	return text == begin && length > FIELD_MAX ? refuse_long_field(r) : GF_OK;
}

/* ---- the text ---- */

/* Lines end in LF or CR LF, or in CR where the text has no LF. */
static char find_line_end(const char *text, size_t length)
{
	int is_cr = length > 0 && memchr(text, '\r', length - 1) && !memchr(text, '\n', length);

	return is_cr ? '\r' : '\n';
}

/* The delimiter that Excel's first line "sep=;" names; 0 where there is no such line. */
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

/* Leaves out a line, whose end may have to be read first. */
static gf_status skip_line(struct csv_reader *r, struct input *in, char **text, size_t *length)
{
	char *end;

	while (*length > 0 && !(end = memchr(*text, r->scanner.line_end, *length)))
		TRY(input_read(in, text, length, r->err));
	if (*length == 0)
		return GF_OK;
	r->line++;
	input_unread(in, (size_t)(*text + *length - (end + 1)));
	return input_read(in, text, length, r->err);
}

/* Reads up to the first line of the table, and finds the delimiter. */
static gf_status begin(struct csv_reader *r, struct input *in, char **text, size_t *length)
{
	char delimiter = r->options->delimiter, excel;

	in->encoding = r->options->text_encoding;
	TRY(input_read(in, text, length, r->err));
	r->scanner.line_end = find_line_end(*text, *length);
	while (*length > 0 && r->line <= r->options->skip_lines)
		TRY(skip_line(r, in, text, length));
	excel = excel_delimiter(*text, *length);
	if (excel)
		TRY(skip_line(r, in, text, length));
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

static gf_status finish(struct csv_reader *r)
{
	if (!r->begun)
		return report_error(
			line_place(r->name, 1), r->err, "empty; rows of numbers are wanted");
	if (r->rows.count + r->rows.dropped == 0)
		return report_error(line_place(r->name, r->columns.line), r->err,
			"a header, but no row follows it");
	return GF_OK;
}

/* Adds the end that the last line may lack; input_read leaves room for it. */
static void end_last_line(char *text, size_t *length, char line_end)
{
	if (*length == 0 || text[*length - 1] != line_end)
		text[(*length)++] = line_end;
}

static gf_status read_rows(struct csv_reader *r, struct input *in)
{
	char *text;
	size_t length, left;
	int ended = 0;

	TRY(begin(r, in, &text, &length));
	while (!(ended && length == 0)) {
		ended = in->exhausted;
		if (ended)
			end_last_line(text, &length, r->scanner.line_end);
		TRY(read_text(r, text, length, &left));
		if (ended && left > 0)
			return refuse_field(r, "a quote opens here and is never closed");
		input_unread(in, left);
		TRY(input_read(in, &text, &length, r->err));
	}
	return finish(r);
}

/* ---- a file ---- */

static gf_status reader_open(
	struct csv_reader *r, const char *name, const struct read_options *options, gf_error *err)
{
	*r = (struct csv_reader){
		.name = name, .options = options, .err = err, .line = 1, .columns = {.path = name}};
	r->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!r->c_locale)
		return gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	return GF_OK;
}

static void reader_close(struct csv_reader *r)
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

static gf_status read_dataset(struct csv_reader *r, struct input *in, gf_dataset **data)
{
	TRY(advice_conclude(&r->rows, read_rows(r, in)));
	return rows_dataset(&r->rows, data);
}

gf_status csv_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct csv_reader r;
	gf_status status;

	*data = NULL;
	if (options->delimiter && !delimiter_possible(options->delimiter))
		return gf_fail(err, GF_E_USAGE, "delimiter %s: it cannot stand between numbers",
			quote_of(&options->delimiter, 1).text);
	status = reader_open(&r, in->name, options, err);
	if (!status)
		status = read_dataset(&r, in, data);
	reader_close(&r);
	return status;
}

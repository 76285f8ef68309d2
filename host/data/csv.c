/* csv.c: reads the rows of CSV, TSV and tables whose columns are separated by blanks. */
#include "csv.h"
#include "error.h"
#include "header.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Bytes.  A quote that is never closed is an error here, before it takes all memory. */
enum { FIELD_MAX = 1 << 24 };

/* ---- a row ---- */

/* Advice for a row that has another width than the first. */
static const char *width_advice(const struct csv_reader *r, char text[128])
{
	text[0] = 0;
	if (r->first_byte == '#' || r->first_byte == '%')
		snprintf(text, 128, "; --comment '%c' leaves out such lines", r->first_byte);
	else if (r->column == 1 && r->columns.names.count > 1)
		snprintf(text, 128, "; if it is no row, sed %zud FILE | gpufit - leaves it out",
			files_place(&r->in->all, r->row_line).line);
	return text;
}

/* A delimiter at the end of a line leaves one empty field beyond the last column. */
static gf_status end_row(struct csv_reader *r)
{
	size_t wanted = r->columns.names.count;
	char advice[128];

	if (r->column != wanted && !(r->column == wanted + 1 && !r->rows.has_extra_field))
		return report_error(files_place(&r->in->all, r->row_line), r->err,
			"%zu column%s, but %s has %zu%s", r->column, plural_s(r->column),
			files_line(&r->in->all, r->columns.line).text, wanted,
			width_advice(r, advice));
	return rows_end(&r->rows, r->row_line);
}

/* Returns 1 if every column that is read holds numbers. */
static int reads_only_numbers(const struct rows *r)
{
	if (r->checks_numbers || r->columns->weights.count > 0 || r->columns->offsets.count > 0 ||
		r->columns->kept.count > 0)
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
		.place = files_place(&r->in->all, r->row_line),
		.c_locale = r->c_locale,
		.err = r->err};

	if (r->begun)
		return csv_same_header(r);
	TRY(header_find(&h, &r->columns));
	TRY(columns_select(&r->columns, r->options, r->err));
	TRY(rows_begin(&r->rows, &r->columns, r->options, r->c_locale, r->err));
	header_notices(&h, &r->columns);
	r->begun = 1;
	r->in_first_row = 0;
	r->only_numbers = reads_only_numbers(&r->rows);
	r->numbers = (struct number_rows){&r->scanner, r->rows.places, r->columns.names.count,
		r->rows.width + r->columns.targets.count, r->rows.precision};
	r->precision = calloc(NUMBER_PARTS * (r->numbers.width + 1), sizeof *r->precision);
	if (!r->precision)
		return csv_no_memory(r);
	if (!r->columns.header) {
		for (size_t i = 0; i < r->first.count; i++)
			TRY(rows_add_field(&r->rows, i, texts_at(&r->first, i), r->row_line));
		TRY(end_row(r));
	}
	if (r->columns.header) {
		r->header = r->first;
		r->first = (struct texts){0};
	}
	texts_free(&r->first);
	sample_free(&r->sample);
	return GF_OK;
}

/* ---- a field ---- */

static gf_status refuse_long_field(struct csv_reader *r)
{
	return csv_refuse_field(r, "a field of more than 16 MiB; is a quote left open?");
}

/* Fast path: reads a field that is a number and nothing else.  Returns 0 when the caller must use
 * field_scan. */
static int read_number(
	struct csv_reader *r, char *at, enum field_result *result, struct csv_field *field)
{
	size_t length, quoted;

	if (r->in_first_row)
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
	if (!r->in_first_row)
		return rows_add_field(&r->rows, r->column, field->text, r->row_line);
	return texts_add(&r->first, field->text, field->length) ? csv_no_memory(r) : GF_OK;
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
		return report_error(files_place(&r->in->all, r->line + field.lines), r->err,
			"a NUL byte; this is no text file");
	if (result == FIELD_TEXT_AFTER_QUOTE)
		return csv_refuse_field(r, "text after the closing quote; "
					   "a quote inside quotes is written twice");
	r->column += result <= FIELD_LAST;
	if (!status && r->column > 0 && (result == FIELD_LAST || result == FIELD_NONE)) {
		status = r->in_first_row ? end_first_row(r) : end_row(r);
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
		return csv_no_memory(r);
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

gf_status csv_read_text(struct csv_reader *r, char *text, size_t length, size_t *left)
{
	char *begin = text, *limit, *next = text;

	r->scanner.end = text + length;
	limit = find_limit(r, text);
	while (text < limit) {
		int whole_lines = r->only_numbers && !r->in_first_row && r->column == 0 &&
				  !r->in_comment && limit[-1] == r->scanner.line_end;

		TRY(whole_lines ? read_number_lines(r, text, limit, &next)
				: read_row(r, text, limit, &next));
		if (next == text)
			break;
		text = next;
	}
	*left = (size_t)(r->scanner.end - text);
	return text == begin && length > FIELD_MAX ? refuse_long_field(r) : GF_OK;
}

/* csv_files.c: where the table of a CSV file begins, and how it goes on in the next file. */
#include "csv.h"
#include "error.h"
#include "formats.h"
#include "table_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* Leaves out the lines before the table, and returns through *excel the delimiter that they name,
 * or 0. */
static gf_status skip_lines(struct csv_reader *r, char **text, size_t *length, char *excel)
{
	while (*length > 0 && r->line - r->file_line < r->options->skip_lines)
		TRY(skip_line(r, r->in, text, length));
	*excel = excel_delimiter(*text, *length);
	return *excel ? skip_line(r, r->in, text, length) : GF_OK;
}

/* Finds the delimiter: that of the options, or that of the file itself, or that of the file before,
 * or in the first file the one that divides its first rows best. */
static gf_status find_delimiter(struct csv_reader *r, char *text, size_t length, char excel)
{
	if (r->options->delimiter)
		r->delimiter = r->options->delimiter;
	else if (excel)
		r->delimiter = excel;
	else if (!r->delimiter)
		r->delimiter = sample_delimiter(text, length, r->options);
	if (r->delimiter == ',' && r->options->decimal == ',')
		return gf_fail(r->err, GF_E_USAGE,
			"%s: the comma is the delimiter, and cannot be the decimal mark as well",
			r->in->name);
	if (!r->begun && sample_take(&r->sample, text, length, r->delimiter, r->options))
		return csv_no_memory(r);
	field_scanner_init(&r->scanner, r->delimiter, r->scanner.line_end);
	return GF_OK;
}

/* Reads up to the first line of the table. */
static gf_status begin(struct csv_reader *r, char **text, size_t *length)
{
	char excel;

	r->file_line = r->line;
	r->in_first_row = !r->begun || r->columns.header;
	r->in->encoding = r->options->text_encoding;
	TRY(input_read(r->in, text, length, r->err));
	r->scanner.line_end = find_line_end(*text, *length);
	TRY(skip_lines(r, text, length, &excel));
	return find_delimiter(r, *text, *length, excel);
}

/* Adds the end that the last line may lack; input_read leaves room for it. */
static void end_last_line(char *text, size_t *length, char line_end)
{
	if (*length == 0 || text[*length - 1] != line_end)
		text[(*length)++] = line_end;
}

static gf_status read_file(struct csv_reader *r)
{
	char *text;
	size_t length, left;
	int ended = 0;

	TRY(begin(r, &text, &length));
	while (!(ended && length == 0)) {
		ended = r->in->exhausted;
		if (ended)
			end_last_line(text, &length, r->scanner.line_end);
		TRY(csv_read_text(r, text, length, &left));
		if (ended && left > 0)
			return csv_refuse_field(r, "a quote opens here and is never closed");
		input_unread(r->in, left);
		TRY(input_read(r->in, &text, &length, r->err));
	}
	return GF_OK;
}

/* ---- several files ---- */

static gf_status finish(struct csv_reader *r)
{
	if (r->rows.count + r->rows.dropped == 0)
		return report_error(files_place(&r->in->all, r->columns.line), r->err,
			"a header, but no row follows it");
	return GF_OK;
}

/* Reads all files, each of which has a row, or a header and perhaps no row. */
static gf_status read_rows(struct csv_reader *r)
{
	size_t rows;
	int more = 1;

	do {
		rows = r->rows.count + r->rows.dropped + r->rows.survey.rows;
		TRY(read_file(r));
		if (r->in_first_row ||
			(!r->columns.header &&
				rows == r->rows.count + r->rows.dropped + r->rows.survey.rows))
			return report_error(line_place(r->in->name, 1), r->err,
				"empty; rows of numbers are wanted");
		TRY(table_next(r->in, r->options, FORMAT_csv, r->line - 1, &more, r->err));
	} while (more);
	return finish(r);
}

/* ---- the dataset ---- */

static gf_status reader_open(
	struct csv_reader *r, struct input *in, const struct read_options *options, gf_error *err)
{
	*r = (struct csv_reader){.in = in,
		.options = options,
		.err = err,
		.line = 1,
		.columns = {.files = &in->all}};
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
	texts_free(&r->header);
	sample_free(&r->sample);
	rows_free(&r->rows);
	columns_free(&r->columns);
}

static gf_status read_dataset(struct csv_reader *r, gf_dataset **data)
{
	TRY(advice_conclude(&r->rows, read_rows(r)));
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
	status = reader_open(&r, in, options, err);
	if (!status)
		status = read_dataset(&r, data);
	reader_close(&r);
	return status;
}

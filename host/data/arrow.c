/*
 * arrow.c: makes a dataset of an Arrow table, row by row as csv.c does, so that a table and the CSV
 * file it would be written to give the same one.
 */
#include "arrow_column.h"
#include "columns.h"
#include "error.h"
#include "memory.h"
#include "number.h"
#include "precision.h"
#include "rows.h"
#include "table_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_ROWS = 1 << 16 /* rows from one report of progress to the next */ };

struct arrow_reader {
	const struct read_options *options; /* borrowed, as all up to err */
	const struct ArrowSchema *schema;
	gf_error *err;
	locale_t c_locale;
	struct columns columns;     /* owned */
	struct rows rows;           /* owned */
	struct arrow_column *batch; /* owned; (columns) those of a part of the table */
	size_t row;                 /* the next one, from 1 */
	char *text;                 /* owned; (room) a field */
	size_t room;
};

static gf_status refuse(const struct arrow_reader *r, const char *what)
{
	return report_error(files_place(r->columns.files, 0), r->err, "%s", what);
}

static gf_status no_memory(const struct arrow_reader *r)
{
	return report_no_memory(files_place(r->columns.files, 0), r->err);
}

/* ---- columns ---- */

/* A column without a name is called by its place. */
static gf_status add_name(struct arrow_reader *r, const struct ArrowSchema *column, size_t place)
{
	const char *name = column->name ? column->name : "";
	char numbered[32];

	if (!*name) {
		snprintf(numbered, sizeof numbered, "column%zu", place + 1);
		name = numbered;
	}
	return texts_add(&r->columns.names, name, strlen(name)) ? no_memory(r) : GF_OK;
}

static gf_status name_columns(struct arrow_reader *r)
{
	const struct ArrowSchema *s = r->schema;

	if (!s->format || strcmp(s->format, "+s") != 0)
		return report_error(files_place(r->columns.files, 0), r->err,
			"Arrow type %s; wanted: a struct of columns, \"+s\"",
			s->format ? quote_text(s->format).text : "NULL");
	if (s->n_children <= 0 || !s->children)
		return refuse(r, "an Arrow struct without columns");
	for (int64_t i = 0; i < s->n_children; i++) {
		if (!s->children[i])
			return refuse(r, "an Arrow struct with a column that is NULL");
		TRY(add_name(r, s->children[i], (size_t)i));
	}
	return GF_OK;
}

/* Returns 1 if the column plays a part. */
static int is_read(const struct arrow_reader *r, size_t column)
{
	return rows_take_column(&r->rows, column);
}

static gf_status check_columns(struct arrow_reader *r)
{
	for (size_t i = 0; i < r->columns.names.count; i++)
		if (is_read(r, i))
			TRY(arrow_column_check(
				r->schema->children[i], columns_place(&r->columns, 0, i), r->err));
	return GF_OK;
}

static gf_status begin(struct arrow_reader *r)
{
	TRY(name_columns(r));
	TRY(columns_select(&r->columns, r->options, r->err));
	TRY(rows_begin(&r->rows, &r->columns, r->options, r->c_locale, r->err));
	r->batch = calloc(r->columns.names.count, sizeof *r->batch);
	return r->batch ? check_columns(r) : no_memory(r);
}

/* ---- fields ---- */

static gf_status add_text(struct arrow_reader *r, size_t column, const char *text, size_t length)
{
	char *copy = array_reserve(r->text, &r->room, length + 1, 1);

	if (!copy)
		return no_memory(r);
	r->text = copy;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strlen(copy) < length)
		return report_error(
			columns_place(&r->columns, r->row, column), r->err, "text with a NUL byte");
	return rows_add_field(&r->rows, column, copy, r->row);
}

/* Adds a number where text is wanted: for words, classes, and what is kept. */
static gf_status add_spelt(struct arrow_reader *r, size_t column, const struct arrow_cell *cell)
{
	char text[NUMBER_ROOM];

	if (cell->kind == ARROW_TRUTH)
		snprintf(text, sizeof text, "%s", cell->number > 0.0 ? "true" : "false");
	else if (cell->kind == ARROW_INTEGER)
		snprintf(text, sizeof text, "%s%" PRIu64, cell->negative ? "-" : "",
			cell->magnitude);
	else
		number_spell(text, cell->number, cell->kind == ARROW_FLOAT, r->c_locale);
	return add_text(r, column, text, strlen(text));
}

static gf_status add_cell(struct arrow_reader *r, size_t column, const struct arrow_cell *cell)
{
	struct row_number number = {.value = cell->number};

	if (cell->kind == ARROW_MISSING)
		return add_text(r, column, "", 0);
	if (cell->kind == ARROW_TEXT)
		return add_text(r, column, cell->text, cell->length);
	number.rest = cell->kind == ARROW_INTEGER ? precision_integer_rest(cell->magnitude)
						  : precision_rest(cell->number);
	number.is_whole_value =
		cell->kind != ARROW_TRUTH &&
		(cell->kind != ARROW_INTEGER || cell->magnitude < UINT64_C(1) << 53);
	if (rows_add_number(&r->rows, column, &number))
		return GF_OK;
	return add_spelt(r, column, cell);
}

/* ---- parts of the table ---- */

static void report_progress(const struct arrow_reader *r)
{
	const gf_progress progress = {.phase = GF_PHASE_reading};

	if (r->options->on_progress && r->row % PROGRESS_ROWS == 0)
		r->options->on_progress(&progress, r->options->user);
}

static gf_status add_row(struct arrow_reader *r, size_t row)
{
	struct arrow_cell cell;

	for (size_t i = 0; i < r->columns.names.count; i++) {
		if (!is_read(r, i))
			continue;
		TRY(arrow_column_cell(&r->batch[i], row, &cell, r->err));
		TRY(add_cell(r, i, &cell));
	}
	TRY(rows_end(&r->rows, r->row++));
	report_progress(r);
	return GF_OK;
}

/* Checks the struct of a part and opens its columns. */
static gf_status open_part(struct arrow_reader *r, const struct ArrowArray *a)
{
	const size_t columns = r->columns.names.count;

	if (a->length < 0 || a->offset < 0 || a->n_children < 0 ||
		(uint64_t)a->n_children != columns || !a->children)
		return report_error(files_place(r->columns.files, 0), r->err,
			"an Arrow struct of length %" PRId64 ", offset %" PRId64 " and %" PRId64
			" columns, of which its type has %zu",
			a->length, a->offset, a->n_children, columns);
	if (a->null_count > 0)
		return refuse(r, "an Arrow struct with rows that are null as a whole");
	for (size_t i = 0; i < columns; i++)
		if (is_read(r, i))
			TRY(arrow_column_open(&r->batch[i], r->schema->children[i], a->children[i],
				(size_t)a->offset, (size_t)a->length,
				columns_place(&r->columns, 0, i), r->err));
	return GF_OK;
}

static gf_status add_part(struct arrow_reader *r, const struct ArrowArray *array)
{
	TRY(open_part(r, array));
	for (size_t row = 0; row < (size_t)array->length; row++)
		TRY(add_row(r, row));
	return GF_OK;
}

static gf_status fail_stream(
	const struct arrow_reader *r, struct ArrowArrayStream *stream, int code)
{
	const char *why = stream->get_last_error ? stream->get_last_error(stream) : NULL;

	return report_error(files_place(r->columns.files, 0), r->err, "the Arrow stream failed: %s",
		why ? why : strerror(code));
}

static gf_status add_stream(struct arrow_reader *r, struct ArrowArrayStream *stream)
{
	gf_status status = GF_OK;

	while (!status) {
		struct ArrowArray part = {.release = NULL};
		const int code = stream->get_next(stream, &part);

		if (code)
			return fail_stream(r, stream, code);
		if (!part.release)
			return GF_OK;
		status = add_part(r, &part);
		part.release(&part);
	}
	return status;
}

/* ---- the dataset ---- */

static gf_status finish(const struct arrow_reader *r)
{
	return r->row == 1 ? refuse(r, "no rows") : GF_OK;
}

static gf_status read_table(struct arrow_reader *r, const struct arrow_source *source)
{
	TRY(begin(r));
	TRY(source->array ? add_part(r, source->array) : add_stream(r, source->stream));
	return finish(r);
}

static gf_status read_open(
	struct arrow_reader *r, const struct arrow_source *source, gf_dataset **data)
{
	struct ArrowSchema schema = {.release = NULL};
	gf_status status;
	int code;

	r->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!r->c_locale)
		return gf_fail(r->err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	if (!r->schema) {
		code = source->stream->get_schema(source->stream, &schema);
		if (code)
			return fail_stream(r, source->stream, code);
		r->schema = &schema;
	}
	status = advice_conclude(&r->rows, read_table(r, source));
	if (!status)
		status = rows_dataset(&r->rows, data);
	if (schema.release)
		schema.release(&schema);
	return status;
}

gf_status arrow_read(gf_dataset **data, const struct arrow_source *source,
	const struct read_options *options, gf_error *err)
{
	static const struct file_list no_file = {.name = "table", .by_row = 1};
	struct arrow_reader r = {.options = options,
		.schema = source->schema,
		.err = err,
		.columns = {.files = &no_file, .header = 1},
		.row = 1};
	const gf_status status = read_open(&r, source, data);

	if (r.c_locale)
		freelocale(r.c_locale);
	rows_free(&r.rows);
	columns_free(&r.columns);
	free(r.batch);
	free(r.text);
	return status;
}

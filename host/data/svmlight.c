/*
 * svmlight.c: reads the sparse text format of SVMlight and LIBSVM.
 *
 *	label index:value index:value ...  # comment
 *
 * Indices count from 1, or from 0 if the file has an index 0.  An index that a line leaves out has
 * the value 0.  A value or label is missing if na_word of encoding.h says so.  qid is ignored.
 *
 * The dataset is dense, or its rows are kept sparse (sparse.h).  Its features are "column1",
 * "column2", ... up to the largest index or, for a model, up to the model's features: larger
 * indices are left out.  Its target is "label".
 */
#include "svmlight.h"
#include "dataset.h"
#include "error.h"
#include "input.h"
#include "memory.h"
#include "encoding.h"
#include "number.h"
#include "table_read.h"
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"
#define DIGITS "0123456789"

/* The line that is being read. */
static struct data_place here(const struct svmlight *r)
{
	return files_place(r->files, r->line);
}

static gf_status no_memory(const struct svmlight *r)
{
	return report_no_memory(here(r), r->err);
}

/* ---- one line ---- */

/* Ends the next word with a 0 and returns it; NULL: there is no more. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, BLANKS);
	char *end = word + strcspn(word, BLANKS);

	*at = *end ? end + 1 : end;
	*end = 0;
	return *word ? word : NULL;
}

static gf_status read_index(struct svmlight *r, const char *word, uint32_t *index)
{
	unsigned long long value;

	errno = 0;
	value = strtoull(word, NULL, 10);
	if (value > INT32_MAX || errno)
		return report_error(here(r), r->err, "%s: the index is beyond %d",
			quote_text(word).text, INT32_MAX);
	if (value == 0 && r->base == 1)
		return report_error(here(r), r->err,
			"index 0; %s indices count from 1 (--index-base 0 if they do not)",
			r->options->wanted_features ? "the model's" : "here");
	if (value == 0 && !r->zero_line)
		r->zero_line = r->line;
	if (value > r->most)
		r->most = (size_t)value;
	*index = (uint32_t)value;
	return GF_OK;
}

static gf_status add_pair(struct svmlight *r, struct sparse_pair pair)
{
	struct sparse_table *t = &r->table;

	if (t->pair_count == t->pair_room)
		TRY(sparse_table_grow(t, t->pair_count + 1));
	t->pairs[t->pair_count++] = pair;
	return GF_OK;
}

/* A missing value becomes NaN.  Whether it is an error is known once columns are selected. */
static gf_status read_value(
	struct svmlight *r, struct sparse_pair *pair, const char *word, const char *text)
{
	const char *what = number_parse(&pair->value, text, r->c_locale);

	if ((what || r->numbers_may_be_missing) && *text &&
		na_word(r->options, text, strlen(text))) {
		pair->value = NAN;
		text = NULL;
	} else if (what) {
		return report_error(here(r), r->err, "%s: %s", quote_text(word).text, what);
	}
	if (r->watches_precision &&
		sparse_precision_add(&r->precision, pair->index, pair->value, text, r->c_locale))
		return no_memory(r);
	return GF_OK;
}

static gf_status read_pair(struct svmlight *r, char *word)
{
	size_t digits = strspn(word, DIGITS), row = sparse_table_first(&r->table);
	struct sparse_pair pair = {0};

	if (strncmp(word, "qid:", 4) == 0) {
		r->qid_line = r->qid_line ? r->qid_line : r->line;
		return GF_OK;
	}
	if (digits == 0 || word[digits] != ':')
		return report_error(
			here(r), r->err, "%s; index:value is wanted", quote_text(word).text);
	TRY(read_index(r, word, &pair.index));
	r->unsorted |= r->table.pair_count > row &&
		       r->table.pairs[r->table.pair_count - 1].index >= pair.index;
	TRY(read_value(r, &pair, word, word + digits + 1));
	return add_pair(r, pair);
}

gf_status svmlight_add_label(struct svmlight *r, const char *word, size_t line)
{
	TRY(targets_add(r->targets, word, line, r->err));
	if (r->watches_precision && targets_of_numbers(r->targets))
		precision_add_if_number(&r->label_precision, word, r->c_locale);
	return GF_OK;
}

static gf_status read_label(struct svmlight *r, const char *word)
{
	int missing = r->targets && na_word(r->options, word, strlen(word));

	if (strchr(word, ':'))
		return report_error(here(r), r->err,
			"%s; the label is wanted before the first index:value (weights, as in "
			"label:weight, are read from CSV alone, by --sample-weight)",
			quote_text(word).text);
	if (strchr(word, ','))
		return report_error(here(r), r->err,
			"%s: several labels; one in each line is wanted", quote_text(word).text);
	if (!r->targets)
		return GF_OK;
	if (r->keeps_labels)
		return texts_add(&r->labels, word, missing ? 0 : strlen(word)) ? no_memory(r)
									       : GF_OK;
	if (missing)
		return report_error(here(r), r->err, "%s: a missing label; %s",
			quote_text(word).text, missing_advice(r->options, COLUMN_TARGET));
	return svmlight_add_label(r, word, r->line);
}

/* Sorts the pairs of this line by index.  An index that comes twice is refused, since nobody knows
 * which of the values is meant. */
static gf_status sort_row(struct svmlight *r)
{
	const size_t twice = sparse_table_sort(&r->table);

	r->unsorted = 0;
	if (twice == SIZE_MAX)
		return GF_OK;
	return report_error(here(r), r->err, "index %zu comes twice in this line", twice);
}

static gf_status end_row(struct svmlight *r)
{
	struct sparse_table *t = &r->table;
	struct sparse_line *rows =
		array_reserve(t->rows, &t->row_room, t->row_count + 1, sizeof *rows);

	if (!rows)
		return no_memory(r);
	t->rows = rows;
	rows[t->row_count++] = (struct sparse_line){r->line, t->pair_count};
	if (r->watches_precision)
		sparse_precision_end_row(&r->precision);
	return GF_OK;
}

/* Reads the line in r->text; a comment begins with #. */
static gf_status read_line(struct svmlight *r)
{
	char *at = r->text, *word;

	if (memchr(r->text, 0, r->length))
		return report_error(here(r), r->err, "a NUL byte; this is no text file");
	r->text[r->length] = 0;
	r->text[strcspn(r->text, "#")] = 0;
	word = next_word(&at);
	if (!word)
		return GF_OK;
	TRY(read_label(r, word));
	while ((word = next_word(&at)))
		TRY(read_pair(r, word));
	if (r->unsorted)
		TRY(sort_row(r));
	return end_row(r);
}

/* ---- all lines ---- */

static gf_status add_text(struct svmlight *r, const char *text, size_t length)
{
	char *all = array_reserve(r->text, &r->text_room, r->length + length + 1, 1);

	if (!all)
		return no_memory(r);
	r->text = all;
	memcpy(all + r->length, text, length);
	r->length += length;
	return GF_OK;
}

static gf_status read_lines(struct svmlight *r, const char *text, size_t length)
{
	while (length > 0) {
		const char *newline = memchr(text, '\n', length);
		size_t count = newline ? (size_t)(newline - text) : length;

		TRY(add_text(r, text, count));
		if (!newline)
			return GF_OK;
		TRY(read_line(r));
		r->length = 0;
		r->line++;
		text += count + 1;
		length -= count + 1;
	}
	return GF_OK;
}

static gf_status read_file(struct svmlight *r, struct input *in)
{
	char *text;
	size_t length;

	TRY(input_read(in, &text, &length, r->err));
	while (length > 0) {
		TRY(read_lines(r, text, length));
		TRY(input_read(in, &text, &length, r->err));
	}
	if (r->length > 0)
		TRY(read_line(r));
	r->length = 0;
	r->line++;
	return GF_OK;
}

static gf_status read_rows(struct svmlight *r, struct input *in)
{
	int more = 1;

	while (more) {
		size_t rows = r->table.row_count;

		TRY(read_file(r, in));
		if (r->table.row_count == rows)
			return report_error(line_place(in->name, 0), r->err,
				"no rows; label index:value ... is wanted");
		TRY(table_next(in, r->options, FORMAT_svmlight, r->line - 1, &more, r->err));
	}
	if (r->table.pair_count == 0 && r->table.features == 0)
		return report_error(
			files_place(r->files, 0), r->err, "labels alone; index:value is wanted");
	return GF_OK;
}

/* ---- the file ---- */

static gf_status open_targets(struct svmlight *r)
{
	struct target_options at = {.files = r->files, .column = {"the label"}, .columns = 1};

	if (r->options->part != PART_ALL ||
		(r->options->wanted_features && !r->options->with_target))
		return GF_OK;
	return assemble_targets(&r->targets, &at, r->options, r->err);
}

static gf_status reader_open(
	struct svmlight *r, struct input *in, const struct read_options *options, gf_error *err)
{
	*r = (struct svmlight){
		.options = options, .files = &in->all, .err = err, .line = 1, .base = -1};
	r->table = (struct sparse_table){.options = options, .files = &in->all, .err = err};
	r->watches_precision = precision_wanted(options);
	r->keeps_labels = options->missing == GF_MISSING_drop;
	r->numbers_may_be_missing = na_has_numbers(options);
	if (options->index_base != INDEX_BASE_UNKNOWN)
		r->base = options->index_base == INDEX_BASE_1;
	if (options->wanted_features && !options->features)
		r->table.features = options->wanted_feature_count;
	r->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!r->c_locale)
		return gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	return open_targets(r);
}

static void reader_close(struct svmlight *r)
{
	if (r->c_locale)
		freelocale(r->c_locale);
	targets_free(r->targets);
	free(r->text);
	sparse_table_free(&r->table);
	texts_free(&r->labels);
	sparse_precision_free(&r->precision);
}

gf_status svmlight_read(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct svmlight r;
	gf_status status;

	*data = NULL;
	status = reader_open(&r, in, options, err);
	if (!status)
		status = read_rows(&r, in);
	if (!status)
		status = svmlight_dataset(&r, data);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	reader_close(&r);
	return status;
}

#include "svmlight.h"
#include "array.h"
#include "assemble.h"
#include "choose.h"
#include "columns.h"
#include "error.h"
#include "excerpt.h"
#include "na.h"
#include "number.h"
#include "sparse_precision.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLANKS " \t\r"
#define DIGITS "0123456789"
#define TARGET "label" /* its name */

enum { NAME_BYTES = 96 /* about what a column takes in memory beside its numbers */ };

struct pair {
	uint32_t index; /* as in the file */
	float value;
};

struct reader {
	const struct csv_options *options; /* borrowed */
	const char *name;                  /* borrowed: the file as messages call it */
	gf_error *err;                     /* borrowed */
	locale_t c_locale;

	char *text; /* owned; (length) the line being read, and room for a 0 */
	size_t length, text_room;
	size_t line; /* its number, from 1 */

	struct targets *targets; /* owned; NULL: labels are not read */
	struct pair *pairs;      /* owned; (pair_count) of all rows */
	size_t pair_count, pair_room;
	size_t *ends; /* owned; (rows) where in pairs each row's end */
	size_t rows, ends_room;

	int watches; /* 1: whether floats hold the digits */
	struct sparse_precision precision;
	struct precision label_precision;

	int base;         /* the first index; -1: not yet known */
	int unsorted;     /* this line's indices */
	size_t most;      /* the largest index */
	size_t zero_line; /* the first line with an index 0; 0: none */
	size_t qid_line;  /* the same of a qid */
	size_t features;  /* as many as indices, or as the model has */
};

static gf_status __attribute__((format(printf, 2, 3)))
refuse(const struct reader *r, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return gf_fail(r->err, GF_E_DATA, "%s:%zu: %s", r->name, r->line, what);
}

static gf_status no_memory(const struct reader *r)
{
	return gf_fail(
		r->err, GF_E_MEMORY, "%s:%zu: no memory for what was read", r->name, r->line);
}

static struct excerpt shown(const char *text)
{
	return excerpt_of(text, strlen(text));
}

/* ---- a line ---- */

/* The next word, with a 0 at its end; NULL: there is none. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, BLANKS);
	char *end = word + strcspn(word, BLANKS);

	*at = *end ? end + 1 : end;
	*end = 0;
	return *word ? word : NULL;
}

static gf_status refuse_zero(const struct reader *r, size_t line)
{
	return gf_fail(r->err, GF_E_DATA,
		"%s:%zu: index 0; %s indices count from 1 (--index-base 0 if they do not)", r->name,
		line, r->options->wanted_features ? "the model's" : "here");
}

static gf_status take_index(struct reader *r, const char *word, uint32_t *index)
{
	unsigned long long value;

	errno = 0;
	value = strtoull(word, NULL, 10);
	if (value > INT32_MAX || errno)
		return refuse(r, "%s: the index is beyond %d", shown(word).text, INT32_MAX);
	if (value == 0 && r->base == 1)
		return refuse_zero(r, r->line);
	if (value == 0 && !r->zero_line)
		r->zero_line = r->line;
	if (value > r->most)
		r->most = (size_t)value;
	*index = (uint32_t)value;
	return GF_OK;
}

static gf_status add_pair(struct reader *r, struct pair pair)
{
	struct pair *pairs =
		array_reserve(r->pairs, &r->pair_room, r->pair_count + 1, sizeof *pairs);

	if (!pairs)
		return no_memory(r);
	r->pairs = pairs;
	pairs[r->pair_count++] = pair;
	return GF_OK;
}

static gf_status take_pair(struct reader *r, char *word)
{
	size_t digits = strspn(word, DIGITS), row = r->rows ? r->ends[r->rows - 1] : 0;
	const char *what;
	struct pair pair = {0};
	gf_status status;

	if (strncmp(word, "qid:", 4) == 0) {
		r->qid_line = r->qid_line ? r->qid_line : r->line;
		return GF_OK;
	}
	if (digits == 0 || word[digits] != ':')
		return refuse(r, "%s; index:value is wanted", shown(word).text);
	status = take_index(r, word, &pair.index);
	if (status)
		return status;
	r->unsorted |= r->pair_count > row && r->pairs[r->pair_count - 1].index >= pair.index;
	what = number_parse(&pair.value, word + digits + 1, r->c_locale);
	if (what)
		return refuse(r, "%s: %s", shown(word).text, what);
	if (r->watches && sparse_precision_add(&r->precision, pair.index, pair.value,
				  word + digits + 1, r->c_locale))
		return no_memory(r);
	return add_pair(r, pair);
}

static gf_status take_label(struct reader *r, const char *word)
{
	gf_status status;

	if (strchr(word, ':'))
		return refuse(r,
			"%s; the label is wanted before the first index:value (weights, as in "
			"label:weight, are read from CSV alone, by --sample-weight)",
			shown(word).text);
	if (strchr(word, ','))
		return refuse(
			r, "%s: several labels; one in each line is wanted", shown(word).text);
	if (r->targets && na_word(r->options, word, strlen(word)))
		return refuse(
			r, "%s: a missing label; a target is not filled in", shown(word).text);
	status = r->targets ? targets_add(r->targets, word, r->line, r->err) : GF_OK;
	if (!status && r->watches && r->targets && targets_of_numbers(r->targets))
		precision_add_field(&r->label_precision, word, r->c_locale);
	return status;
}

static int compare_pairs(const void *a, const void *b)
{
	uint32_t x = ((const struct pair *)a)->index, y = ((const struct pair *)b)->index;

	return (x > y) - (x < y);
}

/* Any order will do; but of an index that comes twice nobody knows which value is meant. */
static gf_status sort_row(struct reader *r)
{
	size_t first = r->rows ? r->ends[r->rows - 1] : 0;

	r->unsorted = 0;
	qsort(r->pairs + first, r->pair_count - first, sizeof *r->pairs, compare_pairs);
	for (size_t i = first + 1; i < r->pair_count; i++)
		if (r->pairs[i].index == r->pairs[i - 1].index)
			return refuse(
				r, "index %zu comes twice in this line", (size_t)r->pairs[i].index);
	return GF_OK;
}

static gf_status end_row(struct reader *r)
{
	size_t *ends = array_reserve(r->ends, &r->ends_room, r->rows + 1, sizeof *ends);

	if (!ends)
		return no_memory(r);
	r->ends = ends;
	ends[r->rows++] = r->pair_count;
	if (r->watches)
		sparse_precision_end_row(&r->precision);
	return GF_OK;
}

/* The line in r->text; what follows # is a comment. */
static gf_status take_line(struct reader *r)
{
	char *at = r->text, *word;
	gf_status status;

	if (memchr(r->text, 0, r->length))
		return refuse(r, "a NUL byte; this is no text file");
	r->text[r->length] = 0;
	r->text[strcspn(r->text, "#")] = 0;
	word = next_word(&at);
	if (!word)
		return GF_OK;
	status = take_label(r, word);
	while (!status && (word = next_word(&at)))
		status = take_pair(r, word);
	if (!status && r->unsorted)
		status = sort_row(r);
	return status ? status : end_row(r);
}

/* ---- the lines ---- */

static gf_status add_text(struct reader *r, const char *text, size_t length)
{
	char *all = array_reserve(r->text, &r->text_room, r->length + length + 1, 1);

	if (!all)
		return no_memory(r);
	r->text = all;
	memcpy(all + r->length, text, length);
	r->length += length;
	return GF_OK;
}

static gf_status take_lines(struct reader *r, const char *text, size_t length)
{
	gf_status status = GF_OK;

	while (!status && length > 0) {
		const char *newline = memchr(text, '\n', length);
		size_t some = newline ? (size_t)(newline - text) : length;

		status = add_text(r, text, some);
		if (!newline)
			return status;
		if (!status)
			status = take_line(r);
		r->length = 0;
		r->line++;
		text += some + 1;
		length -= some + 1;
	}
	return status;
}

static gf_status read_lines(struct reader *r, struct input *in)
{
	char *text;
	size_t length;
	gf_status status = input_read(in, &text, &length, r->err);

	while (!status && length > 0) {
		status = take_lines(r, text, length);
		if (!status)
			status = input_read(in, &text, &length, r->err);
	}
	if (!status && r->length > 0)
		status = take_line(r);
	if (status)
		return status;
	if (r->rows == 0)
		return gf_fail(
			r->err, GF_E_DATA, "%s: no rows; label index:value ... is wanted", r->name);
	if (r->pair_count == 0 && r->features == 0)
		return gf_fail(
			r->err, GF_E_DATA, "%s: labels alone; index:value is wanted", r->name);
	return GF_OK;
}

/* ---- what indices mean ---- */

/* As scikit-learn has it: an index 0 says that they count from 0. */
static void settle_base(struct reader *r)
{
	if (r->base < 0 && r->zero_line)
		data_notice(r->options,
			"%s:%zu: an index is 0, so indices count from 0 here, and column1 is "
			"index 0 (--index-base 1 refuses it)",
			r->name, r->zero_line);
	if (r->base < 0)
		r->base = r->zero_line ? 0 : 1;
	if (r->features == 0)
		r->features = r->most + 1 - (size_t)r->base;
}

/* A model has no weight for what its data did not have. */
static void tell_beyond(const struct reader *r)
{
	size_t beyond = 0, row = 0;

	for (size_t i = r->pair_count; i > 0; i--)
		if (r->pairs[i - 1].index - (size_t)r->base >= r->features) {
			beyond++;
			row = i - 1;
		}
	if (beyond)
		data_notice(r->options,
			"%s: %zu value%s left out, whose ind%s beyond the model's %zu features; "
			"the first is %zu",
			r->name, beyond, beyond == 1 ? " is" : "s are",
			beyond == 1 ? "ex is" : "ices are", r->features,
			(size_t)r->pairs[row].index);
}

static void tell_all(const struct reader *r)
{
	tell_beyond(r);
	if (r->qid_line)
		data_notice(r->options,
			"%s:%zu: qid is left out: it is for ranking, which gpufit does not do",
			r->name, r->qid_line);
}

/* ---- the dataset ---- */

/* Systems promise memory that they do not have: whoever uses it is killed. */
static gf_status check_memory(const struct reader *r, size_t rows, size_t features)
{
	double number_bytes = ((double)rows + TILE_ROWS) * sizeof(float);
	double wanted = (number_bytes + NAME_BYTES) * (double)features;
	double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

	if (wanted <= there)
		return GF_OK;
	return gf_fail(r->err, GF_E_MEMORY,
		"%s: %zu row%s x %zu features, all of them stored, would take %.1f GB; "
		"this machine has %.1f GB",
		r->name, rows, rows == 1 ? "" : "s", features, wanted * 1e-9, there * 1e-9);
}

/* The features, and then the target. */
static gf_status name_columns(struct reader *r, struct columns *columns)
{
	size_t rows = r->options->features ? 1 : r->rows; /* which are chosen is not yet known */
	gf_status status = check_memory(r, rows, r->features);

	if (!status)
		status = assemble_names(columns, r->features, r->err);
	if (!status && r->options->part == PART_ALL &&
		texts_add(&columns->names, TARGET, strlen(TARGET)))
		status = no_memory(r);
	return status;
}

static gf_status check_choice(const struct reader *r, const struct columns *columns)
{
	const struct column_list *features = &columns->features, *targets = &columns->targets;

	for (size_t i = 0; i < targets->count; i++)
		if (targets->at[i] != r->features)
			return gf_fail(r->err, GF_E_DATA,
				"%s: column %zu as a target; in svmlight each line's label is the "
				"target",
				r->name, targets->at[i] + 1);
	for (size_t i = 0; i < features->count; i++)
		if (features->at[i] == r->features)
			return gf_fail(r->err, GF_E_DATA,
				"%s: the label as a feature; in svmlight it is the target",
				r->name);
	return check_memory(r, r->rows, features->count);
}

static gf_status fill(struct reader *r, gf_dataset *data, const struct columns *columns)
{
	size_t d = data->features, pair = 0;
	size_t *places = malloc(r->features * sizeof *places);

	if (!places)
		return no_memory(r);
	for (size_t i = 0; i < r->features; i++)
		places[i] = SIZE_MAX;
	for (size_t j = 0; j < d; j++)
		places[columns->features.at[j]] = j;
	for (size_t i = 0; i < r->rows; i++)
		for (; pair < r->ends[i]; pair++) {
			size_t column = r->pairs[pair].index - (size_t)r->base;

			if (column < r->features && places[column] != SIZE_MAX)
				data->x[i * d + places[column]] = r->pairs[pair].value;
		}
	free(places);
	return GF_OK;
}

static gf_status tell_precision(const struct reader *r, const struct columns *columns)
{
	if (sparse_precision_notice(&r->precision, (size_t)r->base, columns, r->options))
		return no_memory(r);
	precision_tell(&r->label_precision, "the label", r->name, 1, r->options);
	return GF_OK;
}

static gf_status make_dataset(struct reader *r, gf_dataset **data, struct columns *columns)
{
	gf_status status;

	settle_base(r);
	tell_all(r);
	status = name_columns(r, columns);
	if (!status)
		status = choose_columns(columns, r->options, r->err);
	if (!status)
		status = check_choice(r, columns);
	if (!status)
		status = assemble_dataset(data, r->rows, columns, r->err);
	if (!status)
		(*data)->index_base = r->base ? INDEX_BASE_1 : INDEX_BASE_0;
	if (!status)
		status = fill(r, *data, columns);
	if (!status && columns->targets.count > 0)
		status = assemble_finish(*data, r->targets, 0, r->err);
	return status ? status : tell_precision(r, columns);
}

/* ---- from the beginning ---- */

static gf_status open_targets(struct reader *r)
{
	struct target_options at = {.path = r->name, .column = {"the label"}, .columns = 1};

	if (r->options->part != PART_ALL ||
		(r->options->wanted_features && !r->options->with_target))
		return GF_OK;
	return assemble_targets(&r->targets, &at, r->options, r->err);
}

static gf_status reader_open(
	struct reader *r, struct input *in, const struct csv_options *options, gf_error *err)
{
	*r = (struct reader){
		.options = options, .name = in->name, .err = err, .line = 1, .base = -1};
	r->watches = precision_wanted(options);
	if (options->index_base != INDEX_BASE_UNKNOWN)
		r->base = options->index_base == INDEX_BASE_1;
	if (options->wanted_features && !options->features)
		r->features = options->wanted_feature_count;
	r->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!r->c_locale)
		return gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	return open_targets(r);
}

static void reader_close(struct reader *r)
{
	if (r->c_locale)
		freelocale(r->c_locale);
	targets_free(r->targets);
	free(r->text);
	free(r->pairs);
	free(r->ends);
	sparse_precision_free(&r->precision);
}

gf_status svmlight_read(
	gf_dataset **data, struct input *in, const struct csv_options *options, gf_error *err)
{
	struct columns columns = {.path = in->name};
	struct reader r;
	gf_status status = reader_open(&r, in, options, err);

	*data = NULL;
	if (!status)
		status = read_lines(&r, in);
	if (!status)
		status = make_dataset(&r, data, &columns);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	columns_free(&columns);
	reader_close(&r);
	return status;
}

#include "svmlight.h"
#include "array.h"
#include "assemble.h"
#include "choose.h"
#include "columns.h"
#include "error.h"
#include "excerpt.h"
#include "number.h"

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
	uint32_t column; /* from 0 */
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

	size_t features; /* the largest index, or as many as the model has */
	size_t limit;    /* of an index */
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

static gf_status take_index(struct reader *r, const char *word, uint32_t *column)
{
	unsigned long long index;

	errno = 0;
	index = strtoull(word, NULL, 10);
	if (index == 0)
		return refuse(r, "%s: index 0; indices count from 1", shown(word).text);
	if (index > r->limit && r->limit < INT32_MAX)
		return refuse(r, "%s: index %llu; the model has %zu features", shown(word).text,
			index, r->limit);
	if (index > r->limit || errno)
		return refuse(r, "%s: the index is beyond %zu", shown(word).text, r->limit);
	*column = (uint32_t)index - 1;
	if (index > r->features)
		r->features = (size_t)index;
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

	if (strncmp(word, "qid:", 4) == 0)
		return refuse(r, "%s: queries (qid) are for ranking, which gpufit does not do",
			shown(word).text);
	if (digits == 0 || word[digits] != ':')
		return refuse(r, "%s; index:value is wanted", shown(word).text);
	status = take_index(r, word, &pair.column);
	if (status)
		return status;
	if (r->pair_count > row && r->pairs[r->pair_count - 1].column >= pair.column)
		return refuse(r, "%s: after index %zu; indices increase along a line",
			shown(word).text, (size_t)r->pairs[r->pair_count - 1].column + 1);
	what = number_parse(&pair.value, word + digits + 1, r->c_locale);
	return what ? refuse(r, "%s: %s", shown(word).text, what) : add_pair(r, pair);
}

static gf_status take_label(struct reader *r, const char *word)
{
	if (strchr(word, ':'))
		return refuse(r, "%s; the label is wanted before the first index:value",
			shown(word).text);
	return r->targets ? targets_add(r->targets, word, r->line, r->err) : GF_OK;
}

static gf_status end_row(struct reader *r)
{
	size_t *ends = array_reserve(r->ends, &r->ends_room, r->rows + 1, sizeof *ends);

	if (!ends)
		return no_memory(r);
	r->ends = ends;
	ends[r->rows++] = r->pair_count;
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
	if (r->features == 0)
		return gf_fail(
			r->err, GF_E_DATA, "%s: labels alone; index:value is wanted", r->name);
	return GF_OK;
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
		for (; pair < r->ends[i]; pair++)
			if (places[r->pairs[pair].column] != SIZE_MAX)
				data->x[i * d + places[r->pairs[pair].column]] =
					r->pairs[pair].value;
	free(places);
	return GF_OK;
}

static gf_status make_dataset(struct reader *r, gf_dataset **data, struct columns *columns)
{
	gf_status status = name_columns(r, columns);

	if (!status)
		status = choose_columns(columns, r->options, r->err);
	if (!status)
		status = check_choice(r, columns);
	if (!status)
		status = assemble_dataset(data, r->rows, columns, r->err);
	if (!status)
		status = fill(r, *data, columns);
	if (!status && columns->targets.count > 0)
		status = assemble_finish(*data, r->targets, 0, r->err);
	return status;
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
		.options = options, .name = in->name, .err = err, .line = 1, .limit = INT32_MAX};
	if (options->wanted_features && !options->features)
		r->limit = r->features = options->wanted_feature_count;
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

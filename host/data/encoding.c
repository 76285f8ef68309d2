#include "encoding.h"
#include "dataset.h"
#include "error.h"
#include "number.h"
#include "read_options.h"
#include "texts.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gf_status no_memory(size_t columns, gf_error *err)
{
	return gf_fail(err, GF_E_MEMORY, "cannot allocate the encoding of %zu columns", columns);
}

float encoded_fill(const struct encoded *encoded, gf_missing missing)
{
	if (missing == GF_MISSING_mean || missing == GF_MISSING_category)
		return encoded->mean;
	return missing == GF_MISSING_most ? encoded->most : NAN;
}

size_t encoded_fill_word(const struct encoded *encoded, gf_missing missing)
{
	if (missing == GF_MISSING_mean || missing == GF_MISSING_most)
		return encoded->frequent;
	return missing == GF_MISSING_category ? encoded->absent : 0;
}

gf_status encoding_alloc(struct encoding *encoding, size_t columns, gf_error *err)
{
	*encoding = (struct encoding){
		.count = columns,
		.names = calloc(columns + 1, sizeof *encoding->names),
		.columns = calloc(columns + 1, sizeof *encoding->columns),
	};
	for (size_t i = 0; encoding->columns && i < columns; i++)
		encoding->columns[i].mean = encoding->columns[i].most = NAN;
	if (encoding->names && encoding->columns)
		return GF_OK;
	free(encoding->names);
	free(encoding->columns);
	*encoding = (struct encoding){0};
	return no_memory(columns, err);
}

static int copy_column(struct encoding *to, const struct encoding *from, size_t i)
{
	const struct encoded *column = &from->columns[i];

	to->columns[i] = *column;
	to->columns[i].words = NULL;
	to->columns[i].count = 0;
	to->names[i] = strdup(from->names[i]);
	if (!column->words)
		return to->names[i] != NULL;
	to->columns[i].words = names_copy(column->words, column->count);
	if (to->columns[i].words)
		to->columns[i].count = column->count;
	return to->names[i] && to->columns[i].words;
}

gf_status encoding_copy(struct encoding *to, const struct encoding *from, gf_error *err)
{
	*to = (struct encoding){0};
	if (from->count == 0)
		return GF_OK;
	TRY(encoding_alloc(to, from->count, err));
	to->missing = from->missing;
	for (size_t i = 0; i < from->count; i++)
		if (!copy_column(to, from, i)) {
			encoding_free(to);
			return no_memory(from->count, err);
		}
	return GF_OK;
}

size_t encoding_features(const struct encoding *encoding)
{
	size_t features = 0;

	for (size_t i = 0; i < encoding->count; i++) {
		size_t more = encoding->columns[i].words ? encoding->columns[i].count : 1;

		if (more > SIZE_MAX - features)
			return 0;
		features += more;
	}
	return features;
}

/* "color=red"; NULL: no memory. */
static char *feature_name(const char *column, const char *word)
{
	size_t size = strlen(column) + strlen(word) + 2;
	char *name = malloc(size);

	if (name)
		snprintf(name, size, "%s=%s", column, word);
	return name;
}

gf_status encoding_name_features(const struct encoding *encoding, char **names, gf_error *err)
{
	for (size_t i = 0; i < encoding->count; i++) {
		const struct encoded *column = &encoding->columns[i];
		size_t count = column->words ? column->count : 1;

		for (size_t j = 0; j < count; j++, names++) {
			char *name = column->words
					     ? feature_name(encoding->names[i], column->words[j])
					     : strdup(encoding->names[i]);

			if (!name)
				return no_memory(encoding->count, err);
			free(*names);
			*names = name;
		}
	}
	return GF_OK;
}

void encoding_free(struct encoding *encoding)
{
	for (size_t i = 0; i < encoding->count; i++)
		names_free(encoding->columns[i].words, encoding->columns[i].count);
	names_free(encoding->names, encoding->count);
	free(encoding->columns);
	*encoding = (struct encoding){0};
}

/* ---- words for missing values ---- */

static int is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice trim(const char *text, size_t length)
{
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	while (length > 0 && is_blank(*text)) {
		text++;
		length--;
	}
	return (struct slice){text, length};
}

/* Takes the next word off a list with commas between them; *list becomes NULL after the last. */
static struct slice next_word(const char **list)
{
	const char *at = *list;
	size_t length = strcspn(at, ",");

	*list = at[length] ? at + length + 1 : NULL;
	return trim(at, length);
}

/* Returns 1 if word is a decimal number, which *value then is. */
static int is_number(struct slice word, double *value)
{
	char copy[40];

	if (word.length >= sizeof copy)
		return 0;
	memcpy(copy, word.at, word.length);
	copy[word.length] = 0;
	return decimal_is_double(value, copy);
}

/* Returns 1 if both are the same word, or the same number in two spellings. */
static int words_equal(struct slice a, struct slice b)
{
	double x, y;

	if (a.length == b.length && memcmp(a.at, b.at, a.length) == 0)
		return 1;
	return is_number(a, &x) && is_number(b, &y) && x >= y && x <= y;
}

static int in_list(struct slice word, const char *list)
{
	while (list)
		if (words_equal(word, next_word(&list)))
			return 1;
	return 0;
}

int na_word(const struct read_options *options, const char *text, size_t length)
{
	struct slice word = trim(text, length);

	if (word.length == 0)
		return 1;
	if (options->na)
		return in_list(word, options->na);
	/* Fast path: most fields do not begin as any word of the list does. */
	return strchr("#-1<?Nn", *word.at) && in_list(word, GF_NA_WORDS);
}

int na_has_numbers(const struct read_options *options)
{
	const char *list = options->na;
	double value;

	while (list)
		if (is_number(next_word(&list), &value))
			return 1;
	return 0;
}

/* ---- what replaces missing values ---- */

gf_status missing_check(const struct read_options *options, gf_error *err)
{
	static const char *const words[] = {
		[GF_MISSING_mean] = "mean",
		[GF_MISSING_most] = "most",
		[GF_MISSING_category] = "category",
	};

	if (options->missing < GF_MISSING_mean || !options->wanted_features || options->encoding)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"missing %s: the model has parameters alone, and nothing to fill in",
		words[options->missing]);
}

int missing_is_filled(const struct read_options *options, size_t feature)
{
	const struct encoding *known = options->encoding;

	return options->missing > GF_MISSING_drop &&
	       !(known && isnan(encoded_fill(&known->columns[feature], options->missing)));
}

const char *missing_advice(const struct read_options *options, enum column_role role)
{
	if (role == COLUMN_TARGET)
		return options->part == PART_TARGETS ? "a target is not filled in"
						     : "a target is not filled in; --missing drop";
	if (options->missing > GF_MISSING_drop)
		return "the training had nothing to put in its place; --missing drop";
	if (options->wanted_features && !options->encoding)
		return "--missing drop";
	return role == COLUMN_ONE_HOT && !options->encoding
		       ? "--missing drop, mean, most or category"
		       : "--missing drop, mean or most";
}

void missing_fill(const struct numbers *n, size_t feature, float fill)
{
	float *number = n->at + feature;

	for (size_t i = 0; i < n->rows; i++, number += n->width)
		if (isnan(*number))
			*number = fill;
}

gf_status missing_refuse_all(
	const struct numbers *n, size_t feature, const char *what, gf_error *err)
{
	return report_error(columns_place(n->columns, 0, n->columns->features.at[feature]), err,
		"every value is missing, so no %s", what);
}

static gf_status no_memory_for_rows(const struct numbers *n, gf_error *err)
{
	return report_no_memory(files_place(n->columns->files, 0), err);
}

/* Adds up each column: sums (width) of counts (width) numbers.  Goes row by row, which is the order
 * of the numbers in memory. */
static void add_columns(const struct numbers *n, double *sums, size_t *counts)
{
	const float *row = n->at;

	for (size_t i = 0; n->width > 0 && i < n->rows; i++, row += n->width)
		for (size_t j = 0; j < n->width; j++)
			if (!isnan(row[j])) {
				sums[j] += (double)row[j];
				counts[j]++;
			}
}

static int compare_floats(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Finds the most common number of the column, the smallest of equals. */
static gf_status find_most(const struct numbers *n, size_t feature, float *most, gf_error *err)
{
	const float *number = n->at + feature;
	float *sorted = malloc((n->rows + 1) * sizeof *sorted);
	size_t count = 0, longest = 0;

	if (!sorted)
		return no_memory_for_rows(n, err);
	for (size_t i = 0; i < n->rows; i++, number += n->width)
		if (!isnan(*number))
			sorted[count++] = *number;
	qsort(sorted, count, sizeof *sorted, compare_floats);
	for (size_t first = 0, i = 1; i <= count; i++) {
		if (i < count && sorted[i] == sorted[first])
			continue;
		if (i - first > longest) {
			longest = i - first;
			*most = sorted[first];
		}
		first = i;
	}
	free(sorted);
	return GF_OK;
}

static gf_status learn_number(const struct numbers *n, size_t feature, struct encoded *encoded,
	double sum, size_t count, gf_error *err)
{
	const gf_missing missing = n->options->missing;

	if (count == 0)
		return missing_refuse_all(n, feature,
			missing == GF_MISSING_most ? "most common number" : "mean", err);
	encoded->mean = (float)(sum / (double)count);
	if (missing == GF_MISSING_most)
		TRY(find_most(n, feature, &encoded->most, err));
	if (n->holes)
		missing_fill(n, feature, encoded_fill(encoded, missing));
	return GF_OK;
}

gf_status missing_learn(const struct numbers *n, struct encoding *encoding, gf_error *err)
{
	double *sums = calloc(n->width + 1, sizeof *sums);
	size_t *counts = calloc(n->width + 1, sizeof *counts);
	gf_status status = GF_OK;

	if (!sums || !counts)
		status = no_memory_for_rows(n, err);
	else
		add_columns(n, sums, counts);
	for (size_t i = 0; !status && i < encoding->count; i++)
		if (!encoding->columns[i].words)
			status = learn_number(n, i, &encoding->columns[i], sums[i], counts[i], err);
	free(sums);
	free(counts);
	return status;
}

void missing_use_known(const struct numbers *n, struct encoding *encoding)
{
	for (size_t i = 0; i < encoding->count; i++) {
		struct encoded *column = &encoding->columns[i];

		if (column->words)
			continue;
		*column = n->options->encoding->columns[i];
		if (n->holes)
			missing_fill(n, i, encoded_fill(column, n->options->missing));
	}
}

/* ---- missing values of datasets whose features are all numbers ---- */

gf_status gaps_open(struct gaps *g, const struct columns *columns,
	const struct read_options *options, size_t rows, gf_error *err)
{
	*g = (struct gaps){.columns = columns,
		.options = options,
		.rows = rows,
		.drops = calloc(rows, sizeof *g->drops)};
	return g->drops ? missing_check(options, err)
			: gf_fail_memory(err, rows, columns->files->name);
}

int gaps_add(struct gaps *g, size_t row, enum column_role role, size_t feature)
{
	if (g->options->missing == GF_MISSING_drop) {
		g->dropped += !g->drops[row];
		g->drops[row] = 1;
		return 1;
	}
	if (role != COLUMN_FEATURE || !missing_is_filled(g->options, feature))
		return 0;
	g->holes++;
	return 1;
}

gf_status gaps_check(const struct gaps *g, gf_error *err)
{
	if (g->dropped < g->rows)
		return GF_OK;
	return report_error(files_place(g->columns->files, 0), err,
		"each of the %zu rows has a missing value: none is left", g->rows);
}

static gf_status drop_rows(const struct gaps *g, gf_dataset *data, gf_error *err)
{
	const size_t d = data->features;
	size_t kept = 0;

	data->dropped_rows = calloc(g->dropped, sizeof *data->dropped_rows);
	if (!data->dropped_rows)
		return gf_fail_memory(
			err, g->dropped * sizeof *data->dropped_rows, g->columns->files->name);
	for (size_t i = 0; i < g->rows; i++) {
		if (g->drops[i]) {
			data->dropped_rows[data->dropped++] = i;
			continue;
		}
		memmove(data->x + kept * d, data->x + i * d, d * sizeof *data->x);
		if (data->weights)
			data->weights[kept] = data->weights[i];
		if (data->offset)
			data->offset[kept] = data->offset[i];
		kept++;
	}
	data->rows = kept;
	memset(data->x + kept * d, 0, data->dropped * d * sizeof *data->x);
	return GF_OK;
}

static gf_status encode_numbers(const struct gaps *g, gf_dataset *data, gf_error *err)
{
	const struct numbers numbers = {.at = data->x,
		.rows = data->rows,
		.width = data->features,
		.holes = g->holes,
		.columns = g->columns,
		.options = g->options};
	struct encoding *encoding = &data->encoding;

	TRY(encoding_alloc(encoding, data->features, err));
	encoding->missing = g->options->missing;
	for (size_t i = 0; i < encoding->count; i++)
		TRY(name_set(&encoding->names[i], data->feature_names[i], err));
	if (!g->options->encoding)
		return missing_learn(&numbers, encoding, err);
	for (size_t i = 0; i < encoding->count; i++)
		if (g->options->encoding->columns[i].words)
			return gf_fail(
				err, GF_E_DATA, "the model's column %zu is made of words", i + 1);
	missing_use_known(&numbers, encoding);
	return GF_OK;
}

gf_status gaps_close(struct gaps *g, gf_dataset *data, int remember, gf_error *err)
{
	const struct read_options *o = g->options;

	remember |= o->missing != GF_MISSING_error;
	if (g->dropped)
		TRY(drop_rows(g, data, err));
	if (data->features && (o->encoding || (remember && !o->wanted_features)))
		TRY(encode_numbers(g, data, err));
	return GF_OK;
}

void gaps_free(struct gaps *g)
{
	free(g->drops);
	*g = (struct gaps){0};
}

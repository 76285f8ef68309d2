#include "missing.h"
#include "number.h"
#include "error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- words that stand for a missing value ---- */

struct word {
	const char *at;
	size_t length;
};

static int is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct word trimmed(const char *text, size_t length)
{
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	while (length > 0 && is_blank(*text)) {
		text++;
		length--;
	}
	return (struct word){text, length};
}

/* The next of a list set apart by commas. */
static struct word next_word(const char **list)
{
	const char *at = *list;
	size_t length = strcspn(at, ",");

	*list = at[length] ? at + length + 1 : NULL;
	return trimmed(at, length);
}

/* Whether a word is a decimal number, which *value then is. */
static int is_number(struct word word, double *value)
{
	char copy[40];

	if (word.length >= sizeof copy)
		return 0;
	memcpy(copy, word.at, word.length);
	copy[word.length] = 0;
	return decimal_is_double(value, copy);
}

static int same(struct word a, struct word b)
{
	double x, y;

	if (a.length == b.length && memcmp(a.at, b.at, a.length) == 0)
		return 1;
	return is_number(a, &x) && is_number(b, &y) && x >= y && x <= y;
}

static int in_list(struct word word, const char *list)
{
	while (list)
		if (same(word, next_word(&list)))
			return 1;
	return 0;
}

int na_word(const struct read_options *options, const char *text, size_t length)
{
	struct word word = trimmed(text, length);

	if (word.length == 0)
		return 1;
	if (options->na)
		return in_list(word, options->na);
	/* Most fields are told from all words by their first character. */
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

/* ---- what takes the place of missing values ---- */

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
		"missing %s: the model knows nothing of its columns but the parameters",
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
	return gf_fail(err, GF_E_DATA, "%s: %s: every value is missing, so no %s", n->columns->path,
		columns_label(n->columns, n->columns->features.at[feature]).text, what);
}

static gf_status no_memory(const struct numbers *n, gf_error *err)
{
	return gf_fail(err, GF_E_MEMORY, "%s: no memory for %zu rows", n->columns->path, n->rows);
}

/* Sums (width) and how many numbers they are of, row by row as they lie in memory. */
static void add_numbers(const struct numbers *n, double *sums, size_t *counts)
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

/* The most common number of the column, the smallest of equals. */
static gf_status most_of(const struct numbers *n, size_t feature, float *most, gf_error *err)
{
	const float *number = n->at + feature;
	float *sorted = malloc((n->rows + 1) * sizeof *sorted);
	size_t count = 0, longest = 0;

	if (!sorted)
		return no_memory(n, err);
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
	gf_status status = GF_OK;

	if (count == 0)
		return missing_refuse_all(n, feature,
			missing == GF_MISSING_most ? "most common number" : "mean", err);
	encoded->mean = (float)(sum / (double)count);
	if (missing == GF_MISSING_most)
		status = most_of(n, feature, &encoded->most, err);
	if (!status && n->holes)
		missing_fill(n, feature, encoded_fill(encoded, missing));
	return status;
}

gf_status missing_learn(const struct numbers *n, struct encoding *encoding, gf_error *err)
{
	double *sums = calloc(n->width + 1, sizeof *sums);
	size_t *counts = calloc(n->width + 1, sizeof *counts);
	gf_status status = GF_OK;

	if (!sums || !counts)
		status = no_memory(n, err);
	else
		add_numbers(n, sums, counts);
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

/* ---- datasets of numbers ---- */

gf_status gaps_open(struct gaps *g, const struct columns *columns,
	const struct read_options *options, size_t rows, gf_error *err)
{
	*g = (struct gaps){.columns = columns,
		.options = options,
		.rows = rows,
		.lost = calloc(rows, sizeof *g->lost)};
	return g->lost ? missing_check(options, err) : gf_fail_memory(err, rows, columns->path);
}

int gaps_take(struct gaps *g, size_t row, enum column_role role, size_t place)
{
	if (g->options->missing == GF_MISSING_drop) {
		g->dropped += !g->lost[row];
		g->lost[row] = 1;
		return 1;
	}
	if (role != COLUMN_FEATURE || !missing_is_filled(g->options, place))
		return 0;
	g->holes++;
	return 1;
}

gf_status gaps_check(const struct gaps *g, gf_error *err)
{
	if (g->dropped < g->rows)
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "%s: each of the %zu rows has a missing value: none is left",
		g->columns->path, g->rows);
}

static gf_status leave_out(const struct gaps *g, gf_dataset *data, gf_error *err)
{
	const size_t d = data->features;
	size_t kept = 0;

	data->dropped_rows = calloc(g->dropped, sizeof *data->dropped_rows);
	if (!data->dropped_rows)
		return gf_fail_memory(
			err, g->dropped * sizeof *data->dropped_rows, g->columns->path);
	for (size_t i = 0; i < g->rows; i++) {
		if (g->lost[i]) {
			data->dropped_rows[data->dropped++] = i;
			continue;
		}
		memmove(data->x + kept * d, data->x + i * d, d * sizeof *data->x);
		if (data->weights)
			data->weights[kept] = data->weights[i];
		kept++;
	}
	data->rows = kept;
	memset(data->x + kept * d, 0, data->dropped * d * sizeof *data->x);
	return GF_OK;
}

static gf_status encode(const struct gaps *g, gf_dataset *data, gf_error *err)
{
	const struct numbers numbers = {.at = data->x,
		.rows = data->rows,
		.width = data->features,
		.holes = g->holes,
		.columns = g->columns,
		.options = g->options};
	struct encoding *encoding = &data->encoding;
	gf_status status = encoding_alloc(encoding, data->features, err);

	if (status)
		return status;
	encoding->missing = g->options->missing;
	for (size_t i = 0; i < encoding->count; i++) {
		encoding->names[i] = strdup(data->feature_names[i]);
		if (!encoding->names[i])
			return gf_fail_memory(
				err, strlen(data->feature_names[i]) + 1, "the name of a column");
	}
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
	gf_status status = GF_OK;

	remember |= o->missing != GF_MISSING_error;
	if (g->dropped)
		status = leave_out(g, data, err);
	if (!status && data->features && (o->encoding || (remember && !o->wanted_features)))
		status = encode(g, data, err);
	return status;
}

void gaps_free(struct gaps *g)
{
	free(g->lost);
	*g = (struct gaps){0};
}

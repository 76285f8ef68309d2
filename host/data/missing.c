#include "missing.h"
#include "error.h"

#include <math.h>
#include <stdlib.h>

gf_status missing_check(const struct csv_options *options, gf_error *err)
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

int missing_is_filled(const struct csv_options *options, size_t feature)
{
	const struct encoding *known = options->encoding;

	return options->missing > GF_MISSING_drop &&
	       !(known && isnan(encoded_fill(&known->columns[feature], options->missing)));
}

const char *missing_advice(const struct csv_options *options, enum column_role role)
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

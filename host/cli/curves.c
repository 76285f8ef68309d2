#include "curves.h"

#include <math.h>
#include <stdlib.h>

static int by_falling_score(const void *a, const void *b)
{
	const double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

	return (x < y) - (x > y);
}

/* The first row after `first` whose score is another one: rows of one score are taken together. */
static size_t end_of_group(const struct scored *rows, size_t count, size_t first)
{
	size_t end = first + 1;

	while (end < count && rows[end].score == rows[first].score)
		end++;
	return end;
}

static size_t count_groups(const struct scored *rows, size_t count)
{
	size_t groups = 0;

	for (size_t i = 0; i < count; i = end_of_group(rows, count, i))
		groups++;
	return groups;
}

static size_t count_positives(const struct scored *rows, size_t count)
{
	size_t positives = 0;

	for (size_t i = 0; i < count; i++)
		positives += rows[i].positive;
	return positives;
}

static void add(struct curve *curve, double x, double y)
{
	curve->x[curve->count] = x;
	curve->y[curve->count++] = y;
}

/* A threshold after each group of rows: those up to there are taken for positive. */
static void add_thresholds(struct curves *curves, const struct scored *rows, size_t count)
{
	const size_t positives = count_positives(rows, count), negatives = count - positives;
	const size_t stride = count_groups(rows, count) / CURVE_POINTS + 1;
	size_t right = 0, group = 0, end;

	add(&curves->roc, 0, 0);
	add(&curves->precision, 0, 1);
	for (size_t i = 0; i < count; i = end) {
		end = end_of_group(rows, count, i);
		right += count_positives(rows + i, end - i);
		if (group++ % stride && end < count)
			continue;
		add(&curves->roc, (double)(end - right) / (double)negatives,
			(double)right / (double)positives);
		add(&curves->precision, (double)right / (double)positives,
			(double)right / (double)end);
	}
}

/* A probability on the border of two bins counts to the lower one. */
static size_t bin_of(double probability)
{
	const double place = ceil(probability * CURVE_BINS) - 1;

	return place > 0 ? (size_t)fmin(place, CURVE_BINS - 1) : 0;
}

static void add_bins(struct curves *curves, const struct scored *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isnan(rows[i].probability)) {
			struct curve_bin *bin = &curves->bins[bin_of(rows[i].probability)];

			bin->rows++;
			bin->mean += rows[i].probability;
			bin->share += rows[i].positive;
		}
	for (size_t i = 0; i < CURVE_BINS; i++)
		if (curves->bins[i].rows) {
			curves->bins[i].mean /= (double)curves->bins[i].rows;
			curves->bins[i].share /= (double)curves->bins[i].rows;
		}
}

void curves_compute(struct curves *curves, struct scored *rows, size_t count)
{
	*curves = (struct curves){0};
	qsort(rows, count, sizeof *rows, by_falling_score);
	add_thresholds(curves, rows, count);
	add_bins(curves, rows, count);
}

/* standardize.c: means and deviations of features, and features without them.
 *
 * All features are measured together, so that rows are read in their order: x may be a file larger
 * than memory.
 */
#include "train_data.h"
#include "error.h"
#include "standardization.h"

#include <math.h>
#include <stdlib.h>

/* Sums of one feature minus a center, over the training rows whose weight is above 0. */
struct feature_sums {
	double sum, squares; /* of x - center and of its square */
	float low, high;     /* of x */
};

/* The features while they are measured. */
struct measures {
	const struct train_data *t; /* borrowed */
	size_t features;            /* D */
	double rows;                /* that count */
	struct feature_sums *zero;  /* owned; (D) about 0 */
	struct feature_sums *mean;  /* owned; (D) about the mean */
};

static void add_row(
	struct feature_sums *sums, const float *x, const double *center, size_t features)
{
	for (size_t j = 0; j < features; j++) {
		const double d = (double)x[j] - center[j];

		sums[j].sum += d;
		sums[j].squares += d * d;
		sums[j].low = fminf(sums[j].low, x[j]);
		sums[j].high = fmaxf(sums[j].high, x[j]);
	}
}

static void sum_about(struct measures *m, struct feature_sums *sums, const double *center)
{
	const struct train_data *t = m->t;
	const size_t D = m->features;

	m->rows = 0.0;
	for (size_t j = 0; j < D; j++)
		sums[j] = (struct feature_sums){.low = INFINITY, .high = -INFINITY};
	for (size_t i = 0; i < t->train_rows; i++)
		if (train_data_has_weight(t, i)) {
			m->rows += 1.0;
			add_row(sums, t->data->x + i * D, center, D);
		}
}

/* Returns 1 if a center is not the mean to the accuracy that is needed.  Floats that differ do so by
 * at least 2^-24 of the larger one.  The mean of a long column can be off by rows 2^-53 of itself and
 * hide such a difference.  So what remains after subtracting the mean must have a mean of at most
 * 2^-24 of its deviation (half a float's spacing at 1). */
static int is_off(const struct feature_sums *s, double rows)
{
	return fabs(s->sum / rows) > 0x1p-24 * sqrt(s->squares / rows);
}

/* Measures about the means, and again about corrected ones if some are off. */
static void measure_about_means(struct measures *m, double *center)
{
	const size_t D = m->features;
	size_t off = 0;

	for (size_t j = 0; j < D; j++)
		center[j] = m->zero[j].sum / m->rows;
	sum_about(m, m->mean, center);
	for (size_t j = 0; j < D; j++)
		if (is_off(&m->mean[j], m->rows)) {
			center[j] += m->mean[j].sum / m->rows;
			off++;
		}
	if (off)
		sum_about(m, m->mean, center);
}

/* A model without bias cannot make up for a subtracted mean, so the center stays 0 and the scale is
 * the root of the mean square.  A constant feature is flat and has scale 1: nothing can be learnt
 * from it. */
static void settle(const struct measures *m, struct train_data *t, size_t feature, int centered)
{
	const struct feature_sums *zero = &m->zero[feature];
	const struct feature_sums *s = centered ? &m->mean[feature] : zero;
	double *center = &t->center[feature], *scale = &t->scale[feature];

	t->flat[feature] = centered ? zero->low == zero->high : zero->squares == 0.0;
	*scale = t->flat[feature] ? 1.0 : sqrt(s->squares / m->rows);
	if (centered && t->flat[feature])
		*center = (double)zero->low;
}

static void measure(struct measures *m, struct train_data *t, int centered)
{
	for (size_t j = 0; j < m->features; j++) {
		t->center[j] = 0.0;
		t->scale[j] = 1.0;
	}
	sum_about(m, m->zero, t->center);
	if (m->rows == 0.0)
		return;
	if (centered)
		measure_about_means(m, t->center);
	for (size_t j = 0; j < m->features; j++)
		settle(m, t, j, centered);
}

static void standardize_rows(struct train_data *t)
{
	const size_t D = t->data->features;

	for (size_t i = 0; i < t->data->rows; i++)
		for (size_t j = 0; j < D; j++) {
			float *x = &t->own->x[i * D + j];

			*x = standardized_value(*x, t->center[j], t->scale[j]);
		}
}

gf_status train_data_standardize(struct train_data *t, int centered, gf_error *err)
{
	const size_t D = t->data->features;
	struct measures m = {.t = t, .features = D};

	t->center = malloc(2 * D * sizeof *t->center);
	t->flat = calloc(D, sizeof *t->flat);
	m.zero = malloc(2 * D * sizeof *m.zero);
	if (!t->center || !t->flat || !m.zero) {
		free(m.zero);
		return gf_fail_memory(err, 2 * D * sizeof *t->center, "means and deviations");
	}
	t->scale = t->center + D;
	m.mean = m.zero + D;
	measure(&m, t, centered);
	standardize_rows(t);
	free(m.zero);
	return GF_OK;
}

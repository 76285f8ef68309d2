/* standardize.c: means and deviations of features, and features without them.
 *
 * All features are measured together, so that rows are read in their order: x may be a file larger
 * than memory.
 */
#include "train_data.h"
#include "error.h"
#include "row_sums.h"
#include "standardization.h"

#include <math.h>
#include <stdlib.h>

/* Sums over the training rows whose weight is above 0; doubles one behind another. */
struct feature_sums {
	double sum, squares; /* of x - center and of its square */
};

struct sums {
	double rows;                    /* how many they are */
	struct feature_sums features[]; /* (D) */
};

struct feature_range {
	float low, high; /* of x */
};

/* The features while they are measured. */
struct measures {
	const struct train_data *t;   /* borrowed */
	gf_comm *comm;                /* borrowed; the ranks that share the sums, or NULL */
	size_t features;              /* D */
	const double *center;         /* borrowed; (D) that is subtracted now */
	struct sums *zero, *mean;     /* owned; about 0 and about the mean */
	struct feature_range *ranges; /* owned; (D), then (R, D) of all ranks */
};

static void add_row(struct measures *m, const float *x, struct feature_sums *sums)
{
	for (size_t j = 0; j < m->features; j++) {
		const double d = (double)x[j] - m->center[j];

		sums[j].sum += d;
		sums[j].squares += d * d;
		m->ranges[j].low = fminf(m->ranges[j].low, x[j]);
		m->ranges[j].high = fmaxf(m->ranges[j].high, x[j]);
	}
}

static gf_status add_part(void *user, const struct part_rows *part, double *sum, gf_error *err)
{
	struct measures *m = user;
	struct sums *sums = (struct sums *)sum;

	(void)err;
	for (size_t i = part->first; i < part->first + part->rows; i++)
		if (train_data_has_weight(m->t, i)) {
			sums->rows += 1.0;
			add_row(m, m->t->data->x + i * m->features, sums->features);
		}
	return GF_OK;
}

/* Sets the ranges to those of all ranks' rows. */
static gf_status merge_ranges(struct measures *m, gf_error *err)
{
	const size_t R = comm_size(m->comm), D = m->features;
	struct feature_range *all = m->ranges + D;

	TRY(comm_gather_each(m->comm, "ranges of features", m->ranges, D * sizeof *all, all, err));
	for (size_t i = 0; i < R * D; i++) {
		m->ranges[i % D].low = fminf(m->ranges[i % D].low, all[i].low);
		m->ranges[i % D].high = fmaxf(m->ranges[i % D].high, all[i].high);
	}
	return GF_OK;
}

/* Returns how many doubles the sums are. */
static size_t numbers_of(const struct measures *m)
{
	return 1 + 2 * m->features;
}

/* Sums about the center. */
static gf_status sum_about(
	struct measures *m, struct sums *sums, const double *center, gf_error *err)
{
	const struct row_sums rows = {.comm = m->comm,
		.rows = m->t->train_rows,
		.numbers = numbers_of(m),
		.work = (double)numbers_of(m),
		.add = add_part,
		.user = m};

	m->center = center;
	TRY(row_sums_take(&rows, (double *)sums, err));
	return row_sums_are_shared(&rows) ? merge_ranges(m, err) : GF_OK;
}

/* Returns 1 if a center is not the mean to the accuracy that is needed.  Floats that differ do so
 * by at least 2^-24 of the larger one.  The mean of a long column can be off by 2^-53 of itself for
 * each addition (row_sums_depth) and hide such a difference.  So what remains after subtracting the
 * mean must have a mean of at most 2^-24 of its deviation (half a float's spacing at 1). */
static int is_off(const struct feature_sums *s, double rows)
{
	return fabs(s->sum / rows) > 0x1p-24 * sqrt(s->squares / rows);
}

/* Measures about the means, and again about corrected ones if some are off. */
static gf_status measure_about_means(struct measures *m, double *center, gf_error *err)
{
	const size_t D = m->features;
	size_t off = 0;

	for (size_t j = 0; j < D; j++)
		center[j] = m->zero->features[j].sum / m->zero->rows;
	TRY(sum_about(m, m->mean, center, err));
	for (size_t j = 0; j < D; j++)
		if (is_off(&m->mean->features[j], m->mean->rows)) {
			center[j] += m->mean->features[j].sum / m->mean->rows;
			off++;
		}
	return off ? sum_about(m, m->mean, center, err) : GF_OK;
}

/* A model without bias cannot make up for a subtracted mean, so the center stays 0 and the scale is
 * the root of the mean square.  A constant feature is flat and has scale 1: nothing can be learnt
 * from it. */
static void settle(const struct measures *m, struct train_data *t, size_t feature, int centered)
{
	const struct feature_sums *zero = &m->zero->features[feature];
	const struct feature_range *range = &m->ranges[feature];
	const struct feature_sums *s = centered ? &m->mean->features[feature] : zero;
	double *center = &t->center[feature], *scale = &t->scale[feature];

	t->flat[feature] = centered ? range->low == range->high : zero->squares == 0.0;
	*scale = t->flat[feature] ? 1.0 : sqrt(s->squares / m->zero->rows);
	if (centered && t->flat[feature])
		*center = (double)range->low;
}

static gf_status measure(struct measures *m, struct train_data *t, int centered, gf_error *err)
{
	for (size_t j = 0; j < m->features; j++) {
		t->center[j] = 0.0;
		t->scale[j] = 1.0;
		m->ranges[j] = (struct feature_range){INFINITY, -INFINITY};
	}
	TRY(sum_about(m, m->zero, t->center, err));
	if (m->zero->rows == 0.0)
		return GF_OK;
	if (centered)
		TRY(measure_about_means(m, t->center, err));
	for (size_t j = 0; j < m->features; j++)
		settle(m, t, j, centered);
	return GF_OK;
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

static gf_status allocate(struct train_data *t, struct measures *m, gf_error *err)
{
	const size_t D = m->features;

	t->center = malloc(2 * D * sizeof *t->center);
	t->flat = calloc(D, sizeof *t->flat);
	m->zero = malloc(sizeof *m->zero + D * sizeof *m->zero->features);
	m->mean = malloc(sizeof *m->mean + D * sizeof *m->mean->features);
	m->ranges = malloc((1 + comm_size(m->comm)) * D * sizeof *m->ranges);
	if (!t->center || !t->flat || !m->zero || !m->mean || !m->ranges)
		return gf_fail_memory(err, 2 * D * sizeof *t->center, "means and deviations");
	t->scale = t->center + D;
	return GF_OK;
}

gf_status train_data_standardize(struct train_data *t, int centered, gf_comm *comm, gf_error *err)
{
	struct measures m = {.t = t, .comm = comm, .features = t->data->features};
	gf_status status = allocate(t, &m, err);

	if (!status)
		status = measure(&m, t, centered, err);
	if (!status)
		standardize_rows(t);
	free(m.zero);
	free(m.mean);
	free(m.ranges);
	return status;
}

#include "train_data.h"
#include "catalog.h"
#include "permutations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static gf_status split(
	struct train_data *m, const gf_dataset *data, double share, struct rng *rng, gf_error *err)
{
	if (data->rows > UINT32_MAX)
		return gf_fail(err, GF_E_USAGE, "validation: %zu rows are too many to draw from",
			data->rows);
	m->rows = malloc(data->rows * sizeof *m->rows);
	if (!m->rows)
		return gf_fail_memory(err, data->rows * sizeof *m->rows, "the split");
	shuffle_split(rng, m->rows, data->rows, share, &m->train_rows);
	if (m->train_rows > 0 && m->train_rows < data->rows)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"validation is %g: of %zu rows %zu would train and %zu validate; at least one of "
		"each is wanted",
		share, data->rows, m->train_rows, data->rows - m->train_rows);
}

static void copy_row(gf_dataset *to, size_t at, const gf_dataset *from, size_t row)
{
	const size_t D = to->features, targets = to->outputs;

	memcpy(to->x + at * D, from->x + row * D, D * sizeof *to->x);
	memcpy(to->y + at * targets, from->y + row * targets, targets * sizeof *to->y);
}

static gf_status same_shape(const gf_dataset *data, const gf_dataset *other, gf_error *err)
{
	if (other->features == data->features && other->outputs == data->outputs)
		return GF_OK;
	return gf_fail(err, GF_E_DATA,
		"the validation data has %zu features and %zu targets; the data that trains has "
		"%zu and %zu",
		other->features, other->outputs, data->features, data->outputs);
}

/* The rows that train in their order, then those that validate. */
static gf_status copy_rows(
	struct train_data *m, const gf_dataset *data, const gf_dataset *others, gf_error *err)
{
	const size_t rows = data->rows + (others ? others->rows : 0);
	gf_status status = dataset_alloc(&m->own, rows, data->features, data->outputs, err);
	size_t i;

	if (status)
		return status;
	for (i = 0; i < data->rows; i++)
		copy_row(m->own, i, data, train_data_row(m, i));
	for (i = 0; others && i < others->rows; i++)
		copy_row(m->own, data->rows + i, others, i);
	m->data = m->own;
	return GF_OK;
}

/* ---- weights ---- */

static float weight_of(const gf_dataset *data, size_t row)
{
	return data->weights ? data->weights[row] : 1.0f;
}

static gf_status need_weights(struct train_data *m, gf_error *err)
{
	size_t i;

	if (m->weights)
		return GF_OK;
	m->weights = calloc(m->data->rows, sizeof *m->weights);
	if (!m->weights)
		return gf_fail_memory(err, m->data->rows * sizeof *m->weights, "weights of rows");
	for (i = 0; i < m->data->rows; i++)
		m->weights[i] = 1.0f;
	return GF_OK;
}

static gf_status sample_weights(
	struct train_data *m, const gf_dataset *data, const gf_dataset *others, gf_error *err)
{
	gf_status status;
	size_t i;

	if (!data->weights && !(others && others->weights))
		return GF_OK;
	status = need_weights(m, err);
	for (i = 0; i < m->data->rows && !status; i++)
		m->weights[i] = i < data->rows ? weight_of(data, train_data_row(m, i))
					       : weight_of(others, i - data->rows);
	return status;
}

/* The class of a row's first target: bce's are 0 and 1, a hinge's -1 and 1, cross_entropy's 0, 1,
 * ... */
static size_t class_of(float y)
{
	return y > 0.0f ? (size_t)y : 0;
}

/* A row of weight 0 is as if it were not there. */
static int has_weight(const struct train_data *m, size_t row)
{
	return !m->weights || m->weights[row] > 0.0f;
}

/* rows / (classes * rows of the class), over the rows that train and have a weight.  The sums are
 * doubles: a float counts no further than 2^24. */
static gf_status balance(const struct train_data *m, size_t classes, float *weights, gf_error *err)
{
	double *counts = calloc(classes, sizeof *counts), rows = 0.0;
	gf_status status = GF_OK;
	size_t i, c;

	if (!counts)
		return gf_fail_memory(err, classes * sizeof *counts, "counts of classes");
	for (i = 0; i < m->train_rows; i++)
		if (has_weight(m, i)) {
			counts[class_of(m->data->y[i * m->data->outputs])] += 1.0;
			rows += 1.0;
		}
	for (c = 0; c < classes && !status; c++) {
		weights[c] = (float)(rows / ((double)classes * counts[c]));
		if (counts[c] == 0.0)
			status = gf_fail(err, GF_E_DATA,
				"class_weight balanced: no row that trains is of class %zu of %zu",
				c + 1, classes);
	}
	free(counts);
	return status;
}

static gf_status two_classes(const gf_dataset *data, gf_error *err)
{
	size_t i;

	if (data->outputs != 1)
		return gf_fail(err, GF_E_USAGE,
			"class_weight balanced: %zu targets, and classes of each their own",
			data->outputs);
	for (i = 0; i < data->rows; i++)
		if (data->y[i] > 0.0f && data->y[i] < 1.0f)
			return gf_fail(err, GF_E_DATA,
				"class_weight balanced: target %g is a probability, not a class",
				(double)data->y[i]);
	return GF_OK;
}

/* Balances two classes with one output by weights of rows; cross_entropy has weights of classes. */
static gf_status balanced_rows(struct train_data *m, gf_error *err)
{
	float weights[2];
	gf_status status = two_classes(m->data, err);
	size_t i;

	if (!status)
		status = balance(m, 2, weights, err);
	if (!status)
		status = need_weights(m, err);
	for (i = 0; i < m->data->rows && !status; i++)
		m->weights[i] *= weights[class_of(m->data->y[i])];
	return status;
}

static gf_status class_weights(
	struct train_data *m, const gf_config *config, size_t outputs, gf_error *err)
{
	if (config->class_weight == GF_CLASS_WEIGHT_none)
		return GF_OK;
	if (config->loss != GF_LOSS_cross_entropy)
		return balanced_rows(m, err);
	m->class_weights = malloc(outputs * sizeof *m->class_weights);
	if (!m->class_weights)
		return gf_fail_memory(err, outputs * sizeof *m->class_weights, "class weights");
	return balance(m, outputs, m->class_weights, err);
}

double train_data_divisor(const struct problem *problem, const struct batch *batch)
{
	const double terms =
		problem->loss == GF_LOSS_cross_entropy ? 1.0 : (double)problem->outputs;
	const float *y = problem->data->y;
	double sum = 0.0;
	size_t i;

	if (!loss_of(problem->loss)->divides_by_weights ||
		(!problem->weights && !problem->class_weights))
		return (double)batch->count * terms;
	for (i = 0; i < batch->count; i++) {
		const size_t row = batch_row(batch, i);
		const double of_row = problem->weights ? (double)problem->weights[row] : 1.0;

		sum += problem->class_weights
			       ? of_row * (double)problem->class_weights[(size_t)y[row]]
			       : of_row;
	}
	return sum * terms;
}

/* ---- standardised features ---- */

/* Sums of a feature about a center, over the rows that train and have a weight. */
struct spread {
	double rows, sum, squares; /* sums of x - center and of its square */
	float low, high;
};

static struct spread spread_about(const struct train_data *m, size_t feature, double center)
{
	const float *x = m->data->x + feature;
	struct spread s = {.low = INFINITY, .high = -INFINITY};
	size_t i;

	for (i = 0; i < m->train_rows; i++, x += m->data->features) {
		const double d = (double)*x - center;

		if (!has_weight(m, i))
			continue;
		s.rows += 1.0;
		s.sum += d;
		s.squares += d * d;
		s.low = fminf(s.low, *x);
		s.high = fmaxf(s.high, *x);
	}
	return s;
}

/* Mean and deviation.  Two floats differ by 2^-24 of the larger at least, so what differs at all is
 * data and no rounding; the mean's own rounding, up to rows 2^-53 of it, could hide that in a long
 * column.  Where it moves a standardized x by more than half a float of it at 1, the mean of what
 * is left over mends it. */
static void measure_about_mean(const struct train_data *m, size_t feature,
	const struct spread *plain, double *at, double *of)
{
	struct spread s;

	*at = plain->sum / plain->rows;
	s = spread_about(m, feature, *at);
	if (fabs(s.sum / s.rows) > 0x1p-24 * sqrt(s.squares / s.rows)) {
		*at += s.sum / s.rows;
		s = spread_about(m, feature, *at);
	}
	*of = sqrt(s.squares / s.rows);
}

/* Without a bias nothing could take up the mean, so it stays: the scale is then the root of the
 * mean square.  A feature without deviation has scale 1, and is flat: nothing can be learnt from
 * it. */
static void measure(struct train_data *m, size_t feature, int centered)
{
	const struct spread s = spread_about(m, feature, 0.0);
	double *center = &m->center[feature], *scale = &m->scale[feature];

	*center = 0.0;
	*scale = 1.0;
	if (s.rows == 0.0)
		return;
	m->flat[feature] = centered ? s.low == s.high : s.squares == 0.0;
	if (centered && m->flat[feature])
		*center = (double)s.low;
	else if (centered)
		measure_about_mean(m, feature, &s, center, scale);
	else if (!m->flat[feature])
		*scale = sqrt(s.squares / s.rows);
}

static gf_status standardize(struct train_data *m, int centered, gf_error *err)
{
	const size_t D = m->data->features;
	size_t i, j;

	m->center = malloc(2 * D * sizeof *m->center);
	m->flat = calloc(D, sizeof *m->flat);
	if (!m->center || !m->flat)
		return gf_fail_memory(err, 2 * D * sizeof *m->center, "means and deviations");
	m->scale = m->center + D;
	for (j = 0; j < D; j++)
		measure(m, j, centered);
	for (i = 0; i < m->data->rows; i++)
		for (j = 0; j < D; j++) {
			float *x = &m->own->x[i * D + j];

			*x = standardized_value(*x, m->center[j], m->scale[j]);
		}
	return GF_OK;
}

void train_data_adapt(const struct train_data *m, const gf_model *from, float *params)
{
	const size_t D = from->features, K = from->outputs;
	const struct standardization *s = &from->standardization;
	const float *own = m->center ? model_own_params(from) : from->params;
	size_t j, k;

	memcpy(params, own, model_params(D, K) * sizeof *params);
	for (k = 0; k < K && m->center; k++) {
		float *w = params + k * D, *bias = params + K * D + k;
		double b = (double)*bias;

		for (j = 0; j < D; j++) {
			const double plain = (double)w[j] / (s->center ? s->scale[j] : 1.0);

			b += plain * (m->center[j] - (s->center ? s->center[j] : 0.0));
			w[j] = standardization_round(plain * m->scale[j]);
		}
		*bias = standardization_round(b);
	}
}

void train_data_drop_flat(const struct train_data *m, size_t outputs, float *params)
{
	const size_t D = m->data->features;
	size_t j, k;

	for (k = 0; k < outputs && m->flat; k++)
		for (j = 0; j < D; j++)
			if (m->flat[j])
				params[k * D + j] = 0.0f;
}

/* ---- the whole ---- */

static gf_status arrange(struct train_data *m, const gf_dataset *data, const gf_config *config,
	struct rng *rng, gf_error *err)
{
	const gf_dataset *others = config->validation_data;
	gf_status status = GF_OK;

	if (others)
		status = same_shape(data, others, err);
	else if (config->validation > 0.0)
		status = split(m, data, config->validation, rng, err);
	if (!status && (others || m->rows || config->standardize))
		status = copy_rows(m, data, others, err);
	return status;
}

gf_status train_data_new(struct train_data *m, const gf_dataset *data, const gf_config *config,
	size_t outputs, struct rng *rng, gf_error *err)
{
	gf_status status;

	*m = (struct train_data){.data = data, .train_rows = data->rows};
	status = arrange(m, data, config, rng, err);
	if (!status)
		status = sample_weights(m, data, config->validation_data, err);
	if (!status && config->standardize)
		status = standardize(m, !config->no_bias, err);
	return status ? status : class_weights(m, config, outputs, err);
}

void train_data_free(struct train_data *m)
{
	gf_dataset_free(m->own);
	free(m->rows);
	free(m->weights);
	free(m->class_weights);
	free(m->center);
	free(m->flat);
	memset(m, 0, sizeof *m);
}

/* metrics.c: how good a model is on data whose targets are known. */
#include "config.h"
#include "engine.h"
#include "error.h"
#include "link.h"
#include "model.h"
#include "names.h"

#include <math.h>
#include <stdlib.h>

static gf_status mean_loss(
	double *mean, const gf_model *model, const gf_dataset *data, const float *z, gf_error *err)
{
	const struct problem problem = {.data = data,
		.train_rows = data->rows,
		.outputs = model->outputs,
		.loss = model->loss,
		.loss_parameters = model->parameters,
		.batch_size = data->rows};

	return reference_mean_loss(mean, &problem, z, err);
}

/* ---- numbers ---- */

/* Sums over the rows of one output. */
struct residuals {
	double squares, absolutes, total; /* of mean - y, |mean - y|, and y - mean(y) */
};

static struct residuals residuals_of(
	const gf_model *model, const gf_dataset *data, const float *z, size_t k)
{
	const size_t N = data->rows, K = data->outputs;
	struct residuals r = {0.0, 0.0, 0.0};
	double mean = 0.0;
	size_t i;

	for (i = 0; i < N; i++)
		mean += (double)data->y[i * K + k] / (double)N;
	for (i = 0; i < N; i++) {
		const double y = (double)data->y[i * K + k];
		const double d = gf_model_mean(model, z[i * K + k]) - y;

		r.squares += d * d;
		r.absolutes += fabs(d);
		r.total += (y - mean) * (y - mean);
	}
	return r;
}

/* Of a constant target the quotient has no value: as in scikit-learn. */
static double r2_of(const struct residuals *r, size_t rows)
{
	if (rows < 2)
		return (double)NAN;
	if (r->total > 0.0)
		return 1.0 - r->squares / r->total;
	return r->squares == 0.0 ? 1.0 : 0.0;
}

static void measure_numbers(
	gf_metrics *metrics, const gf_model *model, const gf_dataset *data, const float *z)
{
	const double M = (double)data->rows * (double)data->outputs;
	size_t k;

	metrics->mse = metrics->mae = metrics->r2 = 0.0;
	for (k = 0; k < data->outputs; k++) {
		const struct residuals r = residuals_of(model, data, z, k);

		metrics->mse += r.squares / M;
		metrics->mae += r.absolutes / M;
		metrics->r2 += r2_of(&r, data->rows) / (double)data->outputs;
	}
	metrics->rmse = sqrt(metrics->mse);
}

/* ---- classes ---- */

/* The class that a target is: its index, or the sign where it is -1 or 1. */
static size_t class_of(const gf_model *model, float y)
{
	return loss_targets(model->loss) == TARGETS_TWO_CLASSES ? y > 0.0f : (size_t)y;
}

struct scored {
	double score; /* how much speaks for the second class */
	size_t class;
};

static int compare_scores(const void *a, const void *b)
{
	double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

	return (x > y) - (x < y);
}

/* The share of pairs of a row of each class whose scores are in order; equal ones count half,
 * since they all have the middle of their ranks. */
static double auc_of(struct scored *rows, size_t count)
{
	double ranks = 0.0, positives = 0.0, negatives;
	size_t first, end, i;

	qsort(rows, count, sizeof *rows, compare_scores);
	for (first = 0; first < count; first = end) {
		for (end = first + 1; end < count && rows[end].score == rows[first].score;)
			end++;
		for (i = first; i < end; i++)
			if (rows[i].class == 1) {
				ranks += 0.5 * (double)(first + 1 + end);
				positives += 1.0;
			}
	}
	negatives = (double)count - positives;
	if (positives == 0.0 || negatives == 0.0)
		return (double)NAN; /* there is no such pair */
	return (ranks - 0.5 * positives * (positives + 1.0)) / (positives * negatives);
}

static gf_status measure_auc(gf_metrics *metrics, const gf_model *model, const gf_dataset *data,
	const float *z, gf_error *err)
{
	struct scored *rows = malloc(data->rows * sizeof *rows);
	size_t i;

	if (!rows)
		return gf_fail_memory(err, data->rows * sizeof *rows, "scores");
	for (i = 0; i < data->rows; i++) {
		const float *row = z + i * model->outputs;

		rows[i].score =
			model->outputs == 1 ? (double)row[0] : (double)row[1] - (double)row[0];
		rows[i].class = class_of(model, data->y[i]);
	}
	metrics->auc = auc_of(rows, data->rows);
	free(rows);
	return GF_OK;
}

/* 0 / 0 is 0, as in scikit-learn. */
static double share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0.0;
}

static gf_status measure_classes(gf_metrics *metrics, const gf_model *model, const gf_dataset *data,
	const float *z, gf_error *err)
{
	size_t right = 0, hits = 0, found = 0, positives = 0, i;

	for (i = 0; i < data->rows; i++) {
		size_t wanted = class_of(model, data->y[i]);
		size_t said = link_class(model, z + i * model->outputs);

		right += said == wanted;
		hits += said == 1 && wanted == 1;
		found += said == 1;
		positives += wanted == 1;
	}
	metrics->accuracy = (double)right / (double)data->rows;
	if (model->classes != 2)
		return GF_OK;
	metrics->precision = share(hits, found);
	metrics->recall = share(hits, positives);
	metrics->f1 = share(2 * hits, found + positives);
	metrics->positives = positives;
	metrics->positives_said = found;
	return measure_auc(metrics, model, data, z, err);
}

/* ---- the whole ---- */

static gf_status check_classes(const gf_model *model, const gf_dataset *data, gf_error *err)
{
	size_t i;

	if (data->classes &&
		(data->classes != model->classes ||
			!names_equal(data->class_names, model->class_names, data->classes)))
		return gf_fail(err, GF_E_DATA,
			"the data's classes are not the model's: read it for the model");
	for (i = 0; i < data->rows; i++)
		if (class_of(model, data->y[i]) >= model->classes ||
			(model->loss == GF_LOSS_bce && data->y[i] != floorf(data->y[i])))
			return gf_fail(err, GF_E_DATA,
				"row %zu, from 0: target %.9g is no class; the model has %zu", i,
				(double)data->y[i], model->classes);
	return GF_OK;
}

static gf_status check(const gf_model *model, const gf_dataset *data, gf_error *err)
{
	gf_status status;

	if (data->outputs != model->targets && model->targets == model->outputs)
		return gf_fail(err, GF_E_DATA,
			"the data has %zu targets; the model gives %zu outputs", data->outputs,
			model->outputs);
	if (data->outputs != model->targets)
		return gf_fail(err, GF_E_DATA, "the data has %zu targets; the model has %zu",
			data->outputs, model->targets);
	status = model_check_targets(data, model->loss, err);
	return status || !model->classes ? status : check_classes(model, data, err);
}

static gf_status measure(gf_metrics *metrics, const gf_model *model, const gf_dataset *data,
	const float *z, gf_error *err)
{
	const double none = (double)NAN;
	gf_status status;

	*metrics = (gf_metrics){.rows = data->rows,
		.classes = model->classes,
		.mse = none,
		.rmse = none,
		.mae = none,
		.r2 = none,
		.accuracy = none,
		.auc = none,
		.precision = none,
		.recall = none,
		.f1 = none};
	status = mean_loss(&metrics->loss, model, data, z, err);
	if (!status && model->classes)
		status = measure_classes(metrics, model, data, z, err);
	else if (!status)
		measure_numbers(metrics, model, data, z);
	return status;
}

gf_status gf_evaluate(const gf_model *model, const gf_dataset *data, const gf_config *config,
	gf_metrics *metrics, gf_error *err)
{
	gf_status status;
	size_t bytes;
	float *z;

	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(data, err) || ERROR_NULL(metrics, err))
		return GF_E_USAGE;
	status = check(model, data, err);
	if (status)
		return status;
	bytes = data->rows * model->outputs * sizeof(float);
	z = malloc(bytes);
	if (!z)
		return gf_fail_memory(err, bytes, "outputs");
	status = gf_predict(model, data, config, z, err);
	if (!status && config)
		config_tell(config, GF_PHASE_evaluating, 0, 0);
	if (!status)
		status = measure(metrics, model, data, z, err);
	free(z);
	return status;
}

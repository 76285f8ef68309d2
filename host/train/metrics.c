/* metrics.c: how good a model is on data whose targets are known. */
#include "metrics.h"
#include "config.h"
#include "engine.h"
#include "error.h"
#include "predict.h"
#include "texts.h"

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

/* ---- a tally ---- */

/* Sums over the rows of one output. */
struct residuals {
	double mean;                      /* of y */
	double squares, absolutes, total; /* of mean - y, |mean - y|, and y - mean(y) */
};

static void find_means(struct tally *tally)
{
	const size_t K = tally->data->outputs, N = tally->rows;
	const float *y = tally->data->y + tally->first * K;
	size_t i, k;

	for (i = 0; i < N; i++)
		for (k = 0; k < K; k++)
			tally->residuals[k].mean += (double)y[i * K + k] / (double)N;
}

gf_status tally_begin(struct tally *tally, const gf_model *model, const gf_dataset *data,
	size_t first, size_t rows, gf_error *err)
{
	*tally = (struct tally){.model = model, .data = data, .first = first, .rows = rows};
	if (model->classes)
		return GF_OK;
	tally->residuals = calloc(data->outputs, sizeof *tally->residuals);
	if (!tally->residuals)
		return gf_fail_memory(err, data->outputs * sizeof *tally->residuals, "residuals");
	find_means(tally);
	return GF_OK;
}

void tally_end(struct tally *tally)
{
	free(tally->residuals);
	tally->residuals = NULL;
}

static void add_number(struct tally *tally, size_t row, const float *z)
{
	const size_t K = tally->data->outputs;
	size_t k;

	for (k = 0; k < K; k++) {
		struct residuals *r = &tally->residuals[k];
		const double y = (double)tally->data->y[row * K + k];
		const double d = gf_model_mean(tally->model, z[k]) - y;

		r->squares += d * d;
		r->absolutes += fabs(d);
		r->total += (y - r->mean) * (y - r->mean);
	}
}

/* The class that a target is: its index, or the sign where it is -1 or 1. */
static size_t class_of(const gf_model *model, float y)
{
	return loss_targets(model->loss) == TARGETS_TWO_CLASSES ? y > 0.0f : (size_t)y;
}

static void add_class(struct tally *tally, size_t row, const float *z)
{
	const size_t wanted = class_of(tally->model, tally->data->y[row]);
	const size_t said = predicted_class(tally->model, z);

	tally->right += said == wanted;
	tally->hits += said == 1 && wanted == 1;
	tally->positives_said += said == 1;
	tally->positives += wanted == 1;
}

void tally_add(struct tally *tally, size_t row, size_t count, const float *z)
{
	size_t i;

	for (i = 0; i < count; i++, z += tally->model->outputs)
		if (tally->residuals)
			add_number(tally, row + i, z);
		else
			add_class(tally, row + i, z);
}

/* The quotient has no value where the target is constant; then as in scikit-learn. */
static double r2_of(const struct residuals *r)
{
	if (r->total > 0.0)
		return 1.0 - r->squares / r->total;
	return r->squares == 0.0 ? 1.0 : 0.0;
}

double tally_r2(const struct tally *tally)
{
	const size_t K = tally->data->outputs;
	double r2 = 0.0;
	size_t k;

	if (!tally->residuals || tally->rows < 2)
		return (double)NAN;
	for (k = 0; k < K; k++)
		r2 += r2_of(&tally->residuals[k]) / (double)K;
	return r2;
}

double tally_accuracy(const struct tally *tally)
{
	return tally->residuals ? (double)NAN : (double)tally->right / (double)tally->rows;
}

/* ---- numbers ---- */

static void measure_numbers(gf_metrics *metrics, const struct tally *tally)
{
	const double M = (double)tally->rows * (double)tally->data->outputs;
	size_t k;

	metrics->mse = metrics->mae = 0.0;
	for (k = 0; k < tally->data->outputs; k++) {
		metrics->mse += tally->residuals[k].squares / M;
		metrics->mae += tally->residuals[k].absolutes / M;
	}
	metrics->rmse = sqrt(metrics->mse);
	metrics->r2 = tally_r2(tally);
}

/* ---- classes ---- */

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

static gf_status measure_classes(
	gf_metrics *metrics, const struct tally *tally, const float *z, gf_error *err)
{
	metrics->accuracy = tally_accuracy(tally);
	if (tally->model->classes != 2)
		return GF_OK;
	metrics->precision = share(tally->hits, tally->positives_said);
	metrics->recall = share(tally->hits, tally->positives);
	metrics->f1 = share(2 * tally->hits, tally->positives_said + tally->positives);
	metrics->positives = tally->positives;
	metrics->positives_said = tally->positives_said;
	return measure_auc(metrics, tally->model, tally->data, z, err);
}

/* ---- the whole ---- */

int metrics_are_classes(
	const gf_model *model, const gf_dataset *data, size_t first, size_t rows, size_t *row)
{
	for (*row = first; model->classes && *row < first + rows; ++*row) {
		const float y = data->y[*row];

		if (class_of(model, y) >= model->classes ||
			(model->loss == GF_LOSS_bce && y != floorf(y)))
			return 0;
	}
	return 1;
}

static gf_status check_classes(const gf_model *model, const gf_dataset *data, gf_error *err)
{
	size_t row;

	if (data->classes &&
		(data->classes != model->classes ||
			!names_equal(data->class_names, model->class_names, data->classes)))
		return gf_fail(err, GF_E_DATA,
			"the data's classes are not the model's: read it for the model");
	if (!metrics_are_classes(model, data, 0, data->rows, &row))
		return gf_fail(err, GF_E_DATA,
			"row %zu, from 0: target %.9g is no class; the model has %zu", row,
			(double)data->y[row], model->classes);
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
	struct tally tally;
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
	if (!status)
		status = tally_begin(&tally, model, data, 0, data->rows, err);
	if (status)
		return status;
	tally_add(&tally, 0, data->rows, z);
	if (model->classes)
		status = measure_classes(metrics, &tally, z, err);
	else
		measure_numbers(metrics, &tally);
	tally_end(&tally);
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

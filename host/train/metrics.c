/* metrics.c: what outputs mean (classes, means, probabilities), and how good they are compared with
 * known targets. */
#include "metrics.h"
#include "config.h"
#include "reference_step.h"
#include "error.h"
#include "texts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- outputs as classes, means and probabilities ---- */

/* Returns the class predicted by outputs z (K) of a model with classes. */
static size_t predicted_class(const gf_model *model, const float *z)
{
	size_t best = 0;

	if (model->outputs == 1)
		return z[0] > 0.0f;
	for (size_t k = 1; k < model->outputs; k++)
		if (z[k] > z[best])
			best = k;
	return best;
}

size_t gf_model_class(const gf_model *model, const float *z)
{
	if (!model || !z)
		return 0;
	return model->classes ? predicted_class(model, z) : SIZE_MAX;
}

const char *gf_model_label(const gf_model *model, const float *z)
{
	return model && z && model->classes ? model->class_names[predicted_class(model, z)] : NULL;
}

/* exp never sees a positive argument, so it cannot overflow. */
static double sigmoid(double z)
{
	double e = exp(-fabs(z));

	return (z >= 0.0 ? 1.0 : e) / (1.0 + e);
}

double gf_model_mean(const gf_model *model, float z)
{
	if (!model)
		return NAN;
	if (loss_of(model->loss)->has_log_link)
		return exp((double)z);
	if (model->loss == GF_LOSS_bce)
		return sigmoid((double)z);
	return (double)z;
}

/* Subtracting the largest output keeps exp from overflowing. */
static void softmax(const float *z, size_t count, double *p)
{
	double largest = (double)z[0], sum = 0.0;

	for (size_t k = 1; k < count; k++)
		largest = fmax(largest, (double)z[k]);
	for (size_t k = 0; k < count; k++) {
		p[k] = exp((double)z[k] - largest);
		sum += p[k];
	}
	for (size_t k = 0; k < count; k++)
		p[k] /= sum;
}

gf_status gf_model_probabilities(const gf_model *model, const float *z, double *p, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(z, err) || ERROR_NULL(p, err))
		return GF_E_USAGE;
	if (model->classes == 0)
		return gf_fail(err, GF_E_USAGE,
			"the model has no probabilities of classes: it predicts numbers");
	if (loss_targets(model->loss) == TARGETS_TWO_CLASSES)
		return gf_fail(err, GF_E_USAGE,
			"the model has no probabilities: its loss, %s, gives none",
			loss_word(model->loss));
	if (model->loss == GF_LOSS_cross_entropy) {
		softmax(z, model->outputs, p);
	} else {
		p[0] = sigmoid(-(double)z[0]);
		p[1] = sigmoid((double)z[0]);
	}
	return GF_OK;
}

/* ---- a tally ---- */

/* Sums over the rows, for one output; doubles one behind another. */
struct residual_sums {
	double squares, absolutes; /* of prediction - y */
	double total;              /* of (y - mean)^2 */
};

struct residuals {
	double mean; /* of the targets y */
	struct residual_sums sums;
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

static void add_number(
	const struct tally *tally, size_t row, const float *z, struct residual_sums *sums)
{
	const size_t K = tally->data->outputs;
	size_t k;

	for (k = 0; k < K; k++) {
		const double y = (double)tally->data->y[row * K + k];
		const double d = gf_model_mean(tally->model, z[k]) - y;
		const double from_mean = y - tally->residuals[k].mean;

		sums[k].squares += d * d;
		sums[k].absolutes += fabs(d);
		sums[k].total += from_mean * from_mean;
	}
}

static void add_class(
	const struct tally *tally, size_t row, const float *z, struct class_counts *counts)
{
	const size_t wanted = model_class_of(tally->data->y[row]);
	const size_t predicted = predicted_class(tally->model, z);

	counts->correct += predicted == wanted;
	counts->true_positives += predicted == 1 && wanted == 1;
	counts->predicted_positives += predicted == 1;
	counts->positives += wanted == 1;
}

size_t tally_numbers(const struct tally *tally)
{
	return tally->residuals
		       ? tally->data->outputs * sizeof(struct residual_sums) / sizeof(double)
		       : sizeof(struct class_counts) / sizeof(double);
}

void tally_add(const struct tally *tally, size_t row, size_t count, const float *z, double *sums)
{
	size_t i;

	for (i = 0; i < count; i++, z += tally->model->outputs)
		if (tally->residuals)
			add_number(tally, row + i, z, (struct residual_sums *)sums);
		else
			add_class(tally, row + i, z, (struct class_counts *)sums);
}

void tally_take(struct tally *tally, const double *sums)
{
	size_t k;

	for (k = 0; tally->residuals && k < tally->data->outputs; k++)
		tally->residuals[k].sums = ((const struct residual_sums *)sums)[k];
	if (!tally->residuals)
		tally->counts = *(const struct class_counts *)sums;
}

/* For a constant target the quotient is 0 / 0 or infinite: then 1 or 0, as in scikit-learn. */
static double r2_of(const struct residual_sums *r)
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
		r2 += r2_of(&tally->residuals[k].sums) / (double)K;
	return r2;
}

double tally_accuracy(const struct tally *tally)
{
	return tally->residuals ? (double)NAN : tally->counts.correct / (double)tally->rows;
}

/* ---- numbers ---- */

static void measure_numbers(gf_metrics *metrics, const struct tally *tally)
{
	const double M = (double)tally->rows * (double)tally->data->outputs;
	size_t k;

	metrics->mse = metrics->mae = 0.0;
	for (k = 0; k < tally->data->outputs; k++) {
		metrics->mse += tally->residuals[k].sums.squares / M;
		metrics->mae += tally->residuals[k].sums.absolutes / M;
	}
	metrics->rmse = sqrt(metrics->mse);
	metrics->r2 = tally_r2(tally);
}

/* ---- classes ---- */

struct scored {
	double score; /* higher means more likely of the second class */
	size_t class;
};

static int compare_scores(const void *a, const void *b)
{
	double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

	return (x > y) - (x < y);
}

/* Returns the area under the ROC curve: the share of pairs, one row of each class, whose scores are
 * in order.  Equal scores all get the mean of their ranks, so their pairs count half. */
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
		return (double)NAN; /* no pairs */
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
		rows[i].class = model_class_of(data->y[i]);
	}
	metrics->auc = auc_of(rows, data->rows);
	free(rows);
	return GF_OK;
}

/* Returns 0 for 0 / 0, as scikit-learn does. */
static double ratio(double part, double whole)
{
	return whole > 0.0 ? part / whole : 0.0;
}

static gf_status measure_classes(
	gf_metrics *metrics, const struct tally *tally, const float *z, gf_error *err)
{
	const struct class_counts *n = &tally->counts;

	metrics->accuracy = tally_accuracy(tally);
	if (tally->model->classes != 2)
		return GF_OK;
	metrics->precision = ratio(n->true_positives, n->predicted_positives);
	metrics->recall = ratio(n->true_positives, n->positives);
	metrics->f1 = ratio(2.0 * n->true_positives, n->predicted_positives + n->positives);
	metrics->positives = (size_t)n->positives;
	metrics->positives_said = (size_t)n->predicted_positives;
	return measure_auc(metrics, tally->model, tally->data, z, err);
}

/* ---- evaluation ---- */

int metrics_are_classes(
	const gf_model *model, const gf_dataset *data, size_t first, size_t rows, size_t *row)
{
	for (*row = first; model->classes && *row < first + rows; ++*row) {
		const float y = data->y[*row];

		if (model_class_of(y) >= model->classes ||
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

static gf_status check_data(const gf_model *model, const gf_dataset *data, gf_error *err)
{
	if (data->outputs != model->targets && model->targets == model->outputs)
		return gf_fail(err, GF_E_DATA,
			"the data has %zu targets; the model gives %zu outputs", data->outputs,
			model->outputs);
	if (data->outputs != model->targets)
		return gf_fail(err, GF_E_DATA, "the data has %zu targets; the model has %zu",
			data->outputs, model->targets);
	TRY(model_check_targets(data, model->loss, err));
	return model->classes ? check_classes(model, data, err) : GF_OK;
}

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

/* Outputs of all rows, while they are added up. */
struct tallied {
	const struct tally *tally; /* borrowed */
	const float *z;            /* borrowed; (N, K) */
};

static gf_status add_part(void *user, const struct part_rows *part, double *sum, gf_error *err)
{
	const struct tallied *t = user;

	(void)err;
	tally_add(t->tally, part->first, part->rows, t->z + part->first * t->tally->model->outputs,
		sum);
	return GF_OK;
}

static gf_status tally_all(struct tally *tally, const float *z, gf_error *err)
{
	struct tallied tallied = {tally, z};
	const struct row_sums rows = {.rows = tally->rows,
		.numbers = tally_numbers(tally),
		.add = add_part,
		.user = &tallied};
	double *sums = malloc(rows.numbers * sizeof *sums);
	gf_status status;

	if (!sums)
		return gf_fail_memory(err, rows.numbers * sizeof *sums, "residuals");
	status = row_sums_take(&rows, sums, err);
	if (!status)
		tally_take(tally, sums);
	free(sums);
	return status;
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
	TRY(mean_loss(&metrics->loss, model, data, z, err));
	TRY(tally_begin(&tally, model, data, 0, data->rows, err));
	status = tally_all(&tally, z, err);
	if (!status && model->classes)
		status = measure_classes(metrics, &tally, z, err);
	else if (!status)
		measure_numbers(metrics, &tally);
	tally_end(&tally);
	return status;
}

gf_status gf_evaluate_outputs(const gf_model *model, const gf_dataset *data, const float *outputs,
	gf_metrics *metrics, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(data, err) || ERROR_NULL(outputs, err) ||
		ERROR_NULL(metrics, err))
		return GF_E_USAGE;
	TRY(check_data(model, data, err));
	return measure(metrics, model, data, outputs, err);
}

gf_status gf_confusion(const gf_model *model, const gf_dataset *data, const float *outputs,
	size_t *counts, gf_error *err)
{
	size_t i;

	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(data, err) || ERROR_NULL(outputs, err) ||
		ERROR_NULL(counts, err))
		return GF_E_USAGE;
	if (model->classes == 0)
		return gf_fail(err, GF_E_USAGE, "the model has no classes: it predicts numbers");
	TRY(check_data(model, data, err));
	memset(counts, 0, model->classes * model->classes * sizeof *counts);
	for (i = 0; i < data->rows; i++) {
		const size_t wanted = model_class_of(data->y[i]);
		const size_t predicted = predicted_class(model, outputs + i * model->outputs);

		counts[wanted * model->classes + predicted]++;
	}
	return GF_OK;
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
	TRY(check_data(model, data, err));
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

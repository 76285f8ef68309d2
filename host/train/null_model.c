#include "null_model.h"
#include "config.h"
#include "reference_step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the rows ---- */

static double weight_of(const struct problem *problem, size_t row)
{
	return problem->weights ? (double)problem->weights[row] : 1.0;
}

/* The weight of the row in the sum of output k, and its target there. */
static double term_of(const struct problem *problem, size_t row, size_t k, double *y)
{
	const size_t targets = problem->data->outputs;
	const float *found = problem->data->y + row * targets;
	double weight = weight_of(problem, row);

	if (problem->loss != GF_LOSS_cross_entropy) {
		*y = (double)found[k];
		return weight;
	}
	*y = (size_t)found[0] == k ? 1.0 : 0.0;
	if (problem->class_weights)
		weight *= (double)problem->class_weights[(size_t)found[0]];
	return weight;
}

static double offset_at(const struct problem *problem, size_t row)
{
	return problem->data->offset ? (double)problem->data->offset[row] : 0.0;
}

/* ---- the best bias: where the slopes of all rows along it add up to 0 ---- */

/* Sums over the training rows; w is a row's weight, o its offset. */
struct bias_sums {
	double top, bottom;
};

/* The slope of mse is 2 w (b + o - y). */
static struct bias_sums sums_of_mse(const struct problem *problem, size_t k)
{
	struct bias_sums sums = {0.0, 0.0};
	double y;
	size_t i;

	for (i = 0; i < problem->train_rows; i++) {
		const double w = term_of(problem, i, k, &y);

		sums.top += w * (y - offset_at(problem, i));
		sums.bottom += w;
	}
	return sums;
}

/* The slope of tweedie is w (exp((2 - p) (b + o)) - y exp((1 - p) (b + o))), that of poisson the
 * same for p = 1, and that of gamma for p = 2. */
static struct bias_sums sums_of_log_link(const struct problem *problem, size_t k)
{
	const double p = problem->loss == GF_LOSS_poisson ? 1.0
			 : problem->loss == GF_LOSS_gamma ? 2.0
							  : problem->loss_parameters.power;
	struct bias_sums sums = {0.0, 0.0};
	double y;
	size_t i;

	for (i = 0; i < problem->train_rows; i++) {
		const double w = term_of(problem, i, k, &y), o = offset_at(problem, i);

		sums.top += w * y * exp((1.0 - p) * o);
		sums.bottom += w * exp((2.0 - p) * o);
	}
	return sums;
}

/* The slope of bce is w (sigmoid(b + o) - y), and its slope w sigmoid (1 - sigmoid). */
static struct bias_sums sums_of_bce(const struct problem *problem, size_t k, double b)
{
	struct bias_sums sums = {0.0, 0.0};
	double y;
	size_t i;

	for (i = 0; i < problem->train_rows; i++) {
		const double w = term_of(problem, i, k, &y);
		const double share = 1.0 / (1.0 + exp(-b - offset_at(problem, i)));

		sums.top += w * (y - share);
		sums.bottom += w * share * (1.0 - share);
	}
	return sums;
}

/* Newton's steps from 0.  They do not converge if there is one class only. */
static double bias_of_bce(const struct problem *problem, size_t k)
{
	double b = 0.0;
	int i;

	for (i = 0; i < 100; i++) {
		const struct bias_sums sums = sums_of_bce(problem, k, b);
		const double step = sums.top / sums.bottom;

		b += step;
		if (fabs(step) <= 1e-9 * fabs(b) || fabs(step) < 1e-15)
			return b;
	}
	return NAN;
}

static double best_bias(const struct problem *problem, size_t k)
{
	struct bias_sums sums;

	if (problem->loss == GF_LOSS_bce)
		return bias_of_bce(problem, k);
	if (loss_of(problem->loss)->has_log_link) {
		sums = sums_of_log_link(problem, k);
		return log(sums.top / sums.bottom);
	}
	sums = sums_of_mse(problem, k);
	/* Of cross entropy these are the shares of the classes, whose logarithms are the biases. */
	return problem->loss == GF_LOSS_cross_entropy ? log(sums.top / sums.bottom)
						      : sums.top / sums.bottom;
}

/* A softmax stays the same if all biases grow alike: a start from zeros keeps their mean at 0. */
static void center(float *bias, size_t K)
{
	double sum = 0.0;
	size_t k;

	for (k = 0; k < K; k++)
		sum += (double)bias[k];
	for (k = 0; k < K; k++)
		bias[k] = (float)((double)bias[k] - sum / (double)K);
}

static gf_status set_biases(gf_model *model, const struct problem *problem, gf_error *err)
{
	const size_t K = problem->outputs;
	float *bias = model->params + K * model->features;
	size_t k;

	for (k = 0; k < K && !model->no_bias; k++) {
		const int of_classes = model->classes && K > 1;

		bias[k] = (float)best_bias(problem, k);
		if (!isfinite(bias[k]))
			return gf_fail(err, GF_E_DATA,
				"path: no bias is the best for the targets%s%s, as all of them are "
				"alike",
				of_classes ? " of class " : "",
				of_classes ? model->class_names[k] : "");
	}
	if (problem->loss == GF_LOSS_cross_entropy)
		center(bias, K);
	return GF_OK;
}

/* ---- losses ---- */

/* Returns the loss of a prediction that is the target y itself. */
static double saturated_loss(const struct problem *problem, double y)
{
	const double power = problem->loss_parameters.power;

	switch (problem->loss) {
	case GF_LOSS_bce:
		return (y > 0.0 ? -y * log(y) : 0.0) + (y < 1.0 ? -(1.0 - y) * log(1.0 - y) : 0.0);
	case GF_LOSS_poisson:
		return y > 0.0 ? y - y * log(y) : 0.0;
	case GF_LOSS_gamma:
		return 1.0 + log(y);
	case GF_LOSS_tweedie:
		return pow(y, 2.0 - power) * (1.0 / (2.0 - power) + 1.0 / (power - 1.0));
	default:
		return 0.0;
	}
}

static double saturated_mean(const struct problem *problem, double scale)
{
	const size_t targets = problem->data->outputs;
	double sum = 0.0;
	size_t i, k;

	for (i = 0; i < problem->train_rows; i++)
		for (k = 0; k < targets; k++)
			sum += weight_of(problem, i) *
			       saturated_loss(problem, (double)problem->data->y[i * targets + k]);
	return scale * sum;
}

/* Measures the loss and its largest slope at the model's parameters. */
static gf_status measure(
	struct null_model *null, const struct problem *problem, gf_comm *comm, gf_error *err)
{
	const struct batch all = {.count = problem->train_rows};
	const double scale = train_data_scale(problem, &all);
	const size_t weights = problem->outputs * problem->data->features;
	double *gradient = malloc(problem_params(problem) * sizeof *gradient);
	gf_status status;
	size_t p;

	if (!gradient)
		return gf_fail_memory(
			err, problem_params(problem) * sizeof *gradient, "the slopes of the loss");
	status = reference_gradient(problem, comm, null->model->params, &null->loss, gradient, err);
	for (p = 0; p < weights && !status; p++)
		null->slope = fmax(null->slope, fabs(gradient[p] * scale));
	free(gradient);
	TRY(status);
	null->loss *= scale;
	null->saturated = saturated_mean(problem, scale);
	if (null->slope > 0.0 && isfinite(null->slope) && null->loss > null->saturated)
		return GF_OK;
	return gf_fail(err, GF_E_DATA,
		"path: a bias alone predicts the targets as well as any model: the largest slope "
		"of the loss along a weight is %g",
		null->slope);
}

/* ---- null_model_find ---- */

static gf_status find(struct null_model *null, const struct train_data *rows,
	const gf_config *config, gf_error *err)
{
	const struct problem problem = {.data = rows->data,
		.train_rows = rows->train_rows,
		.outputs = null->model->outputs,
		.loss = config->loss,
		.loss_parameters = loss_parameters_of(config),
		.weights = rows->weights,
		.class_weights = rows->class_weights,
		.update.no_bias = config->no_bias,
		.batch_size = rows->train_rows};

	TRY(set_biases(null->model, &problem, err));
	return measure(null, &problem, config->comm, err);
}

gf_status null_model_find(struct null_model *null, const gf_dataset *data,
	const struct chosen_rows *chosen, const gf_config *config, gf_error *err)
{
	const size_t K = model_outputs_for(data, config->loss);
	struct train_data rows = {.data = NULL};
	struct rng rng;
	gf_status status;

	memset(null, 0, sizeof *null);
	TRY(model_check_targets(data, config->loss, err));
	TRY(model_new(&null->model, data->features, K, err));
	null->model->loss = config->loss;
	null->model->no_bias = config->no_bias;
	TRY(model_copy_names(null->model, data, err));
	rng_seed(&rng, config->seed);
	status = train_data_choose(&rows, data, chosen, config, K, &rng, err);
	if (!status)
		status = find(null, &rows, config, err);
	train_data_free(&rows);
	return status;
}

void null_model_free(struct null_model *null)
{
	gf_model_free(null->model);
	null->model = NULL;
}

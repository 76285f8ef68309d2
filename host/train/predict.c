#include "predict.h"
#include "config.h"
#include "engine.h"
#include "error.h"
#include "model.h"
#include "verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 16 /* rows, where there are many */, AGAIN_FLOATS = 1 << 18 /* at a time */ };

static gf_status check(
	const gf_model *model, const gf_dataset *data, const gf_config *config, gf_error *err)
{
	if (config->engine >= GF_ENGINE_COUNT || config->kernels >= GF_KERNELS_COUNT ||
		config->check >= GF_CHECK_COUNT)
		return gf_fail(err, GF_E_USAGE,
			"engine is %d, kernels is %d and check is %d; wanted: one of their words",
			(int)config->engine, (int)config->kernels, (int)config->check);
	if (data->features != model->features)
		return gf_fail(err, GF_E_DATA, "the data has %zu features; the model takes %zu",
			data->features, model->features);
	return GF_OK;
}

/* ---- outputs against the reference ---- */

static gf_status check_row(
	struct verifier *v, const float *params, size_t row, const float *outputs, gf_error *err)
{
	char where[64];

	snprintf(where, sizeof where, "row %zu, from 0", row);
	return verifier_outputs(v, where, params, row, outputs + row * v->problem->outputs, err);
}

/* From the first to the last, evenly. */
static gf_status check_rows(
	struct verifier *v, const float *params, const float *outputs, gf_error *err)
{
	const size_t N = v->problem->data->rows;
	const size_t rows = v->mode == GF_CHECK_every || N < SAMPLES ? N : SAMPLES;
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < rows && !status; i++)
		status = check_row(v, params,
			rows == N ? i : (size_t)((double)(N - 1) * (double)i / (SAMPLES - 1)),
			outputs, err);
	return status;
}

/* Rows [first, first + count), whose outputs are the same once more. */
static gf_status same_rows(struct engine *engine, const struct verifier *v, const float *params,
	size_t first, size_t count, const float *outputs, float *again, gf_error *err)
{
	const size_t K = v->problem->outputs;
	const float *wanted = outputs + first * K;
	gf_status status = engine_outputs(engine, params, first, count, again, err);
	size_t i;

	for (i = 0; i < count * K && !status; i++)
		if (memcmp(again + i, wanted + i, sizeof *again) != 0)
			status = gf_fail(err, GF_E_CHECK,
				"row %zu, from 0: output %zu is %.9g on the device, and %.9g the "
				"second time",
				first + i / K, i % K, (double)wanted[i], (double)again[i]);
	return status;
}

static gf_status take_again(struct engine *engine, const struct verifier *v, const float *params,
	const float *outputs, gf_error *err)
{
	const size_t N = v->problem->data->rows, K = v->problem->outputs;
	const size_t fit = AGAIN_FLOATS / K + 1, most = fit < N ? fit : N;
	float *again = malloc(most * K * sizeof *again);
	gf_status status = GF_OK;
	size_t first;

	if (!again)
		return gf_fail_memory(err, most * K * sizeof *again, "outputs");
	for (first = 0; first < N && !status; first += most)
		status = same_rows(engine, v, params, first, N - first < most ? N - first : most,
			outputs, again, err);
	free(again);
	return status;
}

static gf_status prove(struct engine *engine, struct verifier *v, const float *params,
	const float *outputs, gf_error *err)
{
	gf_status status = check_rows(v, params, outputs, err);

	if (status || v->mode != GF_CHECK_every)
		return status;
	status = take_again(engine, v, params, outputs, err);
	if (!status)
		status = verifier_data(v, err);
	return status ? status : engine_audit(engine, err);
}

/* ---- the whole ---- */

static gf_status predict_rows(const struct problem *problem, const gf_config *config,
	const float *params, float *outputs, gf_error *err)
{
	/* The forward pass is the same kernel in every engine but the reference. */
	const struct engine_options options = {.device = config->device,
		.engine = config->engine == GF_ENGINE_reference ? GF_ENGINE_reference
								: GF_ENGINE_streaming,
		.tuning.kernels = config->kernels};
	struct engine *engine = NULL;
	struct verifier v;
	gf_status status = verifier_open(&v, problem, config->check, config->engine, 1, 0, 1, err);

	config_tell(config, GF_PHASE_compiling, 0, 0);
	if (!status)
		status = engine_open(&engine, problem, &options, err);
	config_tell(config, GF_PHASE_predicting, 0, 0);
	if (!status)
		status = engine_outputs(engine, params, 0, problem->data->rows, outputs, err);
	if (!status && v.step) {
		config_tell(config, GF_PHASE_checking, 0, 0);
		status = prove(engine, &v, params, outputs, err);
	}
	engine_close(engine);
	verifier_close(&v);
	return status;
}

static gf_status predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err)
{
	/* Outputs are the same whatever loss and optimiser found the parameters. */
	struct problem problem = {.data = data,
		.train_rows = data->rows,
		.outputs = model->outputs,
		.batch_size = data->rows};
	gf_dataset *standardized = NULL;
	gf_status status = check(model, data, config, err);

	config_tell(config, GF_PHASE_preparing, 0, 0);
	if (!status)
		status = model_standardize_data(&standardized, model, data, err);
	if (standardized)
		problem.data = standardized;
	if (!status)
		status = predict_rows(&problem, config, model_own_params(model), outputs, err);
	gf_dataset_free(standardized);
	return status;
}

gf_status gf_predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err)
{
	const gf_config defaults = {0};

	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(data, err) || ERROR_NULL(outputs, err))
		return GF_E_USAGE;
	return predict(model, data, config ? config : &defaults, outputs, err);
}

/* ---- from outputs to classes, means and probabilities ---- */

size_t predicted_class(const gf_model *model, const float *z)
{
	size_t best = 0;

	if (model->outputs == 1)
		return z[0] > 0.0f;
	for (size_t k = 1; k < model->outputs; k++)
		if (z[k] > z[best])
			best = k;
	return best;
}

const char *gf_model_label(const gf_model *model, const float *z)
{
	return model && z && model->classes ? model->class_names[predicted_class(model, z)] : NULL;
}

/* exp never sees a positive argument, so that no z is beyond it. */
static double sigmoid(double z)
{
	double e = exp(-fabs(z));

	return (z >= 0.0 ? 1.0 : e) / (1.0 + e);
}

double gf_model_mean(const gf_model *model, float z)
{
	if (!model)
		return NAN;
	if (model->loss == GF_LOSS_poisson)
		return exp((double)z);
	if (model->loss == GF_LOSS_bce)
		return sigmoid((double)z);
	return (double)z;
}

static void softmax(const float *z, size_t count, double *p)
{
	double most = (double)z[0], sum = 0.0;

	for (size_t k = 1; k < count; k++)
		most = fmax(most, (double)z[k]);
	for (size_t k = 0; k < count; k++) {
		p[k] = exp((double)z[k] - most);
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

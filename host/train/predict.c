/* predict.c: the outputs of a model for data, computed on a device and checked. */
#include "config.h"
#include "error.h"
#include "predict.h"
#include "text.h"
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SAMPLES = 16,             /* rows checked against the reference, if there are more */
	REPEATED_FLOATS = 1 << 18 /* outputs that are computed a second time at once */
};

gf_status predict_check(const gf_model *model, const gf_config *config, gf_error *err)
{
	if (config->engine >= GF_ENGINE_COUNT || config->kernels >= GF_KERNELS_COUNT ||
		config->check >= GF_CHECK_COUNT)
		return gf_fail(err, GF_E_USAGE,
			"engine is %d, kernels is %d and check is %d; wanted: one of their words",
			(int)config->engine, (int)config->kernels, (int)config->check);
	if (model->hidden.count && model->hidden.activation == GF_ACTIVATION_COUNT)
		return gf_fail(err, GF_E_USAGE,
			"the model's file does not name the activation after its hidden layers; "
			"gf_model_set_activation can");
	return GF_OK;
}

gf_status predict_check_features(const gf_model *model, size_t features, gf_error *err)
{
	if (features == model->features)
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "the data has %zu features; the model takes %zu", features,
		model->features);
}

gf_status predict_check_offset(const gf_model *model, int has_offset, gf_error *err)
{
	if (model->offset_name && !has_offset)
		return gf_fail(err, GF_E_DATA,
			"the model was trained with the %s %s, which the data does not have",
			model->has_exposure ? "exposure" : "offset",
			quote_text(model->offset_name).text);
	if (!model->offset_name && has_offset)
		return gf_fail(err, GF_E_DATA,
			"the data has an offset; the model was trained without one");
	return GF_OK;
}

/* The parameters as engine_outputs takes them. */
static const float *sent_params(const struct prediction *p)
{
	return p->params_known ? NULL : p->params;
}

/* ---- checks of outputs ---- */

/* Checks rows evenly from the first to the last against the reference. */
static gf_status check_rows(
	struct verifier *v, const struct prediction *p, const float *outputs, gf_error *err)
{
	const size_t N = v->problem->data->rows, K = v->problem->outputs;
	const size_t rows = v->mode == GF_CHECK_every || N < SAMPLES ? N : SAMPLES;
	char where[64];
	size_t i;

	for (i = 0; i < rows; i++) {
		const double place = (double)(N - 1) * (double)i / (SAMPLES - 1);
		const size_t row = rows == N ? i : (size_t)place;

		snprintf(where, sizeof where, "row %zu, from 0", p->before + row);
		TRY(verifier_outputs(v, where, p->params, row, outputs + row * K, err));
	}
	return GF_OK;
}

/* Computes rows [first, first + count) again and checks that their outputs have the same bits. */
static gf_status repeat_rows(const struct prediction *p, size_t first, size_t count,
	const float *outputs, float *repeated, gf_error *err)
{
	const size_t K = p->problem.outputs;
	const float *wanted = outputs + first * K;
	size_t i;

	TRY(engine_outputs(p->engine, sent_params(p), first, count, repeated, err));
	for (i = 0; i < count * K; i++)
		if (memcmp(repeated + i, wanted + i, sizeof *repeated) != 0)
			return gf_fail(err, GF_E_CHECK,
				"row %zu, from 0: output %zu is %.9g on the device, and %.9g the "
				"second time",
				p->before + first + i / K, i % K, (double)wanted[i],
				(double)repeated[i]);
	return GF_OK;
}

static gf_status repeat_all(const struct prediction *p, const float *outputs, gf_error *err)
{
	const size_t N = p->problem.data->rows, K = p->problem.outputs;
	const size_t most = REPEATED_FLOATS / K + 1, rows = most < N ? most : N;
	float *repeated = malloc(rows * K * sizeof *repeated);
	gf_status status = GF_OK;
	size_t first;

	if (!repeated)
		return gf_fail_memory(err, rows * K * sizeof *repeated, "outputs");
	for (first = 0; first < N && !status; first += rows)
		status = repeat_rows(
			p, first, N - first < rows ? N - first : rows, outputs, repeated, err);
	free(repeated);
	return status;
}

static gf_status check_outputs(
	struct verifier *v, const struct prediction *p, const float *outputs, gf_error *err)
{
	TRY(check_rows(v, p, outputs, err));
	if (v->mode != GF_CHECK_every)
		return GF_OK;
	TRY(repeat_all(p, outputs, err));
	TRY(verifier_data(v, err));
	return engine_audit(p->engine, err);
}

/* ---- prediction ---- */

struct problem predict_problem(const gf_model *model, const gf_dataset *data)
{
	return (struct problem){.data = data,
		.train_rows = data->rows,
		.outputs = model->outputs,
		.hidden = model->hidden,
		.batch_size = data->rows};
}

gf_status predict_open(struct engine **engine, const struct problem *problem,
	const gf_config *config, struct engine *beside, gf_error *err)
{
	/* The forward pass is the same kernel in every engine except the reference. */
	const struct engine_options options = {.device = config->device,
		.engine = config->engine == GF_ENGINE_reference ? GF_ENGINE_reference
								: GF_ENGINE_streaming,
		.tuning.kernels = config->kernels,
		.memory_limit = config->memory_limit,
		.beside = beside};

	config_tell(config, GF_PHASE_compiling, 0, 0);
	TRY(engine_open(engine, problem, &options, err));
	if (*(*engine)->passed_over && !beside && config->notice)
		config->notice((*engine)->passed_over, config->user);
	return GF_OK;
}

static gf_status compute(
	struct verifier *v, const struct prediction *p, float *outputs, gf_error *err)
{
	config_tell(p->config, GF_PHASE_predicting, 0, 0);
	TRY(engine_outputs(p->engine, sent_params(p), 0, p->problem.data->rows, outputs, err));
	if (!v->step)
		return GF_OK;
	config_tell(p->config, GF_PHASE_checking, 0, 0);
	return check_outputs(v, p, outputs, err);
}

gf_status predict_rows(const struct prediction *p, float *outputs, gf_error *err)
{
	const struct verifier_options options = {
		.check = p->config->check, .engine = p->config->engine, .batches = 1, .end = 1};
	struct verifier v;
	gf_status status = verifier_open(&v, &p->problem, &options, err);

	if (!status)
		status = compute(&v, p, outputs, err);
	verifier_close(&v);
	return status;
}

static gf_status predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err)
{
	struct prediction p = {.config = config, .params = model_own_params(model)};
	gf_dataset *standardized = NULL;
	gf_status status;

	TRY(predict_check(model, config, err));
	TRY(predict_check_features(model, data->features, err));
	TRY(predict_check_offset(model, data->offset != NULL, err));
	config_tell(config, GF_PHASE_preparing, 0, 0);
	TRY(model_standardize_data(&standardized, model, data, err));
	p.problem = predict_problem(model, standardized ? standardized : data);
	status = predict_open(&p.engine, &p.problem, config, NULL, err);
	if (!status)
		status = predict_rows(&p, outputs, err);
	if (!status && data->offset)
		offset_add(data->offset, data->rows, model->outputs, outputs);
	engine_close(p.engine);
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

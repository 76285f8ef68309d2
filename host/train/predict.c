#include "engine.h"
#include "error.h"
#include "model.h"

static gf_status check(
	const gf_model *model, const gf_dataset *data, const gf_config *config, gf_error *err)
{
	if (config->engine >= GF_ENGINES || config->kernels >= GF_KERNEL_FAMILIES)
		return gf_fail(err, GF_E_USAGE,
			"engine is %d and kernels is %d; wanted: one of their words",
			(int)config->engine, (int)config->kernels);
	if (data->features != model->features)
		return gf_fail(err, GF_E_DATA, "the data has %zu features; the model takes %zu",
			data->features, model->features);
	return GF_OK;
}

static gf_status predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err)
{
	/* Outputs are the same whatever loss and optimiser found the parameters. */
	struct problem problem = {.data = data,
		.train_rows = data->rows,
		.outputs = model->outputs,
		.batch_size = data->rows};
	/* The forward pass is the same kernel in every engine but the reference. */
	struct engine_options options = {.device = config->device,
		.engine = config->engine == GF_ENGINE_reference ? GF_ENGINE_reference
								: GF_ENGINE_streaming,
		.tuning.kernels = config->kernels};
	struct engine *engine = NULL;
	gf_dataset *standardized = NULL;
	gf_status status = check(model, data, config, err);

	if (!status)
		status = model_standardize_data(&standardized, model, data, err);
	if (standardized)
		problem.data = standardized;
	if (!status)
		status = engine_open(&engine, &problem, &options, err);
	if (!status)
		status = engine_outputs(
			engine, model_own_params(model), 0, data->rows, outputs, err);
	engine_close(engine);
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

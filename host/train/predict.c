#include "engine.h"
#include "model.h"

static gf_status same_width(const gf_model *model, const gf_dataset *data, gf_error *err)
{
	if (data->features != model->features)
		return gf_fail(err, GF_E_DATA, "the data has %zu features; the model takes %zu",
			data->features, model->features);
	return GF_OK;
}

gf_status gf_predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err)
{
	/* Outputs are the same whatever loss and optimiser found the parameters. */
	struct problem problem = {.data = data,
		.train_rows = data->rows,
		.outputs = model->outputs,
		.batch_size = data->rows};
	struct engine_options options = {.engine = GF_ENGINE_streaming};
	struct engine *engine = NULL;
	gf_dataset *standardized = NULL;
	gf_status status = same_width(model, data, err);

	if (config) {
		options.device = config->device;
		options.tuning.kernels = config->kernels;
	}
	/* The forward pass is the same kernel in every engine but the reference. */
	if (config && config->engine == GF_ENGINE_reference)
		options.engine = GF_ENGINE_reference;
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

#include "engine.h"
#include "model.h"

#include <math.h>
#include <stdlib.h>

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
	const struct problem problem = {data, model->outputs, model->loss, GF_OPTIMIZER_sgd};
	struct engine_options options = {.engine = GF_ENGINE_streaming};
	struct engine *engine = NULL;
	gf_status status = same_width(model, data, err);

	if (config)
		options.device = config->device;
	/* The forward pass is the same kernel in every engine but the reference. */
	if (config && config->engine == GF_ENGINE_reference)
		options.engine = GF_ENGINE_reference;
	if (!status)
		status = engine_open(&engine, &problem, &options, err);
	if (!status)
		status = engine_outputs(engine, model->params, 0, data->rows, outputs, err);
	engine_close(engine);
	return status;
}

/* Sums over the rows of one output. */
struct residuals {
	double squares, absolutes, total; /* of z - y, |z - y|, and y - mean(y) */
};

static struct residuals residuals_of(const gf_dataset *data, const float *z, size_t k)
{
	const size_t N = data->rows, K = data->outputs;
	struct residuals r = {0.0, 0.0, 0.0};
	double mean = 0.0;
	size_t i;

	for (i = 0; i < N; i++)
		mean += (double)data->y[i * K + k] / (double)N;
	for (i = 0; i < N; i++) {
		const double y = (double)data->y[i * K + k], d = (double)z[i * K + k] - y;

		r.squares += d * d;
		r.absolutes += fabs(d);
		r.total += (y - mean) * (y - mean);
	}
	return r;
}

static void measure(gf_metrics *metrics, const gf_dataset *data, const float *z)
{
	const double M = (double)data->rows * (double)data->outputs;
	size_t k;

	*metrics = (gf_metrics){.rows = data->rows};
	for (k = 0; k < data->outputs; k++) {
		const struct residuals r = residuals_of(data, z, k);

		metrics->mse += r.squares / M;
		metrics->mae += r.absolutes / M;
		metrics->r2 += (r.total > 0.0 ? 1.0 - r.squares / r.total : (double)NAN) /
			       (double)data->outputs;
	}
	metrics->rmse = sqrt(metrics->mse);
}

gf_status gf_evaluate(const gf_model *model, const gf_dataset *data, const gf_config *config,
	gf_metrics *metrics, gf_error *err)
{
	const size_t bytes = data->rows * model->outputs * sizeof(float);
	gf_status status;
	float *z;

	if (data->outputs != model->outputs)
		return gf_fail(err, GF_E_DATA,
			"the data has %zu targets; the model gives %zu outputs", data->outputs,
			model->outputs);
	z = malloc(bytes);
	if (!z)
		return gf_fail_memory(err, bytes, "outputs");
	status = gf_predict(model, data, config, z, err);
	if (!status)
		measure(metrics, data, z);
	free(z);
	return status;
}

#include "standardization.h"
#include "dataset.h"
#include "error.h"
#include "model.h"

#include <stdlib.h>
#include <string.h>

gf_status standardization_alloc(
	struct standardization *s, size_t features, size_t outputs, gf_error *err)
{
	const size_t P = model_params(features, outputs);

	*s = (struct standardization){.center = calloc(2 * features, sizeof *s->center),
		.params = calloc(P, sizeof *s->params)};
	if (!s->center || !s->params) {
		standardization_free(s);
		return gf_fail_memory(err, 2 * features * sizeof *s->center + P * sizeof *s->params,
			"means and deviations");
	}
	s->scale = s->center + features;
	return GF_OK;
}

void standardization_free(struct standardization *s)
{
	free(s->center);
	free(s->params);
	*s = (struct standardization){0};
}

void standardization_fold(const double *center, const double *scale, size_t features,
	size_t outputs, const float *params, float *folded)
{
	const size_t weights = outputs * features;
	size_t j, k;

	for (k = 0; k < outputs; k++) {
		double bias = (double)params[weights + k];

		for (j = 0; j < features; j++) {
			const double weight = (double)params[k * features + j] / scale[j];

			bias -= weight * center[j];
			folded[k * features + j] = standardization_round(weight);
		}
		folded[weights + k] = standardization_round(bias);
	}
}

static gf_status keep(gf_model *model, const double *center, const double *scale, gf_error *err)
{
	const size_t D = model->features, P = model_params(D, model->outputs);
	struct standardization *s = &model->standardization;
	gf_status status;

	standardization_free(s);
	if (P > STANDARDIZATION_PARAMS_MAX)
		return GF_OK;
	status = standardization_alloc(s, D, model->outputs, err);
	if (status)
		return status;
	memcpy(s->center, center, D * sizeof *center);
	memcpy(s->scale, scale, D * sizeof *scale);
	memcpy(s->params, model->params, P * sizeof *s->params);
	return GF_OK;
}

gf_status model_standardize(
	gf_model *model, const double *center, const double *scale, gf_error *err)
{
	gf_status status = keep(model, center, scale, err);

	if (!status)
		standardization_fold(center, scale, model->features, model->outputs, model->params,
			model->params);
	return status;
}

gf_status model_standardize_data(
	gf_dataset **made, const gf_model *model, const gf_dataset *data, gf_error *err)
{
	const struct standardization *s = &model->standardization;
	const size_t D = data->features;
	gf_status status;
	size_t i, j;

	*made = NULL;
	if (!s->center)
		return GF_OK;
	status = dataset_alloc(made, data->rows, D, 0, err);
	for (i = 0; i < data->rows && !status; i++)
		for (j = 0; j < D; j++)
			(*made)->x[i * D + j] =
				standardized_value(data->x[i * D + j], s->center[j], s->scale[j]);
	return status;
}

const float *model_own_params(const gf_model *model)
{
	return model->standardization.center ? model->standardization.params : model->params;
}

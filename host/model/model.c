#include "model.h"
#include "dataset.h"
#include "error.h"
#include "rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What nn.Linear(1, 1) drew, without a seed, when the notebook was run. */
static const float NOTEBOOK_WEIGHT = 0.44418656826019287f;
static const float NOTEBOOK_BIAS = 0.5152027606964111f;

size_t model_params(size_t features, size_t outputs)
{
	size_t most = SIZE_MAX / sizeof(float);

	if (features >= most || outputs > most / (features + 1))
		return 0;
	return outputs * (features + 1);
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}

/* "x1".., or "x" when there is but one. */
static char **default_names(char letter, size_t count)
{
	char **names = calloc(count, sizeof *names);

	for (size_t i = 0; names && i < count; i++) {
		char name[32];

		snprintf(name, sizeof name, count == 1 ? "%c" : "%c%zu", letter, i + 1);
		names[i] = strdup(name);
		if (!names[i]) {
			free_names(names, count);
			return NULL;
		}
	}
	return names;
}

gf_status model_new(gf_model **result, size_t features, size_t outputs, gf_error *err)
{
	size_t params = model_params(features, outputs);
	gf_model *model;

	*result = NULL;
	if (params == 0 || features == 0)
		return gf_fail(err, GF_E_USAGE,
			"cannot make a model of %zu features and %zu outputs", features, outputs);
	model = calloc(1, sizeof *model);
	if (model) {
		model->features = features;
		model->outputs = outputs;
		model->params = calloc(params, sizeof *model->params);
		model->feature_names = default_names('x', features);
		model->target_names = default_names('y', outputs);
	}
	if (!model || !model->params || !model->feature_names || !model->target_names) {
		gf_model_free(model);
		return gf_fail_memory(err, params * sizeof(float), "the model's parameters");
	}
	*result = model;
	return GF_OK;
}

/* What torch.nn.Linear.reset_parameters draws. */
static void init_pytorch(gf_model *model, struct rng *rng)
{
	size_t weights = model->features * model->outputs;
	double fan_in = sqrt((double)model->features);
	/* Kaiming's bound with a = sqrt(5): 1 / fan_in but for its rounding, which PyTorch
	 * has too. */
	float weight_bound = (float)(sqrt(3.0) * (sqrt(2.0 / 6.0) / fan_in));
	float bias_bound = (float)(1 / fan_in);

	for (size_t i = 0; i < weights; i++)
		model->params[i] = rng_uniform(rng, -weight_bound, weight_bound);
	for (size_t k = 0; k < model->outputs; k++)
		model->params[weights + k] = rng_uniform(rng, -bias_bound, bias_bound);
}

static gf_status init_notebook(gf_model *model, gf_error *err)
{
	if (model->features != 1 || model->outputs != 1)
		return gf_fail(err, GF_E_USAGE,
			"the notebook's start is for 1 feature and 1 output, not for %zu and %zu",
			model->features, model->outputs);
	model->params[0] = NOTEBOOK_WEIGHT;
	model->params[1] = NOTEBOOK_BIAS;
	return GF_OK;
}

gf_status model_init(gf_model *model, gf_init init, struct rng *rng, gf_error *err)
{
	size_t params = model_params(model->features, model->outputs);

	switch (init) {
	case GF_INIT_pytorch:
		init_pytorch(model, rng);
		return GF_OK;
	case GF_INIT_zeros:
		for (size_t i = 0; i < params; i++)
			model->params[i] = 0;
		return GF_OK;
	case GF_INIT_notebook:
		return init_notebook(model, err);
	case GF_INITS:
		break;
	}
	return gf_fail(err, GF_E_USAGE, "no such initialisation: %d", (int)init);
}

gf_status model_set_name(char **slot, const char *name, gf_error *err)
{
	char *copy = strdup(name);

	if (!copy)
		return gf_fail_memory(err, strlen(name) + 1, "a name");
	free(*slot);
	*slot = copy;
	return GF_OK;
}

gf_status model_take_names(gf_model *model, const gf_dataset *data, gf_error *err)
{
	gf_status status = GF_OK;

	if (data->features != model->features ||
		(data->outputs > 0 && data->outputs != model->outputs))
		return gf_fail(err, GF_E_DATA,
			"data of %zu features and %zu outputs, wanted %zu and %zu", data->features,
			data->outputs, model->features, model->outputs);
	model->named = 1;
	for (size_t j = 0; !status && j < data->features; j++)
		status = model_set_name(&model->feature_names[j], data->feature_names[j], err);
	for (size_t k = 0; !status && k < data->outputs; k++)
		status = model_set_name(&model->target_names[k], data->target_names[k], err);
	return status;
}

size_t gf_model_features(const gf_model *model)
{
	return model->features;
}

size_t gf_model_outputs(const gf_model *model)
{
	return model->outputs;
}

const float *gf_model_weight(const gf_model *model)
{
	return model->params;
}

const float *gf_model_bias(const gf_model *model)
{
	return model->params + model->outputs * model->features;
}

int gf_model_has_bias(const gf_model *model)
{
	return !model->no_bias;
}

size_t gf_model_classes(const gf_model *model)
{
	return model->classes;
}

const char *gf_model_class_name(const gf_model *model, size_t class_index)
{
	return class_index < model->classes ? model->class_names[class_index] : NULL;
}

gf_loss gf_model_loss(const gf_model *model)
{
	return model->loss;
}

const char *gf_model_feature_name(const gf_model *model, size_t feature)
{
	return model->feature_names[feature];
}

const char *gf_model_target_name(const gf_model *model, size_t output)
{
	return model->target_names[output];
}

void gf_model_free(gf_model *model)
{
	if (!model)
		return;
	free_names(model->feature_names, model->features);
	free_names(model->target_names, model->outputs);
	free(model->params);
	free(model);
}

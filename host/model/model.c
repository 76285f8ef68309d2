#include "model.h"
#include "error.h"
#include "rng.h"
#include "texts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The parameters that nn.Linear(1, 1) drew in the notebook, where no seed was set. */
static const float NOTEBOOK_WEIGHT = 0.44418656826019287f;
static const float NOTEBOOK_BIAS = 0.5152027606964111f;

static gf_status refuse_sizes(
	size_t features, const struct hidden *hidden, size_t outputs, gf_error *err)
{
	char widths[HIDDEN_TEXT];

	hidden_text(hidden, widths);
	return gf_fail(err, GF_E_USAGE, "cannot make a model of %zu features%s%s and %zu outputs",
		features, hidden->count ? ", hidden layers " : "", hidden->count ? widths : "",
		outputs);
}

gf_status model_new(gf_model **result, size_t features, size_t outputs, gf_error *err)
{
	const struct hidden none = {.count = 0};

	return model_new_network(result, features, &none, outputs, err);
}

gf_status model_new_network(gf_model **result, size_t features, const struct hidden *hidden,
	size_t outputs, gf_error *err)
{
	struct network network;
	size_t params;
	gf_model *model;

	*result = NULL;
	if (!network_of(&network, features, hidden, outputs))
		return refuse_sizes(features, hidden, outputs, err);
	params = network.parameters;
	model = calloc(1, sizeof *model);
	if (model) {
		model->hidden = *hidden;
		model->features = features;
		model->outputs = outputs;
		model->targets = outputs;
		model->parameters = loss_parameters_default();
		model->params = calloc(params, sizeof *model->params);
		model->feature_names = names_numbered('x', features);
		model->target_names = names_numbered('y', outputs);
	}
	if (!model || !model->params || !model->feature_names || !model->target_names) {
		gf_model_free(model);
		return gf_fail_memory(err, params * sizeof(float), "the model's parameters");
	}
	*result = model;
	return GF_OK;
}

/* Draws the numbers of torch.nn.Linear.reset_parameters for one layer. */
static void init_layer(gf_model *model, const struct layer *layer, struct rng *rng)
{
	double fan_in = sqrt((double)layer->inputs);
	/* Kaiming's bound with a = sqrt(5) is 1 / fan_in; PyTorch rounds it in this order. */
	float weight_bound = (float)(sqrt(3.0) * (sqrt(2.0 / 6.0) / fan_in));
	float bias_bound = (float)(1 / fan_in);

	for (size_t i = layer->weight; i < layer->bias; i++)
		model->params[i] = rng_uniform(rng, -weight_bound, weight_bound);
	for (size_t o = 0; !model->no_bias && o < layer->outputs; o++)
		model->params[layer->bias + o] = rng_uniform(rng, -bias_bound, bias_bound);
}

static void init_pytorch(gf_model *model, struct rng *rng)
{
	const struct network network = model_network(model);

	for (size_t i = 0; i < network.count; i++)
		init_layer(model, &network.layers[i], rng);
}

static gf_status init_zeros(gf_model *model, gf_error *err)
{
	const size_t params = model_params(model);

	if (model->hidden.count)
		return gf_fail(err, GF_E_USAGE,
			"a network cannot start from zeros: its hidden units would all have the "
			"same gradient and stay equal");
	for (size_t i = 0; i < params; i++)
		model->params[i] = 0;
	return GF_OK;
}

static gf_status init_notebook(gf_model *model, gf_error *err)
{
	if (model->hidden.count)
		return gf_fail(err, GF_E_USAGE,
			"the notebook's start is for a linear model, not for a network");
	if (model->features != 1 || model->outputs != 1)
		return gf_fail(err, GF_E_USAGE,
			"the notebook's start is for 1 feature and 1 output, not for %zu and %zu",
			model->features, model->outputs);
	model->params[0] = NOTEBOOK_WEIGHT;
	model->params[1] = model->no_bias ? 0.0f : NOTEBOOK_BIAS;
	return GF_OK;
}

gf_status model_init(gf_model *model, gf_init init, struct rng *rng, gf_error *err)
{
	if (rng)
		init_pytorch(model, rng);
	switch (init) {
	case GF_INIT_pytorch:
		return GF_OK;
	case GF_INIT_zeros:
		return init_zeros(model, err);
	case GF_INIT_notebook:
		return init_notebook(model, err);
	case GF_INIT_COUNT:
		break;
	}
	return gf_fail(err, GF_E_USAGE, "no such initialisation: %d", (int)init);
}

size_t gf_model_features(const gf_model *model)
{
	return model ? model->features : 0;
}

size_t gf_model_outputs(const gf_model *model)
{
	return model ? model->outputs : 0;
}

const float *gf_model_weight(const gf_model *model)
{
	return model && model->hidden.count == 0 ? model->params : NULL;
}

const float *gf_model_bias(const gf_model *model)
{
	const float *weight = gf_model_weight(model);

	return weight ? weight + model->outputs * model->features : NULL;
}

size_t gf_model_layers(const gf_model *model)
{
	return model ? model->hidden.count + 1 : 0;
}

gf_layer gf_model_layer(const gf_model *model, size_t layer)
{
	struct network network;
	const struct layer *found;

	if (layer >= gf_model_layers(model))
		return (gf_layer){.inputs = 0};
	network = model_network(model);
	found = &network.layers[layer];
	return (gf_layer){found->inputs, found->outputs, model->params + found->weight,
		model->params + found->bias};
}

gf_activation gf_model_activation(const gf_model *model)
{
	return model ? model->hidden.activation : GF_ACTIVATION_relu;
}

double gf_model_negative_slope(const gf_model *model)
{
	return model ? model->hidden.negative_slope : 0.0;
}

gf_status gf_model_set_activation(
	gf_model *model, gf_activation activation, double negative_slope, gf_error *err)
{
	struct hidden *hidden;

	error_clear(err);
	if (ERROR_NULL(model, err))
		return GF_E_USAGE;
	hidden = &model->hidden;
	if (activation >= GF_ACTIVATION_COUNT || !isfinite(negative_slope))
		return gf_fail(err, GF_E_USAGE,
			"activation is %d and negative_slope is %g; wanted: a word of its list and "
			"a finite number",
			(int)activation, negative_slope);
	if (hidden->count == 0)
		return gf_fail(err, GF_E_USAGE, "activation %s: the model has no hidden layers",
			activation_word(activation));
	if (hidden->activation == GF_ACTIVATION_COUNT) {
		hidden->activation = activation;
		hidden->negative_slope = negative_slope;
	}
	if (hidden->activation != activation)
		return gf_fail(err, GF_E_USAGE, "activation %s: the model's file says %s",
			activation_word(activation), activation_word(hidden->activation));
	if (activation == GF_ACTIVATION_leaky_relu && hidden->negative_slope != negative_slope)
		return gf_fail(err, GF_E_USAGE, "negative_slope %g: the model's file says %g",
			negative_slope, hidden->negative_slope);
	return GF_OK;
}

const double *gf_model_center(const gf_model *model)
{
	return model ? model->standardization.center : NULL;
}

const double *gf_model_scale(const gf_model *model)
{
	return model ? model->standardization.scale : NULL;
}

const float *gf_model_standardized_weight(const gf_model *model)
{
	return model ? model->standardization.params : NULL;
}

const float *gf_model_standardized_bias(const gf_model *model)
{
	const float *params = gf_model_standardized_weight(model);

	return params ? params + model_network(model).layers[0].bias : NULL;
}

int gf_model_has_bias(const gf_model *model)
{
	return model && !model->no_bias;
}

size_t gf_model_classes(const gf_model *model)
{
	return model ? model->classes : 0;
}

const char *gf_model_offset(const gf_model *model)
{
	return model ? model->offset_name : NULL;
}

int gf_model_has_exposure(const gf_model *model)
{
	return model && model->has_exposure;
}

const char *gf_model_class_name(const gf_model *model, size_t class_index)
{
	return model && class_index < model->classes ? model->class_names[class_index] : NULL;
}

gf_loss gf_model_loss(const gf_model *model)
{
	return model ? model->loss : GF_LOSS_mse;
}

const char *gf_model_feature_name(const gf_model *model, size_t feature)
{
	return model && feature < model->features ? model->feature_names[feature] : NULL;
}

size_t gf_model_targets(const gf_model *model)
{
	return model ? model->targets : 0;
}

const char *gf_model_target_name(const gf_model *model, size_t output)
{
	if (!model || output >= model->outputs)
		return NULL;
	return model->target_names[model->targets == 1 ? 0 : output];
}

const char *gf_model_loss_parameter(const gf_model *model, double *value)
{
	struct loss_parameters parameters;
	const char *word;
	double *at;

	if (!model)
		return NULL;
	parameters = model->parameters;
	word = loss_parameter(model->loss, &parameters, &at);
	if (word && value)
		*value = *at;
	return word;
}

gf_missing gf_model_missing(const gf_model *model)
{
	return model ? model->encoding.missing : GF_MISSING_error;
}

size_t gf_model_columns(const gf_model *model)
{
	return model ? model->encoding.count : 0;
}

gf_column gf_model_column(const gf_model *model, size_t column)
{
	const struct encoded *encoded;
	gf_column found = {.mean = NAN};
	size_t word;

	if (column >= gf_model_columns(model))
		return found;
	encoded = &model->encoding.columns[column];
	found.name = model->encoding.names[column];
	found.words = encoded->count;
	found.word = (const char *const *)encoded->words;
	word = encoded_fill_word(encoded, model->encoding.missing);
	if (!encoded->words)
		found.mean = encoded_fill(encoded, model->encoding.missing);
	else if (word)
		found.most = encoded->words[word - 1];
	return found;
}

void gf_model_free(gf_model *model)
{
	if (!model)
		return;
	names_free(model->feature_names, model->features);
	names_free(model->target_names, model->targets);
	names_free(model->class_names, model->classes);
	encoding_free(&model->encoding);
	free(model->offset_name);
	standardization_free(&model->standardization);
	interval_free(&model->interval);
	free(model->params);
	free(model->least_squares);
	free(model->statistics);
	free(model);
}

#include "layers.h"
#include "format.h"
#include "json.h"
#include "option_rows.h"

#include <stdio.h>

enum { KEY_ROOM = 32 };

size_t layers_count(const struct param_table *params)
{
	size_t hidden = 0;

	while (hidden < GF_HIDDEN_LAYERS && params->hidden[hidden])
		hidden++;
	return hidden + 1;
}

/* The width before that layer: of the features, of a hidden layer, or of the outputs. */
static size_t width_at(const struct param_table *params, size_t layer)
{
	if (layer == 0)
		return params->features;
	return layer < layers_count(params) ? params->hidden[layer - 1] : params->outputs;
}

gf_layer layers_at(const struct param_table *params, const float *block, size_t layer)
{
	gf_layer found = {.weight = block};

	for (size_t i = 0; i <= layer; i++) {
		found.weight = i ? found.bias + found.outputs : block;
		found.inputs = width_at(params, i);
		found.outputs = width_at(params, i + 1);
		found.bias = found.weight + found.outputs * found.inputs;
	}
	return found;
}

size_t layers_parameters(const struct param_table *params)
{
	size_t parameters = 0;

	for (size_t i = 0; i < layers_count(params); i++)
		parameters += width_at(params, i + 1) * (width_at(params, i) + params->bias);
	return parameters;
}

json_t *layers_json(const struct param_table *params, const float *block)
{
	json_t *json = json_object();
	char key[KEY_ROOM];

	for (size_t i = 0; i < layers_count(params); i++) {
		const gf_layer layer = layers_at(params, block, i);

		snprintf(key, sizeof key, "%zu.weight", 2 * i);
		json_object_set_new(
			json, key, json_rows(layer.weight, layer.outputs, layer.inputs));
		snprintf(key, sizeof key, "%zu.bias", 2 * i);
		if (params->bias)
			json_object_set_new(json, key, json_floats(layer.bias, layer.outputs));
	}
	return json;
}

struct layers_title layers_title(
	const struct param_table *params, gf_activation activation, double negative_slope)
{
	struct layers_title title;
	const size_t size = sizeof title.text;
	size_t used = 0;

	for (size_t i = 0; i <= layers_count(params); i++)
		used += (size_t)snprintf(
			title.text + used, size - used, "%s%zu", i ? "-" : "", width_at(params, i));
	used += (size_t)snprintf(title.text + used, size - used, ", %s",
		activation == GF_ACTIVATION_COUNT ? "activation not known"
						  : word_of(activation_words, (int)activation));
	if (activation == GF_ACTIVATION_leaky_relu)
		used += (size_t)snprintf(
			title.text + used, size - used, " of slope %g below 0", negative_slope);
	snprintf(title.text + used, size - used, ", %s%s",
		format_count(layers_parameters(params), "parameter").text,
		params->bias ? "" : ", no bias");
	return title;
}

static void add_layer(struct table *table, const gf_layer *layer, size_t module, bool bias)
{
	for (size_t o = 0; o < layer->outputs; o++)
		for (size_t i = 0; i < layer->inputs; i++) {
			table_cell(table, "%zu.weight[%zu][%zu]", module, o, i);
			table_cell(table, "%s",
				format_float(layer->weight[o * layer->inputs + i]).text);
		}
	for (size_t o = 0; bias && o < layer->outputs; o++) {
		table_cell(table, "%zu.bias[%zu]", module, o);
		table_cell(table, "%s", format_float(layer->bias[o]).text);
	}
}

void layers_print(const struct param_table *params, const float *block)
{
	struct table table;

	table_init(&table, "l.");
	for (size_t i = 0; i < layers_count(params); i++) {
		const gf_layer layer = layers_at(params, block, i);

		add_layer(&table, &layer, 2 * i, params->bias);
	}
	table_print(&table, "");
}

#include "layers.h"
#include "format.h"
#include "json.h"
#include "option_rows.h"
#include "process.h"

#include <stdio.h>
#include <unistd.h>

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

/* ---- matrices ---- */

/* Lines are units and columns inputs, with the bias as the last column; if there are more inputs
 * than units, lines are inputs and columns units, with the bias as the last line. */
struct matrix {
	const struct param_table *params; /* borrowed */
	gf_layer layer;
	size_t index;       /* of the layer */
	const char *suffix; /* borrowed */
	bool lines_are_units;
	size_t lines, columns; /* that are shown, without the bias */
};

enum { MATRIX_COLUMNS = 8, NUMBER_WIDTH = 15, LABEL_WIDTH = 18 };

/* The columns that the terminal has room for beside the bias, at least one. */
static size_t columns_that_fit(void)
{
	size_t room = terminal_columns(STDOUT_FILENO);
	size_t fitting = room > LABEL_WIDTH ? (room - LABEL_WIDTH) / NUMBER_WIDTH : 0;

	return at_most(fitting > 2 ? fitting - 1 : 1, MATRIX_COLUMNS);
}

static struct matrix matrix_of(
	const struct param_table *params, const char *suffix, const float *block, size_t index)
{
	struct matrix m = {.params = params,
		.layer = layers_at(params, block, index),
		.index = index,
		.suffix = suffix};
	size_t inputs = m.layer.inputs, units = m.layer.outputs;

	m.lines_are_units = units >= inputs;
	m.lines = at_most(m.lines_are_units ? units : inputs, MATRIX_LINES);
	m.columns = at_most(m.lines_are_units ? inputs : units, columns_that_fit());
	return m;
}

static void add_weight_title(struct table *table, const struct matrix *m, size_t unit)
{
	table_cell(table, "%zu.weight%s[%zu]", 2 * m->index, m->suffix, unit);
}

static void add_bias_title(struct table *table, const struct matrix *m)
{
	table_cell(table, "%zu.bias%s", 2 * m->index, m->suffix);
}

/* An input of the first layer is a feature, which has a name. */
static void add_input_title(struct table *table, const struct matrix *m, size_t input)
{
	if (m->index > 0)
		table_cell(table, "[%zu]", input);
	else
		table_cell(table, "[%zu] %s", input,
			name_format(param_table_feature_name(m->params, input), NARROW_NAME).text);
}

static void add_number(struct table *table, float number)
{
	table_cell(table, "%s", format_float(number).text);
}

static void add_titles(struct table *table, const struct matrix *m)
{
	table_cell(table, "%s", "");
	for (size_t c = 0; c < m->columns; c++)
		(m->lines_are_units ? add_input_title : add_weight_title)(table, m, c);
	if (m->lines_are_units && m->params->bias)
		add_bias_title(table, m);
	table_end_row(table);
}

static void add_line(struct table *table, const struct matrix *m, size_t line)
{
	const size_t inputs = m->layer.inputs;

	(m->lines_are_units ? add_weight_title : add_input_title)(table, m, line);
	for (size_t c = 0; c < m->columns; c++)
		add_number(table, m->layer.weight[m->lines_are_units ? line * inputs + c
								     : c * inputs + line]);
	if (m->lines_are_units && m->params->bias)
		add_number(table, m->layer.bias[line]);
	table_end_row(table);
}

static void add_bias_line(struct table *table, const struct matrix *m)
{
	add_bias_title(table, m);
	for (size_t c = 0; c < m->columns; c++)
		add_number(table, m->layer.bias[c]);
}

static void print_matrix(const struct matrix *m, const char *indent)
{
	const size_t inputs = m->layer.inputs, units = m->layer.outputs;
	char align[1 + MATRIX_COLUMNS + 1 + 1];
	struct table table;

	snprintf(align, sizeof align, "l%.*s",
		(int)(m->columns + (m->lines_are_units && m->params->bias)), ".........");
	table_init(&table, align);
	add_titles(&table, m);
	for (size_t i = 0; i < m->lines; i++)
		add_line(&table, m, i);
	if (!m->lines_are_units && m->params->bias)
		add_bias_line(&table, m);
	table_print(&table, indent);
	print_elided(m->lines_are_units ? m->lines : m->columns, units,
		m->index + 1 < layers_count(m->params) ? "unit" : "output", indent);
	print_elided(m->lines_are_units ? m->columns : m->lines, inputs, "input", indent);
}

void layers_print_matrices(const struct param_table *params, const char *suffix, const float *block,
	const char *indent)
{
	for (size_t i = 0; i < layers_count(params); i++) {
		const struct matrix m = matrix_of(params, suffix, block, i);

		print_matrix(&m, indent);
	}
}

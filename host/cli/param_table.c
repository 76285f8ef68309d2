#include "param_table.h"
#include "format.h"

#include <stdio.h>

struct param_table param_table_of_data(const gf_dataset *data, gf_loss loss)
{
	bool classes = loss == GF_LOSS_cross_entropy;

	return (struct param_table){
		.features = gf_dataset_features(data),
		.outputs = classes ? gf_dataset_classes(data) : gf_dataset_outputs(data),
		.classes = classes,
		.bias = true,
		.data = data,
	};
}

struct param_table param_table_of_model(const gf_model *model)
{
	return (struct param_table){
		.features = gf_model_features(model),
		.outputs = gf_model_outputs(model),
		.classes = gf_model_loss(model) == GF_LOSS_cross_entropy &&
			   gf_model_classes(model) == gf_model_outputs(model),
		.bias = gf_model_has_bias(model),
		.model = model,
	};
}

const char *param_table_feature_name(const struct param_table *linear, size_t feature)
{
	return linear->data ? gf_dataset_feature_name(linear->data, feature)
			    : gf_model_feature_name(linear->model, feature);
}

static const char *class_name(const struct param_table *linear, size_t class_index)
{
	return linear->data ? gf_dataset_class_name(linear->data, class_index)
			    : gf_model_class_name(linear->model, class_index);
}

const char *param_table_output_name(const struct param_table *linear, size_t output)
{
	if (linear->classes)
		return class_name(linear, output);
	return linear->data ? gf_dataset_target_name(linear->data, output)
			    : gf_model_target_name(linear->model, output);
}

size_t param_table_weight_at(const struct param_table *linear, size_t output, size_t feature)
{
	return output * linear->features + feature;
}

size_t param_table_bias_at(const struct param_table *linear, size_t output)
{
	return linear->outputs * linear->features + output;
}

static size_t at_most(size_t count, size_t limit)
{
	return count < limit ? count : limit;
}

/* One output needs no name above its column. */
static void add_header(struct table *table, const struct param_table *linear, size_t outputs)
{
	if (linear->outputs == 1)
		return;
	table_cell(table, "%s", "");
	table_cell(table, "%s", "");
	for (size_t k = 0; k < outputs; k++)
		table_name(table, param_table_output_name(linear, k));
}

static void add_weights(struct table *table, const struct param_table *linear, size_t feature,
	const float *weight, size_t outputs)
{
	table_name(table, param_table_feature_name(linear, feature));
	for (size_t k = 0; k < outputs; k++)
		table_cell(table, "%s",
			format_float(weight[param_table_weight_at(linear, k, feature)]).text);
}

static void add_bias(struct table *table, const char *suffix, const float *bias, size_t outputs)
{
	table_cell(table, "bias%s", suffix);
	table_cell(table, "%s", "");
	for (size_t k = 0; k < outputs; k++)
		table_cell(table, "%s", format_float(bias[k]).text);
}

void param_table_print(const struct param_table *linear, const char *suffix, const float *weight,
	const float *bias, const char *indent)
{
	char align[2 + SHOWN_OUTPUTS + 1];
	size_t outputs = at_most(linear->outputs, SHOWN_OUTPUTS);
	size_t features = at_most(linear->features, SHOWN_FEATURES);
	struct table table;

	snprintf(align, sizeof align, "ll%.*s", (int)outputs, "......");
	table_init(&table, align);
	add_header(&table, linear, outputs);
	for (size_t j = 0; j < features; j++) {
		table_cell(&table, "%s%s", j ? "" : "weight", j ? "" : suffix);
		add_weights(&table, linear, j, weight, outputs);
	}
	if (features < linear->features) {
		table_cell(&table, "%s", "");
		table_cell(&table, "... %zu more", linear->features - features);
		table_end_row(&table);
	}
	if (linear->bias)
		add_bias(&table, suffix, bias, outputs);
	table_print(&table, indent);
	param_table_print_elided(outputs, linear->outputs, "output", indent);
}

void param_table_print_elided(size_t shown, size_t all, const char *noun, const char *indent)
{
	size_t hidden = all - shown;

	if (hidden)
		printf("%s... %zu more %s%s\n", indent, hidden, noun, hidden == 1 ? "" : "s");
}

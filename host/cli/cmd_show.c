#include "error.h"
#include "format.h"
#include "json.h"
#include "layers.h"
#include "message.h"
#include "option_rows.h"
#include "print.h"

#include <math.h>
#include <stdio.h>

/* ---- as JSON ---- */

static json_t *names_json(
	const char *(*name)(const gf_model *, size_t), const gf_model *model, size_t count)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		names = json_append(names, json_text(name(model, i)));
	return names;
}

/* The word for the number that replaces missing ones. */
static const char *fill_word(const gf_model *model)
{
	return gf_model_missing(model) == GF_MISSING_most ? "most" : "mean";
}

static json_t *column_json(const gf_model *model, const gf_column *column)
{
	json_t *json = json_object(), *words = column->words ? json_array() : NULL;

	json_set_text(json, "name", column->name);
	for (size_t i = 0; i < column->words; i++)
		words = json_append(words, json_text(column->word[i]));
	if (column->words)
		json_object_set_new(json, "words", words);
	if (column->most)
		json_set_text(json, "most", column->most);
	if (column->words)
		return json;
	if (!isnan(column->mean))
		json_object_set_new(json, fill_word(model), json_number((double)column->mean));
	return json;
}

static json_t *columns_json(const gf_model *model)
{
	json_t *columns = json_array();

	for (size_t i = 0; i < gf_model_columns(model); i++) {
		gf_column column = gf_model_column(model, i);

		columns = json_append(columns, column_json(model, &column));
	}
	return columns;
}

/* The loss, the names, and the columns that the model was trained on. */
static void set_training(json_t *json, const gf_model *model)
{
	double parameter;
	const char *word = gf_model_loss_parameter(model, &parameter);

	if (word)
		json_set_number(json, word, parameter);
	json_object_set_new(json, "feature_names",
		names_json(gf_model_feature_name, model, gf_model_features(model)));
	json_object_set_new(json, "target_names",
		names_json(gf_model_target_name, model, gf_model_targets(model)));
	if (gf_model_classes(model))
		json_object_set_new(json, "classes",
			names_json(gf_model_class_name, model, gf_model_classes(model)));
	json_set_offset(json, model);
	if (gf_model_has_intervals(model))
		json_object_set_new(json, "has_intervals", json_true());
	if (!gf_model_columns(model))
		return;
	json_set_text(json, "missing", word_of(missing_words, (int)gf_model_missing(model)));
	json_object_set_new(json, "columns", columns_json(model));
}

static void set_standardization(json_t *json, const gf_model *model)
{
	size_t features = gf_model_features(model), outputs = gf_model_layer(model, 0).outputs;

	if (!gf_model_center(model))
		return;
	json_object_set_new(json, "center", json_doubles(gf_model_center(model), features));
	json_object_set_new(json, "scale", json_doubles(gf_model_scale(model), features));
	json_object_set_new(json, "standardized_weight",
		json_rows(gf_model_standardized_weight(model), outputs, features));
	if (gf_model_has_bias(model))
		json_object_set_new(json, "standardized_bias",
			json_floats(gf_model_standardized_bias(model), outputs));
}

static void set_linear(json_t *json, const gf_model *model)
{
	size_t features = gf_model_features(model), outputs = gf_model_outputs(model);

	json_object_set_new(json, "weight", json_rows(gf_model_weight(model), outputs, features));
	json_object_set_new(json, "bias",
		gf_model_has_bias(model) ? json_floats(gf_model_bias(model), outputs)
					 : json_null());
}

static void set_network(json_t *json, const gf_model *model)
{
	const struct param_table params = param_table_of_model(model);
	gf_activation activation = gf_model_activation(model);
	json_t *hidden = json_array();

	for (size_t i = 0; i + 1 < gf_model_layers(model); i++)
		hidden = json_append(hidden, json_integer((json_int_t)params.hidden[i]));
	json_object_set_new(json, "hidden", hidden);
	json_object_set_new(json, "activation",
		activation == GF_ACTIVATION_COUNT
			? json_null()
			: json_text(word_of(activation_words, (int)activation)));
	if (activation == GF_ACTIVATION_leaky_relu)
		json_set_number(json, "negative_slope", gf_model_negative_slope(model));
	json_object_set_new(
		json, "parameters", layers_json(&params, gf_model_layer(model, 0).weight));
}

static json_t *model_json(const gf_model *model)
{
	json_t *json = json_object();

	json_set_count(json, "features", gf_model_features(model));
	json_set_count(json, "outputs", gf_model_outputs(model));
	json_set_text(json, "loss", word_of(loss_words, (int)gf_model_loss(model)));
	set_training(json, model);
	if (gf_model_layers(model) > 1)
		set_network(json, model);
	else
		set_linear(json, model);
	set_standardization(json, model);
	return json;
}

/* ---- as text ---- */

static void print_names(
	const char *(*name)(const gf_model *, size_t), const gf_model *model, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_listed(i, count, name(model, i));
	putchar('\n');
}

static void print_loss(const gf_model *model)
{
	double parameter;
	const char *word = gf_model_loss_parameter(model, &parameter);

	printf("loss     %s", word_of(loss_words, (int)gf_model_loss(model)));
	if (word)
		printf(", %s %s", word, format_shortest((float)parameter).text);
	putchar('\n');
	print_offset(model);
	if (gf_model_has_intervals(model))
		puts("interval predictions can have intervals: predict --interval");
}

static void print_words(const gf_column *column)
{
	printf("words    %s: ", name_format(column->name, NAME_WIDTH).text);
	for (size_t i = 0; i < column->words; i++)
		print_listed(i, column->words, column->word[i]);
	if (column->most)
		printf("; missing: %s", name_format(column->most, NAME_WIDTH).text);
	putchar('\n');
}

/* Prints the columns of words and what replaces missing values.  A column of numbers is a feature,
 * which the table of parameters names. */
static void print_columns(const gf_model *model)
{
	size_t columns = gf_model_columns(model), shown = 0;

	for (size_t i = 0; i < columns; i++) {
		gf_column column = gf_model_column(model, i);

		if (column.words && shown++ < SHOWN_FEATURES)
			print_words(&column);
	}
	if (shown > SHOWN_FEATURES)
		printf("         ... %zu more columns of words\n", shown - SHOWN_FEATURES);
	if (columns && gf_model_missing(model) != GF_MISSING_error)
		printf("missing  %s\n", word_of(missing_words, (int)gf_model_missing(model)));
}

/* Prints the numbers that replace missing ones. */
static void print_means(const gf_model *model)
{
	size_t columns = gf_model_columns(model), means = 0;
	struct table table;

	table_init(&table, "ll.");
	for (size_t i = 0; i < columns; i++) {
		gf_column column = gf_model_column(model, i);

		if (isnan(column.mean) || means++ >= SHOWN_FEATURES)
			continue;
		table_cell(&table, "%s", means == 1 ? fill_word(model) : "");
		table_name(&table, column.name);
		table_cell(&table, "%s", format_float((double)column.mean).text);
	}
	if (means == 0)
		return;
	putchar('\n');
	table_print(&table, "");
	if (means > SHOWN_FEATURES)
		print_elided(SHOWN_FEATURES, means, fill_word(model), "");
}

/* Prints more digits than a float has: centers and scales are doubles. */
static void add_features(struct table *table, const char *word, const gf_model *model,
	const double *values, size_t count)
{
	for (size_t j = 0; j < count; j++) {
		table_cell(table, "%s", j == 0 ? word : "");
		table_name(table, gf_model_feature_name(model, j));
		table_cell(table, "%.12g", values[j]);
	}
}

/* Prints the center, which is subtracted from each feature, and the scale, which then divides
 * it. */
static void print_standardization(const gf_model *model)
{
	size_t features = gf_model_features(model);
	size_t shown = at_most(features, SHOWN_FEATURES);
	struct table table;

	if (!gf_model_center(model))
		return;
	table_init(&table, "ll.");
	add_features(&table, "center", model, gf_model_center(model), shown);
	add_features(&table, "scale", model, gf_model_scale(model), shown);
	putchar('\n');
	table_print(&table, "");
	print_elided(shown, features, "feature", "");
}

static void print_shape(const struct param_table *params, const gf_model *model)
{
	if (gf_model_layers(model) > 1) {
		printf("network  %s\n", layers_title(params, gf_model_activation(model),
						gf_model_negative_slope(model))
						.text);
		return;
	}
	printf("linear   %s, ", format_count(params->features, "feature").text);
	printf("%s%s\n", format_count(params->outputs, "output").text,
		params->bias ? "" : ", no bias");
}

/* Prints the shapes of the layers' tensors, or all numbers if they are few. */
static void print_layers(const struct param_table *params, const gf_model *model)
{
	struct table table;

	if (layers_parameters(params) <= LAYERS_SHOWN) {
		layers_print(params, gf_model_layer(model, 0).weight);
		return;
	}
	table_init(&table, "ll");
	for (size_t i = 0; i < gf_model_layers(model); i++) {
		const gf_layer layer = gf_model_layer(model, i);

		table_cell(&table, "%zu.weight", 2 * i);
		table_cell(&table, "(%zu, %zu)", layer.outputs, layer.inputs);
		if (!params->bias)
			continue;
		table_cell(&table, "%zu.bias", 2 * i);
		table_cell(&table, "(%zu)", layer.outputs);
	}
	table_print(&table, "");
}

static void print_model(const gf_model *model)
{
	struct param_table params = param_table_of_model(model);
	size_t targets = gf_model_targets(model);

	print_shape(&params, model);
	print_loss(model);
	if (gf_model_layers(model) > 1) {
		printf("%-9s", params.features == 1 ? "feature" : "features");
		print_names(gf_model_feature_name, model, params.features);
	}
	printf("%-9s", targets == 1 ? "target" : "targets");
	print_names(gf_model_target_name, model, targets);
	if (gf_model_classes(model)) {
		printf("classes  ");
		print_names(gf_model_class_name, model, gf_model_classes(model));
	}
	print_columns(model);
	putchar('\n');
	if (gf_model_layers(model) > 1)
		print_layers(&params, model);
	else
		param_table_print(&params, "", gf_model_weight(model), gf_model_bias(model), "");
	print_standardization(model);
	print_means(model);
}

/* An export needs the activation, which the file of another program does not name. */
static gf_status load(gf_model **model, const struct options *options, gf_error *err)
{
	TRY(gf_model_load(model, options->operand, err));
	if (options->given[OPT_ACTIVATION] || options->export)
		TRY(options_activation(options, *model, options->operand, err));
	if (!options->export)
		return GF_OK;
	TRY(gf_model_export(*model, options->export, err));
	say_export(*model, options->export);
	return GF_OK;
}

int cmd_show(const struct options *options)
{
	gf_model *model = NULL;
	gf_error err = {0};
	int code = 0;

	if (load(&model, options, &err)) {
		gf_model_free(model);
		return say_failure(options, &err);
	}
	if (options->given[OPT_JSON])
		code = print_json(model_json(model));
	else
		print_model(model);
	gf_model_free(model);
	return code;
}

#include "report.h"
#include "format.h"
#include "json.h"
#include "layers.h"
#include "mpi_ranks.h"
#include "text.h"
#include "option_rows.h"
#include "print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The JSON has no parameters if there are more: the model file has them.  The report shows those of
 * a small network only. */
enum { JSON_PARAMETERS = 1000 };

const char *report_status(gf_status status)
{
	switch (status) {
	case GF_OK:
		return "done";
	case GF_E_DIVERGED:
		return "diverged";
	case GF_E_CHECK:
		return "check failed";
	case GF_E_INTERRUPTED:
		return "interrupted";
	default:
		return NULL;
	}
}

bool report_is_due(const struct outcome *outcome)
{
	return report_status(outcome->status) != NULL;
}

static bool validates(const struct outcome *outcome)
{
	return outcome->validation || outcome->config->validation > 0;
}

/* True if the result is that of the best epoch. */
static bool has_best(const struct outcome *outcome)
{
	return validates(outcome) || outcome->config->patience;
}

static size_t validation_rows(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	if (outcome->validation)
		return gf_dataset_rows(outcome->validation);
	return validates(outcome) ? r->rows - r->train_rows : 0;
}

/* The parameters, by the shape that the training had, also if it failed. */
static struct param_table param_table_of(const struct outcome *outcome)
{
	const gf_config *c = outcome->config;
	struct param_table params = {.features = outcome->report->features,
		.outputs = outcome->report->outputs,
		.bias = !c->no_bias};

	memcpy(params.hidden, c->hidden, sizeof c->hidden);
	return params;
}

static void print_network(const struct outcome *outcome)
{
	const gf_config *c = outcome->config;
	const struct param_table params = param_table_of(outcome);

	if (layers_count(&params) > 1)
		printf("network  %s\n",
			layers_title(&params, c->activation, c->negative_slope).text);
}

static void print_data(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	printf("data     %s%s, ", outcome->built_in ? "the built-in points: " : "",
		format_count(r->rows, "row").text);
	printf("%s, ", format_count(r->features, "feature").text);
	printf("%s\n", format_count(r->outputs, "output").text);
	if (validates(outcome))
		printf("rows     %zu train, %zu validate\n", r->train_rows,
			validation_rows(outcome));
	if (!outcome->built_in)
		print_data_names(gf_dataset_outputs(outcome->data) == 1 ? "target" : "targets",
			outcome->data, gf_dataset_target_name, gf_dataset_outputs(outcome->data));
	print_offset(outcome->model);
	print_data_names(
		"classes", outcome->data, gf_dataset_class_name, gf_dataset_classes(outcome->data));
	print_network(outcome);
}

/* A shorter training gets no advice. */
enum { FEW_EPOCHS = 100 };

/* Prints how many epochs this learning rate needs, if that is known, and the option that needs
 * fewer, if the epochs were far from enough. */
static void print_needed(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;
	const gf_config *c = outcome->config;
	const bool far = r->epochs_needed > 2.0 * (double)r->epochs && r->epochs >= FEW_EPOCHS;

	if (!(r->epochs_needed > 0))
		return;
	printf("needed   about %s epoch%s", about_number(r->epochs_needed).text,
		r->epochs_needed < 1.5 ? "" : "s");
	if (r->epochs_needed <= (double)r->epochs)
		printf(" to bring the loss within 1e-6 of its least");
	else
		printf("; %zu %s run", r->epochs, r->epochs == 1 ? "was" : "were");
	if (far && !c->standardize && gf_dataset_x(outcome->data))
		printf(": --standardize may need far fewer");
	else if (far && !c->lr_auto)
		printf(": --lr auto may need fewer");
	putchar('\n');
}

static void print_epochs(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	printf("epochs   %zu in %s", r->epochs, format_seconds(r->train_seconds).text);
	if (outcome->status != GF_OK)
		printf(", %s", report_status(outcome->status));
	if (r->stopped_early)
		printf(", stopped early");
	if (r->converged)
		printf(", converged");
	if (has_best(outcome))
		printf(", best epoch %zu", r->best_epoch);
	putchar('\n');
	if (r->steps)
		printf("steps    %zu, lr %s\n", r->steps, format_float(r->lr).text);
	print_needed(outcome);
}

static void print_training(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	printf("device   %s\n", r->device);
	printf("engine   %s\n", word_of(engine_words, (int)r->engine));
	print_data(outcome);
	print_epochs(outcome);
}

static void print_loss(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	if (r->epochs > 0)
		printf("loss     %s -> %s\n", format_float(r->first_loss).text,
			format_float(r->loss).text);
	else
		printf("loss     %s at the start\n", format_float(r->first_loss).text);
	if (isfinite(r->gradient_first) && isfinite(r->gradient_last))
		printf("gradient %.3g -> %.3g at most\n", r->gradient_first, r->gradient_last);
	if (validates(outcome))
		printf("val loss %s\n", format_float(r->val_loss).text);
}

/* Prints a metric of the training rows and, if there are any, of the validation rows; NaN: there is
 * none. */
static void print_quality(const char *title, double train, double validation)
{
	if (isnan(train))
		return;
	printf("%-8s %s", title, format_float(train).text);
	if (isnan(validation))
		putchar('\n');
	else
		printf(" train, %s validate\n", format_float(validation).text);
}

static void print_checked(const gf_report *r)
{
	if (r->engine == GF_ENGINE_reference)
		puts("checked  nothing: this engine is the reference itself");
	else if (r->checked && r->unchecked)
		printf("checked  %zu steps of %zu, the first and the last, against the reference: "
		       "worst %.2g of the bound; the steps between were not checked\n",
			r->checked, r->checked + r->unchecked, r->worst_check);
	else if (r->checked)
		printf("checked  %s against the reference: worst %.2g of the bound\n",
			format_count(r->checked, "step").text, r->worst_check);
	else
		puts("checked  no step");
}

/* values (count) as floats, for the caller to free; NULL: no memory. */
static float *floats_of(const double *values, size_t count)
{
	float *floats = malloc(count * sizeof *floats);

	for (size_t i = 0; floats && i < count; i++)
		floats[i] = (float)values[i];
	return floats;
}

static void print_block(const struct param_table *params, const char *suffix, const double *weight,
	const double *bias)
{
	float *w = floats_of(weight, params->outputs * params->features);
	float *b = floats_of(bias, params->outputs);

	putchar('\n');
	if (w && b)
		param_table_print(params, suffix, w, b, "");
	else
		puts("not enough memory to show them");
	free(w);
	free(b);
}

static void print_least_squares(const gf_least_squares *l, const struct param_table *params)
{
	if (l->rank < l->features) {
		printf("\nleast squares: only %zu of %zu features do not depend on others\n",
			l->rank, l->features);
		return;
	}
	print_block(params, ".least", l->weight, l->bias);
	print_block(params, ".error", l->weight_error, l->bias_error);
	printf("\ncondition %s\n", format_float(l->condition).text);
}

enum { CLEAN_ROOM = 1 << 14 }; /* fits the longest path with each of its bytes escaped */

void report_print_saved(const char *word, const char *file, bool saved)
{
	char path[CLEAN_ROOM];

	if (!file)
		return;
	clean_text(path, sizeof path, file);
	if (saved)
		printf("%-9s%s\n", word, path);
	else
		printf("%-9snothing: %s was not written\n", word, path);
}

static void print_parameters(const gf_model *model, const gf_report *r)
{
	const struct param_table params = param_table_of_model(model);

	if (layers_count(&params) == 1) {
		putchar('\n');
		param_table_print(&params, "", gf_model_weight(model), gf_model_bias(model), "");
	} else if (layers_parameters(&params) <= LAYERS_SHOWN) {
		putchar('\n');
		layers_print(&params, gf_model_layer(model, 0).weight);
	}
	if (r->least_squares)
		print_least_squares(r->least_squares, &params);
	if (r->statistics)
		statistics_print(r->statistics, model);
}

void report_print(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	print_training(outcome);
	print_loss(outcome);
	print_quality("r2", r->r2, r->val_r2);
	print_quality("accuracy", r->accuracy, r->val_accuracy);
	print_checked(r);
	report_print_saved("saved", outcome->output, outcome->saved);
	report_print_saved("exported", outcome->export, outcome->exported);
	if (outcome->model)
		print_parameters(outcome->model, r);
	if (outcome->config->profile)
		profile_print(&outcome->report->profile, outcome->load_seconds);
}

static void set_names(json_t *json, const char *key, const gf_dataset *data,
	const char *(*name)(const gf_dataset *, size_t), size_t count)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		names = json_append(names, json_text(name(data, i)));
	json_object_set_new(json, key, names);
}

static void set_shape(json_t *json, const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	json_set_text(json, "device", r->device);
	json_set_text(json, "engine", word_of(engine_words, (int)r->engine));
	if (r->kernels_why[0])
		json_set_text(json, "kernels", word_of(kernels_words, (int)r->kernels));
	if (r->ranks > 1)
		json_set_count(json, "ranks", r->ranks);
	if (r->ranks > 1)
		json_object_set_new(json, "exchanges", mpi_ranks_json(outcome->config->comm));
	if (r->parts_held < r->parts) {
		json_set_count(json, "parts", r->parts);
		json_set_count(json, "parts_held", r->parts_held);
		json_set_count(json, "sent_bytes", r->sent_bytes);
	}
	if (outcome->built_in)
		json_set_text(json, "data", "the built-in points");
	json_set_count(json, "rows", r->rows);
	json_set_count(json, "train_rows", r->train_rows);
	json_set_count(json, "val_rows", validation_rows(outcome));
	json_set_count(json, "features", r->features);
	json_set_count(json, "outputs", r->outputs);
	set_names(json, "target_names", outcome->data, gf_dataset_target_name,
		gf_dataset_outputs(outcome->data));
	json_set_offset(json, outcome->model);
	if (gf_dataset_classes(outcome->data))
		set_names(json, "classes", outcome->data, gf_dataset_class_name,
			gf_dataset_classes(outcome->data));
}

static void set_network(json_t *json, const struct outcome *outcome)
{
	const gf_config *c = outcome->config;
	const struct param_table params = param_table_of(outcome);
	json_t *widths;

	if (layers_count(&params) == 1)
		return;
	widths = json_array();
	for (size_t i = 0; i + 1 < layers_count(&params); i++)
		widths = json_append(widths, json_integer((json_int_t)c->hidden[i]));
	json_object_set_new(json, "hidden", widths);
	json_set_text(json, "activation", word_of(activation_words, (int)c->activation));
	if (c->activation == GF_ACTIVATION_leaky_relu)
		json_set_number(json, "negative_slope", c->negative_slope);
}

/* A failed training has no metrics. */
static void set_quality(json_t *json, const struct outcome *outcome)
{
	const gf_report *r = outcome->report;
	const bool classes = outcome->model && gf_model_classes(outcome->model) > 0;

	if (!outcome->model)
		return;
	json_object_set_new(
		json, classes ? "accuracy" : "r2", json_number(classes ? r->accuracy : r->r2));
	if (validates(outcome))
		json_object_set_new(json, classes ? "val_accuracy" : "val_r2",
			json_number(classes ? r->val_accuracy : r->val_r2));
}

static void set_training(json_t *json, const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	json_set_count(json, "epochs", r->epochs);
	json_set_count(json, "steps", r->steps);
	json_set_number(json, "lr", r->lr);
	if (r->epochs_needed > 0)
		json_set_number(json, "epochs_needed", r->epochs_needed);
	json_set_number(json, "first_loss", r->first_loss);
	json_set_number(json, "loss", r->loss);
	if (validates(outcome))
		json_set_number(json, "val_loss", r->val_loss);
	set_quality(json, outcome);
	if (isfinite(r->gradient_first))
		json_set_number(json, "gradient_first", r->gradient_first);
	if (isfinite(r->gradient_last))
		json_set_number(json, "gradient_last", r->gradient_last);
	if (outcome->config->tolerance > 0)
		json_object_set_new(json, "converged", json_boolean(r->converged));
	if (!has_best(outcome))
		return;
	json_set_count(json, "best_epoch", r->best_epoch);
	json_object_set_new(json, "stopped_early", json_boolean(r->stopped_early));
}

static bool few_parameters(size_t features, size_t outputs)
{
	return features < JSON_PARAMETERS && outputs * (features + 1) <= JSON_PARAMETERS;
}

/* {"weight": [[...]], "bias": [...]} */
static json_t *json_block(const gf_least_squares *l, const double *weight, const double *bias)
{
	json_t *block = json_object(), *rows = json_array();

	for (size_t k = 0; k < l->outputs; k++)
		rows = json_append(rows, json_doubles(weight + k * l->features, l->features));
	json_object_set_new(block, "weight", rows);
	json_object_set_new(block, "bias", json_doubles(bias, l->outputs));
	return block;
}

static void set_least_squares(json_t *json, const gf_least_squares *l)
{
	json_t *least = NULL;

	if (!l)
		return;
	json_set_count(json, "rank", l->rank);
	json_set_number(json, "condition", l->condition);
	if (l->weight && !few_parameters(l->features, l->outputs))
		return;
	if (l->weight) {
		least = json_block(l, l->weight, l->bias);
		json_object_set_new(least, "residual", json_doubles(l->residual, l->outputs));
	}
	json_object_set_new(json, "least_squares", l->weight ? least : json_null());
	json_object_set_new(json, "std_error",
		l->weight ? json_block(l, l->weight_error, l->bias_error) : json_null());
}

/* The names of the tensors of a network. */
static void set_layers(json_t *json, const gf_model *model)
{
	const struct param_table params = param_table_of_model(model);

	if (layers_parameters(&params) <= JSON_PARAMETERS)
		json_object_set_new(
			json, "parameters", layers_json(&params, gf_model_layer(model, 0).weight));
}

/* A failed training has no parameters. */
static void set_parameters(json_t *json, const gf_model *model)
{
	size_t features = model ? gf_model_features(model) : 0;
	size_t outputs = model ? gf_model_outputs(model) : 0;

	if (model && gf_model_layers(model) > 1) {
		set_layers(json, model);
		return;
	}
	if (!model || !few_parameters(features, outputs))
		return;
	json_object_set_new(json, "weight", json_rows(gf_model_weight(model), outputs, features));
	json_object_set_new(json, "bias", json_floats(gf_model_bias(model), outputs));
}

void report_set_saved(json_t *json, const char *key, const char *file, bool saved)
{
	if (file)
		json_object_set_new(json, key, saved ? json_text(file) : json_null());
}

json_t *report_json(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;
	json_t *json = json_object();

	set_shape(json, outcome);
	set_network(json, outcome);
	set_training(json, outcome);
	set_parameters(json, outcome->model);
	set_least_squares(json, r->least_squares);
	if (r->statistics)
		json_object_set_new(
			json, "statistics", statistics_json(r->statistics, outcome->model));
	json_set_count(json, "checked", r->checked);
	json_set_count(json, "unchecked", r->unchecked);
	json_object_set_new(
		json, "worst_check", r->checked ? json_number(r->worst_check) : json_null());
	if (outcome->status == GF_E_DIVERGED && r->lr_limit > 0)
		json_set_number(json, "lr_limit", r->lr_limit);
	json_set_number(json, "train_seconds", r->train_seconds);
	json_set_number(json, "load_seconds", outcome->load_seconds);
	report_set_saved(json, "saved", outcome->output, outcome->saved);
	report_set_saved(json, "exported", outcome->export, outcome->exported);
	json_set_text(json, "status", report_status(outcome->status));
	if (outcome->config->profile)
		json_object_set_new(json, "profile", profile_json(&r->profile));
	return json;
}

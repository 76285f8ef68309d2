/* trace.c: --trace: the numbers of an epoch (explain.h). */
#include "explain.h"
#include "format.h"
#include "layers.h"
#include "process.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* A feature takes one column of the table, an output another one for its label. */
enum {
	TRACED_FEATURES = 8,
	TRACED_OUTPUTS = 2,
	COLUMN_WIDTH = NARROW_NAME + 2,
	ROW_NUMBER_WIDTH = 5,
};

/* The columns of the outputs and of their labels: outputs of classes share one label. */
static size_t label_columns(const struct param_table *params, size_t outputs)
{
	return params->classes ? outputs + 1 : 2 * outputs;
}

/* The features that a terminal of that width has room for, at least one. */
static size_t features_that_fit(size_t features, size_t columns)
{
	size_t room = terminal_columns(STDOUT_FILENO);
	size_t used = ROW_NUMBER_WIDTH + columns * COLUMN_WIDTH;
	size_t fitting = room > used + COLUMN_WIDTH ? (room - used) / COLUMN_WIDTH : 1;

	return at_most(features, at_most(fitting, TRACED_FEATURES));
}

static void add_name(struct table *table, const char *name)
{
	table_cell(table, "%s", name_format(name, NARROW_NAME).text);
}

/* The columns of a single output have the notebook's titles. */
static void add_output_header(struct table *table, const struct param_table *params, size_t output)
{
	if (params->classes) {
		add_name(table, param_table_output_name(params, output));
	} else if (params->outputs == 1) {
		table_cell(table, "output");
		table_cell(table, "label");
	} else {
		table_cell(table, "output %zu", output + 1);
		table_cell(table, "label %zu", output + 1);
	}
}

static void add_header(
	struct table *table, const struct param_table *params, size_t features, size_t outputs)
{
	table_cell(table, "row");
	for (size_t j = 0; j < features; j++)
		add_name(table, param_table_feature_name(params, j));
	for (size_t k = 0; k < outputs; k++)
		add_output_header(table, params, k);
	if (params->classes)
		table_cell(table, "label");
}

static void add_row(struct table *table, const struct param_table *params, const gf_epoch *epoch,
	size_t row, size_t features, size_t outputs)
{
	const float *x = gf_dataset_x(params->data) + row * params->features;
	const float *y = gf_dataset_y(params->data) + row * gf_dataset_outputs(params->data);
	const float *z = epoch->outputs + row * params->outputs;

	table_cell(table, "%zu", row + 1);
	for (size_t j = 0; j < features; j++)
		table_cell(table, "%s", format_rounded(x[j]).text);
	for (size_t k = 0; k < outputs; k++) {
		table_cell(table, "%s", format_rounded(z[k]).text);
		if (!params->classes)
			table_cell(table, "%s", format_rounded(y[k]).text);
	}
	if (params->classes)
		add_name(table, param_table_output_name(params, (size_t)y[0]));
}

static void print_rows(const struct param_table *params, const gf_epoch *epoch)
{
	size_t outputs = at_most(params->outputs, TRACED_OUTPUTS);
	size_t columns = label_columns(params, outputs);
	size_t features = features_that_fit(params->features, columns);
	char align[1 + TRACED_FEATURES + 2 * TRACED_OUTPUTS + 1];
	struct table table;

	snprintf(align, sizeof align, "r%.*s", (int)(features + columns), "............");
	if (params->classes)
		align[features + columns] = 'l';
	table_init(&table, align);
	add_header(&table, params, features, outputs);
	for (size_t i = 0; i < epoch->output_rows; i++)
		add_row(&table, params, epoch, i, features, outputs);
	table_print(&table, "  ");
	print_elided(epoch->output_rows, gf_dataset_rows(params->data), "row", "  ");
	print_elided(features, params->features, "feature", "  ");
	print_elided(outputs, params->outputs, "output", "  ");
}

/* Prints the parameters, or with suffix ".grad" their gradient. */
static void print_block(const struct param_table *params, const char *suffix, const float *block)
{
	if (layers_count(params) > 1)
		layers_print_matrices(params, suffix, block, "  ");
	else
		param_table_print(
			params, suffix, block, block + param_table_bias_at(params, 0), "  ");
}

void trace_print(const struct param_table *params, const gf_config *config, const gf_epoch *epoch)
{
	printf("epoch %zu%s, lr %s%s\n", epoch->epoch,
		config->batch_size > 0 ? ", its first step" : "", format_float(epoch->lr).text,
		config->standardize ? ", weights of standardized features" : "");
	print_block(params, "", epoch->before);
	putchar('\n');
	print_rows(params, epoch);
	printf("\n  loss %s\n", format_float(epoch->loss).text);
	print_block(params, ".grad", epoch->gradient);
	putchar('\n');
}

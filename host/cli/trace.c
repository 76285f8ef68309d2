#include "trace.h"
#include "format.h"
#include "print.h"
#include "terminal.h"

#include <stdio.h>
#include <unistd.h>

/* A feature takes a name and its gap; an output as much for itself and for its label. */
enum {
	TRACED_FEATURES = 8,
	TRACED_OUTPUTS = 2,
	COLUMN_WIDTH = NARROW_NAME + 2,
	ROW_NUMBER_WIDTH = 5,
};

bool trace_shows(const struct trace *trace, size_t epoch)
{
	return trace->wanted && (epoch < trace->first || epoch + 1 == trace->epochs);
}

static size_t at_most(size_t count, size_t limit)
{
	return count < limit ? count : limit;
}

/* Columns of the outputs and their labels. */
static size_t label_columns(const struct param_table *linear, size_t outputs)
{
	return linear->classes ? outputs + 1 : 2 * outputs;
}

/* As many as the terminal's width has room for, at least one. */
static size_t features_that_fit(size_t features, size_t columns)
{
	size_t room = terminal_columns(STDOUT_FILENO);
	size_t taken = ROW_NUMBER_WIDTH + columns * COLUMN_WIDTH;
	size_t fitting = room > taken + COLUMN_WIDTH ? (room - taken) / COLUMN_WIDTH : 1;

	return at_most(features, at_most(fitting, TRACED_FEATURES));
}

/* With one output its columns are called what the notebook called them.  Classes share a label. */
static void add_output_header(struct table *table, const struct param_table *linear, size_t output)
{
	if (linear->classes) {
		table_cell(table, "%s",
			name_format(param_table_output_name(linear, output), NARROW_NAME).text);
	} else if (linear->outputs == 1) {
		table_cell(table, "output");
		table_cell(table, "label");
	} else {
		table_cell(table, "output %zu", output + 1);
		table_cell(table, "label %zu", output + 1);
	}
}

static void add_header(
	struct table *table, const struct param_table *linear, size_t features, size_t outputs)
{
	table_cell(table, "row");
	for (size_t j = 0; j < features; j++)
		table_cell(table, "%s",
			name_format(param_table_feature_name(linear, j), NARROW_NAME).text);
	for (size_t k = 0; k < outputs; k++)
		add_output_header(table, linear, k);
	if (linear->classes)
		table_cell(table, "label");
}

static void add_row(struct table *table, const struct param_table *linear, const gf_epoch *step,
	size_t row, size_t features, size_t outputs)
{
	const float *x = gf_dataset_x(linear->data) + row * linear->features;
	const float *y = gf_dataset_y(linear->data) + row * gf_dataset_outputs(linear->data);
	const float *z = step->outputs + row * linear->outputs;

	table_cell(table, "%zu", row + 1);
	for (size_t j = 0; j < features; j++)
		table_cell(table, "%s", format_rounded(x[j]).text);
	for (size_t k = 0; k < outputs; k++) {
		table_cell(table, "%s", format_rounded(z[k]).text);
		if (!linear->classes)
			table_cell(table, "%s", format_rounded(y[k]).text);
	}
	if (linear->classes)
		table_cell(table, "%s",
			name_format(param_table_output_name(linear, (size_t)y[0]), NARROW_NAME)
				.text);
}

static void print_rows(const struct param_table *linear, const gf_epoch *step)
{
	size_t outputs = at_most(linear->outputs, TRACED_OUTPUTS);
	size_t columns = label_columns(linear, outputs);
	size_t features = features_that_fit(linear->features, columns);
	char align[1 + TRACED_FEATURES + 2 * TRACED_OUTPUTS + 1];
	struct table table;

	snprintf(align, sizeof align, "r%.*s", (int)(features + columns), "............");
	if (linear->classes)
		align[features + columns] = 'l';
	table_init(&table, align);
	add_header(&table, linear, features, outputs);
	for (size_t i = 0; i < step->output_rows; i++)
		add_row(&table, linear, step, i, features, outputs);
	table_print(&table, "  ");
	param_table_print_elided(step->output_rows, gf_dataset_rows(linear->data), "row", "  ");
	param_table_print_elided(features, linear->features, "feature", "  ");
	param_table_print_elided(outputs, linear->outputs, "output", "  ");
}

void trace_print(const struct trace *trace, const gf_epoch *step)
{
	const struct param_table *linear = &trace->linear;
	size_t biases = param_table_bias_at(linear, 0);

	printf("epoch %zu%s, lr %s%s\n", step->epoch, trace->batches ? ", its first step" : "",
		format_float(step->lr).text,
		trace->standardized ? ", weights of standardized features" : "");
	param_table_print(linear, "", step->before, step->before + biases, "  ");
	putchar('\n');
	print_rows(linear, step);
	printf("\n  loss %s\n", format_float(step->loss).text);
	param_table_print(linear, ".grad", step->gradient, step->gradient + biases, "  ");
	putchar('\n');
}

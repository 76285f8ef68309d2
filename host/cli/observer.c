#include "observer.h"
#include "format.h"
#include "message.h"
#include "signals.h"
#include "streams.h"

#include <stdio.h>
#include <unistd.h>

/* ---- --trace ---- */

/* A feature takes one column of the table, an output another one for its label. */
enum {
	TRACED_FEATURES = 8,
	TRACED_OUTPUTS = 2,
	COLUMN_WIDTH = NARROW_NAME + 2,
	ROW_NUMBER_WIDTH = 5,
};

static size_t at_most(size_t count, size_t limit)
{
	return count < limit ? count : limit;
}

/* The columns of the outputs and of their labels: outputs of classes share one label. */
static size_t label_columns(const struct param_table *params, size_t outputs)
{
	return params->classes ? outputs + 1 : 2 * outputs;
}

/* The features that a terminal of that width has room for, at least one. */
static size_t features_that_fit(size_t features, size_t columns)
{
	size_t room = terminal_columns(STDOUT_FILENO);
	size_t taken = ROW_NUMBER_WIDTH + columns * COLUMN_WIDTH;
	size_t fitting = room > taken + COLUMN_WIDTH ? (room - taken) / COLUMN_WIDTH : 1;

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

static void add_row(struct table *table, const struct param_table *params, const gf_epoch *step,
	size_t row, size_t features, size_t outputs)
{
	const float *x = gf_dataset_x(params->data) + row * params->features;
	const float *y = gf_dataset_y(params->data) + row * gf_dataset_outputs(params->data);
	const float *z = step->outputs + row * params->outputs;

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

static void print_rows(const struct param_table *params, const gf_epoch *step)
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
	for (size_t i = 0; i < step->output_rows; i++)
		add_row(&table, params, step, i, features, outputs);
	table_print(&table, "  ");
	print_elided(step->output_rows, gf_dataset_rows(params->data), "row", "  ");
	print_elided(features, params->features, "feature", "  ");
	print_elided(outputs, params->outputs, "output", "  ");
}

static bool traces(const struct observer *observer, size_t epoch)
{
	const struct options *options = observer->options;

	return options->given[OPT_TRACE] &&
	       (epoch < options->trace || epoch + 1 == options->config.epochs);
}

static void trace_print(const struct observer *observer, const gf_epoch *step)
{
	const gf_config *config = &observer->options->config;
	const struct param_table *params = &observer->params;
	size_t biases = param_table_bias_at(params, 0);

	printf("epoch %zu%s, lr %s%s\n", step->epoch,
		config->batch_size > 0 ? ", its first step" : "", format_float(step->lr).text,
		config->standardize ? ", weights of standardized features" : "");
	param_table_print(params, "", step->before, step->before + biases, "  ");
	putchar('\n');
	print_rows(params, step);
	printf("\n  loss %s\n", format_float(step->loss).text);
	param_table_print(params, ".grad", step->gradient, step->gradient + biases, "  ");
	putchar('\n');
}

/* ---- --explain ---- */

static bool explains(const struct observer *observer, size_t epoch)
{
	return observer->options->given[OPT_EXPLAIN] && epoch == observer->options->explain;
}

static void explain(struct observer *observer, const gf_epoch *step)
{
	gf_error err;

	if (explain_print(observer->data, observer->options->config.loss, step, &err) &&
		observer->err.status == GF_OK)
		observer->err = err;
	observer->explained = true;
}

/* ---- callbacks of gf_fit ---- */

static unsigned wants(size_t epoch, void *user)
{
	const struct observer *observer = user;

	if (traces(observer, epoch) || explains(observer, epoch))
		return GF_WANT_PARAMETERS | GF_WANT_OUTPUTS;
	return log_wants(&observer->log);
}

static void on_epoch(const gf_epoch *step, void *user)
{
	struct observer *observer = user;
	bool traced = traces(observer, step->epoch);
	bool explained = explains(observer, step->epoch);

	log_step(&observer->log, step, &observer->err);
	if (traced || explained)
		progress_clear(observer->progress);
	if (traced)
		trace_print(observer, step);
	if (explained)
		explain(observer, step);
	progress_step(observer->progress, step);
}

static int stop(void *user)
{
	const struct observer *observer = user;

	return signals_interrupted() || observer->err.status != GF_OK;
}

static void notice(const char *text, void *user)
{
	const struct observer *observer = user;

	progress_say(observer->progress, text);
}

static void on_progress(const gf_progress *progress, void *user)
{
	const struct observer *observer = user;

	progress_report(observer->progress, progress);
}

/* ---- from beginning to end ---- */

gf_status observer_open(struct observer *observer, const struct options *options,
	const gf_dataset *data, struct progress *progress, gf_error *err)
{
	*observer = (struct observer){
		.options = options,
		.data = data,
		.progress = progress,
		.params = param_table_of_data(data, options->config.loss),
	};
	observer->params.bias = !options->config.no_bias;
	return log_open(&observer->log, options, &observer->params, err);
}

void observer_attach(struct observer *observer, gf_config *config)
{
	config->wants = wants;
	config->on_epoch = on_epoch;
	config->stop = stop;
	config->notice = observer->options->given[OPT_QUIET] ? NULL : notice;
	config->on_progress = on_progress;
	config->user = observer;
}

gf_status observer_close(struct observer *observer, gf_status status, gf_error *err)
{
	const struct options *options = observer->options;

	progress_clear(observer->progress);
	if (options->given[OPT_EXPLAIN] && !observer->explained && !options->given[OPT_QUIET])
		say("epoch %zu was not reached: there is nothing to explain", options->explain);
	log_close(&observer->log, status, &observer->err);
	*err = observer->err;
	return err->status;
}

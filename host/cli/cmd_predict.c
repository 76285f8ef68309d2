#include "error.h"
#include "format.h"
#include "gnuplot.h"
#include "json.h"
#include "message.h"
#include "outfile.h"
#include "predictions.h"
#include "plot_evaluate.h"
#include "print.h"
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- a model and the data that it is applied to ---- */

struct inference {
	gf_model *model;          /* owned */
	gf_dataset *data;         /* owned */
	struct progress progress; /* of the command */
};

/* Before any data are read. */
static gf_status check_intervals(
	const struct options *options, const gf_model *model, gf_error *err)
{
	if (!options->given[OPT_INTERVAL] || gf_model_has_intervals(model))
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"%s has no prediction intervals; wanted: a model of loss mse, trained with "
		"--statistics",
		options->model);
}

/* Reads the model and the data.  with_target: the data have the targets too. */
static gf_status inference_read(
	struct inference *inference, const struct options *options, int with_target, gf_error *err)
{
	gf_read_options read = options_read(options);
	size_t dropped;
	char name[1024];

	progress_attach_read(&inference->progress, &read);
	TRY(gf_model_load(&inference->model, options->model, err));
	TRY(options_activation(options, inference->model, options->model, err));
	TRY(check_intervals(options, inference->model, err));
	read.model = inference->model;
	if (read.sparse < 0 && !read.cache)
		read.sparse = SPARSE_IF_FASTER;
	read.with_target = with_target;
	TRY(operands_read(&inference->data, options, &read, err));
	progress_clear(&inference->progress);
	dropped = gf_dataset_dropped(inference->data);
	if (dropped && !options->given[OPT_QUIET])
		say(with_target ? "%s: left out %s with missing values"
				: "%s: no prediction for %s with missing values",
			operands_name(options, name, sizeof name),
			format_count(dropped, "row").text);
	return GF_OK;
}

static void inference_open(struct inference *inference, const struct options *options)
{
	*inference = (struct inference){0};
	progress_open(&inference->progress, options);
}

static void inference_free(struct inference *inference)
{
	progress_close(&inference->progress);
	gf_model_free(inference->model);
	gf_dataset_free(inference->data);
}

/* ---- predict ---- */

static bool to_standard_output(const struct options *options)
{
	return !options->output || strcmp(options->output, "-") == 0;
}

/* Progress is shown beside a regular file only: a terminal shows the lines, and the reader of a
 * pipe may write to the same terminal. */
static bool is_file(FILE *file)
{
	struct stat info;

	return fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
}

static gf_status write_predictions(
	const struct options *options, struct predictions *p, gf_error *err)
{
	struct outfile out;

	if (to_standard_output(options)) {
		progress_clear(p->progress);
		if (!is_file(stdout))
			p->progress = NULL;
		return predictions_write(p, stdout, err);
	}
	TRY(outfile_open(&out, options->output, err));
	if (predictions_write(p, out.file, err)) {
		outfile_abort(&out);
		return err->status;
	}
	return outfile_commit(&out, err);
}

static gf_status allocate(const struct options *options, struct predictions *p, gf_error *err)
{
	size_t classes = gf_model_classes(p->model);

	p->z = calloc(p->rows * p->outputs, sizeof *p->z);
	if (!p->z)
		return gf_fail_memory(err, p->rows * p->outputs * sizeof(float), "predictions");
	if (!options->given[OPT_PROBA])
		return GF_OK;
	p->proba = calloc(classes + 1, sizeof *p->proba);
	if (!p->proba)
		return gf_fail_memory(err, (classes + 1) * sizeof *p->proba, "probabilities");
	return gf_model_probabilities(p->model, p->z, p->proba, err);
}

static gf_status find_intervals(const struct options *options, struct predictions *p, gf_error *err)
{
	const size_t count = p->rows * p->outputs;

	if (!options->given[OPT_INTERVAL])
		return GF_OK;
	p->lower = malloc(2 * count * sizeof *p->lower);
	if (!p->lower)
		return gf_fail_memory(err, 2 * count * sizeof *p->lower, "intervals");
	p->upper = p->lower + count;
	return gf_predict_intervals(
		p->model, p->data, options->interval, p->z, p->lower, p->upper, err);
}

static gf_status predict(const struct options *options, struct inference *inference, gf_error *err)
{
	gf_config config = options->config;
	struct predictions p = {
		.model = inference->model,
		.data = inference->data,
		.progress = &inference->progress,
		.format = options->format,
		.rows = gf_dataset_rows(inference->data),
		.outputs = gf_model_outputs(inference->model),
	};

	progress_attach(&inference->progress, &config);
	if (allocate(options, &p, err) == GF_OK &&
		gf_predict(p.model, inference->data, &config, p.z, err) == GF_OK &&
		find_intervals(options, &p, err) == GF_OK)
		write_predictions(options, &p, err);
	free(p.z);
	free(p.lower);
	free(p.proba);
	return err->status;
}

int cmd_predict(const struct options *options)
{
	struct inference inference;
	gf_error err = {0};

	inference_open(&inference, options);
	if ((to_standard_output(options) || outfile_check(options->output, &err) == GF_OK) &&
		inference_read(&inference, options, 0, &err) == GF_OK)
		predict(options, &inference, &err);
	inference_free(&inference);
	return err.status ? say_failure(options, &err) : 0;
}

/* ---- evaluate ---- */

struct metric {
	const char *name; /* NULL ends a table */
	size_t at;        /* offset of a double in gf_metrics */
};

#define METRIC(name)                              \
	{                                         \
#name, offsetof(gf_metrics, name) \
	}

static const struct metric of_numbers[] = {
	METRIC(mse), METRIC(rmse), METRIC(mae), METRIC(r2), METRIC(loss), {NULL, 0}};
static const struct metric of_two_classes[] = {METRIC(loss), METRIC(accuracy), METRIC(auc),
	METRIC(precision), METRIC(recall), METRIC(f1), {NULL, 0}};
static const struct metric of_classes[] = {METRIC(loss), METRIC(accuracy), {NULL, 0}};

static const struct metric *metrics_of(const gf_metrics *metrics)
{
	if (metrics->classes == 0)
		return of_numbers;
	return metrics->classes == 2 ? of_two_classes : of_classes;
}

static double value_of(const gf_metrics *metrics, const struct metric *metric)
{
	return *(const double *)((const char *)metrics + metric->at);
}

static json_t *metrics_json(const gf_metrics *metrics, const struct confusion *confusion)
{
	json_t *json = json_object();

	json_set_count(json, "rows", metrics->rows);
	for (const struct metric *m = metrics_of(metrics); m->name; m++)
		json_set_number(json, m->name, value_of(metrics, m));
	confusion_set_json(json, confusion);
	return json;
}

/* The reason why a metric is NaN. */
static const char *why_undefined(const gf_metrics *metrics)
{
	return metrics->classes ? "all rows are of one class" : "there is only one row";
}

static void print_metrics(const gf_metrics *metrics)
{
	for (const struct metric *m = metrics_of(metrics); m->name; m++)
		if (isnan(value_of(metrics, m)))
			printf("%s undefined: %s\n", m->name, why_undefined(metrics));
		else
			printf("%s %s\n", m->name, format_float(value_of(metrics, m)).text);
}

/* Says that a precision or recall of 0 is the convention for 0 / 0. */
static void say_conventions(const gf_model *model, const gf_metrics *metrics)
{
	const char *class = metrics->classes == 2 ? gf_model_class_name(model, 1) : NULL;

	if (class && metrics->positives_said == 0)
		say("precision is 0 / 0, which is taken for 0: no row is predicted as \"%s\"",
			class);
	if (class && metrics->positives == 0)
		say("recall is 0 / 0, which is taken for 0: no row is of \"%s\"", class);
}

/* Prints the results, and draws the picture if there is to be one.  Returns the exit code. */
static int print_evaluation(
	const struct options *options, const struct evaluation *evaluation, gf_error *err)
{
	int code = 0;

	if (!options->given[OPT_QUIET])
		say_conventions(evaluation->model, evaluation->metrics);
	if (options->given[OPT_JSON]) {
		code = print_json(metrics_json(evaluation->metrics, evaluation->confusion));
	} else {
		print_metrics(evaluation->metrics);
		confusion_print(evaluation->confusion);
	}
	if (options->plot && plot_evaluate(options->plot, evaluation, err))
		return say_error(err);
	return code;
}

/* Computes outputs (N, K), and what they tell. */
static gf_status measure(struct inference *inference, const gf_config *config, float *outputs,
	gf_metrics *metrics, struct confusion *confusion, gf_error *err)
{
	const gf_model *model = inference->model;
	const gf_dataset *data = inference->data;

	TRY(gf_predict(model, data, config, outputs, err));
	progress_phase(&inference->progress, GF_PHASE_evaluating, 0, 0);
	TRY(gf_evaluate_outputs(model, data, outputs, metrics, err));
	return confusion_open(confusion, model, data, outputs, err);
}

static int evaluate_outputs(
	const struct options *options, struct inference *inference, float *outputs, gf_error *err)
{
	gf_config config = options->config;
	gf_metrics metrics = {0};
	struct confusion confusion = {0};
	const struct evaluation evaluation = {options->model, options->operand, inference->model,
		inference->data, outputs, &metrics, &confusion};
	gf_status status;
	int code;

	progress_attach(&inference->progress, &config);
	status = measure(inference, &config, outputs, &metrics, &confusion, err);
	progress_clear(&inference->progress);
	code = status ? say_failure(options, err) : print_evaluation(options, &evaluation, err);
	confusion_free(&confusion);
	return code;
}

static int evaluate(const struct options *options, struct inference *inference, gf_error *err)
{
	const size_t count = gf_dataset_rows(inference->data) * gf_model_outputs(inference->model);
	float *outputs = calloc(count, sizeof *outputs);
	int code;

	if (!outputs) {
		gf_fail_memory(err, count * sizeof *outputs, "outputs");
		return say_failure(options, err);
	}
	code = evaluate_outputs(options, inference, outputs, err);
	free(outputs);
	return code;
}

int cmd_evaluate(const struct options *options)
{
	struct inference inference;
	gf_error err = {0};
	int code;

	inference_open(&inference, options);
	if ((!options->plot || gnuplot_check(options->plot, &err) == GF_OK) &&
		inference_read(&inference, options, 1, &err) == GF_OK) {
		code = evaluate(options, &inference, &err);
	} else {
		progress_clear(&inference.progress);
		code = say_failure(options, &err);
	}
	inference_free(&inference);
	return code;
}

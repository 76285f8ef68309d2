#include "commands.h"
#include "failure.h"
#include "format.h"
#include "json.h"
#include "message.h"
#include "outfile.h"
#include "print.h"
#include "progress.h"

#include "error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A model and the data that it is to see. */
struct question {
	gf_model *model;          /* owned */
	gf_dataset *data;         /* owned */
	struct progress progress; /* of the answer */
};

static gf_status ask(
	struct question *question, const struct options *options, int with_target, gf_error *err)
{
	gf_read_options read = options_read(options);
	size_t dropped;

	progress_attach_read(&question->progress, &read);
	if (gf_model_load(&question->model, options->model, err))
		return err->status;
	read.model = question->model;
	read.with_target = with_target;
	if (gf_dataset_read(&question->data, options->operand, &read, err))
		return err->status;
	progress_clear(&question->progress);
	dropped = gf_dataset_dropped(question->data);
	if (dropped && !options->given[OPT_QUIET])
		say(with_target ? "%s: left out %s with missing values"
				: "%s: no prediction for %s with missing values",
			options->operand, format_count(dropped, "row").text);
	return GF_OK;
}

static void question_open(struct question *question, const struct options *options)
{
	*question = (struct question){0};
	progress_open(&question->progress, options);
}

static void question_free(struct question *question)
{
	progress_close(&question->progress);
	gf_model_free(question->model);
	gf_dataset_free(question->data);
}

/* What predict has computed, and how it is to be written. */
struct answer {
	const gf_model *model;     /* borrowed */
	const gf_dataset *data;    /* borrowed */
	struct progress *progress; /* borrowed; NULL: the lines themselves are seen */
	size_t rows, outputs;      /* N, K */
	float *outputs_at;         /* owned; (N, K) */
	double *proba;             /* owned; (classes), of a row; NULL: not asked for */
};

/* One target is the prediction; several have their names. */
static void write_header(FILE *file, const struct answer *a)
{
	size_t targets = gf_model_targets(a->model);

	for (size_t i = 0; i < gf_dataset_kept(a->data); i++) {
		print_csv_field(file, gf_dataset_kept_name(a->data, i));
		putc(',', file);
	}
	if (targets == 1)
		fputs("prediction", file);
	for (size_t k = 0; targets > 1 && k < targets; k++) {
		fputs(k ? "," : "", file);
		print_csv_field(file, gf_model_target_name(a->model, k));
	}
	for (size_t c = 0; a->proba && c < gf_model_classes(a->model); c++) {
		putc(',', file);
		print_csv_field(file, gf_model_class_name(a->model, c));
	}
	putc('\n', file);
}

/* z (K) */
static void write_row(FILE *file, const struct answer *a, const float *z)
{
	const char *label = gf_model_label(a->model, z);

	if (label)
		print_csv_field(file, label);
	for (size_t k = 0; !label && k < a->outputs; k++)
		fprintf(file, "%s%.9g", k ? "," : "", gf_model_mean(a->model, z[k]));
	/* That there are some was found before anything was written. */
	if (a->proba)
		gf_model_probabilities(a->model, z, a->proba, NULL);
	for (size_t c = 0; a->proba && c < gf_model_classes(a->model); c++)
		fprintf(file, ",%.9g", a->proba[c]);
	putc('\n', file);
}

/* Of a row that was left out.  A line of nothing would be no row to many a reader. */
static void write_empty(FILE *file, const struct answer *a)
{
	size_t fields = gf_model_targets(a->model) + (a->proba ? gf_model_classes(a->model) : 0);

	if (fields == 1 && gf_dataset_kept(a->data) == 0)
		fputs("\"\"", file);
	for (size_t i = 1; i < fields; i++)
		putc(',', file);
	putc('\n', file);
}

static void write_kept(FILE *file, const struct answer *a, size_t row)
{
	for (size_t i = 0; i < gf_dataset_kept(a->data); i++) {
		print_csv_field(file, gf_dataset_kept_text(a->data, row, i));
		putc(',', file);
	}
}

/* How many lines are written, now and then.  False: nobody takes any more. */
static bool goes_on(FILE *file, const struct answer *a, size_t row, size_t rows)
{
	if (row % 4096)
		return true;
	if (a->progress)
		progress_phase(a->progress, GF_PHASE_saving, row, rows);
	return !ferror(file);
}

/* A line for each row of the data, also for those that were left out. */
static void write_csv(FILE *file, const struct answer *a)
{
	const size_t rows = a->rows + gf_dataset_dropped(a->data);
	size_t dropped = 0;

	write_header(file, a);
	for (size_t row = 0; row < rows && goes_on(file, a, row, rows); row++) {
		write_kept(file, a, row);
		if (gf_dataset_dropped_row(a->data, dropped) != row) {
			write_row(file, a, a->outputs_at + (row - dropped) * a->outputs);
			continue;
		}
		write_empty(file, a);
		dropped++;
	}
}

static bool to_standard_output(const struct options *options)
{
	return !options->output || strcmp(options->output, "-") == 0;
}

/* A terminal shows the lines, and who reads a pipe may write on it. */
static bool is_file(FILE *file)
{
	struct stat info;

	return fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
}

static gf_status write_answer(const struct options *options, struct answer *a, gf_error *err)
{
	struct outfile out;

	if (to_standard_output(options)) {
		progress_clear(a->progress);
		if (!is_file(stdout))
			a->progress = NULL;
		write_csv(stdout, a);
		return GF_OK;
	}
	if (outfile_open(&out, options->output, err))
		return err->status;
	write_csv(out.file, a);
	return outfile_commit(&out, err);
}

static gf_status allocate(const struct options *options, struct answer *a, gf_error *err)
{
	size_t classes = gf_model_classes(a->model);

	a->outputs_at = calloc(a->rows * a->outputs, sizeof *a->outputs_at);
	if (!a->outputs_at)
		return gf_fail_memory(err, a->rows * a->outputs * sizeof(float), "predictions");
	if (!options->given[OPT_PROBA])
		return GF_OK;
	a->proba = calloc(classes + 1, sizeof *a->proba);
	if (!a->proba)
		return gf_fail_memory(err, (classes + 1) * sizeof *a->proba, "probabilities");
	return gf_model_probabilities(a->model, a->outputs_at, a->proba, err);
}

static gf_status predict(const struct options *options, struct question *question, gf_error *err)
{
	gf_config config = options->config;
	struct answer a = {
		.model = question->model,
		.data = question->data,
		.progress = &question->progress,
		.rows = gf_dataset_rows(question->data),
		.outputs = gf_model_outputs(question->model),
	};

	progress_attach(&question->progress, &config);
	if (allocate(options, &a, err) == GF_OK &&
		gf_predict(a.model, question->data, &config, a.outputs_at, err) == GF_OK)
		write_answer(options, &a, err);
	free(a.outputs_at);
	free(a.proba);
	return err->status;
}

int run_predict(const struct options *options)
{
	struct question question;
	gf_error err = {0};

	question_open(&question, options);
	if ((to_standard_output(options) || outfile_check(options->output, &err) == GF_OK) &&
		ask(&question, options, 0, &err) == GF_OK)
		predict(options, &question, &err);
	question_free(&question);
	return err.status ? failure(options, &err) : 0;
}

/* A metric by its name; those of a table end with no name. */
struct metric {
	const char *name;
	size_t at; /* offset of a double in gf_metrics */
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

static json_t *metrics_json(const gf_metrics *metrics)
{
	json_t *json = json_object();

	json_object_set_new(json, "rows", json_integer((json_int_t)metrics->rows));
	for (const struct metric *m = metrics_of(metrics); m->name; m++)
		json_object_set_new(json, m->name, json_number(value_of(metrics, m)));
	return json;
}

/* Why a metric has no value. */
static const char *why_undefined(const gf_metrics *metrics)
{
	return metrics->classes ? "all rows are of one class" : "there is one row alone";
}

static void print_metrics(const gf_metrics *metrics)
{
	for (const struct metric *m = metrics_of(metrics); m->name; m++)
		if (isnan(value_of(metrics, m)))
			printf("%s undefined: %s\n", m->name, why_undefined(metrics));
		else
			printf("%s %s\n", m->name, format_float(value_of(metrics, m)).text);
}

/* 0 is what these are by convention where there is nothing to count. */
static void say_conventions(const gf_model *model, const gf_metrics *metrics)
{
	const char *class = metrics->classes == 2 ? gf_model_class_name(model, 1) : NULL;

	if (class && metrics->positives_said == 0)
		say("precision is 0 / 0, which is taken for 0: no row is predicted as \"%s\"",
			class);
	if (class && metrics->positives == 0)
		say("recall is 0 / 0, which is taken for 0: no row is of \"%s\"", class);
}

static int evaluate(const struct options *options, struct question *question, gf_error *err)
{
	gf_config config = options->config;
	gf_metrics metrics;
	gf_status status;

	progress_attach(&question->progress, &config);
	status = gf_evaluate(question->model, question->data, &config, &metrics, err);
	progress_clear(&question->progress);
	if (status)
		return failure(options, err);
	if (!options->given[OPT_QUIET])
		say_conventions(question->model, &metrics);
	if (options->given[OPT_JSON])
		return print_json(metrics_json(&metrics));
	print_metrics(&metrics);
	return 0;
}

int run_evaluate(const struct options *options)
{
	struct question question;
	gf_error err = {0};
	int code;

	question_open(&question, options);
	if (ask(&question, options, 1, &err) == GF_OK) {
		code = evaluate(options, &question, &err);
	} else {
		progress_clear(&question.progress);
		code = failure(options, &err);
	}
	question_free(&question);
	return code;
}

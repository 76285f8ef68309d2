#include "commands.h"
#include "failure.h"
#include "format.h"
#include "json.h"
#include "outfile.h"
#include "print.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A model and the data that it is to see. */
struct question {
	gf_model *model;  /* owned */
	gf_dataset *data; /* owned */
};

static gf_status ask(
	struct question *question, const struct options *options, int with_target, gf_error *err)
{
	gf_read_options read = options_read(options);

	*question = (struct question){0};
	if (gf_model_load(&question->model, options->model, err))
		return err->status;
	read.model = question->model;
	read.with_target = with_target;
	return gf_dataset_read(&question->data, options->operand, &read, err);
}

static void question_free(struct question *question)
{
	gf_model_free(question->model);
	gf_dataset_free(question->data);
}

/* One output is the prediction; several have the names of their targets. */
static void write_header(FILE *file, const gf_model *model)
{
	size_t outputs = gf_model_outputs(model);

	if (outputs == 1)
		fputs("prediction", file);
	for (size_t k = 0; outputs > 1 && k < outputs; k++) {
		fputs(k ? "," : "", file);
		print_csv_field(file, gf_model_target_name(model, k));
	}
	putc('\n', file);
}

static void write_csv(FILE *file, const gf_model *model, const float *predictions, size_t rows)
{
	size_t outputs = gf_model_outputs(model);

	write_header(file, model);
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < outputs; k++)
			fprintf(file, "%.9g%c", predictions[i * outputs + k],
				k + 1 < outputs ? ',' : '\n');
}

static gf_status write_predictions(const struct options *options, const gf_model *model,
	const float *predictions, size_t rows, gf_error *err)
{
	struct outfile out;

	if (!options->output || strcmp(options->output, "-") == 0) {
		write_csv(stdout, model, predictions, rows);
		return GF_OK;
	}
	if (outfile_open(&out, options->output, err))
		return err->status;
	write_csv(out.file, model, predictions, rows);
	return outfile_commit(&out, err);
}

static gf_status predict(
	const struct options *options, const struct question *question, gf_error *err)
{
	gf_config config = options_config(options);
	size_t rows = gf_dataset_rows(question->data), outputs = gf_model_outputs(question->model);
	float *predictions = calloc(rows * outputs, sizeof *predictions); /* (N, K) */

	if (!predictions)
		return gf_fail_memory(err, rows * outputs * sizeof *predictions, "predictions");
	if (gf_predict(question->model, question->data, &config, predictions, err) == GF_OK)
		write_predictions(options, question->model, predictions, rows, err);
	free(predictions);
	return err->status;
}

int run_predict(const struct options *options)
{
	struct question question;
	gf_error err = {0};

	if (ask(&question, options, 0, &err) == GF_OK)
		predict(options, &question, &err);
	question_free(&question);
	return err.status ? failure(options, &err) : 0;
}

static json_t *metrics_json(const gf_metrics *metrics)
{
	json_t *json = json_object();

	json_object_set_new(json, "rows", json_integer((json_int_t)metrics->rows));
	json_object_set_new(json, "mse", json_number(metrics->mse));
	json_object_set_new(json, "rmse", json_number(metrics->rmse));
	json_object_set_new(json, "mae", json_number(metrics->mae));
	json_object_set_new(json, "r2", json_number(metrics->r2));
	return json;
}

static void print_metrics(const gf_metrics *metrics)
{
	printf("mse %s\n", format_float(metrics->mse).text);
	printf("rmse %s\n", format_float(metrics->rmse).text);
	printf("mae %s\n", format_float(metrics->mae).text);
	printf("r2 %s\n", format_float(metrics->r2).text);
}

static int evaluate(const struct options *options, const struct question *question, gf_error *err)
{
	gf_config config = options_config(options);
	gf_metrics metrics;

	if (gf_evaluate(question->model, question->data, &config, &metrics, err))
		return failure(options, err);
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

	if (ask(&question, options, 1, &err))
		code = failure(options, &err);
	else
		code = evaluate(options, &question, &err);
	question_free(&question);
	return code;
}

#include "predictions.h"
#include "error.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

/* The name of a field of the predictions: the only target's is "prediction". */
static const char *target_name(const struct predictions *p, size_t k)
{
	return gf_model_targets(p->model) == 1 ? "prediction" : gf_model_target_name(p->model, k);
}

/* The name of an end of an interval: "lower" or "NAME_lower", for the caller to free. */
static char *end_name(const struct predictions *p, size_t k, const char *end)
{
	const char *target = gf_model_target_name(p->model, k);
	const size_t bytes = strlen(target) + strlen(end) + 2;
	char *name = malloc(bytes);

	if (name && gf_model_targets(p->model) == 1)
		snprintf(name, bytes, "%s", end);
	else if (name)
		snprintf(name, bytes, "%s_%s", target, end);
	return name;
}

/* Where the intervals of the row with outputs z are. */
static size_t interval_at(const struct predictions *p, const float *z, size_t k)
{
	return (size_t)(z - p->z) + k;
}

/* The fields of a row's predictions, without those of --keep. */
static size_t fields_of(const struct predictions *p)
{
	const size_t targets = gf_model_targets(p->model);

	return targets + (p->lower ? 2 * targets : 0) + (p->proba ? gf_model_classes(p->model) : 0);
}

/* ---- CSV ---- */

static void write_quoted(FILE *file, const char *text)
{
	putc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	putc('"', file);
}

/* Writes a field of CSV, quoted if it needs quotes. */
static void write_field(FILE *file, const char *text)
{
	size_t length = strlen(text);
	bool blank_ends = length && (strchr(" \t", *text) || strchr(" \t", text[length - 1]));

	if (blank_ends || strpbrk(text, ",\"\r\n"))
		write_quoted(file, text);
	else
		fputs(text, file);
}

/* A single target's column is "prediction"; several have their names. */
static void write_header(FILE *file, const struct predictions *p)
{
	size_t targets = gf_model_targets(p->model);

	for (size_t i = 0; i < gf_dataset_kept(p->data); i++) {
		write_field(file, gf_dataset_kept_name(p->data, i));
		putc(',', file);
	}
	for (size_t k = 0; k < targets; k++) {
		fputs(k ? "," : "", file);
		write_field(file, target_name(p, k));
	}
	for (size_t k = 0; p->lower && k < targets; k++)
		for (size_t end = 0; end < 2; end++) {
			char *name = end_name(p, k, end ? "upper" : "lower");

			putc(',', file);
			write_field(file, name ? name : "");
			free(name);
		}
	for (size_t c = 0; p->proba && c < gf_model_classes(p->model); c++) {
		putc(',', file);
		write_field(file, gf_model_class_name(p->model, c));
	}
	putc('\n', file);
}

static void write_kept(FILE *file, const struct predictions *p, size_t row)
{
	for (size_t i = 0; i < gf_dataset_kept(p->data); i++) {
		write_field(file, gf_dataset_kept_text(p->data, row, i));
		putc(',', file);
	}
}

/* z (K) */
static void write_values(FILE *file, const struct predictions *p, const float *z)
{
	const char *label = gf_model_label(p->model, z);

	if (label)
		write_field(file, label);
	for (size_t k = 0; !label && k < p->outputs; k++)
		fprintf(file, "%s%.9g", k ? "," : "", gf_model_mean(p->model, z[k]));
	for (size_t k = 0; p->lower && k < p->outputs; k++)
		fprintf(file, ",%.9g,%.9g", p->lower[interval_at(p, z, k)],
			p->upper[interval_at(p, z, k)]);
	/* This cannot fail: allocate() has tried it with the first row. */
	if (p->proba)
		gf_model_probabilities(p->model, z, p->proba, NULL);
	for (size_t c = 0; p->proba && c < gf_model_classes(p->model); c++)
		fprintf(file, ",%.9g", p->proba[c]);
	putc('\n', file);
}

/* Writes the empty fields of a row that was left out.  A single empty field is quoted, because many
 * readers skip an empty line. */
static void write_empty(FILE *file, const struct predictions *p)
{
	const size_t fields = fields_of(p);

	if (fields == 1 && gf_dataset_kept(p->data) == 0)
		fputs("\"\"", file);
	for (size_t i = 1; i < fields; i++)
		putc(',', file);
	putc('\n', file);
}

static gf_status write_line(
	const struct predictions *p, FILE *file, size_t row, const float *z, gf_error *err)
{
	(void)err;
	write_kept(file, p, row);
	if (z)
		write_values(file, p, z);
	else
		write_empty(file, p);
	return GF_OK;
}

static gf_status write_csv(const struct predictions *p, FILE *file, gf_error *err)
{
	write_header(file, p);
	return predictions_rows(p, file, write_line, err);
}

/* ---- JSON ---- */

/* Probabilities of classes are beside the prediction, as in CSV.  z NULL: null. */
static void set_prediction(json_t *json, const struct predictions *p, const float *z)
{
	const char *label = z ? gf_model_label(p->model, z) : NULL;
	const size_t classes = p->proba ? gf_model_classes(p->model) : 0;

	for (size_t k = 0; k < gf_model_targets(p->model); k++)
		json_object_set_new(json, target_name(p, k),
			label ? json_text(label)
			: z   ? json_number(gf_model_mean(p->model, z[k]))
			      : json_null());
	if (z && classes)
		gf_model_probabilities(p->model, z, p->proba, NULL);
	for (size_t c = 0; c < classes; c++)
		json_object_set_new(json, gf_model_class_name(p->model, c),
			z ? json_number(p->proba[c]) : json_null());
}

/* z NULL: null. */
static void set_intervals(json_t *json, const struct predictions *p, const float *z)
{
	for (size_t k = 0; p->lower && k < p->outputs; k++)
		for (size_t end = 0; end < 2; end++) {
			const double *ends = end ? p->upper : p->lower;
			char *name = end_name(p, k, end ? "upper" : "lower");

			if (name)
				json_object_set_new(json, name,
					z ? json_number(ends[interval_at(p, z, k)]) : json_null());
			free(name);
		}
}

static gf_status write_object(
	const struct predictions *p, FILE *file, size_t row, const float *z, gf_error *err)
{
	const size_t kept = gf_dataset_kept(p->data);
	const size_t fields = kept + fields_of(p);
	json_t *json = json_object();
	gf_error line_err = {0};

	for (size_t i = 0; i < kept; i++)
		json_object_set_new(json, gf_dataset_kept_name(p->data, i),
			json_text(gf_dataset_kept_text(p->data, row, i)));
	set_prediction(json, p, z);
	set_intervals(json, p, z);
	if (json && json_object_size(json) < fields) {
		json_decref(json);
		return gf_fail(err, GF_E_USAGE,
			"--format json: two fields would have one name, among the columns of "
			"--keep, the targets, the ends of intervals and the classes; --format csv "
			"can have both");
	}
	/* A failed write ends the loop over rows, and who closes the file says so, or that the
	 * reader of a pipe has had enough. */
	if (json_line(json, file, "", &line_err) == GF_E_MEMORY)
		return gf_fail(err, line_err.status, "%s", line_err.message);
	return GF_OK;
}

/* ---- all formats ---- */

gf_status predictions_write(const struct predictions *p, FILE *file, gf_error *err)
{
	switch (p->format) {
	case FORMAT_json:
		return predictions_rows(p, file, write_object, err);
	case FORMAT_npy:
		return predictions_npy(p, file, err);
	case FORMAT_csv:
	case FORMAT_COUNT:
		break;
	}
	return write_csv(p, file, err);
}

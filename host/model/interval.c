/*
 * interval.c: in the metadata of a model's file, "prediction_interval" is an object in JSON:
 *
 *	"df"		degrees of freedom
 *	"residual"	(K) standard deviations of the residuals
 *	"center"	(D) subtracted from the features
 *	"columns"	(n) the feature of each column, from 0; D: the ones of the bias
 *	"factor"	(n (n + 1) / 2) the lower triangle of L, row by row
 */
#include "interval.h"
#include "dataset.h"
#include "distribution.h"
#include "error.h"
#include "json.h"
#include "model.h"
#include "model_metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEY "prediction_interval"

enum { DOUBLE_DIGITS = 17 };

static size_t triangle(size_t n)
{
	return n * (n + 1) / 2;
}

gf_status interval_new(
	struct interval *i, size_t features, size_t outputs, size_t columns, gf_error *err)
{
	const size_t doubles = features + outputs + triangle(columns);
	const size_t bytes = doubles * sizeof(double) + columns * sizeof(size_t);

	*i = (struct interval){.columns = columns, .center = calloc(1, bytes)};
	if (!i->center)
		return gf_fail_memory(err, bytes, "the prediction intervals");
	i->residual = i->center + features;
	i->factor = i->residual + outputs;
	i->column = (size_t *)(i->factor + triangle(columns));
	return GF_OK;
}

void interval_free(struct interval *i)
{
	free(i->center);
	*i = (struct interval){0};
}

/* ---- intervals ---- */

int gf_model_has_intervals(const gf_model *model)
{
	return model && model->interval.columns > 0;
}

/* Returns the leverage of the row x (D); v: (n) scratch. */
static double leverage(const struct interval *f, const float *x, size_t D, double *v)
{
	const double *row = f->factor;
	double sum = 0.0;

	for (size_t i = 0; i < f->columns; row += ++i) {
		const size_t j = f->column[i];

		v[i] = j == D ? 1.0 : (double)x[j] - f->center[j];
		for (size_t k = 0; k < i; k++)
			v[i] -= row[k] * v[k];
		v[i] /= row[i];
		sum += v[i] * v[i];
	}
	return sum;
}

static gf_status check(const gf_model *model, const gf_dataset *data, double level, gf_error *err)
{
	if (!gf_model_has_intervals(model))
		return gf_fail(err, GF_E_USAGE,
			"the model has no prediction intervals; wanted: a model of loss mse that "
			"was trained with statistics, and of at most %d numbers in their matrix",
			INTERVAL_NUMBERS);
	TRY(dataset_check_dense(data, "an interval takes all features of a row", err));
	if (!(level > 0.0 && level < 1.0))
		return gf_fail(err, GF_E_USAGE, "level is %g; wanted: a number above 0 and below 1",
			level);
	if (data->features != model->features)
		return gf_fail(err, GF_E_DATA, "the data has %zu features; the model takes %zu",
			data->features, model->features);
	return GF_OK;
}

gf_status gf_predict_intervals(const gf_model *model, const gf_dataset *data, double level,
	const float *outputs, double *lower, double *upper, gf_error *err)
{
	size_t D, K;
	double quantile, *v;

	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(data, err) || ERROR_NULL(outputs, err) ||
		ERROR_NULL(lower, err) || ERROR_NULL(upper, err))
		return GF_E_USAGE;
	TRY(check(model, data, level, err));
	v = malloc(model->interval.columns * sizeof *v);
	if (!v)
		return gf_fail_memory(err, model->interval.columns * sizeof *v, "a row");
	D = model->features;
	K = model->outputs;
	quantile = distribution_t_quantile(1.0 - level, model->interval.freedom);
	for (size_t i = 0; i < data->rows; i++) {
		const double h = leverage(&model->interval, data->x + i * D, D, v);

		for (size_t k = 0; k < K; k++) {
			const double z = (double)outputs[i * K + k];
			const double reach = quantile * model->interval.residual[k] * sqrt(1.0 + h);

			lower[i * K + k] = z - reach;
			upper[i * K + k] = z + reach;
		}
	}
	free(v);
	return GF_OK;
}

/* ---- saving ---- */

static json_t *columns_json(const struct interval *f)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < f->columns; i++)
		list = json_append(list, json_integer((json_int_t)f->column[i]));
	return list;
}

int model_metadata_add_interval(struct model_metadata *m, const gf_model *model)
{
	const struct interval *f = &model->interval;
	json_t *json = f->columns ? json_object() : NULL;
	char *text;
	int failed;

	if (!f->columns)
		return 0;
	failed = json_object_set_new(json, "df", json_real(f->freedom));
	failed |= json_object_set_new(json, "residual", json_doubles(f->residual, model->outputs));
	failed |= json_object_set_new(json, "center", json_doubles(f->center, model->features));
	failed |= json_object_set_new(json, "columns", columns_json(f));
	failed |=
		json_object_set_new(json, "factor", json_doubles(f->factor, triangle(f->columns)));
	text = failed ? NULL : json_compact_digits(json, DOUBLE_DIGITS);
	json_decref(json);
	return model_metadata_add(m, KEY, text);
}

/* ---- loading ---- */

/* Feature numbers up to D, each once, and D only for a model with a bias. */
static gf_status read_columns(const struct metadata_source *s, const json_t *list)
{
	struct interval *f = &s->model->interval;
	const size_t D = s->model->features;

	for (size_t i = 0; i < f->columns; i++) {
		const json_t *item = json_array_get(list, i);
		const json_int_t column = json_is_integer(item) ? json_integer_value(item) : -1;
		size_t j = 0;

		while (j < i && f->column[j] != (size_t)column)
			j++;
		if (column < 0 || (size_t)column > D - (s->model->no_bias ? 1 : 0) || j < i)
			return metadata_refuse(
				s, KEY, ": item %zu of columns is no feature of its own", i + 1);
		f->column[i] = (size_t)column;
	}
	return GF_OK;
}

static gf_status check_numbers(const struct metadata_source *s)
{
	const struct interval *f = &s->model->interval;

	if (!(f->freedom > 0.0))
		return metadata_refuse(s, KEY, ": df is %g, wanted a number above 0", f->freedom);
	for (size_t k = 0; k < s->model->outputs; k++)
		if (!(f->residual[k] >= 0.0))
			return metadata_refuse(s, KEY, ": residual %zu is %g, wanted 0 or above",
				k + 1, f->residual[k]);
	for (size_t i = 0; i < f->columns; i++)
		if (!(f->factor[triangle(i + 1) - 1] > 0.0))
			return metadata_refuse(s, KEY,
				": row %zu of factor does not end with a number above 0", i + 1);
	return GF_OK;
}

static gf_status read_members(const struct metadata_source *s, const json_t *json)
{
	struct interval *f = &s->model->interval;
	const json_t *df = json_object_get(json, "df");

	f->freedom = json_is_number(df) ? json_number_value(df) : (double)NAN;
	TRY(metadata_numbers(
		s, KEY, json_object_get(json, "residual"), s->model->outputs, f->residual));
	TRY(metadata_numbers(
		s, KEY, json_object_get(json, "center"), s->model->features, f->center));
	TRY(metadata_numbers(
		s, KEY, json_object_get(json, "factor"), triangle(f->columns), f->factor));
	TRY(read_columns(s, json_object_get(json, "columns")));
	return check_numbers(s);
}

static gf_status read_interval(const struct metadata_source *s, const json_t *json)
{
	const gf_model *model = s->model;
	const size_t columns = json_array_size(json_object_get(json, "columns"));

	if (model->loss != GF_LOSS_mse || model->hidden.count)
		return metadata_refuse(s, KEY, " is there, but the model is no linear one of mse");
	if (columns == 0 || columns > model->features + 1 || triangle(columns) > INTERVAL_NUMBERS)
		return metadata_refuse(
			s, KEY, " has %zu columns, wanted 1 to %zu", columns, model->features + 1);
	TRY(interval_new(&s->model->interval, model->features, model->outputs, columns, s->err));
	return read_members(s, json);
}

gf_status model_metadata_read_interval(const struct metadata_source *s)
{
	const char *text = safetensors_metadata(s->file, KEY);
	json_t *json = text ? json_loads(text, 0, NULL) : NULL;
	gf_status status;

	if (!text)
		return GF_OK;
	status = json_is_object(json) ? read_interval(s, json)
				      : metadata_refuse(s, KEY, " is not a JSON object");
	json_decref(json);
	return status;
}

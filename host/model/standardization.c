#include "standardization.h"
#include "dataset.h"
#include "error.h"
#include "json.h"
#include "model.h"
#include "model_metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An empty one of that shape.  GF_E_MEMORY. */
static gf_status allocate(struct standardization *s, size_t features, size_t outputs, gf_error *err)
{
	const size_t P = model_params(features, outputs);

	*s = (struct standardization){.center = calloc(2 * features, sizeof *s->center),
		.params = calloc(P, sizeof *s->params)};
	if (!s->center || !s->params) {
		standardization_free(s);
		return gf_fail_memory(err, 2 * features * sizeof *s->center + P * sizeof *s->params,
			"means and deviations");
	}
	s->scale = s->center + features;
	return GF_OK;
}

void standardization_free(struct standardization *s)
{
	free(s->center);
	free(s->params);
	*s = (struct standardization){0};
}

/* folded (P) from params (P), which may be the same. */
static void fold(const double *center, const double *scale, size_t features, size_t outputs,
	const float *params, float *folded)
{
	const size_t weights = outputs * features;
	size_t j, k;

	for (k = 0; k < outputs; k++) {
		double bias = (double)params[weights + k];

		for (j = 0; j < features; j++) {
			const double weight = (double)params[k * features + j] / scale[j];

			bias -= weight * center[j];
			folded[k * features + j] = standardization_round(weight);
		}
		folded[weights + k] = standardization_round(bias);
	}
}

static gf_status keep(gf_model *model, const double *center, const double *scale, gf_error *err)
{
	const size_t D = model->features, P = model_params(D, model->outputs);
	struct standardization *s = &model->standardization;
	gf_status status;

	standardization_free(s);
	if (P > STANDARDIZATION_PARAMS_MAX)
		return GF_OK;
	status = allocate(s, D, model->outputs, err);
	if (status)
		return status;
	memcpy(s->center, center, D * sizeof *center);
	memcpy(s->scale, scale, D * sizeof *scale);
	memcpy(s->params, model->params, P * sizeof *s->params);
	return GF_OK;
}

gf_status model_standardize(
	gf_model *model, const double *center, const double *scale, gf_error *err)
{
	gf_status status = keep(model, center, scale, err);

	if (!status)
		fold(center, scale, model->features, model->outputs, model->params, model->params);
	return status;
}

gf_status model_standardize_data(
	gf_dataset **made, const gf_model *model, const gf_dataset *data, gf_error *err)
{
	const struct standardization *s = &model->standardization;
	const size_t D = data->features;
	gf_status status;
	size_t i, j;

	*made = NULL;
	if (!s->center)
		return GF_OK;
	status = dataset_alloc(made, data->rows, D, 0, err);
	for (i = 0; i < data->rows && !status; i++)
		for (j = 0; j < D; j++)
			(*made)->x[i * D + j] =
				standardized_value(data->x[i * D + j], s->center[j], s->scale[j]);
	return status;
}

const float *model_own_params(const gf_model *model)
{
	return model->standardization.center ? model->standardization.params : model->params;
}

/*
 * ---- the standardized form, as metadata of a model's file ----
 *
 *	"center", "scale"	(D) [1.5,2]: a feature is standardized as (x - center) / scale;
 *				17 digits, so that a double reads back the same
 *	"standardized_weight"	(K, D) [[0.5,1],[2,3]]: the weight of such features;
 *				9 digits, so that a float reads back the same
 *	"standardized_bias"	(K) [1,2]; not in a model without a bias
 *
 * All of them or none.  Folded they must give the tensors of the file: where another program has
 * changed these, it is not for us to say which of the two is meant.
 */

enum { FLOAT_DIGITS = 9, DOUBLE_DIGITS = 17 };

/* ---- saving ---- */

static json_t *doubles_json(const double *values, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < count; i++)
		if (json_array_append_new(list, json_number(values[i]))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* Takes json over. */
static int add(struct model_metadata *m, const char *key, json_t *json, size_t digits)
{
	char *text = json_compact_digits(json, digits);

	json_decref(json);
	return model_metadata_add(m, key, text);
}

int model_metadata_add_standardization(struct model_metadata *m, const gf_model *model)
{
	const struct standardization *s = &model->standardization;
	const size_t D = model->features, K = model->outputs;
	int failed;

	if (!s->center)
		return 0;
	failed = add(m, "center", doubles_json(s->center, D), DOUBLE_DIGITS);
	failed |= add(m, "scale", doubles_json(s->scale, D), DOUBLE_DIGITS);
	failed |= add(m, "standardized_weight", json_rows(s->params, K, D), FLOAT_DIGITS);
	if (!model->no_bias)
		failed |= add(
			m, "standardized_bias", json_floats(s->params + K * D, K), FLOAT_DIGITS);
	return failed;
}

/* ---- loading ---- */

struct source {
	const struct safetensors *file;
	const char *path;
	gf_error *err;
};

/* A number of a list, or NaN: there is none. */
static double number_at(const json_t *list, size_t i)
{
	const json_t *number = json_array_get(list, i);

	return json_is_number(number) ? json_number_value(number) : (double)NAN;
}

static gf_status take_numbers(
	const struct source *s, const char *key, const json_t *list, size_t count, double *values)
{
	if (!json_is_array(list) || json_array_size(list) != count)
		return gf_fail(s->err, GF_E_DATA,
			"%s: metadata \"%s\" is not the list of %zu numbers that is wanted",
			s->path, key, count);
	for (size_t i = 0; i < count; i++) {
		values[i] = number_at(list, i);
		if (!isfinite(values[i]))
			return gf_fail(s->err, GF_E_DATA,
				"%s: metadata \"%s\": item %zu is not a finite number", s->path,
				key, i + 1);
	}
	return GF_OK;
}

/* values (rows, columns), a list of lists; rows 0: one list. */
static gf_status take(
	const struct source *s, const char *key, size_t rows, size_t columns, double *values)
{
	const char *text = safetensors_metadata(s->file, key);
	json_t *list = text ? json_loads(text, 0, NULL) : NULL;
	gf_status status = GF_OK;

	if (!text)
		return gf_fail(s->err, GF_E_DATA,
			"%s: metadata \"%s\" is not there, and the model is one of standardized "
			"features",
			s->path, key);
	if (rows == 0)
		status = take_numbers(s, key, list, columns, values);
	else if (!json_is_array(list) || json_array_size(list) != rows)
		status = gf_fail(s->err, GF_E_DATA,
			"%s: metadata \"%s\" is not the list of %zu lists that is wanted", s->path,
			key, rows);
	for (size_t k = 0; k < rows && !status; k++)
		status = take_numbers(
			s, key, json_array_get(list, k), columns, values + k * columns);
	json_decref(list);
	return status;
}

static gf_status take_params(const struct source *s, gf_model *model)
{
	const size_t D = model->features, K = model->outputs, P = model_params(D, K);
	double *values = calloc(P, sizeof *values);
	gf_status status;

	if (!values)
		return gf_fail_memory(s->err, P * sizeof *values, "standardized parameters");
	status = take(s, "standardized_weight", K, D, values);
	if (!status && !model->no_bias)
		status = take(s, "standardized_bias", 0, K, values + K * D);
	for (size_t p = 0; p < P && !status; p++)
		model->standardization.params[p] = standardization_round(values[p]);
	free(values);
	return status;
}

static gf_status check_scale(const struct source *s, const gf_model *model)
{
	const double *scale = model->standardization.scale;

	for (size_t j = 0; j < model->features; j++)
		if (!(scale[j] > 0.0))
			return gf_fail(s->err, GF_E_DATA,
				"%s: metadata \"scale\": item %zu is %g, wanted a number above 0",
				s->path, j + 1, scale[j]);
	return GF_OK;
}

/* A double in another order of roundings may round to the float next to it: 2^-22 of it, and 2^-40
 * of what the bias is the sum of, leave room. */
static int is_near(float found, float wanted, double terms)
{
	const double size = fmax(fabs((double)found), fabs((double)wanted));

	return fabs((double)found - (double)wanted) <= 0x1p-22 * size + 0x1p-40 * terms;
}

static int folds_to(const struct standardization *s, const gf_model *model, const float *folded)
{
	const size_t D = model->features, K = model->outputs;

	for (size_t k = 0; k < K; k++) {
		double terms = fabs((double)s->params[K * D + k]);

		for (size_t j = 0; j < D; j++) {
			const size_t p = k * D + j;

			terms += fabs((double)s->params[p] / s->scale[j] * s->center[j]);
			if (!is_near(model->params[p], folded[p], 0.0))
				return 0;
		}
		if (!is_near(model->params[K * D + k], folded[K * D + k], terms))
			return 0;
	}
	return 1;
}

static gf_status check_fold(const struct source *s, const gf_model *model)
{
	const struct standardization *form = &model->standardization;
	const size_t P = model_params(model->features, model->outputs);
	float *folded = malloc(P * sizeof *folded);
	int same;

	if (!folded)
		return gf_fail_memory(s->err, P * sizeof *folded, "folded parameters");
	fold(form->center, form->scale, model->features, model->outputs, form->params, folded);
	same = folds_to(form, model, folded);
	free(folded);
	return same ? GF_OK
		    : gf_fail(s->err, GF_E_DATA,
			      "%s: the tensors are not what metadata \"standardized_weight\" and "
			      "\"standardized_bias\" come to: another program changed one of them; "
			      "without these, \"center\" and \"scale\" the file is one of the "
			      "tensors alone",
			      s->path);
}

gf_status model_metadata_take_standardization(
	gf_model *model, const struct safetensors *file, const char *path, gf_error *err)
{
	const struct source s = {file, path, err};
	struct standardization *form = &model->standardization;
	gf_status status;

	if (!safetensors_metadata(file, "center") && !safetensors_metadata(file, "scale") &&
		!safetensors_metadata(file, "standardized_weight") &&
		!safetensors_metadata(file, "standardized_bias"))
		return GF_OK;
	status = allocate(form, model->features, model->outputs, err);
	if (!status)
		status = take(&s, "center", 0, model->features, form->center);
	if (!status)
		status = take(&s, "scale", 0, model->features, form->scale);
	if (!status)
		status = check_scale(&s, model);
	if (!status)
		status = take_params(&s, model);
	return status ? status : check_fold(&s, model);
}

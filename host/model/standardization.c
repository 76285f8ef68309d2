#include "standardization.h"
#include "dataset.h"
#include "error.h"
#include "json.h"
#include "model.h"
#include "model_metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct layer first_layer(const gf_model *model)
{
	return model_network(model).layers[0];
}

/* Makes a standardization with the model's parameters; center and scale are 0. */
static gf_status allocate(gf_model *model, gf_error *err)
{
	const size_t D = model->features, P = model_params(model);
	struct standardization *s = &model->standardization;

	*s = (struct standardization){.center = calloc(2 * D, sizeof *s->center),
		.params = malloc(P * sizeof *s->params)};
	if (!s->center || !s->params) {
		standardization_free(s);
		return gf_fail_memory(err, 2 * D * sizeof *s->center + P * sizeof *s->params,
			"a standardization");
	}
	s->scale = s->center + D;
	memcpy(s->params, model->params, P * sizeof *s->params);
	return GF_OK;
}

void standardization_free(struct standardization *s)
{
	free(s->center);
	free(s->params);
	*s = (struct standardization){0};
}

/* Computes the folded form of a first layer, whose parameters are the first of params and folded;
 * both may be the same array. */
static void fold(const double *center, const double *scale, const struct layer *first,
	const float *params, float *folded)
{
	const size_t D = first->inputs;

	for (size_t k = 0; k < first->outputs; k++) {
		double bias = (double)params[first->bias + k];

		for (size_t j = 0; j < D; j++) {
			const double weight = (double)params[k * D + j] / scale[j];

			bias -= weight * center[j];
			folded[k * D + j] = standardization_round(weight);
		}
		folded[first->bias + k] = standardization_round(bias);
	}
}

static gf_status keep_standardized(
	gf_model *model, const double *center, const double *scale, gf_error *err)
{
	const struct layer first = first_layer(model);
	struct standardization *s = &model->standardization;

	standardization_free(s);
	if (first.bias + first.outputs > STANDARDIZATION_PARAMS_MAX)
		return GF_OK;
	TRY(allocate(model, err));
	memcpy(s->center, center, first.inputs * sizeof *center);
	memcpy(s->scale, scale, first.inputs * sizeof *scale);
	return GF_OK;
}

gf_status model_standardize(
	gf_model *model, const double *center, const double *scale, gf_error *err)
{
	const struct layer first = first_layer(model);

	TRY(keep_standardized(model, center, scale, err));
	fold(center, scale, &first, model->params, model->params);
	return GF_OK;
}

void model_standardize_rows(const gf_model *model, const float *x, size_t rows, float *to)
{
	const struct standardization *s = &model->standardization;
	const size_t D = model->features;

	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < D; j++)
			to[i * D + j] = standardized_value(x[i * D + j], s->center[j], s->scale[j]);
}

gf_status model_standardize_data(
	gf_dataset **made, const gf_model *model, const gf_dataset *data, gf_error *err)
{
	*made = NULL;
	if (!model->standardization.center)
		return GF_OK;
	TRY(dataset_check_dense(data, "the model was trained on standardized features", err));
	TRY(dataset_alloc_like(made, data, data->rows, data->features, 0, err));
	model_standardize_rows(model, data->x, data->rows, (*made)->x);
	return GF_OK;
}

const float *model_own_params(const gf_model *model)
{
	return model->standardization.center ? model->standardization.params : model->params;
}

/*
 * ---- the standardized form in the metadata of a model's file ----
 *
 *	"center", "scale"	(D) [1.5,2]: the standardized feature is (x - center) / scale;
 *				17 digits, which read back as the same double
 *	"standardized_weight"	(K, D) [[0.5,1],[2,3]]: the first layer's weight of
 *				standardized features; 9 digits, which read back as the same
 *				float
 *	"standardized_bias"	(K) [1,2]; a model without a bias does not have it
 *
 * A file has all of them or none.  Folded they must give the tensors of the file.  If another
 * program changed the tensors, gpufit cannot know which of the two forms is meant, and refuses the
 * file.
 */

enum { FLOAT_DIGITS = 9, DOUBLE_DIGITS = 17 };

/* ---- saving ---- */

/* Takes ownership of json. */
static int add(struct model_metadata *m, const char *key, json_t *json, size_t digits)
{
	char *text = json_compact_digits(json, digits);

	json_decref(json);
	return model_metadata_add(m, key, text);
}

int model_metadata_add_standardization(struct model_metadata *m, const gf_model *model)
{
	const struct standardization *s = &model->standardization;
	const struct layer first = first_layer(model);
	const size_t D = first.inputs, K = first.outputs;
	int failed;

	if (!s->center)
		return 0;
	failed = add(m, "center", json_doubles(s->center, D), DOUBLE_DIGITS);
	failed |= add(m, "scale", json_doubles(s->scale, D), DOUBLE_DIGITS);
	failed |= add(m, "standardized_weight", json_rows(s->params, K, D), FLOAT_DIGITS);
	if (!model->no_bias)
		failed |= add(m, "standardized_bias", json_floats(s->params + first.bias, K),
			FLOAT_DIGITS);
	return failed;
}

/* ---- loading ---- */

/* Item i of a list, or NaN if it is no number. */
static double number_at(const json_t *list, size_t i)
{
	const json_t *number = json_array_get(list, i);

	return json_is_number(number) ? json_number_value(number) : (double)NAN;
}

gf_status metadata_numbers(const struct metadata_source *s, const char *key, const json_t *list,
	size_t count, double *values)
{
	if (!json_is_array(list) || json_array_size(list) != count)
		return metadata_refuse(s, key, " is not a list of %zu numbers", count);
	for (size_t i = 0; i < count; i++) {
		values[i] = number_at(list, i);
		if (!isfinite(values[i]))
			return metadata_refuse(s, key, ": item %zu is not a finite number", i + 1);
	}
	return GF_OK;
}

/* values (rows, columns) from a list of lists. */
static gf_status read_rows(const struct metadata_source *s, const char *key, const json_t *list,
	size_t rows, size_t columns, double *values)
{
	if (!json_is_array(list) || json_array_size(list) != rows)
		return metadata_refuse(s, key, " is not a list of %zu lists", rows);
	for (size_t k = 0; k < rows; k++)
		TRY(metadata_numbers(
			s, key, json_array_get(list, k), columns, values + k * columns));
	return GF_OK;
}

/* Reads the key's values (rows, columns); rows 0: (columns), which is one list. */
static gf_status read_key(const struct metadata_source *s, const char *key, size_t rows,
	size_t columns, double *values)
{
	const char *text = safetensors_metadata(s->file, key);
	json_t *list = text ? json_loads(text, 0, NULL) : NULL;
	gf_status status;

	if (!text)
		return metadata_refuse(
			s, key, " is missing, but the model is one of standardized features");
	status = rows ? read_rows(s, key, list, rows, columns, values)
		      : metadata_numbers(s, key, list, columns, values);
	json_decref(list);
	return status;
}

/* values (K (D + 1)): room to read into. */
static gf_status read_values(
	const struct metadata_source *s, const struct layer *first, double *values)
{
	const size_t D = first->inputs, K = first->outputs;

	TRY(read_key(s, "standardized_weight", K, D, values));
	if (!s->model->no_bias)
		TRY(read_key(s, "standardized_bias", 0, K, values + first->bias));
	for (size_t p = 0; p < first->bias + K; p++)
		s->model->standardization.params[p] = standardization_round(values[p]);
	return GF_OK;
}

static gf_status read_params(const struct metadata_source *s)
{
	const struct layer first = first_layer(s->model);
	const size_t count = first.bias + first.outputs;
	double *values = calloc(count, sizeof *values);
	gf_status status;

	if (!values)
		return gf_fail_memory(s->err, count * sizeof *values, "standardized parameters");
	status = read_values(s, &first, values);
	free(values);
	return status;
}

static gf_status check_scale(const struct metadata_source *s)
{
	const double *scale = s->model->standardization.scale;

	for (size_t j = 0; j < s->model->features; j++)
		if (!(scale[j] > 0.0))
			return metadata_refuse(s, "scale",
				": item %zu is %g, wanted a number above 0", j + 1, scale[j]);
	return GF_OK;
}

/* Two programs may round in another order, so that they end at neighbouring floats.  2^-22 of the
 * value and 2^-40 of the terms that a bias is the sum of leave room for that. */
static int is_near(float found, float wanted, double terms)
{
	const double size = fmax(fabs((double)found), fabs((double)wanted));

	return fabs((double)found - (double)wanted) <= 0x1p-22 * size + 0x1p-40 * terms;
}

/* Returns 1 if the parameters of the model's first layer are near folded. */
static int has_params(const gf_model *model, const struct layer *first, const float *folded)
{
	const struct standardization *s = &model->standardization;
	const size_t D = first->inputs;

	for (size_t k = 0; k < first->outputs; k++) {
		const size_t b = first->bias + k;
		double terms = fabs((double)s->params[b]);

		for (size_t j = 0; j < D; j++) {
			const size_t p = k * D + j;

			terms += fabs((double)s->params[p] / s->scale[j] * s->center[j]);
			if (!is_near(model->params[p], folded[p], 0.0))
				return 0;
		}
		if (!is_near(model->params[b], folded[b], terms))
			return 0;
	}
	return 1;
}

static gf_status check_fold(const struct metadata_source *s)
{
	const gf_model *model = s->model;
	const struct standardization *form = &model->standardization;
	const struct layer first = first_layer(model);
	const size_t count = first.bias + first.outputs;
	float *folded = malloc(count * sizeof *folded);
	int same;

	if (!folded)
		return gf_fail_memory(s->err, count * sizeof *folded, "folded parameters");
	fold(form->center, form->scale, &first, form->params, folded);
	same = has_params(model, &first, folded);
	free(folded);
	if (same)
		return GF_OK;
	return gf_fail(s->err, GF_E_DATA,
		"%s: metadata \"standardized_weight\" and \"standardized_bias\" do not give the "
		"tensors: another program changed one of them; without these two, \"center\" and "
		"\"scale\", the file is read by its tensors alone",
		s->path);
}

static int has_standardization(const struct safetensors *file)
{
	static const char *const keys[] = {
		"center", "scale", "standardized_weight", "standardized_bias"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (safetensors_metadata(file, keys[i]))
			return 1;
	return 0;
}

gf_status model_metadata_read_standardization(const struct metadata_source *s)
{
	gf_model *model = s->model;
	struct standardization *form = &model->standardization;

	if (!has_standardization(s->file))
		return GF_OK;
	TRY(allocate(model, s->err));
	TRY(read_key(s, "center", 0, model->features, form->center));
	TRY(read_key(s, "scale", 0, model->features, form->scale));
	TRY(check_scale(s));
	TRY(read_params(s));
	return check_fold(s);
}

/*
 * model_file.c: saves a model as a safetensors file, and loads it.
 *
 *	weight (K, D), bias (K)	are called as in torch.nn.Linear's state_dict.  A model
 *				without a bias has the weight alone, as Linear(bias=False).
 *				When loaded, both may have a prefix, as in "fc1.weight"
 *	metadata		see model_metadata.c
 */
#include "error.h"
#include "model.h"
#include "model_metadata.h"
#include "safetensors.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- saving ---- */

gf_status gf_model_save(const gf_model *model, const char *path, gf_error *err)
{
	struct model_metadata metadata;
	gf_status status;

	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(path, err))
		return GF_E_USAGE;

	size_t D = model->features, K = model->outputs;
	const struct safetensors_tensor tensors[] = {
		{"weight", 2, {K, D}, gf_model_weight(model)},
		{"bias", 1, {K}, gf_model_bias(model)},
	};

	status = model_metadata_make(&metadata, model, path, err);
	if (!status)
		status = safetensors_write(
			path, tensors, model->no_bias ? 1 : 2, metadata.pairs, metadata.count, err);
	model_metadata_free(&metadata);
	return status;
}

/* ---- loading ---- */

/* The tensors of a Linear. */
struct linear {
	const struct safetensors_tensor *weight, *bias; /* bias may be NULL */
};

/* Returns 1 if name is word or ends in ".word". */
static int has_last_word(const char *name, const char *word)
{
	size_t length = strlen(name), tail = strlen(word);

	if (length < tail || strcmp(name + length - tail, word) != 0)
		return 0;
	return length == tail || name[length - tail - 1] == '.';
}

static struct quote_list list_tensors(const struct safetensors *file)
{
	struct quote_list list = {0};

	for (size_t i = 0; i < safetensors_count(file); i++)
		quote_list_add(&list, safetensors_at(file, i)->name);
	if (list.count == 0)
		strcpy(list.text, "none");
	return list;
}

static gf_status find_weight(
	struct linear *linear, const struct safetensors *file, const char *path, gf_error *err)
{
	struct quote_list names = list_tensors(file);

	for (size_t i = 0; i < safetensors_count(file); i++) {
		const struct safetensors_tensor *tensor = safetensors_at(file, i);

		if (!has_last_word(tensor->name, "weight"))
			continue;
		if (linear->weight)
			return gf_fail(err, GF_E_DATA,
				"%s: tensors \"%s\" and \"%s\", wanted a single linear layer", path,
				linear->weight->name, tensor->name);
		linear->weight = tensor;
	}
	if (!linear->weight)
		return gf_fail(err, GF_E_DATA,
			"%s: no tensor \"weight\", nor one whose name ends in \".weight\"; the "
			"tensors are: %s",
			path, quote_list_text(&names));
	return GF_OK;
}

/* Finds the bias with the prefix of the weight.  A model without a bias is a file of one tensor;
 * with more tensors, another one may be meant as the bias, so the file is refused. */
static gf_status find_bias(
	struct linear *linear, const struct safetensors *file, const char *path, gf_error *err)
{
	const char *name = linear->weight->name;
	size_t prefix = strlen(name) - strlen("weight");
	struct quote_list names = list_tensors(file);

	for (size_t i = 0; i < safetensors_count(file) && !linear->bias; i++) {
		const struct safetensors_tensor *tensor = safetensors_at(file, i);

		if (strncmp(tensor->name, name, prefix) == 0 &&
			strcmp(tensor->name + prefix, "bias") == 0)
			linear->bias = tensor;
	}
	if (!linear->bias && safetensors_count(file) == 1)
		return GF_OK;
	if (!linear->bias)
		return gf_fail(err, GF_E_DATA, "%s: no tensor \"%.*sbias\"; the tensors are: %s",
			path, (int)prefix, name, quote_list_text(&names));
	if (safetensors_count(file) != 2)
		return gf_fail(err, GF_E_DATA,
			"%s: %zu tensors, wanted only \"%s\" and \"%s\"; the tensors are: %s", path,
			safetensors_count(file), name, linear->bias->name, quote_list_text(&names));
	return GF_OK;
}

static gf_status check_shapes(const struct linear *linear, const char *path, gf_error *err)
{
	const struct safetensors_tensor *weight = linear->weight, *bias = linear->bias;
	char shape[SAFETENSORS_SHAPE_TEXT];

	if (weight->rank != 2 || weight->shape[0] == 0 || weight->shape[1] == 0)
		return gf_fail(err, GF_E_DATA,
			"%s: tensor \"%s\": shape %s, wanted (outputs, features)", path,
			weight->name, safetensors_shape(weight, shape));
	if (bias && (bias->rank != 1 || bias->shape[0] != weight->shape[0]))
		return gf_fail(err, GF_E_DATA, "%s: tensor \"%s\": shape %s, wanted (%zu)", path,
			bias->name, safetensors_shape(bias, shape), weight->shape[0]);
	return GF_OK;
}

static gf_status check_finite(
	const struct safetensors_tensor *tensor, const char *path, gf_error *err)
{
	size_t columns = tensor->rank == 2 ? tensor->shape[1] : 1;

	for (size_t i = 0; i < tensor->shape[0] * columns; i++) {
		float value = tensor->values[i];
		char place[64];

		if (isfinite(value))
			continue;
		if (tensor->rank == 2)
			snprintf(place, sizeof place, "[%zu][%zu]", i / columns, i % columns);
		else
			snprintf(place, sizeof place, "[%zu]", i);
		return gf_fail(err, GF_E_DATA,
			"%s: tensor \"%s\": %s is %s, wanted a finite number", path, tensor->name,
			place,
			isnan(value) ? "nan"
			: value > 0  ? "inf"
				     : "-inf");
	}
	return GF_OK;
}

/* Makes a model of the tensors. */
static gf_status make_model(
	gf_model **model, const struct linear *linear, const char *path, gf_error *err)
{
	size_t outputs = linear->weight->shape[0], features = linear->weight->shape[1];
	float *params;

	TRY(check_finite(linear->weight, path, err));
	if (linear->bias)
		TRY(check_finite(linear->bias, path, err));
	TRY(model_new(model, features, outputs, err));
	params = (*model)->params;

	memcpy(params, linear->weight->values, outputs * features * sizeof *params);
	(*model)->no_bias = !linear->bias;
	if (linear->bias)
		memcpy(params + outputs * features, linear->bias->values, outputs * sizeof *params);
	return GF_OK;
}

/* *model may be left half-made after an error, for the caller to free. */
static gf_status load(
	gf_model **model, const struct safetensors *file, const char *path, gf_error *err)
{
	struct linear linear = {0};

	TRY(find_weight(&linear, file, path, err));
	TRY(find_bias(&linear, file, path, err));
	TRY(check_shapes(&linear, path, err));
	TRY(make_model(model, &linear, path, err));
	return model_metadata_read(*model, file, path, err);
}

gf_status gf_model_load(gf_model **model, const char *path, gf_error *err)
{
	struct safetensors *file;
	gf_status status;

	error_clear(err);
	if (ERROR_NULL(model, err))
		return GF_E_USAGE;
	*model = NULL;
	if (ERROR_NULL(path, err))
		return GF_E_USAGE;
	TRY(safetensors_read(&file, path, err));
	status = load(model, file, path, err);
	safetensors_free(file);
	if (status) {
		gf_model_free(*model);
		*model = NULL;
	}
	return status;
}

/*
 * model_file.c: a model as a safetensors file.
 *
 *	weight (K, D), bias (K)	as the state_dict of torch.nn.Linear names them; on reading
 *				also behind one prefix, as a module's layer has it ("fc1.weight")
 *	"format"		"pt": says the same to the tools of others
 *	"gpufit_version"	that wrote the file
 *	"loss"			its word
 *	"features", "targets"	names: JSON lists of strings, themselves in a string, since
 *				metadata hold nothing else
 *
 * A file without our metadata is a model too: loss mse, names by number.
 */
#include "catalog.h"
#include "error.h"
#include "json.h"
#include "model.h"
#include "safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- saving ---- */

/* The names as a JSON list; NULL: no memory. */
static char *names_text(char **names, size_t count)
{
	json_t *list = json_array();
	int failed = 0;

	for (size_t i = 0; i < count; i++)
		failed |= json_array_append_new(list, json_text(names[i]));

	char *text = failed ? NULL : json_compact(list);

	json_decref(list);
	return text;
}

gf_status gf_model_save(const gf_model *model, const char *path, gf_error *err)
{
	size_t D = model->features, K = model->outputs;
	char *features = names_text(model->feature_names, D);
	char *targets = names_text(model->target_names, K);
	const struct safetensors_tensor tensors[] = {
		{"weight", 2, {K, D}, gf_model_weight(model)},
		{"bias", 1, {K}, gf_model_bias(model)},
	};
	const struct safetensors_pair metadata[] = {
		{"format", "pt"},
		{"gpufit_version", GF_VERSION},
		{"loss", loss_word(model->loss)},
		{"features", features},
		{"targets", targets},
	};
	gf_status status;

	if (features && targets)
		status = safetensors_write(
			path, tensors, 2, metadata, sizeof metadata / sizeof metadata[0], err);
	else
		status = gf_fail(err, GF_E_MEMORY, "%s: cannot allocate the list of names", path);
	free(features);
	free(targets);
	return status;
}

/* ---- loading ---- */

/* The two tensors of a Linear. */
struct linear {
	const struct safetensors_tensor *weight, *bias;
};

/* Is it word, or does it end in ".word"? */
static int is_called(const char *name, const char *word)
{
	size_t length = strlen(name), tail = strlen(word);

	if (length < tail || strcmp(name + length - tail, word) != 0)
		return 0;
	return length == tail || name[length - tail - 1] == '.';
}

static gf_status find_weight(
	struct linear *linear, const struct safetensors *file, const char *path, gf_error *err)
{
	for (size_t i = 0; i < safetensors_count(file); i++) {
		const struct safetensors_tensor *tensor = safetensors_at(file, i);

		if (!is_called(tensor->name, "weight"))
			continue;
		if (linear->weight)
			return gf_fail(err, GF_E_DATA,
				"%s: tensors \"%s\" and \"%s\", wanted a single linear layer", path,
				linear->weight->name, tensor->name);
		linear->weight = tensor;
	}
	if (!linear->weight)
		return gf_fail(err, GF_E_DATA, "%s: no tensor \"weight\"", path);
	return GF_OK;
}

/* The bias that goes with the weight: of the same prefix. */
static gf_status find_bias(
	struct linear *linear, const struct safetensors *file, const char *path, gf_error *err)
{
	const char *name = linear->weight->name;
	size_t prefix = strlen(name) - strlen("weight");

	for (size_t i = 0; i < safetensors_count(file) && !linear->bias; i++) {
		const struct safetensors_tensor *tensor = safetensors_at(file, i);

		if (strncmp(tensor->name, name, prefix) == 0 &&
			strcmp(tensor->name + prefix, "bias") == 0)
			linear->bias = tensor;
	}
	if (!linear->bias)
		return gf_fail(
			err, GF_E_DATA, "%s: no tensor \"%.*sbias\"", path, (int)prefix, name);
	if (safetensors_count(file) != 2)
		return gf_fail(err, GF_E_DATA, "%s: %zu tensors, wanted only \"%s\" and \"%s\"",
			path, safetensors_count(file), name, linear->bias->name);
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
	if (bias->rank != 1 || bias->shape[0] != weight->shape[0])
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

static gf_status take_params(
	gf_model **model, const struct linear *linear, const char *path, gf_error *err)
{
	size_t outputs = linear->weight->shape[0], features = linear->weight->shape[1];
	gf_status status = check_finite(linear->weight, path, err);

	if (!status)
		status = check_finite(linear->bias, path, err);
	if (!status)
		status = model_new(model, features, outputs, err);
	if (status)
		return status;

	float *params = (*model)->params;

	memcpy(params, linear->weight->values, outputs * features * sizeof *params);
	memcpy(params + outputs * features, linear->bias->values, outputs * sizeof *params);
	return GF_OK;
}

#define SPACED(word, help) " " #word

static gf_status take_loss(
	gf_model *model, const struct safetensors *file, const char *path, gf_error *err)
{
	const char *word = safetensors_metadata(file, "loss");

	if (word && !loss_parse(word, &model->loss))
		return gf_fail(err, GF_E_DATA,
			"%s: metadata \"loss\" is \"%s\", wanted one of:" GF_LOSS_LIST(SPACED),
			path, word);
	return GF_OK;
}

/* Fills names (count) from that key, where it is there. */
static gf_status take_names(char **names, size_t count, const struct safetensors *file,
	const char *key, const char *path, gf_error *err)
{
	const char *text = safetensors_metadata(file, key);
	json_t *list = text ? json_loads(text, 0, NULL) : NULL;
	gf_status status = GF_OK;

	if (text && !json_is_array(list))
		status = gf_fail(err, GF_E_DATA, "%s: metadata \"%s\" is not a JSON list: %s", path,
			key, text);
	else if (list && json_array_size(list) != count)
		status = gf_fail(err, GF_E_DATA, "%s: metadata \"%s\" has %zu names, wanted %zu",
			path, key, json_array_size(list), count);
	for (size_t i = 0; list && !status && i < count; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		status = name ? model_set_name(&names[i], name, err)
			      : gf_fail(err, GF_E_DATA,
					"%s: metadata \"%s\": name %zu is not a string", path, key,
					i + 1);
	}
	json_decref(list);
	return status;
}

static gf_status take_metadata(
	gf_model *model, const struct safetensors *file, const char *path, gf_error *err)
{
	gf_status status = take_loss(model, file, path, err);

	model->named = safetensors_metadata(file, "features") != NULL;
	if (!status)
		status = take_names(
			model->feature_names, model->features, file, "features", path, err);
	if (!status)
		status =
			take_names(model->target_names, model->outputs, file, "targets", path, err);
	return status;
}

gf_status gf_model_load(gf_model **result, const char *path, gf_error *err)
{
	struct safetensors *file;
	struct linear linear = {0};
	gf_model *model = NULL;
	gf_status status = safetensors_read(&file, path, err);

	*result = NULL;
	if (!status)
		status = find_weight(&linear, file, path, err);
	if (!status)
		status = find_bias(&linear, file, path, err);
	if (!status)
		status = check_shapes(&linear, path, err);
	if (!status)
		status = take_params(&model, &linear, path, err);
	if (!status)
		status = take_metadata(model, file, path, err);
	safetensors_free(file);
	if (status)
		gf_model_free(model);
	else
		*result = model;
	return status;
}

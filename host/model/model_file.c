/*
 * model_file.c: saves a model as a safetensors file, and loads it.
 *
 *	weight (K, D), bias (K)	are called as in torch.nn.Linear's state_dict.  A model
 *				without a bias has the weight alone, as Linear(bias=False).
 *				When loaded, both may have a prefix, as in "fc1.weight"
 *	0.weight (H, D), 0.bias (H), 2.weight (K, H), 2.bias (K)
 *				are a network with a hidden layer of H units, called as in the
 *				state_dict of nn.Sequential(nn.Linear(D, H), nn.Tanh(),
 *				nn.Linear(H, K)); more layers follow as 4.weight, ...  When
 *				loaded, all may have a prefix, as in "net.0.weight"
 *	metadata		see model_metadata.c
 */
#include "error.h"
#include "model.h"
#include "model_metadata.h"
#include "safetensors.h"
#include "text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LAYER_NAME = 32 };

/* "2.weight" for layer 1 and word "weight". */
static void layer_name(size_t layer, const char *word, char name[LAYER_NAME])
{
	snprintf(name, LAYER_NAME, "%zu.%s", 2 * layer, word);
}

/* ---- saving ---- */

/* The tensors of a model, in the order of its parameters. */
struct tensors {
	struct safetensors_tensor list[2 * NETWORK_LAYERS];
	size_t count;
	char names[2 * NETWORK_LAYERS][LAYER_NAME];
};

/* word: "weight" or "bias" */
static void add_tensor(struct tensors *t, const gf_model *model, size_t layer, const char *word,
	struct safetensors_tensor tensor)
{
	char *name = t->names[t->count];

	if (model->hidden.count)
		layer_name(layer, word, name);
	else
		strcpy(name, word);
	tensor.name = name;
	t->list[t->count++] = tensor;
}

static void list_parameters(struct tensors *t, const gf_model *model)
{
	const struct network network = model_network(model);

	t->count = 0;
	for (size_t i = 0; i < network.count; i++) {
		const struct layer *l = &network.layers[i];

		add_tensor(t, model, i, "weight",
			(struct safetensors_tensor){.rank = 2,
				.shape = {l->outputs, l->inputs},
				.values = model->params + l->weight});
		if (!model->no_bias)
			add_tensor(t, model, i, "bias",
				(struct safetensors_tensor){.rank = 1,
					.shape = {l->outputs},
					.values = model->params + l->bias});
	}
}

gf_status gf_model_save(const gf_model *model, const char *path, gf_error *err)
{
	struct model_metadata metadata;
	struct tensors tensors;
	gf_status status;

	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(path, err))
		return GF_E_USAGE;
	list_parameters(&tensors, model);
	status = model_metadata_make(&metadata, model, path, err);
	if (!status)
		status = safetensors_write(
			path, tensors.list, tensors.count, metadata.pairs, metadata.count, err);
	model_metadata_free(&metadata);
	return status;
}

/* ---- loading ---- */

/* The tensors of a model's layers in a file; all members are borrowed. */
struct layers {
	const struct safetensors *file;
	const char *path;
	gf_error *err;
	const struct safetensors_tensor *weight[NETWORK_LAYERS]; /* (count) */
	const struct safetensors_tensor *bias[NETWORK_LAYERS];   /* (count); NULL: it has none */
	size_t count;
};

/* Returns the length of what precedes the word in name, which is word or ends in ".word"; SIZE_MAX:
 * it does not. */
static size_t before_last_word(const char *name, const char *word)
{
	size_t length = strlen(name), tail = strlen(word);

	if (length < tail || strcmp(name + length - tail, word) != 0)
		return SIZE_MAX;
	return length == tail || name[length - tail - 1] == '.' ? length - tail : SIZE_MAX;
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

/* The first tensor whose name is word or ends in ".word", from tensor *i on, which moves behind it;
 * NULL: there is none. */
static const struct safetensors_tensor *next_named(
	const struct safetensors *file, size_t *i, const char *word)
{
	while (*i < safetensors_count(file)) {
		const struct safetensors_tensor *tensor = safetensors_at(file, (*i)++);

		if (before_last_word(tensor->name, word) != SIZE_MAX)
			return tensor;
	}
	return NULL;
}

/* The tensor whose name is the first `prefix` characters of `of` and then word. */
static const struct safetensors_tensor *find_beside(
	const struct safetensors *file, const char *of, size_t prefix, const char *word)
{
	for (size_t i = 0; i < safetensors_count(file); i++) {
		const struct safetensors_tensor *tensor = safetensors_at(file, i);

		if (strncmp(tensor->name, of, prefix) == 0 &&
			strcmp(tensor->name + prefix, word) == 0)
			return tensor;
	}
	return NULL;
}

/* ---- a linear model ---- */

/* Finds the bias with the prefix of the weight.  A model without a bias is a file of one tensor;
 * with more tensors, another one may be meant as the bias, so the file is refused. */
static gf_status find_linear(struct layers *l, const struct safetensors_tensor *weight)
{
	const char *name = weight->name;
	size_t prefix = strlen(name) - strlen("weight");
	struct quote_list names = list_tensors(l->file);

	l->count = 1;
	l->weight[0] = weight;
	l->bias[0] = find_beside(l->file, name, prefix, "bias");
	if (!l->bias[0] && safetensors_count(l->file) == 1)
		return GF_OK;
	if (!l->bias[0])
		return gf_fail(l->err, GF_E_DATA, "%s: no tensor \"%.*sbias\"; the tensors are: %s",
			l->path, (int)prefix, name, quote_list_text(&names));
	if (safetensors_count(l->file) != 2)
		return gf_fail(l->err, GF_E_DATA,
			"%s: %zu tensors, wanted only \"%s\" and \"%s\"; the tensors are: %s",
			l->path, safetensors_count(l->file), name, l->bias[0]->name,
			quote_list_text(&names));
	return GF_OK;
}

/* ---- a network ---- */

static int is_in_layers(const struct layers *l, const struct safetensors_tensor *tensor)
{
	for (size_t i = 0; i < l->count; i++)
		if (tensor == l->weight[i] || tensor == l->bias[i])
			return 1;
	return 0;
}

/* Refuses tensors that are not of the layers, which would be left out silently. */
static gf_status check_all_used(const struct layers *l)
{
	for (size_t i = 0; i < safetensors_count(l->file); i++) {
		const struct safetensors_tensor *tensor = safetensors_at(l->file, i);

		if (!is_in_layers(l, tensor))
			return gf_fail(l->err, GF_E_DATA,
				"%s: tensor \"%s\": wanted only linear layers as the modules 0, "
				"2, 4, ... of an nn.Sequential, at most %d, with an activation "
				"between them; \"%s\" is the last that was found",
				l->path, tensor->name, NETWORK_LAYERS,
				l->weight[l->count - 1]->name);
	}
	return GF_OK;
}

static gf_status check_biases(const struct layers *l)
{
	for (size_t i = 1; i < l->count; i++) {
		const size_t with = l->bias[0] ? 0 : i, without = l->bias[0] ? i : 0;

		if (!l->bias[0] != !l->bias[i])
			return gf_fail(l->err, GF_E_DATA,
				"%s: \"%s\" has no bias, but \"%s\" has one, wanted one for every "
				"layer or for none",
				l->path, l->weight[without]->name, l->weight[with]->name);
	}
	return GF_OK;
}

/* first: the weight of module 0 */
static gf_status find_network(struct layers *l, const struct safetensors_tensor *first)
{
	const size_t prefix = before_last_word(first->name, "0.weight");

	for (l->count = 0; l->count < NETWORK_LAYERS; l->count++) {
		char weight[LAYER_NAME], bias[LAYER_NAME];

		layer_name(l->count, "weight", weight);
		layer_name(l->count, "bias", bias);
		l->weight[l->count] = find_beside(l->file, first->name, prefix, weight);
		l->bias[l->count] = find_beside(l->file, first->name, prefix, bias);
		if (!l->weight[l->count])
			break;
	}
	TRY(check_all_used(l));
	return check_biases(l);
}

static gf_status find_layers(struct layers *l)
{
	size_t of_weight = 0, of_first = 0;
	const struct safetensors_tensor *weight = next_named(l->file, &of_weight, "weight");
	const struct safetensors_tensor *second = next_named(l->file, &of_weight, "weight");
	const struct safetensors_tensor *first = next_named(l->file, &of_first, "0.weight");
	struct quote_list names = list_tensors(l->file);

	if (!weight)
		return gf_fail(l->err, GF_E_DATA,
			"%s: no tensor \"weight\", nor one whose name ends in \".weight\"; the "
			"tensors are: %s",
			l->path, quote_list_text(&names));
	if (!second)
		return find_linear(l, weight);
	if (!first)
		return gf_fail(l->err, GF_E_DATA,
			"%s: tensors \"%s\" and \"%s\", wanted a single linear layer, or the "
			"layers of an nn.Sequential, \"0.weight\", \"2.weight\", ...",
			l->path, weight->name, second->name);
	return find_network(l, first);
}

/* ---- shapes and numbers ---- */

static gf_status check_bias(const struct layers *l, size_t layer)
{
	const struct safetensors_tensor *weight = l->weight[layer], *bias = l->bias[layer];
	char shape[SAFETENSORS_SHAPE_TEXT];

	if (bias && (bias->rank != 1 || bias->shape[0] != weight->shape[0]))
		return gf_fail(l->err, GF_E_DATA, "%s: tensor \"%s\": shape %s, wanted (%zu)",
			l->path, bias->name, safetensors_shape(bias, shape), weight->shape[0]);
	return GF_OK;
}

static gf_status check_shapes(const struct layers *l, size_t layer)
{
	const struct safetensors_tensor *weight = l->weight[layer];
	const struct safetensors_tensor *before = layer ? l->weight[layer - 1] : NULL;
	char shape[SAFETENSORS_SHAPE_TEXT];

	if (weight->rank != 2 || weight->shape[0] == 0 || weight->shape[1] == 0)
		return gf_fail(l->err, GF_E_DATA,
			"%s: tensor \"%s\": shape %s, wanted (outputs, %s)", l->path, weight->name,
			safetensors_shape(weight, shape), layer ? "inputs" : "features");
	if (before && weight->shape[1] != before->shape[0])
		return gf_fail(l->err, GF_E_DATA,
			"%s: tensor \"%s\": shape %s, wanted (outputs, %zu): \"%s\" has %zu "
			"outputs",
			l->path, weight->name, safetensors_shape(weight, shape), before->shape[0],
			before->name, before->shape[0]);
	return check_bias(l, layer);
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

static gf_status check_layers(const struct layers *l)
{
	for (size_t i = 0; i < l->count; i++)
		TRY(check_shapes(l, i));
	for (size_t i = 0; i < l->count; i++) {
		TRY(check_finite(l->weight[i], l->path, l->err));
		if (l->bias[i])
			TRY(check_finite(l->bias[i], l->path, l->err));
	}
	return GF_OK;
}

/* ---- the model ---- */

static gf_status new_model(gf_model **model, const struct layers *l)
{
	const struct safetensors_tensor *last = l->weight[l->count - 1];
	/* A file may not say which activation it is; then the metadata leave this. */
	struct hidden hidden = {.count = l->count - 1, .activation = GF_ACTIVATION_COUNT};

	for (size_t i = 0; i < hidden.count; i++)
		hidden.widths[i] = l->weight[i]->shape[0];
	if (hidden.count == 0)
		hidden.activation = GF_ACTIVATION_relu;
	return model_new_network(model, l->weight[0]->shape[1], &hidden, last->shape[0], l->err);
}

static gf_status make_model(gf_model **model, const struct layers *l)
{
	struct network network;

	TRY(check_layers(l));
	TRY(new_model(model, l));
	network = model_network(*model);
	(*model)->no_bias = !l->bias[0];
	for (size_t i = 0; i < l->count; i++) {
		const struct layer *layer = &network.layers[i];
		float *params = (*model)->params;

		memcpy(params + layer->weight, l->weight[i]->values,
			layer->outputs * layer->inputs * sizeof *params);
		if (l->bias[i])
			memcpy(params + layer->bias, l->bias[i]->values,
				layer->outputs * sizeof *params);
	}
	return GF_OK;
}

/* *model may be left half-made after an error, for the caller to free. */
static gf_status load(
	gf_model **model, const struct safetensors *file, const char *path, gf_error *err)
{
	struct layers layers = {.file = file, .path = path, .err = err};

	TRY(find_layers(&layers));
	TRY(make_model(model, &layers));
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

/*
 * model_metadata.c: what a model knows beside its parameters, as the metadata of its file.  The
 * values of metadata are strings, so numbers and lists are JSON in a string.
 *
 *	"format"		"pt", which tells other tools that the tensors are PyTorch's
 *	"gpufit_version"	the version that wrote the file
 *	"loss"			its word
 *	"delta", "beta", ...	the loss's parameter, if it has one
 *	"activation"		of a network: its word
 *	"negative_slope"	of leaky_relu
 *	"features", "targets"	names: ["size","color=red"]
 *	"classes"		labels by class index: ["no","yes"]
 *	"index_base"		0 or 1, the first index of training data in svmlight
 *	"missing"		what was done with missing values: its word
 *	"columns"		the columns of the training data, in the order of their features:
 *				[{"name":"size","mean":3},
 *				 {"name":"color","words":["blue","red"]}]
 *				where they are known also with "mean", "most", the most common
 *				number or word, and "absent", the word for a missing one
 *	"center", ...		standardization.c
 *	"prediction_interval"	interval.c
 *
 * A file without them gives a model of loss mse, with names by number, each feature a number.  The
 * activation of a network is then not known, since PyTorch's state_dict does not say it.
 */
#include "model_metadata.h"
#include "error.h"
#include "json.h"
#include "texts.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- saving ---- */

static void add(struct model_metadata *m, const char *key, const char *value)
{
	m->pairs[m->count++] = (struct safetensors_pair){key, value};
}

int model_metadata_add(struct model_metadata *m, const char *key, char *text)
{
	if (!text)
		return -1;
	m->owned[m->owned_count++] = text;
	add(m, key, text);
	return 0;
}

/* Takes ownership of json.  Returns -1 where there is no memory. */
static int add_json(struct model_metadata *m, const char *key, json_t *json)
{
	char *text = json_compact(json);

	json_decref(json);
	return model_metadata_add(m, key, text);
}

/* Functions that make JSON return NULL where there is no memory. */

static json_t *names_json(char *const *names, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < count; i++)
		list = json_append(list, json_text(names[i]));
	return list;
}

static json_t *column_json(const struct encoding *encoding, size_t i)
{
	const struct encoded *column = &encoding->columns[i];
	json_t *json = json_object();
	int failed = json_object_set_new(json, "name", json_text(encoding->names[i]));

	if (column->words)
		failed |= json_object_set_new(
			json, "words", names_json(column->words, column->count));
	if (column->frequent)
		failed |= json_object_set_new(
			json, "most", json_text(column->words[column->frequent - 1]));
	if (column->absent)
		failed |= json_object_set_new(
			json, "absent", json_text(column->words[column->absent - 1]));
	if (!column->words && !isnan(column->mean))
		failed |= json_object_set_new(json, "mean", json_number((double)column->mean));
	if (!column->words && !isnan(column->most))
		failed |= json_object_set_new(json, "most", json_number((double)column->most));
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *columns_json(const struct encoding *encoding)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < encoding->count; i++)
		list = json_append(list, column_json(encoding, i));
	return list;
}

static int add_number(struct model_metadata *m, const char *key, double value)
{
	json_t *number = json_real(value);
	char text[64] = ""; /* seventeen digits at most */

	json_dumpb(number, text, sizeof text - 1, JSON_ENCODE_ANY);
	json_decref(number);
	return model_metadata_add(m, key, text[0] ? strdup(text) : NULL);
}

static int add_parameter(struct model_metadata *m, const gf_model *model)
{
	struct loss_parameters parameters = model->parameters;
	double *value;
	const char *word = loss_parameter(model->loss, &parameters, &value);

	return word ? add_number(m, word, *value) : 0;
}

static int add_activation(struct model_metadata *m, const struct hidden *hidden)
{
	if (hidden->count == 0 || hidden->activation == GF_ACTIVATION_COUNT)
		return 0;
	add(m, "activation", activation_word(hidden->activation));
	if (hidden->activation != GF_ACTIVATION_leaky_relu)
		return 0;
	return add_number(m, "negative_slope", hidden->negative_slope);
}

gf_status model_metadata_make(
	struct model_metadata *m, const gf_model *model, const char *path, gf_error *err)
{
	int failed;

	*m = (struct model_metadata){0};
	add(m, "format", "pt");
	add(m, "gpufit_version", GF_VERSION);
	add(m, "loss", loss_word(model->loss));
	failed = add_parameter(m, model);
	failed |= add_activation(m, &model->hidden);
	failed |= add_json(m, "features", names_json(model->feature_names, model->features));
	failed |= add_json(m, "targets", names_json(model->target_names, model->targets));
	if (model->classes)
		failed |= add_json(m, "classes", names_json(model->class_names, model->classes));
	failed |= model_metadata_add_offset(m, model);
	if (model->index_base)
		add(m, "index_base", model->index_base == INDEX_BASE_0 ? "0" : "1");
	if (model->encoding.count) {
		add(m, "missing", missing_word(model->encoding.missing));
		failed |= add_json(m, "columns", columns_json(&model->encoding));
	}
	failed |= model_metadata_add_standardization(m, model);
	failed |= model_metadata_add_interval(m, model);
	return failed ? gf_fail(err, GF_E_MEMORY, "%s: cannot allocate the list of names", path)
		      : GF_OK;
}

void model_metadata_free(struct model_metadata *m)
{
	for (size_t i = 0; i < m->owned_count; i++)
		free(m->owned[i]);
	*m = (struct model_metadata){0};
}

/* ---- loading ---- */

/* In parentheses, so that the macro of this name leaves the definition alone. */
gf_status(metadata_refuse)(
	const struct metadata_source *s, const char *key, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return gf_fail(s->err, GF_E_DATA, "%s: metadata \"%s\"%s", s->path, key, text);
}

static gf_status read_loss(const struct metadata_source *s)
{
	const char *word = safetensors_metadata(s->file, "loss");

	if (word && !loss_parse(word, &s->model->loss))
		return metadata_refuse(
			s, "loss", " is \"%s\", wanted one of:" GF_LOSS_LIST(SPACED_WORD), word);
	return GF_OK;
}

static int parameter_possible(gf_loss loss, double value)
{
	return range_has(loss_of(loss)->parameter_range, value) && value <= (double)FLT_MAX;
}

/* Sets *number if the file has the key: NaN if its text is no number.  Returns the text or NULL. */
static const char *read_number(const struct metadata_source *s, const char *key, double *number)
{
	const char *text = safetensors_metadata(s->file, key);
	json_t *json = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

	if (text)
		*number = json_is_number(json) ? json_number_value(json) : (double)NAN;
	json_decref(json);
	return text;
}

static gf_status read_parameter(const struct metadata_source *s)
{
	double *value, found;
	const char *word = loss_parameter(s->model->loss, &s->model->parameters, &value);
	const char *text = word ? read_number(s, word, &found) : NULL;

	if (!text)
		return GF_OK;
	if (!parameter_possible(s->model->loss, found))
		return metadata_refuse(s, word, " is \"%s\", which is not a %s of %s", text, word,
			loss_word(s->model->loss));
	*value = found;
	return GF_OK;
}

static gf_status read_activation(const struct metadata_source *s)
{
	struct hidden *hidden = &s->model->hidden;
	const char *word = safetensors_metadata(s->file, "activation"), *slope;

	if (hidden->count == 0 || !word)
		return GF_OK;
	if (!activation_parse(word, &hidden->activation))
		return metadata_refuse(s, "activation",
			" is \"%s\", wanted one of:" GF_ACTIVATION_LIST(SPACED_WORD), word);
	hidden->negative_slope = HIDDEN_NEGATIVE_SLOPE;
	slope = read_number(s, "negative_slope", &hidden->negative_slope);
	if (slope && !(fabs(hidden->negative_slope) <= (double)FLT_MAX))
		return metadata_refuse(s, "negative_slope",
			" is \"%s\", which is not a number that a float can hold", slope);
	return GF_OK;
}

/* *list: the key's list, for the caller to free; NULL if the file does not have the key. */
static gf_status load_list(const struct metadata_source *s, const char *key, json_t **list)
{
	const char *text = safetensors_metadata(s->file, key);

	*list = text ? json_loads(text, 0, NULL) : NULL;
	if (!text || json_is_array(*list))
		return GF_OK;
	json_decref(*list);
	*list = NULL;
	return metadata_refuse(s, key, " is not a JSON list: %s", text);
}

/* Sets names (count) to the list's strings; messages call one of them noun. */
static gf_status copy_strings(const struct metadata_source *s, const char *key, const json_t *list,
	const char *noun, char **names)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name)
			return metadata_refuse(s, key, ": %s %zu is not a string", noun, i + 1);
		TRY(name_set(&names[i], name, s->err));
	}
	return GF_OK;
}

/* Copies the list's strings to *names (*count), for the caller to free; NULL after an error. */
static gf_status copy_list(const struct metadata_source *s, const char *key, const json_t *list,
	const char *noun, char ***names, size_t *count)
{
	gf_status status;

	*count = json_array_size(list);
	*names = calloc(*count + 1, sizeof **names);
	if (!*names)
		return gf_fail_memory(s->err, *count * sizeof **names, "names");
	status = copy_strings(s, key, list, noun, *names);
	if (status) {
		names_free(*names, *count);
		*names = NULL;
	}
	return status;
}

/* Replaces names (wanted) by the key's, if the file has it. */
static gf_status read_names(
	const struct metadata_source *s, const char *key, char ***names, size_t wanted)
{
	char **found;
	size_t count;
	json_t *list;
	gf_status status;

	TRY(load_list(s, key, &list));
	if (!list)
		return GF_OK;
	status = copy_list(s, key, list, "name", &found, &count);
	json_decref(list);
	TRY(status);
	if (count != wanted) {
		names_free(found, count);
		return metadata_refuse(s, key, " has %zu names, wanted %zu", count, wanted);
	}
	names_free(*names, wanted);
	*names = found;
	return GF_OK;
}

/* ---- classes ---- */

/* The classes of the model's loss; 0: it has none. */
static size_t classes_wanted(const gf_model *model)
{
	if (!loss_takes_classes(model->loss))
		return 0;
	return loss_targets(model->loss) == TARGETS_CLASSES ? model->outputs : 2;
}

/* list: the labels, or NULL. */
static gf_status set_classes(const struct metadata_source *s, const json_t *list)
{
	gf_model *model = s->model;
	size_t wanted = classes_wanted(model);

	if (loss_targets(model->loss) == TARGETS_TWO_CLASSES && model->outputs != 1)
		return gf_fail(s->err, GF_E_DATA, "%s: %zu outputs; %s has one, of two classes",
			s->path, model->outputs, loss_word(model->loss));
	if (!list)
		return model_number_classes(model, s->err);
	if (json_array_size(list) != wanted || wanted < 2)
		return metadata_refuse(s, "classes", " has %zu names; %s with %zu outputs has %zu",
			json_array_size(list), loss_word(model->loss), model->outputs, wanted);
	return copy_list(s, "classes", list, "name", &model->class_names, &model->classes);
}

static gf_status read_classes(const struct metadata_source *s)
{
	json_t *list;
	gf_status status;

	TRY(load_list(s, "classes", &list));
	status = set_classes(s, list);
	json_decref(list);
	return status;
}

/* ---- columns ---- */

/* If the column has the key, which names one of its words: *place becomes the word's index + 1. */
static gf_status read_word_place(const struct metadata_source *s, const json_t *json,
	const char *key, const struct encoded *column, size_t *place)
{
	const json_t *word = json_object_get(json, key);
	const char *text = json_string_value(word);

	for (size_t i = 0; text && !*place && i < column->count; i++)
		if (strcmp(column->words[i], text) == 0)
			*place = i + 1;
	if (!word || *place)
		return GF_OK;
	return metadata_refuse(s, "columns", ": \"%s\" is not one of its words", key);
}

static gf_status read_words(
	const struct metadata_source *s, const json_t *json, struct encoded *column)
{
	const json_t *list = json_object_get(json, "words");

	if (!json_is_array(list) || json_array_size(list) == 0)
		return metadata_refuse(s, "columns", ": \"words\" is not a list of words");
	TRY(copy_list(s, "columns", list, "word", &column->words, &column->count));
	TRY(read_word_place(s, json, "most", column, &column->frequent));
	return read_word_place(s, json, "absent", column, &column->absent);
}

/* Reads a column's "mean" or "most".  Older versions did not write it if it was not needed. */
static gf_status read_fill(const struct metadata_source *s, const json_t *json, const char *key,
	int needed, float *fill)
{
	const json_t *number = json_object_get(json, key);
	float value = json_is_number(number) ? (float)json_number_value(number) : NAN;

	if (!number && !needed)
		return GF_OK;
	if (!isfinite(value))
		return metadata_refuse(
			s, "columns", ": \"%s\" is not a number that a float can hold", key);
	*fill = value;
	return GF_OK;
}

static gf_status read_fills(
	const struct metadata_source *s, const json_t *json, struct encoded *column)
{
	gf_missing missing = s->model->encoding.missing;
	int mean = missing == GF_MISSING_mean || missing == GF_MISSING_category;

	TRY(read_fill(s, json, "mean", mean, &column->mean));
	return read_fill(s, json, "most", missing == GF_MISSING_most, &column->most);
}

static gf_status read_column(const struct metadata_source *s, const json_t *json, size_t i)
{
	struct encoding *encoding = &s->model->encoding;
	struct encoded *column = &encoding->columns[i];
	const char *name = json_string_value(json_object_get(json, "name"));
	const json_t *words = json_object_get(json, "words");

	if (!name)
		return metadata_refuse(s, "columns", ": column %zu has no name", i + 1);
	TRY(name_set(&encoding->names[i], name, s->err));
	return words ? read_words(s, json, column) : read_fills(s, json, column);
}

static gf_status read_index_base(const struct metadata_source *s)
{
	const char *word = safetensors_metadata(s->file, "index_base");

	if (word && strcmp(word, "0") != 0 && strcmp(word, "1") != 0)
		return metadata_refuse(s, "index_base", " is \"%s\", wanted 0 or 1", word);
	if (word)
		s->model->index_base = *word == '0' ? INDEX_BASE_0 : INDEX_BASE_1;
	return GF_OK;
}

static gf_status read_missing(const struct metadata_source *s)
{
	const char *word = safetensors_metadata(s->file, "missing");

	if (word && !missing_parse(word, &s->model->encoding.missing))
		return metadata_refuse(s, "missing",
			" is \"%s\", wanted one of:" GF_MISSING_LIST(SPACED_WORD), word);
	if (s->model->encoding.missing == GF_MISSING_auto)
		s->model->encoding.missing = GF_MISSING_error;
	return GF_OK;
}

static gf_status set_columns(const struct metadata_source *s, const json_t *list)
{
	struct encoding *encoding = &s->model->encoding;

	TRY(encoding_alloc(encoding, json_array_size(list), s->err));
	TRY(read_missing(s));
	for (size_t i = 0; i < encoding->count; i++)
		TRY(read_column(s, json_array_get(list, i), i));
	if (encoding_features(encoding) != s->model->features)
		return metadata_refuse(s, "columns", " makes %zu features, wanted %zu",
			encoding_features(encoding), s->model->features);
	return GF_OK;
}

static gf_status read_columns(const struct metadata_source *s)
{
	json_t *list;
	gf_status status = GF_OK;

	TRY(load_list(s, "columns", &list));
	if (list)
		status = set_columns(s, list);
	json_decref(list);
	return status;
}

gf_status model_metadata_read(
	gf_model *model, const struct safetensors *file, const char *path, gf_error *err)
{
	const struct metadata_source s = {model, file, path, err};

	model->named = safetensors_metadata(file, "features") != NULL;
	TRY(read_loss(&s));
	TRY(read_parameter(&s));
	TRY(read_activation(&s));
	TRY(model_settle_targets(model, err));
	TRY(read_names(&s, "features", &model->feature_names, model->features));
	TRY(read_names(&s, "targets", &model->target_names, model->targets));
	TRY(read_classes(&s));
	TRY(read_index_base(&s));
	TRY(model_metadata_read_offset(&s));
	TRY(read_columns(&s));
	TRY(model_metadata_read_standardization(&s));
	return model_metadata_read_interval(&s);
}

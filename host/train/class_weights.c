#include "class_weights.h"
#include "error.h"
#include "text.h"
#include "texts.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- a list of weights ---- */

struct item {
	struct slice name;
	int quoted; /* 1: each quote in the name is doubled */
	double weight;
};

/* Returns what follows the name and its =; NULL: there is no name, or no =. */
static const char *take_quoted(struct item *item, const char *text)
{
	const char *end = text + 1;

	while (*end && (*end != '"' || end[1] == '"'))
		end += *end == '"' ? 2 : 1;
	item->name = (struct slice){text + 1, (size_t)(end - text) - 1};
	return *end && end[1] == '=' ? end + 2 : NULL;
}

/* A name may contain =, so that the last one counts. */
static const char *take_bare(struct item *item, const char *text)
{
	size_t length = strcspn(text, ",");

	while (length > 0 && text[length] != '=')
		length--;
	item->name = (struct slice){text, length};
	return length > 0 ? text + length + 1 : NULL;
}

/* A weight that a float cannot hold would become 0 or infinite on the device. */
static int is_weight(double w)
{
	return w == 0.0 || (w >= (double)FLT_MIN && w <= (double)FLT_MAX);
}

/* Returns what follows the item that list begins with and its comma; NULL: it is no item. */
static const char *take_item(struct item *item, const char *list)
{
	char number[NUMBER_TEXT_ROOM] = "";
	const char *text;
	size_t length;

	item->quoted = list[0] == '"';
	text = item->quoted ? take_quoted(item, list) : take_bare(item, list);
	if (!text)
		return NULL;
	length = strcspn(text, ",");
	if (length >= sizeof number || (text[length] && !text[length + 1]))
		return NULL;
	memcpy(number, text, length);
	if (!number_text_parse(number, &item->weight) || !is_weight(item->weight))
		return NULL;
	return text + length + (text[length] == ',');
}

static int item_is(const struct item *item, const char *name)
{
	const struct slice own = item->name;
	size_t i;

	for (i = 0; i < own.length; i++) {
		if (*name++ != own.at[i])
			return 0;
		i += item->quoted && own.at[i] == '"';
	}
	return *name == '\0';
}

gf_status class_weights_check(const char *list, gf_error *err)
{
	struct item item;
	const char *next;

	if (strpbrk(list, "\r\n"))
		return gf_fail(err, GF_E_USAGE,
			"class_weight %s: a line break; a class whose name has one takes no weight",
			quote_text(list).text);
	do {
		next = take_item(&item, list);
		if (!next)
			return gf_fail(err, GF_E_USAGE,
				"class_weight %s: wanted a class, = and its weight, 0 or a number "
				"above, as in a=2,b=1",
				quote_text(list).text);
		list = next;
	} while (*list);
	return GF_OK;
}

/* ---- names of classes ---- */

static gf_status refuse_name(
	const struct item *item, char *const *names, size_t classes, gf_error *err)
{
	struct quote_list list = {0};
	size_t i;

	for (i = 0; i < classes; i++)
		quote_list_add(&list, names[i]);
	return gf_fail(err, GF_E_USAGE, "class_weight: there is no class %s; the classes are %s",
		quote_of(item->name.at, item->name.length).text, quote_list_text(&list));
}

static gf_status set_named(
	const struct item *item, char *const *names, size_t classes, float *weights, gf_error *err)
{
	size_t i;

	for (i = 0; i < classes && !item_is(item, names[i]);)
		i++;
	if (i == classes)
		return refuse_name(item, names, classes, err);
	if (!isnan(weights[i]))
		return gf_fail(err, GF_E_USAGE, "class_weight: the class %s has two weights",
			quote_text(names[i]).text);
	weights[i] = (float)item->weight;
	return GF_OK;
}

/* Until a class has a weight, NaN stands for it. */
static gf_status weigh_named(
	const char *list, char *const *names, size_t classes, float *weights, gf_error *err)
{
	struct item item;
	float sum = 0.0f;
	size_t i;

	for (i = 0; i < classes; i++)
		weights[i] = NAN;
	while (list && *list) {
		list = take_item(&item, list);
		TRY(set_named(&item, names, classes, weights, err));
	}
	for (i = 0; i < classes; i++) {
		weights[i] = isnan(weights[i]) ? 1.0f : weights[i];
		sum += weights[i];
	}
	if (sum == 0.0f)
		return gf_fail(err, GF_E_USAGE, "class_weight: all classes weigh 0");
	return GF_OK;
}

/* Classes without names are called by their targets. */
static gf_status weigh_by_list(const gf_dataset *data, const gf_config *config, size_t classes,
	float *weights, gf_error *err)
{
	const int signs = loss_targets(config->loss) == TARGETS_TWO_CLASSES;
	char **numbers = NULL;
	gf_status status;

	if (!data->class_names) {
		numbers =
			signs ? names_of_numbers(-1, 2, classes) : names_of_numbers(0, 1, classes);
		if (!numbers)
			return gf_fail(err, GF_E_MEMORY, "cannot allocate the names of %zu classes",
				classes);
	}
	status = weigh_named(config->class_weights, numbers ? numbers : data->class_names, classes,
		weights, err);
	names_free(numbers, classes);
	return status;
}

/* ---- balanced classes ---- */

/* Sets the weight of each class to rows / (classes * rows of the class), as scikit-learn does.  It
 * counts training rows whose weight is not 0. */
static gf_status balance(const struct train_data *t, size_t classes, float *weights, gf_error *err)
{
	double *counts = calloc(classes, sizeof *counts), rows = 0.0;
	gf_status status = GF_OK;
	size_t i, c;

	if (!counts)
		return gf_fail_memory(err, classes * sizeof *counts, "counts of classes");
	for (i = 0; i < t->train_rows; i++)
		if (train_data_has_weight(t, i)) {
			counts[model_class_of(t->data->y[i * t->data->outputs])] += 1.0;
			rows += 1.0;
		}
	for (c = 0; c < classes && !status; c++) {
		weights[c] = (float)(rows / ((double)classes * counts[c]));
		if (counts[c] == 0.0)
			status = gf_fail(err, GF_E_DATA,
				"class_weight balanced: no row that trains is of class %zu of %zu",
				c + 1, classes);
	}
	free(counts);
	return status;
}

/* ---- the weights of a training ---- */

static gf_status weigh(const struct train_data *t, const gf_dataset *data, const gf_config *config,
	size_t classes, float *weights, gf_error *err)
{
	return config->class_weights ? weigh_by_list(data, config, classes, weights, err)
				     : balance(t, classes, weights, err);
}

static gf_status check_two_classes(const gf_dataset *data, gf_error *err)
{
	size_t i;

	if (data->outputs != 1)
		return gf_fail(err, GF_E_USAGE, "class_weight: the data has %zu targets; wanted: 1",
			data->outputs);
	for (i = 0; i < data->rows; i++)
		if (data->y[i] > 0.0f && data->y[i] < 1.0f)
			return gf_fail(err, GF_E_DATA,
				"class_weight: target %g is a probability, not a class",
				(double)data->y[i]);
	return GF_OK;
}

static gf_status weigh_rows(
	struct train_data *t, const gf_dataset *data, const gf_config *config, gf_error *err)
{
	float weights[2];
	size_t i;

	TRY(check_two_classes(t->data, err));
	TRY(weigh(t, data, config, 2, weights, err));
	TRY(train_data_need_weights(t, err));
	for (i = 0; i < t->data->rows; i++)
		t->weights[i] *= weights[model_class_of(t->data->y[i])];
	for (i = 0; i < t->data->rows; i++)
		if (!isfinite(t->weights[i]))
			return gf_fail(err, GF_E_DATA,
				"class_weight: a row weighs %g of its class times its own weight, "
				"which is beyond float's range",
				(double)weights[model_class_of(t->data->y[i])]);
	return GF_OK;
}

gf_status class_weights_set(struct train_data *t, const gf_dataset *data, const gf_config *config,
	size_t outputs, gf_error *err)
{
	if (config->class_weight == GF_CLASS_WEIGHT_none && !config->class_weights)
		return GF_OK;
	if (config->loss != GF_LOSS_cross_entropy)
		return weigh_rows(t, data, config, err);
	t->class_weights = malloc(outputs * sizeof *t->class_weights);
	if (!t->class_weights)
		return gf_fail_memory(err, outputs * sizeof *t->class_weights, "class weights");
	return weigh(t, data, config, outputs, t->class_weights, err);
}

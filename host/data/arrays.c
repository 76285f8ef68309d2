#include "dataset.h"
#include "error.h"
#include "text.h"
#include "texts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- members that must fit together ---- */

static gf_status check_classes(const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	if (a->class_names && !a->classes)
		return gf_fail(err, GF_E_USAGE, "class_names are given, but classes is 0");
	if (!a->classes)
		return GF_OK;
	if (a->classes == 1 || a->classes > TARGETS_CLASSES_MAX)
		return gf_fail(err, GF_E_USAGE, "classes is %zu; wanted: 0, or from 2 to %d",
			a->classes, TARGETS_CLASSES_MAX);
	if (a->outputs != 1)
		return gf_fail(err, GF_E_USAGE,
			"classes is %zu, so that y is one column of their indices; outputs is %zu",
			a->classes, a->outputs);
	if (rule == TARGETS_COUNTS)
		return gf_fail(err, GF_E_USAGE,
			"classes is %zu; the loss takes counts, not classes", a->classes);
	if ((rule == TARGETS_TWO_CLASSES || rule == TARGETS_PROBABILITIES) && a->classes != 2)
		return gf_fail(
			err, GF_E_USAGE, "classes is %zu; the loss takes 2 classes", a->classes);
	return GF_OK;
}

static gf_status check_shape(const gf_arrays *a, gf_error *err)
{
	if (a->rows == 0 || a->features == 0)
		return gf_fail(err, GF_E_USAGE,
			"%zu rows, %zu features: at least one of each is wanted", a->rows,
			a->features);
	if (!a->x)
		return gf_fail(err, GF_E_USAGE, "x is NULL");
	if (a->outputs && !a->y)
		return gf_fail(err, GF_E_USAGE,
			"outputs is %zu, but y is NULL; data without targets has 0 outputs",
			a->outputs);
	if (a->y && !a->outputs)
		return gf_fail(err, GF_E_USAGE,
			"y is given, but outputs, the number of its columns, is 0");
	return GF_OK;
}

/* ---- numbers ---- */

static gf_status check_finite(
	char letter, const float *values, size_t rows, size_t columns, gf_error *err)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			if (!isfinite(values[i * columns + j]))
				return gf_fail(err, GF_E_DATA,
					"%c: row %zu, column %zu, both from 0: %g is not finite",
					letter, i, j, (double)values[i * columns + j]);
	return GF_OK;
}

static gf_status take_weights(gf_dataset *d, const float *weights, gf_error *err)
{
	float most = 0.0f;

	if (!weights)
		return GF_OK;
	d->weights = malloc(d->rows * sizeof *d->weights);
	if (!d->weights)
		return gf_fail_memory(err, d->rows * sizeof *d->weights, "weights of rows");
	for (size_t i = 0; i < d->rows; i++) {
		if (!isfinite(weights[i]) || weights[i] < 0.0f)
			return gf_fail(err, GF_E_DATA,
				"weights: row %zu, from 0: %g; wanted: 0 or a number above", i,
				(double)weights[i]);
		most = fmaxf(most, weights[i]);
		d->weights[i] = weights[i];
	}
	return most > 0.0f ? GF_OK : gf_fail(err, GF_E_DATA, "weights: every weight is 0");
}

/* ---- names ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gf_status check_name(const char *name, const char *member, size_t place, gf_error *err)
{
	if (!name)
		return gf_fail(err, GF_E_DATA, "%s: name %zu, from 0, is NULL", member, place);
	if (!*name)
		return gf_fail(err, GF_E_DATA, "%s: name %zu, from 0, is empty", member, place);
	if (!utf8_valid(name, strlen(name)))
		return gf_fail(err, GF_E_DATA, "%s: name %zu, from 0, is not UTF-8: %s", member,
			place, quote_of(name, strlen(name)).text);
	return GF_OK;
}

static gf_status check_distinct(char *const *names, size_t count, const char *member, gf_error *err)
{
	const char **sorted = malloc((count + 1) * sizeof *sorted);
	gf_status status = GF_OK;

	if (!sorted)
		return gf_fail_memory(err, (count + 1) * sizeof *sorted, "names in their order");
	for (size_t i = 0; i < count; i++)
		sorted[i] = names[i];
	qsort(sorted, count, sizeof *sorted, by_text);
	for (size_t i = 1; i < count && !status; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			status = gf_fail(err, GF_E_DATA, "%s: %s is there twice", member,
				quote_of(sorted[i], strlen(sorted[i])).text);
	free(sorted);
	return status;
}

/* slots (count) have names, which give way to those of the caller: NULL, they stay. */
static gf_status take_names(
	char **slots, const char *const *names, size_t count, const char *member, gf_error *err)
{
	gf_status status = GF_OK;

	for (size_t i = 0; names && i < count && !status; i++) {
		char *copy;

		if ((status = check_name(names[i], member, i, err)))
			break;
		copy = strdup(names[i]);
		if (!copy)
			return gf_fail_memory(err, strlen(names[i]) + 1, "a name");
		free(slots[i]);
		slots[i] = copy;
	}
	return status || !names ? status : check_distinct(slots, count, member, err);
}

/* ---- targets ---- */

static char **index_names(size_t count)
{
	char **names = calloc(count, sizeof *names);
	char text[32];

	for (size_t i = 0; names && i < count; i++) {
		snprintf(text, sizeof text, "%zu", i);
		names[i] = strdup(text);
		if (!names[i]) {
			names_free(names, i);
			return NULL;
		}
	}
	return names;
}

/* y holds indices; those that the loss takes as signs become -1 and 1. */
static gf_status take_indices(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	for (size_t i = 0; i < d->rows; i++) {
		float y = a->y[i];

		if (!(y >= 0.0f && y < (float)a->classes && y == floorf(y)))
			return gf_fail(err, GF_E_DATA,
				"y: row %zu, from 0: %.9g is no index of one of %zu classes", i,
				(double)y, a->classes);
		d->y[i] = rule == TARGETS_TWO_CLASSES ? 2.0f * y - 1.0f : y;
	}
	d->class_names = index_names(a->classes);
	if (!d->class_names)
		return gf_fail(
			err, GF_E_MEMORY, "cannot allocate the names of %zu classes", a->classes);
	d->classes = a->classes;
	return take_names(d->class_names, a->class_names, a->classes, "class_names", err);
}

/* One column, by the rule that reading a file goes by. */
static gf_status take_values(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, size_t output, gf_error *err)
{
	struct target_options options = {
		.path = "y", .by_row = 1, .rule = rule, .columns = d->outputs};
	struct targets *targets;
	gf_status status;

	if (d->outputs == 1)
		snprintf(options.column.text, sizeof options.column.text, "from 0");
	else
		snprintf(options.column.text, sizeof options.column.text, "column %zu, both from 0",
			output);
	status = targets_new(&targets, &options, err);
	for (size_t i = 0; !status && i < d->rows; i++)
		status = targets_add_number(targets, (double)a->y[i * d->outputs + output], i, err);
	if (!status)
		status = targets_finish(
			targets, d->y + output, d->outputs, &d->class_names, &d->classes, err);
	targets_free(targets);
	return status;
}

static gf_status take_targets(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	gf_status status = check_finite('y', a->y, d->rows, d->outputs, err);

	if (status || d->outputs == 0)
		return status;
	if (a->classes)
		return take_indices(d, a, rule, err);
	if (rule == TARGETS_NUMBERS)
		memcpy(d->y, a->y, d->rows * d->outputs * sizeof *d->y);
	for (size_t k = 0; k < d->outputs && rule != TARGETS_NUMBERS && !status; k++)
		status = take_values(d, a, rule, k, err);
	return status;
}

/* ---- the whole ---- */

static gf_status take(gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	gf_status status = check_finite('x', a->x, d->rows, d->features, err);

	if (status)
		return status;
	memcpy(d->x, a->x, d->rows * d->features * sizeof *d->x);
	status = take_targets(d, a, rule, err);
	if (!status)
		status = take_weights(d, a->weights, err);
	if (!status)
		status = take_names(
			d->feature_names, a->feature_names, d->features, "feature_names", err);
	if (!status)
		status = take_names(
			d->target_names, a->target_names, d->outputs, "target_names", err);
	return status;
}

gf_status arrays_dataset(
	gf_dataset **data, const gf_arrays *arrays, enum loss_targets rule, gf_error *err)
{
	gf_status status = check_shape(arrays, err);

	*data = NULL;
	if (!status)
		status = check_classes(arrays, rule, err);
	/* First of all, since it is here that sizes beyond all memory are refused. */
	if (!status)
		status = dataset_alloc(data, arrays->rows, arrays->features, arrays->outputs, err);
	if (status)
		return status;
	status = take(*data, arrays, rule, err);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
}

/* arrays.c: a dataset made of the caller's arrays. */
#include "dataset.h"
#include "error.h"
#include "text.h"
#include "texts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- members that must not contradict each other ---- */

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

static gf_status copy_weights(gf_dataset *d, const float *weights, gf_error *err)
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
			place, quote_text(name).text);
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
				quote_text(sorted[i]).text);
	free(sorted);
	return status;
}

/* Replaces the dataset's names (count) by the caller's; if these are NULL, the dataset's stay. */
static gf_status copy_names(
	char **slots, const char *const *names, size_t count, const char *member, gf_error *err)
{
	if (!names)
		return GF_OK;
	for (size_t i = 0; i < count; i++) {
		TRY(check_name(names[i], member, i, err));
		TRY(name_set(&slots[i], names[i], err));
	}
	return check_distinct(slots, count, member, err);
}

/* ---- targets ---- */

/* y holds class indices; for a loss of two classes they become -1 and 1. */
static gf_status copy_indices(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	for (size_t i = 0; i < d->rows; i++) {
		float y = a->y[i];

		if (!(y >= 0.0f && y < (float)a->classes && y == floorf(y)))
			return gf_fail(err, GF_E_DATA,
				"y: row %zu, from 0: %.9g is not the index of one of %zu classes",
				i, (double)y, a->classes);
		d->y[i] = rule == TARGETS_TWO_CLASSES ? 2.0f * y - 1.0f : y;
	}
	d->class_names = names_of_numbers(0, 1, a->classes);
	if (!d->class_names)
		return gf_fail(
			err, GF_E_MEMORY, "cannot allocate the names of %zu classes", a->classes);
	d->classes = a->classes;
	return copy_names(d->class_names, a->class_names, a->classes, "class_names", err);
}

/* Copies one column of y as the readers of files do. */
static gf_status copy_target(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, size_t output, gf_error *err)
{
	struct target_options options = {
		.path = "y", .by_row = 1, .rule = rule, .columns = d->outputs};
	struct targets *targets;
	gf_status status = GF_OK;

	if (d->outputs == 1)
		snprintf(options.column.text, sizeof options.column.text, "from 0");
	else
		snprintf(options.column.text, sizeof options.column.text, "column %zu, both from 0",
			output);
	TRY(targets_new(&targets, &options, err));
	for (size_t i = 0; !status && i < d->rows; i++)
		status = targets_add_number(targets, (double)a->y[i * d->outputs + output], i, err);
	if (!status)
		status = assemble_finish(d, targets, output, err);
	targets_free(targets);
	return status;
}

static gf_status copy_targets(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	TRY(check_finite('y', a->y, d->rows, d->outputs, err));
	if (d->outputs == 0)
		return GF_OK;
	if (a->classes)
		return copy_indices(d, a, rule, err);
	if (rule == TARGETS_NUMBERS) {
		memcpy(d->y, a->y, d->rows * d->outputs * sizeof *d->y);
		return GF_OK;
	}
	for (size_t k = 0; k < d->outputs; k++)
		TRY(copy_target(d, a, rule, k, err));
	return GF_OK;
}

/* ---- the dataset ---- */

static gf_status copy_arrays(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	TRY(check_finite('x', a->x, d->rows, d->features, err));
	memcpy(d->x, a->x, d->rows * d->features * sizeof *d->x);
	TRY(copy_targets(d, a, rule, err));
	TRY(copy_weights(d, a->weights, err));
	TRY(copy_names(d->feature_names, a->feature_names, d->features, "feature_names", err));
	return copy_names(d->target_names, a->target_names, d->outputs, "target_names", err);
}

gf_status arrays_dataset(
	gf_dataset **data, const gf_arrays *arrays, enum loss_targets rule, gf_error *err)
{
	gf_status status;

	*data = NULL;
	TRY(check_shape(arrays, err));
	TRY(check_classes(arrays, rule, err));
	/* Allocate before any number is read: this refuses sizes beyond all memory. */
	TRY(dataset_alloc(data, arrays->rows, arrays->features, arrays->outputs, err));
	status = copy_arrays(*data, arrays, rule, err);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
}

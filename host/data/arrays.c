/* arrays.c: a dataset made of the caller's arrays. */
#include "dataset.h"
#include "error.h"
#include "strided.h"
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
	if (rule == TARGETS_ZERO_OR_ABOVE || rule == TARGETS_POSITIVE)
		return gf_fail(err, GF_E_USAGE,
			"classes is %zu; the loss takes numbers, not classes", a->classes);
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
	if (!a->x && !a->sparse.start)
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

/* ---- weights ---- */

static gf_status copy_weights(gf_dataset *d, const gf_arrays *a, gf_error *err)
{
	struct strided weights;
	float most = 0.0f;

	if (!a->weights)
		return GF_OK;
	TRY(strided_of(&weights, "weights", a->weights, &a->weights_layout, d->rows, 1, err));
	d->weights = malloc(d->rows * sizeof *d->weights);
	if (!d->weights)
		return gf_fail_memory(err, d->rows * sizeof *d->weights, "weights of rows");
	for (size_t i = 0; i < d->rows; i++) {
		const double weight = strided_at(&weights, i, 0);

		d->weights[i] = (float)weight;
		if (!isfinite(d->weights[i]) || weight < 0.0)
			return gf_fail(err, GF_E_DATA,
				"weights: row %zu, from 0: %g; wanted: 0 or a number above", i,
				weight);
		most = fmaxf(most, d->weights[i]);
	}
	return most > 0.0f ? GF_OK : gf_fail(err, GF_E_DATA, "weights: every weight is 0");
}

static gf_status copy_offset(gf_dataset *d, const gf_arrays *a, gf_error *err)
{
	struct strided offset;

	if (!a->offset)
		return GF_OK;
	TRY(strided_of(&offset, "offset", a->offset, &a->offset_layout, d->rows, 1, err));
	TRY(dataset_need_offset(d, "offset", 0, err));
	return strided_copy(&offset, 0, d->rows, d->offset, err);
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
static gf_status copy_indices(gf_dataset *d, const gf_arrays *a, const struct strided *y,
	enum loss_targets rule, gf_error *err)
{
	for (size_t i = 0; i < d->rows; i++) {
		const double index = strided_at(y, i, 0);

		if (!(index >= 0.0 && index < (double)a->classes && index == floor(index)))
			return gf_fail(err, GF_E_DATA,
				"y: row %zu, from 0: %.9g is not the index of one of %zu classes",
				i, index, a->classes);
		d->y[i] = (float)(rule == TARGETS_TWO_CLASSES ? 2.0 * index - 1.0 : index);
	}
	d->class_names = names_of_numbers(0, 1, a->classes);
	if (!d->class_names)
		return gf_fail(
			err, GF_E_MEMORY, "cannot allocate the names of %zu classes", a->classes);
	d->classes = a->classes;
	return copy_names(d->class_names, a->class_names, a->classes, "class_names", err);
}

/* Copies one column of y as the readers of files do. */
static gf_status copy_target(gf_dataset *d, const struct strided *y, enum loss_targets rule,
	size_t output, gf_error *err)
{
	static const struct file_list no_file = {.name = "y"};
	struct target_options options = {
		.files = &no_file, .by_row = 1, .rule = rule, .columns = d->outputs};
	struct targets *targets;
	gf_status status = GF_OK;

	if (d->outputs == 1)
		snprintf(options.column.text, sizeof options.column.text, "from 0");
	else
		snprintf(options.column.text, sizeof options.column.text, "column %zu, both from 0",
			output);
	TRY(targets_new(&targets, &options, err));
	for (size_t i = 0; !status && i < d->rows; i++)
		status = targets_add_number(targets, strided_at(y, i, output), i, err);
	if (!status)
		status = assemble_finish(d, targets, output, err);
	targets_free(targets);
	return status;
}

static gf_status copy_targets(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	struct strided y;

	if (d->outputs == 0)
		return GF_OK;
	TRY(strided_of(&y, "y", a->y, &a->y_layout, d->rows, d->outputs, err));
	if (!a->classes && rule == TARGETS_NUMBERS)
		return strided_copy(&y, 0, d->rows, d->y, err);
	TRY(strided_check(&y, err));
	if (a->classes)
		return copy_indices(d, a, &y, rule, err);
	for (size_t k = 0; k < d->outputs; k++)
		TRY(copy_target(d, &y, rule, k, err));
	return GF_OK;
}

/* ---- the dataset ---- */

static gf_status take_x(gf_dataset *d, const gf_arrays *a, gf_error *err)
{
	struct strided x;

	TRY(strided_of(&x, "x", a->x, &a->x_layout, d->rows, d->features, err));
	if (!a->borrow_x)
		return strided_copy(&x, 0, d->rows, d->x, err);
	if (!strided_is_plain(&x))
		return gf_fail(err, GF_E_USAGE,
			"borrow_x is %d, but x is not aligned floats, row-major without gaps",
			a->borrow_x);
	return strided_check(&x, err);
}

static gf_status take_arrays(
	gf_dataset *d, const gf_arrays *a, enum loss_targets rule, gf_error *err)
{
	if (!a->sparse.start)
		TRY(take_x(d, a, err));
	TRY(copy_targets(d, a, rule, err));
	TRY(copy_weights(d, a, err));
	TRY(copy_offset(d, a, err));
	TRY(copy_names(d->feature_names, a->feature_names, d->features, "feature_names", err));
	return copy_names(d->target_names, a->target_names, d->outputs, "target_names", err);
}

gf_status arrays_dataset(
	gf_dataset **data, const gf_arrays *arrays, enum loss_targets rule, gf_error *err)
{
	const size_t N = arrays->rows, D = arrays->features, K = arrays->outputs;
	gf_status status;

	*data = NULL;
	TRY(check_shape(arrays, err));
	TRY(check_classes(arrays, rule, err));
	/* Allocate before any number is read: this refuses sizes beyond all memory. */
	status = arrays->sparse.start ? sparse_arrays_dataset(data, arrays, err)
		 : arrays->borrow_x   ? dataset_borrow(data, arrays->x, N, D, K, err)
				      : dataset_alloc(data, N, D, K, err);
	if (!status)
		status = take_arrays(*data, arrays, rule, err);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
}

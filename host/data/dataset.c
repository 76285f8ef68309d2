#include "dataset.h"
#include "error.h"
#include "memory.h"
#include "texts.h"
#include "gpufitcl_notebook.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- allocating ---- */

static int product_overflows(size_t a, size_t b)
{
	return b && a > SIZE_MAX / b;
}

size_t dataset_x_bytes(size_t rows, size_t features)
{
	size_t room = SIZE_MAX - DATASET_ALIGNMENT - SUM_LANES * sizeof(float);

	if (rows > SIZE_MAX - TILE_ROWS)
		return 0;
	rows += TILE_ROWS - 1;
	if (product_overflows(rows, features) || rows * features > room / sizeof(float))
		return 0;

	size_t bytes = (rows * features + SUM_LANES) * sizeof(float);

	return (bytes + DATASET_ALIGNMENT - 1) / DATASET_ALIGNMENT * DATASET_ALIGNMENT;
}

static gf_status no_x(const gf_dataset *d, gf_error *err)
{
	return gf_fail(
		err, GF_E_MEMORY, "cannot allocate %zu rows of %zu features", d->rows, d->features);
}

/* Takes over x, and makes zeros of what it does not hold.  A file has them already: writing them
 * would make all its pages the disk's work. */
static gf_status adopt_x(gf_dataset *d, struct page_array *x, gf_error *err)
{
	const size_t used = x->at ? d->rows * d->features * sizeof(float) : 0;
	char what[64];

	d->x_bytes = dataset_x_bytes(d->rows, d->features);
	if (!d->x_bytes)
		return no_x(d, err);
	if (x->beside)
		TRY(name_set(&d->beside, x->beside, err));
	snprintf(what, sizeof what, "%zu rows of %zu features", d->rows, d->features);
	TRY(page_array_reserve(x, d->x_bytes, what, err));
	d->pages = *x;
	d->x = x->at;
	*x = (struct page_array){0};
	if (used ? !page_array_is_read_only(&d->pages) : !page_array_in_file(&d->pages))
		memset((char *)d->x + used, 0, d->x_bytes - used);
	return GF_OK;
}

static gf_status alloc_y(gf_dataset *d, gf_error *err)
{
	if (d->outputs == 0)
		return GF_OK;
	if (!product_overflows(d->rows, d->outputs) &&
		!product_overflows(d->rows * d->outputs, sizeof(float)))
		d->y = calloc(d->rows * d->outputs, sizeof(float));
	if (!d->y)
		return gf_fail(err, GF_E_MEMORY, "cannot allocate %zu rows of %zu targets", d->rows,
			d->outputs);
	return GF_OK;
}

static gf_status alloc_names(gf_dataset *d, gf_error *err)
{
	d->feature_names = names_numbered('x', d->features);
	d->target_names = names_numbered('y', d->outputs);
	if (!d->feature_names || !d->target_names)
		return gf_fail(err, GF_E_MEMORY, "cannot allocate the names of %zu columns",
			d->features + d->outputs);
	return GF_OK;
}

/* Makes a dataset without x. */
static gf_status without_x(
	gf_dataset **data, size_t rows, size_t features, size_t outputs, gf_error *err)
{
	gf_dataset *d = calloc(1, sizeof *d);

	*data = d;
	if (!d)
		return gf_fail_memory(err, sizeof *d, "a dataset");
	d->rows = rows;
	d->features = features;
	d->outputs = outputs;
	return GF_OK;
}

/* Makes what a dataset has beside x.  status: that of x. */
static gf_status complete(gf_dataset **data, gf_status status, gf_error *err)
{
	if (!status)
		status = alloc_y(*data, err);
	if (!status)
		status = alloc_names(*data, err);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
}

gf_status dataset_adopt(gf_dataset **data, struct page_array *x, size_t rows, size_t features,
	size_t outputs, gf_error *err)
{
	gf_status status = without_x(data, rows, features, outputs, err);

	if (!status)
		status = complete(data, adopt_x(*data, x, err), err);
	page_array_free(x); /* which is empty unless it could not be taken over */
	return status;
}

gf_status dataset_alloc(
	gf_dataset **data, size_t rows, size_t features, size_t outputs, gf_error *err)
{
	struct page_array x = {0};

	return dataset_adopt(data, &x, rows, features, outputs, err);
}

gf_status dataset_alloc_like(gf_dataset **data, const gf_dataset *like, size_t rows,
	size_t features, size_t outputs, gf_error *err)
{
	struct page_array x = {.beside = like->beside, .is_scratch = 1};

	return dataset_adopt(data, &x, rows, features, outputs, err);
}

gf_status dataset_borrow(gf_dataset **data, const float *x, size_t rows, size_t features,
	size_t outputs, gf_error *err)
{
	TRY(without_x(data, rows, features, outputs, err));
	/* Devices may take a copy with zeros behind it. */
	if (!dataset_x_bytes(rows, features))
		return complete(data, no_x(*data, err), err);
	(*data)->x = (float *)(uintptr_t)x;
	(*data)->x_bytes = rows * features * sizeof *x;
	(*data)->borrows_x = 1;
	return complete(data, GF_OK, err);
}

gf_status dataset_sparse(gf_dataset **data, struct sparse_rows *sparse, size_t features,
	size_t outputs, gf_error *err)
{
	const gf_status status = without_x(data, sparse->rows, features, outputs, err);

	if (status) {
		sparse_rows_free(sparse);
		return status;
	}
	(*data)->sparse = sparse;
	return complete(data, GF_OK, err);
}

gf_status dataset_make_sparse(gf_dataset *data, gf_error *err)
{
	TRY(sparse_rows_of(&data->sparse, data->x, data->rows, data->features, err));
	page_array_free(&data->pages);
	data->x = NULL;
	data->x_bytes = 0;
	return GF_OK;
}

gf_status dataset_check_dense(const gf_dataset *data, const char *why, gf_error *err)
{
	if (!data->sparse)
		return GF_OK;
	return gf_fail(
		err, GF_E_USAGE, "the rows are sparse: %s; wanted: dense rows (--sparse no)", why);
}

gf_status dataset_need_offset(gf_dataset *data, const char *name, int has_exposure, gf_error *err)
{
	data->has_exposure = has_exposure;
	data->offset = calloc(data->rows, sizeof *data->offset);
	if (!data->offset)
		return gf_fail_memory(err, data->rows * sizeof *data->offset, "offsets of rows");
	return name_set(&data->offset_name, name, err);
}

void offset_add(const float *offset, size_t rows, size_t K, float *z)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < K; k++)
			z[i * K + k] = z[i * K + k] + offset[i];
}

gf_status gf_dataset_notebook(gf_dataset **data, gf_error *err)
{
	static const double points[] = {1, 2, 3, 4, 1.1, 2.2, 3.3};
	enum { POINTS = sizeof points / sizeof *points };

	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	TRY(dataset_alloc(data, POINTS, 1, 1, err));
	/* NumPy squared the doubles before PyTorch made floats of them; for 3.3 the square of the
	 * float is another number. */
	for (size_t i = 0; i < POINTS; i++) {
		(*data)->x[i] = (float)points[i];
		(*data)->y[i] = (float)(points[i] * points[i]);
	}
	return GF_OK;
}

/* ---- reading its members ---- */

size_t gf_dataset_rows(const gf_dataset *data)
{
	return data ? data->rows : 0;
}

size_t gf_dataset_features(const gf_dataset *data)
{
	return data ? data->features : 0;
}

size_t gf_dataset_outputs(const gf_dataset *data)
{
	return data ? data->outputs : 0;
}

const float *gf_dataset_x(const gf_dataset *data)
{
	return data ? data->x : NULL;
}

int gf_dataset_sparse(
	const gf_dataset *data, const uint64_t **start, const uint32_t **index, const float **value)
{
	if (!data || !data->sparse)
		return 0;
	*start = data->sparse->start;
	*index = data->sparse->index;
	*value = data->sparse->value;
	return 1;
}

const char *gf_dataset_rows_why(const gf_dataset *data)
{
	return data ? data->rows_why : NULL;
}

const float *gf_dataset_y(const gf_dataset *data)
{
	return data ? data->y : NULL;
}

const float *gf_dataset_weights(const gf_dataset *data)
{
	return data ? data->weights : NULL;
}

const float *gf_dataset_offset(const gf_dataset *data)
{
	return data ? data->offset : NULL;
}

size_t gf_dataset_classes(const gf_dataset *data)
{
	return data ? data->classes : 0;
}

const char *gf_dataset_class_name(const gf_dataset *data, size_t class_index)
{
	return data && class_index < data->classes ? data->class_names[class_index] : NULL;
}

size_t gf_dataset_dropped(const gf_dataset *data)
{
	return data ? data->dropped : 0;
}

size_t gf_dataset_dropped_row(const gf_dataset *data, size_t index)
{
	return data && index < data->dropped && data->dropped_rows ? data->dropped_rows[index]
								   : SIZE_MAX;
}

size_t gf_dataset_kept(const gf_dataset *data)
{
	return data ? data->kept_names.count : 0;
}

const char *gf_dataset_kept_name(const gf_dataset *data, size_t column)
{
	return column < gf_dataset_kept(data) ? texts_at(&data->kept_names, column) : NULL;
}

const char *gf_dataset_kept_text(const gf_dataset *data, size_t row, size_t column)
{
	const size_t columns = gf_dataset_kept(data);

	if (column >= columns || row >= data->kept.count / columns)
		return NULL;
	return texts_at(&data->kept, row * columns + column);
}

const char *gf_dataset_feature_name(const gf_dataset *data, size_t feature)
{
	return data && feature < data->features ? data->feature_names[feature] : NULL;
}

const char *gf_dataset_target_name(const gf_dataset *data, size_t output)
{
	return data && output < data->outputs ? data->target_names[output] : NULL;
}

void gf_dataset_free(gf_dataset *data)
{
	if (!data)
		return;
	names_free(data->feature_names, data->features);
	names_free(data->target_names, data->outputs);
	names_free(data->class_names, data->classes);
	encoding_free(&data->encoding);
	texts_free(&data->kept_names);
	texts_free(&data->kept);
	free(data->dropped_rows);
	free(data->weights);
	free(data->offset);
	free(data->offset_name);
	page_array_free(&data->pages);
	free(data->beside);
	sparse_rows_free(data->sparse);
	free(data->y);
	free(data);
}

/* ---- datasets made of a table's columns ---- */

gf_status assemble_names(struct columns *columns, size_t count, gf_error *err)
{
	char name[32];

	for (size_t i = 0; i < count; i++) {
		int length = snprintf(name, sizeof name, "column%zu", i + 1);

		if (texts_add(&columns->names, name, (size_t)length))
			return gf_fail(err, GF_E_MEMORY,
				"%s: no memory for the names of %zu columns", columns->files->name,
				count);
	}
	return GF_OK;
}

static gf_status copy_names(
	char **names, const struct columns *columns, const struct column_list *list, gf_error *err)
{
	for (size_t i = 0; i < list->count; i++)
		TRY(name_set(&names[i], texts_at(&columns->names, list->at[i]), err));
	return GF_OK;
}

static gf_status copy_all_names(gf_dataset *data, const struct columns *columns, gf_error *err)
{
	TRY(copy_names(data->feature_names, columns, &columns->features, err));
	return copy_names(data->target_names, columns, &columns->targets, err);
}

gf_status assemble_dataset(gf_dataset **data, struct page_array *x, size_t rows,
	const struct columns *columns, gf_error *err)
{
	TRY(dataset_adopt(data, x, rows, columns->features.count, columns->targets.count, err));
	return copy_all_names(*data, columns, err);
}

gf_status assemble_sparse(
	gf_dataset **data, struct sparse_rows *sparse, const struct columns *columns, gf_error *err)
{
	TRY(dataset_sparse(data, sparse, columns->features.count, columns->targets.count, err));
	return copy_all_names(*data, columns, err);
}

gf_status assemble_targets(struct targets **targets, const struct target_options *at,
	const struct read_options *options, gf_error *err)
{
	struct target_options column = *at;

	column.rule = options->rule;
	column.known = options->wanted_features != NULL;
	column.known_classes = options->known_classes;
	column.known_class_count = options->known_class_count;
	column.reader = options;
	return targets_new(targets, &column, err);
}

gf_status assemble_finish(gf_dataset *data, struct targets *targets, size_t output, gf_error *err)
{
	char **names;
	size_t classes;

	TRY(targets_finish(targets, data->y + output, data->outputs, &names, &classes, err));
	/* Only a single target has classes, so no earlier output has set them. */
	if (names) {
		data->class_names = names;
		data->classes = classes;
	}
	return GF_OK;
}

/* subset.c: a dataset of some rows of another one. */
#include "dataset.h"
#include "error.h"

#include <stdlib.h>
#include <string.h>

static void copy_row(gf_dataset *to, size_t at, const gf_dataset *from, size_t row)
{
	const size_t D = to->features, K = to->outputs;

	memcpy(to->x + at * D, from->x + row * D, D * sizeof *to->x);
	if (K)
		memcpy(to->y + at * K, from->y + row * K, K * sizeof *to->y);
	if (from->weights)
		to->weights[at] = from->weights[row];
	if (from->offset)
		to->offset[at] = from->offset[row];
}

static gf_status copy_names(gf_dataset *to, const gf_dataset *from, gf_error *err)
{
	for (size_t j = 0; j < from->features; j++)
		TRY(name_set(&to->feature_names[j], from->feature_names[j], err));
	for (size_t k = 0; k < from->outputs; k++)
		TRY(name_set(&to->target_names[k], from->target_names[k], err));
	if (!from->classes)
		return GF_OK;
	to->class_names = names_copy(from->class_names, from->classes);
	if (!to->class_names)
		return gf_fail(err, GF_E_MEMORY, "cannot allocate the names of %zu classes",
			from->classes);
	to->classes = from->classes;
	return GF_OK;
}

static gf_status fill(gf_dataset *to, const gf_dataset *from, const uint32_t *rows, gf_error *err)
{
	if (from->weights) {
		to->weights = malloc(to->rows * sizeof *to->weights);
		if (!to->weights)
			return gf_fail_memory(
				err, to->rows * sizeof *to->weights, "weights of rows");
	}
	if (from->offset)
		TRY(dataset_need_offset(to, from->offset_name, from->has_exposure, err));
	for (size_t i = 0; i < to->rows; i++)
		copy_row(to, i, from, rows[i]);
	to->index_base = from->index_base;
	return copy_names(to, from, err);
}

gf_status dataset_of_rows(gf_dataset **subset, const gf_dataset *data, const uint32_t *rows,
	size_t count, gf_error *err)
{
	gf_status status;

	TRY(dataset_alloc(subset, count, data->features, data->outputs, err));
	status = fill(*subset, data, rows, err);
	if (status) {
		gf_dataset_free(*subset);
		*subset = NULL;
	}
	return status;
}

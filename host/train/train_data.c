/* train_data.c: which rows train, with which weights and which x, and in which order. */
#include "train_data.h"
#include "class_weights.h"
#include "error.h"
#include "catalog.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static gf_status split(struct train_data *t, const gf_dataset *data, double validation,
	struct rng *rng, gf_error *err)
{
	if (data->rows > UINT32_MAX)
		return gf_fail(err, GF_E_USAGE, "validation: %zu rows are too many to draw from",
			data->rows);
	t->rows = malloc(data->rows * sizeof *t->rows);
	if (!t->rows)
		return gf_fail_memory(err, data->rows * sizeof *t->rows, "the split");
	shuffle_split(rng, t->rows, data->rows, validation, &t->train_rows);
	if (t->train_rows > 0 && t->train_rows < data->rows)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"validation is %g: of %zu rows %zu would train and %zu validate; at least one of "
		"each is wanted",
		validation, data->rows, t->train_rows, data->rows - t->train_rows);
}

static gf_status copy_chosen(struct train_data *t, const gf_dataset *data,
	const struct chosen_rows *chosen, gf_error *err)
{
	const size_t bytes = data->rows * sizeof *t->rows;

	t->rows = malloc(bytes);
	if (!t->rows)
		return gf_fail_memory(err, bytes, "the chosen rows");
	memcpy(t->rows, chosen->rows, bytes);
	t->train_rows = chosen->train_rows;
	return GF_OK;
}

/* Copies what a row has beside its features. */
static void copy_beside(gf_dataset *to, size_t at, const gf_dataset *from, size_t row)
{
	const size_t targets = to->outputs;

	memcpy(to->y + at * targets, from->y + row * targets, targets * sizeof *to->y);
	if (to->offset && from->offset)
		to->offset[at] = from->offset[row];
}

static void copy_features(gf_dataset *to, size_t at, const gf_dataset *from, size_t row)
{
	const size_t D = to->features;

	memcpy(to->x + at * D, from->x + row * D, D * sizeof *to->x);
}

static gf_status check_shape(const gf_dataset *data, const gf_dataset *validation, gf_error *err)
{
	if (!validation->offset != !data->offset)
		return gf_fail(err, GF_E_DATA, "the %s data has an offset, the %s data has none",
			data->offset ? "training" : "validation",
			data->offset ? "validation" : "training");
	if (!validation->sparse != !data->sparse)
		return gf_fail(err, GF_E_DATA,
			"the rows of the %s data are sparse, those of the %s data are dense",
			data->sparse ? "training" : "validation",
			data->sparse ? "validation" : "training");
	if (validation->features == data->features && validation->outputs == data->outputs)
		return GF_OK;
	return gf_fail(err, GF_E_DATA,
		"the validation data has %zu features and %zu targets; the training data has "
		"%zu and %zu",
		validation->features, validation->outputs, data->features, data->outputs);
}

/* Makes the dataset that has room for all rows. */
static gf_status new_own(
	struct train_data *t, const gf_dataset *data, const gf_dataset *validation, gf_error *err)
{
	const size_t rows = data->rows + (validation ? validation->rows : 0);
	struct sparse_rows *sparse;
	size_t numbers;

	if (!data->sparse)
		return dataset_alloc_like(&t->own, data, rows, data->features, data->outputs, err);
	numbers = sparse_numbers(data->sparse) +
		  (validation ? sparse_numbers(validation->sparse) : 0);
	TRY(sparse_rows_new(&sparse, rows, numbers, err));
	return dataset_sparse(&t->own, sparse, data->features, data->outputs, err);
}

/* Returns how many rows that are copied in any order the memory holds: all of them, unless they are
 * in a file larger than a quarter of it. */
static size_t copied_at_once(const gf_dataset *data)
{
	const double most = memory_of_machine() / 4.0;
	const double rows = most / (double)(data->features + 1) / sizeof(float);

	if (!page_array_in_file(&data->pages) || rows >= (double)data->rows)
		return data->rows;
	return rows < 1.0 ? 1 : (size_t)rows;
}

void train_data_place(
	gf_dataset *to, const gf_dataset *from, const uint32_t *places, size_t at_once)
{
	size_t first, i;

	for (first = 0; first < from->rows; first += at_once)
		for (i = 0; i < from->rows; i++) {
			const size_t place = places ? places[i] : i;

			if (place >= first && place - first < at_once)
				copy_features(to, place, from, i);
		}
}

/* places becomes the place of each of the user's rows. */
static gf_status invert(uint32_t **places, const uint32_t *rows, size_t count, gf_error *err)
{
	size_t i;

	*places = rows ? malloc(count * sizeof **places) : NULL;
	if (rows && !*places)
		return gf_fail_memory(err, count * sizeof **places, "places of rows");
	for (i = 0; rows && i < count; i++)
		(*places)[rows[i]] = (uint32_t)i;
	return GF_OK;
}

static gf_status copy_dense(
	struct train_data *t, const gf_dataset *data, const gf_dataset *validation, gf_error *err)
{
	uint32_t *places;
	size_t i;

	TRY(invert(&places, t->rows, data->rows, err));
	train_data_place(t->own, data, places, copied_at_once(data));
	free(places);
	for (i = 0; validation && i < validation->rows; i++)
		copy_features(t->own, data->rows + i, validation, i);
	return GF_OK;
}

static void copy_sparse(struct train_data *t, const gf_dataset *data, const gf_dataset *validation)
{
	size_t i;

	for (i = 0; i < data->rows; i++)
		sparse_copy_row(t->own->sparse, i, data->sparse, train_data_row(t, i));
	for (i = 0; validation && i < validation->rows; i++)
		sparse_copy_row(t->own->sparse, data->rows + i, validation->sparse, i);
}

/* An array that is used where it stands in its file may be larger than memory, where a copy of it
 * would end the process.  A cache has a place for copies. */
static gf_status check_copy(const gf_dataset *data, gf_error *err)
{
	const double bytes = (double)data->x_bytes, memory = memory_of_machine();

	if (!page_array_is_read_only(&data->pages) || data->beside || bytes <= memory)
		return GF_OK;
	return gf_fail(err, GF_E_MEMORY,
		"standardize, validation and folds take a copy of x, of %.3g GB; this machine has "
		"%.3g GB; with --cache FILE the copy is in a file",
		bytes * 1e-9, memory * 1e-9);
}

/* Copies the training rows in their order, then the validation rows. */
static gf_status copy_rows(
	struct train_data *t, const gf_dataset *data, const gf_dataset *validation, gf_error *err)
{
	size_t i;

	TRY(check_copy(data, err));
	TRY(new_own(t, data, validation, err));
	if (data->offset)
		TRY(dataset_need_offset(t->own, data->offset_name, data->has_exposure, err));
	for (i = 0; i < data->rows; i++)
		copy_beside(t->own, i, data, train_data_row(t, i));
	for (i = 0; validation && i < validation->rows; i++)
		copy_beside(t->own, data->rows + i, validation, i);
	t->data = t->own;
	if (!data->sparse)
		return copy_dense(t, data, validation, err);
	copy_sparse(t, data, validation);
	return GF_OK;
}

/* ---- weights ---- */

static float weight_of(const gf_dataset *data, size_t row)
{
	return data->weights ? data->weights[row] : 1.0f;
}

gf_status train_data_need_weights(struct train_data *t, gf_error *err)
{
	size_t i;

	if (t->weights)
		return GF_OK;
	t->weights = calloc(t->data->rows, sizeof *t->weights);
	if (!t->weights)
		return gf_fail_memory(err, t->data->rows * sizeof *t->weights, "weights of rows");
	for (i = 0; i < t->data->rows; i++)
		t->weights[i] = 1.0f;
	return GF_OK;
}

static gf_status sample_weights(
	struct train_data *t, const gf_dataset *data, const gf_dataset *validation, gf_error *err)
{
	size_t i;

	if (!data->weights && !(validation && validation->weights))
		return GF_OK;
	TRY(train_data_need_weights(t, err));
	for (i = 0; i < t->data->rows; i++)
		t->weights[i] = i < data->rows ? weight_of(data, train_data_row(t, i))
					       : weight_of(validation, i - data->rows);
	return GF_OK;
}

double train_data_divisor(const struct problem *problem, const struct batch *batch)
{
	const size_t terms = problem->loss == GF_LOSS_cross_entropy ? 1 : problem->outputs;
	const float *y = problem->data->y;
	double sum = 0.0;
	size_t i;

	if (!loss_of(problem->loss)->divides_by_weights ||
		(!problem->weights && !problem->class_weights))
		return (double)batch->count * (double)terms;
	for (i = 0; i < batch->count; i++) {
		const size_t row = batch_row(batch, i);
		const double weight = problem->weights ? (double)problem->weights[row] : 1.0;

		sum += problem->class_weights
			       ? weight * (double)problem->class_weights[(size_t)y[row]]
			       : weight;
	}
	return sum * (double)terms;
}

double train_data_scale(const struct problem *problem, const struct batch *batch)
{
	const double divisor = train_data_divisor(problem, batch);

	return divisor > 0.0 ? 1.0 / divisor : 0.0;
}

/* ---- parameters of standardized features ---- */

void train_data_adapt(const struct train_data *t, const gf_model *from, float *params)
{
	const struct network network = model_network(from);
	const struct layer *first = &network.layers[0];
	const size_t D = from->features;
	const struct standardization *s = &from->standardization;
	const float *own = t->center ? model_own_params(from) : from->params;
	size_t j, k;

	memcpy(params, own, network.parameters * sizeof *params);
	for (k = 0; k < first->outputs && t->center; k++) {
		float *w = params + k * D, *bias = params + first->bias + k;
		double b = (double)*bias;

		for (j = 0; j < D; j++) {
			const double slope = (double)w[j] / (s->center ? s->scale[j] : 1.0);

			b += slope * (t->center[j] - (s->center ? s->center[j] : 0.0));
			w[j] = standardization_round(slope * t->scale[j]);
		}
		*bias = standardization_round(b);
	}
}

void train_data_drop_flat(const struct train_data *t, size_t outputs, float *params)
{
	const size_t D = t->data->features;
	size_t j, k;

	for (k = 0; k < outputs && t->flat; k++)
		for (j = 0; j < D; j++)
			if (t->flat[j])
				params[k * D + j] = 0.0f;
}

/* ---- the training's data ---- */

static gf_status check_offset(const gf_dataset *data, const gf_config *config, gf_error *err)
{
	if (!data->offset)
		return GF_OK;
	if (config->loss == GF_LOSS_cross_entropy)
		return gf_fail(err, GF_E_USAGE,
			"offset: it is added to all outputs of a row, which changes no softmax of "
			"them; wanted: another loss than cross_entropy");
	return GF_OK;
}

/* Chooses the rows and copies them, if they have to be reordered, joined or standardized. */
static gf_status arrange(struct train_data *t, const gf_dataset *data,
	const struct chosen_rows *chosen, const gf_config *config, struct rng *rng, gf_error *err)
{
	const gf_dataset *validation = config->validation_data;

	if (chosen && chosen->rows)
		TRY(copy_chosen(t, data, chosen, err));
	else if (validation)
		TRY(check_shape(data, validation, err));
	else if (config->validation > 0.0)
		TRY(split(t, data, config->validation, rng, err));
	return validation || t->rows || config->standardize ? copy_rows(t, data, validation, err)
							    : GF_OK;
}

gf_status train_data_choose(struct train_data *t, const gf_dataset *data,
	const struct chosen_rows *chosen, const gf_config *config, size_t outputs, struct rng *rng,
	gf_error *err)
{
	*t = (struct train_data){.data = data, .train_rows = data->rows};
	TRY(check_offset(data, config, err));
	TRY(arrange(t, data, chosen, config, rng, err));
	TRY(sample_weights(t, data, config->validation_data, err));
	if (config->standardize)
		TRY(train_data_standardize(t, !config->no_bias, config->comm, err));
	return class_weights_set(t, data, config, outputs, err);
}

void train_data_free(struct train_data *t)
{
	gf_dataset_free(t->own);
	free(t->rows);
	free(t->weights);
	free(t->class_weights);
	free(t->center);
	free(t->flat);
	memset(t, 0, sizeof *t);
}

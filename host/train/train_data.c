/* train_data.c: which rows train, with which weights and which x, and in which order. */
#include "train_data.h"
#include "class_weights.h"
#include "error.h"
#include "catalog.h"

#include <math.h>
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

static void copy_row(gf_dataset *to, size_t at, const gf_dataset *from, size_t row)
{
	const size_t D = to->features, targets = to->outputs;

	if (to->sparse)
		sparse_copy_row(to->sparse, at, from->sparse, row);
	else
		memcpy(to->x + at * D, from->x + row * D, D * sizeof *to->x);
	memcpy(to->y + at * targets, from->y + row * targets, targets * sizeof *to->y);
	if (to->offset && from->offset)
		to->offset[at] = from->offset[row];
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

/* Copies the training rows in their order, then the validation rows. */
static gf_status copy_rows(
	struct train_data *t, const gf_dataset *data, const gf_dataset *validation, gf_error *err)
{
	size_t i;

	TRY(new_own(t, data, validation, err));
	if (data->offset)
		TRY(dataset_need_offset(t->own, data->offset_name, data->has_exposure, err));
	for (i = 0; i < data->rows; i++)
		copy_row(t->own, i, data, train_data_row(t, i));
	for (i = 0; validation && i < validation->rows; i++)
		copy_row(t->own, data->rows + i, validation, i);
	t->data = t->own;
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
		TRY(train_data_standardize(t, !config->no_bias, err));
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

/* ---- permutations ---- */

gf_status permutations_new(struct permutations *p, const struct permuted *permuted, size_t room,
	size_t epochs, gf_error *err)
{
	const size_t numbers = (room ? room : 1) * permuted->rows, N = permuted->train_rows;
	const size_t block = permuted->block_rows;
	const size_t scratch = N + (block ? shuffle_blocks_room(N, block) : 0);

	*p = (struct permutations){
		.permuted = *permuted, .room = room ? room : 1, .epochs = epochs};
	p->now.rows = malloc(numbers * sizeof *p->now.rows);
	p->next.rows = malloc(numbers * sizeof *p->next.rows);
	p->scratch = malloc(scratch * sizeof *p->scratch);
	if (p->now.rows && p->next.rows && p->scratch)
		return GF_OK;
	return gf_fail_memory(
		err, (2 * numbers + scratch) * sizeof *p->scratch, "permutations of epochs");
}

void permutations_free(struct permutations *p)
{
	free(p->now.rows);
	free(p->next.rows);
	free(p->scratch);
	memset(p, 0, sizeof *p);
}

static void draw(
	struct permutations *p, struct epoch_permutations *drawn, size_t first, struct rng *rng)
{
	const struct permuted *of = &p->permuted;
	const size_t left = p->epochs - first;
	size_t i;

	drawn->before = *rng;
	drawn->first = first;
	drawn->count = left < p->room ? left : p->room;
	for (i = 0; i < drawn->count; i++) {
		if (of->block_rows)
			shuffle_blocks(rng, p->scratch, of->train_rows, of->block_rows,
				p->scratch + of->train_rows);
		else
			shuffle_epoch(rng, p->scratch, of->train_rows);
		memcpy(drawn->rows + i * of->rows, p->scratch, of->rows * sizeof *drawn->rows);
	}
}

void permutations_need(struct permutations *p, size_t epoch, struct rng *rng)
{
	const struct epoch_permutations now = p->now;

	if (now.count && epoch < now.first + now.count)
		return;
	if (p->next.count) {
		p->now = p->next;
		p->next = (struct epoch_permutations){.rows = now.rows};
	} else {
		draw(p, &p->now, epoch, rng);
	}
}

void permutations_ahead(struct permutations *p, struct rng *rng)
{
	const size_t first = p->now.first + p->now.count;

	if (!p->next.count && first < p->epochs)
		draw(p, &p->next, first, rng);
}

/* Advances rng as shuffle_epoch does, without making the permutation. */
static void shuffle_skip(struct rng *rng)
{
	rng_next64(rng);
	rng_next64(rng);
}

struct rng permutations_rng(const struct permutations *p, size_t epoch, const struct rng *rng)
{
	struct rng before = *rng;
	size_t i;

	if (!p->now.count)
		return before;
	before = p->now.before;
	for (i = p->now.first; i < epoch; i++)
		shuffle_skip(&before);
	return before;
}

void shuffle_split(
	struct rng *rng, uint32_t *order, size_t rows, double validation, size_t *train_rows)
{
	size_t train = (size_t)floor((double)rows * (1.0 - validation));
	const size_t validate = (size_t)floor((double)rows * validation);

	/* As in PyTorch, rows that the roundings left over go to each part in turn. */
	if (train + validate < rows)
		train += (rows - train - validate + 1) / 2;
	*train_rows = train;
	rng_permutation(rng, order, rows);
}

/* PyTorch's loader draws two seeds an epoch: one for worker processes, unused here, and one for the
 * sampler, which makes a new generator from it. */
static struct rng epoch_sampler(struct rng *rng)
{
	struct rng sampler;

	rng_next64(rng);
	/* PyTorch masks the seed with 2^63 - 1, which changes none of the low bits that count. */
	rng_seed(&sampler, rng_next64(rng));
	return sampler;
}

void shuffle_epoch(struct rng *rng, uint32_t *order, size_t rows)
{
	struct rng sampler = epoch_sampler(rng);

	rng_permutation(&sampler, order, rows);
}

/* ---- permutations of blocks ---- */

enum {
	SHUFFLE_WINDOW = 64,          /* blocks */
	SHUFFLE_BLOCK_ROWS = 256,     /* at least */
	SHUFFLE_BLOCK_BYTES = 1 << 20 /* at least: a disk reads them in about the time of a seek */
};

size_t shuffle_block_rows(size_t features)
{
	size_t rows = SHUFFLE_BLOCK_ROWS;

	while (rows < SHUFFLE_BLOCK_BYTES / sizeof(float) / (features ? features : 1))
		rows *= 2;
	return rows;
}

/* Returns the rows of as many blocks as there are, up to a window. */
static size_t window_rows(size_t rows, size_t block_rows)
{
	return rows < SHUFFLE_WINDOW * block_rows ? rows : SHUFFLE_WINDOW * block_rows;
}

size_t shuffle_blocks_room(size_t rows, size_t block_rows)
{
	return (rows + block_rows - 1) / block_rows + 2 * window_rows(rows, block_rows);
}

/* Lists the rows of blocks (count) in their order; returns their number.  The last block of all may
 * have fewer than the others. */
static size_t list_rows(
	uint32_t *list, const uint32_t *blocks, size_t count, size_t block_rows, size_t rows)
{
	size_t listed = 0, b, i;

	for (b = 0; b < count; b++) {
		const size_t first = blocks[b] * block_rows;
		const size_t end = rows - first < block_rows ? rows : first + block_rows;

		for (i = first; i < end; i++)
			list[listed++] = (uint32_t)i;
	}
	return listed;
}

void shuffle_blocks(
	struct rng *rng, uint32_t *order, size_t rows, size_t block_rows, uint32_t *scratch)
{
	const size_t count = (rows + block_rows - 1) / block_rows;
	uint32_t *const blocks = scratch, *const list = blocks + count;
	uint32_t *const places = list + window_rows(rows, block_rows);
	struct rng sampler = epoch_sampler(rng);
	size_t first, done = 0, i;

	rng_permutation(&sampler, blocks, count);
	for (first = 0; first < count; first += SHUFFLE_WINDOW) {
		const size_t left = count - first;
		const size_t some = left < SHUFFLE_WINDOW ? left : SHUFFLE_WINDOW;
		const size_t listed = list_rows(list, blocks + first, some, block_rows, rows);

		rng_permutation(&sampler, places, listed);
		for (i = 0; i < listed; i++)
			order[done++] = list[places[i]];
	}
}

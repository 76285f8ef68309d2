/*
 * sums.c: loss and gradient of a batch in double, row by row through the layers and back.
 *
 * Each number has a bound on the error of float: dense.c, activations.c and losses.c compute it
 * within a row, and bounds.c for the sums over rows.
 */
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

/* Takes count numbers from *block. */
static struct bounded *take(struct bounded **block, size_t count)
{
	struct bounded *taken = *block;

	*block += count;
	return taken;
}

static size_t widest_of(const struct network *network)
{
	size_t widest = 0, i;

	for (i = 0; i < network->count; i++)
		if (network->layers[i].inputs > widest)
			widest = network->layers[i].inputs;
	return widest;
}

static size_t units_of(const struct network *network)
{
	size_t units = 0, i;

	for (i = 0; i < network->count; i++)
		units += network->layers[i].outputs;
	return units;
}

void *sums_new(struct sums *sums, const struct problem *problem, int with_bounds)
{
	const struct network network = problem_network(problem);
	const size_t P = network.parameters, K = problem->outputs, D = problem->data->features;
	const size_t widest = widest_of(&network);
	const size_t numbers = D + 5 * units_of(&network) + K;
	const size_t doubles = 2 * widest + (with_bounds ? 3 * P : P);
	struct bounded *block = calloc(1, numbers * sizeof *block + doubles * sizeof(double));
	struct bounded *rest = block;
	size_t i;

	if (!block)
		return NULL;
	*sums = (struct sums){.network = network, .x = take(&rest, D), .value = take(&rest, K)};
	for (i = 0; i < network.count; i++) {
		const size_t outputs = network.layers[i].outputs;

		sums->units[i] = (struct units){take(&rest, outputs), take(&rest, outputs),
			take(&rest, outputs), take(&rest, outputs), take(&rest, outputs)};
	}
	sums->scratch = (double *)rest;
	sums->gradient = sums->scratch + 2 * widest;
	if (with_bounds) {
		sums->gradient_terms = sums->gradient + P;
		sums->gradient_errors = sums->gradient_terms + P;
	}
	return block;
}

/* ---- a row ---- */

static struct dense dense_of(const struct sums *sums, const double *params, size_t layer)
{
	return (struct dense){.layer = &sums->network.layers[layer],
		.params = params,
		.is_linear = sums->network.count == 1,
		.with_bounds = sums->gradient_terms != NULL,
		.places = layer ? NULL : sums->places,
		.nonzeros = sums->nonzeros};
}

/* Returns what a layer multiplies its weights by. */
static const struct bounded *inputs_of(const struct sums *sums, size_t layer)
{
	return layer ? sums->units[layer - 1].a : sums->x;
}

static void activate(
	const struct hidden *hidden, const struct layer *layer, const struct units *units)
{
	size_t o;

	for (o = 0; o < layer->outputs; o++) {
		const struct activated at = activation_at(hidden, units->z[o]);

		units->a[o] = at.value;
		units->da_dz[o] = at.slope;
	}
}

/* Of a sparse row only its numbers are written, over those of the row before. */
static void take_sparse_row(struct sums *sums, const struct sparse_rows *rows, size_t row)
{
	const float *value = rows->value + rows->start[row];
	size_t i;

	for (i = 0; i < sums->nonzeros; i++)
		sums->x[sums->places[i]] = bounded_exact(0.0);
	sums->places = rows->index + rows->start[row];
	sums->nonzeros = sparse_count(rows, row);
	for (i = 0; i < sums->nonzeros; i++)
		sums->x[sums->places[i]] = bounded_exact((double)value[i]);
}

static void take_row(struct sums *sums, const gf_dataset *data, size_t row)
{
	size_t i;

	if (data->sparse) {
		take_sparse_row(sums, data->sparse, row);
		return;
	}
	for (i = 0; i < data->features; i++)
		sums->x[i] = bounded_exact((double)data->x[row * data->features + i]);
}

const struct bounded *sums_outputs(
	struct sums *sums, const struct problem *problem, const double *params, size_t row)
{
	const size_t last = sums->network.count - 1;
	size_t i;

	take_row(sums, problem->data, row);
	for (i = 0; i <= last; i++) {
		const struct dense dense = dense_of(sums, params, i);

		dense_forward(&dense, inputs_of(sums, i), sums->units[i].z);
		if (i < last)
			activate(&problem->hidden, dense.layer, &sums->units[i]);
	}
	return sums->units[last].z;
}

/* Computes the losses of a row, and their slopes at the outputs. */
static void row_losses(
	struct sums *sums, const struct problem *problem, const double *params, size_t row)
{
	const float *y = problem->data->y + row * problem->data->outputs;
	const double weight = problem->weights ? (double)problem->weights[row] : 1.0;
	const struct units *units = &sums->units[sums->network.count - 1];
	size_t k;

	sums_outputs(sums, problem, params, row);
	for (k = 0; problem->data->offset && k < problem->outputs; k++)
		units->z[k] =
			bounded_add(units->z[k], bounded_exact((double)problem->data->offset[row]));
	losses_of_row(problem, y, weight, units->z, sums->value, units->dz);
}

/* Computes the slopes of the hidden layers from those at the outputs. */
static void row_slopes(struct sums *sums, const double *params)
{
	size_t i, o;

	for (i = sums->network.count - 1; i > 0; i--) {
		const struct dense dense = dense_of(sums, params, i);
		const struct units *units = &sums->units[i - 1];

		dense_backward(&dense, sums->units[i].dz, sums->scratch, units->da);
		for (o = 0; o < dense.layer->inputs; o++)
			units->dz[o] = bounded_mul(units->da[o], units->da_dz[o]);
	}
}

const struct bounded *sums_row(
	struct sums *sums, const struct problem *problem, const double *params, size_t row)
{
	row_losses(sums, problem, params, row);
	row_slopes(sums, params);
	return sums->units[sums->network.count - 1].z;
}

/* ---- sums over rows ---- */

static void add_losses(struct sums *sums, size_t outputs)
{
	size_t k;

	for (k = 0; k < outputs; k++) {
		const struct bounded value = sums->value[k];

		sums->loss += value.value;
		sums->loss_terms += fabs(value.value) + value.error;
		sums->loss_errors += value.error;
	}
}

/* Adds to the bounds of the gradient of a row of weights, from place on. */
static void add_errors(
	struct sums *sums, size_t place, struct bounded dz, const struct bounded *a, size_t inputs)
{
	const double size = fabs(dz.value) + dz.error;
	double *terms = sums->gradient_terms + place, *errors = sums->gradient_errors + place;
	size_t i;

	for (i = 0; i < inputs; i++) {
		const double a_size = fabs(a[i].value);

		terms[i] += size * (a_size + a[i].error);
		errors[i] += dz.error * a_size + size * a[i].error + (double)FLT_MIN;
	}
}

/* Adds to the gradient of a row of weights, from place on, and to its bounds. */
static void add_weights(
	struct sums *sums, size_t place, struct bounded dz, const struct bounded *a, size_t inputs)
{
	size_t i;

	for (i = 0; i < inputs; i++)
		sums->gradient[place + i] += dz.value * a[i].value;
	if (sums->gradient_terms)
		add_errors(sums, place, dz, a, inputs);
}

/* The same of a sparse row, whose other numbers add nothing. */
static void add_sparse_weights(struct sums *sums, size_t place, struct bounded dz)
{
	size_t i;

	for (i = 0; i < sums->nonzeros; i++) {
		const size_t j = sums->places[i];

		add_weights(sums, place + j, dz, sums->x + j, 1);
	}
}

/* Adds the slope of output o of a layer times its derivatives: a for weights, 1 for the bias. */
static void add_slope(struct sums *sums, size_t l, size_t o)
{
	const struct layer *layer = &sums->network.layers[l];
	const struct bounded dz = sums->units[l].dz[o], *a = inputs_of(sums, l);
	const size_t weights = layer->weight + o * layer->inputs, bias = layer->bias + o;

	if (l == 0 && sums->places)
		add_sparse_weights(sums, weights, dz);
	else
		add_weights(sums, weights, dz, a, layer->inputs);
	sums->gradient[bias] += dz.value;
	if (!sums->gradient_terms)
		return;
	sums->gradient_terms[bias] += fabs(dz.value) + dz.error;
	sums->gradient_errors[bias] += dz.error;
}

static void add_gradients(struct sums *sums)
{
	size_t l, o;

	for (l = 0; l < sums->network.count; l++)
		for (o = 0; o < sums->network.layers[l].outputs; o++)
			add_slope(sums, l, o);
}

static void clear_bias_gradients(struct sums *sums)
{
	size_t l;

	for (l = 0; l < sums->network.count; l++) {
		const struct layer *layer = &sums->network.layers[l];
		const size_t bytes = layer->outputs * sizeof(double);

		memset(sums->gradient + layer->bias, 0, bytes);
		if (!sums->gradient_terms)
			continue;
		memset(sums->gradient_terms + layer->bias, 0, bytes);
		memset(sums->gradient_errors + layer->bias, 0, bytes);
	}
}

void reference_sums(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params)
{
	const size_t P = sums->network.parameters;
	size_t i;

	sums->loss = sums->loss_terms = sums->loss_errors = 0.0;
	memset(sums->gradient, 0, (sums->gradient_terms ? 3 : 1) * P * sizeof(double));
	for (i = 0; i < batch->count; i++) {
		sums_row(sums, problem, params, batch_row(batch, i));
		add_losses(sums, problem->outputs);
		add_gradients(sums);
	}
	if (problem->update.no_bias)
		clear_bias_gradients(sums);
}

void reference_losses(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params)
{
	size_t i;

	sums->loss = sums->loss_terms = sums->loss_errors = 0.0;
	for (i = 0; i < batch->count; i++) {
		row_losses(sums, problem, params, batch_row(batch, i));
		add_losses(sums, problem->outputs);
	}
}

/*
 * order_network.c: a network with hidden layers, one unit and one row at a time, as the table "A
 * network's layers" in kernels/README.md has it.
 *
 *	a	inputs of a layer: the features, or the activations of the layer before it
 *	z	its outputs, before the activation
 *	dz	slope of the row's loss with respect to z
 */
#include "order.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK = 256, BLOCK = 64 };

/* A network and some rows.  The rows of a unit lie side by side. */
struct pass {
	const struct problem *p;
	const float *params; /* (P) */
	struct network network;
	size_t rows;
	float *a[NETWORK_LAYERS];                      /* (inputs, rows) of each layer */
	float *z[NETWORK_LAYERS], *dz[NETWORK_LAYERS]; /* (outputs, rows) of each layer */
	float *numbers;                                /* owned: all of them */
};

static struct pass new_pass(const struct problem *p, const float *params, size_t rows)
{
	struct pass pass = {.p = p, .params = params, .network = problem_network(p), .rows = rows};
	size_t units = 0, l;
	float *next;

	for (l = 0; l < pass.network.count; l++)
		units += pass.network.layers[l].inputs + 2 * pass.network.layers[l].outputs;
	next = pass.numbers = malloc(units * rows * sizeof *next);
	for (l = 0; l < pass.network.count; l++) {
		const struct layer *layer = &pass.network.layers[l];

		pass.a[l] = next;
		pass.z[l] = pass.a[l] + layer->inputs * rows;
		pass.dz[l] = pass.z[l] + layer->outputs * rows;
		next = pass.dz[l] + layer->outputs * rows;
	}
	return pass;
}

/* Sums a[i * rows] * w[i * step] over i from 0 to n - 1, in chunks of 256. */
static float sum_products(const float *a, size_t rows, const float *w, size_t step, size_t n)
{
	float sum = 0.0f, acc;
	size_t first, i;

	for (first = 0; first < n; first += CHUNK) {
		acc = 0.0f;
		for (i = first; i < n && i < first + CHUNK; i++)
			acc = fmaf(a[i * rows], w[i * step], acc);
		sum = first == 0 ? acc : sum + acc;
	}
	return sum;
}

/* ---- forward ---- */

static void take_features(const struct pass *pass, size_t r, size_t row)
{
	const size_t D = pass->p->data->features;
	size_t j;

	for (j = 0; j < D; j++)
		pass->a[0][j * pass->rows + r] = pass->p->data->x[row * D + j];
}

static void take_layer(const struct pass *pass, size_t l, size_t r)
{
	const struct layer *layer = &pass->network.layers[l];
	size_t o;

	for (o = 0; o < layer->outputs; o++) {
		const float *w = pass->params + layer->weight + o * layer->inputs;
		const float z = sum_products(pass->a[l] + r, pass->rows, w, 1, layer->inputs) +
				pass->params[layer->bias + o];

		pass->z[l][o * pass->rows + r] = z;
		if (l + 1 < pass->network.count)
			pass->a[l + 1][o * pass->rows + r] = order_activation(&pass->p->hidden, z);
	}
}

/* Takes row r of the pass, which is that row of the data, through all layers. */
static void take_row(const struct pass *pass, size_t r, size_t row)
{
	size_t l;

	take_features(pass, r, row);
	for (l = 0; l < pass->network.count; l++)
		take_layer(pass, l, r);
}

float order_network_output(const struct problem *p, const float *params, size_t row, size_t k)
{
	struct pass pass = new_pass(p, params, 1);
	float z;

	take_row(&pass, 0, row);
	z = pass.z[pass.network.count - 1][k];
	free(pass.numbers);
	return z;
}

/* ---- backward ---- */

/* Computes dz of layer l - 1 from dz of layer l. */
static void take_slopes(const struct pass *pass, size_t l, size_t r)
{
	const struct layer *layer = &pass->network.layers[l];
	const float *w = pass->params + layer->weight;
	size_t i;

	for (i = 0; i < layer->inputs; i++) {
		const size_t at = i * pass->rows + r;
		const float slope = sum_products(
			pass->dz[l] + r, pass->rows, w + i, layer->inputs, layer->outputs);

		pass->dz[l - 1][at] =
			slope * order_activation_slope(&pass->p->hidden, pass->z[l - 1][at]);
	}
}

/* Sets dz of the last layer, and value (K, rows). */
static void take_losses(const struct pass *pass, size_t r, size_t row, float *value)
{
	const size_t K = pass->p->outputs, last = pass->network.count - 1;
	float *z = malloc(3 * K * sizeof *z), *values = z + K, *slopes = values + K;
	size_t k;

	for (k = 0; k < K; k++)
		z[k] = pass->z[last][k * pass->rows + r];
	order_losses(pass->p, row, z, values, slopes);
	for (k = 0; k < K; k++) {
		value[k * pass->rows + r] = values[k];
		pass->dz[last][k * pass->rows + r] = slopes[k];
	}
	free(z);
}

/* Sums the products of dz (rows) and a (rows) block by block; scratch (blocks). */
static float sum_rows(const float *dz, const float *a, size_t rows, float *scratch)
{
	const size_t blocks = (rows + BLOCK - 1) / BLOCK;
	size_t b, r;

	for (b = 0; b < blocks; b++) {
		scratch[b] = 0.0f;
		for (r = b * BLOCK; r < rows && r < (b + 1) * BLOCK; r++)
			scratch[b] = a ? fmaf(dz[r], a[r], scratch[b]) : scratch[b] + dz[r];
	}
	order_tree(scratch, blocks, 1);
	return scratch[0];
}

static void take_gradient(const struct pass *pass, size_t l, float scale, float *gradient)
{
	const struct layer *layer = &pass->network.layers[l];
	const size_t rows = pass->rows;
	float *scratch = malloc((rows + BLOCK) / BLOCK * sizeof *scratch);
	size_t o, i;

	for (o = 0; o < layer->outputs; o++) {
		const float *dz = pass->dz[l] + o * rows;

		for (i = 0; i < layer->inputs; i++)
			gradient[layer->weight + o * layer->inputs + i] =
				sum_rows(dz, pass->a[l] + i * rows, rows, scratch) * scale;
		gradient[layer->bias + o] =
			pass->p->update.no_bias ? 0.0f : sum_rows(dz, NULL, rows, scratch) * scale;
	}
	free(scratch);
}

float order_network_gradient(const struct problem *p, const struct batch *batch,
	const float *params, float scale, float *gradient)
{
	struct pass pass = new_pass(p, params, batch->count);
	float *value = malloc(p->outputs * batch->count * sizeof *value), loss;
	size_t r, l;

	for (r = 0; r < batch->count; r++) {
		const size_t row = batch_row(batch, r);

		take_row(&pass, r, row);
		take_losses(&pass, r, row, value);
		for (l = pass.network.count - 1; l > 0; l--)
			take_slopes(&pass, l, r);
	}
	for (l = 0; gradient && l < pass.network.count; l++)
		take_gradient(&pass, l, scale, gradient);
	loss = order_loss(value, batch->count, p->outputs) * scale;
	free(value);
	free(pass.numbers);
	return loss;
}

/* layer_values.c: what each layer of a network computes of one row, to show it. */
#include "reference.h"

#include <stdlib.h>

static void copy_values(const struct bounded *numbers, size_t count, double *out)
{
	size_t i;

	for (i = 0; i < count; i++)
		out[i] = numbers[i].value;
}

/* The last layer has no activation. */
static void copy_layer(struct layer_values *layer, const struct units *units, int is_last)
{
	size_t o;

	copy_values(units->z, layer->units, layer->z);
	copy_values(units->dz, layer->units, layer->dz);
	copy_values(is_last ? units->z : units->a, layer->units, layer->a);
	copy_values(is_last ? units->dz : units->da, layer->units, layer->da);
	for (o = 0; o < layer->units; o++)
		layer->da_dz[o] = is_last ? 1.0 : units->da_dz[o].value;
}

/* Lays out all layers in one block, which the first one owns. */
static gf_status layers_new(
	struct layer_values *layers, const struct network *network, gf_error *err)
{
	size_t units = 0, i;
	double *block;

	for (i = 0; i < network->count; i++)
		units += network->layers[i].outputs;
	block = calloc(units, 5 * sizeof *block);
	if (!block)
		return gf_fail_memory(err, units * 5 * sizeof *block, "the layers of a row");
	for (i = 0; i < network->count; i++) {
		const size_t n = network->layers[i].outputs;

		layers[i] = (struct layer_values){
			n, block, block + n, block + 2 * n, block + 3 * n, block + 4 * n};
		block += 5 * n;
	}
	return GF_OK;
}

void reference_layers_free(struct layer_values *layers)
{
	free(layers[0].z);
}

gf_status reference_layers(const struct problem *problem, const float *params, size_t row,
	struct layer_values *layers, gf_error *err)
{
	const struct network network = problem_network(problem);
	const size_t P = network.parameters;
	double *doubles = malloc(P * sizeof *doubles);
	struct sums sums;
	void *block = sums_new(&sums, problem, 0);
	gf_status status = GF_OK;
	size_t i;

	if (!doubles || !block)
		status = gf_fail_memory(err, P * sizeof *doubles, "the layers of a row");
	if (!status)
		status = layers_new(layers, &network, err);
	if (!status) {
		sums_row(&sums, problem, reference_doubles(params, P, doubles), row);
		for (i = 0; i < network.count; i++)
			copy_layer(layers + i, sums.units + i, i + 1 == network.count);
	}
	free(doubles);
	free(block);
	return status;
}

/* layer_values.c: what each layer of a network computes of the first rows of data, to show it. */
#include "reference.h"

#include <stdlib.h>

/* Where the units of a row are in the arrays of a layer. */
struct row_place {
	const gf_theory_layer *layer;
	size_t first; /* of (output_rows, units) */
	int is_last;  /* the last layer has no activation */
};

static void copy_row(const struct row_place *at, const struct units *units)
{
	const gf_theory_layer *layer = at->layer;
	size_t o, i;

	for (o = 0; o < layer->units; o++) {
		i = at->first + o;
		layer->z[i] = units->z[o].value;
		layer->dz[i] = units->dz[o].value;
		layer->a[i] = at->is_last ? layer->z[i] : units->a[o].value;
		layer->da[i] = at->is_last ? layer->dz[i] : units->da[o].value;
		layer->slope[i] = at->is_last ? 1.0 : units->da_dz[o].value;
	}
}

static void copy_layers(gf_theory *theory, const struct sums *sums, size_t row, size_t outputs)
{
	size_t l, k;

	for (l = 0; l < theory->layers_count; l++) {
		const gf_theory_layer *layer = theory->layers + l;
		const struct row_place at = {
			layer, row * layer->units, l + 1 == theory->layers_count};

		copy_row(&at, &sums->units[l]);
	}
	theory->losses[row] = 0.0;
	for (k = 0; k < outputs; k++)
		theory->losses[row] += sums->value[k].value;
}

/* Adds the activations of a row to the sums that become the means. */
static void add_activations(gf_theory *theory, const struct sums *sums)
{
	size_t l, o;

	for (l = 0; l < theory->layers_count; l++) {
		const struct units *units = &sums->units[l];
		const struct bounded *a = l + 1 == theory->layers_count ? units->z : units->a;

		for (o = 0; o < theory->layers[l].units; o++)
			theory->layers[l].mean_a[o] += a[o].value;
	}
}

static void divide_means(gf_theory *theory, size_t rows)
{
	size_t l, o;

	for (l = 0; l < theory->layers_count; l++)
		for (o = 0; o < theory->layers[l].units; o++)
			theory->layers[l].mean_a[o] /= (double)rows;
}

gf_status reference_layers(
	const struct problem *problem, const float *params, gf_theory *theory, gf_error *err)
{
	const size_t P = problem_params(problem), rows = problem->data->rows;
	double *doubles = malloc(P * sizeof *doubles);
	struct sums sums;
	void *block = sums_new(&sums, problem, 0);
	gf_status status = GF_OK;
	size_t i;

	if (!doubles || !block)
		status = gf_fail_memory(err, P * sizeof *doubles, "the layers of a network");
	else
		reference_doubles(params, P, doubles);
	for (i = 0; !status && i < rows; i++) {
		if (i < theory->output_rows) {
			sums_row(&sums, problem, doubles, i);
			copy_layers(theory, &sums, i, problem->outputs);
		} else {
			sums_outputs(&sums, problem, doubles, i);
		}
		add_activations(theory, &sums);
	}
	if (!status)
		divide_means(theory, rows);
	free(doubles);
	free(block);
	return status;
}

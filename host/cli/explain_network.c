/* explain_network.c: --explain of a network: its sections, and the numbers that they share. */
#include "explain_network.h"
#include "layers.h"

#include <stdio.h>

gf_layer explained_layer(const struct network_explanation *e, size_t layer)
{
	return layers_at(e->params, e->epoch->before, layer);
}

bool explained_is_last(const struct network_explanation *e, size_t layer)
{
	return layer + 1 == e->layers;
}

double explained_input(const struct network_explanation *e, size_t layer, size_t row, size_t i)
{
	const gf_theory_layer *before = e->theory->layers + layer - 1;

	if (layer == 0)
		return gf_dataset_x(e->params->data)[row * e->params->features + i];
	return before->a[row * before->units + i];
}

double explained_dz(const struct network_explanation *e, size_t layer, size_t row, size_t unit)
{
	const gf_theory_layer *l = e->theory->layers + layer;

	return l->dz[row * l->units + unit];
}

/* + 0.0 turns -0 into 0. */
struct formatted explained_number(double value)
{
	return format_rounded(value + 0.0);
}

/* ---- the weights that are examples ---- */

/* Returns how well a weight shows its gradient: 2 if row 1 has a share in it, 1 if it is not 0. */
static int interest(const struct network_explanation *e, size_t layer, size_t unit, size_t input)
{
	const gf_layer l = explained_layer(e, layer);
	const size_t first = (size_t)(l.weight - e->epoch->before);

	if (e->theory->gradient[first + unit * l.inputs + input] == 0)
		return 0;
	return explained_dz(e, layer, 0, unit) * explained_input(e, layer, 0, input) != 0 ? 2 : 1;
}

/* The first weight of the layer that shows its gradient best. */
static struct explained_weight example_of(const struct network_explanation *e, size_t layer)
{
	const gf_layer l = explained_layer(e, layer);
	struct explained_weight w = {0};
	int best = 0;

	for (size_t o = 0; o < l.outputs && best < 2; o++)
		for (size_t i = 0; i < l.inputs && best < 2; i++)
			if (interest(e, layer, o, i) > best) {
				best = interest(e, layer, o, i);
				w.unit = o;
				w.input = i;
			}
	w.at = (size_t)(l.weight - e->epoch->before) + w.unit * l.inputs + w.input;
	w.bias_at = (size_t)(l.bias - e->epoch->before) + w.unit;
	return w;
}

/* ---- all sections ---- */

static void print_legend(const struct network_explanation *e)
{
	const gf_config *c = e->config;

	printf("epoch %zu: theory, in double, beside what the device computed, in float\n",
		e->epoch->epoch);
	printf("   network: %s\n", layers_title(e->params, c->activation, c->negative_slope).text);
	puts("   Layers are numbered as in nn.Sequential, where activations count too.\n"
	     "   Tables have a line for each row of the data, and a column for each unit.");
	if (e->epoch->output_rows < e->rows)
		printf("   The first %zu of %zu rows are shown.\n", e->epoch->output_rows, e->rows);
	puts("   z and a: a unit before and after its activation; l: the loss of one row\n"
	     "   ulp: how far off the device is, in steps from one float to the next");
}

static void start_section(size_t *section)
{
	printf("\n%zu. ", ++*section);
}

static void print_sections(const struct network_explanation *e)
{
	size_t section = 0;

	for (size_t l = 0; l < e->layers; l++) {
		start_section(&section);
		explain_forward(e, l);
	}
	start_section(&section);
	explain_network_loss(e);
	start_section(&section);
	explain_output_backward(e);
	for (size_t l = e->layers - 1; l-- > 0;) {
		start_section(&section);
		explain_backward(e, l);
	}
	start_section(&section);
	explain_weight(e);
	start_section(&section);
	explain_next_weights(e);
}

void explain_network(const struct param_table *params, const gf_config *config,
	const gf_epoch *epoch, const gf_theory *theory)
{
	const size_t rows = gf_dataset_rows(params->data);
	struct network_explanation e = {.params = params,
		.config = config,
		.epoch = epoch,
		.theory = theory,
		.layers = layers_count(params),
		.rows = rows,
		.divisor = rows * (params->classes ? 1 : params->outputs)};

	for (size_t l = 0; l < e.layers; l++)
		e.weights[l] = example_of(&e, l);
	print_legend(&e);
	print_sections(&e);
}

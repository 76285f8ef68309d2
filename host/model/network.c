#include "network.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Adds a layer of outputs (inputs + 1) parameters.  Returns 0 if that is 0 or too many. */
static int add_layer(struct network *n, size_t inputs, size_t outputs)
{
	const size_t room = SIZE_MAX / sizeof(float) - n->parameters;
	struct layer *layer = &n->layers[n->count++];

	if (inputs == 0 || outputs == 0 || inputs >= room || outputs > room / (inputs + 1))
		return 0;
	*layer = (struct layer){inputs, outputs, .weight = n->parameters};
	layer->bias = layer->weight + inputs * outputs;
	n->parameters = layer->bias + outputs;
	return 1;
}

int network_init(struct network *network, const size_t *widths, size_t layers)
{
	size_t i;

	*network = (struct network){.count = 0};
	for (i = 0; i < layers; i++)
		if (i == NETWORK_LAYERS || !add_layer(network, widths[i], widths[i + 1]))
			return 0;
	return layers > 0;
}

int network_of(
	struct network *network, size_t features, const struct hidden *hidden, size_t outputs)
{
	size_t widths[NETWORK_LAYERS + 1] = {features}, i;

	for (i = 0; i < hidden->count; i++)
		widths[1 + i] = hidden->widths[i];
	widths[1 + i] = outputs;
	return network_init(network, widths, hidden->count + 1);
}

void hidden_text(const struct hidden *hidden, char text[HIDDEN_TEXT])
{
	size_t used = 0, i;

	strcpy(text, "none");
	for (i = 0; i < hidden->count; i++)
		used += (size_t)sprintf(text + used, "%s%zu", i ? "," : "", hidden->widths[i]);
}

struct network network_linear(size_t features, size_t outputs)
{
	const size_t widths[] = {features, outputs};
	struct network network;

	network_init(&network, widths, 1);
	return network;
}

static size_t layer_at(const struct network *network, size_t p)
{
	size_t i = 0;

	while (i + 1 < network->count && p >= network->layers[i + 1].weight)
		i++;
	return i;
}

int network_is_bias(const struct network *network, size_t p)
{
	return p >= network->layers[layer_at(network, p)].bias;
}

struct place network_place(const struct network *network, size_t p)
{
	const size_t i = layer_at(network, p);
	const struct layer *layer = &network->layers[i];

	if (p >= layer->bias)
		return (struct place){i, p - layer->bias, 0, 1};
	p -= layer->weight;
	return (struct place){i, p / layer->inputs, p % layer->inputs, 0};
}

void network_title(const struct network *network, size_t p, char text[NETWORK_TITLE])
{
	const struct place at = network_place(network, p);
	char module[24] = "";

	if (network->count > 1)
		snprintf(module, sizeof module, "%zu.", 2 * at.layer);
	if (at.is_bias)
		snprintf(text, NETWORK_TITLE, "%sbias[%zu]", module, at.output);
	else
		snprintf(text, NETWORK_TITLE, "%sweight[%zu][%zu]", module, at.output, at.input);
}

/*
 * network.h: dense layers as offsets into one block of P parameters.
 *
 * Each layer is PyTorch's nn.Linear: weight (outputs, inputs) row-major, then bias (outputs).  A
 * linear model is a network of one layer.  Everything that walks over parameters (optimiser,
 * checkpoint, norm, check) is one loop over the block; only this file says what a place in it is.
 */
#ifndef GF_NETWORK_H
#define GF_NETWORK_H

#include "gpufitcl_words.h"

#include <stddef.h>

enum { NETWORK_LAYERS = GF_HIDDEN_LAYERS + 1 };

#define HIDDEN_NEGATIVE_SLOPE 0.01 /* the default, as PyTorch's */

/* The hidden layers of a network, each followed by the activation; count 0: a linear model. */
struct hidden {
	size_t widths[GF_HIDDEN_LAYERS];
	size_t count;
	gf_activation activation; /* of a model also GF_ACTIVATION_COUNT: its file does not say */
	double negative_slope;    /* of leaky_relu */
};

struct layer {
	size_t inputs, outputs;
	size_t weight, bias; /* offsets: weight[o][i] is at weight + o inputs + i */
};

struct network {
	struct layer layers[NETWORK_LAYERS];
	size_t count;      /* of layers, 1 or more */
	size_t parameters; /* P */
};

/* widths (layers + 1): the features, the hidden widths, the outputs.  0: it has more than
 * NETWORK_LAYERS layers, a width is 0, or P floats are more than memory can hold. */
int network_init(struct network *network, const size_t *widths, size_t layers);

/* Sets the network of so many features and outputs with hidden layers between them.
 * 0: as network_init. */
int network_of(
	struct network *network, size_t features, const struct hidden *hidden, size_t outputs);

enum { HIDDEN_TEXT = 21 * GF_HIDDEN_LAYERS + 1 };

/* Writes the widths as --hidden takes them: "64,32"; "none" if there are none. */
void hidden_text(const struct hidden *hidden, char text[HIDDEN_TEXT]);

/* One layer, of sizes that are known to be possible. */
struct network network_linear(size_t features, size_t outputs);

/* The place of a parameter in its network. */
struct place {
	size_t layer, output, input; /* input 0 for a bias */
	int is_bias;
};

struct place network_place(const struct network *network, size_t p);

int network_is_bias(const struct network *network, size_t p);

enum { NETWORK_TITLE = 80 };

/* "weight[0][2]", "bias[0]"; with several layers as nn.Sequential names them, where every other
 * module is an activation: "2.weight[0][2]". */
void network_title(const struct network *network, size_t p, char text[NETWORK_TITLE]);

#endif

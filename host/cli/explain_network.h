/*
 * explain_network.h: --explain of a network.
 *
 *	explain_network.c	the sections in their order
 *	explain_layers.c	each layer forward, the loss, each layer backward
 *	explain_weights.c	the gradient of a weight, the next parameters
 *
 * Layer i is module 2 i of nn.Sequential, and is called so.
 */
#ifndef GF_EXPLAIN_NETWORK_H
#define GF_EXPLAIN_NETWORK_H

#include "format.h"
#include "gpufitcl_notebook.h"
#include "print.h"

/* Prints a step of sgd: each layer forward, the loss, each layer backward by the chain rule, the
 * gradient of one weight as the mean of products, and the next parameters. */
void explain_network(const struct param_table *params, const gf_config *config,
	const gf_epoch *epoch, const gf_theory *theory);

/* A weight, and where it and the bias of its unit are in the block of parameters. */
struct explained_weight {
	size_t unit, input; /* weight[unit][input] */
	size_t at, bias_at;
};

struct network_explanation {
	const struct param_table *params; /* borrowed */
	const gf_config *config;          /* borrowed */
	const gf_epoch *epoch;            /* borrowed: what the device computed */
	const gf_theory *theory;          /* borrowed: the same in double */
	size_t layers, rows;              /* rows: N */
	size_t divisor;                   /* of the mean: N, or N K of numbers */
	struct explained_weight weights[GF_HIDDEN_LAYERS + 1]; /* of each layer, its example */
};

gf_layer explained_layer(const struct network_explanation *e, size_t layer);
bool explained_is_last(const struct network_explanation *e, size_t layer);

/* What the layer multiplies its weights by at a row: a feature, or a unit of the layer before. */
double explained_input(const struct network_explanation *e, size_t layer, size_t row, size_t i);

double explained_dz(const struct network_explanation *e, size_t layer, size_t row, size_t unit);

/* format_rounded, of -0 as of 0. */
struct formatted explained_number(double value);

/* ---- sections ---- */

void explain_forward(const struct network_explanation *e, size_t layer);
void explain_network_loss(const struct network_explanation *e);
void explain_output_backward(const struct network_explanation *e);
void explain_backward(const struct network_explanation *e, size_t layer);
void explain_weight(const struct network_explanation *e);
void explain_next_weights(const struct network_explanation *e);

#endif

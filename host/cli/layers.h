/*
 * layers.h: the layers of a network in a block of all its parameters or of their gradient, named as
 * nn.Sequential names them: layer i is module 2 i, since an activation follows each hidden layer.
 */
#ifndef GF_LAYERS_H
#define GF_LAYERS_H

#include "print.h"

/* The number of layers; 1: a linear model. */
size_t layers_count(const struct param_table *params);

/* P, the number of parameters without biases that are not trained. */
size_t layers_parameters(const struct param_table *params);

/* A layer, with its weight and bias in block (P). */
gf_layer layers_at(const struct param_table *params, const float *block, size_t layer);

/* {"0.weight": [[...], ...], "0.bias": [...], "2.weight": ...}; without biases if they are not
 * trained.  For the caller to free; NULL: no memory. */
json_t *layers_json(const struct param_table *params, const float *block);

/* Longer lists of a network's parameters are not printed. */
enum { LAYERS_SHOWN = 20 };

/* "784-128-10, relu, 101770 parameters"; activation GF_ACTIVATION_COUNT: it is not known. */
struct layers_title {
	char text[512];
};

struct layers_title layers_title(
	const struct param_table *params, gf_activation activation, double negative_slope);

/* Prints the weight of each layer as a matrix with its bias beside or below it, as many numbers as
 * the terminal has room for: at most MATRIX_LINES lines.  suffix follows the words weight and bias:
 * "" or ".grad". */
enum { MATRIX_LINES = 10 };

void layers_print_matrices(const struct param_table *params, const char *suffix, const float *block,
	const char *indent);

/* Prints each number of block (P) with its name. */
void layers_print(const struct param_table *params, const float *block);

#endif

/*
 * network.cl: the layers of a network with hidden layers, and where its numbers stand in memory.
 *
 *	l	a layer from 0 on, with I inputs and O outputs; K are the last one's outputs
 *	tile	TILE rows of a batch, whose numbers stand side by side: (unit, TILE)
 *
 *	w (1 + S, plane)	the parameters, then each plane of the optimiser's state: for
 *				each layer the weights, on CPUs in strips of 16 inputs (strips, O,
 *				16), on GPUs in rows (O, I rounded up to 16), then the biases, O
 *				rounded up to 16; numbers of padding are 0
 *	tiles (tiles, units, TILE)
 *				for each tile the inputs of each layer (I), the slopes of the
 *				outputs of each layer (O), the losses (K), and what softmax keeps
 *				(SOFTMAX_VALUES, if SOFTMAX)
 *	strips (strips, room, 16)
 *				on CPUs the inputs of each layer once more, in strips of 16 inputs
 *				side by side, for room rows
 *	node	sums over the rows of a chunk: the gradient (plane) and the losses (K, 16)
 *
 * The slopes of a layer's outputs are at first da/dz, then dL/dz.  -DWIDTHS=D,H,..,K, the widths of
 * the layers, makes a program one of networks.
 */
#ifndef NETWORK_CL
#define NETWORK_CL

#include "training.cl"

#ifdef WIDTHS

#ifdef GPU
#define TILE 64
#else
#define TILE 16
#endif

/* -DUNROLLED: the code of each layer is compiled for its widths.  Otherwise all layers share it. */
#ifdef UNROLLED
#define LAYERED       INLINE
#define UNROLL_LAYERS _Pragma("unroll")
#else
#define LAYERED NOINLINE
#define UNROLL_LAYERS
#endif

__constant uint layer_widths[] = {WIDTHS};

#define LAYERS ((uint)(sizeof layer_widths / sizeof *layer_widths) - 1)

static uint inputs_of(uint l)
{
	return layer_widths[l];
}

static uint outputs_of(uint l)
{
	return layer_widths[l + 1];
}

static uint vectors(uint numbers)
{
	return (numbers + 15) / 16;
}

/* ---- parameters ---- */

/* Returns the floats of a row of weights. */
static uint weight_row(uint l)
{
	return vectors(inputs_of(l)) * 16;
}

/* Returns the index of a layer's weights in a plane; that of layer LAYERS is the plane's size. */
static size_t weights_at(uint l)
{
	size_t at = 0;
	uint j;

	for (j = 0; j < l; j++)
		at += (size_t)outputs_of(j) * weight_row(j) + vectors(outputs_of(j)) * 16;
	return at;
}

static size_t biases_at(uint l)
{
	return weights_at(l) + (size_t)outputs_of(l) * weight_row(l);
}

/* Returns the index in a plane of the weight from input i to output o, and of those of the inputs
 * behind it in the same strip. */
static size_t weight_at(uint l, uint o, uint i)
{
#ifdef GPU
	return weights_at(l) + (size_t)o * weight_row(l) + i;
#else
	return weights_at(l) + ((size_t)(i / 16) * outputs_of(l) + o) * 16 + i % 16;
#endif
}

static size_t network_plane(void)
{
	return weights_at(LAYERS);
}

/* Returns the number of a layer's first weight in plain order; that of layer LAYERS is P. */
static size_t number_of_weight(uint l)
{
	size_t at = 0;
	uint j;

	for (j = 0; j < l; j++)
		at += (size_t)outputs_of(j) * (inputs_of(j) + 1);
	return at;
}

/* Returns the floats of a node. */
static size_t network_node(void)
{
	return network_plane() + outputs_of(LAYERS - 1) * SUM_LANES;
}

/* The rows of parameters of all layers in their order: for each layer the weights of each output,
 * then the biases. */
static uint parameter_rows(void)
{
	uint rows = 0, l;

	for (l = 0; l < LAYERS; l++)
		rows += outputs_of(l) + 1;
	return rows;
}

/* ---- tiles ---- */

/* Returns the unit of a tile where the inputs of a layer begin. */
static uint inputs_at(uint l)
{
	uint at = 0, j;

	for (j = 0; j < l; j++)
		at += inputs_of(j);
	return at;
}

/* Returns the unit of a tile where the slopes of a layer's outputs begin; that of layer LAYERS is
 * where the losses begin. */
static uint slopes_at(uint l)
{
	uint at = inputs_at(LAYERS), j;

	for (j = 0; j < l; j++)
		at += outputs_of(j);
	return at;
}

static uint tile_units(void)
{
	const uint K = outputs_of(LAYERS - 1);

#ifdef SOFTMAX
	const uint units = slopes_at(LAYERS) + K + SOFTMAX_VALUES(K);
#else
	const uint units = slopes_at(LAYERS) + K;
#endif

	/* An odd number: the same unit of all tiles would otherwise share few lines of a cache. */
	return units | 1;
}

static size_t tile_floats(void)
{
	return (size_t)tile_units() * TILE;
}

/* Returns the first strip of a layer's inputs; that of layer LAYERS is their number. */
static uint strips_at(uint l)
{
	uint at = 0, j;

	for (j = 0; j < l; j++)
		at += vectors(inputs_of(j));
	return at;
}

#endif
#endif

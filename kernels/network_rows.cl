/*
 * network_rows.cl: takes tiles of rows through all layers of a network: forward, loss and back.
 *
 *	z = w a + b, a of the next layer = activation(z)	forward, layer by layer
 *	loss and dL/dz of the outputs	terms.cl
 *	dL/dz = w^T dz da/dz, w and dz of the next layer	backward, layer by layer
 *
 *	x (rows, D)	features	in
 *	y, weights, shares	as in rows.cl	in
 *	w, tiles, strips	network.cl	in, out, out
 *	z (rows, K)	outputs		out
 *
 * Rows need nothing from each other and only read weights.  Launch: a work-item for each tile, on
 * GPUs a work-group; further ones do nothing.
 */
#ifndef NETWORK_ROWS_CL
#define NETWORK_ROWS_CL

#include "activation.cl"
#include "dense.cl"
#include "terms.cl"
#include "transpose.cl"

#if defined(WIDTHS) && !defined(GPU)

/* A tile of rows on its way through the network. */
struct tile {
	__global float *units;	/* (units, 16) */
	__global float *strips; /* of the tile's first row; NULL: no gradient is wanted */
	ulong strip;		/* floats from a strip to the next */
	uint count;		/* rows that exist, 1 to 16 */
};

/* ---- rows to units and back ---- */

/* Copies 16 inputs of a layer from the tile to their strip, whose numbers behind the last input are
 * never used. */
static void write_strip(struct tile t, uint l, uint s)
{
	__global float *strip = t.strips + (strips_at(l) + s) * t.strip;
	__global const float *units = t.units + (inputs_at(l) + s * 16) * 16;
	const uint count = inputs_of(l) - s * 16;
	__global const float *from[8];
	uint unit, row, i;

	for (unit = 0; unit < 16 && unit < count; unit += 8)
		for (row = 0; row < 16; row += 8) {
			for (i = 0; i < 8; i++)
				from[i] = units + min(unit + i, count - 1) * 16 + row;
			transpose_8(from, strip + row * 16 + unit, 16);
		}
}

static void write_strips(struct tile t, uint l)
{
	uint s;

	for (s = 0; t.strips && s < vectors(inputs_of(l)); s++)
		write_strip(t, l, s);
}

/* Copies 8 rows to the units of the tile, from row `first` on.  rows: where each begins. */
static void rows_to_units(struct tile t, __global const float *const *rows, uint first)
{
	const uint D = inputs_of(0);
	__global const float *from[8];
	uint i, r;

	for (i = 0; i + 8 <= D; i += 8) {
		for (r = 0; r < 8; r++)
			from[r] = rows[r] + i;
		transpose_8(from, t.units + i * 16 + first, 16);
	}
	for (; i < D; i++)
		for (r = 0; r < 8; r++)
			t.units[i * 16 + first + r] = rows[r][i];
}

/* Copies 8 rows to their strips. */
static void rows_to_strips(struct tile t, __global const float *const *rows, uint first)
{
	__global float *strip = t.strips + first * 16;
	uint s, r;

	for (s = 0; s < vectors(inputs_of(0)); s++, strip += t.strip)
		for (r = 0; r < 8; r++)
			vstore16(vload16(s, rows[r]), r, strip);
}

/* Reads the rows of x; rows that the tile lacks are copies of its last one. */
static void read_rows(struct tile t, __global const float *x)
{
	__global const float *rows[8];
	uint first, r;

	for (first = 0; first < 16; first += 8) {
		for (r = 0; r < 8; r++)
			rows[r] = x + (size_t)min(first + r, t.count - 1) * inputs_of(0);
		rows_to_units(t, rows, first);
		if (t.strips)
			rows_to_strips(t, rows, first);
	}
}

/* ---- layers ---- */

/* Adds the biases of a layer to its sums. */
static void add_biases(struct tile t, __global const float *w, uint l)
{
	__global float *z = t.units + slopes_at(l) * 16;
	uint o;

	for (o = 0; o < outputs_of(l); o++)
		vstore16(vload16(o, z) + w[biases_at(l) + o], o, z);
}

/* Takes the outputs z of a layer to the inputs of the next one, and leaves their slopes da/dz. */
static void activate(struct tile t, uint l, float negative_slope)
{
	__global float *slopes = t.units + slopes_at(l) * 16;
	__global float *a = t.units + inputs_at(l + 1) * 16;
	uint o;

	for (o = 0; o < outputs_of(l); o++) {
		const struct activated to = activation(vload16(o, slopes), negative_slope);

		vstore16(to.value, o, a);
		vstore16(to.slope, o, slopes);
	}
	write_strips(t, l + 1);
}

/* Leaves the outputs of the last layer where their slopes will be. */
NOINLINE static void forward(struct tile t, __global const float *w, float negative_slope)
{
	uint l;

	UNROLL_LAYERS
	for (l = 0; l < LAYERS; l++) {
		dense_forward(l, t.units + inputs_at(l) * 16, w, t.units + slopes_at(l) * 16);
		add_biases(t, w, l);
		if (l + 1 < LAYERS)
			activate(t, l, negative_slope);
	}
}

/* Computes the losses of the tile, whose first row is `row`, and their slopes. */
NOINLINE static void compute_losses(struct tile t, struct rows in, ulong row)
{
	__global float16 *outputs = (__global float16 *)(t.units + slopes_at(LAYERS - 1) * 16);
	__global float16 *values = (__global float16 *)(t.units + slopes_at(LAYERS) * 16);
	__global float16 *scratch = values + in.K;
	uint k;

#ifdef SOFTMAX
	for (k = 0; k < in.K; k++)
		scratch[k] = outputs[k];
	softmax_share(in, row, scratch);
#endif
	for (k = 0; k < in.K; k++) {
		const struct terms terms = tile_terms(in, row, k, outputs[k], scratch);

		values[k] = terms.value;
		outputs[k] = terms.slope;
	}
}

NOINLINE static void backward(struct tile t, __global const float *w)
{
	uint l;

	UNROLL_LAYERS
	for (l = LAYERS - 1; l > 0; l--)
		dense_backward(l, t.units + slopes_at(l) * 16, w, t.units + slopes_at(l - 1) * 16);
}

/* Takes the tile that begins at that row through the network. */
INLINE static void tile_pass(
	struct tile t, struct rows in, ulong row, float negative_slope)
{
	t.count = (uint)min(in.count - row, (ulong)16);
	read_rows(t, in.x + row * in.D);
	forward(t, in.w, negative_slope);
	compute_losses(t, in, row);
	if (t.strips)
		backward(t, in.w);
}

__kernel VECTOR_KERNEL
void network_rows(__global const float *x, __global const float *y, __global const float *weights,
	__global const float *shares, __global const float *w, __global float *tiles,
	__global float *strips, ulong y_stride, ulong room, ulong rows, ulong first, ulong shift,
	float number, float negative_slope, uint with_gradient)
{
	const struct rows in = {x, y + shift, w, weights + shift, shares, 0, first + rows,
		y_stride, inputs_of(0), outputs_of(LAYERS - 1), number};
	const ulong tile = get_global_id(0), row = tile * 16;
	const struct tile t = {tiles + tile * tile_floats(),
		with_gradient ? strips + row * 16 : 0, room * 16, 0};

	if (row < rows)
		tile_pass(t, in, first + row, negative_slope);
}

/* Computes the outputs of rows [first, first + rows) of x alone, to z from its row `from` on. */
__kernel VECTOR_KERNEL
void network_outputs(__global const float *x, __global const float *w, __global float *tiles,
	__global float *z, ulong first, ulong from, ulong rows, float negative_slope)
{
	const uint K = outputs_of(LAYERS - 1);
	const ulong tile = get_global_id(0), row = tile * 16;
	struct tile t = {tiles + tile * tile_floats(), 0, 0, 0};
	__global const float *outputs = t.units + slopes_at(LAYERS - 1) * 16;
	uint k, r;

	if (row >= rows)
		return;
	t.count = (uint)min(rows - row, (ulong)16);
	read_rows(t, x + (first + row) * inputs_of(0));
	forward(t, w, negative_slope);
	for (r = 0; r < t.count; r++)
		for (k = 0; k < K; k++)
			z[(from + row + r) * K + k] = outputs[k * 16 + r];
}

#endif
#endif

/*
 * network_sums.cl: sums the gradient of a network's parameters, and its losses, over the rows of a
 * chunk, and takes the step at once where the chunk is the whole batch.
 *
 *	gradient of w[o][i]	sum of dz[o] a[i], in a block of 64 rows by fma in row order
 *				from +0, then the pairwise tree over blocks
 *	gradient of b[o]	sum of dz[o] in the same order
 *	loss	of each output, in 16 row lanes (row mod 16), in the same order
 *
 *	tiles, strips	as network_rows left them	in
 *	nodes + node_at	a node of the sums (network.cl)	out, unless `whole`
 *	w, losses, steps, rates	update.cl	in, out, if `whole`
 *
 * Launch: a work-item for each item (below) from first_item on; further ones do nothing.
 */
#ifndef NETWORK_SUMS_CL
#define NETWORK_SUMS_CL

#include "dense.cl"

#ifdef WIDTHS

#ifndef ITEM_OUTPUTS
#define ITEM_OUTPUTS 48
#endif

/* The items of a layer, one after the other: 16 inputs by ITEM_OUTPUTS outputs of its weights, and
 * 16 biases.  After the layers' items comes that of the losses. */
static uint layer_groups(uint l)
{
	return (outputs_of(l) + ITEM_OUTPUTS - 1) / ITEM_OUTPUTS;
}

static uint layer_items(uint l)
{
	return vectors(inputs_of(l)) * layer_groups(l) + vectors(outputs_of(l));
}

/* The rows whose terms are summed. */
struct summed {
	__global const float *tiles, *strips;
	__global float *node; /* NULL: the sums become a step at once */
	ulong strip;	      /* floats from a strip to the next */
	ulong rows;
};

#ifndef GPU

/* ---- the tree over blocks ---- */

/* Makes one of neighbours on the stack, on whose top are the sums of block number `block` (from 0).
 * Returns the new depth. */
INLINE static uint join(float16 *stack, uint depth, uint width, ulong block)
{
	ulong odd;
	uint j;

	for (odd = block; odd & 1; odd >>= 1) {
		depth--;
		for (j = 0; j < width; j++)
			stack[(depth - 1) * width + j] += stack[depth * width + j];
	}
	return depth;
}

/* Adds what is left on the stack, from its top, to its first sums. */
INLINE static void collapse(float16 *stack, uint depth, uint width)
{
	uint j;

	for (; depth > 1; depth--)
		for (j = 0; j < width; j++)
			stack[(depth - 2) * width + j] += stack[(depth - 1) * width + j];
}

/* ---- steps ---- */

/* Returns v with the lanes from count on set to +0. */
static float16 first_lanes(float16 v, uint count)
{
	const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

	return count < 16 ? select((float16)(0.0f), v, lane < (int16)((int)count)) : v;
}

static void write_lanes(__global float *to, float16 v, uint count)
{
	float lanes[16];
	uint i;

	vstore16(v, 0, lanes);
	for (i = 0; i < count; i++)
		to[i] = lanes[i];
}

/* Up to 16 numbers of a row of parameters. */
struct numbers {
	size_t at;    /* index in a plane */
	size_t plain; /* number in plain order */
	uint count, is_weight;
};

/* Records parameters, gradient and state as they are before the step. */
NOINLINE static void record_numbers(const struct training *t, struct numbers n, ulong slot,
	float16 before, float16 gradient, const float16 *s)
{
	const size_t P = number_of_weight(LAYERS);
	__global float *step = t->steps + (2 + PLANES) * slot * P + n.plain;
	uint i;

	write_lanes(step, before, n.count);
	write_lanes(step + P, gradient, n.count);
	for (i = 0; i < PLANES; i++)
		write_lanes(step + (2 + i) * P, s[i], n.count);
}

/* Steps parameters and their state, from the sum of their gradient. */
INLINE static void step_numbers(
	const struct training *t, struct numbers n, float16 sum, ulong slot)
{
	const size_t plane = network_plane();
	__global float *w = t->w + n.at;
	const float16 before = vload16(0, w);
	float16 s[PLANES + 1];
	uint j;

	for (j = 0; j < PLANES; j++)
		s[j] = vload16(0, w + (1 + j) * plane);
	if (t->record)
		record_numbers(t, n, slot, before, gradient_of(t, n.is_weight, sum), s);
	vstore16(first_lanes(stepped(t, n.is_weight, before, sum, s), n.count), 0, w);
	for (j = 0; j < PLANES; j++)
		vstore16(s[j], 0, w + (1 + j) * plane);
}

/* Leaves the sum of gradients in the node, or takes the step. */
INLINE static void finish_numbers(const struct training *t, struct summed in, struct numbers n,
	float16 sum, ulong slot)
{
	if (in.node)
		vstore16(first_lanes(sum, n.count), 0, in.node + n.at);
	else
		step_numbers(t, n, sum, slot);
}

/* ---- weights ---- */

/* Sums the terms of outputs side by side with 16 inputs over the rows of a block.  slopes: those of
 * the first output in the first tile. */
INLINE static void block_terms(struct summed in, __global const float *strip,
	__global const float *slopes, ulong row, float16 *sums, uint width)
{
	const ulong end = min(row + BLOCK_ROWS, in.rows);
	size_t r;
	uint j;

	clear_sums(sums, width);
	for (; row < end; row += 16) {
		__global const float *dz = slopes + row / 16 * tile_floats();
		const size_t count = min(end - row, (ulong)16);

		touch_lines(dz + tile_floats(), width);
		for (r = 0; r < count; r++) {
			const float16 v = vload16(row + r, strip);

#pragma unroll
			for (j = 0; j < width; j++)
				sums[j] = fma((float16)(dz[j * 16 + r]), v, sums[j]);
		}
	}
}

/* Sums outputs [o, o + width) over all blocks; the sums are then the first of the stack. */
INLINE static void sum_panel(
	struct summed in, uint l, uint s, uint o, float16 *stack, uint width)
{
	__global const float *strip = in.strips + (strips_at(l) + s) * in.strip;
	__global const float *slopes = in.tiles + (size_t)(slopes_at(l) + o) * 16;
	float16 sums[PANEL];
	uint depth = 0, j;
	ulong row;

	for (row = 0; row < in.rows; row += BLOCK_ROWS) {
		block_terms(in, strip, slopes, row, sums, width);
#pragma unroll
		for (j = 0; j < width; j++)
			stack[depth * width + j] = sums[j];
		depth = join(stack, depth + 1, width, row / BLOCK_ROWS);
	}
	collapse(stack, depth, width);
}

/* Sums outputs [o, o + width) with the 16 inputs of a strip, and finishes them. */
INLINE static void finish_panel(const struct training *t, struct summed in, uint l, uint s, uint o,
	ulong slot, uint width)
{
	float16 stack[STACK_LEVELS * PANEL];
	uint j;

	sum_panel(in, l, s, o, stack, width);
	for (j = 0; j < width; j++) {
		const struct numbers n = {weight_at(l, o + j, s * 16),
			number_of_weight(l) + (size_t)(o + j) * inputs_of(l) + s * 16,
			min(inputs_of(l) - s * 16, 16u), 1};

		finish_numbers(t, in, n, stack[j], slot);
	}
}

NOINLINE static void sum_weights(
	const struct training *t, struct summed in, uint l, uint item, ulong slot)
{
	const uint s = item / layer_groups(l);
	const uint from = item % layer_groups(l) * ITEM_OUTPUTS;
	uint o = from;

#define FINISH(first, width) finish_panel(t, in, l, s, first, slot, width)
	BY_PANELS(o, min(from + ITEM_OUTPUTS, outputs_of(l)), FINISH);
}

/* ---- biases ---- */

/* Adds the slopes of 16 outputs in the rows of a block. */
INLINE static float16 block_slopes(
	struct summed in, __global const float *slopes, uint count, ulong row)
{
	const ulong end = min(row + BLOCK_ROWS, in.rows);
	float sums[16];
	uint o, r;

	for (o = 0; o < 16; o++)
		sums[o] = 0.0f;
	for (; row < end; row += 16) {
		__global const float *dz = slopes + row / 16 * tile_floats();
		const uint rows = (uint)min(end - row, (ulong)16);

		for (r = 0; r < rows; r++)
			for (o = 0; o < count; o++)
				sums[o] += dz[o * 16 + r];
	}
	return vload16(0, sums);
}

NOINLINE static void sum_biases(
	const struct training *t, struct summed in, uint l, uint item, ulong slot)
{
	const uint O = outputs_of(l), first = item * 16;
	const struct numbers n = {biases_at(l) + first,
		number_of_weight(l) + (size_t)O * inputs_of(l) + first, min(O - first, 16u), 0};
	__global const float *slopes = in.tiles + (size_t)(slopes_at(l) + first) * 16;
	float16 stack[STACK_LEVELS];
	uint depth = 0;
	ulong row;

	for (row = 0; row < in.rows; row += BLOCK_ROWS) {
		stack[depth] = block_slopes(in, slopes, n.count, row);
		depth = join(stack, depth + 1, 1, row / BLOCK_ROWS);
	}
	collapse(stack, depth, 1);
	finish_numbers(t, in, n, stack[0], slot);
}

/* ---- losses ---- */

/* Adds the losses of an output in the rows of a block, 16 row lanes side by side. */
INLINE static float16 block_losses(struct summed in, __global const float *values, ulong row)
{
	const ulong end = min(row + BLOCK_ROWS, in.rows);
	float16 sum = 0.0f;

	for (; row < end; row += 16)
		sum += vload16(0, values + row / 16 * tile_floats());
	return sum;
}

static float16 sum_output_losses(struct summed in, uint k)
{
	__global const float *values = in.tiles + (size_t)(slopes_at(LAYERS) + k) * 16;
	float16 stack[STACK_LEVELS];
	uint depth = 0;
	ulong row;

	for (row = 0; row < in.rows; row += BLOCK_ROWS) {
		stack[depth] = block_losses(in, values, row);
		depth = join(stack, depth + 1, 1, row / BLOCK_ROWS);
	}
	collapse(stack, depth, 1);
	return stack[0];
}

/* Adds the 16 lanes by halving. */
static float halved(float16 v)
{
	const float8 a = v.lo + v.hi;
	const float4 b = a.lo + a.hi;
	const float2 c = b.lo + b.hi;

	return c.x + c.y;
}

NOINLINE static void sum_losses(const struct training *t, struct summed in, ulong slot)
{
	float sum = 0.0f;
	uint k;

	for (k = 0; k < outputs_of(LAYERS - 1); k++) {
		const float16 lanes = sum_output_losses(in, k);

		if (in.node)
			vstore16(lanes, k, in.node + network_plane());
		else
			sum += halved(lanes);
	}
	if (!in.node)
		t->losses[slot] = sum * t->h[RATE_SCALE];
}

/* ---- items ---- */

NOINLINE static void sum_item(
	const struct training *t, struct summed in, uint l, uint item, ulong slot)
{
	const uint weights = vectors(inputs_of(l)) * layer_groups(l);

	if (item < weights)
		sum_weights(t, in, l, item, slot);
	else
		sum_biases(t, in, l, item - weights, slot);
}

/* h is rates + rate.  A step at once is not clipped to a norm. */
__kernel VECTOR_KERNEL
void network_sums(__global const float *tiles, __global const float *strips, __global float *nodes,
	__global float *w, __global float *losses, __global float *steps,
	__global const float *rates, ulong room, ulong rows, ulong node_at, ulong slot, ulong rate,
	uint whole, uint record, uint first_item)
{
	const struct training t = {
		0, w, losses, steps, rates + rate, 1.0f, 1.0f, 0, 0, record, 0, 0};
	const struct summed in = {tiles, strips, whole ? 0 : nodes + node_at, room * 16, rows};
	uint item = first_item + (uint)get_global_id(0), l;

	for (l = 0; l < LAYERS && item >= layer_items(l); l++)
		item -= layer_items(l);
	if (l < LAYERS)
		sum_item(&t, in, l, item, slot);
	else if (item == 0)
		sum_losses(&t, in, slot);
}

#endif
#endif
#endif

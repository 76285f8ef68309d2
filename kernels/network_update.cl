/*
 * network_update.cl: from the sums of chunks of rows to the next parameters, for batches of several
 * chunks and for gradients that are clipped to a norm.
 *
 *	network_norm	the factor that clips a gradient to a norm (norm.cl)
 *	network_update	the loss and the step of all parameters, from the root of the sums
 *	network_loss	the loss alone
 */
#ifndef NETWORK_UPDATE_CL
#define NETWORK_UPDATE_CL

#include "network_sums.cl"
#include "norm.cl"

#if defined(WIDTHS) && !defined(GPU)

static float loss_of_node(__global const float *node)
{
	float sum = 0.0f;
	uint k;

	for (k = 0; k < outputs_of(LAYERS - 1); k++)
		sum += halved(vload16(k, node + network_plane()));
	return sum;
}

__kernel void network_loss(__global const float *node, __global float *losses, float scale)
{
	if (get_global_id(0) == 0)
		losses[0] = loss_of_node(node) * scale;
}

/* ---- rows of parameters ---- */

/* Returns the numbers of a row from `first` on, a multiple of 16; count 0: there are none left. */
static struct numbers row_numbers(uint row, uint first)
{
	uint l = 0, length;
	struct numbers n;

	for (; row > outputs_of(l); l++)
		row -= outputs_of(l) + 1;
	n.is_weight = row < outputs_of(l);
	length = n.is_weight ? inputs_of(l) : outputs_of(l);
	n.at = n.is_weight ? weight_at(l, row, first) : biases_at(l) + first;
	n.plain = number_of_weight(l) + (size_t)row * inputs_of(l) + first;
	n.count = first < length ? min(length - first, 16u) : 0;
	return n;
}

/* Steps the parameters of a row from the sum of their gradient. */
static void step_row(
	const struct training *t, __global const float *node, uint row, ulong slot)
{
	uint first;

	for (first = 0; row_numbers(row, first).count; first += 16) {
		const struct numbers n = row_numbers(row, first);

		step_numbers(t, n, vload16(0, node + n.at), slot);
	}
}

/* rows: parameter_rows(), or 0 to do nothing.  Launch: a work-item for each row; the first one also
 * computes the loss. */
__kernel VECTOR_KERNEL
void network_update(__global const float *node, __global float *w, __global float *losses,
	__global float *steps, __global const float *rates, __global const float *clip,
	uint record, ulong slot, ulong rate, uint rows)
{
	const struct training t = {
		0, w, losses, steps, rates + rate, clip[0], clip[1], 0, 0, record, 0, 0};
	const uint row = (uint)get_global_id(0);

	if (row >= rows)
		return;
	if (row == 0)
		losses[slot] = loss_of_node(node) * t.h[RATE_SCALE];
	step_row(&t, node, row, slot);
}

#ifdef CLIP_NORM

/* Returns the squares of a row of the gradient, in 16 lanes: lane i mod 16 adds number i. */
static float16 row_squares(const struct training *t, __global const float *node, uint row)
{
	float16 squares = 0.0f;
	uint first;

	for (first = 0; row_numbers(row, first).count; first += 16) {
		const struct numbers n = row_numbers(row, first);
		const float16 g = gradient_of(t, n.is_weight, vload16(0, node + n.at));
		const float16 all = penalised(t, n.is_weight, g, vload16(0, t->w + n.at)) * t->unit;

		squares = fma(all, all, squares);
	}
	return squares;
}

static float network_squares(const struct training *t, __global const float *node)
{
	float16 stack[32];
	uint depth = 0, row;

	for (row = 0; row < parameter_rows(); row++) {
		stack[depth] = row_squares(t, node, row);
		depth = join(stack, depth + 1, 1, row);
	}
	collapse(stack, depth, 1);
	return halved(stack[0]);
}

/* Computes t->unit and t->clip. */
static void take_network_norm(struct training *t, __global const float *node)
{
	float squares;

	t->unit = 1.0f;
	squares = network_squares(t, node);
	if (overflows(squares)) {
		t->unit = SMALL_UNIT;
		squares = network_squares(t, node);
	}
	t->clip = clip_factor(squares, t->unit, t->h);
}

/* Launch: one work-item; further ones do nothing. */
__kernel VECTOR_KERNEL
void network_norm(__global const float *node, __global float *w, __global const float *rates,
	__global float *clip, ulong rate)
{
	struct training t = {0, w, 0, 0, rates + rate, 1.0f, 1.0f, 0, 0, 0, 0, 0};

	if (get_global_id(0) != 0)
		return;
	take_network_norm(&t, node);
	clip[0] = t.unit;
	clip[1] = t.clip;
}

#endif
#endif
#endif

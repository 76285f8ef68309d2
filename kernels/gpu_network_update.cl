/*
 * gpu_network_update.cl: from the sums of chunks of rows to the next parameters of a network, as
 * network_update.cl does; for GPUs.
 */
#ifndef GPU_NETWORK_UPDATE_CL
#define GPU_NETWORK_UPDATE_CL

#include "gpu_network_sums.cl"
#include "gpu_strip.cl"
#include "norm.cl"

#if defined(WIDTHS) && defined(GPU)

__kernel void network_loss(__global const float *node, __global float *losses, float scale)
{
	if (get_global_id(0) == 0)
		losses[0] = loss_of_network(node) * scale;
}

/* ---- rows of parameters ---- */

/* Returns the first number of a row; *count: how many it has. */
static struct parameter row_begin(uint row, uint *count)
{
	struct parameter p;
	uint l = 0;

	for (; row > outputs_of(l); l++)
		row -= outputs_of(l) + 1;
	p.is_weight = row < outputs_of(l);
	p.at = weights_at(l) + (size_t)row * weight_row(l);
	p.plain = number_of_weight(l) + (size_t)row * inputs_of(l);
	*count = p.is_weight ? inputs_of(l) : outputs_of(l);
	return p;
}

/* Steps the parameters of a row from the sum of their gradient. */
static void step_row(const struct training *t, __global const float *node, uint row, ulong slot)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	uint count, i;
	const struct parameter begin = row_begin(row, &count);

	for (i = id; i < count; i += items) {
		const struct parameter p = {begin.at + i, begin.plain + i, begin.is_weight};

		step_parameter(t, p, node[p.at], slot);
	}
}

/* rows: parameter_rows(), or 0 to do nothing.  Launch: a work-group for each row; the first one
 * also computes the loss. */
__kernel void network_update(__global const float *node, __global float *w, __global float *losses,
	__global float *steps, __global const float *rates, __global const float *clip, uint record,
	ulong slot, ulong rate, uint rows)
{
	const struct training t = {
		0, w, losses, steps, rates + rate, clip[0], clip[1], 0, 0, record, 0, 0};
	const uint row = (uint)get_group_id(0);

	if (row >= rows)
		return;
	if (get_global_id(0) == 0)
		losses[slot] = loss_of_network(node) * t.h[RATE_SCALE];
	step_row(&t, node, row, slot);
}

#ifdef CLIP_NORM

/* Returns lane q of the squares of a row of the gradient, in the unit. */
static float row_lane(
	const struct training *t, __global const float *node, uint row, uint q, float unit)
{
	float squares = 0.0f;
	uint count, i;
	const struct parameter begin = row_begin(row, &count);

	for (i = q; i < count; i += SUM_LANES) {
		const size_t at = begin.at + i;
		const float g = gradient_of(t, begin.is_weight, node[at]);
		const float all = penalised(t, begin.is_weight, g, t->w[at]) * unit;

		squares = fma(all, all, squares);
	}
	return squares;
}

/* Returns the sum of the squares of the gradient, alike in all work-items. */
static float group_squares(const struct training *t, __global const float *node, float unit,
	__local struct lane_sums *m)
{
	const uint id = get_local_id(0), items = get_local_size(0), rows = parameter_rows();
	float lanes[SUM_LANES];
	uint first, turn, q;

	for (first = 0; first < rows; first += LEAVES) {
		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < LEAF_FLOATS; turn += items) {
			const uint row = first + (turn + id) / SUM_LANES;

			if (turn + id < LEAF_FLOATS && row < rows)
				m->leaf[turn + id] =
					row_lane(t, node, row, (turn + id) % SUM_LANES, unit);
		}
		push_leaves(m, first, min(rows - first, (uint)LEAVES));
	}
	barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
	for (q = 0; q < SUM_LANES; q++)
		lanes[q] = sum_of_leaves(m, q, rows);
	return halved_16(lanes);
}

/* Both units are tried, because a barrier must not depend on a condition.  Launch: one work-group;
 * further ones do nothing. */
__kernel void network_norm(__global const float *node, __global float *w,
	__global const float *rates, __global float *clip, ulong rate)
{
	struct training t = {0, w, 0, 0, rates + rate, 1.0f, 1.0f, 0, 0, 0, 0, 0};
	__local struct lane_sums m;
	const float whole = group_squares(&t, node, 1.0f, &m);
	const float small = group_squares(&t, node, SMALL_UNIT, &m);

	t.unit = overflows(whole) ? SMALL_UNIT : 1.0f;
	if (get_global_id(0) == 0) {
		clip[0] = t.unit;
		clip[1] = clip_factor(t.unit < 1.0f ? small : whole, t.unit, t.h);
	}
}

#endif
#endif
#endif

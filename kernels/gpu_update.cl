/*
 * gpu_update.cl: the sums of a batch, its loss and the next parameters, computed by work-groups;
 * for GPUs.
 *
 *	root (nodes, K, C + 2) float16	as in update.cl, here addressed as floats
 *	e	index into the gradient's numbers (K, C + 1) float16, which are those of a node
 *		without the losses
 *
 * A work-item sums one number over the nodes, which is the last level of the tree (fold.cl).  Then
 * the lanes meet in local memory, and the work-item of the first one has the sum.
 */
#ifndef GPU_UPDATE_CL
#define GPU_UPDATE_CL

#include "fold.cl"
#include "update.cl"

#ifdef GPU

#define LOSSES_AT_ONCE 16 /* outputs whose losses are summed at a time */

/* The numbers of the gradient that a work-group takes at a time: whole vectors. */
#define STEP_NUMBERS (ITEMS < SUM_LANES ? SUM_LANES : ITEMS)

#define TAIL_NUMBERS                                                                       \
	(STEP_NUMBERS < LOSSES_AT_ONCE * SUM_LANES ? LOSSES_AT_ONCE * SUM_LANES : STEP_NUMBERS)

/* Local memory of a work-group that computes a loss or a step. */
struct tail {
	float number[TAIL_NUMBERS];
	float lane[LOSSES_AT_ONCE];
};

/* The lanes v[0], v[stride], ..., which are 1, 2, 4, 8 or 16, in a vector; v is in any memory. */
#define LANE(v, stride, lanes, q) ((q) < (lanes) ? (v)[(q) * (stride)] : 0.0f)
#define LANES(v, stride, lanes)                                                            \
	(float16)(LANE(v, stride, lanes, 0), LANE(v, stride, lanes, 1),                    \
		LANE(v, stride, lanes, 2), LANE(v, stride, lanes, 3),                      \
		LANE(v, stride, lanes, 4), LANE(v, stride, lanes, 5),                      \
		LANE(v, stride, lanes, 6), LANE(v, stride, lanes, 7),                      \
		LANE(v, stride, lanes, 8), LANE(v, stride, lanes, 9),                      \
		LANE(v, stride, lanes, 10), LANE(v, stride, lanes, 11),                    \
		LANE(v, stride, lanes, 12), LANE(v, stride, lanes, 13),                    \
		LANE(v, stride, lanes, 14), LANE(v, stride, lanes, 15))

/* Sums lanes by halving. */
static float halved_lanes(float16 v, uint lanes)
{
	const float8 a = lanes > 8 ? v.lo + v.hi : v.lo;
	const float4 b = lanes > 4 ? a.lo + a.hi : a.lo;
	const float2 c = lanes > 2 ? b.lo + b.hi : b.lo;

	return lanes > 1 ? c.x + c.y : c.x;
}

static float sum_local_lanes(__local const float *v, uint stride, uint lanes)
{
	return halved_lanes(LANES(v, stride, lanes), lanes);
}

static size_t node_floats(const struct training *t)
{
	return (size_t)SUM_LANES * (chunks(t->D) + 2);
}

/* Returns the sum of number i over the nodes. */
static float sum_nodes(const struct training *t, size_t i)
{
	return fold_run(t->root + i, t->stride, t->nodes);
}

/* Returns the loss of the first K outputs, summed over them in their order. */
static float group_loss(const struct training *t, uint K, __local struct tail *m)
{
	const uint id = get_local_id(0);
	float sum = 0.0f;
	uint first = 0, turn, k;

	do {
		const uint count = min(K - first, (uint)LOSSES_AT_ONCE);

		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < LOSSES_AT_ONCE * SUM_LANES; turn += ITEMS)
			if (turn + id < count * SUM_LANES)
				m->number[turn + id] = sum_nodes(t,
					(first + (turn + id) / SUM_LANES) * node_floats(t) +
						(turn + id) % SUM_LANES);
		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < LOSSES_AT_ONCE; turn += ITEMS)
			if (turn + id < count)
				m->lane[turn + id] = sum_local_lanes(
					m->number + (turn + id) * SUM_LANES, 1, SUM_LANES);
		barrier(CLK_LOCAL_MEM_FENCE);
		for (k = 0; k < count; k++)
			sum += m->lane[k];
		first += LOSSES_AT_ONCE;
	} while (first < K);
	return sum;
}

static uint gradient_numbers(uint D, uint K)
{
	return K * (chunks(D) + 1) * SUM_LANES;
}

/* Returns the place whose gradient has number e as a lane. */
static struct place place_of(uint e, uint D)
{
	const uint row = (chunks(D) + 1) * SUM_LANES, column = e % row;
	const struct place bias = {e / row, 0, column}, weight = {e / row, 1, column - SUM_LANES};

	return column < SUM_LANES ? bias : weight;
}

/* Returns the index, within a node, of the number that has that place. */
static size_t sum_index(const struct training *t, struct place at)
{
	return at.k * node_floats(t) + (1 + at.c) * SUM_LANES + at.lane;
}

/* Returns 1 if the work-item with the lane of that place steps its parameter. */
static int is_first_lane(struct place at, uint D)
{
	return at.lane < (at.c ? D : 1);
}

/* Steps the parameters whose sums are numbers [first, first + STEP_NUMBERS) of the gradient, of
 * which there are `all`. */
static void step_numbers(
	const struct training *t, uint first, uint all, ulong slot, __local struct tail *m)
{
	const uint end = min(all, first + STEP_NUMBERS);
	const uint id = get_local_id(0);
	uint turn;

	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < STEP_NUMBERS; turn += ITEMS)
		if (first + turn + id < end) {
			const struct place at = place_of(first + turn + id, t->D);

			m->number[turn + id] = sum_nodes(t, sum_index(t, at));
		}
	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < STEP_NUMBERS; turn += ITEMS)
		if (first + turn + id < end) {
			const struct place at = place_of(first + turn + id, t->D);
			__local const float *sums = m->number + turn + id;

			if (is_first_lane(at, t->D))
				real_update(t, at, at.c ? sum_local_lanes(sums, F, L)
							: sum_local_lanes(sums, 1, SUM_LANES),
					slot);
		}
}

#ifndef WIDTHS

/* The first work-group computes the loss.  Launch: a work-group more than it takes for the numbers
 * of the gradient, STEP_NUMBERS for each. */
__kernel GROUP_KERNEL
void update(__global const float *restrict root, ulong nodes, ulong stride, __global float *w,
	__global float *losses, __global float *steps, __global const float *rates,
	__global const float *clip, uint D, uint K, uint record, ulong slot, ulong rate)
{
	const struct training t = {root, w, losses, steps, rates + rate, clip[0], clip[1], D, K,
		record, (uint)nodes, stride};
	const uint group = (uint)get_group_id(0), all = gradient_numbers(D, K);
	__local struct tail m;
	const float sum = group_loss(&t, group == 0 ? K : 0, &m);

	if (get_global_id(0) == 0)
		losses[slot] = sum * t.h[RATE_SCALE];
	step_numbers(&t, group ? (group - 1) * STEP_NUMBERS : all, all, slot, &m);
}

/* Launch: one work-group; further ones do nothing. */
__kernel GROUP_KERNEL
void loss(__global const float *restrict root, ulong nodes, ulong stride, __global float *losses,
	float scale, uint D, uint K)
{
	const struct training t = {
		root, 0, losses, 0, 0, 1.0f, 1.0f, D, K, 0, (uint)nodes, stride};
	__local struct tail m;
	const float sum = group_loss(&t, K, &m);

	if (get_global_id(0) == 0)
		losses[0] = sum * scale;
}

#endif
#endif
#endif

/*
 * gather.cl: copies the rows of a shuffled batch to consecutive places.
 *
 *	order (count)	index of each row in the data	in
 *	x		rows [part_first, part_first + part_rows) of the data	in
 *			(D 0: the host has copied them, and the kernel copies the rest)
 *	y, weights	all rows, as in rows.cl		in
 *	gx, gy, gw	the batch			out
 *
 * -DTOUCH prefetches rows ahead of their use: a hardware prefetcher cannot predict random rows.
 * Memory beyond the batch's last row is not written: it holds zeros or rows of an earlier batch.
 */
#ifndef GATHER_CL
#define GATHER_CL

#include "rows.cl"

#ifndef ORDER_AHEAD
#define ORDER_AHEAD 2048 /* prefetch distance, in floats of x */
#endif

struct gathering {
	__global const uint *order;
	__global const float *x, *y, *weights;
	__global float *gx, *gy, *gw;
	ulong y_stride, gy_stride;
	uint D, targets;	     /* columns of x and y */
	ulong part_first, part_rows; /* x holds this part of the rows of the data */
};

/* Returns 1 if row `to` of the batch lies in this part of x. */
static int is_in_part(struct gathering g, ulong to)
{
	return g.order[to] - g.part_first < g.part_rows;
}

#ifdef GPU

/* Copies columns l, l + F, ... of a row. */
static void gather_lane(struct gathering g, ulong to, uint l)
{
	const ulong from = g.order[to];
	uint j;

	for (j = l; j < g.D; j += F)
		g.gx[to * g.D + j] = g.x[(from - g.part_first) * g.D + j];
	for (j = l; j < g.targets; j += F)
		g.gy[j * g.gy_stride + to] = g.y[j * g.y_stride + from];
#ifdef WEIGHTED
	if (l == 0)
		g.gw[to] = g.weights[from];
#endif
}

/* F neighbouring work-items copy a row, so that loads and stores are coalesced. */
static void gather_item(struct gathering g, ulong item, ulong count, uint each)
{
	if (item / F < count && is_in_part(g, item / F))
		gather_lane(g, item / F, item % F);
}

#else

static void touch_row(struct gathering g, ulong to)
{
	const ulong from = g.order[to];
	__global const float *x = g.x + (from - g.part_first) * g.D;
	uint i;

	for (i = 0; i < g.D; i += 16)
		touch(x + i);
	if (g.D)
		touch(x + g.D - 1);
	touch(g.y + from);
}

static void gather_row(struct gathering g, ulong to)
{
	const ulong from = g.order[to];
	__global const float *x = g.x + (from - g.part_first) * g.D;
	__global float *gx = g.gx + to * g.D;
	uint i;

	for (i = 0; i + 16 <= g.D; i += 16)
		vstore16(vload16(0, x + i), 0, gx + i);
	for (; i < g.D; i++)
		gx[i] = x[i];
	for (i = 0; i < g.targets; i++)
		g.gy[i * g.gy_stride + to] = g.y[i * g.y_stride + from];
#ifdef WEIGHTED
	g.gw[to] = g.weights[from];
#endif
}

/* A work-item copies `each` rows. */
static void gather_item(struct gathering g, ulong item, ulong count, uint each)
{
	const ulong begin = item * (ulong)each, end = min(begin + each, count);
	const ulong ahead = ORDER_AHEAD / max(g.D, 1u) + 1;
	ulong i;

	for (i = begin; i < end; i++) {
		if (i + ahead < count && is_in_part(g, i + ahead))
			touch_row(g, i + ahead);
		if (is_in_part(g, i))
			gather_row(g, i);
	}
}

#endif

/* Launch: at least ceil(count / each) work-items, with -DGPU at least F count; any local size. */
__kernel VECTOR_KERNEL
void gather(__global const uint *order, __global const float *x, __global const float *y,
	__global const float *weights, __global float *gx, __global float *gy, __global float *gw,
	ulong y_stride, ulong gy_stride, uint D, uint targets, ulong first, ulong count,
	ulong part_first, ulong part_rows, uint each)
{
	const struct gathering g = {order + first, x, y, weights, gx, gy, gw, y_stride, gy_stride,
		D, targets, part_first, part_rows};

	gather_item(g, get_global_id(0), count, each);
}

#endif

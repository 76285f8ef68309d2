/*
 * gpu_gather.cl: gather.cl for GPUs: F neighbouring work-items copy a row, so that loads and stores
 * are coalesced.
 */
#ifndef GPU_GATHER_CL
#define GPU_GATHER_CL

#include "gather.cl"

#ifdef GPU

/* Copies columns l, l + F, ... of a row. */
static void gather_lane(struct gathering g, ulong to, uint l)
{
	const ulong from = g.order[to];
	uint j;

	for (j = l; j < g.D; j += F)
		g.gx[to * g.D + j] = g.x[(from - g.base) * g.D + j];
	for (j = l; j < g.targets; j += F)
		g.gy[j * g.gy_stride + to] = g.y[j * g.y_stride + from];
#ifdef WEIGHTED
	if (l == 0)
		g.gw[to] = g.weights[from];
#endif
}

/* Launch: F work-items per row, any global size >= F count, any local size. */
__kernel void gather(__global const uint *order, __global const float *x, __global const float *y,
	__global const float *weights, __global float *gx, __global float *gy, __global float *gw,
	ulong y_stride, ulong gy_stride, uint D, uint targets, ulong first, ulong count,
	ulong base, ulong here, uint each)
{
	const struct gathering g = {
		order + first, x, y, weights, gx, gy, gw, y_stride, gy_stride, D, targets, base,
		here};
	const ulong id = get_global_id(0);

	if (id / F < count && is_here(g, id / F))
		gather_lane(g, id / F, id % F);
}

#endif
#endif

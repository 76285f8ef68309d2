/*
 * gpu_gradient.cl: gradient.cl for GPUs, with the same arguments, sums and nodes, except:
 *
 *	scratch		SIDE KEPT(K) floats per work-group, if SOFTMAX
 *	nodes		`levels` nodes per work-group; the first becomes its sum	out
 *
 * Launch: one work-group per subtree of `blocks` blocks, further ones do nothing; any local size.
 */
#ifndef GPU_GRADIENT_CL
#define GPU_GRADIENT_CL

#include "gpu_node.cl"

#ifdef GPU

__kernel void gradient(__global const float *x, __global const float *y,
	__global const float *weights, __global const float *shares, __global const float *w,
	__global float *scratch, __global float *nodes, ulong y_stride, uint D, uint K,
	uint blocks, uint levels, ulong N, ulong first, ulong shift, ulong before, float number)
{
	__local struct memory m;
	const ulong group = get_group_id(0);
	const struct rows in = {x + first * D, y + shift + first, w,
		weights + shift + first, shares,
		scratch + group * SIDE * KEPT(K), N, y_stride, width(D), K, number};
	const ulong rows = (ulong)blocks * BLOCK, begin = min(group * rows, N);

	group_subtree(in, begin, min(begin + rows, N), (uint)min(rows, (ulong)STRIP),
		nodes + (before + group) * levels * 16 * node_size(D, K), &m);
}

/* The forward pass alone, as in outputs.cl.  Launch: one work-group per STRIP rows, further ones do
 * nothing; any local size. */
__kernel void outputs(__global const float *x, __global const float *w, __global float *z,
	ulong first, ulong rows, uint D, uint K)
{
	__local struct memory m;
	const struct rows in = {x + first * D, 0, w, 0, 0, 0, rows, 0, width(D), K, 0.0f};
	const ulong begin = min(get_group_id(0) * (ulong)STRIP, rows);
	const ulong end = min(begin + STRIP, rows);
	const uint most = strip_most(in.D), id = get_local_id(0), items = get_local_size(0);
	ulong row = begin;

	do {
		const struct strip s = {row, (uint)min((ulong)most, end - row), 0, 1, 1};

		uint k = 0, turn;

		if (!PIECES)
			tile_load(in, s, 0, &m);
		do {
			strip_lanes(in, s, k, &m);
			for (turn = 0; turn < s.rows; turn += items)
				if (turn + id < s.rows)
					z[(row + turn + id) * K + k] =
						row_output(in, k, turn + id, &m);
			barrier(CLK_LOCAL_MEM_FENCE);
		} while (++k < K);
		row += most;
	} while (row < end);
}

#endif
#endif

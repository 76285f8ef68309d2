/*
 * gpu_node.cl: the pairwise sum over blocks of 64 rows, computed by one work-group; for GPUs.
 *
 *	stack	nodes as in node.cl, each (K, C + 2) float16, here addressed as floats
 *	e	index into one output's node: 0 to 15 are lanes of the loss, 16 to 31 of the
 *		gradient of b, the rest lanes of the gradient of w
 *
 * A leaf of the tree is one block; nodes are merged by the binary counter of node.cl.  One
 * work-item sums and merges each element of a node.  Where D <= 8, gpu_narrow.cl does all that.
 */
#ifndef GPU_NODE_CL
#define GPU_NODE_CL

#include "gpu_narrow.cl"
#include "gpu_medium_outputs.cl"
#include "gpu_wide.cl"

#if defined(GPU) && !defined(GPU_NARROW)

static uint output_floats(uint D)
{
	return 16 * (chunks(D) + 2);
}

#ifndef OUTPUTS
#ifdef SOFTMAX
/* Computes all outputs of the strip's rows, and what softmax shares among them. */
static void all_outputs(struct rows in, struct strip s, __local struct memory *m)
{
	const uint id = get_local_id(0);
	uint k = 0, turn;

	do {
		strip_lanes(in, s, k, m);
		for (turn = 0; turn < s.rows; turn += ITEMS)
			if (turn + id < s.rows)
				in.scratch[SCRATCH_STRIDE * k + turn + id] =
					row_output(in, k, turn + id, m);
		barrier(CLK_LOCAL_MEM_FENCE);
	} while (++k < in.K);
	for (turn = 0; turn < s.rows; turn += ITEMS)
		if (turn + id < s.rows)
			softmax_share(in, s.first + turn + id, in.scratch + turn + id);
}
#define one_output_lanes(in, s, k, m) barrier(CLK_LOCAL_MEM_FENCE)
#define one_output(in, k, r, m)	      ((in).scratch[SCRATCH_STRIDE * (k) + (r)])
#else
#define all_outputs(in, s, m)	      ((void)0)
#define one_output_lanes(in, s, k, m) strip_lanes(in, s, k, m)
#define one_output(in, k, r, m)	      row_output(in, k, r, m)
#endif

/* Computes loss and slope of row r of the strip, whose target is y. */
static void row_terms(
	struct rows in, struct strip s, uint k, uint r, float y, __local struct memory *m)
{
	const struct terms t =
		target_terms(in, s.first + r, k, one_output(in, k, r, m), y, in.scratch + r);

	m->value[r] = t.value;
	m->slope[r] = t.slope;
}

#endif

/* Adds up the nodes left on the stack into its first. */
static void collapse(__global float *stack, uint depth, size_t size)
{
	const uint id = get_local_id(0);
	size_t turn;
	uint d;

	barrier(CLK_GLOBAL_MEM_FENCE);
	for (d = depth; d > 1; d--)
		for (turn = 0; turn < size; turn += ITEMS)
			if (turn + id < size)
				stack[(d - 2) * size + turn + id] +=
					stack[(d - 1) * size + turn + id];
	barrier(CLK_GLOBAL_MEM_FENCE);
}

#ifndef GPU_WIDE
#ifndef OUTPUTS

/* Adds the strip to element e of the leaf's node; once the leaf is complete, merges it with the
 * nodes before it. */
static void push_number(struct rows in, struct strip s, __local struct memory *m, uint e, uint from,
	__global float *stack, size_t size)
{
	uint depth = popcount(s.leaf), pairs;
	float acc = leaf_number(in, s, m, e, from, s.begins ? 0.0f : stack[depth * size + e]);

	for (pairs = s.ends ? s.leaf : 0; pairs & 1; pairs >>= 1) {
		depth--;
		acc = stack[depth * size + e] + acc;
	}
	stack[depth * size + e] = acc;
}

/* Adds the strip to the node of output k, whose losses and slopes are in local memory. */
static void strip_sums(struct rows in, struct strip s, uint k, __local struct memory *m,
	__global float *stack, size_t size)
{
	const uint id = get_local_id(0);
	const uint floats = output_floats(in.D);
	uint turn;

	for (turn = 0; turn < floats; turn += ITEMS)
		if (turn + id < floats)
			push_number(in, s, m, turn + id, 0, stack + (size_t)k * floats, size);
}

static void strip_node(struct rows in, struct strip s, __local struct memory *m,
	__global float *stack, size_t size)
{
	const uint id = get_local_id(0);
	uint k = 0, turn;

	tile_load(in, s, 0, m);
	all_outputs(in, s, m);
	do {
		one_output_lanes(in, s, k, m);
		for (turn = 0; turn < s.rows; turn += ITEMS)
			if (turn + id < s.rows)
				row_terms(in, s, k, turn + id,
					row_target(in, s.first + turn + id, k), m);
		barrier(CLK_LOCAL_MEM_FENCE);
		strip_sums(in, s, k, m, stack, size);
	} while (++k < in.K);
}

#endif

/* Computes the node over rows [begin, end) into stack[0].  All blocks but the last are complete;
 * `leaf` is the number of rows in a leaf of the tree. */
static void group_subtree(struct rows in, ulong begin, ulong end, uint leaf,
	__global float *stack, __local struct memory *m)
{
	const size_t size = (size_t)in.K * output_floats(in.D);
	const uint most = min(strip_most(in.D), leaf);
	ulong row = begin;
	uint leaves = 0, before = 0; /* complete leaves, and rows of the next one */

	do {
		const uint rows = (uint)min((ulong)most, end - row), after = before + rows;
		const uint ends = after == leaf || row + rows == end;
		const struct strip s = {row, rows, leaves, before == 0, ends};

		strip_node(in, s, m, stack, size);
		row += most;
		leaves += ends;
		before = ends ? 0 : after;
	} while (row < end);
	collapse(stack, popcount(leaves), size);
}

#endif

#endif
#endif

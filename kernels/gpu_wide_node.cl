/*
 * gpu_wide_node.cl: the pairwise sum over blocks of 64 rows of more than MEDIUM_FEATURES features,
 * computed by one work-group; for GPUs.
 *
 *	stack, e	as in gpu_node.cl
 *	leaf		a block
 *
 * A work-item keeps its numbers of the leaf's node in registers.  Only where a row has several
 * outputs, or several tiles of features, are they in memory from one strip to the next.
 */
#ifndef GPU_WIDE_NODE_CL
#define GPU_WIDE_NODE_CL

#include "gpu_node.cl"

#ifdef GPU_WIDE

#define LANE_TURNS ((32 + ITEMS - 1) / ITEMS)
#define NUMBERS    (LANE_TURNS + PIECES)

/* Returns which number of the leaf's node, of `floats`, is number n of this work-item: a lane of
 * the loss or of the gradient of b, or a feature of the tile that begins with that one.  There is
 * none from `floats` on. */
static uint number_at(uint n, uint from, uint floats)
{
	const uint id = get_local_id(0);
	const uint lane = n * ITEMS + id, feature = from + (n - LANE_TURNS) * ITEMS + id;

	if (n >= LANE_TURNS)
		return 32 + feature;
	return from == 0 && lane < 32 ? lane : floats;
}

/* Sets the numbers of this work-item to what they were before the strip.  kept: they are. */
static void begin_numbers(struct strip s, uint from, uint kept, __global const float *stack,
	size_t size, uint floats, float *numbers)
{
	__global const float *node = stack + popcount(s.leaf) * size;
	uint n;

#pragma unroll
	for (n = 0; n < NUMBERS; n++) {
		const uint e = number_at(n, from, floats);

		if (s.begins)
			numbers[n] = 0.0f;
		else if (!kept && e < floats)
			numbers[n] = node[e];
	}
}

/* Adds the losses and slopes of the strip's rows. */
static void add_lane_terms(struct strip s, __local struct memory *m, float *numbers)
{
	const uint id = get_local_id(0), before = (uint)s.first % BLOCK_ROWS;
	uint n, r;

#pragma unroll
	for (n = 0; n < LANE_TURNS; n++) {
		const uint e = n * ITEMS + id;
		__local const float *terms = e < 16 ? m->value : m->slope;

		if (e < 32)
			for (r = (e - before) % 16; r < s.rows; r += 16)
				numbers[n] += terms[r];
	}
}

/* Adds the slopes of the strip's rows times the features in the tile. */
static void add_features(struct strip s, __local struct memory *m, float *numbers)
{
	__local const float *x = m->tile + get_local_id(0);
	uint r, p;

#pragma unroll 4
	for (r = 0; r < s.rows; r++) {
		const float slope = m->slope[r];

#pragma unroll
		for (p = 0; p < PIECES; p++)
			numbers[LANE_TURNS + p] = fma(
				slope, x[r * PITCH + p * ITEMS], numbers[LANE_TURNS + p]);
	}
}

/* Stores the numbers of this work-item, once the leaf is complete merged with the nodes before it.
 * kept: there is no need to before that. */
static void end_numbers(struct strip s, uint from, uint kept, __global float *stack, size_t size,
	uint floats, const float *numbers)
{
	uint n;

	if (kept && !s.ends)
		return;
#pragma unroll
	for (n = 0; n < NUMBERS; n++) {
		const uint e = number_at(n, from, floats);
		uint depth = popcount(s.leaf), pairs;
		float sum = numbers[n];

		if (e >= floats)
			continue;
		for (pairs = s.ends ? s.leaf : 0; pairs & 1; pairs >>= 1) {
			depth--;
			sum = stack[depth * size + e] + sum;
		}
		stack[depth * size + e] = sum;
	}
}

/* Adds the strip to the node of one output, whose losses and slopes are in local memory. */
static void strip_sums(struct rows in, struct strip s, __local struct memory *m,
	__global float *stack, size_t size, float *numbers)
{
	const uint floats = output_floats(in.D), kept = COLUMN_TILED ? 0 : in.K == 1;
	uint from;

	for (from = 0; is_column_tile(from, in.D); from += TILE_FEATURES) {
		if (COLUMN_TILED)
			tile_load(in, s, from, m);
		begin_numbers(s, from, kept, stack, size, floats, numbers);
		if (from == 0)
			add_lane_terms(s, m, numbers);
		add_features(s, m, numbers);
		end_numbers(s, from, kept, stack, size, floats, numbers);
	}
}

static void strip_node(struct rows in, struct strip s, __local struct memory *m,
	__global float *stack, size_t size, float *numbers)
{
	const uint id = get_local_id(0);
	uint k = 0, turn;

	if (!COLUMN_TILED)
		tile_load(in, s, 0, m);
	all_outputs(in, s, m);
	do {
		one_output_lanes(in, s, k, m);
		for (turn = 0; turn < s.rows; turn += ITEMS)
			if (turn + id < s.rows)
				row_terms(in, s, k, turn + id, m);
		barrier(CLK_LOCAL_MEM_FENCE);
		strip_sums(in, s, m, stack + (size_t)k * output_floats(in.D), size, numbers);
	} while (++k < in.K);
}

/* Computes the node over rows [begin, end) into stack[0].  All blocks but the last are complete;
 * `leaf` is BLOCK_ROWS. */
static void group_subtree(struct rows in, ulong begin, ulong end, uint leaf,
	__global float *stack, __local struct memory *m)
{
	const size_t size = (size_t)in.K * output_floats(in.D);
	float numbers[NUMBERS];
	ulong row = begin;
	uint leaves = 0, before = 0; /* complete leaves, and rows of the next one */

	do {
		const uint rows = (uint)min((ulong)WIDE_ROWS, end - row), after = before + rows;
		const uint ends = after == leaf || row + rows == end;
		const struct strip s = {row, rows, leaves, before == 0, ends};

		strip_node(in, s, m, stack, size, numbers);
		row += WIDE_ROWS;
		leaves += ends;
		before = ends ? 0 : after;
	} while (row < end);
	collapse(stack, popcount(leaves), size);
}

#endif
#endif

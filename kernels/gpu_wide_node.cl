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
#define ROW_TURNS  ((WIDE_ROWS + ITEMS - 1) / ITEMS)

/* Returns how far behind its local id lies number n of this work-item in the leaf's node, if there
 * is one: a lane of the loss or of the gradient of b, or a feature of the tile that begins with
 * feature `from`. */
static uint number_at(uint n, uint from)
{
	return n < LANE_TURNS ? n * ITEMS : 32 + from + (n - LANE_TURNS) * ITEMS;
}

/* Returns whether this work-item has a number n, of `floats` in a node.  The lanes belong to the
 * first tile. */
static uint has_number(uint n, uint from, uint floats)
{
	const uint at = number_at(n, from), id = get_local_id(0);

	if (n < LANE_TURNS)
		return from == 0 && at + id < 32;
	return at + ITEMS <= floats || at + id < floats;
}

/* Sets the numbers of this work-item to what they were before the strip.  kept: they are. */
static void begin_numbers(struct strip s, uint from, uint kept, __global const float *stack,
	size_t size, uint floats, float *numbers)
{
	__global const float *node = stack + popcount(s.leaf) * size + get_local_id(0);
	uint n;

#pragma unroll
	for (n = 0; n < NUMBERS; n++)
		if (s.begins)
			numbers[n] = 0.0f;
		else if (!kept && has_number(n, from, floats))
			numbers[n] = node[number_at(n, from)];
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

/* Adds the slope of row r of the strip times its features in the tile. */
static void add_row(uint r, __local struct memory *m, float *numbers)
{
	__local const float *x = m->tile + get_local_id(0) + r * PITCH;
	const float slope = m->slope[r];
	uint p;

#pragma unroll
	for (p = 0; p < PIECES; p++)
		numbers[LANE_TURNS + p] = fma(slope, x[p * ITEMS], numbers[LANE_TURNS + p]);
}

/* Adds the slopes of the strip's rows times their features. */
static void add_features(struct strip s, __local struct memory *m, float *numbers)
{
	uint r;

	/* A second form of this loop, unrolled for strips that have all rows, gave NaNs on PoCL 3.1
	 * for 1000 features and several outputs.  The cause is not known. */
#pragma unroll 4
	for (r = 0; r < s.rows; r++)
		add_row(r, m, numbers);
}

/* Stores the numbers of this work-item, once the leaf is complete merged with the nodes before it.
 * kept: there is no need to before that. */
static void end_numbers(struct strip s, uint from, uint kept, __global float *stack, size_t size,
	uint floats, float *numbers)
{
	__global float *node = stack + popcount(s.leaf) * size + get_local_id(0);
	uint n, pairs;

	if (kept && !s.ends)
		return;
	for (pairs = s.ends ? s.leaf : 0; pairs & 1; pairs >>= 1) {
		node -= size;
#pragma unroll
		for (n = 0; n < NUMBERS; n++)
			if (has_number(n, from, floats))
				numbers[n] = node[number_at(n, from)] + numbers[n];
	}
#pragma unroll
	for (n = 0; n < NUMBERS; n++)
		if (has_number(n, from, floats))
			node[number_at(n, from)] = numbers[n];
}

/* Adds the strip to the node of one output, whose losses and slopes are in local memory. */
static void strip_sums(struct rows in, struct strip s, __local struct memory *m,
	__global float *stack, size_t size, float *numbers)
{
	const uint floats = output_floats(in.D), kept = COLUMN_TILED ? 0 : in.K == 1;
	uint from;

	for (from = 0; is_column_tile(from, in.D); from += TILE_FEATURES) {
		if (COLUMN_TILED) {
			tile_load(in, s, from, m);
			barrier(CLK_LOCAL_MEM_FENCE);
		}
		begin_numbers(s, from, kept, stack, size, floats, numbers);
		if (from == 0)
			add_lane_terms(s, m, numbers);
		add_features(s, m, numbers);
		end_numbers(s, from, kept, stack, size, floats, numbers);
	}
}

/* Adds the strip to the stack.  next (LOADS): this work-item's numbers of the strip; then those of
 * the strip after it, which are loaded while this one is summed. */
static void strip_node(struct rows in, struct strip s, uint rows_after, __local struct memory *m,
	__global float *stack, size_t size, float *next, float *numbers)
{
	__global const float *x = in.x + s.first * in.D;
	const uint id = get_local_id(0);
	float y[ROW_TURNS]; /* targets, which arrive while outputs are computed */
	uint k = 0, i;

	if (!COLUMN_TILED) {
		barrier(CLK_LOCAL_MEM_FENCE);
		put_rows(next, x, in.D, s.rows, in.D, m);
		fetch_rows(next, x + WIDE_ROWS * (size_t)in.D, in.D, rows_after, in.D);
	}
	all_outputs(in, s, m);
	do {
#pragma unroll
		for (i = 0; i < ROW_TURNS; i++)
			if (i * ITEMS + id < s.rows)
				y[i] = row_target(in, s.first + i * ITEMS + id, k);
		one_output_lanes(in, s, k, m);
#pragma unroll
		for (i = 0; i < ROW_TURNS; i++)
			if (i * ITEMS + id < s.rows)
				row_terms(in, s, k, i * ITEMS + id, y[i], m);
		barrier(CLK_LOCAL_MEM_FENCE);
		strip_sums(in, s, m, stack + (size_t)k * output_floats(in.D), size, numbers);
	} while (++k < in.K);
}

/* Returns the rows of the strip that begins with that row, of those before `end`. */
static uint strip_rows(ulong row, ulong end)
{
	return (uint)min((ulong)WIDE_ROWS, end - row);
}

/* Computes the node over rows [begin, end) into stack[0].  All blocks but the last are complete;
 * `leaf` is BLOCK_ROWS. */
static void group_subtree(struct rows in, ulong begin, ulong end, uint leaf,
	__global float *stack, __local struct memory *m)
{
	const size_t size = (size_t)output_count(in.K) * output_floats(width(in.D));
	float next[LOADS], numbers[NUMBERS];
	ulong row = begin;
	uint leaves = 0, before = 0; /* complete leaves, and rows of the next one */

	in.D = width(in.D);
	in.K = output_count(in.K);
	if (!COLUMN_TILED)
		fetch_rows(next, in.x + row * in.D, in.D, strip_rows(row, end), in.D);
	do {
		const uint rows = strip_rows(row, end), after = before + rows;
		const uint ends = after == leaf || row + rows == end;
		const struct strip s = {row, rows, leaves, before == 0, ends};

		strip_node(in, s, strip_rows(row + rows, end), m, stack, size, next, numbers);
		row += WIDE_ROWS;
		leaves += ends;
		before = ends ? 0 : after;
	} while (row < end);
	collapse(stack, popcount(leaves), size);
}

#endif
#endif

/*
 * gpu_network_sums.cl: sums the gradient of a network's parameters, and its losses, over the rows
 * of a chunk, as network_sums.cl does; for GPUs.
 *
 *	stack (groups, levels, 4, 256) float4	scratch: finished subtrees of the tree over
 *						blocks, each four blocks or more
 *
 * A group sums 64 x 64 weights of a layer, with a block of rows as a run of terms (gpu_dense.cl),
 * or 16 biases, or the losses.  All groups go through the same barriers, and have loops without a
 * turn where they have nothing to sum.  The sums go to the node, and if `whole`, from there to a
 * step.  Rows beyond `room` are those of further parts, each with a node of its own behind the
 * first one.  Launch: a work-group for each item from first_item on of each part, any local size;
 * further ones do nothing.
 */
#ifndef GPU_NETWORK_SUMS_CL
#define GPU_NETWORK_SUMS_CL

#include "gpu_dense.cl"
#include "gpu_lanes.cl"
#include "training.cl"

#if defined(WIDTHS) && defined(GPU)

/* ---- steps ---- */

/* A number of the parameters. */
struct parameter {
	size_t at;    /* index in a plane */
	size_t plain; /* number in plain order */
	uint is_weight;
};

/* Records a parameter, its gradient and its state as they are before the step. */
static void record_parameter(const struct training *t, struct parameter p, ulong slot, float before,
	float gradient, const float *s)
{
	const size_t P = number_of_weight(LAYERS);
	__global float *step = t->steps + (2 + PLANES) * slot * P + p.plain;
	uint i;

	step[0] = before;
	step[P] = gradient;
#pragma unroll
	for (i = 0; i < PLANES; i++)
		step[(2 + i) * P] = s[i];
}

/* Steps a parameter and its state, from the sum of its gradient. */
static void step_parameter(const struct training *t, struct parameter p, float sum, ulong slot)
{
	const size_t plane = network_plane();
	__global float *w = t->w + p.at;
	const float before = *w;
	float s[PLANES + 1];
	uint j;

#pragma unroll
	for (j = 0; j < PLANES; j++)
		s[j] = w[(1 + j) * plane];
	if (t->record)
		record_parameter(t, p, slot, before, gradient_of(t, p.is_weight, sum), s);
	*w = stepped(t, p.is_weight, before, sum, s);
#pragma unroll
	for (j = 0; j < PLANES; j++)
		w[(1 + j) * plane] = s[j];
}

/* ---- the loss ---- */

/* Returns the loss of a node: its lanes are added by halving, then its outputs in their order. */
static float loss_of_network(__global const float *node)
{
	__global const float *lanes = node + network_plane();
	float sum = 0.0f;
	uint k;

	for (k = 0; k < outputs_of(LAYERS - 1); k++) {
		const float8 a = vload8(2 * k, lanes) + vload8(2 * k + 1, lanes);
		const float4 b = a.lo + a.hi;
		const float2 c = b.lo + b.hi;

		sum += c.x + c.y;
	}
	return sum;
}

/* ---- weights ---- */

/* The weights that a group sums: those of outputs [o, ..) with inputs [i, ..), SIDE each way or as
 * many as there are. */
struct weight_tile {
	uint l, o, i;
	ulong rows; /* 0: there is nothing to sum */
};

/* The tree over blocks in a work-item: its lowest levels are in registers. */
struct block_tree {
	float4 pair[4]; /* the first of two blocks */
	float4 four[4]; /* the first two of four blocks */
	__global float4 *stack;
};

/* Returns the subtrees on the stack where it is full, for chunks of at most `room` rows. */
static uint stack_levels(ulong room)
{
	return 64 - (uint)clz(room / (4 * BLOCK_ROWS));
}

static void push_four(struct block_tree *tree, uint number, const float4 *sums)
{
	uint c, odd;

#pragma unroll
	for (c = 0; c < 4; c++) {
		uint depth = popcount(number);
		float4 sum = sums[c];

		for (odd = number; odd & 1; odd >>= 1) {
			depth--;
			sum = tree->stack[(depth * 4 + c) * POSITIONS] + sum;
		}
		tree->stack[(depth * 4 + c) * POSITIONS] = sum;
	}
}

/* Adds a block, whose sums are s->run, to the tree. */
INLINE static void end_block(struct block_tree *tree, struct tile_sums *s, uint block)
{
	uint c;

#pragma unroll
	for (c = 0; c < 4; c++) {
		if (block % 2 == 0)
			tree->pair[c] = s->run[c];
		else
			tree->pair[c] += s->run[c];
		if (block % 4 == 1)
			tree->four[c] = tree->pair[c];
		if (block % 4 == 3)
			s->run[c] = tree->four[c] + tree->pair[c];
	}
	if (block % 4 == 3)
		push_four(tree, block / 4, s->run);
	clear_run(s);
}

/* Sums n blocks, at least 1, of the tree to s->kept. */
INLINE static void sum_tree(const struct block_tree *tree, struct tile_sums *s, uint n)
{
	uint c;

#pragma unroll
	for (c = 0; c < 4; c++) {
		uint depth = popcount(n / 4), has = n % 4 > 0;
		float4 sum = n % 2 ? tree->pair[c] : tree->four[c];

		if (n % 4 == 3)
			sum = tree->four[c] + sum;
		for (; depth > 0; depth--) {
			const float4 left = tree->stack[((depth - 1) * 4 + c) * POSITIONS];

			sum = has ? left + sum : left;
			has = 1;
		}
		s->kept[c] = sum;
	}
}

/* Sums 16 of the weights over all rows. */
INLINE static void sum_blocks(struct operand inputs, struct operand slopes, ulong rows,
	__local struct stages *m, uint position, struct block_tree *tree, struct tile_sums *s)
{
	const uint terms = (uint)rows, run = BLOCK_ROWS / SLICE;
	const uint slices = (terms + SLICE - 1) / SLICE;
	uint i;

	clear_run(s);
	begin_slices(inputs, slopes, m);
	for (i = 0; i < slices; i++) {
		next_slice(inputs, slopes, terms, i, m, position, s);
		if ((i + 1) % run == 0 || i + 1 == slices)
			end_block(tree, s, i / run);
	}
	sum_tree(tree, s, (slices + run - 1) / run);
}

/* Writes the sums of a work-item to the node; float4s end with their row, which has padding. */
static void write_sums(
	struct weight_tile t, __global float *node, uint position, const struct tile_sums *s)
{
	const uint o = t.o + position / 16 * 4, i = t.i + position % 16 * 4;
	const size_t row = weight_row(t.l);
	__global float *to = node + weights_at(t.l) + o * row + i;
	uint c;

#pragma unroll
	for (c = 0; c < 4; c++)
		if (i < row && o + c < outputs_of(t.l))
			*(__global float4 *)(to + c * row) = s->kept[c];
}

/* stack: that of the group's first position. */
static void sum_weights(struct weight_tile t, __global const float *tiles, __global float4 *stack,
	__global float *node, __local struct stages *m)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	const struct operand inputs = {tiles + (size_t)(inputs_at(t.l) + t.i) * TILE, TILE,
		tile_floats(), inputs_of(t.l) - 1 - t.i, 0, 1};
	const struct operand slopes = {tiles + (size_t)(slopes_at(t.l) + t.o) * TILE, TILE,
		tile_floats(), outputs_of(t.l) - 1 - t.o, 0, 1};
	uint turn;

	for (turn = 0; turn < POSITIONS; turn += items) {
		const uint position = min(turn + id, POSITIONS - 1u);
		struct block_tree tree;
		struct tile_sums s;

		tree.stack = stack + position;
		sum_blocks(inputs, slopes, t.rows, m, position, &tree, &s);
		if (turn + id < POSITIONS && t.rows)
			write_sums(t, node, position, &s);
	}
}

static void step_weights(
	const struct training *t, struct weight_tile tile, __global const float *node, ulong slot)
{
	const uint id = get_local_id(0), items = get_local_size(0), I = inputs_of(tile.l);
	const size_t row = weight_row(tile.l);
	uint turn;

	for (turn = 0; turn < SIDE * SIDE; turn += items) {
		const uint o = tile.o + (turn + id) / SIDE, i = tile.i + (turn + id) % SIDE;
		const struct parameter p = {weights_at(tile.l) + o * row + i,
			number_of_weight(tile.l) + (size_t)o * I + i, 1};

		if (turn + id < SIDE * SIDE && o < outputs_of(tile.l) && i < I)
			step_parameter(t, p, node[p.at], slot);
	}
}

/* ---- biases and losses ---- */

/* Sums in 16 lanes: of 16 biases, or of the losses of each output in turn. */
struct lane_item {
	uint from;    /* units of a tile: the first one of which numbers are summed */
	uint count;   /* biases; those of padding are +0 */
	uint outputs; /* whose losses are summed; 0: biases are summed */
	size_t to;    /* index in the node */
	ulong rows;   /* 0: there is nothing to sum */
};

/* Returns the slopes of a bias, or the losses of a row lane, added over the rows of a block. */
static float block_lane(struct lane_item item, __global const float *tiles, uint block, uint lane)
{
	const uint step = item.outputs ? SUM_LANES : 1, first = item.outputs ? lane : 0;
	const uint rows = (uint)min(item.rows - block * (ulong)BLOCK_ROWS, (ulong)BLOCK_ROWS);
	__global const float *numbers =
		tiles + block * tile_floats() + (item.outputs ? 0 : lane * TILE);
	float sum = 0.0f;
	uint r;

	for (r = first; r < rows && lane < item.count; r += step)
		sum += numbers[r];
	return sum;
}

/* Sums 16 lanes over all rows: tiles begins with the unit of the first lane. */
static void sum_lane_item(struct lane_item item, __global const float *tiles, __global float *to,
	__local struct lane_sums *m)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	const uint blocks = (uint)((item.rows + BLOCK_ROWS - 1) / BLOCK_ROWS);
	uint first, turn;

	for (first = 0; first < blocks; first += LEAVES) {
		barrier(CLK_LOCAL_MEM_FENCE);
		for (turn = 0; turn < LEAF_FLOATS; turn += items) {
			const uint block = first + (turn + id) / SUM_LANES;
			const uint lane = (turn + id) % SUM_LANES;

			if (turn + id < LEAF_FLOATS && block < blocks)
				m->leaf[turn + id] = block_lane(item, tiles, block, lane);
		}
		push_leaves(m, first, min(blocks - first, (uint)LEAVES));
	}
	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < SUM_LANES && blocks; turn += items)
		if (turn + id < SUM_LANES)
			to[turn + id] = sum_of_leaves(m, turn + id, blocks);
}

static void sum_lane_items(struct lane_item item, __global const float *tiles, __global float *node,
	__local struct lane_sums *m)
{
	const uint sums = max(item.outputs, 1u);
	uint k;

	for (k = 0; k < sums; k++)
		sum_lane_item(item, tiles + (size_t)(item.from + k) * TILE,
			node + item.to + k * SUM_LANES, m);
}

static void step_biases(
	const struct training *t, uint l, uint first, __global const float *node, ulong slot)
{
	const uint id = get_local_id(0), items = get_local_size(0), O = outputs_of(l);
	uint turn;

	for (turn = 0; turn < SUM_LANES; turn += items) {
		const uint o = first + turn + id;
		const struct parameter p = {
			biases_at(l) + o, number_of_weight(l) + (size_t)O * inputs_of(l) + o, 0};

		if (turn + id < SUM_LANES && o < O)
			step_parameter(t, p, node[p.at], slot);
	}
}

/* ---- items ---- */

static uint side_tiles(uint numbers)
{
	return (numbers + SIDE - 1) / SIDE;
}

static uint weight_items(uint l)
{
	return side_tiles(inputs_of(l)) * side_tiles(outputs_of(l));
}

/* Returns the items of a layer, one after the other: tiles of weights, then 16 biases each.  After
 * the layers' items comes that of the losses. */
static uint group_items(uint l)
{
	return weight_items(l) + vectors(outputs_of(l));
}

static uint all_items(void)
{
	uint items = 1, l;

	for (l = 0; l < LAYERS; l++)
		items += group_items(l);
	return items;
}

/* What a group sums: one of the two has rows. */
struct sums_item {
	struct weight_tile weights;
	struct lane_item lanes;
};

static void find_item(uint item, ulong rows, struct sums_item *s)
{
	const struct sums_item none = {{0, 0, 0, 0}, {0, 0, 0, 0, 0}};
	uint l, weights;

	*s = none;
	for (l = 0; l < LAYERS && item >= group_items(l); l++)
		item -= group_items(l);
	if (l == LAYERS) {
		const struct lane_item losses = {
			slopes_at(l), SUM_LANES, outputs_of(l - 1), network_plane(), rows};

		s->lanes = losses;
		return;
	}
	weights = weight_items(l);
	s->weights.l = l;
	if (item < weights) {
		s->weights.o = item % side_tiles(outputs_of(l)) * SIDE;
		s->weights.i = item / side_tiles(outputs_of(l)) * SIDE;
		s->weights.rows = rows;
	} else {
		const uint first = (item - weights) * SUM_LANES;
		const struct lane_item biases = {slopes_at(l) + first,
			min(outputs_of(l) - first, (uint)SUM_LANES), 0, biases_at(l) + first, rows};

		s->lanes = biases;
	}
}

/* Steps what the group has summed. */
static void step_item(
	const struct training *t, struct sums_item s, __global const float *node, ulong slot)
{
	if (s.weights.rows)
		step_weights(t, s.weights, node, slot);
	else if (s.lanes.rows && !s.lanes.outputs)
		step_biases(
			t, s.weights.l, (uint)(s.lanes.to - biases_at(s.weights.l)), node, slot);
	else if (s.lanes.rows && get_local_id(0) == 0)
		t->losses[slot] = loss_of_network(node) * t->h[RATE_SCALE];
}

/* h is rates + rate. */
__kernel void network_sums(__global const float *tiles, __global float4 *stack,
	__global float *nodes, __global float *w, __global float *losses, __global float *steps,
	__global const float *rates, ulong room, ulong rows, ulong node_at, ulong slot, ulong rate,
	uint whole, uint record, uint first_item)
{
	const struct training t = {
		0, w, losses, steps, rates + rate, 1.0f, 1.0f, 0, 0, record, 0, 0};
	const uint group = (uint)get_group_id(0), items = max(all_items() - first_item, 1u);
	const ulong part = group / items, before = min(part * room, rows);
	struct sums_item s;
	__global const float *rows_of_part = tiles + before / TILE * tile_floats();
	__global float4 *group_stack = stack + group * (size_t)stack_levels(room) * 4 * POSITIONS;
	__global float *node = nodes + node_at + part * network_node();
	__local struct stages m;
	__local struct lane_sums lanes;

	find_item(first_item + group % items, min(room, rows - before), &s);
	sum_weights(s.weights, rows_of_part, group_stack, node, &m);
	sum_lane_items(s.lanes, rows_of_part, node, &lanes);
	barrier(CLK_GLOBAL_MEM_FENCE);
	if (whole)
		step_item(&t, s, node, slot);
}

#endif
#endif

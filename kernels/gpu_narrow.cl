/*
 * gpu_narrow.cl: outputs, losses and sums of strips of up to LEAF_BLOCKS blocks, for at most 8
 * features; for GPUs.
 *
 *	block	64 rows of the strip: block b has rows [64 b, 64 b + 64)
 *	e	index into one output's node: 0 to 15 are row lanes of the loss, 16 to 31 of the
 *		gradient of b, 32 to 47 the L row lanes of F lanes of the gradient of w
 *	lanes (LEAF_BLOCKS, LANES_PITCH)	numbers e of each block of the strip
 *	tile (LEAF_BLOCKS, TILE_PITCH)	x of the strip, where D > 2
 *	slope (LEAF_BLOCKS, SLOPE_PITCH)	slopes of its rows, where D > 2
 *
 * A leaf of the tree is a strip.  SHARERS work-items share a block: number q of them has rows
 * q, q + SHARERS, ... of it, computes their outputs and losses, and sums the loss and the gradient
 * of b of these OWNED row lanes in registers.  With 1 or 2 features its rows are also those of one
 * row lane of w, whose sums are in registers too: the work-item that has a row is alone to read x.
 * With more features the rows of a row lane of w are spread over work-items: x is copied to local
 * memory and slopes are left there, and work-item q sums number 32 + q of the node.
 *
 * Here `in` begins at the strip's first row.
 */
#ifndef GPU_NARROW_CL
#define GPU_NARROW_CL

#include "gpu_strip.cl"

#ifdef GPU_NARROW

/* Row lanes of the loss that a work-item has, and the work-items that share a block. */
#define OWNED	(F > 2 ? 1 : F)
#define SHARERS (16 / OWNED)

/* More blocks to a strip take fewer barriers, but local memory and the scratch of softmax have room
 * for few. */
#if F > 2 || defined(SOFTMAX)
#define LEAF_BLOCKS (ROW_TILE_NARROW / BLOCK_ROWS)
#else
#define LEAF_BLOCKS 16
#endif

/* Floats of local memory from one block to the next.  What is added to 64 rows and to 48
 * numbers lets a warp, which has two blocks at a time or four, use all banks. */
#define TILE_PITCH(D) (BLOCK_ROWS * (D) + 16)
#define SLOPE_PITCH   (BLOCK_ROWS + 16)
#define LANES_PITCH   (NODE_FLOATS + (F == 2 ? 8 : 0))
#define NODE_FLOATS   48 /* of one output */

/* Local memory of a work-group. */
struct memory {
#if F > 2
	float4 tile[LEAF_BLOCKS * TILE_PITCH(F) / 4];
	float slope[LEAF_BLOCKS * SLOPE_PITCH];
#endif
	float lanes[LEAF_BLOCKS * LANES_PITCH];
};

/* Too large a struct memory makes this an array of negative size, which does not compile. */
typedef char memory_fits[sizeof(struct memory) <= LOCAL_BYTES ? 1 : -1];

static uint strip_most(uint D)
{
	return LEAF_BLOCKS * BLOCK_ROWS;
}

/* ---- x ---- */

#if F > 2

/* Copies x of a block, of so many rows, as work-item q of those that share it. */
INLINE static void block_copy(
	__local float4 *to, __global const float *x, uint rows, uint D, uint q)
{
	const uint count = rows * D, fours = (size_t)x % 16 ? 0 : count / 4;
	uint turn;

#pragma unroll
	for (turn = 0; turn < F; turn++)
		if (16 * turn + q < fours)
			to[16 * turn + q] = ((__global const float4 *)x)[16 * turn + q];
	for (turn = 4 * fours; turn < count; turn += 16)
		if (turn + q < count)
			((__local float *)to)[turn + q] = x[turn + q];
}

INLINE static void tile_load(
	struct rows in, struct strip s, uint column_tile, __local struct memory *m)
{
	const uint id = get_local_id(0);
	uint turn;

	for (turn = 0; turn < 16 * LEAF_BLOCKS; turn += ITEMS) {
		const uint block = (turn + id) / 16, row = block * BLOCK_ROWS;

		if (turn + id < 16 * LEAF_BLOCKS && row < s.rows)
			block_copy(m->tile + block * TILE_PITCH(in.D) / 4, in.x + row * in.D,
				min(s.rows - row, (uint)BLOCK_ROWS), in.D, (turn + id) % 16);
	}
}

INLINE static void row_load(struct rows in, uint r, __local struct memory *m, float *x)
{
	__local const float *row = (__local const float *)m->tile +
				   r / BLOCK_ROWS * TILE_PITCH(in.D) + r % BLOCK_ROWS * in.D;
	uint l;

#pragma unroll
	for (l = 0; l < F; l++)
		x[l] = l < in.D ? row[l] : 0.0f;
}

#else

INLINE static void tile_load(
	struct rows in, struct strip s, uint column_tile, __local struct memory *m)
{
}

INLINE static void row_load(struct rows in, uint r, __local struct memory *m, float *x)
{
#if F == 1
	x[0] = in.x[r];
#else
	const float2 row = ((__global const float2 *)in.x)[r];

	x[0] = row.x;
	x[1] = row.y;
#endif
}

#endif

/* ---- outputs ---- */

static float product(struct rows in, uint k, const float *x)
{
	__global const float *w = weights_of(in, k);
	float t[F];
	uint l;

#pragma unroll
	for (l = 0; l < F; l++)
		t[l] = l < in.D ? fma(w[l], x[l], 0.0f) : 0.0f;
	return halved(t) + bias_of(in, k);
}

/* Computes no lanes; it waits until x is in local memory. */
INLINE static void strip_lanes(struct rows in, struct strip s, uint k, __local struct memory *m)
{
	barrier(CLK_LOCAL_MEM_FENCE);
}

INLINE static float row_output(struct rows in, uint k, uint r, __local struct memory *m)
{
	float x[F];

	row_load(in, r, m, x);
	return product(in, k, x);
}

#ifdef SOFTMAX
#define one_output(in, k, r, x) ((in).scratch[SCRATCH_STRIDE * (k) + (r)])
#else
#define one_output(in, k, r, x) product(in, k, x)
#endif

/* ---- sums of a block ---- */

/* Sums of the rows that a work-item has of a block, or of some blocks: lane i of loss and b is that
 * of its rows i, i + OWNED, ...; those of w are of one row lane, and 0 where D > 2. */
struct lanes {
	float loss[OWNED], bias[OWNED], w[F];
};

static void lanes_set(struct lanes *a, float to)
{
	uint i;

#pragma unroll
	for (i = 0; i < OWNED; i++)
		a->loss[i] = a->bias[i] = to;
#pragma unroll
	for (i = 0; i < F; i++)
		a->w[i] = to;
}

/* Adds row r, which is of lane i. */
INLINE static void row_add(struct rows in, uint k, uint r, uint i, __local struct memory *m,
	struct lanes *sums)
{
	struct terms t;
	float x[F];

	row_load(in, r, m, x);
	t = tile_terms(in, r, k, one_output(in, k, r, x), in.scratch + r);
	sums->loss[i] += t.value;
	sums->bias[i] += t.slope;
#if F > 2
	m->slope[r / BLOCK_ROWS * SLOPE_PITCH + r % BLOCK_ROWS] = t.slope;
#else
	sums->w[0] = fma(t.slope, x[0], sums->w[0]);
	if (F == 2)
		sums->w[F - 1] = fma(t.slope, x[F - 1], sums->w[F - 1]);
#endif
}

/* Sums the rows that work-item q has of a block.  A block without rows leaves its sums at -0, with
 * which the tree changes no sum. */
INLINE static void block_lanes(struct rows in, uint rows, uint k, uint block, uint q,
	__local struct memory *m, struct lanes *sums)
{
	const uint first = block * BLOCK_ROWS + q, after = (block + 1) * BLOCK_ROWS;
	uint r, i;

	lanes_set(sums, block * BLOCK_ROWS < rows ? 0.0f : -0.0f);
	if (after <= rows)
#pragma unroll
		for (r = 0; r < BLOCK_ROWS; r += 16)
#pragma unroll
			for (i = 0; i < OWNED; i++)
				row_add(in, k, first + r + i * SHARERS, i, m, sums);
	else
#pragma unroll 1
		for (r = 0; r < BLOCK_ROWS; r += 16)
#pragma unroll
			for (i = 0; i < OWNED; i++)
				if (first + r + i * SHARERS < rows)
					row_add(in, k, first + r + i * SHARERS, i, m, sums);
}

INLINE static void lanes_store(__local float *entry, uint q, const struct lanes *sums)
{
	uint i;

#pragma unroll
	for (i = 0; i < OWNED; i++) {
		entry[i * SHARERS + q] = sums->loss[i];
		entry[16 + i * SHARERS + q] = sums->bias[i];
	}
	if (F <= 2)
#pragma unroll
		for (i = 0; i < F; i++)
			entry[32 + q * F + i] = sums->w[i];
}

/* Computes the losses of the strip's rows for output k, and the numbers of its blocks; instead of
 * those of w it leaves the slopes, where D > 2. */
INLINE static void strip_rows(struct rows in, uint rows, uint k, __local struct memory *m)
{
	const uint id = get_local_id(0);
	struct lanes sums;
	uint turn;

#pragma unroll 1
	for (turn = 0; turn < SHARERS * LEAF_BLOCKS; turn += ITEMS) {
		const uint block = (turn + id) / SHARERS, q = (turn + id) % SHARERS;

		if (block < LEAF_BLOCKS) {
			block_lanes(in, rows, k, block, q, m, &sums);
			lanes_store(m->lanes + block * LANES_PITCH, q, &sums);
		}
	}
}

/* ---- sums of a strip ---- */

#ifdef SOFTMAX
/* Computes all outputs of the strip's rows, and what softmax shares among them. */
INLINE static void all_outputs(struct rows in, uint rows, __local struct memory *m)
{
	const uint id = get_local_id(0);
	uint turn, k;

	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < rows; turn += ITEMS)
		if (turn + id < rows) {
			for (k = 0; k < in.K; k++)
				in.scratch[SCRATCH_STRIDE * k + turn + id] =
					row_output(in, k, turn + id, m);
			softmax_share(in, turn + id, in.scratch + turn + id);
		}
	barrier(CLK_GLOBAL_MEM_FENCE);
}
#else
#define all_outputs(in, rows, m) ((void)0)
#endif

#if F > 2

/* Sums number 32 + q of a block's node, in which row lane q / F adds feature q % F. */
INLINE static float weight_lane(
	struct rows in, uint rows, uint block, uint q, __local struct memory *m)
{
	__local const float *slope = m->slope + block * SLOPE_PITCH;
	__local const float *x =
		(__local const float *)m->tile + block * TILE_PITCH(in.D) + q % F;
	const uint first = block * BLOCK_ROWS;
	float acc = first < rows ? 0.0f : -0.0f;
	uint r;

	if (first + BLOCK_ROWS <= rows)
#pragma unroll 8
		for (r = 0; r < BLOCK_ROWS; r += L)
			acc = fma(slope[r + q / F], x[(r + q / F) * in.D], acc);
	else
		for (r = q / F; first + r < rows; r += L)
			acc = fma(slope[r], x[r * in.D], acc);
	return acc;
}

/* Sums the numbers of w from the slopes in local memory.  Lanes of padding features are 0. */
INLINE static void strip_weights(struct rows in, uint rows, __local struct memory *m)
{
	const uint id = get_local_id(0);
	uint turn;

	for (turn = 0; turn < 16 * LEAF_BLOCKS; turn += ITEMS) {
		const uint block = (turn + id) / 16, q = (turn + id) % 16;

		if (block < LEAF_BLOCKS)
			m->lanes[block * LANES_PITCH + 32 + q] =
				q % F < in.D ? weight_lane(in, rows, block, q, m) : 0.0f;
	}
	barrier(CLK_LOCAL_MEM_FENCE);
}

#else
#define strip_weights(in, rows, m) ((void)0)
#endif

/* Returns number e of the strip's node: the pairwise sum over its blocks. */
INLINE static float leaf_number(__local const float *lanes, uint e)
{
	float sums[LEAF_BLOCKS];
	uint i, step;

#pragma unroll
	for (i = 0; i < LEAF_BLOCKS; i++)
		sums[i] = lanes[i * LANES_PITCH + e];
#pragma unroll
	for (step = 1; step < LEAF_BLOCKS; step *= 2)
#pragma unroll
		for (i = 0; i + step < LEAF_BLOCKS; i += 2 * step)
			sums[i] += sums[i + step];
	return sums[0];
}

/* Merges number e of leaf i, which is the last one or not, with the leaves before it.  stack has
 * that number of nodes `size` floats apart; only one work-item uses it. */
static void push_number(float sum, uint i, uint last, __global float *stack, size_t size)
{
	uint depth = popcount(i), pairs;

	for (pairs = i; last ? depth > 0 : pairs & 1; pairs >>= 1) {
		depth--;
		sum = stack[depth * size] + sum;
	}
	stack[depth * size] = sum;
}

/* Adds the strip, which is leaf i, to the node of each output. */
INLINE static void strip_node(struct rows in, uint rows, uint i, uint last, __global float *stack,
	__local struct memory *m)
{
	const struct strip s = {0, rows, i, 1, 1};
	const uint id = get_local_id(0);
	uint k = 0, turn;

	tile_load(in, s, 0, m);
	all_outputs(in, rows, m);
	do {
		barrier(CLK_LOCAL_MEM_FENCE);
		strip_rows(in, rows, k, m);
		barrier(CLK_LOCAL_MEM_FENCE);
		strip_weights(in, rows, m);
		for (turn = 0; turn < NODE_FLOATS; turn += ITEMS)
			if (turn + id < NODE_FLOATS)
				push_number(leaf_number(m->lanes, turn + id), i, last,
					stack + k * NODE_FLOATS + turn + id,
					(size_t)in.K * NODE_FLOATS);
	} while (++k < in.K);
}

/* Computes the node over rows [begin, end) into stack[0]; all blocks but the last are complete. */
INLINE static void group_subtree(struct rows in, ulong begin, ulong end, uint leaf,
	__global float *stack, __local struct memory *m)
{
	const uint most = strip_most(in.D);
	ulong row = begin;
	uint i = 0;

	do {
		const uint rows = (uint)min((ulong)most, end - row);

		strip_node(rows_from(in, row), rows, i++, row + rows == end, stack, m);
		row += most;
	} while (row < end);
	barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
}

#endif
#endif

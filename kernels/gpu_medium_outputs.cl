/*
 * gpu_medium_outputs.cl: a strip's node where OUTPUTS builds in the number of outputs, for 9 to
 * MEDIUM_FEATURES features; for GPUs.
 *
 *	slope, shared, value (OUTPUTS, SCRATCH_STRIDE; shared: 4)
 *		the scratch memory of terms.cl for each row, a column of it; then slopes and
 *		losses take the places of outputs and exponentials
 *	e	index into one output's node (gpu_node.cl)
 *
 * A work-item computes all outputs of whole rows; later it sums an element of the nodes of SOME
 * outputs.  A number of x that is read serves SOME outputs, whose sums are in registers.
 */
#ifndef GPU_MEDIUM_OUTPUTS_CL
#define GPU_MEDIUM_OUTPUTS_CL

#include "gpu_medium.cl"

#if defined(GPU_MEDIUM) && defined(OUTPUTS)

enum {
	SOMES = (OUTPUTS + 4) / 5,
	SOME = (OUTPUTS + SOMES - 1) / SOMES, /* outputs whose sums are in registers at once */
	SLAB_FLOATS = 16 * CHUNKS,
	NODE_FLOATS = 32 + SLAB_FLOATS /* of one output */
};

/* Returns output k, or the last one where k lies behind it. */
static uint output_at(uint k)
{
	return min(k, OUTPUTS - 1u);
}

/* Returns where its losses or slopes begin. */
static uint terms_at(uint k)
{
	return output_at(k) * SCRATCH_STRIDE;
}

/* ---- rows ---- */

/* Sets t to lanes l to l + 3 of outputs k to k + SOME - 1 of a row x. */
static void some_lanes(struct rows in, uint k, __local const float *x, uint l, float4 *t)
{
	uint i, j;

#pragma unroll
	for (i = 0; i < SOME; i++)
		t[i] = 0.0f;
#pragma unroll
	for (j = l; j < WIDTH; j += 16) {
		const float4 four = row_four(x, j);

#pragma unroll
		for (i = 0; i < SOME; i++)
			t[i] = add_four_products(
				weights_four(in, output_at(k + i), j), four, j, t[i]);
	}
}

/* Sets z to outputs k to k + SOME - 1 of a row x. */
static void some_outputs(struct rows in, uint k, __local const float *x, __local float *z)
{
	float4 even[SOME], odd[SOME], t[SOME];
	uint i;

	some_lanes(in, k, x, 0, even);
	some_lanes(in, k, x, 8, t);
#pragma unroll
	for (i = 0; i < SOME; i++)
		even[i] += t[i];
	some_lanes(in, k, x, 4, odd);
	some_lanes(in, k, x, 12, t);
#pragma unroll
	for (i = 0; i < SOME; i++)
		z[terms_at(k + i)] = four_summed(even[i] + (odd[i] + t[i])) +
				     bias_of(in, output_at(k + i));
}

/* Computes losses and slopes of row r of the strip. */
static void all_terms(struct rows in, struct strip s, uint r, __local struct memory *m)
{
	__local float *z = m->slope + r;
	uint k;

#pragma unroll 1
	for (k = 0; k < OUTPUTS; k += SOME)
		some_outputs(in, k, row_of(m, r), z);
#ifdef SOFTMAX
	softmax_share(in, s.first + r, z);
#endif
	for (k = 0; k < OUTPUTS; k++) {
		const struct terms t =
			tile_terms(in, s.first + r, k, z[k * SCRATCH_STRIDE], z);

		m->slope[k * SCRATCH_STRIDE + r] = t.slope;
		m->value[k * SCRATCH_STRIDE + r] = t.value;
	}
}

/* ---- sums ---- */

/* Adds to sums rows r to r + 3 of a column x, for outputs k to k + SOME - 1. */
static void add_four(
	__local const float *slope, uint k, __local const float *x, uint r, float *sums)
{
	uint i;

#pragma unroll
	for (i = 0; i < SOME; i++)
		sums[i] = add_four_rows(slope + terms_at(k + i), x, r, sums[i]);
}

/* Sets sums to those over some rows of a column x, for outputs k to k + SOME - 1. */
INLINE static void sum_columns(
	__local const float *slope, uint k, __local const float *x, uint rows, float *sums)
{
	uint r, i;

#pragma unroll
	for (i = 0; i < SOME; i++)
		sums[i] = 0.0f;
#pragma unroll 1
	for (r = 0; r + 8 <= rows; r += 8) {
		add_four(slope, k, x, r, sums);
		add_four(slope, k, x, r + 4, sums);
	}
#pragma unroll 1
	for (; r < rows; r++)
#pragma unroll
		for (i = 0; i < SOME; i++)
			sums[i] = fma(slope[terms_at(k + i) + r], x[r * PITCH], sums[i]);
}

/* PoCL 3.1 ended in a segmentation fault now and then where this and its caller were not inlined.
 * Sets sums to those over block b of the strip, for element e of the nodes of outputs k to
 * k + SOME - 1. */
INLINE static void block_sums(
	struct strip s, __local struct memory *m, uint e, uint k, uint b, float *sums)
{
	const uint before = b * BLOCK_ROWS, rows = min(s.rows - before, (uint)BLOCK_ROWS);
	__local const float *terms = (e < 16 ? m->value : m->slope) + before;
	uint i;

	if (e >= 32) {
		sum_columns(terms, k, row_of(m, before) + (e - 32), e < 32 + WIDTH ? rows : 0,
			sums);
	} else {
#pragma unroll
		for (i = 0; i < SOME; i++)
			sums[i] = sum_row_lane(terms + terms_at(k + i), e % 16, rows);
	}
}

/* Adds element e of the strip's node to the tree, for outputs k to k + SOME - 1. */
INLINE static void push_some(
	struct strip s, __local struct memory *m, uint e, uint k, __global float *stack)
{
	__global float *top = stack + (popcount(s.leaf) * OUTPUTS + k) * NODE_FLOATS + e;
	float sums[SOME], block[SOME];
	uint pairs, i, b;

#pragma unroll 1
	for (b = 0; b * BLOCK_ROWS < s.rows; b++) {
		block_sums(s, m, e, k, b, block);
#pragma unroll
		for (i = 0; i < SOME; i++)
			sums[i] = b ? sums[i] + block[i] : block[i];
	}
	for (pairs = s.leaf; pairs & 1; pairs >>= 1) {
		top -= OUTPUTS * NODE_FLOATS;
#pragma unroll
		for (i = 0; i < SOME; i++)
			if (k + i < OUTPUTS)
				sums[i] = top[i * NODE_FLOATS] + sums[i];
	}
#pragma unroll
	for (i = 0; i < SOME; i++)
		if (k + i < OUTPUTS)
			top[i * NODE_FLOATS] = sums[i];
}

/* Weights come first: their sums take longest, and fill whole warps. */
static void strip_sums(struct strip s, __local struct memory *m, __global float *stack)
{
	const uint id = get_local_id(0);
	uint turn;

#pragma unroll 1
	for (turn = 0; turn < SOMES * NODE_FLOATS; turn += ITEMS) {
		const uint weight = turn + id, other = weight - SOMES * SLAB_FLOATS;
		const uint is_weight = weight < SOMES * SLAB_FLOATS;

		if (weight < SOMES * NODE_FLOATS)
			push_some(s, m, is_weight ? 32 + weight % SLAB_FLOATS : other % 32,
				(is_weight ? weight / SLAB_FLOATS : other / 32) * SOME, stack);
	}
}

static void strip_node(struct rows in, struct strip s, __local struct memory *m,
	__global float *stack, size_t size)
{
	const uint id = get_local_id(0);
	uint turn;

	in.K = OUTPUTS;
	tile_load(in, s, 0, m);
	for (turn = 0; turn < s.rows; turn += ITEMS)
		if (turn + id < s.rows)
			all_terms(in, s, turn + id, m);
	barrier(CLK_LOCAL_MEM_FENCE);
	strip_sums(s, m, stack);
}

#endif
#endif

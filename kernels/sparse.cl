/*
 * sparse.cl: a linear model's outputs, losses and gradient from sparse rows, with the bits of dense
 * ones, for D >= 9.
 *
 *	start (N + 1)	row i has the numbers [start[i], start[i + 1])	in
 *	index, value	features of these numbers, rising in a row, and the numbers	in
 *	losses, slopes (K, stride)	of each row and output
 *			out of sparse_rows
 *	leaves (blocks, K, 2) float16	of each block of 64 rows: the loss and the
 *			gradient of b, which `fold` takes to their root
 *			out of sparse_blocks
 *	root (K, C + 2) float16	as `update`, `norm` and `loss` read it
 *			out of sparse_root; sparse_columns.cl sums the rest
 *
 * A number that is left out is 0, and a term of 0 changes no sum: fma(w, 0, acc) = acc, and a block
 * without a number of the column adds +0 to the tree.  So the sums take the numbers that are there,
 * in the order of dense sums (README.md).  This holds for finite parameters and slopes.
 */
#ifndef SPARSE_CL
#define SPARSE_CL

#include "terms.cl"

#ifdef SPARSE

#define NUMBERS_AHEAD 512 /* prefetch distance */

struct sparse_rows {
	__global const ulong *start;
	__global const uint *index;
	__global const float *value;
};

/* ---- rows ---- */

/* Sums lanes by halving. */
static float lanes_halved(float16 lanes)
{
	const float8 a = lanes.lo + lanes.hi;
	const float4 b = a.lo + a.hi;
	const float2 c = b.lo + b.hi;

	return c.x + c.y;
}

/* A CPU's own prefetcher is too late for two streams between which it gathers w: with these hints
 * rows take 0.7 of the time. */
static void touch_numbers(struct sparse_rows x, ulong i)
{
	if (i % 16 == 0) {
		touch(x.index + i + NUMBERS_AHEAD);
		touch(x.value + i + NUMBERS_AHEAD);
	}
}

/* Returns x.w + b of a row. */
static float sparse_output(
	struct sparse_rows x, ulong row, __global const float *w, float b)
{
	const ulong end = x.start[row + 1];
	float lanes[SUM_LANES];
	ulong i;

	for (i = 0; i < SUM_LANES; i++)
		lanes[i] = 0.0f;
	for (i = x.start[row]; i < end; i++) {
		const uint j = x.index[i];

		touch_numbers(x, i);
		lanes[j % SUM_LANES] = fma(w[j], x.value[i], lanes[j % SUM_LANES]);
	}
	return lanes_halved(vload16(0, lanes)) + b;
}

/* Returns output k of the row, or of the 16 rows of a tile; row 0 of `in` is row `first` of x. */
static REAL sparse_outputs_of(
	struct sparse_rows x, ulong first, struct rows in, ulong row, uint k)
{
	float z[REAL_FLOATS];
	uint r;

	for (r = 0; r < REAL_FLOATS; r++)
		z[r] = row + r < in.count
			       ? sparse_output(
					 x, first + row + r, weights_of(in, k), bias_of(in, k))
			       : 0.0f;
	return LOAD(0, z);
}

/* Computes losses and slopes of rows [first, first + N).  Launch: a work-item for each row, or for
 * each tile of 16 on CPUs, any local size. */
__kernel VECTOR_KERNEL
void sparse_rows(__global const ulong *restrict start, __global const uint *restrict index,
	__global const float *restrict value, __global const float *restrict y,
	__global const float *restrict weights, __global const float *restrict shares,
	__global const float *restrict w, __global REAL *restrict scratch,
	__global float *restrict losses, __global float *restrict slopes, ulong y_stride,
	ulong stride, uint D, uint K, ulong first, ulong N, float number)
{
	const struct sparse_rows x = {start, index, value};
	const ulong item = get_global_id(0), row = item * REAL_FLOATS;
	/* A work-item's values are SCRATCH_STRIDE apart, those of its neighbours side by side. */
	const ulong strip = item / SCRATCH_STRIDE * SCRATCH_STRIDE;
	__global REAL *mine = scratch + strip * SCRATCH_VALUES(K) + item % SCRATCH_STRIDE;
	const struct rows in = {0, y + first, w, weights + first, shares, mine, N, y_stride, D, K,
		number};
	uint k;

	if (row >= N)
		return;
#ifdef SOFTMAX
	for (k = 0; k < K; k++)
		mine[SCRATCH_STRIDE * k] = sparse_outputs_of(x, first, in, row, k);
	softmax_share(in, row, mine);
#endif
	for (k = 0; k < K; k++) {
#ifdef SOFTMAX
		const REAL z = mine[SCRATCH_STRIDE * k];
#else
		const REAL z = sparse_outputs_of(x, first, in, row, k);
#endif
		const struct terms terms = tile_terms(in, row, k, z, mine);

		STORE(terms.value, 0, losses + k * stride + row);
		STORE(terms.slope, 0, slopes + k * stride + row);
	}
}

/* Computes the outputs z (N, K) of rows [first, first + N).  Launch: a work-item for each row, any
 * local size. */
__kernel VECTOR_KERNEL
void sparse_outputs(__global const ulong *restrict start, __global const uint *restrict index,
	__global const float *restrict value, __global const float *restrict w,
	__global float *restrict z, ulong first, ulong N, uint D, uint K)
{
	const struct sparse_rows x = {start, index, value};
	const struct rows in = {0, 0, w, 0, 0, 0, N, 0, D, K, 0.0f};
	const ulong row = get_global_id(0);
	uint k;

	for (k = 0; k < K && row < N; k++)
		z[row * K + k] =
			sparse_output(x, first + row, weights_of(in, k), bias_of(in, k));
}

/* ---- losses and biases ---- */

/* Returns lane q of the sum of a block of N rows at most. */
static float lane_of_block(__global const float *rows, ulong N, uint q)
{
	float sum = 0.0f;
	uint r;

	for (r = q; r < BLOCK_ROWS && r < N; r += SUM_LANES)
		sum += rows[r];
	return sum;
}

/* Launch: a work-item for each of 16 lanes of K outputs of each block, any local size. */
__kernel VECTOR_KERNEL
void sparse_blocks(__global const float *restrict losses, __global const float *restrict slopes,
	__global float *restrict leaves, ulong stride, uint K, ulong N)
{
	const ulong item = get_global_id(0), leaf = item / SUM_LANES;
	const ulong first = leaf / K * BLOCK_ROWS, from = leaf % K * stride + first;
	const uint q = (uint)(item % SUM_LANES);
	__global float *to = leaves + leaf * 2 * SUM_LANES + q;

	if (first >= N)
		return;
	to[0] = lane_of_block(losses + from, N - first, q);
	to[SUM_LANES] = lane_of_block(slopes + from, N - first, q);
}

/* Copies the sums of the losses and biases to the root, where they stand before those of weights.
 * top (K, 2) float16.  Launch: a work-item for each of K outputs, any local size. */
__kernel VECTOR_KERNEL
void sparse_root(
	__global const float16 *restrict top, __global float16 *restrict root, uint D, uint K)
{
	const uint k = (uint)get_global_id(0);

	if (k >= K)
		return;
	root[(ulong)k * (chunks(D) + 2)] = top[2 * k];
	root[(ulong)k * (chunks(D) + 2) + 1] = top[2 * k + 1];
}

#endif
#endif

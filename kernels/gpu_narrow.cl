/*
 * gpu_narrow.cl: loads strips of up to 4 blocks, computes their outputs and sums their leaves, for
 * at most 8 features; for GPUs.
 *
 *	tile (rows, pitch)	x of the strip
 *
 * A work-item computes whole rows.  A leaf of the tree is the strip.
 */
#ifndef GPU_NARROW_CL
#define GPU_NARROW_CL

#include "gpu_strip.cl"

#ifdef GPU_NARROW

/* Local memory of a work-group. */
struct memory {
	float4 tile[STRIP_ROWS * (F | 1) / 4];
	float value[STRIP_ROWS], slope[STRIP_ROWS];
};

/* Too large a struct memory makes this an array of negative size, which does not compile. */
typedef char memory_fits[sizeof(struct memory) <= LOCAL_BYTES ? 1 : -1];

static __local float *tile_of(__local struct memory *m)
{
	return (__local float *)m->tile;
}

/* Returns the floats from one row of the tile to the next: an odd number, so that a column is
 * spread over all banks of local memory. */
static uint pitch(uint D)
{
	return D | 1;
}

static uint strip_most(uint D)
{
	return STRIP_ROWS;
}

#if F == 1
#define row_copy(to, x, D) ((to)[0] = (x)[0])
#else
#define ROW	  JOIN(float, F)
#define ROW_STORE JOIN(vstore, F)

static void row_copy(__local float *to, __global const float *x, uint D)
{
	uint j;

	if (D == F)
		ROW_STORE(*(__global const ROW *)x, 0, to);
	else
		for (j = 0; j < D; j++)
			to[j] = x[j];
}
#endif

static void tile_load(struct rows in, struct strip s, uint column_tile, __local struct memory *m)
{
	const uint id = get_local_id(0);
	uint turn;

	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < s.rows; turn += ITEMS) {
		const uint r = turn + id;

		if (r < s.rows)
			row_copy(tile_of(m) + r * pitch(in.D), in.x + (s.first + r) * in.D, in.D);
	}
}

/* Computes no lanes where D <= 8; it waits until value and slope are no longer in use. */
static void strip_lanes(struct rows in, struct strip s, uint k, __local struct memory *m)
{
	barrier(CLK_LOCAL_MEM_FENCE);
}

static float row_output(struct rows in, uint k, uint r, __local struct memory *m)
{
	__global const float *w = weights_of(in, k);
	__local const float *x = tile_of(m) + r * pitch(in.D);
	float t[F];
	uint l;

#pragma unroll
	for (l = 0; l < F; l++)
		t[l] = l < in.D ? fma(w[l], x[l], 0.0f) : 0.0f;
	return halved(t) + bias_of(in, k);
}

/* Adds rows [r, end) of the strip to acc, element e of their node.  The strip's first row is row
 * `before` of its block, and the tile's first column is feature `from`. */
static float add_rows(struct rows in, __local struct memory *m, uint e, uint from, uint before,
	float acc, uint r, uint end)
{
	const uint feature = (e - 32) / 16 * F + e % F;
	__local const float *terms = e < 16 ? m->value : m->slope;
	__local const float *x = tile_of(m) + (feature - from);

	if (e < 32)
		for (r += (e - before) % 16; r < end; r += 16)
			acc += terms[r];
	else if (feature < in.D)
		for (r += e % 16 / F; r < end; r += L)
			acc = fma(terms[r], x[r * pitch(in.D)], acc);
	return acc;
}

/* Returns element e of the leaf's node: the strip holds the whole leaf, whose blocks are added
 * pairwise. */
static float block_number(
	struct rows in, struct strip s, __local struct memory *m, uint e, uint block)
{
	return add_rows(in, m, e, 0, 0, 0.0f, block * BLOCK_ROWS,
		min(s.rows, (block + 1) * BLOCK_ROWS));
}

static float leaf_number(
	struct rows in, struct strip s, __local struct memory *m, uint e, uint from, float acc)
{
	float a = block_number(in, s, m, e, 0), b;

	if (s.rows > BLOCK_ROWS)
		a += block_number(in, s, m, e, 1);
	if (s.rows > 2 * BLOCK_ROWS) {
		b = block_number(in, s, m, e, 2);
		if (s.rows > 3 * BLOCK_ROWS)
			b += block_number(in, s, m, e, 3);
		a += b;
	}
	return a;
}

#endif
#endif

/*
 * sparse_columns.cl: the gradient of w from the columns of sparse rows, 16 sums side by side.
 *
 *	bundle (bundles + 1)	x: the first slab of 16 numbers, of 16 runs;
 *				y: the most levels of these runs	in
 *	to (bundles, 16)	where the sum of each run goes (shared.h)	in
 *	row, value (slabs, 16)	of rank 0: numbers and their rows	in
 *	slopes (K, stride)	of rows	in
 *	above (K, above_stride)	the numbers of the ranks above, which are sums
 *				of runs; slab s begins at 16 (s - below)	in, out
 *	root (K, C + 2) float16	as `update`, `norm` and `loss` read it	out
 *
 * A run is all numbers of a column in an aligned range of 2^levels blocks of rows, and its sum a
 * subtree of the pairwise tree over blocks (README.md).  A binary counter adds it up: of each level
 * it has the sum of the left half of a range, as long as the right half is not finished.  Blocks
 * without numbers add +0 there.  host/data/sparse_columns.h has the layout.
 */
#ifndef SPARSE_COLUMNS_CL
#define SPARSE_COLUMNS_CL

#include "rows.cl"

#ifdef SPARSE

#define SLABS_AHEAD   32 /* prefetch distance */
#define COLUMN_LEVELS 26 /* 2^26 blocks: rows are fewer than 2^31 */

/* Slabs [from, end) of a bundle; on GPUs a work-item has the lane at which row and value begin. */
struct slabs {
	__global const int *row;
	__global const float *value;
	__global const float *slopes;
	uint from, end;
	uint below; /* slabs before those of value */
};

/* ---- a run, or 16 side by side ---- */

#ifdef GPU

static float slopes_of(__global const float *slopes, int row)
{
	return slopes[row];
}

/* Adds the sum of a block to the counter, where the next block differs from it in the bits
 * `moved`. */
static void carry(float *pending, float sum, int moved, uint levels)
{
	uint l;

	if (!moved)
		return;
	for (l = 0; moved >> l > 1; l++) {
		sum = pending[l] + sum;
		pending[l] = 0.0f;
	}
	pending[l] = sum;
}

static float where_moved(float sum, float other, int moved)
{
	return moved ? other : sum;
}

#else

static float16 slopes_of(__global const float *slopes, int16 row)
{
	return (float16)(slopes[row.s0], slopes[row.s1], slopes[row.s2], slopes[row.s3],
		slopes[row.s4], slopes[row.s5], slopes[row.s6], slopes[row.s7], slopes[row.s8],
		slopes[row.s9], slopes[row.sa], slopes[row.sb], slopes[row.sc], slopes[row.sd],
		slopes[row.se], slopes[row.sf]);
}

/* Adds the sum of a block to the counter, where the next block differs from it in the bits
 * `moved`, without a branch: the lanes differ. */
INLINE static void carry(float16 *pending, float16 sum, int16 moved, uint levels)
{
	int16 here = moved > 0;
	uint l;

#pragma unroll
	for (l = 0; l < levels; l++) {
		const int16 beyond = moved > (int16)((2 << l) - 1);

		sum = select(sum, pending[l] + sum, beyond);
		pending[l] = select(select(pending[l], sum, here), ALL(0.0f), beyond);
		here = beyond;
	}
}

/* Returns `other` where the block is another one, and the sum elsewhere. */
static float16 where_moved(float16 sum, float16 other, int16 moved)
{
	return select(sum, other, moved != 0);
}

#endif

static INT block_of(INT row)
{
	return AS_INT(AS_UINT(row) / BLOCK_ROWS);
}

static REAL value_at(struct slabs x, uint slab)
{
	return LOAD(0, x.value + (size_t)(slab - x.below) * SUM_LANES);
}

/* Returns the sums of slopes times numbers, or of numbers alone if they are sums themselves: each
 * is of another range, unless it stands behind the last one.  levels is a constant where the
 * counter is to stay in registers. */
INLINE static REAL run_sums(struct slabs x, uint levels, int are_sums)
{
	INT row = LOAD(0, x.row + (size_t)x.from * SUM_LANES), block = block_of(row);
	REAL pending[COLUMN_LEVELS], sum = value_at(x, x.from);
	uint slab, l;

	if (!are_sums)
		sum = fma(slopes_of(x.slopes, row), sum, ALL(0.0f));
#pragma unroll
	for (l = 0; l < levels; l++)
		pending[l] = ALL(0.0f);
	for (slab = x.from + 1; slab < x.end; slab++) {
		const REAL value = value_at(x, slab);
		INT moved;

		touch(x.row + (size_t)(slab + SLABS_AHEAD) * SUM_LANES);
		touch(x.value + (size_t)(slab - x.below + SLABS_AHEAD) * SUM_LANES);
		row = LOAD(0, x.row + (size_t)slab * SUM_LANES);
		moved = block ^ block_of(row);
		carry(pending, sum, moved, levels);
		sum = are_sums ? where_moved(sum, value, moved)
			       : fma(slopes_of(x.slopes, row), value,
					 where_moved(sum, ALL(0.0f), moved));
		block ^= moved;
	}
#pragma unroll
	for (l = 0; l < levels; l++)
		sum = pending[l] + sum;
	return sum;
}

/* ---- bundles ---- */

#ifdef GPU

static float bundle_sums(struct slabs x, uint levels, int are_sums)
{
	return run_sums(x, levels, are_sums);
}

#else

/* Few levels stay in registers.  Sums of runs are few. */
static float16 bundle_sums(struct slabs x, uint levels, int are_sums)
{
	if (are_sums)
		return run_sums(x, levels, 1);
	switch ((levels + 1) / 2) {
	case 0:
		return run_sums(x, 0, 0);
	case 1:
		return run_sums(x, 2, 0);
	case 2:
		return run_sums(x, 4, 0);
	case 3:
		return run_sums(x, 6, 0);
	case 4:
		return run_sums(x, 8, 0);
	case 5:
		return run_sums(x, 10, 0);
	case 6:
		return run_sums(x, 12, 0);
	case 7:
		return run_sums(x, 14, 0);
	case 8:
		return run_sums(x, 16, 0);
	default:
		return run_sums(x, levels, 0);
	}
}

#endif

static void store_sums(REAL sums, __global const uint *to, __global float *root,
	__global float *above)
{
	float sum[REAL_FLOATS];
	uint r;

	STORE(sums, 0, sum);
	for (r = 0; r < REAL_FLOATS; r++) {
		__global float *place =
			to[r] & RUN_ABOVE ? above + (to[r] & ~RUN_ABOVE) : root + to[r];

		if (to[r] != RUN_NOWHERE)
			*place = sum[r];
	}
}

/* Sums the runs of bundles [first, first + count).  rank: 0: numbers times slopes; else sums of
 * runs.  Launch: a work-item for each bundle, on GPUs for each run, any local size. */
__kernel VECTOR_KERNEL
void sparse_columns(__global const uint2 *restrict bundle, __global const uint *restrict to,
	__global const int *restrict row, __global const float *restrict value,
	__global const float *restrict slopes, __global float *above,
	__global float *restrict root, ulong stride, ulong above_stride, uint D, uint K,
	uint first, uint count, uint below, uint rank)
{
	const size_t item = get_global_id(0);
	const size_t number = item / REALS, lane = item % REALS;
	uint k;

	if (number >= count)
		return;
	to += (first + number) * SUM_LANES + lane;
	bundle += first + number;
	for (k = 0; k < K; k++) {
		__global float *sums = above + k * above_stride;
		const struct slabs x = {row + lane, (rank ? sums : value) + lane,
			slopes + k * stride, bundle[0].x, bundle[1].x, rank ? below : 0};

		store_sums(bundle_sums(x, bundle[0].y, rank > 0), to,
			root + ((size_t)k * (chunks(D) + 2) + 2) * SUM_LANES, sums);
	}
}

#endif
#endif

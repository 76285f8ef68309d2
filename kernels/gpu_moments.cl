/*
 * gpu_moments.cl: the sums of products of all pairs of columns, as in moments.cl; for GPUs.
 *
 *	block	products of 32 columns (left) by 32 columns (right), which are 4 groups each
 *	square	4 x 4 of a block's 32 x 32 sums
 *
 * A work-group takes a block of a leaf: it loads each part of the rows into local memory, and each
 * of 64 work-items sums a square in registers.  Only blocks that hold tiles of a node exist:
 * shared.h counts them.
 */
#include "lanes.cl"
#include "moments.cl"

#if defined(MOMENTS) && defined(GPU)

#define SIDE        (MOMENTS_BLOCK / 4) /* squares */
#define OWN_SQUARES (ITEMS < SIDE * SIDE ? SIDE * SIDE / ITEMS : 1)

/* A part of the rows of a block's columns, 4 of them in a vector. */
struct block_part {
	double4 left[MOMENTS_PART * SIDE], right[MOMENTS_PART * SIDE];
};

/* Sums of a square's products: its rows of 4. */
struct square {
	double4 row[4];
};

/* Returns column c of a row less its shift: a feature, a target, the ones or padding.  Rows from N
 * on are 0. */
static double column_value(struct columns in, ulong row, uint c)
{
	__global const float *at =
		c < in.D ? in.x + (row - in.x_first) * in.D + c :
			   in.y + (c - in.D) * in.y_stride + row;

	if (row < in.N && c < in.D + in.K)
		return (double)*at - in.shift[c];
	return row < in.N && c == in.D + in.K ? 1.0 : 0.0;
}

/* Loads columns [c, c + MOMENTS_BLOCK) of the part that begins with row `first`. */
static void load_block(struct columns in, ulong first, uint c, __local double *to)
{
	const uint id = get_local_id(0);
	uint turn;

#pragma unroll 16
	for (turn = 0; turn < MOMENTS_PART * MOMENTS_BLOCK; turn += ITEMS)
		to[turn + id] = column_value(in, first + (turn + id) / MOMENTS_BLOCK,
			c + (turn + id) % MOMENTS_BLOCK);
}

/* Multiplies the weights of the rows into the loaded columns; each value by the work-item that
 * loaded it. */
#ifdef WEIGHTED
static void weigh_block(struct columns in, ulong first, __local double *part)
{
	const uint id = get_local_id(0);
	uint turn;

	for (turn = 0; turn < MOMENTS_PART * MOMENTS_BLOCK; turn += ITEMS) {
		const ulong row = first + (turn + id) / MOMENTS_BLOCK;

		if (row < in.N)
			part[turn + id] *= (double)in.weights[row];
	}
}
#else
#define weigh_block(in, first, part) ((void)0)
#endif

/* Adds the products of a part to square s of the block. */
static void add_square_products(
	const __local struct block_part *m, uint s, struct square *sums)
{
	const __local double4 *left = m->left + s / SIDE, *right = m->right + s % SIDE;
	double4 a = (double4)(0.0), b = a, c = a, d = a;
	uint i;

#pragma unroll 4
	for (i = 0; i < MOMENTS_PART; i++) {
		const double4 l = left[i * SIDE], r = right[i * SIDE];

		a = fma((double4)(l.s0), r, a);
		b = fma((double4)(l.s1), r, b);
		c = fma((double4)(l.s2), r, c);
		d = fma((double4)(l.s3), r, d);
	}
	sums->row[0] += a;
	sums->row[1] += b;
	sums->row[2] += c;
	sums->row[3] += d;
}

/* Writes square s of the block that begins with groups q and g, if it is part of a tile. */
static void store_square(
	struct columns in, uint q, uint g, uint s, const struct square *sums, __global double *node)
{
	const uint row = s / SIDE * 4, column = s % SIDE * 4;
	const uint tile_q = q + row / MOMENTS_GROUP, tile_g = g + column / MOMENTS_GROUP;
	const uint first = moments_group_first(tile_q, in.D);
	__global double *tile;
	uint i;

	if (tile_q >= in.G || tile_g < first || tile_g >= moments_group_end(tile_q, in.D, in.G))
		return;
	tile = node + (size_t)(moments_tiles_before(tile_q, in.D, in.G) + tile_g - first) *
			      MOMENTS_GROUP * MOMENTS_GROUP;
	for (i = 0; i < 4; i++)
		vstore4(sums->row[i], 0,
			tile + (row % MOMENTS_GROUP + i) * MOMENTS_GROUP + column % MOMENTS_GROUP);
}

/* Computes the block of columns from q and from g on, in groups, over rows [start, stop). */
static void add_block(struct columns in, ulong start, ulong stop, uint q, uint g,
	__local struct block_part *m, __global double *node)
{
	const uint id = get_local_id(0);
	const double4 none = (double4)(0.0);
	const struct square zero = {{none, none, none, none}};
	struct square sums[OWN_SQUARES];
	ulong first;
	uint i;

	for (i = 0; i < OWN_SQUARES; i++)
		sums[i] = zero;
	for (first = start; first < stop; first += MOMENTS_PART) {
		barrier(CLK_LOCAL_MEM_FENCE);
		load_block(in, first, q * MOMENTS_GROUP, (__local double *)m->left);
		weigh_block(in, first, (__local double *)m->left);
		load_block(in, first, g * MOMENTS_GROUP, (__local double *)m->right);
		barrier(CLK_LOCAL_MEM_FENCE);
		for (i = 0; i < OWN_SQUARES; i++)
			if (id < SIDE * SIDE)
				add_square_products(m, i * ITEMS + id, &sums[i]);
	}
	for (i = 0; i < OWN_SQUARES; i++)
		if (start < stop && id < SIDE * SIDE)
			store_square(in, q, g, i * ITEMS + id, &sums[i], node);
}

/*
 * nodes[l] is leaf first_leaf + l, of which there are `leaves`.  Work-group i computes block
 * (from + i) mod B of leaf (from + i) / B, where B blocks have the tiles of a node.  Launch: a
 * work-group for each block; those of further leaves do nothing.  x begins with row x_first.
 */
__kernel GROUP_KERNEL
void products(__global const float *restrict x, __global const float *restrict y,
	__global const float *restrict weights, __global const double *restrict shift,
	__global double *restrict nodes, ulong N, ulong y_stride, uint D, uint K, uint G,
	ulong leaf_rows, ulong first_leaf, ulong from, ulong leaves, ulong x_first)
{
	const uint side = (G * MOMENTS_GROUP + MOMENTS_BLOCK - 1) / MOMENTS_BLOCK;
	const uint blocks = moments_before(side, D, side, MOMENTS_BLOCK);
	const ulong leaf = (from + get_group_id(0)) / blocks;
	const uint block = (uint)((from + get_group_id(0)) % blocks);
	const ulong start = min((first_leaf + leaf) * leaf_rows, N);
	const ulong stop = leaf < leaves ? min(start + leaf_rows, N) : start;
	const struct columns in = {x, y, weights, shift, N, y_stride, x_first, D, K, G, 0, 0, 0, 0};
	const size_t node = (size_t)MOMENTS_GROUP * MOMENTS_GROUP * moments_tiles_before(G, D, G);
	__local struct block_part m;
	uint q = 0, g;

	while (moments_before(q + 1, D, side, MOMENTS_BLOCK) <= block)
		q++;
	g = moments_first(q, D, MOMENTS_BLOCK) + block -
	    moments_before(q, D, side, MOMENTS_BLOCK);
	add_block(in, start, stop, q * (MOMENTS_BLOCK / MOMENTS_GROUP),
		g * (MOMENTS_BLOCK / MOMENTS_GROUP), &m, nodes + leaf * node);
}

/* ---- leaves ---- */

/* A leaf that does not exist is -0, as a node is in fold.cl. */
static double node_double(__global const double *in, size_t stride, uint n, uint i)
{
	return i < n ? in[i * stride] : -0.0;
}

/* Returns the pairwise sum of 16 leaves of n, from leaf i on. */
static double sum_16_leaves(__global const double *in, size_t stride, uint n, uint i)
{
#define LEAF(j) node_double(in, stride, n, i + (j))
	const double16 v = (double16)(LEAF(0), LEAF(1), LEAF(2), LEAF(3), LEAF(4), LEAF(5),
		LEAF(6), LEAF(7), LEAF(8), LEAF(9), LEAF(10), LEAF(11), LEAF(12), LEAF(13),
		LEAF(14), LEAF(15));
#undef LEAF
	const double8 a = v.even + v.odd;
	const double4 b = a.even + a.odd;
	const double2 c = b.even + b.odd;

	return c.x + c.y;
}

/* As in moments.cl, with a work-item for each run and double. */
__kernel void leaves(__global const double *restrict in, __global double *restrict out, ulong count,
	ulong size, ulong at)
{
	const ulong doubles = size * MOMENTS_GROUP;
	const ulong run = get_global_id(0) / doubles, column = get_global_id(0) % doubles;
	const ulong first = run * MOMENTS_LEAVES;
	__global const double *from = in + first * doubles + column;
	const uint n = (uint)min(count - min(count, first), (ulong)MOMENTS_LEAVES);

	if (n > 0)
		out[(at + run) * doubles + column] =
			(sum_16_leaves(from, doubles, n, 0) + sum_16_leaves(from, doubles, n, 16)) +
			(sum_16_leaves(from, doubles, n, 32) + sum_16_leaves(from, doubles, n, 48));
}

#endif

/*
 * moments.cl: steps of mse from second moments, whose cost does not depend on the number of rows.
 *
 * The sums of products of all pairs of columns are computed once, in double; each step then needs
 * only these sums.
 *
 *	A	columns: D features, K targets, one column of ones; in G groups of 8, padded with
 *		zeros
 *	d (N, A)	the columns less shift
 *	T	tiles of 8 x 8 products of groups q and g, with g from group_first(q) on: each
 *		pair of features once, targets and ones with every column (shared.h)
 *	C'	ceil(D / 16)
 *
 *	node (T, 8)	double8: sums of weight d_a d_b		out (products, leaves)
 *	gram (D, C')	double16: sums of feature by feature, centred	in
 *	xy (K, C')	double16: sums of feature by target, centred	in
 *	mean (C')	double16: means of the features		in
 *	target_moments (K)	double2: a target's mean and centred sum of squares yy	in
 *	t (K, C')	gram w			out (gram_product), in (moments_root)
 *	root (K, C + 2)	as update.cl reads it, sums in lane 0	out
 *
 *	e = b + w.mean - mean of y		loss = yy + W e^2 + w.(t - 2 xy)
 *	gradient of b = 2 W e			gradient of w = 2 (t - xy + W e mean)
 *
 * The order of sums depends on the problem alone.  Within a part of 32 rows: fma in row order from
 * +0, the row's weight multiplied into the column of q.  Parts of a leaf: one after the other from
 * +0.  Leaves: pairwise.  Dot products over features: lane j mod 16 adds feature j by fma in order
 * from +0, then the lanes are added by halving.
 *
 * Only with -DMOMENTS, on devices that support double.  gpu_moments.cl has products and leaves for
 * GPUs.
 */
#ifndef MOMENTS_CL
#define MOMENTS_CL

#include "rows.cl"

#ifdef MOMENTS

#pragma OPENCL EXTENSION cl_khr_fp64 : enable

/* The columns, and the groups q and g whose products a work-item computes. */
struct columns {
	__global const float *x, *y, *weights;
	__global const double *shift; /* (8 G) */
	ulong N, y_stride;
	ulong x_first; /* the row that x begins with */
	uint D, K, G;
	uint q_first, q_end, g_first, g_end;
};

#ifndef GPU

#define LEAF_LEVELS 7 /* log2(MOMENTS_LEAVES) + 1 */

/* ---- a part of the rows, in double ---- */

/* Loads group g, all of whose columns are features. */
static void load_whole(struct columns in, ulong first, uint rows, uint g, __global double8 *d)
{
	__global const float *x = in.x + (first - in.x_first) * in.D + 8 * g;
	const double8 shift = vload8(g, in.shift);
	uint i;

	/* Prefetches the next part while this one is multiplied. */
	for (i = 0; i < rows; i++) {
		touch(x + (i + MOMENTS_PART) * in.D);
		d[i] = convert_double8(vload8(0, x + i * in.D)) - shift;
	}
}

/* Loads column c: a feature, a target, the ones or padding. */
static void load_column(struct columns in, ulong first, uint rows, uint c, __global double *lane)
{
	const double one = c == in.D + in.K ? 1.0 : 0.0;
	const ulong stride = c < in.D ? in.D : 1;
	__global const float *at = c < in.D ? in.x + (first - in.x_first) * in.D + c :
					      in.y + (c - in.D) * in.y_stride + first;
	uint i;

	if (c < in.D + in.K)
		for (i = 0; i < rows; i++)
			lane[8 * i] = (double)at[i * stride] - in.shift[c];
	else
		for (i = 0; i < rows; i++)
			lane[8 * i] = one;
}

static uint part_rows(struct columns in, ulong first)
{
	return (uint)min((ulong)MOMENTS_PART, in.N - first);
}

/* Loads groups [g, end); padding rows are 0. */
static void load_part(struct columns in, ulong first, uint g, uint end, __global double8 *d)
{
	const uint rows = part_rows(in, first);
	uint i;

	for (; g < end; g++, d += MOMENTS_PART) {
		if (g < in.D / 8)
			load_whole(in, first, rows, g, d);
		else
			for (i = 0; i < 8; i++)
				load_column(in, first, rows, 8 * g + i, (__global double *)d + i);
		for (i = rows; i < MOMENTS_PART; i++)
			d[i] = (double8)(0.0);
	}
}

#ifdef WEIGHTED
static void weigh_part(struct columns in, ulong first, uint groups, __global double8 *d)
{
	const uint rows = part_rows(in, first);
	uint g, i;

	for (g = 0; g < groups; g++, d += MOMENTS_PART)
		for (i = 0; i < rows; i++)
			d[i] *= (double)in.weights[first + i];
}
#endif

/* Loads the part's groups of g to d, and returns where its groups of q are: the same place if they
 * are the same groups and no weights are applied, else behind those of g. */
static __global const double8 *load_both(struct columns in, ulong first, __global double8 *d)
{
	__global double8 *left = d + (in.g_end - in.g_first) * MOMENTS_PART;

	load_part(in, first, in.g_first, in.g_end, d);
#ifndef WEIGHTED
	if (in.q_first == in.g_first)
		return d;
#endif
	load_part(in, first, in.q_first, in.q_end, left);
#ifdef WEIGHTED
	weigh_part(in, first, in.q_end - in.q_first, left);
#endif
	return left;
}

/* ---- products ---- */

/* Adds the products of half a tile, whose sums fit into registers. */
static void add_products(__global const double *left, __global const double8 *right,
	__global double8 *sum)
{
	double8 a = (double8)(0.0), b = a, c = a, d = a;
	uint i;

	for (i = 0; i < MOMENTS_PART; i++) {
		const double8 r = right[i];

		a = fma((double8)(left[8 * i]), r, a);
		b = fma((double8)(left[8 * i + 1]), r, b);
		c = fma((double8)(left[8 * i + 2]), r, c);
		d = fma((double8)(left[8 * i + 3]), r, d);
	}
	sum[0] += a;
	sum[1] += b;
	sum[2] += c;
	sum[3] += d;
}

/* Adds the products of one part to the tiles of group q. */
static void add_tiles(struct columns in, uint q, __global const double *left,
	__global const double8 *right, __global double8 *node)
{
	const uint first = moments_group_first(q, in.D);
	const uint end = min(in.g_end, moments_group_end(q, in.D, in.G));
	__global double8 *tiles = node + (size_t)8 * moments_tiles_before(q, in.D, in.G);
	uint g;

	for (g = max(in.g_first, first); g < end; g++) {
		__global const double8 *r = right + (g - in.g_first) * MOMENTS_PART;
		__global double8 *sum = tiles + (size_t)8 * (g - first);

		add_products(left, r, sum);
		/* The second half is skipped where all its columns are ones or padding. */
		if (8 * q + 4 <= in.D + in.K)
			add_products(left + 4, r, sum + 4);
	}
}

static void clear_tiles(struct columns in, __global double8 *node)
{
	uint q, g, i;

	for (q = in.q_first; q < in.q_end; q++) {
		const uint first = moments_group_first(q, in.D);
		const uint end = min(in.g_end, moments_group_end(q, in.D, in.G));
		__global double8 *tiles = node + (size_t)8 * moments_tiles_before(q, in.D, in.G);

		for (g = max(in.g_first, first); g < end; g++)
			for (i = 0; i < 8; i++)
				tiles[(size_t)8 * (g - first) + i] = (double8)(0.0);
	}
}

/* Computes the products of leaf `leaf`: rows [leaf leaf_rows, (leaf + 1) leaf_rows). */
NOINLINE static void add_leaf(struct columns in, ulong leaf, ulong leaf_rows,
	__global double8 *scratch,
	__global double8 *node)
{
	const ulong start = leaf * leaf_rows, stop = min(start + leaf_rows, in.N);
	ulong first;
	uint q;

	clear_tiles(in, node);
	for (first = start; first < stop; first += MOMENTS_PART) {
		__global const double8 *left = load_both(in, first, scratch);

		for (q = in.q_first; q < in.q_end; q++)
			add_tiles(in, q,
				(__global const double *)(left +
							  (q - in.q_first) * MOMENTS_PART),
				scratch, node);
	}
}

/*
 * nodes[l] is leaf first_leaf + l.  The groups are divided into panels of `panel` groups.  Item i
 * computes, in leaf i / panels^2, panel i / panels mod panels of q with panel i mod panels of g.
 * scratch: 2 panels of parts per work-item.  x begins with row x_first.  Launch: items
 * [from, from + items), any local size.
 */
__kernel VECTOR_KERNEL
void products(__global const float *x, __global const float *y, __global const float *weights,
	__global const double *shift, __global double8 *scratch, __global double8 *nodes, ulong N,
	ulong y_stride, uint D, uint K, uint G, uint panel, uint panels, ulong leaf_rows,
	ulong first_leaf, ulong from, uint items, ulong x_first)
{
	const size_t id = get_global_id(0);
	const ulong item = from + id, leaf = item / (panels * panels);
	const uint p = (uint)(item / panels % panels), r = (uint)(item % panels);
	const struct columns in = {x, y, weights, shift, N, y_stride, x_first, D, K, G, p * panel,
		min(p * panel + panel, G), r * panel, min(r * panel + panel, G)};

	if (id < items)
		add_leaf(in, first_leaf + leaf, leaf_rows, scratch + id * 2 * panel * MOMENTS_PART,
			nodes + leaf * 8 * moments_tiles_before(G, D, G));
}

/* With R = MOMENTS_LEAVES, out[at + r] is the pairwise sum of nodes [R r, R r + R) of `count`, each
 * of `size` double8.  Launch: one work-item per run and double8, any local size. */
__kernel VECTOR_KERNEL
void leaves(__global const double8 *in, __global double8 *out, ulong count, ulong size, ulong at)
{
	const ulong run = get_global_id(0) / size, column = get_global_id(0) % size;
	const ulong first = run * MOMENTS_LEAVES;
	double8 stack[LEAF_LEVELS];
	ulong i, pairs;
	uint depth = 0;

	if (first >= count)
		return;
	for (i = 0; i < MOMENTS_LEAVES && first + i < count; i++) {
		double8 sum = in[(first + i) * size + column];

		for (pairs = i; pairs & 1; pairs >>= 1)
			sum = stack[--depth] + sum;
		stack[depth++] = sum;
	}
	for (; depth > 1; depth--)
		stack[depth - 2] += stack[depth - 1];
	out[(at + run) * size + column] = stack[0];
}

#endif

/* ---- a step ---- */

static double halve_lanes(double16 v)
{
	const double8 a = v.lo + v.hi;
	const double4 b = a.lo + a.hi;
	const double2 c = b.lo + b.hi;

	return c.lo + c.hi;
}

/* t = gram w.  w (K, C + 1) is laid out as in the other kernels: where D < 16, its copies of the
 * weights meet zeros of gram.  Launch: one work-item per feature and output, any local size. */
__kernel VECTOR_KERNEL
void gram_product(__global const double16 *gram, __global const float *w, __global double *t,
	uint D, uint K)
{
	const size_t id = get_global_id(0);
	const uint width = (D + 15) / 16, k = (uint)(id / D), j = (uint)(id % D);
	double16 sum = (double16)(0.0);
	uint c;

	if (k >= K)
		return;
	for (c = 0; c < width; c++)
		sum = fma(gram[(size_t)j * width + c],
			convert_double16(repeated(w + (size_t)k * row_floats(D) + c * F)), sum);
	t[(size_t)k * width * 16 + j] = halve_lanes(sum);
}

static double dot_of(__global const double16 *a, __global const float *w, uint width)
{
	double16 sum = (double16)(0.0);
	uint c;

	for (c = 0; c < width; c++)
		sum = fma(a[c], convert_double16(repeated(w + c * F)), sum);
	return halve_lanes(sum);
}

/* w.(t - 2 xy) */
static double quadratic_of(__global const double16 *t, __global const double16 *xy,
	__global const float *w, uint width)
{
	double16 sum = (double16)(0.0);
	uint c;

	for (c = 0; c < width; c++)
		sum = fma(fma((double16)(-2.0), xy[c], t[c]), convert_double16(repeated(w + c * F)),
			sum);
	return halve_lanes(sum);
}

static float16 lane_0(double v)
{
	float16 lanes = (float16)(0.0f);

	lanes.s0 = (float)v;
	return lanes;
}

/* Makes the root of the sums.  W: sum of the weights of all rows.  Launch: one work-item per
 * output, any local size. */
__kernel VECTOR_KERNEL
void moments_root(__global const double16 *t, __global const double16 *xy,
	__global const double16 *mean, __global const double2 *target_moments,
	__global const float *w, __global float16 *root, double W, uint D, uint K)
{
	const uint k = get_global_id(0), width = (D + 15) / 16;
	__global const float *of_k = w + (size_t)k * row_floats(D);
	__global float16 *sums = root + (size_t)k * (chunks(D) + 2);
	double e, loss;
	uint c;

	if (k >= K)
		return;
	t += (size_t)k * width;
	xy += (size_t)k * width;
	e = dot_of(mean, of_k, width) + (double)w[(size_t)K * row_floats(D) + k] -
	    target_moments[k].s0;
	loss = quadratic_of(t, xy, of_k, width) + fma(W * e, e, target_moments[k].s1);
	/* A sum of squares that rounding made negative is 0; NaN stays NaN. */
	sums[0] = lane_0(loss < 0.0 ? 0.0 : loss);
	sums[1] = lane_0(2.0 * W * e);
	for (c = 0; c < width; c++)
		sums[2 + c] = convert_float16(
			2.0 * fma((double16)(W * e), mean[c], t[c] - xy[c]));
}

#endif
#endif

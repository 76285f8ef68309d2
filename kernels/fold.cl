/*
 * fold.cl: one level of the sum over nodes: each run of FOLD_RUN nodes becomes one (shared.h).
 *
 *	in (count, stride)	REALs (lanes.cl), the first `size` of each node	in
 *	out (., size)	REALs, from node `before` on				out
 *
 * With R = FOLD_RUN, out[before + r] is the pairwise sum of in[r R .. r R + R), an aligned subtree
 * of the whole tree.  Launch: one work-item per run and REAL, any global size >= ceil(count / R)
 * size, any local size.
 */
#ifndef FOLD_CL
#define FOLD_CL

#include "lanes.cl"

#ifdef GPU

/* Returns the first number of node i of n; they are stride floats apart.  A node that does not
 * exist is -0, which leaves each number that it is added to as it is. */
static float node_number(__global const float *in, size_t stride, uint n, uint i)
{
	return i < n ? in[i * stride] : -0.0f;
}

static float16 nodes_16(__global const float *in, size_t stride, uint n, uint i)
{
#define NODE(j) node_number(in, stride, n, i + (j))
	return (float16)(NODE(0), NODE(1), NODE(2), NODE(3), NODE(4), NODE(5), NODE(6), NODE(7),
		NODE(8), NODE(9), NODE(10), NODE(11), NODE(12), NODE(13), NODE(14), NODE(15));
#undef NODE
}

static float pairwise_16(float16 v)
{
	const float8 a = v.even + v.odd;
	const float4 b = a.even + a.odd;
	const float2 c = b.even + b.odd;

	return c.x + c.y;
}

/* Returns the pairwise sum of the first number of n nodes, 1 to FOLD_RUN; they are stride floats
 * apart.  There is no loop or branch: all loads are under way at once. */
static float fold_run(__global const float *in, size_t stride, uint n)
{
	const float16 a = nodes_16(in, stride, n, 0), b = nodes_16(in, stride, n, 16);
	const float16 c = nodes_16(in, stride, n, 32), d = nodes_16(in, stride, n, 48);

	return (pairwise_16(a) + pairwise_16(b)) + (pairwise_16(c) + pairwise_16(d));
}

#else

#define RUN_LEVELS 7 /* log2(FOLD_RUN) + 1 */

/* Adds node i to the pairwise sum of the nodes before it, as a binary counter: where bit l of i is
 * set, pending[l] holds a finished subtree of 2^l nodes. */
static void fold_in(REAL *pending, uint i, REAL sum)
{
	uint l, open = 1;

#pragma unroll
	for (l = 0; l < RUN_LEVELS; l++) {
		const uint paired = i >> l & 1;

		if (open && !paired)
			pending[l] = sum;
		else if (open)
			sum = pending[l] + sum;
		open &= paired;
	}
}

/* Returns the sum of n nodes: adds up the pending subtrees, smaller ones into larger ones. */
static REAL folded(const REAL *pending, uint n)
{
	REAL sum = ALL(0.0f);
	uint l, started = 0;

#pragma unroll
	for (l = 0; l < RUN_LEVELS; l++)
		if (n >> l & 1) {
			sum = started ? pending[l] + sum : pending[l];
			started = 1;
		}
	return sum;
}

/* Returns the pairwise sum of the first REAL of n nodes, 1 to FOLD_RUN; they are stride floats
 * apart. */
static REAL fold_run(__global const float *in, size_t stride, uint n)
{
	REAL pending[RUN_LEVELS];
	uint i;

	for (i = 0; i < n; i++)
		fold_in(pending, i, LOAD(0, in + i * stride));
	return folded(pending, n);
}

#endif

#ifndef WIDTHS

__kernel VECTOR_KERNEL
void fold(__global const REAL *restrict in, __global REAL *restrict out, ulong count, ulong stride,
	ulong size, ulong before)
{
	const ulong run = get_global_id(0) / size, column = get_global_id(0) % size;
	const ulong first = run * FOLD_RUN;

	if (first >= count)
		return;
	out[(before + run) * size + column] =
		fold_run((__global const float *)(in + first * stride + column),
			stride * REAL_FLOATS, (uint)min(count - first, (ulong)FOLD_RUN));
}

#endif
#endif

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
#include "lanes.cl"

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

#ifndef WIDTHS

__kernel VECTOR_KERNEL
void fold(__global const REAL *in, __global REAL *out, ulong count, ulong stride, ulong size,
	ulong before)
{
	const ulong run = get_global_id(0) / size, column = get_global_id(0) % size;
	const ulong first = run * FOLD_RUN;
	REAL pending[RUN_LEVELS];
	uint i, n;

	if (first >= count)
		return;
	n = (uint)min(count - first, (ulong)FOLD_RUN);
	for (i = 0; i < n; i++)
		fold_in(pending, i, in[(first + i) * stride + column]);
	out[(before + run) * size + column] = folded(pending, n);
}

#endif

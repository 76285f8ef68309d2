/*
 * fold.cl: the tree over nodes, RUN of them at a time.
 *
 *	in (count, stride)	REALs (lanes.cl); of a node the first `size` are read	in
 *	out (runs, size)	REALs						out
 *
 * out[r] is the pairwise tree over in[r RUN .. r RUN + RUN), an aligned subtree. Launch: one
 * work-item a run and REAL, any global size >= ceil(count / RUN) size, any local size.
 */
#include "lanes.cl"

#ifndef RUN
#define RUN 64 /* a power of two: nodes to one */
#endif
#define RUN_LEVELS 7 /* log2(RUN) + 1 */

/* Node i to those before it: level l waits in a register, pending[l], where bit l of i is set. */
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

/* What is pending of n nodes to one, lower levels into higher ones. */
static REAL folded(const REAL *pending, uint n)
{
	REAL sum = ALL(0.0f);
	uint l, some = 0;

#pragma unroll
	for (l = 0; l < RUN_LEVELS; l++)
		if (n >> l & 1) {
			sum = some ? pending[l] + sum : pending[l];
			some = 1;
		}
	return sum;
}

__kernel VECTOR_KERNEL
void fold(__global const REAL *in, __global REAL *out, ulong count, ulong stride, ulong size)
{
	const ulong run = get_global_id(0) / size, column = get_global_id(0) % size;
	const ulong first = run * RUN;
	REAL pending[RUN_LEVELS];
	uint i, n;

	if (first >= count)
		return;
	n = (uint)min(count - first, (ulong)RUN);
	for (i = 0; i < n; i++)
		fold_in(pending, i, in[(first + i) * stride + column]);
	out[run * size + column] = folded(pending, n);
}

/*
 * fold.cl: the tree over nodes, RUN of them at a time.
 *
 *	in (count, stride)	float16; of each node the first `size` are read	in
 *	out (runs, size)	float16						out
 *
 * out[r] is the pairwise tree over in[r RUN .. r RUN + RUN), an aligned subtree. Launch: one
 * work-item a run and float16, any global size >= ceil(count / RUN) size, any local size.
 */
#include "lanes.cl"

#ifndef RUN
#define RUN 64 /* a power of two: nodes to one */
#endif
#define RUN_LEVELS 7 /* log2(RUN) + 1 */

__kernel VECTOR_KERNEL
void fold(__global const float16 *in, __global float16 *out, ulong count, ulong stride,
	ulong size)
{
	const ulong run = get_global_id(0) / size, column = get_global_id(0) % size;
	const ulong first = run * RUN;
	float16 stack[RUN_LEVELS];
	ulong i, pairs;
	uint depth = 0;

	if (first >= count)
		return;
	for (i = 0; i < RUN && first + i < count; i++) {
		float16 sum = in[(first + i) * stride + column];

		for (pairs = i; pairs & 1; pairs >>= 1)
			sum = stack[--depth] + sum;
		stack[depth++] = sum;
	}
	for (; depth > 1; depth--)
		stack[depth - 2] += stack[depth - 1];
	out[run * size + column] = stack[0];
}

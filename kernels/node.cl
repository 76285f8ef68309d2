/*
 * node.cl: the pairwise sum over blocks of 64 rows.
 *
 * A leaf of the tree is one block.  Each level adds node 2i + 1 to node 2i; an odd last node moves
 * up unchanged.  Lanes stay separate here; update.cl adds them at the end.
 */
#ifndef NODE_CL
#define NODE_CL

#include "block.cl"
#include "wide.cl"

#ifndef GPU

static void node_add(__global float16 *left, __global const float16 *right, uint size)
{
	uint i;

	for (i = 0; i < size; i++)
		left[i] += right[i];
}

/* Sums blocks [first, first + count) into stack[0].  The stack works as a binary counter: after
 * block i, each trailing 1 bit of i means one pair to merge.  It holds log2(count) + 1 nodes. */
NOINLINE static void subtree(struct rows in, ulong first, ulong count, __global float16 *stack)
{
	const uint size = node_size(in.D, in.K);
	uint depth = 0;
	ulong i, pairs;

	for (i = 0; i < count; i++) {
		block_sums(in, (first + i) * BLOCK_ROWS, stack + depth * size);
		for (pairs = i; pairs & 1; pairs >>= 1, depth--)
			node_add(stack + (depth - 1) * size, stack + depth * size, size);
		depth++;
	}
	for (; depth > 1; depth--)
		node_add(stack + (depth - 2) * size, stack + (depth - 1) * size, size);
}

#endif
#endif

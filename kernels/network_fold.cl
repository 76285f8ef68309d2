/*
 * network_fold.cl: makes one node of several, whose rows follow each other: their pairwise sum.
 *
 *	nodes		as in network.cl; those from `from` on are folded, `count` of them,
 *			at most FOLD_RUN, to the one at `to`, which may be the first
 *	first, vectors	the vectors of 16 numbers that are folded
 *
 * Launch: a work-item for each REAL of these vectors; further ones do nothing.
 */
#ifndef NETWORK_FOLD_CL
#define NETWORK_FOLD_CL

#include "fold.cl"
#include "network.cl"

#ifdef WIDTHS

__kernel VECTOR_KERNEL void network_fold(
	__global float *nodes, ulong to, ulong from, uint count, ulong first, ulong vectors)
{
	const ulong at = (first * REALS + get_global_id(0)) * REAL_FLOATS;

	if (get_global_id(0) < vectors * REALS)
		STORE(fold_run(nodes + from + at, network_node(), count), 0, nodes + to + at);
}

#endif
#endif

/*
 * subtrees.h: the tree over blocks of rows (sum_order.h), divided among ranks.
 *
 * B blocks are divided into units of 2^k blocks, at least UNITS_OF_RANK for each rank as far as
 * there are so many; each rank takes units that lie side by side, which are a few subtrees.
 */
#ifndef GF_SUBTREES_H
#define GF_SUBTREES_H

#include <stddef.h>

enum { UNITS_OF_RANK = 8 };

/* The blocks [first, first + blocks) of a range of rows, counted from its first row: blocks is a
 * power of two, and first a multiple of it.  The last subtree may reach beyond the range. */
struct subtree {
	size_t first, blocks;
};

/* Blocks side by side are at most so many subtrees. */
enum { SUBTREES_MOST = 2 * 8 * (int)sizeof(size_t) };

/* The sum of a subtree goes to that of another one on its left. */
struct subtree_join {
	size_t to, from;
};

/* Returns how many of `all` things are in the subtree, of whose blocks each has `unit` of them. */
static inline size_t subtree_part(const struct subtree *tree, size_t unit, size_t all)
{
	const size_t most = tree->blocks * unit, left = all - tree->first * unit;

	return most < left ? most : left;
}

/* Returns the first block of B that rank r takes; r = ranks: B.
 * shares (ranks): how much each rank takes, in any unit. */
size_t subtrees_bound(size_t blocks, size_t ranks, const double *shares, size_t r);

/* Cuts blocks [from, to) of B into the largest subtrees, and returns how many they are. */
size_t subtrees_cut(size_t from, size_t to, size_t blocks, struct subtree *trees);

/* Sets the additions that take the sums of subtrees (count), which are all blocks in their order,
 * to the sum over all blocks at tree 0, and returns how many they are: count - 1. */
size_t subtrees_joins(const struct subtree *trees, size_t count, struct subtree_join *joins);

#endif

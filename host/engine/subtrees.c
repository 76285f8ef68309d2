/* subtrees.c: the tree over blocks of rows, divided among ranks. */
#include "subtrees.h"
#include "sum_order.h"

/* Returns the blocks of a unit. */
static size_t unit_of(size_t blocks, size_t ranks)
{
	size_t unit = 1;

	while (blocks / (2 * unit) >= UNITS_OF_RANK * ranks)
		unit *= 2;
	return unit;
}

size_t subtrees_bound(size_t blocks, size_t ranks, const double *shares, size_t r)
{
	const size_t unit = unit_of(blocks, ranks), units = parts_of(blocks, unit);
	double before = 0.0, all = 0.0;
	size_t i, bound;

	if (r >= ranks)
		return blocks;
	for (i = 0; i < ranks; i++) {
		before += i < r ? shares[i] : 0.0;
		all += shares[i];
	}
	bound = unit * (size_t)(before / all * (double)units + 0.5);
	return bound < blocks ? bound : blocks;
}

size_t subtrees_cut(size_t from, size_t to, size_t blocks, struct subtree *trees)
{
	const size_t whole = (size_t)1 << tree_levels(blocks);
	size_t count = 0;

	while (from < to) {
		size_t size = from ? from & (~from + 1) : whole;

		while (from + size > to && to < blocks)
			size /= 2;
		trees[count++] = (struct subtree){from, size};
		from += size;
	}
	return count;
}

/*
 * Two neighbours of one size are always the halves of a subtree: if the left one were a right half,
 * it would have joined its left half before.  In the end each tree is larger than those behind it,
 * which are all there is of its right neighbour: they join it from the last one on.
 */
size_t subtrees_joins(const struct subtree *trees, size_t count, struct subtree_join *joins)
{
	struct {
		size_t tree, blocks;
	} open[SUBTREES_MOST];
	size_t top = 0, made = 0, i;

	for (i = 0; i < count; i++) {
		open[top].tree = i;
		open[top++].blocks = trees[i].blocks;
		for (; top > 1 && open[top - 2].blocks == open[top - 1].blocks; top--) {
			joins[made++] =
				(struct subtree_join){open[top - 2].tree, open[top - 1].tree};
			open[top - 2].blocks *= 2;
		}
	}
	for (; top > 1; top--)
		joins[made++] = (struct subtree_join){open[top - 2].tree, open[top - 1].tree};
	return made;
}

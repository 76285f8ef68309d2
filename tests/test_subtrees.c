/* test_subtrees.c: however blocks are divided among ranks, the additions are those of the pairwise
 * tree over all blocks. */
#include "basics.h"
#include "order.h"
#include "subtrees.h"
#include "sum_order.h"

#include <string.h>

enum { BLOCKS_MOST = 300, RANKS_MOST = 9 };

static float leaf(size_t block)
{
	return 1.0f / (float)(3 + block * block);
}

static float tree_over(size_t first, size_t end)
{
	float leaves[BLOCKS_MOST];
	size_t i;

	for (i = first; i < end; i++)
		leaves[i - first] = leaf(i);
	order_tree(leaves, end - first, 1);
	return leaves[0];
}

/* The sum over all blocks, by the subtrees of all ranks. */
static float sum_by_ranks(size_t blocks, size_t ranks, const double *shares)
{
	struct subtree trees[RANKS_MOST * SUBTREES_MOST];
	struct subtree_join joins[RANKS_MOST * SUBTREES_MOST];
	float sums[RANKS_MOST * SUBTREES_MOST];
	size_t r, i, count = 0, made;

	for (r = 0; r < ranks; r++)
		count += subtrees_cut(subtrees_bound(blocks, ranks, shares, r),
			subtrees_bound(blocks, ranks, shares, r + 1), blocks, trees + count);
	for (i = 0; i < count; i++) {
		const size_t end = trees[i].first + trees[i].blocks;

		assert_int_equal(trees[i].first % trees[i].blocks, 0);
		sums[i] = tree_over(trees[i].first, end < blocks ? end : blocks);
	}
	made = subtrees_joins(trees, count, joins);
	assert_int_equal(made, count - 1);
	for (i = 0; i < made; i++)
		sums[joins[i].to] = sums[joins[i].to] + sums[joins[i].from];
	return sums[0];
}

static void assert_tree(size_t blocks, size_t ranks, const double *shares)
{
	const float wanted = tree_over(0, blocks), found = sum_by_ranks(blocks, ranks, shares);

	if (memcmp(&found, &wanted, sizeof found) != 0)
		fail_msg("%zu blocks, %zu ranks: %.9g, wanted %.9g", blocks, ranks, (double)found,
			(double)wanted);
}

static void test_equal_shares(void **state)
{
	const double shares[RANKS_MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
	size_t blocks, ranks;

	(void)state;
	for (blocks = 1; blocks <= BLOCKS_MOST; blocks++)
		for (ranks = 1; ranks <= RANKS_MOST; ranks++)
			assert_tree(blocks, ranks, shares);
}

static void test_unequal_shares(void **state)
{
	const double shares[][RANKS_MOST] = {{0.02, 1, 1, 1, 3, 1, 1, 1, 1},
		{7, 0.02, 0.02, 2, 2, 2, 2, 2, 0.5}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
	size_t i, blocks, ranks;

	(void)state;
	for (i = 0; i < sizeof shares / sizeof *shares; i++)
		for (blocks = 1; blocks <= BLOCKS_MOST; blocks += 1 + blocks / 40)
			for (ranks = 1; ranks <= RANKS_MOST; ranks++)
				assert_tree(blocks, ranks, shares[i]);
}

/* A rank has about its part of the blocks, and few subtrees. */
static void test_shares(void **state)
{
	const double shares[4] = {1, 1, 1, 1};
	const size_t blocks = 100000;
	struct subtree trees[SUBTREES_MOST];
	size_t r;

	(void)state;
	for (r = 0; r < 4; r++) {
		const size_t from = subtrees_bound(blocks, 4, shares, r);
		const size_t to = subtrees_bound(blocks, 4, shares, r + 1);

		assert_in_range(to - from, 22000, 28000);
		assert_in_range(subtrees_cut(from, to, blocks, trees), 1, 12);
	}
	assert_int_equal(subtrees_bound(blocks, 4, shares, 4), blocks);
	assert_int_equal(subtrees_bound(blocks, 4, shares, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_shares),
		cmocka_unit_test(test_unequal_shares),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

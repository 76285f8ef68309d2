/*
 * test_exchange.c: sums that ranks exchange are those of one tree over all blocks, whatever travels
 * and whoever has which blocks; and ranks choose from the times of sums, all alike.
 */
#include "basics.h"
#include "comm_threads.h"
#include "exchange.h"
#include "order.h"
#include "sum_order.h"

#include <stdlib.h>
#include <string.h>

/* ---- sums ---- */

/* A rank's seconds for so many blocks. */
typedef double seconds_of(size_t rank, double blocks);

struct work {
	struct sum_shape shape;
	size_t sums;
	seconds_of *seconds;

	/* What ranks found. */
	gf_status status[RANKS_MOST];
	char *last[RANKS_MOST];        /* owned; (numbers) the last sum */
	size_t blocks[RANKS_MOST];     /* of the last sum, that each took */
	size_t other_sums[RANKS_MOST]; /* that differ from the last one */
	int shares[RANKS_MOST][3]; /* exchange_shares of 1 block, all blocks, and 100 times all */
	gf_comm_counters counters[RANKS_MOST];
};

static double number_of(size_t block, size_t i)
{
	return 1.0 / (double)(3 + block * block + i % 17);
}

static void set_number(const struct sum_shape *shape, void *numbers, size_t i, double value)
{
	if (shape->size == sizeof(float))
		((float *)numbers)[i] = (float)value;
	else
		((double *)numbers)[i] = value;
}

/* Sums blocks [first, end) of number i pairwise, in the precision of the shape. */
static double tree_over(const struct sum_shape *shape, size_t first, size_t end, size_t i)
{
	size_t half = 1;
	double left, right;

	if (end - first == 1)
		return shape->size == sizeof(float) ? (double)(float)number_of(first, i)
						    : number_of(first, i);
	while (2 * half < end - first)
		half *= 2;
	left = tree_over(shape, first, first + half, i);
	right = tree_over(shape, first + half, end, i);
	return shape->size == sizeof(float) ? (double)((float)left + (float)right) : left + right;
}

static void fill(const struct work *w, const struct subtree *tree, char *to)
{
	const size_t end = tree->first + tree->blocks;
	size_t i;

	for (i = 0; i < w->shape.numbers; i++)
		set_number(&w->shape, to, i,
			tree_over(&w->shape, tree->first,
				end < w->shape.blocks ? end : w->shape.blocks, i));
}

/* Returns the blocks that this rank takes. */
static size_t fill_mine(const struct work *w, const struct exchange *x, char *room)
{
	struct subtree mine[SUBTREES_MOST];
	const size_t count = exchange_mine(x, w->shape.blocks, mine);
	size_t i, blocks = 0;

	for (i = 0; i < count; i++) {
		const size_t left = w->shape.blocks - mine[i].first;

		fill(w, &mine[i], room + i * w->shape.numbers * w->shape.size);
		blocks += mine[i].blocks < left ? mine[i].blocks : left;
	}
	return blocks;
}

static gf_status sum_once(struct work *w, struct exchange *x, size_t rank, gf_error *err)
{
	const size_t bytes = w->shape.numbers * w->shape.size;
	const void *sum;
	void *room;

	TRY(exchange_room(x, &w->shape, &room, err));
	w->blocks[rank] = fill_mine(w, x, room);
	TRY(exchange_sum(x, &w->shape, w->seconds(rank, (double)w->blocks[rank]), &sum, err));
	if (!w->last[rank]) {
		w->last[rank] = malloc(bytes);
		memcpy(w->last[rank], sum, bytes);
	}
	w->other_sums[rank] += memcmp(w->last[rank], sum, bytes) != 0;
	return GF_OK;
}

static void sum_often(gf_comm *comm, void *user)
{
	struct work *w = user;
	const size_t rank = comm_rank(comm);
	struct exchange *x;
	size_t i;

	w->status[rank] = exchange_new(&x, comm, NULL);
	for (i = 0; i < w->sums && !w->status[rank]; i++)
		w->status[rank] = sum_once(w, x, rank, NULL);
	if (!w->status[rank]) {
		w->shares[rank][0] = exchange_shares(x, 1);
		w->shares[rank][1] = exchange_shares(x, w->shape.blocks);
		w->shares[rank][2] = exchange_shares(x, 100 * w->shape.blocks);
	}
	w->counters[rank] = gf_comm_count(comm);
	exchange_free(x);
}

static void run(struct work *w, size_t ranks)
{
	run_ranks(ranks, &(struct ranks){0}, sum_often, w);
}

static void free_sums(struct work *w, size_t ranks)
{
	size_t r;

	for (r = 0; r < ranks; r++)
		free(w->last[r]);
}

static void assert_sums(const struct work *w, size_t ranks)
{
	const size_t bytes = w->shape.numbers * w->shape.size;
	const struct subtree all = {0, (size_t)1 << tree_levels(w->shape.blocks)};
	char *wanted = malloc(bytes);
	size_t r;

	fill(w, &all, wanted);
	for (r = 0; r < ranks; r++) {
		assert_int_equal(w->status[r], GF_OK);
		assert_memory_equal(w->last[r], wanted, bytes);
		assert_int_equal(w->other_sums[r], 0);
		assert_memory_equal(w->shares[r], w->shares[0], sizeof w->shares[0]);
	}
	free(wanted);
}

/* ---- what travels ---- */

static double even(size_t rank, double blocks)
{
	(void)rank;
	return 1e-2 * blocks;
}

static void test_few_numbers(void **state)
{
	static const size_t RANKS[] = {2, 3, 5, 8}, SIZES[] = {sizeof(float), sizeof(double)};
	static const size_t BLOCKS[] = {1, 2, 7, 64, 100};
	size_t i, j, k;

	(void)state;
	for (i = 0; i < 4; i++)
		for (j = 0; j < 2; j++)
			for (k = 0; k < 5; k++) {
				struct work w = {.shape = {BLOCKS[k], 33, SIZES[j]},
					.sums = 3,
					.seconds = even};

				run(&w, RANKS[i]);
				assert_sums(&w, RANKS[i]);
				free_sums(&w, RANKS[i]);
			}
}

/* Sums so large that slices of them travel: a rank gets about twice the numbers, and not those of
 * all subtrees. */
static void test_many_numbers(void **state)
{
	static const size_t RANKS[] = {2, 3, 5, 8};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct work w = {
			.shape = {61, 40000 + i, sizeof(float)}, .sums = 1, .seconds = even};
		const size_t bytes = w.shape.numbers * w.shape.size;

		run(&w, RANKS[i]);
		assert_sums(&w, RANKS[i]);
		assert_true(w.counters[0].got < 5 * bytes);
		free_sums(&w, RANKS[i]);
	}
}

/* ---- who takes what ---- */

static double rank_1_is_slow(size_t rank, double blocks)
{
	return (rank == 1 ? 3e-3 : 1e-3) * blocks;
}

static void test_slow_rank(void **state)
{
	struct work w = {.shape = {3000, 2, sizeof(double)}, .sums = 12, .seconds = rank_1_is_slow};

	(void)state;
	run(&w, 4);
	assert_sums(&w, 4);
	assert_in_range(w.blocks[1], 200, 400); /* a tenth */
	assert_in_range(w.blocks[0], 800, 1000);
	free_sums(&w, 4);
}

static double nearly_nothing(size_t rank, double blocks)
{
	(void)rank;
	return 1e-12 * blocks;
}

/* Sums that take less time than messages are no longer shared, on any rank. */
static void test_alone(void **state)
{
	struct work w = {.shape = {50, 3, sizeof(float)}, .sums = 7, .seconds = nearly_nothing};

	(void)state;
	run(&w, 3);
	assert_sums(&w, 3);
	assert_int_equal(w.blocks[0], 50); /* the last trial */
	assert_false(w.shares[0][0]);
	assert_false(w.shares[0][1]);
	free_sums(&w, 3);
}

static double long_time(size_t rank, double blocks)
{
	(void)rank;
	return 1.0 * blocks;
}

static void test_together(void **state)
{
	struct work w = {.shape = {50, 3, sizeof(float)}, .sums = 7, .seconds = long_time};

	(void)state;
	run(&w, 3);
	assert_sums(&w, 3);
	assert_true(w.blocks[0] < 50);
	assert_true(w.shares[0][1]);
	assert_true(w.shares[0][2]);
	free_sums(&w, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_numbers),
		cmocka_unit_test(test_many_numbers),
		cmocka_unit_test(test_slow_rank),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_shuffle.c: permutations, the split, initial parameters and the order of each epoch agree
 * with PyTorch.
 */
#include "oracle.h"

#include "model.h"
#include "train_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t *new_order(size_t count)
{
	uint32_t *order = calloc(count + 1, sizeof *order);

	assert_non_null(order);
	return order;
}

/* Asserts that found (count) is the list at key.  With places, found holds indices into places. */
static void compare(const json_t *one, const char *key, const uint32_t *found, size_t count,
	const uint32_t *places)
{
	double *wanted;
	size_t listed, i;

	wanted = oracle_numbers(one, key, &listed);
	assert_int_equal(count, listed);
	for (i = 0; i < count; i++) {
		uint32_t row = places ? places[found[i]] : found[i];

		if ((double)row != wanted[i])
			fail_msg("seed %llu: %s[%zu] is %u, wanted %.0f",
				(unsigned long long)oracle_whole(one, "seed"), key, i,
				(unsigned)row, wanted[i]);
	}
	free(wanted);
}

static void a_permutation_is_randperm(void **state)
{
	struct oracle *oracle = oracle_open("order.json");
	const json_t *all = oracle_list(oracle->record, "permutations");
	size_t i;

	(void)state;
	for (i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);
		size_t n = oracle_whole(one, "n");
		uint32_t *order = new_order(n);
		struct rng rng;
		char hash[32];

		rng_seed(&rng, oracle_whole(one, "seed"));
		rng_permutation(&rng, order, n);
		compare(one, "first", order, n < 20 ? n : 20, NULL);
		snprintf(hash, sizeof hash, "%016llx", (unsigned long long)hash_numbers(order, n));
		assert_string_equal(hash, oracle_text(one, "hash"));
		free(order);
	}
	assert_true(i > 0);
	oracle_close(oracle);
}

/* Asserts that three epochs have the orders in the list "epochs". */
static void compare_epochs(const json_t *one, struct rng *rng, size_t n, const uint32_t *places)
{
	uint32_t *order = new_order(3 * n);
	size_t epoch;

	for (epoch = 0; epoch < 3; epoch++)
		shuffle_epoch(rng, order + epoch * n, n);
	compare(one, "epochs", order, 3 * n, places);
	free(order);
}

static void an_epoch_has_the_order_of_a_shuffled_loader(void **state)
{
	struct oracle *oracle = oracle_open("order.json");
	const json_t *all = oracle_list(oracle->record, "loaders");
	size_t i;

	(void)state;
	for (i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);
		struct rng rng;

		rng_seed(&rng, oracle_whole(one, "seed"));
		compare_epochs(one, &rng, oracle_whole(one, "n"), NULL);
	}
	assert_true(i > 0);
	oracle_close(oracle);
}

static void compare_start(const json_t *one, struct rng *rng)
{
	gf_model *model = new_model(oracle_whole(one, "features"), oracle_whole(one, "outputs"));
	size_t count, i;
	double *wanted = oracle_numbers(one, "start", &count);

	assert_int_equal(model_init(model, GF_INIT_pytorch, rng, NULL), GF_OK);
	assert_int_equal(count, model_params(model));
	for (i = 0; i < count; i++)
		assert_same_float(model->params[i], (float)wanted[i], "start", i);
	free(wanted);
	gf_model_free(model);
}

static void one_generator_draws_split_parameters_and_epochs(void **state)
{
	struct oracle *oracle = oracle_open("order.json");
	const json_t *all = oracle_list(oracle->record, "splits");
	size_t i, train;

	(void)state;
	for (i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);
		size_t rows = oracle_whole(one, "rows");
		uint32_t *order = new_order(rows);
		struct rng rng;

		rng_seed(&rng, oracle_whole(one, "seed"));
		shuffle_split(&rng, order, rows, oracle_number(one, "validation"), &train);
		compare(one, "train", order, train, NULL);
		compare(one, "others", order + train, rows - train, NULL);
		compare_start(one, &rng);
		compare_epochs(one, &rng, train, order);
		free(order);
	}
	assert_true(i > 0);
	oracle_close(oracle);
}

/* ---- blocks ---- */

enum { BLOCK = 4, WINDOW = 64 * BLOCK, ROWS = 3 * WINDOW + 5 * BLOCK };

static void draw_blocks(struct rng *rng, uint32_t *order, size_t rows)
{
	uint32_t *scratch = new_order(shuffle_blocks_room(rows, BLOCK));

	shuffle_blocks(rng, order, rows, BLOCK, scratch);
	free(scratch);
}

static void a_window_has_all_rows_of_64_blocks(void **state)
{
	uint32_t order[ROWS], seen[ROWS / BLOCK] = {0};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	draw_blocks(&rng, order, ROWS);
	for (size_t first = 0; first < ROWS; first += WINDOW) {
		const size_t end = first + WINDOW < ROWS ? first + WINDOW : ROWS;

		for (size_t i = first; i < end; i++)
			seen[order[i] / BLOCK]++;
		for (size_t i = first; i < end; i++)
			assert_int_equal(seen[order[i] / BLOCK], BLOCK);
	}
}

static void a_last_block_may_be_short(void **state)
{
	uint32_t order[ROWS], seen[ROWS];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (size_t rows = 1; rows < ROWS; rows = 2 * rows + 1) {
		memset(seen, 0, sizeof seen);
		draw_blocks(&rng, order, rows);
		for (size_t i = 0; i < rows; i++)
			seen[order[i]]++;
		for (size_t i = 0; i < rows; i++)
			assert_int_equal(seen[i], 1);
	}
}

static void blocks_are_permuted_anew_in_each_epoch_by_the_seed(void **state)
{
	uint32_t one[ROWS], again[ROWS], next[ROWS], whole[ROWS];
	struct rng rng, same, other;

	(void)state;
	rng_seed(&rng, 7);
	same = other = rng;
	draw_blocks(&rng, one, ROWS);
	draw_blocks(&same, again, ROWS);
	assert_memory_equal(one, again, sizeof one);
	/* A resumed training counts on this. */
	shuffle_epoch(&other, whole, ROWS);
	assert_memory_equal(&rng, &other, sizeof rng);
	assert_memory_not_equal(one, whole, sizeof one);
	draw_blocks(&rng, next, ROWS);
	assert_memory_not_equal(one, next, sizeof one);
}

static void a_block_has_a_mebibyte_or_256_rows(void **state)
{
	(void)state;
	assert_int_equal(shuffle_block_rows(1), 1 << 18);
	assert_int_equal(shuffle_block_rows(1000), 512);
	assert_int_equal(shuffle_block_rows(1 << 20), 256);
}

static void an_empty_permutation_writes_nothing(void **state)
{
	struct rng rng;
	uint32_t none = 7;
	size_t train = 7;

	(void)state;
	rng_seed(&rng, 0);
	shuffle_epoch(&rng, &none, 0);
	shuffle_split(&rng, &none, 0, 0.5, &train);
	assert_int_equal(none, 7);
	assert_int_equal(train, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_permutation_is_randperm),
		cmocka_unit_test(an_epoch_has_the_order_of_a_shuffled_loader),
		cmocka_unit_test(one_generator_draws_split_parameters_and_epochs),
		cmocka_unit_test(a_window_has_all_rows_of_64_blocks),
		cmocka_unit_test(a_last_block_may_be_short),
		cmocka_unit_test(blocks_are_permuted_anew_in_each_epoch_by_the_seed),
		cmocka_unit_test(a_block_has_a_mebibyte_or_256_rows),
		cmocka_unit_test(an_empty_permutation_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

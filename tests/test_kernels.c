/*
 * test_kernels.c: every kernel for CPUs and for GPUs, on every shape of cases.h, gives the bits
 * of the plain loops in order.c.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  GPUFIT_TEST_FEW=1 takes one shape for
 * each number of features, for slow compilers and early drivers; GPUFIT_TEST_FULL=1 takes all
 * combinations of rows, features and outputs, in all ways.
 */
#include "cases.h"

#include "fixture_engine.h"

#include <stdlib.h>

enum { STEPS = 2 };

static struct training *expected_of(struct shape s)
{
	const struct setup setup = {.shape = s, .loss = GF_LOSS_mse, .steps = STEPS};
	struct training *t = new_training(&setup);

	expect_training(t);
	return t;
}

/* Trains with each of the work-group sizes local (sizes). */
static void assert_bits(
	struct training *t, gf_engine word, struct tuning tuning, const size_t *local, size_t sizes)
{
	struct engine *engine = NULL;
	size_t i;

	for (i = 0; i < sizes; i++) {
		struct engine *last = engine;

		tuning.local = local[i];
		engine = open_engine_beside(t, word, tuning, last);
		engine_close(last);
		assert_training_matches(engine, t, STEPS);
	}
	engine_close(engine);
}

/* GPUFIT_TEST_FEW: one shape for each number of features. */
static int few(void)
{
	return getenv("GPUFIT_TEST_FEW") != NULL;
}

static int full(void)
{
	return getenv("GPUFIT_TEST_FULL") != NULL;
}

static const size_t ONE_LOCAL[] = {0 /* the engine's own choice */};
static const size_t FEW_LOCAL[] = {1, 64};

/* The number of outputs changes from shape to shape, so that each meets all rows and all
 * features. */
static int is_selected(size_t r, size_t d, size_t k, size_t turn)
{
	if (few())
		return turn % 27 == 5 * d % 27;
	return full() || k == (r + d) % COUNT(CASE_OUTPUTS);
}

/* PoCL compiles for seconds for each work-group size, so that only a few are tried. */
static void test_gpu_kernels(struct training *t, size_t blocks, size_t turn)
{
	const struct tuning tuning = {
		.kernels = GF_KERNELS_gpu, .blocks = blocks, .folds_all = turn % 2};
	const size_t *local = full() ? GROUP_LOCAL : ONE_LOCAL;
	const size_t sizes = full() ? COUNT(GROUP_LOCAL) : COUNT(ONE_LOCAL);

	assert_bits(t, GF_ENGINE_streaming, tuning, local, sizes);
	if (full() || turn % 4 == 0)
		assert_bits(t, GF_ENGINE_resident, tuning, local, sizes);
}

/* Each number of features from 9 to 64 is a build of its own.  It is odd, or 2, 4 or 8 divides it,
 * and that many floats are loaded at once; up to 32 a work-group takes two blocks. */
static int is_tried_on_gpus(size_t features)
{
	return features <= 10 || features == 12 || features >= 16;
}

static void test_shape(struct shape s, size_t turn)
{
	const size_t blocks = CASE_BLOCKS[turn % COUNT(CASE_BLOCKS)];
	const struct tuning tuning = {
		.kernels = GF_KERNELS_cpu, .width = WIDTH_RUN_TIME, .blocks = blocks};
	/* A number of features that is built in takes a build: of those above 8 only those near
	 * a multiple of 8 get one. */
	const struct tuning own = {
		.width = full() || s.features % 8 < 2 ? WIDTH_AUTO : WIDTH_RUN_TIME};
	/* Kernels are compiled anew for each work-group size: all sizes are tried at two numbers
	 * of features. */
	const int few_local = !full() && s.features != 3 && s.features != 17;
	struct training *t = expected_of(s);

	assert_bits(t, GF_ENGINE_streaming, tuning, few_local ? FEW_LOCAL : CASE_LOCAL,
		few_local ? COUNT(FEW_LOCAL) : COUNT(CASE_LOCAL));
	if (turn % 5 == 0 && s.rows * s.features * s.outputs < 100000)
		assert_bits(t, GF_ENGINE_resident, own, CASE_LOCAL, s.features % 4 ? 1 : 2);
	if (full() || is_tried_on_gpus(s.features))
		test_gpu_kernels(t, blocks, turn);
	free_training(t);
}

static void streaming_and_resident_give_the_bits_of_the_order_of_sums(void **state)
{
	size_t r, d, k, turn = 0;

	(void)state;
	for (d = 0; d < COUNT(CASE_FEATURES); d++)
		for (r = 0; r < COUNT(CASE_ROWS); r++)
			for (k = 0; k < COUNT(CASE_OUTPUTS); k++, turn++)
				if (is_selected(r, d, k, turn))
					test_shape((struct shape){CASE_ROWS[r], CASE_FEATURES[d],
							   CASE_OUTPUTS[k]},
						turn);
}

/* More than 64 x 64 blocks, a work-item each, take `fold` several passes; of the gpu kernels
 * `update` takes the last one. */
static void a_tree_of_many_nodes_gives_the_bits_of_the_order_of_sums(void **state)
{
	struct training *t = expected_of((struct shape){64 * 64 * 65 + 3, 2, 1});

	(void)state;
	assert_bits(t, GF_ENGINE_streaming, (struct tuning){.blocks = 1}, CASE_LOCAL,
		few() ? 1 : COUNT(CASE_LOCAL));
	assert_bits(t, GF_ENGINE_streaming, (struct tuning){0}, CASE_LOCAL, 1);
	assert_bits(t, GF_ENGINE_streaming, (struct tuning){.kernels = GF_KERNELS_gpu, .blocks = 1},
		ONE_LOCAL, 1);
	free_training(t);
}

/* The compiler may unroll the loops of these kernels, and each number of features takes a build:
 * all up to 8, of the others that one chunk of 16 lanes holds the first, the last and one
 * between, and some of several chunks. */
static void kernels_built_for_one_width_give_the_bits_of_the_order_of_sums(void **state)
{
	static const size_t widths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 33, 64, 100, 1000};
	const struct tuning tuning = {.width = WIDTH_BUILT_IN, .blocks = 4};
	size_t d;

	(void)state;
	for (d = few() ? COUNT(widths) - 4 : 0; d < COUNT(widths); d++) {
		struct training *t = expected_of((struct shape){1025, widths[d], 1 + d % 3});

		assert_bits(t, GF_ENGINE_streaming, tuning, CASE_LOCAL, 1);
		free_training(t);
	}
}

static void work_groups_of_any_size_give_the_bits_of_the_order_of_sums(void **state)
{
	const struct tuning tuning = {.kernels = GF_KERNELS_gpu, .blocks = 4};
	const struct shape shapes[] = {{1025, 3, 3}, {1025, 17, 3}};
	size_t i;

	(void)state;
	for (i = 0; i < (few() ? 1 : COUNT(shapes)); i++) {
		struct training *t = expected_of(shapes[i]);

		assert_bits(t, GF_ENGINE_streaming, tuning, GROUP_LOCAL, COUNT(GROUP_LOCAL));
		free_training(t);
	}
}

/* Local memory holds more or fewer rows the wider they are, and beyond 1024 features a row tile by
 * tile.  Each shape meets another work-group size. */
static void wide_rows_give_the_bits_of_the_order_of_sums(void **state)
{
	const struct tuning tuning = {.kernels = GF_KERNELS_gpu, .blocks = 4};
	const struct shape shapes[] = {{300, 65, 3}, {67, 256, 1}, {130, 1000, 2}, {67, 1025, 2},
		{130, 2100, 1}, {300, 65, 1}, {130, 1000, 1}, {67, 500, 4}};
	size_t i;

	(void)state;
	for (i = 0; i < (few() ? 4 : COUNT(shapes)); i++) {
		struct training *t = expected_of(shapes[i]);

		assert_bits(t, GF_ENGINE_streaming, tuning,
			full() ? GROUP_LOCAL : GROUP_LOCAL + i % COUNT(GROUP_LOCAL),
			full() ? COUNT(GROUP_LOCAL) : 1);
		free_training(t);
	}
}

static void test_outputs_of_some_rows(gf_kernels kernels)
{
	struct training *t = expected_of((struct shape){1025, 9, 3});
	const struct tuning tuning = {.kernels = kernels};
	struct engine *engine = open_engine(t, GF_ENGINE_streaming, tuning);
	const size_t first[] = {0, 1, 15, 16, 500, 1024}, rows[] = {1, 16, 17, 33, 500, 1};
	float z[500 * 3];
	size_t i;

	for (i = 0; i < COUNT(first); i++) {
		assert_int_equal(
			engine_outputs(engine, t->start, first[i], rows[i], z, NULL), GF_OK);
		assert_same_outputs(t, first[i], rows[i], z, t->outputs + first[i] * 3);
	}
	engine_close(engine);
	free_training(t);
}

static void outputs_of_some_rows_are_those_of_all(void **state)
{
	(void)state;
	test_outputs_of_some_rows(GF_KERNELS_cpu);
	test_outputs_of_some_rows(GF_KERNELS_gpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_groups_of_any_size_give_the_bits_of_the_order_of_sums),
		cmocka_unit_test(wide_rows_give_the_bits_of_the_order_of_sums),
		cmocka_unit_test(outputs_of_some_rows_are_those_of_all),
		cmocka_unit_test(a_tree_of_many_nodes_gives_the_bits_of_the_order_of_sums),
		cmocka_unit_test(kernels_built_for_one_width_give_the_bits_of_the_order_of_sums),
		cmocka_unit_test(streaming_and_resident_give_the_bits_of_the_order_of_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_parts.c: x in several buffers, for devices whose largest allocation is small, passes in
 * several waves and launches, and buffers that two engines share give the bits of the plain loops
 * in order.c.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"
#include "cl_engine.h"

#include <stdlib.h>
#include <string.h>

static const struct update SGD = {.optimizer = GF_OPTIMIZER_sgd};

static void assert_bits(const struct setup *setup, struct tuning tuning)
{
	struct training *t = new_training(setup);
	struct engine *engine;

	expect_training(t);
	engine = open_engine(t, GF_ENGINE_streaming, tuning);
	assert_training_matches(engine, t, setup->steps);
	engine_close(engine);
	free_training(t);
}

/* The parts end within the rows of a work-item, at their end, and within a batch. */
static void assert_bits_of_all_parts(struct setup setup, gf_kernels kernels)
{
	static const size_t part_rows[] = {16, 64, 208};
	size_t i;

	for (i = 0; i < COUNT(part_rows); i++)
		assert_bits(&setup,
			(struct tuning){
				.kernels = kernels, .part_rows = part_rows[i], .blocks = i});
}

static void passes_over_several_parts_have_the_bits_of_one_part(void **state)
{
	static const size_t features[] = {3, 20, 100};
	size_t d;

	(void)state;
	for (d = 0; d < COUNT(features); d++) {
		const struct setup setup = {.shape = {513, features[d], 1 + d},
			.loss = GF_LOSS_mse,
			.update = SGD,
			.extra_rows = 70,
			.weighted = d == 1,
			.steps = 2};

		assert_bits_of_all_parts(setup, GF_KERNELS_cpu);
		assert_bits_of_all_parts(setup, GF_KERNELS_gpu);
	}
}

static void batches_from_several_parts_have_the_bits_of_one_part(void **state)
{
	int shuffled;

	(void)state;
	for (shuffled = 0; shuffled < 2; shuffled++) {
		const struct setup setup = {.shape = {330, 7, 3},
			.loss = GF_LOSS_cross_entropy,
			.update = SGD,
			.batch_size = 100,
			.shuffled = shuffled,
			.steps = 8};

		assert_bits_of_all_parts(setup, GF_KERNELS_cpu);
		assert_bits_of_all_parts(setup, GF_KERNELS_gpu);
	}
}

/* 131 chunks of a block each; a mini-batch has 16. */
static const struct setup MANY_CHUNKS = {.shape = {64 * 130 + 5, 3, 2},
	.loss = GF_LOSS_mse,
	.update = {.optimizer = GF_OPTIMIZER_sgd},
	.extra_rows = 70,
	.steps = 2};
static const struct setup BATCHES_OF_CHUNKS = {.shape = {1600, 20, 3},
	.loss = GF_LOSS_cross_entropy,
	.update = {.optimizer = GF_OPTIMIZER_sgd},
	.batch_size = 1000,
	.shuffled = 1,
	.steps = 4};

static void passes_in_several_waves_and_launches_have_the_bits_of_one(void **state)
{
	static const struct {
		size_t blocks, wave, launch, part_rows;
	} cuts[] = {{1, 1, 0, 0}, {1, 2, 1, 0}, {2, 16, 3, 0}, {1, 64, 0, 208}, {1, 128, 50, 0},
		{1, 64, 64, 0}, {0, 0, 1, 0}};
	static const gf_kernels kernels[] = {GF_KERNELS_cpu, GF_KERNELS_gpu};
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(cuts); i++)
		for (k = 0; k < COUNT(kernels); k++) {
			const struct tuning tuning = {.kernels = kernels[k],
				.blocks = cuts[i].blocks,
				.wave = cuts[i].wave,
				.launch = cuts[i].launch,
				.part_rows = cuts[i].part_rows};

			assert_bits(&MANY_CHUNKS, tuning);
			assert_bits(&BATCHES_OF_CHUNKS, tuning);
		}
}

static void an_engine_that_takes_x_in_one_buffer_says_so(void **state)
{
	const struct setup setup = {
		.shape = {100, 3, 1}, .loss = GF_LOSS_mse, .update = SGD, .steps = 1};
	struct training *t = new_training(&setup);
	struct engine_options options = {.device = getenv("GPUFIT_TEST_DEVICE"),
		.engine = GF_ENGINE_resident,
		.tuning.part_rows = 64};
	struct engine *engine;
	gf_error err = {0};

	(void)state;
	assert_int_equal(engine_open(&engine, &t->problem, &options, &err), GF_E_USAGE);
	assert_non_null(strstr(err.message, "engine resident: it takes x in one allocation"));
	assert_non_null(strstr(err.message, "x takes 2"));
	options.engine = GF_ENGINE_auto;
	assert_int_equal(engine_open(&engine, &t->problem, &options, &err), GF_OK);
	assert_int_equal(engine->word, GF_ENGINE_streaming);
	engine_close(engine);
	free_training(t);
}

/* ---- engines opened beside each other ---- */

static struct engine *open_beside(
	const struct problem *problem, size_t part_rows, struct engine *beside)
{
	const struct engine_options options = {.device = getenv("GPUFIT_TEST_DEVICE"),
		.engine = GF_ENGINE_streaming,
		.tuning.part_rows = part_rows,
		.beside = beside,
		.shares_data = 1};
	struct engine *engine = NULL;
	gf_error err = {0};

	if (engine_open(&engine, problem, &options, &err))
		fail_msg("%s", err.message);
	return engine;
}

static const struct device_rows *rows_of(const struct engine *engine)
{
	return &((const struct cl_engine *)engine)->data->all;
}

static const struct setup WEIGHTED = {.shape = {330, 7, 3},
	.loss = GF_LOSS_mse,
	.update = {.optimizer = GF_OPTIMIZER_sgd},
	.weighted = 1,
	.steps = 2};

/* The first engine is retired and closed before the second trains, as after the advice on the
 * learning rate. */
static void an_engine_beside_another_shares_its_data_and_outlives_it(void **state)
{
	static const size_t part_rows[] = {0, 208};
	size_t i, part;

	(void)state;
	for (i = 0; i < COUNT(part_rows); i++) {
		struct training *t = new_training(&WEIGHTED);
		struct engine *first = open_beside(&t->problem, part_rows[i], NULL);
		struct engine *other = open_beside(&t->problem, part_rows[i], first);
		const struct device_rows *a = rows_of(first), *b = rows_of(other);

		assert_int_equal(a->parts_count, i + 1);
		for (part = 0; part < a->parts_count; part++)
			assert_ptr_equal(a->parts[part].x.mem, b->parts[part].x.mem);
		assert_ptr_equal(a->y.mem, b->y.mem);
		assert_ptr_equal(a->weights.mem, b->weights.mem);
		engine_retire(first);
		engine_close(first);
		expect_training(t);
		assert_training_matches(other, t, 2);
		assert_int_equal(engine_audit(other, NULL), GF_OK);
		engine_close(other);
		free_training(t);
	}
}

static void an_engine_beside_another_has_targets_and_parts_of_its_own(void **state)
{
	struct training *t = new_training(&WEIGHTED);
	struct engine *first = open_beside(&t->problem, 0, NULL), *other;
	gf_dataset data = *t->problem.data;
	struct problem problem = t->problem;

	(void)state;
	data.y = calloc(data.rows * data.outputs, sizeof *data.y);
	problem.data = &data;
	other = open_beside(&problem, 0, first);
	assert_ptr_equal(rows_of(other)->parts[0].x.mem, rows_of(first)->parts[0].x.mem);
	assert_ptr_not_equal(rows_of(other)->y.mem, rows_of(first)->y.mem);
	engine_close(other);
	other = open_beside(&problem, 208, first);
	assert_ptr_not_equal(rows_of(other)->parts[0].x.mem, rows_of(first)->parts[0].x.mem);
	assert_int_equal(rows_of(other)->parts_count, 2);
	engine_close(other);
	engine_close(first);
	free(data.y);
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_over_several_parts_have_the_bits_of_one_part),
		cmocka_unit_test(batches_from_several_parts_have_the_bits_of_one_part),
		cmocka_unit_test(passes_in_several_waves_and_launches_have_the_bits_of_one),
		cmocka_unit_test(an_engine_that_takes_x_in_one_buffer_says_so),
		cmocka_unit_test(an_engine_beside_another_shares_its_data_and_outlives_it),
		cmocka_unit_test(an_engine_beside_another_has_targets_and_parts_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

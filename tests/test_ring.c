/*
 * test_ring.c: parts of x that take turns in a few buffers of the device give the bits of the plain
 * loops in order.c.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"
#include "cl_engine.h"
#include "device_ring.h"

#include <stdlib.h>
#include <string.h>

static const struct update SGD = {.optimizer = GF_OPTIMIZER_sgd};

static const gf_kernels KERNELS[] = {GF_KERNELS_cpu, GF_KERNELS_gpu};

static void assert_bits(const struct setup *setup, struct tuning tuning)
{
	struct training *t = new_training(setup);
	struct engine *engine;

	expect_training(t);
	engine = open_engine(t, GF_ENGINE_streaming, tuning);
	assert_non_null(((struct cl_engine *)engine)->data->ring);
	assert_training_matches(engine, t, setup->steps);
	assert_int_equal(engine_audit(engine, NULL), GF_OK);
	engine_close(engine);
	free_training(t);
}

/* Buffers of as few rows as there can be, and of more: parts of 64 and of 128 rows. */
static void assert_bits_of_all_rings(const struct setup *setup)
{
	static const struct {
		size_t slots, rows;
	} rings[] = {{2, 128}, {3, 200}, {2, 300}};
	size_t i, k;

	for (i = 0; i < COUNT(rings); i++)
		for (k = 0; k < COUNT(KERNELS); k++)
			assert_bits(setup, (struct tuning){.kernels = KERNELS[k],
						   .ring_slots = rings[i].slots,
						   .ring_rows = rings[i].rows});
}

static void passes_through_a_ring_have_the_bits_of_one_part(void **state)
{
	static const size_t features[] = {3, 20, 100};
	size_t d;

	(void)state;
	for (d = 0; d < COUNT(features); d++) {
		const struct setup setup = {.shape = {513, features[d], 1 + d},
			.loss = d == 1 ? GF_LOSS_cross_entropy : GF_LOSS_mse,
			.update = SGD,
			.extra_rows = 70,
			.weighted = d == 1,
			.steps = 3};

		assert_bits_of_all_rings(&setup);
	}
}

static void networks_through_a_ring_have_the_bits_of_one_part(void **state)
{
	const struct setup setup = {.shape = {700, 5, 2},
		.hidden = {.count = 1, .widths = {7}, .activation = GF_ACTIVATION_tanh},
		.loss = GF_LOSS_mse,
		.update = SGD,
		.extra_rows = 70,
		.steps = 3};

	(void)state;
	assert_bits_of_all_rings(&setup);
}

static void batches_through_a_ring_have_the_bits_of_one_part(void **state)
{
	int shuffled;

	(void)state;
	for (shuffled = 0; shuffled < 2; shuffled++) {
		struct setup setup = {.shape = {530, 7, 3},
			.loss = GF_LOSS_cross_entropy,
			.update = SGD,
			.batch_size = 100,
			.shuffled = shuffled,
			.weighted = 1,
			.steps = 12};

		assert_bits_of_all_rings(&setup);
		setup.hidden = (struct hidden){
			.count = 1, .widths = {4}, .activation = GF_ACTIVATION_relu};
		assert_bits_of_all_rings(&setup);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_through_a_ring_have_the_bits_of_one_part),
		cmocka_unit_test(networks_through_a_ring_have_the_bits_of_one_part),
		cmocka_unit_test(batches_through_a_ring_have_the_bits_of_one_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

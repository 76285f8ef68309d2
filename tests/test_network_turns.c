/*
 * test_network_turns.c: a network whose kernels take more turns of loops than a device does, is
 * refused; chunks of rows are as short as a GPU's watchdog wants them.
 */
#include "fixture_engine.h"

#include "cl_engine.h"

#include <string.h>

static const struct setup SETUP = {.shape = {100, 30, 2},
	.hidden = {.count = 2, .widths = {70, 20}},
	.loss = GF_LOSS_mse,
	.steps = 1};

/* The forward products of the first layer alone have two tiles of two slices on a GPU, and on a CPU
 * ten panels or more of 30 terms. */
static size_t least_turns(gf_kernels kernels)
{
	return kernels == GF_KERNELS_gpu ? (size_t)2 * 2 * 16 : (size_t)10 * 30;
}

static void assert_limit_is_kept(gf_kernels kernels)
{
	struct training *t = new_training(&SETUP);
	struct engine *engine =
		open_engine(t, GF_ENGINE_streaming, (struct tuning){.kernels = kernels});
	struct cl_engine *e = (struct cl_engine *)engine;
	const size_t turns = network_turns(e, 128);
	gf_error err = {0};

	assert_true(turns >= least_turns(kernels));
	assert_true(network_turns(e, 128 * 64) > turns);
	e->dev.loop_limit = turns;
	assert_int_equal(network_check_turns(e, 128, &err), GF_OK);
	e->dev.loop_limit = turns - 1;
	assert_int_equal(network_check_turns(e, 128, &err), GF_E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "a network of 3632 parameters"));
	engine_close(engine);
	free_training(t);
}

static void a_network_beyond_the_limit_of_loops_is_refused(void **state)
{
	(void)state;
	assert_limit_is_kept(GF_KERNELS_cpu);
	assert_limit_is_kept(GF_KERNELS_gpu);
}

/* A unit takes 2^29 multiply-adds, and each row of 3632 parameters twice as many. */
static void a_chunk_of_rows_ends_in_time_on_a_gpu(void **state)
{
	struct training *t = new_training(&SETUP);
	struct engine *engine = open_engine(t, GF_ENGINE_streaming, (struct tuning){.local = 0});
	struct cl_engine *e = (struct cl_engine *)engine;

	(void)state;
	assert_true(network_ends_in_time(e, 1 << 20));
	e->dev.is_cpu = 0;
	e->dev.id.info.compute_units = 1;
	assert_true(network_ends_in_time(e, (1 << 29) / 2 / 3632));
	assert_false(network_ends_in_time(e, (1 << 29) / 2 / 3632 + 1));
	e->dev.loop_limit = 1;
	assert_false(network_ends_in_time(e, 64));
	engine_close(engine);
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_beyond_the_limit_of_loops_is_refused),
		cmocka_unit_test(a_chunk_of_rows_ends_in_time_on_a_gpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_flush.c: launches are flushed early and now and then, so that a driver that begins with its
 * work at a flush does not leave the device idle.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"

#include "cl_engine.h"

static size_t flushes;

/* Takes the place of OpenCL's function.  A wait flushes by itself. */
cl_int clFlush(cl_command_queue queue)
{
	(void)queue;
	flushes++;
	return CL_SUCCESS;
}

/* Launches `loss`, which writes a number. */
static void launch(struct cl_engine *e, size_t count)
{
	const cl_float scale = 0.0f;
	const cl_uint outputs = 0;
	const cl_ulong nodes = 1, stride = 0;
	const struct kernel_arg args[] = {ARG_MEM(e->pass.nodes), ARG(nodes), ARG(stride),
		ARG_MEM(e->losses), ARG(scale), ARG(e->features), ARG(outputs)};
	size_t i;

	for (i = 0; i < count; i++)
		assert_int_equal(run_launch(&e->loss, ARGS(args), 1, 0, NULL), GF_OK);
}

static void the_first_launch_and_each_64th_after_it_are_flushed(void **state)
{
	static const struct setup setup = {.shape = {7, 1, 1}, .loss = GF_LOSS_mse, .steps = 1};
	static const size_t launches[] = {1, 63, 1, 64, 200};
	static const size_t wanted[] = {1, 1, 2, 3, 6};
	struct training *t = new_training(&setup);
	struct engine *engine = open_engine(t, GF_ENGINE_streaming, (struct tuning){.local = 0});
	struct cl_engine *e = (struct cl_engine *)engine;
	size_t i, turn;
	float loss;

	(void)state;
	for (turn = 0; turn < 2; turn++) {
		assert_int_equal(run_read(&e->losses, 0, &loss, sizeof loss, NULL), GF_OK);
		flushes = 0;
		for (i = 0; i < COUNT(launches); i++) {
			launch(e, launches[i]);
			assert_int_equal(flushes, wanted[i]);
		}
	}
	engine_close(engine);
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_launch_and_each_64th_after_it_are_flushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

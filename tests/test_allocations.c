/*
 * test_allocations.c: on a device whose largest allocation is small, nodes and scratch memory take
 * several waves, and a buffer that has no room is named before anything is enqueued.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "fixture_engine.h"

#include "cl_engine.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* 17 MiB: engines have buffers of up to 16 MiB whatever they train. */
enum { LIMIT = 17 << 20 };

static size_t writes;

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	assert_non_null(function);
	return function;
}

/* These two take the place of OpenCL's functions, and call them. */
cl_int clGetDeviceInfo(
	cl_device_id device, cl_device_info what, size_t size, void *value, size_t *got)
{
	__typeof__(clGetDeviceInfo) *real = NULL;
	cl_int code;

	*(void **)&real = next("clGetDeviceInfo");
	code = real(device, what, size, value, got);
	if (!code && what == CL_DEVICE_MAX_MEM_ALLOC_SIZE)
		*(cl_ulong *)value = LIMIT;
	return code;
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool waits, size_t offset,
	size_t bytes, const void *from, cl_uint count, const cl_event *list, cl_event *event)
{
	__typeof__(clEnqueueWriteBuffer) *real = NULL;

	writes++;
	*(void **)&real = next("clEnqueueWriteBuffer");
	return real(queue, buffer, waits, offset, bytes, from, count, list, event);
}

/* Each of the 79 chunks has a node of 77 KB, and scratch memory of 155 KB or more. */
static void nodes_and_scratch_memory_take_several_waves(void **state)
{
	static const struct setup setup = {.shape = {5000, 20, 300},
		.loss = GF_LOSS_cross_entropy,
		.update = {.optimizer = GF_OPTIMIZER_sgd},
		.steps = 1};
	struct training *t = new_training(&setup);
	struct engine *engine = open_engine(
		t, GF_ENGINE_streaming, (struct tuning){.kernels = GF_KERNELS_gpu, .blocks = 1});
	const struct pass *pass = &((struct cl_engine *)engine)->pass;

	(void)state;
	assert_int_equal(pass->most.count, 79);
	assert_in_range(pass->most.wave, 16, 64);
	assert_true(pass->nodes.bytes + pass->scratch.bytes <= LIMIT);
	expect_training(t);
	assert_training_matches(engine, t, 1);
	engine_close(engine);
	free_training(t);
}

static void assert_refused(const struct setup *setup, gf_kernels kernels, const char *wanted)
{
	struct training *t = new_training(setup);
	const struct engine_options options = {.device = getenv("GPUFIT_TEST_DEVICE"),
		.engine = GF_ENGINE_streaming,
		.tuning.kernels = kernels};
	struct engine *engine = NULL;
	gf_error err = {0};

	writes = 0;
	assert_int_equal(engine_open(&engine, &t->problem, &options, &err), GF_E_UNAVAILABLE);
	assert_int_equal(writes, 0);
	if (!strstr(err.message, wanted))
		fail_msg("\"%s\"; wanted \"%s\"", err.message, wanted);
	free_training(t);
}

static void a_buffer_without_room_is_named_before_anything_is_written(void **state)
{
	static const struct setup targets = {
		.shape = {5000, 1, 1000}, .loss = GF_LOSS_mse, .steps = 1};
	static const struct setup nodes = {
		.shape = {7, 1, 100000}, .loss = GF_LOSS_mse, .steps = 1};
	static const struct setup layers = {.shape = {7, 1000, 1},
		.hidden = {.count = 1, .widths = {5000}},
		.loss = GF_LOSS_mse,
		.steps = 1};

	(void)state;
	assert_refused(&targets, GF_KERNELS_cpu,
		"buffer \"y\" takes 20064000 bytes; one allocation has at most 17825792");
	assert_refused(&nodes, GF_KERNELS_gpu, "buffer \"nodes\" takes 19200000 bytes");
	assert_refused(&nodes, GF_KERNELS_cpu, "buffer \"nodes\" takes 19200000 bytes");
	assert_refused(&layers, GF_KERNELS_cpu, "buffer \"nodes\" takes ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_and_scratch_memory_take_several_waves),
		cmocka_unit_test(a_buffer_without_room_is_named_before_anything_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

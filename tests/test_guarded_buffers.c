/*
 * test_guarded_buffers.c: a kernel that reads or writes outside a buffer ends a test program
 * (guarded_buffers.c), and one that stays within it does not.
 *
 * A child of this program runs the kernel, as it may end.
 */
#include "basics.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FLOATS = 37, OTHER_PLATFORM = 77 };

static const char SOURCE[] =
	"__kernel void reads(__global float *x, __global float *sum, int at) { *sum += x[at]; }\n"
	"__kernel void writes(__global float *x, __global float *sum, int at) { x[at] = at; }\n";

static void must(gf_status status, const gf_error *err)
{
	if (!status)
		return;
	fprintf(stderr, "%s\n", err->message);
	exit(1);
}

static cl_program build(struct device *dev)
{
	const char *source = SOURCE;
	gf_error err = {0};
	cl_int code;
	cl_program program = clCreateProgramWithSource(dev->context, 1, &source, NULL, &code);

	if (!code)
		code = clBuildProgram(program, 1, &dev->id.device, "", NULL, NULL);
	must(code ? clerror_fail(&err, code, "clBuildProgram", "reads and writes") : GF_OK, &err);
	return program;
}

/* Runs the kernel on a buffer of FLOATS floats, and releases everything. */
static void touch(const char *kernel, int at)
{
	struct buffer x, sum;
	const struct kernel_arg args[] = {ARG_MEM(x), ARG_MEM(sum), ARG(at)};
	struct device dev;
	struct kernel k;
	gf_error err = {0};
	cl_program program;

	must(device_open(&dev, getenv("GPUFIT_TEST_DEVICE"), 0, NULL, &err), &err);
	if (strcmp(dev.id.info.platform_name, "Portable Computing Language") != 0)
		exit(OTHER_PLATFORM);
	program = build(&dev);
	must(buffer_floats(&x, &dev, "x", FLOATS, &err), &err);
	must(buffer_floats(&sum, &dev, "sum", 1, &err), &err);
	must(kernel_new(&k, &dev, program, kernel, 1, &err), &err);
	must(run_launch(&k, ARGS(args), 1, 0, &err), &err);
	must(run_finish(&dev, &err), &err);
	kernel_free(&k);
	buffer_free(&sum);
	buffer_free(&x);
	clReleaseProgram(program);
	device_close(&dev);
}

/* Runs touch in a child, and returns its exit status; said (size) is what it said at its end. */
static int touch_in_child(const char *kernel, int at, char *said, size_t size)
{
	int ends[2], status;
	size_t length = 0;
	ssize_t count;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		touch(kernel, at);
		_exit(0);
	}
	close(ends[1]);
	while ((count = read(ends[0], said + length, size - 1 - length)) > 0)
		length += (size_t)count;
	said[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* wanted: what the child must say at its end; NULL: it must succeed. */
static void assert_touch(const char *kernel, int at, const char *wanted)
{
	char said[4096];
	const int status = touch_in_child(kernel, at, said, sizeof said);

	if (status == OTHER_PLATFORM)
		skip();
	if (status != (wanted ? 3 : 0) || (wanted && !strstr(said, wanted)))
		fail_msg("%s at %d: exit status %d, and \"%s\"; wanted \"%s\"", kernel, at, status,
			said, wanted ? wanted : "");
}

static void accesses_within_a_buffer_pass(void **state)
{
	(void)state;
	assert_touch("reads", 0, NULL);
	assert_touch("writes", 0, NULL);
	assert_touch("reads", FLOATS - 1, NULL);
	assert_touch("writes", FLOATS - 1, NULL);
}

/* 37 floats fill 9 vectors of 16 bytes, and a quarter of a tenth. */
static void an_access_behind_a_buffer_ends_the_program(void **state)
{
	(void)state;
	assert_touch(
		"reads", FLOATS + 3, "a kernel accesses memory 12 bytes behind a buffer of 148");
	assert_touch(
		"writes", FLOATS + 3, "a kernel accesses memory 12 bytes behind a buffer of 148");
	assert_touch("writes", FLOATS, "a kernel has written 0 bytes behind a buffer of 148");
}

static void an_access_before_a_buffer_ends_the_program(void **state)
{
	(void)state;
	assert_touch("writes", -1, "a kernel has written 4 bytes before a buffer of 148 bytes");
	assert_touch("reads", -2000, "a kernel accesses memory 8000 bytes before a buffer of 148");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_within_a_buffer_pass),
		cmocka_unit_test(an_access_behind_a_buffer_ends_the_program),
		cmocka_unit_test(an_access_before_a_buffer_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

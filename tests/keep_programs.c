/*
 * keep_programs.c: builds each program of a test once for each device and its options; all later
 * builds with the same get the first one's kernels.
 *
 * For tests whose programs all have the same source, and whose contexts tests/keep_context.c keeps.
 * The linker routes clBuildProgram and clCreateKernel here (--wrap, in the Makefile).
 */
#include "keep_programs.h"

#include <CL/cl.h>
#include <stdio.h>
#include <string.h>

enum { BUILDS_MOST = 256, OPTIONS_MOST = 1024 };

typedef void CL_CALLBACK program_notify(cl_program, void *);

__typeof__(clBuildProgram) __real_clBuildProgram, __wrap_clBuildProgram;
__typeof__(clCreateKernel) __real_clCreateKernel, __wrap_clCreateKernel;

const char *keep_programs_with = "";

static struct build {
	char options[OPTIONS_MOST];
	cl_device_id device;
	cl_program program; /* kept until the test ends */
} builds[BUILDS_MOST];

/* The programs that asked last, and the build whose kernels each of them has.  A program may be
 * gone and its address another's, but that one is built before it is used. */
static struct alias {
	cl_program program;
	const struct build *build;
} aliases[BUILDS_MOST];

static struct build *find_build(cl_device_id device, const char *options)
{
	size_t i = 0;

	while (i < BUILDS_MOST && builds[i].program &&
		(builds[i].device != device || strcmp(builds[i].options, options) != 0))
		i++;
	return i < BUILDS_MOST ? &builds[i] : NULL;
}

static struct alias *find_alias(cl_program program)
{
	size_t i = 0;

	while (i < BUILDS_MOST && aliases[i].program != program)
		i++;
	return i < BUILDS_MOST ? &aliases[i] : NULL;
}

static void set_alias(cl_program program, const struct build *build)
{
	static size_t next;
	struct alias *alias = find_alias(program);

	if (!alias)
		alias = &aliases[next++ % BUILDS_MOST];
	*alias = (struct alias){program, build};
}

cl_int __wrap_clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
	const char *options, program_notify *notify, void *user)
{
	struct build *build = find_build(devices[0], options);
	char all[OPTIONS_MOST];
	cl_int code;

	if (!build ||
		snprintf(all, sizeof all, "%s%s", options, keep_programs_with) >= OPTIONS_MOST)
		return CL_OUT_OF_HOST_MEMORY; /* the test fails: there must be room for each */
	if (!build->program) {
		code = __real_clBuildProgram(program, count, devices, all, notify, user);
		if (code)
			return code;
		strcpy(build->options, options);
		build->device = devices[0];
		build->program = program;
		clRetainProgram(program);
	}
	set_alias(program, build);
	return CL_SUCCESS;
}

cl_kernel __wrap_clCreateKernel(cl_program program, const char *name, cl_int *code)
{
	const struct alias *alias = find_alias(program);

	return __real_clCreateKernel(alias ? alias->build->program : program, name, code);
}

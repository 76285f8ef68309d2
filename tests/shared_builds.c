/*
 * shared_builds.c: all engines of a test program share one OpenCL context for each device, and one
 * build for each device and its options.
 *
 * The source of all programs has to be the same.  The linker routes clCreateContext, clBuildProgram
 * and clCreateKernel here (--wrap, in the Makefile).
 */
#include "shared_builds.h"

#include <CL/cl.h>
#include <stdio.h>
#include <string.h>

typedef void CL_CALLBACK context_notify(const char *, const void *, size_t, void *);
typedef void CL_CALLBACK program_notify(cl_program, void *);

__typeof__(clCreateContext) __real_clCreateContext, __wrap_clCreateContext;
__typeof__(clBuildProgram) __real_clBuildProgram, __wrap_clBuildProgram;
__typeof__(clCreateKernel) __real_clCreateKernel, __wrap_clCreateKernel;

/* ---- contexts ---- */

/* PoCL reads its library of built-in functions for each context anew, so that the first build in
 * one costs 0.8 s more than the next. */
enum { DEVICES_MOST = 16 };

static struct {
	cl_device_id device;
	cl_context context; /* never released */
} contexts[DEVICES_MOST];

cl_context __wrap_clCreateContext(const cl_context_properties *properties, cl_uint count,
	const cl_device_id *devices, context_notify *notify, void *user, cl_int *code)
{
	size_t i = 0;

	while (i < DEVICES_MOST - 1 && contexts[i].context && contexts[i].device != devices[0])
		i++;
	if (!contexts[i].context || contexts[i].device != devices[0]) {
		cl_context made =
			__real_clCreateContext(properties, count, devices, notify, user, code);

		if (!made || contexts[i].context)
			return made;
		contexts[i].device = devices[0];
		contexts[i].context = made;
	}
	*code = clRetainContext(contexts[i].context);
	return *code ? NULL : contexts[i].context;
}

/* ---- builds ---- */

enum { BUILDS_MOST = 256, OPTIONS_MOST = 1024 };

const char *shared_builds_options = "";

static struct build {
	char options[OPTIONS_MOST];
	cl_device_id device;
	cl_program program; /* never released */
} builds[BUILDS_MOST];

/* The programs that were built last, and the build whose kernels each of them has.  The address
 * of a released program may come back as another one's, but that one is built before its kernels
 * are asked for. */
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
		snprintf(all, sizeof all, "%s%s", options, shared_builds_options) >= OPTIONS_MOST)
		return CL_OUT_OF_HOST_MEMORY; /* enlarge BUILDS_MOST or OPTIONS_MOST */
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

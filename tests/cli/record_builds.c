/* record_builds.c: for LD_PRELOAD: what the program has a device build, as files in the folder that
 * RECORD_BUILDS names: 1.cl (the source) and 1.options, 2.cl ... */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *create(const char *ending)
{
	static int builds;
	char path[4096];

	builds += ending[1] == 'c';
	snprintf(path, sizeof path, "%s/%d%s", getenv("RECORD_BUILDS"), builds, ending);
	return fopen(path, "w");
}

static void record(cl_program program, const char *options)
{
	size_t size = 0;
	char *source;
	FILE *file;

	clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, &size);
	source = calloc(size + 1, 1);
	clGetProgramInfo(program, CL_PROGRAM_SOURCE, size, source, NULL);
	file = create(".cl");
	fputs(source, file);
	fclose(file);
	free(source);
	file = create(".options");
	fputs(options ? options : "", file);
	fclose(file);
}

/* The type that dlsym answers with is none that a function can be called by. */
__attribute__((visibility("default"))) cl_int clBuildProgram(cl_program program, cl_uint count,
	const cl_device_id *devices, const char *options,
	void(CL_CALLBACK *done)(cl_program, void *), void *user)
{
	union {
		void *address;
		cl_int (*call)(cl_program, cl_uint, const cl_device_id *, const char *,
			void(CL_CALLBACK *)(cl_program, void *), void *);
	} next = {dlsym(RTLD_NEXT, "clBuildProgram")};

	record(program, options);
	return next.call(program, count, devices, options, done, user);
}

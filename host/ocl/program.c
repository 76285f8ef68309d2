#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No warnings: PoCL's compiler prints their count on standard error, which is the program's. */
#define NO_WARNINGS "-w "

enum { OPTIONS_ROOM = 2048, LOG_ROOM = 3000 };

/* Writes the log's lines, each on a line of its own below the message, as far as room goes. */
static void indent_log(char *out, size_t room, const char *log)
{
	size_t used = (size_t)snprintf(out, room, "\n  ");

	for (; *log && used + 4 < room; log++)
		if (*log == '\n')
			used += (size_t)sprintf(out + used, "\n  ");
		else if (*log == '\t')
			out[used++] = ' ';
		else
			out[used++] = *log;
	out[used] = '\0';
}

static gf_status build_failed(
	cl_program program, struct device *dev, cl_int code, const char *options, gf_error *err)
{
	char *log = NULL, lines[LOG_ROOM];
	size_t size = 0;
	gf_status status;

	/* Drivers return a log whole or not at all: it is read whole, its beginning is shown. */
	if (!clGetProgramBuildInfo(program, dev->id.device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) &&
		size > 0 && (log = calloc(size + 1, 1)) &&
		clGetProgramBuildInfo(
			program, dev->id.device, CL_PROGRAM_BUILD_LOG, size, log, NULL))
		log[0] = '\0';
	indent_log(lines, sizeof lines, log ? log : "");
	status = gf_fail(err, GF_E_OPENCL, "clBuildProgram('%s', options \"%s\"): %s (%d)%s",
		dev->id.info.name, options, clerror_name(code), code, lines);
	free(log);
	return status;
}

gf_status program_build(cl_program *program, struct device *dev, const char *options, gf_error *err)
{
	/* The API wants pointers that are not const; it does not write. */
	const char **lines = (const char **)(uintptr_t)kernel_lines;
	char all[OPTIONS_ROOM];
	cl_int code;

	if (snprintf(all, sizeof all, NO_WARNINGS "%s", options) >= OPTIONS_ROOM)
		return gf_fail(
			err, GF_E_OPENCL, "the options of a build are too long: %s", options);

	*program = programs_find(dev->programs, all);
	if (*program)
		return GF_OK;
	*program = clCreateProgramWithSource(dev->context, kernel_line_count, lines, NULL, &code);
	if (code) {
		*program = NULL;
		return clerror_fail(err, code, "clCreateProgramWithSource", "kernels");
	}
	code = clBuildProgram(*program, 1, &dev->id.device, all, NULL, NULL);
	if (code) {
		gf_status status = build_failed(*program, dev, code, all, err);

		clReleaseProgram(*program);
		*program = NULL;
		return status;
	}
	return programs_add(dev->programs, all, *program, err);
}

gf_status kernel_new(struct kernel *k, struct device *dev, cl_program program, const char *name,
	size_t local, gf_error *err)
{
	size_t most = 0;
	cl_int code;

	*k = (struct kernel){.dev = dev, .name = name, .local = local};
	k->kernel = clCreateKernel(program, name, &code);
	if (code) {
		k->kernel = NULL;
		return clerror_fail(err, code, "clCreateKernel", name);
	}
	code = clGetKernelWorkGroupInfo(
		k->kernel, dev->id.device, CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
	if (code)
		return clerror_fail(err, code, "clGetKernelWorkGroupInfo", name);
	while (k->local > 1 && k->local > most)
		k->local /= 2;
	return GF_OK;
}

void kernel_free(struct kernel *k)
{
	if (k->kernel)
		clReleaseKernel(k->kernel);
	memset(k, 0, sizeof *k);
}

/* device_check.c: whether a device builds a kernel at all, and the default choice among those that
 * do.  Some drivers do not: their compiler, or a part of it, is not installed. */
#include "device.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const lines[] = {
	"__kernel void twice(__global float *x)\n",
	"{\n\tx[get_global_id(0)] *= 2.0f;\n",
	"}\n",
};

enum {
	LINES = sizeof lines / sizeof *lines,
	PASSED_OVER_BYTES = 400 /* of what is wrong with a device that is passed over */
};

static gf_status refuse(
	const struct device_id *id, const char *call, cl_int code, const char *why, gf_error *err)
{
	char shown[256];

	clean_text(shown, sizeof shown, why);
	return gf_fail(err, GF_E_UNAVAILABLE, "%s cannot build kernels: %s: %s (%d)%s%s",
		id->info.name, call, clerror_name(code), code, *why ? ": " : "", shown);
}

/* Returns the first line of the compiler's log that is not empty; the caller frees *log. */
static const char *first_line(cl_program program, cl_device_id device, char **log)
{
	size_t size = 0;
	char *line;

	if (clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) ||
		!(*log = calloc(size + 1, 1)) ||
		clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, *log, NULL))
		return "";
	line = *log + strspn(*log, " \t\r\n");
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

static gf_status build(cl_context context, const struct device_id *id, gf_error *err)
{
	/* The API wants pointers that are not const; it does not write. */
	const char **source = (const char **)(uintptr_t)lines;
	char *log = NULL;
	cl_int code;
	cl_program program = clCreateProgramWithSource(context, LINES, source, NULL, &code);
	cl_kernel kernel;
	gf_status status = GF_OK;

	if (code)
		return refuse(id, "clCreateProgramWithSource", code, "", err);
	code = clBuildProgram(program, 1, &id->device, "", NULL, NULL);
	if (code) {
		status = refuse(
			id, "clBuildProgram", code, first_line(program, id->device, &log), err);
	} else {
		kernel = clCreateKernel(program, "twice", &code);
		if (code)
			status = refuse(id, "clCreateKernel", code, "", err);
		else
			clReleaseKernel(kernel);
	}
	free(log);
	clReleaseProgram(program);
	return status;
}

gf_status device_check(const struct device_id *id, gf_error *err)
{
	cl_int code;
	cl_context context = clCreateContext(NULL, 1, &id->device, NULL, NULL, &code);
	gf_status status;

	if (code)
		return refuse(id, "clCreateContext", code, "", err);
	status = build(context, id, err);
	clReleaseContext(context);
	return status;
}

/* ---- the default choice ---- */

/* The place of a type among the default choices. */
static size_t rank_of(const struct device_id *id)
{
	static const char *const order[] = {"gpu", "accelerator", "cpu"};
	size_t rank = 0;

	while (rank < 3 && strcmp(id->info.type, order[rank]) != 0)
		rank++;
	return rank;
}

/* Returns 1 if `one` comes before `other`, of the same list. */
static int precedes(const struct device_id *one, const struct device_id *other)
{
	const size_t rank = rank_of(one), other_rank = rank_of(other);

	return rank < other_rank || (rank == other_rank && one < other);
}

/* The first choice behind `after`; after NULL: the first of all.  NULL: there is none. */
static const struct device_id *next_choice(
	const struct device_id *ids, size_t count, const struct device_id *after)
{
	const struct device_id *next = NULL;

	for (size_t i = 0; i < count; i++)
		if ((!after || precedes(after, &ids[i])) && (!next || precedes(&ids[i], next)))
			next = &ids[i];
	return next;
}

/* A single device is not tried, nor does it matter where none can build: the error of the real
 * build is then the better one. */
void device_default(struct device_id *found, const struct device_id *ids, size_t count)
{
	const struct device_id *id = next_choice(ids, count, NULL);
	gf_error why = {0}, fault = {0};

	if (id)
		*found = *id;
	while (count > 1 && id && device_check(id, &fault)) {
		if (!why.status)
			why = fault;
		fault = (gf_error){0};
		id = next_choice(ids, count, id);
	}
	if (!id || !why.status)
		return;
	why.message[PASSED_OVER_BYTES] = '\0';
	snprintf(why.message + strlen(why.message), sizeof why.message - PASSED_OVER_BYTES,
		"; device %zu is used instead, and --device %zu insists", id->info.index,
		found->info.index);
	*found = *id;
	snprintf(found->info.passed_over, sizeof found->info.passed_over, "%.*s",
		(int)sizeof found->info.passed_over - 1, why.message);
}

gf_status gf_device_check(const char *spec, gf_error *err)
{
	struct device_id id;

	error_clear(err);
	if (ERROR_NULL(spec, err))
		return GF_E_USAGE;
	TRY(device_find(&id, spec, err));
	return device_check(&id, err);
}

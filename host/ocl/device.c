#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- programs that were built in one context ---- */

struct built {
	char *options;      /* owned */
	cl_program program; /* owned */
};

struct programs {
	size_t users; /* open devices that share the context */
	size_t count;
	struct built *built; /* owned; (count) */
};

static gf_status programs_new(struct programs **programs, gf_error *err)
{
	*programs = calloc(1, sizeof **programs);
	if (!*programs)
		return gf_fail_memory(err, sizeof **programs, "a list of programs");
	(*programs)->users = 1;
	return GF_OK;
}

static struct programs *programs_share(struct programs *programs)
{
	programs->users++;
	return programs;
}

/* The last user releases the programs.  programs may be NULL. */
static void programs_release(struct programs *programs)
{
	if (!programs || --programs->users > 0)
		return;
	for (size_t i = 0; i < programs->count; i++) {
		clReleaseProgram(programs->built[i].program);
		free(programs->built[i].options);
	}
	free(programs->built);
	free(programs);
}

cl_program programs_find(const struct programs *programs, const char *options)
{
	for (size_t i = 0; i < programs->count; i++)
		if (!strcmp(programs->built[i].options, options))
			return programs->built[i].program;
	return NULL;
}

gf_status programs_add(
	struct programs *programs, const char *options, cl_program program, gf_error *err)
{
	const size_t bytes = (programs->count + 1) * sizeof *programs->built;
	struct built *built = realloc(programs->built, bytes);
	char *own = built ? strdup(options) : NULL;

	if (built)
		programs->built = built;
	if (!own) {
		clReleaseProgram(program);
		return gf_fail_memory(err, bytes, "a list of programs");
	}
	built[programs->count++] = (struct built){own, program};
	return GF_OK;
}

/* ---- a device ---- */

/* Returns 1 for PoCL and Intel's runtime, whose compilers are clang and have __builtin_prefetch. */
static int has_prefetch(const gf_device_info *info)
{
	return strstr(info->platform_name, "Portable Computing Language") ||
	       strstr(info->platform_name, "Intel(R) OpenCL");
}

/* Mesa's llvmpipe took over a minute to compile what PoCL does in one second. */
static int takes_vectors(const gf_device_info *info)
{
	return !strstr(info->name, "llvmpipe");
}

/* Mesa's llvmpipe silently ends the loops of a work-item after 65535 turns in all. */
static size_t loop_limit_of(const gf_device_info *info)
{
	return strstr(info->name, "llvmpipe") ? 60000 : SIZE_MAX;
}

static gf_status open_context(struct device *dev, const struct device *beside, gf_error *err)
{
	cl_int code;

	if (beside && beside->id.device == dev->id.device) {
		code = clRetainContext(beside->context);
		if (code)
			return clerror_fail(err, code, "clRetainContext", dev->id.info.name);
		dev->context = beside->context;
		dev->programs = programs_share(beside->programs);
		return GF_OK;
	}
	dev->context = clCreateContext(NULL, 1, &dev->id.device, NULL, NULL, &code);
	if (!code)
		return programs_new(&dev->programs, err);
	dev->context = NULL;
	return clerror_fail(err, code, "clCreateContext", dev->id.info.name);
}

gf_status device_queue(struct device *dev, cl_command_queue *queue, gf_error *err)
{
	cl_command_queue_properties properties = dev->timings ? CL_QUEUE_PROFILING_ENABLE : 0;
	cl_int code;

	*queue = clCreateCommandQueue(dev->context, dev->id.device, properties, &code);
	if (code) {
		*queue = NULL;
		return clerror_fail(err, code, "clCreateCommandQueue", dev->id.info.name);
	}
	return GF_OK;
}

static gf_status ask_precision(struct device *dev, gf_error *err)
{
	cl_device_fp_config singles = 0, doubles = 0;

	TRY(device_ask(&dev->id, CL_DEVICE_SINGLE_FP_CONFIG, &singles, sizeof singles, err));
	TRY(device_ask(&dev->id, CL_DEVICE_DOUBLE_FP_CONFIG, &doubles, sizeof doubles, err));
	dev->correctly_rounded = (singles & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
	dev->has_double = doubles != 0;
	return GF_OK;
}

static gf_status ask_limits(struct device *dev, gf_error *err)
{
	const struct device_id *id = &dev->id;

	dev->is_cpu = !strcmp(id->info.type, "cpu");
	dev->prefetches = dev->is_cpu && has_prefetch(&id->info);
	dev->takes_vectors = takes_vectors(&id->info);
	dev->loop_limit = loop_limit_of(&id->info);
	TRY(device_ask(
		id, CL_DEVICE_MAX_WORK_GROUP_SIZE, &dev->max_group, sizeof dev->max_group, err));
	TRY(device_ask(
		id, CL_DEVICE_LOCAL_MEM_SIZE, &dev->local_bytes, sizeof dev->local_bytes, err));
	return ask_precision(dev, err);
}

/* Like device_open, but after a failure device_close must free what it has opened. */
static gf_status open_parts(struct device *dev, const char *spec, int profile,
	const struct device *beside, gf_error *err)
{
	TRY(device_find(&dev->id, spec, err));
	TRY(ask_limits(dev, err));
	TRY(open_context(dev, beside, err));
	if (profile)
		TRY(timings_new(&dev->timings, err));
	return device_queue(dev, &dev->queue, err);
}

gf_status device_open(struct device *dev, const char *spec, int profile,
	const struct device *beside, gf_error *err)
{
	gf_status status;

	memset(dev, 0, sizeof *dev);
	status = open_parts(dev, spec, profile, beside, err);
	if (status)
		device_close(dev);
	return status;
}

void device_close(struct device *dev)
{
	cl_command_queue const queues[] = {dev->uploads, dev->queue};
	size_t i;

	timings_free(dev->timings);
	for (i = 0; i < sizeof queues / sizeof *queues; i++)
		if (queues[i]) {
			/* After a failure kernels may still read the caller's data, which the
			 * caller may free once we return. */
			clFinish(queues[i]);
			clReleaseCommandQueue(queues[i]);
		}
	programs_release(dev->programs);
	if (dev->context)
		clReleaseContext(dev->context);
	memset(dev, 0, sizeof *dev);
}

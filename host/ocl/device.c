#include "device.h"

#include <stdlib.h>
#include <string.h>

/* Known of PoCL and of Intel's runtime, whose front ends are clang. */
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

/* Mesa's llvmpipe ends a kernel's loops, silently, once they have turned 65535 times in all. */
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

static gf_status open_queue(struct device *dev, int profile, gf_error *err)
{
	cl_command_queue_properties properties = profile ? CL_QUEUE_PROFILING_ENABLE : 0;
	cl_int code;

	dev->queue = clCreateCommandQueue(dev->context, dev->id.device, properties, &code);
	if (code) {
		dev->queue = NULL;
		return clerror_fail(err, code, "clCreateCommandQueue", dev->id.info.name);
	}
	return GF_OK;
}

static gf_status ask_precision(struct device *dev, gf_error *err)
{
	cl_device_fp_config singles = 0, doubles = 0;
	cl_int code = clGetDeviceInfo(
		dev->id.device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof singles, &singles, NULL);

	if (!code)
		code = clGetDeviceInfo(
			dev->id.device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof doubles, &doubles, NULL);
	if (code)
		return clerror_fail(err, code, "clGetDeviceInfo", dev->id.info.name);
	dev->correctly_rounded = (singles & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
	dev->has_double = doubles != 0;
	return GF_OK;
}

gf_status device_open(struct device *dev, const char *spec, int profile,
	const struct device *beside, gf_error *err)
{
	gf_status status;
	cl_int code;

	memset(dev, 0, sizeof *dev);
	status = listing_find(&dev->id, spec, err);
	if (status)
		return status;
	dev->is_cpu = !strcmp(dev->id.info.type, "cpu");
	dev->prefetches = dev->is_cpu && has_prefetch(&dev->id.info);
	dev->takes_vectors = takes_vectors(&dev->id.info);
	dev->loop_limit = loop_limit_of(&dev->id.info);
	code = clGetDeviceInfo(dev->id.device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof dev->max_group,
		&dev->max_group, NULL);
	if (!code)
		code = clGetDeviceInfo(dev->id.device, CL_DEVICE_LOCAL_MEM_SIZE,
			sizeof dev->local_bytes, &dev->local_bytes, NULL);
	if (code)
		return clerror_fail(err, code, "clGetDeviceInfo", dev->id.info.name);
	status = ask_precision(dev, err);
	if (!status)
		status = open_context(dev, beside, err);
	if (!status)
		status = open_queue(dev, profile, err);
	if (!status && profile)
		status = timings_new(&dev->timings, err);
	if (status)
		device_close(dev);
	return status;
}

void device_close(struct device *dev)
{
	timings_free(dev->timings);
	if (dev->queue) {
		/* After a failure kernels may still read the caller's data, which is the caller's
		 * again once we return. */
		clFinish(dev->queue);
		clReleaseCommandQueue(dev->queue);
	}
	programs_release(dev->programs);
	if (dev->context)
		clReleaseContext(dev->context);
	memset(dev, 0, sizeof *dev);
}

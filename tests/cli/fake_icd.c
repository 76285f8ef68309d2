/*
 * fake_icd.c: a driver of OpenCL with one GPU, which fails as FAKE_ICD says:
 *
 *	no_build	it cannot build programs
 *	no_devices	its devices cannot be listed
 *	no_platform	it has no platform
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_icd.h>

#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* The loader finds the functions of a driver by the first member of each object. */
struct object {
	const cl_icd_dispatch *dispatch;
};

static int fails_by(const char *way)
{
	const char *wanted = getenv("FAKE_ICD");

	return wanted && strcmp(wanted, way) == 0;
}

static cl_int answer(const void *value, size_t size, size_t room, void *to, size_t *needed)
{
	if (needed)
		*needed = size;
	if (to && room < size)
		return CL_INVALID_VALUE;
	if (to)
		memcpy(to, value, size);
	return CL_SUCCESS;
}

static cl_int answer_text(const char *text, size_t room, void *to, size_t *needed)
{
	return answer(text, strlen(text) + 1, room, to, needed);
}

static cl_int platform_info(
	cl_platform_id platform, cl_platform_info what, size_t room, void *to, size_t *needed)
{
	(void)platform;
	switch (what) {
	case CL_PLATFORM_NAME:
		return answer_text("Fake", room, to, needed);
	case CL_PLATFORM_EXTENSIONS:
		return answer_text("cl_khr_icd", room, to, needed);
	case CL_PLATFORM_ICD_SUFFIX_KHR:
		return answer_text("FAKE", room, to, needed);
	default:
		return answer_text("OpenCL 1.2 fake", room, to, needed);
	}
}

static cl_int device_info(
	cl_device_id device, cl_device_info what, size_t room, void *to, size_t *needed)
{
	const cl_device_type gpu = CL_DEVICE_TYPE_GPU;
	const cl_ulong number = 8;

	(void)device;
	switch (what) {
	case CL_DEVICE_NAME:
		return answer_text("fake GPU", room, to, needed);
	case CL_DEVICE_VERSION:
	case CL_DRIVER_VERSION:
		return answer_text("OpenCL 1.2 fake", room, to, needed);
	case CL_DEVICE_TYPE:
		return answer(&gpu, sizeof gpu, room, to, needed);
	default: /* numbers of 4 or 8 bytes */
		return answer(
			&number, room < sizeof number ? room : sizeof number, room, to, needed);
	}
}

static const cl_icd_dispatch *dispatch(void);

static cl_int device_ids(cl_platform_id platform, cl_device_type type, cl_uint room,
	cl_device_id *devices, cl_uint *count)
{
	static struct object device;

	(void)platform;
	device.dispatch = dispatch();
	if (fails_by("no_devices"))
		return CL_OUT_OF_HOST_MEMORY;
	if (!(type & CL_DEVICE_TYPE_GPU))
		return CL_DEVICE_NOT_FOUND;
	if (devices && room > 0)
		devices[0] = (cl_device_id)(void *)&device;
	if (count)
		*count = 1;
	return CL_SUCCESS;
}

static cl_context create_context(const cl_context_properties *properties, cl_uint count,
	const cl_device_id *devices,
	void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user,
	cl_int *code)
{
	static struct object context;

	(void)properties, (void)count, (void)devices, (void)notify, (void)user;
	context.dispatch = dispatch();
	*code = CL_SUCCESS;
	return (cl_context)(void *)&context;
}

static cl_int release_context(cl_context context)
{
	(void)context;
	return CL_SUCCESS;
}

static cl_command_queue create_queue(cl_context context, cl_device_id device,
	cl_command_queue_properties properties, cl_int *code)
{
	(void)context, (void)device, (void)properties;
	*code = CL_OUT_OF_RESOURCES;
	return NULL;
}

static cl_program create_program(
	cl_context context, cl_uint count, const char **lines, const size_t *lengths, cl_int *code)
{
	static struct object program;

	(void)context, (void)count, (void)lines, (void)lengths;
	program.dispatch = dispatch();
	*code = CL_SUCCESS;
	return (cl_program)(void *)&program;
}

static cl_int build_program(cl_program program, cl_uint count, const cl_device_id *devices,
	const char *options, void(CL_CALLBACK *notify)(cl_program, void *), void *user)
{
	(void)program, (void)count, (void)devices, (void)options, (void)notify, (void)user;
	return CL_BUILD_PROGRAM_FAILURE;
}

static cl_int build_info(cl_program program, cl_device_id device, cl_program_build_info what,
	size_t room, void *to, size_t *needed)
{
	(void)program, (void)device, (void)what;
	return answer_text("\nno libclc here\nmore words\n", room, to, needed);
}

static cl_int release_program(cl_program program)
{
	(void)program;
	return CL_SUCCESS;
}

static const cl_icd_dispatch *dispatch(void)
{
	static cl_icd_dispatch table;

	table.clGetPlatformInfo = platform_info;
	table.clGetDeviceIDs = device_ids;
	table.clGetDeviceInfo = device_info;
	table.clCreateContext = create_context;
	table.clReleaseContext = release_context;
	table.clCreateCommandQueue = create_queue;
	table.clCreateProgramWithSource = create_program;
	table.clBuildProgram = build_program;
	table.clGetProgramBuildInfo = build_info;
	table.clReleaseProgram = release_program;
	return &table;
}

/* ---- what the loader looks for ---- */

EXPORT cl_int clIcdGetPlatformIDsKHR(cl_uint room, cl_platform_id *platforms, cl_uint *count)
{
	static struct object platform;

	platform.dispatch = dispatch();
	if (fails_by("no_platform"))
		return CL_PLATFORM_NOT_FOUND_KHR;
	if (platforms && room > 0)
		platforms[0] = (cl_platform_id)(void *)&platform;
	if (count)
		*count = 1;
	return CL_SUCCESS;
}

EXPORT cl_int clGetPlatformInfo(
	cl_platform_id platform, cl_platform_info what, size_t room, void *to, size_t *needed)
{
	return platform_info(platform, what, room, to, needed);
}

EXPORT void *clGetExtensionFunctionAddress(const char *name)
{
	void *found = NULL;
	cl_int (*function)(cl_uint, cl_platform_id *, cl_uint *) = clIcdGetPlatformIDsKHR;

	if (strcmp(name, "clIcdGetPlatformIDsKHR") == 0)
		memcpy(&found, &function, sizeof found);
	return found;
}

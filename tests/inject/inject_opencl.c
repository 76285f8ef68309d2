/* inject_opencl.c: calls of OpenCL that fail when they are told to; objects are counted. */
#include "wrap.h"

#include <CL/cl.h>
#include <string.h>

/* The code to return instead of calling; 0: call. */
static cl_int code_of(const char *call)
{
	const int build = strcmp(call, "clBuildProgram") == 0;

	if (!inject_fails(INJECT_OPENCL, call))
		return CL_SUCCESS;
	inject.code = build ? "CL_BUILD_PROGRAM_FAILURE" : "CL_OUT_OF_RESOURCES";
	return build ? CL_BUILD_PROGRAM_FAILURE : CL_OUT_OF_RESOURCES;
}

/* A call that either fails or is passed on. */
#define PASS(name, parameters, arguments)                     \
	WRAP(name)                                            \
	cl_int __wrap_##name parameters                       \
	{                                                     \
		cl_int code = code_of(#name);                 \
                                                              \
		return code ? code : __real_##name arguments; \
	}

/* The queue runs its commands in order: who has waited for the last has waited for all. */
static void note_wait(const void *event)
{
	if (event == inject.last)
		inject.running = 0;
}

/* ---- questions ---- */

WRAP(clGetPlatformInfo)
WRAP(clGetDeviceInfo)

PASS(clGetPlatformIDs, (cl_uint room, cl_platform_id *ids, cl_uint *count), (room, ids, count))

cl_int __wrap_clGetPlatformInfo(
	cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *got)
{
	cl_int code = code_of("clGetPlatformInfo");

	inject.harmless |= code != 0; /* the library asks platforms for their names only */
	return code ? code : __real_clGetPlatformInfo(platform, what, size, value, got);
}

PASS(clGetDeviceIDs,
	(cl_platform_id platform, cl_device_type type, cl_uint room, cl_device_id *ids,
		cl_uint *count),
	(platform, type, room, ids, count))

/* With 32 compute units two passes fold the nodes of as few rows as the tests have. */
static void set_compute_units(cl_device_info what, void *value)
{
	if (what == CL_DEVICE_MAX_COMPUTE_UNITS)
		*(cl_uint *)value = 32;
}

static int is_text(cl_device_info what)
{
	return what == CL_DEVICE_NAME || what == CL_DEVICE_VERSION || what == CL_DRIVER_VERSION;
}

cl_int __wrap_clGetDeviceInfo(
	cl_device_id device, cl_device_info what, size_t size, void *value, size_t *got)
{
	cl_int code = code_of("clGetDeviceInfo");

	inject.harmless |= code && is_text(what);
	if (!code)
		code = __real_clGetDeviceInfo(device, what, size, value, got);
	if (!code)
		set_compute_units(what, value);
	return code;
}

PASS(clGetKernelWorkGroupInfo,
	(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size,
		void *value, size_t *got),
	(kernel, device, what, size, value, got))

PASS(clGetProgramBuildInfo,
	(cl_program program, cl_device_id device, cl_program_build_info what, size_t size,
		void *value, size_t *got),
	(program, device, what, size, value, got))

/* The library asks again and again whether an event is over: only the first time counts. */
WRAP(clGetEventInfo)
cl_int __wrap_clGetEventInfo(
	cl_event event, cl_event_info what, size_t size, void *value, size_t *got)
{
	cl_int code = inject.asked == event ? CL_SUCCESS : code_of("clGetEventInfo");

	inject.asked = event;
	if (!code)
		code = __real_clGetEventInfo(event, what, size, value, got);
	if (!code && *(cl_int *)value == CL_COMPLETE)
		note_wait(event);
	return code;
}

PASS(clGetEventProfilingInfo,
	(cl_event event, cl_profiling_info what, size_t size, void *value, size_t *got),
	(event, what, size, value, got))

/* ---- objects ---- */

WRAP(clCreateContext)
WRAP(clBuildProgram)
WRAP(clCreateKernel)

enum { BUILDS = 64, OPTIONS = 1024 };

/* A build takes a driver longer than all the rest of a scenario, so each is done once, in a context
 * that is never released. */
static struct {
	char options[OPTIONS];
	cl_program program;
} builds[BUILDS];
static cl_context context_kept;
WRAP(clRetainContext)

/* The programs that a scenario holds and that were not built, because a program kept in builds has
 * the same options: kernels are made from that one. */
static struct {
	cl_program program; /* NULL where the place is free */
	cl_program built;
} stand_ins[BUILDS];

static cl_context keep_context(const cl_device_id *devices, cl_int *code)
{
	if (!context_kept)
		context_kept = __real_clCreateContext(NULL, 1, devices, NULL, NULL, code);
	if (context_kept)
		*code = __real_clRetainContext(context_kept);
	return context_kept;
}

/* Returns the place of a program's stand-in, or BUILDS where it has none; the program NULL finds a
 * free place. */
static int stand_in_of(cl_program program)
{
	int i = 0;

	while (i < BUILDS && stand_ins[i].program != program)
		i++;
	return i;
}

static cl_int let_stand_in(cl_program program, cl_program built)
{
	const int i = stand_in_of(NULL);

	if (i == BUILDS)
		return CL_OUT_OF_HOST_MEMORY; /* the scenario fails: enlarge BUILDS */
	stand_ins[i].program = program;
	stand_ins[i].built = built;
	return CL_SUCCESS;
}

/* A later program may get the same handle. */
static void forget_stand_in(cl_program program)
{
	const int i = stand_in_of(program);

	if (i < BUILDS)
		stand_ins[i].program = NULL;
}

static cl_program built_of(cl_program program)
{
	const int i = stand_in_of(program);

	return i < BUILDS ? stand_ins[i].built : program;
}

static cl_int keep_build(cl_program program, const cl_device_id *devices, const char *options)
{
	cl_int code;
	int i = 0;

	while (i < BUILDS && builds[i].program && strcmp(builds[i].options, options) != 0)
		i++;
	if (i < BUILDS && builds[i].program)
		return let_stand_in(program, builds[i].program);
	if (i == BUILDS || strlen(options) >= OPTIONS)
		return CL_OUT_OF_HOST_MEMORY; /* the scenario fails: enlarge BUILDS or OPTIONS */
	code = __real_clBuildProgram(program, 1, devices, options, NULL, NULL);
	if (code)
		return code;
	strcpy(builds[i].options, options);
	builds[i].program = program;
	return clRetainProgram(program);
}

typedef void CL_CALLBACK context_notify(const char *, const void *, size_t, void *);
typedef void CL_CALLBACK program_notify(cl_program, void *);

/* A call that makes an object and counts it. */
#define MAKE(name, type, parameters, arguments)         \
	WRAP(name)                                      \
	type __wrap_##name parameters                   \
	{                                               \
		type made = NULL;                       \
                                                        \
		*code = code_of(#name);                 \
		if (!*code)                             \
			made = __real_##name arguments; \
		inject.objects += made != NULL;         \
		return made;                            \
	}

cl_context __wrap_clCreateContext(const cl_context_properties *properties, cl_uint count,
	const cl_device_id *devices, context_notify *notify, void *user, cl_int *code)
{
	cl_context made = NULL;

	(void)properties, (void)count, (void)notify, (void)user;
	*code = code_of("clCreateContext");
	if (!*code)
		made = keep_context(devices, code);
	inject.objects += made != NULL;
	return made;
}

cl_int __wrap_clRetainContext(cl_context context)
{
	cl_int code = code_of("clRetainContext");

	if (!code)
		code = __real_clRetainContext(context);
	inject.objects += code == 0;
	return code;
}

WRAP(clRetainMemObject)

cl_int __wrap_clRetainMemObject(cl_mem mem)
{
	cl_int code = code_of("clRetainMemObject");

	if (!code)
		code = __real_clRetainMemObject(mem);
	inject.objects += code == 0;
	return code;
}

WRAP(clRetainEvent)

cl_int __wrap_clRetainEvent(cl_event event)
{
	cl_int code = code_of("clRetainEvent");

	if (!code)
		code = __real_clRetainEvent(event);
	inject.objects += code == 0;
	return code;
}

MAKE(clCreateCommandQueue, cl_command_queue,
	(cl_context context, cl_device_id device, cl_command_queue_properties properties,
		cl_int *code),
	(context, device, properties, code))

MAKE(clCreateBuffer, cl_mem,
	(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),
	(context, flags, size, host, code))

MAKE(clCreateProgramWithSource, cl_program,
	(cl_context context, cl_uint count, const char **strings, const size_t *lengths,
		cl_int *code),
	(context, count, strings, lengths, code))

cl_int __wrap_clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
	const char *options, program_notify *notify, void *user)
{
	cl_int code = code_of("clBuildProgram");

	(void)count, (void)notify, (void)user;
	return code ? code : keep_build(program, devices, options);
}

cl_kernel __wrap_clCreateKernel(cl_program program, const char *name, cl_int *code)
{
	cl_kernel made = NULL;

	*code = code_of("clCreateKernel");
	if (!*code)
		made = __real_clCreateKernel(built_of(program), name, code);
	inject.objects += made != NULL;
	return made;
}

/* A release counts the object and never fails. */
#define RELEASE(name, type)                   \
	WRAP(name)                            \
	cl_int __wrap_##name(type object)     \
	{                                     \
		inject.objects--;             \
		return __real_##name(object); \
	}

RELEASE(clReleaseContext, cl_context)
RELEASE(clReleaseCommandQueue, cl_command_queue)
RELEASE(clReleaseMemObject, cl_mem)
RELEASE(clReleaseKernel, cl_kernel)
RELEASE(clReleaseEvent, cl_event)

WRAP(clReleaseProgram)

/* A program is released once: one that is kept in builds has no stand-in. */
cl_int __wrap_clReleaseProgram(cl_program program)
{
	inject.objects--;
	forget_stand_in(program);
	return __real_clReleaseProgram(program);
}

/* ---- commands ---- */

WRAP(clFinish)

PASS(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value),
	(kernel, index, size, value))

static cl_int enqueued(cl_int code, const cl_event *event)
{
	if (!code) {
		inject.running = 1;
		inject.last = event ? *event : NULL;
		inject.asked = NULL;
		inject.objects += event != NULL;
	}
	return code;
}

#define ENQUEUE(name, parameters, arguments)                     \
	WRAP(name)                                               \
	cl_int __wrap_##name parameters                          \
	{                                                        \
		cl_int code = code_of(#name);                    \
                                                                 \
		if (code)                                        \
			return code;                             \
		return enqueued(__real_##name arguments, event); \
	}

ENQUEUE(clEnqueueNDRangeKernel,
	(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
		const size_t *global, const size_t *local, cl_uint count, const cl_event *list,
		cl_event *event),
	(queue, kernel, dimensions, offset, global, local, count, list, event))

ENQUEUE(clEnqueueCopyBuffer,
	(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
		size_t size, cl_uint count, const cl_event *list, cl_event *event),
	(queue, from, to, from_offset, to_offset, size, count, list, event))

ENQUEUE(clEnqueueFillBuffer,
	(cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size,
		size_t offset, size_t size, cl_uint count, const cl_event *list, cl_event *event),
	(queue, buffer, pattern, pattern_size, offset, size, count, list, event))

ENQUEUE(clEnqueueReadBuffer,
	(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
		void *to, cl_uint count, const cl_event *list, cl_event *event),
	(queue, buffer, blocking, offset, size, to, count, list, event))

ENQUEUE(clEnqueueWriteBuffer,
	(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
		const void *from, cl_uint count, const cl_event *list, cl_event *event),
	(queue, buffer, blocking, offset, size, from, count, list, event))

ENQUEUE(clEnqueueMarkerWithWaitList,
	(cl_command_queue queue, cl_uint count, const cl_event *list, cl_event *event),
	(queue, count, list, event))

ENQUEUE(clEnqueueBarrierWithWaitList,
	(cl_command_queue queue, cl_uint count, const cl_event *list, cl_event *event),
	(queue, count, list, event))

WRAP(clWaitForEvents)
cl_int __wrap_clWaitForEvents(cl_uint count, const cl_event *events)
{
	cl_int code = code_of("clWaitForEvents");

	if (!code)
		code = __real_clWaitForEvents(count, events);
	if (!code)
		note_wait(events[count - 1]);
	return code;
}

PASS(clFlush, (cl_command_queue queue), (queue))

cl_int __wrap_clFinish(cl_command_queue queue)
{
	cl_int code = code_of("clFinish");

	/* With nothing running it is the call that makes sure of that before a release. */
	inject.harmless |= code && !inject.running;
	if (code)
		return code;
	inject.running = 0;
	return __real_clFinish(queue);
}

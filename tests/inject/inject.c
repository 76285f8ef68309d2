#define _GNU_SOURCE /* newlocale and O_DIRECTORY */
#include "inject.h"

#include <CL/cl.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

struct injection inject;

void inject_start(enum inject_kind kind, size_t at, const char *always)
{
	inject.kind = kind;
	inject.at = at;
	inject.always = always;
	inject.calls = 0;
	inject.failed = inject.code = NULL;
	inject.harmless = inject.running = 0;
	inject.last = inject.asked = NULL;
}

void inject_stop(void)
{
	inject.at = 0;
	inject.always = NULL;
}

static int fails(enum inject_kind kind, const char *call)
{
	if (inject.always && strcmp(inject.always, call) == 0)
		return 1;
	if (inject.kind != kind || ++inject.calls != inject.at)
		return 0;
	inject.failed = call;
	return 1;
}

/* The code to return instead of calling; 0: call. */
static cl_int code_of(const char *call)
{
	const int build = strcmp(call, "clBuildProgram") == 0;

	if (!fails(INJECT_OPENCL, call))
		return CL_SUCCESS;
	inject.code = build ? "CL_BUILD_PROGRAM_FAILURE" : "CL_OUT_OF_RESOURCES";
	return build ? CL_BUILD_PROGRAM_FAILURE : CL_OUT_OF_RESOURCES;
}

/* __real_NAME is the library's own function, __wrap_NAME what is called instead of it. */
#define WRAP(name) __typeof__(name) __real_##name, __wrap_##name;

/* A call that either fails or is passed on. */
#define PASS(name, parameters, arguments)                     \
	WRAP(name)                                            \
	cl_int __wrap_##name parameters                       \
	{                                                     \
		cl_int code = code_of(#name);                 \
                                                              \
		return code ? code : __real_##name arguments; \
	}

/* The queue is in order: what has waited for the last command has waited for all. */
static void waited_for(const void *event)
{
	if (event == inject.last)
		inject.running = 0;
}

/* ---- OpenCL: what is asked ---- */

WRAP(clGetPlatformInfo)
WRAP(clGetDeviceInfo)

PASS(clGetPlatformIDs, (cl_uint room, cl_platform_id *ids, cl_uint *count), (room, ids, count))

cl_int __wrap_clGetPlatformInfo(
	cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *got)
{
	cl_int code = code_of("clGetPlatformInfo");

	inject.harmless |= code != 0; /* no more than a name is asked of a platform */
	return code ? code : __real_clGetPlatformInfo(platform, what, size, value, got);
}

PASS(clGetDeviceIDs,
	(cl_platform_id platform, cl_device_type type, cl_uint room, cl_device_id *ids,
		cl_uint *count),
	(platform, type, room, ids, count))

/* So many work-items that two passes fold the nodes of few rows. */
static void describe_small(cl_device_info what, void *value)
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
		describe_small(what, value);
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

/* It may be asked again and again: the first time counts. */
WRAP(clGetEventInfo)
cl_int __wrap_clGetEventInfo(
	cl_event event, cl_event_info what, size_t size, void *value, size_t *got)
{
	cl_int code = inject.asked == event ? CL_SUCCESS : code_of("clGetEventInfo");

	inject.asked = event;
	if (!code)
		code = __real_clGetEventInfo(event, what, size, value, got);
	if (!code && *(cl_int *)value == CL_COMPLETE)
		waited_for(event);
	return code;
}

PASS(clGetEventProfilingInfo,
	(cl_event event, cl_profiling_info what, size_t size, void *value, size_t *got),
	(event, what, size, value, got))

/* ---- OpenCL: what is made, and given back ---- */

WRAP(clCreateContext)
WRAP(clBuildProgram)
WRAP(clCreateKernel)

enum { BUILDS = 64, OPTIONS = 1024 };

/* A build takes a driver longer than all the rest of a job, so each is done once, in a context that
 * is there for good. */
static struct {
	char options[OPTIONS];
	cl_program program;
} builds[BUILDS];
static cl_context context_kept;
WRAP(clRetainContext)
static cl_program program_built; /* by the last build, or for it earlier */

static cl_context keep_context(const cl_device_id *devices, cl_int *code)
{
	if (!context_kept)
		context_kept = __real_clCreateContext(NULL, 1, devices, NULL, NULL, code);
	if (context_kept)
		*code = __real_clRetainContext(context_kept);
	return context_kept;
}

static cl_int keep_build(cl_program program, const cl_device_id *devices, const char *options)
{
	cl_int code;
	int i = 0;

	while (i < BUILDS && builds[i].program && strcmp(builds[i].options, options) != 0)
		i++;
	if (i < BUILDS && builds[i].program) {
		program_built = builds[i].program;
		return CL_SUCCESS;
	}
	if (i == BUILDS || strlen(options) >= OPTIONS)
		return CL_OUT_OF_HOST_MEMORY; /* the job fails: there must be room for each build */
	program_built = program;
	code = __real_clBuildProgram(program, 1, devices, options, NULL, NULL);
	if (code)
		return code;
	strcpy(builds[i].options, options);
	builds[i].program = program;
	return clRetainProgram(program);
}

typedef void CL_CALLBACK context_notify(const char *, const void *, size_t, void *);
typedef void CL_CALLBACK program_notify(cl_program, void *);

/* A call that makes an object, which is counted. */
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

	(void)program;
	*code = code_of("clCreateKernel");
	if (!*code)
		made = __real_clCreateKernel(program_built, name, code);
	inject.objects += made != NULL;
	return made;
}

/* A release is counted, and never fails. */
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
RELEASE(clReleaseProgram, cl_program)
RELEASE(clReleaseKernel, cl_kernel)
RELEASE(clReleaseEvent, cl_event)

/* ---- OpenCL: what is done ---- */

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

WRAP(clWaitForEvents)
cl_int __wrap_clWaitForEvents(cl_uint count, const cl_event *events)
{
	cl_int code = code_of("clWaitForEvents");

	if (!code)
		code = __real_clWaitForEvents(count, events);
	if (!code)
		waited_for(events[count - 1]);
	return code;
}

PASS(clFlush, (cl_command_queue queue), (queue))

cl_int __wrap_clFinish(cl_command_queue queue)
{
	cl_int code = code_of("clFinish");

	/* With nothing running, it is the one that makes sure before a queue is released. */
	inject.harmless |= code && !inject.running;
	if (code)
		return code;
	inject.running = 0;
	return __real_clFinish(queue);
}

/* ---- memory ---- */

WRAP(realloc)
WRAP(free)
WRAP(freelocale)
WRAP(gzdopen)
WRAP(gzclose)

static int memory_fails(const char *call)
{
	if (!fails(INJECT_MEMORY, call))
		return 0;
	errno = ENOMEM;
	return 1;
}

static void *allocated(void *memory)
{
	inject.allocations += memory != NULL;
	return memory;
}

#define ALLOCATE(name, type, parameters, arguments)                                     \
	WRAP(name)                                                                      \
	type __wrap_##name parameters                                                   \
	{                                                                               \
		return memory_fails(#name) ? NULL : allocated(__real_##name arguments); \
	}

ALLOCATE(malloc, void *, (size_t size), (size))
ALLOCATE(calloc, void *, (size_t count, size_t size), (count, size))

void *__wrap_realloc(void *old, size_t size)
{
	void *memory = memory_fails("realloc") ? NULL : __real_realloc(old, size);

	return old ? memory : allocated(memory);
}

ALLOCATE(aligned_alloc, void *, (size_t alignment, size_t size), (alignment, size))
ALLOCATE(strdup, char *, (const char *text), (text))

void __wrap_free(void *memory)
{
	inject.allocations -= memory != NULL;
	__real_free(memory);
}

ALLOCATE(newlocale, locale_t, (int mask, const char *name, locale_t base), (mask, name, base))

void __wrap_freelocale(locale_t locale)
{
	inject.allocations--;
	__real_freelocale(locale);
}

gzFile __wrap_gzdopen(int fd, const char *mode)
{
	return memory_fails("gzdopen") ? NULL : __real_gzdopen(fd, mode);
}

/* zlib closes the file itself. */
int __wrap_gzclose(gzFile file)
{
	inject.files--;
	return __real_gzclose(file);
}

void *inject_json_malloc(size_t size)
{
	return fails(INJECT_JSON, "malloc in jansson") ? NULL : allocated(__real_malloc(size));
}

void inject_json_free(void *memory)
{
	__wrap_free(memory);
}

/* ---- files ---- */

WRAP(open)
WRAP(dup)
WRAP(close)
WRAP(fopen)
WRAP(fdopen)
WRAP(fflush)
WRAP(fsync)
WRAP(fclose)
WRAP(rename)

static int file_fails(const char *call)
{
	if (!fails(INJECT_FILE, call))
		return 0;
	errno = EIO;
	return 1;
}

static int opened(int fd)
{
	inject.files += fd >= 0;
	return fd;
}

/* What was written is in danger until it is closed; what was read is not. */
static int was_read(int fd)
{
	return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	unsigned mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;
	va_end(args);
	if (!file_fails("open"))
		return opened(__real_open(path, flags, mode));
	inject.harmless |= (flags & O_DIRECTORY) != 0; /* no more than synced */
	return -1;
}

int __wrap_dup(int fd)
{
	return file_fails("dup") ? -1 : opened(__real_dup(fd));
}

/* The file is closed all the same, as it is when Linux says that this failed. */
int __wrap_close(int fd)
{
	int failed = file_fails("close");

	inject.harmless |= failed && was_read(fd);
	inject.files--;
	return __real_close(fd) || failed ? -1 : 0;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	FILE *file = file_fails("fopen") ? NULL : __real_fopen(path, mode);

	inject.files += file != NULL;
	return file;
}

FILE *__wrap_fdopen(int fd, const char *mode)
{
	return file_fails("fdopen") ? NULL : __real_fdopen(fd, mode);
}

int __wrap_fflush(FILE *file)
{
	return file_fails("fflush") ? EOF : __real_fflush(file);
}

int __wrap_fsync(int fd)
{
	return file_fails("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_fclose(FILE *file)
{
	int failed = file_fails("fclose");

	inject.harmless |= failed && was_read(fileno(file));
	inject.files--;
	if (__real_fclose(file) == 0 && !failed)
		return 0;
	errno = EIO;
	return EOF;
}

int __wrap_rename(const char *from, const char *to)
{
	return file_fails("rename") ? -1 : __real_rename(from, to);
}

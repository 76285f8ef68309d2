#include "spoil.h"

#include <CL/cl.h>
#include <stdlib.h>
#include <string.h>

struct spoiling spoil;

void spoil_start(enum spoil_kind kind, size_t at, uint64_t seed)
{
	spoil = (struct spoiling){.kind = kind, .at = at, .seed = seed};
}

size_t spoil_stop(void)
{
	spoil.at = 0;
	return spoil.calls;
}

enum call { READ, WRITE, LAUNCH };

/* Counts a call; returns whether it is the one to spoil. */
static int spoils(enum call call)
{
	const int reads = spoil.kind <= SPOIL_read_swap;
	const int writes = spoil.kind == SPOIL_write_flip || spoil.kind == SPOIL_write_drop;

	if (call != (reads ? READ : writes ? WRITE : LAUNCH))
		return 0;
	return ++spoil.calls == spoil.at;
}

/* The linker (--wrap) calls __wrap_NAME in place of NAME, and __real_NAME is NAME itself. */
#define WRAP(name) __typeof__(name) __real_##name, __wrap_##name;

WRAP(clCreateBuffer)
WRAP(clRetainMemObject)
WRAP(clReleaseMemObject)
WRAP(clEnqueueReadBuffer)
WRAP(clEnqueueWriteBuffer)
WRAP(clEnqueueNDRangeKernel)

/* ---- the buffers that exist ---- */

enum { BUFFERS = 64 };

static struct {
	cl_mem mem;
	size_t bytes, users; /* users of this program: a command that runs counts in OpenCL, too */
} buffers[BUFFERS];
static size_t buffer_count;

cl_mem __wrap_clCreateBuffer(
	cl_context context, cl_mem_flags flags, size_t bytes, void *host, cl_int *code)
{
	cl_mem mem = __real_clCreateBuffer(context, flags, bytes, host, code);

	if (mem && buffer_count < BUFFERS) {
		buffers[buffer_count].mem = mem;
		buffers[buffer_count].users = 1;
		buffers[buffer_count++].bytes = bytes;
	}
	return mem;
}

cl_int __wrap_clRetainMemObject(cl_mem mem)
{
	size_t i;

	for (i = 0; i < buffer_count; i++)
		buffers[i].users += buffers[i].mem == mem;
	return __real_clRetainMemObject(mem);
}

cl_int __wrap_clReleaseMemObject(cl_mem mem)
{
	size_t i;

	for (i = 0; i < buffer_count; i++)
		if (buffers[i].mem == mem && --buffers[i].users == 0)
			buffers[i] = buffers[--buffer_count];
	return __real_clReleaseMemObject(mem);
}

/* ---- spoiled calls ---- */

static void flip(void *bytes, size_t count)
{
	const size_t bit = (size_t)(spoil.seed >> 16) % (8 * count);

	((unsigned char *)bytes)[bit / 8] ^= (unsigned char)(1u << bit % 8);
	spoil.done = 1;
}

static void swap_halves(char *bytes, size_t count)
{
	const size_t half = count / 8 * 4;
	char *first = malloc(half + 1);

	memcpy(first, bytes, half);
	spoil.done = memcmp(first, bytes + half, half) != 0;
	memcpy(bytes, bytes + half, half);
	memcpy(bytes + half, first, half);
	free(first);
}

/* A copy of the bytes that the last read delivered. */
static char *last;
static size_t last_bytes;

static void keep_last(const void *bytes, size_t count)
{
	free(last);
	last = malloc(count + 1);
	memcpy(last, bytes, count);
	last_bytes = count;
}

static void make_stale(void *bytes, size_t count)
{
	const size_t some = count < last_bytes ? count : last_bytes;

	spoil.done = memcmp(bytes, last, some) != 0;
	memcpy(bytes, last, some);
}

cl_int __wrap_clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
	size_t offset, size_t bytes, void *to, cl_uint count, const cl_event *list, cl_event *event)
{
	const int spoiled = spoils(READ);
	const cl_bool waits = spoil.kind <= SPOIL_read_swap ? CL_TRUE : blocking;
	const cl_int code = __real_clEnqueueReadBuffer(
		queue, buffer, waits, offset, bytes, to, count, list, event);

	if (code || !waits)
		return code;
	if (spoiled && spoil.kind == SPOIL_read_flip)
		flip(to, bytes);
	else if (spoiled && spoil.kind == SPOIL_read_swap)
		swap_halves(to, bytes);
	else if (spoiled && last)
		make_stale(to, bytes);
	keep_last(to, bytes);
	return code;
}

cl_int __wrap_clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
	size_t offset, size_t bytes, const void *from, cl_uint count, const cl_event *list,
	cl_event *event)
{
	char *other;
	cl_int code;

	if (!spoils(WRITE))
		return __real_clEnqueueWriteBuffer(
			queue, buffer, blocking, offset, bytes, from, count, list, event);
	other = malloc(bytes);
	memcpy(other, from, bytes);
	if (spoil.kind == SPOIL_write_flip)
		flip(other, bytes);
	else
		(void)__real_clEnqueueReadBuffer(
			queue, buffer, CL_TRUE, offset, bytes, other, 0, NULL, NULL);
	spoil.done = memcmp(other, from, bytes) != 0;
	code = __real_clEnqueueWriteBuffer(
		queue, buffer, CL_TRUE, offset, bytes, other, count, list, event);
	free(other);
	return code;
}

static void flip_memory(cl_command_queue queue)
{
	const size_t i = (size_t)(spoil.seed & 0xffff) % buffer_count, bytes = buffers[i].bytes;
	char *whole = malloc(bytes);

	if (__real_clEnqueueReadBuffer(
		    queue, buffers[i].mem, CL_TRUE, 0, bytes, whole, 0, NULL, NULL) == CL_SUCCESS) {
		flip(whole, bytes);
		__real_clEnqueueWriteBuffer(
			queue, buffers[i].mem, CL_TRUE, 0, bytes, whole, 0, NULL, NULL);
	}
	free(whole);
}

cl_int __wrap_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
	const size_t *offset, const size_t *global, const size_t *local, cl_uint count,
	const cl_event *list, cl_event *event)
{
	if (spoils(LAUNCH)) {
		spoil.done = 1;
		if (spoil.kind == SPOIL_launch_drop)
			return clEnqueueMarkerWithWaitList(queue, count, list, event);
		if (spoil.kind == SPOIL_memory_flip)
			flip_memory(queue);
		else
			__real_clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global,
				local, count, list, NULL);
	}
	return __real_clEnqueueNDRangeKernel(
		queue, kernel, dimensions, offset, global, local, count, list, event);
}

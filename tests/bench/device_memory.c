/* device_memory.c: replaces two OpenCL calls, by the linker's --wrap. */
#include "device_memory.h"

#include <CL/cl.h>

static size_t in_use, peak;

size_t memory_in_use(void)
{
	return in_use;
}

size_t memory_peak(void)
{
	return peak;
}

void memory_forget(void)
{
	peak = in_use;
}

/* A buffer in the host's memory counts like any other. */
static size_t size_of(cl_mem mem)
{
	size_t bytes = 0;

	clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof bytes, &bytes, NULL);
	return bytes;
}

/* The last release frees the memory. */
static int is_last(cl_mem mem)
{
	cl_uint users = 1;

	clGetMemObjectInfo(mem, CL_MEM_REFERENCE_COUNT, sizeof users, &users, NULL);
	return users == 1;
}

cl_mem __real_clCreateBuffer(cl_context, cl_mem_flags, size_t, void *, cl_int *);
cl_mem __wrap_clCreateBuffer(cl_context, cl_mem_flags, size_t, void *, cl_int *);
cl_int __real_clReleaseMemObject(cl_mem);
cl_int __wrap_clReleaseMemObject(cl_mem);

cl_mem __wrap_clCreateBuffer(
	cl_context context, cl_mem_flags flags, size_t bytes, void *host, cl_int *code)
{
	cl_mem mem = __real_clCreateBuffer(context, flags, bytes, host, code);

	if (mem)
		in_use += size_of(mem);
	if (in_use > peak)
		peak = in_use;
	return mem;
}

cl_int __wrap_clReleaseMemObject(cl_mem mem)
{
	if (is_last(mem))
		in_use -= size_of(mem);
	return __real_clReleaseMemObject(mem);
}

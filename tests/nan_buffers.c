/*
 * nan_buffers.c: each buffer that a test program creates begins with NaN in all its floats, which
 * would spread to every sum: what memory held before must not matter.
 *
 * The linker routes clCreateBuffer here (--wrap, in the Makefile).
 */
#include <CL/cl.h>
#include <stdlib.h>
#include <string.h>

__typeof__(clCreateBuffer) __real_clCreateBuffer, __wrap_clCreateBuffer;

cl_mem __wrap_clCreateBuffer(
	cl_context context, cl_mem_flags flags, size_t bytes, void *host, cl_int *code)
{
	const cl_mem_flags of_host =
		CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR | CL_MEM_COPY_HOST_PTR;
	unsigned char *nan = flags & of_host ? NULL : malloc(bytes);
	cl_mem made;

	if (!nan)
		return __real_clCreateBuffer(context, flags, bytes, host, code);
	memset(nan, 0xff, bytes);
	made = __real_clCreateBuffer(context, flags | CL_MEM_COPY_HOST_PTR, bytes, nan, code);
	free(nan);
	return made;
}

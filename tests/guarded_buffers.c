/*
 * guarded_buffers.c: what lies around a buffer must not matter, nor what it held before.
 *
 * Each buffer that a test program creates begins with NaN in all its floats, which would spread to
 * every sum.  On PoCL, whose kernels read the host's memory, it lies between two pages that cannot
 * be accessed, with NaN in the bytes that are left:
 *
 *	no access | NaN ... | the buffer | NaN, less than 16 bytes | no access
 *
 * A kernel that reads or writes beyond its end, or far before its beginning, ends the program with
 * a message, and so does a buffer around which a kernel has written, when it is released.  Memory
 * of the host that a buffer shares is copied to such a place, so that the size of the buffer counts
 * and not that of the host's block.
 *
 * The linker routes clCreateBuffer here (--wrap, in the Makefile).
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <CL/cl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

__typeof__(clCreateBuffer) __real_clCreateBuffer, __wrap_clCreateBuffer;

enum { ALIGNMENT = 16, NAN_BYTE = 0xff };

struct guard {
	unsigned char *pages, *buffer;
	size_t pages_bytes, buffer_bytes;
	struct guard *next;
};

static struct guard *guards;
static pthread_mutex_t guards_lock = PTHREAD_MUTEX_INITIALIZER;

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- faults ---- */

static void end_program(const struct guard *g, const char *verb, const unsigned char *at)
{
	const unsigned char *end = g->buffer + g->buffer_bytes;
	const int behind = at >= end;

	fprintf(stderr, "guarded_buffers: a kernel %s %zu bytes %s a buffer of %zu bytes\n", verb,
		(size_t)(behind ? at - end : g->buffer - at), behind ? "behind" : "before",
		g->buffer_bytes);
	_exit(3);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	const unsigned char *at = info->si_addr;
	const struct guard *g = guards;

	(void)context;
	while (g && (at < g->pages || at >= g->pages + g->pages_bytes))
		g = g->next;
	if (g)
		end_program(g, "accesses memory", at);
	signal(number, SIG_DFL); /* the access is repeated, and ends the program */
}

/* cmocka sets handlers of its own before each test. */
static void watch_faults(void)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* ---- guards ---- */

static struct guard *new_guard(size_t bytes)
{
	const size_t page = page_bytes(), padded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	const size_t inner = (padded + page - 1) / page * page;
	struct guard *g = malloc(sizeof *g);

	if (!g)
		return NULL;
	g->pages_bytes = inner + 2 * page;
	g->pages = mmap(NULL, g->pages_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->pages == MAP_FAILED || mprotect(g->pages + page, inner, PROT_READ | PROT_WRITE)) {
		free(g);
		return NULL;
	}
	g->buffer = g->pages + page + inner - padded;
	g->buffer_bytes = bytes;
	memset(g->pages + page, NAN_BYTE, inner);
	pthread_mutex_lock(&guards_lock);
	g->next = guards;
	guards = g;
	pthread_mutex_unlock(&guards_lock);
	return g;
}

static void expect_nan(const struct guard *g, const unsigned char *from, const unsigned char *to)
{
	for (; from < to; from++)
		if (*from != NAN_BYTE)
			end_program(g, "has written", from);
}

/* Called by OpenCL when the buffer is gone. */
static void CL_CALLBACK free_guard(cl_mem mem, void *guard)
{
	struct guard *g = guard, **at = &guards;

	(void)mem;
	expect_nan(g, g->pages + page_bytes(), g->buffer);
	expect_nan(g, g->buffer + g->buffer_bytes, g->pages + g->pages_bytes - page_bytes());
	pthread_mutex_lock(&guards_lock);
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	pthread_mutex_unlock(&guards_lock);
	munmap(g->pages, g->pages_bytes);
	free(g);
}

static cl_mem create_guarded(
	cl_context context, cl_mem_flags flags, size_t bytes, const void *host, cl_int *code)
{
	struct guard *g = new_guard(bytes);
	cl_mem made;

	if (!g) {
		*code = CL_OUT_OF_HOST_MEMORY;
		return NULL;
	}
	watch_faults();
	if (host)
		memcpy(g->buffer, host, bytes);
	made = __real_clCreateBuffer(context, flags | CL_MEM_USE_HOST_PTR, bytes, g->buffer, code);
	if (!made)
		free_guard(NULL, g);
	else
		*code = clSetMemObjectDestructorCallback(made, free_guard, g);
	return made;
}

/* ---- buffers ---- */

/* Returns whether kernels read the memory that the host gives to a buffer, at its address. */
static int reads_host_memory(cl_context context)
{
	cl_device_id device;
	cl_platform_id platform;
	char name[64] = "";

	return clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof device, &device, NULL) ==
		       CL_SUCCESS &&
	       clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) ==
		       CL_SUCCESS &&
	       clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, NULL) ==
		       CL_SUCCESS &&
	       strcmp(name, "Portable Computing Language") == 0;
}

static cl_mem create_nan(cl_context context, cl_mem_flags flags, size_t bytes, cl_int *code)
{
	unsigned char *nan = malloc(bytes);
	cl_mem made;

	if (!nan) {
		*code = CL_OUT_OF_HOST_MEMORY;
		return NULL;
	}
	memset(nan, NAN_BYTE, bytes);
	made = __real_clCreateBuffer(context, flags | CL_MEM_COPY_HOST_PTR, bytes, nan, code);
	free(nan);
	return made;
}

cl_mem __wrap_clCreateBuffer(
	cl_context context, cl_mem_flags flags, size_t bytes, void *host, cl_int *code)
{
	if (bytes > 0 && reads_host_memory(context))
		return create_guarded(context, flags, bytes, host, code);
	return host || bytes == 0 ? __real_clCreateBuffer(context, flags, bytes, host, code)
				  : create_nan(context, flags, bytes, code);
}

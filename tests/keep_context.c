/*
 * keep_context.c: gives all engines of a test program one OpenCL context for each device.
 *
 * PoCL reads its library of built-in functions anew for each context, which costs every first build
 * in one about 0.8 s.  The linker routes clCreateContext here (--wrap, in the Makefile).
 */
#include <CL/cl.h>

cl_context __real_clCreateContext(const cl_context_properties *, cl_uint, const cl_device_id *,
	void(CL_CALLBACK *)(const char *, const void *, size_t, void *), void *, cl_int *);
cl_context __wrap_clCreateContext(const cl_context_properties *, cl_uint, const cl_device_id *,
	void(CL_CALLBACK *)(const char *, const void *, size_t, void *), void *, cl_int *);

enum { DEVICES_MOST = 16 };

static struct {
	cl_device_id device;
	cl_context context; /* kept until the program ends */
} kept[DEVICES_MOST];

cl_context __wrap_clCreateContext(const cl_context_properties *properties, cl_uint count,
	const cl_device_id *devices,
	void(CL_CALLBACK *told)(const char *, const void *, size_t, void *), void *user,
	cl_int *code)
{
	size_t i = 0;

	while (i < DEVICES_MOST - 1 && kept[i].context && kept[i].device != devices[0])
		i++;
	if (!kept[i].context || kept[i].device != devices[0]) {
		cl_context made =
			__real_clCreateContext(properties, count, devices, told, user, code);

		if (!made || kept[i].context)
			return made;
		kept[i].device = devices[0];
		kept[i].context = made;
	}
	*code = clRetainContext(kept[i].context);
	return *code ? NULL : kept[i].context;
}

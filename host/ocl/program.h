/* program.h: the program of all kernels, built for a device, and the kernels in it. */
#ifndef GF_PROGRAM_H
#define GF_PROGRAM_H

#include "device.h"

/* Every line of the files in kernels/; kernels/embed.awk makes this array. */
extern const char *const kernel_lines[];
extern const unsigned kernel_line_count;

/* Options for a device that is correctly_rounded: kernels/math.cl then uses the device's / and
 * sqrt. */
#define CORRECTLY_ROUNDED "-DCORRECTLY_ROUNDED -cl-fp32-correctly-rounded-divide-sqrt"

/* Builds the program, or finds the one that was built with the same options in the device's
 * context.  It belongs to the device.  GF_E_OPENCL: the message of a failed build has the options
 * and the beginning of the compiler's log. */
gf_status program_build(
	cl_program *program, struct device *dev, const char *options, gf_error *err);

struct kernel {
	struct device *dev; /* borrowed */
	const char *name;   /* borrowed: a string literal */
	cl_kernel kernel;   /* owned */
	size_t local;       /* work-items in a work-group of its launches */
};

/* local: the work-group size; it is halved until the kernel can run with it.  GF_E_OPENCL: *k may
 * be freed all the same. */
gf_status kernel_new(struct kernel *k, struct device *dev, cl_program program, const char *name,
	size_t local, gf_error *err);
void kernel_free(struct kernel *k);

#endif

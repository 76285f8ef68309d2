/* program.h: the kernels, built for one device, and each of them ready to be launched. */
#ifndef GF_PROGRAM_H
#define GF_PROGRAM_H

#include "device.h"

/* Every line of kernels/, made into one array by kernels/embed.awk. */
extern const char *const kernel_lines[];
extern const unsigned kernel_line_count;

/* Options for a device that is correctly_rounded: kernels/math.cl then takes its own / and sqrt. */
#define CORRECTLY_ROUNDED "-DCORRECTLY_ROUNDED -cl-fp32-correctly-rounded-divide-sqrt"

/* The program belongs to the device, which has it from another one of its context where that has
 * built the same.  A build failure carries the options and the compiler's log. */
gf_status program_build(
	cl_program *program, struct device *dev, const char *options, gf_error *err);

struct kernel {
	struct device *dev; /* borrowed */
	const char *name;   /* borrowed: a string literal */
	cl_kernel kernel;   /* owned */
	size_t local;       /* work-group size of its launches */
};

/* local is lowered to what the kernel can run with; it stays a power of two if it was one. */
gf_status kernel_new(struct kernel *k, struct device *dev, cl_program program, const char *name,
	size_t local, gf_error *err);
void kernel_free(struct kernel *k);

#endif

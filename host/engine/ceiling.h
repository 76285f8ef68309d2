/* ceiling.h: measures how fast a device reads memory, which limits every pass over x. */
#ifndef GF_CEILING_H
#define GF_CEILING_H

#include "run.h"

/* Measures the bytes of x that the device reads a second: the best of a few reads by the faster
 * kernel of kernels/ceiling.cl.  An x that fits into a cache is read from there, as in a training,
 * again and again until a launch takes a few milliseconds.  x has at least 64 bytes.
 * GF_E_OPENCL, GF_E_MEMORY */
gf_status ceiling_measure(struct device *dev, cl_program program, struct buffer *x,
	double *bytes_per_second, gf_error *err);

#endif

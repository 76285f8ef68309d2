/* ceiling.h: how fast this device reads memory, measured now. */
#ifndef GF_CEILING_H
#define GF_CEILING_H

#include "run.h"

/* How many bytes of x a second the device reads by the faster of the kernels of kernels/ceiling.cl,
 * of a few reads the best. An x that fits a cache is read from there, as a training reads it: so
 * often that a launch takes a few milliseconds. x has 64 bytes or more. */
gf_status ceiling_measure(struct device *dev, cl_program program, struct buffer *x,
	double *bytes_per_second, gf_error *err);

#endif

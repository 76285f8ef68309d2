/* ceiling.h: how fast this device reads memory, measured now. */
#ifndef GF_CEILING_H
#define GF_CEILING_H

#include "run.h"

/* The best of a few reads of a buffer too large for most caches, by the faster of the two
 * kernels of kernels/ceiling.cl.  The device must have been opened for profiling. */
gf_status ceiling_measure(
	struct device *dev, cl_program program, double *bytes_per_second, gf_error *err);

#endif

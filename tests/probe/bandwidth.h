/* bandwidth.h: how fast a device copies and reads its own memory. */
#ifndef GF_BANDWIDTH_H
#define GF_BANDWIDTH_H

#include "probe.h"
#include "run.h"

/* Bytes a second. */
struct bandwidth {
	double copy; /* clEnqueueCopyBuffer: what it reads and what it writes, added */
	double read; /* by the best of a few kernels that only read */
};

/* Measures both quickly on two buffers of so many bytes, at most what fits the device. */
gf_status bandwidth_measure(
	struct device *dev, size_t bytes, struct bandwidth *found, gf_error *err);

#endif

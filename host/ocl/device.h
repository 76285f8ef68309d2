/* device.h: one OpenCL device, open: its context, its in-order queue, and what ran on it. */
#ifndef GF_DEVICE_H
#define GF_DEVICE_H

#include "listing.h"
#include "programs.h"
#include "timings.h"

struct device {
	struct device_id id;
	cl_context context;
	struct programs *programs; /* owned, with all devices of that context */
	cl_command_queue queue;
	size_t max_group;
	cl_ulong local_bytes; /* of a work-group */
	int is_cpu;
	int has_double; /* kernels may use double precision */
	int prefetches; /* its compiler takes __builtin_prefetch, and its processor heeds it */
	int correctly_rounded; /* its / and sqrt can be, with an option of the build */
	int takes_vectors;     /* its compiler copes with kernels written in vectors */
	size_t loop_limit;     /* turns of all its loops that a work-item surely gets in a launch */
	struct timings *timings; /* owned; NULL: nobody asked for a profile */
};

/* beside: an open device, whose context is shared if it is the same one; NULL: none. */
gf_status device_open(struct device *dev, const char *spec, int profile,
	const struct device *beside, gf_error *err);
void device_close(struct device *dev);

#endif

/*
 * device.h: the OpenCL devices that there are, and one that is open: its context with the programs
 * that were built in it, its in-order queue, and how long the work on it took.
 */
#ifndef GF_DEVICE_H
#define GF_DEVICE_H

#include "clerror.h"
#include "timings.h"

/* ---- the devices that there are ---- */

struct device_id {
	cl_platform_id platform;
	cl_device_id device;
	cl_uint vendor;
	gf_device_info info;
};

/* Finds the device that spec names, as gf_device_find does.  Stops at the platform that has it
 * where spec is a number.  GF_E_UNAVAILABLE, GF_E_OPENCL, GF_E_MEMORY. */
gf_status device_find(struct device_id *found, const char *spec, gf_error *err);

/* Builds a kernel of three lines.  GF_E_UNAVAILABLE: "NAME cannot build kernels: ..." with the
 * first line of the compiler's log. */
gf_status device_check(const struct device_id *id, gf_error *err);

/* Chooses among ids (count, 1 or more) the first GPU, else accelerator, else CPU that can build a
 * kernel, and fills info.passed_over. */
void device_default(struct device_id *found, const struct device_id *ids, size_t count);

/* Asks the device for a property of `size` bytes.  GF_E_OPENCL. */
gf_status device_ask(const struct device_id *id, cl_device_info property, void *value, size_t size,
	gf_error *err);

/* ---- one device, open ---- */

struct device {
	struct device_id id;
	cl_context context;        /* owned, or shared with a device that was open before */
	struct programs *programs; /* owned, or shared in the same way */
	struct timings *timings;   /* owned; NULL: nobody asked for a profile */
	cl_command_queue queue;    /* owned */
	cl_command_queue uploads;  /* owned; NULL until the first upload: run.c */
	size_t launches;           /* since the last wait: run.c */
	size_t max_group;          /* work-items in a work-group at most */
	cl_ulong local_bytes;      /* local memory of a work-group */
	size_t loop_limit;         /* turns that all loops of a work-item may take in a launch */
	int is_cpu;
	int has_double;        /* kernels may use double precision */
	int prefetches;        /* the compiler has __builtin_prefetch, and the processor obeys it */
	int correctly_rounded; /* / and sqrt can be rounded correctly, by an option of the build */
	int takes_vectors;     /* the compiler copes with kernels written in vectors */
};

/* Opens the device that spec names; profile: 1 to measure the time of all work.  If `beside` is
 * open on the same device, both share one context and its programs; NULL: nothing to share.
 * GF_E_UNAVAILABLE, GF_E_OPENCL, GF_E_MEMORY: *dev is then closed. */
gf_status device_open(struct device *dev, const char *spec, int profile,
	const struct device *beside, gf_error *err);

/* Makes a queue for work on the device.  GF_E_OPENCL. */
gf_status device_queue(struct device *dev, cl_command_queue *queue, gf_error *err);

/* Waits for all work, then frees what dev owns.  A closed device may be closed again. */
void device_close(struct device *dev);

/* ---- programs that were built in the device's context ---- */

/* Returns the program that was built with these options; NULL: there is none. */
cl_program programs_find(const struct programs *programs, const char *options);

/* Takes the program, and releases it even on a failure.  GF_E_MEMORY. */
gf_status programs_add(
	struct programs *programs, const char *options, cl_program program, gf_error *err);

#endif

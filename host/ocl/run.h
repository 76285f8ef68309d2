/*
 * run.h: everything that is enqueued on a device goes through here, with a name: so errors and
 * timings are in one place.  The queue is in order.
 */
#ifndef GF_RUN_H
#define GF_RUN_H

#include "program.h"

/* ---- buffers ---- */

/* A named piece of a device's memory. */
struct buffer {
	struct device *dev; /* borrowed */
	const char *name;   /* borrowed: a string literal */
	size_t bytes;
	cl_mem mem; /* owned */
};

/* bytes are rounded up to at least 64; the content is undefined. */
gf_status buffer_new(
	struct buffer *buf, struct device *dev, const char *name, size_t bytes, gf_error *err);

/* A buffer of floats, whose content is undefined. */
gf_status buffer_floats(
	struct buffer *buf, struct device *dev, const char *name, size_t floats, gf_error *err);

/* A buffer of floats, all zeros; their count is rounded up to whole vectors of 16. */
gf_status buffer_zeros(
	struct buffer *buf, struct device *dev, const char *name, size_t floats, gf_error *err);

/* On a device that shares the host's memory: host itself (page-aligned, borrowed for as long as the
 * buffer lives), nothing copied.  Elsewhere a copy of it.  Only to be read by kernels. */
gf_status buffer_share(struct buffer *buf, struct device *dev, const char *name, const void *host,
	size_t bytes, gf_error *err);

/* The same memory as another buffer's, for dev, which has the same context.  Each of the two is
 * freed by itself, in any order. */
gf_status buffer_retain(
	struct buffer *buf, struct device *dev, const struct buffer *other, gf_error *err);

void buffer_free(struct buffer *buf);

/* ---- what is enqueued ---- */

struct kernel_arg {
	size_t size;
	const void *value;
};

#define ARG(x)                  \
	{                       \
		sizeof(x), &(x) \
	}
#define ARG_MEM(buffer)                       \
	{                                     \
		sizeof(cl_mem), &(buffer).mem \
	}

/* An array of arguments and its length, for run_launch. */
#define ARGS(array) array, sizeof(array) / sizeof *(array)

/* Sets all arguments of the kernel (count), then launches at least `items` work-items, in whole
 * work-groups; bytes: what the launch reads and writes, for the profile.  To set 16 arguments takes
 * 0.3 us, a launch 4.7 us (PoCL 3.1), and the device may begin meanwhile: nothing is gained by
 * setting only those that changed. */
gf_status run_launch(struct kernel *k, const struct kernel_arg *args, size_t count, size_t items,
	size_t bytes, gf_error *err);

/* Writes from the host and waits until that is done. */
gf_status run_write(
	struct buffer *to, size_t offset, const void *from, size_t bytes, gf_error *err);

/* Does not wait: `from` must stay valid until something enqueued later has been waited for. */
gf_status run_write_later(
	struct buffer *to, size_t offset, const void *from, size_t bytes, gf_error *err);

/* Does not wait: `to` is filled once something enqueued later has been waited for. */
gf_status run_read_later(struct buffer *from, size_t offset, void *to, size_t bytes, gf_error *err);

/* To the host, done on return: waits for all that was enqueued before. */
gf_status run_read(struct buffer *from, size_t offset, void *to, size_t bytes, gf_error *err);

/* Zeros the buffer, whose bytes are a multiple of 64. */
gf_status run_clear(struct buffer *buf, gf_error *err);

/* Makes the device start what was enqueued. */
gf_status run_flush(struct device *dev, gf_error *err);

/* Waits for all that was enqueued. */
gf_status run_finish(struct device *dev, gf_error *err);

#endif

/*
 * run.h: buffers, copies and launches.  Everything that is enqueued on a device goes through here
 * under a name, which errors and timings then have.  The queue is in order; uploads have one of
 * their own.
 *
 * Functions that return a status fail with GF_E_OPENCL; those that make a buffer with
 * GF_E_UNAVAILABLE as well, if it is larger than one allocation of the device.
 */
#ifndef GF_RUN_H
#define GF_RUN_H

#include "program.h"

/* ---- buffers ---- */

struct buffer {
	struct device *dev; /* borrowed */
	const char *name;   /* borrowed: a string literal */
	size_t bytes;
	cl_mem mem; /* owned */
};

/* Makes a buffer of at least 64 bytes, whose content is undefined. */
gf_status buffer_new(
	struct buffer *buf, struct device *dev, const char *name, size_t bytes, gf_error *err);

/* Makes a buffer of floats, whose content is undefined. */
gf_status buffer_floats(
	struct buffer *buf, struct device *dev, const char *name, size_t floats, gf_error *err);

/* Makes a buffer of zeros; their count is rounded up to whole vectors of 16. */
gf_status buffer_zeros(
	struct buffer *buf, struct device *dev, const char *name, size_t floats, gf_error *err);

/* Makes a buffer that kernels only read.  A device that shares the host's memory uses host itself,
 * without a copy: it must be page-aligned, and is borrowed for as long as the buffer lives.  Other
 * devices get a copy. */
gf_status buffer_share(struct buffer *buf, struct device *dev, const char *name, const void *host,
	size_t bytes, gf_error *err);

/* Makes a buffer for dev with the memory of another one, whose device has the same context.  Each
 * of the two must be freed, in any order. */
gf_status buffer_retain(
	struct buffer *buf, struct device *dev, const struct buffer *other, gf_error *err);

void buffer_free(struct buffer *buf);

/* ---- launches and copies ---- */

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
 * work-groups; bytes: what the launch reads and writes, for the profile.  Setting 16 arguments
 * takes 0.3 us, a launch 4.7 us (PoCL 3.1): to set only those that changed would save nothing. */
gf_status run_launch(struct kernel *k, const struct kernel_arg *args, size_t count, size_t items,
	size_t bytes, gf_error *err);

/* Copies from the host, and waits until that is done. */
gf_status run_write(
	struct buffer *to, size_t offset, const void *from, size_t bytes, gf_error *err);

/* Copies without waiting: `from` must stay valid until later work has been waited for. */
gf_status run_write_later(
	struct buffer *to, size_t offset, const void *from, size_t bytes, gf_error *err);

/* Copies without waiting: `to` is filled once later work has been waited for. */
gf_status run_read_later(struct buffer *from, size_t offset, void *to, size_t bytes, gf_error *err);

/* Copies to the host, after all work that was enqueued before, and waits until that is done. */
gf_status run_read(struct buffer *from, size_t offset, void *to, size_t bytes, gf_error *err);

/* Fills the buffer, whose bytes are a multiple of 64, with zeros, without waiting. */
gf_status run_clear(struct buffer *buf, gf_error *err);

/* Copies the first bytes of a buffer to another one of the device, without waiting. */
gf_status run_copy(struct buffer *to, const struct buffer *from, size_t bytes, gf_error *err);

/* Makes the device start the enqueued work, uploads included. */
gf_status run_flush(struct device *dev, gf_error *err);

/* Waits for all enqueued work, uploads included, even after a failure. */
gf_status run_finish(struct device *dev, gf_error *err);

/* ---- uploads beside the queue ---- */

/* A point in the work of a device. */
struct mark {
	cl_event event; /* owned; NULL: there is nothing to wait for */
};

/* Sets *mark, which holds none, to the end of what the queue has so far. */
gf_status run_mark(struct device *dev, struct mark *mark, gf_error *err);

/* What is enqueued from here on waits for the mark, which may be another device's of the same
 * context. */
gf_status run_after(struct device *dev, const struct mark *mark, gf_error *err);

/* Copies the first bytes of a buffer from the host once the mark is reached, while the queue works
 * on.  `from` must stay valid until *done, which holds no mark before. */
gf_status run_upload(struct buffer *to, const void *from, size_t bytes, const struct mark *after,
	struct mark *done, gf_error *err);

/* The host waits for the mark. */
gf_status mark_wait(const struct mark *mark, gf_error *err);

/* Frees what the mark holds, which then is none. */
void mark_free(struct mark *mark);

#endif

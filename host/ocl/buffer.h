/* buffer.h: a stretch of a device's memory with a name. */
#ifndef GF_BUFFER_H
#define GF_BUFFER_H

#include "device.h"

struct buffer {
	struct device *dev; /* borrowed */
	const char *name;   /* borrowed: a string literal */
	size_t bytes;
	cl_mem mem; /* owned */
};

/* bytes are rounded up to at least 64; the content is undefined. */
gf_status buffer_new(
	struct buffer *buf, struct device *dev, const char *name, size_t bytes, gf_error *err);

/* On a device that shares the host's memory: host itself (page-aligned, borrowed for as long as the
 * buffer lives), nothing copied.  Elsewhere a copy of it.  Only to be read by kernels. */
gf_status buffer_share(struct buffer *buf, struct device *dev, const char *name, const void *host,
	size_t bytes, gf_error *err);

void buffer_free(struct buffer *buf);

#endif

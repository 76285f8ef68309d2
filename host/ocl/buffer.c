#include "buffer.h"
#include "run.h"

#include <string.h>

static gf_status create(struct buffer *buf, struct device *dev, const char *name, size_t bytes,
	cl_mem_flags flags, void *host, gf_error *err)
{
	cl_int code;

	*buf = (struct buffer){.dev = dev, .name = name, .bytes = bytes < 64 && !host ? 64 : bytes};
	buf->mem = clCreateBuffer(dev->context, flags, buf->bytes, host, &code);
	if (code) {
		buf->mem = NULL;
		return clerror_fail_bytes(err, code, "clCreateBuffer", name, buf->bytes);
	}
	return GF_OK;
}

gf_status buffer_new(
	struct buffer *buf, struct device *dev, const char *name, size_t bytes, gf_error *err)
{
	return create(buf, dev, name, bytes, CL_MEM_READ_WRITE, NULL, err);
}

gf_status buffer_share(struct buffer *buf, struct device *dev, const char *name, const void *host,
	size_t bytes, gf_error *err)
{
	gf_status status;

	/* The API takes no const pointer; CL_MEM_READ_ONLY is what keeps kernels from writing. */
	if (dev->id.info.unified_memory)
		return create(buf, dev, name, bytes, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR,
			(void *)(uintptr_t)host, err);
	status = create(buf, dev, name, bytes, CL_MEM_READ_ONLY, NULL, err);
	return status ? status : run_write(buf, 0, host, bytes, err);
}

void buffer_free(struct buffer *buf)
{
	if (buf->mem)
		clReleaseMemObject(buf->mem);
	memset(buf, 0, sizeof *buf);
}

#include "run.h"
#include "clock.h"

#include <sched.h>
#include <string.h>

/* A sleeping thread wakes up some 30 us late.  So a wait begins by polling for this time, and
 * yields to other threads now and then. */
#define POLLING_SECONDS 2e-4

/* Some drivers begin with enqueued work at a flush, and would leave the device idle while the host
 * enqueues many steps.  So the first launch after a wait is flushed, and each of so many after it.
 * A flush takes 0.01 us with PoCL and 0.4 us with Intel's runtime, a launch 4 to 5 us. */
enum { FLUSH_LAUNCHES = 64 };

struct work {
	gf_span_kind kind;
	const char *name;
	size_t bytes; /* read and written */

	/* a kernel */
	struct kernel *kernel;
	size_t items;

	/* the others */
	struct buffer *buffer;
	size_t offset;
	int waits;        /* run() returns when the copy is done */
	const void *from; /* of a write */
	void *to;         /* of a read */
	cl_mem source;    /* of a copy between buffers */
};

static cl_int enqueue_kernel(cl_command_queue queue, const struct work *w, cl_event *event)
{
	size_t local = w->kernel->local;
	size_t global = (w->items + local - 1) / local * local;

	return clEnqueueNDRangeKernel(
		queue, w->kernel->kernel, 1, NULL, &global, &local, 0, NULL, event);
}

static cl_int enqueue(cl_command_queue queue, const struct work *w, cl_event *event)
{
	/* A whole vector, because PoCL copies the pattern again and again. */
	static const cl_float16 zeros = {{0}};

	switch (w->kind) {
	case GF_SPAN_kernel:
		return enqueue_kernel(queue, w, event);
	case GF_SPAN_write:
		return clEnqueueWriteBuffer(queue, w->buffer->mem, CL_FALSE, w->offset, w->bytes,
			w->from, 0, NULL, event);
	case GF_SPAN_read:
		return clEnqueueReadBuffer(queue, w->buffer->mem, CL_FALSE, w->offset, w->bytes,
			w->to, 0, NULL, event);
	case GF_SPAN_clear:
		return clEnqueueFillBuffer(
			queue, w->buffer->mem, &zeros, sizeof zeros, 0, w->bytes, 0, NULL, event);
	case GF_SPAN_copy:
		return clEnqueueCopyBuffer(
			queue, w->source, w->buffer->mem, 0, 0, w->bytes, 0, NULL, event);
	case GF_SPAN_COUNT:
		break;
	}
	return CL_INVALID_OPERATION;
}

static gf_status failed(const struct work *w, cl_int code, gf_error *err)
{
	static const char *const calls[] = {"clEnqueueNDRangeKernel", "clEnqueueWriteBuffer",
		"clEnqueueReadBuffer", "clEnqueueFillBuffer", "clEnqueueCopyBuffer"};

	if (w->kind == GF_SPAN_kernel)
		return gf_fail(err, GF_E_OPENCL, "%s('%s', %zu work-items, groups of %zu): %s (%d)",
			calls[w->kind], w->name, w->items, w->kernel->local, clerror_name(code),
			code);
	return clerror_fail_bytes(err, code, calls[w->kind], w->name, w->bytes);
}

static gf_status wait_for(struct device *dev, const struct work *w, cl_event event, gf_error *err)
{
	const double start = clock_seconds();
	cl_int state = CL_QUEUED, code = CL_SUCCESS;
	unsigned polls = 0;

	dev->launches = 0;
	TRY(run_flush(dev, err));
	while (!code && state > CL_COMPLETE && clock_seconds() - start < POLLING_SECONDS) {
		code = clGetEventInfo(
			event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
		if (++polls % 64 == 0)
			sched_yield();
	}
	if (!code && state < CL_COMPLETE)
		code = state;
	if (code)
		return clerror_fail(err, code, "clGetEventInfo", w->name);
	code = state > CL_COMPLETE ? clWaitForEvents(1, &event) : CL_SUCCESS;
	return code ? clerror_fail(err, code, "clWaitForEvents", w->name) : GF_OK;
}

static gf_status flush_some(struct device *dev, const struct work *w, gf_error *err)
{
	if (w->kind != GF_SPAN_kernel || dev->launches++ % FLUSH_LAUNCHES)
		return GF_OK;
	return run_flush(dev, err);
}

/* Enqueues the work, and waits for it if w->waits: all work goes through here. */
static gf_status run(struct device *dev, const struct work *w, gf_error *err)
{
	const double began = dev->timings ? clock_seconds() : 0.0;
	cl_event event = NULL;
	cl_int code = enqueue(dev->queue, w, dev->timings || w->waits ? &event : NULL);
	gf_status status = code ? failed(w, code, err) : flush_some(dev, w, err);

	if (!status && w->waits)
		status = wait_for(dev, w, event, err);
	if (!status && dev->timings)
		return timings_add(dev->timings, w->kind, w->name, w->bytes, began, event, err);
	/* A copy must not go on after a failure: the caller may free the memory. */
	if (status && w->waits)
		(void)clFinish(dev->queue);
	if (event)
		clReleaseEvent(event);
	return status;
}

static gf_status set_arguments(
	struct kernel *k, const struct kernel_arg *args, size_t count, gf_error *err)
{
	for (cl_uint i = 0; i < count; i++) {
		cl_int code = clSetKernelArg(k->kernel, i, args[i].size, args[i].value);

		if (code)
			return gf_fail(err, GF_E_OPENCL,
				"clSetKernelArg('%s', argument %u, %zu bytes): %s (%d)", k->name, i,
				args[i].size, clerror_name(code), code);
	}
	return GF_OK;
}

gf_status run_launch(struct kernel *k, const struct kernel_arg *args, size_t count, size_t items,
	size_t bytes, gf_error *err)
{
	struct work w = {.kind = GF_SPAN_kernel,
		.name = k->name,
		.kernel = k,
		.items = items,
		.bytes = bytes};

	TRY(set_arguments(k, args, count, err));
	return run(k->dev, &w, err);
}

static gf_status write_from(
	struct buffer *to, size_t offset, const void *from, size_t bytes, int waits, gf_error *err)
{
	struct work w = {.kind = GF_SPAN_write,
		.name = to->name,
		.buffer = to,
		.offset = offset,
		.bytes = bytes,
		.waits = waits,
		.from = from};

	return run(to->dev, &w, err);
}

gf_status run_write(struct buffer *to, size_t offset, const void *from, size_t bytes, gf_error *err)
{
	return write_from(to, offset, from, bytes, 1, err);
}

gf_status run_write_later(
	struct buffer *to, size_t offset, const void *from, size_t bytes, gf_error *err)
{
	return write_from(to, offset, from, bytes, 0, err);
}

static gf_status read_to(
	struct buffer *from, size_t offset, void *to, size_t bytes, int waits, gf_error *err)
{
	struct work w = {.kind = GF_SPAN_read,
		.name = from->name,
		.buffer = from,
		.offset = offset,
		.bytes = bytes,
		.waits = waits,
		.to = to};

	return run(from->dev, &w, err);
}

gf_status run_read(struct buffer *from, size_t offset, void *to, size_t bytes, gf_error *err)
{
	return read_to(from, offset, to, bytes, 1, err);
}

gf_status run_read_later(struct buffer *from, size_t offset, void *to, size_t bytes, gf_error *err)
{
	return read_to(from, offset, to, bytes, 0, err);
}

/* Zeros the buffer, whose bytes are a multiple of 64. */
static gf_status clear(struct buffer *buf, gf_error *err)
{
	struct work w = {.kind = GF_SPAN_clear,
		.name = buf->name,
		.buffer = buf,
		.bytes = buf->bytes / 64 * 64};

	return run(buf->dev, &w, err);
}

gf_status run_copy(struct buffer *to, const struct buffer *from, size_t bytes, gf_error *err)
{
	struct work w = {.kind = GF_SPAN_copy,
		.name = to->name,
		.buffer = to,
		.bytes = bytes,
		.source = from->mem};

	return run(to->dev, &w, err);
}

gf_status run_flush(struct device *dev, gf_error *err)
{
	cl_int code = clFlush(dev->queue);

	return code ? clerror_fail(err, code, "clFlush", dev->id.info.name) : GF_OK;
}

gf_status run_finish(struct device *dev, gf_error *err)
{
	cl_int code = clFinish(dev->queue);

	dev->launches = 0;
	return code ? clerror_fail(err, code, "clFinish", dev->id.info.name) : GF_OK;
}

/* ---- buffers ---- */

/* Some drivers make a buffer beyond the limit, and fail when it is first used. */
static gf_status check_size(const struct buffer *buf, gf_error *err)
{
	const gf_device_info *info = &buf->dev->id.info;

	if (buf->bytes <= info->max_alloc_bytes)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s: buffer \"%s\" takes %zu bytes; one allocation has at most %llu",
		info->name, buf->name, buf->bytes, (unsigned long long)info->max_alloc_bytes);
}

static gf_status create(struct buffer *buf, struct device *dev, const char *name, size_t bytes,
	cl_mem_flags flags, void *host, gf_error *err)
{
	cl_int code;

	*buf = (struct buffer){.dev = dev, .name = name, .bytes = bytes < 64 && !host ? 64 : bytes};
	TRY(check_size(buf, err));
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

gf_status buffer_floats(
	struct buffer *buf, struct device *dev, const char *name, size_t floats, gf_error *err)
{
	return buffer_new(buf, dev, name, floats * sizeof(float), err);
}

gf_status buffer_zeros(
	struct buffer *buf, struct device *dev, const char *name, size_t floats, gf_error *err)
{
	const size_t vector = sizeof(cl_float16), bytes = floats * sizeof(float);

	TRY(buffer_new(buf, dev, name, (bytes + vector - 1) / vector * vector, err));
	return clear(buf, err);
}

gf_status buffer_share(struct buffer *buf, struct device *dev, const char *name, const void *host,
	size_t bytes, gf_error *err)
{
	/* The API takes no const pointer; with CL_MEM_READ_ONLY kernels do not write. */
	if (dev->id.info.unified_memory)
		return create(buf, dev, name, bytes, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR,
			(void *)(uintptr_t)host, err);
	TRY(create(buf, dev, name, bytes, CL_MEM_READ_ONLY, NULL, err));
	return run_write(buf, 0, host, bytes, err);
}

gf_status buffer_retain(
	struct buffer *buf, struct device *dev, const struct buffer *other, gf_error *err)
{
	const cl_int code = clRetainMemObject(other->mem);

	if (code)
		return clerror_fail_bytes(
			err, code, "clRetainMemObject", other->name, other->bytes);
	*buf = *other;
	buf->dev = dev;
	return GF_OK;
}

void buffer_free(struct buffer *buf)
{
	if (buf->mem)
		clReleaseMemObject(buf->mem);
	memset(buf, 0, sizeof *buf);
}

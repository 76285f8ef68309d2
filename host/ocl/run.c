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
	int waits;                /* run() returns when the copy is done */
	int uploads;              /* the write is for the queue of uploads */
	const struct mark *after; /* of an upload */
	struct mark *done;        /* of an upload: set to its end */
	const void *from;         /* of a write */
	void *to;                 /* of a read */
	cl_mem source;            /* of a copy between buffers */
};

static cl_int enqueue_kernel(cl_command_queue queue, const struct work *w, cl_event *event)
{
	size_t local = w->kernel->local;
	size_t global = (w->items + local - 1) / local * local;

	return clEnqueueNDRangeKernel(
		queue, w->kernel->kernel, 1, NULL, &global, &local, 0, NULL, event);
}

static cl_int enqueue_write(cl_command_queue queue, const struct work *w, cl_event *event)
{
	const int waits = w->after && w->after->event;

	return clEnqueueWriteBuffer(queue, w->buffer->mem, CL_FALSE, w->offset, w->bytes, w->from,
		waits, waits ? &w->after->event : NULL, event);
}

static cl_int enqueue(cl_command_queue queue, const struct work *w, cl_event *event)
{
	/* A whole vector, because PoCL copies the pattern again and again. */
	static const cl_float16 zeros = {{0}};

	switch (w->kind) {
	case GF_SPAN_kernel:
		return enqueue_kernel(queue, w, event);
	case GF_SPAN_write:
		return enqueue_write(queue, w, event);
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

/* Sets the mark to the end of the event's command, whose event may be released. */
static gf_status keep_mark(struct mark *mark, cl_event event, const char *name, gf_error *err)
{
	const cl_int code = clRetainEvent(event);

	if (code)
		return clerror_fail(err, code, "clRetainEvent", name);
	mark->event = event;
	return GF_OK;
}

/* Enqueues the work, and waits for it if w->waits: all work goes through here. */
static gf_status run(struct device *dev, const struct work *w, gf_error *err)
{
	const double began = dev->timings ? clock_seconds() : 0.0;
	const int wants_event = dev->timings || w->waits || w->done;
	cl_event event = NULL;
	cl_int code =
		enqueue(w->uploads ? dev->uploads : dev->queue, w, wants_event ? &event : NULL);
	gf_status status = code ? failed(w, code, err) : flush_some(dev, w, err);

	if (!status && w->done)
		status = keep_mark(w->done, event, w->name, err);
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

gf_status run_clear(struct buffer *buf, gf_error *err)
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

static gf_status flush(cl_command_queue queue, const struct device *dev, gf_error *err)
{
	const cl_int code = queue ? clFlush(queue) : CL_SUCCESS;

	return code ? clerror_fail(err, code, "clFlush", dev->id.info.name) : GF_OK;
}

gf_status run_flush(struct device *dev, gf_error *err)
{
	TRY(flush(dev->queue, dev, err));
	return flush(dev->uploads, dev, err);
}

static gf_status finish(cl_command_queue queue, const struct device *dev, gf_error *err)
{
	const cl_int code = queue ? clFinish(queue) : CL_SUCCESS;

	return code ? clerror_fail(err, code, "clFinish", dev->id.info.name) : GF_OK;
}

/* Uploads and the queue wait for each other: neither may be left to start later. */
gf_status run_finish(struct device *dev, gf_error *err)
{
	const gf_status flushed = run_flush(dev, err);
	const gf_status uploaded = finish(dev->uploads, dev, flushed ? NULL : err);
	const gf_status done = finish(dev->queue, dev, flushed || uploaded ? NULL : err);

	dev->launches = 0;
	return flushed ? flushed : uploaded ? uploaded : done;
}

/* ---- uploads beside the queue ---- */

gf_status run_mark(struct device *dev, struct mark *mark, gf_error *err)
{
	const cl_int code = clEnqueueMarkerWithWaitList(dev->queue, 0, NULL, &mark->event);

	if (!code)
		return GF_OK;
	mark->event = NULL;
	return clerror_fail(err, code, "clEnqueueMarkerWithWaitList", dev->id.info.name);
}

gf_status run_after(struct device *dev, const struct mark *mark, gf_error *err)
{
	const cl_int code =
		mark->event ? clEnqueueBarrierWithWaitList(dev->queue, 1, &mark->event, NULL)
			    : CL_SUCCESS;

	return code ? clerror_fail(err, code, "clEnqueueBarrierWithWaitList", dev->id.info.name)
		    : GF_OK;
}

/* What the upload waits for is flushed first, since the host may wait for the upload alone. */
gf_status run_upload(struct buffer *to, const void *from, size_t bytes, const struct mark *after,
	struct mark *done, gf_error *err)
{
	struct device *dev = to->dev;
	struct work w = {.kind = GF_SPAN_write,
		.name = to->name,
		.buffer = to,
		.bytes = bytes,
		.uploads = 1,
		.after = after,
		.done = done,
		.from = from};

	if (!dev->uploads)
		TRY(device_queue(dev, &dev->uploads, err));
	TRY(flush(dev->queue, dev, err));
	TRY(run(dev, &w, err));
	return flush(dev->uploads, dev, err);
}

gf_status mark_wait(const struct mark *mark, gf_error *err)
{
	const cl_int code = mark->event ? clWaitForEvents(1, &mark->event) : CL_SUCCESS;

	return code ? clerror_fail(err, code, "clWaitForEvents", "upload") : GF_OK;
}

void mark_free(struct mark *mark)
{
	if (mark->event)
		clReleaseEvent(mark->event);
	mark->event = NULL;
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
	return run_clear(buf, err);
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

#include "run.h"

enum work_kind { WORK_KERNEL, WORK_WRITE, WORK_READ, WORK_CLEAR };

struct work {
	enum work_kind kind;
	const char *name;
	struct kernel *kernel; /* WORK_KERNEL */
	size_t items;
	struct buffer *buffer; /* the others */
	size_t offset, bytes;
	cl_bool waits;
	const void *from;
	void *to;
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
	/* A pattern of a whole vector: PoCL fills by the pattern. */
	static const cl_float16 zeros = {{0}};

	switch (w->kind) {
	case WORK_KERNEL:
		return enqueue_kernel(queue, w, event);
	case WORK_WRITE:
		return clEnqueueWriteBuffer(queue, w->buffer->mem, w->waits, w->offset, w->bytes,
			w->from, 0, NULL, event);
	case WORK_READ:
		return clEnqueueReadBuffer(queue, w->buffer->mem, w->waits, w->offset, w->bytes,
			w->to, 0, NULL, event);
	case WORK_CLEAR:
		return clEnqueueFillBuffer(
			queue, w->buffer->mem, &zeros, sizeof zeros, 0, w->bytes, 0, NULL, event);
	}
	return CL_INVALID_OPERATION;
}

static gf_status failed(const struct work *w, cl_int code, gf_error *err)
{
	static const char *const calls[] = {"clEnqueueNDRangeKernel", "clEnqueueWriteBuffer",
		"clEnqueueReadBuffer", "clEnqueueFillBuffer"};

	if (w->kind == WORK_KERNEL)
		return gf_fail(err, GF_E_OPENCL, "%s('%s', %zu work-items, groups of %zu): %s (%d)",
			calls[w->kind], w->name, w->items, w->kernel->local, clerror_name(code),
			code);
	return clerror_fail_bytes(err, code, calls[w->kind], w->name, w->bytes);
}

/* The one place where anything is enqueued. */
static gf_status run(struct device *dev, const struct work *w, gf_error *err)
{
	static const char *const verbs[] = {"", "write", "read", "clear"};
	cl_event event = NULL;
	cl_int code = enqueue(dev->queue, w, dev->timings ? &event : NULL);

	if (code)
		return failed(w, code, err);
	return event ? timings_add(dev->timings, verbs[w->kind], w->name, w->bytes, event, err)
		     : GF_OK;
}

gf_status run_kernel(struct kernel *k, size_t items, size_t bytes, gf_error *err)
{
	struct work w = {
		.kind = WORK_KERNEL, .name = k->name, .kernel = k, .items = items, .bytes = bytes};

	return run(k->dev, &w, err);
}

static gf_status write_from(struct buffer *to, size_t offset, const void *from, size_t bytes,
	cl_bool waits, gf_error *err)
{
	struct work w = {.kind = WORK_WRITE,
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
	return write_from(to, offset, from, bytes, CL_TRUE, err);
}

gf_status run_write_later(
	struct buffer *to, size_t offset, const void *from, size_t bytes, gf_error *err)
{
	return write_from(to, offset, from, bytes, CL_FALSE, err);
}

static gf_status read_to(
	struct buffer *from, size_t offset, void *to, size_t bytes, cl_bool waits, gf_error *err)
{
	struct work w = {.kind = WORK_READ,
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
	return read_to(from, offset, to, bytes, CL_TRUE, err);
}

gf_status run_read_later(struct buffer *from, size_t offset, void *to, size_t bytes, gf_error *err)
{
	return read_to(from, offset, to, bytes, CL_FALSE, err);
}

gf_status run_clear(struct buffer *buf, gf_error *err)
{
	struct work w = {.kind = WORK_CLEAR,
		.name = buf->name,
		.buffer = buf,
		.bytes = buf->bytes / 64 * 64};

	return run(buf->dev, &w, err);
}

gf_status run_flush(struct device *dev, gf_error *err)
{
	cl_int code = clFlush(dev->queue);

	return code ? clerror_fail(err, code, "clFlush", dev->id.info.name) : GF_OK;
}

gf_status run_finish(struct device *dev, gf_error *err)
{
	cl_int code = clFinish(dev->queue);

	return code ? clerror_fail(err, code, "clFinish", dev->id.info.name) : GF_OK;
}

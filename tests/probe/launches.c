/* launches.c: what it costs to launch, to flush, to wait, and to bring data to the device. */
#include "probe.h"

#include "clock.h"
#include "error.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

/* `empty` writes one word, since a compiler could leave a kernel out that does nothing.  The order
 * of the other three shows in the number: ((0 + 1) * 3 + 5) ..., in 32 bits. */
static const char *const SOURCE =
	"__kernel void empty(__global uint *a) { if (get_global_id(0) == 0) a[0] = 1; }\n"
	"__kernel void add1(__global uint *a) { a[get_global_id(0)] += 1; }\n"
	"__kernel void times3(__global uint *a) { a[get_global_id(0)] *= 3; }\n"
	"__kernel void add5(__global uint *a) { a[get_global_id(0)] += 5; }\n";

enum { EMPTY, ADD1, TIMES3, ADD5, KERNELS };
static const char *const NAMES[KERNELS] = {"empty", "add1", "times3", "add5"};

enum { LOCAL = 64, GROUPS = 64, ITEMS = LOCAL * GROUPS };

struct bed {
	struct device dev;
	cl_program program; /* owned */
	struct kernel kernels[KERNELS];
	struct buffer a; /* (ITEMS) uint */
};

static gf_status open_bed(struct bed *b, const char *device, gf_error *err)
{
	const char *source = SOURCE;
	cl_int code;
	size_t i;

	memset(b, 0, sizeof *b);
	TRY(device_open(&b->dev, device, 0, NULL, err));
	b->program = clCreateProgramWithSource(b->dev.context, 1, &source, NULL, &code);
	if (!code)
		code = clBuildProgram(b->program, 1, &b->dev.id.device, "", NULL, NULL);
	if (code)
		return clerror_fail(err, code, "clBuildProgram", "the kernels to launch");
	for (i = 0; i < KERNELS; i++)
		TRY(kernel_new(&b->kernels[i], &b->dev, b->program, NAMES[i], LOCAL, err));
	return buffer_zeros(&b->a, &b->dev, "a", ITEMS, err);
}

static void close_bed(struct bed *b)
{
	size_t i;

	for (i = 0; i < KERNELS; i++)
		kernel_free(&b->kernels[i]);
	if (b->program)
		clReleaseProgram(b->program);
	buffer_free(&b->a);
	device_close(&b->dev);
}

static gf_status launch(struct bed *b, size_t kernel, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(b->a)};

	return run_launch(&b->kernels[kernel], ARGS(args), ITEMS, 0, err);
}

/* ---- launches ---- */

struct way {
	const char *word;
	size_t count; /* launches */
	size_t flush; /* a flush after each so many; 0: none */
	int waits;    /* for each launch */
};

static const struct way WAYS[] = {
	{"no flush", 10000, 0, 0},
	{"a flush each 64", 10000, 64, 0},
	{"a flush each", 10000, 1, 0},
	{"a wait each", 1000, 0, 1},
};

/* enqueued: the seconds until all were enqueued; all: until they were done. */
static gf_status take_way(struct bed *b, const struct way *w, size_t count, double *enqueued,
	double *all, gf_error *err)
{
	const double start = clock_seconds();
	size_t i;

	for (i = 0; i < count; i++) {
		TRY(launch(b, EMPTY, err));
		if (w->flush && (i + 1) % w->flush == 0)
			TRY(run_flush(&b->dev, err));
		if (w->waits)
			TRY(run_finish(&b->dev, err));
	}
	*enqueued = clock_seconds() - start;
	TRY(run_finish(&b->dev, err));
	*all = clock_seconds() - start;
	return GF_OK;
}

/* Takes a tenth first, and all where that was fast enough. */
static gf_status print_way(struct probe *p, struct bed *b, const struct way *w, gf_error *err)
{
	size_t count = w->count / 10;
	double enqueued, all;

	TRY(take_way(b, w, count, &enqueued, &all, err));
	if (10.0 * all < probe_left(p) / 2.0) {
		count = w->count;
		TRY(take_way(b, w, count, &enqueued, &all, err));
	}
	enqueued *= 1e6 / (double)count;
	all *= 1e6 / (double)count;
	printf("  %-24s %8.2f us a launch, %8.2f of them to enqueue\n", w->word, all, enqueued);
	probe_record(p, json_pack("{s:s, s:I, s:f, s:f}", "launches", w->word, "count",
				(json_int_t)count, "us", all, "enqueue_us", enqueued));
	return GF_OK;
}

enum { ROUNDS = 1000 };

static gf_status take_rounds(struct bed *b, double *seconds, gf_error *err)
{
	const double start = clock_seconds();
	size_t i, k;

	for (i = 0; i < ROUNDS; i++)
		for (k = ADD1; k <= ADD5; k++)
			TRY(launch(b, k, err));
	TRY(run_finish(&b->dev, err));
	*seconds = clock_seconds() - start;
	return GF_OK;
}

/* Three kernels that each need what the one before has written. */
static gf_status print_rounds(struct probe *p, struct bed *b, gf_error *err)
{
	cl_uint found[ITEMS] = {0}, wanted = 0;
	double seconds;
	size_t i;

	TRY(run_write(&b->a, 0, found, sizeof found, err));
	TRY(take_rounds(b, &seconds, err));
	TRY(run_read(&b->a, 0, found, sizeof found, err));
	for (i = 0; i < ROUNDS; i++)
		wanted = (wanted + 1) * 3 + 5;
	for (i = 0; i < ITEMS; i++)
		if (found[i] != wanted)
			return gf_fail(err, GF_E_CHECK,
				"three kernels in order, %d times: item %zu has %u, wanted %u: the "
				"queue is not in order",
				ROUNDS, i, found[i], wanted);
	printf("  %-24s %8.2f us a launch; their results are right\n", "three kernels in order",
		seconds * 1e6 / (3.0 * ROUNDS));
	probe_record(p, json_pack("{s:s, s:f}", "launches", "three kernels in order", "us",
				seconds * 1e6 / (3.0 * ROUNDS)));
	return GF_OK;
}

static gf_status print_small_read(struct probe *p, struct bed *b, gf_error *err)
{
	const size_t count = 200;
	const double start = clock_seconds();
	double us;
	cl_uint word;
	size_t i;

	for (i = 0; i < count; i++) {
		TRY(launch(b, EMPTY, err));
		TRY(run_read(&b->a, 0, &word, sizeof word, err));
	}
	us = (clock_seconds() - start) * 1e6 / (double)count;
	printf("  %-24s %8.2f us\n", "a launch and 4 bytes back", us);
	probe_record(p, json_pack("{s:s, s:f}", "launches", "a launch and 4 bytes back", "us", us));
	return GF_OK;
}

static gf_status print_launches(struct probe *p, struct bed *b, gf_error *err)
{
	size_t i;

	for (i = 0; i < sizeof WAYS / sizeof *WAYS && probe_left(p) > 0.0; i++)
		TRY(print_way(p, b, &WAYS[i], err));
	TRY(print_rounds(p, b, err));
	return print_small_read(p, b, err);
}

gf_status step_launches(struct probe *p, gf_error *err)
{
	struct bed b;
	gf_status status = open_bed(&b, p->device, err);

	if (!status)
		status = print_launches(p, &b, err);
	close_bed(&b);
	return status;
}

/* ---- uploads ---- */

enum { UPLOAD_BYTES = 256 << 20, TURNS = 5 };

/* A buffer of the host in memory that the driver has pinned, mapped. */
struct pinned {
	cl_mem mem;
	void *host;
};

static gf_status pin(struct pinned *m, struct device *dev, size_t bytes, gf_error *err)
{
	cl_int code;

	m->mem = clCreateBuffer(
		dev->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, bytes, NULL, &code);
	if (!code)
		m->host = clEnqueueMapBuffer(
			dev->queue, m->mem, CL_TRUE, CL_MAP_WRITE, 0, bytes, 0, NULL, NULL, &code);
	return code ? clerror_fail_bytes(err, code, "clEnqueueMapBuffer", "pinned memory", bytes)
		    : GF_OK;
}

static void unpin(struct pinned *m, struct device *dev)
{
	if (m->host)
		clEnqueueUnmapMemObject(dev->queue, m->mem, m->host, 0, NULL, NULL);
	clFinish(dev->queue);
	if (m->mem)
		clReleaseMemObject(m->mem);
}

static gf_status print_upload(
	struct probe *p, struct buffer *to, const void *from, const char *word, gf_error *err)
{
	double seconds[TURNS], rate;
	size_t i;

	for (i = 0; i < TURNS; i++) {
		const double start = clock_seconds();

		TRY(run_write(to, 0, from, to->bytes, err));
		seconds[i] = clock_seconds() - start;
	}
	rate = (double)to->bytes / probe_median(seconds, TURNS);
	printf("  from %-10s memory %8.2f GB/s\n", word, rate / 1e9);
	probe_record(p, json_pack("{s:s, s:I, s:f}", "upload", word, "bytes", (json_int_t)to->bytes,
				"bytes_per_second", rate));
	return GF_OK;
}

static gf_status print_uploads(struct probe *p, struct device *dev, void *pageable,
	struct pinned *pinned, size_t bytes, gf_error *err)
{
	struct buffer to = {0};
	gf_status status = pin(pinned, dev, bytes, err);

	memset(pageable, 1, bytes);
	if (!status)
		status = buffer_new(&to, dev, "upload", bytes, err);
	if (!status)
		memset(pinned->host, 1, bytes);
	if (!status)
		status = print_upload(p, &to, pageable, "pageable", err);
	if (!status)
		status = print_upload(p, &to, pinned->host, "pinned", err);
	buffer_free(&to);
	return status;
}

gf_status step_uploads(struct probe *p, gf_error *err)
{
	const size_t bytes = UPLOAD_BYTES;
	struct pinned pinned = {0};
	struct device dev;
	void *pageable;
	gf_status status;

	TRY(device_open(&dev, p->device, 0, NULL, err));
	pageable = malloc(bytes);
	status = pageable ? print_uploads(p, &dev, pageable, &pinned, bytes, err)
			  : gf_fail_memory(err, bytes, "an upload");
	unpin(&pinned, &dev);
	device_close(&dev);
	free(pageable);
	return status;
}

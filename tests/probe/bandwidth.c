/* bandwidth.c: copying, and reading by kernels with more or fewer work-items and loads each. */
#include "bandwidth.h"

#include "error.h"
#include "timing.h"

#include <stdlib.h>
#include <string.h>

/* Neighbouring work-items read neighbouring vectors.  Each has 1, 4 or 8 loads under way. */
static const char *const SOURCE =
	"#define ADD(k) s[k] += x[i + k * step];\n"
	"#define READ(name, loads, ADDS) \\\n"
	"__kernel void name(__global const float4 *x, __global float *sums, ulong count) { \\\n"
	"	const ulong step = get_global_size(0); \\\n"
	"	float4 s[loads]; \\\n"
	"	ulong i; \\\n"
	"	uint k; \\\n"
	"	for (k = 0; k < loads; k++) \\\n"
	"		s[k] = (float4)(0.0f); \\\n"
	"	i = get_global_id(0); \\\n"
	"	for (; i + (loads - 1) * step < count; i += loads * step) { \\\n"
	"		ADDS \\\n"
	"	} \\\n"
	"	for (; i < count; i += step) \\\n"
	"		s[0] += x[i]; \\\n"
	"	for (k = 1; k < loads; k++) \\\n"
	"		s[0] += s[k]; \\\n"
	"	sums[get_global_id(0)] = s[0].x + s[0].y + s[0].z + s[0].w; \\\n"
	"}\n"
	"READ(read1, 1, ADD(0))\n"
	"READ(read4, 4, ADD(0) ADD(1) ADD(2) ADD(3))\n"
	"READ(read8, 8, ADD(0) ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7))\n";

static const char *const READERS[] = {"read1", "read4", "read8"};
static const size_t LOADS[] = {1, 4, 8};
static const size_t ITEMS[] = {64, 128, 256, 512, 1024, 2048}; /* to a compute unit */

#define SMALL_BYTES  ((size_t)4 << 20)
#define MEDIUM_BYTES ((size_t)64 << 20)
#define LARGE_BYTES  ((size_t)1 << 30)
#define READ_SECONDS 0.1 /* that one read of a larger size may take */

enum { READERS_COUNT = 3, ITEMS_COUNT = 6, LOCAL = 256, VECTOR = 16 };

struct reading {
	struct device *dev; /* borrowed */
	cl_program program; /* owned */
	struct kernel kernels[READERS_COUNT];
	struct buffer x, copy, sums;
	/* of the next launch */
	const struct kernel *kernel;
	size_t items;
};

static gf_status build(struct reading *r, gf_error *err)
{
	const char *source = SOURCE;
	cl_int code;
	size_t i;

	r->program = clCreateProgramWithSource(r->dev->context, 1, &source, NULL, &code);
	if (!code)
		code = clBuildProgram(r->program, 1, &r->dev->id.device, "", NULL, NULL);
	if (code)
		return clerror_fail(err, code, "clBuildProgram", "the kernels that read");
	for (i = 0; i < READERS_COUNT; i++)
		TRY(kernel_new(&r->kernels[i], r->dev, r->program, READERS[i], LOCAL, err));
	return GF_OK;
}

static gf_status open_reading(struct reading *r, struct device *dev, size_t bytes, gf_error *err)
{
	const size_t items = ITEMS[ITEMS_COUNT - 1] * dev->id.info.compute_units + LOCAL;
	const size_t most = (size_t)dev->id.info.max_alloc_bytes;
	const size_t share = (size_t)dev->id.info.memory_bytes / 8;

	memset(r, 0, sizeof *r);
	r->dev = dev;
	bytes = bytes < most ? bytes : most;
	bytes = (bytes < share ? bytes : share) / 64 * 64;
	TRY(build(r, err));
	TRY(buffer_zeros(&r->x, dev, "x", bytes / sizeof(float), err));
	TRY(buffer_zeros(&r->copy, dev, "copy of x", bytes / sizeof(float), err));
	return buffer_floats(&r->sums, dev, "sums", items, err);
}

static void close_reading(struct reading *r)
{
	size_t i;

	for (i = 0; i < READERS_COUNT; i++)
		kernel_free(&r->kernels[i]);
	if (r->program)
		clReleaseProgram(r->program);
	buffer_free(&r->x);
	buffer_free(&r->copy);
	buffer_free(&r->sums);
}

static gf_status copy_once(void *self, gf_error *err)
{
	struct reading *r = self;

	return run_copy(&r->copy, &r->x, r->x.bytes, err);
}

static gf_status read_once(void *self, gf_error *err)
{
	struct reading *r = self;
	const cl_ulong count = r->x.bytes / VECTOR;
	const struct kernel_arg args[] = {ARG_MEM(r->x), ARG_MEM(r->sums), ARG(count)};
	struct kernel kernel = *r->kernel;

	return run_launch(&kernel, ARGS(args), r->items, r->x.bytes, err);
}

static gf_status time_copy(struct reading *r, double budget, double *rate, gf_error *err)
{
	double seconds;

	TRY(timing_median(r->dev, copy_once, r, budget, &seconds, err));
	*rate = 2.0 * (double)r->x.bytes / seconds;
	return GF_OK;
}

static gf_status time_read(struct reading *r, size_t reader, size_t items_per_unit, double budget,
	double *rate, gf_error *err)
{
	double seconds;

	r->kernel = &r->kernels[reader];
	r->items = items_per_unit * r->dev->id.info.compute_units;
	TRY(timing_median(r->dev, read_once, r, budget, &seconds, err));
	*rate = (double)r->x.bytes / seconds;
	return GF_OK;
}

static gf_status measure(struct reading *r, struct bandwidth *found, gf_error *err)
{
	const size_t items[] = {256, 1024, 2048};
	double rate;
	size_t i;

	TRY(time_copy(r, 0.1, &found->copy, err));
	for (i = 0; i < 3; i++) {
		TRY(time_read(r, 1, items[i], 0.05, &rate, err));
		found->read = rate > found->read ? rate : found->read;
	}
	return GF_OK;
}

static gf_status measure_bytes(
	struct device *dev, size_t bytes, struct bandwidth *found, gf_error *err)
{
	struct reading r;
	gf_status status = open_reading(&r, dev, bytes, err);

	memset(found, 0, sizeof *found);
	if (!status)
		status = measure(&r, found, err);
	close_reading(&r);
	return status;
}

/* Measures with more and more bytes, at most so many, up to a size that takes long to read; sets
 * *bytes to the last size. */
static gf_status measure_in_time(
	struct device *dev, size_t most, size_t *bytes, struct bandwidth *found, gf_error *err)
{
	const size_t sizes[] = {SMALL_BYTES, MEDIUM_BYTES, most};
	size_t i;

	memset(found, 0, sizeof *found);
	*bytes = 0;
	for (i = 0; i < 3; i++) {
		const size_t size = sizes[i] < most ? sizes[i] : most;

		if (size == *bytes || (i && (double)size / found->read > READ_SECONDS))
			return GF_OK;
		TRY(measure_bytes(dev, size, found, err));
		*bytes = size;
	}
	return GF_OK;
}

gf_status bandwidth_measure(
	struct device *dev, size_t bytes, struct bandwidth *found, gf_error *err)
{
	size_t measured;

	return measure_in_time(dev, bytes, &measured, found, err);
}

/* ---- the step ---- */

static gf_status print_reads(struct probe *p, struct reading *r, size_t items, gf_error *err)
{
	double rate;
	size_t k;

	printf("  %10zu  %10zu", items, items * r->dev->id.info.compute_units);
	for (k = 0; k < READERS_COUNT; k++) {
		TRY(time_read(r, k, items, 0.1, &rate, err));
		printf(" %9.1f", rate / 1e9);
		probe_record(p, json_pack("{s:s, s:I, s:I, s:I, s:f}", "rate", "read", "bytes",
					(json_int_t)r->x.bytes, "items_per_unit", (json_int_t)items,
					"loads", (json_int_t)LOADS[k], "bytes_per_second", rate));
	}
	printf("\n");
	return GF_OK;
}

static gf_status print_size(struct probe *p, struct device *dev, size_t bytes, gf_error *err)
{
	struct reading r;
	gf_status status = open_reading(&r, dev, bytes, err);
	double rate;
	size_t i;

	if (!status)
		status = time_copy(&r, 0.3, &rate, err);
	if (!status) {
		printf("  copy, %zu MiB: %.1f GB/s, read and written bytes added\n",
			r.x.bytes >> 20, rate / 1e9);
		probe_record(p, json_pack("{s:s, s:I, s:f}", "rate", "copy", "bytes",
					(json_int_t)r.x.bytes, "bytes_per_second", rate));
		printf("  read, GB/s by loads of 16 bytes that a work-item has under way\n");
		printf("  items/unit  work-items        x1        x4        x8\n");
	}
	for (i = 0; i < ITEMS_COUNT && !status && probe_left(p) > 0.0; i++)
		status = print_reads(p, &r, ITEMS[i], err);
	close_reading(&r);
	return status;
}

/* The size that fits the caches of large GPUs, and one that does not. */
static gf_status print_sizes(struct probe *p, struct device *dev, gf_error *err)
{
	struct bandwidth found;
	size_t bytes;

	TRY(measure_in_time(dev, LARGE_BYTES, &bytes, &found, err));
	if (bytes > MEDIUM_BYTES) {
		TRY(print_size(p, dev, MEDIUM_BYTES, err));
		printf("\n");
	}
	return print_size(p, dev, bytes, err);
}

gf_status step_bandwidth(struct probe *p, gf_error *err)
{
	struct device dev;
	gf_status status;

	TRY(device_open(&dev, p->device, 0, NULL, err));
	status = print_sizes(p, &dev, err);
	device_close(&dev);
	return status;
}

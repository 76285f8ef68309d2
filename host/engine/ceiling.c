#include "ceiling.h"
#include "clock.h"

#include <math.h>

/* A launch that takes so long is timed well: what it costs itself is some 10 us. */
#define LONG_ENOUGH 2e-3

/* No further reads after so long. */
#define ALL_READS 0.1

enum {
	READS = 7,
	VECTOR = 16 * sizeof(cl_float),
	ITEMS_A_UNIT = 64,             /* to share out well what is read once */
	SIDE_BY_SIDE_BYTES = 64 << 10, /* a work-item's */
	SIDE_BY_SIDE_LEAST = 64
};

struct reading {
	struct kernel kernel;
	struct buffer *x; /* borrowed */
	struct buffer sums;
	size_t items;
};

static gf_status read_x(
	struct reading *r, cl_ulong count, cl_ulong passes, double *seconds, gf_error *err)
{
	const struct kernel_arg args[] = {
		ARG_MEM(*r->x), ARG_MEM(r->sums), ARG(count), ARG(passes)};
	const double start = clock_seconds();
	gf_status status =
		run_launch(&r->kernel, ARGS(args), r->items, count * VECTOR * passes, err);

	if (!status)
		status = run_finish(r->kernel.dev, err);
	*seconds = clock_seconds() - start;
	return status;
}

/* The best rate of a few reads.  few: work-items, where x is read several times, each its own
 * stretch from the cache of its own compute unit. */
static gf_status best_rate(struct reading *r, size_t few, double *best, gf_error *err)
{
	const cl_ulong count = r->x->bytes / VECTOR;
	cl_ulong passes = 1;
	double seconds, all = 0.0;
	int i;
	/* Some drivers compile a kernel when it is first launched. */
	gf_status status = read_x(r, 0, 1, &seconds, err);

	for (i = 0; i < READS && all < ALL_READS && !status; i++) {
		status = read_x(r, count, passes, &seconds, err);
		all += seconds;
		if (!status)
			*best = fmax(*best, (double)(count * VECTOR * passes) / seconds);
		if (seconds < LONG_ENOUGH / 2.0) {
			passes *= 1 + (cl_ulong)fmin(LONG_ENOUGH / seconds, 1000.0);
			r->items = few;
		}
	}
	return status;
}

/* By a kernel of that name, in one pass with so many work-items. */
static gf_status measure(struct device *dev, cl_program program, struct buffer *x, const char *name,
	size_t many, size_t few, double *best, gf_error *err)
{
	const size_t local = dev->is_cpu ? 1 : 64;
	struct reading r = {.x = x, .items = many};
	gf_status status =
		buffer_new(&r.sums, dev, "read sums", (many + few + local) * sizeof(cl_float), err);

	if (!status)
		status = kernel_new(&r.kernel, dev, program, name, local, err);
	if (!status)
		status = best_rate(&r, few, best, err);
	kernel_free(&r.kernel);
	buffer_free(&r.sums);
	return status;
}

gf_status ceiling_measure(struct device *dev, cl_program program, struct buffer *x,
	double *bytes_per_second, gf_error *err)
{
	const size_t units = dev->id.info.compute_units, many = units * ITEMS_A_UNIT;
	const size_t side = x->bytes / SIDE_BY_SIDE_BYTES + SIDE_BY_SIDE_LEAST;
	gf_status status;

	*bytes_per_second = 0.0;
	status = measure(dev, program, x, "read_stretches", many, dev->is_cpu ? units : many,
		bytes_per_second, err);
	/* Ten times slower on a CPU, and another kernel to build. */
	if (!status && !dev->is_cpu)
		status = measure(
			dev, program, x, "read_side_by_side", side, side, bytes_per_second, err);
	return status;
}

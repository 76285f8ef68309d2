/* ceiling.c: times the kernels of kernels/ceiling.cl. */
#include "cl_engine.h"
#include "clock.h"
#include "sum_order.h"

#include <math.h>

#define LAUNCH_SECONDS 2e-3 /* of a launch that is timed well: launching costs about 10 us */
#define TOTAL_SECONDS  0.1  /* no further read begins after this time */

enum {
	READS = 7,
	VECTOR_BYTES = SUM_LANES * sizeof(cl_float),
	ITEMS_PER_UNIT = 64,          /* balance the load of units when x is read once */
	UNIT_ITEMS = 2048,            /* work-items that a compute unit of a GPU has room for */
	LOAD_BYTES = 16,              /* of a load of read_side_by_side */
	SIDE_BY_SIDE_ITEMS_LEAST = 64 /* a work-group */
};

size_t ceiling_items(size_t units, size_t bytes)
{
	const size_t turn = (size_t)CEILING_LOADS * LOAD_BYTES;
	const size_t turns = parts_of(bytes, turn * units * UNIT_ITEMS);
	const size_t items = turns ? parts_of(bytes, turn * turns) : 0;

	return items > SIDE_BY_SIDE_ITEMS_LEAST ? items : SIDE_BY_SIDE_ITEMS_LEAST;
}

/* A kernel that reads x, and the numbers of work-items that it is launched with. */
struct reader {
	struct kernel kernel;
	struct buffer *x; /* borrowed */
	struct buffer sums;
	size_t items_once;     /* where a launch reads x once */
	size_t items_repeated; /* where it reads x again and again, from the caches */
};

static gf_status read_x(struct reader *r, size_t items, cl_ulong count, cl_ulong passes,
	double *seconds, gf_error *err)
{
	const struct kernel_arg args[] = {
		ARG_MEM(*r->x), ARG_MEM(r->sums), ARG(count), ARG(passes)};
	const double start = clock_seconds();

	TRY(run_launch(&r->kernel, ARGS(args), items, count * VECTOR_BYTES * passes, err));
	TRY(run_finish(r->kernel.dev, err));
	*seconds = clock_seconds() - start;
	return GF_OK;
}

/* Raises *best to the best rate of a few reads. */
static gf_status time_reads(struct reader *r, double *best, gf_error *err)
{
	const cl_ulong count = r->x->bytes / VECTOR_BYTES;
	size_t items = r->items_once;
	cl_ulong passes = 1;
	double seconds, total = 0.0;
	int i;

	/* Some drivers compile a kernel when it is first launched. */
	TRY(read_x(r, items, 0, 1, &seconds, err));
	for (i = 0; i < READS && total < TOTAL_SECONDS; i++) {
		TRY(read_x(r, items, count, passes, &seconds, err));
		total += seconds;
		*best = fmax(*best, (double)(count * VECTOR_BYTES * passes) / seconds);
		if (seconds < LAUNCH_SECONDS / 2.0) {
			passes *= 1 + (cl_ulong)fmin(LAUNCH_SECONDS / seconds, 1000.0);
			items = r->items_repeated;
		}
	}
	return GF_OK;
}

static gf_status open_reader(
	struct reader *r, struct device *dev, cl_program program, const char *name, gf_error *err)
{
	const size_t local = dev->is_cpu ? 1 : 64;
	const size_t most = r->items_once + r->items_repeated + local;

	TRY(buffer_new(&r->sums, dev, "read sums", most * sizeof(cl_float), err));
	return kernel_new(&r->kernel, dev, program, name, local, err);
}

/* Raises *best to the rate of the kernel of that name. */
static gf_status measure(struct reader *r, struct device *dev, cl_program program, const char *name,
	double *best, gf_error *err)
{
	gf_status status = open_reader(r, dev, program, name, err);

	if (!status)
		status = time_reads(r, best, err);
	kernel_free(&r->kernel);
	buffer_free(&r->sums);
	return status;
}

gf_status ceiling_measure(struct device *dev, cl_program program, struct buffer *x,
	double *bytes_per_second, gf_error *err)
{
	const size_t units = dev->id.info.compute_units, items = units * ITEMS_PER_UNIT;
	const size_t side = ceiling_items(units, x->bytes);
	/* On a CPU each unit reads its own range again from its own cache. */
	struct reader ranges = {
		.x = x, .items_once = items, .items_repeated = dev->is_cpu ? units : items};
	struct reader neighbours = {.x = x, .items_once = side, .items_repeated = side};

	*bytes_per_second = 0.0;
	TRY(measure(&ranges, dev, program, "read_stretches", bytes_per_second, err));
	/* On a CPU this one is ten times slower, and another kernel to build. */
	if (dev->is_cpu)
		return GF_OK;
	return measure(&neighbours, dev, program, "read_side_by_side", bytes_per_second, err);
}

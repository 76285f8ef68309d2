#include "ceiling.h"
#include "clock.h"
#include "pages.h"

#include <stdlib.h>
#include <string.h>

enum {
	REPEATS = 5,
	VECTOR = 16 * sizeof(cl_float),
	SIDE_BY_SIDE_BYTES = 64 << 10 /* a work-item's */
};

/* 1 GiB where there is room for it: far beyond caches; else a quarter of what one allocation
 * may take. */
static size_t ceiling_bytes(const gf_device_info *info)
{
	const uint64_t wanted = (uint64_t)1 << 30;
	const uint64_t room = info->max_alloc_bytes / 2 < info->memory_bytes / 8
				      ? info->max_alloc_bytes / 2
				      : info->memory_bytes / 8;

	return (size_t)((room < wanted ? room : wanted) / PAGE_ALIGNMENT * PAGE_ALIGNMENT);
}

struct reading {
	const char *kernel;
	size_t items, local;
};

/* The best rate of a few reads, the first of which also compiles. */
static gf_status measure(struct device *dev, cl_program program, const struct reading *how,
	struct buffer *x, struct buffer *sums, double *best, gf_error *err)
{
	const cl_ulong count = x->bytes / VECTOR;
	const struct kernel_arg args[] = {ARG_MEM(*x), ARG_MEM(*sums), ARG(count)};
	struct kernel k;
	gf_status status = kernel_new(&k, dev, program, how->kernel, how->local, err);
	int i;

	if (!status)
		status = kernel_set(&k, 0, args, 3, err);
	for (i = 0; i < REPEATS && !status; i++) {
		const double start = clock_seconds();
		double rate;

		status = run_kernel(&k, how->items, x->bytes, err);
		if (!status)
			status = run_finish(dev, err);
		rate = (double)x->bytes / (clock_seconds() - start);
		/* The wrong way for a device can be ten times slower: once is enough to see it. */
		if (rate < *best / 4.0)
			break;
		if (rate > *best)
			*best = rate;
	}
	kernel_free(&k);
	return status;
}

/* In such memory as x of a dataset is, zeros; *host is the caller's once the buffer is freed. */
static gf_status new_x(
	struct buffer *x, void **host, struct device *dev, size_t bytes, gf_error *err)
{
	*host = bytes ? pages_alloc(bytes) : NULL;
	if (!*host)
		return gf_fail_memory(err, bytes, "the read ceiling");
	memset(*host, 0, bytes);
	return buffer_share(x, dev, "read ceiling", *host, bytes, err);
}

gf_status ceiling_measure(
	struct device *dev, cl_program program, double *bytes_per_second, gf_error *err)
{
	const size_t units = dev->id.info.compute_units;
	const size_t bytes = ceiling_bytes(&dev->id.info);
	const struct reading ways[] = {
		{"read_stretches", units * 64, dev->is_cpu ? 1 : 64},
		{"read_side_by_side", bytes / SIDE_BY_SIDE_BYTES + 64, 64},
	};
	struct buffer x = {0}, sums = {0};
	void *host = NULL;
	gf_status status = new_x(&x, &host, dev, bytes, err);
	size_t w;

	*bytes_per_second = 0.0;
	if (!status)
		status = buffer_new(&sums, dev, "read sums",
			(units * 64 + bytes / SIDE_BY_SIDE_BYTES + 128) * sizeof(cl_float), err);
	for (w = 0; w < 2 && !status; w++)
		status = measure(dev, program, &ways[w], &x, &sums, bytes_per_second, err);
	buffer_free(&x);
	buffer_free(&sums);
	free(host);
	return status;
}

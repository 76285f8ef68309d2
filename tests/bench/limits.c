#include "limits.h"

#include "board.h"
#include "ceiling.h"
#include "clock.h"
#include "native.h"

#include <math.h>
#include <string.h>

gf_status limits_open(struct limits *l, const char *device, gf_error *err)
{
	const struct engine_options options = {.device = device, .engine = GF_ENGINE_streaming};
	struct problem problem = {.train_rows = 7, .outputs = 1, .batch_size = 7};
	gf_status status = gf_dataset_notebook(&l->data, err);

	problem.data = l->data;
	return status ? status : engine_open(&l->engine, &problem, &options, err);
}

void limits_close(struct limits *l)
{
	engine_close(l->engine);
	gf_dataset_free(l->data);
	memset(l, 0, sizeof *l);
}

enum { BEYOND_CACHES = 256 << 20, READS = 5, ITEMS = 128 };

/* The best of a few reads, as host/engine/ceiling.c has it, of the x that the engine reads: which
 * pages it is in, and where they lie, makes more of a difference than any kernel. */
static gf_status read_x(struct board *b, struct buffer *sums, double *best, gf_error *err)
{
	const cl_ulong count = b->parts[0].x.bytes / sizeof(cl_float16);
	const struct kernel_arg args[] = {ARG_MEM(b->parts[0].x), ARG_MEM(*sums), ARG(count)};
	struct kernel k;
	gf_status status = kernel_new(&k, &b->dev, b->program, "read_stretches", 1, err);
	int i;

	if (!status)
		status = kernel_set(&k, 0, args, 3, err);
	for (i = 0; i < READS && !status; i++) {
		const double start = clock_seconds();

		status = run_kernel(&k, ITEMS, b->parts[0].x.bytes, err);
		if (!status)
			status = run_finish(&b->dev, err);
		*best = fmax(*best, (double)b->parts[0].x.bytes / (clock_seconds() - start));
	}
	kernel_free(&k);
	return status;
}

/* A CPU's own x where caches are too small for it; else memory of the ceiling's own. */
static gf_status measure(const struct bound *b, double *rate, gf_error *err)
{
	struct board *own = (struct board *)b->engine;
	struct board *other = (struct board *)b->limits->engine;
	struct buffer sums = {0};
	gf_status status;

	if (!own || !own->dev.is_cpu || own->parts[0].x.bytes < BEYOND_CACHES)
		return ceiling_measure(&other->dev, other->program, rate, err);
	status = buffer_new(&sums, &own->dev, "read sums", ITEMS * sizeof(cl_float), err);
	if (!status)
		status = read_x(own, &sums, rate, err);
	buffer_free(&sums);
	return status;
}

gf_status limits_take(void *bound, double *seconds, gf_error *err)
{
	struct bound *b = bound;
	double rate = 0.0, reading, computing;
	gf_status status = measure(b, &rate, err);

	reading = b->bytes / rate;
	computing = b->flops / native_flops();
	b->by_flops = computing > reading;
	*seconds = fmax(reading, computing);
	return status;
}

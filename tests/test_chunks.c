/*
 * test_chunks.c: how the rows of a pass are cut into chunks and waves on devices of several sizes:
 * as a table, and as bounds of memory and of time.  No device is opened.
 */
#include "basics.h"

#include "sum_order.h"
#include "variant.h"

#include <math.h>
#include <string.h>

#define GIB ((uint64_t)1 << 30)

static const struct device LARGE_GPU = {.id.info = {.name = "a GPU as large as an H100",
						.compute_units = 132,
						.memory_bytes = 80 * GIB,
						.max_alloc_bytes = 20 * GIB},
	.local_bytes = 48 << 10,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

static const struct device INTEGRATED_GPU = {.id.info = {.name = "an integrated GPU",
						     .compute_units = 24,
						     .memory_bytes = 8 * GIB,
						     .max_alloc_bytes = 2 * GIB},
	.local_bytes = 64 << 10,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

static const struct device SMALL_GPU = {.id.info = {.name = "a GPU with little local memory",
						.compute_units = 4,
						.memory_bytes = 2 * GIB,
						.max_alloc_bytes = GIB / 2},
	.local_bytes = 16 << 10,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

static const struct device CPU = {.id.info = {.name = "a CPU",
					  .compute_units = 2,
					  .memory_bytes = 16 * GIB,
					  .max_alloc_bytes = 4 * GIB},
	.local_bytes = 1 << 20,
	.is_cpu = 1,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

static const struct device CPU_OF_SMALL_BUFFERS = {
	.id.info = {.name = "a CPU of buffers of 128 MiB",
		.compute_units = 2,
		.memory_bytes = 16 * GIB,
		.max_alloc_bytes = GIB / 8},
	.local_bytes = 1 << 20,
	.is_cpu = 1,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

static const struct row {
	const struct device *device;
	size_t rows, features, outputs;
	gf_loss loss;
	size_t blocks, wave,
		launches; /* blocks of a chunk, chunks of a wave; launches of `gradient` */
} TABLE[] = {
	/* Few outputs: one wave, of no more chunks than two levels of folds take. */
	{&LARGE_GPU, (size_t)1 << 28, 1, 1, GF_LOSS_mse, 1024, 4096, 1},
	{&LARGE_GPU, (size_t)1 << 24, 16, 1, GF_LOSS_mse, 64, 4096, 1},
	{&LARGE_GPU, (size_t)1 << 22, 64, 1, GF_LOSS_mse, 16, 4096, 1},
	{&LARGE_GPU, 268435, 1000, 1, GF_LOSS_mse, 2, 2098, 1},
	{&LARGE_GPU, 60000, 784, 10, GF_LOSS_cross_entropy, 1, 938, 1},
	/* Many outputs. */
	{&LARGE_GPU, 1000000, 10, 1000, GF_LOSS_mse, 4, 3907, 1},
	{&LARGE_GPU, 1000000, 1000, 100, GF_LOSS_mse, 1, 12864, 4},
	{&LARGE_GPU, 1000000, 1000, 1000, GF_LOSS_mse, 1, 1280, 37},
	{&LARGE_GPU, 1000000, 1000, 1000, GF_LOSS_cross_entropy, 1, 1088, 29},
	{&LARGE_GPU, 1000000, 1, 1000, GF_LOSS_cross_entropy, 2, 2176, 4},
	{&LARGE_GPU, 10000000, 1000, 1000, GF_LOSS_mse, 2, 640, 367},
	{&LARGE_GPU, 100000, 10000, 10000, GF_LOSS_mse, 128, 1, 13},
	{&INTEGRATED_GPU, 1000000, 1000, 10, GF_LOSS_mse, 1, 12864, 3},
	{&INTEGRATED_GPU, 1000000, 1000, 100, GF_LOSS_mse, 1, 1280, 25},
	{&INTEGRATED_GPU, 1000000, 1000, 1000, GF_LOSS_mse, 2, 64, 245},
	{&INTEGRATED_GPU, 10000, 10000, 10000, GF_LOSS_cross_entropy, 32, 1, 5},
	/* The cpu kernels, whose work-groups have 64 chunks. */
	{&SMALL_GPU, 1000000, 100, 1, GF_LOSS_mse, 8, 1954, 1},
	{&SMALL_GPU, 1000000, 100, 300, GF_LOSS_mse, 8, 192, 11},
	/* A CPU's stacks take an eighth of x. */
	{&CPU, 1000000, 1000, 1, GF_LOSS_mse, 2, 7813, 1},
	{&CPU, 1000000, 1000, 100, GF_LOSS_mse, 128, 123, 1},
	{&CPU, 1000000, 1000, 1000, GF_LOSS_mse, 2048, 8, 1},
	{&CPU_OF_SMALL_BUFFERS, 1000000, 1000, 1000, GF_LOSS_cross_entropy, 2048, 2, 4},
};

static struct problem problem_of(const struct row *r, gf_dataset *data)
{
	*data = (gf_dataset){.rows = r->rows, .features = r->features, .outputs = r->outputs};
	return (struct problem){.data = data,
		.train_rows = r->rows,
		.outputs = r->outputs,
		.loss = r->loss,
		.batch_size = r->rows,
		.update = {.optimizer = GF_OPTIMIZER_sgd}};
}

/* Bytes of the nodes and the scratch memory of a wave. */
static double wave_bytes(
	const struct variant *v, const struct problem *problem, const struct chunks *c)
{
	const size_t chunk =
		c->levels * variant_node_vectors(problem) + variant_scratch_vectors(v, problem);

	return 64.0 * (double)chunk * (double)c->wave;
}

/* A wave has room in a sixteenth of a GPU's memory, its chunks fill the compute units unless memory
 * forbids, and a launch ends in time unless it has only a chunk for each compute unit. */
static void assert_bounds(const struct row *r, const struct variant *v,
	const struct problem *problem, const struct chunks *c)
{
	const gf_device_info *info = &r->device->id.info;
	const double part = r->device->is_cpu ? INFINITY : (double)info->memory_bytes / 16.0;
	const double room = fmin((double)info->max_alloc_bytes, part);
	const double bytes = wave_bytes(v, problem, c), units = (double)info->compute_units;
	const double least = units * (v->kernels->by_work_group ? 1.0 : (double)v->kernels->local);
	const double work = variant_pass_work(problem, c->launch * c->blocks * BLOCK_ROWS);

	assert_true(bytes <= room || c->wave == 1);
	assert_true((double)c->wave >= fmin((double)c->count, units) || 2.0 * bytes > room);
	assert_true(work <= variant_launch_work(r->device) || (double)c->launch <= least);
	assert_true(64.0 * (double)(chunks_folded(c) * variant_node_vectors(problem)) <= room ||
		    chunks_folded(c) <= c->levels);
	assert_true(c->wave == c->count || c->wave % FOLD_RUN == 0 || FOLD_RUN % c->wave == 0);
}

static size_t launches_of(const struct chunks *c)
{
	const size_t of_wave = parts_of(c->wave, c->launch), left = c->count % c->wave;

	return c->count / c->wave * of_wave + parts_of(left, c->launch);
}

static void the_table_has_the_cut_of_each_pass(void **state)
{
	const struct tuning none = {.local = 0};
	size_t i, wrong = 0;

	(void)state;
	for (i = 0; i < COUNT(TABLE); i++) {
		const struct row *r = &TABLE[i];
		gf_dataset data;
		const struct problem problem = problem_of(r, &data);
		struct variant v;
		struct chunks c;
		size_t launches;
		gf_error err = {0};

		assert_int_equal(
			variant_of(&v, &problem, r->device, GF_ENGINE_streaming, &none, &err), 0);
		c = variant_chunks(&v, &problem, r->device, &none, r->rows);
		launches = launches_of(&c);
		if (c.blocks != r->blocks || c.wave != r->wave || launches != r->launches) {
			wrong++;
			print_message("%s, %zu rows of %zu x %zu, %s: found %u, %zu, %zu; "
				      "wanted %zu, %zu, %zu\n",
				r->device->id.info.name, r->rows, r->features, r->outputs,
				loss_word(r->loss), c.blocks, c.wave, launches, r->blocks, r->wave,
				r->launches);
		}
		assert_bounds(r, &v, &problem, &c);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_the_cut_of_each_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

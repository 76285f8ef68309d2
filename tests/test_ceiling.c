/*
 * test_ceiling.c: read_side_by_side reads all of x once in a pass, with work-items enough for a
 * large GPU; the read ceiling of a GPU is measured on a CPU that is taken for one.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"

#include "cl_engine.h"

#include <stdlib.h>

static void work_items_fill_the_compute_units(void **state)
{
	static const struct {
		size_t units, bytes, items;
	} cases[] = {
		{132, (size_t)1 << 30, 262144}, /* 32 turns; the units have room for 270336 */
		{132, 64 << 20, 262144},        /* 2 turns */
		{132, 16 << 20, 131072},        /* 1 turn */
		{8, (size_t)1 << 30, 16384},
		{132, 448, 64},
		{1, 64, 64},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(ceiling_items(cases[i].units, cases[i].bytes), cases[i].items);
}

static struct engine *open_small(struct training **t)
{
	static const struct setup setup = {.shape = {100, 3, 1}, .loss = GF_LOSS_mse, .steps = 1};

	*t = new_training(&setup);
	return open_engine(*t, GF_ENGINE_streaming, (struct tuning){.local = 0});
}

enum { MOST = 16 * 1000, ITEMS_MOST = 256 };

/* Whole numbers: their sum is exact in any order. */
static void new_numbers(struct buffer *x, struct device *dev)
{
	static float numbers[MOST];
	size_t i;

	for (i = 0; i < MOST; i++)
		numbers[i] = (float)(i % 7);
	assert_int_equal(buffer_floats(x, dev, "x", MOST, NULL), GF_OK);
	assert_int_equal(run_write(x, 0, numbers, sizeof numbers, NULL), GF_OK);
}

static double wanted_sum(size_t count)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += (double)(i % 7);
	return sum;
}

static double read_sum(struct kernel *kernel, const struct buffer *x, struct buffer *sums,
	cl_ulong count, cl_ulong passes, size_t items)
{
	const struct kernel_arg args[] = {ARG_MEM(*x), ARG_MEM(*sums), ARG(count), ARG(passes)};
	float found[ITEMS_MOST];
	double sum = 0.0;
	size_t i;

	assert_int_equal(run_launch(kernel, ARGS(args), items, 0, NULL), GF_OK);
	assert_int_equal(run_read(sums, 0, found, items * sizeof *found, NULL), GF_OK);
	for (i = 0; i < items; i++)
		sum += (double)found[i];
	return sum;
}

static void each_pass_reads_all_of_x_once(void **state)
{
	static const size_t counts[] = {0, 1, 7, 15, 16, 17, 33, 127, 128, 1000};
	static const size_t items[] = {1, 64, 256};
	struct training *t;
	struct engine *engine = open_small(&t);
	struct cl_engine *e = (struct cl_engine *)engine;
	struct buffer x, sums;
	struct kernel kernel;
	size_t c, i;

	(void)state;
	new_numbers(&x, &e->dev);
	assert_int_equal(buffer_floats(&sums, &e->dev, "sums", ITEMS_MOST, NULL), GF_OK);
	for (i = 0; i < COUNT(items); i++) {
		const size_t local = items[i] < 64 ? items[i] : 64;

		assert_int_equal(
			kernel_new(&kernel, &e->dev, e->program, "read_side_by_side", local, NULL),
			GF_OK);
		for (c = 0; c < COUNT(counts); c++)
			assert_true(read_sum(&kernel, &x, &sums, counts[c], 3, items[i]) ==
				    3.0 * wanted_sum(16 * counts[c]));
		kernel_free(&kernel);
	}
	buffer_free(&x);
	buffer_free(&sums);
	engine_close(engine);
	free_training(t);
}

/* The sums that readers write stay within their buffers, or a sanitizer finds it. */
static void the_ceiling_of_a_gpu_is_plausible(void **state)
{
	static const size_t floats[] = {16, 112, 1 << 20};
	struct training *t;
	struct engine *engine = open_small(&t);
	struct cl_engine *e = (struct cl_engine *)engine;
	size_t i;

	(void)state;
	e->dev.is_cpu = 0;
	for (i = 0; i < COUNT(floats); i++) {
		struct buffer x;
		double rate = 0.0;

		assert_int_equal(buffer_zeros(&x, &e->dev, "x", floats[i], NULL), GF_OK);
		assert_int_equal(ceiling_measure(&e->dev, e->program, &x, &rate, NULL), GF_OK);
		assert_true(rate > 1e5 && rate < 1e14);
		buffer_free(&x);
	}
	engine_close(engine);
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_items_fill_the_compute_units),
		cmocka_unit_test(each_pass_reads_all_of_x_once),
		cmocka_unit_test(the_ceiling_of_a_gpu_is_plausible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_sigmoids.c: the functions of kernels/sigmoids.cl are as accurate as they promise, beside
 * libm in double, and never decrease; on the device and in order_math.c, one number at a time and
 * 16 side by side, they have the same bits.
 *
 * GPUFIT_TEST_DEVICE and GPUFIT_TEST_FULL as in test_math.c.
 */
#include "functions.h"
#include "order.h"

#include "bits.h"

#include <math.h>

static double tanh_of(double z, double none)
{
	(void)none;
	return tanh(z);
}

static double sigmoid_of(double z, double none)
{
	(void)none;
	return 1.0 / (1.0 + exp(-z));
}

static double normal_of(double z, double none)
{
	(void)none;
	return 0.5 * erfc(-z * sqrt(0.5));
}

static double density_of(double z, double none)
{
	(void)none;
	return exp(-0.5 * z * z) * 0.39894228040143268;
}

enum { TANH, SIGMOID, NORMAL, DENSITY };

static const struct function FUNCTIONS[] = {
	[TANH] = {"tanhs", tanh_of, order_tanh, TANH_ROUNDINGS, .rises = 1},
	[SIGMOID] = {"sigmoids", sigmoid_of, order_sigmoid, SIGMOID_ROUNDINGS, .rises = 1},
	[NORMAL] = {"normals", normal_of, order_normal, ERF_ROUNDINGS, .rises = 1},
	[DENSITY] = {"densities", density_of, order_density, DENSITY_ROUNDINGS},
};

static int open_bench(void **state)
{
	return bench_open((struct bench **)state, FUNCTIONS, COUNT(FUNCTIONS));
}

static void tanh_agrees_with_libm(void **state)
{
	try_floats(*state, TANH);
}

static void sigmoid_agrees_with_libm(void **state)
{
	try_floats(*state, SIGMOID);
}

static void normal_distribution_agrees_with_libm(void **state)
{
	try_floats(*state, NORMAL);
}

static void normal_density_agrees_with_libm(void **state)
{
	try_floats(*state, DENSITY);
}

/* A batch of neighbours from each power of two where the functions change. */
static void neighbours_keep_their_order(void **state)
{
	struct bench *t = *state;
	uint32_t at, i;
	size_t which;

	for (which = TANH; which <= NORMAL; which++)
		for (at = 0; at < 16; at++) {
			const float from = ldexpf(at & 1 ? -1.0f : 1.0f, (int)(at / 2) - 5);

			for (i = 0; i < BATCH; i++)
				t->in_a[i] = float_of_bits(bits_of_float(from) + i);
			run_batch(t, which);
			assert_order(t, which);
		}
}

static const struct edge EDGES[] = {
	{TANH, 0.0f, 0.0f, 0.0f},
	{TANH, -0.0f, 0.0f, -0.0f},
	{TANH, 0x1p-149f, 0.0f, 0.0f},
	{TANH, 0x1p-126f, 0.0f, 0x1p-126f},
	{TANH, -0x1.8p-100f, 0.0f, -0x1.8p-100f},
	{TANH, 9.5f, 0.0f, 1.0f},
	{TANH, INFINITY, 0.0f, 1.0f},
	{TANH, -INFINITY, 0.0f, -1.0f},
	{TANH, NAN, 0.0f, NAN},
	{TANH, -NAN, 0.0f, NAN},
	{SIGMOID, 0.0f, 0.0f, 0.5f},
	{SIGMOID, -0.0f, 0.0f, 0.5f},
	{SIGMOID, 17.5f, 0.0f, 1.0f},
	{SIGMOID, INFINITY, 0.0f, 1.0f},
	{SIGMOID, -87.5f, 0.0f, 0.0f},
	{SIGMOID, -INFINITY, 0.0f, 0.0f},
	{SIGMOID, NAN, 0.0f, NAN},
	{NORMAL, 0.0f, 0.0f, 0.5f},
	{NORMAL, -0.0f, 0.0f, 0.5f},
	{NORMAL, -0x1p-60f, 0.0f, 0.5f},
	{NORMAL, 0x1p-60f, 0.0f, 0.5f},
	{NORMAL, 6.0f, 0.0f, 1.0f},
	{NORMAL, INFINITY, 0.0f, 1.0f},
	{NORMAL, -13.0f, 0.0f, 0.0f},
	{NORMAL, -INFINITY, 0.0f, 0.0f},
	{NORMAL, NAN, 0.0f, NAN},
	{DENSITY, 0.0f, 0.0f, 0x1.988454p-2f},
	{DENSITY, -13.5f, 0.0f, 0.0f},
	{DENSITY, INFINITY, 0.0f, 0.0f},
	{DENSITY, -INFINITY, 0.0f, 0.0f},
	{DENSITY, -NAN, 0.0f, NAN},
};

static void values_at_the_ends_of_the_domain_are_right(void **state)
{
	try_edges(*state, EDGES, COUNT(EDGES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_at_the_ends_of_the_domain_are_right),
		cmocka_unit_test(tanh_agrees_with_libm),
		cmocka_unit_test(sigmoid_agrees_with_libm),
		cmocka_unit_test(normal_distribution_agrees_with_libm),
		cmocka_unit_test(normal_density_agrees_with_libm),
		cmocka_unit_test(neighbours_keep_their_order),
	};

	return cmocka_run_group_tests(tests, open_bench, bench_close);
}

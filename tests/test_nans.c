/*
 * test_nans.c: a NaN has the same bits whatever device and file it comes from.
 *
 * The NaN of a sum is 0xffc00000 on x86, so that each test fails where a number keeps the bits that
 * the processor gave to it.
 */
#include "fixture_engine.h"

#include "bits.h"
#include "safetensors.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ONE_NAN = 0x7fc00000 };

/* Returns how many of the numbers (count) are NaN; all of them must have the same bits. */
static size_t count_nans(const float *numbers, size_t count, const char *what)
{
	size_t nans = 0, i;

	for (i = 0; i < count; i++) {
		if (!isnan(numbers[i]))
			continue;
		nans++;
		if (bits_of_float(numbers[i]) != ONE_NAN)
			fail_msg("NaN number %zu of the %s has the bits %08x, wanted %08x", i, what,
				bits_of_float(numbers[i]), (unsigned)ONE_NAN);
	}
	return nans;
}

/* In a row inf - inf makes a NaN of the processor's; the target of another is a NaN. */
static struct training *new_diverging(void)
{
	const struct setup setup = {.shape = {70, 9, 2}, .update = {.momentum = 1}, .steps = 2};
	struct training *t = new_training(&setup);
	float *x = t->problem.data->x;

	x[0] = INFINITY;
	x[1] = INFINITY;
	t->start[0] = 1.0f;
	t->start[1] = -1.0f;
	t->problem.data->y[9] = float_of_bits(0xffc12345);
	return t;
}

static void assert_one_nan(gf_engine word, gf_kernels kernels)
{
	struct training *t = new_diverging();
	struct engine *engine = open_engine(t, word, (struct tuning){.kernels = kernels});
	const size_t rows = t->setup.shape.rows, P = t->parameters;
	struct outcome found = run_training(engine, t, 2);
	float z[70 * 2], loss;

	assert_true(count_nans(found.losses, t->setup.steps, "losses") > 0);
	assert_true(count_nans(found.history, t->setup.steps * step_floats(t), "history") > 0);
	assert_true(count_nans(found.end, P, "parameters") > 0);
	assert_true(count_nans(found.end_state, P, "state") > 0);
	assert_int_equal(engine_loss(engine, t->start, 0, rows, 1.0, &loss, NULL), GF_OK);
	assert_true(count_nans(&loss, 1, "loss") > 0);
	assert_int_equal(engine_outputs(engine, t->start, 0, rows, z, NULL), GF_OK);
	assert_true(count_nans(z, rows * 2, "outputs") > 0);
	free_outcome(&found);
	engine_close(engine);
	free_training(t);
}

static void a_diverging_training_has_one_nan(void **state)
{
	(void)state;
	assert_one_nan(GF_ENGINE_streaming, GF_KERNELS_cpu);
	assert_one_nan(GF_ENGINE_streaming, GF_KERNELS_gpu);
	assert_one_nan(GF_ENGINE_resident, GF_KERNELS_cpu);
}

static void a_file_has_one_nan(void **state)
{
	const float values[] = {1.0f, float_of_bits(0xffc00000), float_of_bits(0x7fffffff)};
	const unsigned char wanted[] = {0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f};
	const struct safetensors_tensor tensor = {
		.name = "values", .rank = 1, .shape = {3}, .values = values};
	unsigned char bytes[sizeof wanted];
	FILE *file;

	(void)state;
	assert_int_equal(safetensors_write("nans.safetensors", &tensor, 1, NULL, 0, NULL), GF_OK);
	file = fopen("nans.safetensors", "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, -(long)sizeof bytes, SEEK_END), 0);
	assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
	fclose(file);
	assert_memory_equal(bytes, wanted, sizeof bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_diverging_training_has_one_nan),
		cmocka_unit_test(a_file_has_one_nan),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

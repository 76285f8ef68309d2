/* test_dataset.c: data sets made of arrays, and their layout in memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataset.h"
#include "gpufitcl_notebook.h"

#include <math.h>
#include <string.h>

static void check_refusal(const float *x, const float *y, size_t rows, size_t features,
	size_t outputs, gf_status status, const char *message)
{
	gf_error err = {0};
	gf_dataset *data;

	assert_int_equal(gf_dataset_new(&data,
				 &(gf_arrays){.rows = rows,
					 .features = features,
					 .outputs = outputs,
					 .x = x,
					 .y = y},
				 &err),
		status);
	assert_string_equal(err.message, message);
	assert_null(data);
}

static void numbers_are_copied(void **state)
{
	const float x[] = {1, 2, 3, 4, 5, 6}, y[] = {7, 8, 9};
	gf_dataset *data;

	(void)state;
	assert_int_equal(
		gf_dataset_new(&data,
			&(gf_arrays){.rows = 3, .features = 2, .outputs = 1, .x = x, .y = y}, NULL),
		GF_OK);
	assert_int_equal(gf_dataset_rows(data), 3);
	assert_int_equal(gf_dataset_features(data), 2);
	assert_int_equal(gf_dataset_outputs(data), 1);
	assert_memory_equal(gf_dataset_x(data), x, sizeof x);
	assert_memory_equal(gf_dataset_y(data), y, sizeof y);
	gf_dataset_free(data);
}

static void columns_are_numbered_from_1_unless_there_is_only_one(void **state)
{
	const float x[] = {1, 2}, y[] = {3};
	gf_dataset *data;

	(void)state;
	assert_int_equal(
		gf_dataset_new(&data,
			&(gf_arrays){.rows = 1, .features = 2, .outputs = 1, .x = x, .y = y}, NULL),
		GF_OK);
	assert_string_equal(gf_dataset_feature_name(data, 0), "x1");
	assert_string_equal(gf_dataset_feature_name(data, 1), "x2");
	assert_null(gf_dataset_feature_name(data, 2));
	assert_string_equal(gf_dataset_target_name(data, 0), "y");
	assert_null(gf_dataset_target_name(data, 1));
	gf_dataset_free(data);
}

static void data_without_rows_or_features_are_refused(void **state)
{
	const float one = 1;

	(void)state;
	check_refusal(&one, &one, 0, 1, 1, GF_E_USAGE,
		"0 rows, 1 features: at least one of each is wanted");
	check_refusal(&one, &one, 1, 0, 1, GF_E_USAGE,
		"1 rows, 0 features: at least one of each is wanted");
}

static void numbers_that_are_not_finite_are_refused(void **state)
{
	const float x[] = {1, 2, 3, 4}, nans[] = {1, 2, 3, NAN}, infinities[] = {1, -INFINITY};

	(void)state;
	check_refusal(
		nans, x, 2, 2, 1, GF_E_DATA, "x: row 1, column 1, both from 0: nan is not finite");
	check_refusal(x, infinities, 2, 2, 1, GF_E_DATA,
		"y: row 1, column 0, both from 0: -inf is not finite");
}

/* Without a check these products would wrap around to small numbers. */
static void sizes_beyond_all_memory_are_refused(void **state)
{
	const float one = 1;

	(void)state;
	check_refusal(&one, &one, SIZE_MAX / 2 + 1, 2, 1, GF_E_MEMORY,
		"cannot allocate 9223372036854775808 rows of 2 features");
	check_refusal(&one, &one, SIZE_MAX / 4, 1, 1, GF_E_MEMORY,
		"cannot allocate 4611686018427387903 rows of 1 features");
	check_refusal(&one, &one, SIZE_MAX, 1, 1, GF_E_MEMORY,
		"cannot allocate 18446744073709551615 rows of 1 features");
	check_refusal(&one, &one, 1, 1, SIZE_MAX, GF_E_MEMORY,
		"cannot allocate 1 rows of 18446744073709551615 targets");
}

/* Kernels may load whole tiles of rows and some lanes beyond: all of them are 0. */
static void x_is_followed_by_zeros(void **state)
{
	static const size_t shapes[][2] = {{1, 1}, {15, 3}, {16, 3}, {17, 3}, {1023, 1}, {64, 16}};

	(void)state;
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
		size_t rows = shapes[s][0], features = shapes[s][1];
		size_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
		gf_dataset *data;

		assert_int_equal(dataset_alloc(&data, rows, features, 0, NULL), GF_OK);
		assert_int_equal((uintptr_t)data->x % DATASET_ALIGNMENT, 0);
		assert_int_equal(data->x_bytes % DATASET_ALIGNMENT, 0);
		assert_true(data->x_bytes >=
			    (tiles * TILE_ROWS * features + SUM_LANES) * sizeof(float));
		for (size_t i = 0; i < data->x_bytes / sizeof(float); i++)
			assert_true(data->x[i] == 0.0f);
		assert_null(data->y);
		gf_dataset_free(data);
	}
}

static void the_notebook_s_data_are_its_seven_points(void **state)
{
	const float x[] = {1, 2, 3, 4, 1.1f, 2.2f, 3.3f};
	const float y[] = {1, 4, 9, 16, 1.21f, 4.84f, 10.89f};
	gf_dataset *data;

	(void)state;
	assert_int_equal(gf_dataset_notebook(&data, NULL), GF_OK);
	assert_int_equal(data->rows, 7);
	assert_memory_equal(data->x, x, sizeof x);
	assert_memory_equal(data->y, y, sizeof y);
	assert_string_equal(data->feature_names[0], "x");
	assert_string_equal(data->target_names[0], "y");
	gf_dataset_free(data);
}

static void freeing_null_does_nothing(void **state)
{
	(void)state;
	gf_dataset_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_copied),
		cmocka_unit_test(columns_are_numbered_from_1_unless_there_is_only_one),
		cmocka_unit_test(data_without_rows_or_features_are_refused),
		cmocka_unit_test(numbers_that_are_not_finite_are_refused),
		cmocka_unit_test(sizes_beyond_all_memory_are_refused),
		cmocka_unit_test(x_is_followed_by_zeros),
		cmocka_unit_test(the_notebook_s_data_are_its_seven_points),
		cmocka_unit_test(freeing_null_does_nothing),
	};

	return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}

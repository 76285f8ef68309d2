/* test_sparse_arrays.c: data sets made of sparse rows in the caller's memory. */
#include "basics.h"

#include <math.h>

enum { ROWS = 3, FEATURES = 10 };

static const int32_t STARTS[] = {0, 2, 2, 5}, INDICES[] = {0, 8, 2, 3, 9};
static const float VALUES[] = {5, 2, -1.5f, 0, 3}, Y[] = {1, 0, 1};

static gf_arrays sparse_arrays(void)
{
	return (gf_arrays){.rows = ROWS,
		.features = FEATURES,
		.outputs = 1,
		.y = Y,
		.sparse = {.start = STARTS, .index = INDICES, .value = VALUES}};
}

static gf_dataset *made(const gf_arrays *arrays)
{
	gf_dataset *data;
	gf_error err;

	if (gf_dataset_new(&data, arrays, &err))
		fail_msg("%s", err.message);
	return data;
}

static void refused(const gf_arrays *arrays, gf_status status, const char *message)
{
	gf_dataset *data;
	gf_error err;

	assert_int_equal(gf_dataset_new(&data, arrays, &err), status);
	assert_string_equal(err.message, message);
	assert_null(data);
}

/* ---- what is copied ---- */

static void assert_rows(const gf_dataset *data)
{
	static const uint64_t starts[] = {0, 2, 2, 4};
	static const uint32_t indices[] = {0, 8, 2, 9};
	static const float values[] = {5, 2, -1.5f, 3};
	const uint64_t *start;
	const uint32_t *index;
	const float *value;

	assert_true(gf_dataset_sparse(data, &start, &index, &value));
	assert_null(gf_dataset_x(data));
	assert_memory_equal(start, starts, sizeof starts);
	assert_memory_equal(index, indices, sizeof indices);
	assert_memory_equal(value, values, sizeof values);
	assert_memory_equal(gf_dataset_y(data), Y, sizeof Y);
}

static void rows_stay_sparse_without_their_zeros(void **state)
{
	const gf_arrays arrays = sparse_arrays();
	gf_dataset *data = made(&arrays);

	(void)state;
	assert_rows(data);
	gf_dataset_free(data);
}

static void wide_integers_and_doubles_are_taken(void **state)
{
	static const int64_t starts[] = {0, 2, 2, 5}, indices[] = {0, 8, 2, 3, 9};
	static const double values[] = {5, 2, -1.5, 1e-60, 3};
	gf_arrays arrays = sparse_arrays();
	gf_dataset *data;

	(void)state;
	arrays.sparse = (gf_sparse_rows){.start = starts,
		.index = indices,
		.value = values,
		.integer = GF_INTEGER_int64,
		.number = GF_NUMBER_double};
	data = made(&arrays);
	assert_rows(data);
	gf_dataset_free(data);
}

static void zeros_are_stored_on_request_and_where_features_are_few(void **state)
{
	static const float x[] = {5, 0, 0, 0, 0, 0, 0, 0, 2, 0, /**/ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		/**/ 0, 0, -1.5f, 0, 0, 0, 0, 0, 0, 3};
	gf_arrays arrays = sparse_arrays();
	gf_dataset *data;

	(void)state;
	arrays.sparse.dense = 1;
	data = made(&arrays);
	assert_memory_equal(gf_dataset_x(data), x, sizeof x);
	gf_dataset_free(data);
	arrays = sparse_arrays();
	arrays.rows = arrays.features = 1;
	arrays.sparse.start = (const int32_t[]){0, 1};
	data = made(&arrays);
	assert_true(gf_dataset_x(data)[0] == 5.0f);
	gf_dataset_free(data);
}

static void rows_of_zeros_alone_need_no_numbers(void **state)
{
	gf_arrays arrays = sparse_arrays();
	gf_dataset *data;

	(void)state;
	arrays.sparse = (gf_sparse_rows){.start = (const int32_t[]){0, 0, 0, 0}};
	data = made(&arrays);
	assert_null(gf_dataset_x(data));
	gf_dataset_free(data);
}

/* ---- what is refused ---- */

static void members_that_contradict_are_refused(void **state)
{
	gf_arrays arrays = sparse_arrays();

	(void)state;
	arrays.x = VALUES;
	refused(&arrays, GF_E_USAGE,
		"sparse rows are given, so that x must be NULL and borrow_x 0");
	arrays = sparse_arrays();
	arrays.sparse.integer = GF_INTEGER_COUNT;
	refused(&arrays, GF_E_USAGE,
		"sparse: integer is 2 and number is 0; wanted: int32 or int64, and float or "
		"double");
	arrays = sparse_arrays();
	arrays.features = (size_t)INT32_MAX + 1;
	refused(&arrays, GF_E_USAGE, "sparse: 2147483648 features; at most 2147483647 are wanted");
	arrays = sparse_arrays();
	arrays.sparse.value = NULL;
	refused(&arrays, GF_E_USAGE, "sparse: value is NULL");
	arrays.sparse.start = NULL;
	refused(&arrays, GF_E_USAGE, "x is NULL");
}

static void wrong_numbers_are_told_with_their_place(void **state)
{
	static const struct {
		int32_t starts[4], indices[5];
		float values[5];
		const char *message;
	} CASES[] = {
		{{1, 2, 2, 5}, {0}, {0}, "sparse: start 0, from 0, is 1; wanted: 0"},
		{{0, 2, 1, 5}, {0}, {0},
			"sparse: start 2, from 0, is 1; wanted: the one before or above"},
		{{0, 2, 2, 5}, {0, 10}, {0}, "sparse: row 0, from 0: index 10; wanted: 0 to 9"},
		{{0, 2, 2, 5}, {0, -3}, {0}, "sparse: row 0, from 0: index -3; wanted: 0 to 9"},
		{{0, 2, 2, 5}, {0, 8, 5, 5}, {0},
			"x: row 2, column 5, both from 0: it comes twice"},
		{{0, 2, 2, 5}, {0, 8, 5, 4}, {0},
			"sparse: row 2, from 0: index 4 after 5; rising ones are wanted"},
		{{0, 2, 2, 5}, {0, 8, 5, 6, 7}, {0, 0, NAN},
			"x: row 2, column 5, both from 0: nan is not finite"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		gf_arrays arrays = sparse_arrays();

		arrays.sparse = (gf_sparse_rows){.start = CASES[i].starts,
			.index = CASES[i].indices,
			.value = CASES[i].values,
			.dense = i % 2};
		refused(&arrays, GF_E_DATA, CASES[i].message);
	}
}

static void doubles_beyond_floats_are_refused(void **state)
{
	static const double values[] = {5, 2e300, 1, 1, 1};
	gf_arrays arrays = sparse_arrays();

	(void)state;
	arrays.sparse.value = values;
	arrays.sparse.number = GF_NUMBER_double;
	refused(&arrays, GF_E_DATA,
		"x: row 0, column 8, both from 0: 2e+300 is beyond float's range");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_stay_sparse_without_their_zeros),
		cmocka_unit_test(wide_integers_and_doubles_are_taken),
		cmocka_unit_test(zeros_are_stored_on_request_and_where_features_are_few),
		cmocka_unit_test(rows_of_zeros_alone_need_no_numbers),
		cmocka_unit_test(members_that_contradict_are_refused),
		cmocka_unit_test(wrong_numbers_are_told_with_their_place),
		cmocka_unit_test(doubles_beyond_floats_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

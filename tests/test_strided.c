/* test_strided.c: gf_dataset_new takes floats and doubles whose rows and columns lie anywhere, and
 * can read x where the caller has it. */
#include "fixture.h"
#include "scratch.h"

#include <float.h>
#include <math.h>

enum { ROWS = 5, FEATURES = 3 };

static const float X[ROWS][FEATURES] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {0.5f, -1, 2}, {3, 3, 1}};
static const float Y[ROWS] = {1, 0, 2, 1, 0};

static gf_arrays plain_arrays(void)
{
	return (gf_arrays){.rows = ROWS, .features = FEATURES, .outputs = 1, .x = X, .y = Y};
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

	assert_failure(gf_dataset_new(&data, arrays, &err), &err, status, message);
	assert_null(data);
}

/* ---- layouts ---- */

static void assert_holds_x(const gf_arrays *arrays)
{
	gf_dataset *data = made(arrays);

	assert_memory_equal(gf_dataset_x(data), X, sizeof X);
	assert_memory_equal(gf_dataset_y(data), Y, sizeof Y);
	gf_dataset_free(data);
}

static void doubles_become_floats(void **state)
{
	double x[ROWS][FEATURES], y[ROWS];
	gf_arrays arrays = plain_arrays();

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		y[i] = (double)Y[i];
		for (size_t j = 0; j < FEATURES; j++)
			x[i][j] = (double)X[i][j];
	}
	arrays.x = x;
	arrays.y = y;
	arrays.x_layout.number = arrays.y_layout.number = GF_NUMBER_double;
	assert_holds_x(&arrays);
}

static void columns_may_follow_each_other(void **state)
{
	double x[FEATURES][ROWS];
	gf_arrays arrays = plain_arrays();

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < FEATURES; j++)
			x[j][i] = (double)X[i][j];
	arrays.x = x;
	arrays.x_layout = (gf_layout){GF_NUMBER_double, sizeof(double), sizeof x[0]};
	assert_holds_x(&arrays);
}

/* A table whose first column is y, and rows from the last to the first. */
static void parts_of_a_table_and_rows_in_reverse_are_taken(void **state)
{
	float table[ROWS][FEATURES + 2];
	const ptrdiff_t row = sizeof table[0];
	gf_arrays arrays = plain_arrays();

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		table[ROWS - 1 - i][0] = Y[i];
		memcpy(&table[ROWS - 1 - i][1], X[i], sizeof X[i]);
		table[i][FEATURES + 1] = NAN;
	}
	arrays.x = &table[ROWS - 1][1];
	arrays.y = &table[ROWS - 1][0];
	arrays.x_layout = arrays.y_layout = (gf_layout){.row_stride = -row};
	assert_holds_x(&arrays);
	arrays.x = &table[ROWS - 1][FEATURES];
	arrays.x_layout.column_stride = -(ptrdiff_t)sizeof(float);
	gf_dataset *data = made(&arrays);
	assert_true(gf_dataset_x(data)[0] == 3 && gf_dataset_x(data)[2] == 1);
	gf_dataset_free(data);
}

static void numbers_need_not_be_aligned(void **state)
{
	char bytes[1 + sizeof X];
	gf_arrays arrays = plain_arrays();

	(void)state;
	memcpy(bytes + 1, X, sizeof X);
	arrays.x = bytes + 1;
	assert_holds_x(&arrays);
	arrays.borrow_x = 1;
	refused(&arrays, GF_E_USAGE,
		"borrow_x is 1, but x is not aligned floats, row-major without gaps");
}

static void weights_may_be_a_column_of_doubles(void **state)
{
	const double table[ROWS][2] = {{9, 1}, {9, 0.5}, {9, 0}, {9, 2}, {9, 4}};
	const float wanted[ROWS] = {1, 0.5f, 0, 2, 4};
	gf_arrays arrays = plain_arrays();
	gf_dataset *data;

	(void)state;
	arrays.weights = &table[0][1];
	arrays.weights_layout = (gf_layout){GF_NUMBER_double, sizeof table[0], 0};
	data = made(&arrays);
	assert_memory_equal(gf_dataset_weights(data), wanted, sizeof wanted);
	gf_dataset_free(data);
}

/* 2^24 + 1 is no float, but as a label it is not 2^24. */
static void classes_are_told_apart_as_doubles(void **state)
{
	const double y[ROWS] = {16777216, 16777217, 16777216, 16777217, 16777217};
	const float wanted[ROWS] = {0, 1, 0, 1, 1};
	gf_arrays arrays = plain_arrays();
	gf_dataset *data;

	(void)state;
	arrays.y = y;
	arrays.y_layout.number = GF_NUMBER_double;
	arrays.loss = GF_LOSS_bce;
	data = made(&arrays);
	assert_memory_equal(gf_dataset_y(data), wanted, sizeof wanted);
	assert_string_equal(gf_dataset_class_name(data, 1), "16777217");
	gf_dataset_free(data);
}

/* ---- what is refused ---- */

static void a_double_beyond_floats_is_refused_with_its_place(void **state)
{
	double x[ROWS][FEATURES] = {{0}};
	gf_arrays arrays = plain_arrays();

	(void)state;
	arrays.x = x;
	arrays.x_layout.number = GF_NUMBER_double;
	x[3][1] = 2.0 * (double)FLT_MAX;
	refused(&arrays, GF_E_DATA,
		"x: row 3, column 1, both from 0: 6.80565e+38 is beyond float's range");
	x[3][1] = NAN;
	refused(&arrays, GF_E_DATA, "x: row 3, column 1, both from 0: nan is not finite");
	x[3][1] = 0.0;
	arrays.y = x;
	arrays.y_layout = arrays.x_layout;
	x[0][2] = -1e300;
	refused(&arrays, GF_E_DATA,
		"x: row 0, column 2, both from 0: -1e+300 is beyond float's range");
}

static void strides_beyond_all_memory_are_refused(void **state)
{
	gf_arrays arrays = plain_arrays();

	(void)state;
	arrays.x_layout.row_stride = PTRDIFF_MAX / 4;
	refused(&arrays, GF_E_USAGE, "x_layout: 5 rows of 2305843009213693951 bytes are too many");
	arrays.x_layout = (gf_layout){.column_stride = PTRDIFF_MIN};
	refused(&arrays, GF_E_USAGE,
		"x_layout: 3 columns of -9223372036854775808 bytes are too many");
	arrays.x_layout = (gf_layout){.number = GF_NUMBER_COUNT};
	refused(&arrays, GF_E_USAGE, "x_layout: number is 2; wanted: float or double");
}

/* ---- x that is borrowed ---- */

static void an_x_that_is_borrowed_stays_where_it_is(void **state)
{
	gf_arrays arrays = plain_arrays();
	gf_dataset *data;
	float x[ROWS][FEATURES];

	(void)state;
	memcpy(x, X, sizeof x);
	arrays.x = x;
	arrays.borrow_x = 1;
	data = made(&arrays);
	assert_ptr_equal(gf_dataset_x(data), x);
	gf_dataset_free(data);
	x[4][2] = INFINITY;
	refused(&arrays, GF_E_DATA, "x: row 4, column 2, both from 0: inf is not finite");
}

/* Rows end just before the end of the memory that is allocated, where a sanitizer sees a kernel's
 * or a thread's access behind it; several shapes end in parts of tiles and of vectors. */
static void trainings_on_a_borrowed_x_have_the_same_bits(void **state)
{
	static const struct shape shapes[] = {{7, 1, 1}, {65, 3, 2}, {130, 17, 1}};
	static const gf_engine engines[] = {
		GF_ENGINE_resident, GF_ENGINE_streaming, GF_ENGINE_moments, GF_ENGINE_reference};

	(void)state;
	for (size_t i = 0; i < COUNT(shapes) * COUNT(engines) * 2; i++) {
		const struct shape *s = &shapes[i / 2 % COUNT(shapes)];
		gf_dataset *copied = random_data(s->rows, s->features, s->outputs), *borrowed;
		const size_t floats = s->rows * s->features;
		float *x = malloc(floats * sizeof *x);
		gf_config config = config_for(engines[i / 2 / COUNT(shapes)], 3);
		gf_model *wanted, *found;
		float z[2][256];

		assert_non_null(x);
		memcpy(x, gf_dataset_x(copied), floats * sizeof *x);
		config.standardize = i % 2;
		config.shuffle = config.engine == GF_ENGINE_streaming;
		config.check = config.engine == GF_ENGINE_reference ? GF_CHECK_off : GF_CHECK_every;
		borrowed = made(&(gf_arrays){.rows = s->rows,
			.features = s->features,
			.outputs = s->outputs,
			.x = x,
			.y = gf_dataset_y(copied),
			.borrow_x = 1});
		wanted = fit_model(copied, &config, NULL);
		found = fit_model(borrowed, &config, NULL);
		assert_memory_equal(gf_model_weight(found), gf_model_weight(wanted),
			s->features * s->outputs * sizeof(float));
		assert_memory_equal(
			gf_model_bias(found), gf_model_bias(wanted), s->outputs * sizeof(float));
		assert_int_equal(gf_predict(wanted, copied, NULL, z[0], NULL), GF_OK);
		assert_int_equal(gf_predict(found, borrowed, NULL, z[1], NULL), GF_OK);
		assert_memory_equal(z[0], z[1], s->rows * s->outputs * sizeof(float));
		gf_model_free(wanted);
		gf_model_free(found);
		gf_dataset_free(borrowed);
		gf_dataset_free(copied);
		free(x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_become_floats),
		cmocka_unit_test(columns_may_follow_each_other),
		cmocka_unit_test(parts_of_a_table_and_rows_in_reverse_are_taken),
		cmocka_unit_test(numbers_need_not_be_aligned),
		cmocka_unit_test(weights_may_be_a_column_of_doubles),
		cmocka_unit_test(classes_are_told_apart_as_doubles),
		cmocka_unit_test(a_double_beyond_floats_is_refused_with_its_place),
		cmocka_unit_test(strides_beyond_all_memory_are_refused),
		cmocka_unit_test(an_x_that_is_borrowed_stays_where_it_is),
		cmocka_unit_test(trainings_on_a_borrowed_x_have_the_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

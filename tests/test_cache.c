/* test_cache.c: data in files: an array that is used where it stands, and arrays that grow in a
 * temporary file. */
#include "csv_rows.h"
#include "dataset.h"
#include "error.h"
#include "fixture_files.h"
#include "scratch.h"
#include "table_read.h"

#include <dirent.h>

#define ARRAY "x.npy"

/* Writes an array of 32-bit floats with a header of 128 bytes, as NumPy does. */
static void write_array(const float *numbers, size_t rows, size_t columns)
{
	FILE *file = fopen(ARRAY, "wb");

	assert_non_null(file);
	fprintf(file, "\x93NUMPY\x01%cv%c{'descr': '<f4', 'fortran_order': False, 'shape': ", 0, 0);
	fprintf(file, "(%5zu, %5zu), }%*s\n", rows, columns, 50, "");
	assert_int_equal(ftell(file), 128);
	fwrite(numbers, sizeof *numbers, rows * columns, file);
	assert_int_equal(fclose(file), 0);
}

static gf_dataset *read_features(const char *path)
{
	const struct read_options features = {
		.header = -1, .decimal = '.', .missing = GF_MISSING_error, .part = PART_FEATURES};
	gf_dataset *data = NULL;
	gf_error err = {0};

	if (table_read(&data, path, &features, &err))
		fail_msg("%s", err.message);
	return data;
}

/* The zeros that dataset.h promises behind the last row. */
static void assert_zeros_follow(const gf_dataset *data)
{
	const size_t used = data->rows * data->features;

	for (size_t i = used; i < used + (TILE_ROWS - 1) * data->features + SUM_LANES; i++)
		assert_true(data->x[i] == 0.0f);
	assert_true(data->x_bytes >= (used + SUM_LANES) * sizeof *data->x);
}

static void an_array_of_floats_is_used_where_it_stands_in_its_file(void **state)
{
	enum { ROWS = 5000, COLUMNS = 3 };
	static float numbers[ROWS * COLUMNS];
	gf_dataset *data;

	(void)state;
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		numbers[i] = (float)i - 0.5f;
	for (size_t rows = ROWS; rows > 0; rows /= 9) {
		write_array(numbers, rows, COLUMNS);
		data = read_features(ARRAY);
		assert_true(page_array_is_read_only(&data->pages));
		assert_int_equal(data->rows, rows);
		assert_memory_equal(data->x, numbers, rows * COLUMNS * sizeof *numbers);
		assert_zeros_follow(data);
		gf_dataset_free(data);
	}
}

static void an_array_that_is_used_in_place_is_finite(void **state)
{
	enum { ROWS = 4000, COLUMNS = 3, PLACE = 3000 * COLUMNS + 1 };
	static float numbers[ROWS * COLUMNS];
	const struct read_options features = {
		.header = -1, .decimal = '.', .missing = GF_MISSING_error, .part = PART_FEATURES};

	(void)state;
	numbers[PLACE] = INFINITY;
	write_array(numbers, ROWS, COLUMNS);
	assert_string_equal(table_outcome(ARRAY, &features),
		"DATA x.npy: row 3001, column 2: not a finite number");
	numbers[PLACE] = NAN;
	write_array(numbers, ROWS, COLUMNS);
	assert_string_equal(table_outcome(ARRAY, &features),
		"DATA x.npy: row 3001, column 2: a missing value (NaN); --missing drop, "
		"mean or most");
}

static size_t files_here(void)
{
	DIR *here = opendir(".");
	size_t count = 0;

	assert_non_null(here);
	for (struct dirent *entry = readdir(here); entry; entry = readdir(here))
		count++;
	closedir(here);
	return count - 2;
}

static void an_array_grows_in_a_file_that_nobody_keeps(void **state)
{
	struct page_array array = {.beside = "x.cache"};
	const size_t before = files_here();
	gf_error err = {0};

	(void)state;
	for (size_t count = 1; count < 1 << 20; count *= 8) {
		assert_int_equal(
			page_array_reserve(&array, count * sizeof(float), "numbers", &err), GF_OK);
		assert_true(array.bytes >= count * sizeof(float));
		assert_true(array.at[count - 1] == 0.0f);
		for (size_t i = 0; i < count / 8; i++)
			assert_true(array.at[i] == (float)i);
		for (size_t i = 0; i < count; i++)
			array.at[i] = (float)i;
	}
	assert_int_equal(files_here(), before + 1);
	page_array_free(&array);
	assert_int_equal(files_here(), before);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct page_array array = {.beside = "nowhere/x.cache"};
	gf_error err = {0};

	(void)state;
	assert_int_equal(page_array_reserve(&array, 1, "numbers", &err), GF_E_CANTCREATE);
	assert_string_equal(
		err.message, "nowhere/x.cache: cannot create: No such file or directory");
	page_array_free(&array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_of_floats_is_used_where_it_stands_in_its_file),
		cmocka_unit_test(an_array_that_is_used_in_place_is_finite),
		cmocka_unit_test(an_array_grows_in_a_file_that_nobody_keeps),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

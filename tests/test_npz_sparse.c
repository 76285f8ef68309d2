/* test_npz_sparse.c: sparse matrices of scipy: what becomes of them, and damaged ones. */
#include "csv_rows.h"
#include "npz_sparse_files.h"
#include "scratch.h"

#include "dataset.h"
#include "sparse_matrix.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- files ---- */

static const struct npz_file *file_of(const char *name)
{
	size_t i = 0;

	while (i < COUNT(NPZ_SPARSE_FILES) && strcmp(NPZ_SPARSE_FILES[i].name, name) != 0)
		i++;
	assert_true(i < COUNT(NPZ_SPARSE_FILES));
	return &NPZ_SPARSE_FILES[i];
}

static const char *file_outcome(const char *name, int sparse, int needs_targets)
{
	const struct npz_file *file = file_of(name);
	struct read_options options = csv_plain;

	options.sparse = sparse;
	options.with_target = needs_targets;
	scratch_write("d.npz", file->bytes, file->count);
	return table_outcome("d.npz", &options);
}

#define TEN_COLUMNS \
	"column1 column2 column3 column4 column5 column6 column7 column8 column9 column10"

static void rows_and_columns_are_read(void **state)
{
	static const char *const names[] = {"csr", "csc"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_string_equal(file_outcome(names[i], 0, 0), TEN_COLUMNS
			"\n5 0 0 0 0 0 0 0 2 0\n0 0 0 0 0 0 0 0 0 0\n0 0 -1.5 0 0 0 0 0 3 0");
		assert_string_equal(
			file_outcome(names[i], 1, 0), TEN_COLUMNS "\n0:5 8:2\n\n2:-1.5 8:3");
	}
}

static void labels_are_in_a_second_file(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	assert_string_equal(file_outcome("csr", 1, 1),
		"USAGE d.npz: is a sparse matrix, which has features alone; --labels FILE has the "
		"targets");
	scratch_write("y.csv", "7\n8\n9\n", 6);
	options.labels = "y.csv";
	options.sparse = 1;
	assert_string_equal(table_outcome("d.npz", &options),
		TEN_COLUMNS " > label\n0:5 8:2 > 7\n > 8\n2:-1.5 8:3 > 9");
	options.sample_weight = "3";
	assert_string_equal(table_outcome("d.npz", &options),
		"USAGE d.npz: is a sparse matrix, which has features alone, and no column of "
		"weights");
	options.sample_weight = NULL;
	options.labels = "d.npz";
	assert_string_equal(table_outcome("y.csv", &options),
		"DATA y.csv: rows of 1 feature cannot be kept sparse, which wants 9 or more; "
		"wanted: --sparse no");
	options.sparse = 0;
	assert_string_equal(table_outcome("y.csv", &options),
		"DATA d.npz: is a sparse matrix; labels are wanted as npy, IDX or CSV");
}

static void other_formats_are_refused(void **state)
{
	(void)state;
	assert_string_equal(file_outcome("coo", 0, 0),
		"DATA d.npz: is a sparse matrix of scipy's in the format \"coo\"; csr or csc is "
		"wanted, which the matrix's method tocsr() makes of it");
}

/* No offset, size or length of the archive is trusted: the sanitizers watch. */
static void any_changed_byte_is_survived(void **state)
{
	const struct npz_file *file = file_of("csc");
	struct read_options options = csv_plain;
	unsigned char *bytes = malloc(file->count);

	(void)state;
	assert_non_null(bytes);
	options.with_target = 0;
	for (size_t i = 0; i < file->count; i += 3) {
		memcpy(bytes, file->bytes, file->count);
		bytes[i] = i % 2 ? 0xff : (unsigned char)(bytes[i] + 1);
		scratch_write("d.npz", bytes, file->count);
		assert_null(strstr(table_outcome("d.npz", &options), "OTHER"));
	}
	free(bytes);
}

/* ---- matrices that are no good ---- */

enum { MOST = 6 };

/* A matrix of 3 rows and 10 columns. */
struct matrix_row {
	int by_column;
	int32_t starts[MOST], indices[MOST];
	float values[MOST];
	size_t start_count, index_count, value_count;
	const char *outcome;
};

static struct ndarray array_of(enum ndarray_type type, const void *numbers, size_t count)
{
	struct ndarray array = {.type = type, .rank = 1, .shape = {count}};
	struct input in;

	input_borrow(&in, "numbers", numbers, count * 4);
	assert_int_equal(ndarray_read(&array, &in, NULL), GF_OK);
	return array;
}

static const char *outcome_of(const struct matrix_row *row)
{
	static gf_error err;
	struct read_options options = csv_plain;
	struct sparse_matrix m = {.name = "d.npz",
		.rows = row->by_column ? 10 : 3,
		.columns = row->by_column ? 3 : 10,
		.by_column = row->by_column,
		.starts = array_of(NDARRAY_int32, row->starts, row->start_count),
		.indices = array_of(NDARRAY_int32, row->indices, row->index_count),
		.values = array_of(NDARRAY_float32, row->values, row->value_count)};
	gf_dataset *data;

	options.part = PART_FEATURES;
	options.with_target = 0;
	err = (gf_error){.status = GF_OK};
	sparse_matrix_dataset(&data, &m, &options, &err);
	sparse_matrix_free(&m);
	gf_dataset_free(data);
	return err.message;
}

static void wrong_numbers_are_told_with_their_place(void **state)
{
	static const struct matrix_row rows[] = {
		{0, {0, 2, 1, 3}, {1, 2, 3}, {1, 1, 1}, 4, 3, 3,
			"d.npz: indptr says that row 2 begins at 2 and ends at 1; places from 0 to "
			"3 that rise are wanted"},
		{0, {1, 2, 3, 3}, {1, 2, 3}, {1, 1, 1}, 4, 3, 3,
			"d.npz: indptr says that row 1 begins at 1 and ends at 2; places from 0 to "
			"3 that rise are wanted"},
		{1, {0, 1, 2, 4}, {1, 2, 3}, {1, 1, 1}, 4, 3, 3,
			"d.npz: indptr says that column 3 begins at 2 and ends at 4; places from 0 "
			"to 3 that rise are wanted"},
		{0, {0, 1, 2}, {1, 2}, {1, 1}, 3, 2, 2,
			"d.npz: indptr has 3 numbers, but the matrix has 3 rows; one more than "
			"these is wanted"},
		{0, {0, 1, 2, 3}, {1, 2, 3}, {1, 1}, 4, 3, 2,
			"d.npz: indices has 3 numbers, but data has 2; as many are wanted"},
		{0, {0, 1, 2, 3}, {1, 2, 10}, {1, 1, 1}, 4, 3, 3,
			"d.npz: indices has 10 in row 3; columns from 0 to 9 are wanted"},
		{1, {0, 1, 2, 3}, {1, -2, 0}, {1, 1, 1}, 4, 3, 3,
			"d.npz: indices has -2 in column 2; rows from 0 to 9 are wanted"},
		{0, {0, 1, 1, 4}, {1, 7, 2, 7}, {1, 1, 1, 1}, 4, 4, 4,
			"d.npz: row 3, column 8: it comes twice; the matrix's method "
			"sum_duplicates() adds such numbers up"},
		{1, {0, 1, 1, 4}, {1, 2, 7, 2}, {1, 1, 1, 1}, 4, 4, 4,
			"d.npz: row 3, column 3: it comes twice; the matrix's method "
			"sum_duplicates() adds such numbers up"},
		{0, {0, 0, 1, 2}, {1, 2}, {INFINITY, 1}, 4, 2, 2,
			"d.npz: row 2, column 2: not a finite number"},
		{1, {0, 0, 1, 2}, {1, 2}, {1, NAN}, 4, 2, 2,
			"d.npz: row 3, column 3: a missing value; --missing drop, mean or most"},
		/* scipy may leave numbers behind the last; a row may have any order. */
		{0, {0, 1, 1, 3}, {1, 7, 2, 7}, {1, 1, 1, 1}, 4, 4, 4, ""},
		/* Numbers of one column in several rows are none that come twice. */
		{1, {0, 2, 3, 4}, {0, 1, 0, 0}, {1, 1, 1, 1}, 4, 4, 4, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(outcome_of(&rows[i]), rows[i].outcome);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_columns_are_read),
		cmocka_unit_test(labels_are_in_a_second_file),
		cmocka_unit_test(other_formats_are_refused),
		cmocka_unit_test(any_changed_byte_is_survived),
		cmocka_unit_test(wrong_numbers_are_told_with_their_place),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

/*
 * test_precision.c: notices name the columns whose values 32-bit floats cannot tell apart, in
 * every format, and no others.
 */
#include "csv_rows.h"
#include "scratch.h"

#include "table_read.h"

#include <string.h>

enum { TEXT = 8192 };

static void add_notice(const char *text, void *user)
{
	char *all = user;
	const size_t used = strlen(all);

	snprintf(all + used, TEXT - used, "%s\n", text);
}

static struct read_options options_of(char *notices)
{
	struct read_options options = csv_plain;

	notices[0] = '\0';
	options.notice = add_notice;
	options.user = notices;
	return options;
}

/* Reads the file with those options, which gives those notices and no others. */
static void assert_notices_with(const char *path, const struct read_options *options,
	const char *notices, const char *wanted)
{
	gf_dataset *data;
	gf_error err = {0};

	if (table_read(&data, path, options, &err))
		fail_msg("%s", err.message);
	gf_dataset_free(data);
	assert_string_equal(notices, wanted);
}

static void assert_notices(const char *path, const char *wanted)
{
	char notices[TEXT];
	const struct read_options options = options_of(notices);

	assert_notices_with(path, &options, notices, wanted);
}

static void assert_text(const char *text, const char *wanted)
{
	scratch_write("d.csv", text, strlen(text));
	assert_notices("d.csv", wanted);
}

static void a_column_of_time_stamps_is_named(void **state)
{
	(void)state;
	assert_text("t,y\n1700000000,0\n1700000010,1\n1700000200,2\n",
		"d.csv: column 1 (\"t\"): the values vary by about 256, and 32-bit floats near "
		"1.7e+09 are 128 apart, so that different values become one; subtract 1.7e+09 or "
		"so from each of them in the file\n");
}

/* The last ones not even doubles can tell apart. */
static void a_column_of_ids_that_are_equal_in_float_is_named(void **state)
{
	(void)state;
	assert_text("id,y\n9007199254740900,0\n9007199254740901,1\n9007199254740902,2\n",
		"d.csv: column 1 (\"id\"): the values vary by about 2, and 32-bit floats near "
		"9.0072e+15 are 1.07e+09 apart, so that different values become one; subtract "
		"9.0072e+15 or so from each of them in the file\n");
	assert_text("id,y\n-1234567890123456789,0\n-1234567890123456790,1\n",
		"d.csv: column 1 (\"id\"): the values vary by about 1, and 32-bit floats near "
		"1.23457e+18 are 1.37e+11 apart, so that different values become one; subtract "
		"-1.23457e+18 or so from each of them in the file\n");
}

static void a_target_column_is_named(void **state)
{
	(void)state;
	assert_text("x,y\n0,100000000\n1,100000001\n2,100000017\n",
		"d.csv: column 2 (\"y\"): the values vary by about 16, and 32-bit floats near "
		"1e+08 are 8 apart, so that different values become one; subtract 1e+08 or so from "
		"each of them in the file, and add it to the predictions\n");
}

static void a_column_of_decimals_beside_an_offset_is_named(void **state)
{
	(void)state;
	assert_text("x,y\n100000.1,0\n100000.2,1\n100000.3,2\n",
		"d.csv: column 1 (\"x\"): the values vary by about 0.195, and 32-bit floats near "
		"100000 are 0.00781 apart, so that different values become one; subtract 100000 or "
		"so from each of them in the file\n");
}

static void other_columns_are_not_named(void **state)
{
	(void)state;
	assert_text("a,b,y\n0.1,2024.5,1\n0.2,2025.1,2\n0.3,2026.7,3\n", "");
	/* A constant tells no rows apart. */
	assert_text("a,b,y\n0.1,1735689601,1\n0.1,1735689601,2\n0.1,1735689601,3\n", "");
	/* Floats hold these numbers exactly. */
	assert_text("a,y\n16777216,1\n16777218,2\n16777220,3\n", "");
	/* Some numbers become equal, but they differ by less than 1/4096 of the range. */
	assert_text("id,y\n1,1\n20000001,2\n20000000,3\n", "");
	assert_text("a,y\n0,1\n1700000001,2\n1700000002,3\n", "");
}

/* Quoted fields, fields beside words, and numbers that strtod reads take other paths through the
 * code. */
static void columns_are_named_however_their_fields_are_written(void **state)
{
	static const char *const texts[] = {
		"t,y\n\"1700000000\",0\n\"1700000010\",1\n\"1700000200\",2\n",
		"t,y\n 1700000000 ,0\n+1700000010,1\n1.7000002e9,2\n",
		"t,y\n1700000000.00000000000000001,0\n1700000010,1\n1700000200,2\n",
		"t,y\r1700000000,0\r1700000010,1\r1700000200,2\r",
	};
	const char *wanted =
		"d.csv: column 1 (\"t\"): the values vary by about 256, and 32-bit floats near "
		"1.7e+09 are 128 apart, so that different values become one; subtract 1.7e+09 or "
		"so from each of them in the file\n";
	char notices[TEXT];
	struct read_options options = options_of(notices);

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_text(texts[i], wanted);
	options.one_hot = "w";
	options.target = "y";
	scratch_write("d.csv", "t,w,y\n1700000000,a,0\n1700000010,b,1\n1700000200,a,2\n", 51);
	assert_notices_with("d.csv", &options, notices, wanted);
}

/* The training of the model has given the notice. */
static void columns_of_data_for_a_model_are_not_named(void **state)
{
	static const char *const names[] = {"t"};
	char notices[TEXT];
	struct read_options options = options_of(notices);

	(void)state;
	options.wanted_features = names;
	options.wanted_feature_count = 1;
	options.with_target = 0;
	scratch_write("d.csv", "t\n1700000000\n1700000010\n1700000200\n", 35);
	assert_notices_with("d.csv", &options, notices, "");
}

static void of_many_columns_a_few_are_named(void **state)
{
	char notices[TEXT];
	struct read_options options = options_of(notices);
	gf_dataset *data;

	(void)state;
	scratch_write("d.csv",
		"100000001,100000001,100000001,100000001,100000001,1\n"
		"100000002,100000002,100000002,100000002,100000002,2\n",
		104);
	assert_int_equal(table_read(&data, "d.csv", &options, NULL), GF_OK);
	gf_dataset_free(data);
	assert_non_null(strstr(notices, "d.csv: column 3: "));
	assert_null(strstr(notices, "d.csv: column 4: "));
	assert_non_null(strstr(
		notices, "d.csv: the values of 2 more columns become one in the same way\n"));
}

static void svmlight_features_are_named(void **state)
{
	static const char lost[] = "100000001 1:1700000000 2:1\n"
				   "100000009 1:1700000100 2:3 7:1700000010\n"
				   "100000019 1:1700000200 2:1 7:1700000020\n";
	static const char unsorted[] = "1 2:1700000000 1:1\n2 1:3 2:1700000100\n"
				       "3 2:1700000200 1:1\n";
	/* A column that a row leaves out has a 0 there. */
	static const char wide[] = "1 1:1700000000 2:1\n2 2:3\n3 1:1700000020 2:1\n";

	(void)state;
	scratch_write("d.svm", lost, strlen(lost));
	assert_notices("d.svm",
		"d.svm: column 1: the values vary by about 256, and 32-bit floats near 1.7e+09 are "
		"128 apart, so that different values become one; subtract 1.7e+09 or so from each "
		"of them in the file\n"
		"d.svm: the label: the values vary by about 16, and 32-bit floats near 1e+08 are 8 "
		"apart, so that different values become one; subtract 1e+08 or so from each of "
		"them in the file, and add it to the predictions\n");
	scratch_write("d.svm", unsorted, strlen(unsorted));
	assert_notices("d.svm",
		"d.svm: column 2: the values vary by about 256, and 32-bit floats near 1.7e+09 are "
		"128 apart, so that different values become one; subtract 1.7e+09 or so from each "
		"of them in the file\n");
	scratch_write("d.svm", wide, strlen(wide));
	assert_notices("d.svm", "");
}

/* A value that is missing is not a 0, wherever it stands. */
static void svmlight_features_with_missing_values_are_named(void **state)
{
	static const char first[] = "1 1:nan\n2 1:1700000100\n3 1:1700000200\n";
	static const char second[] = "1 1:1700000000\n2 1:nan\n3 1:1700000200\n";
	char notices[TEXT];
	struct read_options options;

	(void)state;
	options = options_of(notices);
	options.missing = GF_MISSING_drop;
	scratch_write("d.svm", second, strlen(second));
	assert_notices_with("d.svm", &options, notices,
		"d.svm: column 1: the values vary by about 256, and 32-bit floats near 1.7e+09 are "
		"128 apart, so that different values become one; subtract 1.7e+09 or so from each "
		"of them in the file\n");
	options = options_of(notices);
	options.missing = GF_MISSING_drop;
	scratch_write("d.svm", first, strlen(first));
	assert_notices_with("d.svm", &options, notices,
		"d.svm: column 1: the values vary by about 128, and 32-bit floats near 1.7e+09 are "
		"128 apart, so that different values become one; subtract 1.7e+09 or so from each "
		"of them in the file\n");
}

/* A .npy file of 64-bit integers or doubles (rows, 2). */
static void write_npy(const char *path, const char *type, const void *values, int rows)
{
	char header[129];
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	snprintf(header, sizeof header,
		"{'descr': '%s', 'fortran_order': False, 'shape': (%d, 2), }", type, rows);
	fwrite("\223NUMPY\001\000\166\000", 1, 10, file);
	fprintf(file, "%-117s\n", header);
	fwrite(values, 16, (size_t)rows, file);
	assert_int_equal(fclose(file), 0);
}

static void npy_columns_of_doubles_and_long_integers_are_named(void **state)
{
	const double doubles[] = {1700000000.0, 0, 1700000100.0, 1, 1700000200.0, 2};
	const int64_t integers[] = {
		-1234567890123456789, 0, -1234567890123456790, 1, -1234567890123456795, 2};

	(void)state;
	write_npy("d.npy", "<f8", doubles, 3);
	assert_notices("d.npy",
		"d.npy: column 1: the values vary by about 256, and 32-bit floats near 1.7e+09 are "
		"128 apart, so that different values become one; subtract 1.7e+09 or so from each "
		"of them in the file\n");
	write_npy("d.npy", "<i8", integers, 3);
	assert_notices("d.npy",
		"d.npy: column 1: the values vary by about 6, and 32-bit floats near 1.23457e+18 "
		"are 1.37e+11 apart, so that different values become one; subtract -1.23457e+18 or "
		"so from each of them in the file\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_of_time_stamps_is_named),
		cmocka_unit_test(a_column_of_ids_that_are_equal_in_float_is_named),
		cmocka_unit_test(a_target_column_is_named),
		cmocka_unit_test(a_column_of_decimals_beside_an_offset_is_named),
		cmocka_unit_test(other_columns_are_not_named),
		cmocka_unit_test(columns_are_named_however_their_fields_are_written),
		cmocka_unit_test(columns_of_data_for_a_model_are_not_named),
		cmocka_unit_test(of_many_columns_a_few_are_named),
		cmocka_unit_test(svmlight_features_are_named),
		cmocka_unit_test(svmlight_features_with_missing_values_are_named),
		cmocka_unit_test(npy_columns_of_doubles_and_long_integers_are_named),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

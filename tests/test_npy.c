/* test_npy.c: files that NumPy writes are read, and damaged or foreign ones are refused. */
#include "csv_rows.h"
#include "damage.h"
#include "dataset.h"
#include "input.h"
#include "table_read.h"
#include "npy_files.h"
#include "scratch.h"

#include <math.h>

#define FILE_NAME "x.npy"

static void write_recorded(const char *name)
{
	for (size_t i = 0; i < COUNT(NPY_FILES); i++)
		if (strcmp(NPY_FILES[i].name, name) == 0) {
			scratch_write(FILE_NAME, NPY_FILES[i].bytes, NPY_FILES[i].count);
			return;
		}
	fail_msg("no file %s", name);
}

static void assert_recorded(const char *name, const char *wanted)
{
	write_recorded(name);
	assert_string_equal(table_outcome(FILE_NAME, &csv_plain), wanted);
}

/* Writes a file of version 1.0 with that header and those bytes. */
static void write_header(const char *header, const char *bytes, size_t count)
{
	char file[1024] = "\x93NUMPY\x01";
	size_t length = strlen(header);

	file[7] = 0;
	file[8] = (char)length;
	file[9] = 0;
	memcpy(file + 10, header, length);
	memcpy(file + 10 + length, bytes, count);
	scratch_write(FILE_NAME, file, 10 + length + count);
}

static void assert_header(const char *header, const char *wanted)
{
	write_header(header, "\1\2\3\4\5\6", 6);
	assert_string_equal(table_outcome(FILE_NAME, &csv_plain), wanted);
}

/* ---- what NumPy writes ---- */

#define SIGNED   "column1 column2 > column3\n-1 2 > 3\n4 5 > 100"
#define UNSIGNED "column1 column2 > column3\n1 2 > 3\n4 5 > 100"

static void every_type_in_either_byte_order_is_read(void **state)
{
	static const char *const TYPES[] = {"little_f4", "big_f4", "little_f8", "big_f8", "i1",
		"little_i2", "big_i2", "little_i4", "big_i4", "little_i8", "big_i8", "u1",
		"little_u2", "big_u2", "little_u4", "big_u4", "little_u8", "big_u8"};

	(void)state;
	for (size_t i = 0; i < COUNT(TYPES); i++)
		assert_recorded(TYPES[i], strchr(TYPES[i], 'u') ? UNSIGNED : SIGNED);
	assert_recorded("bool", "column1 column2 > column3\n1 0 > 1");
}

static void an_array_in_fortran_order_is_read_alike(void **state)
{
	(void)state;
	assert_recorded("fortran", UNSIGNED);
}

static void more_dimensions_are_flattened_as_in_torch(void **state)
{
	static const char cube[] = "column1 column2 column3 column4 column5 > column6\n"
				   "0 1 2 3 4 > 5\n6 7 8 9 10 > 11";

	(void)state;
	assert_recorded("cube", cube);
	assert_recorded("fortran_cube", cube);
}

static void ids_beyond_doubles_are_classes_of_their_own(void **state)
{
	/* 1 and 2^53, 2 and 2^53 + 1, 3 and 2^53, each of 8 bytes */
	static const char numbers[] = "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\x20\0"
				      "\2\0\0\0\0\0\0\0\1\0\0\0\0\0\x20\0"
				      "\3\0\0\0\0\0\0\0\0\0\0\0\0\0\x20";
	static const char dict[] = "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 2), }";
	struct read_options options = csv_plain;
	char file[10 + sizeof dict - 1 + sizeof numbers] = "\x93NUMPY\1";

	(void)state;
	file[8] = (char)(sizeof dict - 1);
	memcpy(file + 10, dict, sizeof dict - 1);
	memcpy(file + 10 + sizeof dict - 1, numbers, sizeof numbers);
	scratch_write("ids.npy", file, sizeof file);
	options.rule = TARGETS_CLASSES;
	assert_string_equal(table_outcome("ids.npy", &options),
		"column1 > column2: 9007199254740992 9007199254740993\n1 > 0\n2 > 1\n3 > 0");
}

static void versions_2_and_3_are_read(void **state)
{
	(void)state;
	assert_recorded("version2", UNSIGNED);
	assert_recorded("version3", UNSIGNED);
}

static void an_empty_array_is_refused(void **state)
{
	(void)state;
	assert_recorded("scalar", "DATA x.npy: a single number; rows of numbers are wanted");
	assert_recorded("no_rows",
		"DATA x.npy: the array of shape (0, 3) is empty; rows of numbers are wanted");
}

static void other_types_of_numbers_are_refused(void **state)
{
	(void)state;
	assert_recorded("half",
		"DATA x.npy: an array of floats of another size than 32 or 64 bits, \"<f2\"; "
		"booleans, integers of 8 to 64 bits, float32 or float64 are wanted");
	assert_recorded("complex",
		"DATA x.npy: an array of complex numbers, \"<c8\"; "
		"booleans, integers of 8 to 64 bits, float32 or float64 are wanted");
	assert_recorded("words",
		"DATA x.npy: an array of strings, \"<U1\"; "
		"booleans, integers of 8 to 64 bits, float32 or float64 are wanted");
	assert_recorded("records",
		"DATA x.npy: an array of records; "
		"booleans, integers of 8 to 64 bits, float32 or float64 are wanted");
	assert_header("{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }",
		"DATA x.npy: an array of Python objects, \"|O\"; "
		"booleans, integers of 8 to 64 bits, float32 or float64 are wanted");
}

/* ---- missing values ---- */

#define NOT_A_NUMBER "\0\0\xc0\x7f"
#define ONE          "\0\0\x80\x3f"
#define FIVE         "\0\0\xa0\x40"

/* Rows a 1 > 1, 1 b > 5, 5 1 > 1 and 5 1 > 5. */
#define FLOATS(a, b) a ONE ONE ONE b FIVE FIVE ONE ONE FIVE ONE FIVE

static void assert_floats(const char *bytes, const char *wanted, gf_missing missing)
{
	struct read_options options = csv_plain;

	options.missing = missing;
	write_header("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }", bytes, 48);
	assert_string_equal(table_outcome(FILE_NAME, &options), wanted);
}

static void nan_is_a_missing_value(void **state)
{
	static const char two[] = FLOATS(NOT_A_NUMBER, NOT_A_NUMBER);

	(void)state;
	assert_recorded("nan",
		"DATA x.npy: row 2, column 2: a missing value (NaN); --missing drop, mean or most");
	assert_floats(two, "column1 column2 > column3\n3.66666675 1 > 1\n1 1 > 5\n5 1 > 1\n5 1 > 5",
		GF_MISSING_mean);
	assert_floats(two, "column1 column2 > column3\n5 1 > 1\n1 1 > 5\n5 1 > 1\n5 1 > 5",
		GF_MISSING_most);
	assert_floats(
		two, "column1 column2 > column3\n5 1 > 1\n5 1 > 5\ndropped 2", GF_MISSING_drop);
}

static void a_target_of_nan_is_not_filled_in(void **state)
{
	static const char bytes[] = ONE ONE NOT_A_NUMBER ONE ONE FIVE FIVE ONE ONE FIVE ONE ONE;
	static const char refused[] = "DATA x.npy: row 1, column 3: a missing value (NaN); "
				      "a target is not filled in; --missing drop";

	(void)state;
	assert_floats(bytes, refused, GF_MISSING_error);
	assert_floats(bytes, refused, GF_MISSING_mean);
	assert_floats(bytes, "column1 column2 > column3\n1 1 > 5\n5 1 > 1\n5 1 > 1\ndropped 1",
		GF_MISSING_drop);
}

static void columns_without_numbers_and_without_rows_are_refused(void **state)
{
	static const char bytes[] =
		NOT_A_NUMBER ONE ONE NOT_A_NUMBER ONE ONE NOT_A_NUMBER ONE ONE NOT_A_NUMBER ONE ONE;

	(void)state;
	assert_floats(
		bytes, "DATA x.npy: column 1: every value is missing, so no mean", GF_MISSING_mean);
	assert_floats(bytes, "DATA x.npy: each of the 4 rows has a missing value: none is left",
		GF_MISSING_drop);
}

static void rows_left_out_leave_zeros_and_take_their_weights_along(void **state)
{
	struct read_options options = csv_plain;
	gf_dataset *data;

	(void)state;
	options.missing = GF_MISSING_drop;
	options.sample_weight = "2";
	write_header("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }",
		ONE ONE ONE NOT_A_NUMBER ONE FIVE FIVE FIVE ONE ONE ONE NOT_A_NUMBER, 48);
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"column1 > column3\n1 > 1 * 1\n5 > 1 * 5\ndropped 2");
	assert_int_equal(table_read(&data, FILE_NAME, &options, NULL), GF_OK);
	assert_int_equal(data->dropped_rows[0], 1);
	assert_int_equal(data->dropped_rows[1], 3);
	for (size_t i = 2; i < data->x_bytes / sizeof *data->x; i++)
		assert_true(data->x[i] == 0.0f);
	gf_dataset_free(data);
}

static void a_model_fills_in_the_means_of_its_training(void **state)
{
	static const char *const names[] = {"column1", "column2"};
	char *known_names[] = {"column1", "column2"};
	struct encoded known[] = {{.mean = 7, .most = 8}, {.mean = 9, .most = NAN}};
	struct encoding encoding = {.count = 2, .names = known_names, .columns = known};
	struct read_options options = csv_plain;

	(void)state;
	options.wanted_features = names;
	options.wanted_feature_count = 2;
	options.by_place = 1;
	options.with_target = 0;
	options.missing = GF_MISSING_mean;
	write_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
		ONE NOT_A_NUMBER NOT_A_NUMBER FIVE, 16);
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"USAGE missing mean: the model has parameters alone, and nothing to fill in");
	options.encoding = &encoding;
	assert_string_equal(table_outcome(FILE_NAME, &options), "column1 column2\n1 9\n7 5");
	options.missing = GF_MISSING_most;
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"DATA x.npy: row 1, column 2: a missing value (NaN); the training had nothing to "
		"put in its place; --missing drop");
}

static void numbers_that_no_float_holds_are_refused_at_their_place(void **state)
{
	(void)state;
	assert_floats(FLOATS("\0\0\x80\x7f", "\0\0\x80\x3f"),
		"DATA x.npy: row 1, column 1: not a finite number", GF_MISSING_mean);
	assert_recorded("large", "DATA x.npy: row 1, column 2: beyond float's range");
}

/* ---- headers ---- */

#define START "{'descr': '|u1', 'fortran_order': False, "

static void a_header_may_be_written_in_other_ways(void **state)
{
	static const char wanted[] = "column1 > column2\n1 > 2\n3 > 4\n5 > 6";

	(void)state;
	assert_header(START "'shape': (3, 2), }\n", wanted);
	assert_header(START "'shape': (3L, 2L)}", wanted);
	assert_header(" {\"shape\" :( 3 ,2,) ,'fortran_order':False,'descr':\"<u1\"}  \n", wanted);
}

static void a_header_that_is_no_dict_is_refused(void **state)
{
	(void)state;
	assert_header("", "DATA x.npy: the header at byte 0: \"\"; a Python dict is wanted");
	assert_header("[1]", "DATA x.npy: the header at byte 0: \"[1]\"; a Python dict is wanted");
	assert_header(START "'shape': (3, 2)",
		"DATA x.npy: the header at byte 56: \"\"; a comma is wanted");
	assert_header(START "'shape': (3, 2)} more",
		"DATA x.npy: the header at byte 58: \"more\"; nothing more is wanted");
	assert_header("{'descr' '|u1'}",
		"DATA x.npy: the header at byte 9: \"'|u1'}\"; a colon is wanted");
	assert_header("{descr: 1}",
		"DATA x.npy: the header at byte 1: \"descr: 1}\"; a string in quotes is wanted");
	assert_header("{'descr: 1}",
		"DATA x.npy: the header at byte 1: \"'descr: 1}\"; a string that ends is wanted");
}

static void a_header_has_three_keys(void **state)
{
	(void)state;
	assert_header("{}", "DATA x.npy: the header has no 'descr'");
	assert_header(START "}", "DATA x.npy: the header has no 'shape'");
	assert_header(START "'descr': '|u1'}", "DATA x.npy: the header has 'descr' twice");
	assert_header(
		START "'size': 3}", "DATA x.npy: the header has \"size\", which no array has");
	assert_header("{'fortran_order': 0}",
		"DATA x.npy: the header at byte 18: \"0}\"; True or False is wanted");
}

static void a_shape_is_a_tuple_of_sizes(void **state)
{
	(void)state;
	assert_header(START "'shape': (6)}",
		"DATA x.npy: the header at byte 52: \")}\"; a comma is wanted");
	assert_header(START "'shape': (3 2)}",
		"DATA x.npy: the header at byte 53: \"2)}\"; a comma is wanted");
	assert_header(START "'shape': (-3, 2)}",
		"DATA x.npy: the header at byte 51: \"-3, 2)}\"; a size is wanted");
	assert_header(START "'shape': [3, 2]}",
		"DATA x.npy: the header at byte 50: \"[3, 2]}\"; a shape like (3, 2) is "
		"wanted");
	assert_header(START "'shape': (99999999999999999999, 2)}",
		"DATA x.npy: a shape of more numbers than memory can hold");
	assert_header(START "'shape': (9999999999999, 2, 9999999999999)}",
		"DATA x.npy: the array of shape (9999999999999, 2, 9999999999999) "
		"has more numbers than memory can hold");
	assert_header(START "'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
			    "1,1,1,1)}",
		"DATA x.npy: a shape of more than 32 dimensions");
}

static void the_size_must_match_the_shape(void **state)
{
	(void)state;
	assert_header(START "'shape': (3, 3)}",
		"DATA x.npy: the array of shape (3, 3) takes 9 bytes, but only 6 are there");
	assert_header(START "'shape': (5,)}", "DATA x.npy: the array of shape (5,) takes 5 bytes, "
					      "but the file goes on after them");
	/* a false shape takes no memory */
	assert_header(START "'shape': (1000000000000, 1000000)}",
		"DATA x.npy: the array of shape (1000000000000, 1000000) takes "
		"1000000000000000000 bytes, but only 6 are there");
}

static void later_versions_are_refused(void **state)
{
	(void)state;
	scratch_write(FILE_NAME, "\x93NUMPY\4\0\1\0{", 11);
	assert_string_equal(table_outcome(FILE_NAME, &csv_plain),
		"DATA x.npy: version 4.0; 1.0, 2.0 or 3.0 is wanted");
	scratch_write(FILE_NAME, "\x93NUMPY\2\0\1\0\1\0{", 13);
	assert_string_equal(table_outcome(FILE_NAME, &csv_plain),
		"DATA x.npy: a header of 65537 bytes; at most 65536 are wanted");
	scratch_write(FILE_NAME, "\x93NUMPY\1\0\1\0\0", 11);
	assert_string_equal(
		table_outcome(FILE_NAME, &csv_plain), "DATA x.npy: a NUL byte in the header");
}

/* Reads the file as NumPy's, even if its first bytes are damaged. */
static gf_status read_recorded(const char *path, gf_error *err)
{
	gf_dataset *data = NULL;
	struct input in;
	gf_status status = input_open(&in, path, err);

	if (!status)
		status = npy_read(&data, &in, &csv_plain, err);
	input_close(&in);
	gf_dataset_free(data);
	return status;
}

static void a_file_cut_or_changed_anywhere_is_read_or_refused(void **state)
{
	size_t bits;

	(void)state;
	write_recorded("fortran");
	cut_at_any_byte(FILE_NAME, read_recorded);
	write_recorded("fortran");
	assert_true(flip_any_bit(FILE_NAME, read_recorded, &bits) < bits);
}

/* ---- columns ---- */

static void columns_are_chosen_by_number(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	write_recorded("little_f4");
	options.target = "1";
	options.features = "3";
	assert_string_equal(
		table_outcome(FILE_NAME, &options), "column3 > column1\n3 > -1\n100 > 4");
	options.target = "2-3";
	options.features = NULL;
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"column1 > column2 column3\n-1 > 2 3\n4 > 5 100");
	options.target = "4";
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"DATA x.npy: target \"4\": there are 3 columns");
}

static void an_array_of_one_dimension_has_no_features(void **state)
{
	(void)state;
	assert_recorded("vector",
		"DATA x.npy: 1 column, taken by the target: none is left for the features");
}

static void a_model_takes_columns_by_place(void **state)
{
	static const char *const features[] = {"a", "b"}, *const targets[] = {"y"};
	struct read_options options = {.header = -1,
		.wanted_features = features,
		.wanted_feature_count = 2,
		.wanted_targets = targets,
		.wanted_target_count = 1};

	(void)state;
	write_recorded("little_f4");
	assert_string_equal(table_outcome(FILE_NAME, &options), "column1 column2\n-1 2\n4 5");
	options.with_target = 1;
	assert_string_equal(table_outcome(FILE_NAME, &options), SIGNED);
	options.wanted_feature_count = 1;
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"DATA x.npy: 3 columns and no header; the model wants 2, its targets last");
}

static void a_target_becomes_what_the_loss_takes(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	write_recorded("little_i4");
	options.rule = TARGETS_CLASSES;
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"column1 column2 > column3: 3 100\n-1 2 > 0\n4 5 > 1");
	options.rule = TARGETS_ZERO_OR_ABOVE;
	options.target = "1";
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"DATA x.npy: row 1, column 1: -1; a number, 0 or above, is wanted");
}

static void a_header_option_is_refused(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	write_recorded("little_i4");
	options.header = 1;
	assert_string_equal(
		table_outcome(FILE_NAME, &options), "USAGE x.npy: is npy, which has no header");
}

static void options_of_tables_are_refused(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	write_recorded("little_i4");
	options.skip_lines = 1;
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"USAGE x.npy: is npy; skip_lines is an option for CSV");
	options.comment = "#";
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"USAGE x.npy: is npy; comment is an option for CSV");
	options.decimal = ',';
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"USAGE x.npy: is npy; decimal is an option for CSV");
	options = csv_plain;
	options.text_encoding = GF_ENCODING_latin1;
	assert_string_equal(table_outcome(FILE_NAME, &options),
		"USAGE x.npy: is npy; encoding is an option for CSV");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_in_either_byte_order_is_read),
		cmocka_unit_test(an_array_in_fortran_order_is_read_alike),
		cmocka_unit_test(more_dimensions_are_flattened_as_in_torch),
		cmocka_unit_test(ids_beyond_doubles_are_classes_of_their_own),
		cmocka_unit_test(versions_2_and_3_are_read),
		cmocka_unit_test(an_empty_array_is_refused),
		cmocka_unit_test(other_types_of_numbers_are_refused),
		cmocka_unit_test(nan_is_a_missing_value),
		cmocka_unit_test(a_target_of_nan_is_not_filled_in),
		cmocka_unit_test(columns_without_numbers_and_without_rows_are_refused),
		cmocka_unit_test(rows_left_out_leave_zeros_and_take_their_weights_along),
		cmocka_unit_test(a_model_fills_in_the_means_of_its_training),
		cmocka_unit_test(numbers_that_no_float_holds_are_refused_at_their_place),
		cmocka_unit_test(a_header_may_be_written_in_other_ways),
		cmocka_unit_test(a_header_that_is_no_dict_is_refused),
		cmocka_unit_test(a_header_has_three_keys),
		cmocka_unit_test(a_shape_is_a_tuple_of_sizes),
		cmocka_unit_test(the_size_must_match_the_shape),
		cmocka_unit_test(later_versions_are_refused),
		cmocka_unit_test(a_file_cut_or_changed_anywhere_is_read_or_refused),
		cmocka_unit_test(columns_are_chosen_by_number),
		cmocka_unit_test(an_array_of_one_dimension_has_no_features),
		cmocka_unit_test(a_model_takes_columns_by_place),
		cmocka_unit_test(a_target_becomes_what_the_loss_takes),
		cmocka_unit_test(a_header_option_is_refused),
		cmocka_unit_test(options_of_tables_are_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

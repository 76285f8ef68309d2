/* test_idx.c: IDX files are read, and refused where they are not as long as their first bytes
 * say. */
#include "csv_rows.h"
#include "damage.h"
#include "dataset.h"
#include "table_read.h"
#include "input.h"
#include "scratch.h"

#define FILE_NAME "x.idx"

/* The outcome of reading the bytes of a string literal, without the NUL behind them. */
#define OUTCOME(literal) outcome_of(literal, sizeof literal - 1)

static const char *outcome_of(const char *bytes, size_t count)
{
	scratch_write(FILE_NAME, bytes, count);
	return table_outcome(FILE_NAME, &csv_plain);
}

/* Two images of 2 x 2. */
#define IMAGES "\0\0\x08\3\0\0\0\2\0\0\0\2\0\0\0\2\0\1\2\3\374\375\376\377"

static void images_are_flattened(void **state)
{
	(void)state;
	assert_string_equal(
		OUTCOME(IMAGES), "column1 column2 column3 > column4\n0 1 2 > 3\n252 253 254 > 255");
}

static void every_type_of_number_is_read(void **state)
{
	static const char wanted[] = "column1 > column2\n-1 > 2";

	(void)state;
	assert_string_equal(OUTCOME("\0\0\x09\2\0\0\0\1\0\0\0\2\377\2"), wanted);
	assert_string_equal(OUTCOME("\0\0\x0b\2\0\0\0\1\0\0\0\2\377\377\0\2"), wanted);
	assert_string_equal(OUTCOME("\0\0\x0c\2\0\0\0\1\0\0\0\2\377\377\377\377\0\0\0\2"), wanted);
	assert_string_equal(OUTCOME("\0\0\x0d\2\0\0\0\1\0\0\0\2\277\200\0\0\100\0\0\0"), wanted);
	assert_string_equal(
		OUTCOME("\0\0\x0e\2\0\0\0\1\0\0\0\2\277\360\0\0\0\0\0\0\100\0\0\0\0\0\0\0"),
		wanted);
}

static void other_types_are_refused(void **state)
{
	(void)state;
	assert_string_equal(OUTCOME("\0\0\x0a\1\0\0\0\1\1"),
		"DATA x.idx: type 0x0a; IDX has 0x08, 0x09, 0x0b, 0x0c, 0x0d and 0x0e");
	assert_string_equal(
		OUTCOME("\0\0\x08\x21"), "DATA x.idx: 33 dimensions; at most 32 are wanted");
	assert_string_equal(
		OUTCOME("\0\0\x08\0\1"), "DATA x.idx: a single number; rows of numbers are wanted");
}

static void the_size_must_match_the_shape(void **state)
{
	(void)state;
	assert_string_equal(OUTCOME("\0\0\x08"), "DATA x.idx: the file ends in its first bytes");
	assert_string_equal(
		OUTCOME("\0\0\x08\2\0\0\0\1\0"), "DATA x.idx: the file ends in its sizes");
	assert_string_equal(OUTCOME("\0\0\x08\2\0\0\0\1\0\0\0\2\1"),
		"DATA x.idx: the array of shape (1, 2) takes 2 bytes, "
		"but only 1 are there");
	assert_string_equal(OUTCOME("\0\0\x08\2\0\0\0\1\0\0\0\2\1\2\3"),
		"DATA x.idx: the array of shape (1, 2) takes 2 bytes, "
		"but the file goes on after them");
	assert_string_equal(OUTCOME("\0\0\x08\2\377\377\377\377\177\377\377\377"),
		"DATA x.idx: the array of shape (4294967295, 2147483647) takes 9223372030412324865 "
		"bytes, but only 0 are there");
	assert_string_equal(OUTCOME("\0\0\x0e\2\377\377\377\377\377\377\377\377"),
		"DATA x.idx: the array of shape (4294967295, 4294967295) "
		"has more numbers than memory can hold");
}

static void numbers_must_be_finite(void **state)
{
	(void)state;
	assert_string_equal(OUTCOME("\0\0\x0d\2\0\0\0\1\0\0\0\2\177\300\0\0\0\0\0\0"),
		"DATA x.idx: row 1, column 1: a missing value (NaN); --missing drop, mean or most");
	assert_string_equal(OUTCOME("\0\0\x0d\2\0\0\0\1\0\0\0\2\177\200\0\0\0\0\0\0"),
		"DATA x.idx: row 1, column 1: not a finite number");
	assert_string_equal(OUTCOME("\0\0\x0d\2\0\0\0\1\0\0\0\2\0\0\0\0\177\200\0\0"),
		"DATA x.idx: row 1, column 2: not a finite number");
}

/* Reads the file as IDX, even if its first bytes are damaged. */
static gf_status read_idx(const char *path, gf_error *err)
{
	gf_dataset *data = NULL;
	struct input in;
	gf_status status = input_open(&in, path, err);

	if (!status)
		status = idx_read(&data, &in, &csv_plain, err);
	input_close(&in);
	gf_dataset_free(data);
	return status;
}

static void a_file_cut_or_changed_anywhere_is_read_or_refused(void **state)
{
	size_t bits;

	(void)state;
	OUTCOME(IMAGES);
	cut_at_any_byte(FILE_NAME, read_idx);
	OUTCOME(IMAGES);
	assert_true(flip_any_bit(FILE_NAME, read_idx, &bits) < bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_flattened),
		cmocka_unit_test(every_type_of_number_is_read),
		cmocka_unit_test(other_types_are_refused),
		cmocka_unit_test(the_size_must_match_the_shape),
		cmocka_unit_test(numbers_must_be_finite),
		cmocka_unit_test(a_file_cut_or_changed_anywhere_is_read_or_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

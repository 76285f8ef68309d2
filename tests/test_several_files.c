/* test_several_files.c: a table in several files reads as if they were one. */
#include "csv_rows.h"
#include "scratch.h"

#include "dataset.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void write_text(const char *path, const char *text)
{
	scratch_write(path, text, strlen(text));
}

/* The outcome of two files of these texts, "a" and "b". */
static const char *outcome_of(const char *a, const char *b, const struct read_options *options)
{
	static const char *const paths[] = {"a", "b"};

	write_text("a", a);
	write_text("b", b);
	return files_outcome(paths, 2, options);
}

static void rows_follow_each_other(void **state)
{
	static const char *const paths[] = {"a", "b", "c"};

	(void)state;
	write_text("a", "x,y\n1,2\n");
	write_text("b", "x,y\n3,4"); /* without a last newline */
	write_text("c", "\xef\xbb\xbfx,y\r\n5,6\r\n\r\n");
	assert_string_equal(files_outcome(paths, 3, &csv_plain), "x > y\n1 > 2\n3 > 4\n5 > 6");
	assert_string_equal(outcome_of("1,2\n", "3,4\n5,6\n", &csv_plain),
		"column1 > column2\n1 > 2\n3 > 4\n5 > 6");
}

static void a_header_without_rows_is_a_file_of_no_rows(void **state)
{
	(void)state;
	assert_string_equal(outcome_of("x,y\n", "x,y\n3,4\n", &csv_plain), "x > y\n3 > 4");
	assert_string_equal(outcome_of("x,y\n1,2\n", "x,y", &csv_plain), "x > y\n1 > 2");
	assert_string_equal(outcome_of("x,y\n", "x,y\n", &csv_plain),
		"DATA a:1: a header, but no row follows it");
}

static void an_empty_file_is_refused(void **state)
{
	(void)state;
	assert_string_equal(outcome_of("x,y\n1,2\n", "", &csv_plain),
		"DATA b:1: empty; rows of numbers are wanted");
	assert_string_equal(outcome_of("1,2\n", "\n", &csv_plain),
		"DATA b:1: empty; rows of numbers are wanted");
	assert_string_equal(outcome_of("1 1:2\n", "# none\n", &csv_plain),
		"DATA b: is csv; svmlight is wanted, as a is");
	assert_string_equal(outcome_of("1 1:2\n2 1:3\n", "1 1:5\n", &csv_plain),
		"column1 > label\n2 > 1\n3 > 2\n5 > 1");
}

static void the_first_column_that_differs_is_named(void **state)
{
	static const struct {
		const char *header, *outcome;
	} rows[] = {
		{"x,b,y\n1,2,3\n",
			"DATA b:1: column 2 is \"b\", but \"a\" in a; files of one table "
			"have the same columns in the same order"},
		{"x,a\n1,2\n", "DATA b:1: column 3 of a, \"y\", is missing"},
		{"x,a,y,z\n1,2,3,4\n", "DATA b:1: column 4, \"z\", is one more than a has"},
		{"x;a;y\n1;2;3\n", "DATA b:1: column 1 is \"x;a;y\", but \"x\" in a; files of one "
				   "table have the same columns in the same order"},
		{"7,8,9\n",
			"DATA b:1: a row in place of the header of a; if only the first file has "
			"a header, cat FILES | gpufit - reads them"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
			outcome_of("x,a,y\n1,2,3\n", rows[i].header, &csv_plain), rows[i].outcome);
}

static void errors_name_the_line_of_their_file(void **state)
{
	struct read_options classes = csv_plain;

	(void)state;
	assert_string_equal(outcome_of("x,y\n1,2\n", "x,y\n1,2\n3,q\n", &csv_plain),
		"DATA b:3: column 2 (\"y\"): not a number: \"q\"");
	assert_string_equal(outcome_of("x,y\n1,2\n", "x,y\n1,2\n3\n", &csv_plain),
		"DATA b:3: 1 column, but line 1 of a has 2; if it is no row, sed 3d FILE | gpufit "
		"- leaves it out");
	assert_string_equal(outcome_of("1,2\n", "3,\"4\n", &csv_plain),
		"DATA b:1: column 2: a quote opens here and is never closed");
	/* A label of the first file that turns out to be wrong when the second is read. */
	classes.rule = TARGETS_PROBABILITIES;
	assert_string_equal(outcome_of("x,y\n1,2\n3,0\n", "x,y\n1,0.5\n", &classes),
		"DATA a:2: column 2 (\"y\"): \"2\"; more than two labels, or fractions, must be "
		"probabilities from 0 to 1 (--loss cross_entropy takes more than two classes)");
	assert_string_equal(outcome_of("1 1:2\n", "2 1:3\n1 1:x\n", &csv_plain),
		"DATA b:2: \"1:x\": not a number");
}

static void each_file_has_its_own_lines_before_the_header(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	assert_string_equal(outcome_of("sep=;\nx;y\n1;2\n", "sep=|\r\nx|y\r\n3|4\r\n", &options),
		"x > y\n1 > 2\n3 > 4");
	options.skip_lines = 1;
	assert_string_equal(outcome_of("title\nx,y\n1,2\n", "another\nx,y\n3,4\n", &options),
		"x > y\n1 > 2\n3 > 4");
}

static void words_of_all_files_are_one_set(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.rule = TARGETS_CLASSES;
	options.one_hot = "c";
	assert_string_equal(outcome_of("c,y\nu,no\nv,yes\n", "c,y\nt,maybe\n", &options),
		"c=t c=u c=v > y: maybe no yes\n0 1 0 > 1\n0 0 1 > 2\n1 0 0 > 0");
}

/* Writes an .npy file of bytes (count). */
static void write_npy(const char *path, const char *type, const char *order, const char *shape,
	const char *bytes, size_t count)
{
	char text[256] = "\x93NUMPY\1\0";
	int length = snprintf(text + 10, sizeof text - 10,
		"{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", type, order, shape);

	text[8] = (char)length;
	text[9] = 0;
	memcpy(text + 10 + length, bytes, count);
	scratch_write(path, text, 10 + (size_t)length + count);
}

static void arrays_follow_each_other(void **state)
{
	static const char *const paths[] = {"a.npy", "b.npy"};
	static const struct {
		const char *type, *order, *shape, *outcome;
	} rows[] = {
		{"|u1", "False", "(1, 2)", "column1 > column2\n1 > 2\n3 > 4\n5 > 6"},
		{"|u1", "False", "(2,)",
			"DATA b.npy: the array of shape (2,) cannot follow that of a.npy, whose "
			"shape is (2, 2)"},
		{"|i1", "False", "(1, 2)",
			"DATA b.npy: the array is of int8, but that of a.npy of uint8"},
		{"|u1", "True", "(1, 2)",
			"DATA b.npy: the array is stored column by column, and only arrays that "
			"are stored row by row follow each other; numpy.ascontiguousarray stores "
			"it so"},
	};

	(void)state;
	write_npy("a.npy", "|u1", "False", "(2, 2)", "\1\2\3\4", 4);
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_npy("b.npy", rows[i].type, rows[i].order, rows[i].shape, "\5\6", 2);
		assert_string_equal(files_outcome(paths, 2, &csv_plain), rows[i].outcome);
	}
}

static void a_bad_number_names_the_row_of_its_array(void **state)
{
	static const char *const paths[] = {"a.npy", "b.npy"};
	static const char numbers[] = "\0\0\x80\x3f\0\0\x80\x3f", nan[] = "\0\0\xc0\x7f";
	char both[8];

	(void)state;
	memcpy(both, numbers, 4);
	memcpy(both + 4, nan, 4);
	write_npy("a.npy", "<f4", "False", "(1, 2)", numbers, 8);
	write_npy("b.npy", "<f4", "False", "(1, 2)", both, 8);
	assert_string_equal(files_outcome(paths, 2, &csv_plain),
		"DATA b.npy: row 1, column 2: a missing value (NaN); a target is not "
		"filled in; --missing drop");
}

static void labels_are_for_all_files(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.labels = "labels";
	write_text("labels", "5\n6\n");
	assert_string_equal(outcome_of("x\n1\n", "x\n2\n", &options), "x > label\n1 > 5\n2 > 6");
	write_text("labels", "5\n");
	assert_string_equal(outcome_of("x\n1\n", "x\n2\n", &options),
		"DATA a and 1 more file: 2 rows, but labels has 1 label");
}

static void a_missing_file_is_reported_first(void **state)
{
	static const char *const paths[] = {"a", "nowhere"};

	(void)state;
	write_text("a", "x,y\n1,wrong\n");
	assert_string_equal(
		files_outcome(paths, 2, &csv_plain), "NOINPUT nowhere: No such file or directory");
}

static void standard_input_is_one_file_at_most(void **state)
{
	static const char *const paths[] = {"-", "-"};

	(void)state;
	assert_string_equal(files_outcome(paths, 2, &csv_plain),
		"USAGE standard input cannot be two of the files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_follow_each_other),
		cmocka_unit_test(a_header_without_rows_is_a_file_of_no_rows),
		cmocka_unit_test(an_empty_file_is_refused),
		cmocka_unit_test(the_first_column_that_differs_is_named),
		cmocka_unit_test(errors_name_the_line_of_their_file),
		cmocka_unit_test(each_file_has_its_own_lines_before_the_header),
		cmocka_unit_test(words_of_all_files_are_one_set),
		cmocka_unit_test(arrays_follow_each_other),
		cmocka_unit_test(a_bad_number_names_the_row_of_its_array),
		cmocka_unit_test(labels_are_for_all_files),
		cmocka_unit_test(a_missing_file_is_reported_first),
		cmocka_unit_test(standard_input_is_one_file_at_most),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

/* test_svmlight.c: svmlight lines, "label index:value ..", are read, and other lines are
 * refused. */
#include "csv_rows.h"
#include "dataset.h"
#include "scratch.h"
#include "table_read.h"

#include "input.h"

#define FILE_NAME "f.svm"

static const char *outcome_with(const char *text, const struct read_options *options)
{
	scratch_write(FILE_NAME, text, strlen(text));
	return table_outcome(FILE_NAME, options);
}

static void assert_outcome(const char *text, const char *wanted)
{
	assert_string_equal(outcome_with(text, &csv_plain), wanted);
}

static void hear(const char *text, void *heard)
{
	strcat(heard, text);
}

static void features_that_a_line_leaves_out_are_0(void **state)
{
	(void)state;
	assert_outcome("1 1:0.5 3:-2\n-1 2:4\n0\n",
		"column1 column2 column3 > label\n0.5 0 -2 > 1\n0 4 0 > -1\n0 0 0 > 0");
}

static void comments_blank_lines_and_crlf_are_skipped(void **state)
{
	(void)state;
	assert_outcome("# a comment\r\n\r\n  +1\t1:2   # more: 1:2\r\n2 1:3#\r\n3 1:1e1",
		"column1 > label\n2 > 1\n3 > 2\n10 > 3");
	assert_outcome("\xef\xbb\xbf"
		       "1 1:2\n",
		"column1 > label\n2 > 1");
}

static void lines_may_cross_the_chunks_of_input(void **state)
{
	enum { FEATURES = 100000 };
	FILE *file = fopen(FILE_NAME, "wb");
	struct input in;
	gf_dataset *data;

	(void)state;
	for (int row = 1; row <= 2; row++) {
		fprintf(file, "%d", row);
		for (int i = 1; i <= FEATURES; i++)
			fprintf(file, " %d:%d", i, row * i);
		fprintf(file, "\n");
	}
	fclose(file);
	assert_int_equal(input_open(&in, FILE_NAME, NULL), GF_OK);
	assert_int_equal(svmlight_read(&data, &in, &csv_plain, NULL), GF_OK);
	input_close(&in);
	assert_int_equal(data->rows, 2);
	assert_int_equal(data->features, FEATURES);
	for (int i = 0; i < FEATURES; i++)
		assert_true(data->x[FEATURES + i] == (float)(2 * (i + 1)));
	assert_true(data->y[0] == 1.0f && data->y[1] == 2.0f);
	gf_dataset_free(data);
}

/* The notice that the reader gives on that file, "" if none. */
static const char *notice_of(const char *text, const struct read_options *asked)
{
	static char heard[1024];
	struct read_options options = *asked;

	*heard = 0;
	options.notice = hear;
	options.user = heard;
	outcome_with(text, &options);
	return heard;
}

static void an_index_0_means_that_indices_count_from_0(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	assert_outcome("1 1:2\n1 0:1 1:2\n", "column1 column2 > label\n0 2 > 1\n1 2 > 1");
	assert_string_equal(notice_of("1 1:2\n1 0:1 1:2\n", &csv_plain),
		"f.svm:2: an index is 0, so indices count from 0 here, and column1 is index 0 "
		"(--index-base 1 refuses it)");
	options.index_base = INDEX_BASE_0;
	assert_string_equal(outcome_with("1 1:2\n", &options), "column1 column2 > label\n0 2 > 1");
	assert_string_equal(notice_of("1 0:2\n", &options), "");
	options.index_base = INDEX_BASE_1;
	assert_string_equal(outcome_with("1 1:2\n1 0:1\n", &options),
		"DATA f.svm:2: index 0; here indices count from 1 (--index-base 0 if they do not)");
}

static void indices_may_come_in_any_order_but_not_twice(void **state)
{
	(void)state;
	assert_outcome("# x\n1 1:2 3:4 2:5\n", "column1 column2 column3 > label\n2 5 4 > 1");
	assert_outcome("1 1:2 1:2\n", "DATA f.svm:1: index 1 comes twice in this line");
	assert_outcome("1 2:2 1:2 2:1\n", "DATA f.svm:1: index 2 comes twice in this line");
}

static void queries_are_left_out_with_a_notice(void **state)
{
	(void)state;
	assert_outcome("1 qid:3 1:2\n", "column1 > label\n2 > 1");
	assert_string_equal(notice_of("1 1:2\n1 qid:3 1:2\n2 qid:4 1:3\n", &csv_plain),
		"f.svm:2: qid is left out: it is for ranking, which gpufit does not do");
}

static void several_labels_and_missing_ones_are_refused(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.rule = TARGETS_CLASSES;
	assert_string_equal(outcome_with("2,3 1:1 2:2\n1 1:2\n", &options),
		"DATA f.svm:1: \"2,3\": several labels; one in each line is wanted");
	assert_string_equal(outcome_with("2 1:1\nnan 1:2\n", &options),
		"DATA f.svm:2: \"nan\": a missing label; a target is not filled in; "
		"--missing drop");
}

static void a_text_that_is_no_pair_is_refused(void **state)
{
	(void)state;
	assert_outcome("1 1:2\n2 3\n", "DATA f.svm:2: \"3\"; index:value is wanted");
	assert_outcome("1 1:2\n2 a:3\n", "DATA f.svm:2: \"a:3\"; index:value is wanted");
	assert_outcome("1 1:2\n2 1:x\n", "DATA f.svm:2: \"1:x\": not a number");
	assert_outcome("1 1:2\n2 1:\n", "DATA f.svm:2: \"1:\": not a number");
	assert_outcome("1 1:2\n2 1:inf\n", "DATA f.svm:2: \"1:inf\": not a finite number");
	assert_outcome("1 1:2\n2 1:1e39\n", "DATA f.svm:2: \"1:1e39\": beyond float's range");
	assert_outcome("1 1:2\n1:2\n",
		"DATA f.svm:2: \"1:2\"; the label is wanted before the first index:value "
		"(weights, as in label:weight, are read from CSV alone, by --sample-weight)");
	assert_outcome("a 1:2\n", "DATA f.svm:1: the label: not a number: \"a\"; "
				  "if these are classes: --loss bce or hinge for two of them, "
				  "cross_entropy for any number");
	assert_outcome("1 1:2\n2 99999999999999999999:1\n",
		"DATA f.svm:2: \"99999999999999999999:1\": the index is beyond 2147483647");
}

static void nan_is_a_missing_value(void **state)
{
	static const char text[] = "# x\n\n1 1:2 2:1\n2 1:nan\n3 1:4 2:NA\n4 1:4 2:1\n";
	struct read_options options = csv_plain;

	(void)state;
	assert_outcome(
		text, "DATA f.svm:4: index 1: a missing value; --missing drop, mean or most");
	options.missing = GF_MISSING_mean;
	assert_string_equal(outcome_with(text, &options),
		"column1 column2 > label\n2 1 > 1\n3.33333325 0 > 2\n4 0.666666687 > 3\n4 1 > 4");
	options.missing = GF_MISSING_most;
	assert_string_equal(outcome_with(text, &options),
		"column1 column2 > label\n2 1 > 1\n4 0 > 2\n4 1 > 3\n4 1 > 4");
	options.missing = GF_MISSING_drop;
	assert_string_equal(outcome_with(text, &options),
		"column1 column2 > label\n2 1 > 1\n4 1 > 4\ndropped 2");
	options.missing = GF_MISSING_error;
	options.features = "1";
	assert_string_equal(
		outcome_with("1 1:2 2:nan\n2 1:3\n", &options), "column1 > label\n2 > 1\n3 > 2");
}

static void numbers_may_stand_for_missing_values(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.na = "-999";
	options.missing = GF_MISSING_drop;
	assert_string_equal(outcome_with("1 1:2\n-999 1:3\n2 1:-999.0\n3 1:5\n", &options),
		"column1 > label\n2 > 1\n5 > 3\ndropped 2");
}

static void the_label_of_a_row_left_out_is_no_class(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.missing = GF_MISSING_drop;
	options.rule = TARGETS_CLASSES;
	assert_string_equal(outcome_with("a 1:2\nb 1:nan\nNA 1:3\nc 1:5\n", &options),
		"column1 > label: a c\n2 > 0\n5 > 1\ndropped 2");
	assert_string_equal(outcome_with("a 1:nan\nNA 1:3\n", &options),
		"DATA f.svm: each of the 2 rows has a missing value: none is left");
}

static void a_nul_byte_is_refused(void **state)
{
	(void)state;
	scratch_write(FILE_NAME, "1 1:2\n1 1:\0", 11);
	assert_string_equal(table_outcome(FILE_NAME, &csv_plain),
		"DATA f.svm:2: a NUL byte; this is no text file");
}

static void a_file_without_rows_is_refused(void **state)
{
	(void)state;
	assert_outcome("", "DATA f.svm: no rows; label index:value ... is wanted");
}

static void data_whose_zeros_exceed_memory_are_refused(void **state)
{
	enum { ROWS = 100000 };
	FILE *file = fopen(FILE_NAME, "wb");

	(void)state;
	for (int i = 1; i < ROWS; i++)
		fprintf(file, "1 1:2\n");
	fprintf(file, "1 2147483647:1\n");
	fclose(file);
	assert_begins(table_outcome(FILE_NAME, &csv_plain),
		"MEMORY f.svm: 100000 rows x 2147483647 features, all of them stored, "
		"would take 859337.1 GB; this machine has ");
}

static void labels_become_classes(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.rule = TARGETS_TWO_CLASSES;
	assert_string_equal(outcome_with("spam 1:2\nham 2:1\n", &options),
		"column1 column2 > label: ham spam\n2 0 > 1\n0 1 > -1");
	options.rule = TARGETS_PROBABILITIES;
	assert_string_equal(outcome_with("+1 1:2\n-1 2:1\n", &options),
		"column1 column2 > label: -1 +1\n2 0 > 1\n0 1 > 0");
	assert_string_equal(outcome_with("a 1:2\nb 2:1\nc 1:1\n", &options),
		"DATA f.svm:3: the label: a third class, \"c\", after \"a\", \"b\"; "
		"two are wanted (--loss cross_entropy takes more)");
}

static void features_may_be_chosen_but_not_the_target(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.features = "2-3";
	assert_string_equal(
		outcome_with("5 1:1 2:2 3:3\n", &options), "column2 column3 > label\n2 3 > 5");
	options.features = "2,4";
	assert_string_equal(outcome_with("5 1:1 2:2 3:3\n", &options),
		"DATA f.svm: column 4 is both a feature and a target");
	options.features = NULL;
	options.target = "2";
	assert_string_equal(outcome_with("5 1:1 2:2 3:3\n", &options),
		"DATA f.svm: column 2 as a target; in svmlight each line's label is the target");
	options.target = "label";
	assert_string_equal(
		outcome_with("5 1:1 2:2\n", &options), "column1 column2 > label\n1 2 > 5");
}

static void a_model_decides_how_many_features_there_are(void **state)
{
	static const char *const features[] = {"column1", "column2", "column3"};
	static const char *const named[] = {"a", "b", "c"}, *const targets[] = {"label"};
	struct read_options options = {.header = -1,
		.wanted_features = features,
		.wanted_feature_count = 3,
		.wanted_targets = targets,
		.wanted_target_count = 1};

	(void)state;
	assert_string_equal(
		outcome_with("? 1:1\n0\n", &options), "column1 column2 column3\n1 0 0\n0 0 0");
	options.wanted_features = named;
	assert_string_equal(outcome_with("? 1:1\n", &options), "column1 column2 column3\n1 0 0");
	options.with_target = 1;
	assert_string_equal(
		outcome_with("7 1:1\n", &options), "column1 column2 column3 > label\n1 0 0 > 7");
	assert_string_equal(outcome_with("7 1:1 4:1\n", &options),
		"column1 column2 column3 > label\n1 0 0 > 7");
	assert_string_equal(notice_of("7 1:1 4:1\n7 3:1\n8 9:1\n", &options),
		"f.svm: 2 values are left out, because the model has only 3 features; the first "
		"has index 4");
	options.wanted_target_count = 2;
	assert_string_equal(outcome_with("7 1:1\n", &options),
		"DATA f.svm: 4 columns and no header; the model wants 5, its targets last");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_that_a_line_leaves_out_are_0),
		cmocka_unit_test(comments_blank_lines_and_crlf_are_skipped),
		cmocka_unit_test(lines_may_cross_the_chunks_of_input),
		cmocka_unit_test(an_index_0_means_that_indices_count_from_0),
		cmocka_unit_test(indices_may_come_in_any_order_but_not_twice),
		cmocka_unit_test(queries_are_left_out_with_a_notice),
		cmocka_unit_test(several_labels_and_missing_ones_are_refused),
		cmocka_unit_test(a_text_that_is_no_pair_is_refused),
		cmocka_unit_test(nan_is_a_missing_value),
		cmocka_unit_test(numbers_may_stand_for_missing_values),
		cmocka_unit_test(the_label_of_a_row_left_out_is_no_class),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(a_file_without_rows_is_refused),
		cmocka_unit_test(data_whose_zeros_exceed_memory_are_refused),
		cmocka_unit_test(labels_become_classes),
		cmocka_unit_test(features_may_be_chosen_but_not_the_target),
		cmocka_unit_test(a_model_decides_how_many_features_there_are),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

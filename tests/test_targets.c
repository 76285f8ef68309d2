/* test_targets.c: labels and numbers become targets for a loss, or an error that names the line. */
#include "basics.h"
#include "table_read.h"
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8, OUTCOME = 4096 };

static const struct file_list f_csv = {.name = "f.csv"}, x_npy = {.name = "x.npy"};

static struct target_options options_of(enum loss_targets rule)
{
	return (struct target_options){
		.files = &f_csv, .column = {"column 2"}, .rule = rule, .columns = 1};
}

static struct target_options options_of_model(
	enum loss_targets rule, const char *const *classes, size_t count)
{
	struct target_options options = options_of(rule);

	options.known = 1;
	options.known_classes = classes;
	options.known_class_count = count;
	return options;
}

/* The targets as text: "y y y", then ": name name" where there are classes.  Frees t. */
static const char *describe(struct targets *t)
{
	static char text[OUTCOME];
	float y[2 * MOST] = {0};
	char **names = NULL, *end = text;
	size_t classes = 0, count = targets_count(t);
	gf_error err = {0};

	*text = 0;
	if (targets_finish(t, y, 2, &names, &classes, &err))
		sprintf(text, "%s", err.message);
	else
		for (size_t i = 0; i < count; i++)
			end += sprintf(end, i ? " %.9g" : "%.9g", (double)y[2 * i]);
	for (size_t i = 0; i < classes; i++) {
		end += sprintf(end, i ? " %s" : ": %s", names[i]);
		free(names[i]);
	}
	free(names);
	targets_free(t);
	return text;
}

/* The targets that labels become, one a line, given with commas between them; or the error's
 * message. */
static const char *outcome(const struct target_options *options, const char *labels)
{
	static gf_error err;
	char text[256], *label = text;
	struct targets *t;

	err = (gf_error){0};
	strcpy(text, labels);
	if (targets_new(&t, options, &err)) {
		assert_null(t);
		return err.message;
	}
	for (size_t line = 1; label; line++) {
		char *comma = strchr(label, ',');

		if (comma)
			*comma++ = 0;
		if (targets_add(t, label, line, &err)) {
			targets_free(t);
			assert_int_equal(err.status, GF_E_DATA);
			return err.message;
		}
		label = comma;
	}
	return describe(t);
}

/* The outcome of adding numbers (count) as a binary file's rows.  Valid until the next call. */
static const char *outcome_of_numbers(enum loss_targets rule, const double *numbers, size_t count)
{
	static gf_error err;
	struct target_options options = options_of(rule);
	struct targets *t;

	err = (gf_error){0};
	options.files = &x_npy;
	options.by_row = 1;
	assert_int_equal(targets_new(&t, &options, &err), GF_OK);
	for (size_t i = 0; i < count; i++)
		if (targets_add_number(t, numbers[i], i + 1, &err)) {
			targets_free(t);
			return err.message;
		}
	return describe(t);
}

static void assert_outcome(enum loss_targets rule, const char *labels, const char *wanted)
{
	struct target_options options = options_of(rule);

	assert_string_equal(outcome(&options, labels), wanted);
}

static void numbers_stay_as_they_are(void **state)
{
	(void)state;
	assert_outcome(TARGETS_NUMBERS, "1,-2.5, 1e3 ,1", "1 -2.5 1000 1");
	assert_outcome(TARGETS_NUMBERS, "1,a", "f.csv:2: column 2: not a number: \"a\"");
	assert_outcome(
		TARGETS_NUMBERS, "1,1e39", "f.csv:2: column 2: beyond float's range: \"1e39\"");
	assert_outcome(TARGETS_NUMBERS, "1,", "f.csv:2: column 2: an empty field, not a number");
}

static void counts_are_not_negative(void **state)
{
	(void)state;
	assert_outcome(TARGETS_ZERO_OR_ABOVE, "0,3,2.5", "0 3 2.5");
	assert_outcome(TARGETS_ZERO_OR_ABOVE, "0,-1",
		"f.csv:2: column 2: \"-1\"; a number, 0 or above, is wanted");
}

static void amounts_are_above_0(void **state)
{
	(void)state;
	assert_outcome(TARGETS_POSITIVE, "0.5,1e-30", "0.5 1e-30");
	assert_outcome(
		TARGETS_POSITIVE, "1,0", "f.csv:2: column 2: \"0\"; a number, above 0, is wanted");
}

static void two_labels_become_0_and_1_in_their_order(void **state)
{
	(void)state;
	assert_outcome(TARGETS_PROBABILITIES, "yes,no,yes", "1 0 1: no yes");
	assert_outcome(TARGETS_PROBABILITIES, "1,-1,1", "1 0 1: -1 1");
	assert_outcome(TARGETS_PROBABILITIES, "2,1", "1 0: 1 2");
	assert_outcome(TARGETS_PROBABILITIES, "10,9", "1 0: 9 10");
	assert_outcome(TARGETS_PROBABILITIES, "10,9a", "0 1: 10 9a");
	assert_outcome(TARGETS_PROBABILITIES, "0.0,1,0", "0 1 0: 0.0 1");
}

static void one_class_is_refused_by_every_loss_of_classes(void **state)
{
	static const char message[] =
		"f.csv: column 2: only one class, \"1\"; two are wanted, since "
		"one leaves nothing to learn";

	(void)state;
	assert_outcome(TARGETS_PROBABILITIES, "1,1", message);
	assert_outcome(TARGETS_TWO_CLASSES, "1,1", message);
	assert_outcome(TARGETS_CLASSES, "1,1.0", message);
}

static void codes_with_a_zero_in_front_are_words(void **state)
{
	(void)state;
	assert_outcome(TARGETS_CLASSES, "01,1,001,A1", "1 2 0 3: 001 01 1 A1");
	assert_outcome(TARGETS_CLASSES, "01,1,001", "1 2 0: 001 01 1");
	assert_outcome(TARGETS_CLASSES, "-01,-1", "0 1: -01 -1");
	assert_outcome(TARGETS_CLASSES, "0.5e1,5,0", "1 1 0: 0 0.5e1");
}

static void numbers_beside_a_word_are_told_apart_by_their_bytes(void **state)
{
	(void)state;
	assert_outcome(TARGETS_CLASSES, "1,1.0,x,1", "0 1 2 0: 1 1.0 x");
	assert_outcome(TARGETS_TWO_CLASSES, "1,1.0,+1,2", "-1 -1 -1 1: 1 2");
	assert_outcome(TARGETS_TWO_CLASSES, "1,1.0,x",
		"f.csv:3: column 2: a third class, \"x\", after \"1\", \"1.0\"; two are wanted "
		"(--loss cross_entropy takes more)");
}

static void ids_beyond_doubles_are_told_apart(void **state)
{
	(void)state;
	assert_outcome(TARGETS_CLASSES, "9007199254740993,9007199254740992,9007199254740994",
		"1 0 2: 9007199254740992 9007199254740993 9007199254740994");
	assert_outcome(TARGETS_CLASSES, "-9007199254740993,-9007199254740992.0",
		"0 1: -9007199254740993 -9007199254740992.0");
}

static void two_numbers_between_0_and_1_are_probabilities(void **state)
{
	(void)state;
	assert_outcome(TARGETS_PROBABILITIES, "0.9,0.1,0.9", "0.899999976 0.100000001 0.899999976");
	assert_outcome(TARGETS_PROBABILITIES, "0,0.5", "0 0.5");
	assert_outcome(TARGETS_PROBABILITIES, "0.5,no", "0 1: 0.5 no");
	assert_outcome(TARGETS_PROBABILITIES, "0.5,1.5",
		"f.csv:2: column 2: \"1.5\"; more than two labels, or fractions, must be "
		"probabilities from 0 to 1 (--loss cross_entropy takes more than two "
		"classes)");
}

static void hear(const char *text, void *heard)
{
	strcat(heard, text);
}

/* The notice on those labels, "" if none. */
static const char *notice_of(enum loss_targets rule, const char *labels)
{
	static char heard[1024];
	struct read_options reader = {.notice = hear, .user = heard};
	struct target_options options = options_of(rule);

	*heard = 0;
	options.reader = &reader;
	outcome(&options, labels);
	return heard;
}

static void a_notice_names_the_loss_that_targets_seem_made_for(void **state)
{
	(void)state;
	assert_string_equal(notice_of(TARGETS_NUMBERS, "1,0,0,1"),
		"f.csv: column 2: there are only two values, 0 and 1; if these are classes, --loss "
		"bce is meant");
	assert_string_equal(notice_of(TARGETS_NUMBERS, "1,0,0,1,2"), "");
	assert_string_equal(notice_of(TARGETS_NUMBERS, "1,1,1,1"), "");
	assert_string_equal(notice_of(TARGETS_CLASSES, "0.5,1.5,2.5,0.5"),
		"f.csv: column 2: 3 classes in 4 rows; if this is a number to predict, --loss mse "
		"is meant");
	assert_string_equal(notice_of(TARGETS_CLASSES, "1,2,3,4"), "");
	assert_string_equal(notice_of(TARGETS_CLASSES, "1,2,1.0,2"),
		"f.csv: column 2: \"1\" and \"1.0\" are one number, and so one class, spelt in two "
		"ways");
}

static void a_class_that_is_not_utf8_is_refused_with_its_line(void **state)
{
	(void)state;
	assert_outcome(TARGETS_PROBABILITIES, "no,\xe9t\xe9",
		"f.csv:2: column 2: the class \"\\xe9t\\xe9\" is not UTF-8; --encoding latin-1 "
		"reads such a file");
}

static void more_numbers_from_0_to_1_are_probabilities(void **state)
{
	(void)state;
	assert_outcome(TARGETS_PROBABILITIES, "1,0.5,1,0.25", "1 0.5 1 0.25");
	assert_outcome(TARGETS_PROBABILITIES, "0.5,0.5", "0.5 0.5");
	assert_outcome(TARGETS_PROBABILITIES, "0,0.5,1,1.5",
		"f.csv:4: column 2: \"1.5\"; a probability, from 0 to 1, is wanted");
	assert_outcome(
		TARGETS_PROBABILITIES, "0,0.5,1,x", "f.csv:4: column 2: not a number: \"x\"");
}

static void a_third_class_is_refused_with_its_line(void **state)
{
	(void)state;
	assert_outcome(TARGETS_PROBABILITIES, "a,b,a,c",
		"f.csv:4: column 2: a third class, \"c\", after \"a\", \"b\"; two are wanted "
		"(--loss cross_entropy takes more)");
	assert_outcome(TARGETS_PROBABILITIES, "0,1,x",
		"f.csv:3: column 2: a third class, \"x\", after \"0\", \"1\"; two are wanted "
		"(--loss cross_entropy takes more)");
	assert_outcome(TARGETS_TWO_CLASSES, "-1,1,0",
		"f.csv:3: column 2: a third class, \"0\", after \"-1\", \"1\"; two are wanted "
		"(--loss cross_entropy takes more)");
}

static void a_number_that_is_no_probability_is_refused_with_its_line(void **state)
{
	(void)state;
	assert_outcome(TARGETS_PROBABILITIES, "0,0,3,1",
		"f.csv:3: column 2: \"3\"; more than two labels, or fractions, must be "
		"probabilities from 0 to 1 (--loss cross_entropy takes more than two "
		"classes)");
	assert_outcome(TARGETS_PROBABILITIES, "0,1,1,2",
		"f.csv:4: column 2: \"2\"; more than two labels, or fractions, must be "
		"probabilities from 0 to 1 (--loss cross_entropy takes more than two "
		"classes)");
}

static void two_classes_become_signs(void **state)
{
	(void)state;
	assert_outcome(TARGETS_TWO_CLASSES, "0,1,0", "-1 1 -1: 0 1");
	assert_outcome(TARGETS_TWO_CLASSES, "b,a", "1 -1: a b");
	assert_outcome(TARGETS_TWO_CLASSES, "1,1",
		"f.csv: column 2: only one class, \"1\"; two are wanted, since one leaves nothing "
		"to learn");
}

static void classes_become_their_place_in_order(void **state)
{
	(void)state;
	assert_outcome(TARGETS_CLASSES, "c,a,b,a", "2 0 1 0: a b c");
	assert_outcome(TARGETS_CLASSES, "10,9,-3,9.0", "2 1 0 1: -3 9 10");
	assert_outcome(TARGETS_CLASSES, "10,9,x", "0 1 2: 10 9 x");
	assert_outcome(TARGETS_CLASSES, "-0,0,1", "0 0 1: -0 1");
	/* floats cannot tell these apart */
	assert_outcome(TARGETS_CLASSES, "16777217,16777216", "1 0: 16777216 16777217");
	assert_outcome(TARGETS_CLASSES, "nan,0x10,inf,1e999", "3 0 2 1: 0x10 1e999 inf nan");
	assert_outcome(TARGETS_CLASSES, "a,a",
		"f.csv: column 2: only one class, \"a\"; two are wanted, since one leaves nothing "
		"to learn");
	assert_outcome(TARGETS_CLASSES, "a, ,b", "f.csv:2: column 2: an empty field, not a label");
}

static void too_many_classes_are_refused(void **state)
{
	struct target_options options = options_of(TARGETS_CLASSES);
	struct targets *t;
	gf_error err = {0};
	char text[32];

	(void)state;
	assert_int_equal(targets_new(&t, &options, NULL), GF_OK);
	for (int i = 0; i < TARGETS_CLASSES_MAX; i++) {
		sprintf(text, "label%d", i);
		assert_int_equal(targets_add(t, text, (size_t)i + 1, NULL), GF_OK);
	}
	assert_int_equal(targets_add(t, "label77", 65537, NULL), GF_OK);
	assert_int_equal(targets_add(t, "one more", 65538, &err), GF_E_DATA);
	assert_string_equal(err.message, "f.csv:65538: column 2: more than 65536 classes; "
					 "is this a column of numbers, for --loss mse?");
	targets_free(t);
}

static void labels_are_found_among_the_classes_of_a_model(void **state)
{
	static const char *const kinds[] = {"setosa", "versicolor", "virginica"};
	static const char *const digits[] = {"0", "1"};
	struct target_options options = options_of_model(TARGETS_CLASSES, kinds, 3);

	(void)state;
	assert_string_equal(
		outcome(&options, "virginica,virginica"), "2 2: setosa versicolor virginica");
	assert_string_equal(outcome(&options, "virginica,rosa"),
		"f.csv:2: column 2: \"rosa\" is not a class of the model; its classes are "
		"\"setosa\", \"versicolor\", \"virginica\"");
	options = options_of_model(TARGETS_PROBABILITIES, digits, 2);
	assert_string_equal(outcome(&options, "1.0,1,0e5"), "1 1 0: 0 1");
	assert_string_equal(outcome(&options, "1,0.5"),
		"f.csv:2: column 2: \"0.5\" is not a class of the model; its classes are "
		"\"0\", \"1\"");
	options = options_of_model(TARGETS_TWO_CLASSES, NULL, 0);
	assert_string_equal(outcome(&options, "1,1"),
		"f.csv: column 2: only one class, \"1\"; two are wanted, since one leaves nothing "
		"to learn");
	options = options_of_model(TARGETS_TWO_CLASSES, kinds, 2);
	assert_string_equal(outcome(&options, "versicolor"), "1: setosa versicolor");
}

static void a_model_of_probabilities_takes_numbers(void **state)
{
	struct target_options options = options_of_model(TARGETS_PROBABILITIES, NULL, 0);

	(void)state;
	assert_string_equal(outcome(&options, "1,0.5"), "1 0.5");
	assert_string_equal(outcome(&options, "-1,1"),
		"f.csv:1: column 2: \"-1\"; a probability, from 0 to 1, is wanted");
}

static void several_columns_have_no_classes(void **state)
{
	struct target_options options = options_of(TARGETS_PROBABILITIES);

	(void)state;
	options.columns = 2;
	assert_string_equal(outcome(&options, "1,0,1"), "1 0 1");
	assert_string_equal(outcome(&options, "yes"), "f.csv:1: column 2: not a number: \"yes\"");
	options.rule = TARGETS_CLASSES;
	assert_string_equal(outcome(&options, "a,b"),
		"f.csv: 2 target columns; a loss of classes takes one column of labels; "
		"numpy.argmax(y, axis=1) makes it of one-hot targets");
}

static void numbers_of_binary_files_are_labels_too(void **state)
{
	static const double digits[] = {7, 0, 7, 1e15}, halves[] = {0.1, -0.5};
	static const double bad[] = {1, (double)NAN}, large[] = {1e39};
	static const double counts[] = {1, -1};

	(void)state;
	assert_string_equal(outcome_of_numbers(TARGETS_CLASSES, digits, 4), "1 0 1 2: 0 7 1e+15");
	assert_string_equal(outcome_of_numbers(TARGETS_TWO_CLASSES, halves, 2), "1 -1: -0.5 0.1");
	assert_string_equal(outcome_of_numbers(TARGETS_NUMBERS, digits, 3), "7 0 7");
	assert_string_equal(outcome_of_numbers(TARGETS_NUMBERS, bad, 2),
		"x.npy: row 2, column 2: not a finite number");
	assert_string_equal(outcome_of_numbers(TARGETS_CLASSES, large, 1),
		"x.npy: row 1, column 2: beyond float's range");
	assert_string_equal(outcome_of_numbers(TARGETS_ZERO_OR_ABOVE, counts, 2),
		"x.npy: row 2, column 2: -1; a number, 0 or above, is wanted");
}

static void ten_thousand_classes_in_a_million_rows_are_read_fast(void **state)
{
	enum { ROWS = 1000000, CLASSES = 10000 };
	struct target_options options = options_of(TARGETS_CLASSES);
	float *y = calloc(ROWS, sizeof *y);
	struct targets *t;
	char **names;
	size_t classes;

	(void)state;
	assert_int_equal(targets_new(&t, &options, NULL), GF_OK);
	for (int i = 0; i < ROWS; i++)
		assert_int_equal(targets_add_number(t, i % CLASSES, (size_t)i + 1, NULL), GF_OK);
	assert_int_equal(targets_finish(t, y, 1, &names, &classes, NULL), GF_OK);
	assert_int_equal(classes, CLASSES);
	for (int i = 0; i < ROWS; i++)
		assert_true(y[i] == (float)(i % CLASSES));
	for (size_t i = 0; i < classes; i++)
		free(names[i]);
	free(names);
	targets_free(t);
	free(y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_stay_as_they_are),
		cmocka_unit_test(counts_are_not_negative),
		cmocka_unit_test(amounts_are_above_0),
		cmocka_unit_test(two_labels_become_0_and_1_in_their_order),
		cmocka_unit_test(one_class_is_refused_by_every_loss_of_classes),
		cmocka_unit_test(codes_with_a_zero_in_front_are_words),
		cmocka_unit_test(numbers_beside_a_word_are_told_apart_by_their_bytes),
		cmocka_unit_test(ids_beyond_doubles_are_told_apart),
		cmocka_unit_test(two_numbers_between_0_and_1_are_probabilities),
		cmocka_unit_test(a_notice_names_the_loss_that_targets_seem_made_for),
		cmocka_unit_test(a_class_that_is_not_utf8_is_refused_with_its_line),
		cmocka_unit_test(more_numbers_from_0_to_1_are_probabilities),
		cmocka_unit_test(a_third_class_is_refused_with_its_line),
		cmocka_unit_test(a_number_that_is_no_probability_is_refused_with_its_line),
		cmocka_unit_test(two_classes_become_signs),
		cmocka_unit_test(classes_become_their_place_in_order),
		cmocka_unit_test(too_many_classes_are_refused),
		cmocka_unit_test(labels_are_found_among_the_classes_of_a_model),
		cmocka_unit_test(a_model_of_probabilities_takes_numbers),
		cmocka_unit_test(several_columns_have_no_classes),
		cmocka_unit_test(numbers_of_binary_files_are_labels_too),
		cmocka_unit_test(ten_thousand_classes_in_a_million_rows_are_read_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

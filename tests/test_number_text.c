/* test_number_text.c: numbers become text, and text numbers, in the same way in every locale. */
#include "basics.h"
#include "scratch.h"

#include "text.h"

#include <float.h>
#include <math.h>

static const double NUMBERS[] = {0.0, -0.0, 1.5, -0.1, 1e-5, 1e30, 0x1p-1074, DBL_MAX, -DBL_MAX,
	DBL_MIN, 1.0 / 3.0, 12345678901.0, INFINITY, -INFINITY, NAN, -NAN};

static void assert_reads_back(const char *text, double wanted)
{
	double found = 42.0;

	if (!number_text_parse(text, &found) || memcmp(&found, &wanted, sizeof found) != 0)
		fail_msg("%a is written as %s and read as %a", wanted, text, found);
}

static void assert_all_read_back(void)
{
	char text[NUMBER_TEXT_ROOM];

	for (size_t i = 0; i < COUNT(NUMBERS); i++) {
		assert_reads_back(number_text_hexadecimal(text, NUMBERS[i]), NUMBERS[i]);
		assert_reads_back(number_text_decimal(text, NUMBERS[i]), NUMBERS[i]);
	}
}

static void numbers_are_written_as_c_writes_them(void **state)
{
	char text[NUMBER_TEXT_ROOM];

	(void)state;
	assert_string_equal(number_text_hexadecimal(text, 1.5), "0x1.8p+0");
	assert_string_equal(number_text_hexadecimal(text, -DBL_MAX), "-0x1.fffffffffffffp+1023");
	assert_string_equal(number_text_hexadecimal(text, -INFINITY), "-inf");
	assert_string_equal(number_text_decimal(text, 0.1), "0.10000000000000001");
	assert_string_equal(number_text_decimal(text, 1e-5), "1.0000000000000001e-05");
	assert_string_equal(number_text_decimal(text, 3.0), "3");
}

static void numbers_read_back_to_the_bit(void **state)
{
	(void)state;
	assert_all_read_back();
}

static void a_text_that_is_no_number_as_a_whole_is_refused(void **state)
{
	static const char *const others[] = {"", " 1", "1 ", "1x", "1,5", "1.5.", "x", "0x", "+",
		"e", "1e", "INF", "1\n", "0x1.8p", "--1", "nan(1)",
		"1.00000000000000000000000000000000"};
	double value;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++)
		if (number_text_parse(others[i], &value))
			fail_msg("\"%s\" is read as %a", others[i], value);
}

static void a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
	char text[NUMBER_TEXT_ROOM];

	(void)state;
	scratch_comma_locale();
	assert_string_equal(number_text_decimal(text, 1.5), "1.5");
	assert_string_equal(number_text_hexadecimal(text, -1.5), "-0x1.8p+0");
	assert_all_read_back();
	a_text_that_is_no_number_as_a_whole_is_refused(NULL);
	scratch_leave_locale();
}

static void an_estimate_has_two_digits(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {{1, "1"}, {9.4, "9"}, {10, "10"}, {338, "340"}, {8640, "8600"},
		{99499, "99000"}, {999999, "1 million"}, {8.63e6, "8.6 million"},
		{8.4e8, "840 million"}, {9.99e8, "1.0e+09"}, {2.14e15, "2.1e+15"}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(about_number(cases[i].value).text, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_as_c_writes_them),
		cmocka_unit_test(numbers_read_back_to_the_bit),
		cmocka_unit_test(a_text_that_is_no_number_as_a_whole_is_refused),
		cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing),
		cmocka_unit_test(an_estimate_has_two_digits),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

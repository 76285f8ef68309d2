/* test_about.c: estimates as text. */
#include "basics.h"

#include "number_text.h"

static void an_estimate_has_two_digits(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {{1, "1"}, {9.4, "9"}, {10, "10"}, {338, "340"}, {8640, "8600"},
		{99499, "99000"}, {999999, "1 million"}, {8.63e6, "8.6 million"},
		{8.4e8, "840 million"}, {9.99e8, "1.0e+09"}, {2.14e15, "2.1e+15"}};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(about_number(cases[i].value).text, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_estimate_has_two_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

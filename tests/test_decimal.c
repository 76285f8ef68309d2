/* test_decimal.c: the fast ways to read a number give what the C library gives, to the bit. */
#define _GNU_SOURCE /* strtof_l, strtod_l */
#include "basics.h"

#include "number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 200000, TEXT = 400 };

static locale_t c_locale;

static int make_locale(void **state)
{
	(void)state;
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	return c_locale ? 0 : -1;
}

static int free_locale(void **state)
{
	(void)state;
	freelocale(c_locale);
	return 0;
}

/* ---- one text ---- */

static void want(const char *text, double found, double wanted)
{
	if (memcmp(&found, &wanted, sizeof found) != 0)
		fail_msg("%s is read as %a, wanted %a", text, found, wanted);
}

/* The rest is the number less its float; the double of the number errs by three roundings at
 * most (scale_float). */
static void assert_rest(const char *text, float value, const char *end)
{
	float found = 0.0f;
	double rest = NAN, number = fabs(strtod_l(text, NULL, c_locale));

	assert_ptr_equal(decimal_float_rest(&found, &rest, text), end);
	want(text, (double)found, (double)value);
	assert_close(text, rest, number - fabs((double)value), 4 * 0x1p-53 * number);
}

/* Returns whether the text is read fast; then it is read as the C library reads it.  The text
 * has room to read on behind its end. */
static int float_is_right(const char *text)
{
	float found = 0.0f, whole = 0.0f, wanted;
	const char *end = decimal_float(&found, text);
	char *wanted_end;

	if (!end)
		return 0;
	wanted = strtof_l(text, &wanted_end, c_locale);
	assert_ptr_equal(end, wanted_end);
	want(text, (double)found, (double)wanted);
	assert_rest(text, found, end);
	if (!number_parse(&whole, text, c_locale))
		want(text, (double)whole, (double)wanted);
	return 1;
}

static int is_right(const char *text)
{
	double found;

	if (decimal_is_double(&found, text))
		want(text, found, strtod_l(text, NULL, c_locale));
	return float_is_right(text);
}

/* ---- many ---- */

/* Writes digits, a point and an exponent, each of which may be missing. */
static void spell_at_random(char *text, struct rng *rng)
{
	unsigned digits = 1 + random_below(rng, random_below(rng, 4) ? 12 : 30);
	unsigned point = random_below(rng, digits + 4);
	char *end = text;

	if (random_below(rng, 3) == 0)
		*end++ = random_below(rng, 4) ? '-' : '+';
	for (unsigned i = 0; i <= digits; i++) {
		if (i == point)
			*end++ = '.';
		if (i < digits)
			*end++ = (char)('0' + (random_below(rng, 5) ? random_below(rng, 10) : 0));
	}
	*end = 0;
	if (random_below(rng, 3) == 0)
		sprintf(end, "%c%d", random_below(rng, 2) ? 'e' : 'E',
			(int)random_below(rng, 130) - 65);
}

static void random_spellings_are_read_as_by_strtof(void **state)
{
	char text[TEXT];
	struct rng rng;
	int fast = 0;

	(void)state;
	rng_seed(&rng, 1);
	for (int i = 0; i < ROUNDS; i++) {
		spell_at_random(text, &rng);
		fast += is_right(text);
	}
	assert_true(fast > ROUNDS / 2);
}

/* A finite float of any size. */
static float random_float(struct rng *rng)
{
	float value;

	do {
		uint32_t bits = rng_next32(rng);

		memcpy(&value, &bits, sizeof value);
	} while (!isfinite(value));
	return value;
}

static void floats_of_every_size_are_read_back(void **state)
{
	char text[TEXT];
	struct rng rng;
	int fast = 0;

	(void)state;
	rng_seed(&rng, 2);
	for (int i = 0; i < ROUNDS; i++) {
		sprintf(text, "%.*g", 6 + (int)random_below(&rng, 13), (double)random_float(&rng));
		fast += is_right(text);
	}
	assert_true(fast > ROUNDS / 10 * 9);
}

/* Only a few of the numbers in files take the slow way: those half way between two floats. */
static void numbers_of_common_sizes_are_read_fast(void **state)
{
	char text[TEXT];
	struct rng rng;
	int fast = 0;

	(void)state;
	rng_seed(&rng, 3);
	for (int i = 0; i < ROUNDS; i++) {
		double value =
			((double)rng_next32(&rng) - 2e9) / pow(10.0, (int)random_below(&rng, 15));

		if (random_below(&rng, 3))
			sprintf(text, "%.*g", 1 + (int)random_below(&rng, 17), value);
		else
			sprintf(text, "%.*f", (int)random_below(&rng, 9), value);
		fast += is_right(text);
	}
	assert_true(fast > ROUNDS / 100 * 99);
}

/* Numbers half way between two floats: exact, cut after some digits, or with one more digit. */
static void numbers_half_way_between_floats_are_read_as_by_strtof(void **state)
{
	char text[TEXT];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 4);
	for (int i = 0; i < ROUNDS; i++) {
		float a = i % 2 ? random_float(&rng) : (float)random_below(&rng, 1 << 24) * 0x1p-6f;
		double half = ((double)a + (double)nextafterf(a, 2.0f * a)) / 2.0;

		sprintf(text, "%.*g", i % 3 ? 5 + (int)random_below(&rng, 20) : 200, half);
		float_is_right(text);
		strcat(text, "1");
		float_is_right(text);
	}
}

/* The doubles around numbers half way between two floats.  The fast way refuses those that are
 * too close, and the last ones lie at the edge of that. */
static void neighbours_of_half_way_numbers_are_read_as_by_strtof(void **state)
{
	char text[TEXT];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5);
	for (int i = 0; i < ROUNDS; i++) {
		float a = ldexpf(
			(float)(1 + random_below(&rng, 1 << 24)), (int)random_below(&rng, 60) - 50);
		double half = ((double)a + (double)nextafterf(a, INFINITY)) / 2.0;
		double off = ((int)random_below(&rng, 33) - 16) * 0.25 * DBL_EPSILON;

		sprintf(text, "%.*g", 17 + (int)random_below(&rng, 3), half * (1.0 + off));
		float_is_right(text);
	}
}

/* ---- the edges ---- */

static void numbers_at_the_ends_of_the_range_are_read_as_by_strtof(void **state)
{
	static const char *const texts[] = {"0", "-0", "+0.0", "-0e5", "0e-60", "0.e1", ".5", "5.",
		"00000000000000000000000000000.1", "0.00000000000000000000000000001", "16777217",
		"16777217.0", "16777219", "9007199254740993", "9223372036854775809",
		"18446744073709551615", "9999999999999999999", "99999999999999999999",
		"3.40282347e38", "3.4028235677973366e38", "3.4028235e+38", "1e38", "1e39", "1e999",
		"1.17549435e-38", "1.17549429e-38", "1.1754943e-38", "1e-45", "7e-46", "1e-57",
		"9999999999999999999e-57", "1e-58", "9999999999999999999e38", "1e22", "1e23",
		"1e-22", "1e-23", "8.5e0", "1E+5", "1e5x", "1 2", "1,2", "1.5.2"};

	char text[TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		is_right(strcpy(text, texts[i]));
}

static void text_behind_a_number_is_left(void **state)
{
	const char text[TEXT] = "-12.5e1;7", hexadecimal[TEXT] = "0x10";
	float value;
	double number;

	(void)state;
	assert_ptr_equal(decimal_float(&value, text), text + 7);
	assert_true(value == -125.0f);
	assert_ptr_equal(decimal_float(&value, hexadecimal), hexadecimal + 1);
	assert_false(!number_parse(&value, text, c_locale) || decimal_is_double(&number, text));
}

static void a_double_is_read_to_its_end(void **state)
{
	double value;

	(void)state;
	assert_true(decimal_is_double(&value, "-123456789.125e-2") && value == -1234567.89125);
}

static void a_text_that_is_no_plain_decimal_is_not_read(void **state)
{
	static const char texts[][TEXT] = {"", "-", "+", ".", "-.", "e5", ".e5", "1e", "1e+", "1e-",
		"1ex", "inf", "nan", "-inf", " 1", "--1", "+-1", "abc", "1e99999999999"};
	double number;
	float value;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (decimal_float(&value, texts[i]) || decimal_is_double(&number, texts[i]))
			fail_msg("\"%s\" is read", texts[i]);
}

static void numbers_are_compared_as_decimals_of_any_length(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} pairs[] = {
		{"1", "1.0", 0},
		{"+1", "01e0", 0},
		{"-0", "0.000", 0},
		{"1e3", "1000", 0},
		{"0.00120", "12e-4", 0},
		{"120e-1", "12", 0},
		{" 5", "5 ", 0},
		{"9007199254740993", "9007199254740992", 1},
		{"-9007199254740993", "-9007199254740992", -1},
		{"0.1", "0.10000000000000000001", -1},
		{"99", "100", -1},
		{"-99", "-100", 1},
		{"-1", "1", -1},
		{"0", "1e-300", -1},
		{"2e300", "1e301", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		assert_int_equal(decimal_compare(pairs[i].a, pairs[i].b), pairs[i].order);
		assert_int_equal(decimal_compare(pairs[i].b, pairs[i].a), -pairs[i].order);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_spellings_are_read_as_by_strtof),
		cmocka_unit_test(floats_of_every_size_are_read_back),
		cmocka_unit_test(numbers_of_common_sizes_are_read_fast),
		cmocka_unit_test(numbers_half_way_between_floats_are_read_as_by_strtof),
		cmocka_unit_test(neighbours_of_half_way_numbers_are_read_as_by_strtof),
		cmocka_unit_test(numbers_at_the_ends_of_the_range_are_read_as_by_strtof),
		cmocka_unit_test(text_behind_a_number_is_left),
		cmocka_unit_test(a_double_is_read_to_its_end),
		cmocka_unit_test(a_text_that_is_no_plain_decimal_is_not_read),
		cmocka_unit_test(numbers_are_compared_as_decimals_of_any_length),
	};

	return cmocka_run_group_tests(tests, make_locale, free_locale);
}

/*
 * test_distribution.c: tail probabilities agree with those that mpmath computed to 50 digits
 * (tests/oracle/distributions.json).
 *
 * The logarithm of a probability is a sum of terms of at most some 700, where 1e-300 is the least
 * probability, so that rounding it costs at most 700 2^-53 = 8e-14 of the probability; a continued
 * fraction adds a rounding for each of its terms, which are some hundreds.  1e-12 leaves room.
 */
#include "distribution.h"
#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RELATIVE 1e-12

static double tail(const char *name, const double *a)
{
	if (strcmp(name, "normal") == 0)
		return distribution_normal(a[0]);
	if (strcmp(name, "t") == 0)
		return distribution_t(a[0], a[1]);
	if (strcmp(name, "chi_squared") == 0)
		return distribution_chi_squared(a[0], a[1]);
	assert_string_equal(name, "f");
	return distribution_f(a[0], a[1], a[2]);
}

static void tails_agree_with_mpmath(void **state)
{
	struct oracle *oracle = oracle_open("distributions.json");
	char what[128];
	size_t i, j;

	(void)state;
	for (i = 0; i < oracle->count; i++) {
		const json_t *one = json_array_get(oracle->cases, i);
		const char *name = json_string_value(json_array_get(one, 0));
		const size_t arguments = json_array_size(one) - 2;
		const double wanted = json_number_value(json_array_get(one, arguments + 1));
		double a[3] = {0};

		for (j = 0; j < arguments; j++)
			a[j] = json_number_value(json_array_get(one, j + 1));
		snprintf(what, sizeof what, "%s at %g, %g, %g", name, a[0], a[1], a[2]);
		assert_close(what, tail(name, a), wanted, RELATIVE * wanted);
	}
	assert_true(i > 100);
	oracle_close(oracle);
}

/* The steepest density is at a quantile of about 1, where a change of the quantile changes p by
 * less than 1e-12 of it only if it is below 1e-12 of the quantile. */
static void a_quantile_is_where_its_tail_is_p(void **state)
{
	static const double LEVELS[] = {0.5, 0.1, 0.05, 0.01, 1e-6},
			    FREEDOMS[] = {1, 2, 5, 146, 1e6, INFINITY};
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(LEVELS); i++)
		for (j = 0; j < COUNT(FREEDOMS); j++) {
			const double t = distribution_t_quantile(LEVELS[i], FREEDOMS[j]);

			assert_close("tail of the quantile", distribution_t(t, FREEDOMS[j]),
				LEVELS[i], RELATIVE * LEVELS[i]);
		}
	assert_close("97.5 % of the normal distribution", distribution_t_quantile(0.05, INFINITY),
		1.959963984540054, 1e-15 * 2.0);
}

static void statistics_that_are_no_numbers_have_no_tail(void **state)
{
	(void)state;
	assert_true(isnan(distribution_t(NAN, 5)));
	assert_true(isnan(distribution_t(1, NAN)));
	assert_true(isnan(distribution_normal(NAN)));
	assert_true(isnan(distribution_chi_squared(NAN, 3)));
	assert_true(isnan(distribution_chi_squared(-1, 3)));
	assert_true(isnan(distribution_f(NAN, 2, 3)));
	assert_true(isnan(distribution_f(-1, 2, 3)));
	assert_true(distribution_t(INFINITY, 5) == 0.0);
	assert_true(distribution_chi_squared(INFINITY, 3) == 0.0);
	assert_true(distribution_f(INFINITY, 2, 3) == 0.0);
}

static void logarithms_of_gamma_are_those_of_factorials(void **state)
{
	double factorial = 0.0;

	(void)state;
	for (int n = 1; n < 200; n++) {
		assert_close("ln Gamma", distribution_log_gamma(n), factorial,
			4e-15 * (factorial + 1.0) * 4.0);
		factorial += log(n);
	}
	assert_close("ln Gamma of a half", distribution_log_gamma(0.5),
		0.5 * log(3.14159265358979312), 1e-14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tails_agree_with_mpmath),
		cmocka_unit_test(a_quantile_is_where_its_tail_is_p),
		cmocka_unit_test(statistics_that_are_no_numbers_have_no_tail),
		cmocka_unit_test(logarithms_of_gamma_are_those_of_factorials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

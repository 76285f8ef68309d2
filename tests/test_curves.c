/* test_curves.c: the curves of a classifier are those that scikit-learn computes, as
 * tests/sklearn/curves.py recorded them. */
#include "basics.h"

#include "curves.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* A quotient of whole numbers is rounded once; a mean of at most 60 probabilities, added in another
 * order, errs by some 60 times 1e-16. */
static const double ROUNDING = 1e-14;

static json_t *record;

static int open_record(void **state)
{
	(void)state;
	record = json_load_file("tests/sklearn/curves.json", 0, NULL);
	return record ? 0 : -1;
}

static int close_record(void **state)
{
	(void)state;
	json_decref(record);
	return 0;
}

static double number_at(const json_t *one, const char *key, size_t i)
{
	return json_number_value(json_array_get(json_object_get(one, key), i));
}

static size_t length_of(const json_t *one, const char *key)
{
	return json_array_size(json_object_get(one, key));
}

static void assert_curve(const json_t *one, const struct curve *curve, const char *x, const char *y)
{
	assert_int_equal(curve->count, length_of(one, x));
	for (size_t i = 0; i < curve->count; i++) {
		assert_close("x", curve->x[i], number_at(one, x, i), ROUNDING);
		assert_close("y", curve->y[i], number_at(one, y, i), ROUNDING);
	}
}

/* scikit-learn leaves out bins without rows. */
static void assert_bins(const json_t *one, const struct curves *curves)
{
	size_t rows = 0, at = 0;

	for (size_t i = 0; i < CURVE_BINS; i++) {
		const struct curve_bin *bin = &curves->bins[i];

		if (bin->rows == 0)
			continue;
		assert_close("mean", bin->mean, number_at(one, "mean", at), ROUNDING);
		assert_close("share", bin->share, number_at(one, "share", at), ROUNDING);
		rows += bin->rows;
		at++;
	}
	assert_int_equal(at, length_of(one, "mean"));
	assert_int_equal(rows, length_of(one, "scores"));
}

static struct scored *rows_of(const json_t *one)
{
	const size_t count = length_of(one, "scores");
	struct scored *rows = calloc(count, sizeof *rows);

	assert_non_null(rows);
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct scored){.score = number_at(one, "scores", i),
			.probability = number_at(one, "probabilities", i),
			.positive = number_at(one, "labels", i) > 0};
	return rows;
}

static void curves_are_those_of_scikit_learn(void **state)
{
	static struct curves curves;
	const json_t *cases = json_object_get(record, "cases"), *one;
	size_t i;

	(void)state;
	assert_true(json_array_size(cases) >= 4);
	json_array_foreach((json_t *)cases, i, one)
	{
		struct scored *rows = rows_of(one);

		curves_compute(&curves, rows, length_of(one, "scores"));
		assert_curve(one, &curves.roc, "false", "true");
		assert_curve(one, &curves.precision, "recall", "precision");
		assert_bins(one, &curves);
		free(rows);
	}
}

enum { MANY = 10007 };

/* Of scores that are all different a curve has a thousand points at most, the first and the last
 * among them. */
static void a_curve_of_many_rows_is_thinned_and_keeps_its_ends(void **state)
{
	static struct scored rows[MANY];
	static struct curves curves;
	const struct curve *roc = &curves.roc;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		rows[i] = (struct scored){.score = (double)i,
			.probability = (double)NAN,
			.positive = i * 7919 % MANY > MANY / 3};
	curves_compute(&curves, rows, MANY);
	assert_true(roc->count > CURVE_POINTS / 2 && roc->count <= CURVE_POINTS + 2);
	assert_true(roc->x[0] == 0.0 && roc->y[0] == 0.0);
	assert_true(roc->x[roc->count - 1] == 1.0 && roc->y[roc->count - 1] == 1.0);
	for (size_t i = 1; i < roc->count; i++)
		assert_true(roc->x[i] >= roc->x[i - 1] && roc->y[i] >= roc->y[i - 1]);
	for (size_t i = 0; i < CURVE_BINS; i++)
		assert_int_equal(curves.bins[i].rows, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(curves_are_those_of_scikit_learn),
		cmocka_unit_test(a_curve_of_many_rows_is_thinned_and_keeps_its_ends),
	};

	return cmocka_run_group_tests(tests, open_record, close_record);
}

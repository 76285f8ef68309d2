/*
 * test_least_squares.c: least squares, standard errors and condition numbers from moments agree
 * with NIST's certified ones.
 *
 *	digits	-log10(|found - certified| / |certified|), 15 at most
 *
 * Moments are in double, so that the digits are limited by what each case says: by data that
 * floats hold only approximately, or by the condition.  As in test_nist.c, the test also fails
 * when a digit more than stated is reached.
 */
#include "nist.h"

#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16 };

struct nist {
	const char *name;
	size_t degree; /* the features are x, x^2, .. x^degree; 0: the columns of the file */
	int no_bias;
	double estimates, errors, residual; /* digits that the worst number has */
};

/* The limits of the digits.  Norris and Longley have decimals, of which floats keep 5.0 and 4.9
 * digits (data/README.md); their residuals, which average over rows, keep some more.  NoInt1 and
 * Wampler have whole numbers that floats hold, so double is the limit: 1 - R^2 = 6e-4 of NoInt1
 * takes 3 of the residual's 16 digits, and 1e-5 of Wampler3 takes 5.  The bias of Wampler, 1, is
 * the remainder of terms of 1e6, and its first weight, 1, makes only 6e-6 of y: that takes 6
 * digits each, and the condition, 2.7e6, takes some. */
static const struct nist CASES[] = {
	{"Norris", 0, 0, 5.0, 5.4, 5.4},
	{"NoInt1", 0, 1, 14.5, 12.8, 12.8},
	{"Longley", 0, 0, 4.8, 6.1, 7.3},
	{"Wampler3", 5, 0, 6.3, 10.5, 10.5},
	{"Wampler4", 5, 0, 6.3, 11.2, 14.5},
};

/* ---- what NIST says ---- */

struct certified {
	size_t count;
	double b[MOST], error[MOST]; /* the intercept comes first, if there is one */
	double residual;
};

static void take_line(void *certified, const char *line)
{
	struct certified *c = certified;
	char *end, *comma = strchr(line, ',');

	if (!comma)
		return;
	if (line[0] == 'B' && c->count < MOST) {
		c->b[c->count] = strtod(comma + 1, &end);
		c->error[c->count++] = strtod(end + 1, NULL);
	} else if (strncmp(line, "residual_sd,", 12) == 0) {
		c->residual = strtod(comma + 1, NULL);
	}
}

static struct certified certified_of(const struct nist *n)
{
	struct certified c = {0};

	nist_certified(n->name, take_line, &c);
	return c;
}

static gf_dataset *read_case(const struct nist *n)
{
	return nist_read(n->name, n->degree);
}

static gf_config moments_config(void)
{
	gf_config config;

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = GF_ENGINE_moments;
	config.check = GF_CHECK_off;
	config.epochs = 0;
	return config;
}

static gf_model *fit(const gf_dataset *data, const gf_config *config, gf_report *report)
{
	gf_model *model;
	gf_error err = {0};

	if (gf_fit(&model, data, config, report, &err))
		fail_msg("%s", err.message);
	assert_non_null(report->least_squares);
	return model;
}

/* ---- NIST ---- */

static void print_and_assert_digits(
	const char *name, const char *what, double reached, double stated)
{
	print_message("%-10s %-10s %.2f digits\n", name, what, reached);
	assert_stated_digits(name, what, reached, stated);
}

/* The fewest digits of the weights and of the bias, if there is one. */
static double worst_digits(const double *weight, const double *bias, const double *certified,
	size_t count, int no_bias)
{
	double worst = no_bias ? 15.0 : digits_of(bias[0], certified[0]);
	size_t j;

	for (j = !no_bias; j < count; j++)
		worst = fmin(worst, digits_of(weight[j - !no_bias], certified[j]));
	return worst;
}

static void try_case(const struct nist *n)
{
	const struct certified c = certified_of(n);
	gf_dataset *data = nist_read(n->name, n->degree);
	gf_config config = moments_config();
	const gf_least_squares *l;
	gf_report report;
	gf_model *model;

	config.no_bias = n->no_bias;
	model = fit(data, &config, &report);
	l = report.least_squares;
	assert_int_equal(l->rank, data->features);
	assert_int_equal(c.count, data->features + !n->no_bias);
	print_and_assert_digits(n->name, "estimates",
		worst_digits(l->weight, l->bias, c.b, c.count, n->no_bias), n->estimates);
	print_and_assert_digits(n->name, "errors",
		worst_digits(l->weight_error, l->bias_error, c.error, c.count, n->no_bias),
		n->errors);
	print_and_assert_digits(
		n->name, "residual", digits_of(l->residual[0], c.residual), n->residual);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void estimates_and_their_errors_have_the_stated_digits(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(CASES); i++)
		try_case(CASES + i);
}

/* The certified residuals are 0.  The sum of their squares is the difference of two numbers as
 * large as the sum of squares of y, q, which err by 150 roundings of 2^-53 (engine.h: 4 (3 + 32
 * + 1) + 6): a residual below 1.3e-7 sqrt(q / freedom) is as good as 0.  The errors of weights
 * are as small beside those that the deviation of y would make. */
static void exact_fits_leave_no_residual(void **state)
{
	static const struct nist exact[] = {
		{.name = "Wampler1", .degree = 5}, {.name = "Wampler2", .degree = 5}};
	gf_config config = moments_config();
	size_t e, i;

	(void)state;
	for (e = 0; e < COUNT(exact); e++) {
		gf_dataset *data = read_case(exact + e);
		double mean = 0.0, q = 0.0;
		gf_report report;
		gf_model *model = fit(data, &config, &report);

		for (i = 0; i < data->rows; i++)
			mean += (double)data->y[i] / (double)data->rows;
		for (i = 0; i < data->rows; i++)
			q += ((double)data->y[i] - mean) * ((double)data->y[i] - mean);
		/* A NaN fails. */
		assert_true(report.least_squares->residual[0] <= 1.3e-7 * sqrt(q / 15.0));
		assert_true(report.least_squares->condition > 2.6e6);
		assert_true(report.least_squares->condition < 2.7e6);
		gf_model_free(model);
		gf_dataset_free(data);
	}
}

/* Filip's powers have a condition of 1.5e19, and double has 16 digits. */
static void features_that_double_cannot_tell_apart_give_no_result(void **state)
{
	const struct nist filip = {.name = "Filip", .degree = 10};
	gf_dataset *data = read_case(&filip);
	gf_config config = moments_config();
	gf_report report;
	gf_model *model = fit(data, &config, &report);

	(void)state;
	assert_true(report.least_squares->rank < 10);
	assert_true(isnan(report.least_squares->condition));
	assert_null(report.least_squares->weight);
	assert_null(report.least_squares->bias_error);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* ---- made data ---- */

enum { ROWS = 300, FEATURES = 4 };

static gf_dataset *made(size_t rows)
{
	gf_dataset *data;
	struct rng rng;
	size_t i, j;

	assert_int_equal(dataset_alloc(&data, rows, FEATURES, 2, NULL), GF_OK);
	rng_seed(&rng, 3);
	for (i = 0; i < rows; i++) {
		for (j = 0; j < FEATURES; j++)
			data->x[i * FEATURES + j] =
				rng_uniform(&rng, -1.0f, 1.0f) + 3.0f * (float)j;
		for (j = 0; j < 2; j++)
			data->y[2 * i + j] = data->x[i * FEATURES + j] - data->x[i * FEATURES + 3] +
					     rng_uniform(&rng, -0.5f, 0.5f);
	}
	return data;
}

/* Means, conditions and freedoms of these data are below 100: equal data give numbers equal to
 * about 1e-12. */
static void same_doubles(
	const char *what, const double *found, const double *wanted, size_t count, double relative)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!(fabs(found[i] - wanted[i]) <= relative * fabs(wanted[i]) + 1e-14))
			fail_msg("%s %zu is %.17g, not %.17g", what, i, found[i], wanted[i]);
}

static void same_fit(const gf_least_squares *a, const gf_least_squares *b, double relative)
{
	same_doubles("weight", a->weight, b->weight, 2 * FEATURES, relative);
	same_doubles("bias", a->bias, b->bias, 2, relative);
	same_doubles("error of weight", a->weight_error, b->weight_error, 2 * FEATURES, relative);
	same_doubles("error of bias", a->bias_error, b->bias_error, 2, relative);
	same_doubles("residual", a->residual, b->residual, 2, relative);
}

/* Standardized features are rounded to float: each errs by 6e-8 of up to 4 deviations, at
 * random.  1e-5 is about a hundred times what remains of that. */
static void standardize_changes_nothing_but_roundings(void **state)
{
	gf_dataset *data = made(ROWS);
	gf_config config = moments_config();
	gf_report plain, standardized;
	gf_model *a = fit(data, &config, &plain), *b;

	(void)state;
	config.standardize = 1;
	b = fit(data, &config, &standardized);
	same_fit(standardized.least_squares, plain.least_squares, 1e-5);
	gf_model_free(a);
	gf_model_free(b);
	gf_dataset_free(data);
}

/* A row of weight 0 counts as if it were not there. */
static void rows_of_weight_0_do_not_count(void **state)
{
	gf_dataset *few = made(ROWS / 2), *all = made(ROWS);
	gf_config config = moments_config();
	gf_report a_report, b_report;
	gf_model *a, *b;
	size_t i;

	(void)state;
	all->weights = calloc(ROWS, sizeof *all->weights);
	for (i = 0; i < ROWS / 2; i++)
		all->weights[i] = 1.0f;
	a = fit(few, &config, &a_report);
	b = fit(all, &config, &b_report);
	same_fit(b_report.least_squares, a_report.least_squares, 1e-12);
	gf_model_free(a);
	gf_model_free(b);
	gf_dataset_free(few);
	gf_dataset_free(all);
}

static void a_feature_that_is_the_sum_of_others_is_found(void **state)
{
	gf_dataset *data = made(ROWS);
	gf_config config = moments_config();
	gf_report report;
	gf_model *model;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		/* The numbers have so few bits that the sum is exact. */
		float *x = data->x + i * FEATURES;

		x[0] = rintf(64.0f * x[0]);
		x[1] = rintf(64.0f * x[1]);
		x[2] = x[0] + x[1];
	}
	model = fit(data, &config, &report);
	assert_int_equal(report.least_squares->rank, FEATURES - 1);
	assert_null(report.least_squares->weight);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* With as many parameters as rows the fit is exact, and says nothing about its errors. */
static void without_degrees_of_freedom_there_are_no_standard_errors(void **state)
{
	gf_dataset *data = made(FEATURES + 1);
	gf_config config = moments_config();
	gf_report report;
	gf_model *model = fit(data, &config, &report);

	(void)state;
	assert_int_equal(report.least_squares->rank, FEATURES);
	assert_true(isnan(report.least_squares->residual[0]));
	assert_true(isnan(report.least_squares->weight_error[0]));
	gf_model_free(model);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(estimates_and_their_errors_have_the_stated_digits),
		cmocka_unit_test(exact_fits_leave_no_residual),
		cmocka_unit_test(features_that_double_cannot_tell_apart_give_no_result),
		cmocka_unit_test(standardize_changes_nothing_but_roundings),
		cmocka_unit_test(rows_of_weight_0_do_not_count),
		cmocka_unit_test(a_feature_that_is_the_sum_of_others_is_found),
		cmocka_unit_test(without_degrees_of_freedom_there_are_no_standard_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_inference.c: statistics agree with those of Stata and statsmodels about data/anes96.csv
 * (tests/oracle/inference.py).
 *
 * They are taken at parameters that training left beside the best ones.  Let d be Newton's step
 * from there, l its length in standard errors, and m the most by which it changes an output, or the
 * difference of two outputs.  A term of the information, the slope or the dispersion then changes
 * by a factor of exp(2 m) at most: the logarithms of mu, mu (1 - mu) and p_k p_l change by at most
 * m (so does mu^power by 2 m), and those of the terms of mse do not change at all.  So:
 *
 *	a standard error is within exp(2 m) - 1 of itself,
 *	estimate + d is within l (exp(2 m) - 1) standard errors of the best (of gamma and tweedie
 *	within l),
 *	the log-likelihood is within l^2 exp(2 m) / 2 dispersion of the largest.
 *
 * Beyond that the numbers agree in the digits that the record has: 6 of Stata's, which prints 8;
 * statsmodels iterates until nothing changes, which leaves some 1e-9, and some 1e-12 of the
 * deviance, whose slope is 0.
 */
#include "fixture.h"
#include "oracle.h"

#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATSMODELS 1e-8

struct trained {
	const json_t *record;
	gf_dataset *data;
	gf_model *model;
	gf_report report;
	const gf_statistics *s;
	double relative; /* exp(2 m) - 1 */
	double digits;   /* of the record, as a relative error */
};

/* ---- training ---- */

static gf_dataset *read_data(const json_t *record, gf_loss loss)
{
	const json_t *weight = json_object_get(record, "weight");
	gf_read_options read;
	gf_dataset *data = NULL;
	gf_error err = {0};

	gf_read_options_default(&read);
	read.target = oracle_text(record, "target");
	read.features = oracle_text(record, "features");
	read.sample_weight = json_string_value(weight);
	read.exposure = json_string_value(json_object_get(record, "exposure"));
	read.loss = loss;
	gf_dataset_read(&data, "data/anes96.csv", &read, &err);
	assert_string_equal(err.message, "");
	return data;
}

static gf_config config_of(const json_t *record)
{
	gf_config config = config_for(GF_ENGINE_reference, 2000);
	const char *word = oracle_text(record, "loss");

	while (strcmp(loss_word(config.loss), word) != 0)
		config.loss++;
	config.lr_auto = config.loss == GF_LOSS_mse || config.loss == GF_LOSS_bce ||
			 config.loss == GF_LOSS_cross_entropy;
	config.momentum = 0.9;
	config.lr = 0.02; /* for the others, which have no largest curvature */
	config.standardize = 1;
	config.no_bias = json_is_true(json_object_get(record, "no_bias"));
	config.check = GF_CHECK_off;
	config.statistics = 0.95;
	return config;
}

static double step_of(const gf_coefficient *c)
{
	return c->newton * c->std_error;
}

/* How far Newton's step moves output k of a row. */
static double change_of(const struct trained *t, size_t k, const float *x)
{
	const size_t D = t->s->features;
	double change = t->s->has_bias ? step_of(&t->s->bias[k]) : 0.0;

	for (size_t j = 0; j < D; j++)
		change += step_of(&t->s->weight[k * D + j]) * (double)x[j];
	return change;
}

static double largest_change(const struct trained *t)
{
	double largest = 0.0;

	for (size_t i = 0; i < t->data->rows; i++) {
		double low = 0.0, high = 0.0;

		for (size_t k = 0; k < t->s->equations; k++) {
			const double change = change_of(t, k, t->data->x + i * t->data->features);

			low = fmin(low, change);
			high = fmax(high, change);
		}
		largest = fmax(largest, high - low);
	}
	return largest;
}

static struct trained train(const json_t *record)
{
	const gf_config config = config_of(record);
	struct trained t = {.record = record, .data = read_data(record, config.loss)};

	t.model = fit_model(t.data, &config, &t.report);
	t.s = t.report.statistics;
	assert_non_null(t.s);
	assert_string_equal(t.s->why, "");
	t.relative = expm1(2.0 * largest_change(&t));
	t.digits = oracle_number(record, "digits") == 6 ? 1e-6 : STATSMODELS;
	return t;
}

static void trained_free(struct trained *t)
{
	gf_model_free(t->model);
	gf_dataset_free(t->data);
}

/* ---- comparing ---- */

static double recorded(const json_t *numbers, size_t i)
{
	return json_number_value(json_array_get(numbers, i));
}

/* gamma and tweedie have Fisher's scoring for Newton's method: the curvature is that which is
 * expected, so that the error that a step leaves is a share of the step. */
static int is_canonical(const struct trained *t)
{
	const gf_loss loss = gf_model_loss(t->model);

	return loss != GF_LOSS_gamma && loss != GF_LOSS_tweedie;
}

/* wanted: estimate, standard error, statistic, p.  The error of a statistic is that of the estimate
 * and of the standard error; ln p changes by at most |statistic| + 1 times that of the
 * statistic. */
static void compare_coefficient(const struct trained *t, const char *name,
	const gf_coefficient *found, const json_t *wanted)
{
	const double estimate = recorded(wanted, 0), std_error = recorded(wanted, 1);
	const double statistic = recorded(wanted, 2), p = recorded(wanted, 3);
	const double relative = t->relative + t->digits;
	const double far = fabs(found->newton) + relative * (1.0 + fabs(statistic));
	char what[256];

	snprintf(what, sizeof what, "%s: %s", oracle_text(t->record, "what"), name);
	assert_close(what, found->estimate + step_of(found), estimate,
		std_error * t->s->newton * (is_canonical(t) ? t->relative : 1.0) +
			t->digits * (fabs(estimate) + std_error));
	assert_close(what, found->std_error, std_error, relative * std_error);
	assert_close(what, found->statistic, statistic, far);
	assert_close(what, found->p_value, p, expm1((fabs(statistic) + 1.0) * far) * p + 1e-10);
	assert_close(what, found->upper - found->lower,
		2.0 * std_error *
			(t->s->uses_t ? (found->upper - found->estimate) / found->std_error
				      : 1.959963984540054),
		4.0 * relative * std_error);
}

static void compare_coefficients(const struct trained *t)
{
	const json_t *equations = oracle_list(t->record, "coefficients");
	const size_t D = t->s->features;

	assert_int_equal(json_array_size(equations), t->s->equations);
	for (size_t k = 0; k < t->s->equations; k++) {
		const json_t *rows = json_array_get(equations, k);

		assert_int_equal(json_array_size(rows), D + (t->s->has_bias ? 1 : 0));
		for (size_t j = 0; j < D; j++)
			compare_coefficient(t, gf_model_feature_name(t->model, j),
				&t->s->weight[k * D + j], json_array_get(rows, j));
		if (t->s->has_bias)
			compare_coefficient(t, "bias", &t->s->bias[k], json_array_get(rows, D));
	}
}

#define NUMBER(name)                               \
	{                                          \
#name, offsetof(gf_goodness, name) \
	}

static const struct {
	const char *name;
	size_t at;
} NUMBERS[] = {NUMBER(df_model), NUMBER(df_residual), NUMBER(log_likelihood),
	NUMBER(null_log_likelihood), NUMBER(deviance), NUMBER(null_deviance), NUMBER(pearson_chi2),
	NUMBER(dispersion), NUMBER(aic), NUMBER(bic), NUMBER(r2), NUMBER(adjusted_r2),
	NUMBER(pseudo_r2), NUMBER(test), NUMBER(test_p_value)};

/* A deviance is l^2 dispersion above its least.  A p-value of 1e-102 has 232 / 2 times the error of
 * its chi-squared of 577. */
static void compare_fit(const struct trained *t)
{
	const gf_goodness *fit = t->s->fit;
	const json_t *wanted = json_object_get(t->record, "fit");
	const double above = t->s->newton * t->s->newton * fmax(1.0, fit->dispersion);
	size_t compared = 0;
	char what[256];

	for (size_t i = 0; i < COUNT(NUMBERS); i++) {
		const double found = *(const double *)((const char *)fit + NUMBERS[i].at);
		const json_t *number = json_object_get(wanted, NUMBERS[i].name);
		const double value = json_number_value(number);
		const int is_p = strcmp(NUMBERS[i].name, "test_p_value") == 0;
		const double relative = t->relative + t->digits * (is_p ? 300.0 : 1.0);

		if (!number)
			continue;
		compared++;
		snprintf(what, sizeof what, "%s: %s", oracle_text(t->record, "what"),
			NUMBERS[i].name);
		assert_close(what, found, value, relative * fabs(value) + (is_p ? 0.0 : above));
	}
	assert_int_equal(compared, json_object_size(wanted));
}

/* ---- prediction intervals ---- */

/* An end is off by what Newton's step changes the prediction by, l sqrt(h) deviations at most, and
 * by the relative change of the deviation; predictions are floats. */
static void compare_intervals(const struct trained *t)
{
	const json_t *wanted = json_object_get(t->record, "intervals");
	double *lower, *upper;
	float *z;

	if (!wanted)
		return;
	z = malloc(t->data->rows * sizeof *z);
	lower = malloc(2 * t->data->rows * sizeof *lower);
	assert_true(z && lower);
	upper = lower + t->data->rows;
	predict_outputs(t->model, t->data, z);
	assert_int_equal(
		gf_predict_intervals(t->model, t->data, t->s->level, z, lower, upper, NULL), GF_OK);
	for (size_t i = 0; i < json_array_size(wanted); i++) {
		const json_t *row = json_array_get(wanted, i);
		const double reach = recorded(row, 2) - recorded(row, 0);
		const double tolerance = (t->s->newton + t->relative + t->digits) * reach +
					 0x1p-21 * fabs(recorded(row, 0));

		assert_close("prediction", (double)z[i], recorded(row, 0), tolerance);
		assert_close("lower", lower[i], recorded(row, 1), tolerance);
		assert_close("upper", upper[i], recorded(row, 2), tolerance);
	}
	free(z);
	free(lower);
}

static void statistics_agree_with_stata_and_statsmodels(void **state)
{
	struct oracle *oracle = oracle_open("inference.json");

	(void)state;
	for (size_t i = 0; i < oracle->count; i++) {
		struct trained t = train(json_array_get(oracle->cases, i));

		/* Training ends where a float's rounding does not let it go on. */
		assert_true(t.s->newton < 1e-3);
		compare_coefficients(&t);
		compare_fit(&t);
		compare_intervals(&t);
		trained_free(&t);
	}
	assert_true(oracle->count >= 11);
	oracle_close(oracle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics_agree_with_stata_and_statsmodels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

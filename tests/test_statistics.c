/*
 * test_statistics.c: the Fisher information is the curvature of the log-likelihood, by finite
 * differences; statistics do not depend on how a model was trained or its data encoded; and where
 * there can be none, they say why.  test_inference.c compares them with other programs.
 */
#include "fixture.h"
#include "fixture_files.h"
#include "scratch.h"

#include "dataset.h"
#include "information.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* (f(x + h) - f(x - h)) / 2h errs by about h^2 and by rounding, f eps / h, which h = cbrt(eps)
 * balances: 4e-11 for f and its third derivative near 1.  Here both reach some hundreds. */
#define H          6e-6
#define DIFFERENCE 1e-7

/* ---- families ---- */

static const struct {
	gf_loss loss;
	double power;
} FAMILIES[] = {{GF_LOSS_mse, 0}, {GF_LOSS_bce, 0}, {GF_LOSS_poisson, 0}, {GF_LOSS_gamma, 0},
	{GF_LOSS_tweedie, 1.5}, {GF_LOSS_tweedie, 1.1}};

static struct family_terms terms_of(size_t i, double z, double y)
{
	const struct loss_parameters parameters = {.power = FAMILIES[i].power};

	return family_of(FAMILIES[i].loss)->terms(&parameters, z, y);
}

/* Targets that each family can have at that output. */
static double target_of(size_t i, double z, double share)
{
	return FAMILIES[i].loss == GF_LOSS_bce ? share : share * exp(z);
}

static void a_score_is_the_slope_of_half_the_deviance(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(FAMILIES); i++)
		for (double z = -3.0; z <= 3.0; z += 0.75)
			for (double share = 0.25; share < 1.0; share += 0.25) {
				const double y = target_of(i, z, share);
				const double above = terms_of(i, z + H, y).deviance;
				const double below = terms_of(i, z - H, y).deviance;

				assert_close(loss_word(FAMILIES[i].loss), (below - above) / 4.0 / H,
					terms_of(i, z, y).score, DIFFERENCE);
			}
}

/* At the mean the expected curvature is the curvature itself. */
static void information_is_the_slope_of_the_score_at_the_mean(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(FAMILIES); i++)
		for (double z = -3.0; z <= 3.0; z += 0.75) {
			const double y = FAMILIES[i].loss == GF_LOSS_mse   ? z
					 : FAMILIES[i].loss == GF_LOSS_bce ? 1.0 / (1.0 + exp(-z))
									   : exp(z);
			const double slope =
				terms_of(i, z + H, y).score - terms_of(i, z - H, y).score;

			assert_close(loss_word(FAMILIES[i].loss), -slope / 2.0 / H,
				terms_of(i, z, y).information, DIFFERENCE);
			assert_close(
				"deviance at the mean", terms_of(i, z, y).deviance, 0.0, 1e-14);
		}
}

static void deviances_are_twice_the_likelihood_that_is_missing(void **state)
{
	(void)state;
	for (double z = -3.0; z <= 3.0; z += 0.75)
		for (double y = 0.0; y < 4.0; y += 1.0) {
			const struct family_terms at = terms_of(2, z, y);
			const struct family_terms most = terms_of(2, y > 0.0 ? log(y) : -800.0, y);

			assert_close("poisson", at.deviance,
				2.0 * (most.log_likelihood - at.log_likelihood), 1e-13 * 40.0);
		}
}

/* ---- the information of many rows ---- */

enum { N = 40, D = 3, K = 3 };

struct sample {
	gf_dataset *data;
	struct design design;
	float y[N], weights[N];
	double center[D], parameters[(K - 1) * (D + 1)];
	size_t equations;
};

static void make_sample(struct sample *s, gf_loss loss, int has_bias)
{
	struct rng rng;

	memset(s, 0, sizeof *s);
	s->data = random_data(N, D, 1);
	rng_seed(&rng, 7);
	random_floats(&rng, s->weights, N, 1.0f);
	for (size_t i = 0; i < N; i++) {
		s->weights[i] = i % 5 ? 1.0f + s->weights[i] : 0.0f;
		s->y[i] = (float)random_below(&rng, loss == GF_LOSS_bce ? 2 : K);
	}
	for (size_t i = 0; i < COUNT(s->parameters); i++)
		s->parameters[i] = 0.1 * (double)i - 0.3;
	for (size_t j = 0; j < D; j++)
		s->center[j] = has_bias ? 0.2 : 0.0;
	s->equations = loss == GF_LOSS_cross_entropy ? K - 1 : 1;
	s->design = (struct design){.loss = loss,
		.data = s->data,
		.y = s->y,
		.weights = s->weights,
		.count = N,
		.targets = 1,
		.has_bias = has_bias,
		.center = s->center};
}

/* The information at the parameters with h added to number p. */
static struct information sum_up(const struct sample *s, size_t p, double h)
{
	struct information f;
	double parameters[COUNT(s->parameters)];

	memcpy(parameters, s->parameters, sizeof parameters);
	parameters[p] += h;
	assert_int_equal(information_new(&f, &s->design, s->equations, 0, NULL), GF_OK);
	assert_int_equal(information_add_rows(&f, &s->design, parameters, NULL), GF_OK);
	return f;
}

/* The sums are over 32 rows of weights up to 2. */
static void compare_differences(const struct sample *s)
{
	struct information at = sum_up(s, 0, 0.0);
	const size_t all = at.matrix.n;

	for (size_t p = 0; p < all; p++) {
		struct information above = sum_up(s, p, H), below = sum_up(s, p, -H);

		assert_close("slope of the log-likelihood",
			(above.sums.log_likelihood - below.sums.log_likelihood) / 2.0 / H,
			at.score[p], 64.0 * DIFFERENCE);
		for (size_t i = 0; i < all; i++)
			assert_close("curvature", (below.score[i] - above.score[i]) / 2.0 / H,
				at.matrix.matrix[i * all + p], 64.0 * DIFFERENCE);
		information_free(&above);
		information_free(&below);
	}
	assert_true(at.sums.rows == 32.0);
	information_free(&at);
}

static void information_is_the_curvature_of_the_likelihood(void **state)
{
	static const gf_loss LOSSES[] = {GF_LOSS_bce, GF_LOSS_poisson, GF_LOSS_cross_entropy};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < COUNT(LOSSES); i++)
		for (int has_bias = 0; has_bias < 2; has_bias++) {
			make_sample(&s, LOSSES[i], has_bias);
			compare_differences(&s);
			gf_dataset_free(s.data);
		}
}

/* ---- trainings ---- */

static gf_config config_with(gf_loss loss)
{
	gf_config config = config_for(GF_ENGINE_auto, 3000);

	config.loss = loss;
	config.lr_auto = 1;
	config.momentum = 0.9;
	config.statistics = 0.95;
	return config;
}

static const gf_statistics *train(gf_model **model, const gf_dataset *data, const gf_config *config)
{
	gf_report report;

	*model = fit_model(data, config, &report);
	assert_non_null(report.statistics);
	return report.statistics;
}

static double best_of(const gf_coefficient *c)
{
	return c->estimate + c->newton * c->std_error;
}

static void compare(const gf_coefficient *a, const gf_coefficient *b, double relative)
{
	assert_close("estimate", best_of(a), best_of(b), relative * b->std_error);
	assert_close("std_error", a->std_error, b->std_error, relative * b->std_error);
}

/* A step of Newton's method ends at the least squares, wherever it starts: here half-way.  Moments
 * are summed in double, too, and condition costs some of the digits of both. */
static void newtons_step_of_mse_ends_at_the_least_squares(void **state)
{
	gf_dataset *data = random_data(50, 4, 2);
	gf_config config = config_with(GF_LOSS_mse);
	gf_report report;
	gf_model *model;

	(void)state;
	config.engine = GF_ENGINE_moments;
	config.epochs = 3;
	config.momentum = 0.0;
	model = fit_model(data, &config, &report);
	assert_true(report.statistics->newton > 0.1);
	for (size_t p = 0; p < 2 * 4; p++)
		assert_close("weight", best_of(&report.statistics->weight[p]),
			report.least_squares->weight[p],
			1e-11 * report.least_squares->weight_error[p]);
	for (size_t k = 0; k < 2; k++)
		assert_close("bias", best_of(&report.statistics->bias[k]),
			report.least_squares->bias[k], 1e-11 * report.least_squares->bias_error[k]);
	free_both(data, model);
}

/* Of mse the deviance is a parabola: Newton's step, l long, takes l^2 times the dispersion off. */
static void newtons_step_has_its_length(void **state)
{
	gf_dataset *data = random_data(50, 4, 1);
	gf_config config = config_with(GF_LOSS_mse);
	const gf_statistics *s;
	double early, best;
	gf_model *model;

	(void)state;
	config.epochs = 1;
	config.momentum = 0.0;
	s = train(&model, data, &config);
	for (size_t j = 0; j < 4; j++)
		assert_true(fabs(s->weight[j].newton) <= s->newton);
	early = s->fit->deviance;
	best = early - s->newton * s->newton * s->fit->dispersion;
	gf_model_free(model);
	config.epochs = 3000;
	config.momentum = 0.9;
	s = train(&model, data, &config);
	/* Floats leave it some 1e-6 standard errors from the best. */
	assert_close("deviance of the best", s->fit->deviance, best, 1e-10 * best);
	assert_true(early > 1.001 * best);
	free_both(data, model);
}

static void standardized_training_has_the_same_statistics(void **state)
{
	gf_dataset *data = random_data(60, 3, 1);
	gf_config config = config_with(GF_LOSS_mse);
	const gf_statistics *plain, *standardized;
	gf_model *model, *other;

	(void)state;
	for (size_t i = 0; i < data->rows; i++)
		data->x[i * 3] += 4.0f;
	plain = train(&model, data, &config);
	config.standardize = 1;
	standardized = train(&other, data, &config);
	/* Both are some 1e-6 standard errors from the best, whose residuals then differ by the
	 * square of that. */
	for (size_t j = 0; j < 3; j++)
		compare(&plain->weight[j], &standardized->weight[j], 1e-9);
	compare(plain->bias, standardized->bias, 1e-9);
	gf_model_free(other);
	free_both(data, model);
}

#define COLORS                                                         \
	"color,x,y\nred,1,3\nblue,2,1\ngreen,3,2\nred,4,6\nblue,5,5\n" \
	"green,6,4\nred,7,9\nblue,8,8\ngreen,9,7\nred,1,4\n"
#define CONTRASTS                                                               \
	"green,red,x,y\n0,1,1,3\n0,0,2,1\n1,0,3,2\n0,1,4,6\n0,0,5,5\n1,0,6,4\n" \
	"0,1,7,9\n0,0,8,8\n1,0,9,7\n0,1,1,4\n"

/* The first of the sorted words is blue. */
static void words_are_contrasts_with_the_first_word(void **state)
{
	const gf_read_options one_hot = options_with(GF_LOSS_mse, "color", GF_MISSING_error);
	const gf_read_options plain = options_with(GF_LOSS_mse, NULL, GF_MISSING_error);
	gf_dataset *words = read_text(COLORS, &one_hot), *numbers = read_text(CONTRASTS, &plain);
	gf_config config = config_with(GF_LOSS_mse);
	const gf_statistics *s, *contrasts;
	gf_model *model, *other;

	(void)state;
	config.standardize = 1;
	s = train(&model, words, &config);
	contrasts = train(&other, numbers, &config);
	assert_string_equal(gf_model_feature_name(model, 0), "color=blue");
	assert_true(s->weight[0].dropped && isnan(s->weight[0].estimate));
	for (size_t j = 1; j < 4; j++)
		compare(&s->weight[j], &contrasts->weight[j - 1], 1e-9);
	compare(s->bias, contrasts->bias, 1e-9);
	assert_true(s->fit->df_residual == contrasts->fit->df_residual);
	free_both(words, model);
	free_both(numbers, other);
}

/* But for its rounding to float. */
static void a_sum_of_others_is_dropped(void **state)
{
	gf_dataset *data = random_data(30, 3, 1);
	gf_config config = config_with(GF_LOSS_mse);
	const gf_statistics *s;
	gf_model *model;

	(void)state;
	for (size_t i = 0; i < data->rows; i++)
		data->x[i * 3 + 2] = data->x[i * 3] + 0.3f * data->x[i * 3 + 1];
	s = train(&model, data, &config);
	for (size_t j = 0; j < 3; j++)
		assert_int_equal(s->weight[j].dropped, j == 2);
	free_both(data, model);
}

/* ---- where there are none ---- */

static void assert_none(const gf_dataset *data, gf_loss loss, const char *why)
{
	const gf_config config = config_with(loss);
	gf_model *model;
	const gf_statistics *s = train(&model, data, &config);

	assert_begins(s->why, why);
	assert_null(s->weight);
	gf_model_free(model);
}

static void separated_classes_have_no_statistics(void **state)
{
	const gf_read_options bce = options_with(GF_LOSS_bce, NULL, GF_MISSING_error);
	const gf_read_options three = options_with(GF_LOSS_cross_entropy, NULL, GF_MISSING_error);
	gf_dataset *data = read_text("x,y\n1,no\n2,no\n3,yes\n4,yes\n5,yes\n", &bce);

	(void)state;
	assert_none(data, GF_LOSS_bce, "the features tell class \"no\" from the others");
	gf_dataset_free(data);
	data = read_text("x,y\n1,a\n2,a\n4,b\n5,c\n6,b\n7,c\n8,b\n", &three);
	assert_none(data, GF_LOSS_cross_entropy, "the features tell class \"a\" from the others");
	gf_dataset_free(data);
}

static void as_many_parameters_as_rows_have_no_statistics(void **state)
{
	gf_dataset *data = random_data(3, 2, 1);

	(void)state;
	assert_none(data, GF_LOSS_mse, "there are as many parameters as rows");
	gf_dataset_free(data);
}

static void refuses(gf_config config, const char *message)
{
	gf_error err = {0};

	assert_int_equal(gf_config_check(&config, &err), GF_E_USAGE);
	assert_begins(err.message, message);
}

static void trainings_that_statistics_do_not_fit_are_refused(void **state)
{
	gf_config config = config_with(GF_LOSS_mse);

	(void)state;
	config.loss = GF_LOSS_hinge;
	refuses(config, "statistics: the loss hinge is no likelihood");
	config = config_with(GF_LOSS_mse);
	config.l2 = 0.1;
	refuses(config, "statistics: a penalty biases the parameters");
	config = config_with(GF_LOSS_bce);
	config.class_weights = "a=2";
	refuses(config, "statistics: a class_weight");
	config = config_with(GF_LOSS_cross_entropy);
	config.label_smoothing = 0.1;
	refuses(config, "statistics: label_smoothing");
	config = config_with(GF_LOSS_mse);
	config.lr_auto = 0;
	config.hidden[0] = 3;
	refuses(config, "statistics: a network");
	config = config_with(GF_LOSS_mse);
	config.statistics = 1.0;
	refuses(config, "statistics is 1; wanted: a level");
}

static void more_parameters_than_the_information_may_have_are_refused(void **state)
{
	gf_dataset *data = random_data(4, 2048, 1);
	const gf_config config = config_with(GF_LOSS_mse);
	gf_model *model;
	gf_error err = {0};

	(void)state;
	assert_int_equal(gf_fit(&model, data, &config, NULL, &err), GF_E_USAGE);
	assert_begins(err.message, "statistics: 2049 parameters; wanted: at most 2048");
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_score_is_the_slope_of_half_the_deviance),
		cmocka_unit_test(information_is_the_slope_of_the_score_at_the_mean),
		cmocka_unit_test(deviances_are_twice_the_likelihood_that_is_missing),
		cmocka_unit_test(information_is_the_curvature_of_the_likelihood),
		cmocka_unit_test(newtons_step_of_mse_ends_at_the_least_squares),
		cmocka_unit_test(newtons_step_has_its_length),
		cmocka_unit_test(standardized_training_has_the_same_statistics),
		cmocka_unit_test(words_are_contrasts_with_the_first_word),
		cmocka_unit_test(a_sum_of_others_is_dropped),
		cmocka_unit_test(separated_classes_have_no_statistics),
		cmocka_unit_test(as_many_parameters_as_rows_have_no_statistics),
		cmocka_unit_test(trainings_that_statistics_do_not_fit_are_refused),
		cmocka_unit_test(more_parameters_than_the_information_may_have_are_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

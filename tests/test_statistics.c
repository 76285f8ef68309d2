/* test_statistics.c: statistics do not depend on how a model was trained or its data encoded; and
 * where there can be none, they say why.  test_inference.c compares them with other programs. */
#include "fixture.h"
#include "fixture_files.h"
#include "scratch.h"

#include "dataset.h"
#include "train_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- trainings ---- */

static gf_config config_with(gf_loss loss)
{
	gf_config config = config_for(GF_ENGINE_reference, 3000);

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

static void statistics_have_the_same_bits_on_each_engine(void **state)
{
	gf_dataset *data = random_data(70, 3, 2);
	gf_config config = config_with(GF_LOSS_mse);
	gf_model *streaming, *resident;
	const gf_statistics *a, *b;

	(void)state;
	config.epochs = 300;
	config.engine = GF_ENGINE_streaming;
	a = train(&streaming, data, &config);
	config.engine = GF_ENGINE_resident;
	b = train(&resident, data, &config);
	assert_memory_equal(a->weight, b->weight, 2 * 3 * sizeof *a->weight);
	assert_memory_equal(a->bias, b->bias, 2 * sizeof *a->bias);
	assert_memory_equal(a->fit, b->fit, 2 * sizeof *a->fit);
	gf_model_free(resident);
	free_both(data, streaming);
}

/* Rows that weigh nothing do not count either. */
static void rows_that_validate_do_not_count(void **state)
{
	enum { ROWS = 60 };
	gf_dataset *data = random_data(ROWS, 3, 1);
	gf_config config = config_with(GF_LOSS_mse);
	const gf_statistics *split, *weighted;
	gf_model *model, *other;
	uint32_t order[ROWS];
	size_t train_rows;
	struct rng rng;

	(void)state;
	config.validation = 0.25;
	split = train(&model, data, &config);
	rng_seed(&rng, config.seed);
	shuffle_split(&rng, order, ROWS, config.validation, &train_rows);
	data->weights = calloc(ROWS, sizeof *data->weights);
	assert_non_null(data->weights);
	for (size_t i = 0; i < train_rows; i++)
		data->weights[order[i]] = 1.0f;
	config.validation = 0.0;
	weighted = train(&other, data, &config);
	assert_int_equal(split->rows, 45);
	assert_int_equal(weighted->rows, 45);
	/* The best epoch of the validation is not the last.  Of mse the residual variance there is
	 * that of the best by 1 / (1 - length^2 / df). */
	for (size_t j = 0; j < 3; j++) {
		const gf_coefficient *x = &split->weight[j], *y = &weighted->weight[j];
		const double share = split->newton * split->newton / split->fit->df_residual;

		assert_close("estimate", best_of(x), best_of(y), 1e-9 * y->std_error);
		assert_close("std_error", x->std_error * sqrt(1.0 - share), y->std_error,
			1e-9 * y->std_error);
	}
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

/* Nor has the model then intervals, also of other targets. */
static void equal_targets_have_no_statistics(void **state)
{
	gf_dataset *data = random_data(9, 2, 1), *two = random_data(9, 2, 2);
	const gf_config config = config_with(GF_LOSS_mse);
	gf_model *model;

	(void)state;
	for (size_t i = 0; i < data->rows; i++)
		data->y[i] = two->y[2 * i + 1] = 0.1f;
	assert_none(data, GF_LOSS_mse, "all targets are the same");
	assert_none(two, GF_LOSS_mse, "of \"y2\" all targets are the same");
	train(&model, two, &config);
	assert_false(gf_model_has_intervals(model));
	gf_dataset_free(data);
	free_both(two, model);
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
		cmocka_unit_test(newtons_step_of_mse_ends_at_the_least_squares),
		cmocka_unit_test(newtons_step_has_its_length),
		cmocka_unit_test(standardized_training_has_the_same_statistics),
		cmocka_unit_test(statistics_have_the_same_bits_on_each_engine),
		cmocka_unit_test(rows_that_validate_do_not_count),
		cmocka_unit_test(words_are_contrasts_with_the_first_word),
		cmocka_unit_test(a_sum_of_others_is_dropped),
		cmocka_unit_test(separated_classes_have_no_statistics),
		cmocka_unit_test(equal_targets_have_no_statistics),
		cmocka_unit_test(as_many_parameters_as_rows_have_no_statistics),
		cmocka_unit_test(trainings_that_statistics_do_not_fit_are_refused),
		cmocka_unit_test(more_parameters_than_the_information_may_have_are_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

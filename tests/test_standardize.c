/*
 * test_standardize.c: a training with standardize copes with large offsets, with features that do
 * not vary, and with rows of weight 0.
 */
#include "fixture.h"
#include "fixture_files.h"
#include "scratch.h"
#include "standardized.h"

#include "dataset.h"

#include <math.h>

/* ---- large offsets ---- */

/* scikit-learn 1.9.1, StandardScaler and LinearRegression on offset_data. */
static void a_feature_with_an_offset_of_1e7_gives_the_answer_of_scikit_learn(void **state)
{
	gf_dataset *data = offset_data();
	const gf_config config = standardized_config();
	gf_report report;
	gf_model *model = fit_model(data, &config, &report);
	float z[ROWS];

	(void)state;
	predict_outputs(model, data, z);
	/* Descent ends within a few roundings of the largest output, 31, each of 2e-6. */
	assert_close("first", (double)z[0], -3.84963374, 1e-5);
	assert_close("last", (double)z[ROWS - 1], 30.8998426, 1e-5);
	assert_close("mse", metrics_of(model, data).mse, 0.33193873, 1e-6);
	assert_close("mean", gf_model_center(model)[0], 10000094.5, 0.0);
	assert_close("scale", gf_model_scale(model)[0], 55.41885961, 1e-8);
	assert_close("weight", (double)gf_model_standardized_weight(model)[0], 9.2107122, 1e-5);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void the_loss_of_the_report_is_that_of_the_saved_model(void **state)
{
	gf_dataset *data = offset_data();
	const gf_config config = standardized_config();
	gf_report report;
	gf_model *model = save_and_load(fit_model(data, &config, &report));

	(void)state;
	/* Outputs up to 31 are rounded by 2^-20, and the residuals, about 0.6, pass on twice that
	 * times themselves. */
	assert_close("loss", metrics_of(model, data).loss, (double)report.loss, 1e-6);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void keep_notice(const char *text, void *user)
{
	snprintf(user, 1024, "%s", text);
}

static void notice_of(gf_dataset *data, char *text)
{
	gf_config config = standardized_config();

	config.notice = keep_notice;
	config.user = text;
	text[0] = '\0';
	gf_model_free(fit_model(data, &config, NULL));
}

static void a_notice_says_where_the_folded_weights_predict_otherwise(void **state)
{
	gf_dataset *data = offset_data();
	char text[1024];

	(void)state;
	notice_of(data, text);
	assert_begins(text, "programs that read the model's weight and bias alone will predict "
			    "with an error of about ");
	assert_non_null(strstr(text, "since the mean of feature \"x1\", 10000094.5, takes up"));
	for (size_t i = 0; i < ROWS; i++)
		data->x[2 * i] -= 10000000.0f;
	notice_of(data, text);
	assert_string_equal(text, "");
	gf_dataset_free(data);
}

/* ---- features without deviation ---- */

/* Columns 0 and 2 are constant: 0.1, whose mean has to be computed as such for it to be exact,
 * and a time stamp. */
static gf_dataset *constant_data(void)
{
	float x[3 * ROWS], y[ROWS];

	for (int i = 0; i < ROWS; i++) {
		x[3 * i] = 0.1f;
		x[3 * i + 1] = (float)(i % 7);
		x[3 * i + 2] = 1735689600.0f;
		y[i] = 1.0f + 2.0f * x[3 * i + 1];
	}
	return new_data(ROWS, 3, 1, x, y);
}

static void assert_no_weight(const gf_model *model, const char *what)
{
	const float *forms[] = {gf_model_weight(model), gf_model_standardized_weight(model)};

	for (size_t i = 0; i < COUNT(forms); i++) {
		assert_same_float(forms[i][0], 0.0f, what, 0);
		assert_same_float(forms[i][2], 0.0f, what, 2);
	}
}

static void assert_outputs_1_to_13(const gf_model *model, const gf_dataset *data, double tolerance)
{
	float z[ROWS];

	predict_outputs(model, data, z);
	for (int i = 0; i < ROWS; i++)
		assert_close("output", (double)z[i], 1.0 + 2.0 * (i % 7), tolerance);
}

static void a_feature_without_deviation_has_weight_0(void **state)
{
	gf_dataset *data = constant_data();
	const gf_config config = standardized_config();
	gf_model *model = fit_model(data, &config, NULL);

	(void)state;
	assert_no_weight(model, "trained");
	assert_outputs_1_to_13(model, data, 4e-6);
	model = save_and_load(model);
	assert_no_weight(model, "saved");
	assert_outputs_1_to_13(model, data, 4e-6);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void no_optimizer_or_penalty_moves_the_weight_of_a_constant(void **state)
{
	gf_dataset *data = constant_data();
	gf_model *model;

	(void)state;
	for (int optimizer = 0; optimizer < GF_OPTIMIZER_COUNT; optimizer++) {
		gf_config config = standardized_config();

		config.optimizer = (gf_optimizer)optimizer;
		config.lr_auto = 0;
		config.lr = 0.01;
		config.l1 = 0.01;
		config.l2 = 0.1;
		config.weight_decay = 0.1;
		config.average = 1;
		config.patience = 100;
		model = fit_model(data, &config, NULL);
		assert_no_weight(model, "with penalties");
		gf_model_free(model);
	}
	gf_dataset_free(data);
}

/* Without a bias no mean is taken off: the constant 0.1 then does what a bias would. */
static void without_a_bias_a_constant_stands_in_for_it(void **state)
{
	gf_dataset *data = constant_data();
	gf_config config = standardized_config();
	gf_model *model;

	(void)state;
	data->x[0] = data->x[3 * (ROWS - 1)] = 0.1f;
	for (size_t i = 0; i < ROWS; i++)
		data->x[3 * i + 2] = 0.0f;
	config.no_bias = 1;
	model = fit_model(data, &config, NULL);
	assert_close("center", gf_model_center(model)[0], 0.0, 0.0);
	assert_close("scale", gf_model_scale(model)[0], (double)0.1f, 1e-12);
	assert_close("weight", (double)gf_model_weight(model)[0], 10.0, 1e-3);
	assert_same_float(gf_model_weight(model)[2], 0.0f, "weight of zeros", 2);
	assert_outputs_1_to_13(model, data, 1e-4);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* Near 1735689600 floats are 128 apart: one of the 64 rows has the next float. */
static void a_deviation_of_one_float_in_one_row_counts(void **state)
{
	gf_dataset *data = constant_data();
	const gf_config config = standardized_config();
	gf_model *model;

	(void)state;
	data->x[3 * 5 + 2] += 128.0f;
	model = fit_model(data, &config, NULL);
	assert_close("center", gf_model_center(model)[2], 1735689602.0, 0.0);
	assert_close("scale", gf_model_scale(model)[2], sqrt(63.0 * 4 + 126.0 * 126) / 8.0, 1e-12);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* ---- rows of weight 0 ---- */

static void rows_of_weight_0_do_not_count(void **state)
{
	gf_dataset *few = offset_data(), *all;
	const gf_config config = standardized_config();
	gf_model *a = fit_model(few, &config, NULL), *b;
	float x[2 * (ROWS + 2)], y[ROWS + 2];

	(void)state;
	memcpy(x, few->x, 2 * ROWS * sizeof *x);
	memcpy(y, few->y, ROWS * sizeof *y);
	x[2 * ROWS] = x[2 * ROWS + 3] = 1e9f;
	x[2 * ROWS + 1] = x[2 * ROWS + 2] = -7e5f;
	y[ROWS] = y[ROWS + 1] = 1e6f;
	all = new_data(ROWS + 2, 2, 1, x, y);
	all->weights = calloc(ROWS + 2, sizeof *all->weights);
	assert_non_null(all->weights);
	for (size_t i = 0; i < ROWS; i++)
		all->weights[i] = 1.0f;
	b = fit_model(all, &config, NULL);
	for (size_t j = 0; j < 2; j++) {
		assert_true(gf_model_center(a)[j] == gf_model_center(b)[j]);
		assert_true(gf_model_scale(a)[j] == gf_model_scale(b)[j]);
		assert_close("weight", (double)gf_model_standardized_weight(b)[j],
			(double)gf_model_standardized_weight(a)[j], 2e-6);
	}
	gf_model_free(a);
	gf_model_free(b);
	gf_dataset_free(few);
	gf_dataset_free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_feature_with_an_offset_of_1e7_gives_the_answer_of_scikit_learn),
		cmocka_unit_test(the_loss_of_the_report_is_that_of_the_saved_model),
		cmocka_unit_test(a_notice_says_where_the_folded_weights_predict_otherwise),
		cmocka_unit_test(a_feature_without_deviation_has_weight_0),
		cmocka_unit_test(no_optimizer_or_penalty_moves_the_weight_of_a_constant),
		cmocka_unit_test(without_a_bias_a_constant_stands_in_for_it),
		cmocka_unit_test(a_deviation_of_one_float_in_one_row_counts),
		cmocka_unit_test(rows_of_weight_0_do_not_count),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

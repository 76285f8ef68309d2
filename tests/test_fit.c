/* test_fit.c: a training by gf_fit that succeeds does what gpufitcl.h promises. */
#include "fixture.h"

#include "dataset.h"
#include "model.h"
#include "order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy of data that has column k as its only target. */
static gf_dataset *only_target(const gf_dataset *data, size_t k)
{
	float *y = malloc(data->rows * sizeof *y);
	gf_dataset *one;
	size_t i;

	for (i = 0; i < data->rows; i++)
		y[i] = data->y[i * data->outputs + k];
	one = new_data(data->rows, data->features, 1, data->x, y);
	free(y);
	return one;
}

/* ---- no epoch, one epoch, one row ---- */

static void no_epochs_leave_the_parameters_as_they_start(void **state)
{
	const float start[] = {0.44418656826019287f, 0.5152027606964111f};
	gf_dataset *data = notebook_data();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct fit fit = new_fit(wants_all, 0);
		gf_config config = config_for(ENGINES[i], 0);

		config.init = GF_INIT_notebook;
		run_fit(&fit, data, config);
		assert_int_equal(fit.epochs, 0);
		assert_int_equal(fit.report.epochs, 0);
		assert_int_equal(fit.report.checked, 0);
		assert_true(fit.report.first_loss == fit.report.loss);
		/* PyTorch printed the number, and adds in another order: 3e-7 of it is the
		 * difference. */
		assert_true(fabs((double)fit.report.loss - 48.06100845336914) <= 3e-7 * 48.1);
		assert_same_params(fit.model, start);
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

/* x = 2, y = 3, from zeros at lr 0.125: the slope is -6, the gradients are -12 and -6, all
 * exact. */
static void one_row_is_enough(void **state)
{
	const float x[] = {2}, y[] = {3}, next[] = {1.5f, 0.75f};
	gf_dataset *data;
	size_t i;

	(void)state;
	data = new_data(1, 1, 1, x, y);
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct fit fit = new_fit(wants_all, 1);
		gf_config config = config_for(ENGINES[i], 1);

		config.init = GF_INIT_zeros;
		config.lr = 0.125;
		run_fit(&fit, data, config);
		assert_true(fit.losses[0] == 9.0f);
		assert_true(fit.recorded[0].gradient[0] == -12.0f &&
			    fit.recorded[0].gradient[1] == -6.0f);
		assert_same_params(fit.model, next);
		assert_true(fit.report.loss == 0.5625f); /* (1.5 * 2 + 0.75 - 3)^2 */
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

/* A loss of 0 stays 0.  Values are compared, not bits: on Mesa's llvmpipe the parameters become
 * -0. */
static void parameters_with_a_loss_of_0_stay(void **state)
{
	const float x[] = {1, 2, 3}, y[] = {0, 0, 0};
	struct fit fit = new_fit(NULL, 0);
	gf_config config = config_for(GF_ENGINE_auto, 100);
	gf_dataset *data;

	(void)state;
	data = new_data(3, 1, 1, x, y);
	config.init = GF_INIT_zeros;
	run_fit(&fit, data, config);
	assert_true(fit.report.loss == 0.0f);
	assert_true(gf_model_weight(fit.model)[0] == 0.0f);
	assert_true(gf_model_bias(fit.model)[0] == 0.0f);
	free_fit(&fit);
	gf_dataset_free(data);
}

/* Column 0 is 5 in every row: the gradient of its weight is 5 times that of the bias.  A slope
 * times 5 is rounded once more, and so is each of 64 / 8 sums of a lane and 1 + 3 sums of the
 * tree and the lanes: 20 roundings of the mean magnitude of slopes, about 5. */
static void a_constant_feature_learns_like_a_second_bias(void **state)
{
	gf_dataset *data = random_data(100, 2, 1);
	struct fit fit = new_fit(wants_parameters, 30);
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		data->x[2 * i] = 5.0f;
	run_fit(&fit, data, config_for(GF_ENGINE_auto, 30));
	for (i = 0; i < 30; i++) {
		const float *g = fit.recorded[i].gradient;

		assert_true(fabs((double)g[0] - 5.0 * (double)g[2]) <= 20 * 0x1p-24 * 5.0 * 5.0);
	}
	free_fit(&fit);
	gf_dataset_free(data);
}

/* ---- checks ---- */

static size_t count_checked(
	const gf_dataset *data, gf_check check, size_t epochs, gf_engine engine, double *worst)
{
	struct fit fit = new_fit(NULL, 0);
	gf_config config = config_for(engine, epochs);
	size_t checked;

	config.check = check;
	run_fit(&fit, data, config);
	checked = fit.report.checked;
	*worst = fit.report.worst_check;
	free_fit(&fit);
	return checked;
}

static void each_check_mode_checks_its_epochs(void **state)
{
	gf_dataset *small = notebook_data(), *large = random_data(20000, 3, 1);
	double worst;

	(void)state;
	assert_int_equal(count_checked(small, GF_CHECK_every, 300, GF_ENGINE_auto, &worst), 300);
	assert_true(worst > 0.0 && worst <= 1.0);
	assert_int_equal(
		count_checked(small, GF_CHECK_every, 300, GF_ENGINE_streaming, &worst), 300);
	assert_int_equal(count_checked(small, GF_CHECK_ends, 300, GF_ENGINE_auto, &worst), 2);
	assert_true(worst > 0.0 && worst <= 1.0);
	assert_int_equal(count_checked(small, GF_CHECK_ends, 1, GF_ENGINE_auto, &worst), 1);
	assert_int_equal(count_checked(small, GF_CHECK_off, 300, GF_ENGINE_auto, &worst), 0);
	assert_true(worst == 0.0);
	/* 7 x 2 x 5000 multiply-adds are cheap, 20000 x 4 x 100 are not. */
	assert_int_equal(count_checked(small, GF_CHECK_auto, 5000, GF_ENGINE_auto, &worst), 5000);
	assert_int_equal(count_checked(large, GF_CHECK_auto, 100, GF_ENGINE_auto, &worst), 2);
	assert_int_equal(count_checked(small, GF_CHECK_auto, 300, GF_ENGINE_reference, &worst), 0);
	gf_dataset_free(small);
	gf_dataset_free(large);
}

/* ---- where training starts ---- */

static void each_init_word_has_its_start(void **state)
{
	const float zeros[12] = {0};
	gf_dataset *data = random_data(10, 3, 3);
	gf_config config = config_for(GF_ENGINE_auto, 0);
	struct fit fit = new_fit(NULL, 0), again = new_fit(NULL, 0), other = new_fit(NULL, 0);
	size_t p;

	(void)state;
	config.init = GF_INIT_zeros;
	run_fit(&fit, data, config);
	assert_same_params(fit.model, zeros);
	gf_model_free(fit.model);
	config.init = GF_INIT_pytorch;
	config.seed = 7;
	run_fit(&fit, data, config);
	run_fit(&again, data, config);
	assert_same_params(again.model, fit.model->params);
	config.seed = 8;
	run_fit(&other, data, config);
	for (p = 0; p < 12; p++) {
		/* 1 / sqrt(3) */
		assert_true(fabsf(fit.model->params[p]) <= 0.57735032f);
		assert_true(fit.model->params[p] != other.model->params[p]);
	}
	free_fit(&fit);
	free_fit(&again);
	free_fit(&other);
	gf_dataset_free(data);
}

/* ---- the same bits ---- */

static void two_runs_and_all_engines_give_the_same_bits(void **state)
{
	static const gf_engine engines[] = {
		GF_ENGINE_auto, GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_resident};
	gf_dataset *data = random_data(150, 3, 3);
	struct fit first = new_fit(NULL, 0);
	size_t i;

	(void)state;
	run_fit(&first, data, config_for(GF_ENGINE_auto, 500));
	for (i = 0; i < COUNT(engines); i++) {
		struct fit fit = new_fit(NULL, 0);

		run_fit(&fit, data, config_for(engines[i], 500));
		assert_memory_equal(fit.losses, first.losses, 500 * sizeof(float));
		assert_memory_equal(&fit.report.loss, &first.report.loss, sizeof(float));
		assert_same_params(fit.model, first.model->params);
		free_fit(&fit);
	}
	free_fit(&first);
	gf_dataset_free(data);
}

/* The loss is a mean over N K outputs: with K = 2 each gradient is half of that of the output
 * alone.  A training of that output at half the rate takes the same steps to the bit, as halving
 * and doubling round nothing. */
static void two_outputs_are_two_trainings_at_half_the_rate(void **state)
{
	gf_dataset *both = random_data(70, 3, 2);
	struct fit fit = new_fit(NULL, 0);
	gf_config config = config_for(GF_ENGINE_auto, 300);
	size_t k;

	(void)state;
	config.init = GF_INIT_zeros;
	config.lr = 0.01;
	run_fit(&fit, both, config);
	config.lr /= 2.0;
	for (k = 0; k < 2; k++) {
		gf_dataset *one = only_target(both, k);
		struct fit alone = new_fit(NULL, 0);

		run_fit(&alone, one, config);
		assert_memory_equal(
			alone.model->params, fit.model->params + 3 * k, 3 * sizeof(float));
		assert_memory_equal(
			alone.model->params + 3, fit.model->params + 6 + k, sizeof(float));
		free_fit(&alone);
		gf_dataset_free(one);
	}
	free_fit(&fit);
	gf_dataset_free(both);
}

/* A step in float passes on half an ulp of a parameter, here 6e-8, and lr times the error of its
 * gradient, 1e-6.  Each step that converges shrinks both: after 1000 steps they are well below
 * 1e-4. */
static void three_outputs_end_where_the_reference_does(void **state)
{
	gf_dataset *data = random_data(150, 3, 3);
	struct fit device = new_fit(NULL, 0), reference = new_fit(NULL, 0);
	size_t p;

	(void)state;
	run_fit(&device, data, config_for(GF_ENGINE_auto, 1000));
	run_fit(&reference, data, config_for(GF_ENGINE_reference, 1000));
	assert_int_equal(gf_model_outputs(device.model), 3);
	for (p = 0; p < 12; p++)
		assert_true(fabs((double)device.model->params[p] -
				    (double)reference.model->params[p]) <= 1e-4);
	assert_true(fabs((double)device.report.loss - (double)reference.report.loss) <= 1e-5);
	free_fit(&device);
	free_fit(&reference);
	gf_dataset_free(data);
}

/* ---- many rows, in chunks ---- */

/* Chunks of different lengths lie between the epochs that are recorded. */
static unsigned wants_a_few(size_t epoch)
{
	return epoch % 50 == 17 || epoch == 18 ? GF_WANT_PARAMETERS | GF_WANT_OUTPUTS : 0;
}

static void assert_order_of_sums(const struct fit *fit, const gf_dataset *data, size_t epochs)
{
	const struct problem problem = {.data = data, .outputs = data->outputs};
	const struct batch all = {.count = data->rows};
	const double scale = 1.0 / (double)data->rows;
	const double rates[RATES] = {[RATE_SCALE] = scale, [RATE_LR] = 0.01};
	float params[MOST_RECORDED], gradient[MOST_RECORDED], none[MOST_RECORDED];
	size_t e;

	memcpy(params, fit->recorded[0].before, sizeof params);
	for (e = 0; e < epochs; e++) {
		const float loss = order_gradient(&problem, &all, params, (float)scale, gradient);

		assert_memory_equal(&loss, fit->losses + e, sizeof loss);
		order_update(&problem, rates, gradient, params, none);
	}
}

static void a_hundred_thousand_rows_train_in_chunks_of_steps(void **state)
{
	gf_dataset *data = random_data(100003, 3, 1);
	struct fit fit = new_fit(wants_a_few, 200);
	gf_config config = config_for(GF_ENGINE_auto, 200);
	size_t e;

	(void)state;
	config.init = GF_INIT_zeros;
	run_fit(&fit, data, config);
	assert_int_equal(fit.report.engine, GF_ENGINE_streaming);
	assert_int_equal(fit.epochs, 200);
	assert_int_equal(fit.report.checked, 2);
	assert_true(fit.stop_calls > 5);
	for (e = 0; e < 200; e++)
		if (wants_a_few(e))
			assert_true(fit.recorded[e].epoch.before && fit.recorded[e].epoch.outputs);
	assert_order_of_sums(&fit, data, 30);
	free_fit(&fit);
	gf_dataset_free(data);
}

/* ---- the report ---- */

static void the_report_says_what_was_trained_and_how(void **state)
{
	gf_dataset *data = random_data(150, 3, 2);
	struct fit fit = new_fit(NULL, 0);
	gf_config config = config_for(GF_ENGINE_auto, 20);

	(void)state;
	run_fit(&fit, data, config);
	assert_int_equal(fit.report.engine, GF_ENGINE_resident);
	assert_string_equal(fit.report.why,
		"150 rows x 3 features x 2 outputs: small enough for one work-item, "
		"so one launch does many epochs");
	assert_true(fit.report.device[0] != 0);
	assert_int_equal(fit.report.rows, 150);
	assert_int_equal(fit.report.features, 3);
	assert_int_equal(fit.report.outputs, 2);
	assert_true(fit.report.train_seconds > 0.0);
	assert_true(fit.report.profile.wall_seconds == 0.0);
	assert_string_equal(gf_model_feature_name(fit.model, 2), "x3");
	assert_string_equal(gf_model_target_name(fit.model, 1), "y2");
	free_fit(&fit);
	gf_dataset_free(data);
}

static void the_reference_runs_on_the_host(void **state)
{
	gf_dataset *data = notebook_data();
	struct fit fit = new_fit(NULL, 0);
	gf_config config = config_for(GF_ENGINE_reference, 20);

	(void)state;
	config.device = "no such device";
	run_fit(&fit, data, config);
	assert_string_equal(fit.report.device, "host");
	assert_string_equal(fit.report.why, "asked for");
	free_fit(&fit);
	gf_dataset_free(data);
}

/* `other` is the remainder, and cannot be negative. */
static void the_parts_of_a_profile_add_up_to_the_whole(void **state)
{
	gf_dataset *data = random_data(1000, 5, 1);
	struct fit fit = new_fit(NULL, 0);
	gf_config config = config_for(GF_ENGINE_streaming, 50);
	const gf_profile *p = &fit.report.profile;
	size_t i, gradients = 0;

	(void)state;
	config.profile = 1;
	run_fit(&fit, data, config);
	assert_true(p->other_seconds >= 0.0);
	assert_true(fabs(p->open_seconds + p->build_seconds + p->upload_seconds + p->train_seconds +
			    p->check_seconds + p->ceiling_seconds + p->other_seconds -
			    p->wall_seconds) < 1e-9);
	assert_true(p->ceiling_bytes_per_second > 0.0);
	assert_in_range(p->rows_count, 1, COUNT(p->rows));
	for (i = 0; i < p->rows_count; i++)
		if (strcmp(p->rows[i].name, "gradient") == 0)
			gradients = p->rows[i].calls;
	/* One for each epoch and one for the final loss; twice, since each step is checked. */
	assert_int_equal(gradients, 2 * 51);
	free_fit(&fit);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_epochs_leave_the_parameters_as_they_start),
		cmocka_unit_test(one_row_is_enough),
		cmocka_unit_test(parameters_with_a_loss_of_0_stay),
		cmocka_unit_test(a_constant_feature_learns_like_a_second_bias),
		cmocka_unit_test(each_check_mode_checks_its_epochs),
		cmocka_unit_test(each_init_word_has_its_start),
		cmocka_unit_test(two_runs_and_all_engines_give_the_same_bits),
		cmocka_unit_test(two_outputs_are_two_trainings_at_half_the_rate),
		cmocka_unit_test(three_outputs_end_where_the_reference_does),
		cmocka_unit_test(a_hundred_thousand_rows_train_in_chunks_of_steps),
		cmocka_unit_test(the_report_says_what_was_trained_and_how),
		cmocka_unit_test(the_reference_runs_on_the_host),
		cmocka_unit_test(the_parts_of_a_profile_add_up_to_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

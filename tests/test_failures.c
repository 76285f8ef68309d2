/* test_failures.c: gf_fit refuses impossible configurations, and reports trainings that diverge. */
#include "fixture.h"

#include "dataset.h"

#include <math.h>
#include <stdio.h>

/* ---- what is assert_refused ---- */

static void assert_refused(const gf_dataset *data, gf_config config, const char *message)
{
	gf_model *model = (gf_model *)&config;
	gf_error err = {0};
	gf_report report;

	assert_int_equal(gf_fit(&model, data, &config, &report, &err), GF_E_USAGE);
	assert_int_equal(err.status, GF_E_USAGE);
	assert_string_equal(err.message, message);
	assert_null(model);
	assert_int_equal(report.epochs, 0);
}

static void the_reference_is_not_checked_with_itself(void **state)
{
	gf_dataset *data = notebook_data();
	gf_config config = config_for(GF_ENGINE_reference, 10);

	(void)state;
	config.check = GF_CHECK_every;
	assert_refused(data, config,
		"check every: engine reference is what a check compares with; "
		"its check can only be off");
	config.check = GF_CHECK_ends;
	assert_refused(data, config,
		"check ends: engine reference is what a check compares with; "
		"its check can only be off");
	gf_dataset_free(data);
}

static void a_rate_that_is_not_above_0_and_finite_in_float_is_refused(void **state)
{
	static const double rates[] = {0.0, -0.01, INFINITY, -INFINITY, 1e39};
	gf_dataset *data = notebook_data();
	gf_config config = config_for(GF_ENGINE_auto, 10);
	char wanted[96];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rates); i++) {
		config.lr = rates[i];
		snprintf(wanted, sizeof wanted, "lr is %g; wanted: a number above 0", rates[i]);
		assert_refused(data, config, wanted);
	}
	gf_dataset_free(data);
}

static void a_word_beyond_its_list_is_refused(void **state)
{
	static const char *const messages[] = {"loss is 13, which is none of its 13 words",
		"optimizer is 5, which is none of its 5 words",
		"engine is 5, which is none of its 5 words",
		"check is 4, which is none of its 4 words",
		"init is 3, which is none of its 3 words"};
	gf_dataset *data = notebook_data();
	gf_config configs[5];
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		configs[i] = config_for(GF_ENGINE_auto, 1);
	configs[0].loss = GF_LOSS_COUNT;
	configs[1].optimizer = GF_OPTIMIZER_COUNT;
	configs[2].engine = GF_ENGINE_COUNT;
	configs[3].check = GF_CHECK_COUNT;
	configs[4].init = GF_INIT_COUNT;
	for (i = 0; i < 5; i++)
		assert_refused(data, configs[i], messages[i]);
	gf_dataset_free(data);
}

static void data_without_targets_is_refused(void **state)
{
	gf_dataset *data;

	(void)state;
	assert_int_equal(dataset_alloc(&data, 3, 2, 0, NULL), GF_OK);
	assert_refused(data, config_for(GF_ENGINE_auto, 1), "training needs data with targets");
	assert_refused(NULL, config_for(GF_ENGINE_auto, 1), "gf_fit: data must not be NULL");
	gf_dataset_free(data);
}

static void the_notebook_start_is_refused_for_another_shape(void **state)
{
	gf_dataset *data = random_data(10, 2, 1);
	gf_config config = config_for(GF_ENGINE_auto, 1);

	(void)state;
	config.init = GF_INIT_notebook;
	assert_refused(data, config,
		"the notebook's start is for 1 feature and 1 output, not for 2 and 1");
	gf_dataset_free(data);
}

/* ---- divergence ---- */

static void assert_diverges(gf_dataset *data, gf_config config, size_t epoch, const char *what)
{
	struct fit fit = new_fit(NULL, 0);
	char wanted[160];

	assert_int_equal(try_fit(&fit, data, config), GF_E_DIVERGED);
	snprintf(wanted, sizeof wanted, "training diverged: the loss of epoch %zu is %s", epoch,
		what);
	assert_begins(fit.err.message, wanted);
	assert_null(fit.model);
	assert_true(fit.report.lr_limit > 0.0);
	/* The epoch that diverged is told, too; the loss after the last epoch belongs to no
	 * step. */
	assert_int_equal(fit.report.epochs, fit.epochs);
	assert_true(fit.epochs == epoch + 1 || epoch == config.epochs);
	free_fit(&fit);
}

static void a_loss_that_overflows_at_once_is_a_divergence_of_epoch_0(void **state)
{
	const float x[] = {1, 2}, y[] = {3e38f, -3e38f};
	gf_dataset *data;
	size_t i;

	(void)state;
	data = new_data(2, 1, 1, x, y);
	for (i = 0; i < COUNT(ENGINES); i++)
		assert_diverges(data, config_for(ENGINES[i], 10), 0, "not finite");
	gf_dataset_free(data);
}

/* The loss, 1e18^2, is finite, but the gradient, 2e18 * 1e25, is not: the next step starts from
 * infinity, where nothing can be compared.  That is a divergence, not a failed check. */
static void a_gradient_that_overflows_is_a_divergence_of_the_next_epoch(void **state)
{
	static const gf_engine engines[] = {GF_ENGINE_streaming, GF_ENGINE_resident};
	const float x[] = {1e25f, 1e25f}, y[] = {1e18f, 1e18f};
	gf_config config;
	gf_dataset *data;
	size_t i;

	(void)state;
	data = new_data(2, 1, 1, x, y);
	for (i = 0; i < COUNT(engines); i++) {
		config = config_for(engines[i], 10);
		config.init = GF_INIT_zeros;
		config.check = GF_CHECK_every;
		assert_diverges(data, config, 1, "not finite");
	}
	gf_dataset_free(data);
}

/* One step at a rate of 1000 multiplies the loss by 1e8, which shows only after the last epoch. */
static void a_divergence_in_the_last_step_is_seen_as_well(void **state)
{
	gf_dataset *data = notebook_data();
	gf_config config = config_for(GF_ENGINE_auto, 1);

	(void)state;
	config.init = GF_INIT_notebook;
	config.lr = 1000.0;
	assert_diverges(data, config, 1, "");
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_is_not_checked_with_itself),
		cmocka_unit_test(a_rate_that_is_not_above_0_and_finite_in_float_is_refused),
		cmocka_unit_test(a_word_beyond_its_list_is_refused),
		cmocka_unit_test(data_without_targets_is_refused),
		cmocka_unit_test(the_notebook_start_is_refused_for_another_shape),
		cmocka_unit_test(a_loss_that_overflows_at_once_is_a_divergence_of_epoch_0),
		cmocka_unit_test(a_gradient_that_overflows_is_a_divergence_of_the_next_epoch),
		cmocka_unit_test(a_divergence_in_the_last_step_is_seen_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_steps.c: gf_fit tells each epoch to its caller, and stops on request. */
#include "fixture.h"

#include "model.h"

#include <stdio.h>
#include <string.h>

/* ---- what the callbacks receive ---- */

/* Three chunks of the 20 epochs are recorded, and two between them are not. */
static unsigned wants_some(size_t epoch)
{
	if (epoch < 3 || epoch == 19)
		return GF_WANT_PARAMETERS;
	return epoch == 7 || epoch == 8 ? GF_WANT_OUTPUTS : 0;
}

/* The fixture's on_epoch asserts the order. */
static void every_epoch_is_told_once_and_in_order(void **state)
{
	gf_dataset *data = notebook_data();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct fit fit = new_fit(NULL, 0);
		gf_config config = config_for(ENGINES[i], MOST_EPOCHS);

		config.check = GF_CHECK_off;
		run_fit(&fit, data, config);
		assert_int_equal(fit.epochs, MOST_EPOCHS);
		assert_int_equal(fit.report.epochs, MOST_EPOCHS);
		assert_true(fit.losses[0] == fit.report.first_loss);
		assert_true(fit.losses[MOST_EPOCHS - 1] >= fit.report.loss);
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

static void an_epoch_has_what_its_wants_ask_for(void **state)
{
	gf_dataset *data = notebook_data();
	size_t i, e;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct fit fit = new_fit(wants_some, 20);
		gf_config config = config_for(ENGINES[i], 20);

		config.check = GF_CHECK_off;
		run_fit(&fit, data, config);
		for (e = 0; e < 20; e++) {
			const gf_epoch *step = &fit.recorded[e].epoch;
			const unsigned wanted = wants_some(e);

			assert_int_equal(step->epoch, e);
			assert_true(step->lr == 0.01);
			assert_int_equal(step->parameters, 2);
			if (wanted & GF_WANT_PARAMETERS)
				assert_true(step->before && step->gradient && step->after);
			assert_int_equal(step->outputs != NULL, (wanted & GF_WANT_OUTPUTS) != 0);
			assert_int_equal(step->output_rows, wanted & GF_WANT_OUTPUTS ? 7 : 0);
		}
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

/* Without a check and without wants no epoch is recorded, and the numbers are the same. */
static void recording_epochs_changes_no_number(void **state)
{
	gf_dataset *data = random_data(100, 3, 2);
	gf_config config = config_for(GF_ENGINE_auto, 200);
	struct fit unseen = new_fit(NULL, 0), seen = new_fit(wants_all, 0),
		   some = new_fit(wants_some, 0);

	(void)state;
	run_fit(&some, data, config);
	run_fit(&seen, data, config);
	config.check = GF_CHECK_off;
	run_fit(&unseen, data, config);
	assert_memory_equal(seen.losses, unseen.losses, 200 * sizeof(float));
	assert_memory_equal(some.losses, unseen.losses, 200 * sizeof(float));
	assert_same_params(seen.model, unseen.model->params);
	assert_same_params(some.model, unseen.model->params);
	free_fit(&unseen);
	free_fit(&seen);
	free_fit(&some);
	gf_dataset_free(data);
}

static void each_step_starts_where_the_one_before_ended(void **state)
{
	gf_dataset *data = random_data(100, 3, 3);
	size_t i, e;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct fit fit = new_fit(wants_parameters, 50);

		run_fit(&fit, data, config_for(ENGINES[i], 50));
		for (e = 0; e + 1 < 50; e++)
			assert_memory_equal(fit.recorded[e].after, fit.recorded[e + 1].before,
				12 * sizeof(float));
		assert_same_params(fit.model, fit.last.after);
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

/* By default output_rows asks for the outputs of the first 10 rows. */
static void the_outputs_of_an_epoch_are_those_of_gf_predict(void **state)
{
	gf_dataset *data = random_data(37, 3, 3);
	size_t i, e;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		const gf_config config = config_for(ENGINES[i], 5);
		struct fit fit = new_fit(wants_all, 5);
		float z[37 * 3];

		run_fit(&fit, data, config);
		for (e = 0; e < 5; e++) {
			assert_int_equal(fit.recorded[e].epoch.output_rows, 10);
			memcpy(fit.model->params, fit.recorded[e].before, 12 * sizeof(float));
			assert_int_equal(gf_predict(fit.model, data, &config, z, NULL), GF_OK);
			assert_memory_equal(fit.recorded[e].outputs, z, 10 * 3 * sizeof(float));
		}
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

static void output_rows_may_be_0_or_more_than_the_data_have(void **state)
{
	static const size_t asked[] = {0, 1, 6, 7, 8, 1000};
	gf_dataset *data = notebook_data();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(asked); i++) {
		struct fit fit = new_fit(wants_all, 1);
		gf_config config = config_for(GF_ENGINE_auto, 1);

		config.output_rows = asked[i];
		run_fit(&fit, data, config);
		assert_int_equal(fit.recorded[0].epoch.output_rows, asked[i] < 7 ? asked[i] : 7);
		assert_non_null(fit.recorded[0].epoch.outputs);
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

static void a_training_needs_no_callbacks(void **state)
{
	const gf_config config = config_for(GF_ENGINE_auto, 20);
	gf_dataset *data = notebook_data();
	gf_model *model;

	(void)state;
	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	assert_non_null(model);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* ---- asked to stop ---- */

static void a_training_that_is_asked_to_stop_records_a_last_step(void **state)
{
	gf_dataset *data = notebook_data();
	size_t i;
	char wanted[64];

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct fit fit = new_fit(NULL, 0);
		gf_config config = config_for(ENGINES[i], MOST_EPOCHS);
		const int reference = ENGINES[i] == GF_ENGINE_reference;

		fit.stop_after = 1;
		config.check = reference ? GF_CHECK_off : GF_CHECK_ends;
		assert_int_equal(try_fit(&fit, data, config), GF_E_INTERRUPTED);
		assert_int_equal(fit.report.epochs, fit.epochs);
		assert_in_range(fit.epochs, 2, MOST_EPOCHS - 1);
		assert_int_equal(fit.report.checked, reference ? 0 : 2);
		snprintf(wanted, sizeof wanted, "interrupted after %zu of %d epochs", fit.epochs,
			MOST_EPOCHS);
		assert_string_equal(fit.err.message, wanted);
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

static void a_training_that_is_asked_to_stop_after_its_last_epoch_succeeds(void **state)
{
	gf_dataset *data = notebook_data();
	struct fit fit = new_fit(NULL, 0);

	(void)state;
	fit.stop_after = 1;
	run_fit(&fit, data, config_for(GF_ENGINE_auto, 1));
	assert_int_equal(fit.report.epochs, 1);
	assert_int_equal(fit.stop_calls, 1);
	free_fit(&fit);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_epoch_is_told_once_and_in_order),
		cmocka_unit_test(an_epoch_has_what_its_wants_ask_for),
		cmocka_unit_test(recording_epochs_changes_no_number),
		cmocka_unit_test(each_step_starts_where_the_one_before_ended),
		cmocka_unit_test(the_outputs_of_an_epoch_are_those_of_gf_predict),
		cmocka_unit_test(output_rows_may_be_0_or_more_than_the_data_have),
		cmocka_unit_test(a_training_needs_no_callbacks),
		cmocka_unit_test(a_training_that_is_asked_to_stop_records_a_last_step),
		cmocka_unit_test(a_training_that_is_asked_to_stop_after_its_last_epoch_succeeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_arguments.c: public calls answer or refuse NULL, an index that is not there, and a word
 * beyond its list. */
#include "basics.h"
#include "caller.h"
#include "scratch.h"
#include "gpufitcl_notebook.h"

#include <math.h>
#include <string.h>

/* ---- NULL ---- */

static void no_configuration_stands_for_the_defaults(void **state)
{
	struct caller c = new_caller();
	gf_config config;
	gf_model *plain, *wanted;
	gf_metrics metrics;
	float outputs[7];

	(void)state;
	gf_config_default(&config);
	assert_int_equal(gf_config_check(NULL, NULL), GF_OK);
	assert_int_equal(gf_fit(&plain, c.data, NULL, NULL, NULL), GF_OK);
	assert_int_equal(gf_fit(&wanted, c.data, &config, NULL, NULL), GF_OK);
	assert_same_float(gf_model_weight(plain)[0], gf_model_weight(wanted)[0], "weight", 0);
	assert_same_float(gf_model_bias(plain)[0], gf_model_bias(wanted)[0], "bias", 0);
	assert_int_equal(gf_predict(plain, c.data, NULL, outputs, NULL), GF_OK);
	assert_close("prediction", (double)outputs[0],
		(double)(gf_model_weight(plain)[0] + gf_model_bias(plain)[0]), 1e-6);
	assert_int_equal(gf_evaluate(plain, c.data, NULL, &metrics, NULL), GF_OK);
	assert_int_equal(metrics.rows, 7);
	gf_model_free(wanted);
	gf_model_free(plain);
	free_caller(&c);
}

/* A misuse is refused with that message. */
static void assert_refused(gf_status status, const gf_error *err, const char *message)
{
	assert_int_equal(status, GF_E_USAGE);
	assert_int_equal(err->status, GF_E_USAGE);
	assert_string_equal(err->message, message);
}

static void null_is_refused_where_an_object_is_needed(void **state)
{
	struct caller c = new_caller();
	gf_error err;
	gf_metrics metrics;
	gf_model *model = c.model;
	gf_theory *theory;
	float outputs[7];
	size_t count;

	(void)state;
	assert_refused(
		gf_fit(NULL, c.data, NULL, NULL, &err), &err, "gf_fit: model must not be NULL");
	assert_refused(
		gf_fit(&model, NULL, NULL, NULL, &err), &err, "gf_fit: data must not be NULL");
	assert_null(model);
	assert_refused(gf_predict(NULL, c.data, NULL, outputs, &err), &err,
		"gf_predict: model must not be NULL");
	assert_refused(gf_predict(c.model, NULL, NULL, outputs, &err), &err,
		"gf_predict: data must not be NULL");
	assert_refused(gf_evaluate(NULL, c.data, NULL, &metrics, &err), &err,
		"gf_evaluate: model must not be NULL");
	assert_refused(gf_evaluate(c.model, c.data, NULL, NULL, &err), &err,
		"gf_evaluate: metrics must not be NULL");
	assert_refused(gf_evaluate_outputs(c.model, NULL, outputs, &metrics, &err), &err,
		"gf_evaluate_outputs: data must not be NULL");
	assert_refused(gf_evaluate_outputs(c.model, c.data, NULL, &metrics, &err), &err,
		"gf_evaluate_outputs: outputs must not be NULL");
	assert_refused(gf_confusion(NULL, c.data, outputs, &count, &err), &err,
		"gf_confusion: model must not be NULL");
	assert_refused(gf_confusion(c.model, c.data, outputs, NULL, &err), &err,
		"gf_confusion: counts must not be NULL");
	assert_refused(
		gf_model_save(NULL, MODEL, &err), &err, "gf_model_save: model must not be NULL");
	assert_refused(
		gf_model_load(NULL, MODEL, &err), &err, "gf_model_load: model must not be NULL");
	assert_refused(gf_model_set_activation(NULL, GF_ACTIVATION_relu, 0, &err), &err,
		"gf_model_set_activation: model must not be NULL");
	assert_refused(gf_theory_new(&theory, NULL, NULL, &c.epoch, &err), &err,
		"gf_theory_new: data must not be NULL");
	assert_null(theory);
	free_caller(&c);
}

static void questions_about_null_have_an_answer(void **state)
{
	double value = 5;

	(void)state;
	gf_config_default(NULL);
	gf_read_options_default(NULL);
	assert_int_equal(gf_dataset_rows(NULL) + gf_dataset_features(NULL) +
				 gf_dataset_outputs(NULL) + gf_dataset_classes(NULL) +
				 gf_dataset_dropped(NULL) + gf_dataset_kept(NULL),
		0);
	assert_null(gf_dataset_x(NULL));
	assert_null(gf_dataset_y(NULL));
	assert_null(gf_dataset_weights(NULL));
	assert_null(gf_dataset_offset(NULL));
	assert_null(gf_dataset_class_name(NULL, 0));
	assert_null(gf_dataset_feature_name(NULL, 0));
	assert_null(gf_dataset_target_name(NULL, 0));
	assert_null(gf_dataset_kept_name(NULL, 0));
	assert_null(gf_dataset_kept_text(NULL, 0, 0));
	assert_true(gf_dataset_dropped_row(NULL, 0) == SIZE_MAX);
	assert_int_equal(gf_model_features(NULL) + gf_model_outputs(NULL) + gf_model_classes(NULL) +
				 gf_model_targets(NULL) + gf_model_columns(NULL),
		0);
	assert_null(gf_model_weight(NULL));
	assert_null(gf_model_bias(NULL));
	assert_null(gf_model_center(NULL));
	assert_null(gf_model_scale(NULL));
	assert_null(gf_model_standardized_weight(NULL));
	assert_null(gf_model_standardized_bias(NULL));
	assert_int_equal(gf_model_has_bias(NULL), 0);
	assert_int_equal(gf_model_layers(NULL), 0);
	assert_int_equal(gf_model_layer(NULL, 0).inputs, 0);
	assert_int_equal(gf_model_activation(NULL), 0);
	assert_true(gf_model_negative_slope(NULL) == 0);
	assert_int_equal(gf_model_loss(NULL), GF_LOSS_mse);
	assert_int_equal(gf_model_missing(NULL), GF_MISSING_error);
	assert_null(gf_model_class_name(NULL, 0));
	assert_null(gf_model_feature_name(NULL, 0));
	assert_null(gf_model_target_name(NULL, 0));
	assert_null(gf_model_loss_parameter(NULL, &value));
	assert_true(value == 5);
	assert_null(gf_model_column(NULL, 0).name);
	assert_null(gf_model_label(NULL, NULL));
	assert_int_equal(gf_model_class(NULL, NULL), 0);
	assert_true(isnan(gf_model_mean(NULL, 1.0f)));
	gf_model_free(NULL);
	gf_dataset_free(NULL);
	gf_theory_free(NULL);
	gf_device_list_free(NULL);
}

static void names_of_platforms_are_cut_to_the_size_of_the_buffer(void **state)
{
	char names[512] = "x", two[2] = "x", shut[1] = "x";
	gf_device_info info;

	(void)state;
	assert_int_equal(gf_device_find(&info, NULL, NULL), GF_OK);
	assert_int_not_equal(gf_platform_names(names, sizeof names), 0);
	assert_non_null(strstr(names, info.platform_name));
	assert_int_equal(gf_platform_names(two, sizeof two), gf_platform_names(shut, sizeof shut));
	assert_int_equal(two[0], names[0]);
	assert_int_equal(two[1], '\0');
	assert_int_equal(shut[0], '\0');
	assert_int_equal(gf_platform_names(NULL, 5), 0);
	assert_int_equal(gf_platform_names(names, 0), 0);
}

/* ---- indices ---- */

static void an_index_beyond_the_last_finds_nothing(void **state)
{
	struct caller c = new_caller();
	const size_t beyond[] = {1, 2, SIZE_MAX};
	gf_dataset *read;
	gf_model *model;

	(void)state;
	assert_int_equal(gf_dataset_read(&read, CSV, NULL, NULL), GF_OK);
	assert_int_equal(gf_fit(&model, read, &c.config, NULL, NULL), GF_OK);
	assert_int_equal(gf_model_columns(model), 1);
	assert_string_equal(gf_model_column(model, 0).name, "x");
	assert_string_equal(gf_model_feature_name(model, 0), "x");
	assert_string_equal(gf_model_target_name(model, 0), "y");
	for (size_t i = 0; i < COUNT(beyond); i++) {
		gf_column column = gf_model_column(model, beyond[i]);

		assert_null(column.name);
		assert_null(column.word);
		assert_int_equal(column.words, 0);
		assert_true(isnan(column.mean));
		assert_null(gf_model_feature_name(model, beyond[i]));
		assert_null(gf_model_target_name(model, beyond[i]));
		assert_null(gf_model_class_name(model, beyond[i]));
		assert_null(gf_dataset_feature_name(read, beyond[i]));
		assert_null(gf_dataset_target_name(read, beyond[i]));
		assert_null(gf_dataset_class_name(read, beyond[i]));
	}
	assert_null(gf_model_class_name(model, 0));
	assert_null(gf_dataset_class_name(read, 0));
	gf_model_free(model);
	gf_dataset_free(read);
	free_caller(&c);
}

static void a_word_beyond_its_list_is_refused(void **state)
{
	struct caller c = new_caller();
	gf_read_options options;
	gf_dataset *data;
	gf_theory *theory;
	gf_error err;
	float outputs[7];

	(void)state;
	gf_read_options_default(&options);
	options.loss = GF_LOSS_COUNT;
	assert_refused(gf_dataset_read(&data, CSV, &options, &err), &err,
		"loss is 13, which is none of its 13 words");
	options.loss = GF_LOSS_mse;
	options.missing = GF_MISSING_COUNT;
	assert_int_equal(gf_dataset_read(&data, CSV, &options, &err), GF_E_USAGE);
	assert_begins(err.message, "missing is ");
	c.config.loss = GF_LOSS_COUNT;
	assert_int_equal(gf_theory_new(&theory, c.data, &c.config, &c.epoch, &err), GF_E_USAGE);
	assert_begins(err.message, "loss is 13");
	c.config.loss = GF_LOSS_mse;
	c.config.engine = GF_ENGINE_COUNT;
	assert_int_equal(gf_predict(c.model, c.data, &c.config, outputs, &err), GF_E_USAGE);
	assert_begins(err.message, "engine is 5");
	free_caller(&c);
}

static void an_explanation_of_another_shape_is_refused(void **state)
{
	struct caller c = new_caller();
	gf_theory *theory;
	gf_error err;

	(void)state;
	c.epoch = (gf_epoch){.parameters = 2, .before = c.parameters, .lr = 0.1, .output_rows = 8};
	assert_int_equal(gf_theory_new(&theory, c.data, NULL, &c.epoch, &err), GF_E_USAGE);
	assert_string_equal(err.message,
		"an explanation needs a row of data for each row of outputs: there are 8 rows "
		"of outputs, and the data has 7");
	c.epoch.output_rows = 7;
	assert_int_equal(gf_theory_new(&theory, c.data, NULL, &c.epoch, &err), GF_OK);
	gf_theory_free(theory);
	c.config.hidden[0] = 3;
	assert_int_equal(gf_theory_new(&theory, c.data, &c.config, &c.epoch, &err), GF_E_USAGE);
	assert_string_equal(
		err.message, "an explanation needs a step with 10 parameters; this one has 2");
	free_caller(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_configuration_stands_for_the_defaults),
		cmocka_unit_test(null_is_refused_where_an_object_is_needed),
		cmocka_unit_test(questions_about_null_have_an_answer),
		cmocka_unit_test(names_of_platforms_are_cut_to_the_size_of_the_buffer),
		cmocka_unit_test(an_index_beyond_the_last_finds_nothing),
		cmocka_unit_test(a_word_beyond_its_list_is_refused),
		cmocka_unit_test(an_explanation_of_another_shape_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

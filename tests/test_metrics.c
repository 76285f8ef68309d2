/* test_metrics.c: what gf_evaluate measures, and what a model makes of its outputs: classes,
 * probabilities, means. */
#include "fixture.h"
#include "fixture_files.h"
#include "scratch.h"

#include "dataset.h"
#include "model.h"

#include <math.h>

/* A model whose output k is feature k. */
static gf_model *identity_model(size_t outputs, gf_loss loss)
{
	gf_model *model = new_model(outputs, outputs);

	model->loss = loss;
	for (size_t k = 0; k < outputs; k++)
		model->params[k * (outputs + 1)] = 1.0f;
	return model;
}

/* ---- the model's own loss ---- */

static const float Z[4] = {0.5f, -1.25f, 3.0f, 0.125f};
static const float NUMBERS[4] = {0.75f, -1.0f, 1.0f, 2.0f}, COUNTS[4] = {1, 0, 3, 2},
		   AMOUNTS[4] = {1, 0.25f, 3, 2}, CLASSES[4] = {1, 0, 1, 0},
		   SIGNS[4] = {1, -1, 1, -1};

static const struct loss_case {
	gf_loss loss;
	const float *y;
	struct loss_parameters p;
	double wanted; /* torch 2.15 in float64; where it has no such loss, by its formula there */
} loss_cases[] = {
	{GF_LOSS_mse, NUMBERS, {.delta = 1.0}, 1.91015625},
	{GF_LOSS_l1, NUMBERS, {.delta = 1.0}, 1.09375},
	{GF_LOSS_smooth_l1, NUMBERS, {.beta = 0.5}, 0.875},
	{GF_LOSS_smooth_l1, NUMBERS, {.beta = 0.0}, 1.09375},
	{GF_LOSS_huber, NUMBERS, {.delta = 1.5}, 0.90625},
	{GF_LOSS_bce, CLASSES, {.delta = 1.0}, 0.3830481131040977},
	{GF_LOSS_poisson, COUNTS, {.delta = 1.0}, 3.3509778609537033},
	{GF_LOSS_hinge, SIGNS, {.delta = 1.0}, 0.40625},
	{GF_LOSS_squared_hinge, SIGNS, {.delta = 1.0}, 0.37890625},
	{GF_LOSS_epsilon_insensitive, NUMBERS, {.epsilon = 0.1}, 0.99375},
	{GF_LOSS_quantile, NUMBERS, {.quantile = 0.9}, 0.584375},
	{GF_LOSS_gamma, AMOUNTS, {.delta = 1.0}, 1.4421178523377192},
	{GF_LOSS_tweedie, COUNTS, {.power = 1.25}, 8.382269035747445},
};

/* A dozen operations on doubles near 1 err by a dozen times 1e-16: 1e-14 leaves room. */
static void evaluate_measures_every_loss_as_pytorch_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(loss_cases); i++) {
		const struct loss_case *c = &loss_cases[i];
		gf_model *model = identity_model(1, c->loss);
		gf_dataset *data = new_data(4, 1, 1, Z, c->y);

		assert_int_equal(model_copy_names(model, data, NULL), GF_OK);
		model->parameters = c->p;
		assert_close(loss_word(c->loss), metrics_of(model, data).loss, c->wanted, 1e-14);
		gf_dataset_free(data);
		gf_model_free(model);
	}
}

static const float Z3[12] = {1, -0.5f, 0.25f, 0, 2, -1, 3, 3, 0.5f, -2, 0.5f, 1.5f};

static void evaluate_measures_cross_entropy_as_pytorch_does(void **state)
{
	const float y[4] = {0, 2, 1, 2};
	gf_model *model = identity_model(3, GF_LOSS_cross_entropy);
	gf_dataset *data = new_data(4, 3, 1, Z3, y);
	gf_metrics m;

	(void)state;
	assert_int_equal(model_outputs_for(data, GF_LOSS_cross_entropy), 3);
	assert_int_equal(model_copy_names(model, data, NULL), GF_OK);
	assert_int_equal(gf_model_classes(model), 3);
	assert_string_equal(gf_model_class_name(model, 2), "2");
	m = metrics_of(model, data);
	assert_close("loss", m.loss, 1.1915722884387434, 1e-14);
	/* The largest outputs of rows 0 to 3 are 0, 1, 0 (the first of two equal ones) and 2. */
	assert_close("accuracy", m.accuracy, 0.5, 0.0);
	assert_true(isnan(m.auc) && isnan(m.f1) && isnan(m.mse));
	model->parameters.label_smoothing = 0.2;
	assert_close("smoothed", metrics_of(model, data).loss, 1.2790722884387435, 1e-14);
	free_both(data, model);
}

/* ---- classes ---- */

static void metrics_of_two_classes_follow_their_definitions(void **state)
{
	const float z[7] = {-1, 0.5f, 0.5f, 2, -2, 0.5f, 1}, y[7] = {1, 1, 1, 1, 0, 0, 0};
	gf_model *model = identity_model(1, GF_LOSS_bce);
	gf_dataset *data = new_data(7, 1, 1, z, y);
	double pairs = 0;
	gf_metrics m;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 4; j < 7; j++)
			pairs += z[i] > z[j] ? 1.0 : z[i] == z[j] ? 0.5 : 0.0;
	assert_int_equal(model_copy_names(model, data, NULL), GF_OK);
	m = metrics_of(model, data);
	assert_int_equal(m.classes, 2);
	assert_close("accuracy", m.accuracy, 4.0 / 7.0, 1e-15);
	assert_close("precision", m.precision, 3.0 / 5.0, 1e-15);
	assert_close("recall", m.recall, 3.0 / 4.0, 1e-15);
	assert_close("f1", m.f1, 2.0 * 0.6 * 0.75 / (0.6 + 0.75), 1e-15);
	assert_close("auc", m.auc, pairs / 12.0, 1e-15);
	free_both(data, model);
}

static void confusion_counts_rows_by_class_and_prediction(void **state)
{
	const float y[4] = {0, 2, 1, 2};
	gf_model *model = identity_model(3, GF_LOSS_cross_entropy);
	gf_dataset *data = new_data(4, 3, 1, Z3, y);
	/* The largest outputs of rows 0 to 3 are 0, 1, 0 (the first of two equal ones) and 2. */
	const size_t wanted[9] = {1, 0, 0, 1, 0, 0, 0, 1, 1};
	size_t counts[9];
	gf_error err = {0};

	(void)state;
	assert_int_equal(model_copy_names(model, data, NULL), GF_OK);
	assert_int_equal(gf_confusion(model, data, Z3, counts, NULL), GF_OK);
	assert_memory_equal(counts, wanted, sizeof wanted);
	gf_model_free(model);
	model = identity_model(1, GF_LOSS_mse);
	assert_failure(gf_confusion(model, data, Z3, counts, &err), &err, GF_E_USAGE,
		"the model has no classes: it predicts numbers");
	free_both(data, model);
}

static void evaluate_outputs_measures_as_evaluate_does(void **state)
{
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	const float y[4] = {0, 2, 1, 2};
	gf_model *model = identity_model(3, GF_LOSS_cross_entropy);
	gf_dataset *data = new_data(4, 3, 1, Z3, y);
	gf_metrics one, other;
	float z[12];

	(void)state;
	assert_int_equal(model_copy_names(model, data, NULL), GF_OK);
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	assert_int_equal(gf_evaluate(model, data, &config, &one, NULL), GF_OK);
	assert_int_equal(gf_evaluate_outputs(model, data, z, &other, NULL), GF_OK);
	assert_close("loss", other.loss, one.loss, 0.0);
	assert_close("accuracy", other.accuracy, one.accuracy, 0.0);
	free_both(data, model);
}

static void auc_of_a_single_class_is_not_a_number(void **state)
{
	const float z[2] = {-1, 1}, y[2] = {0, 0};
	gf_model *model = identity_model(1, GF_LOSS_bce);
	gf_dataset *data = new_data(2, 1, 1, z, y);
	gf_metrics m;

	(void)state;
	assert_int_equal(model_copy_names(model, data, NULL), GF_OK);
	m = metrics_of(model, data);
	assert_true(isnan(m.auc));
	assert_close("recall", m.recall, 0.0, 0.0); /* 0 of 0 is 0, as in scikit-learn */
	assert_close("precision", m.precision, 0.0, 0.0);
	free_both(data, model);
}

static void a_model_labels_with_the_words_of_its_training_file(void **state)
{
	gf_read_options options = options_with(GF_LOSS_cross_entropy, NULL, GF_MISSING_error);
	gf_dataset *data = read_text("a,kind\n1,dog\n2,cat\n3,eel\n", &options);
	gf_model *model = loaded_model(data, GF_LOSS_cross_entropy);
	const float cat[] = {0.5f, 0, 0.5f}, eel[] = {-3, -2, -1};

	(void)state;
	assert_int_equal(gf_model_outputs(model), 3);
	assert_int_equal(gf_model_targets(model), 1);
	assert_string_equal(gf_model_target_name(model, 2), "kind");
	assert_string_equal(gf_model_label(model, cat), "cat");
	assert_string_equal(gf_model_label(model, eel), "eel");
	assert_string_equal(gf_model_class_name(model, gf_model_class(model, eel)), "eel");
	free_both(data, model);
}

static void an_output_above_0_is_of_the_second_class(void **state)
{
	gf_read_options options = options_with(GF_LOSS_hinge, NULL, GF_MISSING_error);
	gf_dataset *data = read_text("a,ill\n1,yes\n2,no\n", &options);
	gf_model *model = loaded_model(data, GF_LOSS_hinge);
	const float zero = 0.0f, above = 1e-30f;

	(void)state;
	assert_string_equal(gf_model_label(model, &zero), "no");
	assert_string_equal(gf_model_label(model, &above), "yes");
	assert_int_equal(gf_model_class(model, &zero), 0);
	assert_int_equal(gf_model_class(model, &above), 1);
	free_both(data, model);
}

static void a_model_of_numbers_gives_means_and_no_labels(void **state)
{
	gf_model *model = identity_model(1, GF_LOSS_mse);
	const float z = 2.0f;

	(void)state;
	assert_null(gf_model_label(model, &z));
	assert_true(gf_model_class(model, &z) == SIZE_MAX);
	assert_close("mse", gf_model_mean(model, z), 2.0, 0.0);
	model->loss = GF_LOSS_poisson;
	assert_close("poisson", gf_model_mean(model, z), 7.38905609893065, 1e-14);
	model->loss = GF_LOSS_gamma;
	assert_close("gamma", gf_model_mean(model, z), 7.38905609893065, 1e-14);
	model->loss = GF_LOSS_tweedie;
	assert_close("tweedie", gf_model_mean(model, z), 7.38905609893065, 1e-14);
	model->loss = GF_LOSS_bce;
	assert_close("bce", gf_model_mean(model, z), 0.8807970779778823, 1e-15);
	assert_close("bce", gf_model_mean(model, -2000.0f), 0.0, 0.0);
	gf_model_free(model);
}

static void probabilities_add_up_to_1_for_outputs_of_any_size(void **state)
{
	gf_model *model = identity_model(3, GF_LOSS_cross_entropy);
	const float z[] = {1000, 1000, -3e38f};
	double p[3];

	(void)state;
	assert_int_equal(model_number_classes(model, NULL), GF_OK);
	assert_int_equal(gf_model_probabilities(model, z, p, NULL), GF_OK);
	assert_close("p[0]", p[0], 0.5, 0.0);
	assert_close("p[1]", p[1], 0.5, 0.0);
	assert_close("p[2]", p[2], 0.0, 0.0);
	assert_int_equal(gf_model_probabilities(model, Z3, p, NULL), GF_OK);
	assert_close("softmax", p[1], exp(-0.5) / (exp(1.0) + exp(-0.5) + exp(0.25)), 1e-15);
	gf_model_free(model);
}

static void a_model_without_probabilities_says_so(void **state)
{
	gf_model *model = identity_model(1, GF_LOSS_squared_hinge);
	gf_error err = {0};
	double p[2];

	(void)state;
	assert_failure(gf_model_probabilities(model, Z, p, &err), &err, GF_E_USAGE,
		"the model has no probabilities of classes: it predicts numbers");
	err = (gf_error){0};
	assert_int_equal(model_number_classes(model, NULL), GF_OK);
	assert_failure(gf_model_probabilities(model, Z, p, &err), &err, GF_E_USAGE,
		"the model has no probabilities: its loss, squared_hinge, gives none");
	gf_model_free(model);
}

/* ---- targets that were not read from a file ---- */

static void assert_target_refused(gf_loss loss, float bad, const char *message)
{
	const float x[2] = {0, 0}, y[2] = {1, bad};
	gf_dataset *data = new_data(2, 1, 1, x, y);
	gf_error err = {0};

	assert_failure(model_check_targets(data, loss, &err), &err, GF_E_DATA, message);
	gf_dataset_free(data);
}

static void targets_outside_the_range_of_the_loss_are_refused(void **state)
{
	(void)state;
	assert_target_refused(GF_LOSS_poisson, -1,
		"row 1, from 0: target \"y\" is -1; poisson wants a number, 0 or above");
	assert_target_refused(GF_LOSS_gamma, 0,
		"row 1, from 0: target \"y\" is 0; gamma wants a number, above 0");
	assert_target_refused(GF_LOSS_bce, 1.5f,
		"row 1, from 0: target \"y\" is 1.5; bce wants a probability, from 0 to 1");
	assert_target_refused(
		GF_LOSS_hinge, 0, "row 1, from 0: target \"y\" is 0; hinge wants -1 or 1");
	assert_target_refused(GF_LOSS_cross_entropy, 0.5f,
		"row 1, from 0: target \"y\" is 0.5; cross_entropy wants the index of a class, "
		"from 0 on");
}

static void evaluate_refuses_a_class_that_the_model_does_not_have(void **state)
{
	const float y[4] = {0, 1, 2, 3};
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_model *model = identity_model(3, GF_LOSS_cross_entropy);
	gf_dataset *three = new_data(3, 3, 1, Z3, y), *four = new_data(4, 3, 1, Z3, y);
	gf_metrics metrics;
	gf_error err = {0};

	(void)state;
	assert_int_equal(model_copy_names(model, three, NULL), GF_OK);
	assert_failure(gf_evaluate(model, four, &config, &metrics, &err), &err, GF_E_DATA,
		"row 3, from 0: target 3 is no class; the model has 3");
	gf_dataset_free(three);
	gf_dataset_free(four);
	gf_model_free(model);
}

static void evaluate_refuses_data_of_other_classes(void **state)
{
	gf_read_options options = options_with(GF_LOSS_bce, NULL, GF_MISSING_error);
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_dataset *data = read_text("a,y\n1,no\n2,yes\n", &options);
	gf_dataset *other = read_text("a,y\n1,yes\n2,zero\n", &options);
	gf_model *model = loaded_model(data, GF_LOSS_bce);
	gf_metrics metrics;
	gf_error err = {0};

	(void)state;
	assert_failure(gf_evaluate(model, other, &config, &metrics, &err), &err, GF_E_DATA,
		"the data's classes are not the model's: read it for the model");
	gf_dataset_free(data);
	gf_dataset_free(other);
	gf_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluate_measures_every_loss_as_pytorch_does),
		cmocka_unit_test(evaluate_measures_cross_entropy_as_pytorch_does),
		cmocka_unit_test(metrics_of_two_classes_follow_their_definitions),
		cmocka_unit_test(confusion_counts_rows_by_class_and_prediction),
		cmocka_unit_test(evaluate_outputs_measures_as_evaluate_does),
		cmocka_unit_test(auc_of_a_single_class_is_not_a_number),
		cmocka_unit_test(a_model_labels_with_the_words_of_its_training_file),
		cmocka_unit_test(an_output_above_0_is_of_the_second_class),
		cmocka_unit_test(a_model_of_numbers_gives_means_and_no_labels),
		cmocka_unit_test(probabilities_add_up_to_1_for_outputs_of_any_size),
		cmocka_unit_test(a_model_without_probabilities_says_so),
		cmocka_unit_test(targets_outside_the_range_of_the_loss_are_refused),
		cmocka_unit_test(evaluate_refuses_a_class_that_the_model_does_not_have),
		cmocka_unit_test(evaluate_refuses_data_of_other_classes),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

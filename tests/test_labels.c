/* test_labels.c: classes, links and metrics; and that a model predicts from the raw file. */
#include "fixture.h"
#include "scratch.h"

#include "dataset.h"
#include "model.h"

#include <math.h>

#define CSV "data.csv"
#define M   "m.safetensors"

/* What makes each output the feature of its place. */
static gf_model *identity(size_t outputs, gf_loss loss)
{
	gf_model *model = new_model(outputs, outputs);

	model->loss = loss;
	for (size_t k = 0; k < outputs; k++)
		model->params[k * (outputs + 1)] = 1.0f;
	return model;
}

static gf_dataset *read_text(const char *text, const gf_read_options *options)
{
	gf_dataset *data = NULL;
	gf_error err = {0};

	scratch_write(CSV, text, strlen(text));
	if (gf_dataset_read(&data, CSV, options, &err))
		fail_msg("%s", err.message);
	return data;
}

static void read_fails(
	const char *text, const gf_read_options *options, gf_status status, const char *message)
{
	gf_dataset *data = NULL;
	gf_error err = {0};

	scratch_write(CSV, text, strlen(text));
	assert_failure(gf_dataset_read(&data, CSV, options, &err), &err, status, message);
	assert_null(data);
}

static gf_read_options reading(gf_loss loss, const char *one_hot, gf_missing missing)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.loss = loss;
	options.one_hot = one_hot;
	options.missing = missing;
	return options;
}

static gf_read_options reading_for(const gf_model *model)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.model = model;
	return options;
}

/* A model that remembers data, all parameters 0, after a way through its file. */
static gf_model *model_of(const gf_dataset *data, gf_loss loss)
{
	gf_model *model = new_model(data->features, model_outputs_for(data, loss)), *loaded = NULL;
	gf_error err = {0};

	model->loss = loss;
	if (model_take_names(model, data, &err) || gf_model_save(model, M, &err) ||
		gf_model_load(&loaded, M, &err))
		fail_msg("%s", err.message);
	gf_model_free(model);
	return loaded;
}

static void free_both(gf_dataset *data, gf_model *model)
{
	gf_dataset_free(data);
	gf_model_free(model);
}

static gf_metrics metrics_of(const gf_model *model, const gf_dataset *data)
{
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_metrics metrics;
	gf_error err = {0};

	if (gf_evaluate(model, data, &config, &metrics, &err))
		fail_msg("%s", err.message);
	return metrics;
}

/* ---- the model's own loss ---- */

static const float Z[4] = {0.5f, -1.25f, 3.0f, 0.125f};
static const float NUMBERS[4] = {0.75f, -1.0f, 1.0f, 2.0f}, COUNTS[4] = {1, 0, 3, 2},
		   CLASSES[4] = {1, 0, 1, 0}, SIGNS[4] = {1, -1, 1, -1};

static const struct loss_case {
	gf_loss loss;
	const float *y;
	struct loss_parameters p;
	double wanted; /* torch 2.15 in float64; hinges and the like by their formulas there */
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
};

/* A dozen roundings in double of numbers about 1: 1e-14 leaves room. */
static void losses_are_pytorch_s(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(loss_cases); i++) {
		const struct loss_case *c = &loss_cases[i];
		gf_model *model = identity(1, c->loss);
		gf_dataset *data = new_data(4, 1, 1, Z, c->y);

		assert_int_equal(model_take_names(model, data, NULL), GF_OK);
		model->parameters = c->p;
		assert_close(loss_word(c->loss), metrics_of(model, data).loss, c->wanted, 1e-14);
		gf_dataset_free(data);
		gf_model_free(model);
	}
}

static const float Z3[12] = {1, -0.5f, 0.25f, 0, 2, -1, 3, 3, 0.5f, -2, 0.5f, 1.5f};

static void cross_entropy_is_pytorch_s(void **state)
{
	const float y[4] = {0, 2, 1, 2};
	gf_model *model = identity(3, GF_LOSS_cross_entropy);
	gf_dataset *data = new_data(4, 3, 1, Z3, y);
	gf_metrics m;

	(void)state;
	assert_int_equal(model_outputs_for(data, GF_LOSS_cross_entropy), 3);
	assert_int_equal(model_take_names(model, data, NULL), GF_OK);
	assert_int_equal(gf_model_classes(model), 3);
	assert_string_equal(gf_model_class_name(model, 2), "2");
	m = metrics_of(model, data);
	assert_close("loss", m.loss, 1.1915722884387434, 1e-14);
	/* of rows 0 to 3 the largest outputs are 0, 1, 0 (the first of equals) and 2 */
	assert_close("accuracy", m.accuracy, 0.5, 0.0);
	assert_true(isnan(m.auc) && isnan(m.f1) && isnan(m.mse));
	model->parameters.label_smoothing = 0.2;
	assert_close("smoothed", metrics_of(model, data).loss, 1.2790722884387435, 1e-14);
	free_both(data, model);
}

/* ---- classes ---- */

static void metrics_of_two_classes_are_those_of_their_definitions(void **state)
{
	const float z[7] = {-1, 0.5f, 0.5f, 2, -2, 0.5f, 1}, y[7] = {1, 1, 1, 1, 0, 0, 0};
	gf_model *model = identity(1, GF_LOSS_bce);
	gf_dataset *data = new_data(7, 1, 1, z, y);
	double pairs = 0;
	gf_metrics m;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 4; j < 7; j++)
			pairs += z[i] > z[j] ? 1.0 : z[i] == z[j] ? 0.5 : 0.0;
	assert_int_equal(model_take_names(model, data, NULL), GF_OK);
	m = metrics_of(model, data);
	assert_int_equal(m.classes, 2);
	assert_close("accuracy", m.accuracy, 4.0 / 7.0, 1e-15);
	assert_close("precision", m.precision, 3.0 / 5.0, 1e-15);
	assert_close("recall", m.recall, 3.0 / 4.0, 1e-15);
	assert_close("f1", m.f1, 2.0 * 0.6 * 0.75 / (0.6 + 0.75), 1e-15);
	assert_close("auc", m.auc, pairs / 12.0, 1e-15);
	free_both(data, model);
}

static void auc_of_a_single_class_is_not_a_number(void **state)
{
	const float z[2] = {-1, 1}, y[2] = {0, 0};
	gf_model *model = identity(1, GF_LOSS_bce);
	gf_dataset *data = new_data(2, 1, 1, z, y);
	gf_metrics m;

	(void)state;
	assert_int_equal(model_take_names(model, data, NULL), GF_OK);
	m = metrics_of(model, data);
	assert_true(isnan(m.auc));
	assert_close("recall", m.recall, 0.0, 0.0); /* 0 of 0, as scikit-learn has it */
	assert_close("precision", m.precision, 0.0, 0.0);
	free_both(data, model);
}

static void labels_are_those_of_the_file(void **state)
{
	gf_read_options options = reading(GF_LOSS_cross_entropy, NULL, GF_MISSING_error);
	gf_dataset *data = read_text("a,kind\n1,dog\n2,cat\n3,eel\n", &options);
	gf_model *model = model_of(data, GF_LOSS_cross_entropy);
	const float cat[] = {0.5f, 0, 0.5f}, eel[] = {-3, -2, -1};

	(void)state;
	assert_int_equal(gf_model_outputs(model), 3);
	assert_int_equal(gf_model_targets(model), 1);
	assert_string_equal(gf_model_target_name(model, 2), "kind");
	assert_string_equal(gf_model_label(model, cat), "cat");
	assert_string_equal(gf_model_label(model, eel), "eel");
	free_both(data, model);
}

static void second_class_begins_above_0(void **state)
{
	gf_read_options options = reading(GF_LOSS_hinge, NULL, GF_MISSING_error);
	gf_dataset *data = read_text("a,ill\n1,yes\n2,no\n", &options);
	gf_model *model = model_of(data, GF_LOSS_hinge);
	const float zero = 0.0f, above = 1e-30f;

	(void)state;
	assert_string_equal(gf_model_label(model, &zero), "no");
	assert_string_equal(gf_model_label(model, &above), "yes");
	free_both(data, model);
}

static void numbers_have_no_label_but_a_mean(void **state)
{
	gf_model *model = identity(1, GF_LOSS_mse);
	const float z = 2.0f;

	(void)state;
	assert_null(gf_model_label(model, &z));
	assert_close("mse", gf_model_mean(model, z), 2.0, 0.0);
	model->loss = GF_LOSS_poisson;
	assert_close("poisson", gf_model_mean(model, z), 7.38905609893065, 1e-14);
	model->loss = GF_LOSS_bce;
	assert_close("bce", gf_model_mean(model, z), 0.8807970779778823, 1e-15);
	assert_close("bce", gf_model_mean(model, -2000.0f), 0.0, 0.0);
	gf_model_free(model);
}

static void probabilities_sum_to_one_however_large_the_outputs(void **state)
{
	gf_model *model = identity(3, GF_LOSS_cross_entropy);
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

static void probabilities_of_none_are_refused(void **state)
{
	gf_model *model = identity(1, GF_LOSS_squared_hinge);
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

/* ---- targets that are no file's ---- */

static void refuses(gf_loss loss, float bad, const char *message)
{
	const float x[2] = {0, 0}, y[2] = {1, bad};
	gf_dataset *data = new_data(2, 1, 1, x, y);
	gf_error err = {0};

	assert_failure(model_check_targets(data, loss, &err), &err, GF_E_DATA, message);
	gf_dataset_free(data);
}

static void targets_that_the_loss_cannot_take_are_refused(void **state)
{
	(void)state;
	refuses(GF_LOSS_poisson, -1,
		"row 1, from 0: target \"y\" is -1; poisson wants a count, 0 or above");
	refuses(GF_LOSS_bce, 1.5f,
		"row 1, from 0: target \"y\" is 1.5; bce wants a probability, from 0 to 1");
	refuses(GF_LOSS_hinge, 0, "row 1, from 0: target \"y\" is 0; hinge wants -1 or 1");
	refuses(GF_LOSS_cross_entropy, 0.5f,
		"row 1, from 0: target \"y\" is 0.5; cross_entropy wants the index of a class, "
		"from 0 on");
}

static void evaluate_refuses_a_class_that_the_model_does_not_have(void **state)
{
	const float y[4] = {0, 1, 2, 3};
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_model *model = identity(3, GF_LOSS_cross_entropy);
	gf_dataset *three = new_data(3, 3, 1, Z3, y), *four = new_data(4, 3, 1, Z3, y);
	gf_metrics metrics;
	gf_error err = {0};

	(void)state;
	assert_int_equal(model_take_names(model, three, NULL), GF_OK);
	assert_failure(gf_evaluate(model, four, &config, &metrics, &err), &err, GF_E_DATA,
		"row 3, from 0: target 3 is no class; the model has 3");
	gf_dataset_free(three);
	gf_dataset_free(four);
	gf_model_free(model);
}

static void evaluate_refuses_data_of_other_classes(void **state)
{
	gf_read_options options = reading(GF_LOSS_bce, NULL, GF_MISSING_error);
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_dataset *data = read_text("a,y\n1,no\n2,yes\n", &options);
	gf_dataset *other = read_text("a,y\n1,yes\n2,zero\n", &options);
	gf_model *model = model_of(data, GF_LOSS_bce);
	gf_metrics metrics;
	gf_error err = {0};

	(void)state;
	assert_failure(gf_evaluate(model, other, &config, &metrics, &err), &err, GF_E_DATA,
		"the data's classes are not the model's: read it for the model");
	gf_dataset_free(data);
	gf_dataset_free(other);
	gf_model_free(model);
}

/* ---- the raw file ---- */

static void same_numbers(const float *found, const float *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_same_float(found[i], wanted[i], "x", i);
}

static void model_makes_the_same_features_of_the_raw_file(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, "color", GF_MISSING_mean), predict;
	gf_dataset *data = read_text("size,color,y\n1,red,1\n,blue,2\n4,red,3\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_mse);
	const float wanted[] = {7, 0, 1, 2.5f, 1, 0};

	(void)state;
	predict = reading_for(model);
	predict.with_target = 0;
	raw = read_text("color,other,size\nred,x,7\nblue,y,NA\n", &predict);
	assert_int_equal(raw->features, 3);
	assert_string_equal(raw->feature_names[1], "color=blue");
	same_numbers(raw->x, wanted, 6);
	gf_dataset_free(raw);
	predict.header = 0;
	raw = read_text("7,red\n?,blue\n", &predict);
	same_numbers(raw->x, wanted, 6);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void word_that_the_model_has_not_seen_is_refused(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, "color", GF_MISSING_error), predict;
	gf_dataset *data = read_text("color,y\nred,1\nblue,2\n", &train);
	gf_model *model = model_of(data, GF_LOSS_mse);

	(void)state;
	predict = reading_for(model);
	predict.with_target = 0;
	read_fails("color\nred\ngreen\n", &predict, GF_E_DATA,
		"data.csv:3: column 1 (\"color\"): \"green\" is no word of the model, "
		"which knows \"blue\", \"red\"; --unseen zero makes it 0 in all its features");
	read_fails("color\nred\nNA\n", &predict, GF_E_DATA,
		"data.csv:3: column 1 (\"color\"): a missing value (\"NA\"); "
		"--missing drop, mean or most");
	predict.one_hot = "color";
	read_fails("color\nred\n", &predict, GF_E_USAGE,
		"one_hot color: the model knows which of its columns are words");
	free_both(data, model);
}

static void model_leaves_rows_out_as_its_training_did(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, NULL, GF_MISSING_drop), predict;
	gf_dataset *data = read_text("a,y\n1,1\n,2\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_mse);

	(void)state;
	predict = reading_for(model);
	raw = read_text("a,y\n1,1\n,2\n3,\n4,4\n", &predict);
	assert_int_equal(raw->rows, 2);
	assert_int_equal(raw->dropped, 2);
	assert_int_equal(gf_dataset_dropped_row(raw, 0), 1);
	assert_int_equal(gf_dataset_dropped_row(raw, 1), 2);
	assert_true(gf_dataset_dropped_row(raw, 2) == SIZE_MAX);
	gf_dataset_free(raw);
	/* It knows the mean nevertheless. */
	predict.missing = GF_MISSING_mean;
	raw = read_text("a,y\n3,1\n,2\n", &predict);
	assert_same_float(raw->x[1], 1, "x", 1);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void hole_where_training_had_none_is_filled_in_when_asked_for(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, "c", GF_MISSING_auto), predict;
	gf_dataset *data = read_text("a,c,y\n1,u,1\n3,v,2\n8,v,3\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_mse);
	const float wanted[] = {4, 0, 1};

	(void)state;
	predict = reading_for(model);
	predict.with_target = 0;
	read_fails("a,c\n,u\n", &predict, GF_E_DATA,
		"data.csv:2: column 1 (\"a\"): a missing value (an empty field); "
		"--missing drop, mean or most");
	predict.missing = GF_MISSING_mean;
	raw = read_text("a,c\n,\n", &predict);
	same_numbers(raw->x, wanted, 3);
	gf_dataset_free(raw);
	predict.missing = GF_MISSING_most;
	read_fails("a,c\n,u\n", &predict, GF_E_DATA,
		"data.csv:2: column 1 (\"a\"): a missing value (an empty field); "
		"the training had nothing to put in its place; --missing drop");
	predict.missing = GF_MISSING_category;
	read_fails("a,c\n1,NA\n", &predict, GF_E_DATA,
		"data.csv:2: column 2 (\"c\"): a missing value (\"NA\"); "
		"the training had nothing to put in its place; --missing drop");
	free_both(data, model);
}

static void category_of_missing_words_is_remembered(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, "c", GF_MISSING_category), predict;
	gf_dataset *data = read_text("a,c,y\n1,u,1\n3,,2\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_mse);
	const float wanted[] = {2, 1, 0, 5, 0, 1};

	(void)state;
	predict = reading_for(model);
	predict.with_target = 0;
	raw = read_text("a,c\n,?\n5,u\n", &predict);
	same_numbers(raw->x, wanted, 6);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void word_that_is_new_may_be_0_everywhere(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, "c", GF_MISSING_auto), predict;
	gf_dataset *data = read_text("c,a,y\nu,1,1\nv,3,2\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_mse);
	const float wanted[] = {0, 0, 7, 0, 1, 8};

	(void)state;
	predict = reading_for(model);
	predict.with_target = 0;
	predict.unseen = GF_UNSEEN_zero;
	raw = read_text("c,a\nw,7\nv,8\n", &predict);
	same_numbers(raw->x, wanted, 6);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void numbers_of_a_model_are_found_in_any_spelling(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, "c,d", GF_MISSING_auto), predict;
	gf_dataset *data = read_text("c,d,y\n1,01,1\n2,1,2\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_mse);
	const float wanted[] = {0, 1, 0, 1};

	(void)state;
	predict = reading_for(model);
	predict.with_target = 0;
	raw = read_text("c,d\n2.0,1\n", &predict);
	same_numbers(raw->x, wanted, 4);
	gf_dataset_free(raw);
	read_fails("c,d\n1,1.0\n", &predict, GF_E_DATA,
		"data.csv:2: column 2 (\"d\"): \"1.0\" is no word of the model, which knows "
		"\"01\", \"1\"; --unseen zero makes it 0 in all its features");
	free_both(data, model);
}

static void texts_of_columns_are_kept_with_the_rows_left_out(void **state)
{
	gf_read_options options = reading(GF_LOSS_mse, NULL, GF_MISSING_drop);
	gf_dataset *data;

	(void)state;
	options.keep = "y,id";
	options.exclude = "id";
	data = read_text("id,a,y\n007,1,1.50\n\"a,b\",,2\n,3,3\n", &options);
	assert_int_equal(data->rows, 2);
	assert_int_equal(gf_dataset_kept(data), 2);
	assert_string_equal(gf_dataset_kept_name(data, 0), "id");
	assert_string_equal(gf_dataset_kept_name(data, 1), "y");
	assert_string_equal(gf_dataset_kept_text(data, 0, 0), "007");
	assert_string_equal(gf_dataset_kept_text(data, 0, 1), "1.50");
	assert_string_equal(gf_dataset_kept_text(data, 1, 0), "a,b");
	assert_string_equal(gf_dataset_kept_text(data, 2, 0), "");
	assert_null(gf_dataset_kept_text(data, 3, 0));
	assert_null(gf_dataset_kept_text(data, 0, 2));
	gf_dataset_free(data);
}

static void kept_column_is_no_feature_where_places_tell(void **state)
{
	gf_read_options train = reading(GF_LOSS_mse, NULL, GF_MISSING_auto), predict;
	gf_dataset *data = read_text("a,b,y\n1,2,3\n4,5,6\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_mse);
	const float wanted[] = {7, 8};

	(void)state;
	predict = reading_for(model);
	predict.with_target = 0;
	predict.keep = "1";
	raw = read_text("99,7,8\n", &predict);
	same_numbers(raw->x, wanted, 2);
	gf_dataset_free(raw);
	raw = read_text("7,8\n", &predict);
	same_numbers(raw->x, wanted, 2);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void labels_are_read_as_the_model_s_classes(void **state)
{
	gf_read_options train = reading(GF_LOSS_cross_entropy, NULL, GF_MISSING_error), again;
	gf_dataset *data = read_text("a,y\n1,u\n2,v\n3,w\n", &train), *raw;
	gf_model *model = model_of(data, GF_LOSS_cross_entropy);

	(void)state;
	again = reading_for(model);
	raw = read_text("a,y\n1,w\n2,w\n", &again);
	assert_int_equal(raw->classes, 3);
	assert_same_float(raw->y[0], 2, "y", 0);
	gf_dataset_free(raw);
	read_fails("a,y\n1,x\n", &again, GF_E_DATA,
		"data.csv:2: column 2 (\"y\"): \"x\" is not a class of the model; its classes are "
		"\"u\", \"v\", \"w\"");
	free_both(data, model);
}

static void data_that_validate_are_read_as_those_that_train(void **state)
{
	gf_read_options train = reading(GF_LOSS_cross_entropy, "color", GF_MISSING_mean), like;
	gf_dataset *data = read_text("size,color,y\n1,red,u\n,blue,v\n4,red,w\n", &train), *raw;
	const float wanted[] = {2.5f, 0, 1};

	(void)state;
	like = reading(GF_LOSS_cross_entropy, NULL, GF_MISSING_auto);
	like.like = data;
	raw = read_text("y,color,size\nw,red,NA\n", &like);
	assert_int_equal(raw->classes, 3);
	assert_same_float(raw->y[0], 2, "y", 0);
	same_numbers(raw->x, wanted, 3);
	gf_dataset_free(raw);
	read_fails("size,color,y\n1,red,x\n", &like, GF_E_DATA,
		"data.csv:2: column 3 (\"y\"): \"x\" is not a class of the model; its classes are "
		"\"u\", \"v\", \"w\"");
	like.one_hot = "color";
	read_fails("size,color,y\n1,red,u\n", &like, GF_E_USAGE,
		"one_hot color: the data it is to be like know which of its columns are words");
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_are_pytorch_s),
		cmocka_unit_test(cross_entropy_is_pytorch_s),
		cmocka_unit_test(metrics_of_two_classes_are_those_of_their_definitions),
		cmocka_unit_test(auc_of_a_single_class_is_not_a_number),
		cmocka_unit_test(labels_are_those_of_the_file),
		cmocka_unit_test(second_class_begins_above_0),
		cmocka_unit_test(numbers_have_no_label_but_a_mean),
		cmocka_unit_test(probabilities_sum_to_one_however_large_the_outputs),
		cmocka_unit_test(probabilities_of_none_are_refused),
		cmocka_unit_test(targets_that_the_loss_cannot_take_are_refused),
		cmocka_unit_test(evaluate_refuses_a_class_that_the_model_does_not_have),
		cmocka_unit_test(evaluate_refuses_data_of_other_classes),
		cmocka_unit_test(model_makes_the_same_features_of_the_raw_file),
		cmocka_unit_test(word_that_the_model_has_not_seen_is_refused),
		cmocka_unit_test(model_leaves_rows_out_as_its_training_did),
		cmocka_unit_test(hole_where_training_had_none_is_filled_in_when_asked_for),
		cmocka_unit_test(category_of_missing_words_is_remembered),
		cmocka_unit_test(word_that_is_new_may_be_0_everywhere),
		cmocka_unit_test(numbers_of_a_model_are_found_in_any_spelling),
		cmocka_unit_test(texts_of_columns_are_kept_with_the_rows_left_out),
		cmocka_unit_test(kept_column_is_no_feature_where_places_tell),
		cmocka_unit_test(labels_are_read_as_the_model_s_classes),
		cmocka_unit_test(data_that_validate_are_read_as_those_that_train),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

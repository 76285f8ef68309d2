/* test_arrays.c: data sets made of arrays in the caller's memory: weights, names, classes, and
 * data without targets. */
#include "basics.h"
#include "scratch.h"

#include <math.h>

static const float X[] = {1, 2, 3, 4}; /* (4, 1), or (2, 2) where a test says so */

/* Arrays of 4 rows and one feature. */
static gf_arrays arrays_of(const float *y, gf_loss loss)
{
	return (gf_arrays){
		.rows = 4, .features = 1, .outputs = y ? 1 : 0, .x = X, .y = y, .loss = loss};
}

static gf_dataset *made(gf_arrays arrays)
{
	gf_dataset *data;
	gf_error err;

	if (gf_dataset_new(&data, &arrays, &err))
		fail_msg("%s", err.message);
	return data;
}

static void refused(gf_arrays arrays, gf_status status, const char *message)
{
	gf_dataset *data = (gf_dataset *)&arrays;
	gf_error err;

	assert_int_equal(gf_dataset_new(&data, &arrays, &err), status);
	assert_string_equal(err.message, message);
	assert_null(data);
}

static gf_config reference(gf_loss loss)
{
	gf_config config;

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	config.loss = loss;
	config.epochs = 20;
	return config;
}

static gf_model *trained(const gf_dataset *data, gf_loss loss)
{
	gf_config config = reference(loss);
	gf_model *model;
	gf_error err;

	if (gf_fit(&model, data, &config, NULL, &err))
		fail_msg("%s", err.message);
	return model;
}

/* ---- targets ---- */

static void data_without_targets_is_for_predictions(void **state)
{
	const float y[] = {2, 4, 6, 8};
	gf_dataset *known = made(arrays_of(y, GF_LOSS_mse)),
		   *bare = made(arrays_of(NULL, GF_LOSS_mse));
	gf_config config = reference(GF_LOSS_mse);
	gf_model *model = trained(known, GF_LOSS_mse), *none;
	float outputs[4], wanted[4];
	gf_error err;

	(void)state;
	assert_int_equal(gf_dataset_outputs(bare), 0);
	assert_null(gf_dataset_y(bare));
	assert_int_equal(gf_predict(model, bare, &config, outputs, NULL), GF_OK);
	assert_int_equal(gf_predict(model, known, &config, wanted, NULL), GF_OK);
	assert_memory_equal(outputs, wanted, sizeof wanted);
	assert_failure(gf_fit(&none, bare, &config, NULL, &err), &err, GF_E_USAGE,
		"training needs data with targets");
	gf_model_free(model);
	gf_dataset_free(bare);
	gf_dataset_free(known);
}

static void y_without_columns_and_columns_without_y_are_refused(void **state)
{
	gf_arrays arrays = arrays_of(X, GF_LOSS_mse);

	(void)state;
	arrays.outputs = 0;
	refused(arrays, GF_E_USAGE, "y is given, but outputs, the number of its columns, is 0");
	arrays.outputs = 2;
	arrays.y = NULL;
	refused(arrays, GF_E_USAGE,
		"outputs is 2, but y is NULL; data without targets has 0 outputs");
	arrays.outputs = 0;
	arrays.x = NULL;
	refused(arrays, GF_E_USAGE, "x is NULL");
}

static void assert_classes(const gf_dataset *data, const char *const *names, size_t count)
{
	assert_int_equal(gf_dataset_classes(data), count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(gf_dataset_class_name(data, i), names[i]);
	assert_null(gf_dataset_class_name(data, count));
}

static void class_indices_get_the_names_of_their_classes(void **state)
{
	static const char *const names[] = {"oak", "elm", "ash"};
	const float y[] = {2, 0, 1, 2};
	gf_arrays arrays = arrays_of(y, GF_LOSS_cross_entropy);
	gf_dataset *data;
	gf_model *model;

	(void)state;
	arrays.classes = 3;
	arrays.class_names = names;
	data = made(arrays);
	assert_memory_equal(gf_dataset_y(data), y, sizeof y);
	assert_classes(data, names, 3);
	model = trained(data, GF_LOSS_cross_entropy);
	assert_int_equal(gf_model_outputs(model), 3);
	assert_string_equal(gf_model_class_name(model, 2), "ash");
	gf_model_free(model);
	gf_dataset_free(data);
}

static void classes_without_names_are_numbered_from_0(void **state)
{
	static const char *const names[] = {"0", "1", "2", "3", "4"};
	const float y[] = {2, 0, 1, 2};
	gf_arrays arrays = arrays_of(y, GF_LOSS_mse);
	gf_dataset *data;

	(void)state;
	arrays.classes = 5;
	data = made(arrays);
	assert_classes(data, names, 5);
	gf_dataset_free(data);
}

/* Each value becomes a class, in rising order, as in a file. */
static void values_become_classes_for_a_loss_of_classes(void **state)
{
	static const char *const names[] = {"-1", "2.5", "7"};
	const float y[] = {7, -1, 2.5f, 7}, indices[] = {2, 0, 1, 2};
	gf_dataset *data = made(arrays_of(y, GF_LOSS_cross_entropy));

	(void)state;
	assert_memory_equal(gf_dataset_y(data), indices, sizeof indices);
	assert_classes(data, names, 3);
	gf_dataset_free(data);
}

static void two_classes_become_signs_for_a_hinge_loss(void **state)
{
	static const char *const values[] = {"3", "5"}, *const names[] = {"no", "yes"};
	const float y[] = {5, 3, 3, 5}, indices[] = {1, 0, 0, 1}, signs[] = {1, -1, -1, 1};
	gf_arrays arrays = arrays_of(indices, GF_LOSS_hinge);
	gf_dataset *by_value = made(arrays_of(y, GF_LOSS_hinge)), *by_index;

	(void)state;
	arrays.classes = 2;
	arrays.class_names = names;
	by_index = made(arrays);
	assert_memory_equal(gf_dataset_y(by_value), signs, sizeof signs);
	assert_memory_equal(gf_dataset_y(by_index), signs, sizeof signs);
	assert_classes(by_value, values, 2);
	assert_classes(by_index, names, 2);
	gf_dataset_free(by_index);
	gf_dataset_free(by_value);
}

static void without_a_loss_y_stays_as_it_is(void **state)
{
	const float y[] = {7, -1, 2.5f, 7};
	gf_dataset *data = made(arrays_of(y, GF_LOSS_mse));

	(void)state;
	assert_memory_equal(gf_dataset_y(data), y, sizeof y);
	assert_int_equal(gf_dataset_classes(data), 0);
	gf_dataset_free(data);
}

static void targets_outside_the_range_of_the_loss_are_refused(void **state)
{
	const float counts[] = {1, 2, -3, 0, 1, 2}, three[] = {1, 2, 3, 1},
		    halves[] = {0.5f, 1.5f, 0, 1};
	gf_arrays wide = {.rows = 2, .features = 2, .outputs = 2, .x = X, .y = counts}, arrays;
	gf_dataset *data;
	gf_error err;

	(void)state;
	refused(arrays_of(counts, GF_LOSS_poisson), GF_E_DATA,
		"y: row 2, from 0: -3; a number, 0 or above, is wanted");
	refused(arrays_of(counts + 2, GF_LOSS_poisson), GF_E_DATA,
		"y: row 0, from 0: -3; a number, 0 or above, is wanted");
	wide.loss = GF_LOSS_poisson;
	refused(wide, GF_E_DATA,
		"y: row 1, column 0, both from 0: -3; a number, 0 or above, is wanted");
	wide.loss = GF_LOSS_hinge;
	refused(wide, GF_E_DATA,
		"y: 2 target columns; a loss of classes takes one column of labels; "
		"numpy.argmax(y, axis=1) makes it of one-hot targets");
	arrays = arrays_of(halves, GF_LOSS_bce);
	assert_int_equal(gf_dataset_new(&data, &arrays, &err), GF_E_DATA);
	assert_begins(err.message, "y: row 1, from 0: \"1.5\"");
	arrays = arrays_of(three, GF_LOSS_hinge);
	assert_int_equal(gf_dataset_new(&data, &arrays, &err), GF_E_DATA);
	assert_begins(err.message, "y: row 2, from 0: a third class, \"3\"");
}

static void a_loss_beyond_the_list_is_refused(void **state)
{
	(void)state;
	refused(arrays_of(X, GF_LOSS_COUNT), GF_E_USAGE,
		"loss is 13, which is none of its 13 words");
}

static void an_index_that_is_no_class_is_refused(void **state)
{
	const float wrong[][4] = {{0, 1, 2, 0}, {0, 1, -1, 0}, {0, 1, 0.5f, 0}};
	static const char *const shown[] = {"2", "-1", "0.5"};
	char message[128];

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		gf_arrays arrays = arrays_of(wrong[i], GF_LOSS_mse);

		arrays.classes = 2;
		snprintf(message, sizeof message,
			"y: row 2, from 0: %s is not the index of one of 2 classes", shown[i]);
		refused(arrays, GF_E_DATA, message);
	}
}

static void impossible_classes_are_refused(void **state)
{
	static const char *const names[] = {"a", "b"};
	const float y[] = {0, 1, 0, 1};
	gf_arrays arrays = arrays_of(y, GF_LOSS_mse);

	(void)state;
	arrays.class_names = names;
	refused(arrays, GF_E_USAGE, "class_names are given, but classes is 0");
	arrays.classes = 1;
	refused(arrays, GF_E_USAGE, "classes is 1; wanted: 0, or from 2 to 65536");
	arrays.classes = 65537;
	refused(arrays, GF_E_USAGE, "classes is 65537; wanted: 0, or from 2 to 65536");
	arrays.classes = 3;
	arrays.loss = GF_LOSS_hinge;
	refused(arrays, GF_E_USAGE, "classes is 3; the loss takes 2 classes");
	arrays.loss = GF_LOSS_poisson;
	refused(arrays, GF_E_USAGE, "classes is 3; the loss takes numbers, not classes");
	arrays.loss = GF_LOSS_cross_entropy;
	arrays.outputs = 0;
	arrays.y = NULL;
	refused(arrays, GF_E_USAGE,
		"classes is 3, so that y is one column of their indices; outputs is 0");
}

/* The output of a class beyond the last would be read from memory behind the outputs. */
static void a_class_in_the_validation_rows_alone_is_refused(void **state)
{
	const float y[] = {0, 1, 0, 1}, more[] = {0, 1, 2, 1};
	gf_dataset *data = made(arrays_of(y, GF_LOSS_mse)),
		   *others = made(arrays_of(more, GF_LOSS_mse));
	gf_config config = reference(GF_LOSS_cross_entropy);
	gf_model *model;
	gf_error err;

	(void)state;
	config.validation_data = others;
	assert_failure(gf_fit(&model, data, &config, NULL, &err), &err, GF_E_DATA,
		"validation data: row 2, from 0: class 2; the training data has 2 classes");
	gf_dataset_free(others);
	gf_dataset_free(data);
}

/* ---- offsets ---- */

/* With y = 2 x + offset and no bias the weight becomes 2, and predictions need the offset. */
static void offsets_belong_to_their_rows(void **state)
{
	const float y[] = {2.5f, 3, 7, 8}, offset[] = {0.5f, -1, 1, 0};
	gf_arrays arrays = arrays_of(y, GF_LOSS_mse);
	gf_config config = reference(GF_LOSS_mse);
	gf_dataset *data, *plain;
	gf_model *model;
	float z[4];
	gf_error err;

	(void)state;
	plain = made(arrays);
	arrays.offset = offset;
	data = made(arrays);
	assert_memory_equal(gf_dataset_offset(data), offset, sizeof offset);
	config.epochs = 2000;
	config.lr = 0.1;
	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	assert_string_equal(gf_model_offset(model), "offset");
	assert_false(gf_model_has_exposure(model));
	assert_close("weight", (double)gf_model_weight(model)[0], 2.0, 1e-4);
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	for (size_t i = 0; i < 4; i++)
		assert_close("prediction", (double)z[i], (double)y[i], 1e-3);
	assert_failure(gf_predict(model, plain, &config, z, &err), &err, GF_E_DATA,
		"the model was trained with the offset \"offset\", which the data does not have");
	gf_model_free(model);
	config.validation_data = plain;
	assert_failure(gf_fit(&model, data, &config, NULL, &err), &err, GF_E_DATA,
		"the training data has an offset, the validation data has none");
	gf_dataset_free(plain);
	gf_dataset_free(data);
}

/* ---- weights ---- */

static void weights_belong_to_their_rows(void **state)
{
	const float y[] = {1, 2, 3, 100}, weights[] = {1, 0.5f, 2, 0}, nulls[] = {0, 0, 0, 0};
	gf_arrays arrays = arrays_of(y, GF_LOSS_mse);
	gf_dataset *data;
	gf_model *model;

	(void)state;
	arrays.weights = weights;
	data = made(arrays);
	assert_memory_equal(gf_dataset_weights(data), weights, sizeof weights);
	/* The last row has weight 0, and the others lie on y = x. */
	gf_config config = reference(GF_LOSS_mse);
	config.epochs = 2000;
	config.lr = 0.1;
	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	assert_close("weight", (double)gf_model_weight(model)[0], 1.0, 1e-3);
	gf_model_free(model);
	gf_dataset_free(data);
	arrays.weights = nulls;
	refused(arrays, GF_E_DATA, "weights: every weight is 0");
}

static void a_weight_below_0_or_not_finite_is_refused(void **state)
{
	const float wrong[][4] = {{1, -2, 1, 1}, {1, NAN, 1, 1}, {1, INFINITY, 1, 1}};
	static const char *const shown[] = {"-2", "nan", "inf"};
	gf_arrays arrays = arrays_of(X, GF_LOSS_mse);
	char message[128];

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		arrays.weights = wrong[i];
		snprintf(message, sizeof message,
			"weights: row 1, from 0: %s; wanted: 0 or a number above", shown[i]);
		refused(arrays, GF_E_DATA, message);
	}
}

/* ---- names ---- */

static void names_are_copied(void **state)
{
	char first[] = "size", second[] = "age", target[] = "price";
	const char *features[] = {first, second}, *targets[] = {target};
	gf_arrays arrays = {.rows = 2, .features = 2, .outputs = 1, .x = X, .y = X};
	gf_dataset *data;
	gf_model *model;

	(void)state;
	arrays.feature_names = features;
	arrays.target_names = targets;
	data = made(arrays);
	memset(first, 'x', 4);
	memset(target, 'x', 5);
	assert_string_equal(gf_dataset_feature_name(data, 0), "size");
	assert_string_equal(gf_dataset_feature_name(data, 1), "age");
	assert_string_equal(gf_dataset_target_name(data, 0), "price");
	model = trained(data, GF_LOSS_mse);
	assert_string_equal(gf_model_feature_name(model, 1), "age");
	assert_string_equal(gf_model_target_name(model, 0), "price");
	gf_model_free(model);
	gf_dataset_free(data);
}

static void a_name_that_is_missing_repeated_or_not_utf8_is_refused(void **state)
{
	const char *missing[] = {"a", NULL}, *empty[] = {"a", ""}, *twice[] = {"a", "a"},
		   *latin[] = {"a", "\xe9t\xe9"};
	gf_arrays arrays = {.rows = 2, .features = 2, .outputs = 2, .x = X, .y = X};

	(void)state;
	arrays.feature_names = missing;
	refused(arrays, GF_E_DATA, "feature_names: name 1, from 0, is NULL");
	arrays.feature_names = empty;
	refused(arrays, GF_E_DATA, "feature_names: name 1, from 0, is empty");
	arrays.feature_names = latin;
	refused(arrays, GF_E_DATA, "feature_names: name 1, from 0, is not UTF-8: \"\\xe9t\\xe9\"");
	arrays.feature_names = NULL;
	arrays.target_names = twice;
	refused(arrays, GF_E_DATA, "target_names: \"a\" is there twice");
	arrays = arrays_of((const float[]){0, 1, 0, 1}, GF_LOSS_mse);
	arrays.classes = 2;
	arrays.class_names = twice;
	refused(arrays, GF_E_DATA, "class_names: \"a\" is there twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_without_targets_is_for_predictions),
		cmocka_unit_test(y_without_columns_and_columns_without_y_are_refused),
		cmocka_unit_test(class_indices_get_the_names_of_their_classes),
		cmocka_unit_test(classes_without_names_are_numbered_from_0),
		cmocka_unit_test(values_become_classes_for_a_loss_of_classes),
		cmocka_unit_test(two_classes_become_signs_for_a_hinge_loss),
		cmocka_unit_test(without_a_loss_y_stays_as_it_is),
		cmocka_unit_test(targets_outside_the_range_of_the_loss_are_refused),
		cmocka_unit_test(a_loss_beyond_the_list_is_refused),
		cmocka_unit_test(an_index_that_is_no_class_is_refused),
		cmocka_unit_test(impossible_classes_are_refused),
		cmocka_unit_test(a_class_in_the_validation_rows_alone_is_refused),
		cmocka_unit_test(offsets_belong_to_their_rows),
		cmocka_unit_test(weights_belong_to_their_rows),
		cmocka_unit_test(a_weight_below_0_or_not_finite_is_refused),
		cmocka_unit_test(names_are_copied),
		cmocka_unit_test(a_name_that_is_missing_repeated_or_not_utf8_is_refused),
	};

	return cmocka_run_group_tests_name("arrays", tests, NULL, NULL);
}

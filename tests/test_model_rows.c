/*
 * test_model_rows.c: a file is read for a model as the file that it was trained on: the same
 * columns, words, classes, and values in place of missing ones.
 */
#include "fixture_files.h"
#include "scratch.h"

#include "dataset.h"
#include "model.h"

static void assert_same_features(const float *found, const float *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_same_float(found[i], wanted[i], "x", i);
}

static void a_model_makes_the_same_features_of_a_file(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, "color", GF_MISSING_mean), predict;
	gf_dataset *data = read_text("size,color,y\n1,red,1\n,blue,2\n4,red,3\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_mse);
	const float wanted[] = {7, 0, 1, 2.5f, 1, 0};

	(void)state;
	predict = options_for(model);
	predict.with_target = 0;
	raw = read_text("color,other,size\nred,x,7\nblue,y,NA\n", &predict);
	assert_int_equal(raw->features, 3);
	assert_string_equal(raw->feature_names[1], "color=blue");
	assert_same_features(raw->x, wanted, 6);
	gf_dataset_free(raw);
	predict.header = 0;
	raw = read_text("7,red\n?,blue\n", &predict);
	assert_same_features(raw->x, wanted, 6);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void a_word_that_the_model_does_not_know_is_refused(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, "color", GF_MISSING_error), predict;
	gf_dataset *data = read_text("color,y\nred,1\nblue,2\n", &train);
	gf_model *model = loaded_model(data, GF_LOSS_mse);

	(void)state;
	predict = options_for(model);
	predict.with_target = 0;
	assert_text_refused("color\nred\ngreen\n", &predict, GF_E_DATA,
		"data.csv:3: column 1 (\"color\"): \"green\" is no word of the model, "
		"which knows \"blue\", \"red\"; --unseen zero makes it 0 in all its features");
	assert_text_refused("color\nred\nNA\n", &predict, GF_E_DATA,
		"data.csv:3: column 1 (\"color\"): a missing value (\"NA\"); "
		"--missing drop, mean or most");
	predict.one_hot = "color";
	assert_text_refused("color\nred\n", &predict, GF_E_USAGE,
		"one_hot color: the model already says which columns are words");
	free_both(data, model);
}

static void a_model_leaves_rows_out_as_its_training_did(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, NULL, GF_MISSING_drop), predict;
	gf_dataset *data = read_text("a,y\n1,1\n,2\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_mse);

	(void)state;
	predict = options_for(model);
	raw = read_text("a,y\n1,1\n,2\n3,\n4,4\n", &predict);
	assert_int_equal(raw->rows, 2);
	assert_int_equal(raw->dropped, 2);
	assert_int_equal(gf_dataset_dropped_row(raw, 0), 1);
	assert_int_equal(gf_dataset_dropped_row(raw, 1), 2);
	assert_true(gf_dataset_dropped_row(raw, 2) == SIZE_MAX);
	gf_dataset_free(raw);
	/* The model knows the mean nevertheless. */
	predict.missing = GF_MISSING_mean;
	raw = read_text("a,y\n3,1\n,2\n", &predict);
	assert_same_float(raw->x[1], 1, "x", 1);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void a_missing_value_where_training_had_none_is_filled_in_on_request(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, "c", GF_MISSING_auto), predict;
	gf_dataset *data = read_text("a,c,y\n1,u,1\n3,v,2\n8,v,3\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_mse);
	const float wanted[] = {4, 0, 1};

	(void)state;
	predict = options_for(model);
	predict.with_target = 0;
	assert_text_refused("a,c\n,u\n", &predict, GF_E_DATA,
		"data.csv:2: column 1 (\"a\"): a missing value (an empty field); "
		"--missing drop, mean or most");
	predict.missing = GF_MISSING_mean;
	raw = read_text("a,c\n,\n", &predict);
	assert_same_features(raw->x, wanted, 3);
	gf_dataset_free(raw);
	predict.missing = GF_MISSING_most;
	assert_text_refused("a,c\n,u\n", &predict, GF_E_DATA,
		"data.csv:2: column 1 (\"a\"): a missing value (an empty field); "
		"the training had nothing to put in its place; --missing drop");
	predict.missing = GF_MISSING_category;
	assert_text_refused("a,c\n1,NA\n", &predict, GF_E_DATA,
		"data.csv:2: column 2 (\"c\"): a missing value (\"NA\"); "
		"the training had nothing to put in its place; --missing drop");
	free_both(data, model);
}

static void the_category_of_missing_words_is_remembered(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, "c", GF_MISSING_category), predict;
	gf_dataset *data = read_text("a,c,y\n1,u,1\n3,,2\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_mse);
	const float wanted[] = {2, 1, 0, 5, 0, 1};

	(void)state;
	predict = options_for(model);
	predict.with_target = 0;
	raw = read_text("a,c\n,?\n5,u\n", &predict);
	assert_same_features(raw->x, wanted, 6);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void an_unknown_word_may_become_0_in_all_its_features(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, "c", GF_MISSING_auto), predict;
	gf_dataset *data = read_text("c,a,y\nu,1,1\nv,3,2\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_mse);
	const float wanted[] = {0, 0, 7, 0, 1, 8};

	(void)state;
	predict = options_for(model);
	predict.with_target = 0;
	predict.unseen = GF_UNSEEN_zero;
	raw = read_text("c,a\nw,7\nv,8\n", &predict);
	assert_same_features(raw->x, wanted, 6);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void words_that_are_numbers_are_known_in_any_spelling(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, "c,d", GF_MISSING_auto), predict;
	gf_dataset *data = read_text("c,d,y\n1,01,1\n2,1,2\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_mse);
	const float wanted[] = {0, 1, 0, 1};

	(void)state;
	predict = options_for(model);
	predict.with_target = 0;
	raw = read_text("c,d\n2.0,1\n", &predict);
	assert_same_features(raw->x, wanted, 4);
	gf_dataset_free(raw);
	assert_text_refused("c,d\n1,1.0\n", &predict, GF_E_DATA,
		"data.csv:2: column 2 (\"d\"): \"1.0\" is no word of the model, which knows "
		"\"01\", \"1\"; --unseen zero makes it 0 in all its features");
	free_both(data, model);
}

static void texts_of_kept_columns_include_those_of_dropped_rows(void **state)
{
	gf_read_options options = options_with(GF_LOSS_mse, NULL, GF_MISSING_drop);
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

static void a_kept_column_is_no_feature_in_a_file_without_a_header(void **state)
{
	gf_read_options train = options_with(GF_LOSS_mse, NULL, GF_MISSING_auto), predict;
	gf_dataset *data = read_text("a,b,y\n1,2,3\n4,5,6\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_mse);
	const float wanted[] = {7, 8};

	(void)state;
	predict = options_for(model);
	predict.with_target = 0;
	predict.keep = "1";
	raw = read_text("99,7,8\n", &predict);
	assert_same_features(raw->x, wanted, 2);
	gf_dataset_free(raw);
	raw = read_text("7,8\n", &predict);
	assert_same_features(raw->x, wanted, 2);
	gf_dataset_free(raw);
	free_both(data, model);
}

static void labels_are_read_as_the_classes_of_the_model(void **state)
{
	gf_read_options train = options_with(GF_LOSS_cross_entropy, NULL, GF_MISSING_error), again;
	gf_dataset *data = read_text("a,y\n1,u\n2,v\n3,w\n", &train), *raw;
	gf_model *model = loaded_model(data, GF_LOSS_cross_entropy);

	(void)state;
	again = options_for(model);
	raw = read_text("a,y\n1,w\n2,w\n", &again);
	assert_int_equal(raw->classes, 3);
	assert_same_float(raw->y[0], 2, "y", 0);
	gf_dataset_free(raw);
	assert_text_refused("a,y\n1,x\n", &again, GF_E_DATA,
		"data.csv:2: column 2 (\"y\"): \"x\" is not a class of the model; its classes are "
		"\"u\", \"v\", \"w\"");
	free_both(data, model);
}

static void validation_data_are_read_as_training_data(void **state)
{
	gf_read_options train = options_with(GF_LOSS_cross_entropy, "color", GF_MISSING_mean), like;
	gf_dataset *data = read_text("size,color,y\n1,red,u\n,blue,v\n4,red,w\n", &train), *raw;
	const float wanted[] = {2.5f, 0, 1};

	(void)state;
	like = options_with(GF_LOSS_cross_entropy, NULL, GF_MISSING_auto);
	like.like = data;
	raw = read_text("y,color,size\nw,red,NA\n", &like);
	assert_int_equal(raw->classes, 3);
	assert_same_float(raw->y[0], 2, "y", 0);
	assert_same_features(raw->x, wanted, 3);
	gf_dataset_free(raw);
	assert_text_refused("size,color,y\n1,red,x\n", &like, GF_E_DATA,
		"data.csv:2: column 3 (\"y\"): \"x\" is not a class of the model; its classes are "
		"\"u\", \"v\", \"w\"");
	like.one_hot = "color";
	assert_text_refused("size,color,y\n1,red,u\n", &like, GF_E_USAGE,
		"one_hot color: the data of like already say which columns are words");
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_makes_the_same_features_of_a_file),
		cmocka_unit_test(a_word_that_the_model_does_not_know_is_refused),
		cmocka_unit_test(a_model_leaves_rows_out_as_its_training_did),
		cmocka_unit_test(a_missing_value_where_training_had_none_is_filled_in_on_request),
		cmocka_unit_test(the_category_of_missing_words_is_remembered),
		cmocka_unit_test(an_unknown_word_may_become_0_in_all_its_features),
		cmocka_unit_test(words_that_are_numbers_are_known_in_any_spelling),
		cmocka_unit_test(texts_of_kept_columns_include_those_of_dropped_rows),
		cmocka_unit_test(a_kept_column_is_no_feature_in_a_file_without_a_header),
		cmocka_unit_test(labels_are_read_as_the_classes_of_the_model),
		cmocka_unit_test(validation_data_are_read_as_training_data),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

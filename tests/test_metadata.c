/* test_metadata.c: the metadata of a model's file keep its loss, classes and columns. */
#include "damage.h"
#include "fixture_files.h"
#include "scratch.h"

#include "dataset.h"
#include "model.h"
#include "safetensors.h"

#define M "m.safetensors"

/* A network of the features size, color=blue, color=red and age, with all the metadata that a
 * model may have, though no data give an index base and columns. */
static gf_model *model_with_all_metadata(void)
{
	const struct encoding encoding = {.count = 3,
		.names = (char *[]){"size", "color", "age"},
		.columns = (struct encoded[]){{.mean = 0.1f},
			{.words = (char *[]){"blue", "\"red\""}, .count = 2}, {.mean = -3.0f}},
		.missing = GF_MISSING_mean};
	const gf_dataset data = {.features = 4,
		.outputs = 1,
		.feature_names = (char *[]){"size", "color=blue", "color=\"red\"", "age"},
		.target_names = (char *[]){"kind"},
		.class_names = (char *[]){"a", "b", "\xc3\xa9"},
		.classes = 3,
		.encoding = encoding};
	const struct hidden hidden = {.widths = {2},
		.count = 1,
		.activation = GF_ACTIVATION_leaky_relu,
		.negative_slope = 0.3};
	const double center[] = {1, 0, 0, 2}, scale[] = {1, 2, 1, 1};
	gf_model *model = new_network(4, &hidden, 3);

	model->loss = GF_LOSS_cross_entropy;
	model->parameters.label_smoothing = 0.1;
	assert_int_equal(model_copy_names(model, &data, NULL), GF_OK);
	model->index_base = INDEX_BASE_1;
	assert_int_equal(model_standardize(model, center, scale, NULL), GF_OK);
	return model;
}

static void everything_a_model_knows_is_in_its_file(void **state)
{
	gf_model *model = model_with_all_metadata();
	double parameter = 0;

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	gf_model_free(model);
	model = load_model(M);
	assert_int_equal(gf_model_loss(model), GF_LOSS_cross_entropy);
	assert_string_equal(gf_model_loss_parameter(model, &parameter), "label_smoothing");
	assert_true(parameter == 0.1);
	assert_int_equal(gf_model_activation(model), GF_ACTIVATION_leaky_relu);
	assert_true(gf_model_negative_slope(model) == 0.3);
	assert_int_equal(model->index_base, INDEX_BASE_1);
	assert_true(gf_model_center(model)[3] == 2);
	assert_int_equal(gf_model_targets(model), 1);
	assert_string_equal(gf_model_target_name(model, 0), "kind");
	assert_int_equal(gf_model_classes(model), 3);
	assert_string_equal(gf_model_class_name(model, 2), "\xc3\xa9");
	assert_int_equal(gf_model_missing(model), GF_MISSING_mean);
	assert_int_equal(gf_model_columns(model), 3);
	assert_string_equal(gf_model_column(model, 1).name, "color");
	assert_int_equal(gf_model_column(model, 1).words, 2);
	assert_string_equal(gf_model_column(model, 1).word[1], "\"red\"");
	assert_int_equal(gf_model_column(model, 2).words, 0);
	assert_same_float(gf_model_column(model, 0).mean, 0.1f, "mean", 0);
	assert_same_float(gf_model_column(model, 2).mean, -3.0f, "mean", 2);
	cut_at_any_byte(M, read_model);
	gf_model_free(model);
}

static void each_loss_keeps_its_number(void **state)
{
	const gf_loss losses[] = {GF_LOSS_huber, GF_LOSS_smooth_l1, GF_LOSS_epsilon_insensitive,
		GF_LOSS_quantile, GF_LOSS_tweedie};
	const char *const words[] = {"delta", "beta", "epsilon", "quantile", "power"};

	(void)state;
	for (size_t i = 0; i < COUNT(losses); i++) {
		gf_model *model = new_model(1, 1);
		double found = 0;

		model->loss = losses[i];
		model->parameters = (struct loss_parameters){0.3, 0.3, 0.3, 0.3, 0.3, 1.3};
		assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
		gf_model_free(model);
		model = load_model(M);
		assert_string_equal(gf_model_loss_parameter(model, &found), words[i]);
		assert_true(found == (losses[i] == GF_LOSS_tweedie ? 1.3 : 0.3));
		gf_model_free(model);
	}
}

static void the_column_of_the_offset_is_kept(void **state)
{
	(void)state;
	for (int has_exposure = 0; has_exposure < 2; has_exposure++) {
		gf_model *model = new_model(1, 1);

		assert_null(gf_model_offset(model));
		model->has_exposure = has_exposure;
		assert_int_equal(name_set(&model->offset_name, "a \"b\"", NULL), GF_OK);
		assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
		gf_model_free(model);
		model = load_model(M);
		assert_string_equal(gf_model_offset(model), "a \"b\"");
		assert_int_equal(gf_model_has_exposure(model), has_exposure);
		gf_model_free(model);
	}
}

/* A Linear(2, 1) with these two pieces of metadata is refused. */
static void assert_pairs_refused(const struct safetensors_pair pairs[2], const char *words)
{
	static const float numbers[2] = {1, 2};
	const struct safetensors_tensor tensors[] = {
		{"weight", 2, {1, 2}, numbers}, {"bias", 1, {1}, numbers}};
	gf_model *model = (void *)1;
	gf_error err = {0};
	char message[512];

	assert_int_equal(safetensors_write(M, tensors, 2, pairs, 2, NULL), GF_OK);
	snprintf(message, sizeof message, "%s: %s", M, words);
	assert_failure(gf_model_load(&model, M, &err), &err, GF_E_DATA, message);
	assert_null(model);
}

static void assert_columns_refused(const char *columns, const char *words)
{
	assert_pairs_refused(
		(struct safetensors_pair[]){{"format", "pt"}, {"columns", columns}}, words);
}

static void impossible_numbers_of_losses_are_refused(void **state)
{
	(void)state;
	assert_pairs_refused((struct safetensors_pair[]){{"offset", "a"}, {"exposure", "b"}},
		"metadata \"exposure\": there is an \"offset\" as well");
	assert_pairs_refused((struct safetensors_pair[]){{"format", "pt"}, {"offset", ""}},
		"metadata \"offset\" is empty");
	assert_pairs_refused((struct safetensors_pair[]){{"loss", "huber"}, {"delta", "0"}},
		"metadata \"delta\" is \"0\", which is not a delta of huber");
	assert_pairs_refused((struct safetensors_pair[]){{"loss", "quantile"}, {"quantile", "1"}},
		"metadata \"quantile\" is \"1\", which is not a quantile of quantile");
	assert_pairs_refused((struct safetensors_pair[]){{"loss", "smooth_l1"}, {"beta", "x"}},
		"metadata \"beta\" is \"x\", which is not a beta of smooth_l1");
	assert_pairs_refused((struct safetensors_pair[]){{"loss", "smooth_l1"}, {"beta", "1e999"}},
		"metadata \"beta\" is \"1e999\", which is not a beta of smooth_l1");
}

static void classes_that_do_not_fit_the_loss_are_refused(void **state)
{
	(void)state;
	assert_pairs_refused((struct safetensors_pair[]){{"loss", "bce"}, {"classes", "[\"a\"]"}},
		"metadata \"classes\" has 1 names; bce with 1 outputs has 2");
	assert_pairs_refused(
		(struct safetensors_pair[]){{"loss", "mse"}, {"classes", "[\"a\",\"b\"]"}},
		"metadata \"classes\" has 2 names; mse with 1 outputs has 0");
	assert_pairs_refused((struct safetensors_pair[]){{"loss", "hinge"}, {"classes", "[1,2]"}},
		"metadata \"classes\": name 1 is not a string");
}

static void columns_that_do_not_give_the_features_are_refused(void **state)
{
	(void)state;
	assert_columns_refused(
		"[{\"name\":\"a\"}]", "metadata \"columns\" makes 1 features, wanted 2");
	assert_columns_refused(
		"[{\"name\":\"a\"},{}]", "metadata \"columns\": column 2 has no name");
	assert_columns_refused("[1]", "metadata \"columns\": column 1 has no name");
	assert_columns_refused("[{\"name\":\"a\",\"words\":[]}]",
		"metadata \"columns\": \"words\" is not a list of words");
	assert_columns_refused("[{\"name\":\"a\",\"words\":[\"b\",2]}]",
		"metadata \"columns\": word 2 is not a string");
	assert_pairs_refused((struct safetensors_pair[]){{"missing", "mean"},
				     {"columns", "[{\"name\":\"a\",\"mean\":1e99}]"}},
		"metadata \"columns\": \"mean\" is not a number that a float can hold");
	assert_pairs_refused((struct safetensors_pair[]){{"missing", "maybe"},
				     {"columns", "[{\"name\":\"a\"},{\"name\":\"b\"}]"}},
		"metadata \"missing\" is \"maybe\", wanted one of: error drop mean most category "
		"auto");
}

static void metadata_with_a_bit_flipped_are_read_or_refused(void **state)
{
	gf_model *model = model_with_all_metadata();
	size_t bits;

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	flip_any_bit(M, read_model, &bits);
	gf_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_a_model_knows_is_in_its_file),
		cmocka_unit_test(each_loss_keeps_its_number),
		cmocka_unit_test(the_column_of_the_offset_is_kept),
		cmocka_unit_test(impossible_numbers_of_losses_are_refused),
		cmocka_unit_test(classes_that_do_not_fit_the_loss_are_refused),
		cmocka_unit_test(columns_that_do_not_give_the_features_are_refused),
		cmocka_unit_test(metadata_with_a_bit_flipped_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

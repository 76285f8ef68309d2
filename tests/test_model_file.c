/* test_model_file.c: a model is saved and loaded as it is, and files that are no model are
 * refused. */
#include "damage.h"
#include "fixture_files.h"
#include "scratch.h"

#include "model.h"
#include "safetensors.h"
#include "texts.h"

#include <math.h>

#define M "m.safetensors"

static const float ONE[6] = {1, 2, 3, 4, 5, 6};

/* Writes a file of those tensors, with one piece of metadata unless key is NULL. */
static void write_file(
	const struct safetensors_tensor *tensors, size_t count, const char *key, const char *value)
{
	const struct safetensors_pair pair = {key, value};
	gf_error err = {0};

	if (safetensors_write(M, tensors, count, &pair, key ? 1 : 0, &err))
		fail_msg("%s", err.message);
}

static void assert_refused(const char *words)
{
	gf_model *model = (void *)1;
	gf_error err = {0};
	char message[512];

	snprintf(message, sizeof message, "%s: %s", M, words);
	assert_failure(gf_model_load(&model, M, &err), &err, GF_E_DATA, message);
	assert_null(model);
}

static void assert_tensors_refused(
	const struct safetensors_tensor *tensors, size_t count, const char *words)
{
	write_file(tensors, count, NULL, NULL);
	assert_refused(words);
}

/* A Linear(2, 1) with that metadata is refused. */
static void assert_metadata_refused(const char *key, const char *value, const char *words)
{
	const struct safetensors_tensor tensors[] = {
		{"weight", 2, {1, 2}, ONE}, {"bias", 1, {1}, ONE}};

	write_file(tensors, 2, key, value);
	assert_refused(words);
}

static void save_good(void)
{
	gf_model *model = new_model(3, 2);
	gf_error err = {0};

	init_params(model, 7);
	name_set(&model->feature_names[1], "a \"b\", \xc3\xa9", NULL);
	name_set(&model->target_names[0], "", NULL);
	if (gf_model_save(model, M, &err))
		fail_msg("%s", err.message);
	gf_model_free(model);
}

static void a_saved_model_loads_as_it_was(void **state)
{
	gf_model *wanted = new_model(3, 2), *found;

	(void)state;
	save_good();
	found = load_model(M);
	init_params(wanted, 7);
	assert_int_equal(gf_model_features(found), 3);
	assert_int_equal(gf_model_outputs(found), 2);
	assert_int_equal(gf_model_loss(found), GF_LOSS_mse);
	for (size_t i = 0; i < 8; i++)
		assert_same_float(found->params[i], wanted->params[i], "params", i);
	assert_string_equal(gf_model_feature_name(found, 0), "x1");
	assert_string_equal(gf_model_feature_name(found, 1), "a \"b\", \xc3\xa9");
	assert_string_equal(gf_model_target_name(found, 0), "");
	assert_string_equal(gf_model_target_name(found, 1), "y2");
	gf_model_free(found);
	gf_model_free(wanted);
}

static void the_file_has_what_other_programs_need(void **state)
{
	struct safetensors *file;
	gf_error err = {0};

	(void)state;
	save_good();
	assert_int_equal(safetensors_read(&file, M, &err), GF_OK);
	assert_string_equal(safetensors_at(file, 0)->name, "weight");
	assert_string_equal(safetensors_at(file, 1)->name, "bias");
	assert_string_equal(safetensors_metadata(file, "format"), "pt");
	assert_string_equal(safetensors_metadata(file, "gpufit_version"), GF_VERSION);
	assert_string_equal(safetensors_metadata(file, "loss"), "mse");
	assert_string_equal(safetensors_metadata(file, "features"),
		"[\"x1\",\"a \\\"b\\\", \xc3\xa9\",\"x3\"]");
	assert_string_equal(safetensors_metadata(file, "targets"), "[\"\",\"y2\"]");
	safetensors_free(file);
}

static void a_model_without_metadata_loads_with_names_by_number(void **state)
{
	const struct safetensors_tensor tensors[] = {
		{"bias", 1, {2}, ONE + 4}, {"weight", 2, {2, 2}, ONE}};
	gf_model *model;

	(void)state;
	write_file(tensors, 2, NULL, NULL);
	model = load_model(M);
	assert_same_float(gf_model_weight(model)[3], 4, "weight", 3);
	assert_same_float(gf_model_bias(model)[1], 6, "bias", 1);
	assert_int_equal(gf_model_loss(model), GF_LOSS_mse);
	assert_string_equal(gf_model_feature_name(model, 1), "x2");
	assert_string_equal(gf_model_target_name(model, 0), "y1");
	gf_model_free(model);
}

static void a_layer_with_a_prefix_loads(void **state)
{
	const struct safetensors_tensor tensors[] = {
		{"net.fc1.weight", 2, {1, 2}, ONE}, {"net.fc1.bias", 1, {1}, ONE + 2}};
	gf_model *model;

	(void)state;
	write_file(tensors, 2, "unknown", "metadata of others do not matter");
	model = load_model(M);
	assert_int_equal(gf_model_features(model), 2);
	assert_same_float(gf_model_bias(model)[0], 3, "bias", 0);
	gf_model_free(model);
}

static void a_file_without_a_weight_is_refused(void **state)
{
	const struct safetensors_tensor tensors[] = {
		{"bias", 1, {1}, ONE}, {"lightweight", 2, {1, 1}, ONE}, {"weight.x", 1, {1}, ONE}};

	(void)state;
	assert_tensors_refused(NULL, 0,
		"no tensor \"weight\", nor one whose name ends in \".weight\"; the tensors are: "
		"none");
	assert_tensors_refused(tensors, 3,
		"no tensor \"weight\", nor one whose name ends in \".weight\"; the tensors are: "
		"\"bias\", \"lightweight\", \"weight.x\"");
}

static void a_weight_beside_the_bias_of_another_is_refused(void **state)
{
	const struct safetensors_tensor tensors[] = {
		{"weight", 2, {1, 2}, ONE}, {"fc1.bias", 1, {1}, ONE}};
	const struct safetensors_tensor prefixed[] = {
		{"fc1.weight", 2, {1, 2}, ONE}, {"fc2.bias", 1, {1}, ONE}, {"bias", 1, {1}, ONE}};

	(void)state;
	assert_tensors_refused(
		tensors, 2, "no tensor \"bias\"; the tensors are: \"weight\", \"fc1.bias\"");
	assert_tensors_refused(prefixed, 3,
		"no tensor \"fc1.bias\"; the tensors are: \"fc1.weight\", \"fc2.bias\", \"bias\"");
}

static void more_than_one_layer_is_refused(void **state)
{
	const struct safetensors_tensor layers[] = {{"fc1.weight", 2, {1, 2}, ONE},
		{"fc1.bias", 1, {1}, ONE}, {"fc2.weight", 2, {1, 1}, ONE},
		{"fc2.bias", 1, {1}, ONE}};
	const struct safetensors_tensor more[] = {
		{"weight", 2, {1, 2}, ONE}, {"bias", 1, {1}, ONE}, {"mean", 1, {1}, ONE}};

	(void)state;
	assert_tensors_refused(layers, 4,
		"tensors \"fc1.weight\" and \"fc2.weight\", wanted a single linear layer, or the "
		"layers of an nn.Sequential, \"0.weight\", \"2.weight\", ...");
	assert_tensors_refused(more, 3,
		"3 tensors, wanted only \"weight\" and \"bias\"; the tensors are: \"weight\", "
		"\"bias\", \"mean\"");
}

static void a_weight_that_is_no_matrix_is_refused(void **state)
{
	struct safetensors_tensor tensors[] = {{"weight", 1, {3}, ONE}, {"bias", 1, {1}, ONE}};

	(void)state;
	assert_tensors_refused(
		tensors, 2, "tensor \"weight\": shape (3), wanted (outputs, features)");
	tensors[0] = (struct safetensors_tensor){"weight", 3, {1, 2, 3}, ONE};
	assert_tensors_refused(
		tensors, 2, "tensor \"weight\": shape (1, 2, 3), wanted (outputs, features)");
	tensors[0] = (struct safetensors_tensor){"weight", 2, {1, 0}, ONE};
	assert_tensors_refused(
		tensors, 2, "tensor \"weight\": shape (1, 0), wanted (outputs, features)");
	tensors[0] = (struct safetensors_tensor){"weight", 2, {0, 1}, ONE};
	assert_tensors_refused(
		tensors, 2, "tensor \"weight\": shape (0, 1), wanted (outputs, features)");
}

static void a_bias_that_does_not_fit_the_weight_is_refused(void **state)
{
	struct safetensors_tensor tensors[] = {{"weight", 2, {2, 1}, ONE}, {"bias", 1, {3}, ONE}};

	(void)state;
	assert_tensors_refused(tensors, 2, "tensor \"bias\": shape (3), wanted (2)");
	tensors[1] = (struct safetensors_tensor){"bias", 2, {2, 1}, ONE};
	assert_tensors_refused(tensors, 2, "tensor \"bias\": shape (2, 1), wanted (2)");
	tensors[1] = (struct safetensors_tensor){"bias", 0, {0}, ONE};
	assert_tensors_refused(tensors, 2, "tensor \"bias\": shape (), wanted (2)");
}

static void parameters_that_are_not_finite_are_refused_with_their_place(void **state)
{
	const float bad[6] = {1, 2, 3, 4, -NAN, 6}, inf[2] = {-INFINITY, INFINITY};
	struct safetensors_tensor tensors[] = {{"weight", 2, {2, 3}, bad}, {"bias", 1, {2}, ONE}};

	(void)state;
	assert_tensors_refused(
		tensors, 2, "tensor \"weight\": [1][1] is nan, wanted a finite number");
	tensors[0].values = ONE;
	tensors[1].values = inf;
	assert_tensors_refused(tensors, 2, "tensor \"bias\": [0] is -inf, wanted a finite number");
	tensors[1] = (struct safetensors_tensor){"bias", 1, {1}, inf + 1};
	tensors[0].shape[0] = 1;
	assert_tensors_refused(tensors, 2, "tensor \"bias\": [0] is inf, wanted a finite number");
}

static void an_unknown_loss_is_refused(void **state)
{
	(void)state;
	assert_metadata_refused("loss", "mean",
		"metadata \"loss\" is \"mean\", wanted one of: mse l1 smooth_l1 huber bce "
		"cross_entropy poisson hinge squared_hinge epsilon_insensitive quantile gamma "
		"tweedie");
}

static void a_weight_alone_is_a_model_without_a_bias(void **state)
{
	const struct safetensors_tensor tensors[] = {{"weight", 2, {2, 3}, ONE}};
	gf_model *model;

	(void)state;
	write_file(tensors, 1, NULL, NULL);
	model = load_model(M);
	assert_false(gf_model_has_bias(model));
	assert_same_float(gf_model_weight(model)[5], 6, "weight", 5);
	assert_same_float(gf_model_bias(model)[1], 0, "bias", 1);
	gf_model_free(model);
}

static void a_model_without_a_bias_is_saved_without_one(void **state)
{
	gf_model *model = new_model(3, 2);
	struct safetensors *file;
	gf_error err = {0};

	(void)state;
	model->no_bias = 1;
	init_params(model, 7);
	assert_same_float(gf_model_bias(model)[0], 0, "bias", 0);
	assert_int_equal(gf_model_save(model, M, &err), GF_OK);
	gf_model_free(model);
	assert_int_equal(safetensors_read(&file, M, &err), GF_OK);
	assert_int_equal(safetensors_count(file), 1);
	assert_string_equal(safetensors_at(file, 0)->name, "weight");
	safetensors_free(file);
}

static void names_that_are_no_list_are_refused(void **state)
{
	(void)state;
	assert_metadata_refused(
		"features", "x1,x2", "metadata \"features\" is not a JSON list: x1,x2");
	assert_metadata_refused("targets", "", "metadata \"targets\" is not a JSON list: ");
	assert_metadata_refused("targets", "{}", "metadata \"targets\" is not a JSON list: {}");
}

static void too_few_or_too_many_names_are_refused(void **state)
{
	(void)state;
	assert_metadata_refused(
		"features", "[\"a\"]", "metadata \"features\" has 1 names, wanted 2");
	assert_metadata_refused("targets", "[]", "metadata \"targets\" has 0 names, wanted 1");
}

static void names_that_are_no_strings_are_refused(void **state)
{
	(void)state;
	assert_metadata_refused(
		"features", "[\"a\", 2]", "metadata \"features\": name 2 is not a string");
}

static void a_damaged_safetensors_file_is_no_model(void **state)
{
	gf_model *model;
	gf_error err = {0};

	(void)state;
	assert_failure(gf_model_load(&model, "no/model", &err), &err, GF_E_NOINPUT,
		"no/model: cannot open: No such file or directory");
	scratch_write(M, "{}", 2);
	assert_refused("2 bytes, wanted at least 8, which give the header's length");
}

static void a_model_cut_at_any_byte_is_refused(void **state)
{
	(void)state;
	save_good();
	cut_at_any_byte(M, read_model);
}

static void a_model_with_any_bit_flipped_is_read_or_refused(void **state)
{
	size_t bits;

	(void)state;
	save_good();
	flip_any_bit(M, read_model, &bits);
}

static void a_model_that_cannot_be_saved_is_an_error(void **state)
{
	gf_model *model = new_model(1, 1);
	gf_error err = {0};

	(void)state;
	assert_failure(gf_model_save(model, "no/model", &err), &err, GF_E_CANTCREATE,
		"no/model: cannot create: No such file or directory");
	err = (gf_error){0};
	assert_failure(gf_model_save(model, "/dev/full", &err), &err, GF_E_IO,
		"/dev/full: cannot write: No space left on device");
	gf_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_model_loads_as_it_was),
		cmocka_unit_test(the_file_has_what_other_programs_need),
		cmocka_unit_test(a_model_without_metadata_loads_with_names_by_number),
		cmocka_unit_test(a_layer_with_a_prefix_loads),
		cmocka_unit_test(a_file_without_a_weight_is_refused),
		cmocka_unit_test(a_weight_beside_the_bias_of_another_is_refused),
		cmocka_unit_test(a_weight_alone_is_a_model_without_a_bias),
		cmocka_unit_test(a_model_without_a_bias_is_saved_without_one),
		cmocka_unit_test(more_than_one_layer_is_refused),
		cmocka_unit_test(a_weight_that_is_no_matrix_is_refused),
		cmocka_unit_test(a_bias_that_does_not_fit_the_weight_is_refused),
		cmocka_unit_test(parameters_that_are_not_finite_are_refused_with_their_place),
		cmocka_unit_test(an_unknown_loss_is_refused),
		cmocka_unit_test(names_that_are_no_list_are_refused),
		cmocka_unit_test(too_few_or_too_many_names_are_refused),
		cmocka_unit_test(names_that_are_no_strings_are_refused),
		cmocka_unit_test(a_damaged_safetensors_file_is_no_model),
		cmocka_unit_test(a_model_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_model_with_any_bit_flipped_is_read_or_refused),
		cmocka_unit_test(a_model_that_cannot_be_saved_is_an_error),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

/* test_network_file.c: a network is saved and loaded as nn.Sequential's state_dict names it, and
 * files that are no network are refused. */
#include "damage.h"
#include "fixture_files.h"
#include "scratch.h"

#include "model.h"
#include "safetensors.h"

#include <math.h>

#define M "m.safetensors"

static const struct hidden TWO_LAYERS = {
	.widths = {4, 2}, .count = 2, .activation = GF_ACTIVATION_silu};

/* 3 features, hidden layers of 4 and 2 units, 1 output. */
static gf_model *random_network(void)
{
	gf_model *model = new_network(3, &TWO_LAYERS, 1);

	init_params(model, 5);
	return model;
}

/* ---- saving ---- */

static void assert_tensor(const struct safetensors *file, size_t i, const char *name,
	const char *shape, const float *values, size_t count)
{
	const struct safetensors_tensor *found = safetensors_at(file, i);
	char text[SAFETENSORS_SHAPE_TEXT];

	assert_string_equal(found->name, name);
	assert_string_equal(safetensors_shape(found, text), shape);
	assert_memory_equal(found->values, values, count * sizeof *values);
}

static void a_network_is_saved_with_the_names_of_nn_sequential(void **state)
{
	gf_model *model = random_network();
	const float *p = model->params;
	struct safetensors *file;

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	assert_int_equal(safetensors_read(&file, M, NULL), GF_OK);
	assert_int_equal(safetensors_count(file), 6);
	assert_tensor(file, 0, "0.weight", "(4, 3)", p, 12);
	assert_tensor(file, 1, "0.bias", "(4)", p + 12, 4);
	assert_tensor(file, 2, "2.weight", "(2, 4)", p + 16, 8);
	assert_tensor(file, 3, "2.bias", "(2)", p + 24, 2);
	assert_tensor(file, 4, "4.weight", "(1, 2)", p + 26, 2);
	assert_tensor(file, 5, "4.bias", "(1)", p + 28, 1);
	assert_string_equal(safetensors_metadata(file, "activation"), "silu");
	assert_null(safetensors_metadata(file, "negative_slope"));
	safetensors_free(file);
	gf_model_free(model);
}

static void a_network_without_biases_is_saved_without_them(void **state)
{
	gf_model *model = new_network(3, &TWO_LAYERS, 1);
	struct safetensors *file;

	(void)state;
	model->no_bias = 1;
	init_params(model, 5);
	model = save_and_load(model);
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	assert_int_equal(safetensors_read(&file, M, NULL), GF_OK);
	assert_int_equal(safetensors_count(file), 3);
	assert_string_equal(safetensors_at(file, 2)->name, "4.weight");
	assert_false(gf_model_has_bias(model));
	assert_same_float(gf_model_layer(model, 1).bias[1], 0.0f, "bias", 1);
	safetensors_free(file);
	gf_model_free(model);
}

static void a_linear_model_names_no_activation(void **state)
{
	gf_model *model = new_model(2, 1);
	struct safetensors *file;

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	assert_int_equal(safetensors_read(&file, M, NULL), GF_OK);
	assert_null(safetensors_metadata(file, "activation"));
	safetensors_free(file);
	gf_model_free(model);
}

/* ---- loading what was saved ---- */

static void a_saved_network_loads_as_it_was(void **state)
{
	(void)state;
	for (gf_activation a = 0; a < GF_ACTIVATION_COUNT; a++) {
		struct hidden hidden = TWO_LAYERS;
		gf_model *wanted, *found;

		hidden.activation = a;
		hidden.negative_slope = 0.1;
		wanted = new_network(3, &hidden, 2);
		init_params(wanted, 7);
		assert_int_equal(gf_model_save(wanted, M, NULL), GF_OK);
		found = load_model(M);
		assert_int_equal(gf_model_layers(found), 3);
		assert_int_equal(gf_model_activation(found), a);
		if (a == GF_ACTIVATION_leaky_relu)
			assert_true(gf_model_negative_slope(found) == 0.1);
		assert_memory_equal(found->params, wanted->params,
			model_params(wanted) * sizeof *wanted->params);
		gf_model_free(found);
		gf_model_free(wanted);
	}
}

static void a_network_cut_at_any_byte_is_refused(void **state)
{
	gf_model *model = random_network();

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	cut_at_any_byte(M, read_model);
	gf_model_free(model);
}

static void a_network_with_any_bit_flipped_is_read_or_refused(void **state)
{
	gf_model *model = random_network();
	size_t bits;

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	flip_any_bit(M, read_model, &bits);
	gf_model_free(model);
}

/* ---- files of other programs ---- */

/* The file that safetensors.torch.save_file of safetensors 0.8.0 and torch 2.15.0 writes for
 * nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)).state_dict(). */
static void write_pytorch(void)
{
	static const char header[] =
		"\xf8\0\0\0\0\0\0\0"
		"{\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
		"\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]},"
		"\"2.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]},"
		"\"2.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[28,36]}}  ";
	const float numbers[] = {0.25f, -0.5f, 1, 2, -3, 4, 0.125f, 1, -1};
	char bytes[sizeof header - 1 + sizeof numbers];

	memcpy(bytes, header, sizeof header - 1);
	memcpy(bytes + sizeof header - 1, numbers, sizeof numbers);
	scratch_write(M, bytes, sizeof bytes);
}

static void a_network_of_pytorch_loads_but_for_its_activation(void **state)
{
	const float wanted[] = {1, 2, -3, 4, 0.25f, -0.5f, 1, -1, 0.125f};
	gf_model *model;

	(void)state;
	write_pytorch();
	model = load_model(M);
	assert_int_equal(gf_model_layers(model), 2);
	assert_memory_equal(model->params, wanted, sizeof wanted);
	assert_int_equal(gf_model_activation(model), GF_ACTIVATION_COUNT);
	assert_int_equal(gf_model_set_activation(model, GF_ACTIVATION_tanh, 0, NULL), GF_OK);
	assert_int_equal(gf_model_activation(model), GF_ACTIVATION_tanh);
	gf_model_free(model);
}

static void an_activation_that_is_not_known_is_not_saved(void **state)
{
	gf_model *model;

	(void)state;
	write_pytorch();
	model = save_and_load(load_model(M));
	assert_int_equal(gf_model_activation(model), GF_ACTIVATION_COUNT);
	gf_model_free(model);
}

static void an_activation_is_said_once(void **state)
{
	struct hidden hidden = TWO_LAYERS;
	gf_model *linear = new_model(1, 1), *model = random_network(), *leaky;
	gf_error err = {0};

	(void)state;
	assert_failure(gf_model_set_activation(linear, GF_ACTIVATION_tanh, 0, &err), &err,
		GF_E_USAGE, "activation tanh: the model has no hidden layers");
	assert_int_equal(gf_model_set_activation(model, GF_ACTIVATION_silu, 0.5, NULL), GF_OK);
	assert_failure(gf_model_set_activation(model, GF_ACTIVATION_tanh, 0, &err), &err,
		GF_E_USAGE, "activation tanh: the model's file says silu");
	assert_failure(gf_model_set_activation(model, GF_ACTIVATION_COUNT, 0, &err), &err,
		GF_E_USAGE,
		"activation is 7 and negative_slope is 0; wanted: a word of its list and a finite "
		"number");
	hidden.activation = GF_ACTIVATION_leaky_relu;
	hidden.negative_slope = 0.25;
	leaky = new_network(1, &hidden, 1);
	assert_failure(gf_model_set_activation(leaky, GF_ACTIVATION_leaky_relu, 0.01, &err), &err,
		GF_E_USAGE, "negative_slope 0.01: the model's file says 0.25");
	gf_model_free(leaky);
	gf_model_free(model);
	gf_model_free(linear);
}

static const float N[16] = {1, 2, 3, 4, 5, 6, 7, 8};

/* The tensors of a network of 3 features, 2 hidden units and 1 output. */
/* clang-format off */
#define W0 {"0.weight", 2, {2, 3}, N}
#define B0 {"0.bias", 1, {2}, N}
#define W2 {"2.weight", 2, {1, 2}, N}
#define B2 {"2.bias", 1, {1}, N}
/* clang-format on */

static void write_tensors(const struct safetensors_tensor *tensors, size_t count,
	const struct safetensors_pair *pairs, size_t pair_count)
{
	gf_error err = {0};

	if (safetensors_write(M, tensors, count, pairs, pair_count, &err))
		fail_msg("%s", err.message);
}

static void assert_refused(
	const struct safetensors_tensor *tensors, size_t count, const char *words)
{
	gf_model *model = (void *)1;
	gf_error err = {0};
	char message[512];

	write_tensors(tensors, count, NULL, 0);
	snprintf(message, sizeof message, M ": %s", words);
	assert_failure(gf_model_load(&model, M, &err), &err, GF_E_DATA, message);
	assert_null(model);
}

#define ASSERT_REFUSED(words, ...)                                         \
	do {                                                               \
		const struct safetensors_tensor tensors[] = {__VA_ARGS__}; \
                                                                           \
		assert_refused(tensors, COUNT(tensors), words);            \
	} while (0)

static void the_layers_may_have_one_prefix(void **state)
{
	const struct safetensors_tensor tensors[] = {{"net.2.weight", 2, {1, 2}, N},
		{"net.0.bias", 1, {2}, N + 4}, {"net.2.bias", 1, {1}, N + 6},
		{"net.0.weight", 2, {2, 3}, N}};
	gf_model *model;

	(void)state;
	write_tensors(tensors, 4, NULL, 0);
	model = load_model(M);
	assert_int_equal(gf_model_features(model), 3);
	assert_int_equal(gf_model_outputs(model), 1);
	assert_int_equal(gf_model_layer(model, 0).outputs, 2);
	assert_same_float(gf_model_layer(model, 0).bias[1], 6, "bias", 1);
	assert_null(gf_model_weight(model));
	gf_model_free(model);
}

#define NOT_ONE(last)                                                                           \
	": wanted only linear layers as the modules 0, 2, 4, ... of an nn.Sequential, at most " \
	"16, with an activation between them; \"" last "\" is the last that was found"

static void tensors_beside_the_layers_are_refused(void **state)
{
	(void)state;
	ASSERT_REFUSED("tensor \"1.weight\"" NOT_ONE("0.weight"), W0, B0,
		{"1.weight", 2, {1, 2}, N}, {"1.bias", 1, {1}, N});
	ASSERT_REFUSED("tensor \"3.weight\"" NOT_ONE("0.weight"), W0, B0,
		{"3.weight", 2, {1, 2}, N}, {"3.bias", 1, {1}, N});
	ASSERT_REFUSED("tensor \"1.running_mean\"" NOT_ONE("2.weight"), W0, B0,
		{"1.running_mean", 1, {2}, N}, W2, B2);
	ASSERT_REFUSED(
		"tensor \"4.bias\"" NOT_ONE("2.weight"), W0, B0, W2, B2, {"4.bias", 1, {1}, N});
	ASSERT_REFUSED("tensor \"net.2.weight\"" NOT_ONE("0.weight"), W0, B0,
		{"net.2.weight", 2, {1, 2}, N});
	ASSERT_REFUSED("tensor \"02.weight\"" NOT_ONE("0.weight"), W0, {"02.weight", 2, {1, 2}, N});
}

static void layers_in_no_known_order_are_refused(void **state)
{
	(void)state;
	ASSERT_REFUSED("tensors \"1.weight\" and \"3.weight\", wanted a single linear layer, or "
		       "the layers of an nn.Sequential, \"0.weight\", \"2.weight\", ...",
		{"1.weight", 2, {1, 2}, N}, {"3.weight", 2, {1, 1}, N});
	ASSERT_REFUSED("tensors \"fc10.weight\" and \"fc20.weight\", wanted a single linear "
		       "layer, or the layers of an nn.Sequential, \"0.weight\", \"2.weight\", ...",
		{"fc10.weight", 2, {1, 2}, N}, {"fc20.weight", 2, {1, 1}, N});
}

static void layers_that_do_not_fit_each_other_are_refused(void **state)
{
	(void)state;
	ASSERT_REFUSED("tensor \"2.weight\": shape (1, 3), wanted (outputs, 2): \"0.weight\" has 2 "
		       "outputs",
		W0, B0, {"2.weight", 2, {1, 3}, N}, B2);
	ASSERT_REFUSED(
		"tensor \"2.bias\": shape (2), wanted (1)", W0, B0, W2, {"2.bias", 1, {2}, N});
	ASSERT_REFUSED("tensor \"2.weight\": shape (2), wanted (outputs, inputs)", W0, B0,
		{"2.weight", 1, {2}, N}, B2);
	ASSERT_REFUSED("tensor \"0.weight\": shape (2, 0), wanted (outputs, features)",
		{"0.weight", 2, {2, 0}, N}, B0, W2, B2);
}

static void biases_of_some_layers_only_are_refused(void **state)
{
	(void)state;
	ASSERT_REFUSED("\"2.weight\" has no bias, but \"0.weight\" has one, wanted one for every "
		       "layer or for none",
		W0, B0, W2);
	ASSERT_REFUSED("\"0.weight\" has no bias, but \"2.weight\" has one, wanted one for every "
		       "layer or for none",
		W0, W2, B2);
}

static void a_network_of_more_than_16_layers_is_refused(void **state)
{
	struct safetensors_tensor tensors[17];
	char names[17][16];

	(void)state;
	for (size_t i = 0; i < 17; i++) {
		snprintf(names[i], sizeof names[i], "%zu.weight", 2 * i);
		tensors[i] = (struct safetensors_tensor){names[i], 2, {2, 2}, N};
	}
	assert_refused(tensors, 17, "tensor \"32.weight\"" NOT_ONE("30.weight"));
	write_tensors(tensors, 16, NULL, 0);
	gf_model_free(load_model(M));
}

static void numbers_that_are_not_finite_are_refused_with_their_place(void **state)
{
	const float bad[] = {1, (float)INFINITY};

	(void)state;
	ASSERT_REFUSED("tensor \"2.weight\": [0][1] is inf, wanted a finite number", W0, B0,
		{"2.weight", 2, {1, 2}, bad}, B2);
	ASSERT_REFUSED("tensor \"0.bias\": [1] is inf, wanted a finite number", W0,
		{"0.bias", 1, {2}, bad}, W2, B2);
}

/* ---- metadata ---- */

static gf_status load_with(
	gf_model **model, const char *activation, const char *slope, gf_error *err)
{
	const struct safetensors_tensor tensors[] = {W0, B0, W2, B2};
	const struct safetensors_pair pairs[] = {
		{"activation", activation}, {"negative_slope", slope}};

	write_tensors(tensors, 4, pairs, slope ? 2 : 1);
	*err = (gf_error){0};
	return gf_model_load(model, M, err);
}

static void the_activation_may_be_in_the_metadata(void **state)
{
	gf_model *model;
	gf_error err;

	(void)state;
	assert_int_equal(load_with(&model, "gelu_tanh", NULL, &err), GF_OK);
	assert_int_equal(gf_model_activation(model), GF_ACTIVATION_gelu_tanh);
	gf_model_free(model);
	assert_int_equal(load_with(&model, "leaky_relu", NULL, &err), GF_OK);
	assert_true(gf_model_negative_slope(model) == 0.01);
	gf_model_free(model);
	assert_int_equal(load_with(&model, "leaky_relu", "-2.5", &err), GF_OK);
	assert_true(gf_model_negative_slope(model) == -2.5);
	gf_model_free(model);
}

static void an_unknown_activation_is_refused(void **state)
{
	gf_model *model;
	gf_error err;

	(void)state;
	assert_failure(load_with(&model, "softmax", NULL, &err), &err, GF_E_DATA,
		M ": metadata \"activation\" is \"softmax\", wanted one of: relu tanh sigmoid gelu "
		  "gelu_tanh leaky_relu silu");
	assert_failure(load_with(&model, "leaky_relu", "1e39", &err), &err, GF_E_DATA,
		M ": metadata \"negative_slope\" is \"1e39\", which is not a number that a float "
		  "can hold");
	assert_failure(load_with(&model, "leaky_relu", "steep", &err), &err, GF_E_DATA,
		M ": metadata \"negative_slope\" is \"steep\", which is not a number that a float "
		  "can hold");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_is_saved_with_the_names_of_nn_sequential),
		cmocka_unit_test(a_network_without_biases_is_saved_without_them),
		cmocka_unit_test(a_linear_model_names_no_activation),
		cmocka_unit_test(a_saved_network_loads_as_it_was),
		cmocka_unit_test(a_network_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_network_with_any_bit_flipped_is_read_or_refused),
		cmocka_unit_test(a_network_of_pytorch_loads_but_for_its_activation),
		cmocka_unit_test(an_activation_that_is_not_known_is_not_saved),
		cmocka_unit_test(an_activation_is_said_once),
		cmocka_unit_test(the_layers_may_have_one_prefix),
		cmocka_unit_test(tensors_beside_the_layers_are_refused),
		cmocka_unit_test(layers_in_no_known_order_are_refused),
		cmocka_unit_test(layers_that_do_not_fit_each_other_are_refused),
		cmocka_unit_test(biases_of_some_layers_only_are_refused),
		cmocka_unit_test(a_network_of_more_than_16_layers_is_refused),
		cmocka_unit_test(numbers_that_are_not_finite_are_refused_with_their_place),
		cmocka_unit_test(the_activation_may_be_in_the_metadata),
		cmocka_unit_test(an_unknown_activation_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

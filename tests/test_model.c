/* test_model.c: new models, their initial parameters and names, and the words of options. */
#include "basics.h"
#include "scratch.h"

#include "catalog.h"
#include "dataset.h"
#include "model.h"

/* ---- a new model ---- */

static void a_new_model_is_all_zeros_with_names_by_number(void **state)
{
	gf_model *model = new_model(3, 2);

	(void)state;
	assert_int_equal(gf_model_features(model), 3);
	assert_int_equal(gf_model_outputs(model), 2);
	assert_int_equal(gf_model_loss(model), GF_LOSS_mse);
	for (size_t i = 0; i < 8; i++)
		assert_same_float(model->params[i], 0, "params", i);
	assert_ptr_equal(gf_model_weight(model), model->params);
	assert_ptr_equal(gf_model_bias(model), model->params + 6);
	assert_string_equal(gf_model_feature_name(model, 0), "x1");
	assert_string_equal(gf_model_feature_name(model, 2), "x3");
	assert_string_equal(gf_model_target_name(model, 1), "y2");
	gf_model_free(model);
}

static void a_single_feature_and_output_have_names_without_a_number(void **state)
{
	gf_model *model = new_model(1, 1);

	(void)state;
	assert_string_equal(gf_model_feature_name(model, 0), "x");
	assert_string_equal(gf_model_target_name(model, 0), "y");
	gf_model_free(model);
}

static void an_impossible_model_is_refused(void **state)
{
	gf_model *model = (void *)1;
	gf_error err = {0};

	(void)state;
	assert_failure(model_new(&model, 0, 1, &err), &err, GF_E_USAGE,
		"cannot make a model of 0 features and 1 outputs");
	assert_null(model);
	err = (gf_error){0};
	assert_failure(model_new(&model, 1, 0, &err), &err, GF_E_USAGE,
		"cannot make a model of 1 features and 0 outputs");
	err = (gf_error){0};
	assert_failure(model_new(&model, SIZE_MAX, 1, &err), &err, GF_E_USAGE,
		"cannot make a model of 18446744073709551615 features and 1 outputs");
}

static void freeing_null_does_nothing(void **state)
{
	(void)state;
	gf_model_free(NULL);
}

/* ---- the start ---- */

/* torch 2.15.0: torch.manual_seed(seed); nn.Linear(features, outputs); weight.flatten(), then
 * bias.  The hash is of all parameters; of more than 18 parameters only the last ones are
 * listed. */
static const struct start {
	uint64_t seed;
	size_t features, outputs;
	uint64_t hash;
	size_t count;
	float tail[18];
} STARTS[] = {
	{0, 1, 1, 0x90bd9c07b7f78d67u, 2, {-0x1.eaa8p-8f, 0x1.12a8bcp-1f}},
	{1, 1, 1, 0xf557ecb0e164a392u, 2, {0x1.07d094p-1f, -0x1.c3f8a8p-2f}},
	{42, 1, 1, 0x5e40c7e633b96ba5u, 2, {0x1.877198p-1f, 0x1.a8f6ccp-1f}},
	{4294967301u, 1, 1, 0x99b9f43e52902d59u, 2, {0x1.522d8cp-1f, -0x1.7edcc8p-1f}},
	{0, 3, 2, 0x81460898ba60e230u, 8,
		{-0x1.1b47dp-8f, 0x1.3d2626p-2f, -0x1.e696fcp-2f, -0x1.b31792p-2f, -0x1.c76962p-3f,
			0x1.3d12a6p-3f, -0x1.76d68p-7f, 0x1.d4c2f4p-2f}},
	{1, 3, 2, 0x9d49175cc61aaae1u, 8,
		{0x1.30a086p-2f, -0x1.04f21cp-2f, -0x1.ca72e6p-4f, 0x1.157e7ap-2f, -0x1.164ab8p-1f,
			0x1.628e8ep-2f, -0x1.e68134p-4f, 0x1.2cc5d4p-2f}},
	{42, 3, 2, 0xd4d2b8dca71d2c69u, 8,
		{0x1.c40012p-2f, 0x1.eab4cap-2f, -0x1.1501c4p-3f, 0x1.0f8b68p-1f, -0x1.03122cp-3f,
			0x1.dd3334p-4f, -0x1.1fd4fap-2f, 0x1.5b3496p-2f}},
	{4294967301u, 3, 2, 0xa4ddc6f89c481c17u, 8,
		{0x1.867e84p-2f, -0x1.ba1768p-2f, 0x1.e1cc3p-2f, 0x1.7a4936p-2f, 0x1.f0bc64p-2f,
			-0x1.c548a8p-2f, -0x1.8cd3f4p-2f, 0x1.1951aep-2f}},
	{0, 17, 1, 0x4b8808fc7e91f8f4u, 18,
		{-0x1.dc01a8p-10f, 0x1.0a755ep-3f, -0x1.98d132p-3f, -0x1.6d8ceap-3f, -0x1.7e9f5p-4f,
			0x1.0a64fcp-4f, -0x1.3aed44p-8f, 0x1.89d6a6p-3f, -0x1.60a47cp-6f,
			0x1.06df7ap-4f, -0x1.2c39eep-4f, -0x1.868bdap-5f, -0x1.da88b2p-3f,
			-0x1.48f6dp-3f, -0x1.99835ap-4f, 0x1.26667ep-7f, 0x1.88bc7ap-4f,
			0x1.2a0a02p-3f}},
	{1, 17, 1, 0x59fd6a55998ea36fu, 18,
		{0x1.ffe036p-4f, -0x1.b67ap-4f, -0x1.812c8ep-5f, 0x1.d24884p-4f, -0x1.d39fb8p-3f,
			0x1.29e328p-3f, -0x1.98bee6p-5f, 0x1.f9663cp-4f, 0x1.1434c6p-5f,
			-0x1.e68e88p-6f, 0x1.13899ap-4f, 0x1.880f4ep-7f, 0x1.6ad3bep-4f,
			-0x1.83239ap-4f, -0x1.21b7c2p-6f, -0x1.65bdfp-6f, 0x1.1ffb6ep-5f,
			-0x1.fbf9c8p-11f}},
	{42, 17, 1, 0x58fdc975b2d728e8u, 18,
		{0x1.7bc196p-3f, 0x1.9c4692p-3f, -0x1.d176f6p-5f, 0x1.c8494p-3f, -0x1.b3538ap-5f,
			0x1.90ed9ep-5f, -0x1.e3a786p-4f, 0x1.23b5fep-3f, 0x1.b5dfbp-3f,
			-0x1.6c6712p-3f, 0x1.afbdb2p-3f, 0x1.73db98p-5f, 0x1.6ef9d6p-3f,
			0x1.0d149ap-5f, 0x1.df04a6p-4f, -0x1.18868ep-5f, 0x1.7ee8b2p-3f,
			0x1.25aca6p-5f}},
	{4294967301u, 17, 1, 0x8db54088dfc9fc6au, 18,
		{0x1.4814aep-3f, -0x1.736e5cp-3f, 0x1.94ca7cp-3f, 0x1.3dd2e4p-3f, 0x1.a15776p-3f,
			-0x1.7cd5a6p-3f, -0x1.4d66f4p-3f, 0x1.d8b5e8p-4f, -0x1.cfaacp-3f,
			0x1.eaef98p-3f, 0x1.a6ea62p-5f, 0x1.00964ap-5f, -0x1.a8c6dcp-3f,
			0x1.3c9538p-4f, 0x1.ab2f4p-4f, 0x1.3b396cp-5f, 0x1.ddc3e8p-3f,
			0x1.2a57cep-4f}},
	{0, 64, 10, 0xbe7bab4b9681c8d3u, 4,
		{-0x1.29ba4cp-4f, 0x1.a51eccp-4f, -0x1.974cdcp-4f, -0x1.eca4bp-6f}},
	{1, 64, 10, 0xf5e35509fa83c13du, 4,
		{-0x1.95e518p-4f, 0x1.e3b83p-4f, -0x1.c32df8p-4f, -0x1.50a5ap-5f}},
	{42, 64, 10, 0x46f0e27d28637136u, 4,
		{0x1.4dfbap-5f, -0x1.a4c8p-6f, -0x1.be5e2p-7f, -0x1.ce5a2p-5f}},
	{4294967301u, 64, 10, 0xa8515ce5492146acu, 4,
		{-0x1.f97eb4p-4f, 0x1.5d816cp-4f, -0x1.3d76e8p-4f, -0x1.ad12e4p-4f}},
};

/* FNV-1a over the bits of the values, little-endian. */
static uint64_t hash_of(const float *values, size_t count)
{
	uint32_t *bits = malloc(count * sizeof *bits);
	uint64_t hash;

	assert_non_null(bits);
	memcpy(bits, values, count * sizeof *bits);
	hash = hash_numbers(bits, count);
	free(bits);
	return hash;
}

static void the_start_is_that_of_pytorch_bit_for_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof STARTS / sizeof STARTS[0]; i++) {
		const struct start *s = &STARTS[i];
		gf_model *model = new_model(s->features, s->outputs);
		size_t params = model_params(model);
		uint64_t hash;

		init_params(model, s->seed);
		for (size_t j = 0; j < s->count; j++) {
			size_t place = params - s->count + j;

			assert_same_float(model->params[place], s->tail[j], "params", place);
		}
		hash = hash_of(model->params, params);
		if (hash != s->hash)
			fail_msg("Linear(%zu, %zu), seed %llu: hash %016llx, wanted %016llx",
				s->features, s->outputs, (unsigned long long)s->seed,
				(unsigned long long)hash, (unsigned long long)s->hash);
		gf_model_free(model);
	}
}

/* torch 2.15.0: torch.manual_seed(seed); nn.Linear(D, H1), nn.Linear(H1, H2), ...; of each its
 * weight.flatten(), then its bias.  The last four and the hash of all parameters. */
static const struct network_start {
	uint64_t seed;
	size_t features, outputs;
	struct hidden hidden;
	uint64_t hash;
	float tail[4];
} NETWORK_STARTS[] = {
	{0, 3, 1, {.widths = {2}, .count = 1}, 0xa6886e6f6176e0f1u,
		{0x1.d4c2f4p-2f, -0x1.0107bcp-4f, 0x1.7f332ep-3f, -0x1.b5a6bap-3f}},
	{4294967301u, 3, 1, {.widths = {2}, .count = 1}, 0x364a609df309246cu,
		{0x1.1951aep-2f, -0x1.51f3d6p-1f, 0x1.65d3f6p-1f, 0x1.344002p-3f}},
	{0, 64, 10, {.widths = {16}, .count = 1}, 0x5af2802f799aca14u,
		{-0x1.4680cp-3f, 0x1.eb4398p-3f, -0x1.69c1p-6f, -0x1.53a16p-3f}},
	{42, 5, 3, {.widths = {7, 4}, .count = 2}, 0xdbd79e4adc4ed7b1u,
		{-0x1.e5fdep-4f, 0x1.24e334p-2f, -0x1.8dcecp-2f, -0x1.026174p-2f}},
	{1, 784, 10, {.widths = {128, 64}, .count = 2}, 0xf0b3eae815a3631du,
		{-0x1.62f7fp-6f, -0x1.980c3p-4f, -0x1.aff574p-4f, -0x1.08c27p-4f}},
};

static void a_network_starts_as_pytorch_layer_by_layer_bit_for_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof NETWORK_STARTS / sizeof NETWORK_STARTS[0]; i++) {
		const struct network_start *s = &NETWORK_STARTS[i];
		gf_model *model = new_network(s->features, &s->hidden, s->outputs);
		const size_t params = model_params(model);

		init_params(model, s->seed);
		for (size_t j = 0; j < 4; j++)
			assert_same_float(model->params[params - 4 + j], s->tail[j], "tail", j);
		assert_true(hash_of(model->params, params) == s->hash);
		gf_model_free(model);
	}
}

static void a_start_from_zeros_overwrites_the_parameters(void **state)
{
	gf_model *model = new_model(5, 2);

	(void)state;
	init_params(model, 1);
	assert_int_equal(model_init(model, GF_INIT_zeros, NULL, NULL), GF_OK);
	for (size_t i = 0; i < 12; i++)
		assert_same_float(model->params[i], 0, "params", i);
	gf_model_free(model);
}

static void the_start_of_the_notebook_is_the_recorded_one(void **state)
{
	gf_model *model = new_model(1, 1);

	(void)state;
	assert_int_equal(model_init(model, GF_INIT_notebook, NULL, NULL), GF_OK);
	/* doubles, as the notebook printed its floats */
	assert_true((double)model->params[0] == 0.44418656826019287);
	assert_true((double)model->params[1] == 0.5152027606964111);
	gf_model_free(model);
}

static void the_start_of_the_notebook_fits_only_its_shape(void **state)
{
	gf_model *model = new_model(2, 1);
	gf_error err = {0};

	(void)state;
	assert_failure(model_init(model, GF_INIT_notebook, NULL, &err), &err, GF_E_USAGE,
		"the notebook's start is for 1 feature and 1 output, not for 2 and 1");
	gf_model_free(model);
}

static void a_network_starts_neither_from_zeros_nor_as_the_notebook(void **state)
{
	const struct hidden hidden = {.widths = {2}, .count = 1};
	gf_model *model = new_network(1, &hidden, 1);
	gf_error err = {0};

	(void)state;
	assert_failure(model_init(model, GF_INIT_zeros, NULL, &err), &err, GF_E_USAGE,
		"a network cannot start from zeros: its hidden units would all have the same "
		"gradient and stay equal");
	err = (gf_error){0};
	assert_failure(model_init(model, GF_INIT_notebook, NULL, &err), &err, GF_E_USAGE,
		"the notebook's start is for a linear model, not for a network");
	gf_model_free(model);
}

static void an_unknown_start_is_refused(void **state)
{
	gf_model *model = new_model(1, 1);
	gf_error err = {0};

	(void)state;
	assert_failure(model_init(model, (gf_init)GF_INIT_COUNT, NULL, &err), &err, GF_E_USAGE,
		"no such initialisation: 3");
	gf_model_free(model);
}

/* ---- names ---- */

static void names_come_from_the_data(void **state)
{
	char *features[] = {"size", "rooms"}, *targets[] = {"price"};
	const gf_dataset data = {
		.features = 2, .outputs = 1, .feature_names = features, .target_names = targets};
	gf_model *model = new_model(2, 1);

	(void)state;
	assert_int_equal(model_copy_names(model, &data, NULL), GF_OK);
	assert_string_equal(gf_model_feature_name(model, 0), "size");
	assert_string_equal(gf_model_feature_name(model, 1), "rooms");
	assert_string_equal(gf_model_target_name(model, 0), "price");
	assert_ptr_not_equal(gf_model_target_name(model, 0), targets[0]);
	gf_model_free(model);
}

static void data_without_targets_leave_the_names_of_targets_as_they_are(void **state)
{
	char *features[] = {"size"};
	const gf_dataset data = {.features = 1, .outputs = 0, .feature_names = features};
	gf_model *model = new_model(1, 2);

	(void)state;
	assert_int_equal(model_copy_names(model, &data, NULL), GF_OK);
	assert_string_equal(gf_model_feature_name(model, 0), "size");
	assert_string_equal(gf_model_target_name(model, 1), "y2");
	gf_model_free(model);
}

static void data_with_another_number_of_features_give_no_names(void **state)
{
	const gf_dataset wide = {.features = 3, .outputs = 1}, flat = {.features = 2, .outputs = 4};
	gf_model *model = new_model(2, 1);
	gf_error err = {0};

	(void)state;
	assert_failure(model_copy_names(model, &wide, &err), &err, GF_E_DATA,
		"data of 3 features and 1 outputs, wanted 2 and 1");
	err = (gf_error){0};
	assert_failure(model_copy_names(model, &flat, &err), &err, GF_E_DATA,
		"data of 2 features and 4 outputs, wanted 2 and 1");
	gf_model_free(model);
}

/* ---- words ---- */

#define ASSERT_LOSS(word, help)                                \
	assert_string_equal(loss_word(GF_LOSS_##word), #word); \
	assert_true(loss_parse(#word, &loss));                 \
	assert_int_equal(loss, GF_LOSS_##word);
#define ASSERT_OPTIMIZER(word, help) \
	assert_string_equal(optimizer_word(GF_OPTIMIZER_##word), #word);
#define ASSERT_ENGINE(word, help) assert_string_equal(engine_word(GF_ENGINE_##word), #word);

static void every_word_is_found_in_its_list(void **state)
{
	gf_loss loss;

	(void)state;
	GF_LOSS_LIST(ASSERT_LOSS)
	GF_OPTIMIZER_LIST(ASSERT_OPTIMIZER)
	GF_ENGINE_LIST(ASSERT_ENGINE)
}

static void a_word_in_no_list_is_not_found(void **state)
{
	gf_loss loss = GF_LOSS_COUNT;

	(void)state;
	assert_false(loss_parse("", &loss));
	assert_false(loss_parse("MSE", &loss));
	assert_false(loss_parse("mse ", &loss));
	assert_int_equal(loss, GF_LOSS_COUNT);
}

/* ---- networks ---- */

static void the_layers_of_a_network_follow_each_other_in_one_block(void **state)
{
	const struct hidden hidden = {{4, 3}, 2, GF_ACTIVATION_tanh, 0.01};
	static const struct {
		size_t inputs, outputs, weight, bias;
	} wanted[] = {{2, 4, 0, 8}, {4, 3, 12, 24}, {3, 1, 27, 30}};
	gf_model *model = NULL;

	(void)state;
	assert_int_equal(model_new_network(&model, 2, &hidden, 1, NULL), GF_OK);
	assert_int_equal(gf_model_layers(model), COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		const gf_layer layer = gf_model_layer(model, i);

		assert_int_equal(layer.inputs, wanted[i].inputs);
		assert_int_equal(layer.outputs, wanted[i].outputs);
		assert_ptr_equal(layer.weight, model->params + wanted[i].weight);
		assert_ptr_equal(layer.bias, model->params + wanted[i].bias);
	}
	assert_int_equal(gf_model_layer(model, COUNT(wanted)).inputs, 0);
	assert_int_equal(gf_model_activation(model), GF_ACTIVATION_tanh);
	assert_null(gf_model_weight(model));
	assert_null(gf_model_bias(model));
	gf_model_free(model);
}

/* A layer of 16 inputs draws within 1/4, so its bounds tell the layers apart; a layer without
 * biases draws no numbers for them. */
static void each_layer_of_a_network_draws_as_a_linear_model_of_its_shape(void **state)
{
	const struct hidden hidden = {{16}, 1, GF_ACTIVATION_relu, 0.01};

	(void)state;
	for (int no_bias = 0; no_bias < 2; no_bias++) {
		struct rng one, other;
		gf_model *network = NULL, *first = NULL, *last = NULL;

		rng_seed(&one, 3);
		rng_seed(&other, 3);
		assert_int_equal(model_new_network(&network, 2, &hidden, 3, NULL), GF_OK);
		assert_int_equal(model_new(&first, 2, 16, NULL), GF_OK);
		assert_int_equal(model_new(&last, 16, 3, NULL), GF_OK);
		network->no_bias = first->no_bias = last->no_bias = no_bias;
		assert_int_equal(model_init(network, GF_INIT_pytorch, &one, NULL), GF_OK);
		assert_int_equal(model_init(first, GF_INIT_pytorch, &other, NULL), GF_OK);
		assert_int_equal(model_init(last, GF_INIT_pytorch, &other, NULL), GF_OK);
		assert_memory_equal(network->params, first->params, 48 * sizeof(float));
		assert_memory_equal(network->params + 48, last->params, 51 * sizeof(float));
		gf_model_free(network);
		gf_model_free(first);
		gf_model_free(last);
	}
}

static void an_impossible_network_is_refused_with_its_sizes(void **state)
{
	const struct hidden hidden = {{SIZE_MAX / 8, 5}, 2, GF_ACTIVATION_relu, 0.01};
	char wanted[128];
	gf_error err = {0};
	gf_model *model = NULL;

	(void)state;
	snprintf(wanted, sizeof wanted,
		"cannot make a model of 4 features, hidden layers %zu,5 and 2 outputs",
		SIZE_MAX / 8);
	assert_failure(model_new_network(&model, 4, &hidden, 2, &err), &err, GF_E_USAGE, wanted);
	assert_null(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_model_is_all_zeros_with_names_by_number),
		cmocka_unit_test(a_single_feature_and_output_have_names_without_a_number),
		cmocka_unit_test(an_impossible_model_is_refused),
		cmocka_unit_test(freeing_null_does_nothing),
		cmocka_unit_test(the_start_is_that_of_pytorch_bit_for_bit),
		cmocka_unit_test(a_network_starts_as_pytorch_layer_by_layer_bit_for_bit),
		cmocka_unit_test(a_start_from_zeros_overwrites_the_parameters),
		cmocka_unit_test(the_start_of_the_notebook_is_the_recorded_one),
		cmocka_unit_test(the_start_of_the_notebook_fits_only_its_shape),
		cmocka_unit_test(a_network_starts_neither_from_zeros_nor_as_the_notebook),
		cmocka_unit_test(an_unknown_start_is_refused),
		cmocka_unit_test(names_come_from_the_data),
		cmocka_unit_test(data_without_targets_leave_the_names_of_targets_as_they_are),
		cmocka_unit_test(data_with_another_number_of_features_give_no_names),
		cmocka_unit_test(every_word_is_found_in_its_list),
		cmocka_unit_test(a_word_in_no_list_is_not_found),
		cmocka_unit_test(the_layers_of_a_network_follow_each_other_in_one_block),
		cmocka_unit_test(each_layer_of_a_network_draws_as_a_linear_model_of_its_shape),
		cmocka_unit_test(an_impossible_network_is_refused_with_its_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

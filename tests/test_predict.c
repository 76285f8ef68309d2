/* test_predict.c: gf_predict and gf_evaluate do what gpufitcl.h promises. */
#include "fixture.h"

#include "dataset.h"
#include "model.h"
#include "order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static gf_model *model_with(size_t features, size_t outputs, const float *params)
{
	gf_model *model = new_model(features, outputs);

	memcpy(model->params, params, model_params(model) * sizeof *params);
	return model;
}

/* K = 2 and D = 2, in numbers that floats hold exactly. */
static void outputs_are_weights_times_features_plus_bias(void **state)
{
	const float x[] = {1, 2, 3, 4, 0, -1}, y[] = {0, 0, 0, 0, 0, 0},
		    params[] = {1, 2, -1, 0.5f, 10, 20};
	const float wanted[] = {15, 20, 21, 19, 8, 19.5f};
	const gf_config reference = config_for(GF_ENGINE_reference, 0),
			device = config_for(GF_ENGINE_auto, 0);
	gf_model *model = model_with(2, 2, params);
	gf_dataset *data;
	float z[6];

	(void)state;
	data = new_data(3, 2, 2, x, y);
	assert_int_equal(gf_predict(model, data, &device, z, NULL), GF_OK);
	assert_memory_equal(z, wanted, sizeof z);
	assert_int_equal(gf_predict(model, data, &reference, z, NULL), GF_OK);
	assert_memory_equal(z, wanted, sizeof z);
	gf_dataset_free(data);
	gf_model_free(model);
}

/* ---- networks ---- */

/* z = (1 2; -3 4) x + (0.25, -0.5), y = relu(z)[0] - relu(z)[1] + 0.125, in numbers that floats
 * hold exactly: x = (1, 1) gives z = (3.25, 0.5), x = (1, -1) gives (-0.75, -7.5). */
static void outputs_of_a_network_go_through_its_layers(void **state)
{
	const struct hidden hidden = {.widths = {2}, .count = 1};
	const float params[] = {1, 2, -3, 4, 0.25f, -0.5f, 1, -1, 0.125f}, x[] = {1, 1, 1, -1};
	const gf_config configs[] = {
		config_for(GF_ENGINE_reference, 0), config_for(GF_ENGINE_auto, 0)};
	gf_model *model = new_network(2, &hidden, 1);
	gf_dataset *data = new_data(2, 2, 1, x, x);
	float y[2];

	(void)state;
	memcpy(model->params, params, sizeof params);
	for (size_t i = 0; i < COUNT(configs); i++) {
		assert_int_equal(gf_predict(model, data, &configs[i], y, NULL), GF_OK);
		assert_true(y[0] == 2.875f && y[1] == 0.125f);
	}
	gf_dataset_free(data);
	gf_model_free(model);
}

static void an_activation_that_is_not_known_is_asked_for(void **state)
{
	const struct hidden hidden = {.widths = {2}, .count = 1, .activation = GF_ACTIVATION_COUNT};
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_model *model = new_network(2, &hidden, 1);
	gf_dataset *data = random_data(4, 2, 1);
	gf_error err = {0};
	float z[4];

	(void)state;
	assert_int_equal(gf_predict(model, data, &config, z, &err), GF_E_USAGE);
	assert_string_equal(err.message,
		"the model's file does not name the activation after its hidden layers; "
		"gf_model_set_activation can");
	assert_int_equal(gf_model_set_activation(model, GF_ACTIVATION_tanh, 0, NULL), GF_OK);
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	gf_dataset_free(data);
	gf_model_free(model);
}

static void assert_network_bits(gf_activation activation, const gf_dataset *data)
{
	const struct hidden hidden = {
		.widths = {7, 4}, .count = 2, .activation = activation, .negative_slope = -0.75};
	const struct problem problem = {.data = data, .outputs = 3, .hidden = hidden};
	const gf_config config = config_for(GF_ENGINE_auto, 0);
	gf_model *model = new_network(5, &hidden, 3);
	float z[200 * 3];
	size_t i;

	init_params(model, activation);
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	for (i = 0; i < 200 * 3; i++)
		assert_same_float(z[i], order_output(&problem, model->params, i / 3, i % 3),
			activation_word(activation), i);
	gf_model_free(model);
}

static void outputs_of_networks_have_the_bits_of_plain_loops(void **state)
{
	gf_dataset *data = random_data(200, 5, 3);

	(void)state;
	for (gf_activation a = 0; a < GF_ACTIVATION_COUNT; a++)
		assert_network_bits(a, data);
	gf_dataset_free(data);
}

static void data_without_targets_can_be_predicted(void **state)
{
	const float params[] = {2, 1};
	const gf_config config = config_for(GF_ENGINE_auto, 0);
	gf_model *model = model_with(1, 1, params);
	gf_dataset *data;
	float z[3];

	(void)state;
	assert_int_equal(dataset_alloc(&data, 3, 1, 0, NULL), GF_OK);
	data->x[2] = 5.0f;
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	assert_true(z[0] == 1.0f && z[1] == 1.0f && z[2] == 11.0f);
	gf_dataset_free(data);
	gf_model_free(model);
}

static void data_of_another_width_is_refused(void **state)
{
	const float params[] = {1, 2, 3};
	const gf_config config = config_for(GF_ENGINE_auto, 0);
	gf_model *model = model_with(2, 1, params);
	gf_dataset *wide = random_data(4, 3, 1), *many = random_data(4, 2, 2);
	gf_metrics metrics;
	gf_error err = {0};
	float z[8];

	(void)state;
	assert_int_equal(gf_predict(model, wide, &config, z, &err), GF_E_DATA);
	assert_string_equal(err.message, "the data has 3 features; the model takes 2");
	err = (gf_error){0};
	assert_int_equal(gf_evaluate(model, wide, &config, &metrics, &err), GF_E_DATA);
	assert_string_equal(err.message, "the data has 3 features; the model takes 2");
	err = (gf_error){0};
	assert_int_equal(gf_evaluate(model, many, &config, &metrics, &err), GF_E_DATA);
	assert_string_equal(err.message, "the data has 2 targets; the model gives 1 outputs");
	gf_dataset_free(wide);
	gf_dataset_free(many);
	gf_model_free(model);
}

/* R^2 of target k by its formula, in double, from outputs z (N, K). */
static double r2_of(const gf_dataset *data, const float *z, size_t k)
{
	const size_t N = data->rows, K = data->outputs;
	double sum = 0.0, squares = 0.0, residuals = 0.0;
	size_t i;

	for (i = 0; i < N; i++) {
		const double y = (double)data->y[i * K + k], d = (double)z[i * K + k] - y;

		sum += y;
		squares += y * y;
		residuals += d * d;
	}
	return 1.0 - residuals / (squares - sum * sum / (double)N);
}

static void close_to(double found, double wanted)
{
	/* Both are computed in double from the same floats: 3 N roundings of 1.1e-16, with N =
	 * 1000. */
	assert_close("the metric", found, wanted, 4e-13 * (1.0 + fabs(wanted)));
}

/* model: of 3 features and 2 outputs; freed */
static void check_metrics(gf_model *model)
{
	const gf_config config = config_for(GF_ENGINE_auto, 0);
	gf_dataset *data = random_data(1000, 3, 2);
	double squares = 0.0, absolutes = 0.0;
	float z[2000];
	gf_metrics m;
	size_t i;

	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	assert_int_equal(gf_evaluate(model, data, &config, &m, NULL), GF_OK);
	for (i = 0; i < 2000; i++) {
		const double d = (double)data->y[i] - (double)z[i];

		squares += d * d;
		absolutes += fabs(d);
	}
	assert_int_equal(m.rows, 1000);
	close_to(m.mse, squares / 2000.0);
	close_to(m.rmse, sqrt(squares / 2000.0));
	close_to(m.mae, absolutes / 2000.0);
	close_to(m.r2, (r2_of(data, z, 0) + r2_of(data, z, 1)) / 2.0);
	gf_dataset_free(data);
	gf_model_free(model);
}

static void metrics_follow_their_formulas(void **state)
{
	const struct hidden hidden = {
		.widths = {6}, .count = 1, .activation = GF_ACTIVATION_sigmoid};
	const float params[] = {0.5f, -1, 0.25f, 1, 0, 2, 0.5f, -0.5f};
	gf_model *network = new_network(3, &hidden, 2);

	(void)state;
	check_metrics(model_with(3, 2, params));
	init_params(network, 3);
	check_metrics(network);
}

/* R^2 of a model on rows of x = 1, 2, 3, .. whose target is always 4. */
static double r2_of_fours(size_t rows, float weight, float bias)
{
	const float x[] = {1, 2, 3}, y[] = {4, 4, 4}, params[] = {weight, bias};
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_model *model = model_with(1, 1, params);
	gf_dataset *data = new_data(rows, 1, 1, x, y);
	gf_metrics m;

	assert_int_equal(gf_evaluate(model, data, &config, &m, NULL), GF_OK);
	gf_dataset_free(data);
	gf_model_free(model);
	return m.r2;
}

/* sklearn.metrics.r2_score gives 1.0, 0.0 and, with a warning, nan. */
static void r2_of_a_constant_target_is_as_in_scikit_learn(void **state)
{
	(void)state;
	assert_true(r2_of_fours(3, 0, 4) == 1.0);
	assert_true(r2_of_fours(3, 1, 2) == 0.0);
	assert_true(isnan(r2_of_fours(1, 0, 4)));
}

/* There are more outputs than are read back at a time, and an odd remainder. */
static void three_hundred_thousand_rows_are_predicted_as_if_one_by_one(void **state)
{
	const float params[] = {0.5f, -1, 0.25f, 1, 0, 2, 0.5f, -0.5f, 3, -3, 2, -2, 0, 1, 2, 3};
	const gf_config config = config_for(GF_ENGINE_auto, 0);
	gf_model *model = model_with(3, 4, params);
	gf_dataset *data = random_data(300001, 3, 4);
	const struct problem problem = {.data = data, .outputs = 4};
	float *z = malloc(300001 * 4 * sizeof *z);
	size_t i, k;

	(void)state;
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	for (i = 0; i < 300001; i++)
		for (k = 0; k < 4; k++) {
			const float found = z[i * 4 + k];
			const float wanted = order_output(&problem, params, i, k);

			if (!(found == wanted))
				fail_msg("output %zu of row %zu is %a, wanted %a", k, i,
					(double)found, (double)wanted);
		}
	free(z);
	gf_dataset_free(data);
	gf_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_are_weights_times_features_plus_bias),
		cmocka_unit_test(outputs_of_a_network_go_through_its_layers),
		cmocka_unit_test(an_activation_that_is_not_known_is_asked_for),
		cmocka_unit_test(outputs_of_networks_have_the_bits_of_plain_loops),
		cmocka_unit_test(data_without_targets_can_be_predicted),
		cmocka_unit_test(data_of_another_width_is_refused),
		cmocka_unit_test(metrics_follow_their_formulas),
		cmocka_unit_test(r2_of_a_constant_target_is_as_in_scikit_learn),
		cmocka_unit_test(three_hundred_thousand_rows_are_predicted_as_if_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

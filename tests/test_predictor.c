/* test_predictor.c: gf_predictor gives the bits of gf_predict, call after call, and refuses what it
 * cannot take. */
#include "fixture.h"
#include "scratch.h"
#include "standardized.h"

#include "model.h"

#include <math.h>

static gf_predictor *opened(const gf_model *model, const gf_config *config)
{
	gf_predictor *predictor;
	gf_error err;

	if (gf_predictor_open(&predictor, model, config, &err))
		fail_msg("%s", err.message);
	return predictor;
}

/* The first rows of the data. */
static gf_arrays first_rows(const gf_dataset *data, size_t rows)
{
	return (gf_arrays){
		.rows = rows, .features = gf_dataset_features(data), .x = gf_dataset_x(data)};
}

/* Compares the predictor's outputs of the first rows with those that gf_predict has for all. */
static void assert_predicts(gf_predictor *predictor, const gf_dataset *data, size_t rows,
	const float *wanted, size_t outputs)
{
	const gf_arrays arrays = first_rows(data, rows);
	float *z = calloc(rows * outputs + 1, sizeof *z);
	gf_error err;

	assert_non_null(z);
	z[rows * outputs] = 77.0f;
	if (gf_predictor_run(predictor, &arrays, z, &err))
		fail_msg("%s", err.message);
	for (size_t i = 0; i < rows * outputs; i++)
		assert_same_float(z[i], wanted[i], "output", i);
	assert_true(z[rows * outputs] == 77.0f);
	free(z);
}

/* Many rows after few, and few after many. */
static void assert_predicts_again_and_again(const gf_model *model, const gf_dataset *data)
{
	const gf_check checks[] = {GF_CHECK_auto, GF_CHECK_every, GF_CHECK_ends, GF_CHECK_off};
	const size_t all = gf_dataset_rows(data), outputs = gf_model_outputs(model);
	const size_t rows[] = {7, 1, 7, all, 64, all - 1, all, 3};
	float *wanted = calloc(all * outputs, sizeof *wanted);

	assert_non_null(wanted);
	for (size_t c = 0; c < COUNT(checks); c++) {
		gf_config config = config_for(GF_ENGINE_auto, 0);
		gf_predictor *predictor;

		config.check = checks[c];
		predictor = opened(model, &config);
		assert_int_equal(gf_predict(model, data, &config, wanted, NULL), GF_OK);
		for (size_t i = 0; i < COUNT(rows); i++)
			assert_predicts(predictor, data, rows[i], wanted, outputs);
		gf_predictor_free(predictor);
	}
	free(wanted);
}

static void a_linear_model_predicts_again_and_again(void **state)
{
	gf_dataset *data = random_data(300, 5, 3);
	gf_model *model = new_model(5, 3);

	(void)state;
	init_params(model, 1);
	assert_predicts_again_and_again(model, data);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* Outputs with an offset are those without it plus the offset, in float. */
static void offsets_are_added_to_the_outputs_of_their_rows(void **state)
{
	gf_dataset *data = random_data(20, 5, 3);
	gf_model *model = new_model(5, 3);
	float wanted[60], z[60], offset[20];
	double strided[40];
	gf_arrays rows = first_rows(data, 20);
	gf_predictor *predictor;
	gf_error err;

	(void)state;
	init_params(model, 1);
	assert_int_equal(gf_predict(model, data, NULL, wanted, &err), GF_OK);
	for (size_t i = 0; i < 20; i++) {
		strided[2 * i] = (double)(offset[i] = (float)i / 3.0f - 2.0f);
		strided[2 * i + 1] = NAN;
	}
	rows.offset = strided;
	rows.offset_layout =
		(gf_layout){.number = GF_NUMBER_double, .row_stride = 2 * sizeof(double)};
	predictor = opened(model, NULL);
	assert_failure(gf_predictor_run(predictor, &rows, z, &err), &err, GF_E_DATA,
		"the data has an offset; the model was trained without one");
	assert_int_equal(name_set(&model->offset_name, "years", NULL), GF_OK);
	assert_int_equal(gf_predictor_run(predictor, &rows, z, &err), GF_OK);
	for (size_t i = 0; i < 60; i++)
		assert_same_float(z[i], wanted[i] + offset[i / 3], "output", i);
	rows.offset = NULL;
	assert_failure(gf_predictor_run(predictor, &rows, z, &err), &err, GF_E_DATA,
		"the model was trained with the offset \"years\", which the data does not have");
	assert_failure(gf_predict(model, data, NULL, z, &err), &err, GF_E_DATA,
		"the model was trained with the offset \"years\", which the data does not have");
	gf_predictor_free(predictor);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void a_network_predicts_again_and_again(void **state)
{
	const struct hidden hidden = {
		.widths = {18, 4}, .count = 2, .activation = GF_ACTIVATION_tanh};
	gf_dataset *data = random_data(300, 17, 2);
	gf_model *model = new_network(17, &hidden, 2);

	(void)state;
	init_params(model, 1);
	assert_predicts_again_and_again(model, data);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void a_standardized_model_predicts_from_raw_features(void **state)
{
	const gf_config config = standardized_config();
	gf_dataset *data = offset_data();
	gf_model *model = fit_model(data, &config, NULL);

	(void)state;
	assert_non_null(gf_model_center(model));
	assert_predicts_again_and_again(model, data);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* Compares with gf_predict, whose outputs are at most 256 numbers. */
static void assert_predicts_all_then_few(gf_engine engine, size_t rows, size_t features)
{
	const gf_config config = config_for(engine, 0);
	gf_dataset *data = random_data(rows, features, 1);
	gf_model *model = new_model(features, 1);
	gf_predictor *predictor;
	float wanted[256];

	init_params(model, 1);
	predictor = opened(model, &config);
	assert_int_equal(gf_predict(model, data, &config, wanted, NULL), GF_OK);
	assert_predicts(predictor, data, rows, wanted, 1);
	assert_predicts(predictor, data, 7, wanted, 1);
	gf_predictor_free(predictor);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* 130 rows of 40000 features are more than a predictor takes at a time. */
static void many_rows_are_taken_some_at_a_time(void **state)
{
	(void)state;
	assert_predicts_all_then_few(GF_ENGINE_auto, 130, 40000);
}

static void the_reference_predicts_too(void **state)
{
	(void)state;
	assert_predicts_all_then_few(GF_ENGINE_reference, 70, 3);
}

static void columns_of_doubles_are_taken(void **state)
{
	const double x[2][3] = {{1, 2, 3}, {4, 5, 6}}; /* (D, N) */
	const float params[] = {10, 1, 100};
	const gf_arrays rows = {.rows = 3,
		.features = 2,
		.x = x,
		.x_layout = {GF_NUMBER_double, sizeof(double), sizeof x[0]}};
	gf_model *model = new_model(2, 1);
	gf_predictor *predictor;
	float z[3];

	(void)state;
	memcpy(model->params, params, sizeof params);
	predictor = opened(model, NULL);
	assert_int_equal(gf_predictor_run(predictor, &rows, z, NULL), GF_OK);
	assert_true(z[0] == 114.0f && z[1] == 125.0f && z[2] == 136.0f);
	gf_predictor_free(predictor);
	gf_model_free(model);
}

/* ---- what is refused ---- */

static void refused(
	gf_predictor *predictor, const gf_arrays *rows, gf_status status, const char *message)
{
	gf_error err;
	float z[16];

	assert_failure(gf_predictor_run(predictor, rows, z, &err), &err, status, message);
}

static void rows_that_the_model_cannot_take_are_refused(void **state)
{
	static const char *const names[] = {"x2", "x1"};
	float x[] = {1, 2, 3, 4, 5, NAN};
	gf_arrays rows = {.rows = 2, .features = 3, .x = x};
	gf_model *model = new_model(2, 1);
	gf_predictor *predictor = opened(model, NULL);
	float z[3];

	(void)state;
	refused(predictor, &rows, GF_E_DATA, "the data has 3 features; the model takes 2");
	rows = (gf_arrays){.rows = 3, .features = 2, .x = x};
	refused(predictor, &rows, GF_E_DATA, "x: row 2, column 1, both from 0: nan is not finite");
	rows.feature_names = names;
	refused(predictor, &rows, GF_E_DATA,
		"feature_names: name 0, from 0, is \"x2\"; the model has \"x1\" there");
	rows.feature_names = NULL;
	rows.y = x;
	refused(predictor, &rows, GF_E_USAGE,
		"a predictor takes x and an offset: outputs, y, weights, classes, borrow_x and "
		"sparse must be 0");
	rows = (gf_arrays){.features = 2, .x = x};
	refused(predictor, &rows, GF_E_USAGE, "there are no rows");
	rows = (gf_arrays){.rows = 3, .features = 2};
	refused(predictor, &rows, GF_E_USAGE, "x is NULL");
	/* It is as good as new after all that. */
	x[5] = 6.0f;
	rows.x = x;
	assert_int_equal(gf_predictor_run(predictor, &rows, z, NULL), GF_OK);
	assert_true(z[0] == 0.0f && z[2] == 0.0f);
	gf_predictor_free(predictor);
	gf_model_free(model);
}

static void what_cannot_predict_is_not_opened(void **state)
{
	const struct hidden hidden = {.widths = {2}, .count = 1, .activation = GF_ACTIVATION_COUNT};
	gf_config config = config_for(GF_ENGINE_auto, 0);
	gf_model *network = new_network(2, &hidden, 1), *linear = new_model(2, 1);
	gf_predictor *predictor;
	gf_error err;

	(void)state;
	assert_failure(gf_predictor_open(&predictor, network, NULL, &err), &err, GF_E_USAGE,
		"the model's file does not name the activation after its hidden layers; "
		"gf_model_set_activation can");
	assert_null(predictor);
	config.device = "no such device";
	assert_int_equal(gf_predictor_open(&predictor, linear, &config, &err), GF_E_UNAVAILABLE);
	assert_begins(err.message, "no device \"no such device\"");
	config.device = NULL;
	config.check = GF_CHECK_COUNT;
	assert_int_equal(gf_predictor_open(&predictor, linear, &config, &err), GF_E_USAGE);
	assert_int_equal(gf_predictor_open(&predictor, NULL, NULL, &err), GF_E_USAGE);
	assert_int_equal(gf_predictor_run(NULL, NULL, NULL, &err), GF_E_USAGE);
	gf_predictor_free(NULL);
	gf_model_free(linear);
	gf_model_free(network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_linear_model_predicts_again_and_again),
		cmocka_unit_test(offsets_are_added_to_the_outputs_of_their_rows),
		cmocka_unit_test(a_network_predicts_again_and_again),
		cmocka_unit_test(a_standardized_model_predicts_from_raw_features),
		cmocka_unit_test(many_rows_are_taken_some_at_a_time),
		cmocka_unit_test(the_reference_predicts_too),
		cmocka_unit_test(columns_of_doubles_are_taken),
		cmocka_unit_test(rows_that_the_model_cannot_take_are_refused),
		cmocka_unit_test(what_cannot_predict_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_standardized_model.c: a model of standardized features keeps its center and scale in its
 * file, and as the start of another training.
 */
#include "damage.h"
#include "fixture.h"
#include "fixture_files.h"
#include "scratch.h"
#include "standardized.h"

#include "dataset.h"
#include "model.h"

#define M "m.safetensors"

static void a_saved_model_predicts_the_same_bits(void **state)
{
	gf_dataset *data = offset_data();
	const gf_config config = standardized_config();
	gf_model *model = fit_model(data, &config, NULL);
	float before[ROWS], after[ROWS];

	(void)state;
	predict_outputs(model, data, before);
	model = save_and_load(model);
	predict_outputs(model, data, after);
	for (size_t i = 0; i < ROWS; i++)
		assert_same_float(after[i], before[i], "output", i);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* ---- networks ---- */

static const double CENTER[] = {3.0, -0.5}, SCALE[] = {2.0, 0.25};

/* A network of 2 standardized features; *trained, the same before it was told so. */
static gf_model *standardized_network(gf_model **trained)
{
	const struct hidden hidden = {.widths = {5}, .count = 1, .activation = GF_ACTIVATION_tanh};
	gf_model *model = new_network(2, &hidden, 1);

	*trained = new_network(2, &hidden, 1);
	init_params(model, 11);
	init_params(*trained, 11);
	assert_int_equal(model_standardize(model, CENTER, SCALE, NULL), GF_OK);
	return model;
}

static gf_dataset *standardized_rows(const gf_dataset *data)
{
	gf_dataset *rows = new_data(ROWS, 2, 1, data->x, data->y);

	for (size_t i = 0; i < 2 * ROWS; i++)
		rows->x[i] = standardized_value(data->x[i], CENTER[i % 2], SCALE[i % 2]);
	return rows;
}

static void a_network_predicts_as_it_was_trained_also_from_its_file(void **state)
{
	gf_dataset *data = random_data(ROWS, 2, 1), *rows = standardized_rows(data);
	gf_model *trained, *model = standardized_network(&trained);
	float wanted[ROWS], found[ROWS], loaded[ROWS];

	(void)state;
	predict_outputs(trained, rows, wanted);
	predict_outputs(model, data, found);
	model = save_and_load(model);
	predict_outputs(model, data, loaded);
	for (size_t i = 0; i < ROWS; i++) {
		assert_same_float(found[i], wanted[i], "output", i);
		assert_same_float(loaded[i], wanted[i], "output from the file", i);
	}
	assert_memory_equal(gf_model_standardized_weight(model), gf_model_layer(trained, 0).weight,
		10 * sizeof(float));
	assert_memory_equal(gf_model_standardized_bias(model), gf_model_layer(trained, 0).bias,
		5 * sizeof(float));
	gf_model_free(trained);
	gf_model_free(model);
	gf_dataset_free(rows);
	gf_dataset_free(data);
}

/* |x| is at most 2, the folded weights are below 0.36 and 2.9 and the biases below 4, so that z is
 * a sum of terms below 11.  Each form rounds it at most 6 times by 2^-24 of that, so z differs by
 * less than 8e-6.  tanh is no steeper than 1, and the 5 weights of the second layer are below
 * 0.45. */
static void other_programs_read_the_folded_first_layer_of_a_network(void **state)
{
	gf_dataset *data = random_data(ROWS, 2, 1);
	gf_model *trained, *model = standardized_network(&trained);
	float wanted[ROWS], found[ROWS];

	(void)state;
	predict_outputs(model, data, wanted);
	standardization_free(&model->standardization);
	predict_outputs(model, data, found);
	for (size_t i = 0; i < ROWS; i++)
		assert_close("output", (double)found[i], (double)wanted[i], 2e-5);
	assert_memory_equal(gf_model_layer(model, 1).weight, gf_model_layer(trained, 1).weight,
		6 * sizeof(float));
	gf_model_free(trained);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* ---- warm starts ---- */

/* offset_data with other centers and scales. */
static gf_dataset *moved_data(const gf_dataset *data)
{
	gf_dataset *other = new_data(ROWS, 2, 1, data->x, data->y);

	for (size_t i = 0; i < ROWS; i++) {
		other->x[2 * i] += 1000.0f + (float)i;
		other->x[2 * i + 1] *= 4.0f;
	}
	return other;
}

/* A model that starts from another one, and is not trained. */
static gf_model *warm_start(const gf_model *from, const gf_dataset *data, int standardize)
{
	gf_config config = standardized_config();

	config.lr_auto = 0;
	config.standardize = standardize;
	config.init_model = from;
	config.epochs = 0;
	return fit_model(data, &config, NULL);
}

static void a_warm_start_on_other_centers_keeps_the_outputs(void **state)
{
	gf_dataset *data = offset_data(), *other = moved_data(data);
	const gf_config config = standardized_config();
	gf_model *from = fit_model(data, &config, NULL);
	gf_model *to = warm_start(from, other, 1), *same = warm_start(from, data, 1);
	float wanted[ROWS], found[ROWS];

	(void)state;
	assert_true(gf_model_center(to)[0] != gf_model_center(from)[0]);
	predict_outputs(from, other, wanted);
	predict_outputs(to, other, found);
	/* Outputs are up to 250, where floats are 2^-17 apart, and err by a few of these. */
	for (size_t i = 0; i < ROWS; i++)
		assert_close("output", (double)found[i], (double)wanted[i], 1e-4);
	for (size_t p = 0; p < 3; p++)
		assert_same_float(model_own_params(same)[p], model_own_params(from)[p], "own", p);
	gf_model_free(to);
	gf_model_free(same);
	gf_model_free(from);
	gf_dataset_free(other);
	gf_dataset_free(data);
}

static void a_warm_start_without_standardize_takes_the_folded_weights(void **state)
{
	gf_dataset *data = offset_data();
	const gf_config config = standardized_config();
	gf_model *from = fit_model(data, &config, NULL), *to = warm_start(from, data, 0);

	(void)state;
	assert_null(gf_model_center(to));
	for (size_t p = 0; p < 3; p++)
		assert_same_float(gf_model_weight(to)[p], gf_model_weight(from)[p], "folded", p);
	gf_model_free(to);
	gf_model_free(from);
	gf_dataset_free(data);
}

/* The bias takes over what the weight made of a column that no longer varies. */
static void a_warm_start_on_a_constant_keeps_the_outputs(void **state)
{
	gf_dataset *data = offset_data(), *still = offset_data();
	const gf_config config = standardized_config();
	gf_model *from = fit_model(data, &config, NULL), *to;
	float wanted[ROWS], found[ROWS];

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		still->x[2 * i] = 10000030.0f;
	to = warm_start(from, still, 1);
	assert_same_float(gf_model_weight(to)[0], 0.0f, "weight", 0);
	predict_outputs(from, still, wanted);
	predict_outputs(to, still, found);
	for (size_t i = 0; i < ROWS; i++)
		assert_close("output", (double)found[i], (double)wanted[i], 1e-5);
	gf_model_free(to);
	gf_model_free(from);
	gf_dataset_free(still);
	gf_dataset_free(data);
}

/* ---- damaged files ---- */

/* Replaces the first such text in the file with one of the same length. */
static void replace_in_file(const char *from, const char *to)
{
	size_t count;
	char *bytes = scratch_read(M, &count);

	assert_int_equal(strlen(from), strlen(to));
	for (size_t i = 0; i + strlen(from) <= count; i++)
		if (memcmp(bytes + i, from, strlen(from)) == 0) {
			memcpy(bytes + i, to, strlen(to));
			scratch_write(M, bytes, count);
			free(bytes);
			return;
		}
	fail_msg("no %s in the file", from);
}

/* Changes of a text in the file, and what loading it then says. */
static const struct {
	const char *from, *to, *message;
} DAMAGES[] = {
	{"\"center\"", "\"cenxer\"",
		M ": metadata \"center\" is missing, but the model is one of "
		  "standardized features"},
	{"\"scale\"", "\"scaxe\"",
		M ": metadata \"scale\" is missing, but the model is one of standardized "
		  "features"},
	{"\"standardized_bias\"", "\"standardized_bixs\"",
		M ": metadata \"standardized_bias\" is missing, but the model is one of "
		  "standardized features"},
	{"[0.5,2.0]", "[0.5 2.0]", M ": metadata \"scale\" is not a list of 2 numbers"},
	{"[0.5,2.0]", "[0.52200]", M ": metadata \"scale\" is not a list of 2 numbers"},
	{"[0.5,2.0]", "[0.5,[0]]", M ": metadata \"scale\": item 2 is not a finite number"},
	{"[0.5,2.0]", "[0.5,0.0]", M ": metadata \"scale\": item 2 is 0, wanted a number above 0"},
	{"[0.5,2.0]", "[0.5,-20]",
		M ": metadata \"scale\": item 2 is -20, wanted a number above 0"},
	{"[[3.0,4.0]]", "[[3.0,4.0 ]",
		M ": metadata \"standardized_weight\" is not a list of 1 lists"},
	{"[[3.0,4.0]]", "[[3.0,4.5]]",
		M ": metadata \"standardized_weight\" and \"standardized_bias\" do not give "
		  "the tensors: another program changed one of them; without these two, "
		  "\"center\" and \"scale\", the file is read by its tensors alone"},
};

static void loading_says_what_is_wrong_with_center_or_scale(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(DAMAGES); i++) {
		const double center[] = {1.0, -3.0}, scale[] = {0.5, 2.0};
		gf_model *model = new_model(2, 1), *loaded;
		gf_error err = {0};

		model->params[0] = 3.0f;
		model->params[1] = 4.0f;
		model->params[2] = 5.0f;
		assert_int_equal(model_standardize(model, center, scale, NULL), GF_OK);
		assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
		gf_model_free(model);
		replace_in_file(DAMAGES[i].from, DAMAGES[i].to);
		assert_failure(
			gf_model_load(&loaded, M, &err), &err, GF_E_DATA, DAMAGES[i].message);
	}
}

static void a_cut_file_is_refused(void **state)
{
	gf_dataset *data = offset_data();
	const gf_config config = standardized_config();
	gf_model *model = fit_model(data, &config, NULL);

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	cut_at_any_byte(M, read_model);
	gf_model_free(model);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_model_predicts_the_same_bits),
		cmocka_unit_test(a_network_predicts_as_it_was_trained_also_from_its_file),
		cmocka_unit_test(other_programs_read_the_folded_first_layer_of_a_network),
		cmocka_unit_test(a_warm_start_on_other_centers_keeps_the_outputs),
		cmocka_unit_test(a_warm_start_without_standardize_takes_the_folded_weights),
		cmocka_unit_test(a_warm_start_on_a_constant_keeps_the_outputs),
		cmocka_unit_test(loading_says_what_is_wrong_with_center_or_scale),
		cmocka_unit_test(a_cut_file_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

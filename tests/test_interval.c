/* test_interval.c: prediction intervals stay with a model's file to the bit, cover what they say,
 * and are refused where a model has none or its file is wrong.  test_inference.c compares them with
 * statsmodels. */
#include "damage.h"
#include "fixture.h"
#include "fixture_files.h"
#include "scratch.h"

#include "dataset.h"
#include "model.h"
#include "safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define M "m.safetensors"

enum { N = 40, D = 3, K = 2 };

static gf_model *train(const gf_dataset *data, double statistics, int no_bias)
{
	gf_config config = config_for(GF_ENGINE_reference, 200);

	config.lr_auto = 1;
	config.statistics = statistics;
	config.no_bias = no_bias;
	return fit_model(data, &config, NULL);
}

struct intervals {
	double lower[N * K], upper[N * K];
};

static struct intervals intervals_of(const gf_model *model, const gf_dataset *data, double level)
{
	struct intervals i;
	float z[N * K];
	gf_error err = {0};

	predict_outputs(model, data, z);
	gf_predict_intervals(model, data, level, z, i.lower, i.upper, &err);
	assert_string_equal(err.message, "");
	return i;
}

static void a_file_keeps_intervals_to_the_bit(void **state)
{
	gf_dataset *data = random_data(N, D, K);

	(void)state;
	for (int no_bias = 0; no_bias < 2; no_bias++) {
		gf_model *model = train(data, 0.95, no_bias);
		const struct intervals before = intervals_of(model, data, 0.9);
		struct intervals after;

		model = save_and_load(model);
		assert_true(gf_model_has_intervals(model));
		after = intervals_of(model, data, 0.9);
		assert_memory_equal(&after, &before, sizeof before);
		gf_model_free(model);
	}
	gf_dataset_free(data);
}

/* Of normal targets a share p = 0.8 lies in the intervals of a model of other rows.  The share
 * among ROWS has the standard deviation sqrt(p (1 - p) / ROWS); that of the residuals is estimated
 * with one of 1 / sqrt(2 ROWS) = 0.016, which moves the share by 2 * 1.28 * 0.1755 (the normal
 * density there) times as much, 0.007.  Four of both are missed in fewer than one of 10,000
 * seeds. */
static void intervals_hold_their_share_of_new_targets(void **state)
{
	enum { ROWS = 2000 };
	static float z[ROWS];
	static double lower[ROWS], upper[ROWS];
	gf_dataset *data = random_data(2 * ROWS, 1, 1), old = *data, new = *data;
	struct rng rng;
	gf_model *model;
	double inside = 0.0;

	(void)state;
	rng_seed(&rng, 3);
	for (size_t i = 0; i < 2 * ROWS; i++) {
		float uniform[12], sum = 0.0f;

		/* The sum of twelve is nearly normal, of deviation 1. */
		random_floats(&rng, uniform, 12, 0.5f);
		for (size_t j = 0; j < 12; j++)
			sum += uniform[j];
		data->y[i] = 2.0f * data->x[i] + 1.0f + sum;
	}
	old.rows = new.rows = ROWS;
	new.x += ROWS;
	new.y += ROWS;
	model = train(&old, 0.95, 0);
	predict_outputs(model, &new, z);
	assert_int_equal(gf_predict_intervals(model, &new, 0.8, z, lower, upper, NULL), GF_OK);
	for (size_t i = 0; i < ROWS; i++)
		inside += (double)new.y[i] > lower[i] && (double)new.y[i] < upper[i];
	assert_close("share", inside / ROWS, 0.8, 4.0 * (sqrt(0.16 / ROWS) + 0.007));
	gf_model_free(model);
	gf_dataset_free(data);
}

static void a_model_without_statistics_has_no_intervals(void **state)
{
	gf_dataset *data = random_data(N, D, K);
	gf_model *model = train(data, 0.0, 0);
	const float z[N * K] = {0};
	struct intervals i;
	gf_error err;

	(void)state;
	assert_false(gf_model_has_intervals(model));
	assert_false(gf_model_has_intervals(NULL));
	assert_failure(gf_predict_intervals(model, data, 0.9, z, i.lower, i.upper, &err), &err,
		GF_E_USAGE,
		"the model has no prediction intervals; wanted: a model of loss mse that was "
		"trained with statistics, and of at most 1048576 numbers in their matrix");
	gf_model_free(model);
	model = train(data, 0.95, 0);
	assert_failure(gf_predict_intervals(model, data, 1.0, z, i.lower, i.upper, &err), &err,
		GF_E_USAGE, "level is 1; wanted: a number above 0 and below 1");
	gf_model_free(model);
	gf_dataset_free(data);
}

/* Of a Linear(2, 1) of mse: what is wrong with the text, and what loading it says. */
static const struct {
	const char *text, *message;
} WRONG[] = {
	{"[]", " is not a JSON object"},
	{"{}", " has 0 columns, wanted 1 to 3"},
	{"{\"columns\":[0,1,2,2]}", " has 4 columns, wanted 1 to 3"},
	{"{\"columns\":[0]}", " is not a list of 1 numbers"},
	{"{\"columns\":[0],\"residual\":[1],\"center\":[0]}", " is not a list of 2 numbers"},
	{"{\"columns\":[0],\"residual\":[1],\"center\":[0,1],\"factor\":[1,2]}",
		" is not a list of 1 numbers"},
	{"{\"columns\":[0],\"residual\":[1],\"center\":[0,1],\"factor\":[1]}",
		": df is nan, wanted a number above 0"},
	{"{\"df\":-2,\"columns\":[0],\"residual\":[1],\"center\":[0,1],\"factor\":[1]}",
		": df is -2, wanted a number above 0"},
	{"{\"df\":3,\"columns\":[0],\"residual\":[-1],\"center\":[0,1],\"factor\":[1]}",
		": residual 1 is -1, wanted 0 or above"},
	{"{\"df\":3,\"columns\":[0],\"residual\":[1],\"center\":[0,1],\"factor\":[0]}",
		": row 1 of factor does not end with a number above 0"},
	{"{\"df\":3,\"columns\":[0,0],\"residual\":[1],\"center\":[0,1],\"factor\":[1,1,1]}",
		": item 2 of columns is no feature of its own"},
	{"{\"df\":3,\"columns\":[3],\"residual\":[1],\"center\":[0,1],\"factor\":[1]}",
		": item 1 of columns is no feature of its own"},
	{"{\"df\":3,\"columns\":[-1],\"residual\":[1],\"center\":[0,1],\"factor\":[1]}",
		": item 1 of columns is no feature of its own"},
	{"{\"df\":3,\"columns\":[0.5],\"residual\":[1],\"center\":[0,1],\"factor\":[1]}",
		": item 1 of columns is no feature of its own"},
};

static void write_model(const char *loss, const char *interval)
{
	static const float numbers[2] = {1, 2};
	const struct safetensors_tensor tensors[] = {
		{"weight", 2, {1, 2}, numbers}, {"bias", 1, {1}, numbers}};
	const struct safetensors_pair pairs[] = {{"loss", loss}, {"prediction_interval", interval}};

	assert_int_equal(safetensors_write(M, tensors, 2, pairs, 2, NULL), GF_OK);
}

static void loading_says_what_is_wrong_with_intervals(void **state)
{
	char message[256];
	gf_model *model;
	gf_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(WRONG); i++) {
		write_model("mse", WRONG[i].text);
		snprintf(message, sizeof message, "%s: metadata \"prediction_interval\"%s", M,
			WRONG[i].message);
		assert_failure(gf_model_load(&model, M, &err), &err, GF_E_DATA, message);
	}
	write_model("l1", "{\"columns\":[0]}");
	assert_failure(gf_model_load(&model, M, &err), &err, GF_E_DATA,
		M ": metadata \"prediction_interval\" is there, but the model is no linear one of "
		  "mse");
}

static void intervals_with_a_bit_flipped_are_read_or_refused(void **state)
{
	size_t bits;

	(void)state;
	write_model("mse",
		"{\"df\":3,\"columns\":[0,2],\"residual\":[1],\"center\":[0,1],\"factor\":"
		"[1,1,1]}");
	assert_true(flip_any_bit(M, read_model, &bits) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_keeps_intervals_to_the_bit),
		cmocka_unit_test(intervals_hold_their_share_of_new_targets),
		cmocka_unit_test(a_model_without_statistics_has_no_intervals),
		cmocka_unit_test(loading_says_what_is_wrong_with_intervals),
		cmocka_unit_test(intervals_with_a_bit_flipped_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

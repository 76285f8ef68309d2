/* test_diagnose.c: for a loss that is not finite, the error names the row, the column, and the
 * cause: the data, the learning rate or the device. */
#include "fixture.h"

#include "diagnose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- trainings ---- */

/* Training by each engine diverges, with a message that has those parts in that order. */
static void assert_blamed(const gf_dataset *data, gf_config config, const char *const *parts)
{
	static const gf_engine engines[] = {
		GF_ENGINE_resident, GF_ENGINE_streaming, GF_ENGINE_reference};
	size_t i, p;

	for (i = 0; i < COUNT(engines); i++) {
		struct fit fit = new_fit(NULL, 0);
		const char *rest;

		config.engine = engines[i];
		assert_int_equal(try_fit(&fit, data, config), GF_E_DIVERGED);
		rest = fit.err.message;
		for (p = 0; parts[p]; p++) {
			const char *at = strstr(rest, parts[p]);

			if (!at)
				fail_msg("\"%s\" is not in: %s", parts[p], fit.err.message);
			rest = at + strlen(parts[p]);
		}
		free_fit(&fit);
	}
}

static gf_config diverging_config(double lr, gf_check check)
{
	gf_config config = config_for(GF_ENGINE_auto, 50);

	config.lr = lr;
	config.check = check;
	return config;
}

static void data_beyond_floats_are_to_blame_in_the_first_step(void **state)
{
	static const char *const column[] = {"the loss of epoch 0 is not finite: the data",
		"standardized", ": row 2 has the output", "column \"x2\", 3e+30", NULL};
	static const char *const target[] = {"the loss of epoch 0 is not finite: the data",
		"scaled down", ": row 3 has", "its target \"y\", 1e+30", NULL};
	const float x[] = {1, 1, 2, 3e30f, 3, 1}, plain[] = {1, 1, 2, 3, 3, 1};
	const float y[] = {1, 2, 3}, large[] = {1, 2, 1e30f};
	gf_dataset *data;

	(void)state;
	data = new_data(3, 2, 1, x, y);
	assert_blamed(data, diverging_config(0.01, GF_CHECK_off), column);
	gf_dataset_free(data);
	data = new_data(3, 2, 1, plain, large);
	assert_blamed(data, diverging_config(0.01, GF_CHECK_off), target);
	gf_dataset_free(data);
}

/* The second training shuffles its rows and takes the step among many that are not recorded. */
static void a_rate_too_large_is_to_blame_later(void **state)
{
	static const char *const parts[] = {"is not finite: lr, 1e+18, is too large: row ",
		"more than floats can hold, mostly from column \"x\", ", NULL};
	gf_dataset *data = notebook_data();
	gf_config config = diverging_config(1e18, GF_CHECK_off);

	(void)state;
	assert_blamed(data, config, parts);
	config.batch_size = 3;
	config.shuffle = 1;
	assert_blamed(data, config, parts);
	gf_dataset_free(data);
}

/* ---- a device that computes wrong ---- */

struct broken {
	struct engine base;
	struct engine *right;
	size_t row; /* whose output or loss is NaN */
	int output; /* 1: its output is NaN; 0: its loss alone */
};

static gf_status broken_outputs(struct engine *engine, const float *params, size_t first,
	size_t rows, float *z, gf_error *err)
{
	const struct broken *b = (struct broken *)engine;
	const gf_status status = engine_outputs(b->right, params, first, rows, z, err);

	if (b->output && b->row >= first && b->row < first + rows)
		z[b->row - first] = NAN;
	return status;
}

static gf_status broken_loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *loss, gf_error *err)
{
	const struct broken *b = (struct broken *)engine;
	const gf_status status = engine_loss(b->right, params, first, rows, scale, loss, err);

	if (b->row >= first && b->row < first + rows)
		*loss = NAN;
	return status;
}

static const struct engine_class broken_class = {.outputs = broken_outputs, .loss = broken_loss};

static void assert_diagnosis(int output, const char *wanted)
{
	const float params[] = {0.5f, 0.25f};
	const struct problem problem = parabola_problem(NOTEBOOK_X);
	const struct engine_options options = {.engine = GF_ENGINE_reference};
	const struct batch all = {.count = 7};
	struct broken broken = {.base.class = &broken_class, .row = 4, .output = output};
	const struct diagnosis diagnosis = {.problem = &problem,
		.batch = &all,
		.params = params,
		.engine = &broken.base,
		.divisor = 7.0,
		.lr = 0.01,
		.epoch = 2};
	char text[DIAGNOSIS_ROOM];

	broken.base.word = GF_ENGINE_streaming;
	assert_int_equal(engine_open(&broken.right, &problem, &options, NULL), GF_OK);
	assert_int_equal(diagnose(&diagnosis, text, sizeof text, NULL), GF_OK);
	assert_begins(text, wanted);
	engine_close(broken.right);
	free_problem(&problem);
}

static void a_unit_of_a_hidden_layer_is_named_that_a_rate_too_large_blew_up(void **state)
{
	static const char *const column[] = {"the loss of epoch 0 is not finite: the data",
		"standardized", ": row 2 has the output", "column \"x2\", 3e+38",
		"times its weight of unit ", " of hidden layer 1, ", NULL};
	static const char *const unit[] = {"is not finite: lr, 1e+30, is too large: row ",
		"mostly from the value of unit ", " of hidden layer 1, ",
		", times its weight of unit ", " of hidden layer 2, ", NULL};
	const float x[] = {1, 1, 2, 3e38f, 3, 1}, y[] = {1, 2, 3};
	gf_dataset *large = new_data(3, 2, 1, x, y), *data = notebook_data();
	gf_config config = diverging_config(1e30, GF_CHECK_off);

	(void)state;
	config.init = GF_INIT_pytorch;
	config.hidden[0] = 3;
	config.hidden[1] = 2;
	config.activation = GF_ACTIVATION_silu;
	assert_blamed(large, config, column);
	assert_blamed(data, config, unit);
	gf_dataset_free(large);
	gf_dataset_free(data);
}

static void a_device_with_a_wrong_output_is_to_blame(void **state)
{
	(void)state;
	assert_diagnosis(1,
		"the device computes wrong numbers: its kernel outputs returns nan for row 5, "
		"and the reference 0.800000012");
}

static void a_device_with_a_wrong_loss_alone_is_to_blame(void **state)
{
	(void)state;
	assert_diagnosis(0,
		"the device computes wrong numbers: all its outputs are right, but its kernel "
		"gradient returns no finite loss for row 5, and the reference ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_beyond_floats_are_to_blame_in_the_first_step),
		cmocka_unit_test(a_rate_too_large_is_to_blame_later),
		cmocka_unit_test(a_unit_of_a_hidden_layer_is_named_that_a_rate_too_large_blew_up),
		cmocka_unit_test(a_device_with_a_wrong_output_is_to_blame),
		cmocka_unit_test(a_device_with_a_wrong_loss_alone_is_to_blame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

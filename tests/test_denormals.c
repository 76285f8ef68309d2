/*
 * test_denormals.c: a device that flushes denormals, which are numbers below 2^-126, to 0 gives the
 * bits of plain loops where the data have none, and passes the check where they have some.
 *
 * All programs are built with -cl-denorms-are-zero: on x86 PoCL then sets the processor to flush
 * while their kernels run.
 */
#include "fixture_engine.h"

#include "fixture.h"
#include "shared_builds.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* ---- numbers that kernels flush ---- */

/* Returns whether the outputs of x = 2^-130 and w = 1 are 0. */
static int device_flushes(void)
{
	const struct setup setup = {.shape = {1, 1, 1}, .steps = 1};
	struct training *t = new_training(&setup);
	struct engine *engine = open_engine(t, GF_ENGINE_streaming, (struct tuning){0});
	const float params[] = {1.0f, 0.0f};
	float z = 1.0f;

	engine_close(engine);
	t->problem.data->x[0] = 0x1p-130f;
	engine = open_engine(t, GF_ENGINE_streaming, (struct tuning){0});
	assert_int_equal(engine_outputs(engine, params, 0, 1, &z, NULL), GF_OK);
	engine_close(engine);
	free_training(t);
	assert_true(z == 0.0f || z == 0x1p-130f);
	return z == 0.0f;
}

static void need_flushes(void)
{
	if (device_flushes())
		return;
	print_message("the device keeps denormals, whatever the option says\n");
	skip();
}

/* ---- data without denormals ---- */

static const struct setup SETUPS[] = {
	{.shape = {200, 3, 1}, .loss = GF_LOSS_bce, .steps = 4},
	{.shape = {130, 20, 3},
		.loss = GF_LOSS_cross_entropy,
		.update = {.optimizer = GF_OPTIMIZER_adam, .clip_norm = 1},
		.batch_size = 48,
		.shuffled = 1,
		.weighted = 1,
		.steps = 5},
	{.shape = {130, 6, 2},
		.hidden = {{9}, 1, GF_ACTIVATION_tanh, 0.0},
		.update = {.momentum = 1},
		.steps = 4},
};

static void assert_bits(struct training *t, gf_engine word, gf_kernels kernels)
{
	struct engine *engine =
		open_engine(t, word, (struct tuning){.kernels = kernels, .with_resident = 1});

	assert_training_matches(engine, t, t->setup.steps);
	engine_close(engine);
}

static void data_without_denormals_give_the_bits_of_plain_loops(void **state)
{
	size_t i;

	(void)state;
	need_flushes();
	for (i = 0; i < COUNT(SETUPS); i++) {
		struct training *t = new_training(&SETUPS[i]);

		expect_training(t);
		assert_bits(t, GF_ENGINE_streaming, GF_KERNELS_cpu);
		assert_bits(t, GF_ENGINE_resident, GF_KERNELS_cpu);
		if (i == 1) /* PoCL takes seconds for these kernels */
			assert_bits(t, GF_ENGINE_streaming, GF_KERNELS_gpu);
		free_training(t);
	}
}

/* ---- data with denormals ---- */

/* Features, gradients and steps are denormals: a device that flushes learns nothing from them, and
 * one that keeps them learns something that is as small. */
static void data_with_denormals_pass_the_check(void **state)
{
	static const gf_engine engines[] = {GF_ENGINE_streaming, GF_ENGINE_resident};
	gf_dataset *data = random_data(60, 3, 1);
	gf_config config;
	size_t i;

	(void)state;
	need_flushes();
	for (i = 0; i < 60 * 3; i++)
		data->x[i] *= i % 3 ? 0x1p-128f : 1.0f;
	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.epochs = 5;
	config.check = GF_CHECK_every;
	for (i = 0; i < COUNT(engines); i++) {
		struct fit fit = new_fit(NULL, 0);

		config.engine = engines[i];
		run_fit(&fit, data, config);
		assert_true(isfinite(fit.report.loss));
		free_fit(&fit);
	}
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_without_denormals_give_the_bits_of_plain_loops),
		cmocka_unit_test(data_with_denormals_pass_the_check),
	};

	shared_builds_options = " -cl-denorms-are-zero";
	return cmocka_run_group_tests(tests, NULL, NULL);
}

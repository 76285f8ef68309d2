/*
 * test_variants.c: each loss and each variant of every optimiser gives the bits of the plain
 * loops in order.c, on batches of all kinds.
 *
 * Not all combinations are tried, but each loss and each variant once, with shapes and options
 * that change from one to the next.  GPUFIT_TEST_FULL=1 tries every loss with every variant,
 * which takes some minutes.  GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"

#include "cl_engine.h"

#include <math.h>
#include <stdlib.h>

/* Shapes and options that change from case to case. */
static const size_t ROWS[] = {1, 15, 16, 17, 63, 64, 65, 200, 1000};
static const size_t FEATURES[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 100};
static const size_t BATCHES[] = {16, 0, 7, 64, 1};
static const size_t LOCAL[] = {1, 8, 64};
static const struct {
	int maximize, clip_norm, clip_value, average, no_bias, penalised, weighted;
} EXTRAS[] = {
	{0},
	{.clip_norm = 1, .weighted = 1},
	{.average = 1, .penalised = 1},
	{.clip_value = 1, .no_bias = 1},
	{.weighted = 1, .average = 1, .maximize = 1},
	{.clip_norm = 1, .clip_value = 1, .penalised = 1},
	{.no_bias = 1, .clip_norm = 1, .average = 1, .weighted = 1, .penalised = 1},
};

#define AT(list, turn) ((list)[(turn) % COUNT(list)])

static struct update update_at(struct update u, size_t turn)
{
	u.maximize = AT(EXTRAS, turn).maximize;
	u.clip_norm = AT(EXTRAS, turn).clip_norm;
	u.clip_value = AT(EXTRAS, turn).clip_value;
	u.average = AT(EXTRAS, turn).average;
	u.no_bias = AT(EXTRAS, turn).no_bias;
	return u;
}

static struct setup setup_at(gf_loss loss, struct update update, size_t turn)
{
	/* One output more for cross_entropy, which learns nothing from a single class. */
	const size_t outputs = 1 + turn % 3 + (loss == GF_LOSS_cross_entropy);

	return (struct setup){.shape = {AT(ROWS, turn), AT(FEATURES, turn / 3), outputs},
		.loss = loss,
		.update = update_at(update, turn),
		.batch_size = AT(BATCHES, turn),
		.shuffled = turn / 5 % 2 == 0,
		.weighted = AT(EXTRAS, turn).weighted,
		.offset = loss % 3 != 0, /* with few features, some and many */
		.class_weights = loss == GF_LOSS_cross_entropy && turn % 2,
		.penalised = AT(EXTRAS, turn).penalised,
		.extra_rows = turn % 4 * 9,
		.steps = 7};
}

static void assert_bits_by(struct training *t, gf_engine word, struct tuning tuning, size_t most)
{
	struct engine *engine = open_engine(t, word, tuning);

	assert_training_matches(engine, t, most);
	engine_close(engine);
}

/* Some compilers take seconds for the kernels for GPUs: one engine in each case. */
static void assert_bits_of_gpu_kernels(struct training *t, struct tuning tuning, size_t turn)
{
	const int all = getenv("GPUFIT_TEST_FULL") != NULL;

	tuning.kernels = GF_KERNELS_gpu;
	tuning.local = 0;
	if (all || turn % 3)
		assert_bits_by(t, GF_ENGINE_streaming, tuning, 1 + turn % 7);
	if (all || turn % 3 == 0)
		assert_bits_by(t, GF_ENGINE_resident, tuning, 1 + turn % 5);
}

static void assert_bits(gf_loss loss, struct update update, size_t turn)
{
	const struct setup setup = setup_at(loss, update, turn);
	const struct tuning tuning = {.local = AT(LOCAL, turn),
		.blocks = turn % 4 == 3 ? 0 : (size_t)1 << turn % 4,
		.width = turn % 2 ? WIDTH_BUILT_IN : WIDTH_RUN_TIME};
	struct training *t = new_training(&setup);

	expect_training(t);
	assert_true(isfinite(t->end_loss));
	assert_bits_by(t, GF_ENGINE_streaming, tuning, 1 + turn % 7);
	assert_bits_by(t, GF_ENGINE_resident, tuning, 1 + turn % 5);
	assert_bits_of_gpu_kernels(t, tuning, turn);
	free_training(t);
}

/* A loss is in the kernels of a pass, an optimiser in those of an update: each is tried once, or
 * again with one of the others if these are more. */
static int is_selected(size_t loss, size_t u)
{
	return getenv("GPUFIT_TEST_FULL") || u % GF_LOSS_COUNT == loss ||
	       loss % COUNT(UPDATES) == u;
}

static void each_loss_and_each_optimizer_gives_the_bits_of_plain_loops(void **state)
{
	size_t loss, u, turn = 0;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++)
		for (u = 0; u < COUNT(UPDATES); u++, turn++)
			if (is_selected(loss, u))
				assert_bits((gf_loss)loss, UPDATES[u], turn);
}

/* ---- launches ---- */

static const struct setup ADAM = {.shape = {50, 3, 2},
	.loss = GF_LOSS_bce,
	.update = {.optimizer = GF_OPTIMIZER_adam},
	.batch_size = 16,
	.shuffled = 1,
	.steps = 9};

static const gf_engine LAUNCHERS[] = {GF_ENGINE_streaming, GF_ENGINE_resident};

static void steps_of_several_launches_are_those_of_one_launch(void **state)
{
	const struct tuning tuning = {0};
	struct training *t = new_training(&ADAM);
	size_t i, limit;

	(void)state;
	expect_training(t);
	for (i = 0; i < COUNT(LAUNCHERS); i++)
		for (limit = 1; limit < 10; limit += 4) {
			struct engine *engine = open_engine(t, LAUNCHERS[i], tuning);

			((struct cl_engine *)engine)->launch_limit = limit;
			assert_training_matches(engine, t, t->setup.steps);
			((struct cl_engine *)engine)->base.record_limit = limit;
			assert_training_matches(engine, t, t->setup.steps);
			engine_close(engine);
		}
	free_training(t);
}

static void constant_rates_apply_to_every_step(void **state)
{
	const struct tuning tuning = {0};
	struct training *t = new_training(&ADAM);
	size_t i;

	(void)state;
	t->plan.rates_constant = 1;
	expect_training(t);
	for (i = 0; i < COUNT(LAUNCHERS); i++) {
		struct engine *engine = open_engine(t, LAUNCHERS[i], tuning);

		assert_training_matches(engine, t, 4);
		engine_close(engine);
	}
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_several_launches_are_those_of_one_launch),
		cmocka_unit_test(constant_rates_apply_to_every_step),
		cmocka_unit_test(each_loss_and_each_optimizer_gives_the_bits_of_plain_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

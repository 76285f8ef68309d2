/*
 * test_warm_up.c: warming an engine up, by launches of its kernels with nothing to do, changes
 * no number.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"

static void warm_up(struct engine *engine, const struct training *t)
{
	const struct uses uses = {
		.shuffles = t->setup.shuffled, .validates = t->setup.extra_rows > 0};
	const double before = engine->build_seconds;
	gf_error err = {0};

	if (engine_warm_up(engine, &uses, &err))
		fail_msg("%s", err.message);
	assert_true(engine->build_seconds > before);
}

/* Trains in two runs, without a history. warms: the engine is warmed up before each of them. */
static struct outcome train(struct training *t, gf_engine word, int warms)
{
	struct engine *engine = open_engine(t, word, (struct tuning){0});
	const size_t half = t->setup.steps / 2;
	struct outcome outcome = new_outcome(t);

	if (warms)
		warm_up(engine, t);
	assert_int_equal(engine_set(engine, t->start, t->start_state, NULL), GF_OK);
	run_steps(engine, t, 0, half, 0, &outcome);
	if (warms)
		warm_up(engine, t);
	run_steps(engine, t, half, t->setup.steps - half, 0, &outcome);
	assert_int_equal(engine_get(engine, outcome.end, outcome.end_state, NULL), GF_OK);
	engine_close(engine);
	return outcome;
}

static void assert_warm_and_cold_agree(struct training *t, gf_engine word)
{
	struct outcome cold = train(t, word, 0), warm = train(t, word, 1);

	assert_same_end(t, &warm, &cold);
	free_outcome(&cold);
	free_outcome(&warm);
}

static void steps_on_all_rows_keep_their_bits(void **state)
{
	const struct setup setup = {.shape = {900, 5, 2},
		.loss = GF_LOSS_mse,
		.update = {.optimizer = GF_OPTIMIZER_adam, .clip_norm = 1},
		.steps = 6};
	struct training *t = new_training(&setup);

	(void)state;
	assert_warm_and_cold_agree(t, GF_ENGINE_streaming);
	assert_warm_and_cold_agree(t, GF_ENGINE_resident);
	free_training(t);
}

static void shuffled_batches_keep_their_bits(void **state)
{
	const struct setup setup = {.shape = {330, 7, 3},
		.loss = GF_LOSS_cross_entropy,
		.update = {.optimizer = GF_OPTIMIZER_sgd, .momentum = 1, .average = 1},
		.batch_size = 100,
		.shuffled = 1,
		.extra_rows = 70,
		.steps = 8};
	struct training *t = new_training(&setup);

	(void)state;
	assert_warm_and_cold_agree(t, GF_ENGINE_streaming);
	assert_warm_and_cold_agree(t, GF_ENGINE_resident);
	free_training(t);
}

static void steps_from_moments_keep_their_bits(void **state)
{
	const struct setup setup = {.shape = {900, 5, 2},
		.loss = GF_LOSS_mse,
		.update = {.optimizer = GF_OPTIMIZER_sgd},
		.steps = 4};
	struct training *t = new_moments_training(&setup);

	(void)state;
	assert_warm_and_cold_agree(t, GF_ENGINE_moments);
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_on_all_rows_keep_their_bits),
		cmocka_unit_test(shuffled_batches_keep_their_bits),
		cmocka_unit_test(steps_from_moments_keep_their_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

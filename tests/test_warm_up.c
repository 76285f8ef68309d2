/*
 * test_warm_up.c: kernels that are launched with nothing to do change no number.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "trainings.h"

#include <stdlib.h>

/* What a training comes to. */
struct numbers {
	float *losses, *end, *state; /* (steps), (P), (S, P); owned */
};

static void numbers_free(struct numbers *n)
{
	free(n->losses);
	free(n->end);
	free(n->state);
}

static void warm_up(struct engine *engine, const struct training *t)
{
	const struct uses uses = {.shuffles = t->job.shuffled, .validates = t->job.looked_at > 0};
	const double before = engine->build_seconds;
	gf_error err = {0};

	if (engine_warm_up(engine, &uses, &err))
		fail_msg("%s", err.message);
	assert_true(engine->build_seconds > before);
}

static void run_steps(struct engine *engine, const struct training *t, size_t first, size_t count,
	struct numbers *n)
{
	const struct history history = {n->losses + first, NULL};
	struct plan plan = t->plan;
	gf_error err = {0};

	plan.first += first;
	plan.count = count;
	plan.rates = plan_rates(&t->plan, first);
	if (engine_run(engine, &plan, &history, &err))
		fail_msg("%s", err.message);
}

/* In two runs, with an engine that is warmed up before each, or never. */
static struct numbers train(const struct training *t, gf_engine word, int warms)
{
	const struct tuning tuning = {.kernels = GF_KERNELS_auto};
	struct engine *engine = training_open(t, word, &tuning);
	const size_t half = t->job.steps / 2, P = t->parameters;
	struct numbers n = {malloc(t->job.steps * sizeof(float)), malloc(P * sizeof(float)),
		malloc((t->planes * P + 1) * sizeof(float))};

	training_poison(engine);
	if (warms)
		warm_up(engine, t);
	assert_int_equal(engine_set(engine, t->start, t->start_state, NULL), GF_OK);
	run_steps(engine, t, 0, half, &n);
	if (warms)
		warm_up(engine, t);
	run_steps(engine, t, half, t->job.steps - half, &n);
	assert_int_equal(engine_get(engine, n.end, n.state, NULL), GF_OK);
	engine_close(engine);
	return n;
}

static void warm_and_cold_agree(const struct job *job, gf_engine word)
{
	struct training *t = training_new(job);
	const struct tuning tuning = {.kernels = GF_KERNELS_auto};
	struct numbers cold = train(t, word, 0), warm = train(t, word, 1);

	training_same(t, &tuning, "loss", warm.losses, cold.losses, job->steps);
	training_same(t, &tuning, "parameter", warm.end, cold.end, t->parameters);
	training_same(t, &tuning, "state", warm.state, cold.state, t->planes * t->parameters);
	numbers_free(&cold);
	numbers_free(&warm);
	training_free(t);
}

static void steps_on_all_rows_keep_their_bits(void **state)
{
	const struct job job = {.shape = {900, 5, 2},
		.loss = GF_LOSS_mse,
		.update = {.optimizer = GF_OPTIMIZER_adam, .clip_norm = 1},
		.steps = 6};

	(void)state;
	warm_and_cold_agree(&job, GF_ENGINE_streaming);
	warm_and_cold_agree(&job, GF_ENGINE_resident);
}

static void shuffled_batches_keep_their_bits(void **state)
{
	const struct job job = {.shape = {330, 7, 3},
		.loss = GF_LOSS_cross_entropy,
		.update = {.optimizer = GF_OPTIMIZER_sgd, .momentum = 1, .average = 1},
		.batch_size = 100,
		.shuffled = 1,
		.looked_at = 70,
		.steps = 8};

	(void)state;
	warm_and_cold_agree(&job, GF_ENGINE_streaming);
	warm_and_cold_agree(&job, GF_ENGINE_resident);
}

static void steps_from_moments_keep_their_bits(void **state)
{
	const struct job job = {.shape = {900, 5, 2},
		.loss = GF_LOSS_mse,
		.update = {.optimizer = GF_OPTIMIZER_sgd},
		.steps = 4};
	struct training *t = training_new(&job);
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = GF_ENGINE_moments};
	struct engine *engine = NULL;
	gf_error err = {0};
	const gf_status status = engine_open(&engine, &t->problem, &options, &err);

	(void)state;
	engine_close(engine);
	training_free(t);
	/* Without double precision. */
	if (status == GF_E_UNAVAILABLE)
		skip();
	warm_and_cold_agree(&job, GF_ENGINE_moments);
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

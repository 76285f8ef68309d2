/*
 * test_workloads.c: each training that the bench times gives the bits of the plain loops in
 * order.c, by the engine that it is timed with.
 *
 * Large ones train on their first thousand rows, which end within a block of rows.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"
#include "bench/workloads.h"

enum { ROWS_MOST = 1030, STEPS = 3 };

static struct setup setup_of(const struct workload *w)
{
	return (struct setup){.shape = {w->rows && w->rows < ROWS_MOST ? w->rows : ROWS_MOST,
				      w->features, w->outputs},
		.hidden = workload_hidden(w),
		.loss = w->loss,
		.update = {.optimizer = w->optimizer, .momentum = w->momentum},
		.batch_size = w->batch_size,
		.shuffled = w->shuffled,
		.steps = STEPS};
}

static void assert_workload_matches(const struct workload *workload, gf_engine word)
{
	const struct setup setup = setup_of(workload);
	struct training *t = new_training(&setup);
	struct engine *engine = open_engine(t, word, (struct tuning){0});

	expect_training(t);
	assert_training_matches(engine, t, STEPS);
	engine_close(engine);
	free_training(t);
}

/* The engine of moments adds up in another order, which test_moments.c tests. */
static void every_workload_gives_the_bits_of_the_order_of_sums(void **state)
{
	gf_engine word;
	size_t i, tested = 0;

	(void)state;
	for (i = 0; i < WORKLOADS_COUNT; i++)
		if (workload_engine(WORKLOADS + i, &word) && !workload_is_moments(WORKLOADS + i)) {
			assert_workload_matches(WORKLOADS + i, word);
			tested++;
		}
	assert_in_range(tested, WORKLOADS_COUNT - 1, WORKLOADS_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_workload_gives_the_bits_of_the_order_of_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

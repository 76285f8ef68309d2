/*
 * test_works.c: what the bench times gives the bits of order.c, by the engine that it is timed
 * with; of many rows the first thousand, which end within a block.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"
#include "works.h"

enum { ROWS_MOST = 1030, STEPS = 3 };

static struct setup setup_of(const struct work *w)
{
	return (struct setup){.shape = {w->rows && w->rows < ROWS_MOST ? w->rows : ROWS_MOST,
				      w->features, w->outputs},
		.loss = w->loss,
		.update = {.optimizer = w->optimizer, .momentum = w->momentum},
		.batch_size = w->batch_size,
		.shuffled = w->shuffled,
		.steps = STEPS};
}

static void holds(const struct work *work, gf_engine word)
{
	const struct setup setup = setup_of(work);
	struct training *t = new_training(&setup);
	struct engine *engine = open_engine(t, word, (struct tuning){0});

	expect_training(t);
	assert_training_matches(engine, t, STEPS);
	engine_close(engine);
	free_training(t);
}

/* moments has another order of sums: test_moments.c. */
static void what_is_timed_gives_the_bits_of_the_order_of_sums(void **state)
{
	gf_engine word;
	size_t i, held = 0;

	(void)state;
	for (i = 0; i < WORKS_COUNT; i++)
		if (work_engine(WORKS + i, &word) && !work_is_moments(WORKS + i)) {
			holds(WORKS + i, word);
			held++;
		}
	assert_in_range(held, WORKS_COUNT - 1, WORKS_COUNT);
}

static void a_work_counts_its_steps(void **state)
{
	const struct work whole = {.features = 3, .outputs = 2, .epochs = 1};
	const struct work batches = {.features = 3, .outputs = 1, .batch_size = 4, .epochs = 2};

	(void)state;
	assert_int_equal(work_steps(&whole, 10), 1);
	assert_int_equal(work_steps(&batches, 10), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_work_counts_its_steps),
		cmocka_unit_test(what_is_timed_gives_the_bits_of_the_order_of_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

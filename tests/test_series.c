/* test_series.c: a series keeps evenly spaced epochs of a training, however long it is. */
#include "basics.h"

#include "series.h"

#include <math.h>

static struct series series;

/* Adds epochs [first, first + count), whose loss is their number. */
static void add_epochs(size_t first, size_t count)
{
	series = (struct series){0};
	for (size_t i = first; i < first + count; i++) {
		const gf_epoch epoch = {.epoch = i,
			.loss = (float)i,
			.val_loss = (float)i / 2,
			.lr = i == first ? 2.0 : 1.0};

		series_add(&series, &epoch);
	}
	series_end(&series);
}

/* The points begin with the first epoch, are evenly spaced but for the last one, and are those of
 * their epochs. */
static void assert_even(size_t first, size_t count)
{
	assert_true(series.count <= SERIES_ROOM + 1);
	assert_true(series.count >= (count < SERIES_ROOM / 2 ? count : SERIES_ROOM / 2));
	for (size_t i = 0; i < series.count; i++) {
		const bool last = i + 1 == series.count;

		assert_int_equal(series.points[i].epoch,
			last ? first + count - 1 : first + i * series.stride);
		assert_true(series.points[i].loss == (float)series.points[i].epoch);
	}
}

static void points_are_evenly_spaced_and_include_the_first_and_the_last_epoch(void **state)
{
	static const size_t counts[] = {1, 2, SERIES_ROOM - 1, SERIES_ROOM, SERIES_ROOM + 1,
		SERIES_ROOM + 2, 2 * SERIES_ROOM, 2 * SERIES_ROOM + 1, 5000, 1000000};

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		add_epochs(0, counts[i]);
		assert_even(0, counts[i]);
		add_epochs(1234, counts[i]);
		assert_even(1234, counts[i]);
	}
}

static void rates_are_those_of_all_epochs(void **state)
{
	(void)state;
	add_epochs(0, 5000);
	assert_true(series.least_lr == 1.0 && series.most_lr == 2.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_evenly_spaced_and_include_the_first_and_the_last_epoch),
		cmocka_unit_test(rates_are_those_of_all_epochs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_contest.c: when the bench says that a row is faster than its limit, and what it counts a
 * row's work to be. */
#include "basics.h"

#include "bench/contest.h"
#include "works.h"

#include <math.h>
#include <string.h>

/* Ours, and another, in three turns. */
static struct contest contest_of(int role, const double *ours, const double *other)
{
	struct contest c = {.turns = 3};

	contest_add(&c, "gpufit", OURS, NULL, NULL);
	contest_add(&c, "other", role, NULL, NULL);
	memcpy(c.list[0].seconds, ours, 3 * sizeof *ours);
	memcpy(c.list[1].seconds, other, 3 * sizeof *other);
	return c;
}

static void a_row_far_faster_than_its_bound_is_too_fast(void **state)
{
	struct contest c =
		contest_of(BOUND, (double[]){1.0, 1.01, 1.0}, (double[]){1.5, 1.5, 1.51});

	(void)state;
	assert_true(contest_too_fast(&c));
	/* One turn does not say by how much turns differ. */
	c.turns = 1;
	assert_false(contest_too_fast(&c));
}

static void a_row_is_not_too_fast_by_less_than_turns_differ(void **state)
{
	const struct contest shaky =
		contest_of(BOUND, (double[]){1.0, 1.3, 1.1}, (double[]){1.5, 1.2, 1.4});
	const struct contest slower =
		contest_of(BOUND, (double[]){1.5, 1.5, 1.5}, (double[]){1.0, 1.0, 1.0});

	(void)state;
	assert_true(fabs(contest_noise(&shaky, shaky.list + 1) - (0.3 + 0.25)) < 1e-12);
	assert_false(contest_too_fast(&shaky));
	assert_false(contest_too_fast(&slower));
}

static void what_is_no_bound_may_be_slower(void **state)
{
	const struct contest limit =
		contest_of(LIMIT, (double[]){1.0, 1.0, 1.0}, (double[]){2.0, 2.0, 2.0});
	const struct contest peer =
		contest_of(PEER, (double[]){1.0, 1.0, 1.0}, (double[]){2.0, 2.0, 2.0});

	(void)state;
	assert_false(contest_too_fast(&limit));
	assert_false(contest_too_fast(&peer));
}

static void expect_effort(const struct work *work, size_t rows, struct effort wanted)
{
	const struct effort found = work_effort(work, rows);

	assert_true(fabs(found.bytes - wanted.bytes) <= 1e-12 * wanted.bytes);
	assert_true(fabs(found.flops - wanted.flops) <= 1e-12 * wanted.flops);
	assert_true(fabs(found.divisions - wanted.divisions) <= 1e-12 * wanted.divisions);
}

/* Counted by hand. */
static void the_effort_of_a_work_is_its_bytes_operations_and_divisions(void **state)
{
	/* 3 products and 2 sums of them, the bias; d, d^2, 2 d; 3 fused with the slope; 2 sums;
	 * and once 4 parameters: scaled, fused. */
	const struct work mse = {.features = 3, .outputs = 1, .epochs = 1};
	/* exp, log and a division a row. */
	const struct work bce = {.features = 1, .outputs = 1, .epochs = 1, .loss = GF_LOSS_bce};
	/* Two steps of batches of 5, each of 9 parameters with a root and a division. */
	const struct work adam = {.features = 8,
		.outputs = 1,
		.epochs = 1,
		.optimizer = GF_OPTIMIZER_adam,
		.batch_size = 5};

	(void)state;
	expect_effort(&mse, 10, (struct effort){10 * 16, 10 * (6 + 2 + 1 + 3 + 6 + 2) + 4 * 3, 0});
	expect_effort(
		&bce, 10, (struct effort){10 * 8, 10 * (2 + 1 + 19 + 23 + 5 + 2 + 2) + 2 * 3, 10});
	expect_effort(
		&adam, 10, (struct effort){10 * 36, 10 * (16 + 8 + 3 + 16 + 2) + 18 * 12, 2 * 18});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_far_faster_than_its_bound_is_too_fast),
		cmocka_unit_test(a_row_is_not_too_fast_by_less_than_turns_differ),
		cmocka_unit_test(what_is_no_bound_may_be_slower),
		cmocka_unit_test(the_effort_of_a_work_is_its_bytes_operations_and_divisions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

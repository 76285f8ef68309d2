/* test_bench.c: when the bench says that a row beats its limit, and how it counts the operations of
 * a workload. */
#include "basics.h"

#include "bench/contest.h"
#include "bench/workloads.h"

#include <stdio.h>
#include <string.h>

/* Two contestants, gpufit and another one of that role, with their seconds in three turns. */
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
	/* From a single turn nobody knows how much turns differ. */
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
	assert_close("noise", contest_noise(&shaky, shaky.list + 1), 0.3 + 0.25, 0x1p-40);
	assert_false(contest_too_fast(&shaky));
	assert_false(contest_too_fast(&slower));
}

static void a_limit_or_a_peer_may_be_slower_than_gpufit(void **state)
{
	const struct contest limit =
		contest_of(LIMIT, (double[]){1.0, 1.0, 1.0}, (double[]){2.0, 2.0, 2.0});
	const struct contest peer =
		contest_of(PEER, (double[]){1.0, 1.0, 1.0}, (double[]){2.0, 2.0, 2.0});

	(void)state;
	assert_false(contest_too_fast(&limit));
	assert_false(contest_too_fast(&peer));
}

static void assert_effort(
	const char *name, const struct workload *workload, size_t rows, struct effort wanted)
{
	const struct effort found = workload_effort(workload, rows);
	const struct {
		const char *what;
		double found, wanted;
	} numbers[] = {{"bytes", found.bytes, wanted.bytes}, {"flops", found.flops, wanted.flops},
		{"divisions", found.divisions, wanted.divisions}};
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		snprintf(text, sizeof text, "%s: %s", name, numbers[i].what);
		assert_close(text, numbers[i].found, numbers[i].wanted, 1e-12 * numbers[i].wanted);
	}
}

/* The wanted numbers are counted by hand. */
static void the_effort_of_a_workload_is_its_bytes_operations_and_divisions(void **state)
{
	/* A row takes 3 products, 2 sums of them and the bias; d, d^2 and 2 d of its difference d;
	 * 3 products with the slope, each fused with a sum; 2 sums.  Each of the 4 parameters is
	 * scaled once, and moved by a fused product. */
	const struct workload mse = {.features = 3, .outputs = 1, .epochs = 1};
	/* A row takes an exp, a log and a division. */
	const struct workload bce = {.features = 1, .outputs = 1, .epochs = 1, .loss = GF_LOSS_bce};
	/* There are two steps of 5 rows; each of 9 parameters takes a root and a division. */
	const struct workload adam = {.features = 8,
		.outputs = 1,
		.epochs = 1,
		.optimizer = GF_OPTIMIZER_adam,
		.batch_size = 5};

	(void)state;
	assert_effort(
		"mse", &mse, 10, (struct effort){10 * 16, 10 * (6 + 2 + 1 + 3 + 6 + 2) + 4 * 3, 0});
	assert_effort("bce", &bce, 10,
		(struct effort){10 * 8, 10 * (2 + 1 + 19 + 23 + 5 + 2 + 2) + 2 * 3, 10});
	assert_effort("adam", &adam, 10,
		(struct effort){10 * 36, 10 * (16 + 8 + 3 + 16 + 2) + 18 * 12, 2 * 18});
}

static void a_workload_counts_its_steps(void **state)
{
	const struct workload whole = {.features = 3, .outputs = 2, .epochs = 1};
	const struct workload batches = {.features = 3, .outputs = 1, .batch_size = 4, .epochs = 2};

	(void)state;
	assert_int_equal(workload_steps(&whole, 10), 1);
	assert_int_equal(workload_steps(&batches, 10), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_far_faster_than_its_bound_is_too_fast),
		cmocka_unit_test(a_row_is_not_too_fast_by_less_than_turns_differ),
		cmocka_unit_test(a_limit_or_a_peer_may_be_slower_than_gpufit),
		cmocka_unit_test(a_workload_counts_its_steps),
		cmocka_unit_test(the_effort_of_a_workload_is_its_bytes_operations_and_divisions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

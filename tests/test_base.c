/* test_base.c: random numbers, the clock, errors. */
#include "basics.h"

#include "clock.h"
#include "error.h"

#include <time.h>

/* ---- rng ---- */

/* ISO C++ [rand.predef]: the 10000th number of mt19937 with its default seed. */
static void the_generator_is_mt19937(void **state)
{
	struct rng rng;
	uint32_t last = 0;

	(void)state;
	rng_seed(&rng, 5489);
	assert_int_equal(rng_next32(&rng), 3499211612u);
	for (int i = 1; i < 10000; i++)
		last = rng_next32(&rng);
	assert_int_equal(last, 4123659995u);
}

static void only_the_low_32_bits_of_the_seed_count(void **state)
{
	struct rng low, high;

	(void)state;
	rng_seed(&low, 5);
	rng_seed(&high, ((uint64_t)9 << 32) + 5);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(rng_next32(&low), rng_next32(&high));
}

/* torch 2.15.0: torch.manual_seed(42); torch.empty(6).uniform_(-2.5, 7.25) */
static void uniform_is_the_uniform_of_pytorch(void **state)
{
	static const float wanted[] = {0x1.868938p+2f, 0x1.9af664p+2f, 0x1.3ba0cp+0f,
		0x1.b69b52p+2f, 0x1.4e8f0ap+0f, 0x1.adeadap+1f};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 42);
	for (int i = 0; i < 6; i++) {
		float found = rng_uniform(&rng, -2.5f, 7.25f);

		if (found != wanted[i])
			fail_msg("[%d] is %a, wanted %a", i, (double)found, (double)wanted[i]);
	}
}

/* ---- clock and error ---- */

static void the_clock_counts_seconds_forward(void **state)
{
	struct timespec pause = {0, 20000000};
	double start = clock_seconds();

	(void)state;
	nanosleep(&pause, NULL);

	double took = clock_seconds() - start;

	/* At least the pause; a machine under load may take much longer, but not a minute. */
	if (!(took >= 0.02 && took < 60))
		fail_msg("a pause of 0.02 s took %g s", took);
}

static void the_first_cause_of_an_error_stays(void **state)
{
	gf_error err = {0};

	(void)state;
	assert_int_equal(gf_fail(&err, GF_E_DATA, "%s:%d", "f", 1), GF_E_DATA);
	assert_int_equal(gf_fail(&err, GF_E_IO, "later"), GF_E_IO);
	assert_string_equal(err.message, "f:1");
	assert_int_equal(err.status, GF_E_DATA);
	assert_int_equal(gf_fail(NULL, GF_E_IO, "nobody asked"), GF_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_generator_is_mt19937),
		cmocka_unit_test(only_the_low_32_bits_of_the_seed_count),
		cmocka_unit_test(uniform_is_the_uniform_of_pytorch),
		cmocka_unit_test(the_clock_counts_seconds_forward),
		cmocka_unit_test(the_first_cause_of_an_error_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

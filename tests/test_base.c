/* test_base.c: random numbers, the clock, errors. */
#include "basics.h"

#include "text.h"
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

static void control_characters_are_escaped(void **state)
{
	static const char *const pairs[][2] = {
		{"plain, \xc3\xa9, \xe6\x97\xa5, \"quoted\", \\x1b", NULL},
		{"a list:\n  0  first\n  1  second", NULL},
		{"", NULL},
		{"a\nb\r\tc\x1b[31m\x7f", "a\\nb\\x0d\\tc\\x1b[31m\\x7f"},
		{"a\n b", "a\\n b"},
		{"\xc2\x9b, \xc2\x80, \xc2\xa0", "\\xc2\\x9b, \\xc2\\x80, \xc2\xa0"},
		{"\xe2\x80\xae \xe2\x80\x8e \xe2\x80\x8b",
			"\\xe2\\x80\\xae \\xe2\\x80\\x8e \xe2\x80\x8b"},
		{"\xe2\x81\xa6 \xe2\x81\xa9 \xd8\x9c",
			"\\xe2\\x81\\xa6 \\xe2\\x81\\xa9 \\xd8\\x9c"},
		{"\xff\xc3(", "\\xff\\xc3("},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *wanted = pairs[i][1] ? pairs[i][1] : pairs[i][0];
		char clean[128], again[128];
		gf_error err = {0};

		clean_text(clean, sizeof clean, pairs[i][0]);
		assert_string_equal(clean, wanted);
		clean_text(again, sizeof again, clean);
		assert_string_equal(again, wanted);
		gf_fail(&err, GF_E_DATA, "%s", pairs[i][0]);
		assert_string_equal(err.message, wanted);
	}
}

static void clean_text_is_cut_between_characters(void **state)
{
	char clean[6];

	(void)state;
	clean_text(clean, sizeof clean, "abcd\xc3\xa9");
	assert_string_equal(clean, "abcd");
	clean_text(clean, sizeof clean, "ab\x1b");
	assert_string_equal(clean, "ab");
	clean_text(clean, 1, "a");
	assert_string_equal(clean, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_generator_is_mt19937),
		cmocka_unit_test(only_the_low_32_bits_of_the_seed_count),
		cmocka_unit_test(uniform_is_the_uniform_of_pytorch),
		cmocka_unit_test(the_clock_counts_seconds_forward),
		cmocka_unit_test(the_first_cause_of_an_error_stays),
		cmocka_unit_test(control_characters_are_escaped),
		cmocka_unit_test(clean_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

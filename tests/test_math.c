/*
 * test_math.c: the functions of kernels/math.cl are as accurate as they promise, beside libm in
 * double; on the device and in order_math.c, one number at a time and 16 side by side, they have
 * the same bits.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  GPUFIT_TEST_FULL=1 tries every float,
 * and 2^30 quotients, which takes some minutes.
 */
#include "functions.h"
#include "order.h"

#include "bits.h"

#include <float.h>
#include <math.h>

static double exp_of(double a, double none)
{
	(void)none;
	return exp(a);
}

static double log_of(double a, double none)
{
	(void)none;
	return log(a);
}

static double log1p_exp_of(double a, double none)
{
	(void)none;
	return log1p(exp(a));
}

static double quotient_of(double a, double b)
{
	return a / b;
}

static double share_of(double a, double b)
{
	return a / (double)(1.0f + (float)b);
}

static double root_of(double a, double none)
{
	(void)none;
	return sqrt(a);
}

enum { EXP, LOG, LOG1P_EXP, DIVIDE, SHARE, SQRT };

static const struct function FUNCTIONS[] = {
	[EXP] = {"exponentials", exp_of, order_exp, EXP_ROUNDINGS, .rises = 1},
	[LOG] = {"logarithms", log_of, order_log, LOG_ROUNDINGS, .takes_denormal = 1},
	[LOG1P_EXP] = {"softpluses", log1p_exp_of, order_log1p_exp, LOG1P_EXP_ROUNDINGS,
		.only_negative = 1},
	[DIVIDE] = {"quotients", quotient_of, NULL, DIV_ROUNDINGS, .exact = 1, .is_quotient = 1},
	[SHARE] = {"shares", share_of, NULL, DIV_ROUNDINGS, .exact = 1},
	[SQRT] = {"roots", root_of, order_sqrt, SQRT_ROUNDINGS, .exact = 1},
};

static int open_bench(void **state)
{
	return bench_open((struct bench **)state, FUNCTIONS, COUNT(FUNCTIONS));
}

static void exp_agrees_with_libm(void **state)
{
	try_floats(*state, EXP);
}

static void log_agrees_with_libm(void **state)
{
	try_floats(*state, LOG);
}

static void log1p_exp_agrees_with_libm(void **state)
{
	try_floats(*state, LOG1P_EXP);
}

static void square_roots_are_correctly_rounded(void **state)
{
	try_floats(*state, SQRT);
}

struct pair {
	uint32_t a, b; /* bits */
};

static struct pair any_pair(struct rng *rng, uint64_t at)
{
	(void)at;
	return (struct pair){rng_next32(rng), rng_next32(rng)};
}

/* Each exponent is paired with each other one. */
static struct pair pair_of_exponents(struct rng *rng, uint64_t at)
{
	const uint32_t a = (uint32_t)at & 0xff, b = (uint32_t)(at >> 8) & 0xff;

	return (struct pair){
		(rng_next32(rng) & 0x807fffff) | a << 23, (rng_next32(rng) & 0x807fffff) | b << 23};
}

static struct pair one_by_every_mantissa(struct rng *rng, uint64_t at)
{
	(void)rng;
	return (struct pair){0x3f800000, 0x3f800000 | (at & 0x7fffff)};
}

/* The dividend a whose quotient by an odd mantissa b lies nearest to the midpoint of two floats, on
 * one side of it or the other: a 2^s = n b + 1 or n b - 1.  The midpoint is n / 2^s, which has one
 * bit more than a float. */
static struct pair hardest_pair(struct rng *rng, uint64_t at)
{
	const uint32_t b = 0x800000 | ((2 * (uint32_t)(at >> 1) + 1) & 0x7fffff);
	const uint32_t c = at & 1 ? 1 : UINT32_MAX;
	uint32_t inverse = b, s, n;
	int i;

	(void)rng;
	for (i = 0; i < 4; i++) /* 3 bits of the inverse are right at first, then 6, 12, 24, 48 */
		inverse *= 2 - b * inverse;
	for (s = 24; s < 26; s++) {
		n = (0 - c * inverse) & ((1u << s) - 1);
		n |= 1u << 24;
		uint64_t a = ((uint64_t)n * b + (uint64_t)(int64_t)(int32_t)c) >> s;

		if (a >> 23 == 1)
			return (struct pair){
				0x3f800000 | (a & 0x7fffff), 0x3f800000 | (b & 0x7fffff)};
	}
	return (struct pair){0x3f800000, 0x3f800000 | (b & 0x7fffff)};
}

static void try_pairs(struct bench *t, size_t which, uint64_t count,
	struct pair (*pair_of)(struct rng *rng, uint64_t at))
{
	struct worst worst = {0};
	struct rng rng;
	uint64_t n;
	size_t i;

	rng_seed(&rng, 7);
	for (n = 0; n < count; n += BATCH) {
		for (i = 0; i < BATCH; i++) {
			const struct pair pair = pair_of(&rng, n + i);

			t->in_a[i] = float_of_bits(pair.a);
			t->in_b[i] = float_of_bits(pair.b);
		}
		run_batch(t, which);
		look_at(&worst, t, which);
	}
	judge(&worst, &FUNCTIONS[which]);
}

static void quotients_are_correctly_rounded(void **state)
{
	try_pairs(*state, DIVIDE, full() ? (uint64_t)1 << 30 : 1 << 22, any_pair);
	try_pairs(*state, DIVIDE, full() ? 1 << 26 : 1 << 17, pair_of_exponents);
	try_pairs(*state, DIVIDE, 1 << 23, one_by_every_mantissa);
}

static void quotients_nearest_to_the_middle_of_two_floats_are_correctly_rounded(void **state)
{
	try_pairs(*state, DIVIDE, 1 << 23, hardest_pair);
}

enum { SHARES = 126 << 23 /* floats from 1 down to 2^-126 */ };

/* All of them, or one of 61. */
static struct pair share_of_one(struct rng *rng, uint64_t at)
{
	(void)rng;
	return (struct pair){0x3f800000, 0x3f800000 - (uint32_t)(at * (full() ? 1 : 61) % SHARES)};
}

static struct pair share_of_itself(struct rng *rng, uint64_t at)
{
	const struct pair p = share_of_one(rng, at);

	return (struct pair){p.b, p.b};
}

static void shares_of_1_are_correctly_rounded(void **state)
{
	try_pairs(*state, SHARE, full() ? SHARES : SHARES / 61, share_of_one);
	try_pairs(*state, SHARE, full() ? SHARES : SHARES / 61, share_of_itself);
}

static const struct edge EDGES[] = {
	{EXP, 0.0f, 0.0f, 1.0f},
	{EXP, -0.0f, 0.0f, 1.0f},
	{EXP, 0x1p-149f, 0.0f, 1.0f},
	{EXP, 0x1.62e42ep+6f, 0.0f, 0x1.ffff08p+127f},
	{EXP, 0x1.62e430p+6f, 0.0f, INFINITY},
	{EXP, -0x1.5d589ep+6f, 0.0f, 0x1.00004cp-126f},
	{EXP, -0x1.5d58a0p+6f, 0.0f, 0.0f},
	{EXP, INFINITY, 0.0f, INFINITY},
	{EXP, -INFINITY, 0.0f, 0.0f},
	{EXP, NAN, 0.0f, NAN},
	{LOG, 1.0f, 0.0f, 0.0f},
	{LOG, 0.0f, 0.0f, -INFINITY},
	{LOG, -0.0f, 0.0f, -INFINITY},
	{LOG, 0x1p-149f, 0.0f, -0x1.9d1da0p+6f},
	{LOG, FLT_MAX, 0.0f, 0x1.62e430p+6f},
	{LOG, INFINITY, 0.0f, INFINITY},
	{LOG, -0x1p-149f, 0.0f, NAN},
	{LOG, -INFINITY, 0.0f, NAN},
	{LOG, NAN, 0.0f, NAN},
	{LOG1P_EXP, 0.0f, 0.0f, 0x1.62e430p-1f},
	{LOG1P_EXP, -0.0f, 0.0f, 0x1.62e430p-1f},
	{LOG1P_EXP, -INFINITY, 0.0f, 0.0f},
	{LOG1P_EXP, NAN, 0.0f, NAN},
	{DIVIDE, 0.0f, 0.0f, NAN},
	{DIVIDE, INFINITY, -INFINITY, NAN},
	{DIVIDE, NAN, 1.0f, NAN},
	{DIVIDE, 0.0f, NAN, NAN},
	{DIVIDE, 1.0f, 0.0f, INFINITY},
	{DIVIDE, 1.0f, -0.0f, -INFINITY},
	{DIVIDE, INFINITY, 0.0f, INFINITY},
	{DIVIDE, -INFINITY, FLT_MAX, -INFINITY},
	{DIVIDE, 0.0f, -INFINITY, -0.0f},
	{DIVIDE, -0.0f, 0x1p-126f, -0.0f},
	{DIVIDE, FLT_MAX, INFINITY, 0.0f},
	{DIVIDE, FLT_MAX, 1.0f, FLT_MAX},
	{DIVIDE, FLT_MAX, -FLT_MAX, -1.0f},
	{DIVIDE, FLT_MAX, 0x1.fffffep-1f, INFINITY},
	{DIVIDE, 0x1p-126f, FLT_MAX, 0.0f},
	{DIVIDE, 0x1p-126f, 0x1p-126f, 1.0f},
	{DIVIDE, 0x1p-126f, 2.0f, 0.0f},
	{DIVIDE, 0x1p-126f, -1.0f, -0.0f},
	{DIVIDE, 0x1.000002p-126f, 1.0f, 0x1.000002p-126f},
	{DIVIDE, 0x1.fffffcp-126f, 2.0f, 0.0f},
	{DIVIDE, 0x1.fffffep-126f, 2.0f, 0.0f},
	{DIVIDE, 0x1p-149f, 1.0f, 0.0f},
	{DIVIDE, 1.0f, 0x1p-149f, INFINITY},
	{DIVIDE, 1.0f, 0x1.fffffep+0f, 0x1.000002p-1f},
	{SQRT, 0.0f, 0.0f, 0.0f},
	{SQRT, -0.0f, 0.0f, 0.0f},
	{SQRT, 0x1p-149f, 0.0f, 0.0f},
	{SQRT, 0x1p-126f, 0.0f, 0x1p-63f},
	{SQRT, 4.0f, 0.0f, 2.0f},
	{SQRT, FLT_MAX, 0.0f, 0x1.fffffep+63f},
	{SQRT, INFINITY, 0.0f, INFINITY},
	{SQRT, -1.0f, 0.0f, NAN},
	{SQRT, -INFINITY, 0.0f, NAN},
	{SQRT, NAN, 0.0f, NAN},
};

static void values_at_the_ends_of_the_domain_are_right(void **state)
{
	try_edges(*state, EDGES, COUNT(EDGES));
}

/* On x86 PoCL sets the processor to flush denormals while it runs such a program. */
static void a_device_that_flushes_denormals_gives_the_same_bits(void **state)
{
	size_t i;

	bench_build(*state, "-cl-denorms-are-zero");
	try_edges(*state, EDGES, COUNT(EDGES));
	for (i = 0; i < COUNT(FUNCTIONS); i++)
		if (!FUNCTIONS[i].is_quotient && i != SHARE)
			try_floats(*state, i);
	try_pairs(*state, DIVIDE, 1 << 17, pair_of_exponents);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_at_the_ends_of_the_domain_are_right),
		cmocka_unit_test(exp_agrees_with_libm),
		cmocka_unit_test(log_agrees_with_libm),
		cmocka_unit_test(log1p_exp_agrees_with_libm),
		cmocka_unit_test(square_roots_are_correctly_rounded),
		cmocka_unit_test(quotients_are_correctly_rounded),
		cmocka_unit_test(
			quotients_nearest_to_the_middle_of_two_floats_are_correctly_rounded),
		cmocka_unit_test(shares_of_1_are_correctly_rounded),
		cmocka_unit_test(a_device_that_flushes_denormals_gives_the_same_bits),
	};

	return cmocka_run_group_tests(tests, open_bench, bench_close);
}

/*
 * test_math.c: the functions of kernels/math.cl are as accurate as they promise, beside libm in
 * double; on the device and in order_math.c, one number at a time and 16 side by side, they have
 * the same bits.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  GPUFIT_TEST_FULL=1 tries every float,
 * and 2^30 quotients, which takes some minutes.
 */
#include "basics.h"

#include "run.h"
#include "shared.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 1 << 20, /* floats in a launch */
	STRIDE = 251,    /* between the bits of one float and the next: a prime */
	NAN_BITS = 0x7fc00000
};

enum { EXP, LOG, LOG1P_EXP, DIVIDE, SHARE, SQRT, TANH, SIGMOID, NORMAL, DENSITY, FUNCTIONS };

/* The largest relative errors, in units of 2^-24, that the reference's bounds count on; 1:
 * correctly rounded. */
static const double ROUNDINGS[FUNCTIONS] = {EXP_ROUNDINGS, LOG_ROUNDINGS, LOG1P_EXP_ROUNDINGS,
	DIV_ROUNDINGS, DIV_ROUNDINGS, SQRT_ROUNDINGS, TANH_ROUNDINGS, SIGMOID_ROUNDINGS,
	ERF_ROUNDINGS, ERF_ROUNDINGS};

/* The kernels of the functions. */
static const char *const NAMES[FUNCTIONS] = {"exponentials", "logarithms", "softpluses",
	"quotients", "shares", "roots", "tanhs", "sigmoids", "normals", "densities"};

static double wanted_of(int which, double a, double b)
{
	switch (which) {
	case EXP:
		return exp(a);
	case LOG:
		return log(a);
	case LOG1P_EXP:
		return log1p(exp(a));
	case SQRT:
		return sqrt(a);
	case TANH:
		return tanh(a);
	case SIGMOID:
		return 1.0 / (1.0 + exp(-a));
	case NORMAL:
		return 0.5 * erfc(-a * sqrt(0.5));
	case DENSITY:
		return exp(-0.5 * a * a) / sqrt(8.0 * atan(1.0));
	case SHARE:
		return a / (double)(1.0f + (float)b);
	default:
		return a / b;
	}
}

/* Ways to build the kernels, and how many numbers each computes side by side; the last needs a
 * device that divides correctly. */
enum { CPU, GPU, BY_DEVICE, WAYS };
static const char *const OPTIONS[WAYS] = {"", "-DGPU", CORRECTLY_ROUNDED};
static const size_t ABREAST[WAYS] = {16, 1, 16};

struct bench {
	struct device dev;
	int ways;
	cl_program programs[WAYS];
	struct kernel kernels[WAYS][FUNCTIONS];
	struct buffer a, b, out;
	float *in_a, *in_b, *found, *found_too; /* (BATCH) */
};

struct worst {
	double error; /* relative, in units of 2^-24 */
	float a, b, found;
};

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static float float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static void must(gf_status status, const gf_error *err)
{
	if (status)
		fail_msg("%s", err->message);
}

static void open_way(struct bench *t, int way)
{
	gf_error err = {0};
	size_t i;

	must(program_build(&t->programs[way], &t->dev, OPTIONS[way], &err), &err);
	for (i = 0; i < FUNCTIONS; i++)
		must(kernel_new(&t->kernels[way][i], &t->dev, t->programs[way], NAMES[i], 64, &err),
			&err);
}

static int open_bench(void **state)
{
	struct bench *t = calloc(1, sizeof *t);
	gf_error err = {0};
	int way;

	must(device_open(&t->dev, getenv("GPUFIT_TEST_DEVICE"), 0, NULL, &err), &err);
	t->ways = t->dev.correctly_rounded ? WAYS : BY_DEVICE;
	for (way = 0; way < t->ways; way++)
		open_way(t, way);
	must(buffer_new(&t->a, &t->dev, "a", BATCH * sizeof(float), &err), &err);
	must(buffer_new(&t->b, &t->dev, "b", BATCH * sizeof(float), &err), &err);
	must(buffer_new(&t->out, &t->dev, "out", BATCH * sizeof(float), &err), &err);
	t->in_a = calloc(BATCH, sizeof(float));
	t->in_b = calloc(BATCH, sizeof(float));
	t->found = calloc(BATCH, sizeof(float));
	t->found_too = calloc(BATCH, sizeof(float));
	*state = t;
	return 0;
}

static int close_bench(void **state)
{
	struct bench *t = *state;
	int way, i;

	for (way = 0; way < t->ways; way++)
		for (i = 0; i < FUNCTIONS; i++)
			kernel_free(&t->kernels[way][i]);
	buffer_free(&t->a);
	buffer_free(&t->b);
	buffer_free(&t->out);
	device_close(&t->dev);
	free(t->in_a);
	free(t->in_b);
	free(t->found);
	free(t->found_too);
	free(t);
	return 0;
}

static void run_way(struct bench *t, int way, int which, float *found)
{
	const cl_ulong count = BATCH;
	const struct kernel_arg args[] = {
		ARG_MEM(t->a), ARG_MEM(t->b), ARG_MEM(t->out), ARG(count)};
	struct kernel *kernel = &t->kernels[way][which];
	gf_error err = {0};

	must(run_launch(kernel, ARGS(args), BATCH / ABREAST[way], 0, &err), &err);
	must(run_read(&t->out, 0, found, BATCH * sizeof(float), &err), &err);
}

static void compare(const struct bench *t, int way, int which)
{
	size_t i;

	for (i = 0; i < BATCH; i++)
		if (bits_of(t->found[i]) != bits_of(t->found_too[i]))
			fail_msg("%s(%a, %a) is %a, in way %d %a", NAMES[which], (double)t->in_a[i],
				(double)t->in_b[i], (double)t->found[i], way,
				(double)t->found_too[i]);
}

static void run_batch(struct bench *t, int which)
{
	gf_error err = {0};
	int way;

	must(run_write(&t->a, 0, t->in_a, BATCH * sizeof(float), &err), &err);
	must(run_write(&t->b, 0, t->in_b, BATCH * sizeof(float), &err), &err);
	run_way(t, CPU, which, t->found);
	for (way = GPU; way < t->ways; way++) {
		run_way(t, way, which, t->found_too);
		compare(t, way, which);
	}
}

/* Denormals count as 0, except for log. */
static double operand(int which, float x)
{
	return which != LOG && fabsf(x) < FLT_MIN ? copysign(0.0, (double)x) : (double)x;
}

/* The error in units of 2^-24 of wanted; infinite where no error is allowed.  Quotients and
 * roots are wanted to the float nearest to the exact number; the double is near enough that
 * rounding it gives that float. */
static double error_of(int which, float found, double wanted)
{
	const double size = fabs(wanted);

	if (isnan(wanted))
		return bits_of(found) == NAN_BITS ? 0.0 : INFINITY;
	if (isinf((float)wanted) || wanted == 0.0)
		return (double)found == (double)(float)wanted ? 0.0 : INFINITY;
	if (size < (double)FLT_MIN && found == 0.0f)
		return 0.0;
	if (which == DIVIDE && (float)size == FLT_MIN)
		return found == 0.0f ? 0.0 : INFINITY;
	if (fabsf(found) < FLT_MIN || isnan(found))
		return INFINITY;
	if (which >= DIVIDE && which <= SQRT && found != (float)wanted)
		return INFINITY;
	return fabs((double)found - wanted) / size * 0x1p24;
}

static void look_at(struct worst *worst, const struct bench *t, int which)
{
	size_t i;

	for (i = 0; i < BATCH; i++) {
		const float a = t->in_a[i], b = t->in_b[i], found = t->found[i];
		const double error = error_of(
			which, found, wanted_of(which, operand(which, a), operand(which, b)));

		if (error > worst->error)
			*worst = (struct worst){error, a, b, found};
	}
}

static void judge(const struct worst *w, int which)
{
	const double wanted = wanted_of(which, operand(which, w->a), operand(which, w->b));

	print_message("%s(%a, %a) = %a, wanted %a: %.4f x 2^-24, the worst\n", NAMES[which],
		(double)w->a, (double)w->b, (double)w->found, wanted, w->error);
	if (!(w->error <= ROUNDINGS[which]))
		fail_msg("%s may be off by %g x 2^-24", NAMES[which], ROUNDINGS[which]);
}

static int full(void)
{
	return getenv("GPUFIT_TEST_FULL") != NULL;
}

/* Tries every float, or one of STRIDE. */
static void try_floats(struct bench *t, int which)
{
	const uint64_t stride = full() ? 1 : STRIDE, end = (uint64_t)1 << 32;
	const uint32_t sign = which == LOG1P_EXP ? 0x80000000 : 0; /* the function's domain */
	struct worst worst = {0};
	uint64_t next;
	size_t i;

	for (next = 0; next < end;) {
		for (i = 0; i < BATCH; i++, next += stride)
			t->in_a[i] = float_of((uint32_t)next | sign);
		run_batch(t, which);
		look_at(&worst, t, which);
	}
	judge(&worst, which);
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

static void tanh_agrees_with_libm(void **state)
{
	try_floats(*state, TANH);
}

static void sigmoid_agrees_with_libm(void **state)
{
	try_floats(*state, SIGMOID);
}

static void normal_agrees_with_libm(void **state)
{
	try_floats(*state, NORMAL);
}

static void density_agrees_with_libm(void **state)
{
	try_floats(*state, DENSITY);
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

static void try_pairs(struct bench *t, int which, uint64_t count,
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

			t->in_a[i] = float_of(pair.a);
			t->in_b[i] = float_of(pair.b);
		}
		run_batch(t, which);
		look_at(&worst, t, which);
	}
	judge(&worst, which);
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

static const struct edge {
	int which;
	float a, b, wanted;
} EDGES[] = {
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
	struct bench *t = *state;
	size_t i;

	for (i = 0; i < COUNT(EDGES); i++) {
		const struct edge *e = &EDGES[i];
		const uint32_t wanted = isnan(e->wanted) ? NAN_BITS : bits_of(e->wanted);

		t->in_a[0] = e->a;
		t->in_b[0] = e->b;
		run_batch(t, e->which);
		if (bits_of(t->found[0]) != wanted)
			fail_msg("%s(%a, %a) = %a, wanted %a", NAMES[e->which], (double)e->a,
				(double)e->b, (double)t->found[0], (double)e->wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_at_the_ends_of_the_domain_are_right),
		cmocka_unit_test(exp_agrees_with_libm),
		cmocka_unit_test(log_agrees_with_libm),
		cmocka_unit_test(log1p_exp_agrees_with_libm),
		cmocka_unit_test(square_roots_are_correctly_rounded),
		cmocka_unit_test(tanh_agrees_with_libm),
		cmocka_unit_test(sigmoid_agrees_with_libm),
		cmocka_unit_test(normal_agrees_with_libm),
		cmocka_unit_test(density_agrees_with_libm),
		cmocka_unit_test(quotients_are_correctly_rounded),
		cmocka_unit_test(
			quotients_nearest_to_the_middle_of_two_floats_are_correctly_rounded),
		cmocka_unit_test(shares_of_1_are_correctly_rounded),
	};

	return cmocka_run_group_tests(tests, open_bench, close_bench);
}

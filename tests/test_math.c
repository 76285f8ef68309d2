/*
 * test_math.c: the functions of kernels/math.cl against libm in double.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  GPUFIT_TEST_FULL=1 tries every float,
 * and 2^30 quotients: some minutes.
 */
#include "basics.h"

#include "run.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 1 << 20, /* floats a launch */
	STRIDE = 251,    /* from one float to the next, as integers: a prime */
	PAIRS = 1 << 22,
	NAN_BITS = 0x7fc00000
};

/* As kernels/functions.cl numbers them. */
enum { EXP, LOG, LOG1P_EXP, DIVIDE, DIVIDE_1, SQRT, FUNCTIONS };

/* Largest relative error in units of 2^-24, as kernels/math.cl promises it; 1: rounded right. */
static const double ROUNDINGS[FUNCTIONS] = {3.0, 3.0, 5.0, 1.0, 1.0, 1.0};
static const char *const NAMES[FUNCTIONS] = {
	"exp", "log", "log1p_exp", "divide", "divide_1", "sqrt"};

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
	default:
		return a / b;
	}
}

struct bench {
	struct device dev;
	cl_program program;
	struct kernel kernel;
	struct buffer a, b, out;
	float *in_a, *in_b, *found; /* (BATCH) */
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

static int open_bench(void **state)
{
	struct bench *t = calloc(1, sizeof *t);
	gf_error err = {0};

	must(device_open(&t->dev, getenv("GPUFIT_TEST_DEVICE"), 0, &err), &err);
	must(program_build(&t->program, &t->dev, "", &err), &err);
	must(kernel_new(&t->kernel, &t->dev, t->program, "functions", 64, &err), &err);
	must(buffer_new(&t->a, &t->dev, "a", BATCH * sizeof(float), &err), &err);
	must(buffer_new(&t->b, &t->dev, "b", BATCH * sizeof(float), &err), &err);
	must(buffer_new(&t->out, &t->dev, "out", BATCH * sizeof(float), &err), &err);
	t->in_a = calloc(BATCH, sizeof(float));
	t->in_b = calloc(BATCH, sizeof(float));
	t->found = calloc(BATCH, sizeof(float));
	*state = t;
	return 0;
}

static int close_bench(void **state)
{
	struct bench *t = *state;

	buffer_free(&t->a);
	buffer_free(&t->b);
	buffer_free(&t->out);
	kernel_free(&t->kernel);
	clReleaseProgram(t->program);
	device_close(&t->dev);
	free(t->in_a);
	free(t->in_b);
	free(t->found);
	free(t);
	return 0;
}

static void run_batch(struct bench *t, int which)
{
	const cl_ulong count = BATCH / 16;
	const cl_uint word = (cl_uint)which;
	const struct kernel_arg args[] = {
		ARG_MEM(t->a), ARG_MEM(t->b), ARG_MEM(t->out), ARG(count), ARG(word)};
	gf_error err = {0};

	must(run_write(&t->a, 0, t->in_a, BATCH * sizeof(float), &err), &err);
	must(run_write(&t->b, 0, t->in_b, BATCH * sizeof(float), &err), &err);
	must(kernel_set(&t->kernel, 0, args, COUNT(args), &err), &err);
	must(run_kernel(&t->kernel, BATCH / 16, 0, &err), &err);
	must(run_read(&t->out, 0, t->found, BATCH * sizeof(float), &err), &err);
}

/* Denormals are 0, but to log. */
static double operand(int which, float x)
{
	return which != LOG && fabsf(x) < FLT_MIN ? copysign(0.0, (double)x) : (double)x;
}

/* In units of 2^-24 of wanted; infinite where there is no excuse. */
static double error_of(float found, double wanted)
{
	const double size = fabs(wanted);

	if (isnan(wanted))
		return bits_of(found) == NAN_BITS ? 0.0 : INFINITY;
	if (isinf((float)wanted) || wanted == 0.0)
		return (double)found == (double)(float)wanted ? 0.0 : INFINITY;
	if (size < (double)FLT_MIN && found == 0.0f)
		return 0.0;
	if (fabsf(found) < FLT_MIN || isnan(found))
		return INFINITY;
	return fabs((double)found - wanted) / size * 0x1p24;
}

static void look_at(struct worst *worst, const struct bench *t, int which)
{
	size_t i;

	for (i = 0; i < BATCH; i++) {
		const float a = t->in_a[i], b = t->in_b[i], found = t->found[i];
		const double error = error_of(
			found, wanted_of(which, operand(which, a), operand(which, b)));

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

/* Every float, or one of STRIDE. */
static void try_floats(struct bench *t, int which)
{
	const uint64_t stride = full() ? 1 : STRIDE, end = (uint64_t)1 << 32;
	const uint32_t sign = which == LOG1P_EXP ? 0x80000000 : 0; /* its domain */
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

static void exp_is_that_of_libm(void **state)
{
	try_floats(*state, EXP);
}

static void log_is_that_of_libm(void **state)
{
	try_floats(*state, LOG);
}

static void log1p_exp_is_that_of_libm(void **state)
{
	try_floats(*state, LOG1P_EXP);
}

static void square_roots_are_rounded_right(void **state)
{
	try_floats(*state, SQRT);
}

/* Pairs of any bits; then 1 by every mantissa; then every exponent by every other. */
static void try_pairs(struct bench *t, int which, uint64_t pairs)
{
	struct worst worst = {0};
	struct rng rng;
	uint64_t n;
	size_t i;

	rng_seed(&rng, 7);
	for (n = 0; n < pairs + (1 << 23) + 4 * 0x10000; n += BATCH) {
		for (i = 0; i < BATCH; i++) {
			const uint64_t at = n + i;
			uint32_t a = rng_next32(&rng), b = rng_next32(&rng);

			if (at >= pairs + (1 << 23)) {
				a = (a & 0x807fffff) | (at & 0xff) << 23;
				b = (b & 0x807fffff) | (at >> 8 & 0xff) << 23;
			} else if (at >= pairs) {
				a = bits_of(1.0f);
				b = bits_of(1.0f) | (at & 0x7fffff);
			}
			t->in_a[i] = float_of(a);
			t->in_b[i] = float_of(b);
		}
		run_batch(t, which);
		look_at(&worst, t, which);
	}
	judge(&worst, which);
}

static void quotients_are_rounded_right(void **state)
{
	try_pairs(*state, DIVIDE, full() ? (uint64_t)1 << 30 : PAIRS);
}

static void quotients_of_one_are_rounded_right(void **state)
{
	try_pairs(*state, DIVIDE_1, PAIRS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_that_of_libm),
		cmocka_unit_test(log_is_that_of_libm),
		cmocka_unit_test(log1p_exp_is_that_of_libm),
		cmocka_unit_test(square_roots_are_rounded_right),
		cmocka_unit_test(quotients_are_rounded_right),
		cmocka_unit_test(quotients_of_one_are_rounded_right),
	};

	return cmocka_run_group_tests(tests, open_bench, close_bench);
}

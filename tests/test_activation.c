/*
 * test_activation.c: each activation of kernels/activation.cl and its slope lie within the bound of
 * the textbook formula in double (activations.c); on the device and in order_activation.c, one
 * number at a time and 16 side by side, they have the same bits.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "functions.h"
#include "order.h"

#include "activation.h"
#include "bits.h"

#include <math.h>
#include <stdio.h>

enum { VALUE, SLOPE };

static struct hidden hidden = {.count = 1, .negative_slope = 0.3};

static float order_value(float z)
{
	return order_activation(&hidden, z);
}

static float order_slope(float z)
{
	return order_activation_slope(&hidden, z);
}

static const struct function FUNCTIONS[] = {
	[VALUE] = {.kernel = "activations", .order = order_value},
	[SLOPE] = {.kernel = "activation_slopes", .order = order_slope},
};

static int open_bench(void **state)
{
	return bench_open((struct bench **)state, FUNCTIONS, COUNT(FUNCTIONS));
}

static void build(struct bench *t, gf_activation activation)
{
	char options[64];

	hidden.activation = activation;
	t->in_b[0] = (float)hidden.negative_slope;
	snprintf(
		options, sizeof options, "-DACTIVATION=%s_activation", activation_word(activation));
	bench_build(t, options);
}

static void require_within(const char *what, float z, float found, struct bounded wanted)
{
	if (!(fabs((double)found - wanted.value) <= wanted.error))
		fail_msg("%s of %s at %a is %.9g, wanted %.17g, at most %g away", what,
			activation_word(hidden.activation), (double)z, (double)found, wanted.value,
			wanted.error);
}

/* Numbers from -20 to 20 in equal steps; the first are 0 and -0. */
static void fill_grid(struct bench *t)
{
	size_t i;

	for (i = 0; i < BATCH; i++)
		t->in_a[i] = (float)(40.0 * (double)i / BATCH - 20.0);
	t->in_a[0] = 0.0f;
	t->in_a[1] = -0.0f;
}

/* The bounds are those that the check of steps uses. */
static void compare_with_formulas(struct bench *t, size_t which)
{
	size_t i;

	run_batch(t, which);
	for (i = 0; i < BATCH; i += i < 2 ? 1 : 3) {
		const float z = t->in_a[i];
		const struct activated wanted = activation_at(&hidden, bounded_exact((double)z));

		if (which == VALUE)
			require_within("the value", z, t->found[i], wanted.value);
		else if (z != 0.0f) /* at a kink the slope is whichever PyTorch takes */
			require_within("the slope", z, t->found[i], wanted.slope);
	}
}

static void activations_and_slopes_are_those_of_the_formulas(void **state)
{
	struct bench *t = *state;
	int activation;

	for (activation = 0; activation < GF_ACTIVATION_COUNT; activation++) {
		build(t, (gf_activation)activation);
		fill_grid(t);
		compare_with_formulas(t, VALUE);
		compare_with_formulas(t, SLOPE);
	}
}

/* Half of the numbers are from 2^-6 to 2^5, where activations bend, and half from 2^-60 to 2^60. */
static void fill_any(struct bench *t, struct rng *rng)
{
	size_t i;

	for (i = 0; i < BATCH; i++) {
		const uint32_t exponent =
			i & 1 ? 121 + random_below(rng, 11) : 67 + random_below(rng, 120);

		t->in_a[i] = float_of_bits((rng_next32(rng) & 0x807fffff) | exponent << 23);
	}
}

static void every_device_and_plain_loops_have_the_same_bits(void **state)
{
	struct bench *t = *state;
	struct rng rng;
	int activation, times;

	rng_seed(&rng, 14);
	for (activation = 0; activation < GF_ACTIVATION_COUNT; activation++) {
		build(t, (gf_activation)activation);
		for (times = 0; times < 2; times++) {
			fill_any(t, &rng);
			run_batch(t, VALUE);
			run_batch(t, SLOPE);
		}
	}
}

/* PyTorch's numbers at 0 and far from it, rounded to float. */
static const struct {
	gf_activation activation;
	float z, value, slope;
} KNOWN[] = {
	{GF_ACTIVATION_relu, 0.0f, 0.0f, 0.0f},
	{GF_ACTIVATION_relu, 2.0f, 2.0f, 1.0f},
	{GF_ACTIVATION_relu, -2.0f, 0.0f, 0.0f},
	{GF_ACTIVATION_leaky_relu, 0.0f, 0.0f, 0.3f},
	{GF_ACTIVATION_leaky_relu, -2.0f, -0.6f, 0.3f},
	{GF_ACTIVATION_tanh, 0.0f, 0.0f, 1.0f},
	{GF_ACTIVATION_tanh, -40.0f, -1.0f, 0.0f},
	{GF_ACTIVATION_sigmoid, 0.0f, 0.5f, 0.25f},
	{GF_ACTIVATION_silu, 0.0f, 0.0f, 0.5f},
	{GF_ACTIVATION_silu, 1e38f, 1e38f, 1.0f},
	{GF_ACTIVATION_silu, -1e38f, -0.0f, -0.0f},
	{GF_ACTIVATION_gelu, 0.0f, 0.0f, 0.5f},
	{GF_ACTIVATION_gelu, 1e38f, 1e38f, 1.0f},
	{GF_ACTIVATION_gelu, -1e38f, -0.0f, 0.0f},
	{GF_ACTIVATION_gelu_tanh, 0.0f, 0.0f, 0.5f},
	{GF_ACTIVATION_gelu_tanh, 1e38f, 1e38f, 1.0f},
	{GF_ACTIVATION_gelu_tanh, -1e38f, -0.0f, -0.0f},
};

static float computed(struct bench *t, size_t which, float z)
{
	t->in_a[0] = z;
	run_batch(t, which);
	return t->found[0];
}

static void kinks_and_far_numbers_are_as_in_pytorch(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(KNOWN); i++) {
		build(*state, KNOWN[i].activation);
		assert_same_float(computed(*state, VALUE, KNOWN[i].z), KNOWN[i].value, "value", i);
		assert_same_float(computed(*state, SLOPE, KNOWN[i].z), KNOWN[i].slope, "slope", i);
	}
}

static void nan_stays_nan(void **state)
{
	int activation;

	for (activation = 0; activation < GF_ACTIVATION_COUNT; activation++) {
		build(*state, (gf_activation)activation);
		assert_true(isnan(computed(*state, VALUE, float_of_bits(NAN_BITS))));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(activations_and_slopes_are_those_of_the_formulas),
		cmocka_unit_test(every_device_and_plain_loops_have_the_same_bits),
		cmocka_unit_test(kinks_and_far_numbers_are_as_in_pytorch),
		cmocka_unit_test(nan_stays_nan),
	};

	return cmocka_run_group_tests(tests, open_bench, bench_close);
}

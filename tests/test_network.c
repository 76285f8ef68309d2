/* test_network.c: each parameter of a network has its place and its name. */
#include "network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_title(const struct network *n, size_t p, const char *wanted)
{
	char text[NETWORK_TITLE];

	network_title(n, p, text);
	assert_string_equal(text, wanted);
}

static void a_linear_model_is_one_layer(void **state)
{
	const struct network n = network_linear(3, 2);

	(void)state;
	assert_int_equal(n.count, 1);
	assert_int_equal(n.parameters, 8);
	assert_title(&n, 0, "weight[0][0]");
	assert_title(&n, 5, "weight[1][2]");
	assert_title(&n, 6, "bias[0]");
	assert_title(&n, 7, "bias[1]");
}

/* 4 features, hidden layers of 3 and 2 units, and 1 output. */
static const size_t WIDTHS[] = {4, 3, 2, 1};

static void layers_lie_one_after_the_other(void **state)
{
	struct network n;

	(void)state;
	assert_true(network_init(&n, WIDTHS, 3));
	assert_int_equal(n.count, 3);
	assert_int_equal(n.layers[1].weight, 15);
	assert_int_equal(n.layers[1].bias, 21);
	assert_int_equal(n.layers[2].weight, 23);
	assert_int_equal(n.parameters, 26);
	assert_title(&n, 14, "0.bias[2]");
	assert_title(&n, 15, "2.weight[0][0]");
	assert_title(&n, 20, "2.weight[1][2]");
	assert_title(&n, 22, "2.bias[1]");
	assert_title(&n, 25, "4.bias[0]");
}

static void each_parameter_has_one_place(void **state)
{
	struct network n;
	size_t p;

	(void)state;
	assert_true(network_init(&n, WIDTHS, 3));
	for (p = 0; p < n.parameters; p++) {
		const struct place at = network_place(&n, p);
		const struct layer *layer = &n.layers[at.layer];

		assert_in_range(at.output, 0, layer->outputs - 1);
		assert_int_equal(p, at.is_bias
					    ? layer->bias + at.output
					    : layer->weight + at.output * layer->inputs + at.input);
	}
}

static void impossible_networks_are_refused(void **state)
{
	const size_t huge[] = {SIZE_MAX / 8, 8, 1}, wide[] = {1, SIZE_MAX / 16, 16};
	size_t many[NETWORK_LAYERS + 2], i;
	struct network n;

	(void)state;
	for (i = 0; i < NETWORK_LAYERS + 2; i++)
		many[i] = 1;
	assert_false(network_init(&n, WIDTHS, 0));
	assert_false(network_init(&n, (const size_t[]){0, 1}, 1));
	assert_false(network_init(&n, (const size_t[]){1, 0}, 1));
	assert_false(network_init(&n, huge, 2));
	assert_false(network_init(&n, wide, 2));
	assert_true(network_init(&n, many, NETWORK_LAYERS));
	assert_false(network_init(&n, many, NETWORK_LAYERS + 1));
}

/* The parameters of one layer; 0: it is impossible. */
static size_t linear_params(size_t features, size_t outputs)
{
	const size_t widths[] = {features, outputs};
	struct network n;

	return network_init(&n, widths, 1) ? n.parameters : 0;
}

static void the_count_of_parameters_never_overflows(void **state)
{
	const size_t most = SIZE_MAX / sizeof(float);

	(void)state;
	assert_int_equal(linear_params(1, 1), 2);
	assert_int_equal(linear_params(64, 10), 650);
	assert_int_equal(linear_params(most - 1, 1), most);
	assert_int_equal(linear_params(most, 1), 0);
	assert_int_equal(linear_params(SIZE_MAX, 1), 0);
	assert_int_equal(linear_params(1, most / 2), most / 2 * 2);
	assert_int_equal(linear_params(1, most / 2 + 1), 0);
	assert_int_equal(linear_params(1, SIZE_MAX), 0);
	assert_int_equal(linear_params((size_t)1 << 32, (size_t)1 << 32), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_linear_model_is_one_layer),
		cmocka_unit_test(layers_lie_one_after_the_other),
		cmocka_unit_test(each_parameter_has_one_place),
		cmocka_unit_test(impossible_networks_are_refused),
		cmocka_unit_test(the_count_of_parameters_never_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

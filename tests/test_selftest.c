/*
 * test_selftest.c: the bits that the selftest wants are those of the plain loops in order.c, and
 * data in fractions has them changed by contraction.
 *
 * With GPUFIT_PRINT_WANTED=1 it prints them as host/engine/selftest_losses.c and
 * selftest_network.c have them.
 */
#include "basics.h"
#include "catalog.h"
#include "order.h"
#include "selftest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void compute(const struct loss_case *c, struct loss_answers *a)
{
	const struct batch all = {.count = c->problem.train_rows};
	const double M = (double)c->problem.train_rows * (double)c->problem.outputs;
	size_t i;

	a->loss = order_gradient(&c->problem, &all, c->start, (float)(1.0 / M), a->gradient);
	for (i = 0; i < LOSS_ROWS; i++) {
		const struct batch row = {.first = i, .count = 1};
		const size_t K = c->problem.outputs, D = c->problem.data->features;
		float gradient[LOSS_PARAMETERS];

		a->row_losses[i] = order_gradient(&c->problem, &row, c->start, 1.0f, gradient);
		a->row_slopes[i] = gradient[K * D + i % K];
	}
}

static void print_numbers(const float *v, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		printf("%s%af", i ? ", " : "{", (double)v[i]);
	printf("}");
}

static void print_answers(const struct loss_case *c, const struct loss_answers *a)
{
	printf("\t[GF_LOSS_%s] = {%af, ", loss_word(c->problem.loss), (double)a->loss);
	print_numbers(a->gradient, problem_params(&c->problem));
	printf(", ");
	print_numbers(a->row_losses, LOSS_ROWS);
	printf(", ");
	print_numbers(a->row_slopes, LOSS_ROWS);
	printf("},\n");
}

static void assert_same_answers(const struct loss_case *c, const struct loss_answers *a)
{
	const struct loss_answers *wanted = c->wanted;
	size_t i;

	assert_same_float(a->loss, wanted->loss, loss_word(c->problem.loss), 0);
	for (i = 0; i < problem_params(&c->problem); i++)
		assert_same_float(a->gradient[i], wanted->gradient[i], "gradient", i);
	for (i = 0; i < LOSS_ROWS; i++) {
		assert_same_float(a->row_losses[i], wanted->row_losses[i], "loss of row", i);
		assert_same_float(a->row_slopes[i], wanted->row_slopes[i], "slope of row", i);
	}
}

static void wanted_bits_are_those_of_plain_loops(void **state)
{
	gf_loss loss;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++) {
		struct loss_case c;
		struct loss_answers a;

		assert_int_equal(loss_case_of(&c, loss, NULL), GF_OK);
		assert_in_range(problem_params(&c.problem), 1, LOSS_PARAMETERS);
		compute(&c, &a);
		if (getenv("GPUFIT_PRINT_WANTED"))
			print_answers(&c, &a);
		else
			assert_same_answers(&c, &a);
		gf_dataset_free((gf_dataset *)c.problem.data);
	}
}

/* ---- networks ---- */

static void step_from(const struct network_case *c, int clips, const float *gradient, float *next)
{
	struct problem problem = c->problem;
	float none[1]; /* sgd has no state */

	problem.update.clip_norm = clips;
	memcpy(next, c->start, sizeof c->start);
	order_update(&problem, c->rates, gradient, next, none);
}

static void compute_network(const struct network_case *c, struct network_answers *a)
{
	const struct batch all = {.count = c->problem.train_rows};
	size_t i;

	a->loss = order_gradient(
		&c->problem, &all, c->start, (float)c->rates[RATE_SCALE], a->gradient);
	for (i = 0; i < NETWORK_CASE_ROWS; i++)
		a->outputs[i] = order_output(&c->problem, c->start, i, 0);
	step_from(c, 0, a->gradient, a->next);
	step_from(c, 1, a->gradient, a->clipped);
}

static void print_network(const struct network_case *c, const struct network_answers *a)
{
	printf("\t[GF_ACTIVATION_%s] = {%af, ", activation_word(c->problem.hidden.activation),
		(double)a->loss);
	print_numbers(a->outputs, NETWORK_CASE_ROWS);
	printf(", ");
	print_numbers(a->gradient, NETWORK_CASE_PARAMETERS);
	printf(", ");
	print_numbers(a->next, NETWORK_CASE_PARAMETERS);
	printf(", ");
	print_numbers(a->clipped, NETWORK_CASE_PARAMETERS);
	printf("},\n");
}

static void assert_same_network(
	const struct network_answers *a, const struct network_answers *wanted)
{
	size_t i;

	assert_same_float(a->loss, wanted->loss, "loss", 0);
	for (i = 0; i < NETWORK_CASE_ROWS; i++)
		assert_same_float(a->outputs[i], wanted->outputs[i], "output", i);
	for (i = 0; i < NETWORK_CASE_PARAMETERS; i++) {
		assert_same_float(a->gradient[i], wanted->gradient[i], "gradient", i);
		assert_same_float(a->next[i], wanted->next[i], "next parameter", i);
		assert_same_float(a->clipped[i], wanted->clipped[i], "clipped parameter", i);
		assert_true(a->gradient[i] == 0.0f || a->clipped[i] != a->next[i]);
	}
}

static void wanted_bits_of_networks_are_those_of_plain_loops(void **state)
{
	gf_activation activation;

	(void)state;
	for (activation = 0; activation < GF_ACTIVATION_COUNT; activation++) {
		struct network_case c;
		struct network_answers a;

		assert_int_equal(network_case_of(&c, activation, NULL), GF_OK);
		assert_int_equal(problem_params(&c.problem), NETWORK_CASE_PARAMETERS);
		compute_network(&c, &a);
		if (getenv("GPUFIT_PRINT_WANTED"))
			print_network(&c, &a);
		else
			assert_same_network(&a, c.wanted);
		gf_dataset_free((gf_dataset *)c.problem.data);
	}
}

/* ---- contraction ---- */

/* Values of a loss where a compiler has fused the product with the sum. */
static float contracted_bce(float z, float y)
{
	return fmaf(-z, y, fmaxf(z, 0.0f)) + order_log1p_exp(-fabsf(z));
}

static float contracted_poisson(float z, float y)
{
	return fmaf(-y, z, order_exp(z));
}

/* The sum of squares of mse, each fused with the sum of its lane. */
static float contracted_squares(const struct loss_case *c)
{
	float lanes[2 * SUM_LANES] = {0.0f};
	size_t i;

	for (i = 0; i < c->problem.train_rows; i++) {
		const float d = order_output(&c->problem, c->start, i, 0) - c->problem.data->y[i];
		float *lane = lanes + i / BLOCK_ROWS * SUM_LANES + i % SUM_LANES;

		*lane = fmaf(d, d, *lane);
	}
	order_tree(lanes, 2, SUM_LANES);
	return order_halve(lanes, SUM_LANES);
}

/* The products of these rows are below 8, so that half an ulp of theirs is at most 2^-22. */
static void rows_change(gf_loss loss, float (*value_of)(float z, float y))
{
	struct loss_case c;
	size_t i, changed = 0;

	assert_int_equal(loss_case_of(&c, loss, NULL), GF_OK);
	for (i = 0; i < LOSS_ROWS; i++) {
		const float z = order_output(&c.problem, c.start, i, 0);
		const float value = value_of(z, c.problem.data->y[i]);

		assert_close(
			loss_word(loss), (double)value, (double)c.wanted->row_losses[i], 0x1p-21);
		changed += value != c.wanted->row_losses[i];
	}
	assert_in_range(changed, 1, LOSS_ROWS);
	gf_dataset_free((gf_dataset *)c.problem.data);
}

/* What a row of class k adds to c[k] of kernels/terms.cl. */
static float hard_share(const struct problem *p, size_t k)
{
	return (float)((double)p->class_weights[k] * (1.0 - p->loss_parameters.label_smoothing));
}

static float smooth_share(const struct problem *p, size_t k)
{
	return (float)((double)p->class_weights[k] * p->loss_parameters.label_smoothing /
		       (double)p->outputs);
}

/* The slope of cross_entropy with respect to an output. */
static float contracted_slope(const struct loss_case *c, size_t row, size_t output)
{
	const struct problem *p = &c->problem;
	const size_t class = (size_t)p->data->y[row];
	float z[LOSS_PARAMETERS] = {0.0f}, top, sum = 0.0f, soft = 0.0f;
	size_t k;

	for (k = 0; k < p->outputs; k++)
		z[k] = order_output(p, c->start, row, k);
	for (top = z[0], k = 1; k < p->outputs; k++)
		top = fmaxf(top, z[k]);
	for (k = 0; k < p->outputs; k++) {
		sum = sum + order_exp(z[k] - top);
		soft = soft + smooth_share(p, k);
	}
	return fmaf(soft + hard_share(p, class),
		order_exp(z[output] - top) * order_divide(1.0f, sum),
		-(smooth_share(p, output) + (class == output ? hard_share(p, class) : 0.0f)));
}

/* Both slopes round numbers below 2: by 2^-24 at most, and without contraction twice. */
static size_t changed_slopes(const struct loss_case *c)
{
	size_t i, changed = 0;

	for (i = 0; i < LOSS_ROWS; i++) {
		const float slope = contracted_slope(c, i, i % c->problem.outputs);

		assert_close("slope", (double)slope, (double)c->wanted->row_slopes[i], 0x1p-22);
		changed += slope != c->wanted->row_slopes[i];
	}
	return changed;
}

static void contraction_changes_wanted_bits(void **state)
{
	struct loss_case mse, entropy;
	float loss;

	(void)state;
	rows_change(GF_LOSS_bce, contracted_bce);
	rows_change(GF_LOSS_poisson, contracted_poisson);
	assert_int_equal(loss_case_of(&mse, GF_LOSS_mse, NULL), GF_OK);
	loss = contracted_squares(&mse) * (float)(1.0 / (double)mse.problem.train_rows);
	/* Both losses, near 1, add each square up in 12 sums or products or fewer. */
	assert_close("mse", (double)loss, (double)mse.wanted->loss, 2 * 13 * 0x1p-23);
	assert_true(loss != mse.wanted->loss);
	assert_int_equal(loss_case_of(&entropy, GF_LOSS_cross_entropy, NULL), GF_OK);
	assert_in_range(changed_slopes(&entropy), 1, LOSS_ROWS);
	gf_dataset_free((gf_dataset *)mse.problem.data);
	gf_dataset_free((gf_dataset *)entropy.problem.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wanted_bits_are_those_of_plain_loops),
		cmocka_unit_test(wanted_bits_of_networks_are_those_of_plain_loops),
		cmocka_unit_test(contraction_changes_wanted_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

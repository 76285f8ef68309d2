/* test_verify.c: the verifier finds errors in steps, losses, outputs and data, and names them. */
#include "fixture.h"

#include "dataset.h"
#include "reference.h"
#include "order.h"
#include "verify.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_OUTPUTS = 4 };

struct check {
	struct problem problem;
	struct verifier verifier;
	struct float_step floats;
	struct step_record record;
};

static void check_open(struct check *c, struct problem problem, const float *before, double lr)
{
	memset(&c->floats, 0, sizeof c->floats);
	c->problem = problem;
	memcpy(c->floats.before, before, problem_params(&problem) * sizeof *before);
	take_float_step(&c->floats, &c->problem, lr);
	c->record = (struct step_record){.epoch = 7,
		.batch = {.count = problem.data->rows},
		.rates = c->floats.rates,
		.loss = c->floats.loss,
		.before = c->floats.before,
		.gradient = c->floats.gradient,
		.state = c->floats.state,
		.after = c->floats.after,
		.state_after = c->floats.state_after};
	assert_int_equal(verifier_open(&c->verifier, &c->problem,
				 &(struct verifier_options){.check = GF_CHECK_every,
					 .engine = GF_ENGINE_streaming,
					 .batches = 1,
					 .end = 20},
				 NULL),
		GF_OK);
	assert_int_equal(verifier_check(&c->verifier, &c->record, NULL), GF_OK);
}

static struct problem draw_problem(struct shape s, float *before)
{
	struct problem problem;
	struct rng rng;

	rng_seed(&rng, s.rows);
	problem = random_mse_problem(s, &rng);
	random_floats(&rng, before, problem_params(&problem), 1.0f);
	return problem;
}

static void check_random(struct check *c, struct shape s)
{
	float before[MOST_PARAMETERS];

	check_open(c, draw_problem(s, before), before, 0.1);
}

static void check_close(struct check *c)
{
	verifier_close(&c->verifier);
	free_problem(&c->problem);
}

static void assert_refused(struct check *c, const char *beginning)
{
	gf_error err = {0};

	assert_int_equal(verifier_check(&c->verifier, &c->record, &err), GF_E_CHECK);
	assert_int_equal(err.status, GF_E_CHECK);
	assert_begins(err.message, beginning);
}

/* The check fails with *value wrong, and passes with it right. */
static void assert_caught(struct check *c, float *value, float wrong, const char *beginning)
{
	const float right = *value;

	*value = wrong;
	assert_refused(c, beginning);
	*value = right;
	assert_int_equal(verifier_check(&c->verifier, &c->record, NULL), GF_OK);
}

/* Features and slopes are above 0, so that nothing cancels in sums. */
static void check_one_sided(struct check *c, struct shape s)
{
	float before[MOST_PARAMETERS];
	const struct problem problem = draw_problem(s, before);
	size_t i;

	for (i = 0; i < s.rows * s.features; i++)
		problem.data->x[i] += 3.5f;
	for (i = 0; i < s.rows * s.outputs; i++)
		problem.data->y[i] -= 200.0f;
	check_open(c, problem, before, 0.1);
}

/* The check fails if the loss or any gradient is multiplied by factor. */
static void assert_factor_caught(struct check *c, float factor)
{
	size_t p;

	assert_caught(c, &c->record.loss, c->record.loss * factor, "epoch 7: loss is ");
	for (p = 0; p < problem_params(&c->problem); p++)
		assert_caught(c, c->floats.gradient + p, c->floats.gradient[p] * factor,
			"epoch 7: gradient of ");
}

/* Bounds for these shapes are about 20 roundings, 1.2e-6 of the sum of magnitudes, which here is
 * the gradient itself: 1e-5 is eight times the largest error that could pass. */
static void an_error_of_1e_5_in_the_loss_or_any_gradient_is_caught(void **state)
{
	static const struct shape shapes[] = {{7, 1, 1}, {65, 3, 3}, {17, 18, 1}, {1025, 9, 1}};
	struct check c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shapes); i++) {
		check_one_sided(&c, shapes[i]);
		assert_factor_caught(&c, 1.00001f);
		check_close(&c);
	}
}

/* A next parameter errs by half an ulp of itself and lr times the gradient's bound; 2.5 times the
 * bound is more than both. */
static void a_next_parameter_a_few_ulps_off_is_caught(void **state)
{
	struct check c;
	size_t p;

	(void)state;
	check_random(&c, (struct shape){65, 3, 3});
	for (p = 0; p < problem_params(&c.problem); p++) {
		const double bound = c.verifier.step->next_bound[p];
		const float right = c.floats.after[p];

		assert_true(bound < 64.0 * (double)FLT_EPSILON);
		assert_caught(
			&c, c.floats.after + p, right + (float)(2.5 * bound), "epoch 7: next ");
		assert_caught(
			&c, c.floats.after + p, right - (float)(2.5 * bound), "epoch 7: next ");
	}
	check_close(&c);
}

static void a_state_a_few_ulps_off_is_caught(void **state)
{
	float before[MOST_PARAMETERS];
	struct problem problem = draw_problem((struct shape){65, 3, 3}, before);
	struct check c;
	size_t p;

	(void)state;
	problem.update.momentum = 1;
	check_open(&c, problem, before, 0.1);
	for (p = 0; p < problem_params(&c.problem); p++)
		assert_caught(&c, c.floats.state_after + p,
			c.floats.state_after[p] + (float)(2.5 * c.verifier.step->state_bound[p]),
			"epoch 7: next state 0 of ");
	assert_caught(
		&c, c.floats.state_after + 10, NAN, "epoch 7: next state 0 of bias[1] is nan");
	check_close(&c);
}

static void a_failed_check_names_the_step_if_an_epoch_has_several(void **state)
{
	struct check c;

	(void)state;
	check_random(&c, (struct shape){65, 3, 3});
	c.verifier.batches = 5;
	c.record.step = 3;
	assert_caught(&c, &c.record.loss, NAN, "epoch 7, step 3: loss is nan on the device");
	check_close(&c);
}

/* Returns the row with the largest term of feature 0's gradient, slope times x, and that term. */
static size_t largest_row(const struct check *c, double *part)
{
	const gf_dataset *d = c->problem.data;
	double before[MOST_PARAMETERS];
	size_t i, largest = 0;

	reference_doubles(c->floats.before, problem_params(&c->problem), before);
	*part = 0.0;
	for (i = 0; i < d->rows; i++) {
		struct bounded z[MOST_OUTPUTS] = {{0}}, value[MOST_OUTPUTS], slope[MOST_OUTPUTS];
		double outputs[MOST_OUTPUTS], term;

		reference_outputs(c->verifier.step, &c->problem, before, i, outputs);
		z[0] = bounded_exact(outputs[0]);
		losses_of_row(&c->problem, d->y + i * d->outputs, 1.0, z, value, slope);
		term = slope[0].value * (double)d->x[i * d->features];
		if (fabs(term) > fabs(*part)) {
			*part = term;
			largest = i;
		}
	}
	return largest;
}

/* A row is 1/N of a gradient whose bound is about 20 roundings, 1.2e-6, of the mean magnitude.  So
 * a relative error of a row's slope above 1.2e-6 N is caught, and 1e-5 N is eight times that.  If a
 * row is left out or counted twice, the error is its whole term. */
static void a_single_row_with_a_wrong_slope_is_caught(void **state)
{
	static const struct shape shapes[] = {
		{1, 1, 1}, {7, 1, 1}, {17, 3, 1}, {65, 3, 3}, {1025, 9, 1}};
	struct check c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shapes); i++) {
		const double N = (double)shapes[i].rows, M = N * (double)shapes[i].outputs;
		double part;

		check_random(&c, shapes[i]);
		largest_row(&c, &part);
		assert_caught(&c, c.floats.gradient,
			c.floats.gradient[0] + (float)(part * 1e-5 * N / M),
			"epoch 7: gradient of weight[0][0] is ");
		assert_caught(&c, c.floats.gradient, c.floats.gradient[0] - (float)(part / M),
			"epoch 7: gradient of weight[0][0] is ");
		check_close(&c);
	}
}

/* The error is 1e-3. */
static void a_mean_over_one_row_too_few_is_caught(void **state)
{
	struct check c;

	(void)state;
	check_one_sided(&c, (struct shape){1025, 9, 1});
	assert_factor_caught(&c, 1025.0f / 1024.0f);
	check_close(&c);
}

static void nan_and_infinity_never_pass(void **state)
{
	static const float wrong[] = {NAN, INFINITY, -INFINITY};
	struct check c;
	size_t i, p;

	(void)state;
	check_random(&c, (struct shape){65, 3, 3});
	for (i = 0; i < COUNT(wrong); i++) {
		assert_caught(&c, &c.record.loss, wrong[i], "epoch 7: loss is ");
		for (p = 0; p < problem_params(&c.problem); p++) {
			assert_caught(&c, c.floats.gradient + p, wrong[i], "epoch 7: gradient of ");
			assert_caught(&c, c.floats.after + p, wrong[i], "epoch 7: next ");
		}
	}
	check_close(&c);
}

/* One row with K = 2 and D = 2, in which all is exact: z = (3, 3), loss (9 + 9) / 2, slopes
 * (6, 6) / 2. */
static void check_exact(struct check *c)
{
	const float x[] = {1, 2}, y[] = {0, 0}, before[] = {1, 1, 1, 1, 0, 0};

	check_open(c, mse_problem((struct shape){1, 2, 2}, x, y), before, 0.5);
}

static void a_failed_check_says_epoch_quantity_index_values_and_bound(void **state)
{
	struct check c;
	char wanted[256];

	(void)state;
	check_exact(&c);
	snprintf(wanted, sizeof wanted,
		"epoch 7: loss is 10 on the device and 9 in the reference: "
		"off by 1, and the bound is %.3g",
		c.verifier.step->loss_bound);
	assert_caught(&c, &c.record.loss, 10.0f, wanted);
	snprintf(wanted, sizeof wanted,
		"epoch 7: gradient of weight[1][0] is 3.5 on the device and 3 in the reference: "
		"off by 0.5, and the bound is %.3g",
		c.verifier.step->gradient_bound[2]);
	assert_caught(&c, c.floats.gradient + 2, 3.5f, wanted);
	assert_caught(&c, c.floats.gradient + 5, 3.5f,
		"epoch 7: gradient of bias[1] is 3.5 on the device");
	assert_caught(&c, c.floats.after + 1, 4.0f,
		"epoch 7: next weight[0][1] is 4 on the device and -2 in the reference: "
		"off by 6, and");
	assert_caught(&c, c.floats.after + 4, NAN,
		"epoch 7: next bias[0] is nan on the device and -1.5 in");
	check_close(&c);
}

static void the_verifier_counts_checked_steps_and_keeps_the_worst_ratio(void **state)
{
	struct check c;

	(void)state;
	check_random(&c, (struct shape){65, 3, 3});
	assert_int_equal(c.verifier.checked, 1);
	assert_true(c.verifier.worst > 0.0 && c.verifier.worst <= 1.0);
	assert_caught(&c, &c.record.loss, 0.0f, "epoch 7: loss is ");
	assert_int_equal(c.verifier.checked, 2); /* the step that passed after the refused one */
	assert_true(c.verifier.worst <= 1.0);
	check_close(&c);
}

static void an_overflowing_step_passes_the_check_and_is_left_to_the_divergence(void **state)
{
	static const float loss_alone[] = {1e25f, 1e25f}, gradient_too[] = {1e38f, 1e38f};
	struct check c;

	(void)state;
	check_open(&c, parabola_problem(NOTEBOOK_X), loss_alone, 0.01);
	assert_true(isinf(c.record.loss) && isfinite(c.floats.gradient[0]));
	assert_true(c.verifier.worst > 0.0 && c.verifier.worst <= 1.0);
	check_close(&c);
	check_open(&c, parabola_problem(NOTEBOOK_X), gradient_too, 0.01);
	assert_true(isinf(c.record.loss) && !isfinite(c.floats.gradient[0]));
	assert_true(c.verifier.worst == 0.0);
	check_close(&c);
}

/* ---- losses, outputs, bits and data ---- */

static void assert_loss_caught(struct check *c, struct loss_check *check, float wrong)
{
	const float right = check->loss;
	gf_error err = {0};

	check->loss = wrong;
	assert_int_equal(verifier_loss(&c->verifier, check, &err), GF_E_CHECK);
	assert_begins(err.message, "the result: validation loss is ");
	check->loss = right;
	assert_int_equal(verifier_loss(&c->verifier, check, &err), GF_OK);
}

/* The bound is about 20 roundings, as for the loss of a step. */
static void a_loss_of_other_rows_that_is_wrong_by_1e_5_is_caught(void **state)
{
	struct loss_check check = {.where = "the result",
		.what = "validation loss",
		.batch = {.first = 16, .count = 49},
		.scale = 1.0 / 49.0};
	struct check c;

	(void)state;
	check_one_sided(&c, (struct shape){65, 3, 1});
	check.params = c.floats.before;
	check.loss =
		order_gradient(&c.problem, &check.batch, check.params, (float)check.scale, NULL);
	assert_loss_caught(&c, &check, check.loss * 1.00001f);
	assert_loss_caught(&c, &check, -check.loss);
	assert_loss_caught(&c, &check, NAN);
	check_close(&c);
}

static void a_wrong_output_is_caught(void **state)
{
	gf_error err = {0};
	struct check c;
	float z[MOST_OUTPUTS];
	size_t k;

	(void)state;
	check_one_sided(&c, (struct shape){65, 3, 3});
	for (k = 0; k < 3; k++)
		z[k] = order_output(&c.problem, c.floats.before, 64, k);
	assert_int_equal(
		verifier_outputs(&c.verifier, "row 64", c.floats.before, 64, z, &err), GF_OK);
	z[2] += 1e-4f * (1.0f + fabsf(z[2]));
	assert_int_equal(
		verifier_outputs(&c.verifier, "row 64", c.floats.before, 64, z, &err), GF_E_CHECK);
	assert_begins(err.message, "row 64: output 2 is ");
	check_close(&c);
}

static void one_wrong_bit_of_a_parameter_is_caught_and_named(void **state)
{
	struct bit_comparison pair = {.where = "epoch 7", .name = "starting", .source = "was set"};
	char wanted[160];
	gf_error err = {0};
	struct check c;

	(void)state;
	check_exact(&c);
	pair.found = c.floats.after;
	pair.wanted = c.floats.before;
	memcpy(c.floats.after, c.floats.before, sizeof c.floats.after);
	assert_int_equal(verifier_same(&c.verifier, &pair, &err), GF_OK);
	c.floats.after[3] = nextafterf(1.0f, 2.0f);
	assert_int_equal(verifier_same(&c.verifier, &pair, &err), GF_E_CHECK);
	snprintf(wanted, sizeof wanted,
		"epoch 7: starting weight[1][1] is %.9g on the device, and 1 was set",
		(double)c.floats.after[3]);
	assert_string_equal(err.message, wanted);
	c.floats.after[3] = 1.0f;
	c.floats.after[4] = -0.0f; /* equals 0, but has other bits */
	assert_int_equal(verifier_same(&c.verifier, &pair, &err), GF_E_CHECK);
	check_close(&c);
}

static void data_that_changes_during_training_is_caught(void **state)
{
	struct check c;
	gf_error err = {0};

	(void)state;
	check_random(&c, (struct shape){65, 3, 3});
	assert_int_equal(verifier_data(&c.verifier, &err), GF_OK);
	c.problem.data->x[100] = nextafterf(c.problem.data->x[100], 100.0f);
	assert_int_equal(verifier_data(&c.verifier, &err), GF_E_CHECK);
	assert_begins(err.message, "the data in memory has changed");
	check_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_of_1e_5_in_the_loss_or_any_gradient_is_caught),
		cmocka_unit_test(a_next_parameter_a_few_ulps_off_is_caught),
		cmocka_unit_test(a_state_a_few_ulps_off_is_caught),
		cmocka_unit_test(a_failed_check_names_the_step_if_an_epoch_has_several),
		cmocka_unit_test(a_single_row_with_a_wrong_slope_is_caught),
		cmocka_unit_test(a_mean_over_one_row_too_few_is_caught),
		cmocka_unit_test(nan_and_infinity_never_pass),
		cmocka_unit_test(a_failed_check_says_epoch_quantity_index_values_and_bound),
		cmocka_unit_test(the_verifier_counts_checked_steps_and_keeps_the_worst_ratio),
		cmocka_unit_test(
			an_overflowing_step_passes_the_check_and_is_left_to_the_divergence),
		cmocka_unit_test(a_loss_of_other_rows_that_is_wrong_by_1e_5_is_caught),
		cmocka_unit_test(a_wrong_output_is_caught),
		cmocka_unit_test(one_wrong_bit_of_a_parameter_is_caught_and_named),
		cmocka_unit_test(data_that_changes_during_training_is_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

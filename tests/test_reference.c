/*
 * test_reference.c: what a check compares with is itself right.
 *
 * Finite differences prove the formulas; float loops in the order of sums prove that the bounds
 * hold, and made mistakes that they are not too wide to see one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cases.h"
#include "curvature.h"
#include "dataset.h"
#include "losses.h"
#include "order.h"
#include "reference.h"
#include "rng.h"
#include "verify.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARAMETERS = 256, MOST_ROWS = 4097 };

struct shape {
	size_t rows, features, outputs;
};

/* ---- problems ---- */

/* A power of ten between 10^lo and 10^hi. */
static float magnitude(struct rng *rng, float lo, float hi)
{
	return powf(10.0f, rng_uniform(rng, lo, hi));
}

static void random_floats(struct rng *rng, float *out, size_t count, float reach)
{
	size_t i;

	for (i = 0; i < count; i++)
		out[i] = rng_uniform(rng, -reach, reach);
}

static struct problem problem_of(struct shape s)
{
	struct problem problem = {NULL, s.outputs, GF_LOSS_mse, GF_OPTIMIZER_sgd};
	gf_dataset *data;

	assert_int_equal(dataset_alloc(&data, s.rows, s.features, s.outputs, NULL), GF_OK);
	problem.data = data;
	return problem;
}

static struct problem random_problem(struct shape s, struct rng *rng)
{
	const struct problem problem = problem_of(s);

	random_floats(rng, problem.data->x, s.rows * s.features, 3.0f);
	random_floats(rng, problem.data->y, s.rows * s.outputs, 10.0f);
	return problem;
}

static struct problem problem_with(struct shape s, const float *x, const float *y)
{
	const struct problem problem = problem_of(s);

	memcpy(problem.data->x, x, s.rows * s.features * sizeof *x);
	memcpy(problem.data->y, y, s.rows * s.outputs * sizeof *y);
	return problem;
}

static void problem_free(const struct problem *problem)
{
	gf_dataset_free((gf_dataset *)problem->data);
}

static size_t parameters_of(const struct problem *problem)
{
	return problem->outputs * (problem->data->features + 1);
}

static struct order_problem order_of(const struct problem *problem)
{
	const gf_dataset *d = problem->data;

	return (struct order_problem){d->x, d->y, d->rows, d->features, d->outputs};
}

/* The notebook's points, or seven symmetric ones. */
static struct problem seven_points(const float *x)
{
	float y[7];
	size_t i;

	for (i = 0; i < 7; i++)
		y[i] = x[i] * x[i];
	return problem_with((struct shape){7, 1, 1}, x, y);
}

static const float NOTEBOOK_X[] = {1, 2, 3, 4, 1.1f, 2.2f, 3.3f};
static const float SYMMETRIC_X[] = {-3, -2, -1, 0, 1, 2, 3};

/* ---- finite differences ---- */

/* (l(z + h) - l(z - h)) / 2h leaves out h^2 / 6 times the third derivative, and magnifies the
 * rounding of l by 1 / h; h = cbrt(eps), 6e-6, balances the two.  Each value is off by some 4
 * eps of itself, so what is left is (h^2 + 4 eps / h) (1 + |l|).  z and y lie where no loss has
 * a kink. */
static void compare_slope(const struct loss_formula *formula, double z, double y)
{
	const double h = cbrt(DBL_EPSILON), up = z + h, down = z - h, slope = formula->slope(z, y);
	const double found = (formula->value(up, y) - formula->value(down, y)) / (up - down);
	const double tolerance =
		(h * h + 4.0 * DBL_EPSILON / h) * (1.0 + fabs(formula->value(z, y)));

	if (!(fabs(slope - found) <= tolerance))
		fail_msg("%s at z %g, y %g: slope %.17g, difference quotient %.17g, tolerance %g",
			formula->word, z, y, slope, found, tolerance);
}

static void every_slope_is_the_derivative_of_its_value(void **state)
{
	size_t loss;
	double z, y;

	(void)state;
	for (loss = 0; loss < GF_LOSSES; loss++)
		for (z = -3.03; z < 3.1; z += 0.37)
			for (y = -2.71; y < 3.0; y += 0.53)
				compare_slope(&loss_formulas[loss], z, y);
}

static void every_loss_has_the_values_of_its_textbook(void **state)
{
	static const struct {
		gf_loss loss;
		double z, y, value, slope;
	} known[] = {
		{GF_LOSS_mse, 3, 1, 4, 4},
		{GF_LOSS_mse, -0.5, 1, 2.25, -3},
		{GF_LOSS_mse, 2, 2, 0, 0},
	};
	int seen[GF_LOSSES] = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(known); i++) {
		const struct loss_formula *formula = &loss_formulas[known[i].loss];

		/* Exact in binary: no tolerance. */
		assert_true(formula->value(known[i].z, known[i].y) == known[i].value);
		assert_true(formula->slope(known[i].z, known[i].y) == known[i].slope);
		seen[known[i].loss] = 1;
	}
	for (i = 0; i < GF_LOSSES; i++)
		assert_true(seen[i]);
}

/* A loss sums N K values, each of D + 4 operations: off by (N K + D + 4) eps of itself at most.
 * The mean squared error has no third derivative. */
static void compare_partial(const struct problem *problem, double *params, size_t p, double wanted)
{
	const gf_dataset *d = problem->data;
	const double h = cbrt(DBL_EPSILON), here = params[p], up = here + h, down = here - h;
	const double terms = (double)(d->rows * d->outputs + d->features + 4);
	double scratch[MOST_PARAMETERS], above, below, tolerance, found;

	params[p] = up;
	above = reference_gradient(problem, params, scratch);
	params[p] = down;
	below = reference_gradient(problem, params, scratch);
	params[p] = here;
	found = (above - below) / (up - down);
	tolerance = terms * DBL_EPSILON * (above + below) / (up - down);
	if (!(fabs(found - wanted) <= tolerance))
		fail_msg("%zu x %zu x %zu: gradient %zu is %.17g, difference quotient %.17g, "
			 "tolerance %g",
			d->rows, d->features, d->outputs, p, wanted, found, tolerance);
}

static void compare_gradient(struct shape s)
{
	double params[MOST_PARAMETERS], gradient[MOST_PARAMETERS];
	struct problem problem;
	struct rng rng;
	size_t p;

	rng_seed(&rng, s.rows + 100 * s.features);
	problem = random_problem(s, &rng);
	for (p = 0; p < parameters_of(&problem); p++)
		params[p] = (double)rng_uniform(&rng, -1.0f, 1.0f);
	reference_gradient(&problem, params, gradient);
	for (p = 0; p < parameters_of(&problem); p++)
		compare_partial(&problem, params, p, gradient[p]);
	problem_free(&problem);
}

static void the_reference_gradient_is_the_derivative_of_the_reference_loss(void **state)
{
	static const struct shape shapes[] = {
		{1, 1, 1}, {7, 1, 1}, {5, 3, 1}, {17, 4, 3}, {65, 18, 3}, {33, 1, 10}, {2, 40, 2}};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shapes); i++)
		compare_gradient(shapes[i]);
}

/* One row, K = 2, D = 2, in numbers that double holds: z = (5, 0), loss (4^2 + 2^2) / 2,
 * slopes (8, -4) / 2. */
static void the_reference_divides_by_rows_times_outputs(void **state)
{
	const float x[] = {1, 2}, y[] = {1, 2};
	const double params[] = {1, 1.5, 2, -1, 1, 0}, wanted[] = {4, 8, -2, -4, 4, -2};
	const struct problem problem = problem_with((struct shape){1, 2, 2}, x, y);
	double gradient[6];
	size_t p;

	(void)state;
	assert_true(reference_gradient(&problem, params, gradient) == 10.0);
	for (p = 0; p < 6; p++)
		assert_true(gradient[p] == wanted[p]);
	problem_free(&problem);
}

/* ---- the bounds hold ---- */

/* Largest |difference| / bound of each quantity. */
struct worst {
	double loss, gradient, next;
};

/* What float loops make of a problem. */
struct floats {
	float loss, before[MOST_PARAMETERS], gradient[MOST_PARAMETERS], after[MOST_PARAMETERS];
};

static void take_floats(struct floats *f, const struct problem *problem, float lr)
{
	const struct order_problem order = order_of(problem);

	f->loss = order_gradient(&order, f->before, f->gradient);
	memcpy(f->after, f->before, sizeof f->after);
	order_update(f->after, f->gradient, lr, parameters_of(problem));
}

static double ratio(
	const char *what, size_t problem, size_t index, float found, double wanted, double bound)
{
	const double off = fabs((double)found - wanted);

	if (!(off <= bound) || isinf(bound))
		fail_msg("problem %zu: %s %zu is %.9g in float, %.17g in double: off by %g, "
			 "bound %g",
			problem, what, index, (double)found, wanted, off, bound);
	return off / bound;
}

static void compare_floats(struct worst *worst, size_t number, const struct problem *problem,
	struct floats *f, double lr)
{
	const size_t P = parameters_of(problem);
	struct reference_step *s;
	size_t p;

	take_floats(f, problem, (float)lr);
	assert_int_equal(reference_step_new(&s, P, NULL), GF_OK);
	reference_step_take(s, problem, f->before, lr);
	worst->loss = fmax(worst->loss, ratio("loss", number, 0, f->loss, s->loss, s->loss_bound));
	for (p = 0; p < P; p++) {
		worst->gradient =
			fmax(worst->gradient, ratio("gradient", number, p, f->gradient[p],
						      s->gradient[p], s->gradient_bound[p]));
		worst->next = fmax(worst->next,
			ratio("next", number, p, f->after[p], s->next[p], s->next_bound[p]));
	}
	reference_step_free(s);
}

static struct shape random_shape(struct rng *rng)
{
	static const size_t rows[] = {1, 2, 7, 15, 16, 17, 63, 64, 65, 129, 1023, 1025, MOST_ROWS};
	static const size_t features[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 18, 33, 40};

	return (struct shape){rows[rng_next32(rng) % COUNT(rows)],
		features[rng_next32(rng) % COUNT(features)], 1 + rng_next32(rng) % 3};
}

/* Each column has a magnitude of its own, and may be far from 0. */
static void scatter_columns(struct rng *rng, const gf_dataset *d)
{
	size_t i, j;

	for (j = 0; j < d->features; j++) {
		const float size = magnitude(rng, -3.0f, 4.0f);
		const float offset = rng_next32(rng) % 2 ? 0.0f : 3.0f * size;

		for (i = 0; i < d->rows; i++)
			d->x[i * d->features + j] = offset + rng_uniform(rng, -size, size);
	}
}

/* Targets so near the outputs that z - y loses almost every digit. */
static void nearly_fit(struct rng *rng, const struct problem *problem, const float *params)
{
	const struct order_problem order = order_of(problem);
	const gf_dataset *d = problem->data;
	size_t i, k;

	for (i = 0; i < d->rows; i++)
		for (k = 0; k < d->outputs; k++) {
			const float z = order_output(&order, params, i, k);

			d->y[i * d->outputs + k] = z * (1.0f + rng_uniform(rng, -3e-7f, 3e-7f));
		}
}

static void try_problem(struct worst *worst, size_t number, struct rng *rng, struct floats *f)
{
	const struct shape s = random_shape(rng);
	const struct problem problem = problem_of(s);
	const float size = magnitude(rng, -3.0f, 3.0f);

	scatter_columns(rng, problem.data);
	random_floats(rng, problem.data->y, s.rows * s.outputs, magnitude(rng, -3.0f, 4.0f));
	random_floats(rng, f->before, parameters_of(&problem), size);
	if (number % 3 == 0)
		nearly_fit(rng, &problem, f->before);
	compare_floats(worst, number, &problem, f, (double)magnitude(rng, -7.0f, 0.0f));
	problem_free(&problem);
}

/* A bound is the worst case of dozens of roundings that fall to both sides, so the float loops
 * stay well inside: the furthest of these 600 problems come to 0.23 of the bound in the loss and
 * 0.44 in a gradient.  A next parameter is mostly one rounding, and comes as near as one can.
 * A bound that grew wide would show here as a worst ratio below the stated ones. */
static void float_loops_stay_within_bounds_that_are_not_vacuous(void **state)
{
	struct worst worst = {0.0, 0.0, 0.0};
	struct floats f;
	struct rng rng;
	size_t i;

	(void)state;
	rng_seed(&rng, 20);
	for (i = 0; i < 600; i++)
		try_problem(&worst, i, &rng, &f);
	print_message("worst |difference| / bound: loss %.3g, gradient %.3g, next %.3g\n",
		worst.loss, worst.gradient, worst.next);
	assert_true(worst.loss > 0.1);
	assert_true(worst.gradient > 0.1);
	assert_true(worst.next > 0.5);
}

/* Roundings that all fall to one side, row after row, are the worst that sums can do. */
static void float_loops_stay_within_bounds_when_all_rows_are_the_same(void **state)
{
	struct worst worst = {0.0, 0.0, 0.0};
	struct floats f = {.before = {0.3f, 0.7f}};
	float x[MOST_ROWS], y[MOST_ROWS];
	size_t i, r;

	(void)state;
	for (i = 0; i < MOST_ROWS; i++) {
		x[i] = 0.1f;
		y[i] = 1e4f / 3.0f;
	}
	for (r = 0; r < COUNT(CASE_ROWS); r++) {
		const struct shape s = {CASE_ROWS[r], 1, 1};
		const struct problem problem = problem_with(s, x, y);

		compare_floats(&worst, r, &problem, &f, 0.01);
		problem_free(&problem);
	}
}

/* A rate that float rounds by much, or to 0. */
static void float_loops_stay_within_bounds_at_rates_below_the_normal_range(void **state)
{
	static const double rates[] = {1e-37, 1e-39, 3e-45, 1e-50};
	const struct problem problem = seven_points(NOTEBOOK_X);
	struct worst worst = {0.0, 0.0, 0.0};
	struct floats f = {.before = {0.0f, 0.0f}};
	size_t i;

	(void)state;
	for (i = 0; i < problem.data->rows; i++)
		problem.data->y[i] *= 1e15f;
	for (i = 0; i < COUNT(rates); i++)
		compare_floats(&worst, i, &problem, &f, rates[i]);
	problem_free(&problem);
}

/* ---- the verifier sees what is wrong ---- */

struct check {
	struct problem problem;
	struct verifier verifier;
	struct floats floats;
	gf_step step;
};

static void check_open(struct check *c, struct problem problem, const float *before, double lr)
{
	gf_config config;

	gf_config_default(&config);
	config.check = GF_CHECK_every;
	c->problem = problem;
	memcpy(c->floats.before, before, parameters_of(&problem) * sizeof *before);
	take_floats(&c->floats, &c->problem, (float)lr);
	c->step = (gf_step){.epoch = 7,
		.loss = c->floats.loss,
		.lr = lr,
		.parameters = parameters_of(&problem),
		.before = c->floats.before,
		.gradient = c->floats.gradient,
		.after = c->floats.after};
	assert_int_equal(
		verifier_open(&c->verifier, &c->problem, &config, GF_ENGINE_streaming, NULL),
		GF_OK);
	assert_int_equal(verifier_check(&c->verifier, &c->step, NULL), GF_OK);
}

static void check_random(struct check *c, struct shape s)
{
	float before[MOST_PARAMETERS];
	struct problem problem;
	struct rng rng;

	rng_seed(&rng, s.rows);
	problem = random_problem(s, &rng);
	random_floats(&rng, before, parameters_of(&problem), 1.0f);
	check_open(c, problem, before, 0.1);
}

static void check_close(struct check *c)
{
	verifier_close(&c->verifier);
	problem_free(&c->problem);
}

static void refused(struct check *c, const char *beginning)
{
	gf_error err = {0};

	assert_int_equal(verifier_check(&c->verifier, &c->step, &err), GF_E_CHECK);
	assert_int_equal(err.status, GF_E_CHECK);
	if (strncmp(err.message, beginning, strlen(beginning)) != 0)
		fail_msg("%s\nbegins otherwise than\n%s", err.message, beginning);
}

/* With *value so, the check fails; afterwards *value is as it was. */
static void refused_with(struct check *c, float *value, float wrong, const char *beginning)
{
	const float right = *value;

	*value = wrong;
	refused(c, beginning);
	*value = right;
	assert_int_equal(verifier_check(&c->verifier, &c->step, NULL), GF_OK);
}

/* Features and slopes above 0: sums without cancellation. */
static void check_one_sided(struct check *c, struct shape s)
{
	float before[MOST_PARAMETERS];
	struct problem problem;
	struct rng rng;
	size_t i;

	rng_seed(&rng, s.rows);
	problem = random_problem(s, &rng);
	for (i = 0; i < s.rows * s.features; i++)
		problem.data->x[i] += 3.5f;
	for (i = 0; i < s.rows * s.outputs; i++)
		problem.data->y[i] -= 200.0f;
	random_floats(&rng, before, parameters_of(&problem), 1.0f);
	check_open(c, problem, before, 0.1);
}

/* Bounds of these shapes are some 20 roundings, 1.2e-6 of the sum of magnitudes, and here that
 * is the gradient itself: 1e-5 is eight times what can hide. */
static void an_error_of_1e_5_in_the_loss_or_any_gradient_is_caught(void **state)
{
	static const struct shape shapes[] = {{7, 1, 1}, {65, 3, 3}, {17, 18, 1}, {1025, 9, 1}};
	struct check c;
	size_t i, p;

	(void)state;
	for (i = 0; i < COUNT(shapes); i++) {
		check_one_sided(&c, shapes[i]);
		refused_with(&c, &c.step.loss, c.step.loss * 1.00001f, "epoch 7: loss is ");
		for (p = 0; p < c.step.parameters; p++)
			refused_with(&c, c.floats.gradient + p, c.floats.gradient[p] * 1.00001f,
				"epoch 7: gradient of ");
		check_close(&c);
	}
}

/* The largest rounding of a next parameter is half an ulp of itself, and lr times the gradient's
 * bound; 4 ulps more are neither. */
static void a_next_parameter_a_few_ulps_off_is_caught(void **state)
{
	struct check c;
	size_t p;

	(void)state;
	check_random(&c, (struct shape){65, 3, 3});
	for (p = 0; p < c.step.parameters; p++) {
		const double bound = c.verifier.step->next_bound[p];
		const float right = c.floats.after[p];

		assert_true(bound < 64.0 * (double)FLT_EPSILON);
		refused_with(
			&c, c.floats.after + p, right + (float)(2.5 * bound), "epoch 7: next ");
		refused_with(
			&c, c.floats.after + p, right - (float)(2.5 * bound), "epoch 7: next ");
	}
	check_close(&c);
}

/* Sums of slope times x, and the row whose part in feature 0's gradient is largest. */
static size_t largest_row(const struct check *c, double *part)
{
	const gf_dataset *d = c->problem.data;
	double params[MOST_PARAMETERS];
	size_t i, p, largest = 0;

	*part = 0.0;
	for (p = 0; p < c->step.parameters; p++)
		params[p] = (double)c->floats.before[p];
	for (i = 0; i < d->rows; i++) {
		const double z = reference_output(&c->problem, params, i, 0);
		const double term =
			loss_formulas[c->problem.loss].slope(z, (double)d->y[i * d->outputs]) *
			(double)d->x[i * d->features];

		if (fabs(term) > fabs(*part)) {
			*part = term;
			largest = i;
		}
	}
	return largest;
}

/* One row of N is 1/N of a gradient whose bound is about 20 roundings, 1.2e-6, of the mean
 * magnitude; so its slope is seen to be wrong from 1.2e-6 N of itself on, and 1e-5 N is ten
 * times that.  A row left out, or taken twice, is wrong by the whole of itself. */
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
		refused_with(&c, c.floats.gradient,
			c.floats.gradient[0] + (float)(part * 1e-5 * N / M),
			"epoch 7: gradient of weight[0][0] is ");
		refused_with(&c, c.floats.gradient, c.floats.gradient[0] - (float)(part / M),
			"epoch 7: gradient of weight[0][0] is ");
		check_close(&c);
	}
}

/* Wrong by 1e-3. */
static void a_mean_over_one_row_too_few_is_caught(void **state)
{
	struct check c;
	size_t p;

	(void)state;
	check_one_sided(&c, (struct shape){1025, 9, 1});
	refused_with(&c, &c.step.loss, c.step.loss * (1025.0f / 1024.0f), "epoch 7: loss is ");
	for (p = 0; p < c.step.parameters; p++)
		refused_with(&c, c.floats.gradient + p, c.floats.gradient[p] * (1025.0f / 1024.0f),
			"epoch 7: gradient of ");
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
		refused_with(&c, &c.step.loss, wrong[i], "epoch 7: loss is ");
		for (p = 0; p < c.step.parameters; p++) {
			refused_with(&c, c.floats.gradient + p, wrong[i], "epoch 7: gradient of ");
			refused_with(&c, c.floats.after + p, wrong[i], "epoch 7: next ");
		}
	}
	check_close(&c);
}

/* One row, K = 2, D = 2, all exact: z (3, 3), loss (9 + 9) / 2, slopes (6, 6) / 2. */
static void check_exact(struct check *c)
{
	const float x[] = {1, 2}, y[] = {0, 0}, before[] = {1, 1, 1, 1, 0, 0};

	check_open(c, problem_with((struct shape){1, 2, 2}, x, y), before, 0.5);
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
	refused_with(&c, &c.step.loss, 10.0f, wanted);
	snprintf(wanted, sizeof wanted,
		"epoch 7: gradient of weight[1][0] is 3.5 on the device and 3 in the reference: "
		"off by 0.5, and the bound is %.3g",
		c.verifier.step->gradient_bound[2]);
	refused_with(&c, c.floats.gradient + 2, 3.5f, wanted);
	refused_with(&c, c.floats.gradient + 5, 3.5f,
		"epoch 7: gradient of bias[1] is 3.5 on the device");
	refused_with(&c, c.floats.after + 1, 4.0f,
		"epoch 7: next weight[0][1] is 4 on the device and -2 in the reference: "
		"off by 6, and");
	refused_with(&c, c.floats.after + 4, NAN,
		"epoch 7: next bias[0] is nan on the device and -1.5 in");
	check_close(&c);
}

static void the_verifier_counts_what_passed_and_keeps_the_worst(void **state)
{
	struct check c;

	(void)state;
	check_random(&c, (struct shape){65, 3, 3});
	assert_int_equal(c.verifier.checked, 1);
	assert_true(c.verifier.worst > 0.0 && c.verifier.worst <= 1.0);
	refused_with(&c, &c.step.loss, 0.0f, "epoch 7: loss is ");
	assert_int_equal(c.verifier.checked, 2); /* the one after the refused one */
	assert_true(c.verifier.worst <= 1.0);
	check_close(&c);
}

/* ---- where float ends ---- */

/* Bounds at params are infinite, so whatever a float engine makes of them is no failed check. */
static void no_bounds_at(const struct problem *problem, const float *params, double lr)
{
	const size_t P = parameters_of(problem);
	struct reference_step *s;
	size_t p;

	assert_int_equal(reference_step_new(&s, P, NULL), GF_OK);
	reference_step_take(s, problem, params, lr);
	assert_true(isinf(s->loss_bound));
	for (p = 0; p < P; p++)
		assert_true(isinf(s->gradient_bound[p]) && isinf(s->next_bound[p]));
	reference_step_free(s);
}

static void beyond_the_range_of_float_there_is_no_bound_and_no_false_alarm(void **state)
{
	static const float params[][2] = {{1e20f, 0}, {3e38f, 3e38f}, {0, -3e38f}, {INFINITY, 0},
		{0, -INFINITY}, {NAN, 0}, {NAN, NAN}};
	const struct problem problem = seven_points(NOTEBOOK_X);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(params); i++)
		no_bounds_at(&problem, params[i], 0.01);
	/* Only the update leaves the range. */
	no_bounds_at(&problem, (const float[]){1, 1}, 1e38);
	problem_free(&problem);
}

static void an_overflowing_step_passes_the_check_and_is_left_to_the_divergence(void **state)
{
	const struct problem problem = seven_points(NOTEBOOK_X);
	const float before[] = {1e25f, 1e25f};
	struct check c;

	(void)state;
	check_open(&c, problem, before, 0.01);
	assert_true(isinf(c.step.loss));
	assert_true(c.verifier.worst == 0.0);
	check_close(&c);
}

/* ---- theory beside practice ---- */

static gf_theory *theory_at(const struct problem *problem, const float *before)
{
	const gf_step step = {.lr = 0.01, .parameters = 2, .before = before, .output_rows = 7};
	gf_theory *theory;

	assert_int_equal(gf_theory_new(&theory, problem->data, GF_LOSS_mse, &step, NULL), GF_OK);
	return theory;
}

static void close_to(const char *what, double found, double wanted, double tolerance)
{
	if (!(fabs(found - wanted) <= tolerance))
		fail_msg("%s is %.17g, wanted %.17g within %g", what, found, wanted, tolerance);
}

/* PyTorch printed the gradients with 9 digits, the last of them rounded, and computed them in
 * float: 16 roundings of terms of up to 40 come to 16 * 2^-24 * 40, 4e-5, at the very most. */
static void product_of_means_is_0_on_symmetric_points_where_the_gradient_is_not(void **state)
{
	const struct problem problem = seven_points(SYMMETRIC_X);
	const float before[] = {0.764538527f, 0.830007911f};
	gf_theory *theory = theory_at(&problem, before);

	(void)state;
	assert_true(theory->mistaken[0] == 0.0);
	close_to("gradient of w", theory->gradient[0], 6.11630821, 4e-5);
	close_to("gradient of b", theory->gradient[1], -6.33998442, 4e-5);
	assert_true(theory->mistaken[1] == theory->gradient[1]);
	close_to("loss", theory->loss, 24.3869305, 4e-5);
	gf_theory_free(theory);
	problem_free(&problem);
}

/* The notebook took the means in float: a dozen roundings of a move of 0.244, 2e-7, and as much
 * again for the printed w. */
static void product_of_means_gives_the_next_weight_that_the_notebook_printed(void **state)
{
	const struct problem problem = seven_points(NOTEBOOK_X);
	const float before[] = {0.44418656826019287f, 0.5152027606964111f};
	gf_theory *theory = theory_at(&problem, before);

	(void)state;
	close_to("mistaken next w", (double)before[0] - 0.01 * theory->mistaken[0], 0.687834487,
		4e-7);
	close_to("next w", theory->next[0], 0.78279662, 4e-7);
	close_to("next b", theory->next[1], 0.61794585, 4e-7);
	close_to("first output", theory->outputs[0], 0.9594, 5e-5);
	close_to("last output", theory->outputs[6], 1.9810, 5e-5);
	assert_int_equal(theory->output_rows, 7);
	gf_theory_free(theory);
	problem_free(&problem);
}

static void theory_without_parameters_is_refused(void **state)
{
	const struct problem problem = seven_points(NOTEBOOK_X);
	const gf_step step = {.lr = 0.01, .parameters = 2};
	gf_theory *theory;
	gf_error err = {0};

	(void)state;
	assert_int_equal(
		gf_theory_new(&theory, problem.data, GF_LOSS_mse, &step, &err), GF_E_USAGE);
	assert_string_equal(err.message, "an explanation needs the step's parameters");
	assert_null(theory);
	problem_free(&problem);
}

/* ---- the largest learning rate ---- */

/* Largest eigenvalue of a symmetric a (n, n) by cyclic Jacobi rotations; a is lost. */
static void rotate(double *a, size_t n, size_t p, size_t q)
{
	const double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
	const double t = copysign(1.0, theta) / (fabs(theta) + sqrt(theta * theta + 1.0));
	const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
	size_t k;

	for (k = 0; k < n; k++) {
		const double kp = a[k * n + p], kq = a[k * n + q];

		a[k * n + p] = c * kp - s * kq;
		a[k * n + q] = s * kp + c * kq;
	}
	for (k = 0; k < n; k++) {
		const double pk = a[p * n + k], qk = a[q * n + k];

		a[p * n + k] = c * pk - s * qk;
		a[q * n + k] = s * pk + c * qk;
	}
}

static double jacobi_largest(double *a, size_t n)
{
	double largest = 0.0;
	size_t sweep, p, q;

	/* Convergence is quadratic: a dozen sweeps are more than any small matrix needs. */
	for (sweep = 0; sweep < 12; sweep++)
		for (p = 0; p < n; p++)
			for (q = p + 1; q < n; q++)
				if (a[p * n + q] != 0.0)
					rotate(a, n, p, q);
	for (p = 0; p < n; p++)
		largest = fmax(largest, a[p * n + p]);
	return largest;
}

/* a (D + 1, D + 1) = X^T X with a last column of ones */
static void gram(const gf_dataset *d, double *a)
{
	const size_t D = d->features, n = D + 1;
	size_t i, p, q;

	memset(a, 0, n * n * sizeof *a);
	for (i = 0; i < d->rows; i++)
		for (p = 0; p < n; p++)
			for (q = 0; q < n; q++) {
				const float *x = d->x + i * D;

				a[p * n + q] +=
					(p < D ? (double)x[p] : 1.0) * (q < D ? (double)x[q] : 1.0);
			}
}

static double limit_of(const gf_dataset *data)
{
	double lr;

	assert_int_equal(curvature_lr_limit(&lr, data, NULL), GF_OK);
	return lr;
}

/* Of a 2 x 2 matrix by its formula.  Both sides round a few times: 1e-9 is what power iteration
 * stops at, and its error is far smaller where the eigenvalues are as far apart as here (1 to
 * 53). */
static void the_largest_lr_for_the_notebook_is_0_1322(void **state)
{
	const struct problem problem = seven_points(NOTEBOOK_X);
	double a[4], lambda;

	(void)state;
	gram(problem.data, a);
	lambda = (a[0] + a[3]) / 2.0 + sqrt((a[0] - a[3]) * (a[0] - a[3]) / 4.0 + a[1] * a[1]);
	close_to("the largest lr", limit_of(problem.data), 7.0 / lambda, 1e-9 * 7.0 / lambda);
	close_to("the largest lr", limit_of(problem.data), 0.1322, 5e-5);
	problem_free(&problem);
}

/* Power iteration stops when a round changes lambda by 1e-9 of itself; where a round shrinks
 * what is left to q^2, q the ratio of the two largest eigenvalues, q^2 / (1 - q^2) times as much
 * is left. 1e-7 does for q up to 0.995. */
static void the_largest_lr_is_that_of_the_largest_eigenvalue(void **state)
{
	static const struct shape shapes[] = {{40, 5, 1}, {300, 9, 3}, {12, 20, 2}, {1, 3, 1}};
	double a[21 * 21];
	struct rng rng;
	size_t i;

	(void)state;
	rng_seed(&rng, 4);
	for (i = 0; i < COUNT(shapes); i++) {
		const struct problem problem = random_problem(shapes[i], &rng);
		const double M = (double)shapes[i].rows * (double)shapes[i].outputs;
		double wanted;

		gram(problem.data, a);
		wanted = M / jacobi_largest(a, shapes[i].features + 1);
		close_to("the largest lr", limit_of(problem.data), wanted, 1e-7 * wanted);
		problem_free(&problem);
	}
}

/* The steepest direction is (1, -1, 0), with 2 (1 + 4 + 9 + 16 + 16) = 92: a start of ones, which
 * is orthogonal to it, would stay so and find 5, the bias's. */
static void opposite_columns_do_not_hide_the_largest_eigenvalue(void **state)
{
	const float x[] = {1, -1, 2, -2, -3, 3, 4, -4, -4, 4}, y[] = {0, 0, 0, 0, 0};
	const struct problem problem = problem_with((struct shape){5, 2, 1}, x, y);

	(void)state;
	close_to("the largest lr", limit_of(problem.data), 5.0 / 92.0, 1e-7 * 5.0 / 92.0);
	problem_free(&problem);
}

static gf_status train_at(const gf_dataset *data, double lr, gf_report *report, gf_error *err)
{
	gf_model *model;
	gf_config config;
	gf_status status;

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.lr = lr;
	config.init = GF_INIT_notebook;
	status = gf_fit(&model, data, &config, report, err);
	gf_model_free(model);
	return status;
}

/* At 0.99 times the limit the steepest direction shrinks to 0.98 of itself with every step, the
 * flattest (0.019 as steep) to 0.96: 5000 steps leave the least loss, 0.835463655, but for
 * float's rounding. */
static void just_below_the_largest_lr_training_converges(void **state)
{
	const struct problem problem = seven_points(NOTEBOOK_X);
	gf_report report;

	(void)state;
	assert_int_equal(
		train_at(problem.data, 0.99 * limit_of(problem.data), &report, NULL), GF_OK);
	close_to("the final loss", (double)report.loss, 0.835463655, 1e-6);
	assert_true(report.lr_limit == 0.0);
	problem_free(&problem);
}

/* At 1.01 times the limit the steepest direction grows by 1.02 a step, the loss by 1.04: a
 * millionfold after some ln(1e6) / ln(1.04) = 350 steps; it holds less than the whole loss at
 * first. */
static void just_above_the_largest_lr_training_diverges(void **state)
{
	const struct problem problem = seven_points(NOTEBOOK_X);
	const double limit = limit_of(problem.data);
	gf_error err = {0};
	gf_report report;
	char wanted[128];

	(void)state;
	assert_int_equal(train_at(problem.data, 1.01 * limit, &report, &err), GF_E_DIVERGED);
	assert_int_equal(err.status, GF_E_DIVERGED);
	assert_in_range(report.epochs, 300, 600);
	snprintf(wanted, sizeof wanted, "training diverged: the loss of epoch %zu is ",
		report.epochs - 1);
	assert_memory_equal(err.message, wanted, strlen(wanted));
	assert_non_null(strstr(err.message, "the largest that can converge here is 0.1322"));
	assert_true(report.lr_limit == limit);
	problem_free(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_slope_is_the_derivative_of_its_value),
		cmocka_unit_test(every_loss_has_the_values_of_its_textbook),
		cmocka_unit_test(the_reference_gradient_is_the_derivative_of_the_reference_loss),
		cmocka_unit_test(the_reference_divides_by_rows_times_outputs),
		cmocka_unit_test(float_loops_stay_within_bounds_that_are_not_vacuous),
		cmocka_unit_test(float_loops_stay_within_bounds_when_all_rows_are_the_same),
		cmocka_unit_test(float_loops_stay_within_bounds_at_rates_below_the_normal_range),
		cmocka_unit_test(an_error_of_1e_5_in_the_loss_or_any_gradient_is_caught),
		cmocka_unit_test(a_next_parameter_a_few_ulps_off_is_caught),
		cmocka_unit_test(a_single_row_with_a_wrong_slope_is_caught),
		cmocka_unit_test(a_mean_over_one_row_too_few_is_caught),
		cmocka_unit_test(nan_and_infinity_never_pass),
		cmocka_unit_test(a_failed_check_says_epoch_quantity_index_values_and_bound),
		cmocka_unit_test(the_verifier_counts_what_passed_and_keeps_the_worst),
		cmocka_unit_test(beyond_the_range_of_float_there_is_no_bound_and_no_false_alarm),
		cmocka_unit_test(
			an_overflowing_step_passes_the_check_and_is_left_to_the_divergence),
		cmocka_unit_test(
			product_of_means_is_0_on_symmetric_points_where_the_gradient_is_not),
		cmocka_unit_test(product_of_means_gives_the_next_weight_that_the_notebook_printed),
		cmocka_unit_test(theory_without_parameters_is_refused),
		cmocka_unit_test(the_largest_lr_for_the_notebook_is_0_1322),
		cmocka_unit_test(the_largest_lr_is_that_of_the_largest_eigenvalue),
		cmocka_unit_test(opposite_columns_do_not_hide_the_largest_eigenvalue),
		cmocka_unit_test(just_below_the_largest_lr_training_converges),
		cmocka_unit_test(just_above_the_largest_lr_training_diverges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_bounds.c: plain loops in float, in the order of sums, stay within the bounds of a check,
 * and the bounds are not too wide.
 */
#include "fixture.h"

#include "cases.h"
#include "catalog.h"
#include "dataset.h"
#include "order.h"
#include "reference_step.h"

#include <math.h>

enum { MOST_ROWS = 4097 };

/* The largest |difference| / bound of each quantity. */
struct worst {
	double loss, gradient, next;
};

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

static void compare_step(struct worst *worst, size_t number, const struct problem *problem,
	struct float_step *f, double lr)
{
	const struct batch all = {.count = problem->data->rows};
	struct reference_step *s;
	size_t p;

	take_float_step(f, problem, lr);
	assert_int_equal(reference_step_new(&s, problem, NULL), GF_OK);
	assert_int_equal(
		reference_step_take(s, problem, &all, f->before, f->state, f->rates, NULL), GF_OK);
	worst->loss = fmax(worst->loss, ratio("loss", number, 0, f->loss, s->loss, s->loss_bound));
	for (p = 0; p < problem_params(problem); p++) {
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
		const float size = random_magnitude(rng, -3.0f, 4.0f);
		const float offset = rng_next32(rng) % 2 ? 0.0f : 3.0f * size;

		for (i = 0; i < d->rows; i++)
			d->x[i * d->features + j] = offset + rng_uniform(rng, -size, size);
	}
}

/* Makes targets so close to the outputs that z - y loses almost every digit. */
static void nearly_fit(struct rng *rng, const struct problem *problem, const float *params)
{
	const gf_dataset *d = problem->data;
	size_t i, k;

	for (i = 0; i < d->rows; i++)
		for (k = 0; k < d->outputs; k++) {
			const float z = order_output(problem, params, i, k);

			d->y[i * d->outputs + k] = z * (1.0f + rng_uniform(rng, -3e-7f, 3e-7f));
		}
}

static void try_problem(struct worst *worst, size_t number, struct rng *rng, struct float_step *f)
{
	const struct shape s = random_shape(rng);
	const struct problem problem = new_problem(GF_LOSS_mse, s);
	const float size = random_magnitude(rng, -3.0f, 3.0f);

	scatter_columns(rng, problem.data);
	random_floats(rng, problem.data->y, s.rows * s.outputs, random_magnitude(rng, -3.0f, 4.0f));
	random_floats(rng, f->before, problem_params(&problem), size);
	if (number % 3 == 0)
		nearly_fit(rng, &problem, f->before);
	compare_step(worst, number, &problem, f, (double)random_magnitude(rng, -7.0f, 0.0f));
	free_problem(&problem);
}

/* A bound is the worst case of dozens of roundings that fall to both sides, so the float loops
 * stay well inside: the furthest of these 600 problems come to 0.23 of the bound in the loss and
 * 0.44 in a gradient.  A next parameter is mostly one rounding, and comes as near as one can.
 * A bound that grew wide would show here as a worst ratio below the stated ones. */
static void float_loops_stay_within_bounds_that_are_not_too_wide(void **state)
{
	struct worst worst = {0.0, 0.0, 0.0};
	struct float_step f;
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

/* Sums err most where the roundings of all rows fall to the same side. */
static void float_loops_stay_within_bounds_when_all_rows_are_the_same(void **state)
{
	struct worst worst = {0.0, 0.0, 0.0};
	struct float_step f = {.before = {0.3f, 0.7f}};
	float x[MOST_ROWS], y[MOST_ROWS];
	size_t i, r;

	(void)state;
	for (i = 0; i < MOST_ROWS; i++) {
		x[i] = 0.1f;
		y[i] = 1e4f / 3.0f;
	}
	for (r = 0; r < COUNT(CASE_ROWS); r++) {
		const struct shape s = {CASE_ROWS[r], 1, 1};
		const struct problem problem = mse_problem(s, x, y);

		compare_step(&worst, r, &problem, &f, 0.01);
		free_problem(&problem);
	}
}

/* Float rounds these rates by much, or to 0. */
static void float_loops_stay_within_bounds_at_rates_below_the_normal_range(void **state)
{
	static const double rates[] = {1e-37, 1e-39, 3e-45, 1e-50};
	const struct problem problem = parabola_problem(NOTEBOOK_X);
	struct worst worst = {0.0, 0.0, 0.0};
	struct float_step f = {.before = {0.0f, 0.0f}};
	size_t i;

	(void)state;
	for (i = 0; i < problem.data->rows; i++)
		problem.data->y[i] *= 1e15f;
	for (i = 0; i < COUNT(rates); i++)
		compare_step(&worst, i, &problem, &f, rates[i]);
	free_problem(&problem);
}

/* ---- where float ends ---- */

/* A loss that float cannot hold has no bound; gradient_too: the gradients and the next parameters
 * have none either.  Whatever a float engine computes there, its check does not fail. */
static void assert_no_bounds(
	const struct problem *problem, const float *params, double lr, int gradient_too)
{
	const struct batch all = {.count = problem->data->rows};
	const double rates[RATES] = {[RATE_SCALE] = mean_scale(problem), [RATE_LR] = lr};
	struct reference_step *s;
	size_t p;

	assert_int_equal(reference_step_new(&s, problem, NULL), GF_OK);
	assert_int_equal(reference_step_take(s, problem, &all, params, NULL, rates, NULL), GF_OK);
	assert_true(isinf(s->loss_bound));
	for (p = 0; p < problem_params(problem); p++) {
		assert_int_equal(isinf(s->gradient_bound[p]) != 0, gradient_too);
		assert_int_equal(isinf(s->next_bound[p]) != 0, gradient_too);
	}
	reference_step_free(s);
}

static void beyond_the_range_of_float_there_is_no_bound_and_no_false_alarm(void **state)
{
	static const float params[][2] = {
		{3e38f, 3e38f}, {0, -3e38f}, {INFINITY, 0}, {0, -INFINITY}, {NAN, 0}, {NAN, NAN}};
	const struct problem problem = parabola_problem(NOTEBOOK_X);
	size_t i;

	(void)state;
	assert_no_bounds(&problem, (const float[]){1e20f, 0}, 0.01, 0);
	for (i = 0; i < COUNT(params); i++)
		assert_no_bounds(&problem, params[i], 0.01, 1);
	free_problem(&problem);
}

static void an_update_that_leaves_the_range_of_float_has_no_bound(void **state)
{
	const struct problem problem = parabola_problem(NOTEBOOK_X);
	const struct batch all = {.count = 7};
	const double rates[RATES] = {[RATE_SCALE] = mean_scale(&problem), [RATE_LR] = 1e38};
	struct reference_step *s;

	(void)state;
	assert_int_equal(reference_step_new(&s, &problem, NULL), GF_OK);
	assert_int_equal(
		reference_step_take(s, &problem, &all, (const float[]){1, 1}, NULL, rates, NULL),
		GF_OK);
	assert_true(isfinite(s->loss_bound) && isfinite(s->gradient_bound[0]));
	assert_true(isinf(s->next_bound[0]) && isinf(s->next_bound[1]));
	reference_step_free(s);
	free_problem(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(float_loops_stay_within_bounds_that_are_not_too_wide),
		cmocka_unit_test(float_loops_stay_within_bounds_when_all_rows_are_the_same),
		cmocka_unit_test(float_loops_stay_within_bounds_at_rates_below_the_normal_range),
		cmocka_unit_test(beyond_the_range_of_float_there_is_no_bound_and_no_false_alarm),
		cmocka_unit_test(an_update_that_leaves_the_range_of_float_has_no_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

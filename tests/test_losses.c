/*
 * test_losses.c: the formulas of the losses and of the reference's gradient, by finite differences.
 */
#include "problems.h"

#include "dataset.h"
#include "losses.h"

#include <float.h>
#include <math.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_slope_is_the_derivative_of_its_value),
		cmocka_unit_test(every_loss_has_the_values_of_its_textbook),
		cmocka_unit_test(the_reference_gradient_is_the_derivative_of_the_reference_loss),
		cmocka_unit_test(the_reference_divides_by_rows_times_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_steepness.c: the bound on the curvature of each loss is the largest derivative of its slope.
 */
#include "fixture.h"

#include "dataset.h"
#include "reference.h"

#include <math.h>
#include <string.h>

/* Returns the derivative with respect to t of the loss at outputs z = t (1, -1) / sqrt(2), or at
 * z = t if there is one output. */
static double slope_along(const struct problem *problem, double t)
{
	struct bounded z[2], value[2], slope[2];
	const double unit = problem->outputs == 2 ? 1.0 / sqrt(2.0) : 1.0;
	const float y = 1.0f;

	z[0] = bounded_exact(unit * t);
	z[1] = bounded_exact(-unit * t);
	losses_of_row(problem, &y, 1.0, z, value, slope);
	return unit * (slope[0].value - (problem->outputs == 2 ? slope[1].value : 0.0));
}

/* Returns the largest difference quotient of the slope between -8 and 8.  It is large at a kink. */
static double largest_second_derivative(const struct problem *problem)
{
	const double h = 0x1p-10;
	double largest = 0.0, t;

	for (t = -8.0; t <= 8.0; t += h)
		largest =
			fmax(largest, (slope_along(problem, t + h) - slope_along(problem, t)) / h);
	return largest;
}

/* By the mean value theorem no difference quotient exceeds the bound, and the largest comes within
 * h^2 of it.  The curvature is that of a single row with x = 1. */
static void bounds_are_the_largest_second_derivatives(void **state)
{
	size_t loss;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++) {
		const size_t outputs = loss == GF_LOSS_cross_entropy ? 2 : 1;
		struct problem problem = new_problem((gf_loss)loss, (struct shape){1, 1, outputs});
		struct curvature c;

		problem.loss_parameters.beta = 0.25;
		problem.loss_parameters.power = 1.25;
		problem.data->x[0] = 1.0f;
		problem.update.no_bias = 1;
		c = curvature_of(&problem);
		assert_int_equal(c.constant, loss == GF_LOSS_mse);
		if (isnan(c.largest))
			assert_true(largest_second_derivative(&problem) > 100.0);
		else
			assert_close(loss_word((gf_loss)loss), c.largest * (double)problem.outputs,
				largest_second_derivative(&problem), 1e-5);
		free_problem(&problem);
	}
}

static void losses_that_are_not_smooth_have_no_bound(void **state)
{
	static const gf_loss losses[] = {GF_LOSS_l1, GF_LOSS_poisson, GF_LOSS_hinge,
		GF_LOSS_epsilon_insensitive, GF_LOSS_quantile, GF_LOSS_smooth_l1, GF_LOSS_gamma,
		GF_LOSS_tweedie};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(losses); i++) {
		struct problem problem = new_problem(losses[i], (struct shape){3, 2, 1});
		struct curvature c;

		problem.loss_parameters.beta = 0.0;
		c = curvature_of(&problem);
		assert_true(isnan(c.largest) && isnan(c.smallest));
		assert_true(isnan(curvature_lr_limit(&c)));
		assert_true(isnan(curvature_epochs(&c, 0.1)));
		free_problem(&problem);
	}
}

/* The shares of a row of class 1 are smoothing / 2 of each class's weight, and 1 - smoothing of its
 * own. */
static void class_weights_raise_the_bound_to_that_of_the_heaviest_class(void **state)
{
	const float weights[] = {0.5f, 3.0f};
	struct problem problem = new_problem(GF_LOSS_cross_entropy, (struct shape){1, 1, 2});
	struct curvature c;

	(void)state;
	problem.data->x[0] = 1.0f;
	problem.update.no_bias = 1;
	problem.class_weights = weights;
	problem.loss_parameters.label_smoothing = 0.25;
	c = curvature_of(&problem);
	assert_largest_curvature(&c, 0.5 * 0.5 * (0.75 * 3.0 + 0.125 * 3.5));
	assert_close("cross_entropy", 2.0 * c.largest, largest_second_derivative(&problem), 1e-5);
	free_problem(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_the_largest_second_derivatives),
		cmocka_unit_test(losses_that_are_not_smooth_have_no_bound),
		cmocka_unit_test(class_weights_raise_the_bound_to_that_of_the_heaviest_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

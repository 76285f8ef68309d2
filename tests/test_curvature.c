/* test_curvature.c: the largest learning rate, in theory and in training. */
#include "problems.h"

#include "curvature.h"
#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	assert_close("the largest lr", limit_of(problem.data), 7.0 / lambda, 1e-9 * 7.0 / lambda);
	assert_close("the largest lr", limit_of(problem.data), 0.1322, 5e-5);
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
		assert_close("the largest lr", limit_of(problem.data), wanted, 1e-7 * wanted);
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
	assert_close("the largest lr", limit_of(problem.data), 5.0 / 92.0, 1e-7 * 5.0 / 92.0);
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
	assert_close("the final loss", (double)report.loss, 0.835463655, 1e-6);
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
	assert_begins(err.message, wanted);
	assert_non_null(strstr(err.message, "the largest that can converge here is 0.1322"));
	assert_true(report.lr_limit == limit);
	problem_free(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_lr_for_the_notebook_is_0_1322),
		cmocka_unit_test(the_largest_lr_is_that_of_the_largest_eigenvalue),
		cmocka_unit_test(opposite_columns_do_not_hide_the_largest_eigenvalue),
		cmocka_unit_test(just_below_the_largest_lr_training_converges),
		cmocka_unit_test(just_above_the_largest_lr_training_diverges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

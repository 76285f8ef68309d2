/* test_curvature.c: the curvature of losses, against eigenvalues by formula, and what gradient
 * descent makes of it. */
#include "basics.h"

#include "curvature.h"
#include "dataset.h"
#include "losses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float NOTEBOOK_X[] = {1, 2, 3, 4, 1.1f, 2.2f, 3.3f};

/* Of that loss, with targets of 0 and the reference's scale. */
static struct problem problem_new(gf_loss loss, size_t rows, size_t features, size_t outputs)
{
	gf_dataset *data;

	assert_int_equal(dataset_alloc(&data, rows, features, 1, NULL), GF_OK);
	return (struct problem){.data = data,
		.train_rows = rows,
		.outputs = outputs,
		.loss = loss,
		.loss_parameters = loss_parameters_default(),
		.batch_size = rows};
}

static struct problem problem_at(size_t rows, size_t features, const float *x)
{
	const struct problem problem = problem_new(GF_LOSS_mse, rows, features, 1);

	memcpy(problem.data->x, x, rows * features * sizeof *x);
	return problem;
}

static struct problem random_problem(size_t rows, size_t features)
{
	const struct problem problem = problem_new(GF_LOSS_mse, rows, features, 1);
	struct rng rng;

	rng_seed(&rng, 4);
	random_floats(&rng, problem.data->x, rows * features, 3.0f);
	return problem;
}

static void problem_free(const struct problem *problem)
{
	gf_dataset_free((gf_dataset *)problem->data);
}

static struct curvature measure(const struct objective *objective, gf_engine engine)
{
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = engine};
	struct curvature c;
	gf_error err = {0};

	if (curvature_measure(&c, objective, &options, &err))
		fail_msg("%s", err.message);
	return c;
}

static struct objective objective_of(const struct problem *problem)
{
	const double M = (double)problem->train_rows * (double)problem->outputs;

	return (struct objective){.problem = problem, .scale = 1.0 / M};
}

static struct curvature curvature_of(const struct problem *problem)
{
	const struct objective objective = objective_of(problem);

	return measure(&objective, GF_ENGINE_reference);
}

/* Products in double round by 1e-16; what is left of other eigenvalues is the square of a
 * residual of 1e-6, over their distance. */
static void assert_largest(const struct curvature *c, double wanted)
{
	assert_close("the largest curvature", c->largest, wanted, 1e-9 * wanted);
}

/* The residual is 1e-2 of it where not all eigenvalues are found. */
static void assert_smallest(const struct curvature *c, double wanted, double tolerance)
{
	assert_close("the smallest curvature", c->smallest, wanted, tolerance * wanted);
}

/* ---- eigenvalues by formula ---- */

/* Of (2/7) X^T X, a 2 x 2 matrix. */
static void the_notebook_s_are_those_of_its_matrix(void **state)
{
	const struct problem problem = problem_at(7, 1, NOTEBOOK_X);
	const struct curvature c = curvature_of(&problem);
	double a = 0.0, b = 0.0, root;
	size_t i;

	(void)state;
	for (i = 0; i < 7; i++) {
		a += (double)NOTEBOOK_X[i] * (double)NOTEBOOK_X[i];
		b += (double)NOTEBOOK_X[i];
	}
	root = sqrt((a - 7.0) * (a - 7.0) / 4.0 + b * b);
	assert_largest(&c, ((a + 7.0) / 2.0 + root) * 2.0 / 7.0);
	assert_smallest(&c, ((a + 7.0) / 2.0 - root) * 2.0 / 7.0, 1e-9);
	assert_close("the largest lr", curvature_lr_limit(&c), 0.1322, 5e-5);
	assert_true(c.constant);
	problem_free(&problem);
}

/* Column j is j + 1 in row j, and 0 elsewhere: X^T X is diagonal, 1, 4, 9, ... */
static struct problem diagonal_problem(size_t n)
{
	struct problem problem = problem_new(GF_LOSS_mse, n, n, 1);
	size_t j;

	for (j = 0; j < n; j++)
		problem.data->x[j * n + j] = (float)(j + 1);
	problem.update.no_bias = 1;
	return problem;
}

static void a_diagonal_design_has_its_diagonal(void **state)
{
	size_t n;

	(void)state;
	for (n = 1; n < 40; n = 2 * n + 1) {
		const struct problem problem = diagonal_problem(n);
		const struct curvature c = curvature_of(&problem);
		const double wide = (double)n;

		assert_largest(&c, 2.0 / wide * wide * wide);
		assert_smallest(&c, 2.0 / wide, 1e-2);
		problem_free(&problem);
	}
}

static void l2_bends_weights_and_weight_decay_all(void **state)
{
	const struct problem problem = problem_at(2, 1, (float[]){-3, 3});
	struct objective objective = objective_of(&problem);
	struct curvature c;

	(void)state;
	objective.l2 = 5.0;
	objective.weight_decay = 0.25;
	c = measure(&objective, GF_ENGINE_reference);
	assert_largest(&c, 2.0 * 9.0 + 5.0 + 0.25);
	assert_smallest(&c, 2.0 + 0.25, 1e-9);
	problem_free(&problem);
}

static void rows_weigh_as_they_are_weighed(void **state)
{
	const float weights[] = {1, 4, 0.5f, 3};
	struct problem problem = diagonal_problem(4);
	struct curvature c;

	(void)state;
	problem.weights = weights;
	c = curvature_of(&problem);
	assert_largest(&c, 2.0 / 4.0 * 3.0 * 16.0);
	assert_smallest(&c, 2.0 / 4.0, 1e-9);
	problem_free(&problem);
}

static void only_rows_that_train_count(void **state)
{
	struct problem problem = diagonal_problem(4);
	struct curvature c;

	(void)state;
	problem.train_rows = 3;
	c = curvature_of(&problem);
	assert_largest(&c, 2.0 / 3.0 * 9.0);
	problem_free(&problem);
}

/* The steepest direction is (1, -1, 0), with 2/5 * 92: a start of ones, which is orthogonal to it,
 * would stay so.  Along (1, 1, 0) nothing falls; the bias's 5 comes next. */
static void directions_along_which_nothing_falls_do_not_count(void **state)
{
	const float x[] = {1, -1, 2, -2, -3, 3, 4, -4, -4, 4};
	const struct problem problem = problem_at(5, 2, x);
	const struct curvature c = curvature_of(&problem);

	(void)state;
	assert_largest(&c, 2.0 / 5.0 * 92.0);
	assert_smallest(&c, 2.0 / 5.0 * 5.0, 1e-9);
	problem_free(&problem);
}

static void a_loss_that_is_flat_has_no_curvature(void **state)
{
	struct problem problem = problem_at(3, 2, (float[]){0, 0, 0, 0, 0, 0});
	struct curvature c;

	(void)state;
	problem.update.no_bias = 1;
	c = curvature_of(&problem);
	assert_true(c.largest == 0.0);
	assert_true(isinf(curvature_lr_limit(&c)));
	assert_true(isnan(c.smallest));
	assert_true(isnan(curvature_epochs(&c, 0.1)));
	problem_free(&problem);
}

/* ---- who makes the products ---- */

static void assert_same_by_engine(const struct problem *problem, gf_engine engine)
{
	struct objective objective = objective_of(problem);
	struct curvature host, device;

	objective.products = PRODUCTS_HOST;
	objective.l2 = 0.125;
	host = measure(&objective, engine);
	objective.products = PRODUCTS_ENGINE;
	device = measure(&objective, engine);
	/* Sums of floats, each off by some 2^-24 of the largest. */
	assert_close("the largest curvature", device.largest, host.largest, 1e-6 * host.largest);
	assert_close("the smallest curvature", device.smallest, host.smallest,
		1e-2 * host.smallest + 1e-6 * host.largest);
}

static void engines_find_what_the_host_finds(void **state)
{
	static const size_t shapes[][2] = {{7, 1}, {100, 5}, {300, 33}};
	float weights[300];
	struct rng rng;
	size_t i;

	(void)state;
	rng_seed(&rng, 1);
	for (i = 0; i < COUNT(weights); i++)
		weights[i] = rng_uniform(&rng, 0.0f, 4.0f);
	for (i = 0; i < COUNT(shapes); i++) {
		struct problem problem = random_problem(shapes[i][0], shapes[i][1]);

		assert_same_by_engine(&problem, GF_ENGINE_reference);
		assert_same_by_engine(&problem, GF_ENGINE_streaming);
		problem.weights = weights;
		problem.train_rows = problem.data->rows - 2;
		problem.update.no_bias = 1;
		assert_same_by_engine(&problem, GF_ENGINE_reference);
		assert_same_by_engine(&problem, GF_ENGINE_resident);
		problem_free(&problem);
	}
}

/* 2^20 multiply-adds a product; X^T X of random columns is near a diagonal matrix of N 9 / 3, so
 * all eigenvalues are near each other, and so far from the bias's that it is found, too. */
static void many_rows_go_to_an_engine(void **state)
{
	const struct problem problem = random_problem(1 << 18, 3);
	const struct curvature c = curvature_of(&problem);

	(void)state;
	assert_close("the largest curvature", c.largest, 6.0, 0.1);
	assert_close("the smallest curvature", c.smallest, 2.0, 0.1);
	problem_free(&problem);
}

/* Squares of 1e20 are beyond float, not beyond double. */
static void products_beyond_float_leave_no_learning_rate(void **state)
{
	const struct problem problem = problem_at(2, 1, (float[]){1e20f, -1e20f});
	struct objective objective = objective_of(&problem);
	struct curvature c;

	(void)state;
	c = measure(&objective, GF_ENGINE_reference);
	assert_largest(&c, 2.0 * (double)1e20f * (double)1e20f);
	objective.products = PRODUCTS_ENGINE;
	c = measure(&objective, GF_ENGINE_reference);
	assert_true(isinf(c.largest) && isnan(c.smallest));
	assert_true(curvature_lr_limit(&c) == 0.0);
	problem_free(&problem);
}

/* ---- losses ---- */

/* Of the loss at outputs z (K), along (1, -1) / sqrt(2), or the only one. */
static double slope_along(const struct problem *problem, double t)
{
	struct near z[2], value[2], slope[2];
	const double unit = problem->outputs == 2 ? 1.0 / sqrt(2.0) : 1.0;
	const float y = 1.0f;

	z[0] = near_exact(unit * t);
	z[1] = near_exact(-unit * t);
	losses_of_row(problem, &y, 1.0, z, value, slope);
	return unit * (slope[0].value - (problem->outputs == 2 ? slope[1].value : 0.0));
}

/* The steepest slope of the slope between -8 and 8, but for the kinks of losses that have some. */
static double steepest(const struct problem *problem)
{
	const double h = 0x1p-10;
	double most = 0.0, t;

	for (t = -8.0; t <= 8.0; t += h)
		most = fmax(most, (slope_along(problem, t + h) - slope_along(problem, t)) / h);
	return most;
}

/* Where a loss has a bound, it is the steepest its slope gets: mean value theorem; and within h^2
 * there is a place where it gets there.  The curvature of a single row of 1. */
static void bounds_are_as_steep_as_slopes_get(void **state)
{
	size_t loss;

	(void)state;
	for (loss = 0; loss < GF_LOSSES; loss++) {
		struct problem problem = problem_new((gf_loss)loss, 1, 1, 1);
		struct curvature c;

		problem.outputs = loss == GF_LOSS_cross_entropy ? 2 : 1;
		problem.loss_parameters.beta = 0.25;
		problem.data->x[0] = 1.0f;
		problem.update.no_bias = 1;
		c = curvature_of(&problem);
		assert_int_equal(c.constant, loss == GF_LOSS_mse);
		if (isnan(c.largest))
			assert_true(steepest(&problem) > 100.0);
		else
			assert_close(loss_word((gf_loss)loss), c.largest * (double)problem.outputs,
				steepest(&problem), 1e-5);
		problem_free(&problem);
	}
}

static void losses_that_are_not_smooth_have_no_bound(void **state)
{
	static const gf_loss losses[] = {GF_LOSS_l1, GF_LOSS_poisson, GF_LOSS_hinge,
		GF_LOSS_epsilon_insensitive, GF_LOSS_quantile, GF_LOSS_smooth_l1};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(losses); i++) {
		struct problem problem = problem_new(losses[i], 3, 2, 1);
		struct curvature c;

		problem.loss_parameters.beta = 0.0;
		c = curvature_of(&problem);
		assert_true(isnan(c.largest) && isnan(c.smallest));
		assert_true(isnan(curvature_lr_limit(&c)));
		assert_true(isnan(curvature_epochs(&c, 0.1)));
		problem_free(&problem);
	}
}

/* A row of class 1: its shares are smoothing / 2 of both classes' weights, and the rest of its
 * own. */
static void weights_of_classes_count_as_much_as_the_heaviest_row(void **state)
{
	const float weights[] = {0.5f, 3.0f};
	struct problem problem = problem_new(GF_LOSS_cross_entropy, 1, 1, 2);
	struct curvature c;

	(void)state;
	problem.data->x[0] = 1.0f;
	problem.update.no_bias = 1;
	problem.class_weights = weights;
	problem.loss_parameters.label_smoothing = 0.25;
	c = curvature_of(&problem);
	assert_largest(&c, 0.5 * 0.5 * (0.75 * 3.0 + 0.125 * 3.5));
	assert_close("cross_entropy", 2.0 * c.largest, steepest(&problem), 1e-5);
	problem_free(&problem);
}

/* ---- what gradient descent makes of it ---- */

/* p (D + 1) = p - lr (2/N) X^T X p, with targets of 0, so the least loss is 0; returns the loss
 * before. */
static double descend(const struct problem *problem, double *p, double lr)
{
	const size_t D = problem->data->features, N = problem->train_rows;
	double g[16] = {0}, loss = 0.0;
	size_t i, j;

	for (i = 0; i < N; i++) {
		const float *x = problem->data->x + i * D;
		double d = p[D];

		for (j = 0; j < D; j++)
			d += p[j] * (double)x[j];
		for (j = 0; j < D; j++)
			g[j] += d * (double)x[j];
		g[D] += d;
		loss += d * d / (double)N;
	}
	for (j = 0; j <= D; j++)
		p[j] -= lr * 2.0 / (double)N * g[j];
	return loss;
}

static void start_anywhere(const struct problem *problem, double *p)
{
	size_t j;

	for (j = 0; j <= problem->data->features; j++)
		p[j] = sin(1.0 + (double)j);
}

static double loss_after(const struct problem *problem, double lr, size_t epochs)
{
	double p[16], loss = 0.0;
	size_t i;

	start_anywhere(problem, p);
	for (i = 0; i <= epochs; i++)
		loss = descend(problem, p, lr);
	return loss;
}

/* 0.98 of the steepest direction is left, or 1.02 of it, after every step: 1e-17 after 2000, or
 * 1e17. */
static void below_2_over_l_it_converges_and_above_it_diverges(void **state)
{
	const struct problem problem = random_problem(30, 4);
	const struct curvature c = curvature_of(&problem);
	const double limit = curvature_lr_limit(&c), start = loss_after(&problem, limit, 0);

	(void)state;
	assert_true(loss_after(&problem, 0.99 * limit, 2000) < 1e-12 * start);
	assert_true(loss_after(&problem, 1.01 * limit, 2000) > 1e12 * start);
	assert_true(isfinite(curvature_epochs(&c, 0.99 * limit)));
	assert_true(isinf(curvature_epochs(&c, limit)));
	assert_true(isinf(curvature_epochs(&c, 1.01 * limit)));
	problem_free(&problem);
}

/* Epochs until the loss is 1e-6 of what it was. */
static double count_epochs(const struct problem *problem, double *p, double lr)
{
	const double first = descend(problem, p, lr);
	double epochs = 1.0;

	while (descend(problem, p, lr) > 1e-6 * first)
		epochs++;
	return epochs;
}

/* What is left after 1000 epochs, made as large as it was. */
static void start_along_the_slowest(const struct problem *problem, double *p, double lr)
{
	size_t i, j;

	start_anywhere(problem, p);
	for (i = 0; i < 1000; i++) {
		const double size = sqrt(descend(problem, p, lr));

		for (j = 0; j <= problem->data->features; j++)
			p[j] /= size;
	}
}

/* Along the slowest direction as many, and from anywhere no more. */
static void epochs_are_about_as_many_as_estimated(void **state)
{
	static const double shares[] = {0.25, 0.5, 0.97};
	const struct problem notebook = problem_at(7, 1, NOTEBOOK_X), more = random_problem(30, 4);
	const struct problem *problems[] = {&notebook, &more};
	double p[16];
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(problems); i++) {
		const struct curvature c = curvature_of(problems[i]);

		for (j = 0; j < COUNT(shares); j++) {
			const double lr = shares[j] * curvature_lr_limit(&c);
			const double estimate = curvature_epochs(&c, lr);

			start_along_the_slowest(problems[i], p, lr);
			assert_close("epochs", estimate, count_epochs(problems[i], p, lr),
				1.0 + 0.02 * estimate);
			start_anywhere(problems[i], p);
			assert_true(count_epochs(problems[i], p, lr) <= estimate);
		}
	}
	problem_free(&notebook);
	problem_free(&more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_notebook_s_are_those_of_its_matrix),
		cmocka_unit_test(a_diagonal_design_has_its_diagonal),
		cmocka_unit_test(l2_bends_weights_and_weight_decay_all),
		cmocka_unit_test(rows_weigh_as_they_are_weighed),
		cmocka_unit_test(only_rows_that_train_count),
		cmocka_unit_test(directions_along_which_nothing_falls_do_not_count),
		cmocka_unit_test(a_loss_that_is_flat_has_no_curvature),
		cmocka_unit_test(engines_find_what_the_host_finds),
		cmocka_unit_test(many_rows_go_to_an_engine),
		cmocka_unit_test(products_beyond_float_leave_no_learning_rate),
		cmocka_unit_test(bounds_are_as_steep_as_slopes_get),
		cmocka_unit_test(losses_that_are_not_smooth_have_no_bound),
		cmocka_unit_test(weights_of_classes_count_as_much_as_the_heaviest_row),
		cmocka_unit_test(below_2_over_l_it_converges_and_above_it_diverges),
		cmocka_unit_test(epochs_are_about_as_many_as_estimated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

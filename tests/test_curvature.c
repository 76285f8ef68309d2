/* test_curvature.c: the curvature of the mean squared error is that of eigenvalues by formula,
 * and tells where gradient descent converges and how fast. */
#include "fixture.h"

#include "dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* If not all eigenvalues are found, the smallest one is found to 1e-2 of itself. */
static void assert_smallest(const struct curvature *c, double wanted, double tolerance)
{
	assert_close("the smallest curvature", c->smallest, wanted, tolerance * wanted);
}

/* Problems of x (rows, features) alone: the curvature of mse does not depend on the targets. */
static struct problem mse_features(size_t rows, size_t features, const float *x)
{
	return mse_problem((struct shape){rows, features, 1}, x, NULL);
}

static struct problem random_features(size_t rows, size_t features)
{
	const struct problem problem = new_problem(GF_LOSS_mse, (struct shape){rows, features, 1});
	struct rng rng;

	rng_seed(&rng, 4);
	random_floats(&rng, problem.data->x, rows * features, 3.0f);
	return problem;
}

/* ---- eigenvalues by formula ---- */

/* The expected values are the eigenvalues of (2/7) X^T X, a 2 x 2 matrix. */
static void the_notebook_s_curvatures_are_the_eigenvalues_of_its_matrix(void **state)
{
	const struct problem problem = mse_features(7, 1, NOTEBOOK_X);
	const struct curvature c = curvature_of(&problem);
	double a = 0.0, b = 0.0, root;
	size_t i;

	(void)state;
	for (i = 0; i < 7; i++) {
		a += (double)NOTEBOOK_X[i] * (double)NOTEBOOK_X[i];
		b += (double)NOTEBOOK_X[i];
	}
	root = sqrt((a - 7.0) * (a - 7.0) / 4.0 + b * b);
	assert_largest_curvature(&c, ((a + 7.0) / 2.0 + root) * 2.0 / 7.0);
	assert_smallest(&c, ((a + 7.0) / 2.0 - root) * 2.0 / 7.0, 1e-9);
	assert_close("the largest lr", curvature_lr_limit(&c), 0.1322, 5e-5);
	assert_true(c.constant);
	free_problem(&problem);
}

/* Column j is j + 1 in row j, and 0 elsewhere: X^T X is diagonal, 1, 4, 9, ... */
static struct problem diagonal_problem(size_t n)
{
	struct problem problem = new_problem(GF_LOSS_mse, (struct shape){n, n, 1});
	size_t j;

	for (j = 0; j < n; j++)
		problem.data->x[j * n + j] = (float)(j + 1);
	problem.update.no_bias = 1;
	return problem;
}

static void a_diagonal_design_has_the_curvatures_of_its_diagonal(void **state)
{
	size_t n;

	(void)state;
	for (n = 1; n < 40; n = 2 * n + 1) {
		const struct problem problem = diagonal_problem(n);
		const struct curvature c = curvature_of(&problem);
		const double wide = (double)n;

		assert_largest_curvature(&c, 2.0 / wide * wide * wide);
		assert_smallest(&c, 2.0 / wide, 1e-2);
		free_problem(&problem);
	}
}

static void l2_adds_to_weights_and_weight_decay_to_all_parameters(void **state)
{
	const struct problem problem = mse_features(2, 1, (float[]){-3, 3});
	struct objective objective = mean_loss_objective(&problem);
	struct curvature c;

	(void)state;
	objective.l2 = 5.0;
	objective.weight_decay = 0.25;
	c = measure_curvature(&objective, GF_ENGINE_reference);
	assert_largest_curvature(&c, 2.0 * 9.0 + 5.0 + 0.25);
	assert_smallest(&c, 2.0 + 0.25, 1e-9);
	free_problem(&problem);
}

static void sample_weights_scale_the_curvature(void **state)
{
	const float weights[] = {1, 4, 0.5f, 3};
	struct problem problem = diagonal_problem(4);
	struct curvature c;

	(void)state;
	problem.weights = weights;
	c = curvature_of(&problem);
	assert_largest_curvature(&c, 2.0 / 4.0 * 3.0 * 16.0);
	assert_smallest(&c, 2.0 / 4.0, 1e-9);
	free_problem(&problem);
}

static void only_rows_that_train_count(void **state)
{
	struct problem problem = diagonal_problem(4);
	struct curvature c;

	(void)state;
	problem.train_rows = 3;
	c = curvature_of(&problem);
	assert_largest_curvature(&c, 2.0 / 3.0 * 9.0);
	free_problem(&problem);
}

/* The steepest direction is (1, -1, 0), with curvature 2/5 * 92. It is orthogonal to a start of
 * ones, which would never turn to it. Along (1, 1, 0) the loss does not change; the bias's
 * curvature of 5 comes next. */
static void directions_in_which_the_loss_is_flat_do_not_count(void **state)
{
	const float x[] = {1, -1, 2, -2, -3, 3, 4, -4, -4, 4};
	const struct problem problem = mse_features(5, 2, x);
	const struct curvature c = curvature_of(&problem);

	(void)state;
	assert_largest_curvature(&c, 2.0 / 5.0 * 92.0);
	assert_smallest(&c, 2.0 / 5.0 * 5.0, 1e-9);
	free_problem(&problem);
}

/* Five words of one column, a feature each, standardized, so that they add up to 0 but for the
 * roundings of floats; four numbers stand beside them. */
enum { WORD_ROWS = 600, WORDS = 5, WORD_FEATURES = 9 };

/* The first of every 15 rows has word 0, the next two have word 1, and so on. */
static size_t word_of_row(size_t i)
{
	size_t j = 0;

	while ((j + 1) * (j + 2) / 2 <= i % 15)
		j++;
	return j;
}

static double deviation(size_t word)
{
	const double share = (double)(word + 1) / 15.0;

	return sqrt(share * (1.0 - share));
}

static struct problem problem_of_words(void)
{
	struct problem problem =
		new_problem(GF_LOSS_mse, (struct shape){WORD_ROWS, WORD_FEATURES, 1});
	struct rng rng;
	size_t i, j;

	rng_seed(&rng, 4);
	random_floats(&rng, problem.data->x, WORD_ROWS * WORD_FEATURES, 1.7f);
	for (i = 0; i < WORD_ROWS; i++)
		for (j = 0; j < WORDS; j++)
			problem.data->x[i * WORD_FEATURES + j] =
				(float)(((double)(word_of_row(i) == j) - (double)(j + 1) / 15.0) /
					deviation(j));
	return problem;
}

/* The smallest eigenvalue, by power iteration of `most` minus the matrix, in the space
 * orthogonal to the direction in which the words add up to 0. */
static double smallest_without_sum(const struct problem *problem, double most)
{
	const size_t D = WORD_FEATURES, n = D + 1;
	double v[WORD_FEATURES + 1] = {1, -0.5, 0.3, -0.7, 0.2, 0.9, -0.4, 0.6, 0.1, -0.8},
				 value = 0.0;
	size_t turn, i, j;

	for (turn = 0; turn < 20000; turn++) {
		double out[WORD_FEATURES + 1] = {0}, sum = 0.0, squares = 0.0, size = 0.0;

		for (i = 0; i < WORD_ROWS; i++) {
			const float *x = problem->data->x + i * D;
			double dot = v[D];

			for (j = 0; j < D; j++)
				dot += v[j] * (double)x[j];
			for (j = 0; j < D; j++)
				out[j] += 2.0 / WORD_ROWS * dot * (double)x[j];
			out[D] += 2.0 / WORD_ROWS * dot;
		}
		for (j = 0; j < n; j++)
			v[j] = most * v[j] - out[j];
		for (j = 0; j < WORDS; j++)
			sum += v[j] * deviation(j), squares += deviation(j) * deviation(j);
		for (j = 0; j < WORDS; j++)
			v[j] -= sum / squares * deviation(j);
		for (j = 0; j < n; j++)
			size += v[j] * v[j];
		value = most - sqrt(size);
		for (j = 0; j < n; j++)
			v[j] /= sqrt(size);
	}
	return value;
}

static void words_that_add_up_to_the_bias_do_not_hide_the_smallest_curvature(void **state)
{
	const struct problem problem = problem_of_words();
	const struct curvature c = curvature_of(&problem);

	(void)state;
	assert_true(c.smallest > 0.1);
	assert_smallest(&c, smallest_without_sum(&problem, c.largest), 1e-4);
	free_problem(&problem);
}

static void a_loss_that_is_flat_has_no_curvature(void **state)
{
	struct problem problem = mse_features(3, 2, (float[]){0, 0, 0, 0, 0, 0});
	struct curvature c;

	(void)state;
	problem.update.no_bias = 1;
	c = curvature_of(&problem);
	assert_true(c.largest == 0.0);
	assert_true(isinf(curvature_lr_limit(&c)));
	assert_true(isnan(c.smallest));
	assert_true(isnan(curvature_epochs(&c, 0.1)));
	free_problem(&problem);
}

/* ---- who makes the products ---- */

static void assert_same_by_engine(const struct problem *problem, gf_engine engine)
{
	struct objective objective = mean_loss_objective(problem);
	struct curvature host, device;

	objective.products = PRODUCTS_HOST;
	objective.l2 = 0.125;
	host = measure_curvature(&objective, engine);
	objective.products = PRODUCTS_ENGINE;
	device = measure_curvature(&objective, engine);
	/* Each sum of floats errs by a few 2^-24 of the largest term. */
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
		struct problem problem = random_features(shapes[i][0], shapes[i][1]);

		assert_same_by_engine(&problem, GF_ENGINE_reference);
		assert_same_by_engine(&problem, GF_ENGINE_streaming);
		problem.weights = weights;
		problem.train_rows = problem.data->rows - 2;
		problem.update.no_bias = 1;
		assert_same_by_engine(&problem, GF_ENGINE_reference);
		assert_same_by_engine(&problem, GF_ENGINE_resident);
		free_problem(&problem);
	}
}

/* A product takes 2^20 multiply-adds, which the engine does. X^T X of random columns is close to
 * a diagonal matrix of 9 N / 3: its eigenvalues are close to each other, and so far from the
 * bias's that it is found, too. */
static void an_engine_multiplies_where_rows_are_many(void **state)
{
	const struct problem problem = random_features(1 << 18, 3);
	const struct curvature c = curvature_of(&problem);

	(void)state;
	assert_close("the largest curvature", c.largest, 6.0, 0.1);
	assert_close("the smallest curvature", c.smallest, 2.0, 0.1);
	free_problem(&problem);
}

/* Squares of 1e20 are beyond the range of float, but not of double. */
static void products_beyond_float_leave_no_learning_rate(void **state)
{
	const struct problem problem = mse_features(2, 1, (float[]){1e20f, -1e20f});
	struct objective objective = mean_loss_objective(&problem);
	struct curvature c;

	(void)state;
	c = measure_curvature(&objective, GF_ENGINE_reference);
	assert_largest_curvature(&c, 2.0 * (double)1e20f * (double)1e20f);
	objective.products = PRODUCTS_ENGINE;
	c = measure_curvature(&objective, GF_ENGINE_reference);
	assert_true(isinf(c.largest) && isnan(c.smallest));
	assert_true(curvature_lr_limit(&c) == 0.0);
	free_problem(&problem);
}

/* ---- what gradient descent makes of it ---- */

/* One step of gradient descent: p (D + 1) = p - lr (2/N) X^T X p. The targets are 0, so the
 * least loss is 0. Returns the loss before the step. */
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

/* Each step leaves 0.98, or 1.02, of the error along the steepest direction: 2000 of them leave
 * 1e-17, or 1e17. */
static void descent_converges_below_the_limit_and_diverges_above_it(void **state)
{
	const struct problem problem = random_features(30, 4);
	const struct curvature c = curvature_of(&problem);
	const double limit = curvature_lr_limit(&c), start = loss_after(&problem, limit, 0);

	(void)state;
	assert_true(loss_after(&problem, 0.99 * limit, 2000) < 1e-12 * start);
	assert_true(loss_after(&problem, 1.01 * limit, 2000) > 1e12 * start);
	assert_true(isfinite(curvature_epochs(&c, 0.99 * limit)));
	assert_true(isinf(curvature_epochs(&c, limit)));
	assert_true(isinf(curvature_epochs(&c, 1.01 * limit)));
	free_problem(&problem);
}

/* The number of epochs until the loss is 1e-6 of its first value. */
static double count_epochs(const struct problem *problem, double *p, double lr)
{
	const double first = descend(problem, p, lr);
	double epochs = 1.0;

	while (descend(problem, p, lr) > 1e-6 * first)
		epochs++;
	return epochs;
}

/* After 1000 epochs only the slowest direction is left; the error is scaled back to its size at
 * each step. */
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

/* Descent along the slowest direction takes as many epochs as estimated, and from another start
 * no more. */
static void descent_takes_about_as_many_epochs_as_estimated(void **state)
{
	static const double shares[] = {0.25, 0.5, 0.97};
	const struct problem notebook = mse_features(7, 1, NOTEBOOK_X),
			     more = random_features(30, 4);
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
	free_problem(&notebook);
	free_problem(&more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_notebook_s_curvatures_are_the_eigenvalues_of_its_matrix),
		cmocka_unit_test(a_diagonal_design_has_the_curvatures_of_its_diagonal),
		cmocka_unit_test(l2_adds_to_weights_and_weight_decay_to_all_parameters),
		cmocka_unit_test(sample_weights_scale_the_curvature),
		cmocka_unit_test(only_rows_that_train_count),
		cmocka_unit_test(directions_in_which_the_loss_is_flat_do_not_count),
		cmocka_unit_test(words_that_add_up_to_the_bias_do_not_hide_the_smallest_curvature),
		cmocka_unit_test(a_loss_that_is_flat_has_no_curvature),
		cmocka_unit_test(engines_find_what_the_host_finds),
		cmocka_unit_test(an_engine_multiplies_where_rows_are_many),
		cmocka_unit_test(products_beyond_float_leave_no_learning_rate),
		cmocka_unit_test(descent_converges_below_the_limit_and_diverges_above_it),
		cmocka_unit_test(descent_takes_about_as_many_epochs_as_estimated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

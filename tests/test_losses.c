/*
 * test_losses.c: the losses of the reference have the values of PyTorch, and its gradients agree
 * with difference quotients.
 */
#include "fixture.h"

#include "dataset.h"
#include "fixture_engine.h"
#include "reference.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct loss_parameters PARAMETERS = {
	.delta = 0.75, .beta = 0.5, .epsilon = 0.25, .quantile = 0.25, .power = 1.25};

struct terms {
	double value, slope;
};

/* The loss of one output z and its slope, exact but for the rounding of doubles. */
static struct terms terms_of(gf_loss loss, double z, float y)
{
	const struct problem problem = {.outputs = 1, .loss = loss, .loss_parameters = PARAMETERS};
	const struct bounded output = bounded_exact(z);
	struct bounded value, slope;

	losses_of_row(&problem, &y, 1.0, &output, &value, &slope);
	return (struct terms){value.value, slope.value};
}

/* ---- values ---- */

/* Values by PyTorch 2.15 in double, or by hand where it does not have the loss. */
static const struct {
	gf_loss loss;
	double z;
	float y;
	double value, slope;
} KNOWN[] = {
	{GF_LOSS_mse, 3, 1, 4, 4},
	{GF_LOSS_mse, -0.5, 1, 2.25, -3},
	{GF_LOSS_mse, 2, 2, 0, 0},
	{GF_LOSS_l1, 3, 1, 2, 1},
	{GF_LOSS_l1, -0.5, 1, 1.5, -1},
	{GF_LOSS_l1, 2, 2, 0, 0},
	{GF_LOSS_smooth_l1, 3, 1, 1.75, 1},
	{GF_LOSS_smooth_l1, -0.25, 1, 1, -1},
	{GF_LOSS_smooth_l1, 1.25, 1, 0.0625, 0.5},
	{GF_LOSS_smooth_l1, 0.75, 1, 0.0625, -0.5},
	{GF_LOSS_smooth_l1, 1.5, 1, 0.25, 1},
	{GF_LOSS_huber, 3, 1, 1.21875, 0.75},
	{GF_LOSS_huber, -0.25, 1, 0.65625, -0.75},
	{GF_LOSS_huber, 1.25, 1, 0.03125, 0.25},
	{GF_LOSS_huber, 0.5, 1, 0.125, -0.5},
	{GF_LOSS_huber, 1.75, 1, 0.28125, 0.75},
	{GF_LOSS_bce, 0, 0, 0.69314718055994529, 0.5},
	{GF_LOSS_bce, 2, 1, 0.12692801104297249, -0.11920292202211769},
	{GF_LOSS_bce, -3, 1, 3.0485873515737421, -0.95257412682243325},
	{GF_LOSS_bce, 1.5, 0.25f, 1.3264132779827524, 0.56757447619364365},
	{GF_LOSS_bce, 40, 0, 40, 1},
	{GF_LOSS_bce, 800, 0, 800, 1},
	{GF_LOSS_bce, -800, 0, 0, 0},
	{GF_LOSS_poisson, 0, 2, 1, -1},
	{GF_LOSS_poisson, 1.5, 3, -0.018310929661935482, 1.4816890703380645},
	{GF_LOSS_poisson, -2, 0, 0.1353352832366127, 0.1353352832366127},
	{GF_LOSS_hinge, 0.25, 1, 0.75, -1},
	{GF_LOSS_hinge, 2, 1, 0, 0},
	{GF_LOSS_hinge, 1, 1, 0, 0},
	{GF_LOSS_hinge, 0.5, -1, 1.5, 1},
	{GF_LOSS_hinge, -3, -1, 0, 0},
	{GF_LOSS_squared_hinge, 0.25, 1, 0.5625, -1.5},
	{GF_LOSS_squared_hinge, 2, 1, 0, 0},
	{GF_LOSS_squared_hinge, 0.5, -1, 2.25, 3},
	{GF_LOSS_squared_hinge, -3, -1, 0, 0},
	{GF_LOSS_epsilon_insensitive, 3, 1, 1.75, 1},
	{GF_LOSS_epsilon_insensitive, -0.5, 1, 1.25, -1},
	{GF_LOSS_epsilon_insensitive, 1.125, 1, 0, 0},
	{GF_LOSS_epsilon_insensitive, 0.75, 1, 0, 0},
	{GF_LOSS_quantile, 3, 1, 1.5, 0.75},
	{GF_LOSS_quantile, -0.5, 1, 0.375, -0.25},
	{GF_LOSS_quantile, 1, 1, 0, 0},
	{GF_LOSS_gamma, 0, 2, 2, -1},
	{GF_LOSS_gamma, 1.5, 3, 2.1693904804452897, 0.3306095195547105},
	{GF_LOSS_gamma, -2, 0.25f, -0.1527359752673374, -0.8472640247326626},
	{GF_LOSS_gamma, 800, 1, 800, 1},
	{GF_LOSS_tweedie, 0, 2, 9.333333333333334, -1},
	{GF_LOSS_tweedie, 1.5, 3, 12.35442714404904, 1.0183490125451145},
	{GF_LOSS_tweedie, -2, 0, 0.29750688019790644, 0.22313016014842982},
	{GF_LOSS_tweedie, -4000, 0, 0, 0},
};

/* Numbers agree with those written here to a few roundings of double. */
static void assert_near(const char *what, double found, double wanted)
{
	assert_close(what, found, wanted, 4.0 * DBL_EPSILON * fmax(fabs(wanted), 1.0));
}

static void every_loss_has_the_values_of_pytorch_or_its_formula(void **state)
{
	int seen[GF_LOSS_COUNT] = {[GF_LOSS_cross_entropy] = 1};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(KNOWN); i++) {
		const struct terms t = terms_of(KNOWN[i].loss, KNOWN[i].z, KNOWN[i].y);

		assert_near(loss_word(KNOWN[i].loss), t.value, KNOWN[i].value);
		assert_near(loss_word(KNOWN[i].loss), t.slope, KNOWN[i].slope);
		seen[KNOWN[i].loss] = 1;
	}
	for (i = 0; i < GF_LOSS_COUNT; i++)
		assert_true(seen[i]);
}

/* With a beta of 0 there is no quadratic part. */
static void smooth_l1_without_beta_is_l1(void **state)
{
	struct problem problem = {.outputs = 1, .loss = GF_LOSS_smooth_l1};
	const struct bounded z = bounded_exact(1.5);
	struct bounded value, slope;

	(void)state;
	losses_of_row(&problem, &(float){1.0f}, 1.0, &z, &value, &slope);
	assert_true(value.value == 0.5 && slope.value == 1.0);
	losses_of_row(&problem, &(float){1.5f}, 1.0, &z, &value, &slope);
	assert_true(value.value == 0.0 && slope.value == 0.0);
}

/* Values by PyTorch 2.15 in double at z = 0.5, -1.25, 2, without taking a mean. */
static const struct {
	int weighted;
	double smoothing;
	size_t class;
	double value, slope[3];
} ENTROPIES[] = {
	{0, 0, 0, 1.7326219831020326,
		{-0.82317981789255568, 0.030726740326436432, 0.79245307756611927}},
	{0, 0, 1, 3.4826219831020326,
		{0.1768201821074443, -0.96927325967356359, 0.79245307756611927}},
	{0, 0, 2, 0.23262198310203266,
		{0.1768201821074443, 0.030726740326436432, -0.20754692243388073}},
	{1, 0, 0, 0.86631099155101632,
		{-0.41158990894627784, 0.015363370163218216, 0.39622653878305963}},
	{1, 0, 1, 3.4826219831020326,
		{0.1768201821074443, -0.96927325967356359, 0.79245307756611927}},
	{1, 0, 2, 0.52339946197957354,
		{0.39784540974174964, 0.069135165734481974, -0.46698057547623162}},
	{0, 0.1, 0, 1.7409553164353659,
		{-0.75651315122588902, -0.0026065930068969005, 0.75911974423278594}},
	{0, 0.1, 1, 3.3159553164353661,
		{0.14348684877411097, -0.90260659300689694, 0.75911974423278594}},
	{0, 0.1, 2, 0.39095531643536596,
		{0.14348684877411097, -0.0026065930068969005, -0.14088025576721408}},
	{1, 0.1, 0, 0.94209097361700211,
		{-0.36499506195488624, -0.015665457645632385, 0.38066051960051855}},
	{1, 0.1, 1, 3.2967708660129169,
		{0.16457401999346377, -0.90183842449873597, 0.73726440450527231}},
	{1, 0.1, 2, 0.63347059700270358,
		{0.36349672486433854, 0.032729158368504992, -0.39622588323284375}},
};

static void cross_entropy_has_the_values_of_pytorch(void **state)
{
	static const float weights[] = {0.5f, 1.0f, 2.25f};
	const struct bounded z[] = {{0.5, 0.0}, {-1.25, 0.0}, {2.0, 0.0}};
	struct bounded value[3], slope[3];
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(ENTROPIES); i++) {
		const struct problem problem = {.outputs = 3,
			.loss = GF_LOSS_cross_entropy,
			.loss_parameters = {.label_smoothing = ENTROPIES[i].smoothing},
			.class_weights = ENTROPIES[i].weighted ? weights : NULL};
		const float y = (float)ENTROPIES[i].class;

		losses_of_row(&problem, &y, 1.0, z, value, slope);
		assert_near("cross_entropy", value[0].value + value[1].value + value[2].value,
			ENTROPIES[i].value);
		for (k = 0; k < 3; k++)
			assert_near("its slope", slope[k].value, ENTROPIES[i].slope[k]);
	}
}

static void the_weight_of_a_row_multiplies_its_loss_and_its_slopes(void **state)
{
	size_t loss, k;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++) {
		const struct problem problem = {
			.outputs = 2, .loss = (gf_loss)loss, .loss_parameters = PARAMETERS};
		const struct bounded z[] = {{0.5, 0.0}, {-1.25, 0.0}};
		const float y[] = {1.0f, 1.0f};
		struct bounded once[2], slope[2], twice[2], double_slope[2];

		losses_of_row(&problem, y, 1.0, z, once, slope);
		losses_of_row(&problem, y, 2.0, z, twice, double_slope);
		for (k = 0; k < 2; k++) {
			assert_true(twice[k].value == 2.0 * once[k].value);
			assert_true(double_slope[k].value == 2.0 * slope[k].value);
		}
	}
}

/* ---- slopes ---- */

/* The quotient (l(z + h) - l(z - h)) / 2h leaves out h^2 / 6 times the third derivative, and
 * magnifies the rounding of l by 1 / h; h = cbrt(eps), 6e-6, balances the two.  Each value errs
 * by about 4 eps of itself, so that the quotient errs by (h^2 + 4 eps / h) (1 + |l| + |z y|). z
 * and y lie where no loss has a kink. */
static void compare_slope(gf_loss loss, double z, float y)
{
	const double h = cbrt(DBL_EPSILON), up = z + h, down = z - h;
	const struct terms t = terms_of(loss, z, y);
	const double found =
		(terms_of(loss, up, y).value - terms_of(loss, down, y).value) / (up - down);
	const double size = 1.0 + fabs(t.value) + fabs(z * (double)y);
	const double tolerance = (h * h + 4.0 * DBL_EPSILON / h) * size;

	if (!(fabs(t.slope - found) <= tolerance))
		fail_msg("%s at z %g, y %g: slope %.17g, difference quotient %.17g, tolerance %g",
			loss_word(loss), z, (double)y, t.slope, found, tolerance);
}

static void every_slope_is_the_derivative_of_its_value(void **state)
{
	size_t loss;
	double z;
	float y;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++)
		for (z = -3.0171; z < 3.1 && loss != GF_LOSS_cross_entropy; z += 0.37)
			for (y = -2.71f; y < 3.0f; y += 0.53f)
				compare_slope((gf_loss)loss, z, y);
}

/* ---- the gradient of the reference ---- */

static double loss_at(const struct problem *problem, struct sums *sums, const double *params)
{
	const struct batch all = {.count = problem->data->rows};

	reference_sums(sums, problem, &all, params);
	return sums->loss;
}

/* The tolerance is that of compare_slope for each of the N K values that are added up, each of
 * which takes D + 4 more operations; third derivatives are up to exp(z) |x|^3, with z and x up
 * to 3. */
static void compare_partial(
	const struct problem *problem, struct sums *sums, double *params, size_t p, double wanted)
{
	const gf_dataset *d = problem->data;
	const double h = cbrt(DBL_EPSILON), here = params[p], up = here + h, down = here - h;
	const double terms = (double)(d->rows * problem->outputs);
	double above, below, found, tolerance;

	params[p] = up;
	above = loss_at(problem, sums, params);
	params[p] = down;
	below = loss_at(problem, sums, params);
	params[p] = here;
	found = (above - below) / (up - down);
	tolerance = terms * (90.0 * h * h + (terms + (double)d->features) * DBL_EPSILON / h);
	if (!(fabs(found - wanted) <= tolerance))
		fail_msg("%s, %zu x %zu x %zu: gradient %zu is %.17g, difference quotient %.17g, "
			 "tolerance %g",
			loss_word(problem->loss), d->rows, d->features, problem->outputs, p, wanted,
			found, tolerance);
}

static void compare_gradient(const struct setup *setup)
{
	struct training *t = new_training(setup);
	double params[MOST_PARAMETERS], gradient[MOST_PARAMETERS];
	struct sums sums;
	void *block = sums_new(&sums, &t->problem, 0);
	size_t p;

	assert_non_null(block);
	reference_doubles(t->start, t->parameters, params);
	loss_at(&t->problem, &sums, params);
	memcpy(gradient, sums.gradient, t->parameters * sizeof *gradient);
	for (p = 0; p < t->parameters; p++)
		compare_partial(&t->problem, &sums, params, p, gradient[p]);
	free(block);
	free_training(t);
}

static void the_reference_gradient_is_the_derivative_of_the_reference_loss(void **state)
{
	static const struct shape shapes[] = {
		{1, 1, 1}, {7, 1, 1}, {5, 3, 1}, {17, 4, 3}, {65, 18, 3}, {33, 1, 10}, {2, 40, 2}};
	size_t loss, i;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++)
		for (i = 0; i < COUNT(shapes); i++)
			compare_gradient(&(struct setup){.shape = shapes[i],
				.loss = (gf_loss)loss,
				.weighted = i % 2 == 1,
				.class_weights = i > 3,
				.offset = i % 3 == 2,
				.steps = 1});
}

/* One row, K = 2, D = 2, in numbers that floats hold: z = (5, 0), the loss is (4^2 + 2^2) / 2,
 * and the slopes are (8, -4) / 2. */
static void the_reference_multiplies_by_the_scale_and_moves_by_the_rate(void **state)
{
	const float x[] = {1, 2}, y[] = {1, 2}, params[] = {1, 1.5f, 2, -1, 1, 0};
	const float gradient[] = {4, 8, -2, -4, 4, -2};
	const struct problem problem = mse_problem((struct shape){1, 2, 2}, x, y);
	const struct engine_options options = {.engine = GF_ENGINE_reference};
	const double rates[RATES] = {[RATE_SCALE] = 0.5, [RATE_LR] = 0.25};
	const struct plan plan = {.count = 1, .rows = 1, .rates = rates};
	float loss, steps[12], after[6];
	struct engine *engine;
	size_t p;

	(void)state;
	assert_int_equal(engine_open(&engine, &problem, &options, NULL), GF_OK);
	assert_int_equal(engine_set(engine, params, NULL, NULL), GF_OK);
	assert_int_equal(engine_run(engine, &plan, &(struct history){&loss, steps}, NULL), GF_OK);
	assert_int_equal(engine_get(engine, after, NULL, NULL), GF_OK);
	assert_true(loss == 10.0f);
	assert_memory_equal(steps, params, sizeof params);
	assert_memory_equal(steps + 6, gradient, sizeof gradient);
	for (p = 0; p < 6; p++)
		assert_true(after[p] == params[p] - 0.25f * gradient[p]);
	engine_close(engine);
	free_problem(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_loss_has_the_values_of_pytorch_or_its_formula),
		cmocka_unit_test(smooth_l1_without_beta_is_l1),
		cmocka_unit_test(cross_entropy_has_the_values_of_pytorch),
		cmocka_unit_test(the_weight_of_a_row_multiplies_its_loss_and_its_slopes),
		cmocka_unit_test(every_slope_is_the_derivative_of_its_value),
		cmocka_unit_test(the_reference_gradient_is_the_derivative_of_the_reference_loss),
		cmocka_unit_test(the_reference_multiplies_by_the_scale_and_moves_by_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

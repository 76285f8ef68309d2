/*
 * test_trajectories.c: whole trainings by every engine end where PyTorch's do.
 *
 * PyTorch's floats differ from ours in the last bits, as test_notebook.c says.
 */
#include "fixture.h"

enum { SHOWN = 11 /* epochs compared one by one */ };

/* ---- five thousand epochs of the notebook ---- */

static struct fit run_notebook(gf_engine engine)
{
	struct fit fit = new_fit(NULL, 0);
	gf_config config = config_for(engine, 5000);
	gf_dataset *data = notebook_data();

	config.init = GF_INIT_notebook;
	run_fit(&fit, data, config);
	gf_dataset_free(data);
	return fit;
}

/* A parameter of 4.8 no longer changes when lr times its gradient is less than half an ulp,
 * 2.4e-7, that is at a gradient below 2.4e-5.  The flattest direction of this loss has a
 * curvature of 0.286, so that training stops up to sqrt(2) * 2.4e-5 / 0.286 = 1.2e-4 from the
 * least squares; the reference, in double, goes on. */
static void assert_end_of_pytorch(const struct fit *fit)
{
	const int exact = fit->report.engine == GF_ENGINE_reference;
	const double w = 4.83225298, b = -4.75361681, loss = 0.83546364;

	assert_int_equal(fit->report.epochs, 5000);
	assert_fit_close(
		fit, "w", (double)gf_model_weight(fit->model)[0], w, exact ? 1.2e-4 : 2e-6 * w);
	assert_fit_close(
		fit, "b", (double)gf_model_bias(fit->model)[0], b, exact ? 1.2e-4 : -2e-6 * b);
	assert_fit_close(fit, "loss", (double)fit->report.loss, loss, 2e-6 * loss);
}

static void five_thousand_epochs_end_where_pytorch_does(void **state)
{
	struct fit fit;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		fit = run_notebook(ENGINES[i]);
		assert_end_of_pytorch(&fit);
		free_fit(&fit);
	}
}

/* A step leaves 1 - 0.01 * 0.286 of the distance along the flattest direction: 5000 steps leave
 * 6e-7 of the distance to the least squares, 7.  These are the solution of the normal equations
 * in 40 digits. */
static void the_reference_ends_at_the_least_squares(void **state)
{
	struct fit fit;

	(void)state;
	fit = run_notebook(GF_ENGINE_reference);
	assert_fit_close(&fit, "w", (double)gf_model_weight(fit.model)[0], 4.832289784451636, 5e-6);
	assert_fit_close(&fit, "b", (double)gf_model_bias(fit.model)[0], -4.753715714721473, 5e-6);
	assert_fit_close(&fit, "loss", (double)fit.report.loss, 0.83546363323758746, 1e-7);
	free_fit(&fit);
}

/* ---- the second trajectory: x = -3..3, seed 42, as PyTorch begins ---- */

static unsigned wants_first(size_t epoch)
{
	return epoch < SHOWN ? GF_WANT_PARAMETERS : 0;
}

static struct fit run_symmetric(gf_engine engine, size_t epochs)
{
	const float x[] = {-3, -2, -1, 0, 1, 2, 3}, y[] = {9, 4, 1, 0, 1, 4, 9};
	struct fit fit = new_fit(wants_first, SHOWN);
	gf_config config = config_for(engine, epochs);
	gf_dataset *data;

	data = new_data(COUNT(x), 1, 1, x, y);
	config.seed = 42;
	run_fit(&fit, data, config);
	gf_dataset_free(data);
	return fit;
}

static void seed_42_starts_where_pytorch_does(void **state)
{
	const float start[] = {0.764538527f, 0.830007911f};
	struct fit fit;

	(void)state;
	fit = run_symmetric(GF_ENGINE_auto, 0);
	assert_memory_equal(gf_model_weight(fit.model), start, sizeof start[0]);
	assert_memory_equal(gf_model_bias(fit.model), start + 1, sizeof start[1]);
	free_fit(&fit);
}

static void assert_symmetric_steps(const struct fit *fit)
{
	const struct recorded_epoch *r = fit->recorded;

	assert_fit_close(fit, "w", (double)r[0].before[0], 0.764538527, 3e-7);
	assert_fit_close(fit, "b", (double)r[0].before[1], 0.830007911, 3e-7);
	assert_fit_close(fit, "loss", (double)r[0].epoch.loss, 24.3869305, 3e-7 * 24.4);
	assert_fit_close(fit, "weight.grad", (double)r[0].gradient[0], 6.11630821, 3e-7 * 6.2);
	assert_fit_close(fit, "bias.grad", (double)r[0].gradient[1], -6.33998442, 3e-7 * 6.4);
	assert_fit_close(fit, "w after 1", (double)r[1].before[0], 0.703375459, 3e-7);
	assert_fit_close(fit, "b after 1", (double)r[1].before[1], 0.893407762, 3e-7);
	assert_fit_close(fit, "w after 10", (double)r[10].before[0], 0.332106739, 2e-6 * 0.34);
	assert_fit_close(fit, "b after 10", (double)r[10].before[1], 1.40988564, 2e-6 * 1.41);
}

/* b stops where lr times its gradient 2 (b - 4) is less than half an ulp below 4, 1.2e-7: up to
 * 6e-6 before 4. w goes on until roundings hide its gradient: an output near 4 and its
 * difference from y err by half an ulp of 4 each, 4.8e-7 together, and w by sum |x| 4.8e-7 / sum
 * x^2 = 2.1e-7. */
static void assert_symmetric_end(const struct fit *fit)
{
	const double w = (double)gf_model_weight(fit->model)[0];
	const double b = (double)gf_model_bias(fit->model)[0];
	const int exact = fit->report.engine == GF_ENGINE_reference;

	assert_fit_close(fit, "w after 1000", w, 0.0, 2.1e-7);
	assert_fit_close(fit, "b after 1000", b, 3.99999404, exact ? 6e-6 : 2e-6 * 4.0);
	assert_fit_close(fit, "loss after 1000", (double)fit->report.loss, 12.0, 2e-6 * 12.0);
}

static void the_second_trajectory_agrees_with_pytorch(void **state)
{
	struct fit fit;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		fit = run_symmetric(ENGINES[i], 1000);
		assert_symmetric_steps(&fit);
		assert_symmetric_end(&fit);
		free_fit(&fit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_thousand_epochs_end_where_pytorch_does),
		cmocka_unit_test(the_reference_ends_at_the_least_squares),
		cmocka_unit_test(seed_42_starts_where_pytorch_does),
		cmocka_unit_test(the_second_trajectory_agrees_with_pytorch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

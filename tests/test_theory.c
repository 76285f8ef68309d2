/* test_theory.c: the gradient of a step, which is a mean of products, and the product of means that
 * it can be mistaken for. */
#include "fixture.h"
#include "gpufitcl_notebook.h"

static gf_theory *theory_at(const struct problem *problem, const float *before)
{
	const gf_epoch step = {.lr = 0.01, .parameters = 2, .before = before, .output_rows = 7};
	gf_theory *theory;

	assert_int_equal(gf_theory_new(&theory, problem->data, GF_LOSS_mse, &step, NULL), GF_OK);
	return theory;
}

/* PyTorch computed the gradients in float and printed 9 digits: 16 roundings of terms up to 40 are
 * at most 16 * 2^-24 * 40 = 4e-5. */
static void product_of_means_is_0_on_symmetric_points_where_the_gradient_is_not(void **state)
{
	const struct problem problem = parabola_problem(SYMMETRIC_X);
	const float before[] = {0.764538527f, 0.830007911f};
	gf_theory *theory = theory_at(&problem, before);

	(void)state;
	assert_true(theory->mistaken[0] == 0.0);
	assert_close("gradient of w", theory->gradient[0], 6.11630821, 4e-5);
	assert_close("gradient of b", theory->gradient[1], -6.33998442, 4e-5);
	assert_true(theory->mistaken[1] == theory->gradient[1]);
	assert_close("loss", theory->loss, 24.3869305, 4e-5);
	gf_theory_free(theory);
	free_problem(&problem);
}

/* The notebook computed the means in float: a dozen roundings of a change of 0.244 are 2e-7, and
 * the printed w rounds by as much. */
static void product_of_means_gives_the_next_weight_that_the_notebook_printed(void **state)
{
	const struct problem problem = parabola_problem(NOTEBOOK_X);
	const float before[] = {0.44418656826019287f, 0.5152027606964111f};
	gf_theory *theory = theory_at(&problem, before);

	(void)state;
	assert_close("mistaken next w", (double)before[0] - 0.01 * theory->mistaken[0], 0.687834487,
		4e-7);
	assert_close("next w", theory->next[0], 0.78279662, 4e-7);
	assert_close("next b", theory->next[1], 0.61794585, 4e-7);
	assert_close("first output", theory->outputs[0], 0.9594, 5e-5);
	assert_close("last output", theory->outputs[6], 1.9810, 5e-5);
	assert_int_equal(theory->output_rows, 7);
	gf_theory_free(theory);
	free_problem(&problem);
}

static void a_step_without_parameters_is_refused(void **state)
{
	const struct problem problem = parabola_problem(NOTEBOOK_X);
	const gf_epoch step = {.lr = 0.01, .parameters = 2};
	gf_theory *theory;
	gf_error err = {0};

	(void)state;
	assert_int_equal(
		gf_theory_new(&theory, problem.data, GF_LOSS_mse, &step, &err), GF_E_USAGE);
	assert_string_equal(err.message, "an explanation needs the step's parameters");
	assert_null(theory);
	free_problem(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			product_of_means_is_0_on_symmetric_points_where_the_gradient_is_not),
		cmocka_unit_test(product_of_means_gives_the_next_weight_that_the_notebook_printed),
		cmocka_unit_test(a_step_without_parameters_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

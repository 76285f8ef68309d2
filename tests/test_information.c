/* test_information.c: scores are slopes of the log-likelihood, and the Fisher information is its
 * curvature, by finite differences. */
#include "fixture.h"

#include "dataset.h"
#include "information.h"

#include <math.h>
#include <string.h>

/* (f(x + h) - f(x - h)) / 2h errs by about h^2 and by rounding, f eps / h, which h = cbrt(eps)
 * balances: 4e-11 for f and its third derivative near 1.  Here both reach some hundreds. */
#define H          6e-6
#define DIFFERENCE 1e-7

/* ---- families ---- */

static const struct {
	gf_loss loss;
	double power;
} FAMILIES[] = {{GF_LOSS_mse, 0}, {GF_LOSS_bce, 0}, {GF_LOSS_poisson, 0}, {GF_LOSS_gamma, 0},
	{GF_LOSS_tweedie, 1.5}, {GF_LOSS_tweedie, 1.1}};

static struct family_terms terms_of(size_t i, double z, double y)
{
	const struct loss_parameters parameters = {.power = FAMILIES[i].power};

	return family_of(FAMILIES[i].loss)->terms(&parameters, z, y);
}

/* Targets that each family can have at that output. */
static double target_of(size_t i, double z, double share)
{
	return FAMILIES[i].loss == GF_LOSS_bce ? share : share * exp(z);
}

static void a_score_is_the_slope_of_half_the_deviance(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(FAMILIES); i++)
		for (double z = -3.0; z <= 3.0; z += 0.75)
			for (double share = 0.25; share < 1.0; share += 0.25) {
				const double y = target_of(i, z, share);
				const double above = terms_of(i, z + H, y).deviance;
				const double below = terms_of(i, z - H, y).deviance;

				assert_close(loss_word(FAMILIES[i].loss), (below - above) / 4.0 / H,
					terms_of(i, z, y).score, DIFFERENCE);
			}
}

/* At the mean the expected curvature is the curvature itself. */
static void information_is_the_slope_of_the_score_at_the_mean(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(FAMILIES); i++)
		for (double z = -3.0; z <= 3.0; z += 0.75) {
			const double y = FAMILIES[i].loss == GF_LOSS_mse   ? z
					 : FAMILIES[i].loss == GF_LOSS_bce ? 1.0 / (1.0 + exp(-z))
									   : exp(z);
			const double slope =
				terms_of(i, z + H, y).score - terms_of(i, z - H, y).score;

			assert_close(loss_word(FAMILIES[i].loss), -slope / 2.0 / H,
				terms_of(i, z, y).information, DIFFERENCE);
			assert_close(
				"deviance at the mean", terms_of(i, z, y).deviance, 0.0, 1e-14);
		}
}

static void deviances_are_twice_the_likelihood_that_is_missing(void **state)
{
	(void)state;
	for (double z = -3.0; z <= 3.0; z += 0.75)
		for (double y = 0.0; y < 4.0; y += 1.0) {
			const struct family_terms at = terms_of(2, z, y);
			const struct family_terms most = terms_of(2, y > 0.0 ? log(y) : -800.0, y);

			assert_close("poisson", at.deviance,
				2.0 * (most.log_likelihood - at.log_likelihood), 1e-13 * 40.0);
		}
}

/* ---- the information of many rows ---- */

enum { N = 40, D = 3, K = 3 };

struct sample {
	gf_dataset *data;
	struct design design;
	float y[N], weights[N];
	double center[D], parameters[(K - 1) * (D + 1)];
	size_t equations;
};

static void make_sample(struct sample *s, gf_loss loss, int has_bias)
{
	struct rng rng;

	memset(s, 0, sizeof *s);
	s->data = random_data(N, D, 1);
	rng_seed(&rng, 7);
	random_floats(&rng, s->weights, N, 1.0f);
	for (size_t i = 0; i < N; i++) {
		s->weights[i] = i % 5 ? 1.0f + s->weights[i] : 0.0f;
		s->y[i] = (float)random_below(&rng, loss == GF_LOSS_bce ? 2 : K);
	}
	for (size_t i = 0; i < COUNT(s->parameters); i++)
		s->parameters[i] = 0.1 * (double)i - 0.3;
	for (size_t j = 0; j < D; j++)
		s->center[j] = has_bias ? 0.2 : 0.0;
	s->equations = loss == GF_LOSS_cross_entropy ? K - 1 : 1;
	s->design = (struct design){.loss = loss,
		.data = s->data,
		.y = s->y,
		.weights = s->weights,
		.count = N,
		.targets = 1,
		.has_bias = has_bias,
		.center = s->center};
}

/* The information at the parameters with h added to number p. */
static struct information sum_up(const struct sample *s, size_t p, double h)
{
	struct information f;
	double parameters[COUNT(s->parameters)];

	memcpy(parameters, s->parameters, sizeof parameters);
	parameters[p] += h;
	assert_int_equal(information_new(&f, &s->design, s->equations, 0, NULL), GF_OK);
	assert_int_equal(information_add_rows(&f, &s->design, parameters, NULL), GF_OK);
	return f;
}

/* The sums are over 32 rows of weights up to 2. */
static void compare_differences(const struct sample *s)
{
	struct information at = sum_up(s, 0, 0.0);
	const size_t all = at.matrix.n;

	for (size_t p = 0; p < all; p++) {
		struct information above = sum_up(s, p, H), below = sum_up(s, p, -H);

		assert_close("slope of the log-likelihood",
			(above.sums.log_likelihood - below.sums.log_likelihood) / 2.0 / H,
			at.score[p], 64.0 * DIFFERENCE);
		for (size_t i = 0; i < all; i++)
			assert_close("curvature", (below.score[i] - above.score[i]) / 2.0 / H,
				at.matrix.matrix[i * all + p], 64.0 * DIFFERENCE);
		information_free(&above);
		information_free(&below);
	}
	assert_true(at.sums.rows == 32.0);
	information_free(&at);
}

static void information_is_the_curvature_of_the_likelihood(void **state)
{
	static const gf_loss LOSSES[] = {GF_LOSS_bce, GF_LOSS_poisson, GF_LOSS_cross_entropy};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < COUNT(LOSSES); i++)
		for (int has_bias = 0; has_bias < 2; has_bias++) {
			make_sample(&s, LOSSES[i], has_bias);
			compare_differences(&s);
			gf_dataset_free(s.data);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_score_is_the_slope_of_half_the_deviance),
		cmocka_unit_test(information_is_the_slope_of_the_score_at_the_mean),
		cmocka_unit_test(deviances_are_twice_the_likelihood_that_is_missing),
		cmocka_unit_test(information_is_the_curvature_of_the_likelihood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

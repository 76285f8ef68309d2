/* test_theory.c: the gradient of a step, which is a mean of products, and the product of means that
 * it can be mistaken for; of a network the chain rule layer by layer. */
#include "fixture.h"
#include "gpufitcl_notebook.h"
#include "reference_step.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static gf_theory *theory_at(const struct problem *problem, const float *before)
{
	const gf_epoch step = {.lr = 0.01, .parameters = 2, .before = before, .output_rows = 7};
	gf_theory *theory;

	assert_int_equal(gf_theory_new(&theory, problem->data, NULL, &step, NULL), GF_OK);
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
	assert_int_equal(gf_theory_new(&theory, problem.data, NULL, &step, &err), GF_E_USAGE);
	assert_string_equal(err.message, "an explanation needs the step's parameters");
	assert_null(theory);
	free_problem(&problem);
}

/* ---- networks ---- */

/* At most some twenty roundings of numbers below that size, in a different order. */
static void assert_number(const char *what, double found, double wanted, double size)
{
	assert_close(what, found, wanted, 64.0 * DBL_EPSILON * size);
}

/* A network of one feature, two units of tanh and one output on the notebook's points, by hand. */
struct by_hand {
	double z[2], a[2], slope[2], da[2], dz[2];
	double output, loss, d_output;
};

static const float SMALL_NETWORK[] = {0.5f, -0.25f, 0.125f, 1, 3, -2, 0.5f};

static struct by_hand row_by_hand(const gf_dataset *data, size_t row)
{
	const float *p = SMALL_NETWORK;
	const double x = (double)NOTEBOOK_X[row];
	struct by_hand r;

	for (size_t i = 0; i < 2; i++) {
		r.z[i] = (double)p[i] * x + (double)p[2 + i];
		r.a[i] = tanh(r.z[i]);
		r.slope[i] = 1.0 - r.a[i] * r.a[i];
	}
	r.output = 3.0 * r.a[0] - 2.0 * r.a[1] + 0.5;
	r.d_output = 2.0 * (r.output - (double)gf_dataset_y(data)[row]);
	r.loss = r.d_output * r.d_output / 4.0;
	r.da[0] = 3.0 * r.d_output;
	r.da[1] = -2.0 * r.d_output;
	for (size_t i = 0; i < 2; i++)
		r.dz[i] = r.da[i] * r.slope[i];
	return r;
}

static gf_config small_network(void)
{
	gf_config config;

	gf_config_default(&config);
	config.hidden[0] = 2;
	config.activation = GF_ACTIVATION_tanh;
	return config;
}

static gf_theory *small_theory(const gf_dataset *data)
{
	const gf_config config = small_network();
	const gf_epoch step = {
		.lr = 0.05, .parameters = 7, .before = SMALL_NETWORK, .output_rows = 7};
	gf_theory *theory;
	gf_error err = {0};

	if (gf_theory_new(&theory, data, &config, &step, &err))
		fail_msg("%s", err.message);
	return theory;
}

static void assert_row(const gf_theory *t, const gf_dataset *data, size_t row)
{
	const struct by_hand wanted = row_by_hand(data, row);
	const gf_theory_layer *first = t->layers, *last = t->layers + 1;

	for (size_t i = 0; i < 2; i++) {
		assert_number("z", first->z[2 * row + i], wanted.z[i], 4);
		assert_number("a", first->a[2 * row + i], wanted.a[i], 4);
		assert_number("da/dz", first->slope[2 * row + i], wanted.slope[i], 4);
		assert_number("dl/da", first->da[2 * row + i], wanted.da[i], 128);
		assert_number("dl/dz", first->dz[2 * row + i], wanted.dz[i], 128);
	}
	assert_number("output", last->z[row], wanted.output, 8);
	assert_number("output after no activation", last->a[row], wanted.output, 8);
	assert_number("slope of no activation", last->slope[row], 1, 1);
	assert_number("dl/d output", last->da[row], wanted.d_output, 32);
	assert_number("dl/d output", last->dz[row], wanted.d_output, 32);
	assert_number("loss of a row", t->losses[row], wanted.loss, 256);
}

static void the_layers_of_a_network_follow_the_chain_rule(void **state)
{
	gf_dataset *data = notebook_data();
	gf_theory *theory = small_theory(data);

	(void)state;
	assert_int_equal(theory->layers_count, 2);
	assert_int_equal(theory->layers[0].units, 2);
	assert_int_equal(theory->layers[1].units, 1);
	for (size_t row = 0; row < 7; row++)
		assert_row(theory, data, row);
	gf_theory_free(theory);
	gf_dataset_free(data);
}

/* Sums over the seven points. */
struct sums_by_hand {
	double x, a[2], dz[2], dz_x[2], d_output, d_output_a[2], loss;
};

static struct sums_by_hand sums_by_hand(const gf_dataset *data)
{
	struct sums_by_hand s = {.x = 0};

	for (size_t row = 0; row < 7; row++) {
		const struct by_hand r = row_by_hand(data, row);

		s.x += (double)NOTEBOOK_X[row];
		s.loss += r.loss;
		s.d_output += r.d_output;
		for (size_t i = 0; i < 2; i++) {
			s.a[i] += r.a[i];
			s.dz[i] += r.dz[i];
			s.dz_x[i] += r.dz[i] * (double)NOTEBOOK_X[row];
			s.d_output_a[i] += r.d_output * r.a[i];
		}
	}
	return s;
}

static void the_gradient_of_a_network_is_the_mean_of_products(void **state)
{
	gf_dataset *data = notebook_data();
	const struct sums_by_hand s = sums_by_hand(data);
	gf_theory *t = small_theory(data);

	(void)state;
	assert_number("loss", t->loss, s.loss / 7, 256);
	for (size_t i = 0; i < 2; i++) {
		assert_number("gradient of 0.weight", t->gradient[i], s.dz_x[i] / 7, 256);
		assert_number("gradient of 0.bias", t->gradient[2 + i], s.dz[i] / 7, 128);
		assert_number("gradient of 2.weight", t->gradient[4 + i], s.d_output_a[i] / 7, 32);
		assert_number("mean of a", t->layers[0].mean_a[i], s.a[i] / 7, 1);
		assert_number("mistaken gradient of 0.weight", t->mistaken[i],
			s.dz[i] / 7 * (s.x / 7), 512);
		assert_number("mistaken gradient of 2.weight", t->mistaken[4 + i],
			s.d_output / 7 * (s.a[i] / 7), 32);
		assert_number("next 0.weight", t->next[i],
			(double)SMALL_NETWORK[i] - 0.05 * s.dz_x[i] / 7, 256);
	}
	assert_number("gradient of 2.bias", t->gradient[6], s.d_output / 7, 32);
	assert_true(t->mistaken[6] == t->gradient[6] && t->mistaken[3] == t->gradient[3]);
	gf_theory_free(t);
	gf_dataset_free(data);
}

/* ---- the engine's gradient ---- */

struct compared_fit {
	const gf_dataset *data;
	const gf_config *config;
	struct problem problem;
	size_t epochs; /* that were compared */
};

static unsigned wants_the_parameters(size_t epoch, void *user)
{
	(void)epoch;
	(void)user;
	return GF_WANT_PARAMETERS;
}

/* The mean of dl/dz * a for a weight of the last layer, and of dl/dz * x for one of the first. */
static void assert_means(const gf_theory *t, const gf_dataset *data)
{
	const size_t units = t->layers[0].units, second = 2 * units;

	for (size_t o = 0; o < units; o++) {
		double first_sum = 0, last_sum = 0;

		for (size_t row = 0; row < 7; row++) {
			first_sum +=
				t->layers[0].dz[row * units + o] * (double)gf_dataset_x(data)[row];
			last_sum += t->layers[1].dz[row] * t->layers[0].a[row * units + o];
		}
		assert_number("0.weight", t->gradient[o], first_sum / 7, 256);
		assert_number("2.weight", t->gradient[second + o], last_sum / 7, 256);
	}
}

static void compare_gradient(const gf_epoch *epoch, void *user)
{
	struct compared_fit *fit = user;
	const struct batch batch = {.count = 7};
	const double rates[RATES] = {[RATE_SCALE] = 1.0 / 7, [RATE_LR] = epoch->lr};
	gf_epoch shown = *epoch;
	struct reference_step *step;
	gf_theory *theory;

	shown.output_rows = 7;
	assert_int_equal(gf_theory_new(&theory, fit->data, fit->config, &shown, NULL), GF_OK);
	assert_means(theory, fit->data);
	assert_int_equal(reference_step_new(&step, &fit->problem, NULL), GF_OK);
	assert_int_equal(
		reference_step_take(step, &fit->problem, &batch, epoch->before, NULL, rates, NULL),
		GF_OK);
	for (size_t p = 0; p < epoch->parameters; p++) {
		assert_close("gradient of the engine", (double)epoch->gradient[p],
			theory->gradient[p], step->gradient_bound[p]);
		assert_close("next parameter of the engine", (double)epoch->after[p],
			theory->next[p], step->next_bound[p]);
	}
	reference_step_free(step);
	gf_theory_free(theory);
	fit->epochs++;
}

static void the_mean_of_products_is_the_gradient_of_each_engine(void **state)
{
	static const gf_engine engines[] = {GF_ENGINE_resident, GF_ENGINE_streaming};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		gf_config config = config_for(engines[i], 5);
		struct compared_fit fit = {
			.config = &config, .problem = parabola_problem(NOTEBOOK_X)};

		config.hidden[0] = fit.problem.hidden.widths[0] = 5;
		config.activation = fit.problem.hidden.activation = GF_ACTIVATION_tanh;
		fit.problem.hidden.count = 1;
		fit.data = fit.problem.data;
		config.wants = wants_the_parameters;
		config.on_epoch = compare_gradient;
		config.user = &fit;
		gf_model_free(fit_model(fit.data, &config, NULL));
		assert_int_equal(fit.epochs, 5);
		free_problem(&fit.problem);
	}
}

/* Rows beyond output_rows count for the means too; classes have an output each. */
static void a_network_of_classes_is_explained_from_its_first_rows(void **state)
{
	const float x[] = {-1, 0.5f, 2, 1}, y[] = {0, 2, 1, 2};
	const float before[] = {1, 0, 1, 2, 3, 0, 0, 0};
	const gf_epoch step = {.lr = 1, .parameters = 8, .before = before, .output_rows = 1};
	gf_dataset *data = new_data(4, 1, 1, x, y);
	gf_config config;
	gf_theory *t;

	(void)state;
	gf_config_default(&config);
	config.loss = GF_LOSS_cross_entropy;
	config.hidden[0] = 1;
	assert_int_equal(gf_theory_new(&t, data, &config, &step, NULL), GF_OK);
	assert_int_equal(t->layers[1].units, 3);
	assert_number("loss", t->losses[0], log(3), 2);
	assert_number("dl/dz of the label's class", t->layers[1].dz[0], 1 / 3.0 - 1, 2);
	assert_number("dl/dz of another", t->layers[1].dz[2], 1 / 3.0, 2);
	assert_number("dl/da", t->layers[0].da[0], 1 / 3.0 - 1 + 2 / 3.0 + 3 / 3.0, 8);
	assert_true(t->layers[0].a[0] == 0 && t->layers[0].dz[0] == 0);
	assert_number("mean of a", t->layers[0].mean_a[0], 3.5 / 4, 4);
	gf_theory_free(t);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			product_of_means_is_0_on_symmetric_points_where_the_gradient_is_not),
		cmocka_unit_test(product_of_means_gives_the_next_weight_that_the_notebook_printed),
		cmocka_unit_test(a_step_without_parameters_is_refused),
		cmocka_unit_test(the_layers_of_a_network_follow_the_chain_rule),
		cmocka_unit_test(the_gradient_of_a_network_is_the_mean_of_products),
		cmocka_unit_test(the_mean_of_products_is_the_gradient_of_each_engine),
		cmocka_unit_test(a_network_of_classes_is_explained_from_its_first_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

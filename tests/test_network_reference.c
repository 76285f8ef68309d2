/*
 * test_network_reference.c: the reference of a network: its gradient is the derivative of its loss,
 * and its activations carry errors on.
 */
#include "fixture_engine.h"

#include "catalog.h"
#include "fixture.h"
#include "reference.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUTS = 2 };

/* ---- finite differences ---- */

static double loss_at(const struct problem *problem, struct sums *sums, const double *params)
{
	const struct batch all = {.count = problem->data->rows};

	reference_losses(sums, problem, &all, params);
	return sums->loss;
}

static double quotient(
	const struct problem *problem, struct sums *sums, double *params, size_t p, double h)
{
	const double here = params[p], up = here + h, down = here - h;
	double above, below;

	params[p] = up;
	above = loss_at(problem, sums, params);
	params[p] = down;
	below = loss_at(problem, sums, params);
	params[p] = here;
	return (above - below) / (up - down);
}

/* With quotients d(h) and d(2h), (4 d(h) - d(2h)) / 3 errs by terms of h^4 where the loss is
 * smooth, and by up to jump h / 6 where its second derivative jumps; |d(2h) - d(h)| is above both:
 * it has the term of h^2, and jump h / 4.  The loss errs in double by 2^-29 of what it may in
 * float; an error of E in each of the four losses is one of at most 2 E / h in the quotient. */
static void compare_partial(const struct training *t, struct sums *sums, double *params, size_t p,
	struct bounded wanted)
{
	const struct batch all = {.count = t->problem.data->rows};
	const double h = cbrt(DBL_EPSILON);
	const double near = quotient(&t->problem, sums, params, p, h);
	const double far = quotient(&t->problem, sums, params, p, 2.0 * h);
	const double found = (4.0 * near - far) / 3.0;
	const double loss_error = bounds_loss(sums, &t->problem, &all, 1.0).error * 0x1p-29;
	const double tolerance = fabs(far - near) + 2.0 * loss_error / h + wanted.error * 0x1p-29;
	char text[TRAINING_TEXT];

	if (fabs(found - wanted.value) <= tolerance)
		return;
	describe_training(t, text, sizeof text);
	fail_msg("%s: gradient %zu is %.17g, difference quotient %.17g, tolerance %g", text, p,
		wanted.value, found, tolerance);
}

/* Returns 1 if no unit of the row is near a kink of its activation, and no output near one of the
 * loss, where the slope jumps: a change by 2 h of a parameter moves none across it. */
static int is_smooth(const struct training *t, struct sums *sums, const double *params, size_t row)
{
	const struct problem *problem = &t->problem;
	const struct bounded *outputs = sums_row(sums, problem, params, row);
	struct bounded z[OUTPUTS], value[OUTPUTS], slope[OUTPUTS];
	const size_t last = sums->network.count - 1;
	const double away = 1e-3;
	size_t l, o;

	for (l = 0; l < last; l++)
		for (o = 0; o < sums->network.layers[l].outputs; o++)
			if (fabs(sums->units[l].z[o].value) < away)
				return 0;
	for (o = 0; o < problem->outputs; o++)
		z[o] = (struct bounded){outputs[o].value, away};
	losses_of_row(
		problem, problem->data->y + row * problem->data->outputs, 1.0, z, value, slope);
	for (o = 0; o < problem->outputs && slope[o].error < 0.25; o++)
		;
	return o == problem->outputs;
}

/* Returns 1 if it compared the gradient, and 0 if a row is near a kink. */
static int compare_gradient(const struct setup *setup)
{
	struct training *t = new_training(setup);
	const struct batch all = {.count = setup->shape.rows};
	double params[MOST_PARAMETERS];
	struct bounded gradient[MOST_PARAMETERS];
	struct sums sums;
	void *block = sums_new(&sums, &t->problem, 1);
	size_t row, p;

	assert_non_null(block);
	assert_true(t->parameters <= MOST_PARAMETERS);
	reference_doubles(t->start, t->parameters, params);
	for (row = 0; row < setup->shape.rows && is_smooth(t, &sums, params, row); row++)
		;
	reference_sums(&sums, &t->problem, &all, params);
	for (p = 0; p < t->parameters; p++)
		gradient[p] = bounds_gradient(&sums, &all, 1.0, p);
	for (p = 0; p < t->parameters && row == setup->shape.rows; p++)
		compare_partial(t, &sums, params, p, gradient[p]);
	free(block);
	free_training(t);
	return row == setup->shape.rows;
}

static void compare_networks(struct setup setup)
{
	size_t compared = 0;

	for (setup.shape.rows = 3; compared < 3; setup.shape.rows++) {
		setup.weighted = setup.shape.rows % 2;
		compared += (size_t)compare_gradient(&setup);
		assert_true(setup.shape.rows < 100);
	}
}

static void the_gradient_is_the_derivative_of_the_loss(void **state)
{
	static const struct hidden networks[] = {{.widths = {5}, .count = 1},
		{.widths = {4, 3}, .count = 2}, {.widths = {3, 2, 4}, .count = 3}};
	size_t loss, activation, i;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++)
		for (activation = 0; activation < GF_ACTIVATION_COUNT; activation++)
			for (i = 0; i < COUNT(networks); i++) {
				struct setup setup = {.shape = {0, 3, OUTPUTS},
					.hidden = networks[i],
					.loss = (gf_loss)loss,
					.class_weights = loss == GF_LOSS_cross_entropy,
					.steps = 1};

				setup.hidden.activation = (gf_activation)activation;
				setup.hidden.negative_slope = 0.1;
				compare_networks(setup);
			}
}

/* ---- errors of z ---- */

/* The formulas at other, exact z within the error of z are within the error of the result.  z and
 * results up to 40 have roundings in double of their own.  From 4 on, where a sigmoid in the
 * formula may be above that of 17, the error is that of 1: z (1 - sigmoid(v)) v' is then at most
 * 17 exp(-17) = 7e-7 in silu, and 1e-6 in gelu_tanh, where v = 17 at z = 4.33. */
static void compare_within(const struct hidden *hidden, double z, double error)
{
	const struct activated at = activation_at(hidden, (struct bounded){z, error});
	const double slack = fabs(z) - error >= 4.0 ? 2e-6 : 40.0 * DBL_EPSILON;
	double part;

	for (part = -1.0; part <= 1.0; part += 0.25) {
		const struct activated other =
			activation_at(hidden, bounded_exact(z + part * error));
		const char *word = activation_word(hidden->activation);

		assert_close(word, other.value.value, at.value.value, at.value.error + slack);
		assert_close(word, other.slope.value, at.slope.value, at.slope.error + slack);
	}
}

static void an_error_of_z_is_carried_through_each_activation(void **state)
{
	static const double errors[] = {1e-6, 1e-3, 0.1, 1.0, 10.0};
	struct hidden hidden = {.negative_slope = 0.1};
	size_t activation, i;
	double z;

	(void)state;
	for (activation = 0; activation < GF_ACTIVATION_COUNT; activation++)
		for (z = -30.0; z <= 30.0; z += 0.125)
			for (i = 0; i < COUNT(errors); i++) {
				hidden.activation = (gf_activation)activation;
				compare_within(&hidden, z, errors[i]);
			}
}

/* Slopes are at most 1.13 and change by at most 1 for each unit of z, and a result has at most 12
 * roundings of numbers of up to |z| + 1: 12 * 31 * 2^-24 is 2.3e-5. */
static void a_small_error_of_z_stays_small_away_from_kinks(void **state)
{
	struct hidden hidden = {.negative_slope = 0.1};
	const double error = 1e-4;
	size_t activation;
	double z;

	(void)state;
	for (activation = 0; activation < GF_ACTIVATION_COUNT; activation++)
		for (z = -30.0625; z <= 30.1; z += 0.125) {
			struct activated at;

			hidden.activation = (gf_activation)activation;
			at = activation_at(&hidden, (struct bounded){z, error});
			if (at.value.error > 1.2 * error + 2.3e-5 ||
				at.slope.error > 1.2 * error + 2.3e-5)
				fail_msg("%s at %g, with an error of %g: value %g, slope %g",
					activation_word(hidden.activation), z, error,
					at.value.error, at.slope.error);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gradient_is_the_derivative_of_the_loss),
		cmocka_unit_test(an_error_of_z_is_carried_through_each_activation),
		cmocka_unit_test(a_small_error_of_z_stays_small_away_from_kinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

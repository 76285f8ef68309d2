/*
 * test_oracle.c: the records of PyTorch are complete, and oracle.c reads them as they are.
 */
#include "oracle.h"

#include "catalog.h"
#include "config.h"
#include "model.h"

#include <float.h>
#include <math.h>

static void assert_finite(const char *what, const double *numbers, size_t count)
{
	size_t i;

	for (i = 0; numbers && i < count; i++)
		if (!isfinite(numbers[i]))
			fail_msg("%s: number %zu is %g, wanted a finite one", what, i, numbers[i]);
}

static void assert_run(const struct oracle_case *c, const struct oracle_run *run, size_t losses)
{
	assert_int_equal(run->losses, losses);
	assert_finite(c->what, run->loss, losses);
	assert_finite(c->what, run->val_loss, losses);
	assert_finite(c->what, run->final, c->parameters);
	assert_finite(c->what, run->average, c->parameters);
}

static void each_case(
	const char *name, void (*check)(const struct oracle_case *, void *), void *user)
{
	struct oracle *oracle = oracle_open(name);
	struct oracle_case c;
	size_t i;

	assert_true(oracle->count > 0);
	for (i = 0; i < oracle->count; i++) {
		oracle_case_read(&c, oracle, i);
		check(&c, user);
		oracle_case_free(&c);
	}
	oracle_close(oracle);
}

/* ---- steps ---- */

/* The mean square by plain loops, with fewer than N + 8 roundings of a sum of squares. */
static void assert_first_loss(const struct oracle_case *c)
{
	const size_t rows = gf_dataset_rows(c->data), D = gf_dataset_features(c->data);
	const float *x = gf_dataset_x(c->data), *y = gf_dataset_y(c->data);
	double sum = 0.0;
	size_t i, j;

	for (i = 0; i < rows; i++) {
		double z = (double)c->start[D];

		for (j = 0; j < D; j++)
			z += (double)c->start[j] * (double)x[i * D + j];
		sum += (z - (double)y[i]) * (z - (double)y[i]);
	}
	assert_close(c->what, sum / (double)rows, c->exact.loss[0],
		(double)(rows + 8) * DBL_EPSILON * c->exact.loss[0]);
}

/* A training with the record's seed starts where the record does. */
static void assert_start(const struct oracle_case *c)
{
	gf_model *model = new_model(
		gf_dataset_features(c->data), c->config.loss == GF_LOSS_cross_entropy ? 3 : 1);
	size_t i;

	init_params(model, c->config.seed);
	assert_int_equal(model_params(model), c->parameters);
	for (i = 0; i < c->parameters; i++)
		assert_same_float(model->params[i], c->start[i], c->what, i);
	gf_model_free(model);
}

static void check_steps(const struct oracle_case *c, void *user)
{
	int(*seen)[GF_OPTIMIZER_COUNT] = user;

	assert_int_equal(c->config.epochs, 12);
	assert_run(c, &c->exact, 12);
	assert_run(c, &c->single, 12);
	assert_int_equal(c->marks, 4);
	assert_int_equal(c->mark[3], 6);
	assert_finite(c->what, c->params, c->marks * c->parameters);
	assert_start(c);
	if (c->config.loss == GF_LOSS_mse && !gf_dataset_weights(c->data))
		assert_first_loss(c);
	seen[c->config.loss][c->config.optimizer] = 1;
}

static void every_loss_is_recorded_with_every_optimizer(void **state)
{
	int seen[GF_LOSS_COUNT][GF_OPTIMIZER_COUNT] = {{0}};
	size_t i, j;

	(void)state;
	each_case("steps.json", check_steps, seen);
	for (i = 0; i < GF_LOSS_COUNT; i++)
		for (j = 0; j < GF_OPTIMIZER_COUNT; j++)
			if (!seen[i][j])
				fail_msg("no record of %s with %s", loss_word((gf_loss)i),
					optimizer_word((gf_optimizer)j));
}

/* ---- mini-batches ---- */

static void check_training(const struct oracle_case *c, void *user)
{
	size_t *averages = user;

	assert_run(c, &c->exact, c->config.epochs);
	assert_run(c, &c->single, c->config.epochs);
	assert_non_null(c->exact.val_loss);
	assert_true(c->config.batch_size == 8 && c->config.shuffle);
	assert_int_equal(c->config.average, c->exact.average != NULL);
	assert_int_equal(c->config.average, isfinite(c->single.average_val_loss) != 0);
	*averages += c->config.average != 0;
}

static void a_training_has_what_its_options_ask_for(void **state)
{
	size_t averages = 0;

	(void)state;
	each_case("minibatch.json", check_training, &averages);
	assert_true(averages > 0);
}

/* ---- networks ---- */

struct networks {
	int activation[GF_ACTIVATION_COUNT][NETWORK_LAYERS]; /* by the number of hidden layers */
	int optimizer[GF_OPTIMIZER_COUNT], loss[GF_LOSS_COUNT];
};

static void check_network(const struct oracle_case *c, void *user)
{
	const struct hidden hidden = config_hidden(&c->config);
	struct networks *seen = user;

	assert_run(c, &c->exact, c->config.epochs);
	assert_run(c, &c->single, c->config.epochs);
	seen->activation[c->config.activation][hidden.count] = 1;
	seen->optimizer[c->config.optimizer] = 1;
	seen->loss[c->config.loss] = 1;
}

static void assert_activations(const struct networks *seen)
{
	size_t i, depth;

	for (i = 0; i < GF_ACTIVATION_COUNT; i++)
		for (depth = 1; depth <= 2; depth++)
			if (!seen->activation[i][depth])
				fail_msg("no record of %s with %zu hidden layers",
					activation_word((gf_activation)i), depth);
}

static void every_activation_is_recorded_with_one_and_two_layers(void **state)
{
	struct networks seen = {.loss = {0}};
	size_t i;

	(void)state;
	each_case("network.json", check_network, &seen);
	assert_activations(&seen);
	for (i = 0; i < GF_OPTIMIZER_COUNT; i++)
		if (!seen.optimizer[i])
			fail_msg("no record of a network with %s", optimizer_word((gf_optimizer)i));
	for (i = 0; i < GF_LOSS_COUNT; i++)
		if (!seen.loss[i])
			fail_msg("no record of a network with %s", loss_word((gf_loss)i));
}

static void mini_batches_of_networks_have_every_activation(void **state)
{
	struct networks seen = {.loss = {0}};

	(void)state;
	each_case("network_minibatch.json", check_network, &seen);
	assert_activations(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_loss_is_recorded_with_every_optimizer),
		cmocka_unit_test(a_training_has_what_its_options_ask_for),
		cmocka_unit_test(every_activation_is_recorded_with_one_and_two_layers),
		cmocka_unit_test(mini_batches_of_networks_have_every_activation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_records_exact.c: the formulas of the reference, carried on in double from step to step,
 * agree with PyTorch's runs in float64: every loss with every optimiser, mini-batches with their
 * options, and networks.
 */
#include "config.h"
#include "model.h"
#include "oracle.h"
#include "schedule.h"
#include "train_data.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sum has about a hundred roundings of 1.1e-16.  Dozens of steps enlarge the difference, by
 * momentum and by denominators near 0, but less than a thousandfold. */
#define TOLERANCE 1e-12

/* A training as gf_fit sets it up, with parameters in double. */
struct chain {
	const struct oracle_case *c; /* borrowed */
	gf_config config;
	struct rng rng; /* as it is before it draws the next epoch's order */
	struct train_data train_data;
	struct problem problem;
	struct step_rates step_rates;
	struct reference_step *reference; /* without bounds */
	size_t parameters, planes;        /* P, S */
	size_t rows, steps;               /* rows of an epoch; steps done */
	double *params, *state;           /* (P), (S, P) */
	uint32_t *order;                  /* (train rows) */
};

/* ---- the start ---- */

static void well(gf_status status, const gf_error *err)
{
	if (status)
		fail_msg("%s", err->message);
}

/* The generator draws the split and then the start, which has the bits of the record. */
static void draw_start(struct chain *chain)
{
	const struct oracle_case *c = chain->c;
	const size_t K = model_outputs_for(c->data, c->config.loss);
	const struct hidden hidden = config_hidden(&chain->config);
	gf_model *model = new_network(c->data->features, &hidden, K);
	gf_error err = {0};
	size_t p;

	rng_seed(&chain->rng, c->config.seed);
	well(train_data_new(&chain->train_data, c->data, &chain->config, K, &chain->rng, &err),
		&err);
	well(model_init(model, GF_INIT_pytorch, &chain->rng, &err), &err);
	for (p = 0; p < c->parameters; p++)
		assert_same_float(model->params[p], c->start[p], c->what, p);
	gf_model_free(model);
}

static void set_problem(struct chain *chain)
{
	const gf_config *config = &chain->config;
	const size_t n = chain->train_data.train_rows;
	const size_t batch = config->batch_size ? config->batch_size : n;
	gf_error err = {0};

	chain->rows = config->drop_last ? n / batch * batch : n;
	chain->problem = (struct problem){.data = chain->train_data.data,
		.train_rows = n,
		.hidden = config_hidden(config),
		.outputs = model_outputs_for(chain->c->data, config->loss),
		.loss = config->loss,
		.loss_parameters = loss_parameters_of(config),
		.weights = chain->train_data.weights,
		.class_weights = chain->train_data.class_weights,
		.batch_size = batch};
	well(step_rates_new(&chain->step_rates, config, &chain->problem, chain->rows, &err), &err);
	chain->problem.update = step_rates_update(config, &chain->step_rates.schedule);
}

static void chain_new(struct chain *chain, const struct oracle_case *c)
{
	gf_error err = {0};

	*chain = (struct chain){.c = c, .config = c->config, .parameters = c->parameters};
	config_resolve(&chain->config);
	draw_start(chain);
	set_problem(chain);
	assert_int_equal(problem_params(&chain->problem), c->parameters);
	chain->planes = problem_planes(&chain->problem);
	chain->params = calloc((1 + chain->planes) * c->parameters, sizeof *chain->params);
	chain->order = calloc(c->data->rows, sizeof *chain->order);
	assert_true(chain->params && chain->order);
	well(reference_step_new_unbounded(&chain->reference, &chain->problem, &err), &err);
	chain->state = chain->params + c->parameters;
	reference_doubles(c->start, c->parameters, chain->params);
}

static void chain_free(struct chain *chain)
{
	train_data_free(&chain->train_data);
	reference_step_free(chain->reference);
	free(chain->params);
	free(chain->order);
}

/* ---- a step ---- */

/* Returns the batch's loss before the update. */
static double step(struct chain *chain, size_t epoch, const struct batch *batch)
{
	const size_t P = chain->parameters, S = chain->planes;
	const struct reference_step *r = chain->reference;
	double rates[RATES];

	step_rates_of(&chain->step_rates, epoch, chain->steps++, batch, rates);
	assert_int_equal(reference_step_take_doubles(chain->reference, &chain->problem, batch,
				 chain->params, chain->state, rates, NULL),
		GF_OK);
	memcpy(chain->params, r->next, P * sizeof *r->next);
	memcpy(chain->state, r->state, S * P * sizeof *r->state);
	return r->loss;
}

/* Returns the mean of the batches' losses, weighted by their rows. */
static double epoch_of(struct chain *chain, size_t epoch)
{
	struct plan plan = {.count = chain->step_rates.batches, .rows = chain->rows};
	double sum = 0.0;
	size_t i;

	if (chain->config.shuffle) {
		shuffle_epoch(&chain->rng, chain->order, chain->problem.train_rows);
		plan.order = chain->order;
	}
	for (i = 0; i < plan.count; i++) {
		const struct batch batch = plan_batch(&plan, chain->problem.batch_size, i);

		sum += step(chain, epoch, &batch) * (double)batch.count;
	}
	return sum / (double)chain->rows;
}

/* The mean loss of the validation rows at params (P). */
static double val_loss(struct chain *chain, const double *params)
{
	const size_t n = chain->problem.train_rows;
	const struct batch others = {.first = n, .count = chain->problem.data->rows - n};
	struct sums *sums = reference_step_sums(chain->reference);

	reference_losses(sums, &chain->problem, &others, params);
	return sums->loss / train_data_divisor(&chain->problem, &others);
}

/* ---- comparing ---- */

/* Compares relative to the largest parameter, as differences of close numbers lose relative
 * accuracy. */
static void assert_params_close(
	const struct chain *chain, const char *when, const double *found, const double *wanted)
{
	double scale = 0.0;
	size_t p;

	for (p = 0; p < chain->parameters; p++)
		scale = fmax(scale, fabs(wanted[p]));
	for (p = 0; p < chain->parameters; p++)
		if (!(fabs(found[p] - wanted[p]) <= TOLERANCE * scale))
			fail_msg("%s: parameter %zu after %s is %.17g, wanted %.17g",
				chain->c->what, p, when, found[p], wanted[p]);
}

static void loss_close(const struct chain *chain, const char *what, double found, double wanted)
{
	char text[640];

	snprintf(text, sizeof text, "%s: %s", chain->c->what, what);
	assert_close(text, found, wanted, TOLERANCE * fabs(wanted));
}

static void marks_close(const struct chain *chain)
{
	const struct oracle_case *c = chain->c;
	size_t i;

	for (i = 0; i < c->marks; i++)
		if (c->mark[i] == chain->steps)
			assert_params_close(chain, "a recorded step", chain->params,
				c->params + i * c->parameters);
}

static void end_close(struct chain *chain)
{
	const struct oracle_run *wanted = &chain->c->exact;
	const double *average;

	assert_params_close(chain, "the last step", chain->params, wanted->final);
	if (!wanted->average)
		return;
	average = chain->state + (chain->planes - 1) * chain->parameters;
	assert_params_close(chain, "averaging", average, wanted->average);
	loss_close(chain, "val_loss of the average", val_loss(chain, average),
		wanted->average_val_loss);
}

/* The plateau schedule goes by val_loss, as in PyTorch. */
static void assert_chain_close(const struct oracle_case *c)
{
	struct chain chain;
	size_t epoch;

	chain_new(&chain, c);
	for (epoch = 0; epoch < c->exact.losses; epoch++) {
		double loss = epoch_of(&chain, epoch);

		loss_close(&chain, "loss", loss, c->exact.loss[epoch]);
		marks_close(&chain);
		if (c->exact.val_loss) {
			loss = val_loss(&chain, chain.params);
			loss_close(&chain, "val_loss", loss, c->exact.val_loss[epoch]);
		}
		schedule_epoch(&chain.step_rates.schedule, loss);
	}
	end_close(&chain);
	chain_free(&chain);
}

static void record_close(const char *name)
{
	struct oracle *oracle = oracle_open(name);
	struct oracle_case c;
	size_t i;

	assert_true(oracle->count > 0);
	for (i = 0; i < oracle->count; i++) {
		oracle_case_read(&c, oracle, i);
		assert_chain_close(&c);
		oracle_case_free(&c);
	}
	oracle_close(oracle);
}

static void every_loss_with_every_optimizer_agrees_with_pytorch(void **state)
{
	(void)state;
	record_close("steps.json");
}

static void epochs_of_mini_batches_agree_with_pytorch(void **state)
{
	(void)state;
	record_close("minibatch.json");
}

static void every_activation_agrees_with_pytorch(void **state)
{
	(void)state;
	record_close("network.json");
}

static void epochs_of_networks_agree_with_pytorch(void **state)
{
	(void)state;
	record_close("network_minibatch.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_loss_with_every_optimizer_agrees_with_pytorch),
		cmocka_unit_test(epochs_of_mini_batches_agree_with_pytorch),
		cmocka_unit_test(every_activation_agrees_with_pytorch),
		cmocka_unit_test(epochs_of_networks_agree_with_pytorch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

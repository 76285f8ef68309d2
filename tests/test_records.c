/*
 * test_records.c: gf_fit on the recorded runs of PyTorch in float32: the same start to the bit,
 * the same split and order, losses and parameters as near as floats can be.
 *
 * `reference`, which needs no OpenCL, takes every record; the device takes each loss and each
 * optimiser of the full batches, and all mini-batches, every step of which is checked.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  GPUFIT_TEST_FEW=1: a quarter of the
 * mini-batches there, for slow compilers.
 */
#include "catalog.h"
#include "dataset.h"
#include "model.h"
#include "oracle.h"
#include "safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOSS_TOLERANCE  1e-5
#define FINAL_TOLERANCE 1e-4

enum { EPOCHS_MOST = 12 };

struct told {
	size_t epochs;
	double loss[EPOCHS_MOST], val_loss[EPOCHS_MOST];
};

/* A finished training of a record. */
struct outcome {
	struct told told;
	gf_report report;
	gf_model *model;
	struct safetensors *last; /* its checkpoint after the last step */
};

/* ---- training ---- */

static void on_epoch(const gf_epoch *step, void *user)
{
	struct told *told = user;

	assert_true(step->epoch == told->epochs && step->epoch < EPOCHS_MOST);
	told->loss[step->epoch] = (double)step->loss;
	told->val_loss[step->epoch] = (double)step->val_loss;
	told->epochs++;
}

static gf_config config_for(const struct oracle_case *c, gf_engine engine)
{
	gf_config config = c->config;

	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = engine;
	config.check = engine == GF_ENGINE_reference ? GF_CHECK_off : GF_CHECK_every;
	return config;
}

/* The model is that of the best epoch; a checkpoint holds the parameters after the last. */
static void fit(struct outcome *outcome, const struct oracle_case *c, gf_engine engine)
{
	char path[] = "/tmp/gpufit-records-XXXXXX";
	gf_config config = config_for(c, engine);
	const int file = mkstemp(path);
	gf_error err = {0};

	assert_true(file >= 0);
	close(file);
	*outcome = (struct outcome){.model = NULL};
	config.checkpoint = path;
	config.on_epoch = on_epoch;
	config.user = &outcome->told;
	if (gf_fit(&outcome->model, c->data, &config, &outcome->report, &err) ||
		safetensors_read(&outcome->last, path, &err))
		fail_msg("%s, %s: %s", engine_word(engine), c->what, err.message);
	unlink(path);
}

static void outcome_free(struct outcome *outcome)
{
	gf_model_free(outcome->model);
	safetensors_free(outcome->last);
}

/* ---- comparing ---- */

static void close_in(const struct outcome *outcome, const struct oracle_case *c, const char *what,
	size_t place, double found, double wanted, double tolerance)
{
	char text[640];

	snprintf(text, sizeof text, "%s, %s: %s[%zu]", engine_word(outcome->report.engine), c->what,
		what, place);
	assert_close(text, found, wanted, tolerance);
}

/* A parameter near 0 is not known to 1e-4 of itself: both runs round it once a step, when it may
 * have been as large as the largest, by u = 2^-24 of it: that alone sets them 2 u apart a step. */
static void params_close(const struct outcome *outcome, const struct oracle_case *c,
	const char *what, const float *found, const double *wanted)
{
	double scale = 0.0, floor;
	size_t p;

	for (p = 0; p < c->parameters; p++)
		scale = fmax(scale, fmax(fabs((double)c->start[p]), fabs(wanted[p])));
	floor = 2.0 * 0x1p-24 * (double)outcome->report.steps * scale;
	for (p = 0; p < c->parameters; p++)
		close_in(outcome, c, what, p, (double)found[p], wanted[p],
			fmax(FINAL_TOLERANCE * fabs(wanted[p]), floor));
}

/* PyTorch's script validates the parameters themselves also where they are averaged, and the
 * average once, at the end. */
static void val_losses_close(const struct outcome *outcome, const struct oracle_case *c)
{
	const struct oracle_run *wanted = &c->single;
	const double *found = outcome->told.val_loss;
	size_t e, last = wanted->losses - 1;

	if (wanted->average)
		close_in(outcome, c, "val_loss of the average", last, found[last],
			wanted->average_val_loss, LOSS_TOLERANCE * fabs(wanted->average_val_loss));
	for (e = 0; e <= last && wanted->val_loss && !wanted->average; e++)
		close_in(outcome, c, "val_loss", e, found[e], wanted->val_loss[e],
			LOSS_TOLERANCE * fabs(wanted->val_loss[e]));
}

static size_t place_of_least(const double *numbers, size_t count)
{
	size_t least = 0, i;

	for (i = 1; i < count; i++)
		if (numbers[i] < numbers[least])
			least = i;
	return least;
}

/* The result is the best epoch's; it is recorded where that is the last one. */
static void result_close(const struct outcome *outcome, const struct oracle_case *c)
{
	const struct oracle_run *wanted = &c->single;
	const size_t last = wanted->losses - 1;
	size_t best = last;

	if (wanted->val_loss && !wanted->average) {
		best = place_of_least(wanted->val_loss, wanted->losses);
		assert_int_equal(outcome->report.best_epoch, best);
	}
	if (best == last)
		params_close(outcome, c, "result", outcome->model->params,
			wanted->average ? wanted->average : wanted->final);
}

static void run_is_pytorchs(const struct oracle_case *c, gf_engine engine)
{
	const struct safetensors_tensor *last;
	struct outcome outcome;
	size_t e;

	fit(&outcome, c, engine);
	assert_int_equal(outcome.told.epochs, c->single.losses);
	if (engine != GF_ENGINE_reference)
		assert_int_equal(outcome.report.checked, outcome.report.steps);
	for (e = 0; e < c->single.losses; e++)
		close_in(&outcome, c, "loss", e, outcome.told.loss[e], c->single.loss[e],
			LOSS_TOLERANCE * fabs(c->single.loss[e]));
	val_losses_close(&outcome, c);
	last = safetensors_find(outcome.last, "params");
	assert_non_null(last);
	params_close(&outcome, c, "last parameters", last->values, c->single.final);
	result_close(&outcome, c);
	outcome_free(&outcome);
}

/* ---- records ---- */

/* Counts the cases of a record that have been checked so far. */
struct seen {
	size_t cases, losses;
	int loss[GF_LOSS_COUNT];
};

/* Returns how many losses were taken. */
static size_t each_case(const char *name, void (*check)(const struct oracle_case *, struct seen *))
{
	struct oracle *oracle = oracle_open(name);
	struct seen seen = {0};
	struct oracle_case c;

	assert_true(oracle->count > 0);
	for (seen.cases = 0; seen.cases < oracle->count; seen.cases++) {
		oracle_case_read(&c, oracle, seen.cases);
		check(&c, &seen);
		oracle_case_free(&c);
	}
	oracle_close(oracle);
	return seen.losses;
}

static void with_the_reference(const struct oracle_case *c, struct seen *seen)
{
	(void)seen;
	run_is_pytorchs(c, GF_ENGINE_reference);
}

static gf_engine taking_turns(size_t turn)
{
	return turn % 2 ? GF_ENGINE_resident : GF_ENGINE_streaming;
}

/* Each loss once: a record more is a program more to build. */
static void once_a_loss(const struct oracle_case *c, struct seen *seen, gf_optimizer optimizer)
{
	if (seen->loss[c->config.loss] || c->config.optimizer != optimizer)
		return;
	run_is_pytorchs(c, taking_turns(seen->losses));
	seen->loss[c->config.loss] = 1;
	seen->losses++;
}

/* The optimisers in turn, of which there are fewer than losses. */
static void with_a_device(const struct oracle_case *c, struct seen *seen)
{
	once_a_loss(c, seen, (gf_optimizer)(seen->losses % GF_OPTIMIZER_COUNT));
}

static void weighted_with_a_device(const struct oracle_case *c, struct seen *seen)
{
	if (gf_dataset_weights(c->data))
		once_a_loss(c, seen, GF_OPTIMIZER_adam);
}

static void mini_batches_with_a_device(const struct oracle_case *c, struct seen *seen)
{
	if (!getenv("GPUFIT_TEST_FEW") || seen->cases % 4 == 0)
		run_is_pytorchs(c, taking_turns(seen->cases));
}

/* After no epoch the start is the result; with the split drawn before it where there is one. */
static void starts_as_recorded(const struct oracle_case *c, struct seen *seen)
{
	gf_config config = config_for(c, GF_ENGINE_reference);
	gf_model *model = NULL;
	gf_error err = {0};
	size_t p;

	(void)seen;
	config.epochs = 0;
	if (gf_fit(&model, c->data, &config, NULL, &err))
		fail_msg("%s: %s", c->what, err.message);
	for (p = 0; p < c->parameters; p++)
		assert_same_float(model->params[p], c->start[p], c->what, p);
	gf_model_free(model);
}

/* ---- the tests ---- */

static void every_training_starts_with_pytorchs_bits(void **state)
{
	(void)state;
	each_case("steps.json", starts_as_recorded);
	each_case("minibatch.json", starts_as_recorded);
}

static void every_loss_with_every_optimizer_is_pytorchs(void **state)
{
	(void)state;
	each_case("steps.json", with_the_reference);
}

static void mini_batches_are_pytorchs(void **state)
{
	(void)state;
	each_case("minibatch.json", with_the_reference);
}

static void each_loss_on_a_device_is_pytorchs(void **state)
{
	(void)state;
	assert_int_equal(each_case("steps.json", with_a_device), GF_LOSS_COUNT);
}

static void weighted_rows_on_a_device_are_pytorchs(void **state)
{
	(void)state;
	assert_int_equal(each_case("steps.json", weighted_with_a_device), 4);
}

static void mini_batches_on_a_device_are_pytorchs(void **state)
{
	(void)state;
	each_case("minibatch.json", mini_batches_with_a_device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_training_starts_with_pytorchs_bits),
		cmocka_unit_test(every_loss_with_every_optimizer_is_pytorchs),
		cmocka_unit_test(mini_batches_are_pytorchs),
		cmocka_unit_test(each_loss_on_a_device_is_pytorchs),
		cmocka_unit_test(weighted_rows_on_a_device_are_pytorchs),
		cmocka_unit_test(mini_batches_on_a_device_are_pytorchs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

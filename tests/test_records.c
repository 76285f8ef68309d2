/*
 * test_records.c: gf_fit repeats the recorded runs of PyTorch in float32: the start to the bit,
 * the split and the order of rows, and losses and parameters as closely as floats allow.
 *
 * Engine `reference`, which needs no OpenCL, repeats every record.  The device repeats each loss
 * and each optimiser of the full batches, all mini-batches, and of networks each activation and a
 * third of the mini-batches, with every step checked.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  GPUFIT_TEST_FEW=1 repeats a quarter of
 * the mini-batches there, by kernels that are compiled without optimisation, for slow compilers.
 */
#include "catalog.h"
#include "config.h"
#include "dataset.h"
#include "model.h"
#include "oracle.h"
#include "safetensors.h"
#include "shared_builds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The records have no run that PyTorch's own rounding moves by more than 1e-6; another order of
 * sums may move it somewhat more. */
#define LOSS_TOLERANCE  1e-5
#define FINAL_TOLERANCE 1e-4

enum { EPOCHS_MOST = 12 };

struct told {
	size_t epochs;
	double loss[EPOCHS_MOST], val_loss[EPOCHS_MOST];
};

/* The result of repeating a record. */
struct repeated {
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

/* The model holds the parameters of the best epoch, a checkpoint those after the last. */
static void fit(struct repeated *repeated, const struct oracle_case *c, gf_engine engine)
{
	char path[] = "/tmp/gpufit-records-XXXXXX";
	gf_config config = config_for(c, engine);
	const int file = mkstemp(path);
	gf_error err = {0};

	assert_true(file >= 0);
	close(file);
	*repeated = (struct repeated){.model = NULL};
	config.checkpoint = path;
	config.on_epoch = on_epoch;
	config.user = &repeated->told;
	if (gf_fit(&repeated->model, c->data, &config, &repeated->report, &err) ||
		safetensors_read(&repeated->last, path, &err))
		fail_msg("%s, %s: %s", engine_word(engine), c->what, err.message);
	unlink(path);
}

static void outcome_free(struct repeated *repeated)
{
	gf_model_free(repeated->model);
	safetensors_free(repeated->last);
}

/* ---- comparing ---- */

static void close_in(const struct repeated *repeated, const struct oracle_case *c, const char *what,
	size_t place, double found, double wanted, double tolerance)
{
	char text[640];

	snprintf(text, sizeof text, "%s, %s: %s[%zu]", engine_word(repeated->report.engine),
		c->what, what, place);
	assert_close(text, found, wanted, tolerance);
}

/* A parameter near 0 may err by more than 1e-4 of itself: both runs round it at each step, by u
 * = 2^-24 of the largest value that it has had, so that they move apart by 2 u of that at each
 * step. */
static void assert_params_close(const struct repeated *repeated, const struct oracle_case *c,
	const char *what, const float *found, const double *wanted)
{
	double scale = 0.0, floor;
	size_t p;

	for (p = 0; p < c->parameters; p++)
		scale = fmax(scale, fmax(fabs((double)c->start[p]), fabs(wanted[p])));
	floor = 2.0 * 0x1p-24 * (double)repeated->report.steps * scale;
	for (p = 0; p < c->parameters; p++)
		close_in(repeated, c, what, p, (double)found[p], wanted[p],
			fmax(FINAL_TOLERANCE * fabs(wanted[p]), floor));
}

/* PyTorch's script validates the parameters themselves at each epoch, and their average only at
 * the end. */
static void assert_val_losses_close(const struct repeated *repeated, const struct oracle_case *c)
{
	const struct oracle_run *wanted = &c->single;
	const double *found = repeated->told.val_loss;
	size_t e, last = wanted->losses - 1;

	if (wanted->average)
		close_in(repeated, c, "val_loss of the average", last, found[last],
			wanted->average_val_loss, LOSS_TOLERANCE * fabs(wanted->average_val_loss));
	for (e = 0; e <= last && wanted->val_loss && !wanted->average; e++)
		close_in(repeated, c, "val_loss", e, found[e], wanted->val_loss[e],
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

/* The result is that of the best epoch, which the record has if it is the last one. */
static void assert_result_close(const struct repeated *repeated, const struct oracle_case *c)
{
	const struct oracle_run *wanted = &c->single;
	const size_t last = wanted->losses - 1;
	size_t best = last;

	if (wanted->val_loss && !wanted->average) {
		best = place_of_least(wanted->val_loss, wanted->losses);
		assert_int_equal(repeated->report.best_epoch, best);
	}
	if (best == last)
		assert_params_close(repeated, c, "result", repeated->model->params,
			wanted->average ? wanted->average : wanted->final);
}

static void run_is_pytorchs(const struct oracle_case *c, gf_engine engine)
{
	const struct safetensors_tensor *last;
	struct repeated repeated;
	size_t e;

	fit(&repeated, c, engine);
	assert_int_equal(repeated.told.epochs, c->single.losses);
	if (engine != GF_ENGINE_reference)
		assert_int_equal(repeated.report.checked, repeated.report.steps);
	for (e = 0; e < c->single.losses; e++)
		close_in(&repeated, c, "loss", e, repeated.told.loss[e], c->single.loss[e],
			LOSS_TOLERANCE * fabs(c->single.loss[e]));
	assert_val_losses_close(&repeated, c);
	last = safetensors_find(repeated.last, "params");
	assert_non_null(last);
	assert_params_close(&repeated, c, "last parameters", last->values, c->single.final);
	assert_result_close(&repeated, c);
	outcome_free(&repeated);
}

/* ---- records ---- */

/* Counts the cases of a record that have been compared so far. */
struct seen {
	size_t cases, losses, activations;
	int loss[GF_LOSS_COUNT];
	int activation[GF_ACTIVATION_COUNT];
};

/* Compares the cases of a record. */
static struct seen each_case(
	const char *name, void (*check)(const struct oracle_case *, struct seen *))
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
	return seen;
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

/* Each loss once, as each record takes a program of its own to build. */
static void once_a_loss(const struct oracle_case *c, struct seen *seen, gf_optimizer optimizer)
{
	if (seen->loss[c->config.loss] || c->config.optimizer != optimizer)
		return;
	run_is_pytorchs(c, taking_turns(seen->losses));
	seen->loss[c->config.loss] = 1;
	seen->losses++;
}

/* The optimisers take turns, as there are fewer of them than losses. */
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

/* Each activation once, with one, two or three hidden layers in turn. */
static void networks_with_a_device(const struct oracle_case *c, struct seen *seen)
{
	const gf_activation activation = c->config.activation;

	if (seen->activation[activation] ||
		config_hidden(&c->config).count != 1 + (size_t)activation % 3)
		return;
	run_is_pytorchs(c, taking_turns((size_t)activation));
	seen->activation[activation] = 1;
	seen->activations++;
}

/* A third of them, as a program with hidden layers takes seconds to build. */
static void mini_batches_of_networks_with_a_device(const struct oracle_case *c, struct seen *seen)
{
	if (seen->cases % (getenv("GPUFIT_TEST_FEW") ? 12 : 3) == 0)
		run_is_pytorchs(c, taking_turns(seen->cases));
}

/* Without an epoch the result is the start.  The split, if there is one, is drawn before it. */
static void assert_start(const struct oracle_case *c, struct seen *seen)
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

static void every_training_starts_with_the_bits_of_pytorch(void **state)
{
	(void)state;
	each_case("steps.json", assert_start);
	each_case("minibatch.json", assert_start);
	each_case("network.json", assert_start);
	each_case("network_minibatch.json", assert_start);
}

static void every_loss_with_every_optimizer_agrees_with_pytorch(void **state)
{
	(void)state;
	each_case("steps.json", with_the_reference);
}

static void mini_batches_agree_with_pytorch(void **state)
{
	(void)state;
	each_case("minibatch.json", with_the_reference);
}

static void networks_agree_with_pytorch(void **state)
{
	(void)state;
	each_case("network.json", with_the_reference);
	each_case("network_minibatch.json", with_the_reference);
}

static void each_loss_on_a_device_agrees_with_pytorch(void **state)
{
	(void)state;
	assert_int_equal(each_case("steps.json", with_a_device).losses, GF_LOSS_COUNT);
}

static void weighted_rows_on_a_device_agree_with_pytorch(void **state)
{
	(void)state;
	assert_int_equal(each_case("steps.json", weighted_with_a_device).losses, 4);
}

static void mini_batches_on_a_device_agree_with_pytorch(void **state)
{
	(void)state;
	each_case("minibatch.json", mini_batches_with_a_device);
}

static void networks_on_a_device_agree_with_pytorch(void **state)
{
	(void)state;
	assert_int_equal(
		each_case("network.json", networks_with_a_device).activations, GF_ACTIVATION_COUNT);
}

static void mini_batches_of_networks_on_a_device_agree_with_pytorch(void **state)
{
	(void)state;
	each_case("network_minibatch.json", mini_batches_of_networks_with_a_device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_training_starts_with_the_bits_of_pytorch),
		cmocka_unit_test(every_loss_with_every_optimizer_agrees_with_pytorch),
		cmocka_unit_test(mini_batches_agree_with_pytorch),
		cmocka_unit_test(networks_agree_with_pytorch),
		cmocka_unit_test(each_loss_on_a_device_agrees_with_pytorch),
		cmocka_unit_test(weighted_rows_on_a_device_agree_with_pytorch),
		cmocka_unit_test(mini_batches_on_a_device_agree_with_pytorch),
		cmocka_unit_test(networks_on_a_device_agree_with_pytorch),
		cmocka_unit_test(mini_batches_of_networks_on_a_device_agree_with_pytorch),
	};

	/* test_variants compares optimised kernels to the bit. */
	if (getenv("GPUFIT_TEST_FEW"))
		shared_builds_options = " -cl-opt-disable";
	return cmocka_run_group_tests(tests, NULL, NULL);
}

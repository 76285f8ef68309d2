/*
 * test_records_iris.c: on real data, with shuffled mini-batches and early stopping, every epoch
 * agrees with PyTorch's script, which stops after the same epoch and keeps the parameters of the
 * same one.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "catalog.h"
#include "model.h"
#include "oracle.h"
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct wanted {
	gf_config config; /* its strings belong to the record */
	size_t epochs, best_epoch, parameters;
	double *loss, *val_loss; /* (epochs) */
	double *start, *best;    /* (parameters) */
};

static struct wanted wanted_of(const struct oracle *oracle)
{
	const json_t *one = json_array_get(oracle->cases, 0);
	struct wanted w = {.config = oracle_config(one)};
	size_t count;

	w.loss = oracle_numbers(one, "loss32", &w.epochs);
	w.val_loss = oracle_numbers(one, "val_loss32", &count);
	assert_true(w.epochs > 0 && count == w.epochs);
	w.best_epoch = oracle_whole(one, "best_epoch");
	w.start = oracle_numbers(one, "start", &w.parameters);
	w.best = oracle_numbers(one, "best32", &count);
	assert_true(w.parameters > 0 && count == w.parameters);
	return w;
}

static void wanted_free(struct wanted *w)
{
	free(w->loss);
	free(w->val_loss);
	free(w->start);
	free(w->best);
}

struct comparison {
	const struct wanted *wanted;
	gf_engine engine;
	size_t epochs;
};

static void assert_near(
	const struct comparison *c, const char *what, double found, double wanted, double tolerance)
{
	char text[128];

	snprintf(text, sizeof text, "%s: %s[%zu]", engine_word(c->engine), what, c->epochs);
	assert_close(text, found, wanted, tolerance * fabs(wanted));
}

static void compare_epoch(const gf_epoch *step, void *user)
{
	struct comparison *c = user;

	assert_int_equal(step->epoch, c->epochs);
	assert_in_range(step->epoch, 0, c->wanted->epochs - 1);
	assert_near(c, "loss", (double)step->loss, c->wanted->loss[step->epoch], 1e-5);
	assert_near(c, "val_loss", (double)step->val_loss, c->wanted->val_loss[step->epoch], 1e-5);
	c->epochs++;
}

static void compare_training(const struct wanted *w, const gf_dataset *data, gf_engine engine)
{
	struct comparison comparison = {.wanted = w, .engine = engine};
	gf_config config = w->config;
	gf_model *model = NULL;
	gf_report report;
	gf_error err = {0};
	size_t p;

	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = engine;
	config.check = engine == GF_ENGINE_reference ? GF_CHECK_off : GF_CHECK_every;
	config.on_epoch = compare_epoch;
	config.user = &comparison;
	if (gf_fit(&model, data, &config, &report, &err))
		fail_msg("%s: %s", engine_word(engine), err.message);
	assert_true(report.stopped_early);
	assert_int_equal(report.epochs, w->epochs);
	assert_int_equal(report.best_epoch, w->best_epoch);
	assert_int_equal(report.checked, engine == GF_ENGINE_reference ? 0 : report.steps);
	for (p = 0; p < w->parameters; p++)
		assert_near(&comparison, "parameter", (double)model->params[p], w->best[p], 1e-4);
	gf_model_free(model);
}

static void iris_stops_where_pytorch_does(void **state)
{
	struct oracle *oracle = oracle_open("iris.json");
	struct wanted w = wanted_of(oracle);
	gf_dataset *data = oracle_read_classes("data/iris.csv");
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++)
		compare_training(&w, data, ENGINES[i]);
	gf_dataset_free(data);
	wanted_free(&w);
	oracle_close(oracle);
}

/* The split is drawn before the start. */
static void iris_starts_with_the_bits_of_pytorch(void **state)
{
	struct oracle *oracle = oracle_open("iris.json");
	struct wanted w = wanted_of(oracle);
	gf_dataset *data = oracle_read_classes("data/iris.csv");
	gf_model *model = NULL;
	size_t p;

	(void)state;
	w.config.engine = GF_ENGINE_reference;
	w.config.epochs = 0;
	assert_int_equal(gf_fit(&model, data, &w.config, NULL, NULL), GF_OK);
	for (p = 0; p < w.parameters; p++)
		assert_same_float(model->params[p], (float)w.start[p], "start", p);
	gf_model_free(model);
	gf_dataset_free(data);
	wanted_free(&w);
	oracle_close(oracle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iris_starts_with_the_bits_of_pytorch),
		cmocka_unit_test(iris_stops_where_pytorch_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

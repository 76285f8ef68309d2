/*
 * test_records_digits.c: a hidden layer of 128 units on data/digits.csv, in shuffled mini-batches
 * of 128, starts with the bits of PyTorch's script and has its loss in every epoch.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture.h"
#include "model.h"
#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PyTorch's own runs in float32 and float64 differ by less than 3e-7 of a loss in these epochs.
 * Some epochs later a unit falls on the other side of relu's kink in one of them, and they differ
 * by 1e-4. */
#define LOSS_TOLERANCE 3e-6

/* Adam moves a parameter by up to lr at each step, whatever its gradient, so that a rounding of a
 * small gradient moves it by more than a rounding of itself: by a thousandth of a step. */
#define BIAS_TOLERANCE 1e-6

struct wanted {
	gf_config config;
	const char *start_bits; /* belongs to the record */
	double *loss, *biases;  /* (epochs), (outputs) */
	size_t epochs, outputs;
};

static struct wanted wanted_of(const struct oracle *oracle)
{
	const json_t *one = json_array_get(oracle->cases, 0);
	struct wanted w = {.config = oracle_config(one)};

	w.start_bits = oracle_text(one, "start_bits");
	w.loss = oracle_numbers(one, "loss32", &w.epochs);
	w.biases = oracle_numbers(one, "biases32", &w.outputs);
	assert_true(w.epochs == w.config.epochs && w.outputs == 10);
	return w;
}

static void wanted_free(struct wanted *w)
{
	free(w->loss);
	free(w->biases);
}

static gf_config config_of(const struct wanted *w, gf_engine engine)
{
	gf_config config = w->config;

	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = engine;
	config.check = engine == GF_ENGINE_reference ? GF_CHECK_off : GF_CHECK_ends;
	return config;
}

static void assert_start(const struct wanted *w, const gf_dataset *data)
{
	gf_config config = config_of(w, GF_ENGINE_reference);
	struct fit fit = new_fit(NULL, 0);
	const size_t P = (64 + 1) * 128 + (128 + 1) * 10;
	uint32_t *bits = calloc(P, sizeof *bits);
	char hash[32];

	assert_non_null(bits);
	config.epochs = 0;
	run_fit(&fit, data, config);
	memcpy(bits, fit.model->params, P * sizeof *bits);
	snprintf(hash, sizeof hash, "%016llx", (unsigned long long)hash_numbers(bits, P));
	assert_string_equal(hash, w->start_bits);
	free(bits);
	free_fit(&fit);
}

static void assert_training(const struct wanted *w, const gf_dataset *data, gf_engine engine)
{
	struct fit fit = new_fit(NULL, 0);
	const float *biases;
	size_t i;

	run_fit(&fit, data, config_of(w, engine));
	assert_int_equal(fit.epochs, w->epochs);
	for (i = 0; i < w->epochs; i++)
		assert_fit_close(&fit, "loss", (double)fit.losses[i], w->loss[i],
			LOSS_TOLERANCE * w->loss[i]);
	biases = fit.model->params + (64 + 1) * 128 + 128 * 10;
	for (i = 0; i < w->outputs; i++)
		assert_fit_close(&fit, "2.bias", (double)biases[i], w->biases[i], BIAS_TOLERANCE);
	free_fit(&fit);
}

static void digits_have_the_losses_of_pytorch(void **state)
{
	struct oracle *oracle = oracle_open("digits.json");
	struct wanted w = wanted_of(oracle);
	gf_dataset *data = oracle_read_classes("data/digits.csv");
	size_t i;

	(void)state;
	assert_start(&w, data);
	for (i = 0; i < COUNT(ENGINES); i++)
		assert_training(&w, data, ENGINES[i]);
	gf_dataset_free(data);
	wanted_free(&w);
	oracle_close(oracle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_have_the_losses_of_pytorch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

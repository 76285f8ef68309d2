/* test_search.c: gf_folds and gf_search_run do what gpufitcl_search.h promises. */
#include "fixture.h"

#include "dataset.h"
#include "gpufitcl_search.h"
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 53, FEATURES = 3, CLASSES = 3, FOLDS = 5 };

/* ---- data ---- */

/* Random features; the class depends on them, and classes have different numbers of rows. */
static gf_dataset *class_data(void)
{
	gf_dataset *random = random_data(ROWS, FEATURES, 1), *data = NULL;
	float y[ROWS];
	gf_arrays arrays = {.rows = ROWS,
		.features = FEATURES,
		.outputs = 1,
		.x = random->x,
		.y = y,
		.loss = GF_LOSS_cross_entropy,
		.classes = CLASSES};
	size_t i;

	for (i = 0; i < ROWS; i++)
		y[i] = random->x[i * FEATURES] > 0.3f ? 2.0f : (float)(i % 7 == 0);
	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	gf_dataset_free(random);
	return data;
}

/* The rows of data that are in the fold (inside 1), or not (0), in their order. */
static gf_dataset *rows_of(
	const gf_dataset *data, const uint32_t *fold, size_t index, int inside, gf_loss loss)
{
	float x[ROWS * FEATURES], y[ROWS];
	gf_arrays arrays = {.features = FEATURES,
		.outputs = 1,
		.x = x,
		.y = y,
		.loss = loss,
		.classes = data->classes};
	gf_dataset *chosen = NULL;
	size_t i;

	for (i = 0; i < data->rows; i++) {
		if ((fold[i] == index) != inside)
			continue;
		memcpy(x + arrays.rows * FEATURES, data->x + i * FEATURES, FEATURES * sizeof *x);
		y[arrays.rows++] = data->y[i];
	}
	assert_int_equal(gf_dataset_new(&chosen, &arrays, NULL), GF_OK);
	return chosen;
}

/* ---- folds ---- */

static void folds_and_their_classes_differ_by_one_row_at_most(void **state)
{
	gf_dataset *data = class_data();
	size_t counts[ROWS][CLASSES], k, f, c, i;
	uint32_t fold[ROWS];

	(void)state;
	for (k = 2; k <= ROWS; k++) {
		size_t least[CLASSES + 1], most[CLASSES + 1] = {0};

		memset(counts, 0, sizeof counts);
		memset(least, 0xff, sizeof least);
		assert_int_equal(gf_folds(fold, data, GF_LOSS_cross_entropy, k, 7, NULL), GF_OK);
		for (i = 0; i < ROWS; i++)
			counts[fold[i]][(size_t)data->y[i]]++;
		for (f = 0; f < k; f++) {
			size_t all = 0;

			for (c = 0; c <= CLASSES; c++) {
				const size_t n = c < CLASSES ? counts[f][c] : all;

				all += c < CLASSES ? n : 0;
				least[c] = n < least[c] ? n : least[c];
				most[c] = n > most[c] ? n : most[c];
			}
		}
		for (c = 0; c <= CLASSES; c++)
			assert_true(most[c] - least[c] <= 1);
	}
	gf_dataset_free(data);
}

static void numbers_are_dealt_in_the_order_of_randperm(void **state)
{
	gf_dataset *data = random_data(ROWS, FEATURES, 2);
	uint32_t fold[ROWS], order[ROWS];
	struct rng rng;
	size_t i;

	(void)state;
	rng_seed(&rng, 3);
	rng_permutation(&rng, order, ROWS);
	assert_int_equal(gf_folds(fold, data, GF_LOSS_mse, FOLDS, 3, NULL), GF_OK);
	for (i = 0; i < ROWS; i++)
		assert_int_equal(fold[order[i]], i % FOLDS);
	gf_dataset_free(data);
}

/* ---- a fold's training ---- */

static void assert_fold_is_a_training(const gf_dataset *data, const uint32_t *fold, size_t index,
	const gf_config *config, const gf_report *found)
{
	gf_dataset *train = rows_of(data, fold, index, 0, config->loss);
	gf_dataset *held_out = rows_of(data, fold, index, 1, config->loss);
	gf_report wanted;
	gf_model *model = fit_model(train, config, &wanted);
	const gf_metrics metrics = metrics_of(model, held_out);

	assert_int_equal(found->train_rows, train->rows);
	assert_int_equal(found->epochs, wanted.epochs);
	assert_same_float(found->loss, wanted.loss, "loss of fold", index);
	assert_true(found->r2 == wanted.r2 || (isnan(found->r2) && isnan(wanted.r2)));
	assert_true(found->accuracy == wanted.accuracy ||
		    (isnan(found->accuracy) && isnan(wanted.accuracy)));
	/* A float sum of 11 losses, each with a few roundings: 2^-20 leaves room. */
	assert_close(
		"val_loss", (double)found->val_loss, metrics.loss, 0x1p-20 * fabs(metrics.loss));
	if (data->classes)
		assert_true(found->val_accuracy == metrics.accuracy);
	gf_model_free(model);
	gf_dataset_free(train);
	gf_dataset_free(held_out);
}

/* The held-out rows must not choose an epoch: patience watches the training rows alone. */
static void each_fold_is_the_training_of_its_rows(void **state)
{
	static const gf_engine engines[] = {
		GF_ENGINE_streaming, GF_ENGINE_resident, GF_ENGINE_reference, GF_ENGINE_moments};
	gf_dataset *datas[] = {random_data(ROWS, FEATURES, 1), class_data()};
	uint32_t fold[ROWS];
	size_t e, d, f;

	(void)state;
	for (e = 0; e < COUNT(engines); e++)
		for (d = 0; d < (engines[e] == GF_ENGINE_moments ? 1 : COUNT(datas)); d++) {
			gf_config config = config_for(engines[e], 30);
			gf_search_options options = {
				.configs = &config, .count = 1, .folds = FOLDS};
			gf_search *search = NULL;
			gf_candidate c;

			config.loss = d ? GF_LOSS_cross_entropy : GF_LOSS_mse;
			config.standardize = d == 1;
			config.patience = 2;
			config.seed = 5;
			assert_int_equal(gf_search_run(&search, datas[d], &options, NULL), GF_OK);
			c = gf_search_candidate(search, 0);
			assert_int_equal(c.reports, FOLDS);
			gf_folds(fold, datas[d], config.loss, FOLDS, 5, NULL);
			for (f = 0; f < FOLDS; f++)
				assert_fold_is_a_training(datas[d], fold, f, &config, &c.report[f]);
			gf_search_free(search);
		}
	gf_dataset_free(datas[0]);
	gf_dataset_free(datas[1]);
}

static void means_and_deviations_are_those_of_the_folds(void **state)
{
	gf_dataset *data = random_data(ROWS, FEATURES, 1);
	gf_config config = config_for(GF_ENGINE_reference, 5);
	gf_search_options options = {.configs = &config, .count = 1, .folds = 2};
	gf_search *search = NULL;
	gf_candidate c;
	double a, b;

	(void)state;
	assert_int_equal(gf_search_run(&search, data, &options, NULL), GF_OK);
	c = gf_search_candidate(search, 0);
	a = (double)c.report[0].val_loss;
	b = (double)c.report[1].val_loss;
	/* Of two numbers the deviation is their distance over sqrt(2).  Doubles round a little. */
	assert_close("mean", c.val_loss.mean, (a + b) / 2, 1e-15 * (a + b));
	assert_close("deviation", c.val_loss.deviation, fabs(a - b) / sqrt(2), 1e-15 * (a + b));
	assert_true(isnan(c.accuracy.mean));
	assert_null(gf_search_model(search));
	gf_search_free(search);
	gf_dataset_free(data);
}

/* ---- many configurations ---- */

enum { MOST_CONFIGS = 8, CONFIGS_OF_MOMENTS = 6 /* that take all rows at a time */ };

/* Differ in what the training's rows depend on, too: what is shared must not be the wrong rows. */
static void vary(gf_config *configs, size_t count, gf_engine engine)
{
	size_t i;

	for (i = 0; i < count; i++) {
		configs[i] = config_for(engine, 20);
		configs[i].lr = 0.02 + 0.03 * (double)(i % 2);
		configs[i].standardize = i / 2 % 2 == 1;
		configs[i].validation = i >= 4 ? 0.25 : 0.0;
		configs[i].batch_size = i >= 6 ? 7 : 0;
		configs[i].shuffle = i >= 6;
		configs[i].seed = i;
	}
}

static void assert_same_training(
	const gf_search *search, size_t i, const gf_dataset *data, const gf_config *config)
{
	const gf_candidate c = gf_search_candidate(search, i);
	gf_report wanted;
	gf_model *model = fit_model(data, config, &wanted);

	assert_int_equal(c.reports, 1);
	assert_same_float(c.report->loss, wanted.loss, "loss", i);
	assert_same_float(c.report->first_loss, wanted.first_loss, "first loss", i);
	if (config->validation > 0.0)
		assert_same_float(c.report->val_loss, wanted.val_loss, "val_loss", i);
	if (i == gf_search_best(search))
		assert_same_params(gf_search_model(search), model->params);
	gf_model_free(model);
}

static void each_configuration_has_the_bits_of_its_own_training(void **state)
{
	static const gf_engine engines[] = {GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_resident,
		GF_ENGINE_reference, GF_ENGINE_moments};
	gf_dataset *data = random_data(ROWS, FEATURES, 1);
	gf_config configs[MOST_CONFIGS];
	size_t e, i;

	(void)state;
	for (e = 0; e < COUNT(engines); e++) {
		gf_search_options options = {.configs = configs,
			.count = engines[e] == GF_ENGINE_moments ? CONFIGS_OF_MOMENTS
								 : MOST_CONFIGS};
		gf_search *search = NULL;

		vary(configs, options.count, engines[e]);
		assert_int_equal(gf_search_run(&search, data, &options, NULL), GF_OK);
		for (i = 0; i < options.count; i++)
			assert_same_training(search, i, data, &configs[i]);
		gf_search_free(search);
	}
	gf_dataset_free(data);
}

static void the_best_is_trained_on_all_rows_afterwards(void **state)
{
	gf_dataset *data = class_data();
	gf_config configs[2] = {config_for(GF_ENGINE_auto, 2), config_for(GF_ENGINE_auto, 50)};
	gf_search_options options = {.configs = configs, .count = 2, .folds = 3, .refit = 1};
	gf_search *search = NULL;
	gf_model *model;

	(void)state;
	configs[0].loss = configs[1].loss = GF_LOSS_cross_entropy;
	assert_int_equal(gf_search_run(&search, data, &options, NULL), GF_OK);
	assert_int_equal(gf_search_best(search), 1);
	model = fit_model(data, &configs[1], NULL);
	assert_same_params(gf_search_model(search), model->params);
	assert_string_equal(gf_model_class_name(gf_search_model(search), 1), "1");
	gf_model_free(model);
	gf_search_free(search);
	gf_dataset_free(data);
}

static void a_divergence_fails_its_configuration_alone(void **state)
{
	gf_dataset *data = notebook_data();
	gf_config configs[3] = {config_for(GF_ENGINE_resident, 50),
		config_for(GF_ENGINE_resident, 50), config_for(GF_ENGINE_resident, 50)};
	gf_search_options options = {.configs = configs, .count = 3, .folds = 2};
	gf_search *search = NULL;
	gf_error err;

	(void)state;
	configs[0].lr = configs[2].lr = 100;
	assert_int_equal(gf_search_run(&search, data, &options, NULL), GF_OK);
	assert_int_equal(gf_search_best(search), 1);
	assert_int_equal(gf_search_candidate(search, 0).status, GF_E_DIVERGED);
	assert_begins(gf_search_candidate(search, 2).message, "training diverged: ");
	assert_int_equal(gf_search_candidate(search, 1).reports, 2);
	gf_search_free(search);
	configs[1].lr = 100;
	assert_int_equal(gf_search_run(&search, data, &options, &err), GF_E_DIVERGED);
	assert_begins(err.message, "all 3 configurations diverged; the first: training diverged");
	assert_int_equal(gf_search_best(search), SIZE_MAX);
	gf_search_free(search);
	gf_dataset_free(data);
}

static int stop_in_the_last_fold(void *user)
{
	return *(const size_t *)user >= 5;
}

static void count_trainings(size_t done, size_t total, void *user)
{
	assert_int_equal(total, 6);
	*(size_t *)user = done;
}

static void an_interrupted_search_has_the_folds_that_all_have_trained(void **state)
{
	gf_dataset *data = random_data(ROWS, FEATURES, 1);
	size_t done = 0, i;
	gf_config configs[2] = {
		config_for(GF_ENGINE_reference, 3), config_for(GF_ENGINE_reference, 5)};
	gf_search_options options = {.configs = configs,
		.count = 2,
		.folds = 3,
		.on_training = count_trainings,
		.user = &done};
	gf_search *search = NULL;
	gf_error err;

	(void)state;
	for (i = 0; i < 2; i++) {
		configs[i].stop = stop_in_the_last_fold;
		configs[i].user = &done;
	}
	assert_int_equal(gf_search_run(&search, data, &options, &err), GF_E_INTERRUPTED);
	assert_string_equal(err.message, "interrupted after 5 of 6 trainings");
	assert_int_equal(gf_search_candidate(search, 0).reports, 2);
	assert_int_equal(gf_search_candidate(search, 1).reports, 2);
	assert_int_equal(gf_search_best(search), 1);
	gf_search_free(search);
	gf_dataset_free(data);
}

static void what_contradicts_folds_is_refused(void **state)
{
	gf_dataset *data = notebook_data();
	gf_config config = config_for(GF_ENGINE_reference, 1);
	gf_search_options options = {.configs = &config, .count = 1, .folds = 8};
	gf_search *search = NULL;
	gf_error err;

	(void)state;
	assert_int_equal(gf_search_run(&search, data, &options, &err), GF_E_USAGE);
	assert_begins(err.message, "folds is 8; wanted: at least 2, and at most the rows, which "
				   "are 7");
	assert_null(search);
	config.validation = 0.5;
	assert_int_equal(gf_search_run(&search, data, &options, &err), GF_E_USAGE);
	assert_begins(err.message, "folds and validation: ");
	options.count = 0;
	assert_int_equal(gf_search_run(&search, data, &options, &err), GF_E_USAGE);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds_and_their_classes_differ_by_one_row_at_most),
		cmocka_unit_test(numbers_are_dealt_in_the_order_of_randperm),
		cmocka_unit_test(each_fold_is_the_training_of_its_rows),
		cmocka_unit_test(means_and_deviations_are_those_of_the_folds),
		cmocka_unit_test(each_configuration_has_the_bits_of_its_own_training),
		cmocka_unit_test(the_best_is_trained_on_all_rows_afterwards),
		cmocka_unit_test(a_divergence_fails_its_configuration_alone),
		cmocka_unit_test(an_interrupted_search_has_the_folds_that_all_have_trained),
		cmocka_unit_test(what_contradicts_folds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

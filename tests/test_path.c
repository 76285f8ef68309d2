/* test_path.c: gf_path_run does what gpufitcl_search.h promises. */
#include "fixture.h"

#include "dataset.h"
#include "gpufitcl_search.h"
#include "model.h"

#include <math.h>

enum { ROWS = 53, FEATURES = 3 };

/* The largest slope of the penalised loss at the point's model, along parameters as they were
 * trained, in double. */
static double slope_left(const gf_dataset *data, const gf_model *model, double l1)
{
	double slopes[FEATURES + 1] = {0}, largest;
	size_t i, j;

	for (i = 0; i < data->rows; i++) {
		const float *x = data->x + i * FEATURES;
		double z = (double)model->params[FEATURES];

		for (j = 0; j < FEATURES; j++)
			z += (double)model->params[j] * (double)x[j];
		for (j = 0; j <= FEATURES; j++)
			slopes[j] += 2.0 * (z - (double)data->y[i]) *
				     (j < FEATURES ? (double)x[j] : 1.0) / (double)data->rows;
	}
	largest = fabs(slopes[FEATURES]);
	for (j = 0; j < FEATURES; j++) {
		const double w = (double)model->params[j];
		const double left = w != 0.0 ? fabs(slopes[j] + copysign(l1, w))
					     : fmax(fabs(slopes[j]) - l1, 0.0);

		largest = fmax(largest, left);
	}
	return largest;
}

static void each_point_of_a_path_is_a_minimum(void **state)
{
	gf_dataset *data = random_data(ROWS, FEATURES, 1);
	gf_config config = config_for(GF_ENGINE_auto, 5000);
	const gf_path_options options = {.penalty = GF_PENALTY_l1, .points = 9};
	gf_path *path = NULL;
	double before = INFINITY, largest;
	size_t i;

	(void)state;
	config.lr = GF_DEFAULT;
	assert_int_equal(gf_path_run(&path, data, &config, &options, NULL), GF_OK);
	assert_true(gf_path_count(path) >= 5);
	largest = gf_path_at(path, 0).penalty;
	for (i = 0; i < gf_path_count(path); i++) {
		const gf_path_point p = gf_path_at(path, i);

		assert_true(p.converged && p.penalty < before && p.nonzeros <= FEATURES);
		assert_int_equal(p.nonzeros == 0, i == 0);
		/* The tolerance, and roundings of slopes to floats: 2^-20 of the largest. */
		assert_true(slope_left(data, p.model, p.penalty) <= (1e-5 + 0x1p-20) * largest);
		assert_true(p.deviance_ratio > -1e-6 && p.deviance_ratio < 1.0);
		before = p.penalty;
	}
	assert_true(
		slope_left(data, gf_path_at(path, 0).model, 0.999 * largest) > 0.0005 * largest);
	assert_int_equal(gf_path_best(path), SIZE_MAX);
	gf_path_free(path);
	gf_dataset_free(data);
}

/* Random features, offsets and weights, and targets that every loss of a path takes. */
static gf_dataset *weighted_data(gf_loss loss, int has_offset, int has_weights)
{
	float x[ROWS * FEATURES], y[ROWS], offset[ROWS], weights[ROWS];
	const gf_arrays arrays = {.rows = ROWS,
		.features = FEATURES,
		.outputs = 1,
		.x = x,
		.y = y,
		.offset = has_offset ? offset : NULL,
		.weights = has_weights ? weights : NULL,
		.loss = loss};
	gf_dataset *data = NULL;
	struct rng rng;
	size_t i;

	rng_seed(&rng, 11);
	random_floats(&rng, x, ROWS * FEATURES, 1.0f);
	random_floats(&rng, offset, ROWS, 1.0f);
	for (i = 0; i < ROWS; i++) {
		const int classes = loss == GF_LOSS_bce || loss == GF_LOSS_cross_entropy;

		y[i] = classes ? (float)(x[i * FEATURES] > 0.5f) : (float)(1 + i % 5);
		weights[i] = (float)(i % 4);
	}
	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	return data;
}

/* A bias that is not the best would have a slope, and the training an epoch. */
static void a_path_begins_at_the_best_model_without_weights(void **state)
{
	static const gf_loss losses[] = {GF_LOSS_mse, GF_LOSS_bce, GF_LOSS_cross_entropy,
		GF_LOSS_poisson, GF_LOSS_gamma, GF_LOSS_tweedie};
	const gf_path_options options = {.penalty = GF_PENALTY_l1, .points = 2};
	size_t i, way;

	(void)state;
	for (i = 0; i < COUNT(losses); i++)
		for (way = 0; way < 8; way++) {
			const int has_offset = (way & 1) && losses[i] != GF_LOSS_cross_entropy;
			gf_dataset *data = weighted_data(losses[i], has_offset, (way & 2) != 0);
			gf_config config = config_for(GF_ENGINE_reference, 3);
			gf_path *path = NULL;
			gf_path_point first;

			config.loss = losses[i];
			config.standardize = (way & 4) != 0;
			config.power = 1.4;
			config.lr = 0.01;
			assert_int_equal(gf_path_run(&path, data, &config, &options, NULL), GF_OK);
			first = gf_path_at(path, 0);
			assert_int_equal(first.nonzeros, 0);
			assert_int_equal(first.epochs, 0);
			/* The loss is a float near 1, and the null model's bias a float. */
			assert_close("deviance_ratio", first.deviance_ratio, 0.0, 1e-5);
			assert_true(gf_path_at(path, 1).nonzeros > 0);
			gf_path_free(path);
			gf_dataset_free(data);
		}
}

static void folds_choose_a_penalty(void **state)
{
	gf_dataset *data = weighted_data(GF_LOSS_cross_entropy, 0, 0);
	gf_config config = config_for(GF_ENGINE_auto, 2000);
	const gf_path_options options = {
		.penalty = GF_PENALTY_l1, .points = 6, .ratio = 0.05, .folds = 5};
	gf_path *path = NULL;
	gf_path_point best, simplest;
	size_t i;

	(void)state;
	config.lr = GF_DEFAULT;
	config.loss = GF_LOSS_cross_entropy;
	config.standardize = 1;
	assert_int_equal(gf_path_run(&path, data, &config, &options, NULL), GF_OK);
	best = gf_path_at(path, gf_path_best(path));
	simplest = gf_path_at(path, gf_path_simplest(path));
	assert_true(simplest.penalty >= best.penalty);
	assert_true(simplest.val_loss <= best.val_loss + best.val_loss_error);
	for (i = 0; i < gf_path_count(path); i++) {
		assert_true(gf_path_at(path, i).val_loss >= best.val_loss);
		assert_true(gf_path_at(path, i).val_loss_error > 0.0);
	}
	gf_path_free(path);
	gf_dataset_free(data);
}

static void what_a_path_has_no_use_for_is_refused(void **state)
{
	gf_dataset *data = notebook_data();
	gf_path_options options = {.penalty = GF_PENALTY_l1};
	const float x[] = {1, 2}, y[] = {3, 3};
	gf_dataset *constant = new_data(2, 1, 1, x, y);
	gf_config config;
	gf_path *path = NULL;
	gf_error err;

	(void)state;
	config = config_for(GF_ENGINE_reference, 1);
	config.loss = GF_LOSS_l1;
	assert_int_equal(gf_path_run(&path, data, &config, &options, &err), GF_E_USAGE);
	assert_begins(err.message, "path: loss l1 has no deviance");
	config = config_for(GF_ENGINE_reference, 1);
	assert_int_equal(gf_path_run(&path, constant, &config, &options, &err), GF_E_DATA);
	assert_begins(err.message, "path: a bias alone predicts the targets");
	options.points = 1;
	assert_int_equal(gf_path_run(&path, data, &config, &options, &err), GF_E_USAGE);
	assert_null(path);
	gf_dataset_free(constant);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_point_of_a_path_is_a_minimum),
		cmocka_unit_test(a_path_begins_at_the_best_model_without_weights),
		cmocka_unit_test(folds_choose_a_penalty),
		cmocka_unit_test(what_a_path_has_no_use_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

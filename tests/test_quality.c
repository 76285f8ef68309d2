/* test_quality.c: R^2 and accuracy in the report of a training are those of gf_evaluate. */
#include "fixture.h"

#include "dataset.h"
#include "reference_step.h"
#include "model.h"
#include "order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Equal numbers, or NaN for NaN. */
static void assert_same_number(double found, double wanted, const char *what)
{
	if (!(found >= wanted && found <= wanted) && !(isnan(found) && isnan(wanted)))
		fail_msg("%s: %.17g; wanted: %.17g", what, found, wanted);
}

/* Turns random numbers into targets for the loss. */
static void make_targets(gf_dataset *data, gf_loss loss)
{
	size_t i;

	for (i = 0; i < data->rows * data->outputs; i++)
		if (loss == GF_LOSS_bce || loss == GF_LOSS_hinge || loss == GF_LOSS_cross_entropy)
			data->y[i] = data->y[i] > 0.0f       ? 1.0f
				     : loss == GF_LOSS_hinge ? -1.0f
							     : 0.0f;
		else if (loss == GF_LOSS_poisson)
			data->y[i] = floorf(fabsf(4.0f * data->y[i]));
}

/* The report of a training and gf_evaluate agree on R^2 and accuracy. */
static void compare(struct shape s, gf_config config)
{
	gf_dataset *data = random_data(s.rows, s.features, s.outputs);
	struct fit fit = new_fit(NULL, 0);
	gf_metrics metrics;

	make_targets(data, config.loss);
	run_fit(&fit, data, config);
	assert_int_equal(gf_evaluate(fit.model, data, &config, &metrics, NULL), GF_OK);
	assert_same_number(fit.report.r2, metrics.r2, "r2");
	assert_same_number(fit.report.accuracy, metrics.accuracy, "accuracy");
	assert_true(isnan(fit.report.r2) != isnan(fit.report.accuracy));
	assert_true(isnan(fit.report.val_r2) && isnan(fit.report.val_accuracy));
	free_fit(&fit);
	gf_dataset_free(data);
}

static void the_report_has_the_numbers_of_evaluate(void **state)
{
	static const gf_loss losses[] = {GF_LOSS_mse, GF_LOSS_l1, GF_LOSS_poisson, GF_LOSS_bce,
		GF_LOSS_hinge, GF_LOSS_cross_entropy};
	size_t e, l;

	(void)state;
	for (l = 0; l < COUNT(losses); l++)
		for (e = 0; e < 2; e++) {
			gf_config config =
				config_for(e ? GF_ENGINE_reference : GF_ENGINE_streaming, 30);

			config.loss = losses[l];
			config.standardize = l % 2 == 0;
			compare((struct shape){61, 5, 1}, config);
		}
	compare((struct shape){61, 3, 2}, config_for(GF_ENGINE_reference, 30));
}

/* There are more rows than the host measures, and more outputs than are read back at a time. */
static void many_rows_are_measured_by_the_device_in_pieces(void **state)
{
	(void)state;
	compare((struct shape){350000, 2, 3}, config_for(GF_ENGINE_streaming, 2));
}

static gf_dataset *part_of(const gf_dataset *all, size_t first, size_t rows)
{
	gf_dataset *part;
	const gf_arrays arrays = {.rows = rows,
		.features = all->features,
		.outputs = all->outputs,
		.x = all->x + first * all->features,
		.y = all->y + first * all->outputs};

	assert_int_equal(gf_dataset_new(&part, &arrays, NULL), GF_OK);
	return part;
}

static void validation_rows_have_numbers_of_their_own(void **state)
{
	gf_dataset *all = random_data(50, 3, 1);
	gf_dataset *data = part_of(all, 0, 40), *others = part_of(all, 40, 10);
	gf_config config = config_for(GF_ENGINE_reference, 20);
	struct fit fit = new_fit(NULL, 0);
	gf_metrics metrics;

	(void)state;
	config.validation_data = others;
	run_fit(&fit, data, config);
	assert_int_equal(gf_evaluate(fit.model, data, &config, &metrics, NULL), GF_OK);
	assert_same_number(fit.report.r2, metrics.r2, "r2");
	assert_int_equal(gf_evaluate(fit.model, others, &config, &metrics, NULL), GF_OK);
	assert_same_number(fit.report.val_r2, metrics.r2, "val_r2");
	free_fit(&fit);
	gf_dataset_free(others);
	gf_dataset_free(data);
	gf_dataset_free(all);
}

static void a_failed_training_has_no_numbers(void **state)
{
	gf_dataset *data = random_data(20, 3, 1);
	gf_config config = config_for(GF_ENGINE_reference, 2000);
	struct fit fit = new_fit(NULL, 0);

	(void)state;
	config.lr = 100.0;
	assert_int_equal(try_fit(&fit, data, config), GF_E_DIVERGED);
	assert_true(isnan(fit.report.r2) && isnan(fit.report.accuracy));
	free_fit(&fit);
	gf_dataset_free(data);
}

static void the_host_follows_the_order_of_sums(void **state)
{
	static const size_t features[] = {1, 2, 3, 5, 8, 9, 16, 17, 40};
	size_t f, i, k;

	(void)state;
	for (f = 0; f < COUNT(features); f++) {
		const size_t D = features[f];
		gf_dataset *data = random_data(7, D, 2);
		const struct problem problem = {.data = data, .outputs = 2};
		gf_model *model = new_model(D, 2);
		float z[2 * 7];

		init_params(model, f);
		forward_outputs(&problem, model->params, 2, 5, z);
		for (i = 0; i < 5; i++)
			for (k = 0; k < 2; k++)
				assert_same_float(z[i * 2 + k],
					order_output(&problem, model->params, 2 + i, k), "output",
					i);
		gf_model_free(model);
		gf_dataset_free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_has_the_numbers_of_evaluate),
		cmocka_unit_test(many_rows_are_measured_by_the_device_in_pieces),
		cmocka_unit_test(validation_rows_have_numbers_of_their_own),
		cmocka_unit_test(a_failed_training_has_no_numbers),
		cmocka_unit_test(the_host_follows_the_order_of_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

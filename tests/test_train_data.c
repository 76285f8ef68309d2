/* test_train_data.c: balanced classes get the weights that the numbers of their rows ask for. */
#include "fixture.h"

#include "dataset.h"
#include "train_data.h"

#include <stdlib.h>

static void classes_are_balanced_without_rows_of_weight_0(void **state)
{
	const float x[] = {1, 2, 3, 4, 5}, y[] = {0, 1, 0, 0, 0};
	gf_dataset *data = new_data(5, 1, 1, x, y);
	gf_config config = config_for(GF_ENGINE_reference, 1);
	struct train_data train_data;

	(void)state;
	config.loss = GF_LOSS_bce;
	config.class_weight = GF_CLASS_WEIGHT_balanced;
	data->weights = calloc(5, sizeof *data->weights);
	assert_non_null(data->weights);
	data->weights[0] = data->weights[1] = data->weights[2] = 1.0f;
	assert_int_equal(train_data_new(&train_data, data, &config, 1, NULL, NULL), GF_OK);
	assert_close(
		"weight of a row whose class has two", (double)train_data.weights[0], 0.75, 1e-7);
	assert_close(
		"weight of the row whose class has one", (double)train_data.weights[1], 1.5, 1e-7);
	assert_close("weight of a row of weight 0", (double)train_data.weights[4], 0.0, 0.0);
	train_data_free(&train_data);
	gf_dataset_free(data);
}

/* A sum of ones in float would stop at 2^24. */
static void classes_are_counted_beyond_2_24(void **state)
{
	const size_t many = ((size_t)1 << 24) + ((size_t)1 << 20), few = (size_t)1 << 20;
	gf_dataset *data;
	gf_config config = config_for(GF_ENGINE_reference, 1);
	struct train_data train_data;

	(void)state;
	assert_int_equal(dataset_alloc(&data, many + few, 1, 1, NULL), GF_OK);
	for (size_t i = many; i < many + few; i++)
		data->y[i] = 1.0f;
	config.loss = GF_LOSS_cross_entropy;
	config.class_weight = GF_CLASS_WEIGHT_balanced;
	assert_int_equal(train_data_new(&train_data, data, &config, 2, NULL, NULL), GF_OK);
	assert_close(
		"weight of class 0", (double)train_data.class_weights[0], 18.0 / 17.0 / 2.0, 1e-7);
	assert_close("weight of class 1", (double)train_data.class_weights[1], 9.0, 1e-6);
	train_data_free(&train_data);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_balanced_without_rows_of_weight_0),
		cmocka_unit_test(classes_are_counted_beyond_2_24),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

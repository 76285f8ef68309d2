/* test_train_data.c: balanced classes get the weights that the numbers of their rows ask for, and
 * named ones those of the list. */
#include "fixture.h"
#include "scratch.h"

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

/* ---- weights by name ---- */

static const char *const NAMES[] = {"a=b", "no", "yes, \"sir\""};

static gf_dataset *named_data(size_t classes)
{
	const float x[] = {1, 2, 3, 4}, y[] = {0, 1, (float)(classes - 1), 1};
	const gf_arrays arrays = {.rows = 4,
		.features = 1,
		.outputs = 1,
		.x = x,
		.y = y,
		.classes = classes,
		.class_names = NAMES};
	gf_dataset *data;

	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	return data;
}

static gf_status weigh(
	struct train_data *t, const gf_dataset *data, gf_loss loss, const char *list, gf_error *err)
{
	gf_config config = config_for(GF_ENGINE_reference, 1);

	config.loss = loss;
	config.class_weights = list;
	return train_data_new(t, data, &config, loss == GF_LOSS_cross_entropy ? 3 : 1, NULL, err);
}

static void a_list_gives_the_weights_of_the_classes_that_it_names(void **state)
{
	static const struct {
		const char *list;
		float wanted[3];
	} cases[] = {
		{"no=2.5", {1, 2.5f, 1}},
		{"a=b=0,no=3", {0, 3, 1}},
		{"\"yes, \"\"sir\"\"\"=0.25,\"no\"=1e3", {1, 1000, 0.25f}},
	};
	gf_dataset *data = named_data(3);
	struct train_data t;
	size_t i, c;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
			weigh(&t, data, GF_LOSS_cross_entropy, cases[i].list, NULL), GF_OK);
		for (c = 0; c < 3; c++)
			assert_same_float(t.class_weights[c], cases[i].wanted[c], cases[i].list, c);
		train_data_free(&t);
	}
	gf_dataset_free(data);
}

static void the_rows_of_two_classes_get_their_weights(void **state)
{
	static const float wanted[] = {0.5f, 3, 3, 3};
	gf_dataset *data = named_data(2);
	struct train_data t;
	size_t i;

	(void)state;
	assert_int_equal(weigh(&t, data, GF_LOSS_bce, "no=3,a=b=0.5", NULL), GF_OK);
	for (i = 0; i < 4; i++)
		assert_same_float(t.weights[i], wanted[i], "weight of row", i);
	train_data_free(&t);
	gf_dataset_free(data);
}

static void classes_without_names_are_called_by_their_targets(void **state)
{
	const float x[] = {1, 2}, y[] = {-1, 1};
	gf_dataset *data = new_data(2, 1, 1, x, y);
	struct train_data t;

	(void)state;
	assert_int_equal(weigh(&t, data, GF_LOSS_hinge, "-1=4", NULL), GF_OK);
	assert_true(t.weights[0] == 4.0f && t.weights[1] == 1.0f);
	train_data_free(&t);
	gf_dataset_free(data);
}

static void weights_refused(const gf_dataset *data, const char *list, const char *message)
{
	struct train_data t;
	gf_error err = {0};

	assert_failure(
		weigh(&t, data, GF_LOSS_cross_entropy, list, &err), &err, GF_E_USAGE, message);
	train_data_free(&t);
}

static void a_list_that_fits_no_classes_is_refused(void **state)
{
	gf_dataset *data = named_data(3);

	(void)state;
	weights_refused(data, "yes=2",
		"class_weight: there is no class \"yes\"; the classes are \"a=b\", \"no\", "
		"\"yes, \\\"sir\\\"\"");
	weights_refused(data, "no=2,\"no\"=3", "class_weight: the class \"no\" has two weights");
	weights_refused(
		data, "no=0,\"yes, \"\"sir\"\"\"=0,a=b=0", "class_weight: all classes weigh 0");
	gf_dataset_free(data);
}

static void rows_find_their_places_a_part_at_a_time(void **state)
{
	enum { ROWS = 7, FEATURES = 2 };
	static const uint32_t places[ROWS] = {3, 0, 6, 2, 1, 5, 4};
	gf_dataset *from, *to;

	(void)state;
	assert_int_equal(dataset_alloc(&from, ROWS, FEATURES, 1, NULL), GF_OK);
	for (size_t i = 0; i < ROWS * FEATURES; i++)
		from->x[i] = (float)i + 0.5f;
	for (size_t at_once = 1; at_once <= ROWS + 1; at_once++) {
		assert_int_equal(dataset_alloc(&to, ROWS, FEATURES, 1, NULL), GF_OK);
		train_data_place(to, from, places, at_once);
		for (size_t i = 0; i < ROWS; i++)
			assert_memory_equal(to->x + places[i] * FEATURES, from->x + i * FEATURES,
				FEATURES * sizeof *to->x);
		gf_dataset_free(to);
	}
	gf_dataset_free(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_find_their_places_a_part_at_a_time),
		cmocka_unit_test(classes_are_balanced_without_rows_of_weight_0),
		cmocka_unit_test(classes_are_counted_beyond_2_24),
		cmocka_unit_test(a_list_gives_the_weights_of_the_classes_that_it_names),
		cmocka_unit_test(the_rows_of_two_classes_get_their_weights),
		cmocka_unit_test(classes_without_names_are_called_by_their_targets),
		cmocka_unit_test(a_list_that_fits_no_classes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_sparse.c: sparse rows give the bits of the plain loops in order.c over dense ones, whose
 * zeros they leave out; and svmlight files are kept sparse on request.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"
#include "csv_rows.h"
#include "scratch.h"
#include "table_read.h"

#include <stdlib.h>
#include <string.h>

/* ---- zeros ---- */

/* Returns 1 for a number that is kept: those of column 5 and of each 17th row are not, those of
 * column 7 are in few blocks, so that its tree has gaps, and column 2 has no gaps. */
static int is_kept(size_t row, size_t column)
{
	const uint32_t mixed = (uint32_t)(row * 40503u + column * 2654435761u) >> 7;

	if (column == 5 || row % 17 == 3)
		return 0;
	if (column == 7)
		return row % 449 < 3;
	return column == 2 || mixed % 8 == 0;
}

static gf_dataset *data_of(const struct training *t)
{
	return (gf_dataset *)t->problem.data;
}

static void leave_out_numbers(const struct training *t)
{
	gf_dataset *data = data_of(t);
	size_t i, j;

	for (i = 0; i < data->rows; i++)
		for (j = 0; j < data->features; j++)
			if (!is_kept(i, j))
				data->x[i * data->features + j] = 0.0f;
}

static struct sparse_rows *sparse_of(const gf_dataset *data)
{
	struct sparse_rows *s;

	assert_int_equal(sparse_rows_of(&s, data->x, data->rows, data->features, NULL), GF_OK);
	return s;
}

/* ---- steps ---- */

/* Steps that are not recorded may leave features alone that the rows of a batch do not have. */
static void assert_end_is_same_unrecorded(struct engine *engine, const struct training *t)
{
	struct outcome found = new_outcome(t);

	assert_int_equal(engine_set(engine, t->start, t->start_state, NULL), GF_OK);
	run_steps(engine, t, 0, t->setup.steps, 0, &found);
	assert_int_equal(engine_get(engine, found.end, found.end_state, NULL), GF_OK);
	assert_same_end(t, &found, &t->expected);
	free_outcome(&found);
}

static void assert_bits(const struct setup *setup, gf_kernels kernels)
{
	struct training *t = new_training(setup);
	struct engine *engine;
	float *x;

	leave_out_numbers(t);
	expect_training(t);
	data_of(t)->sparse = sparse_of(t->problem.data);
	x = data_of(t)->x;
	data_of(t)->x = NULL;
	engine = open_engine(t, GF_ENGINE_streaming, (struct tuning){.kernels = kernels});
	assert_training_matches(engine, t, setup->steps);
	assert_end_is_same_unrecorded(engine, t);
	assert_int_equal(engine_audit(engine, NULL), GF_OK);
	engine_close(engine);
	data_of(t)->x = x;
	free_training(t);
}

/* One block, whole blocks, a block and a row, and many blocks. */
static void sparse_rows_have_the_bits_of_dense_ones(void **state)
{
	static const struct shape shapes[] = {
		{1, 9, 1}, {64, 16, 1}, {65, 17, 1}, {5000, 40, 1}, {999, 300, 1}};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shapes); i++) {
		const struct setup setup = {.shape = shapes[i],
			.loss = GF_LOSS_mse,
			.update = {.optimizer = GF_OPTIMIZER_sgd},
			.steps = 2};

		assert_bits(&setup, GF_KERNELS_cpu);
		assert_bits(&setup, GF_KERNELS_gpu);
	}
}

/* Rows that validate, weights, offsets and penalties, and the update's norm. */
static void sparse_rows_take_weights_offsets_and_clipping(void **state)
{
	const struct setup setup = {.shape = {700, 30, 2},
		.loss = GF_LOSS_bce,
		.update = {.optimizer = GF_OPTIMIZER_adam, .clip_norm = 1},
		.extra_rows = 75,
		.weighted = 1,
		.offset = 1,
		.penalised = 1,
		.steps = 3};

	(void)state;
	assert_bits(&setup, GF_KERNELS_cpu);
	assert_bits(&setup, GF_KERNELS_gpu);
}

static void sparse_rows_have_softmax(void **state)
{
	const struct setup setup = {.shape = {300, 20, 3},
		.loss = GF_LOSS_cross_entropy,
		.update = {.optimizer = GF_OPTIMIZER_sgd},
		.extra_rows = 20,
		.weighted = 1,
		.class_weights = 1,
		.steps = 2};

	(void)state;
	assert_bits(&setup, GF_KERNELS_cpu);
	assert_bits(&setup, GF_KERNELS_gpu);
}

/* Batches of a row, of some, of a block, of many blocks; the last one of an epoch is smaller. */
static void batches_have_the_bits_of_dense_ones(void **state)
{
	static const struct {
		struct shape shape;
		size_t batch_size, steps;
	} cases[] = {{{20, 30, 1}, 1, 41}, {{100, 30, 2}, 7, 31}, {{300, 9, 1}, 64, 11},
		{{5000, 40, 1}, 4500, 3}};
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(cases); i++) {
		const struct setup setup = {.shape = cases[i / 2].shape,
			.loss = GF_LOSS_mse,
			.update = {.optimizer = GF_OPTIMIZER_sgd},
			.batch_size = cases[i / 2].batch_size,
			.shuffled = i % 2,
			.steps = cases[i / 2].steps};

		assert_bits(&setup, GF_KERNELS_cpu);
		assert_bits(&setup, GF_KERNELS_gpu);
	}
}

/* Optimisers that move every parameter in each step, and what else rows have. */
static void batches_take_weights_offsets_and_clipping(void **state)
{
	struct setup setup = {.shape = {300, 30, 2},
		.loss = GF_LOSS_bce,
		.update = {.optimizer = GF_OPTIMIZER_adam, .clip_norm = 1},
		.batch_size = 70,
		.extra_rows = 75,
		.drop_last = 1,
		.weighted = 1,
		.offset = 1,
		.penalised = 1,
		.steps = 9};

	(void)state;
	for (setup.shuffled = 0; setup.shuffled < 2; setup.shuffled++) {
		assert_bits(&setup, GF_KERNELS_cpu);
		assert_bits(&setup, GF_KERNELS_gpu);
	}
}

static void batches_have_softmax(void **state)
{
	struct setup setup = {.shape = {300, 20, 3},
		.loss = GF_LOSS_cross_entropy,
		.update = {.optimizer = GF_OPTIMIZER_sgd},
		.batch_size = 33,
		.extra_rows = 20,
		.weighted = 1,
		.class_weights = 1,
		.penalised = 1,
		.steps = 12};

	(void)state;
	for (setup.shuffled = 0; setup.shuffled < 2; setup.shuffled++) {
		assert_bits(&setup, GF_KERNELS_cpu);
		setup.penalised = 0;
		assert_bits(&setup, GF_KERNELS_gpu);
	}
}

/* ---- files ---- */

#define FILE_NAME "f.svm"

static const char *read_sparse(gf_dataset **data, const char *text, const char *features)
{
	static gf_error err;
	struct read_options options = csv_plain;

	err = (gf_error){.status = GF_OK};
	options.sparse = 1;
	options.features = features;
	scratch_write(FILE_NAME, text, strlen(text));
	return table_read(data, FILE_NAME, &options, &err) ? err.message : NULL;
}

static void files_are_kept_sparse(void **state)
{
	static const uint64_t STARTS[] = {0, 2, 2, 4};
	static const uint32_t INDICES[] = {0, 8, 2, 3};
	static const float VALUES[] = {5, 2, 1, -3};
	const uint64_t *start;
	const uint32_t *index;
	const float *value;
	gf_dataset *data;

	(void)state;
	assert_null(read_sparse(&data, "1 9:2 1:5\n-1\n3 3:1 4:-3 6:0\n", NULL));
	assert_int_equal(gf_dataset_features(data), 9);
	assert_null(gf_dataset_x(data));
	assert_true(gf_dataset_sparse(data, &start, &index, &value));
	assert_memory_equal(start, STARTS, sizeof STARTS);
	assert_memory_equal(index, INDICES, sizeof INDICES);
	assert_memory_equal(value, VALUES, sizeof VALUES);
	assert_true(gf_dataset_y(data)[1] == -1.0f);
	gf_dataset_free(data);
}

static void chosen_features_stand_in_their_order(void **state)
{
	static const uint32_t INDICES[] = {0, 8};
	static const float VALUES[] = {7, 5};
	const uint64_t *start;
	const uint32_t *index;
	const float *value;
	gf_dataset *data;

	(void)state;
	assert_null(read_sparse(&data, "1 1:5 2:6 11:7\n",
		"column11,column3,column4,column5,column6,column7,column8,column9,column1"));
	assert_true(gf_dataset_sparse(data, &start, &index, &value));
	assert_int_equal(start[1], 2);
	assert_memory_equal(index, INDICES, sizeof INDICES);
	assert_memory_equal(value, VALUES, sizeof VALUES);
	gf_dataset_free(data);
}

static void what_cannot_be_sparse_is_refused(void **state)
{
	gf_dataset *data;

	(void)state;
	assert_string_equal(read_sparse(&data, "1 1:5\n", NULL),
		"f.svm: rows of 1 feature cannot be kept sparse, which wants 9 or more; "
		"wanted: --sparse no");
	assert_string_equal(read_sparse(&data, "1,2\n", NULL),
		"f.svm: rows of 1 feature cannot be kept sparse, which wants 9 or more; "
		"wanted: --sparse no");
	assert_string_equal(read_sparse(&data, "1 2:1\n2 1:nan 9:1\n", NULL),
		"f.svm:2: index 1: a missing value; --missing drop, mean or most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sparse_rows_have_the_bits_of_dense_ones),
		cmocka_unit_test(sparse_rows_take_weights_offsets_and_clipping),
		cmocka_unit_test(sparse_rows_have_softmax),
		cmocka_unit_test(batches_have_the_bits_of_dense_ones),
		cmocka_unit_test(batches_take_weights_offsets_and_clipping),
		cmocka_unit_test(batches_have_softmax),
		cmocka_unit_test(files_are_kept_sparse),
		cmocka_unit_test(chosen_features_stand_in_their_order),
		cmocka_unit_test(what_cannot_be_sparse_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

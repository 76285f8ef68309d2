/*
 * test_network_kernels.c: the kernels of networks give the bits of the plain loops in
 * order_network.c, by engine streaming and by engine resident.
 *
 * Cases are chosen so that each value of a factor meets each value of every other (pairwise.h).
 * Kernels are compiled for a net, its activation, its loss and its optimiser, so that of those only
 * a few combinations are tried, with each value at least once.  GPUFIT_TEST_FULL=1 tries all pairs
 * of them, too, which takes some minutes; GPUFIT_TEST_FEW=1 tries each value of a factor once, and
 * 3 nets with the kernels for GPUs.
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"

#include "cl_engine.h"
#include "pairwise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Widths around what kernels take at once: 6 outputs, 16 numbers, tiles of 64, chunks of 256. */
static const struct net {
	size_t features, outputs, layers, widths[GF_HIDDEN_LAYERS];
} NETS[] = {
	{1, 1, 1, {16}},
	{3, 1, 1, {1}},
	{33, 7, 3, {17, 1, 12}},
	{300, 3, 1, {5}},
	{2, 4, 1, {257}},
	{65, 10, 2, {64, 63}},
	{256, 16, 2, {15, 17}},
	{513, 270, 1, {6}},
	{2, 2, 15, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
};

static const size_t ROWS[] = {1, 7, 15, 16, 17, 63, 64, 65, 130, 1000};
static const size_t BATCHES[] = {0, 7, 16, 64, 65, 200};
static const size_t EXTRA_ROWS[] = {0, 9, 70};
static const size_t LOCAL[] = {0, 1, 2, 8, 64, 256};
static const size_t BLOCKS[] = {0, 1, 2};
static const size_t PART_ROWS[] = {0, 16, 48};
static const size_t MOST_STEPS[] = {1, 2, 5};
static const struct {
	int maximize, clip_norm, clip_value, average, no_bias, penalised, weighted;
} EXTRAS[] = {
	{0},
	{.clip_norm = 1, .weighted = 1},
	{.average = 1, .penalised = 1},
	{.clip_value = 1, .no_bias = 1},
	{.weighted = 1, .average = 1, .maximize = 1},
	{.clip_norm = 1, .clip_value = 1, .penalised = 1},
	{.no_bias = 1, .clip_norm = 1, .average = 1, .weighted = 1, .penalised = 1},
};

/* How much of the cases the environment asks for. */
static int few(void)
{
	return getenv("GPUFIT_TEST_FEW") != NULL;
}

static int full(void)
{
	return getenv("GPUFIT_TEST_FULL") != NULL;
}

/* ---- a case ---- */

enum factor {
	NET,
	ROW_COUNT,
	BATCH,
	SHUFFLED,
	DROP_LAST,
	EXTRA,
	BLOCK_COUNT,
	PART,
	STEPS_AT_ONCE,
	SHAPE_FACTORS,
	/* Each combination of these is a build of the kernels. */
	LOSS = SHAPE_FACTORS,
	ACTIVATION,
	UPDATE,
	EXTRAS_OF_UPDATE,
	CLASS_WEIGHTS,
	FACTORS
};

static const size_t SIZES[FACTORS] = {
	[NET] = COUNT(NETS),
	[ROW_COUNT] = COUNT(ROWS),
	[BATCH] = COUNT(BATCHES),
	[SHUFFLED] = 2,
	[DROP_LAST] = 2,
	[EXTRA] = COUNT(EXTRA_ROWS),
	[BLOCK_COUNT] = COUNT(BLOCKS),
	[PART] = COUNT(PART_ROWS),
	[STEPS_AT_ONCE] = COUNT(MOST_STEPS),
	[LOSS] = GF_LOSS_COUNT,
	[ACTIVATION] = GF_ACTIVATION_COUNT,
	[UPDATE] = COUNT(UPDATES),
	[EXTRAS_OF_UPDATE] = COUNT(EXTRAS),
	[CLASS_WEIGHTS] = 2,
};

static struct update update_at(const size_t *at)
{
	struct update u = UPDATES[at[UPDATE]];

	u.maximize = EXTRAS[at[EXTRAS_OF_UPDATE]].maximize;
	u.clip_norm = EXTRAS[at[EXTRAS_OF_UPDATE]].clip_norm;
	u.clip_value = EXTRAS[at[EXTRAS_OF_UPDATE]].clip_value;
	u.average = EXTRAS[at[EXTRAS_OF_UPDATE]].average;
	u.no_bias = EXTRAS[at[EXTRAS_OF_UPDATE]].no_bias;
	return u;
}

static struct setup setup_at(const size_t *at)
{
	const struct net *net = &NETS[at[NET]];
	const gf_loss loss = (gf_loss)at[LOSS];
	/* cross_entropy learns nothing from a single class. */
	const size_t outputs = net->outputs + (loss == GF_LOSS_cross_entropy && net->outputs == 1);
	struct setup setup = {.shape = {ROWS[at[ROW_COUNT]], net->features, outputs},
		.hidden = {.count = net->layers,
			.activation = (gf_activation)at[ACTIVATION],
			.negative_slope = 0.15},
		.loss = loss,
		.update = update_at(at),
		.batch_size = BATCHES[at[BATCH]],
		.shuffled = at[SHUFFLED] == 1,
		.drop_last = at[DROP_LAST] == 1,
		.weighted = EXTRAS[at[EXTRAS_OF_UPDATE]].weighted,
		.class_weights = loss == GF_LOSS_cross_entropy && at[CLASS_WEIGHTS],
		.offset = at[CLASS_WEIGHTS] == 1,
		.penalised = EXTRAS[at[EXTRAS_OF_UPDATE]].penalised,
		.extra_rows = EXTRA_ROWS[at[EXTRA]],
		.steps = 5};

	memcpy(setup.hidden.widths, net->widths, sizeof net->widths);
	return setup;
}

/* Kernels are compiled anew for each work-group size: each net has one. */
static struct tuning tuning_at(const size_t *at, gf_kernels kernels)
{
	return (struct tuning){.kernels = kernels,
		.local = LOCAL[at[NET] % COUNT(LOCAL)],
		.blocks = BLOCKS[at[BLOCK_COUNT]],
		.part_rows = PART_ROWS[at[PART]]};
}

/* Trains recorded and not. */
static void assert_bits(struct training *t, gf_engine word, struct tuning tuning, size_t most_steps)
{
	struct engine *engine = open_engine(t, word, tuning);
	struct outcome found = new_outcome(t);

	assert_training_matches(engine, t, most_steps);
	assert_int_equal(engine_set(engine, t->start, t->start_state, NULL), GF_OK);
	run_steps(engine, t, 0, t->setup.steps, 0, &found);
	assert_int_equal(engine_get(engine, found.end, found.end_state, NULL), GF_OK);
	assert_same_end(t, &found, &t->expected);
	free_outcome(&found);
	engine_close(engine);
}

/* The engines share a build. */
static void assert_bits_of_engines(struct training *t, struct tuning tuning, size_t most_steps)
{
	tuning.with_resident = 1;
	assert_bits(t, GF_ENGINE_streaming, tuning, most_steps);
	tuning.part_rows = 0;
	assert_bits(t, GF_ENGINE_resident, tuning, most_steps);
}

static void test_case(const size_t *at, gf_kernels kernels, int with_resident)
{
	const struct tuning tuning = tuning_at(at, kernels);
	const size_t most_steps = MOST_STEPS[at[STEPS_AT_ONCE]];
	const struct setup setup = setup_at(at);
	struct training *t = new_training(&setup);

	expect_training(t);
	assert_true(isfinite(t->end_loss));
	if (with_resident)
		assert_bits_of_engines(t, tuning, most_steps);
	else
		assert_bits(t, GF_ENGINE_streaming, tuning, most_steps);
	free_training(t);
}

/* ---- shapes ---- */

/* Each net is a build. */
static void networks_of_all_shapes_give_the_bits_of_the_order_of_sums(void **state)
{
	size_t at[FACTORS] = {[LOSS] = GF_LOSS_mse, [ACTIVATION] = GF_ACTIVATION_tanh}, i;
	struct pairwise p;

	(void)state;
	pairwise_start(&p, SIZES, SHAPE_FACTORS);
	for (i = 0; (!few() || i < 3) && pairwise_next(&p, at); i++)
		test_case(at, GF_KERNELS_cpu, 1);
}

/* ---- formulas ---- */

/* Each case is a build.  Engine resident has the same formulas, so it takes every other case. */
static void each_activation_loss_and_optimizer_gives_networks_the_bits_of_plain_loops(void **state)
{
	size_t at[FACTORS], i;
	struct pairwise p;

	(void)state;
	pairwise_start(&p, SIZES, FACTORS);
	for (i = 0; (full() || i < COUNT(UPDATES)) && pairwise_next(&p, at); i++)
		test_case(at, GF_KERNELS_cpu, full() || i % 2 == 0);
}

/* ---- kernels for GPUs ---- */

/* PoCL takes ten seconds to compile these kernels for a case: each net has one. */
static void gpu_kernels_give_networks_the_bits_of_plain_loops(void **state)
{
	size_t at[FACTORS], i;
	struct pairwise p;

	(void)state;
	pairwise_start(&p, SIZES, FACTORS);
	for (i = 0; (full() || i < (few() ? 3 : COUNT(NETS))) && pairwise_next(&p, at); i++)
		test_case(at, GF_KERNELS_gpu, 0);
}

/* ---- a norm beyond the range ---- */

/* Squares of such a gradient overflow, so that the norm is taken in a smaller unit. */
static void a_network_is_clipped_to_a_norm_beyond_the_range_of_squares(void **state)
{
	const struct setup setup = {.shape = {70, 5, 3},
		.hidden = {{20, 9}, 2, GF_ACTIVATION_leaky_relu, 0.1},
		.update = {.clip_norm = 1},
		.steps = 3};
	struct training *t = new_training(&setup);
	size_t i;

	(void)state;
	for (i = 0; i < t->problem.data->rows * 3; i++)
		t->problem.data->y[i] *= 0x1p80f;
	expect_training(t);
	assert_bits_of_engines(t, (struct tuning){.kernels = GF_KERNELS_cpu}, 2);
	free_training(t);
}

/* ---- launches ---- */

static const struct setup ADAM = {.shape = {150, 9, 2},
	.hidden = {{24, 7}, 2, GF_ACTIVATION_gelu, 0.0},
	.loss = GF_LOSS_bce,
	.update = {.optimizer = GF_OPTIMIZER_adam},
	.batch_size = 48,
	.shuffled = 1,
	.steps = 9};

static const gf_engine LAUNCHERS[] = {GF_ENGINE_streaming, GF_ENGINE_resident};

static void steps_of_several_launches_are_those_of_one_launch(void **state)
{
	struct training *t = new_training(&ADAM);
	size_t i, limit;

	(void)state;
	expect_training(t);
	for (i = 0; i < COUNT(LAUNCHERS); i++)
		for (limit = 1; limit < 10; limit += 4) {
			struct engine *engine =
				open_engine(t, LAUNCHERS[i], (struct tuning){.with_resident = 1});

			((struct cl_engine *)engine)->launch_limit = limit;
			assert_training_matches(engine, t, t->setup.steps);
			((struct cl_engine *)engine)->base.record_limit = limit;
			assert_training_matches(engine, t, t->setup.steps);
			engine_close(engine);
		}
	free_training(t);
}

static void constant_rates_apply_to_every_step_of_a_network(void **state)
{
	struct training *t = new_training(&ADAM);

	(void)state;
	t->plan.rates_constant = 1;
	expect_training(t);
	assert_bits_of_engines(t, (struct tuning){0}, 4);
	free_training(t);
}

/* After many steps of all rows engine resident computes their loss in the same launch. */
static void the_loss_after_many_steps_of_all_rows_is_that_of_plain_loops(void **state)
{
	struct setup setup = ADAM;
	struct training *t;

	(void)state;
	setup.shuffled = 0;
	setup.batch_size = 0;
	setup.steps = 20;
	t = new_training(&setup);
	expect_training(t);
	assert_bits_of_engines(t, (struct tuning){0}, setup.steps);
	free_training(t);
}

static void outputs_of_some_rows_are_those_of_all(void **state)
{
	static const size_t first[] = {0, 1, 15, 16, 100, 149}, rows[] = {1, 16, 17, 33, 50, 1};
	struct training *t = new_training(&ADAM);
	struct engine *engine;
	float z[50 * 2];
	size_t i;

	(void)state;
	expect_training(t);
	engine = open_engine(t, GF_ENGINE_streaming, (struct tuning){.with_resident = 1});
	for (i = 0; i < COUNT(first); i++) {
		assert_int_equal(
			engine_outputs(engine, t->start, first[i], rows[i], z, NULL), GF_OK);
		assert_same_outputs(t, first[i], rows[i], z, t->outputs + first[i] * 2);
	}
	engine_close(engine);
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_of_some_rows_are_those_of_all),
		cmocka_unit_test(steps_of_several_launches_are_those_of_one_launch),
		cmocka_unit_test(the_loss_after_many_steps_of_all_rows_is_that_of_plain_loops),
		cmocka_unit_test(constant_rates_apply_to_every_step_of_a_network),
		cmocka_unit_test(a_network_is_clipped_to_a_norm_beyond_the_range_of_squares),
		cmocka_unit_test(
			each_activation_loss_and_optimizer_gives_networks_the_bits_of_plain_loops),
		cmocka_unit_test(gpu_kernels_give_networks_the_bits_of_plain_loops),
		cmocka_unit_test(networks_of_all_shapes_give_the_bits_of_the_order_of_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_kernels.c: every kernel, on every shape of cases.h, gives the bits of order.c.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  GPUFIT_TEST_FEW=1 takes one shape of
 * each width, for slow compilers and early drivers.
 */
#include "cases.h"

#include "board.h"
#include "order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 2 };

/* What order.c says of a shape: the same for every way to share it out. */
struct expected {
	gf_dataset *data;
	size_t parameters;
	float *start;   /* (P) */
	float *steps;   /* (EPOCHS, 2, P) */
	float *end;     /* (P) */
	float *outputs; /* (N, K) at start */
	float losses[EPOCHS + 1];
};

static void expect_outputs(struct expected *e, const struct order_problem *p)
{
	size_t i, k;

	for (i = 0; i < p->rows; i++)
		for (k = 0; k < p->outputs; k++)
			e->outputs[i * p->outputs + k] = order_output(p, e->start, i, k);
}

static void expect_training(struct expected *e, const struct order_problem *p, float lr)
{
	const size_t P = e->parameters;
	size_t t;

	memcpy(e->end, e->start, P * sizeof *e->end);
	for (t = 0; t < EPOCHS; t++) {
		float *before = e->steps + 2 * t * P, *gradient = before + P;

		memcpy(before, e->end, P * sizeof *before);
		e->losses[t] = order_gradient(p, e->end, gradient);
		order_update(e->end, gradient, lr, P);
	}
	e->losses[EPOCHS] = order_gradient(p, e->end, e->steps + 2 * EPOCHS * P);
}

static struct expected expected_of(struct shape s, float lr)
{
	const size_t P = s.outputs * (s.features + 1);
	struct expected e = {.parameters = P};
	struct order_problem p = {.rows = s.rows, .features = s.features, .outputs = s.outputs};
	struct rng rng;

	rng_seed(&rng, s.rows * 1000003 + s.features * 1009 + s.outputs);
	assert_int_equal(dataset_alloc(&e.data, s.rows, s.features, s.outputs, NULL), GF_OK);
	random_floats(&rng, e.data->x, s.rows * s.features, 3.0f);
	random_floats(&rng, e.data->y, s.rows * s.outputs, 10.0f);
	e.start = malloc(P * sizeof(float));
	e.end = malloc(P * sizeof(float));
	e.steps = malloc((2 * EPOCHS + 1) * P * sizeof(float));
	e.outputs = malloc(s.rows * s.outputs * sizeof(float));
	random_floats(&rng, e.start, P, 1.0f);
	p.x = e.data->x;
	p.y = e.data->y;
	expect_outputs(&e, &p);
	expect_training(&e, &p, lr);
	return e;
}

static void expected_free(struct expected *e)
{
	gf_dataset_free(e->data);
	free(e->start);
	free(e->end);
	free(e->steps);
	free(e->outputs);
}

/* Bits, not values: -0 is not +0, and a NaN is no excuse. */
static void same_bits(const char *what, struct shape s, const struct tuning *t, const float *found,
	const float *wanted, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (memcmp(found + i, wanted + i, sizeof(float)) != 0)
			fail_msg("%zu x %zu x %zu, local %zu, blocks %zu: "
				 "%s %zu is %.9g (%a), not %.9g (%a)",
				s.rows, s.features, s.outputs, t->local, t->blocks, what, i,
				(double)found[i], (double)found[i], (double)wanted[i],
				(double)wanted[i]);
}

static struct engine *open_engine(
	const struct expected *e, struct shape s, gf_engine word, const struct tuning *tuning)
{
	const struct problem problem = {e->data, s.outputs, GF_LOSS_mse, GF_OPTIMIZER_sgd};
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = word, .tuning = *tuning};
	struct engine *engine = NULL;
	gf_error err = {0};

	if (engine_open(&engine, &problem, &options, &err))
		fail_msg("%zu x %zu x %zu: %s", s.rows, s.features, s.outputs, err.message);
	return engine;
}

static void train_and_compare(struct engine *engine, const struct expected *e, struct shape s,
	const struct tuning *t, float lr)
{
	const size_t P = e->parameters;
	float losses[EPOCHS + 1], *steps = malloc(2 * EPOCHS * P * sizeof(float));
	float *end = malloc(P * sizeof(float)), *z = malloc(s.rows * s.outputs * sizeof(float));
	const struct history history = {losses, steps};

	assert_int_equal(engine_set(engine, e->start, NULL), GF_OK);
	assert_int_equal(engine_run(engine, EPOCHS, (double)lr, &history, NULL), GF_OK);
	assert_int_equal(engine_loss(engine, losses + EPOCHS, NULL), GF_OK);
	assert_int_equal(engine_get(engine, end, NULL), GF_OK);
	assert_int_equal(engine_outputs(engine, e->start, 0, s.rows, z, NULL), GF_OK);
	same_bits("output", s, t, z, e->outputs, s.rows * s.outputs);
	same_bits("loss", s, t, losses, e->losses, EPOCHS + 1);
	same_bits("step", s, t, steps, e->steps, 2 * EPOCHS * P);
	same_bits("parameter", s, t, end, e->end, P);
	free(steps);
	free(end);
	free(z);
}

/* Building anew for each work-group size would take most of the time: an open board's
 * launches are changed. */
static void set_local(struct engine *engine, size_t local)
{
	struct board *b = (struct board *)engine;
	size_t i;

	b->gradient.local = b->update.local = b->spread.local = b->outputs_kernel.local = local;
	b->loss.local = b->resident.local = local;
	for (i = 0; i < b->folds; i++)
		b->fold[i].local = local;
}

/* What memory held before the first launch must not matter: NaN would spread to every sum. */
static void poison(struct engine *engine)
{
	struct board *b = (struct board *)engine;
	struct buffer *const buffers[] = {&b->nodes, &b->folded[0], &b->folded[1], &b->losses};
	size_t i;

	for (i = 0; i < COUNT(buffers); i++) {
		unsigned char *nan = malloc(buffers[i]->bytes);

		memset(nan, 0xff, buffers[i]->bytes);
		assert_int_equal(run_write(buffers[i], 0, nan, buffers[i]->bytes, NULL), GF_OK);
		free(nan);
	}
}

/* local (locals): each of them gives the same. */
static void gives_the_bits(const struct expected *e, struct shape s, gf_engine word,
	struct tuning tuning, const size_t *local, size_t locals, float lr)
{
	struct engine *engine = open_engine(e, s, word, &tuning);
	size_t i;

	poison(engine);
	for (i = 0; i < locals; i++) {
		tuning.local = local[i];
		set_local(engine, local[i]);
		train_and_compare(engine, e, s, &tuning, lr);
	}
	engine_close(engine);
}

/* How many of the shapes: all of them, or one of each width. */
static int few(void)
{
	return getenv("GPUFIT_TEST_FEW") != NULL;
}

static void every_way(struct shape s, size_t turn)
{
	const float lr = 1e-4f;
	struct expected e = expected_of(s, lr);

	gives_the_bits(&e, s, GF_ENGINE_streaming,
		(struct tuning){.blocks = CASE_BLOCKS[turn % COUNT(CASE_BLOCKS)]}, CASE_LOCAL,
		COUNT(CASE_LOCAL), lr);
	if (turn % 3 == 0 && s.rows * s.features * s.outputs < 100000)
		gives_the_bits(&e, s, GF_ENGINE_resident, (struct tuning){0}, CASE_LOCAL, 2, lr);
	expected_free(&e);
}

static void streaming_and_resident_give_the_bits_of_the_order_of_sums(void **state)
{
	size_t r, d, k, turn = 0;

	(void)state;
	for (d = 0; d < COUNT(CASE_FEATURES); d++)
		for (r = 0; r < COUNT(CASE_ROWS); r++)
			for (k = 0; k < COUNT(CASE_OUTPUTS); k++, turn++)
				if (!few() || turn % 27 == 5 * d % 27)
					every_way((struct shape){CASE_ROWS[r], CASE_FEATURES[d],
							  CASE_OUTPUTS[k]},
						turn);
}

/* Enough blocks for several passes of `fold`: 64 x 64 blocks and more, shared out one by one. */
static void the_tree_over_many_nodes_gives_the_bits_of_the_order_of_sums(void **state)
{
	const struct shape s = {64 * 64 * 65 + 3, 2, 1};
	struct expected e = expected_of(s, 1e-4f);

	(void)state;
	gives_the_bits(&e, s, GF_ENGINE_streaming, (struct tuning){.blocks = 1}, CASE_LOCAL,
		few() ? 1 : COUNT(CASE_LOCAL), 1e-4f);
	gives_the_bits(&e, s, GF_ENGINE_streaming, (struct tuning){0}, CASE_LOCAL, 1, 1e-4f);
	expected_free(&e);
}

/* Loops that the compiler could unroll, with every width; a build each. */
static void kernels_built_for_one_width_give_the_bits_of_the_order_of_sums(void **state)
{
	const struct tuning tuning = {.width = WIDTH_BUILT_IN, .blocks = 4};
	size_t d;

	(void)state;
	for (d = few() ? COUNT(CASE_FEATURES) - 4 : 0; d < COUNT(CASE_FEATURES); d++) {
		const struct shape s = {1025, CASE_FEATURES[d], 1 + d % 3};
		struct expected e = expected_of(s, 1e-4f);

		gives_the_bits(&e, s, GF_ENGINE_streaming, tuning, CASE_LOCAL, 1, 1e-4f);
		expected_free(&e);
	}
}

static void outputs_of_some_rows_are_those_of_all(void **state)
{
	const struct shape s = {1025, 9, 3};
	struct expected e = expected_of(s, 1e-4f);
	const struct tuning tuning = {0};
	struct engine *engine = open_engine(&e, s, GF_ENGINE_streaming, &tuning);
	const size_t first[] = {0, 1, 15, 16, 500, 1024}, rows[] = {1, 16, 17, 33, 500, 1};
	float z[500 * 3];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(first); i++) {
		assert_int_equal(
			engine_outputs(engine, e.start, first[i], rows[i], z, NULL), GF_OK);
		same_bits("output", s, &tuning, z, e.outputs + first[i] * 3, rows[i] * 3);
	}
	engine_close(engine);
	expected_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_of_some_rows_are_those_of_all),
		cmocka_unit_test(the_tree_over_many_nodes_gives_the_bits_of_the_order_of_sums),
		cmocka_unit_test(kernels_built_for_one_width_give_the_bits_of_the_order_of_sums),
		cmocka_unit_test(streaming_and_resident_give_the_bits_of_the_order_of_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

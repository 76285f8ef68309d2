/*
 * test_moments.c: the engine of moments has the sums of plain loops to the bit, and takes the
 * steps of the reference.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.  Where it has no double precision the
 * tests are skipped, with a message.
 */
#include "fixture_engine.h"

#include "moments_engine.h"
#include "verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- sums ---- */

/* Shapes in which columns end within and at groups of 8 and panels of 12 groups, and rows within
 * and at parts, leaves and runs. */
static const struct setup SUMS[] = {
	{.shape = {1, 1, 1}, .steps = 1},
	{.shape = {31, 2, 1}, .steps = 1},
	{.shape = {33, 3, 2}, .steps = 1, .weighted = 1},
	{.shape = {64, 7, 1}, .steps = 1, .extra_rows = 5},
	{.shape = {100, 8, 3}, .steps = 1},
	{.shape = {2049, 9, 1}, .steps = 1, .weighted = 1},
	{.shape = {1000, 15, 9}, .steps = 1},
	{.shape = {777, 16, 1}, .steps = 1},
	{.shape = {5000, 33, 4}, .steps = 1, .weighted = 1, .extra_rows = 100},
	{.shape = {300, 96, 1}, .steps = 1},
	{.shape = {70, 200, 2}, .steps = 1, .weighted = 1},
	{.shape = {2048 * 64 + 7, 1, 1}, .steps = 1},
};

static double value_of(const struct problem *p, size_t row, size_t column)
{
	const size_t D = p->data->features;

	if (column == D + p->outputs)
		return 1.0;
	return column < D ? (double)p->data->x[row * D + column]
			  : (double)p->data->y[row * p->outputs + column - D];
}

static double weight_of(const struct problem *p, size_t row)
{
	return p->weights ? (double)p->weights[row] : 1.0;
}

/* The sum of a leaf, in the order that kernels/moments.cl states. */
static double leaf_sum(const struct problem *p, const double *shift, size_t leaf, size_t leaf_rows,
	size_t a, size_t b)
{
	const size_t start = leaf * leaf_rows;
	const size_t end = start + leaf_rows < p->train_rows ? start + leaf_rows : p->train_rows;
	double sum = 0.0;
	size_t first, i;

	for (first = start; first < end; first += 32) {
		double part = 0.0;

		for (i = first; i < first + 32 && i < end; i++)
			part = fma((value_of(p, i, a) - shift[a]) * weight_of(p, i),
				value_of(p, i, b) - shift[b], part);
		sum += part;
	}
	return sum;
}

static double tree_sum(
	const struct problem *p, const double *shift, size_t leaf_rows, size_t a, size_t b)
{
	const size_t leaves = (p->train_rows + leaf_rows - 1) / leaf_rows;
	double *sums = malloc(leaves * sizeof *sums), sum;
	size_t i, n;

	for (i = 0; i < leaves; i++)
		sums[i] = leaf_sum(p, shift, i, leaf_rows, a, b);
	for (n = leaves; n > 1; n = (n + 1) / 2)
		for (i = 0; i < n; i += 2)
			sums[i / 2] = i + 1 < n ? sums[i] + sums[i + 1] : sums[i];
	sum = sums[0];
	free(sums);
	return sum;
}

/* A pair of columns can be summed in two orders, and the device has a tile for only one of them.
 * In that tile q is the earlier group where both groups hold only features, and otherwise the group
 * that holds something else. */
static double pair_sum(
	const struct problem *p, const double *shift, size_t leaf_rows, size_t a, size_t b)
{
	const size_t whole = p->data->features / 8;
	const int turned = a / 8 < whole && (b / 8 >= whole || b / 8 < a / 8);

	return turned ? tree_sum(p, shift, leaf_rows, b, a) : tree_sum(p, shift, leaf_rows, a, b);
}

static void assert_same_sum(
	const struct training *t, const char *what, size_t a, size_t b, double found, double wanted)
{
	if (memcmp(&found, &wanted, sizeof found) != 0)
		fail_msg("%zu x %zu: %s of columns %zu and %zu is %.17g, not %.17g",
			t->setup.shape.rows, t->setup.shape.features, what, a, b, found, wanted);
}

/* The next column to test: with more than 20 columns only some, the last ones included, as plain
 * loops over all pairs of 200 columns take long. */
#define NEXT(column, columns) ((column) + ((columns) > 20 && (column) + 12 < (columns) ? 7 : 1))

static void expect_sums(const struct training *t, const struct moments *m, const double *shift)
{
	const struct problem *p = &t->problem;
	const size_t columns = m->features + m->targets;
	const size_t leaf_rows = moments_layout_of(p).leaf_rows;
	size_t a, b;

	for (a = 0; a < columns; a = NEXT(a, columns)) {
		const double sum = pair_sum(p, shift, leaf_rows, a, columns);

		assert_same_sum(t, "mean", a, a, m->mean[a], shift[a] + sum / m->weight);
		for (b = a; b < columns; b = NEXT(b, columns))
			assert_same_sum(t, "product", a, b, m->products[a * columns + b],
				pair_sum(p, shift, leaf_rows, a, b) -
					sum / m->weight *
						pair_sum(p, shift, leaf_rows, b, columns));
	}
}

static void test_sums(struct training *t, struct tuning tuning)
{
	struct engine *engine = open_engine(t, GF_ENGINE_moments, tuning);
	const struct moments_layout layout = moments_layout_of(&t->problem);
	double *shift = moments_shifts(&t->problem, &layout);
	const struct moments *m;

	assert_int_equal(engine_moments(engine, &m, NULL), GF_OK);
	expect_sums(t, m, shift);
	free(shift);
	engine_close(engine);
}

static void sums_have_the_bits_of_plain_loops_for_every_work_group_size(void **state)
{
	static const size_t local[] = {1, 8, 64}, group[] = {64, 16, 128};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(SUMS); i++) {
		struct training *t = new_moments_training(SUMS + i);

		test_sums(t, (struct tuning){
				     .kernels = GF_KERNELS_cpu, .local = local[i % COUNT(local)]});
		test_sums(t, (struct tuning){
				     .kernels = GF_KERNELS_gpu, .local = group[i % COUNT(group)]});
		free_training(t);
	}
}

/* The product of columns a and b about their means.  It is computed in long double, means first:
 * the rounding of N terms by u = 2^-64 is negligible beside the bound that is tested. */
static double exact_product(const struct problem *p, size_t a, size_t b)
{
	long double W = 0.0L, mean_a = 0.0L, mean_b = 0.0L, sum = 0.0L;
	size_t i;

	for (i = 0; i < p->train_rows; i++) {
		W += (long double)weight_of(p, i);
		mean_a += (long double)weight_of(p, i) * (long double)value_of(p, i, a);
		mean_b += (long double)weight_of(p, i) * (long double)value_of(p, i, b);
	}
	for (i = 0; i < p->train_rows; i++)
		sum += (long double)weight_of(p, i) *
		       ((long double)value_of(p, i, a) - mean_a / W) *
		       ((long double)value_of(p, i, b) - mean_b / W);
	return (double)sum;
}

/* Means are a thousand deviations away from 0: without shifts 6 of 16 digits would be lost. */
static void products_far_from_0_are_within_their_bound(void **state)
{
	struct training *t = new_moments_training(&SUMS[8]);
	const struct tuning tuning = {0};
	const struct moments *m;
	struct engine *engine;
	size_t a, b, columns;

	(void)state;
	for (a = 0; a < t->problem.data->rows * 33; a++)
		t->problem.data->x[a] += 2000.0f * (float)(a % 33 + 1);
	engine = open_engine(t, GF_ENGINE_moments, tuning);
	assert_int_equal(engine_moments(engine, &m, NULL), GF_OK);
	columns = m->features + m->targets;
	for (a = 0; a < columns; a += 3)
		for (b = a; b < columns; b += 5) {
			const double bound = m->roundings * 0x1p-53 * m->reach[a] * m->reach[b];
			const double wanted = exact_product(&t->problem, a, b);

			assert_close("product", m->products[a * columns + b], wanted, bound);
			/* The bound is not too wide: 1e-13 of the deviations. */
			assert_true(bound <= 1e-13 * sqrt(exact_product(&t->problem, a, a) *
							     exact_product(&t->problem, b, b)));
		}
	engine_close(engine);
	free_training(t);
}

/* ---- steps ---- */

static const struct setup STEPS[] = {
	{.shape = {7, 1, 1}, .update = {.optimizer = GF_OPTIMIZER_sgd}, .steps = 5},
	{.shape = {200, 5, 2},
		.update = {.optimizer = GF_OPTIMIZER_sgd, .momentum = 1, .nesterov = 1},
		.penalised = 1,
		.steps = 5},
	{.shape = {1000, 17, 3},
		.update = {.optimizer = GF_OPTIMIZER_adam, .amsgrad = 1, .clip_norm = 1},
		.weighted = 1,
		.steps = 5},
	{.shape = {500, 9, 1},
		.update = {.optimizer = GF_OPTIMIZER_adamw, .no_bias = 1, .average = 1},
		.shuffled = 1,
		.steps = 5},
	{.shape = {3000, 70, 2},
		.update = {.optimizer = GF_OPTIMIZER_rmsprop,
			.centered = 1,
			.momentum = 1,
			.maximize = 1},
		.extra_rows = 50,
		.steps = 5},
	{.shape = {65, 130, 1},
		.update = {.optimizer = GF_OPTIMIZER_adagrad, .clip_value = 1},
		.penalised = 1,
		.weighted = 1,
		.steps = 5},
};

static void check_steps(struct engine *engine, const struct training *t, const struct outcome *o)
{
	const size_t P = t->parameters, floats = step_floats(t);
	struct verifier v;
	gf_error err = {0};
	size_t i;

	assert_int_equal(verifier_open(&v, &t->problem,
				 &(struct verifier_options){.check = GF_CHECK_every,
					 .engine = GF_ENGINE_moments,
					 .batches = 1,
					 .end = t->setup.steps},
				 NULL),
		GF_OK);
	v.engine = engine;
	for (i = 0; i < t->setup.steps; i++) {
		const float *step = o->history + i * floats;
		const int last = i + 1 == t->setup.steps;
		const struct step_record taken = {.epoch = i,
			.batch = plan_batch(&t->plan, t->problem.batch_size, i),
			.rates = plan_rates(&t->plan, i),
			.loss = o->losses[i],
			.before = step,
			.gradient = step + P,
			.state = step + 2 * P,
			.after = last ? o->end : step + floats,
			.state_after = last ? o->end_state : step + floats + 2 * P};

		if (verifier_check(&v, &taken, &err))
			fail_msg("%zu x %zu: %s", t->setup.shape.rows, t->setup.shape.features,
				err.message);
	}
	verifier_close(&v);
}

/* The bits are the same for every work-group size and number of steps in a run: one check is
 * enough. */
static void steps_of_every_optimizer_are_those_of_the_reference(void **state)
{
	static const size_t local[] = {1, 64, 8};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(STEPS); i++) {
		const struct tuning tuning = {.local = local[i % 3]}, other = {0};
		struct training *t = new_moments_training(STEPS + i);
		struct engine *engine, *again;
		struct outcome a, b;

		engine = open_engine(t, GF_ENGINE_moments, tuning);
		again = open_engine(t, GF_ENGINE_moments, other);
		a = run_training(engine, t, t->setup.steps);
		b = run_training(again, t, 2);
		check_steps(engine, t, &a);
		assert_same_outcome(t, &b, &a);
		engine_close(again);
		engine_close(engine);
		free_outcome(&a);
		free_outcome(&b);
		free_training(t);
	}
}

/* Losses and outputs of rows that do not train are computed as by engine streaming. */
static void losses_and_outputs_of_any_rows_are_those_of_streaming(void **state)
{
	const struct tuning tuning = {0};
	struct training *t = new_moments_training(&STEPS[4]);
	const size_t rows = t->problem.data->rows, K = t->problem.outputs;
	float *z = malloc(2 * rows * K * sizeof *z), loss[2];
	static const gf_engine words[] = {GF_ENGINE_streaming, GF_ENGINE_moments};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct engine *engine = open_engine(t, words[i], tuning);
		struct outcome l = run_training(engine, t, 3);

		/* An evaluation between runs must not change the next one. */
		assert_int_equal(
			engine_loss(engine, t->start, 3000, 50, 0.01, loss + i, NULL), GF_OK);
		assert_int_equal(
			engine_outputs(engine, t->start, 0, rows, z + i * rows * K, NULL), GF_OK);
		if (words[i] == GF_ENGINE_moments) {
			struct outcome again = run_training(engine, t, 3);

			assert_same_outcome(t, &again, &l);
			free_outcome(&again);
		}
		free_outcome(&l);
		engine_close(engine);
	}
	assert_same_loss(t, "loss", loss[1], loss[0]);
	assert_same_outputs(t, 0, rows, z + rows * K, z);
	free(z);
	free_training(t);
}

/* ---- the bound ---- */

/* The engine adds to the bounds what double rounds: 2^-29 of float's roundings, times the depth
 * of its sums. */
static void the_check_is_as_narrow_as_for_other_engines(void **state)
{
	const struct tuning tuning = {0};
	struct training *t = new_moments_training(&STEPS[2]);
	const struct batch all = {.count = t->problem.train_rows};
	struct reference_step *r;
	struct engine *engine;
	struct outcome l;
	double bound;
	size_t p;

	(void)state;
	assert_int_equal(reference_step_new(&r, &t->problem, NULL), GF_OK);
	engine = open_engine(t, GF_ENGINE_moments, tuning);
	l = run_training(engine, t, 5);
	assert_int_equal(reference_step_take(r, &t->problem, &all, t->start, t->start_state,
				 t->plan.rates, NULL),
		GF_OK);
	bound = r->loss_bound;
	assert_int_equal(engine_widen_bounds(engine, t->start, r, NULL), GF_OK);
	assert_true(r->extra_loss_error > 0.0);
	assert_true(r->extra_loss_error * t->plan.rates[RATE_SCALE] < 1e-5 * bound);
	for (p = 0; p < t->parameters; p++)
		assert_true(r->extra_gradient_error[p] * t->plan.rates[RATE_SCALE] <
			    1e-5 * r->gradient_bound[p]);
	reference_step_free(r);
	engine_close(engine);
	free_outcome(&l);
	free_training(t);
}

/* With y = x w the loss is the difference of numbers more than 1e12 times as large, and never
 * below 0. */
static void a_loss_of_0_is_within_its_bound(void **state)
{
	struct setup setup = STEPS[0];
	const struct tuning tuning = {0};
	struct training *t;
	struct engine *engine;
	struct outcome l;
	size_t i;

	(void)state;
	setup.shape = (struct shape){999, 3, 1};
	t = new_moments_training(&setup);
	for (i = 0; i < 999; i++) {
		float *x = t->problem.data->x + 3 * i;

		x[0] = 1000.0f + (float)(i % 37);
		x[1] = (float)(i % 11);
		x[2] = (float)(i % 7);
		t->problem.data->y[i] = 2.0f * x[0] - x[1] + 0.5f * x[2] + 3.0f;
	}
	memcpy(t->start, (float[]){2.0f, -1.0f, 0.5f, 3.0f}, 4 * sizeof(float));
	engine = open_engine(t, GF_ENGINE_moments, tuning);
	l = run_training(engine, t, 5);
	check_steps(engine, t, &l);
	assert_true(l.losses[0] >= 0.0f && l.losses[0] < 1e-9f);
	engine_close(engine);
	free_outcome(&l);
	free_training(t);
}

/* ---- what it does not take ---- */

static void assert_refused(const struct setup *setup, const char *message)
{
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = GF_ENGINE_moments};
	struct training *t = new_training(setup);
	struct engine *engine;
	gf_error err = {0};

	assert_int_equal(engine_open(&engine, &t->problem, &options, &err), GF_E_USAGE);
	assert_string_equal(err.message, message);
	assert_null(engine);
	free_training(t);
}

static void other_losses_and_batches_are_refused(void **state)
{
	const struct setup huber = {.shape = {10, 1, 1}, .loss = GF_LOSS_huber, .steps = 1},
			   batches = {.shape = {10, 1, 1}, .batch_size = 4, .steps = 1},
			   wide = {.shape = {1, 40000, 1}, .steps = 1};

	(void)state;
	assert_refused(&huber, "engine moments: it takes loss mse alone, found loss huber");
	assert_refused(&batches,
		"engine moments: it takes all rows at a time, found batches of 4 of 10 rows");
	assert_refused(&wide,
		"engine moments: 40000 features and 1 outputs; it takes at most 32767 of both");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_have_the_bits_of_plain_loops_for_every_work_group_size),
		cmocka_unit_test(products_far_from_0_are_within_their_bound),
		cmocka_unit_test(steps_of_every_optimizer_are_those_of_the_reference),
		cmocka_unit_test(losses_and_outputs_of_any_rows_are_those_of_streaming),
		cmocka_unit_test(the_check_is_as_narrow_as_for_other_engines),
		cmocka_unit_test(a_loss_of_0_is_within_its_bound),
		cmocka_unit_test(other_losses_and_batches_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

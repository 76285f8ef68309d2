#include "trainings.h"

#include "cl_engine.h"
#include "order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a problem ---- */

/* What the loss takes for a target. */
static float random_target(gf_loss loss, size_t classes, struct rng *rng)
{
	switch (loss_targets(loss)) {
	case TARGETS_COUNTS:
		return (float)(rng_next32(rng) % 6);
	case TARGETS_PROBABILITIES:
		return rng_next32(rng) % 2 ? (float)(rng_next32(rng) % 2)
					   : rng_uniform(rng, 0.0f, 1.0f);
	case TARGETS_TWO_CLASSES:
		return rng_next32(rng) % 2 ? 1.0f : -1.0f;
	case TARGETS_CLASSES:
		return (float)(rng_next32(rng) % classes);
	default:
		return rng_uniform(rng, -3.0f, 3.0f);
	}
}

static gf_dataset *random_dataset(const struct job *job, struct rng *rng)
{
	const size_t rows = job->shape.rows + job->looked_at, K = job->shape.outputs;
	const size_t targets = job->loss == GF_LOSS_cross_entropy ? 1 : K;
	gf_dataset *data;
	size_t i;

	assert_int_equal(dataset_alloc(&data, rows, job->shape.features, targets, NULL), GF_OK);
	random_floats(rng, data->x, rows * job->shape.features, 2.0f);
	for (i = 0; i < rows * targets; i++)
		data->y[i] = random_target(job->loss, K, rng);
	return data;
}

static float *random_weights(size_t count, struct rng *rng)
{
	float *weights = malloc(count * sizeof *weights);
	size_t i;

	for (i = 0; i < count; i++)
		weights[i] = rng_uniform(rng, 0.25f, 2.0f);
	return weights;
}

static void make_problem(struct training *t, struct rng *rng)
{
	const struct job *job = &t->job;
	const size_t rows = job->shape.rows + job->looked_at;

	if (job->weighted)
		t->weights = random_weights(rows, rng);
	if (job->class_weights)
		t->class_weights = random_weights(job->shape.outputs, rng);
	t->problem = (struct problem){.data = random_dataset(job, rng),
		.train_rows = job->shape.rows,
		.outputs = job->shape.outputs,
		.loss = job->loss,
		.loss_parameters = {.delta = 0.75,
			.beta = 0.6,
			.epsilon = 0.3,
			.quantile = 0.2,
			.label_smoothing = job->class_weights ? 0.1 : 0.0},
		.weights = t->weights,
		.class_weights = t->class_weights,
		.update = job->update,
		.batch_size = job->batch_size && job->batch_size < job->shape.rows
				      ? job->batch_size
				      : job->shape.rows};
}

/* ---- a plan ---- */

static void make_order(struct training *t, size_t epochs, struct rng *rng)
{
	const size_t n = t->job.shape.rows;
	size_t e;

	t->order = malloc(epochs * n * sizeof *t->order);
	for (e = 0; e < epochs; e++)
		rng_permutation(rng, t->order + e * n, n);
	t->plan.order = t->order;
}

static void make_plan(struct training *t, struct rng *rng)
{
	struct settings s = settings_of(&t->job.update);
	size_t i;

	s.l1 = t->job.penalised ? 0.2 : 0.0;
	s.l2 = t->job.penalised ? 0.07 : 0.0;
	t->rates = malloc(t->job.steps * RATES * sizeof *t->rates);
	t->plan =
		(struct plan){.count = t->job.steps, .rows = t->job.shape.rows, .rates = t->rates};
	if (t->job.shuffled)
		make_order(t,
			(t->job.steps - 1) / plan_batches(&t->plan, t->problem.batch_size) + 1,
			rng);
	for (i = 0; i < t->job.steps; i++) {
		const struct batch batch = plan_batch(&t->plan, t->problem.batch_size, i);
		const double M = (double)batch.count * (double)t->problem.outputs;

		s.lr *= 0.9;
		rates_of(&t->job.update, &s, i + 1, 1.0 / M, t->rates + i * RATES);
	}
}

/* Outputs of some size 1, whatever the features; state as after some steps: a mean of squares, if
 * it is one, above the square of the mean. */
static void make_start(struct training *t, struct rng *rng)
{
	const size_t floats = t->planes * t->parameters;
	size_t i;

	t->start = malloc(t->parameters * sizeof *t->start);
	t->start_state = malloc((floats + 1) * sizeof *t->start_state);
	random_floats(rng, t->start, t->parameters, 1.0f / sqrtf((float)t->job.shape.features));
	for (i = 0; i < floats; i++)
		t->start_state[i] = rng_uniform(rng, 0.02f, 0.1f);
}

struct training *training_new(const struct job *job)
{
	const struct shape s = job->shape;
	struct training *t = calloc(1, sizeof *t);
	struct rng rng;

	t->job = *job;
	rng_seed(&rng, s.rows * 1000003 + s.features * 1009 + s.outputs);
	make_problem(t, &rng);
	t->parameters = problem_params(&t->problem);
	t->planes = problem_planes(&t->problem);
	make_plan(t, &rng);
	make_start(t, &rng);
	return t;
}

void training_free(struct training *t)
{
	void *const blocks[] = {t->order, t->rates, t->weights, t->class_weights, t->start,
		t->start_state, t->losses, t->history, t->end, t->end_state, t->outputs, t};
	size_t i;

	gf_dataset_free((gf_dataset *)t->problem.data);
	for (i = 0; i < COUNT(blocks); i++)
		free(blocks[i]);
}

/* ---- what is expected ---- */

static size_t step_floats(const struct training *t)
{
	return (2 + t->planes) * t->parameters;
}

/* The factor that turns a sum over all rows and outputs into a mean. */
static double mean_scale(const struct training *t)
{
	return 1.0 / ((double)t->problem.data->rows * (double)t->problem.outputs);
}

static float mean_loss(const struct training *t, const float *params)
{
	const struct batch all = {.count = t->problem.data->rows};

	return order_gradient(&t->problem, &all, params, (float)mean_scale(t), NULL);
}

static void expect_step(struct training *t, size_t i)
{
	const struct batch batch = plan_batch(&t->plan, t->problem.batch_size, i);
	const double *rates = plan_rates(&t->plan, i);
	const size_t P = t->parameters;
	float *step = t->history + i * step_floats(t);

	memcpy(step, t->end, P * sizeof *step);
	t->losses[i] =
		order_gradient(&t->problem, &batch, t->end, (float)rates[RATE_SCALE], step + P);
	memcpy(step + 2 * P, t->end_state, t->planes * P * sizeof *step);
	order_update(&t->problem, rates, step + P, t->end, t->end_state);
}

void training_expect(struct training *t)
{
	const size_t rows = t->problem.data->rows, K = t->problem.outputs, P = t->parameters;
	size_t i;

	t->losses = malloc(t->job.steps * sizeof(float));
	t->history = malloc(t->job.steps * step_floats(t) * sizeof(float));
	t->end = malloc(P * sizeof(float));
	t->end_state = malloc((t->planes * P + 1) * sizeof(float));
	t->outputs = malloc(rows * K * sizeof(float));
	memcpy(t->end, t->start, P * sizeof(float));
	memcpy(t->end_state, t->start_state, t->planes * P * sizeof(float));
	for (i = 0; i < rows * K; i++)
		t->outputs[i] = order_output(&t->problem, t->start, i / K, i % K);
	for (i = 0; i < t->job.steps; i++)
		expect_step(t, i);
	t->start_loss = mean_loss(t, t->start);
	t->end_loss = mean_loss(t, t->end);
}

/* ---- an engine ---- */

static void describe(const struct training *t, const struct tuning *tuning, char *text, size_t size)
{
	const struct job *j = &t->job;
	const struct update *u = &j->update;

	snprintf(text, size,
		"%s%zu x %zu x %zu, batches of %zu%s%s, local %zu, blocks %zu: %s%s%s by "
		"%s%s%s%s%s%s%s%s%s%s",
		tuning->kernels == GF_KERNELS_gpu ? "gpu: " : "", j->shape.rows, j->shape.features,
		j->shape.outputs, t->problem.batch_size, j->shuffled ? " shuffled" : "",
		tuning->width == WIDTH_BUILT_IN ? " built in" : "", tuning->local, tuning->blocks,
		loss_word(j->loss), j->weighted ? " weighted" : "",
		j->class_weights ? " class weights" : "", optimizer_word(u->optimizer),
		u->momentum ? " momentum" : "", u->nesterov ? " nesterov" : "",
		u->amsgrad ? " amsgrad" : "", u->centered ? " centered" : "",
		u->maximize ? " maximize" : "", u->clip_norm ? " clip_norm" : "",
		u->clip_value ? " clip_value" : "", u->average ? " average" : "",
		u->no_bias ? " no_bias" : "");
}

void training_same(const struct training *t, const struct tuning *tuning, const char *what,
	const float *found, const float *wanted, size_t count)
{
	char text[256];
	size_t i;

	for (i = 0; i < count; i++)
		if (memcmp(found + i, wanted + i, sizeof(float)) != 0) {
			describe(t, tuning, text, sizeof text);
			fail_msg("%s: %s %zu is %.9g (%a), not %.9g (%a)", text, what, i,
				(double)found[i], (double)found[i], (double)wanted[i],
				(double)wanted[i]);
		}
}

struct engine *training_open(const struct training *t, gf_engine word, const struct tuning *tuning)
{
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = word, .tuning = *tuning};
	struct engine *engine = NULL;
	char text[256];
	gf_error err = {0};

	if (engine_open(&engine, &t->problem, &options, &err)) {
		describe(t, tuning, text, sizeof text);
		fail_msg("%s: %s", text, err.message);
	}
	return engine;
}

/* Steps [first, first + count) of the plan. */
static void run_some(struct engine *engine, const struct training *t, size_t first, size_t count,
	float *losses, float *history)
{
	const struct history some = {losses + first, history + first * step_floats(t)};
	struct plan plan = t->plan;
	gf_error err = {0};

	plan.first = first;
	plan.count = count;
	plan.rates = plan_rates(&t->plan, first);
	if (engine_run(engine, &plan, &some, &err))
		fail_msg("%s", err.message);
}

static void compare_run(
	struct engine *engine, const struct training *t, const struct tuning *tuning, size_t most)
{
	const size_t steps = t->job.steps, P = t->parameters;
	float *losses = malloc(steps * sizeof(float)), *end = malloc(P * sizeof(float));
	float *history = malloc(steps * step_floats(t) * sizeof(float));
	float *state = malloc((t->planes * P + 1) * sizeof(float));
	size_t done;

	assert_int_equal(engine_set(engine, t->start, t->start_state, NULL), GF_OK);
	for (done = 0; done < steps; done += most)
		run_some(engine, t, done, most < steps - done ? most : steps - done, losses,
			history);
	assert_int_equal(engine_get(engine, end, state, NULL), GF_OK);
	training_same(t, tuning, "loss", losses, t->losses, steps);
	training_same(t, tuning, "step", history, t->history, steps * step_floats(t));
	training_same(t, tuning, "parameter", end, t->end, P);
	training_same(t, tuning, "state", state, t->end_state, t->planes * P);
	free(losses);
	free(end);
	free(history);
	free(state);
}

static void compare_shown(
	struct engine *engine, const struct training *t, const struct tuning *tuning)
{
	const size_t rows = t->problem.data->rows;
	float *z = malloc(rows * t->problem.outputs * sizeof(float)), loss;

	assert_int_equal(engine_loss(engine, NULL, 0, rows, mean_scale(t), &loss, NULL), GF_OK);
	training_same(t, tuning, "loss at the end", &loss, &t->end_loss, 1);
	assert_int_equal(engine_outputs(engine, t->start, 0, rows, z, NULL), GF_OK);
	training_same(t, tuning, "output", z, t->outputs, rows * t->problem.outputs);
	assert_int_equal(engine_loss(engine, t->start, 0, rows, mean_scale(t), &loss, NULL), GF_OK);
	training_same(t, tuning, "loss at the start", &loss, &t->start_loss, 1);
	assert_int_equal(engine_loss(engine, NULL, 0, rows, mean_scale(t), &loss, NULL), GF_OK);
	training_same(t, tuning, "loss after others were shown", &loss, &t->end_loss, 1);
	free(z);
}

void training_compare(
	struct engine *engine, const struct training *t, const struct tuning *tuning, size_t most)
{
	compare_run(engine, t, tuning, most);
	compare_shown(engine, t, tuning);
}

void training_set_local(struct engine *engine, size_t local)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct kernel *const kernels[] = {&e->spread, &e->outputs_kernel, &e->gather, &e->gradient,
		&e->fold, &e->norm, &e->update, &e->loss, &e->resident};
	size_t i;

	for (i = 0; i < COUNT(kernels); i++)
		kernels[i]->local = local;
}

void training_poison(struct engine *engine)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct buffer *const buffers[] = {&e->nodes, &e->folded[0], &e->folded[1], &e->losses,
		&e->scratch, &e->clip, &e->rates, &e->none};
	size_t i;

	for (i = 0; i < COUNT(buffers); i++) {
		unsigned char *nan = malloc(buffers[i]->bytes);

		memset(nan, 0xff, buffers[i]->bytes);
		assert_int_equal(run_write(buffers[i], 0, nan, buffers[i]->bytes, NULL), GF_OK);
		free(nan);
	}
}

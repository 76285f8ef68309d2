#include "fixture_engine.h"

#include "cl_engine.h"
#include "fixture.h"
#include "order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a problem ---- */

/* A target that the loss accepts. */
static float random_target(gf_loss loss, size_t classes, struct rng *rng)
{
	switch (loss_targets(loss)) {
	case TARGETS_ZERO_OR_ABOVE:
		return (float)(rng_next32(rng) % 6);
	case TARGETS_POSITIVE:
		return rng_uniform(rng, 0.25f, 6.0f);
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

static void add_random_offset(gf_dataset *data, struct rng *rng)
{
	assert_int_equal(dataset_need_offset(data, "offset", 0, NULL), GF_OK);
	random_floats(rng, data->offset, data->rows, 0.5f);
}

static gf_dataset *random_dataset(const struct setup *setup, struct rng *rng)
{
	const size_t rows = setup->shape.rows + setup->extra_rows, K = setup->shape.outputs;
	const size_t targets = setup->loss == GF_LOSS_cross_entropy ? 1 : K;
	gf_dataset *data;
	size_t i;

	assert_int_equal(dataset_alloc(&data, rows, setup->shape.features, targets, NULL), GF_OK);
	random_floats(rng, data->x, rows * setup->shape.features, 2.0f);
	for (i = 0; i < rows * targets; i++)
		data->y[i] = random_target(setup->loss, K, rng);
	if (setup->offset && setup->loss != GF_LOSS_cross_entropy)
		add_random_offset(data, rng);
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
	const struct setup *setup = &t->setup;
	const size_t rows = setup->shape.rows + setup->extra_rows;

	if (setup->weighted)
		t->weights = random_weights(rows, rng);
	if (setup->class_weights)
		t->class_weights = random_weights(setup->shape.outputs, rng);
	t->problem = (struct problem){.data = random_dataset(setup, rng),
		.train_rows = setup->shape.rows,
		.outputs = setup->shape.outputs,
		.hidden = setup->hidden,
		.loss = setup->loss,
		.loss_parameters = {.delta = 0.75,
			.beta = 0.6,
			.epsilon = 0.3,
			.quantile = 0.2,
			.label_smoothing = setup->class_weights ? 0.1 : 0.0,
			.power = 1.3},
		.weights = t->weights,
		.class_weights = t->class_weights,
		.update = setup->update,
		.batch_size = setup->batch_size && setup->batch_size < setup->shape.rows
				      ? setup->batch_size
				      : setup->shape.rows};
}

/* ---- a plan ---- */

static void make_order(struct training *t, size_t epochs, struct rng *rng)
{
	const size_t all = t->setup.shape.rows, n = t->plan.rows;
	size_t e;

	/* Each permutation but for its first n rows is overwritten by the next. */
	t->order = malloc((epochs * n + all) * sizeof *t->order);
	for (e = 0; e < epochs; e++)
		rng_permutation(rng, t->order + e * n, all);
	t->plan.order = t->order;
}

static void make_plan(struct training *t, struct rng *rng)
{
	struct settings s = settings_of(&t->setup.update);
	size_t batches, i;

	s.l1 = t->setup.penalised ? 0.2 : 0.0;
	s.l2 = t->setup.penalised ? 0.07 : 0.0;
	t->rates = malloc(t->setup.steps * RATES * sizeof *t->rates);
	t->plan = (struct plan){
		.count = t->setup.steps, .rows = t->setup.shape.rows, .rates = t->rates};
	if (t->setup.drop_last)
		t->plan.rows -= t->plan.rows % t->problem.batch_size;
	batches = plan_batches(&t->plan, t->problem.batch_size);
	if (t->setup.shuffled)
		make_order(t, (t->setup.steps - 1) / batches + 1, rng);
	for (i = 0; i < t->setup.steps; i++) {
		const struct batch batch = plan_batch(&t->plan, t->problem.batch_size, i);
		const double M = (double)batch.count * (double)t->problem.outputs;

		s.lr *= 0.9;
		rates_of(&t->setup.update, &s, i + 1, 1.0 / M, t->rates + i * RATES);
	}
}

/* Outputs are about 1, whatever the widths: the squares of a unit's weights add up to about 1 in a
 * network, where smaller weights would shrink from layer to layer, and to 1/3 in a linear model. */
static void make_params(struct training *t, struct rng *rng)
{
	const struct network network = problem_network(&t->problem);
	const float reach = network.count > 1 ? sqrtf(3.0f) : 1.0f;
	size_t l;

	t->start = malloc(t->parameters * sizeof *t->start);
	for (l = 0; l < network.count; l++) {
		const struct layer *layer = &network.layers[l];

		random_floats(rng, t->start + layer->weight, layer->outputs * (layer->inputs + 1),
			reach / sqrtf((float)layer->inputs));
	}
}

/* State is as after some steps: where it
 * holds a mean and a mean of squares, the latter is above the square of the former. */
static void make_start(struct training *t, struct rng *rng)
{
	const size_t floats = t->planes * t->parameters;
	size_t i;

	make_params(t, rng);
	t->start_state = malloc((floats + 1) * sizeof *t->start_state);
	for (i = 0; i < floats; i++)
		t->start_state[i] = rng_uniform(rng, 0.02f, 0.1f);
}

struct training *new_training(const struct setup *setup)
{
	const struct shape s = setup->shape;
	struct training *t = calloc(1, sizeof *t);
	size_t seed = s.rows * 1000003 + s.features * 1009 + s.outputs, i;
	struct rng rng;

	t->setup = *setup;
	for (i = 0; i < setup->hidden.count; i++)
		seed = seed * 31 + setup->hidden.widths[i];
	rng_seed(&rng, seed);
	make_problem(t, &rng);
	t->parameters = problem_params(&t->problem);
	t->planes = problem_planes(&t->problem);
	make_plan(t, &rng);
	make_start(t, &rng);
	return t;
}

void free_training(struct training *t)
{
	void *const blocks[] = {t->order, t->rates, t->weights, t->class_weights, t->start,
		t->start_state, t->outputs, t};
	size_t i;

	free_outcome(&t->expected);
	free_problem(&t->problem);
	for (i = 0; i < COUNT(blocks); i++)
		free(blocks[i]);
}

/* ---- a training by plain loops ---- */

struct outcome new_outcome(const struct training *t)
{
	const size_t steps = t->setup.steps, P = t->parameters, S = t->planes;
	struct outcome o;

	o.losses = calloc(steps + (1 + S) * P + steps * step_floats(t), sizeof *o.losses);
	assert_non_null(o.losses);
	o.end = o.losses + steps;
	o.end_state = o.end + P;
	o.history = o.end_state + S * P;
	return o;
}

void free_outcome(struct outcome *outcome)
{
	free(outcome->losses);
}

static float mean_loss(const struct training *t, const float *params)
{
	const struct batch all = {.count = t->problem.data->rows};

	return order_gradient(&t->problem, &all, params, (float)mean_scale(&t->problem), NULL);
}

static void expect_step(struct training *t, size_t i)
{
	const struct batch batch = plan_batch(&t->plan, t->problem.batch_size, i);
	const double *rates = plan_rates(&t->plan, i);
	const size_t P = t->parameters;
	struct outcome *o = &t->expected;
	float *step = o->history + i * step_floats(t);

	memcpy(step, o->end, P * sizeof *step);
	o->losses[i] =
		order_gradient(&t->problem, &batch, o->end, (float)rates[RATE_SCALE], step + P);
	memcpy(step + 2 * P, o->end_state, t->planes * P * sizeof *step);
	order_update(&t->problem, rates, step + P, o->end, o->end_state);
}

void expect_training(struct training *t)
{
	const size_t rows = t->problem.data->rows, K = t->problem.outputs, P = t->parameters;
	size_t i;

	t->expected = new_outcome(t);
	t->outputs = malloc(rows * K * sizeof(float));
	memcpy(t->expected.end, t->start, P * sizeof(float));
	memcpy(t->expected.end_state, t->start_state, t->planes * P * sizeof(float));
	for (i = 0; i < rows * K; i++)
		t->outputs[i] = order_output(&t->problem, t->start, i / K, i % K);
	for (i = 0; i < t->setup.steps; i++)
		expect_step(t, i);
	t->start_loss = mean_loss(t, t->start);
	t->end_loss = mean_loss(t, t->expected.end);
}

/* ---- an engine ---- */

/* "3-5-2 tanh" */
static void describe_network(const struct setup *s, char *text, size_t size)
{
	size_t length = (size_t)snprintf(text, size, "%zu", s->shape.features), i;

	for (i = 0; i < s->hidden.count; i++)
		length +=
			(size_t)snprintf(text + length, size - length, "-%zu", s->hidden.widths[i]);
	snprintf(text + length, size - length, "-%zu%s%s", s->shape.outputs,
		s->hidden.count ? " " : "",
		s->hidden.count ? activation_word(s->hidden.activation) : "");
}

static void describe_update(const struct update *u, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s%s%s%s%s%s%s%s", optimizer_word(u->optimizer),
		u->momentum ? " momentum" : "", u->nesterov ? " nesterov" : "",
		u->amsgrad ? " amsgrad" : "", u->centered ? " centered" : "",
		u->maximize ? " maximize" : "", u->clip_norm ? " clip_norm" : "",
		u->clip_value ? " clip_value" : "", u->average ? " average" : "",
		u->no_bias ? " no_bias" : "");
}

void describe_training(const struct training *t, char *text, size_t size)
{
	const struct setup *s = &t->setup;
	const struct tuning *tuning = &t->tuning;
	char network[160], update[160];

	describe_network(s, network, sizeof network);
	describe_update(&s->update, update, sizeof update);
	snprintf(text, size,
		"%s%s, %zu rows, %s, batches of %zu%s%s%s, local %zu, blocks %zu: %s%s%s%s by %s",
		engine_word(t->engine),
		tuning->kernels == GF_KERNELS_gpu ? " with gpu kernels" : "", s->shape.rows,
		network, t->problem.batch_size, s->shuffled ? " shuffled" : "",
		s->drop_last ? " drop_last" : "",
		tuning->width == WIDTH_BUILT_IN ? " built in" : "", tuning->local, tuning->blocks,
		loss_word(s->loss), s->weighted ? " weighted" : "",
		t->problem.data->offset ? " with offsets" : "",
		s->class_weights ? " class weights" : "", update);
}

static void fail_with(const struct training *t, const char *message)
{
	char text[TRAINING_TEXT];

	describe_training(t, text, sizeof text);
	fail_msg("%s: %s", text, message);
}

struct engine *open_engine_beside(
	struct training *t, gf_engine word, struct tuning tuning, struct engine *beside)
{
	const struct engine_options options = {.device = getenv("GPUFIT_TEST_DEVICE"),
		.engine = word,
		.tuning = tuning,
		.beside = beside};
	struct engine *engine = NULL;
	gf_error err = {0};

	t->engine = word;
	t->tuning = tuning;
	if (engine_open(&engine, &t->problem, &options, &err))
		fail_with(t, err.message);
	return engine;
}

struct engine *open_engine(struct training *t, gf_engine word, struct tuning tuning)
{
	return open_engine_beside(t, word, tuning, NULL);
}

struct training *new_moments_training(const struct setup *setup)
{
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = GF_ENGINE_moments};
	struct training *t = new_training(setup);
	struct engine *engine;
	gf_error err = {0};

	if (!engine_open(&engine, &t->problem, &options, &err)) {
		engine_close(engine);
		return t;
	}
	assert_int_equal(err.status, GF_E_UNAVAILABLE);
	print_message("%s\n", err.message);
	free_training(t);
	skip();
	return NULL;
}

/* ---- a training by that engine ---- */

void run_steps(struct engine *engine, const struct training *t, size_t first, size_t count,
	int recorded, struct outcome *outcome)
{
	const struct history history = {outcome->losses + first,
		recorded ? outcome->history + first * step_floats(t) : NULL};
	struct plan plan = t->plan;
	gf_error err = {0};

	plan.first = first;
	plan.count = count;
	plan.rates = plan_rates(&t->plan, first);
	if (engine_run(engine, &plan, &history, &err))
		fail_with(t, err.message);
}

struct outcome run_training(struct engine *engine, const struct training *t, size_t most_steps)
{
	const size_t steps = t->setup.steps;
	struct outcome o = new_outcome(t);
	size_t done;

	assert_int_equal(engine_set(engine, t->start, t->start_state, NULL), GF_OK);
	for (done = 0; done < steps; done += most_steps)
		run_steps(engine, t, done, most_steps < steps - done ? most_steps : steps - done, 1,
			&o);
	assert_int_equal(engine_get(engine, o.end, o.end_state, NULL), GF_OK);
	return o;
}

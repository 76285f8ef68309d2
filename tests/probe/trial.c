#include "trial.h"

#include "../order.h"
#include "../rates.h"
#include "error.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t step_floats(const struct trial *t)
{
	return (2 + t->planes) * t->parameters;
}

/* ---- data ---- */

static float random_target(gf_loss loss, size_t classes, struct rng *rng)
{
	switch (loss_targets(loss)) {
	case TARGETS_ZERO_OR_ABOVE:
		return (float)(rng_next32(rng) % 6);
	case TARGETS_POSITIVE:
		return rng_uniform(rng, 0.25f, 6.0f);
	case TARGETS_PROBABILITIES:
		return rng_uniform(rng, 0.0f, 1.0f);
	case TARGETS_TWO_CLASSES:
		return rng_next32(rng) % 2 ? 1.0f : -1.0f;
	case TARGETS_CLASSES:
		return (float)(rng_next32(rng) % classes);
	default:
		return rng_uniform(rng, -3.0f, 3.0f);
	}
}

static gf_status make_data(struct trial *t, struct rng *rng, gf_error *err)
{
	const struct trial_setup *s = &t->setup;
	const size_t targets = s->loss == GF_LOSS_cross_entropy ? 1 : s->outputs;
	size_t i;

	TRY(dataset_alloc(&t->data, s->rows, s->features, targets, err));
	for (i = 0; i < s->rows * s->features; i++)
		t->data->x[i] = rng_uniform(rng, -2.0f, 2.0f);
	for (i = 0; i < s->rows * targets; i++)
		t->data->y[i] = random_target(s->loss, s->outputs, rng);
	t->weights = s->weighted ? malloc(s->rows * sizeof *t->weights) : NULL;
	if (s->weighted && !t->weights)
		return gf_fail_memory(err, s->rows * sizeof *t->weights, "weights");
	for (i = 0; t->weights && i < s->rows; i++)
		t->weights[i] = rng_uniform(rng, 0.25f, 2.0f);
	return GF_OK;
}

static void make_problem(struct trial *t)
{
	const struct trial_setup *s = &t->setup;

	t->problem = (struct problem){.data = t->data,
		.train_rows = s->rows,
		.outputs = s->outputs,
		.loss = s->loss,
		.loss_parameters =
			{.delta = 0.75, .beta = 0.6, .epsilon = 0.3, .quantile = 0.2, .power = 1.3},
		.weights = t->weights,
		.update = s->update,
		.batch_size = s->batch_size ? s->batch_size : s->rows};
	t->parameters = problem_params(&t->problem);
	t->planes = problem_planes(&t->problem);
}

/* ---- the plan ---- */

static void make_plan(struct trial *t, struct rng *rng)
{
	const struct trial_setup *s = &t->setup;
	struct settings settings = settings_of(&s->update);
	size_t i;

	t->plan = (struct plan){.count = s->steps, .rows = s->rows, .rates = t->rates};
	if (s->shuffled)
		t->plan.order = t->order;
	for (i = 0; s->shuffled && i <= s->steps / plan_batches(&t->plan, t->problem.batch_size);
		i++)
		rng_permutation(rng, t->order + i * s->rows, s->rows);
	for (i = 0; i < s->steps; i++) {
		const struct batch batch = plan_batch(&t->plan, t->problem.batch_size, i);

		rates_of(&s->update, &settings, i + 1,
			1.0 / ((double)batch.count * (double)s->outputs), t->rates + i * RATES);
	}
}

static void make_start(struct trial *t, struct rng *rng)
{
	const float reach = 1.0f / sqrtf((float)t->setup.features);
	size_t i;

	for (i = 0; i < t->parameters; i++)
		t->start[i] = rng_uniform(rng, -reach, reach);
	for (; i < (1 + t->planes) * t->parameters; i++)
		t->start[i] = rng_uniform(rng, 0.02f, 0.1f);
}

static gf_status make_arrays(struct trial *t, gf_error *err)
{
	const size_t rows = t->setup.rows, steps = t->setup.steps;
	const size_t batches = (rows + t->problem.batch_size - 1) / t->problem.batch_size;
	const size_t floats = step_floats(t) * steps;

	t->order = malloc((steps / batches + 2) * rows * sizeof *t->order);
	t->rates = malloc(steps * RATES * sizeof *t->rates);
	t->start = malloc((1 + t->planes) * t->parameters * sizeof *t->start);
	t->found = (struct history){malloc(steps * sizeof(float)), malloc(floats * sizeof(float))};
	t->wanted = (struct history){malloc(steps * sizeof(float)), malloc(floats * sizeof(float))};
	return t->order && t->rates && t->start && t->found.losses && t->found.steps &&
			       t->wanted.losses && t->wanted.steps
		       ? GF_OK
		       : gf_fail_memory(err, 2 * floats * sizeof(float), "a training");
}

gf_status trial_new(struct trial *t, const struct trial_setup *setup, gf_error *err)
{
	struct rng rng;

	memset(t, 0, sizeof *t);
	t->setup = *setup;
	rng_seed(&rng, setup->rows * 1000003 + setup->features * 1009 + setup->outputs);
	TRY(make_data(t, &rng, err));
	make_problem(t);
	TRY(make_arrays(t, err));
	make_plan(t, &rng);
	make_start(t, &rng);
	return GF_OK;
}

void trial_free(struct trial *t)
{
	void *const arrays[] = {t->order, t->rates, t->weights, t->start, t->found.losses,
		t->found.steps, t->wanted.losses, t->wanted.steps};
	size_t i;

	engine_close(t->engine);
	gf_dataset_free(t->data);
	for (i = 0; i < sizeof arrays / sizeof *arrays; i++)
		free(arrays[i]);
	memset(t, 0, sizeof *t);
}

/* ---- trainings ---- */

gf_status trial_expect(struct trial *t, gf_error *err)
{
	const size_t P = t->parameters, S = t->planes;
	float *now = malloc((1 + S) * P * sizeof *now);
	size_t i;

	if (!now)
		return gf_fail_memory(err, (1 + S) * P * sizeof *now, "parameters");
	memcpy(now, t->start, (1 + S) * P * sizeof *now);
	for (i = 0; i < t->setup.steps; i++) {
		const struct batch batch = plan_batch(&t->plan, t->problem.batch_size, i);
		const double *rates = plan_rates(&t->plan, i);
		float *step = t->wanted.steps + i * step_floats(t);

		memcpy(step, now, P * sizeof *step);
		memcpy(step + 2 * P, now + P, S * P * sizeof *step);
		t->wanted.losses[i] = order_gradient(
			&t->problem, &batch, now, (float)rates[RATE_SCALE], step + P);
		order_update(&t->problem, rates, step + P, now, now + P);
	}
	free(now);
	return GF_OK;
}

gf_status trial_open(struct trial *t, const struct probe *p, gf_engine word,
	const struct tuning *tuning, struct engine *beside, gf_error *err)
{
	const struct engine_options options = {
		.device = p->device, .engine = word, .tuning = *tuning, .beside = beside};

	engine_close(t->engine);
	t->engine = NULL;
	return engine_open(&t->engine, &t->problem, &options, err);
}

gf_status trial_run(struct trial *t, gf_error *err)
{
	const size_t limit = t->engine->record_limit;
	size_t done, count;

	TRY(engine_set(t->engine, t->start, t->start + t->parameters, err));
	for (done = 0; done < t->setup.steps; done += count) {
		const struct history part = {
			t->found.losses + done, t->found.steps + done * step_floats(t)};
		struct plan plan = t->plan;

		count = t->setup.steps - done < limit ? t->setup.steps - done : limit;
		plan.first = done;
		plan.count = count;
		plan.rates = plan_rates(&t->plan, done);
		TRY(engine_run(t->engine, &plan, &part, err));
	}
	return GF_OK;
}

/* ---- bits ---- */

/* "gradient[3]": the place of a number of a step. */
static void name_place(const struct trial *t, size_t place, char *text, size_t size)
{
	static const char *const planes[] = {"parameter", "gradient", "state"};
	const size_t plane = place / t->parameters;

	snprintf(text, size, "%s[%zu]", planes[plane < 2 ? plane : 2], place % t->parameters);
}

static gf_status differs(const struct trial *t, size_t step, const char *place, float found,
	float wanted, size_t count, gf_error *err)
{
	return gf_fail(err, GF_E_CHECK,
		"%zu of %zu numbers differ; the first: %s of step %zu is %.9g (%a), wanted %.9g "
		"(%a)",
		count, t->setup.steps * (1 + step_floats(t)), place, step, found, found, wanted,
		wanted);
}

static int same(const float *a, const float *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static size_t count_others(const float *found, const float *wanted, size_t count)
{
	size_t i, others = 0;

	for (i = 0; i < count; i++)
		others += !same(found + i, wanted + i);
	return others;
}

gf_status trial_compare(const struct trial *t, gf_error *err)
{
	const size_t steps = t->setup.steps, floats = step_floats(t);
	const float *found = t->found.steps, *wanted = t->wanted.steps;
	const size_t others = count_others(t->found.losses, t->wanted.losses, steps) +
			      count_others(found, wanted, steps * floats);
	char place[64];
	size_t i;

	for (i = 0; others && i < steps; i++)
		if (!same(t->found.losses + i, t->wanted.losses + i))
			return differs(
				t, i, "loss", t->found.losses[i], t->wanted.losses[i], others, err);
		else if (count_others(found + i * floats, wanted + i * floats, floats))
			break;
	if (!others)
		return GF_OK;
	for (i *= floats; same(found + i, wanted + i); i++)
		;
	name_place(t, i % floats, place, sizeof place);
	return differs(t, i / floats, place, found[i], wanted[i], others, err);
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
	const unsigned char *b = bytes;
	size_t i;

	for (i = 0; i < count; i++)
		hash = (hash ^ b[i]) * 0x100000001b3u;
	return hash;
}

uint64_t trial_hash(const struct trial *t)
{
	const size_t steps = t->setup.steps;
	const uint64_t hash =
		hash_bytes(0xcbf29ce484222325u, t->found.losses, steps * sizeof *t->found.losses);

	return hash_bytes(hash, t->found.steps, steps * step_floats(t) * sizeof *t->found.steps);
}

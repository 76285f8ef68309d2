/* steps.c: chunks of steps: as many as fit one launch's time, all of them recorded or none.  A
 * step is recorded where someone wants to see it: the check, or the caller. */
#include "clock.h"
#include "config.h"
#include "training.h"

#include <math.h>
#include <string.h>

#define CHUNK_SECONDS 0.05 /* so that progress and Ctrl-C live */

/* ---- what is wanted of a step ---- */

static unsigned caller_wants(const struct training *t, size_t epoch)
{
	const gf_config *c = t->config;

	return c->wants && c->on_epoch ? c->wants(epoch, c->user) : 0;
}

/* `ahead` steps on. */
static int recorded(const struct training *t, size_t ahead)
{
	const size_t in_epoch = t->progress.step + ahead;

	if (t->stopping || verifier_wants(&t->verifier, t->progress.steps + ahead) ||
		training_looks(t, t->progress.steps + ahead))
		return 1;
	return in_epoch % t->batches == 0 &&
	       caller_wants(t, t->progress.epoch + in_epoch / t->batches) != 0;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Steps up to where something has to be looked at. */
static size_t steps_to_stop(const struct training *t)
{
	const struct progress *p = &t->progress;
	size_t epochs = t->config->epochs - p->epoch;
	const size_t every = t->config->checkpoint ? t->config->checkpoint_every : 0;

	if (training_watches(t))
		epochs = 1;
	if (every)
		epochs = lesser(epochs, every - p->epoch % every);
	if (t->config->shuffle)
		epochs = lesser(
			epochs, t->permutations.now.first + t->permutations.now.count - p->epoch);
	/* One chunk has no more of them, however many epochs are left. */
	if (epochs > CHUNK_STEPS)
		epochs = CHUNK_STEPS;
	return epochs * t->batches - p->step;
}

/* Steps from `ahead` on before one that somebody could want to see. */
static size_t unseen(const struct training *t, size_t ahead)
{
	const size_t step = t->progress.steps + ahead, in_epoch = t->progress.step + ahead;

	return lesser(
		verifier_next(&t->verifier, step + 1) - step, t->batches - in_epoch % t->batches);
}

/* Steps from the next one on that are all recorded, or all not. */
static size_t chunk_length(const struct training *t, int record)
{
	size_t most = lesser(lesser(t->chunk_steps, CHUNK_STEPS), steps_to_stop(t)), n = 1;

	if (t->stopping)
		return 1;
	if (record)
		most = lesser(most, t->engine->record_limit);
	while (n < most && recorded(t, n) == record)
		n += record ? 1 : unseen(t, n);
	return lesser(n, most);
}

/* ---- the plan of a chunk ---- */

static void draw_ahead(void *user)
{
	struct training *t = user;

	permutations_ahead(&t->permutations, &t->progress.rng);
}

static struct plan plan_of(struct training *t, size_t count)
{
	const struct drawn *o = &t->permutations.now;
	const size_t ahead = t->config->shuffle ? t->progress.epoch - o->first : 0;

	return (struct plan){.first = ahead * t->batches + t->progress.step,
		.count = count,
		.rows = t->rows,
		.order = o->rows,
		.rates = t->rates,
		.rates_constant = t->step_rates.constant,
		.meanwhile = t->config->shuffle ? draw_ahead : NULL,
		.user = t};
}

static void set_rates(struct training *t, const struct plan *plan)
{
	const struct progress *p = &t->progress;
	const size_t count = plan->rates_constant ? 1 : plan->count;
	size_t i, epoch = p->epoch, step = p->step;

	for (i = 0; i < count; i++) {
		double *rates = t->rates + i * RATES;

		if (i > 0 && (t->batches == 1 || (step > 0 && step + 1 < t->batches)) &&
			step_rates_repeats(&t->step_rates, p->steps + i)) {
			memcpy(rates, rates - RATES, RATES * sizeof *rates);
		} else {
			const struct batch batch = plan_batch(plan, t->problem.batch_size, i);

			step_rates_of(&t->step_rates, epoch, p->steps + i, &batch, rates);
		}
		if (++step == t->batches) {
			step = 0;
			epoch++;
		}
	}
}

/* ---- one chunk ---- */

static void adapt(struct training *t, size_t count, double seconds)
{
	if (seconds < CHUNK_SECONDS / 3.0 && count == t->chunk_steps &&
		t->chunk_steps < CHUNK_STEPS)
		t->chunk_steps *= 2;
	else if (seconds > CHUNK_SECONDS && t->chunk_steps > 1)
		t->chunk_steps /= 2;
}

static gf_status run(struct training *t, const struct plan *plan, int record, gf_error *err)
{
	const struct history history = {t->losses, record ? t->steps : NULL};
	const size_t P = t->progress.parameters;
	const double start = clock_seconds();
	gf_status status = engine_get(t->engine, t->snapshot, t->snapshot + P, err);
	double seconds;

	if (!status)
		status = engine_run(t->engine, plan, &history, err);
	if (!status && record)
		status = engine_get(t->engine, t->after, t->after + P, err);
	seconds = clock_seconds() - start;
	t->report->train_seconds += seconds;
	adapt(t, plan->count, seconds);
	return status;
}

/* Step i of the plan, recorded or not. */
static struct taken taken_of(
	const struct training *t, const struct plan *plan, size_t i, int record)
{
	const size_t P = t->progress.parameters, S = t->progress.planes;
	struct taken taken = {.epoch = t->progress.epoch,
		.step = t->progress.step,
		.batch = plan_batch(plan, t->problem.batch_size, i),
		.rates = plan_rates(plan, i),
		.loss = t->losses[i]};

	if (record) {
		const float *step = t->steps + i * (2 + S) * P, *next = step + (2 + S) * P;
		const int last = i + 1 == plan->count;

		taken.before = step;
		taken.gradient = step + P;
		taken.state = step + 2 * P;
		taken.after = last ? t->after : next;
		taken.state_after = last ? t->after + P : next + 2 * P;
	}
	return taken;
}

/* What is told of an epoch is its first step. */
static void keep_first(struct training *t, const struct taken *taken)
{
	const size_t bytes = t->progress.parameters * sizeof(float);
	struct first_step *first = &t->first;

	if (taken->step > 0)
		return;
	first->lr = schedule_lr(&t->step_rates.schedule, taken->epoch, t->progress.steps);
	first->wants = taken->before ? caller_wants(t, taken->epoch) : 0;
	if (!first->wants)
		return;
	memcpy(first->before, taken->before, bytes);
	memcpy(first->gradient, taken->gradient, bytes);
	memcpy(first->after, taken->after, bytes);
}

/* i: its place in the chunk. */
static gf_status verify(struct training *t, const struct taken *taken, size_t i, gf_error *err)
{
	double start;
	gf_status status;

	if (!taken->before || !t->verifier.step ||
		!(t->stopping || verifier_wants(&t->verifier, t->progress.steps)))
		return GF_OK;
	config_tell(t->config, GF_PHASE_checking, 0, 0);
	start = clock_seconds();
	status = i == 0 ? training_prove_start(t, taken, err) : GF_OK;
	if (!status)
		status = verifier_check(&t->verifier, taken, err);
	t->report->profile.check_seconds += clock_seconds() - start;
	return status;
}

/* Counts step i of the plan, which was taken; at the end of an epoch there is more to do. */
static gf_status count(
	struct training *t, const struct plan *plan, size_t i, int record, gf_error *err)
{
	const struct taken taken = taken_of(t, plan, i, record);
	struct progress *p = &t->progress;
	gf_status status;

	if (training_is_flat(t, &taken)) {
		t->ended = t->converged = 1;
		return verify(t, &taken, i, err);
	}
	keep_first(t, &taken);
	p->loss_sum += (double)taken.loss * (double)taken.batch.count;
	p->rows_sum += (double)taken.batch.count;
	status = verify(t, &taken, i, err);
	if (!status && !isfinite(taken.loss))
		status = training_broke(t, plan, i, err);
	if (status) {
		(void)training_tell_failed(t, NULL);
		return status;
	}
	p->steps++;
	p->step++;
	return p->step < t->batches ? GF_OK : training_end_epoch(t, err);
}

/* The same of steps that nobody wants to see, from number i of the plan on, up to its end, or to
 * the last step of the epoch, or to one that went wrong; how many. */
static size_t count_unseen(struct training *t, const struct plan *plan, size_t i)
{
	struct progress *p = &t->progress;
	const size_t most = lesser(plan->count - i, t->batches - 1 - p->step);
	const double rows = (double)t->problem.batch_size;
	size_t n;

	for (n = 0; n < most && isfinite(t->losses[i + n]); n++)
		p->loss_sum += (double)t->losses[i + n] * rows;
	p->rows_sum += (double)n * rows;
	p->steps += n;
	p->step += n;
	return n;
}

/* Takes the plan's last step again, recorded: the bits before a step are those that it led from. */
static gf_status record_last(struct training *t, const struct plan *plan, gf_error *err)
{
	const size_t P = t->progress.parameters;
	const struct history unseen = {t->losses, NULL}, seen = {t->losses, t->steps};
	struct plan before = *plan, last = *plan;
	gf_status status = engine_set(t->engine, t->snapshot, t->snapshot + P, err);

	before.count--;
	last.first += before.count;
	before.meanwhile = last.meanwhile = NULL;
	last.rates = plan_rates(plan, before.count);
	last.count = 1;
	if (!status && before.count > 0)
		status = engine_run(t->engine, &before, &unseen, err);
	if (!status)
		status = engine_run(t->engine, &last, &seen, err);
	return status ? status : engine_get(t->engine, t->after, t->after + P, err);
}

/* Nobody knew that it would be the last step: patience ran out after it. */
static gf_status check_last(struct training *t, const struct plan *plan, gf_error *err)
{
	const size_t P = t->progress.parameters;
	const struct taken taken = {.epoch = t->progress.epoch - 1,
		.step = t->batches - 1,
		.batch = plan_batch(plan, t->problem.batch_size, plan->count - 1),
		.rates = plan_rates(plan, plan->count - 1),
		.loss = t->losses[plan->count - 1],
		.before = t->steps,
		.gradient = t->steps + P,
		.state = t->steps + 2 * P,
		.after = t->after,
		.state_after = t->after + P};
	const struct twins twins = {
		"the last step", "next", t->after, t->again.after, "before that"};
	gf_status status;

	config_tell(t->config, GF_PHASE_checking, 0, 0);
	status = engine_get(t->engine, t->again.after, t->again.after + P, err);
	if (!status)
		status = record_last(t, plan, err);
	if (!status)
		status = verifier_same(&t->verifier, &twins, err);
	return status ? status : verifier_check(&t->verifier, &taken, err);
}

/* To what it was before the recorded step i. */
static gf_status go_back(struct training *t, size_t i, gf_error *err)
{
	const size_t P = t->progress.parameters, S = t->progress.planes;
	const float *before = t->steps + i * (2 + S) * P;

	return engine_set(t->engine, before, before + 2 * P, err);
}

static void tell_steps(const struct training *t)
{
	config_tell(t->config, GF_PHASE_training, t->progress.steps,
		(uint64_t)t->config->epochs * t->batches);
}

gf_status training_advance(struct training *t, gf_error *err)
{
	struct plan plan;
	gf_status status;
	const struct progress *p = &t->progress;
	const size_t epoch = p->epoch, step = p->step;
	size_t steps, i;
	int record, proves;

	tell_steps(t);
	if (t->config->shuffle)
		permutations_need(&t->permutations, t->progress.epoch, &t->progress.rng);
	record = recorded(t, 0);
	steps = chunk_length(t, record);
	plan = plan_of(t, steps);
	set_rates(t, &plan);
	proves = record && t->verifier.step &&
		 (t->stopping || verifier_next(&t->verifier, p->steps) < p->steps + steps);
	status = run(t, &plan, record, err);
	for (i = 0; i < steps && !status && !t->converged;) {
		if (!record && t->progress.step > 0)
			i += count_unseen(t, &plan, i);
		if (i < steps)
			status = count(t, &plan, i++, record, err);
	}
	if (!status && proves)
		status = training_prove_steps(t, &plan, epoch, step, err);
	/* The parameters of the gradient that is small: before the step, and those after it. */
	if (!status && t->converged)
		status = go_back(t, i - 1, err);
	if (!status && t->ended && !record && t->verifier.step)
		status = check_last(t, &plan, err);
	t->report->epochs = t->progress.epoch;
	t->report->steps = t->progress.steps;
	return status;
}

/* steps.c: chunks of steps: as many as fit one launch's time, all of them recorded or none.  A
 * step is recorded if the check, the gradient tolerance or the caller needs it. */
#include "clock.h"
#include "config.h"
#include "training.h"

#include <math.h>
#include <string.h>

#define CHUNK_SECONDS 0.05 /* keeps progress and Ctrl-C responsive */

/* ---- which steps are recorded ---- */

static unsigned caller_wants(const struct training *t, size_t epoch)
{
	const gf_config *c = t->config;

	return c->wants && c->on_epoch ? c->wants(epoch, c->user) : 0;
}

/* Returns 1 if the step `ahead` of the next one has to be recorded. */
static int recorded(const struct training *t, size_t ahead)
{
	const size_t in_epoch = t->state.step + ahead;

	if (t->stopping || verifier_wants(&t->verifier, t->state.steps + ahead) ||
		training_records_gradient(t, t->state.steps + ahead))
		return 1;
	return in_epoch % t->step_rates.batches == 0 &&
	       caller_wants(t, t->state.epoch + in_epoch / t->step_rates.batches) != 0;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Steps until the host has to act: at an epoch that is judged, a checkpoint, the end of the
 * permutations. */
static size_t steps_to_stop(const struct training *t)
{
	const struct train_state *p = &t->state;
	size_t epochs = t->config->epochs - p->epoch;
	const size_t every = t->config->checkpoint ? t->config->checkpoint_every : 0;

	if (training_watches(t))
		epochs = 1;
	if (every)
		epochs = lesser(epochs, every - p->epoch % every);
	if (t->config->shuffle)
		epochs = lesser(
			epochs, t->permutations.now.first + t->permutations.now.count - p->epoch);
	/* A chunk has at most CHUNK_STEPS steps, and the product below must not overflow. */
	if (epochs > CHUNK_STEPS)
		epochs = CHUNK_STEPS;
	return epochs * t->step_rates.batches - p->step;
}

/* Steps from `ahead` on that certainly need no recording. */
static size_t unrecorded_steps(const struct training *t, size_t ahead)
{
	const size_t step = t->state.steps + ahead, in_epoch = t->state.step + ahead;

	return lesser(verifier_next(&t->verifier, step + 1) - step,
		t->step_rates.batches - in_epoch % t->step_rates.batches);
}

/* The length of the next chunk, whose steps are all recorded or all not. */
static size_t chunk_length(const struct training *t, int record)
{
	size_t most = lesser(lesser(t->chunk_steps, CHUNK_STEPS), steps_to_stop(t)), n = 1;

	if (t->stopping)
		return 1;
	if (record)
		most = lesser(most, t->engine->record_limit);
	while (n < most && recorded(t, n) == record)
		n += record ? 1 : unrecorded_steps(t, n);
	return lesser(n, most);
}

/* ---- the plan of a chunk ---- */

static void draw_ahead(void *user)
{
	struct training *t = user;

	permutations_ahead(&t->permutations, &t->state.rng);
}

static struct plan plan_of(struct training *t, size_t count)
{
	const struct epoch_orders *o = &t->permutations.now;
	const size_t ahead = t->config->shuffle ? t->state.epoch - o->first : 0;

	return (struct plan){.first = ahead * t->step_rates.batches + t->state.step,
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
	const struct train_state *p = &t->state;
	const size_t count = plan->rates_constant ? 1 : plan->count;
	size_t i, epoch = p->epoch, step = p->step;

	for (i = 0; i < count; i++) {
		double *rates = t->rates + i * RATES;

		if (i > 0 &&
			(t->step_rates.batches == 1 ||
				(step > 0 && step + 1 < t->step_rates.batches)) &&
			step_rates_repeats(&t->step_rates, p->steps + i)) {
			memcpy(rates, rates - RATES, RATES * sizeof *rates);
		} else {
			const struct batch batch = plan_batch(plan, t->problem.batch_size, i);

			step_rates_of(&t->step_rates, epoch, p->steps + i, &batch, rates);
		}
		if (++step == t->step_rates.batches) {
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
	const size_t P = t->state.parameters;
	const double start = clock_seconds();
	gf_status status = engine_get(t->engine, t->chunk_start, t->chunk_start + P, err);
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
static struct step_record record_of(
	const struct training *t, const struct plan *plan, size_t i, int record)
{
	const size_t P = t->state.parameters, S = t->state.planes;
	struct step_record taken = {.epoch = t->state.epoch,
		.step = t->state.step,
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

/* on_epoch shows the first step of an epoch. */
static void keep_first(struct training *t, const struct step_record *taken)
{
	const size_t bytes = t->state.parameters * sizeof(float);
	struct first_step *first = &t->first;

	if (taken->step > 0)
		return;
	first->lr = schedule_lr(&t->step_rates.schedule, taken->epoch, t->state.steps);
	first->wants = taken->before ? caller_wants(t, taken->epoch) : 0;
	if (!first->wants)
		return;
	memcpy(first->before, taken->before, bytes);
	memcpy(first->gradient, taken->gradient, bytes);
	memcpy(first->after, taken->after, bytes);
}

/* i: its place in the chunk. */
static gf_status verify(
	struct training *t, const struct step_record *taken, size_t i, gf_error *err)
{
	double start;
	gf_status status;

	if (!taken->before || !t->verifier.step ||
		!(t->stopping || verifier_wants(&t->verifier, t->state.steps)))
		return GF_OK;
	config_tell(t->config, GF_PHASE_checking, 0, 0);
	start = clock_seconds();
	status = i == 0 ? training_check_start(t, taken, err) : GF_OK;
	if (!status)
		status = verifier_check(&t->verifier, taken, err);
	t->report->profile.check_seconds += clock_seconds() - start;
	return status;
}

/* Counts step i of the plan, which was taken; at the end of an epoch there is more to do. */
static gf_status count(
	struct training *t, const struct plan *plan, size_t i, int record, gf_error *err)
{
	const struct step_record taken = record_of(t, plan, i, record);
	struct train_state *p = &t->state;
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
		status = training_fail_step(t, plan, i, err);
	if (status) {
		(void)training_report_failed_epoch(t, NULL);
		return status;
	}
	p->steps++;
	p->step++;
	return p->step < t->step_rates.batches ? GF_OK : training_end_epoch(t, err);
}

/* Counts steps that were not recorded, from step i of the plan up to its end, the last step of the
 * epoch, or a loss that is not finite.  Returns how many. */
static size_t count_unrecorded(struct training *t, const struct plan *plan, size_t i)
{
	struct train_state *p = &t->state;
	const size_t most = lesser(plan->count - i, t->step_rates.batches - 1 - p->step);
	const double rows = (double)t->problem.batch_size;
	size_t n;

	for (n = 0; n < most && isfinite(t->losses[i + n]); n++)
		p->loss_sum += (double)t->losses[i + n] * rows;
	p->rows_sum += (double)n * rows;
	p->steps += n;
	p->step += n;
	return n;
}

/* Repeats the plan from its start and records its last step: equal bits lead to equal bits. */
static gf_status record_last(struct training *t, const struct plan *plan, gf_error *err)
{
	const size_t P = t->state.parameters;
	const struct history unseen = {t->losses, NULL}, seen = {t->losses, t->steps};
	struct plan before = *plan, last = *plan;
	gf_status status = engine_set(t->engine, t->chunk_start, t->chunk_start + P, err);

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

/* Checks the last step if it was not recorded: that patience runs out is known only after it. */
static gf_status check_last(struct training *t, const struct plan *plan, gf_error *err)
{
	const size_t P = t->state.parameters;
	const struct step_record taken = {.epoch = t->state.epoch - 1,
		.step = t->step_rates.batches - 1,
		.batch = plan_batch(plan, t->problem.batch_size, plan->count - 1),
		.rates = plan_rates(plan, plan->count - 1),
		.loss = t->losses[plan->count - 1],
		.before = t->steps,
		.gradient = t->steps + P,
		.state = t->steps + 2 * P,
		.after = t->after,
		.state_after = t->after + P};
	const struct bit_comparison twins = {
		"the last step", "next", t->after, t->repeated.after, "before that"};
	gf_status status;

	config_tell(t->config, GF_PHASE_checking, 0, 0);
	status = engine_get(t->engine, t->repeated.after, t->repeated.after + P, err);
	if (!status)
		status = record_last(t, plan, err);
	if (!status)
		status = verifier_same(&t->verifier, &twins, err);
	return status ? status : verifier_check(&t->verifier, &taken, err);
}

/* Gives the engine the parameters and state before the recorded step i. */
static gf_status go_back(struct training *t, size_t i, gf_error *err)
{
	const size_t P = t->state.parameters, S = t->state.planes;
	const float *before = t->steps + i * (2 + S) * P;

	return engine_set(t->engine, before, before + 2 * P, err);
}

static void tell_steps(const struct training *t)
{
	config_tell(t->config, GF_PHASE_training, t->state.steps,
		(uint64_t)t->config->epochs * t->step_rates.batches);
}

gf_status training_advance(struct training *t, gf_error *err)
{
	struct plan plan;
	gf_status status;
	const struct train_state *p = &t->state;
	const size_t epoch = p->epoch, step = p->step;
	size_t steps, i;
	int record, proves;

	tell_steps(t);
	if (t->config->shuffle)
		permutations_need(&t->permutations, t->state.epoch, &t->state.rng);
	record = recorded(t, 0);
	steps = chunk_length(t, record);
	plan = plan_of(t, steps);
	set_rates(t, &plan);
	proves = record && t->verifier.step &&
		 (t->stopping || verifier_next(&t->verifier, p->steps) < p->steps + steps);
	status = run(t, &plan, record, err);
	for (i = 0; i < steps && !status && !t->converged;) {
		if (!record && t->state.step > 0)
			i += count_unrecorded(t, &plan, i);
		if (i < steps)
			status = count(t, &plan, i++, record, err);
	}
	if (!status && proves)
		status = training_check_repeat(t, &plan, epoch, step, err);
	/* The small gradient is of the parameters before the step: undo it and the later ones. */
	if (!status && t->converged)
		status = go_back(t, i - 1, err);
	if (!status && t->ended && !record && t->verifier.step)
		status = check_last(t, &plan, err);
	t->report->epochs = t->state.epoch;
	t->report->steps = t->state.steps;
	return status;
}

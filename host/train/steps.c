/* steps.c: runs steps in chunks of about CHUNK_SECONDS.  The engine records all steps of a chunk
 * or none.  A step is recorded if the check, the gradient tolerance or the caller needs its
 * numbers. */
#include "catalog.h"
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

/* Returns 1 if that step, counted from the training's start, is recorded for its gradient: every
 * step for tolerance, the first and the last for the notice at the end (ending.c). */
static int records_gradient(const struct training *t, size_t step)
{
	if (!training_is_full_batch(t))
		return 0;
	if (t->config->tolerance > 0.0)
		return 1;
	return t->engine->word == GF_ENGINE_reference && config_is_smooth(t->config) &&
	       (step == 0 || step + 1 == t->config->epochs);
}

/* Returns 1 if the step `ahead` of the next one has to be recorded. */
static int must_record(const struct training *t, size_t ahead)
{
	const size_t in_epoch = t->state.step + ahead;

	if (t->stopping || verifier_wants(&t->verifier, t->state.steps + ahead) ||
		records_gradient(t, t->state.steps + ahead))
		return 1;
	return in_epoch % t->step_rates.batches == 0 &&
	       caller_wants(t, t->state.epoch + in_epoch / t->step_rates.batches) != 0;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Returns the number of steps until the host has to act: at the end of an epoch whose loss decides
 * what happens next, at a checkpoint, or when no permutation is left. */
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

/* Returns how many steps from `ahead` on certainly need no recording. */
static size_t unrecorded_steps(const struct training *t, size_t ahead)
{
	const size_t step = t->state.steps + ahead, in_epoch = t->state.step + ahead;

	return lesser(verifier_next(&t->verifier, step + 1) - step,
		t->step_rates.batches - in_epoch % t->step_rates.batches);
}

/* Returns the length of the next chunk, whose steps are all recorded or all not. */
static size_t chunk_length(const struct training *t, int record)
{
	size_t limit = lesser(lesser(t->chunk_steps, CHUNK_STEPS), steps_to_stop(t)), n = 1;

	if (t->stopping)
		return 1;
	if (record)
		limit = lesser(limit, t->engine->record_limit);
	while (n < limit && must_record(t, n) == record)
		n += record ? 1 : unrecorded_steps(t, n);
	return lesser(n, limit);
}

/* ---- the plan of a chunk ---- */

static struct plan plan_of(const struct training *t, size_t count)
{
	const struct epoch_permutations *drawn = &t->permutations.now;
	const size_t ahead = t->config->shuffle ? t->state.epoch - drawn->first : 0;

	return (struct plan){.first = ahead * t->step_rates.batches + t->state.step,
		.count = count,
		.rows = t->rows,
		.order = drawn->rows,
		.rates = t->rates,
		.rates_constant = t->step_rates.constant};
}

/* Fills t->rates for the plan's steps.  Most steps within an epoch have the rates of the step
 * before them, which are copied. */
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

/* A chunk takes between a third of CHUNK_SECONDS and all of it. */
void training_adapt_chunk(struct training *t)
{
	const struct last_chunk *last = &t->last_chunk;

	if (last->seconds < CHUNK_SECONDS / 3.0 && last->steps == t->chunk_steps &&
		t->chunk_steps < CHUNK_STEPS)
		t->chunk_steps *= 2;
	else if (last->seconds > CHUNK_SECONDS && t->chunk_steps > 1)
		t->chunk_steps /= 2;
}

/* is_checked: reads back the parameters and state before the chunk, which a check needs. */
static gf_status take_steps(
	struct training *t, const struct plan *plan, int record, int is_checked, gf_error *err)
{
	const struct history history = {t->losses, record ? t->steps : NULL};
	const size_t P = t->state.parameters;
	const float *start;

	t->chunk_start_known = 0;
	TRY(engine_mark(t->engine, err));
	if (is_checked)
		TRY(training_chunk_start(t, &start, err));
	TRY(engine_submit(t->engine, plan, record, err));
	/* The next permutations are drawn while the device computes. */
	if (t->config->shuffle)
		permutations_ahead(&t->permutations, &t->rng);
	TRY(engine_wait(t->engine, &history, err));
	return record ? engine_get(t->engine, t->after, t->after + P, err) : GF_OK;
}

static gf_status run(
	struct training *t, const struct plan *plan, int record, int is_checked, gf_error *err)
{
	const uint64_t sent = engine_uploaded(t->engine);
	const double start = clock_seconds();
	const gf_status status = take_steps(t, plan, record, is_checked, err);
	const double seconds = clock_seconds() - start;

	t->report->train_seconds += seconds;
	t->report->sent_bytes += engine_uploaded(t->engine) - sent;
	t->last_chunk = (struct last_chunk){plan->count, seconds};
	return status;
}

gf_status training_chunk_start(struct training *t, const float **params, gf_error *err)
{
	float *state = t->chunk_start + t->state.parameters;

	if (!t->chunk_start_known)
		TRY(engine_get_marked(t->engine, t->chunk_start, state, err));
	t->chunk_start_known = 1;
	*params = t->chunk_start;
	return GF_OK;
}

gf_status training_restart_chunk(struct training *t, gf_error *err)
{
	const float *start;

	TRY(training_chunk_start(t, &start, err));
	return engine_set(t->engine, start, start + t->state.parameters, err);
}

/* Points the record to step i of t->steps.  The results of the last recorded step are in
 * t->after. */
static void point_to(struct step_record *record, const struct training *t, size_t i, int is_last)
{
	const size_t P = t->state.parameters, S = t->state.planes;
	const float *step = t->steps + i * (2 + S) * P, *next = step + (2 + S) * P;

	record->before = step;
	record->gradient = step + P;
	record->state = step + 2 * P;
	record->after = is_last ? t->after : next;
	record->state_after = is_last ? t->after + P : next + 2 * P;
}

/* Returns step i of the plan.  If it was not recorded, its parameters, gradient and state are
 * NULL. */
static struct step_record step_of(
	const struct training *t, const struct plan *plan, size_t i, int recorded)
{
	struct step_record record = {.epoch = t->state.epoch,
		.step = t->state.step,
		.batch = plan_batch(plan, t->problem.batch_size, i),
		.rates = plan_rates(plan, i),
		.loss = t->losses[i]};

	if (recorded)
		point_to(&record, t, i, i + 1 == plan->count);
	return record;
}

/* Keeps the first step of an epoch, which on_epoch shows. */
static void keep_first(struct training *t, const struct step_record *record)
{
	const size_t bytes = t->state.parameters * sizeof(float);
	struct first_step *first = &t->first;

	if (record->step > 0)
		return;
	first->lr = schedule_lr(&t->step_rates.schedule, record->epoch, t->state.steps);
	first->wants = record->before ? caller_wants(t, record->epoch) : 0;
	if (!first->wants)
		return;
	memcpy(first->before, record->before, bytes);
	memcpy(first->gradient, record->gradient, bytes);
	memcpy(first->after, record->after, bytes);
}

/* Returns the smallest subgradient of f(w) + l1 |w|, where g is the slope of f: it is 0 at the
 * minimum.  A NaN stays one. */
static double with_l1(double g, double w, double l1)
{
	if (w != 0.0)
		return w > 0.0 ? g + l1 : g - l1;
	return fabs(g) <= l1 ? 0.0 : fabs(g) - l1;
}

/* Returns the largest magnitude in the gradient of the objective, penalties included; NaN if any is
 * NaN. */
static double largest_gradient(const struct training *t, const struct step_record *record)
{
	const gf_config *c = t->config;
	const struct network network = problem_network(&t->problem);
	const double decay = optimizer_of(c->optimizer)->decoupled_decay ? 0.0 : c->weight_decay;
	const double sign = c->maximize ? -1.0 : 1.0;
	double largest = 0.0;
	size_t p;

	for (p = 0; p < network.parameters; p++) {
		const int is_bias = network_is_bias(&network, p);
		const double penalty = decay + (is_bias ? 0.0 : c->l2);
		const double w = (double)record->before[p];
		const double slope = sign * (double)record->gradient[p] + penalty * w;
		const double g = is_bias ? slope : with_l1(slope, w, c->l1);

		/* Written so that a NaN replaces a number. */
		if (!(is_bias && c->no_bias) && !(fabs(g) <= largest))
			largest = fabs(g);
	}
	return largest;
}

/* Puts the gradient of a recorded full-batch step into the report.  Returns 1 if it is within
 * tolerance. */
static int report_gradient(struct training *t, const struct step_record *record)
{
	const double tolerance = t->config->tolerance;
	double gradient;

	if (!record->before || !training_is_full_batch(t))
		return 0;
	gradient = largest_gradient(t, record);
	if (config_is_smooth(t->config)) {
		if (t->state.steps == 0)
			t->report->gradient_first = gradient;
		t->report->gradient_last = gradient;
		t->gradient_step = t->state.steps;
	}
	return tolerance > 0.0 && gradient <= tolerance;
}

static gf_status count_step(struct training *t, const struct plan *plan, size_t i,
	const struct step_record *record, gf_error *err)
{
	struct train_state *p = &t->state;

	keep_first(t, record);
	p->loss_sum += (double)record->loss * (double)record->batch.count;
	p->rows_sum += (double)record->batch.count;
	TRY(training_check_step(t, record, i, err));
	return isfinite(record->loss) ? GF_OK : training_fail_step(t, plan, i, err);
}

/* Counts step i of the plan, which has run, and ends the epoch after its last step. */
static gf_status finish_step(
	struct training *t, const struct plan *plan, size_t i, int recorded, gf_error *err)
{
	const struct step_record record = step_of(t, plan, i, recorded);
	struct train_state *p = &t->state;
	gf_status status;

	if (report_gradient(t, &record)) {
		t->ended = t->converged = 1;
		return training_check_step(t, &record, i, err);
	}
	status = count_step(t, plan, i, &record, err);
	if (status) {
		/* The caller sees the epoch that failed; the first error is the one returned. */
		(void)training_report_failed_epoch(t, NULL);
		return status;
	}
	p->steps++;
	p->step++;
	return p->step < t->step_rates.batches ? GF_OK : training_end_epoch(t, err);
}

/* Counts steps that were not recorded, from step i of the plan on, and returns how many.  It stops
 * before the last step of an epoch and before a loss that is not finite: finish_step takes
 * these. */
static size_t count_unrecorded(struct training *t, const struct plan *plan, size_t i)
{
	struct train_state *p = &t->state;
	const size_t limit = lesser(plan->count - i, t->step_rates.batches - 1 - p->step);
	const double rows = (double)t->problem.batch_size;
	size_t n;

	for (n = 0; n < limit && isfinite(t->losses[i + n]); n++)
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
	const struct history unrecorded = {t->losses, NULL}, recorded = {t->losses, t->steps};
	struct plan others = *plan, last = *plan;

	others.count--;
	last.first += others.count;
	last.rates = plan_rates(plan, others.count);
	last.count = 1;
	TRY(training_restart_chunk(t, err));
	if (others.count > 0)
		TRY(engine_run(t->engine, &others, &unrecorded, err));
	TRY(engine_run(t->engine, &last, &recorded, err));
	return engine_get(t->engine, t->after, t->after + P, err);
}

/* Checks the last step if it was not recorded: that patience runs out is known only after it. */
static gf_status check_last(struct training *t, const struct plan *plan, gf_error *err)
{
	const size_t i = plan->count - 1;
	const struct bit_comparison repeated = {
		"the last step", "next", t->after, t->repeated.after, "before that"};
	struct step_record record = {.epoch = t->state.epoch - 1,
		.step = t->step_rates.batches - 1,
		.batch = plan_batch(plan, t->problem.batch_size, i),
		.rates = plan_rates(plan, i),
		.loss = t->losses[i]};

	config_tell(t->config, GF_PHASE_checking, 0, 0);
	point_to(&record, t, 0, 1);
	TRY(engine_get(t->engine, t->repeated.after, t->repeated.after + t->state.parameters, err));
	TRY(record_last(t, plan, err));
	TRY(verifier_same(&t->verifier, &repeated, err));
	return verifier_check(&t->verifier, &record, err);
}

/* Gives the engine the parameters and state before the recorded step i. */
static gf_status undo_from(struct training *t, size_t i, gf_error *err)
{
	const size_t P = t->state.parameters, S = t->state.planes;
	const float *before = t->steps + i * (2 + S) * P;

	return engine_set(t->engine, before, before + 2 * P, err);
}

/* Counts the steps of the plan, which have run, up to one that converged.  *i: how many. */
static gf_status finish_steps(
	struct training *t, const struct plan *plan, int recorded, size_t *i, gf_error *err)
{
	for (*i = 0; *i < plan->count && !t->converged;) {
		if (!recorded && t->state.step > 0)
			*i += count_unrecorded(t, plan, *i);
		if (*i < plan->count)
			TRY(finish_step(t, plan, (*i)++, recorded, err));
	}
	return GF_OK;
}

static gf_status run_chunk(struct training *t, const struct plan *plan, int record, gf_error *err)
{
	const size_t epoch = t->state.epoch, step = t->state.step, steps = t->state.steps;
	const int is_checked =
		record && t->verifier.step &&
		(t->stopping || verifier_next(&t->verifier, steps) < steps + plan->count);
	size_t i;

	TRY(run(t, plan, record, is_checked, err));
	TRY(finish_steps(t, plan, record, &i, err));
	if (is_checked)
		TRY(training_check_repeat(t, plan, epoch, step, err));
	/* The small gradient is of the parameters before the step: undo it and the later ones. */
	if (t->converged)
		TRY(undo_from(t, i - 1, err));
	return t->ended && !record && t->verifier.step ? check_last(t, plan, err) : GF_OK;
}

gf_status training_advance(struct training *t, gf_error *err)
{
	struct plan plan;
	gf_status status;
	size_t length;
	int record;

	config_tell(t->config, GF_PHASE_training, t->state.steps,
		(uint64_t)t->config->epochs * t->step_rates.batches);
	if (t->config->shuffle)
		permutations_need(&t->permutations, t->state.epoch, &t->rng);
	record = must_record(t, 0);
	length = chunk_length(t, record);
	TRY(ranks_agree_on_chunk(t, &record, &length, err));
	plan = plan_of(t, length);
	set_rates(t, &plan);
	status = run_chunk(t, &plan, record, err);
	t->report->epochs = t->state.epoch;
	t->report->steps = t->state.steps;
	return status;
}

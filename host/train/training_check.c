/* training_check.c: the checks of a training: its recorded steps against the reference, steps and
 * losses computed a second time, and the data on the device. */
#include "clock.h"
#include "config.h"
#include "training.h"

#include <stdio.h>
#include <string.h>

/* ---- steps, and that they repeat ---- */

/* Tells the caller that the training is being checked; returns the time. */
static double begin_check(const struct training *t)
{
	config_tell(t->config, GF_PHASE_checking, 0, 0);
	return clock_seconds();
}

/* Adds the time since start to that of checks; returns status. */
static gf_status end_check(struct training *t, double start, gf_status status)
{
	t->report->profile.check_seconds += clock_seconds() - start;
	return status;
}

/* Checks that a chunk's first step started from the parameters and state read before it. */
static gf_status check_start(struct training *t, const struct step_record *first, gf_error *err)
{
	const struct verifier *v = &t->verifier;
	const size_t P = t->state.parameters;
	const struct step_name where = verifier_step_name(v, first->epoch, first->step);
	char name[64] = "starting";
	struct bit_comparison pair = {where.text, name, first->before, NULL,
		t->state.steps == v->first ? "was set" : "is what the step before came to"};
	const float *start;
	size_t i;

	TRY(training_chunk_start(t, &start, err));
	pair.wanted = start;
	TRY(verifier_same(v, &pair, err));
	for (i = 0; i < t->state.planes; i++) {
		snprintf(name, sizeof name, "starting state %zu of", i);
		pair.found = first->state + i * P;
		pair.wanted = start + (1 + i) * P;
		TRY(verifier_same(v, &pair, err));
	}
	return GF_OK;
}

static gf_status check_step(
	struct training *t, const struct step_record *record, size_t i, gf_error *err)
{
	if (i == 0)
		TRY(check_start(t, record, err));
	return verifier_check(&t->verifier, record, err);
}

gf_status training_check_step(
	struct training *t, const struct step_record *record, size_t i, gf_error *err)
{
	double start;

	if (!record->before || !t->verifier.step ||
		!(t->stopping || verifier_wants(&t->verifier, t->state.steps)))
		return GF_OK;
	start = begin_check(t);
	return end_check(t, start, check_step(t, record, i, err));
}

/* Names plane i of a recorded step. */
static void name_plane(size_t i, char *name, size_t size)
{
	if (i < 2)
		snprintf(name, size, "%s", i == 0 ? "starting" : "gradient of");
	else
		snprintf(name, size, "starting state %zu of", i - 2);
}

static gf_status compare_losses(const char *where, float found, float repeated, gf_error *err)
{
	if (memcmp(&found, &repeated, sizeof found) == 0)
		return GF_OK;
	return gf_fail(err, GF_E_CHECK, "%s is %.9g on the device, and %.9g the second time", where,
		(double)found, (double)repeated);
}

/* Compares step i of the chunk with its repetition. */
static gf_status compare_step(const struct training *t, size_t i, const char *where, gf_error *err)
{
	const size_t P = t->state.parameters, planes = 2 + t->state.planes;
	char name[96];
	size_t plane;

	snprintf(name, sizeof name, "%s: loss", where);
	TRY(compare_losses(name, t->losses[i], t->repeated.losses[i], err));
	for (plane = 0; plane < planes; plane++) {
		const size_t at = (i * planes + plane) * P;
		const struct bit_comparison pair = {
			where, name, t->steps + at, t->repeated.steps + at, "the second time"};

		name_plane(plane, name, sizeof name);
		TRY(verifier_same(&t->verifier, &pair, err));
	}
	return GF_OK;
}

/* Compares the parameters and state after the last step with their repetition. */
static gf_status compare_after(const struct training *t, const char *where, gf_error *err)
{
	const size_t P = t->state.parameters;
	char name[64] = "next";
	size_t plane;

	for (plane = 0; plane <= t->state.planes; plane++) {
		const struct bit_comparison pair = {where, name, t->after + plane * P,
			t->repeated.after + plane * P, "the second time"};

		if (plane > 0)
			snprintf(name, sizeof name, "next state %zu of", plane - 1);
		TRY(verifier_same(&t->verifier, &pair, err));
	}
	return GF_OK;
}

static gf_status repeat_steps(struct training *t, const struct plan *plan, gf_error *err)
{
	const struct history history = {t->repeated.losses, t->repeated.steps};
	const size_t P = t->state.parameters;

	TRY(training_restart_chunk(t, err));
	TRY(engine_run(t->engine, plan, &history, err));
	return engine_get(t->engine, t->repeated.after, t->repeated.after + P, err);
}

/* Compares all steps at once: the fast path. */
static int are_same(const struct training *t, size_t count)
{
	const size_t P = t->state.parameters, S = t->state.planes;

	return memcmp(t->losses, t->repeated.losses, count * sizeof *t->losses) == 0 &&
	       memcmp(t->steps, t->repeated.steps, count * (2 + S) * P * sizeof *t->steps) == 0 &&
	       memcmp(t->after, t->repeated.after, (1 + S) * P * sizeof *t->after) == 0;
}

/* Finds and reports the first number that differs. */
static gf_status report_difference(
	const struct training *t, size_t count, size_t epoch, size_t step, gf_error *err)
{
	const size_t batches = t->step_rates.batches;
	struct step_name where = {""};
	size_t i;

	for (i = 0; i < count; i++) {
		where = verifier_step_name(
			&t->verifier, epoch + (step + i) / batches, (step + i) % batches);
		TRY(compare_step(t, i, where.text, err));
	}
	return compare_after(t, where.text, err);
}

static gf_status check_repeat(
	struct training *t, const struct plan *plan, size_t epoch, size_t step, gf_error *err)
{
	TRY(repeat_steps(t, plan, err));
	return are_same(t, plan->count) ? GF_OK
					: report_difference(t, plan->count, epoch, step, err);
}

gf_status training_check_repeat(
	struct training *t, const struct plan *plan, size_t epoch, size_t step, gf_error *err)
{
	const double start = begin_check(t);

	return end_check(t, start, check_repeat(t, plan, epoch, step, err));
}

/* ---- losses and data ---- */

/* The loss of too many rows for the reference is checked for these groups of rows. */
enum { SAMPLES = 3, SAMPLE_ROWS = 1024 };

static int is_cheap(const struct verifier *v, size_t rows)
{
	return v->mode == GF_CHECK_every || reference_work(v->problem, rows) <= VERIFIER_CHEAP_WORK;
}

static size_t cheap_rows(const struct verifier *v)
{
	const double rows = VERIFIER_CHEAP_WORK / reference_work(v->problem, 1);

	return rows < 1.0 ? 1 : (size_t)rows;
}

/* Checks the loss of some rows at the beginning, the middle and the end of the batch. */
static gf_status check_sample(struct training *t, const struct loss_check *check, gf_error *err)
{
	const size_t cheap = cheap_rows(&t->verifier) / SAMPLES + 1;
	const size_t rows = cheap < SAMPLE_ROWS ? cheap : SAMPLE_ROWS;
	size_t i;

	for (i = 0; i < SAMPLES; i++) {
		struct loss_check sample = *check;

		sample.batch.first += (check->batch.count - rows) / (SAMPLES - 1) * i;
		sample.batch.count = rows;
		sample.scale = 1.0 / (double)rows;
		TRY(engine_loss(t->engine, sample.params, sample.batch.first, rows, sample.scale,
			&sample.loss, err));
		TRY(verifier_loss(&t->verifier, &sample, err));
	}
	return GF_OK;
}

static gf_status check_loss(struct training *t, struct loss_check *check, gf_error *err)
{
	struct train_state *p = &t->state;
	const size_t first = check->batch.first, rows = check->batch.count;
	char name[128];
	float repeated;

	if (!check->params) {
		TRY(engine_get(t->engine, p->params, p->optimizer, err));
		check->params = p->params;
	}
	/* An engine may have kept the loss of the parameters it holds.  Passing them makes it
	 * compute the loss anew. */
	TRY(engine_loss(t->engine, check->params, first, rows, check->scale, &repeated, err));
	if (is_cheap(&t->verifier, rows))
		TRY(verifier_loss(&t->verifier, check, err));
	else
		TRY(check_sample(t, check, err));
	snprintf(name, sizeof name, "%s: %s", check->where, check->what);
	return compare_losses(name, check->loss, repeated, err);
}

gf_status training_check_loss(struct training *t, struct loss_check *check, gf_error *err)
{
	const double start = begin_check(t);

	return end_check(t, start, check_loss(t, check, err));
}

static gf_status check_data(struct training *t, gf_error *err)
{
	TRY(verifier_data(&t->verifier, err));
	return engine_audit(t->engine, err);
}

gf_status training_check_data(struct training *t, gf_error *err)
{
	double start;

	if (!t->verifier.step || t->verifier.mode != GF_CHECK_every)
		return GF_OK;
	start = begin_check(t);
	return end_check(t, start, check_data(t, err));
}

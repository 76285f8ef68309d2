/*
 * proof.c: the checks beside the one of each step: chunks start from the right parameters, steps
 * and losses repeat bit for bit, and the device still holds the data it was sent.
 */
#include "clock.h"
#include "config.h"
#include "training.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLES = 3 /* groups of rows, for a loss of too many rows */, SAMPLE_ROWS = 1024 };

gf_status training_prove_start(struct training *t, const struct step_record *taken, gf_error *err)
{
	const struct verifier *v = &t->verifier;
	const size_t P = t->progress.parameters;
	char where[64], name[64] = "starting";
	struct bit_comparison twins = {where, name, taken->before, t->chunk_start,
		t->progress.steps == v->first ? "was set" : "is what the step before came to"};
	gf_status status;
	size_t i;

	verifier_place(v, taken->epoch, taken->step, where, sizeof where);
	status = verifier_same(v, &twins, err);
	for (i = 0; i < t->progress.planes && !status; i++) {
		snprintf(name, sizeof name, "starting state %zu of", i);
		twins.found = taken->state + i * P;
		twins.wanted = t->chunk_start + (1 + i) * P;
		status = verifier_same(v, &twins, err);
	}
	return status;
}

/* ---- steps repeat bit for bit ---- */

/* The name of plane i of a recorded step. */
static void name_plane(size_t i, char *name, size_t size)
{
	if (i < 2)
		snprintf(name, size, "%s", i == 0 ? "starting" : "gradient of");
	else
		snprintf(name, size, "starting state %zu of", i - 2);
}

static gf_status same_loss(const char *where, float found, float again, gf_error *err)
{
	if (memcmp(&found, &again, sizeof found) == 0)
		return GF_OK;
	return gf_fail(err, GF_E_CHECK, "%s: loss is %.9g on the device, and %.9g the second time",
		where, (double)found, (double)again);
}

/* Compares step i of the chunk with its repetition. */
static gf_status same_step(const struct training *t, size_t i, const char *where, gf_error *err)
{
	const size_t P = t->progress.parameters, planes = 2 + t->progress.planes;
	gf_status status = same_loss(where, t->losses[i], t->repeated.losses[i], err);
	char name[64];
	size_t plane;

	for (plane = 0; plane < planes && !status; plane++) {
		const size_t at = (i * planes + plane) * P;
		const struct bit_comparison twins = {
			where, name, t->steps + at, t->repeated.steps + at, "the second time"};

		name_plane(plane, name, sizeof name);
		status = verifier_same(&t->verifier, &twins, err);
	}
	return status;
}

/* Compares the parameters and state after the last step with their repetition. */
static gf_status same_after(const struct training *t, const char *where, gf_error *err)
{
	const size_t P = t->progress.parameters;
	gf_status status = GF_OK;
	char name[64] = "next";
	size_t plane;

	for (plane = 0; plane <= t->progress.planes && !status; plane++) {
		const struct bit_comparison twins = {where, name, t->after + plane * P,
			t->repeated.after + plane * P, "the second time"};

		if (plane > 0)
			snprintf(name, sizeof name, "next state %zu of", plane - 1);
		status = verifier_same(&t->verifier, &twins, err);
	}
	return status;
}

static gf_status take_again(struct training *t, const struct plan *plan, gf_error *err)
{
	const struct history history = {t->repeated.losses, t->repeated.steps};
	const size_t P = t->progress.parameters;
	struct plan again = *plan;
	gf_status status = engine_set(t->engine, t->chunk_start, t->chunk_start + P, err);

	again.meanwhile = NULL;
	if (!status)
		status = engine_run(t->engine, &again, &history, err);
	return status ? status
		      : engine_get(t->engine, t->repeated.after, t->repeated.after + P, err);
}

/* Compares all steps at once: the fast path. */
static int are_same(const struct training *t, size_t count)
{
	const size_t P = t->progress.parameters, S = t->progress.planes;

	return memcmp(t->losses, t->repeated.losses, count * sizeof *t->losses) == 0 &&
	       memcmp(t->steps, t->repeated.steps, count * (2 + S) * P * sizeof *t->steps) == 0 &&
	       memcmp(t->after, t->repeated.after, (1 + S) * P * sizeof *t->after) == 0;
}

/* Finds and reports the first number that differs. */
static gf_status tell_difference(
	const struct training *t, size_t count, size_t epoch, size_t step, gf_error *err)
{
	gf_status status = GF_OK;
	char where[64];
	size_t i;

	for (i = 0; i < count && !status; i++) {
		verifier_place(&t->verifier, epoch + (step + i) / t->step_rates.batches,
			(step + i) % t->step_rates.batches, where, sizeof where);
		status = same_step(t, i, where, err);
	}
	return status ? status : same_after(t, where, err);
}

gf_status training_prove_steps(
	struct training *t, const struct plan *plan, size_t epoch, size_t step, gf_error *err)
{
	const double start = clock_seconds();
	gf_status status;

	config_tell(t->config, GF_PHASE_checking, 0, 0);
	status = take_again(t, plan, err);
	if (!status && !are_same(t, plan->count))
		status = tell_difference(t, plan->count, epoch, step, err);
	t->report->profile.check_seconds += clock_seconds() - start;
	return status;
}

/* ---- losses ---- */

/* Checks the loss of some rows at the beginning, the middle and the end. */
static gf_status sample(struct training *t, const struct loss_check *all, gf_error *err)
{
	const size_t fit = verifier_cheap_rows(&t->verifier) / SAMPLES + 1;
	const size_t rows = fit < SAMPLE_ROWS ? fit : SAMPLE_ROWS;
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < SAMPLES && !status; i++) {
		struct loss_check some = *all;

		some.batch.first += (all->batch.count - rows) / (SAMPLES - 1) * i;
		some.batch.count = rows;
		some.scale = 1.0 / (double)rows;
		status = engine_loss(t->engine, some.params, some.batch.first, rows, some.scale,
			&some.loss, err);
		if (!status)
			status = verifier_loss(&t->verifier, &some, err);
	}
	return status;
}

static gf_status prove_loss(struct training *t, struct loss_check *lost, gf_error *err)
{
	struct progress *p = &t->progress;
	const size_t first = lost->batch.first, rows = lost->batch.count;
	char where[128];
	float again;
	gf_status status = GF_OK;

	if (!lost->params) {
		status = engine_get(t->engine, p->params, p->state, err);
		lost->params = p->params;
	}
	/* An engine may have kept the loss of the parameters it holds.  Passing them makes it
	 * compute the loss anew. */
	if (!status)
		status =
			engine_loss(t->engine, lost->params, first, rows, lost->scale, &again, err);
	if (!status && !verifier_is_cheap(&t->verifier, rows))
		status = sample(t, lost, err);
	else if (!status)
		status = verifier_loss(&t->verifier, lost, err);
	snprintf(where, sizeof where, "%s: %s", lost->where, lost->what);
	if (!status && memcmp(&lost->loss, &again, sizeof again) != 0)
		status = gf_fail(err, GF_E_CHECK,
			"%s is %.9g on the device, and %.9g the second time", where,
			(double)lost->loss, (double)again);
	return status;
}

gf_status training_prove_loss(struct training *t, struct loss_check *lost, gf_error *err)
{
	const double start = clock_seconds();
	gf_status status;

	config_tell(t->config, GF_PHASE_checking, 0, 0);
	status = prove_loss(t, lost, err);
	t->report->profile.check_seconds += clock_seconds() - start;
	return status;
}

/* ---- the data ---- */

gf_status training_prove_data(struct training *t, gf_error *err)
{
	const double start = clock_seconds();
	gf_status status = GF_OK;

	if (t->verifier.step && t->verifier.mode == GF_CHECK_every) {
		config_tell(t->config, GF_PHASE_checking, 0, 0);
		status = verifier_data(&t->verifier, err);
		if (!status)
			status = engine_audit(t->engine, err);
		t->report->profile.check_seconds += clock_seconds() - start;
	}
	return status;
}

#include "verify.h"
#include "clock.h"
#include "config.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Multiply-adds of the reference that take no longer than opening a device. */
#define CHEAP_WORK 0x1p21

/* The cost of updating one parameter, in multiply-adds. */
#define UPDATE_WORK 16.0

/* Returns the multiply-adds of one pass of the reference over the rows. */
static double pass_work(const struct problem *p, size_t rows)
{
	return (double)rows * (double)(p->data->features + 1) * (double)p->outputs;
}

static gf_check choose_mode(const struct verifier *v, gf_check check, gf_engine engine)
{
	const struct problem *p = v->problem;
	const double step = pass_work(p, p->batch_size) + UPDATE_WORK * (double)problem_params(p);
	/* Validation rows are evaluated after each epoch. */
	const double rest = pass_work(p, p->data->rows - p->train_rows) / (double)v->batches;

	if (check != GF_CHECK_auto)
		return check;
	if (engine == GF_ENGINE_reference)
		return GF_CHECK_off;
	return (step + rest) * (double)(v->end - v->first) <= CHEAP_WORK ? GF_CHECK_every
									 : GF_CHECK_ends;
}

static uint32_t checksum(uint32_t sum, const void *bytes, size_t count)
{
	return bytes ? (uint32_t)crc32_z(sum, bytes, count) : sum;
}

/* Returns the checksum of all data that the reference reads: a device may share this memory. */
static uint32_t data_checksum(const struct problem *p)
{
	const gf_dataset *d = p->data;
	uint32_t sum = checksum(0, d->x, d->x_bytes);

	sum = checksum(sum, d->y, d->rows * d->outputs * sizeof *d->y);
	sum = checksum(sum, p->weights, d->rows * sizeof(float));
	return checksum(sum, p->class_weights, p->outputs * sizeof(float));
}

gf_status verifier_open(struct verifier *v, const struct problem *problem, gf_check check,
	gf_engine engine, size_t batches, size_t first, size_t end, gf_error *err)
{
	*v = (struct verifier){.problem = problem, .batches = batches, .first = first, .end = end};
	v->mode = choose_mode(v, check, engine);
	if (v->mode == GF_CHECK_off)
		return GF_OK;
	if (engine == GF_ENGINE_reference)
		return gf_fail(err, GF_E_USAGE,
			"check %s: engine reference is what a check compares with; "
			"its check can only be off",
			v->mode == GF_CHECK_every ? "every" : "ends");
	v->outputs = malloc(problem->outputs * sizeof *v->outputs);
	if (!v->outputs)
		return gf_fail_memory(err, problem->outputs * sizeof *v->outputs, "outputs");
	if (v->mode == GF_CHECK_every)
		v->data_sum = data_checksum(problem);
	return reference_step_new(&v->step, problem, err);
}

void verifier_close(struct verifier *v)
{
	free(v->outputs);
	reference_step_free(v->step);
	memset(v, 0, sizeof *v);
}

size_t verifier_next(const struct verifier *v, size_t step)
{
	if (v->mode == GF_CHECK_every || (v->mode == GF_CHECK_ends && step == v->first))
		return step;
	return v->mode == GF_CHECK_ends && step < v->end ? v->end - 1 : SIZE_MAX;
}

int verifier_wants(const struct verifier *v, size_t step)
{
	return verifier_next(v, step) == step;
}

/* ---- one step ---- */

/* An array of a step's results, from the device (found) and from the reference (wanted). */
struct quantity {
	const char *name;
	const float *found;           /* (P) */
	const double *wanted, *bound; /* (P) */
};

/* Writes "epoch 3", or "epoch 3, step 2" if an epoch has several steps. */
static void name_step(const struct verifier *v, size_t epoch, size_t step, char *text, size_t size)
{
	if (v->batches > 1)
		snprintf(text, size, "epoch %zu, step %zu", epoch, step);
	else
		snprintf(text, size, "epoch %zu", epoch);
}

/* Returns 1 if found is within the bound.  NaN never passes, since every comparison with it is
 * false.  An infinite bound means that float may overflow here: then any value passes. */
static int within(struct verifier *v, float found, double wanted, double bound)
{
	const double off = fabs((double)found - wanted);

	if (isinf(bound))
		return 1;
	if (off <= bound && off > v->worst * bound)
		v->worst = off / bound;
	return off <= bound;
}

static gf_status fail(const char *where, const char *what, float found, double wanted, double bound,
	gf_error *err)
{
	return gf_fail(err, GF_E_CHECK,
		"%s: %s is %.9g on the device and %.17g in the reference: "
		"off by %.3g, and the bound is %.3g",
		where, what, (double)found, wanted, fabs((double)found - wanted), bound);
}

static gf_status fail_step(const struct verifier *v, const struct step_record *t, const char *what,
	float found, double wanted, double bound, gf_error *err)
{
	char where[64];

	name_step(v, t->epoch, t->step, where, sizeof where);
	return fail(where, what, found, wanted, bound, err);
}

static gf_status compare(
	struct verifier *v, const struct step_record *t, const struct quantity *q, gf_error *err)
{
	const struct network network = problem_network(v->problem);
	const size_t P = network.parameters;
	char which[NETWORK_TITLE], what[NETWORK_TITLE + 64];
	size_t p;

	for (p = 0; p < P && within(v, q->found[p], q->wanted[p], q->bound[p]);)
		p++;
	if (p == P)
		return GF_OK;
	network_title(&network, p, which);
	snprintf(what, sizeof what, "%s %s", q->name, which);
	return fail_step(v, t, what, q->found[p], q->wanted[p], q->bound[p], err);
}

static gf_status compare_state(struct verifier *v, const struct step_record *t, gf_error *err)
{
	const size_t P = problem_params(v->problem), S = problem_planes(v->problem);
	size_t i;

	for (i = 0; i < S; i++) {
		char name[64];
		const struct quantity q = {name, t->state_after + i * P, v->step->state + i * P,
			v->step->state_bound + i * P};

		snprintf(name, sizeof name, "next state %zu of", i);
		TRY(compare(v, t, &q, err));
	}
	return GF_OK;
}

gf_status verifier_check(struct verifier *v, const struct step_record *t, gf_error *err)
{
	const struct reference_step *r = v->step;
	const struct quantity gradient = {
		"gradient of", t->gradient, r->gradient, r->gradient_bound};
	const struct quantity next = {"next", t->after, r->next, r->next_bound};

	if (v->engine)
		TRY(engine_widen_bounds(v->engine, t->before, v->step, err));
	reference_step_take(v->step, v->problem, &t->batch, t->before, t->state, t->rates);
	if (!within(v, t->loss, r->loss, r->loss_bound))
		return fail_step(v, t, "loss", t->loss, r->loss, r->loss_bound, err);
	TRY(compare(v, t, &gradient, err));
	TRY(compare_state(v, t, err));
	TRY(compare(v, t, &next, err));
	v->checked++;
	return GF_OK;
}

/* ---- losses, outputs, bits and data ---- */

gf_status verifier_loss(struct verifier *v, const struct loss_check *l, gf_error *err)
{
	struct expected e;

	reference_step_loss(v->step, v->problem, &l->batch, l->params, l->scale, &e);
	return within(v, l->loss, e.value, e.bound)
		       ? GF_OK
		       : fail(l->where, l->what, l->loss, e.value, e.bound, err);
}

gf_status verifier_outputs(struct verifier *v, const char *where, const float *params, size_t row,
	const float *z, gf_error *err)
{
	char what[64];
	size_t k;

	reference_step_outputs(v->step, v->problem, params, row, v->outputs);
	for (k = 0; k < v->problem->outputs; k++) {
		const struct expected *e = v->outputs + k;

		if (within(v, z[k], e->value, e->bound))
			continue;
		snprintf(what, sizeof what, "output %zu", k);
		return fail(where, what, z[k], e->value, e->bound, err);
	}
	return GF_OK;
}

gf_status verifier_same(const struct verifier *v, const struct bit_comparison *t, gf_error *err)
{
	const struct network network = problem_network(v->problem);
	const size_t P = network.parameters;
	char which[NETWORK_TITLE];
	size_t p;

	if (memcmp(t->found, t->wanted, P * sizeof *t->found) == 0)
		return GF_OK;
	for (p = 0; memcmp(t->found + p, t->wanted + p, sizeof *t->found) == 0;)
		p++;
	network_title(&network, p, which);
	return gf_fail(err, GF_E_CHECK, "%s: %s %s is %.9g on the device, and %.9g %s", t->where,
		t->name, which, (double)t->found[p], (double)t->wanted[p], t->source);
}

gf_status verifier_data(const struct verifier *v, gf_error *err)
{
	if (v->mode != GF_CHECK_every || data_checksum(v->problem) == v->data_sum)
		return GF_OK;
	return gf_fail(err, GF_E_CHECK,
		"the data in memory has changed since it was read: the device writes where it "
		"should only read, or the memory does not hold what is written to it");
}

/* ---- a training's steps, and that they repeat ---- */

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
	char where[64], name[64] = "starting";
	struct bit_comparison pair = {where, name, first->before, NULL,
		t->state.steps == v->first ? "was set" : "is what the step before came to"};
	const float *start;
	size_t i;

	TRY(training_chunk_start(t, &start, err));
	pair.wanted = start;
	name_step(v, first->epoch, first->step, where, sizeof where);
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
	char where[64];
	size_t i;

	for (i = 0; i < count; i++) {
		name_step(&t->verifier, epoch + (step + i) / batches, (step + i) % batches, where,
			sizeof where);
		TRY(compare_step(t, i, where, err));
	}
	return compare_after(t, where, err);
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

/* ---- a training's losses and data ---- */

/* The loss of too many rows for the reference is checked for these groups of rows. */
enum { SAMPLES = 3, SAMPLE_ROWS = 1024 };

static int is_cheap(const struct verifier *v, size_t rows)
{
	return v->mode == GF_CHECK_every || pass_work(v->problem, rows) <= CHEAP_WORK;
}

static size_t cheap_rows(const struct verifier *v)
{
	const double rows = CHEAP_WORK / pass_work(v->problem, 1);

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

/* epochs.c: the end of an epoch: tells the caller its losses, judges them, keeps the best
 * parameters, advances the schedule.  Also losses on request, and checkpoints. */
#include "clock.h"
#include "config.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECKPOINT_SECONDS 10.0 /* between checkpoints, unless checkpoint_every is set */

static int keeps_best(const struct training *t)
{
	return training_watched_rows(t) > 0 || t->config->patience > 0;
}

int training_is_out_of_patience(const struct training *t)
{
	const size_t patience = t->config->patience;

	return patience && t->state.epochs_since >= patience;
}

int training_watches(const struct training *t)
{
	const struct schedule *s = &t->step_rates.schedule;

	return keeps_best(t) || (s->given && s->word == GF_SCHEDULE_plateau);
}

/* ---- losses ---- */

gf_status training_current(struct training *t, const float **params, gf_error *err)
{
	struct train_state *p = &t->state;

	TRY(engine_get(t->engine, p->params, p->optimizer, err));
	*params = t->config->average && p->steps ? p->optimizer + (p->planes - 1) * p->parameters
						 : p->params;
	return GF_OK;
}

gf_status training_loss(struct training *t, const char *where, const float *params, size_t first,
	size_t rows, float *loss, gf_error *err)
{
	const struct batch batch = {.first = first, .count = rows};
	struct loss_check check = {.where = where,
		.what = first ? "validation loss" : "loss",
		.batch = batch,
		.params = params,
		.scale = train_data_scale(&t->problem, &batch)};

	config_tell(t->config, GF_PHASE_evaluating, 0, 0);
	TRY(engine_loss(t->engine, params, first, rows, check.scale, loss, err));
	check.loss = *loss;
	return where ? training_check_loss(t, &check, err) : GF_OK;
}

/* Returns 1 if this epoch's validation loss is checked: each one if every step is checked,
 * otherwise the first.  (ending.c checks the last.) */
static int checks_validation(const struct training *t)
{
	const struct verifier *v = &t->verifier;

	return v->mode == GF_CHECK_every || (v->step && t->state.epoch == v->first / v->batches);
}

static gf_status validation_loss(struct training *t, float *val_loss, gf_error *err)
{
	const float *params = NULL;
	char where[64];

	snprintf(where, sizeof where, "epoch %zu", t->state.epoch);
	if (t->config->average)
		TRY(training_current(t, &params, err));
	return training_loss(t, checks_validation(t) ? where : NULL, params,
		t->train_data.train_rows, training_watched_rows(t), val_loss, err);
}

/* *val_loss is NaN if no rows validate.  The time counts as training, less that of checks. */
static gf_status validate(struct training *t, float *val_loss, gf_error *err)
{
	const double *check = &t->report->profile.check_seconds;
	const double start = clock_seconds() - *check;
	gf_status status;

	*val_loss = NAN;
	if (training_watched_rows(t) == 0)
		return GF_OK;
	status = validation_loss(t, val_loss, err);
	t->report->train_seconds += clock_seconds() - *check - start;
	return status;
}

/* Returns the mean loss of the epoch's batches, each before its update, weighted by rows. */
static float epoch_loss(const struct training *t)
{
	return (float)(t->state.loss_sum / t->state.rows_sum);
}

/* ---- the caller ---- */

/* Returns the row of the training data that is the user's row. */
static size_t place_of(const struct training *t, size_t row)
{
	return t->places ? t->places[row] : row;
}

static gf_status check_outputs(struct training *t, const gf_epoch *epoch, gf_error *err)
{
	char where[96];
	size_t i;

	for (i = 0; i < epoch->output_rows; i++) {
		snprintf(where, sizeof where, "epoch %zu: row %zu, from 0", epoch->epoch, i);
		TRY(verifier_outputs(&t->verifier, where, epoch->before, place_of(t, i),
			epoch->outputs + i * t->problem.outputs, err));
	}
	return GF_OK;
}

/* Computes the outputs of the user's first rows, wherever they are in the training data. */
static gf_status compute_outputs(struct training *t, gf_epoch *epoch, gf_error *err)
{
	const size_t limit = t->config->output_rows, K = t->problem.outputs;
	size_t i;

	epoch->output_rows = t->data->rows < limit ? t->data->rows : limit;
	epoch->outputs = t->outputs;
	if (!t->places)
		TRY(engine_outputs(
			t->engine, epoch->before, 0, epoch->output_rows, t->outputs, err));
	for (i = 0; i < epoch->output_rows && t->places; i++)
		TRY(engine_outputs(
			t->engine, epoch->before, t->places[i], 1, t->outputs + i * K, err));
	if (t->verifier.mode == GF_CHECK_every)
		TRY(check_outputs(t, epoch, err));
	if (t->data->offset)
		offset_add(t->data->offset, epoch->output_rows, K, t->outputs);
	return GF_OK;
}

static gf_status tell(struct training *t, float loss, float val_loss, gf_error *err)
{
	const struct first_step *first = &t->first;
	gf_epoch epoch = {.epoch = t->state.epoch,
		.loss = loss,
		.val_loss = val_loss,
		.lr = first->lr,
		.parameters = t->state.parameters};

	if (!t->config->on_epoch)
		return GF_OK;
	if (first->wants) {
		epoch.before = first->before;
		epoch.gradient = first->gradient;
		epoch.after = first->after;
	}
	if (first->wants & GF_WANT_OUTPUTS)
		TRY(compute_outputs(t, &epoch, err));
	t->config->on_epoch(&epoch, t->config->user);
	return GF_OK;
}

gf_status training_report_failed_epoch(struct training *t, gf_error *err)
{
	gf_status status;

	t->report->loss = epoch_loss(t);
	if (t->state.epoch == 0)
		t->report->first_loss = t->report->loss;
	status = tell(t, t->report->loss, NAN, err);
	t->state.epoch++;
	return status;
}

/* ---- the best so far ---- */

/* Returns the loss, negated if a larger one is better. */
static double signed_loss(const struct training *t, double loss)
{
	return t->config->maximize ? -loss : loss;
}

/* Gets the parameters before the epoch's only step, or the average at that time.  The step was
 * alone in its chunk, since training_watches. */
static gf_status before_step(struct training *t, const float **params, gf_error *err)
{
	const struct train_state *p = &t->state;
	const size_t average = p->planes * p->parameters;

	TRY(training_chunk_start(t, params, err));
	*params += t->config->average && p->steps > 1 ? average : 0;
	return GF_OK;
}

/* Gets the parameters that an epoch's loss belongs to.  With one batch the loss is that before the
 * step.  With more batches it is a mean over the epoch, and a validation comes after the epoch:
 * then these are the parameters after it. */
static gf_status judged_params(struct training *t, const float **params, gf_error *err)
{
	if (t->step_rates.batches > 1 || training_watched_rows(t) > 0)
		return training_current(t, params, err);
	return before_step(t, params, err);
}

int training_is_better(const struct training *t, double loss)
{
	return signed_loss(t, loss) < t->state.best_loss - t->config->min_delta;
}

static gf_status keep_best(struct training *t, double loss, gf_error *err)
{
	struct train_state *p = &t->state;
	const float *params;

	p->epochs_since++;
	if (!training_is_better(t, loss)) {
		t->ended = training_is_out_of_patience(t);
		return GF_OK;
	}
	p->best_loss = signed_loss(t, loss);
	p->best_epoch = p->epoch;
	p->epochs_since = 0;
	TRY(judged_params(t, &params, err));
	memcpy(p->best, params, p->parameters * sizeof *params);
	return GF_OK;
}

/* ---- checkpoints ---- */

static int is_due(const struct training *t)
{
	const size_t every = t->config->checkpoint_every;

	if (every)
		return t->state.step == 0 && t->state.epoch % every == 0;
	return clock_seconds() - t->checkpointed > CHECKPOINT_SECONDS;
}

gf_status training_checkpoint(struct training *t, int now, gf_error *err)
{
	struct train_state *state = &t->state;
	const float *params;

	if (!t->config->checkpoint || comm_rank(t->config->comm) || !(now || is_due(t)))
		return GF_OK;
	config_tell(t->config, GF_PHASE_saving, 0, 0);
	TRY(training_current(t, &params, err));
	state->plateau = t->step_rates.schedule.plateau;
	state->rng = permutations_rng(&t->permutations, state->epoch, &t->rng);
	TRY(checkpoint_write(t->config->checkpoint, state, &t->fingerprint, err));
	t->checkpointed = clock_seconds();
	return GF_OK;
}

/* ---- the end of an epoch ---- */

static gf_status judge(struct training *t, float loss, float val_loss, gf_error *err)
{
	struct train_state *p = &t->state;
	const double watched = training_watched_rows(t) ? (double)val_loss : (double)loss;

	if (p->epoch == 0)
		p->first_loss = (double)loss;
	p->last_loss = (double)loss;
	t->report->first_loss = (float)p->first_loss;
	TRY(training_judge(t, loss, err));
	if (training_watched_rows(t))
		TRY(training_judge_validation(t, val_loss, err));
	if (keeps_best(t))
		TRY(keep_best(t, watched, err));
	schedule_epoch(&t->step_rates.schedule, watched);
	return GF_OK;
}

gf_status training_end_epoch(struct training *t, gf_error *err)
{
	struct train_state *p = &t->state;
	const float loss = epoch_loss(t);
	float val_loss;
	gf_status status;

	TRY(validate(t, &val_loss, err));
	t->report->loss = loss;
	status = tell(t, loss, val_loss, err);
	if (!status)
		status = judge(t, loss, val_loss, err);
	p->loss_sum = p->rows_sum = 0.0;
	p->step = 0;
	p->epoch++;
	return status;
}

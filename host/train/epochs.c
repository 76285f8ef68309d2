/* epochs.c: the end of an epoch: report it to the caller, judge its loss, keep the best parameters,
 * advance the schedule, write a checkpoint. */
#include "clock.h"
#include "config.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECKPOINT_SECONDS 10.0 /* between checkpoints, unless checkpoint_every is set */

static size_t validation_rows(const struct training *t)
{
	return t->train_data.data->rows - t->train_data.train_rows;
}

static int keeps_best(const struct training *t)
{
	return validation_rows(t) > 0 || t->config->patience > 0;
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
	const gf_status status = engine_get(t->engine, p->params, p->optimizer, err);

	*params = t->config->average && p->steps ? p->optimizer + (p->planes - 1) * p->parameters
						 : p->params;
	return status;
}

gf_status training_loss(struct training *t, const char *where, const float *params, size_t first,
	size_t rows, float *loss, gf_error *err)
{
	const struct batch batch = {.first = first, .count = rows};
	const double divisor = train_data_divisor(&t->problem, &batch);
	struct loss_check lost = {.where = where,
		.what = first ? "validation loss" : "loss",
		.batch = batch,
		.params = params,
		.scale = divisor > 0.0 ? 1.0 / divisor : 0.0};
	gf_status status;

	config_tell(t->config, GF_PHASE_evaluating, 0, 0);
	status = engine_loss(t->engine, params, first, rows, lost.scale, loss, err);
	lost.loss = *loss;
	return status || !where ? status : training_check_loss(t, &lost, err);
}

/* Unless every step is checked, only the first validation loss is; fit.c checks the last. */
static int proves_validation(const struct training *t)
{
	const struct verifier *v = &t->verifier;

	return v->mode == GF_CHECK_every || (v->step && t->state.epoch == v->first / v->batches);
}

/* val_loss stays NaN where nothing validates. */
static gf_status validate(struct training *t, float *val_loss, gf_error *err)
{
	const double *check = &t->report->profile.check_seconds;
	const double start = clock_seconds() - *check;
	const float *params = NULL;
	gf_status status = GF_OK;
	char where[64];

	*val_loss = NAN;
	if (validation_rows(t) == 0)
		return GF_OK;
	snprintf(where, sizeof where, "epoch %zu", t->state.epoch);
	if (t->config->average)
		status = training_current(t, &params, err);
	if (!status)
		status = training_loss(t, proves_validation(t) ? where : NULL, params,
			t->train_data.train_rows, validation_rows(t), val_loss, err);
	t->report->train_seconds += clock_seconds() - *check - start;
	return status;
}

/* The mean loss of the epoch's batches, each before its update, weighted by rows. */
static float epoch_loss(const struct training *t)
{
	return (float)(t->state.loss_sum / t->state.rows_sum);
}

/* ---- the caller ---- */

static size_t place_of(const struct training *t, size_t row)
{
	return t->places ? t->places[row] : row;
}

static gf_status check_outputs(struct training *t, const gf_epoch *step, gf_error *err)
{
	gf_status status = GF_OK;
	char where[96];
	size_t i;

	for (i = 0; i < step->output_rows && !status; i++) {
		snprintf(where, sizeof where, "epoch %zu: row %zu, from 0", step->epoch, i);
		status = verifier_outputs(&t->verifier, where, step->before, place_of(t, i),
			step->outputs + i * t->problem.outputs, err);
	}
	return status;
}

/* Outputs of the user's first rows, wherever they are in the training data. */
static gf_status show_outputs(struct training *t, gf_epoch *step, gf_error *err)
{
	const size_t most = t->config->output_rows, K = t->problem.outputs;
	gf_status status = GF_OK;
	size_t i;

	step->output_rows = t->data->rows < most ? t->data->rows : most;
	step->outputs = t->outputs;
	if (!t->places)
		status = engine_outputs(
			t->engine, step->before, 0, step->output_rows, t->outputs, err);
	for (i = 0; i < step->output_rows && t->places && !status; i++)
		status = engine_outputs(
			t->engine, step->before, t->places[i], 1, t->outputs + i * K, err);
	return status || t->verifier.mode != GF_CHECK_every ? status : check_outputs(t, step, err);
}

static gf_status tell(struct training *t, float loss, float val_loss, gf_error *err)
{
	const struct first_step *first = &t->first;
	gf_epoch step = {.epoch = t->state.epoch,
		.loss = loss,
		.val_loss = val_loss,
		.lr = first->lr,
		.parameters = t->state.parameters};
	gf_status status = GF_OK;

	if (!t->config->on_epoch)
		return GF_OK;
	if (first->wants) {
		step.before = first->before;
		step.gradient = first->gradient;
		step.after = first->after;
	}
	if (first->wants & GF_WANT_OUTPUTS)
		status = show_outputs(t, &step, err);
	if (!status)
		t->config->on_epoch(&step, t->config->user);
	return status;
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

/* The loss with the sign that makes smaller better. */
static double judged(const struct training *t, double loss)
{
	return t->config->maximize ? -loss : loss;
}

/* The parameters before the epoch's one step, or the average as it was then.  training_watches, so
 * that no other step was in its chunk. */
static const float *before_step(const struct training *t)
{
	const struct train_state *p = &t->state;
	const size_t average = p->planes * p->parameters;

	return t->chunk_start + (t->config->average && p->steps > 1 ? average : 0);
}

/* The parameters that have the loss which an epoch is judged by: with one batch an epoch's loss is
 * that of its start, with more it is a mean along the way, and a validation comes after it. */
static gf_status judged_params(struct training *t, const float **params, gf_error *err)
{
	if (t->step_rates.batches > 1 || validation_rows(t) > 0)
		return training_current(t, params, err);
	*params = before_step(t);
	return GF_OK;
}

int training_is_better(const struct training *t, double loss)
{
	return judged(t, loss) < t->state.best_loss - t->config->min_delta;
}

static gf_status keep_best(struct training *t, double loss, gf_error *err)
{
	struct train_state *p = &t->state;
	const float *params;
	gf_status status;

	p->epochs_since++;
	if (!training_is_better(t, loss)) {
		t->ended = training_is_out_of_patience(t);
		return GF_OK;
	}
	p->best_loss = judged(t, loss);
	p->best_epoch = p->epoch;
	p->epochs_since = 0;
	status = judged_params(t, &params, err);
	if (!status)
		memcpy(p->best, params, p->parameters * sizeof *params);
	return status;
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

	if (!t->config->checkpoint || !(now || is_due(t)))
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

static gf_status look_at(struct training *t, float loss, float val_loss, gf_error *err)
{
	struct train_state *p = &t->state;
	const double watched = validation_rows(t) ? (double)val_loss : (double)loss;
	gf_status status;

	if (p->epoch == 0)
		p->first_loss = (double)loss;
	p->last_loss = (double)loss;
	status = training_judge(t, loss, err);
	if (!status)
		status = training_judge_validation(t, val_loss, err);
	if (!status && keeps_best(t))
		status = keep_best(t, watched, err);
	schedule_epoch(&t->step_rates.schedule, watched);
	return status;
}

gf_status training_end_epoch(struct training *t, gf_error *err)
{
	struct train_state *p = &t->state;
	const float loss = epoch_loss(t);
	float val_loss;
	gf_status status = validate(t, &val_loss, err);

	if (status)
		return status;
	t->report->loss = loss;
	status = tell(t, loss, val_loss, err);
	if (!status)
		status = look_at(t, loss, val_loss, err);
	t->report->first_loss = (float)p->first_loss;
	p->loss_sum = p->rows_sum = 0.0;
	p->step = 0;
	p->epoch++;
	return status;
}

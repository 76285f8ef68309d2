/* stability.c: whether a learning rate can converge, before the first step, and why a loss is not
 * finite, after a divergence. */
#include "catalog.h"
#include "diagnose.h"
#include "text.h"
#include "training.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Measuring the curvature takes about PRODUCTS passes over the rows.  It is cheap if that is at
 * most a tenth of the training's epochs, or a few milliseconds. */
enum { PRODUCTS = 64, CHEAP_SHARE = 10 };
#define CHEAP_WORK 0x1p24 /* multiply-adds */

/* Fewer epochs than these are a quick try: no notice that they are too few. */
enum { FEW_EPOCHS = 100 };

/* Multiply-adds of all epochs together: two cores take from ten seconds to half a minute. */
#define LONG_WORK 0x1p36

/* Returns 1 for plain gradient descent at a constant rate: the bounds hold for that alone. */
static int is_plain(const struct training *t)
{
	const gf_config *c = t->config;

	return c->optimizer == GF_OPTIMIZER_sgd && c->momentum == 0.0 && !c->maximize &&
	       !c->schedule && !c->average && c->clip_norm == 0.0 && c->clip_value == 0.0;
}

static int is_cheap(const struct training *t)
{
	const double pass = (double)t->rows * (double)(t->train_data.data->features + 1);

	return t->config->epochs >= (size_t)PRODUCTS * CHEAP_SHARE || PRODUCTS * pass < CHEAP_WORK;
}

static gf_status measure(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const struct batch all = {.count = t->train_data.train_rows};
	const struct objective objective = {.problem = &t->problem,
		.scale = train_data_scale(&t->problem, &all),
		.repeat = c->check == GF_CHECK_every,
		.l2 = c->l2,
		.weight_decay = c->optimizer == GF_OPTIMIZER_sgd ? c->weight_decay : 0.0,
		.kept = t->engine ? NULL : &t->product_engine};
	const struct engine_options options = {.device = c->device,
		.engine = c->engine,
		.tuning.kernels = c->kernels,
		.comm = c->comm,
		.memory_limit = c->memory_limit,
		.beside = t->engine ? t->engine : training_shared_engine(t),
		.shares_data = 1};

	if (t->measured)
		return GF_OK;
	t->measured = 1;
	return curvature_measure(&t->curvature, &objective, &options, err);
}

/* Returns 1 if the features' sizes differ so much that a rate small enough for the largest feature
 * does not reach the minimum in the steps given: the bias, whose column is 1, moves by about lr a
 * step. */
static int sizes_differ(const struct training *t, double limit)
{
	const gf_config *c = t->config;
	const double steps = (double)c->epochs * (double)t->rows / (double)t->problem.batch_size;
	const double similar = 1e-3 / (double)(t->train_data.data->features + 1);

	if (c->standardize)
		return 0;
	return limit < (double)FLT_MIN || (!c->no_bias && limit < similar && limit * steps < 1.0);
}

static const char *sizes(const struct training *t)
{
	return training_may_standardize(t)
		       ? "the features' sizes are too different; --standardize makes them alike"
		       : "the features' sizes are too different; wanted: numbers of about the same "
			 "size";
}

/* ---- before the first step ---- */

static gf_status choose_lr(struct training *t, gf_error *err)
{
	const double L = t->curvature.largest;

	if (isnan(L))
		return gf_fail(err, GF_E_USAGE,
			"lr auto: the curvature of loss %s has no bound; wanted: a number",
			loss_word(t->config->loss));
	if (!(L > 0.0) || !isfinite(L) || !isfinite((float)(1.0 / L)))
		return gf_fail(err, GF_E_USAGE,
			"lr auto: the largest curvature is %g, so 1 / it is no learning rate", L);
	t->resolved.lr = 1.0 / L;
	return GF_OK;
}

/* A larger rate would not converge, and this one takes steps too small for the bias. */
static void warn_small_lr(const struct training *t, double limit, char *text, size_t size)
{
	const gf_config *c = t->config;

	if (sizes_differ(t, limit))
		snprintf(text, size,
			"lr %s%.4g%s is too small to reach the least loss in %zu epochs: %s",
			c->lr_auto ? "auto, " : "", c->lr, c->lr_auto ? " here," : "", c->epochs,
			sizes(t));
}

static void warn_lr(const struct training *t, double limit, char *text, size_t size)
{
	const char *more =
		training_may_standardize(t) ? ", and --standardize allows a larger one" : "";
	const double lr = t->config->lr;

	if (!(lr > limit))
		warn_small_lr(t, limit, text, size);
	else if (sizes_differ(t, limit))
		snprintf(text, size, "lr %.6g %s converge here, and no rate is of use: %s", lr,
			t->curvature.constant && training_is_full_batch(t) ? "cannot" : "may not",
			sizes(t));
	else if (t->curvature.constant && training_is_full_batch(t))
		snprintf(text, size,
			"lr %.6g cannot converge here: the largest that can is %.4g; "
			"--lr auto chooses one%s",
			lr, limit, more);
	else
		snprintf(text, size,
			"lr %.6g may not converge here: any below %.4g does%s; "
			"--lr auto chooses one%s",
			lr, limit, training_is_full_batch(t) ? "" : " with full batches", more);
}

/* Returns the multiply-adds of an epoch's forward pass. */
static double epoch_work(const struct training *t)
{
	const double D = (double)(t->train_data.data->features + 1);
	const double rows = t->config->engine == GF_ENGINE_moments ? D : (double)t->rows;

	return rows * D * (double)t->problem.outputs;
}

/* Warns if at least half of the epochs are not needed, and they take long. */
static void warn_too_many(const struct training *t, double needed, char *text, size_t size)
{
	const gf_config *c = t->config;
	const double spare = (double)c->epochs - needed;

	if (c->patience || c->tolerance > 0.0 || spare < needed ||
		spare * epoch_work(t) < LONG_WORK)
		return;
	snprintf(text, size,
		"about %s of the %zu epochs bring the loss within 1e-6 of its least: "
		"--epochs %.0f stops there, and Ctrl-C stops at any time and keeps the result",
		about_number(needed).text, c->epochs, needed);
}

/* Warns if far more epochs are needed, and there is an option that needs fewer. */
static void warn_too_few(const struct training *t, double needed, char *text, size_t size)
{
	const gf_config *c = t->config;
	const double automatic = curvature_epochs(&t->curvature, 1.0 / t->curvature.largest);
	const int helps = !c->lr_auto && automatic <= 0.5 * needed;
	const int enough = helps && automatic <= (double)c->epochs;
	const int may_standardize = training_may_standardize(t);
	char remedy[128] = "";

	if (needed < 2.0 * (double)c->epochs || c->epochs < FEW_EPOCHS ||
		(!may_standardize && !helps))
		return;
	if (helps && (enough || !may_standardize))
		snprintf(remedy, sizeof remedy, "with --lr auto it is about %s%s",
			about_number(automatic).text, may_standardize ? ", and " : "");
	snprintf(text, size,
		"at lr %.4g the least loss is about %s epochs away, and %zu are run: %s%s", c->lr,
		about_number(needed).text, c->epochs, remedy,
		may_standardize ? "with --standardize it may be far fewer" : "");
}

/* Gives the first notice that applies.  needed: epochs; NaN or INFINITY if not known. */
static void warn(const struct training *t, double needed)
{
	const gf_config *c = t->config;
	const double limit = curvature_lr_limit(&t->curvature);
	char text[320] = "";

	if (isfinite(needed)) {
		warn_too_few(t, needed, text, sizeof text);
		warn_too_many(t, needed, text, sizeof text);
	}
	if (!*text)
		warn_lr(t, limit, text, sizeof text);
	if (c->notice && *text)
		c->notice(text, c->user);
}

/* Returns the epochs that the training needs; NaN if they are not known. */
static double epochs_needed(const struct training *t)
{
	return training_is_full_batch(t) && t->curvature.constant
		       ? curvature_epochs(&t->curvature, t->config->lr)
		       : (double)NAN;
}

gf_status training_advise_lr(struct training *t, gf_error *err)
{
	double needed;

	/* The curvature of a network's loss changes with its parameters. */
	if (t->problem.hidden.count)
		return GF_OK;
	if (!t->config->lr_auto && !(is_plain(t) && is_cheap(t)))
		return GF_OK;
	TRY(measure(t, err));
	if (t->config->lr_auto)
		TRY(choose_lr(t, err));
	if (!is_plain(t))
		return GF_OK;
	needed = epochs_needed(t);
	warn(t, needed);
	if (isfinite(needed))
		t->report->epochs_needed = needed;
	return GF_OK;
}

/* ---- after a divergence ---- */

static const char *or_standardize(const struct training *t)
{
	return training_may_standardize(t) ? ", or --standardize," : "";
}

static double current_lr(const struct training *t)
{
	return schedule_lr(&t->step_rates.schedule, t->state.epoch, t->state.steps);
}

/* Compares lr with the largest that can converge. */
static void compare_lr(const struct training *t, double lr, double limit, char *text, size_t size)
{
	const gf_config *c = t->config;
	const char *lr_is = schedule_is_constant(&t->step_rates.schedule)
				    ? "lr is"
				    : "the schedule had made lr";
	const char *more =
		training_may_standardize(t) ? ", and --standardize allows a larger one" : "";

	if (sizes_differ(t, limit))
		snprintf(text, size, "; %s %.6g, and %s", lr_is, lr, sizes(t));
	else if (lr < limit && c->momentum > 0.0)
		snprintf(text, size,
			"; %s %.6g, which alone would converge: with momentum %.6g it is too large",
			lr_is, lr, c->momentum);
	else if (lr < limit)
		snprintf(text, size, "; %s %.6g: a smaller one%s may help", lr_is, lr,
			or_standardize(t));
	else
		snprintf(text, size, "; %s %.6g, and %s %.4g%s: --lr auto chooses one%s", lr_is, lr,
			t->curvature.constant ? "the largest that can converge here is"
					      : "any below",
			limit, t->curvature.constant ? "" : " converges here", more);
}

/* Writes "; lr is ..., and the largest that can converge here is ...", with the options that help,
 * or a part of it if less is known.  Fills the report's lr_limit. */
static gf_status describe_lr(struct training *t, char *text, size_t size, gf_error *err)
{
	const double lr = current_lr(t);

	*text = '\0';
	if (t->config->optimizer == GF_OPTIMIZER_sgd && t->problem.hidden.count == 0)
		TRY(measure(t, err));
	if (isfinite(t->curvature.largest) && t->curvature.largest > 0.0) {
		t->report->lr_limit = curvature_lr_limit(&t->curvature);
		compare_lr(t, lr, t->report->lr_limit, text, size);
	} else {
		snprintf(text, size, "; lr is %.6g: a smaller one%s may help", lr,
			or_standardize(t));
	}
	return GF_OK;
}

/* ---- the option to blame ---- */

/* Names an option that makes every lr diverge ("momentum, 1.2, ..."), or leaves text empty. */
static void blame_option(const struct training *t, char *text, size_t size)
{
	const gf_config *c = t->config;
	const double lr = current_lr(t);

	*text = '\0';
	if (c->optimizer != GF_OPTIMIZER_sgd && c->eps == 0.0)
		snprintf(text, size, "eps, 0, lets a gradient of 0 be divided by 0");
	else if (t->problem.update.momentum && c->momentum >= 1.0)
		snprintf(text, size, "momentum, %.6g, lets steps grow without end", c->momentum);
	else if (lr * c->weight_decay > 2.0)
		snprintf(text, size, "weight_decay, %.6g, times lr, %.6g, is more than 2",
			c->weight_decay, lr);
}

/* ---- a loss that is not finite, or has grown a millionfold ---- */

#define DIVERGED_GROWTH 1e6

/* A first loss of 0 or below gives no scale, and a loss that is maximised should grow. */
static int has_grown(const struct training *t, double loss)
{
	const double first = t->state.first_loss;

	return !t->config->maximize && first > 0.0 && loss > DIVERGED_GROWTH * first;
}

gf_status training_zeros_loss(struct training *t, double *loss, gf_error *err)
{
	const size_t P = t->state.parameters;
	float *zeros, zeros_loss = 0.0f;
	gf_status status;

	*loss = t->zeros_loss;
	if (t->zeros_known)
		return GF_OK;
	zeros = calloc(P, sizeof *zeros);
	if (!zeros)
		return gf_fail_memory(err, P * sizeof *zeros, "parameters of 0");
	status = training_loss(t, t->verifier.step ? "at parameters of 0" : NULL, zeros, 0,
		t->train_data.train_rows, &zeros_loss, err);
	free(zeros);
	t->zeros_known = !status;
	*loss = t->zeros_loss = (double)zeros_loss;
	return status;
}

/* Fails because the loss has grown a millionfold. */
static gf_status fail_grown(struct training *t, double loss, gf_error *err)
{
	char advice[256], blame[128];

	TRY(describe_lr(t, advice, sizeof advice, err));
	blame_option(t, blame, sizeof blame);
	return gf_fail(err, GF_E_DIVERGED,
		"training diverged: the loss of epoch %zu is %.9g, "
		"%.3g times that of epoch 0%s%s%s",
		t->state.epoch, loss, loss / t->state.first_loss, *blame ? ": " : "", blame,
		*blame ? "" : advice);
}

/* Says why the loss of a batch at params (P) is not finite. */
static gf_status fail_not_finite(struct training *t, const char *what, const struct batch *batch,
	const float *params, gf_error *err)
{
	const struct train_state *p = &t->state;
	struct diagnosis diagnosis = {.problem = &t->problem,
		.batch = batch,
		.params = params,
		.engine = t->engine,
		.divisor = train_data_divisor(&t->problem, batch),
		.lr = current_lr(t),
		.epoch = p->epoch,
		.step = p->step,
		.rows = t->train_data.rows,
		.first_validation = t->config->validation_data ? t->train_data.train_rows : 0,
		.center = t->train_data.center,
		.scale = t->train_data.scale};
	char text[DIAGNOSIS_ROOM], advice[256], blame[128];

	blame_option(t, blame, sizeof blame);
	diagnosis.blame = blame;
	TRY(diagnose(&diagnosis, text, sizeof text, err));
	TRY(describe_lr(t, advice, sizeof advice, err));
	return gf_fail(err, GF_E_DIVERGED,
		"training diverged: the %s of epoch %zu is not finite: %s%s", what, p->epoch, text,
		*blame ? "" : advice);
}

gf_status training_judge(struct training *t, float loss, gf_error *err)
{
	const struct batch all = {.count = t->train_data.train_rows};
	const float *params;
	double zeros_loss = 0.0;

	if (isfinite(loss) && !has_grown(t, (double)loss))
		return GF_OK;
	if (isfinite(loss)) {
		/* A loss that began near 0 can grow a millionfold and still be a good fit. */
		TRY(training_zeros_loss(t, &zeros_loss, err));
		return (double)loss <= zeros_loss ? GF_OK : fail_grown(t, (double)loss, err);
	}
	TRY(training_current(t, &params, err));
	return fail_not_finite(t, "loss", &all, params, err);
}

gf_status training_judge_validation(struct training *t, float val_loss, gf_error *err)
{
	const size_t train_rows = t->train_data.train_rows;
	const struct batch validation = {.first = train_rows, .count = training_validation_rows(t)};
	const float *params;

	if (validation.count == 0 || isfinite(val_loss))
		return GF_OK;
	TRY(training_current(t, &params, err));
	return fail_not_finite(t, "validation loss", &validation, params, err);
}

/* Steps repeat bit for bit: repeating the chunk's steps gives the parameters before step i. */
gf_status training_fail_step(struct training *t, const struct plan *plan, size_t i, gf_error *err)
{
	const struct history history = {t->losses, NULL};
	const struct batch batch = plan_batch(plan, t->problem.batch_size, i);
	struct plan before = *plan;

	TRY(training_restart_chunk(t, err));
	before.count = i;
	if (i > 0)
		TRY(engine_run(t->engine, &before, &history, err));
	TRY(engine_get(t->engine, t->chunk_start, NULL, err));
	return fail_not_finite(t, "loss", &batch, t->chunk_start, err);
}

/*
 * fit.c: the training loop.
 *
 * Epochs run in stretches: as many as fit one launch's time, all of them recorded or none.  A
 * step is recorded where someone wants to see it: the check, or the caller.
 */
#include "clock.h"
#include "config.h"
#include "curvature.h"
#include "model.h"
#include "rng.h"
#include "verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRETCH = 8192 /* epochs at most */ };

#define STRETCH_SECONDS 0.05 /* so that progress and Ctrl-C live */
#define GROWN           1e6  /* times the first loss: diverged */

struct fit {
	const gf_dataset *data;  /* borrowed */
	const gf_config *config; /* borrowed */
	gf_report *report;       /* borrowed */
	struct problem problem;
	struct engine *engine;
	struct verifier verifier;
	gf_model *model;
	size_t parameters;
	size_t epoch; /* next one to run */
	size_t batch; /* epochs that fit a stretch */
	int stopping;
	float *losses;  /* (STRETCH) */
	float *steps;   /* (record_limit, 2, P) */
	float *after;   /* (P) after the last recorded step */
	float *outputs; /* (output_rows, K) */
};

/* ---- what is wanted of an epoch ---- */

static unsigned caller_wants(const struct fit *f, size_t epoch)
{
	return f->config->wants && f->config->on_step ? f->config->wants(epoch, f->config->user)
						      : 0;
}

static int recorded(const struct fit *f, size_t epoch)
{
	return f->stopping || verifier_wants(&f->verifier, epoch) || caller_wants(f, epoch);
}

/* Epochs from the next one on that are all recorded, or all not. */
static size_t stretch(const struct fit *f, int record)
{
	const size_t left = f->config->epochs - f->epoch;
	size_t most = f->batch < STRETCH ? f->batch : STRETCH, n = 1;

	if (f->stopping)
		return 1;
	if (record && most > f->engine->record_limit)
		most = f->engine->record_limit;
	while (n < most && n < left && recorded(f, f->epoch + n) == record)
		n++;
	return n;
}

/* ---- one stretch ---- */

static void adapt(struct fit *f, size_t epochs, double seconds)
{
	if (seconds < STRETCH_SECONDS / 3.0 && epochs == f->batch && f->batch < STRETCH)
		f->batch *= 2;
	else if (seconds > STRETCH_SECONDS && f->batch > 1)
		f->batch /= 2;
}

static gf_status run(struct fit *f, size_t epochs, int record, gf_error *err)
{
	const struct history history = {f->losses, record ? f->steps : NULL};
	const double start = clock_seconds();
	gf_status status = engine_run(f->engine, epochs, f->config->lr, &history, err);
	double seconds;

	if (!status && record)
		status = engine_get(f->engine, f->after, err);
	seconds = clock_seconds() - start;
	f->report->train_seconds += seconds;
	adapt(f, epochs, seconds);
	return status;
}

static gf_step step_of(const struct fit *f, size_t i, size_t epochs, int record)
{
	const size_t P = f->parameters;
	gf_step step = {
		.epoch = f->epoch + i, .loss = f->losses[i], .lr = f->config->lr, .parameters = P};

	if (record) {
		step.before = f->steps + 2 * i * P;
		step.gradient = step.before + P;
		step.after = i + 1 < epochs ? step.gradient + P : f->after;
	}
	return step;
}

static gf_status diverged(struct fit *f, size_t epoch, float loss, gf_error *err)
{
	char advice[128] = "";

	if (curvature_lr_limit(&f->report->lr_limit, f->data, err))
		return GF_E_MEMORY;
	snprintf(advice, sizeof advice,
		"; lr is %.6g, and the largest that can converge here is %.4g", f->config->lr,
		f->report->lr_limit);
	if (isfinite(loss))
		return gf_fail(err, GF_E_DIVERGED,
			"training diverged: the loss of epoch %zu is %.9g, "
			"%.3g times that of epoch 0%s",
			epoch, (double)loss, (double)loss / (double)f->report->first_loss, advice);
	return gf_fail(err, GF_E_DIVERGED,
		"training diverged: the loss of epoch %zu is not finite%s", epoch, advice);
}

/* A loss of 0 at the start leaves nothing to grow from. */
static int has_diverged(const struct fit *f, float loss)
{
	const double first = (double)f->report->first_loss;

	return !isfinite(loss) || (first > 0.0 && (double)loss > GROWN * first);
}

/* Checks the stretch's steps in order; *good is how many of them happened as they should,
 * the failed one included. */
static gf_status judge(struct fit *f, size_t epochs, int record, size_t *good, gf_error *err)
{
	const double start = clock_seconds();
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < epochs && !status; i++) {
		const gf_step step = step_of(f, i, epochs, record);

		if (step.epoch == 0)
			f->report->first_loss = step.loss;
		f->report->loss = step.loss;
		if (record && f->verifier.mode != GF_CHECK_off &&
			(f->stopping || verifier_wants(&f->verifier, step.epoch)))
			status = verifier_check(&f->verifier, &step, err);
		if (!status && has_diverged(f, step.loss))
			status = diverged(f, step.epoch, step.loss, err);
	}
	f->report->profile.check_seconds += clock_seconds() - start;
	*good = i;
	return status;
}

static gf_status tell(struct fit *f, size_t i, size_t epochs, int record, gf_error *err)
{
	gf_step step = step_of(f, i, epochs, record);
	const unsigned wants = caller_wants(f, step.epoch);
	gf_status status = GF_OK;

	if (record && (wants & GF_WANT_OUTPUTS)) {
		const size_t most = f->config->output_rows;

		step.output_rows = f->data->rows < most ? f->data->rows : most;
		status = engine_outputs(
			f->engine, step.before, 0, step.output_rows, f->outputs, err);
		step.outputs = f->outputs;
	}
	if (!status)
		f->config->on_step(&step, f->config->user);
	return status;
}

static gf_status tell_all(struct fit *f, size_t good, size_t epochs, int record, gf_error *err)
{
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < good && f->config->on_step && !status; i++)
		status = tell(f, i, epochs, record, err);
	return status;
}

static gf_status advance(struct fit *f, gf_error *err)
{
	const int record = recorded(f, f->epoch);
	const size_t epochs = stretch(f, record);
	gf_status status = run(f, epochs, record, err), told;
	size_t good = 0;

	if (status)
		return status;
	status = judge(f, epochs, record, &good, err);
	told = tell_all(f, good, epochs, record, err);
	f->epoch += good;
	f->report->epochs = f->epoch;
	return status ? status : told;
}

/* ---- the whole ---- */

/* Asked to stop, it takes one step more, recorded, so that the last one is checked as the
 * first was. */
static gf_status train(struct fit *f, gf_error *err)
{
	gf_status status = GF_OK;

	while (f->epoch < f->config->epochs && !f->stopping && !status) {
		status = advance(f, err);
		f->stopping = f->config->stop && f->config->stop(f->config->user);
	}
	if (!status && f->stopping && f->epoch < f->config->epochs)
		status = advance(f, err);
	return status;
}

static gf_status finish(struct fit *f, gf_error *err)
{
	const double start = clock_seconds();
	float loss = 0.0f;
	gf_status status = engine_loss(f->engine, &loss, err);

	if (!status)
		status = engine_get(f->engine, f->model->params, err);
	f->report->train_seconds += clock_seconds() - start;
	f->report->loss = loss;
	if (f->epoch == 0)
		f->report->first_loss = loss;
	if (!status && has_diverged(f, loss))
		status = diverged(f, f->epoch, loss, err);
	if (!status && f->stopping && f->epoch < f->config->epochs)
		status = gf_fail(err, GF_E_INTERRUPTED, "interrupted after %zu of %zu epochs",
			f->epoch, f->config->epochs);
	return status;
}

static gf_status check_config(const gf_dataset *data, const gf_config *config, gf_error *err)
{
	if (!data || data->outputs == 0)
		return gf_fail(err, GF_E_USAGE, "training needs data with targets");
	if (!(config->lr > 0.0) || !isfinite(config->lr) || !isfinite((float)config->lr))
		return gf_fail(
			err, GF_E_USAGE, "lr is %g; wanted: a finite number above 0", config->lr);
	if (config->loss >= GF_LOSSES || config->optimizer >= GF_OPTIMIZERS ||
		config->engine >= GF_ENGINES || config->check >= GF_CHECKS ||
		config->init >= GF_INITS)
		return gf_fail(err, GF_E_USAGE, "a word of the configuration is not in its list");
	return GF_OK;
}

static gf_status allocate(struct fit *f, gf_error *err)
{
	const size_t P = f->parameters;
	const size_t steps = f->engine->record_limit * 2 * P;

	f->losses = malloc(STRETCH * sizeof *f->losses);
	f->steps = malloc(steps * sizeof *f->steps);
	f->after = malloc(P * sizeof *f->after);
	f->outputs = malloc((f->config->output_rows * f->problem.outputs + 1) * sizeof *f->outputs);
	if (!f->losses || !f->steps || !f->after || !f->outputs)
		return gf_fail_memory(
			err, (STRETCH + steps + P) * sizeof *f->losses, "recorded steps");
	return GF_OK;
}

static gf_status open_engine(struct fit *f, gf_error *err)
{
	const struct engine_options options = {.device = f->config->device,
		.engine = f->config->engine,
		.profile = f->config->profile};
	gf_status status = engine_open(&f->engine, &f->problem, &options, err);

	if (status)
		return status;
	f->batch = f->engine->batch;
	status = allocate(f, err);
	if (!status)
		status = verifier_open(&f->verifier, &f->problem, f->config, f->engine->word, err);
	return status ? status : engine_set(f->engine, f->model->params, err);
}

static gf_status start(struct fit *f, gf_error *err)
{
	const gf_dataset *data = f->data;
	gf_status status = model_new(&f->model, data->features, data->outputs, err);
	struct rng rng;

	if (status)
		return status;
	rng_seed(&rng, f->config->seed);
	f->model->loss = f->config->loss;
	f->parameters = data->outputs * (data->features + 1);
	f->problem = (struct problem){data, data->outputs, f->config->loss, f->config->optimizer};
	status = model_take_names(f->model, data, err);
	if (!status)
		status = model_init(f->model, f->config->init, &rng, err);
	return status ? status : open_engine(f, err);
}

static void report_start(const struct fit *f, gf_report *report)
{
	snprintf(report->device, sizeof report->device, "%s", f->engine->device);
	snprintf(report->why, sizeof report->why, "%s", f->engine->why);
	report->engine = f->engine->word;
	report->rows = f->data->rows;
	report->features = f->data->features;
	report->outputs = f->data->outputs;
}

static void report_end(const struct fit *f, gf_report *report)
{
	report->checked = f->verifier.checked;
	report->worst_check = f->verifier.worst;
	report->profile.open_seconds = f->engine->open_seconds;
	report->profile.build_seconds = f->engine->build_seconds;
	report->profile.upload_seconds = f->engine->upload_seconds;
	report->profile.train_seconds = report->train_seconds;
}

static void profile_end(gf_profile *p, double wall)
{
	p->wall_seconds = wall;
	p->other_seconds = wall - p->open_seconds - p->build_seconds - p->upload_seconds -
			   p->train_seconds - p->check_seconds - p->ceiling_seconds;
}

static void fit_free(struct fit *f)
{
	verifier_close(&f->verifier);
	engine_close(f->engine);
	gf_model_free(f->model);
	free(f->losses);
	free(f->steps);
	free(f->after);
	free(f->outputs);
}

static gf_status fit(struct fit *f, gf_error *err)
{
	gf_status status = start(f, err), profiled;

	if (status)
		return status;
	report_start(f, f->report);
	status = train(f, err);
	if (!status)
		status = finish(f, err);
	report_end(f, f->report);
	profiled = engine_profile(f->engine, &f->report->profile, err);
	return status ? status : profiled;
}

gf_status gf_fit(gf_model **model, const gf_dataset *data, const gf_config *config,
	gf_report *report, gf_error *err)
{
	const double start = clock_seconds();
	gf_report unseen;
	gf_config resolved = *config;
	struct fit f = {.data = data, .config = &resolved, .report = report ? report : &unseen};
	gf_status status;

	config_resolve(&resolved);
	config = &resolved;
	status = check_config(data, config, err);
	*model = NULL;
	memset(f.report, 0, sizeof *f.report);
	if (!status)
		status = fit(&f, err);
	if (status == GF_OK || status == GF_E_INTERRUPTED) {
		*model = f.model;
		f.model = NULL;
	}
	fit_free(&f);
	if (!config->profile)
		memset(&f.report->profile, 0, sizeof f.report->profile);
	else
		profile_end(&f.report->profile, clock_seconds() - start);
	return status;
}

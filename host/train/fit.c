/* fit.c: gf_fit: runs a training, and fills in its report. */
#include "clock.h"
#include "config.h"
#include "training.h"

#include <stdio.h>
#include <string.h>

/* ---- training ---- */

/* After a request to stop it runs one more recorded step, so that the last step is checked like the
 * first. */
static gf_status run_steps(struct training *t, gf_error *err)
{
	t->checkpointed = clock_seconds();
	while (!training_over(t) && !t->stopping) {
		TRY(training_advance(t, err));
		TRY(training_checkpoint(t, 0, err));
		t->stopping = t->config->stop && t->config->stop(t->config->user);
		TRY(ranks_agree(t, &t->last_chunk.seconds, &t->stopping, err));
		training_adapt_chunk(t);
	}
	if (t->stopping && !training_over(t))
		TRY(training_advance(t, err));
	return training_checkpoint(t, 1, err);
}

/* ---- report ---- */

static void report_start(const struct training *t)
{
	gf_report *report = t->report;

	snprintf(report->device, sizeof report->device, "%s", t->engine->device);
	snprintf(report->why, sizeof report->why, "%s", t->engine->why);
	report->engine = t->engine->word;
	report->kernels = t->engine->kernels;
	snprintf(report->kernels_why, sizeof report->kernels_why, "%s", t->engine->kernels_why);
	report->ranks = comm_size(t->config->comm);
	report->parts = t->engine->parts;
	report->parts_held = t->engine->parts_held;
	report->rows = t->data->rows;
	report->train_rows = t->train_data.train_rows;
	report->features = t->data->features;
	report->outputs = t->problem.outputs;
	report->val_loss = NAN;
	report->r2 = report->val_r2 = report->accuracy = report->val_accuracy = NAN;
	report->gradient_first = report->gradient_last = NAN;
	report->first_loss = (float)t->state.first_loss;
}

static void report_end(const struct training *t)
{
	const size_t checked = t->verifier.first + t->verifier.checked;
	gf_report *report = t->report;

	report->epochs = t->state.epoch;
	report->steps = t->state.steps;
	report->best_epoch = t->state.best_epoch;
	report->stopped_early = t->ended && !t->converged;
	report->converged = t->converged;
	report->checked = t->verifier.checked;
	report->unchecked = t->state.steps > checked ? t->state.steps - checked : 0;
	report->worst_check = t->verifier.worst;
	engine_describe_ranks(t->engine, report->ranks_why, sizeof report->ranks_why);
	report->profile.open_seconds = t->engine->open_seconds;
	report->profile.build_seconds = t->engine->build_seconds;
	report->profile.upload_seconds = t->engine->upload_seconds;
	report->profile.train_seconds = report->train_seconds;
}

/* The time of other work is what remains of the wall time. */
static void profile_end(gf_profile *p, double wall)
{
	p->wall_seconds = wall;
	p->other_seconds = wall - p->open_seconds - p->build_seconds - p->upload_seconds -
			   p->train_seconds - p->check_seconds - p->ceiling_seconds;
}

/* ---- gf_fit ---- */

static gf_status fit(struct training *t, gf_error *err)
{
	gf_status status, profiled;

	TRY(training_set_up(t, err));
	report_start(t);
	status = run_steps(t, err);
	if (!status)
		status = training_finish(t, err);
	report_end(t);
	if (t->config->profile)
		config_tell(t->config, GF_PHASE_measuring, 0, 0);
	profiled = engine_profile(t->engine, &t->report->profile, err);
	return status ? status : profiled;
}

gf_status shared_fit(struct shared *shared, gf_model **model, const gf_dataset *data,
	const gf_config *config, gf_report *report, gf_error *err)
{
	const double begin = clock_seconds();
	struct training t = {.data = data, .resolved = *config, .report = report, .shared = shared};
	gf_status status = gf_config_check(config, err);

	*model = NULL;
	memset(report, 0, sizeof *report);
	t.config = &t.resolved;
	if (!status) {
		config_resolve(&t.resolved);
		status = fit(&t, err);
	}
	if (status == GF_OK || status == GF_E_INTERRUPTED) {
		*model = t.model;
		t.model = NULL;
	} else {
		report->least_squares = NULL;
		report->statistics = NULL;
	}
	training_free(&t);
	if (!config->profile)
		memset(&report->profile, 0, sizeof report->profile);
	else
		profile_end(&report->profile, clock_seconds() - begin);
	return status;
}

gf_status gf_fit(gf_model **model, const gf_dataset *data, const gf_config *config,
	gf_report *report, gf_error *err)
{
	gf_report unused;
	gf_config defaults;

	error_clear(err);
	if (ERROR_NULL(model, err))
		return GF_E_USAGE;
	*model = NULL;
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	gf_config_default(&defaults);
	return shared_fit(
		NULL, model, data, config ? config : &defaults, report ? report : &unused, err);
}

/* fit.c: a training from its options and data to its model and report. */
#include "clock.h"
#include "config.h"
#include "reference.h"
#include "metrics.h"
#include "model.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- training ---- */

/* When asked to stop, takes one more recorded step, so that the last step is checked like the
 * first. */
static gf_status train(struct training *t, gf_error *err)
{
	gf_status status = GF_OK;

	t->checkpointed = clock_seconds();
	while (!training_over(t) && !t->stopping && !status) {
		status = training_advance(t, err);
		if (!status)
			status = training_checkpoint(t, 0, err);
		t->stopping = t->config->stop && t->config->stop(t->config->user);
	}
	if (!status && t->stopping && !training_over(t))
		status = training_advance(t, err);
	return status ? status : training_checkpoint(t, 1, err);
}

/* With full batches an epoch is judged by the loss before its step, so those after the last step
 * have not been judged yet. */
static gf_status judge_last(struct training *t, const float *params, gf_error *err)
{
	const size_t n = t->train_data.train_rows, others = t->train_data.data->rows - n;
	float loss;
	gf_status status;

	if ((t->ended && !t->converged) || t->step_rates.batches > 1 || t->rows < n || others ||
		!isfinite(t->state.best_loss))
		return GF_OK;
	status = training_loss(
		t, t->verifier.step ? "after the last step" : NULL, params, 0, n, &loss, err);
	if (!status && training_is_better(t, (double)loss)) {
		t->state.best_epoch = t->state.epoch - 1;
		memcpy(t->state.best, params, t->state.parameters * sizeof *params);
	}
	return status;
}

/* Chooses the best parameters, the average, or NULL for those the engine holds. */
static gf_status choose_result(struct training *t, const float **params, gf_error *err)
{
	gf_status status = training_current(t, params, err);

	if (!status)
		status = judge_last(t, *params, err);
	if (status)
		return status;
	if (isfinite(t->state.best_loss))
		*params = t->state.best;
	memcpy(t->model->params, *params, t->state.parameters * sizeof **params);
	if (*params == t->state.params)
		*params = NULL;
	return GF_OK;
}

static gf_status final_losses(struct training *t, const float *params, gf_error *err)
{
	const size_t n = t->train_data.train_rows, others = t->train_data.data->rows - n;
	const char *where = t->verifier.step ? "the result" : NULL;
	gf_report *report = t->report;
	gf_status status = training_loss(t, where, params, 0, n, &report->loss, err);

	report->val_loss = NAN;
	if (!status && others)
		status = training_loss(t, where, params, n, others, &report->val_loss, err);
	if (t->state.steps == 0)
		t->state.first_loss = report->first_loss = report->loss;
	return status;
}

/* ---- how good the result is ---- */

/* Outputs at a time; and multiply-adds up to which the host is done before a device has built a
 * kernel. */
enum { PIECE_FLOATS = 1 << 20, HOST_WORK = 1 << 20 };

static gf_status compute_outputs(struct training *t, const float *params, size_t first, size_t rows,
	int on_host, float *z, gf_error *err)
{
	if (!on_host)
		return engine_outputs(t->engine, params, first, rows, z, err);
	forward_outputs(&t->problem, params, first, rows, z);
	return GF_OK;
}

/* Host and device give the same bits; this decides which is faster. */
static int is_faster_on_host(const struct training *t, size_t rows)
{
	return t->engine->word != GF_ENGINE_reference &&
	       (double)rows * (double)t->state.parameters <= (double)HOST_WORK;
}

static gf_status add_all(
	struct training *t, struct tally *tally, const float *params, gf_error *err)
{
	const size_t K = t->problem.outputs, end = tally->first + tally->rows;
	const size_t fit = PIECE_FLOATS / K + 1, most = fit < tally->rows ? fit : tally->rows;
	const int on_host = is_faster_on_host(t, tally->rows);
	float *z = malloc(most * K * sizeof *z);
	gf_status status = GF_OK;
	size_t row, count;

	if (!z)
		return gf_fail_memory(err, most * K * sizeof *z, "outputs");
	for (row = tally->first; row < end && !status; row += count) {
		count = end - row < most ? end - row : most;
		status = compute_outputs(t, params, row, count, on_host, z, err);
		if (!status)
			tally_add(tally, row, count, z);
	}
	free(z);
	return status;
}

/* Rows [first, first + rows) of the train data. */
static gf_status measure_rows(struct training *t, const float *params, size_t first, size_t rows,
	double *r2, double *accuracy, gf_error *err)
{
	const gf_dataset *data = t->train_data.data;
	struct tally tally;
	size_t row;
	gf_status status;

	if (rows == 0 || !metrics_are_classes(t->model, data, first, rows, &row))
		return GF_OK;
	status = tally_begin(&tally, t->model, data, first, rows, err);
	if (!status)
		status = add_all(t, &tally, params, err);
	if (!status) {
		*r2 = tally_r2(&tally);
		*accuracy = tally_accuracy(&tally);
	}
	tally_end(&tally);
	return status;
}

static gf_status measure_quality(struct training *t, const float *params, gf_error *err)
{
	const size_t n = t->train_data.train_rows, others = t->train_data.data->rows - n;
	gf_report *r = t->report;
	gf_status status = GF_OK;

	/* A loss that is not finite is reported as a divergence later. */
	if (!isfinite(r->loss))
		return GF_OK;
	status = measure_rows(t, params, 0, n, &r->r2, &r->accuracy, err);
	if (!status)
		status = measure_rows(t, params, n, others, &r->val_r2, &r->val_accuracy, err);
	return status;
}

/* ---- the end ---- */

/* Least squares need the moments of the data, which only some engines have. */
static gf_status find_least_squares(struct training *t, gf_error *err)
{
	struct regression r = {.center = t->train_data.center,
		.scale = t->train_data.scale,
		.no_bias = t->config->no_bias};
	gf_status status = engine_moments(t->engine, &r.moments, err);

	if (!status && r.moments)
		status = least_squares_find(&t->model->least_squares, &r, err);
	t->report->least_squares = t->model->least_squares;
	return status;
}

/* Folds the parameters of standardized features into those of the features as they are. */
static gf_status fold(struct training *t, gf_error *err)
{
	const size_t bytes = t->state.parameters * sizeof(float);
	float *own = malloc(bytes);
	gf_status status;

	if (!own)
		return gf_fail_memory(err, bytes, "standardized parameters");
	memcpy(own, t->model->params, bytes);
	status = model_standardize(t->model, t->train_data.center, t->train_data.scale, err);
	if (!status)
		training_compare_folded(t, own);
	free(own);
	return status;
}

static gf_status finish(struct training *t, gf_error *err)
{
	const float *params;
	gf_status status = choose_result(t, &params, err);

	if (!status)
		status = final_losses(t, params, err);
	if (!status)
		status = measure_quality(t, params ? params : t->state.params, err);
	if (!status && t->train_data.center)
		status = fold(t, err);
	if (!status)
		status = training_judge(t, t->report->loss, err);
	if (!status)
		status = find_least_squares(t, err);
	if (!status)
		status = training_tell_end(t, err);
	if (!status)
		status = training_check_data(t, err);
	if (!status && t->stopping && !training_over(t))
		status = gf_fail(err, GF_E_INTERRUPTED, "interrupted after %zu of %zu epochs",
			t->state.epoch, t->config->epochs);
	return status;
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
	gf_report *report = t->report;

	report->epochs = t->state.epoch;
	report->steps = t->state.steps;
	report->best_epoch = t->state.best_epoch;
	report->stopped_early = t->ended && !t->converged;
	report->converged = t->converged;
	report->checked = t->verifier.checked;
	report->unchecked = t->state.steps > t->verifier.first + t->verifier.checked
				    ? t->state.steps - t->verifier.first - t->verifier.checked
				    : 0;
	report->worst_check = t->verifier.worst;
	report->profile.open_seconds = t->engine->open_seconds;
	report->profile.build_seconds = t->engine->build_seconds;
	report->profile.upload_seconds = t->engine->upload_seconds;
	report->profile.train_seconds = report->train_seconds;
}

static void profile_end(gf_profile *p, double wall)
{
	p->wall_seconds = wall;
	p->other_seconds = wall - p->open_seconds - p->build_seconds - p->upload_seconds -
			   p->train_seconds - p->check_seconds - p->ceiling_seconds;
}

static void training_free(struct training *t)
{
	verifier_close(&t->verifier);
	product_engine_close(&t->product_engine);
	engine_close(t->engine);
	train_data_free(&t->train_data);
	train_state_free(&t->state);
	gf_model_free(t->model);
	free(t->fingerprint.text);
	permutations_free(&t->permutations);
	free(t->rates);
	free(t->losses);
	free(t->steps);
	free(t->after);
	free(t->chunk_start);
	free(t->repeated.losses);
	free(t->repeated.steps);
	free(t->repeated.after);
	free(t->outputs);
	free(t->places);
	free(t->first.before);
}

static gf_status fit(struct training *t, gf_error *err)
{
	gf_status status = training_start(t, err), profiled;

	if (status)
		return status;
	report_start(t);
	status = train(t, err);
	if (!status)
		status = finish(t, err);
	report_end(t);
	if (t->config->profile)
		config_tell(t->config, GF_PHASE_measuring, 0, 0);
	profiled = engine_profile(t->engine, &t->report->profile, err);
	return status ? status : profiled;
}

static gf_status fit_and_report(gf_model **model, const gf_dataset *data, const gf_config *config,
	gf_report *report, gf_error *err)
{
	const double begin = clock_seconds();
	struct training t = {.data = data, .resolved = *config, .report = report};
	gf_status status = gf_config_check(config, err);

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
	gf_report unseen;
	gf_config defaults;

	error_clear(err);
	if (ERROR_NULL(model, err))
		return GF_E_USAGE;
	*model = NULL;
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	gf_config_default(&defaults);
	return fit_and_report(
		model, data, config ? config : &defaults, report ? report : &unseen, err);
}

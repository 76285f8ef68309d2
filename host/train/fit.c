/* fit.c: a training from its options and data to its model and report. */
#include "clock.h"
#include "config.h"
#include "least_squares.h"
#include "model.h"
#include "outlook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDERS_ROWS = 1 << 20 /* of orders drawn ahead */ };

/* ---- what is there before the first step ---- */

/* The rows that validate need not know the classes of those that train. */
static gf_status check_classes(
	const gf_dataset *data, const gf_dataset *others, gf_loss loss, gf_error *err)
{
	const size_t K = model_outputs_for(data, loss);
	size_t i;

	for (i = 0; loss == GF_LOSS_cross_entropy && i < others->rows; i++)
		if ((size_t)others->y[i] >= K)
			return gf_fail(err, GF_E_DATA,
				"validation data: row %zu, from 0: class %g; the data that trains "
				"has %zu classes",
				i, (double)others->y[i], K);
	return GF_OK;
}

static gf_status check_data(const gf_dataset *data, const gf_config *config, gf_error *err)
{
	const gf_dataset *others = config->validation_data;
	gf_status status;

	if (data->outputs == 0 || (others && others->outputs == 0))
		return gf_fail(err, GF_E_USAGE, "training needs data with targets");
	status = model_check_targets(data, config->loss, err);
	if (!status && others)
		status = model_check_targets(others, config->loss, err);
	if (!status && others)
		status = check_classes(data, others, config->loss, err);
	return status;
}

static gf_status new_model(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	gf_status status;
	size_t K;

	K = model_outputs_for(t->data, c->loss);
	status = model_new(&t->model, t->data->features, K, err);
	if (status)
		return status;
	t->model->loss = c->loss;
	t->model->no_bias = c->no_bias;
	t->model->parameters = loss_parameters_of(c);
	return model_take_names(t->model, t->data, err);
}

/* A model of the same shape to start from. */
static gf_status warm_start(struct training *t, gf_error *err)
{
	const gf_model *from = t->config->init_model;
	gf_model *to = t->model;

	if (from->features != to->features || from->outputs != to->outputs)
		return gf_fail(err, GF_E_DATA,
			"init: the model has %zu features and %zu outputs; this training has %zu "
			"and %zu",
			from->features, from->outputs, to->features, to->outputs);
	material_adapt(&t->material, from, to->params);
	if (to->no_bias)
		memset(to->params + to->features * to->outputs, 0,
			to->outputs * sizeof *to->params);
	return GF_OK;
}

/* The generator draws the split, then what nn.Linear draws, then the orders: another start takes
 * the place of the numbers drawn, so that the orders are PyTorch's whatever the start is. */
static gf_status new_material(struct training *t, gf_error *err)
{
	struct rng rng;
	gf_status status;

	rng_seed(&rng, t->config->seed);
	status = material_new(&t->material, t->data, t->config, t->model->outputs, &rng, err);
	if (!status)
		status = model_init(t->model, t->config->init, &rng, err);
	if (!status && t->config->init_model)
		status = warm_start(t, err);
	if (!status)
		material_drop_flat(&t->material, t->model->outputs, t->model->params);
	t->progress.rng = rng;
	return status;
}

/* Rows whose weights are all 0 have no mean loss to go by. */
static gf_status check_weights(
	const struct training *t, size_t first, size_t end, const char *what, gf_error *err)
{
	const float *weights = t->material.weights;
	size_t i = first;

	while (weights && i < end && !(weights[i] > 0.0f))
		i++;
	if (!weights || i < end || first == end)
		return GF_OK;
	return gf_fail(err, GF_E_DATA,
		"sample_weight: all %zu rows that %s have weight 0; wanted: one above 0",
		end - first, what);
}

static gf_status check_all_weights(const struct training *t, gf_error *err)
{
	const size_t n = t->material.train_rows;
	gf_status status = check_weights(t, 0, n, "train", err);

	return status ? status : check_weights(t, n, t->material.data->rows, "validate", err);
}

static gf_status new_problem(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const size_t n = t->material.train_rows;
	const size_t batch = c->batch_size && c->batch_size < n ? c->batch_size : n;

	t->rows = c->drop_last && c->batch_size ? n / c->batch_size * c->batch_size : n;
	if (t->rows == 0)
		return gf_fail(err, GF_E_USAGE,
			"batch_size %zu with drop_last leaves none of %zu rows", c->batch_size, n);
	t->problem = (struct problem){.data = t->material.data,
		.train_rows = n,
		.outputs = t->model->outputs,
		.loss = c->loss,
		.loss_parameters = loss_parameters_of(c),
		.weights = t->material.weights,
		.class_weights = t->material.class_weights,
		.update.no_bias = c->no_bias,
		.batch_size = batch};
	return GF_OK;
}

static gf_status new_pace(struct training *t, gf_error *err)
{
	gf_status status = pace_new(&t->pace, t->config, &t->problem, t->rows, err);

	t->problem.update = pace_update(t->config, &t->pace.schedule);
	t->batches = t->pace.batches;
	if (!status)
		t->report->lr = schedule_lr(&t->pace.schedule, 0, 0);
	return status;
}

/* ---- memory ---- */

/* As many epochs' orders at a time as are worth a launch. */
static gf_status new_orders(struct training *t, gf_error *err)
{
	const size_t most = t->config->epochs;
	size_t room = ORDERS_ROWS / t->rows;

	if (!t->config->shuffle)
		return GF_OK;
	if (t->material.train_rows > UINT32_MAX)
		return gf_fail(err, GF_E_USAGE, "shuffle: %zu rows are too many to draw from",
			t->material.train_rows);
	if (room > STRETCH / t->batches)
		room = STRETCH / t->batches;
	return orders_new(
		&t->orders, t->rows, t->material.train_rows, room < most ? room : most, most, err);
}

/* Where the user's first rows are in the material. */
static gf_status find_places(struct training *t, gf_error *err)
{
	const size_t most = t->config->output_rows, N = t->data->rows;
	size_t i;

	if (!t->material.rows || most == 0)
		return GF_OK;
	t->places = malloc(most * sizeof *t->places);
	if (!t->places)
		return gf_fail_memory(err, most * sizeof *t->places, "places of rows");
	for (i = 0; i < N; i++)
		if (t->material.rows[i] < most)
			t->places[t->material.rows[i]] = i;
	return GF_OK;
}

static int allocate_again(struct again *again, size_t steps, size_t after)
{
	again->losses = malloc(STRETCH * sizeof *again->losses);
	again->steps = malloc(steps * sizeof *again->steps);
	again->after = malloc(after * sizeof *again->after);
	return again->losses && again->steps && again->after;
}

static gf_status allocate(struct training *t, gf_error *err)
{
	const size_t P = problem_params(&t->problem), S = problem_planes(&t->problem);
	const size_t steps = t->engine->record_limit * (2 + S) * P;
	const size_t shown = t->config->output_rows * t->problem.outputs + 1;

	t->rates = malloc((size_t)STRETCH * RATES * sizeof *t->rates);
	t->losses = malloc(STRETCH * sizeof *t->losses);
	t->steps = malloc(steps * sizeof *t->steps);
	t->after = malloc((1 + S) * P * sizeof *t->after);
	t->snapshot = malloc((1 + S) * P * sizeof *t->snapshot);
	t->outputs = malloc(shown * sizeof *t->outputs);
	t->first.before = malloc(3 * P * sizeof *t->first.before);
	if (!t->rates || !t->losses || !t->steps || !t->after || !t->snapshot || !t->outputs ||
		!t->first.before)
		return gf_fail_memory(err, ((size_t)STRETCH * RATES + steps) * sizeof *t->rates,
			"recorded steps");
	if (t->verifier.step && !allocate_again(&t->again, steps, (1 + S) * P))
		return gf_fail_memory(err, (STRETCH + steps) * sizeof(float), "steps taken again");
	t->first.gradient = t->first.before + P;
	t->first.after = t->first.gradient + P;
	return new_orders(t, err);
}

/* ---- where it begins ---- */

static gf_status resume(struct training *t, gf_error *err)
{
	struct schedule *s = &t->pace.schedule;
	const struct progress *p = &t->progress;
	gf_status status = checkpoint_read(&t->progress, t->config->resume, &t->belongings, err);

	if (status)
		return status;
	if (p->epoch > t->config->epochs)
		return gf_fail(err, GF_E_USAGE, "%s: %zu epochs are done; wanted: %zu",
			t->config->resume, p->epoch, t->config->epochs);
	memcpy(t->model->params, p->params, p->parameters * sizeof *p->params);
	s->plateau_lr = p->plateau_lr;
	s->best = p->plateau_best;
	s->bad = p->plateau_bad;
	s->cooling = p->plateau_cooling;
	t->ended = training_is_patient_no_more(t);
	return GF_OK;
}

static gf_status new_progress(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const struct rng rng = t->progress.rng;
	const size_t total = t->pace.schedule.total_steps;
	gf_status status = progress_new(
		&t->progress, problem_params(&t->problem), problem_planes(&t->problem), err);

	t->progress.rng = rng;
	t->progress.best_loss = INFINITY;
	t->progress.lr = c->lr;
	if (!status && (c->checkpoint || c->resume))
		status = belongings_of(&t->belongings, c, t->data, total, err);
	return status || !c->resume ? status : resume(t, err);
}

static gf_status open_engine(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const struct engine_options options = {.device = c->device,
		.engine = c->engine,
		.tuning.kernels = c->kernels,
		.profile = c->profile};
	const struct progress *p = &t->progress;
	/* Before the device sees the data. */
	gf_status status = verifier_open(&t->verifier, &t->problem, c->check, c->engine, t->batches,
		p->steps, c->epochs * t->batches, err);

	if (!status)
		status = engine_open(&t->engine, &t->problem, &options, err);
	if (status)
		return status;
	t->verifier.engine = t->engine;
	t->stretch = t->engine->stretch;
	status = allocate(t, err);
	if (!status)
		status = find_places(t, err);
	return status ? status : engine_set(t->engine, t->model->params, p->state, err);
}

static gf_status start(struct training *t, gf_error *err)
{
	gf_status status = check_data(t->data, t->config, err);

	if (!status)
		status = new_model(t, err);
	if (!status)
		status = new_material(t, err);
	if (!status)
		status = check_all_weights(t, err);
	if (!status)
		status = new_problem(t, err);
	if (!status)
		status = outlook_take(t, err);
	if (!status)
		status = new_pace(t, err);
	if (!status)
		status = new_progress(t, err);
	return status ? status : open_engine(t, err);
}

/* ---- the whole ---- */

/* Asked to stop, it takes one step more, recorded, so that the last one is checked as the
 * first was. */
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

/* With one batch an epoch is judged before its step: nothing has judged the last one's yet. */
static gf_status judge_last(struct training *t, const float *params, gf_error *err)
{
	const size_t n = t->material.train_rows, others = t->material.data->rows - n;
	float loss;
	gf_status status;

	if ((t->ended && !t->converged) || t->batches > 1 || t->rows < n || others ||
		!isfinite(t->progress.best_loss))
		return GF_OK;
	status = training_loss(
		t, t->verifier.step ? "after the last step" : NULL, params, 0, n, &loss, err);
	if (!status && training_is_better(t, (double)loss)) {
		t->progress.best_epoch = t->progress.epoch - 1;
		memcpy(t->progress.best, params, t->progress.parameters * sizeof *params);
	}
	return status;
}

/* The best parameters, the average, or those held: NULL. */
static gf_status choose_result(struct training *t, const float **params, gf_error *err)
{
	gf_status status = training_current(t, params, err);

	if (!status)
		status = judge_last(t, *params, err);
	if (status)
		return status;
	if (isfinite(t->progress.best_loss))
		*params = t->progress.best;
	memcpy(t->model->params, *params, t->progress.parameters * sizeof **params);
	if (*params == t->progress.params)
		*params = NULL;
	return GF_OK;
}

static gf_status final_losses(struct training *t, const float *params, gf_error *err)
{
	const size_t n = t->material.train_rows, others = t->material.data->rows - n;
	const char *where = t->verifier.step ? "the result" : NULL;
	gf_report *report = t->report;
	gf_status status = training_loss(t, where, params, 0, n, &report->loss, err);

	report->val_loss = NAN;
	if (!status && others)
		status = training_loss(t, where, params, n, others, &report->val_loss, err);
	if (t->progress.steps == 0)
		t->progress.first_loss = report->first_loss = report->loss;
	return status;
}

/* Where the engine has what it takes. */
static gf_status find_least_squares(struct training *t, gf_error *err)
{
	struct regression r = {.center = t->material.center,
		.scale = t->material.scale,
		.no_bias = t->config->no_bias};
	gf_status status = engine_moments(t->engine, &r.moments, err);

	if (!status && r.moments)
		status = least_squares_find(&t->model->least_squares, &r, err);
	t->report->least_squares = t->model->least_squares;
	return status;
}

/* The result is one of standardized features. */
static gf_status fold(struct training *t, gf_error *err)
{
	const size_t bytes = t->progress.parameters * sizeof(float);
	float *own = malloc(bytes);
	gf_status status;

	if (!own)
		return gf_fail_memory(err, bytes, "standardized parameters");
	memcpy(own, t->model->params, bytes);
	status = model_standardize(t->model, t->material.center, t->material.scale, err);
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
	if (!status && t->material.center)
		status = fold(t, err);
	if (!status)
		status = training_judge(t, t->report->loss, err);
	if (!status)
		status = find_least_squares(t, err);
	if (!status)
		status = training_tell_end(t, err);
	if (!status)
		status = training_prove_data(t, err);
	if (!status && t->stopping && !training_over(t))
		status = gf_fail(err, GF_E_INTERRUPTED, "interrupted after %zu of %zu epochs",
			t->progress.epoch, t->config->epochs);
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
	report->train_rows = t->material.train_rows;
	report->features = t->data->features;
	report->outputs = t->problem.outputs;
	report->val_loss = NAN;
	report->gradient_first = report->gradient_last = NAN;
	report->first_loss = (float)t->progress.first_loss;
}

static void report_end(const struct training *t)
{
	gf_report *report = t->report;

	report->epochs = t->progress.epoch;
	report->steps = t->progress.steps;
	report->best_epoch = t->progress.best_epoch;
	report->stopped_early = t->ended && !t->converged;
	report->converged = t->converged;
	report->checked = t->verifier.checked;
	report->unchecked = t->progress.steps > t->verifier.first + t->verifier.checked
				    ? t->progress.steps - t->verifier.first - t->verifier.checked
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
	engine_close(t->engine);
	material_free(&t->material);
	progress_free(&t->progress);
	gf_model_free(t->model);
	free(t->belongings.text);
	orders_free(&t->orders);
	free(t->rates);
	free(t->losses);
	free(t->steps);
	free(t->after);
	free(t->snapshot);
	free(t->again.losses);
	free(t->again.steps);
	free(t->again.after);
	free(t->outputs);
	free(t->places);
	free(t->first.before);
}

static gf_status fit(struct training *t, gf_error *err)
{
	gf_status status = start(t, err), profiled;

	if (status)
		return status;
	report_start(t);
	status = train(t, err);
	if (!status)
		status = finish(t, err);
	report_end(t);
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

/* path.c: trains a linear model for each of many penalties, from the largest down. */
#include "config.h"
#include "error.h"
#include "folds.h"
#include "gpufitcl_search.h"
#include "null_model.h"
#include "shared.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 100, FEWEST_POINTS = 5 /* before the path may end early */ };

#define TOLERANCE 1e-5 /* of the largest slope at the null model */

/* glmnet's ends of a path (its fdev and devmax): a point that explains less than this more, as a
 * share of what it explains, and a model that explains this much. */
#define HARDLY_MORE 1e-5
#define ALL_BUT     0.999

/* The largest l1 leaves all weights 0; no l2 does, and a path of l2 begins at this multiple.  With
 * it a model explains a few percent of the deviance.  glmnet begins at 1000 times; there the bias,
 * which has no penalty, would take steps that are far too small. */
#define L2_TIMES 100.0

struct gf_path {
	size_t count, room;    /* points */
	size_t folds;          /* that were trained */
	gf_path_point *points; /* owned; (room) with their models */
	double *val_losses;    /* owned; (folds wanted, room) */
	gf_report first;       /* of the first point */

	/* While it runs. */
	const gf_path_options *options; /* borrowed */
	gf_config config;               /* resolved, but for the penalty and the start */
	struct shared shared;
	double lr; /* that lr_auto chose for these rows, and would choose again; 0: none yet */
	size_t trainings; /* that have begun */
};

void gf_path_free(gf_path *path)
{
	size_t i;

	if (!path)
		return;
	for (i = 0; path->points && i < path->room; i++)
		gf_model_free((gf_model *)path->points[i].model);
	free(path->points);
	free(path->val_losses);
	shared_free(&path->shared);
	free(path);
}

/* ---- what the path is asked for ---- */

static int has_deviance(gf_loss loss)
{
	return loss == GF_LOSS_mse || loss == GF_LOSS_bce || loss == GF_LOSS_cross_entropy ||
	       loss == GF_LOSS_poisson || loss == GF_LOSS_gamma || loss == GF_LOSS_tweedie;
}

/* Returns what in the configuration the path has no use for; NULL: nothing. */
static const char *unsuited(const gf_config *c, gf_penalty penalty)
{
	if (config_hidden(c).count)
		return "hidden layers: the loss of a network has many minima";
	if (c->batch_size)
		return "batch_size: each training goes to the minimum, by full batches";
	if (c->optimizer != GF_OPTIMIZER_sgd)
		return "optimizer: the steps of others than sgd do not end at the minimum of a "
		       "penalised loss";
	if (c->maximize)
		return "maximize: a penalised loss has no largest value";
	if (c->validation > 0.0 || c->validation_data)
		return "validation: it chooses epochs; wanted: folds";
	if (c->patience || c->average)
		return "patience and average: each training goes to the minimum";
	if (c->checkpoint || c->resume)
		return "checkpoint and resume: they are for one training";
	if (c->init_model)
		return "init: a path begins at weights of 0";
	if (c->label_smoothing > 0.0)
		return "label_smoothing: the deviance of such a loss is not defined";
	if (penalty == GF_PENALTY_l1 ? c->l1 > 0.0 : c->l2 > 0.0)
		return "a penalty of the path's own kind: the path sets it";
	return NULL;
}

static gf_status check_options(const gf_config *config, const gf_path_options *o, gf_error *err)
{
	const char *found;

	TRY(gf_config_check(config, err));
	if (o->penalty >= GF_PENALTY_COUNT || o->ratio < 0.0 || !(o->ratio < 1.0) || o->points == 1)
		return gf_fail(err, GF_E_USAGE,
			"path: penalty is %d, points %zu, ratio %g; wanted: one of %d penalties, 2 "
			"points or more, and a ratio between 0 and 1",
			(int)o->penalty, o->points, o->ratio, GF_PENALTY_COUNT);
	if (!has_deviance(config->loss))
		return gf_fail(err, GF_E_USAGE,
			"path: loss %s has no deviance; wanted: mse, bce, cross_entropy, poisson, "
			"gamma or tweedie",
			loss_word(config->loss));
	found = unsuited(config, o->penalty);
	if (found)
		return gf_fail(err, GF_E_USAGE, "path: %s", found);
	if (isnan(config->lr) && loss_of(config->loss)->has_log_link)
		return gf_fail(err, GF_E_USAGE,
			"path: the curvature of loss %s has no bound, from which lr could follow; "
			"wanted: lr",
			loss_word(config->loss));
	return GF_OK;
}

/* ---- penalties ---- */

/* Rounds to six digits, which a user can type, and which hide the last bits of log and exp. */
static double rounded(double penalty)
{
	char text[32];

	snprintf(text, sizeof text, "%.5e", penalty);
	return strtod(text, NULL);
}

/* The first penalty is a little above the largest useful one, so that no rounding makes a weight
 * other than 0. */
static void set_penalties(gf_path *path, double largest, double ratio)
{
	const double first = largest * (1.0 + 1e-5), step = log(ratio) / (double)(path->room - 1);
	size_t i;

	for (i = 0; i < path->room; i++)
		path->points[i].penalty = rounded(first * exp(step * (double)i));
}

/* ---- one training ---- */

static gf_config config_at(const gf_path *path, size_t index, const gf_model *start)
{
	const double penalty = path->points[index].penalty;
	gf_config config = path->config;

	if (path->options->penalty == GF_PENALTY_l1)
		config.l1 = penalty;
	else
		config.l2 = penalty;
	config.init_model = start;
	if (path->lr > 0.0) {
		config.lr_auto = 0;
		config.lr = path->lr;
	}
	return config;
}

static size_t trainings_wanted(const gf_path *path)
{
	return path->room * (1 + path->options->folds);
}

static void fail_at(const gf_path *path, size_t index, const gf_error *failure, gf_error *err)
{
	if (failure->status == GF_E_INTERRUPTED)
		gf_fail(err, failure->status, "interrupted after %zu of %zu trainings",
			path->trainings - 1, trainings_wanted(path));
	else
		gf_fail(err, failure->status, "at the penalty %g: %s", path->points[index].penalty,
			failure->message);
}

/* *model is NULL after a failure, also if it was interrupted. */
static gf_status train(gf_path *path, size_t index, const gf_dataset *data, const gf_model *start,
	gf_model **model, gf_report *report, gf_error *err)
{
	const gf_path_options *o = path->options;
	gf_config config = config_at(path, index, start);
	gf_error failure = {.status = GF_OK};
	gf_status status;

	if (o->on_training)
		o->on_training(path->trainings, trainings_wanted(path), o->user);
	path->trainings++;
	status = shared_fit(&path->shared, model, data, &config, report, &failure);
	/* The curvature, which lr_auto measures, depends on l2. */
	if (!status && config.lr_auto && o->penalty == GF_PENALTY_l1)
		path->lr = report->lr;
	if (!status)
		return GF_OK;
	gf_model_free(*model);
	*model = NULL;
	fail_at(path, index, &failure, err);
	return status;
}

/* ---- all rows ---- */

static size_t count_nonzeros(const gf_model *model)
{
	const float *w = gf_model_standardized_weight(model);
	const size_t weights = model->features * model->outputs;
	size_t count = 0, p;

	if (!w)
		w = model->params;
	for (p = 0; p < weights; p++)
		count += w[p] != 0.0f;
	return count;
}

static void note_point(gf_path_point *point, const struct null_model *null, const gf_model *model,
	const gf_report *report)
{
	point->model = model;
	point->nonzeros = count_nonzeros(model);
	point->loss = (double)report->loss;
	point->deviance_ratio =
		1.0 - (point->loss - null->saturated) / (null->loss - null->saturated);
	point->epochs = report->epochs;
	point->converged = report->converged;
}

/* Returns 1 if further points would explain hardly more. */
static int is_complete(const gf_path *path)
{
	const double now = path->points[path->count - 1].deviance_ratio;

	if (path->count < FEWEST_POINTS)
		return 0;
	return now > ALL_BUT ||
	       now - path->points[path->count - 2].deviance_ratio < HARDLY_MORE * now;
}

static gf_status train_points(
	gf_path *path, const gf_dataset *data, const struct null_model *null, gf_error *err)
{
	const gf_model *start = null->model;
	gf_report report;
	gf_model *model;

	while (path->count < path->room) {
		TRY(train(path, path->count, data, start, &model, &report, err));
		note_point(&path->points[path->count], null, model, &report);
		if (path->count == 0)
			path->first = report;
		start = model;
		path->count++;
		if (is_complete(path))
			break;
	}
	return GF_OK;
}

/* ---- folds ---- */

static gf_status train_fold_points(
	gf_path *path, size_t index, const gf_dataset *data, const gf_model *null, gf_error *err)
{
	gf_model *start = NULL, *model = NULL;
	gf_report report;
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < path->count && !status; i++) {
		status = train(path, i, data, start ? start : null, &model, &report, err);
		gf_model_free(start);
		start = model;
		path->val_losses[index * path->room + i] = (double)report.val_loss;
	}
	gf_model_free(start);
	return status;
}

static void drop_rows(gf_path *path)
{
	shared_drop_rows(&path->shared);
	path->lr = 0.0;
}

static gf_status train_fold(
	gf_path *path, struct folds *folds, const gf_dataset *data, gf_error *err)
{
	struct null_model null;
	gf_status status;

	path->shared.chosen = folds_choose(folds, path->folds);
	status = null_model_find(&null, data, &path->shared.chosen, &path->config, err);
	if (!status)
		status = train_fold_points(path, path->folds, data, null.model, err);
	drop_rows(path);
	null_model_free(&null);
	return status;
}

static gf_status train_folds(gf_path *path, const gf_dataset *data, gf_error *err)
{
	const gf_config *c = &path->config;
	struct folds folds;
	gf_status status = folds_new(&folds, data, c->loss, path->options->folds, c->seed, err);

	while (!status && path->folds < path->options->folds) {
		status = train_fold(path, &folds, data, err);
		path->folds += status == GF_OK;
	}
	folds_free(&folds);
	return status;
}

/* Sets the mean over the folds that were trained, and its standard error. */
static void measure_folds(gf_path *path, size_t index)
{
	const double n = (double)path->folds;
	gf_path_point *point = &path->points[index];
	double squares = 0.0;
	size_t f;

	point->val_loss = path->folds ? 0.0 : (double)NAN;
	for (f = 0; f < path->folds; f++)
		point->val_loss += path->val_losses[f * path->room + index] / n;
	for (f = 0; f < path->folds; f++) {
		const double d = path->val_losses[f * path->room + index] - point->val_loss;

		squares += d * d;
	}
	point->val_loss_error = path->folds > 1 ? sqrt(squares / (n - 1.0) / n) : (double)NAN;
}

/* ---- gf_path_run ---- */

static gf_status new_path(
	gf_path **path, const gf_config *config, const gf_path_options *o, gf_error *err)
{
	gf_path *p = calloc(1, sizeof *p);

	*path = p;
	if (!p)
		return gf_fail_memory(err, sizeof *p, "a path");
	p->options = o;
	p->room = o->points ? o->points : POINTS;
	p->config = *config;
	if (isnan(config->lr)) /* GF_DEFAULT */
		p->config.lr_auto = 1;
	config_resolve(&p->config);
	p->config.check = shared_check(config);
	p->points = calloc(p->room, sizeof *p->points);
	p->val_losses = calloc(p->room * (o->folds + 1), sizeof *p->val_losses);
	if (p->points && p->val_losses)
		return GF_OK;
	return gf_fail_memory(err, p->room * sizeof *p->points, "the points of a path");
}

static gf_status run(gf_path *path, const gf_dataset *data, gf_error *err)
{
	const gf_path_options *o = path->options;
	const double few = data->rows < data->features ? 0.01 : 1e-4;
	struct null_model null;
	gf_status status = null_model_find(&null, data, NULL, &path->config, err);

	if (!status) {
		set_penalties(path, null.slope * (o->penalty == GF_PENALTY_l2 ? L2_TIMES : 1.0),
			o->ratio > 0.0 ? o->ratio : few);
		if (path->config.tolerance == 0.0)
			path->config.tolerance = TOLERANCE * null.slope;
		status = train_points(path, data, &null, err);
	}
	drop_rows(path);
	null_model_free(&null);
	if (!status && o->folds)
		status = train_folds(path, data, err);
	return status;
}

gf_status gf_path_run(gf_path **path, const gf_dataset *data, const gf_config *config,
	const gf_path_options *options, gf_error *err)
{
	gf_config defaults;
	gf_status status;
	size_t i;

	error_clear(err);
	if (ERROR_NULL(path, err))
		return GF_E_USAGE;
	*path = NULL;
	if (ERROR_NULL(data, err) || ERROR_NULL(options, err))
		return GF_E_USAGE;
	gf_config_default(&defaults);
	TRY(check_options(config ? config : &defaults, options, err));
	status = new_path(path, config ? config : &defaults, options, err);
	if (!status)
		status = run(*path, data, err);
	if (status && status != GF_E_INTERRUPTED) {
		gf_path_free(*path);
		*path = NULL;
		return status;
	}
	for (i = 0; i < (*path)->count; i++)
		measure_folds(*path, i);
	shared_free(&(*path)->shared);
	(*path)->options = NULL;
	return status;
}

/* ---- what was found ---- */

size_t gf_path_count(const gf_path *path)
{
	return path ? path->count : 0;
}

const gf_report *gf_path_report(const gf_path *path)
{
	return gf_path_count(path) ? &path->first : NULL;
}

gf_path_point gf_path_at(const gf_path *path, size_t index)
{
	return index < gf_path_count(path) ? path->points[index] : (gf_path_point){.model = NULL};
}

size_t gf_path_best(const gf_path *path)
{
	size_t best = SIZE_MAX, i;

	for (i = 0; i < gf_path_count(path) && path->folds; i++)
		if (best == SIZE_MAX || path->points[i].val_loss < path->points[best].val_loss)
			best = i;
	return best;
}

size_t gf_path_simplest(const gf_path *path)
{
	const size_t best = gf_path_best(path);
	double limit;
	size_t i = 0;

	if (best == SIZE_MAX || path->folds < 2)
		return best;
	limit = path->points[best].val_loss + path->points[best].val_loss_error;
	while (!(path->points[i].val_loss <= limit))
		i++;
	return i;
}

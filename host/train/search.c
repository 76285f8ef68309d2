/* search.c: trains configurations, on folds or on all rows, and finds the best. */
#include "config.h"
#include "error.h"
#include "folds.h"
#include "gpufitcl_search.h"
#include "shared.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A configuration's trainings. */
struct trial {
	gf_status status;   /* GF_OK as long as none failed */
	char *message;      /* owned, or NULL */
	size_t done;        /* trainings that ended */
	gf_report *reports; /* owned; (folds, or 1) */
};

struct gf_search {
	size_t count, folds;  /* folds 0: none */
	int validates;        /* the reports have a val_loss */
	int maximize;         /* the largest loss is the best */
	struct trial *trials; /* owned; (count) */
	gf_model *model;      /* owned, or NULL */

	/* While it runs. */
	const gf_search_options *options; /* borrowed */
	struct shared shared;
	size_t trainings; /* that have begun */
};

/* ---- new and free ---- */

void gf_search_free(gf_search *search)
{
	size_t i;

	if (!search)
		return;
	for (i = 0; search->trials && i < search->count; i++) {
		free(search->trials[i].message);
		free(search->trials[i].reports);
	}
	free(search->trials);
	shared_free(&search->shared);
	gf_model_free(search->model);
	free(search);
}

static size_t rounds(const gf_search *search)
{
	return search->folds ? search->folds : 1;
}

static gf_status new_trials(gf_search *search, gf_error *err)
{
	size_t i;

	search->trials = calloc(search->count, sizeof *search->trials);
	if (!search->trials)
		return gf_fail_memory(err, search->count * sizeof *search->trials, "trials");
	for (i = 0; i < search->count; i++) {
		struct trial *trial = &search->trials[i];

		trial->reports = calloc(rounds(search), sizeof *trial->reports);
		if (!trial->reports)
			return gf_fail_memory(
				err, rounds(search) * sizeof *trial->reports, "reports");
	}
	return GF_OK;
}

static gf_status new_search(gf_search **search, const gf_search_options *options, gf_error *err)
{
	gf_search *s = calloc(1, sizeof *s);

	*search = s;
	if (!s)
		return gf_fail_memory(err, sizeof *s, "a search");
	s->count = options->count;
	s->folds = options->folds;
	s->validates = options->folds || options->configs[0].validation > 0.0 ||
		       options->configs[0].validation_data;
	s->maximize = options->configs[0].maximize;
	s->options = options;
	return new_trials(s, err);
}

/* ---- what was found ---- */

size_t gf_search_count(const gf_search *search)
{
	return search ? search->count : 0;
}

const gf_model *gf_search_model(const gf_search *search)
{
	return search ? search->model : NULL;
}

/* Returns how many trainings of each configuration count: without folds those of it, with folds
 * those of the folds that all configurations without a failure have trained. */
static size_t counted(const gf_search *search, size_t index)
{
	size_t least = search->trials[index].done, i;

	for (i = 0; search->folds && i < search->count; i++)
		if (!search->trials[i].status && search->trials[i].done < least)
			least = search->trials[i].done;
	return least;
}

static double get_loss(const gf_report *r)
{
	return (double)r->loss;
}

static double get_val_loss(const gf_report *r)
{
	return (double)r->val_loss;
}

static double get_r2(const gf_report *r)
{
	return r->r2;
}

static double get_val_r2(const gf_report *r)
{
	return r->val_r2;
}

static double get_accuracy(const gf_report *r)
{
	return r->accuracy;
}

static double get_val_accuracy(const gf_report *r)
{
	return r->val_accuracy;
}

static gf_spread spread_of(const gf_candidate *c, double (*get)(const gf_report *))
{
	gf_spread spread = {.mean = NAN, .deviation = NAN};
	double sum = 0.0, squares = 0.0;
	size_t i;

	for (i = 0; i < c->reports; i++)
		sum += get(&c->report[i]);
	if (c->reports > 0)
		spread.mean = sum / (double)c->reports;
	for (i = 0; i < c->reports; i++)
		squares += (get(&c->report[i]) - spread.mean) * (get(&c->report[i]) - spread.mean);
	if (c->reports > 1)
		spread.deviation = sqrt(squares / (double)(c->reports - 1));
	return spread;
}

gf_candidate gf_search_candidate(const gf_search *search, size_t index)
{
	gf_candidate c = {.status = GF_E_USAGE, .message = ""};
	const struct trial *trial;

	if (index >= gf_search_count(search))
		return c;
	trial = &search->trials[index];
	c.status = trial->status;
	c.message = trial->message ? trial->message : "";
	c.report = trial->reports;
	c.reports = counted(search, index);
	if (c.status == GF_OK && c.reports == 0)
		c.status = GF_E_INTERRUPTED;
	c.loss = spread_of(&c, get_loss);
	c.val_loss = spread_of(&c, get_val_loss);
	c.r2 = spread_of(&c, get_r2);
	c.val_r2 = spread_of(&c, get_val_r2);
	c.accuracy = spread_of(&c, get_accuracy);
	c.val_accuracy = spread_of(&c, get_val_accuracy);
	return c;
}

size_t gf_search_best(const gf_search *search)
{
	double least = INFINITY;
	size_t best = SIZE_MAX, i;

	for (i = 0; i < gf_search_count(search); i++) {
		const gf_candidate c = gf_search_candidate(search, i);
		const double mean = search->validates ? c.val_loss.mean : c.loss.mean;
		const double judged = search->maximize ? -mean : mean;

		if (c.status == GF_OK && judged < least) {
			least = judged;
			best = i;
		}
	}
	return best;
}

/* ---- trainings ---- */

static void tell(gf_search *search)
{
	const gf_search_options *o = search->options;

	if (o->on_training)
		o->on_training(search->trainings, o->count * rounds(search), o->user);
	search->trainings++;
}

/* Without folds the model of the best configuration so far is kept. */
static void keep_model(gf_search *search, size_t index, gf_model *model)
{
	if (search->folds || gf_search_best(search) != index) {
		gf_model_free(model);
		return;
	}
	gf_model_free(search->model);
	search->model = model;
}

static gf_status fail_trial(struct trial *trial, const gf_error *failure, gf_error *err)
{
	trial->status = failure->status;
	trial->message = strdup(failure->message);
	if (trial->message)
		return GF_OK;
	return gf_fail_memory(err, strlen(failure->message) + 1, "a message");
}

/* Returns 1 if the failure has to do with a fold's rows, or with one training of many. */
static int is_of_one_training(gf_status status)
{
	return status == GF_E_DATA || status == GF_E_CHECK || status == GF_E_USAGE;
}

static gf_status fail_search(const gf_search *search, const gf_error *failure, gf_error *err)
{
	const size_t total = search->count * rounds(search);

	if (failure->status == GF_E_INTERRUPTED)
		return gf_fail(err, failure->status, "interrupted after %zu of %zu trainings",
			search->trainings - 1, total);
	if (total > 1 && is_of_one_training(failure->status))
		return gf_fail(err, failure->status, "training %zu of %zu: %s", search->trainings,
			total, failure->message);
	return gf_fail(err, failure->status, "%s", failure->message);
}

/* A training that diverges fails its configuration, and no other one. */
static gf_status train(gf_search *search, size_t index, const gf_dataset *data, gf_error *err)
{
	struct trial *trial = &search->trials[index];
	gf_report *report = &trial->reports[trial->done];
	gf_config config = search->options->configs[index];
	gf_model *model = NULL;
	gf_error failure = {.status = GF_OK};
	gf_status status;

	if (trial->status)
		return GF_OK;
	tell(search);
	config.check = shared_check(&config);
	status = shared_fit(&search->shared, &model, data, &config, report, &failure);
	report->least_squares = NULL;
	report->statistics = NULL;
	if (status == GF_E_DIVERGED)
		return fail_trial(trial, &failure, err);
	if (!status) {
		trial->done++;
		keep_model(search, index, model);
		return GF_OK;
	}
	gf_model_free(model);
	return fail_search(search, &failure, err);
}

static gf_status train_all(gf_search *search, const gf_dataset *data, gf_error *err)
{
	size_t i;

	for (i = 0; i < search->count; i++)
		TRY(train(search, i, data, err));
	return GF_OK;
}

static gf_status train_folds(gf_search *search, const gf_dataset *data, gf_error *err)
{
	const gf_config *first = search->options->configs;
	struct folds folds;
	gf_status status = folds_new(&folds, data, first->loss, search->folds, first->seed, err);
	size_t i;

	for (i = 0; i < search->folds && !status; i++) {
		search->shared.chosen = folds_choose(&folds, i);
		status = train_all(search, data, err);
		shared_drop_rows(&search->shared);
	}
	search->shared.chosen = (struct chosen_rows){.rows = NULL};
	folds_free(&folds);
	return status;
}

static gf_status refit(gf_search *search, const gf_dataset *data, gf_error *err)
{
	const size_t best = gf_search_best(search);
	gf_report unused;
	gf_config config;

	if (!search->folds || !search->options->refit || best == SIZE_MAX)
		return GF_OK;
	config = search->options->configs[best];
	config.check = shared_check(&config);
	return shared_fit(&search->shared, &search->model, data, &config, &unused, err);
}

/* Fails if no configuration could be trained. */
static gf_status check_any(const gf_search *search, gf_error *err)
{
	if (gf_search_best(search) < search->count)
		return GF_OK;
	if (search->count == 1)
		return gf_fail(err, GF_E_DIVERGED, "%s", gf_search_candidate(search, 0).message);
	return gf_fail(err, GF_E_DIVERGED, "all %zu configurations diverged; the first: %s",
		search->count, gf_search_candidate(search, 0).message);
}

static gf_status run(gf_search *search, const gf_dataset *data, gf_error *err)
{
	TRY(search->folds ? train_folds(search, data, err) : train_all(search, data, err));
	TRY(check_any(search, err));
	return refit(search, data, err);
}

/* ---- gf_search_run ---- */

static gf_status check_options(const gf_search_options *o, gf_error *err)
{
	size_t i;

	if (ERROR_NULL(o->configs, err))
		return GF_E_USAGE;
	if (o->count == 0)
		return gf_fail(err, GF_E_USAGE, "count is 0; wanted: at least one configuration");
	for (i = 0; i < o->count; i++) {
		TRY(gf_config_check(&o->configs[i], err));
		if (o->folds && (o->configs[i].validation > 0.0 || o->configs[i].validation_data))
			return gf_fail(err, GF_E_USAGE,
				"folds and validation: each fold validates in its turn; "
				"wanted: one of them");
	}
	return GF_OK;
}

gf_status gf_search_run(
	gf_search **search, const gf_dataset *data, const gf_search_options *options, gf_error *err)
{
	gf_status status;

	error_clear(err);
	if (ERROR_NULL(search, err))
		return GF_E_USAGE;
	*search = NULL;
	if (ERROR_NULL(data, err) || ERROR_NULL(options, err))
		return GF_E_USAGE;
	TRY(check_options(options, err));
	status = new_search(search, options, err);
	if (!status)
		status = run(*search, data, err);
	if (status && status != GF_E_DIVERGED && status != GF_E_INTERRUPTED) {
		gf_search_free(*search);
		*search = NULL;
		return status;
	}
	shared_free(&(*search)->shared);
	(*search)->options = NULL;
	return status;
}

/* ending.c: the end of a training: its result, how good that is, and notices about it. */
#include "catalog.h"
#include "config.h"
#include "metrics.h"
#include "model.h"
#include "statistics.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the result ---- */

/* With full batches and no validation an epoch is judged by the loss before its step.  So the
 * parameters after the last step have not been judged yet. */
static gf_status judge_last(struct training *t, const float *params, gf_error *err)
{
	const char *where = t->verifier.step ? "after the last step" : NULL;
	struct train_state *state = &t->state;
	float loss;

	if ((t->ended && !t->converged) || !training_is_full_batch(t) || training_watched_rows(t) ||
		!isfinite(state->best_loss))
		return GF_OK;
	TRY(training_loss(t, where, params, 0, t->train_data.train_rows, &loss, err));
	if (training_is_better(t, (double)loss)) {
		state->best_epoch = state->epoch - 1;
		memcpy(state->best, params, state->parameters * sizeof *params);
	}
	return GF_OK;
}

/* Puts the result into the model: the best parameters, the average, or the last ones.  *params is
 * the result (P), or NULL if the engine holds it. */
static gf_status choose_result(struct training *t, const float **params, gf_error *err)
{
	TRY(training_current(t, params, err));
	TRY(judge_last(t, *params, err));
	if (isfinite(t->state.best_loss))
		*params = t->state.best;
	memcpy(t->model->params, *params, t->state.parameters * sizeof **params);
	if (*params == t->state.params)
		*params = NULL;
	return GF_OK;
}

static gf_status final_losses(struct training *t, const float *params, gf_error *err)
{
	const size_t n = t->train_data.train_rows, validate = training_validation_rows(t);
	const char *where = t->verifier.step ? "the result" : NULL;
	gf_report *report = t->report;

	TRY(training_loss(t, where, params, 0, n, &report->loss, err));
	report->val_loss = NAN;
	if (validate)
		TRY(training_loss(t, where, params, n, validate, &report->val_loss, err));
	if (t->state.steps == 0)
		t->state.first_loss = report->first_loss = report->loss;
	return GF_OK;
}

/* ---- how good the result is ---- */

enum {
	OUTPUTS_AT_ONCE = 1 << 20, /* floats */
	HOST_WORK = 1 << 20        /* multiply-adds that the host does before a kernel is built */
};

/* Host and device give the same bits of a linear model; this only decides which is faster. */
static int is_faster_on_host(const struct training *t, size_t rows)
{
	return t->engine->word != GF_ENGINE_reference && t->problem.hidden.count == 0 &&
	       (double)rows * (double)t->state.parameters <= (double)HOST_WORK;
}

/* A tally of the result, and the outputs of some rows at a time. */
struct quality {
	struct training *t;  /* borrowed */
	struct tally *tally; /* borrowed */
	const float *params; /* borrowed; (P) */
	int on_host;
	float *z;            /* owned; (most, K) */
	size_t most;         /* rows */
	size_t first, count; /* the rows that z is of, counted from tally->first */
};

/* Computes z for the part and as many rows behind it as are next. */
static gf_status compute_outputs(struct quality *q, const struct part_rows *part, gf_error *err)
{
	const struct problem *problem = &q->t->problem;
	const size_t row = q->tally->first + part->first, left = part->end - part->first;

	q->first = part->first;
	q->count = left < q->most ? left : q->most;
	if (q->on_host)
		forward_outputs(problem, q->params, row, q->count, q->z);
	else
		TRY(engine_outputs(q->t->engine, q->params, row, q->count, q->z, err));
	if (problem->data->offset)
		offset_add(problem->data->offset + row, q->count, problem->outputs, q->z);
	return GF_OK;
}

static gf_status add_part(void *user, const struct part_rows *part, double *sum, gf_error *err)
{
	struct quality *q = user;

	if (part->first < q->first || part->first >= q->first + q->count)
		TRY(compute_outputs(q, part, err));
	tally_add(q->tally, q->tally->first + part->first, part->rows,
		q->z + (part->first - q->first) * q->t->problem.outputs, sum);
	return GF_OK;
}

/* Returns how many rows have their outputs computed at once: whole parts. */
static size_t rows_at_once(const struct tally *tally, size_t K)
{
	const size_t parts = OUTPUTS_AT_ONCE / K / ROW_SUMS_PART;
	const size_t most = (parts ? parts : 1) * ROW_SUMS_PART;

	return most < tally->rows ? most : tally->rows;
}

static gf_status add_all(
	struct training *t, struct tally *tally, const float *params, gf_error *err)
{
	const size_t K = t->problem.outputs, rows = rows_at_once(tally, K);
	struct quality q = {.t = t,
		.tally = tally,
		.params = params,
		.on_host = is_faster_on_host(t, tally->rows),
		.most = rows};
	const struct row_sums all = {.comm = t->config->comm,
		.rows = tally->rows,
		.numbers = tally_numbers(tally),
		.work = (double)t->state.parameters,
		.add = add_part,
		.user = &q};
	double *sums = malloc(all.numbers * sizeof *sums);
	gf_status status;

	q.z = malloc(rows * K * sizeof *q.z);
	status = sums && q.z ? row_sums_take(&all, sums, err)
			     : gf_fail_memory(err, rows * K * sizeof *q.z, "outputs");
	if (!status)
		tally_take(tally, sums);
	free(q.z);
	free(sums);
	return status;
}

/* Measures rows [first, first + rows) of the training's data. */
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
	const size_t n = t->train_data.train_rows;
	gf_report *r = t->report;

	/* A loss that is not finite is reported as a divergence later. */
	if (!isfinite(r->loss))
		return GF_OK;
	TRY(measure_rows(t, params, 0, n, &r->r2, &r->accuracy, err));
	return measure_rows(
		t, params, n, training_validation_rows(t), &r->val_r2, &r->val_accuracy, err);
}

/* Least squares need the moments of the data, which only some engines have. */
static gf_status find_least_squares(struct training *t, gf_error *err)
{
	struct regression r = {.center = t->train_data.center,
		.scale = t->train_data.scale,
		.no_bias = t->config->no_bias};

	TRY(engine_moments(t->engine, &r.moments, err));
	if (r.moments)
		TRY(least_squares_find(&t->model->least_squares, &r, err));
	t->report->least_squares = t->model->least_squares;
	return GF_OK;
}

static gf_status find_statistics(struct training *t, gf_error *err)
{
	if (!(t->config->statistics > 0.0) || t->stopping)
		return GF_OK;
	config_tell(t->config, GF_PHASE_evaluating, 0, 0);
	TRY(statistics_find(&t->model->statistics, t->model, t->data, &t->train_data,
		t->config->statistics, t->config->comm, err));
	t->report->statistics = t->model->statistics;
	return GF_OK;
}

/* ---- a notice about the training ---- */

/* A loss is good if it is below SMALL times the loss of parameters 0, wherever it began.  A loss
 * that grew by less than CLEARLY of the first one may have grown by rounding. */
#define SMALL   1e-4
#define CLEARLY 1e-3

/* A training has not converged if its gradient is still above STEEP times the first one, and above
 * FLAT, which is the default tolerance of scikit-learn's lbfgs. */
#define STEEP 0.1
#define FLAT  1e-4

/* Statistics say that they are not those of the least loss if they may change by more than EARLY
 * standard errors: a 95 % interval then covers the true value in 94.9 % of all cases. */
#define EARLY 0.1

enum { FEW_STEPS = 100 }; /* a training of fewer steps is a quick try */

static int is_worse(const struct training *t)
{
	const double first = t->state.first_loss, last = (double)t->report->loss;
	const double grown = t->config->maximize ? first - last : last - first;

	return grown > CLEARLY * fabs(first);
}

/* Returns 1 if --lr auto would choose another rate.  It is for sgd, for linear models, and for
 * losses whose curvature has a bound. */
static int can_be_auto(const struct training *t)
{
	const gf_config *c = t->config;

	return !c->lr_auto && c->optimizer == GF_OPTIMIZER_sgd && t->problem.hidden.count == 0 &&
	       curvature_is_bounded(&t->problem);
}

/* Appends "; a smaller --lr, or --standardize, may help": the given remedies (second may be NULL),
 * then the options that are not in use. */
static void add_remedies(
	const struct training *t, const char *first, const char *second, char *text, size_t size)
{
	const char *remedies[4] = {first, second};
	size_t count = second ? 2 : 1, i, used = strlen(text);

	if (can_be_auto(t))
		remedies[count++] = "--lr auto";
	if (training_may_standardize(t))
		remedies[count++] = "--standardize";
	for (i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
			i == 0          ? "; "
			: i + 1 < count ? ", "
					: ", or ",
			remedies[i]);
	snprintf(text + used, size - used, "%s may help", count > 1 ? "," : "");
}

static int has_penalty(const gf_config *c)
{
	return c->l1 > 0.0 || c->l2 > 0.0 || c->weight_decay > 0.0;
}

/* Returns 1 if the gradient has hardly fallen.  If the number of epochs needed is known,
 * stability.c has said so; a start from a model may be near the end from the beginning. */
static int is_steep(const struct training *t)
{
	const gf_config *c = t->config;
	const gf_report *r = t->report;

	return !(r->epochs_needed > 0.0) && !c->maximize && !c->init_model && !t->converged &&
	       r->gradient_last > STEEP * r->gradient_first && r->gradient_last > FLAT;
}

/* The steps of plain sgd on a smooth objective are in proportion to the gradient, so a larger lr is
 * not what helps first.  Other steps are about as long as lr. */
static const char *larger_lr(const struct training *t)
{
	return t->config->optimizer == GF_OPTIMIZER_sgd && config_is_smooth(t->config)
		       ? NULL
		       : "a larger --lr";
}

/* Ranks without a caller that takes notices go the same way, since they share a loss on it. */
static void tell(const struct training *t, const char *text)
{
	if (t->config->notice)
		t->config->notice(text, t->config->user);
}

static void tell_steep(const struct training *t)
{
	const gf_report *r = t->report;
	char text[256];

	snprintf(text, sizeof text,
		"the training did not converge: the gradient was %.3g at first and is %.3g",
		r->gradient_first, r->gradient_last);
	add_remedies(t, "more --epochs", larger_lr(t), text, sizeof text);
	tell(t, text);
}

/* Returns 1 if a constant would predict better than the model.  An r2 below -1 is worse than mean
 * and median: the median is at most one standard deviation from the mean.  No notice for a
 * quantile far from the median, for a model without bias, which has no constant, or for a quick
 * try. */
static int is_useless(const struct training *t)
{
	const gf_config *c = t->config;

	return t->report->r2 < -1.0 && c->loss != GF_LOSS_quantile && !c->no_bias && !c->maximize &&
	       t->state.steps >= FEW_STEPS;
}

static void tell_useless(const struct training *t)
{
	char text[256];

	snprintf(text, sizeof text,
		"the model predicts worse than the mean of the target would: r2 is %.3g",
		t->report->r2);
	add_remedies(t, "more --epochs", larger_lr(t), text, sizeof text);
	tell(t, text);
}

static void tell_worse(const struct training *t)
{
	const gf_config *c = t->config;
	char text[256];

	snprintf(text, sizeof text,
		"the training ends worse than it began: the loss%s went from %.6g to %.6g",
		has_penalty(c) ? ", penalties aside," : "", t->state.first_loss,
		(double)t->report->loss);
	add_remedies(t, "a smaller --lr", NULL, text, sizeof text);
	tell(t, text);
}

/* Returns 1 if the statistics are those of parameters that are not the best. */
static int is_early(const struct training *t)
{
	const gf_statistics *s = t->report->statistics;

	return s && !*s->why && s->newton > EARLY;
}

static void tell_early(const struct training *t)
{
	char text[256];

	snprintf(text, sizeof text,
		"the statistics hold where the loss is least, and the training is not there: "
		"Newton's next step is %.2g standard errors long",
		t->report->statistics->newton);
	add_remedies(t, "more --epochs", NULL, text, sizeof text);
	tell(t, text);
}

static gf_status tell_end(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	double zeros;

	/* The gradient of the last step is not known if an earlier step was the last recorded. */
	if (!t->converged && t->gradient_step + 1 < t->state.steps)
		t->report->gradient_last = NAN;
	if (!c->notice && comm_size(c->comm) == 1)
		return GF_OK;
	if (is_early(t))
		tell_early(t);
	if (t->state.steps == 0)
		return GF_OK;
	if (is_worse(t)) {
		TRY(training_zeros_loss(t, &zeros, err));
		if (c->maximize || (double)t->report->loss > SMALL * zeros)
			tell_worse(t);
	} else if (is_steep(t)) {
		tell_steep(t);
	} else if (is_useless(t)) {
		tell_useless(t);
	}
	return GF_OK;
}

/* ---- the end ---- */

gf_status training_finish(struct training *t, gf_error *err)
{
	const float *params;

	TRY(choose_result(t, &params, err));
	TRY(final_losses(t, params, err));
	TRY(measure_quality(t, params ? params : t->state.params, err));
	if (t->train_data.center)
		TRY(training_fold(t, err));
	TRY(training_judge(t, t->report->loss, err));
	TRY(training_judge_validation(t, t->report->val_loss, err));
	TRY(find_least_squares(t, err));
	TRY(find_statistics(t, err));
	TRY(tell_end(t, err));
	TRY(training_check_data(t, err));
	if (t->stopping && !training_over(t))
		return gf_fail(err, GF_E_INTERRUPTED, "interrupted after %zu of %zu epochs",
			t->state.epoch, t->config->epochs);
	return GF_OK;
}

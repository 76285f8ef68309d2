/* divergence.c: a loss that is not finite, or has grown beyond all reason: what is to blame. */
#include "stability.h"
#include "diagnose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define GROWN 1e6 /* times the first loss */

/* A loss of 0 or below at the start leaves nothing to grow from; one that is to be maximised is
 * to grow. */
static int has_grown(const struct training *t, double loss)
{
	const double first = t->progress.first_loss;

	return !t->config->maximize && first > 0.0 && loss > GROWN * first;
}

gf_status training_zeros_loss(struct training *t, double *loss, gf_error *err)
{
	const size_t P = t->progress.parameters;
	float *zeros, of_all = 0.0f;
	gf_status status;

	*loss = t->zeros_loss;
	if (t->zeros_known)
		return GF_OK;
	zeros = calloc(P, sizeof *zeros);
	if (!zeros)
		return gf_fail_memory(err, P * sizeof *zeros, "parameters of 0");
	status = training_loss(t, t->verifier.step ? "at parameters of 0" : NULL, zeros, 0,
		t->train_data.train_rows, &of_all, err);
	free(zeros);
	t->zeros_known = !status;
	*loss = t->zeros_loss = (double)of_all;
	return status;
}

static gf_status tell_grown(struct training *t, double loss, gf_error *err)
{
	char advice[256], blame[128];
	const gf_status status = stability_advice(t, advice, sizeof advice, err);

	if (status)
		return status;
	stability_blame(t, blame, sizeof blame);
	return gf_fail(err, GF_E_DIVERGED,
		"training diverged: the loss of epoch %zu is %.9g, "
		"%.3g times that of epoch 0%s%s%s",
		t->progress.epoch, loss, loss / t->progress.first_loss, *blame ? ": " : "", blame,
		*blame ? "" : advice);
}

/* The loss of those rows at those parameters is not finite. */
static gf_status tell_not_finite(struct training *t, const char *what, const struct batch *batch,
	const float *params, gf_error *err)
{
	const struct progress *p = &t->progress;
	struct diagnosis diagnosis = {.problem = &t->problem,
		.batch = batch,
		.params = params,
		.engine = t->engine,
		.divisor = train_data_divisor(&t->problem, batch),
		.lr = schedule_lr(&t->step_rates.schedule, p->epoch, p->steps),
		.epoch = p->epoch,
		.step = p->step,
		.rows = t->train_data.rows,
		.others = t->config->validation_data ? t->train_data.train_rows : 0,
		.center = t->train_data.center,
		.scale = t->train_data.scale};
	char text[DIAGNOSIS_ROOM], advice[256], blame[128];
	gf_status status;

	stability_blame(t, blame, sizeof blame);
	diagnosis.blame = blame;
	status = diagnose(&diagnosis, text, sizeof text, err);

	if (!status)
		status = stability_advice(t, advice, sizeof advice, err);
	if (status)
		return status;
	return gf_fail(err, GF_E_DIVERGED,
		"training diverged: the %s of epoch %zu is not finite: %s%s", what, p->epoch, text,
		*blame ? "" : advice);
}

gf_status training_judge(struct training *t, float loss, gf_error *err)
{
	const struct batch all = {.count = t->train_data.train_rows};
	const float *params;
	double zeros = 0.0;
	gf_status status;

	if (isfinite(loss) && !has_grown(t, (double)loss))
		return GF_OK;
	/* From a start that fits, a loss can grow far and still be small beside the data. */
	if (isfinite(loss)) {
		status = training_zeros_loss(t, &zeros, err);
		return status || (double)loss <= zeros ? status : tell_grown(t, (double)loss, err);
	}
	status = training_current(t, &params, err);
	return status ? status : tell_not_finite(t, "loss", &all, params, err);
}

gf_status training_judge_validation(struct training *t, float val_loss, gf_error *err)
{
	const size_t n = t->train_data.train_rows, others = t->train_data.data->rows - n;
	const struct batch batch = {.first = n, .count = others};
	const float *params;
	gf_status status;

	if (others == 0 || isfinite(val_loss))
		return GF_OK;
	status = training_current(t, &params, err);
	return status ? status : tell_not_finite(t, "validation loss", &batch, params, err);
}

/* The bits of a step follow from those before it: the same steps once more lead there again. */
gf_status training_broke(struct training *t, const struct plan *plan, size_t i, gf_error *err)
{
	const size_t P = t->progress.parameters;
	const struct history history = {t->losses, NULL};
	const struct batch batch = plan_batch(plan, t->problem.batch_size, i);
	struct plan before = *plan;
	gf_status status = engine_set(t->engine, t->snapshot, t->snapshot + P, err);

	before.count = i;
	if (!status && i > 0)
		status = engine_run(t->engine, &before, &history, err);
	if (!status)
		status = engine_get(t->engine, t->snapshot, NULL, err);
	return status ? status : tell_not_finite(t, "loss", &batch, t->snapshot, err);
}

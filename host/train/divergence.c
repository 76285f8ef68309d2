/* divergence.c: a loss that is not finite, or has grown beyond all reason: what is to blame. */
#include "outlook.h"
#include "triage.h"

#include <math.h>
#include <stdio.h>

#define GROWN 1e6 /* times the first loss */

/* A loss of 0 or below at the start leaves nothing to grow from; one that is to be maximised is
 * to grow. */
static int has_grown(const struct training *t, double loss)
{
	const double first = t->progress.first_loss;

	return !t->config->maximize && first > 0.0 && loss > GROWN * first;
}

static gf_status tell_grown(struct training *t, double loss, gf_error *err)
{
	char advice[128];
	const gf_status status = outlook_advice(t, advice, sizeof advice, err);

	if (status)
		return status;
	return gf_fail(err, GF_E_DIVERGED,
		"training diverged: the loss of epoch %zu is %.9g, %.3g times that of epoch 0%s",
		t->progress.epoch, loss, loss / t->progress.first_loss, advice);
}

/* The loss of those rows at those parameters is not finite. */
static gf_status tell_not_finite(struct training *t, const char *what, const struct batch *batch,
	const float *params, gf_error *err)
{
	const struct progress *p = &t->progress;
	const struct triage triage = {.problem = &t->problem,
		.batch = batch,
		.params = params,
		.engine = t->engine,
		.divisor = material_divisor(&t->problem, batch),
		.lr = schedule_lr(&t->pace.schedule, p->epoch, p->steps),
		.epoch = p->epoch,
		.step = p->step,
		.rows = t->material.rows,
		.others = t->config->validation_data ? t->material.train_rows : 0,
		.center = t->material.center,
		.scale = t->material.scale};
	char text[TRIAGE_ROOM], advice[128];
	gf_status status = triage_tell(&triage, text, sizeof text, err);

	if (!status)
		status = outlook_advice(t, advice, sizeof advice, err);
	if (status)
		return status;
	return gf_fail(err, GF_E_DIVERGED,
		"training diverged: the %s of epoch %zu is not finite: %s%s", what, p->epoch, text,
		advice);
}

gf_status training_judge(struct training *t, float loss, gf_error *err)
{
	const struct batch all = {.count = t->material.train_rows};
	const float *params;
	gf_status status;

	if (isfinite(loss))
		return has_grown(t, (double)loss) ? tell_grown(t, (double)loss, err) : GF_OK;
	status = training_current(t, &params, err);
	return status ? status : tell_not_finite(t, "loss", &all, params, err);
}

gf_status training_judge_validation(struct training *t, float val_loss, gf_error *err)
{
	const size_t n = t->material.train_rows, others = t->material.data->rows - n;
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

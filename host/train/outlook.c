#include "outlook.h"
#include "catalog.h"

#include <math.h>
#include <stdio.h>

/* A look takes a hundred products or so: not more than a tenth of the training, or a few
 * milliseconds. */
enum { PRODUCTS = 64, SHARE = 10 };

#define CHEAP 0x1p24 /* multiply-adds */

static int is_full_batch(const struct training *t)
{
	return t->problem.batch_size == t->rows;
}

/* The bounds are of plain gradient descent at one rate. */
static int is_plain(const struct training *t)
{
	const gf_config *c = t->config;

	return c->optimizer == GF_OPTIMIZER_sgd && c->momentum == 0.0 && !c->maximize &&
	       !c->schedule && !c->average && c->clip_norm == 0.0 && c->clip_value == 0.0;
}

static int is_cheap(const struct training *t)
{
	const double pass = (double)t->rows * (double)(t->material.data->features + 1);

	return t->config->epochs >= (size_t)PRODUCTS * SHARE || PRODUCTS * pass < CHEAP;
}

static gf_status measure(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const struct batch all = {.count = t->material.train_rows};
	const double divisor = material_divisor(&t->problem, &all);
	const struct objective objective = {.problem = &t->problem,
		.scale = divisor > 0.0 ? 1.0 / divisor : 0.0,
		.l2 = c->l2,
		.weight_decay = c->optimizer == GF_OPTIMIZER_sgd ? c->weight_decay : 0.0};
	const struct engine_options options = {
		.device = c->device, .engine = c->engine, .tuning.kernels = c->kernels};

	if (t->measured)
		return GF_OK;
	t->measured = 1;
	return curvature_measure(&t->curvature, &objective, &options, err);
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

static void warn(const struct training *t)
{
	const gf_config *c = t->config;
	const double limit = curvature_lr_limit(&t->curvature);
	char text[160];

	if (!c->notice || !(c->lr > limit))
		return;
	if (t->curvature.constant && is_full_batch(t))
		snprintf(text, sizeof text,
			"lr %.6g cannot converge here: the largest that can is %.4g", c->lr, limit);
	else
		snprintf(text, sizeof text, "lr %.6g may not converge here: any below %.4g does%s",
			c->lr, limit, is_full_batch(t) ? "" : " with full batches");
	c->notice(text, c->user);
}

gf_status outlook_take(struct training *t, gf_error *err)
{
	gf_status status = GF_OK;
	double epochs;

	if (!t->config->lr_auto && !(is_plain(t) && is_cheap(t)))
		return GF_OK;
	status = measure(t, err);
	if (!status && t->config->lr_auto)
		status = choose_lr(t, err);
	if (status || !is_plain(t))
		return status;
	warn(t);
	epochs = curvature_epochs(&t->curvature, t->config->lr);
	if (is_full_batch(t) && t->curvature.constant && isfinite(epochs))
		t->report->epochs_needed = epochs;
	return GF_OK;
}

/* ---- after a divergence ---- */

gf_status outlook_advice(struct training *t, char *text, size_t size, gf_error *err)
{
	gf_status status;

	*text = '\0';
	if (t->config->optimizer != GF_OPTIMIZER_sgd)
		return GF_OK;
	status = measure(t, err);
	if (status || !isfinite(t->curvature.largest) || !(t->curvature.largest > 0.0))
		return status;
	t->report->lr_limit = curvature_lr_limit(&t->curvature);
	snprintf(text, size,
		t->curvature.constant
			? "; lr is %.6g, and the largest that can converge here is %.4g"
			: "; lr is %.6g, and any below %.4g converges here",
		t->config->lr, t->report->lr_limit);
	return GF_OK;
}

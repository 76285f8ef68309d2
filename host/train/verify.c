#include "verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Multiply-adds of the reference in all steps that cost less than opening a device does. */
#define CHEAP 0x1p21

/* What the update of a parameter costs beside a multiply-add. */
#define UPDATE_WORK 16.0

static gf_check resolve(const struct verifier *v, gf_check check, gf_engine engine)
{
	const struct problem *p = v->problem;
	const double step =
		(double)p->batch_size * (double)(p->data->features + 1) * (double)p->outputs +
		UPDATE_WORK * (double)problem_params(p);

	if (check != GF_CHECK_auto)
		return check;
	if (engine == GF_ENGINE_reference)
		return GF_CHECK_off;
	return step * (double)(v->end - v->first) <= CHEAP ? GF_CHECK_every : GF_CHECK_ends;
}

gf_status verifier_open(struct verifier *v, const struct problem *problem, gf_check check,
	gf_engine engine, size_t batches, size_t first, size_t end, gf_error *err)
{
	*v = (struct verifier){.problem = problem, .batches = batches, .first = first, .end = end};
	v->mode = resolve(v, check, engine);
	if (v->mode == GF_CHECK_off)
		return GF_OK;
	if (engine == GF_ENGINE_reference)
		return gf_fail(err, GF_E_USAGE,
			"check %s: engine reference is what a check compares with; "
			"its check can only be off",
			v->mode == GF_CHECK_every ? "every" : "ends");
	return reference_step_new(&v->step, problem, err);
}

void verifier_close(struct verifier *v)
{
	reference_step_free(v->step);
	memset(v, 0, sizeof *v);
}

size_t verifier_next(const struct verifier *v, size_t step)
{
	if (v->mode == GF_CHECK_every || (v->mode == GF_CHECK_ends && step == v->first))
		return step;
	return v->mode == GF_CHECK_ends && step < v->end ? v->end - 1 : SIZE_MAX;
}

int verifier_wants(const struct verifier *v, size_t step)
{
	return verifier_next(v, step) == step;
}

/* ---- one step ---- */

/* Numbers of a step: what they are, on the device and in the reference. */
struct quantity {
	const char *name;
	const float *found;           /* (P) */
	const double *wanted, *bound; /* (P) */
};

/* "weight[0][2]", or "bias[0]" */
static void title(const struct verifier *v, size_t p, char *text, size_t size)
{
	const size_t D = v->problem->data->features, weights = v->problem->outputs * D;

	if (p < weights)
		snprintf(text, size, "weight[%zu][%zu]", p / D, p % D);
	else
		snprintf(text, size, "bias[%zu]", p - weights);
}

static void place(const struct verifier *v, const struct taken *t, char *text, size_t size)
{
	if (v->batches > 1)
		snprintf(text, size, "epoch %zu, step %zu", t->epoch, t->step);
	else
		snprintf(text, size, "epoch %zu", t->epoch);
}

/* NaN passes nothing: not one of the comparisons holds for it.  Where float may overflow (no
 * finite bound) there is nothing to compare. */
static int within(struct verifier *v, float found, double wanted, double bound)
{
	const double off = fabs((double)found - wanted);

	if (isinf(bound))
		return 1;
	if (off <= bound && off > v->worst * bound)
		v->worst = off / bound;
	return off <= bound;
}

static gf_status fail(const struct verifier *v, const struct taken *t, const char *what,
	float found, double wanted, double bound, gf_error *err)
{
	char where[64];

	place(v, t, where, sizeof where);
	return gf_fail(err, GF_E_CHECK,
		"%s: %s is %.9g on the device and %.17g in the reference: "
		"off by %.3g, and the bound is %.3g",
		where, what, (double)found, wanted, fabs((double)found - wanted), bound);
}

static gf_status compare(
	struct verifier *v, const struct taken *t, const struct quantity *q, gf_error *err)
{
	const size_t P = problem_params(v->problem);
	char which[64], what[128];
	size_t p;

	for (p = 0; p < P && within(v, q->found[p], q->wanted[p], q->bound[p]);)
		p++;
	if (p == P)
		return GF_OK;
	title(v, p, which, sizeof which);
	snprintf(what, sizeof what, "%s %s", q->name, which);
	return fail(v, t, what, q->found[p], q->wanted[p], q->bound[p], err);
}

static gf_status compare_state(struct verifier *v, const struct taken *t, gf_error *err)
{
	const size_t P = problem_params(v->problem), S = problem_planes(v->problem);
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < S && !status; i++) {
		char name[64];
		const struct quantity q = {name, t->state_after + i * P, v->step->state + i * P,
			v->step->state_bound + i * P};

		snprintf(name, sizeof name, "next state %zu of", i);
		status = compare(v, t, &q, err);
	}
	return status;
}

gf_status verifier_check(struct verifier *v, const struct taken *t, gf_error *err)
{
	const struct reference_step *r = v->step;
	const struct quantity gradient = {
		"gradient of", t->gradient, r->gradient, r->gradient_bound};
	const struct quantity next = {"next", t->after, r->next, r->next_bound};
	gf_status status = v->engine ? engine_slacken(v->engine, t->before, v->step, err) : GF_OK;

	if (status)
		return status;
	reference_step_take(v->step, v->problem, &t->batch, t->before, t->state, t->rates);
	if (!within(v, t->loss, r->loss, r->loss_bound))
		status = fail(v, t, "loss", t->loss, r->loss, r->loss_bound, err);
	if (!status)
		status = compare(v, t, &gradient, err);
	if (!status)
		status = compare_state(v, t, err);
	if (!status)
		status = compare(v, t, &next, err);
	v->checked += !status;
	return status;
}

#include "verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Multiply-adds of the reference in all epochs that cost less than opening a device does. */
#define CHEAP 0x1p21

static gf_check resolve(const struct problem *problem, const gf_config *config, gf_engine engine)
{
	const double work = (double)problem->data->rows * (double)(problem->data->features + 1) *
			    (double)problem->outputs * (double)config->epochs;

	if (config->check != GF_CHECK_auto)
		return config->check;
	if (engine == GF_ENGINE_reference)
		return GF_CHECK_off;
	return work <= CHEAP ? GF_CHECK_every : GF_CHECK_ends;
}

gf_status verifier_open(struct verifier *v, const struct problem *problem, const gf_config *config,
	gf_engine engine, gf_error *err)
{
	*v = (struct verifier){.problem = problem,
		.mode = resolve(problem, config, engine),
		.epochs = config->epochs,
		.parameters = problem->outputs * (problem->data->features + 1)};
	if (v->mode == GF_CHECK_off)
		return GF_OK;
	if (engine == GF_ENGINE_reference)
		return gf_fail(err, GF_E_USAGE,
			"check %s: engine reference is what a check compares with; "
			"its check can only be off",
			v->mode == GF_CHECK_every ? "every" : "ends");
	return reference_step_new(&v->step, v->parameters, err);
}

void verifier_close(struct verifier *v)
{
	reference_step_free(v->step);
	memset(v, 0, sizeof *v);
}

int verifier_wants(const struct verifier *v, size_t epoch)
{
	return v->mode == GF_CHECK_every ||
	       (v->mode == GF_CHECK_ends && (epoch == 0 || epoch + 1 == v->epochs));
}

/* One number of a step: what it is, and where. */
struct quantity {
	const char *name;
	size_t index; /* of a parameter; (size_t)-1: the loss */
};

static void title(const struct verifier *v, const struct quantity *q, char *text, size_t size)
{
	const size_t D = v->problem->data->features, weights = v->problem->outputs * D;

	if (q->index == (size_t)-1)
		snprintf(text, size, "%s", q->name);
	else if (q->index < weights)
		snprintf(text, size, "%s weight[%zu][%zu]", q->name, q->index / D, q->index % D);
	else
		snprintf(text, size, "%s bias[%zu]", q->name, q->index - weights);
}

/* NaN passes nothing: not one of the comparisons holds for it.  Where float may overflow (no
 * finite bound) there is nothing to compare. */
static gf_status compare(struct verifier *v, size_t epoch, struct quantity q, float found,
	double wanted, double bound, gf_error *err)
{
	const double off = fabs((double)found - wanted);
	char text[64];

	if (isinf(bound))
		return GF_OK;
	if (off <= bound) {
		if (off > v->worst * bound)
			v->worst = off / bound;
		return GF_OK;
	}
	title(v, &q, text, sizeof text);
	return gf_fail(err, GF_E_CHECK,
		"epoch %zu: %s is %.9g on the device and %.17g in the reference: "
		"off by %.3g, and the bound is %.3g",
		epoch, text, (double)found, wanted, off, bound);
}

gf_status verifier_check(struct verifier *v, const gf_step *step, gf_error *err)
{
	const struct reference_step *r = v->step;
	gf_status status;
	size_t p;

	reference_step_take(v->step, v->problem, step->before, step->lr);
	status = compare(v, step->epoch, (struct quantity){"loss", (size_t)-1}, step->loss, r->loss,
		r->loss_bound, err);
	for (p = 0; p < v->parameters && !status; p++)
		status = compare(v, step->epoch, (struct quantity){"gradient of", p},
			step->gradient[p], r->gradient[p], r->gradient_bound[p], err);
	for (p = 0; p < v->parameters && !status; p++)
		status = compare(v, step->epoch, (struct quantity){"next", p}, step->after[p],
			r->next[p], r->next_bound[p], err);
	v->checked += !status;
	return status;
}

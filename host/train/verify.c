#include "verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Multiply-adds of the reference in all steps that cost less than opening a device does. */
#define CHEAP 0x1p21

/* The cost of updating one parameter, in multiply-adds. */
#define UPDATE_WORK 16.0

/* Multiply-adds of one pass of the reference over the rows. */
static double pass_work(const struct problem *p, size_t rows)
{
	return (double)rows * (double)(p->data->features + 1) * (double)p->outputs;
}

static gf_check resolve(const struct verifier *v, gf_check check, gf_engine engine)
{
	const struct problem *p = v->problem;
	const double step = pass_work(p, p->batch_size) + UPDATE_WORK * (double)problem_params(p);
	/* Validation rows are evaluated after each epoch. */
	const double rest = pass_work(p, p->data->rows - p->train_rows) / (double)v->batches;

	if (check != GF_CHECK_auto)
		return check;
	if (engine == GF_ENGINE_reference)
		return GF_CHECK_off;
	return (step + rest) * (double)(v->end - v->first) <= CHEAP ? GF_CHECK_every
								    : GF_CHECK_ends;
}

static uint32_t sum_of(uint32_t sum, const void *bytes, size_t count)
{
	return bytes ? (uint32_t)crc32_z(sum, bytes, count) : sum;
}

/* The checksum of all data the reference reads: a device may share this memory. */
static uint32_t sum_of_data(const struct problem *p)
{
	const gf_dataset *d = p->data;
	uint32_t sum = sum_of(0, d->x, d->x_bytes);

	sum = sum_of(sum, d->y, d->rows * d->outputs * sizeof *d->y);
	sum = sum_of(sum, p->weights, d->rows * sizeof(float));
	return sum_of(sum, p->class_weights, p->outputs * sizeof(float));
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
	v->outputs = malloc(problem->outputs * sizeof *v->outputs);
	if (!v->outputs)
		return gf_fail_memory(err, problem->outputs * sizeof *v->outputs, "outputs");
	if (v->mode == GF_CHECK_every)
		v->data_sum = sum_of_data(problem);
	return reference_step_new(&v->step, problem, err);
}

void verifier_close(struct verifier *v)
{
	free(v->outputs);
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

/* One array of a step's results, as the device and the reference have it. */
struct quantity {
	const char *name;
	const float *found;           /* (P) */
	const double *wanted, *bound; /* (P) */
};

void verifier_place(const struct verifier *v, size_t epoch, size_t step, char *text, size_t size)
{
	if (v->batches > 1)
		snprintf(text, size, "epoch %zu, step %zu", epoch, step);
	else
		snprintf(text, size, "epoch %zu", epoch);
}

/* NaN never passes, since every comparison with it is false.  An infinite bound means that float
 * may overflow here: any value then passes. */
static int within(struct verifier *v, float found, double wanted, double bound)
{
	const double off = fabs((double)found - wanted);

	if (isinf(bound))
		return 1;
	if (off <= bound && off > v->worst * bound)
		v->worst = off / bound;
	return off <= bound;
}

static gf_status fail(const char *where, const char *what, float found, double wanted, double bound,
	gf_error *err)
{
	return gf_fail(err, GF_E_CHECK,
		"%s: %s is %.9g on the device and %.17g in the reference: "
		"off by %.3g, and the bound is %.3g",
		where, what, (double)found, wanted, fabs((double)found - wanted), bound);
}

static gf_status fail_step(const struct verifier *v, const struct step_record *t, const char *what,
	float found, double wanted, double bound, gf_error *err)
{
	char where[64];

	verifier_place(v, t->epoch, t->step, where, sizeof where);
	return fail(where, what, found, wanted, bound, err);
}

static gf_status compare(
	struct verifier *v, const struct step_record *t, const struct quantity *q, gf_error *err)
{
	const struct network network = problem_network(v->problem);
	const size_t P = network.parameters;
	char which[NETWORK_TITLE], what[NETWORK_TITLE + 64];
	size_t p;

	for (p = 0; p < P && within(v, q->found[p], q->wanted[p], q->bound[p]);)
		p++;
	if (p == P)
		return GF_OK;
	network_title(&network, p, which);
	snprintf(what, sizeof what, "%s %s", q->name, which);
	return fail_step(v, t, what, q->found[p], q->wanted[p], q->bound[p], err);
}

static gf_status compare_state(struct verifier *v, const struct step_record *t, gf_error *err)
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

gf_status verifier_check(struct verifier *v, const struct step_record *t, gf_error *err)
{
	const struct reference_step *r = v->step;
	const struct quantity gradient = {
		"gradient of", t->gradient, r->gradient, r->gradient_bound};
	const struct quantity next = {"next", t->after, r->next, r->next_bound};
	gf_status status =
		v->engine ? engine_widen_bounds(v->engine, t->before, v->step, err) : GF_OK;

	if (status)
		return status;
	reference_step_take(v->step, v->problem, &t->batch, t->before, t->state, t->rates);
	if (!within(v, t->loss, r->loss, r->loss_bound))
		status = fail_step(v, t, "loss", t->loss, r->loss, r->loss_bound, err);
	if (!status)
		status = compare(v, t, &gradient, err);
	if (!status)
		status = compare_state(v, t, err);
	if (!status)
		status = compare(v, t, &next, err);
	v->checked += !status;
	return status;
}

/* ---- losses, outputs, bits and data ---- */

int verifier_is_cheap(const struct verifier *v, size_t rows)
{
	return v->mode == GF_CHECK_every || pass_work(v->problem, rows) <= CHEAP;
}

size_t verifier_cheap_rows(const struct verifier *v)
{
	const double rows = CHEAP / pass_work(v->problem, 1);

	return rows < 1.0 ? 1 : (size_t)rows;
}

gf_status verifier_loss(struct verifier *v, const struct loss_check *l, gf_error *err)
{
	struct expected e;

	reference_step_loss(v->step, v->problem, &l->batch, l->params, l->scale, &e);
	return within(v, l->loss, e.value, e.bound)
		       ? GF_OK
		       : fail(l->where, l->what, l->loss, e.value, e.bound, err);
}

gf_status verifier_outputs(struct verifier *v, const char *where, const float *params, size_t row,
	const float *z, gf_error *err)
{
	char what[64];
	size_t k;

	reference_step_outputs(v->step, v->problem, params, row, v->outputs);
	for (k = 0; k < v->problem->outputs; k++) {
		const struct expected *e = v->outputs + k;

		if (within(v, z[k], e->value, e->bound))
			continue;
		snprintf(what, sizeof what, "output %zu", k);
		return fail(where, what, z[k], e->value, e->bound, err);
	}
	return GF_OK;
}

gf_status verifier_same(const struct verifier *v, const struct bit_comparison *t, gf_error *err)
{
	const struct network network = problem_network(v->problem);
	const size_t P = network.parameters;
	char which[NETWORK_TITLE];
	size_t p;

	if (memcmp(t->found, t->wanted, P * sizeof *t->found) == 0)
		return GF_OK;
	for (p = 0; memcmp(t->found + p, t->wanted + p, sizeof *t->found) == 0;)
		p++;
	network_title(&network, p, which);
	return gf_fail(err, GF_E_CHECK, "%s: %s %s is %.9g on the device, and %.9g %s", t->where,
		t->name, which, (double)t->found[p], (double)t->wanted[p], t->source);
}

gf_status verifier_data(const struct verifier *v, gf_error *err)
{
	if (v->mode != GF_CHECK_every || sum_of_data(v->problem) == v->data_sum)
		return GF_OK;
	return gf_fail(err, GF_E_CHECK,
		"the data in memory has changed since it was read: the device writes where it "
		"should only read, or the memory does not hold what is written to it");
}

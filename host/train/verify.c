/* verify.c: the verifier: which steps are checked, and each result compared with the reference. */
#include "verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The cost of updating one parameter, in multiply-adds. */
#define UPDATE_WORK 16.0

static gf_check choose_mode(const struct verifier *v, gf_check check, gf_engine engine)
{
	const struct problem *p = v->problem;
	const double step =
		reference_work(p, p->batch_size) + UPDATE_WORK * (double)problem_params(p);
	/* Validation rows are evaluated after each epoch. */
	const double rest = reference_work(p, p->data->rows - p->train_rows) / (double)v->batches;

	const double cheap = p->hidden.count ? VERIFIER_CHEAP_NETWORK_WORK : VERIFIER_CHEAP_WORK;

	if (check != GF_CHECK_auto)
		return check;
	if (engine == GF_ENGINE_reference)
		return GF_CHECK_off;
	return (step + rest) * (double)(v->end - v->first) <= cheap ? GF_CHECK_every
								    : GF_CHECK_ends;
}

/* Takes the checksum of all data that the reference reads: a device may share this memory. */
static gf_status data_checksum(const struct verifier *v, struct checksum *sum, gf_error *err)
{
	const struct problem *p = v->problem;
	const gf_dataset *d = p->data;
	struct byte_ranges ranges = {.count = 0};

	byte_ranges_add_x(&ranges, d, d->x_bytes);
	byte_ranges_add(&ranges, d->y, d->rows * d->outputs * sizeof *d->y);
	byte_ranges_add(&ranges, d->offset, d->rows * sizeof *d->offset);
	byte_ranges_add(&ranges, p->weights, d->rows * sizeof *p->weights);
	byte_ranges_add(&ranges, p->class_weights, p->outputs * sizeof *p->class_weights);
	return checksum_of(sum, v->comm, &ranges, err);
}

gf_status verifier_open(struct verifier *v, const struct problem *problem,
	const struct verifier_options *o, gf_error *err)
{
	*v = (struct verifier){.problem = problem,
		.comm = o->comm,
		.batches = o->batches,
		.first = o->first,
		.end = o->end};
	v->mode = choose_mode(v, o->check, o->engine);
	if (v->mode == GF_CHECK_off)
		return GF_OK;
	if (o->engine == GF_ENGINE_reference)
		return gf_fail(err, GF_E_USAGE,
			"check %s: engine reference is what a check compares with; "
			"its check can only be off",
			v->mode == GF_CHECK_every ? "every" : "ends");
	v->outputs = malloc(problem->outputs * sizeof *v->outputs);
	if (!v->outputs)
		return gf_fail_memory(err, problem->outputs * sizeof *v->outputs, "outputs");
	if (v->mode == GF_CHECK_every)
		TRY(data_checksum(v, &v->data_sum, err));
	TRY(reference_step_new(&v->step, problem, err));
	return reference_step_share(v->step, v->comm, err);
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

/* An array of a step's results, from the device (found) and from the reference (wanted). */
struct quantity {
	const char *name;
	const float *found;           /* (P) */
	const double *wanted, *bound; /* (P) */
};

struct step_name verifier_step_name(const struct verifier *v, size_t epoch, size_t step)
{
	struct step_name name;

	if (v->batches > 1)
		snprintf(name.text, sizeof name.text, "epoch %zu, step %zu", epoch, step);
	else
		snprintf(name.text, sizeof name.text, "epoch %zu", epoch);
	return name;
}

/* Returns 1 if found is within the bound.  NaN never passes, since every comparison with it is
 * false.  An infinite bound means that float may overflow here: then any value passes. */
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
	const struct step_name name = verifier_step_name(v, t->epoch, t->step);

	return fail(name.text, what, found, wanted, bound, err);
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
	size_t i;

	for (i = 0; i < S; i++) {
		char name[64];
		const struct quantity q = {name, t->state_after + i * P, v->step->state + i * P,
			v->step->state_bound + i * P};

		snprintf(name, sizeof name, "next state %zu of", i);
		TRY(compare(v, t, &q, err));
	}
	return GF_OK;
}

gf_status verifier_check(struct verifier *v, const struct step_record *t, gf_error *err)
{
	const struct reference_step *r = v->step;
	const struct quantity gradient = {
		"gradient of", t->gradient, r->gradient, r->gradient_bound};
	const struct quantity next = {"next", t->after, r->next, r->next_bound};

	if (v->engine)
		TRY(engine_widen_bounds(v->engine, t->before, v->step, err));
	TRY(reference_step_take(
		v->step, v->problem, &t->batch, t->before, t->state, t->rates, err));
	if (!within(v, t->loss, r->loss, r->loss_bound))
		return fail_step(v, t, "loss", t->loss, r->loss, r->loss_bound, err);
	TRY(compare(v, t, &gradient, err));
	TRY(compare_state(v, t, err));
	TRY(compare(v, t, &next, err));
	v->checked++;
	return GF_OK;
}

/* ---- losses, outputs, bits and data ---- */

gf_status verifier_loss(struct verifier *v, const struct loss_check *l, gf_error *err)
{
	struct expected e;

	TRY(reference_step_loss(v->step, v->problem, &l->batch, l->params, l->scale, &e, err));
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
	struct checksum now;

	if (v->mode != GF_CHECK_every)
		return GF_OK;
	TRY(data_checksum(v, &now, err));
	if (now.sum == v->data_sum.sum && now.odd == v->data_sum.odd)
		return GF_OK;
	return gf_fail(err, GF_E_CHECK,
		"the data in memory has changed since it was read: the device writes where it "
		"should only read, or the memory does not hold what is written to it");
}

/*
 * moments.c: steps of mse on all rows, from sums of products that are made once.
 *
 *	loss = yy + W e^2 + w.(G w - 2 xy),  e = b + w.mean - mean of y
 *
 * is the sum over all rows of the squared errors, by algebra alone, and its derivatives are the
 * gradient; kernels/moments.cl takes them in double.  What they leave to be rounded is that of
 * `gradient` and `fold`: the root from which `update` goes on.
 */
#include "moments.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMNS_MOST = 1 << 15 /* of which all pairs are summed */ };

/* ---- what it takes ---- */

static gf_status suits(const struct problem *p, gf_error *err)
{
	const size_t columns = p->data->features + p->outputs + 1;

	if (p->loss != GF_LOSS_mse)
		return gf_fail(err, GF_E_USAGE,
			"engine moments: it takes loss mse alone, found loss %s",
			loss_word(p->loss));
	if (p->batch_size != p->train_rows)
		return gf_fail(err, GF_E_USAGE,
			"engine moments: it takes all rows at a time, found batches of %zu of %zu "
			"rows",
			p->batch_size, p->train_rows);
	if (columns > COLUMNS_MOST)
		return gf_fail(err, GF_E_USAGE,
			"engine moments: %zu features and %zu outputs; it takes at most %d of both",
			p->data->features, p->outputs, COLUMNS_MOST - 1);
	return GF_OK;
}

/* Turns of loops of the longest work-item: a leaf's parts, each loaded and multiplied. */
static gf_status within_loop_limit(const struct cl_engine *e, gf_error *err)
{
	const struct moments_layout l = moments_layout_of(&e->problem);
	const size_t rows = e->data->rows < l.leaf_rows ? e->data->rows : l.leaf_rows;
	const size_t parts = (rows + MOMENTS_PART - 1) / MOMENTS_PART;
	const size_t load = 2 * l.panel * (MOMENTS_PART * MOMENTS_GROUP + MOMENTS_PART);
	const size_t turns = (parts + 1) * (load + l.panel * l.panel * (2 * MOMENTS_PART + 8));

	if (turns <= e->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"engine moments: device %s ends loops after %zu turns; %u features and %u outputs "
		"take about %zu",
		e->dev.id.info.name, e->dev.loop_limit, e->features, e->outputs, turns);
}

/* ---- steps ---- */

/* The products of the parameters of the first outputs with the gram matrix, and the root of sums
 * that they make. */
static gf_status launch_root(
	struct cl_engine *e, struct gathered *g, cl_uint outputs, gf_error *err)
{
	const size_t features = (size_t)e->features * e->outputs;
	const size_t bytes = g->gram.bytes + (size_t)2 * features * sizeof(double);
	const cl_double W = g->moments.weight;
	const struct kernel_arg curve[] = {ARG_MEM(g->gram), ARG_MEM(e->params), ARG_MEM(g->t),
		ARG(e->features), ARG(outputs)};
	const struct kernel_arg root[] = {ARG_MEM(g->t), ARG_MEM(g->xy), ARG_MEM(g->mean),
		ARG_MEM(g->tops), ARG_MEM(e->params), ARG_MEM(g->sums), ARG(W), ARG(e->features),
		ARG(outputs)};
	gf_status status = run_launch(&g->curve, ARGS(curve), features, bytes, err);

	return status ? status : run_launch(&g->root, ARGS(root), e->outputs, 0, err);
}

static gf_status launch(struct cl_engine *e, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	struct gathered *g = e->gathered;
	gf_status status = g->done ? GF_OK : moments_gather(e, g, err);
	cl_ulong slot;

	(void)from;
	for (slot = 0; slot < count && !status; slot++) {
		status = launch_root(e, g, e->outputs, err);
		if (!status)
			status = cl_engine_update(e, plan, &g->sums, record, slot, err);
	}
	return status;
}

/* No output, of sums that are not there yet. */
static gf_status launch_none(struct cl_engine *e, gf_error *err)
{
	struct gathered none = *e->gathered;
	gf_status status = moments_sum_none(e, &none, err);

	none.gram = none.xy = none.mean = none.tops = none.t = none.sums = e->none;
	if (!status)
		status = launch_root(e, &none, 0, err);
	return status ? status : cl_engine_update_none(e, err);
}

/* ---- how far its steps may be from the reference ---- */

/* The magnitudes that bound the errors of one output's loss and gradient. */
struct sizes {
	double relative;   /* of a sum of products; and all that adds up over features */
	double reach;      /* sum of |w| reach, and that of the target */
	double e, e_error; /* e of kernels/moments.cl */
	double W;
};

/*
 * u = 2^-53.  A sum of products of a and b errs by `roundings` u reach_a reach_b, a mean of a by
 * less than `roundings` u (reach_a / sqrt(W) + |mean|) (moments_gather.c); a dot product over
 * features goes through D / 16 + 5 operations more.  All of it together:
 *
 *	r = (roundings + D / 16 + 16) u		s = sum of |w_j| reach_j + reach_y
 *	e		r (s / sqrt(W) + |b| + sum of |w_j mean_j| + |mean_y|)
 *	loss		r s^2 + W (2 |e| e_error + e_error^2) + 4 u W e^2
 *	gradient of b	2 W (e_error + 2 u |e|)
 *	gradient of w_j	2 (r reach_j (s + sqrt(W) |e|) + W |mean_j| (e_error + r |e|))
 *
 * since |G_ij| <= reach_i reach_j.  What follows in float is rounded three times, which sums.c
 * counts, as does its loss the sum over outputs.
 */
static struct sizes sizes_of(const struct moments *m, const float *w, double bias, size_t k)
{
	const size_t D = m->features;
	const double r = (m->roundings + (double)D / 16.0 + 16.0) * 0x1p-53;
	struct sizes s = {.relative = r, .reach = m->reach[D + k], .W = m->weight};
	double size = fabs(bias) + fabs(m->mean[D + k]);
	size_t j;

	s.e = bias - m->mean[D + k];
	for (j = 0; j < D; j++) {
		s.e += (double)w[j] * m->mean[j];
		size += fabs((double)w[j] * m->mean[j]);
		s.reach += fabs((double)w[j]) * m->reach[j];
	}
	s.e_error = r * (s.W > 0.0 ? s.reach / sqrt(s.W) + size : size);
	return s;
}

static double extra_of_loss(const struct sizes *s)
{
	const double e = fabs(s->e);

	return s->relative * s->reach * s->reach +
	       s->W * (2.0 * e * s->e_error + s->e_error * s->e_error) +
	       4.0 * 0x1p-53 * s->W * e * e;
}

static double extra_of_weight(const struct sizes *s, double reach, double mean)
{
	const double e = fabs(s->e);

	return 2.0 * (s->relative * reach * (s->reach + sqrt(s->W) * e) +
			     s->W * fabs(mean) * (s->e_error + s->relative * e));
}

/* A little more, for the roundings of these numbers themselves. */
static gf_status widen_bounds(
	struct engine *engine, const float *params, struct reference_step *step, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	const struct moments *m = &e->gathered->moments;
	const size_t D = m->features, K = m->targets;
	size_t j, k;

	(void)err;
	step->extra_loss_error = 0.0;
	for (k = 0; k < K && e->gathered->done; k++) {
		const struct sizes s = sizes_of(m, params + k * D, (double)params[K * D + k], k);

		step->extra_loss_error += 1.0001 * extra_of_loss(&s);
		for (j = 0; j < D; j++)
			step->extra_gradient_error[k * D + j] =
				1.0001 * extra_of_weight(&s, m->reach[j], m->mean[j]);
		if (!e->problem.update.no_bias)
			step->extra_gradient_error[K * D + k] =
				2.0002 * s.W * (s.e_error + 2.0 * 0x1p-53 * fabs(s.e));
	}
	return GF_OK;
}

static gf_status moments_of(struct engine *engine, const struct moments **moments, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	gf_status status = e->gathered->done ? GF_OK : moments_gather(e, e->gathered, err);

	*moments = status ? NULL : &e->gathered->moments;
	return status;
}

static gf_status audit(struct engine *engine, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	gf_status status = device_data_audit(e->data, err);

	return status || !e->gathered->done ? status : moments_audit(e, e->gathered, err);
}

/* ---- open and close ---- */

static void close_moments(struct engine *engine)
{
	struct gathered *g = ((struct cl_engine *)engine)->gathered;
	struct kernel *const kernels[] = {&g->products, &g->leaves, &g->curve, &g->root};
	struct buffer *const buffers[] = {&g->gram, &g->xy, &g->mean, &g->tops, &g->t, &g->sums};
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
	for (i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_free(buffers[i]);
	free(g->moments.mean);
	cl_engine_close(engine);
	free(g);
}

static const struct engine_class moments_class = {CL_ENGINE_MEMBERS, .close = close_moments,
	.widen_bounds = widen_bounds, .moments = moments_of, .audit = audit};

static gf_status new_kernels(struct gathered *g, struct cl_engine *e, gf_error *err)
{
	const size_t lanes = e->dev.is_cpu ? 1 : 64, features = 64;
	const struct {
		struct kernel *kernel;
		const char *name;
		size_t local;
	} kernels[] = {{&g->products, "products", lanes}, {&g->leaves, "leaves", lanes},
		{&g->curve, "curve", features}, {&g->root, "moments_root", lanes}};
	const size_t local = e->tuning.local;
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels && !status; i++)
		status = kernel_new(kernels[i].kernel, &e->dev, e->program, kernels[i].name,
			local ? local : kernels[i].local, err);
	return status;
}

static gf_status open_board(struct cl_engine **e, const struct problem *problem,
	const struct engine_options *options, struct gathered *g, gf_error *err)
{
	gf_status status = cl_engine_open(e, problem, options, GF_ENGINE_moments, launch, err);

	if (status) {
		free(g);
		return status;
	}
	(*e)->gathered = g;
	(*e)->base.class = &moments_class;
	(*e)->launch_none = launch_none;
	return GF_OK;
}

gf_status moments_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	gf_status status = suits(problem, err);
	struct gathered *g;
	struct cl_engine *e;

	if (status)
		return status;
	g = calloc(1, sizeof *g);
	if (!g)
		return gf_fail_memory(err, sizeof *g, "engine moments");
	g->layout = moments_layout_of(problem);
	status = open_board(&e, problem, options, g, err);
	if (status)
		return status;
	status = device_data_in_one_part(e->data, GF_ENGINE_moments, err);
	if (!status)
		status = within_loop_limit(e, err);
	if (!status)
		status = new_kernels(g, e, err);
	if (status) {
		close_moments(&e->base);
		return status;
	}
	*engine = &e->base;
	return GF_OK;
}

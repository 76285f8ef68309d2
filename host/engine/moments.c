/*
 * moments.c: engine moments takes steps of mse on all rows, from sums of products that are computed
 * once, so that the cost of a step does not depend on the number of rows.
 *
 *	loss = yy + W e^2 + w.(G w - 2 xy),  e = b + w.mean - mean of y
 *
 * is, by algebra, the sum over all rows of the squared errors, and its derivatives are the
 * gradient; kernels/moments.cl computes them in double.  They are rounded to float where
 * `gradient` and `fold` round: in the root of the sums, from which `update` goes on.
 */
#include "moments_engine.h"
#include "reference_step.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMNS_MOST = 1 << 15 /* all pairs of columns are summed */ };

/* ---- problems and devices that the engine can take ---- */

static gf_status check_problem(const struct problem *p, gf_error *err)
{
	const size_t columns = p->data->features + p->outputs + 1;

	if (p->loss != GF_LOSS_mse)
		return gf_fail(err, GF_E_USAGE,
			"engine moments: it takes loss mse alone, found loss %s",
			loss_word(p->loss));
	if (p->data->offset)
		return gf_fail(err, GF_E_USAGE,
			"engine moments: its products have no place for offsets; wanted: another "
			"engine");
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

/* Returns the iterations of the longest work-item for a part of a leaf, which it loads and
 * multiplies. */
static size_t part_iterations(const struct cl_engine *e)
{
	const size_t panel = moments_layout_of(&e->problem).panel, items = e->variant.items;
	const size_t load = 2 * panel * (MOMENTS_PART * MOMENTS_GROUP + MOMENTS_PART);

	if (items)
		return (size_t)MOMENTS_PART * MOMENTS_BLOCK * 3 / items +
		       (1 + 64 / items) * MOMENTS_PART;
	return load + panel * panel * (2 * MOMENTS_PART + 8);
}

static gf_status within_loop_limit(const struct cl_engine *e, gf_error *err)
{
	const struct moments_layout l = moments_layout_of(&e->problem);
	const size_t rows = e->data->rows < l.leaf_rows ? e->data->rows : l.leaf_rows;
	const size_t parts = (rows + MOMENTS_PART - 1) / MOMENTS_PART;
	const size_t iterations = (parts + 1) * part_iterations(e);

	if (iterations <= e->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"engine moments: device %s ends loops after %zu iterations; %u features and %u "
		"outputs take about %zu",
		e->dev.id.info.name, e->dev.loop_limit, e->features, e->outputs, iterations);
}

/* ---- steps ---- */

/* Launches the products of the first outputs' weights with the gram matrix, and the root of the
 * sums that they make. */
static gf_status launch_root(
	struct cl_engine *e, struct moments_state *state, cl_uint outputs, gf_error *err)
{
	const size_t features = (size_t)e->features * e->outputs;
	const size_t bytes = state->gram.bytes + (size_t)2 * features * sizeof(double);
	const cl_double W = state->moments.weight;
	const struct kernel_arg gram_product[] = {ARG_MEM(state->gram), ARG_MEM(e->params),
		ARG_MEM(state->t), ARG(e->features), ARG(outputs)};
	const struct kernel_arg root[] = {ARG_MEM(state->t), ARG_MEM(state->xy),
		ARG_MEM(state->mean), ARG_MEM(state->target_moments), ARG_MEM(e->params),
		ARG_MEM(state->sums), ARG(W), ARG(e->features), ARG(outputs)};

	TRY(run_launch(&state->gram_product, ARGS(gram_product), features, bytes, err));
	return run_launch(&state->root, ARGS(root), e->outputs, 0, err);
}

static gf_status need_moments(struct cl_engine *e, gf_error *err)
{
	return e->moments_state->ready ? GF_OK : moments_gather(e, e->moments_state, err);
}

static gf_status launch(struct cl_engine *e, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	struct moments_state *state = e->moments_state;
	const struct nodes root = {&state->sums, 1, 0};
	cl_ulong slot;

	(void)from;
	TRY(need_moments(e, err));
	for (slot = 0; slot < count; slot++) {
		TRY(launch_root(e, state, e->outputs, err));
		TRY(linear_update(e, plan, &root, record, slot, err));
	}
	return GF_OK;
}

/* Launches all kernels with nothing to do: no leaf, and no output. */
static gf_status launch_none(struct cl_engine *e, gf_error *err)
{
	struct moments_state none = *e->moments_state;

	TRY(moments_sum_none(e, &none, err));
	none.gram = none.xy = none.mean = none.target_moments = none.t = none.sums = e->none;
	TRY(launch_root(e, &none, 0, err));
	return linear_class.step_none(e, err);
}

/* ---- bounds of the errors of a step ---- */

/* The magnitudes that bound the errors of one output's loss and gradient. */
struct error_sizes {
	double relative;   /* r below: of sums of products and of sums over features */
	double reach;      /* s below */
	double e, e_error; /* e above, and the bound of its error */
	double W;
};

/*
 * With u = 2^-53, a sum of products of a and b errs by `roundings` u reach_a reach_b, and a mean
 * of a by less than `roundings` u (reach_a / sqrt(W) + |mean|) (moments_gather.c); a dot product
 * over features goes through D / 16 + 5 more operations.  Together the errors are at most
 *
 *	r = (roundings + D / 16 + 16) u		s = sum of |w_j| reach_j + reach_y
 *	e		r (s / sqrt(W) + |b| + sum of |w_j mean_j| + |mean_y|)
 *	loss		r s^2 + W (2 |e| e_error + e_error^2) + 4 u W e^2
 *	gradient of b	2 W (e_error + 2 u |e|)
 *	gradient of w_j	2 (r reach_j (s + sqrt(W) |e|) + W |mean_j| (e_error + r |e|))
 *
 * since |G_ij| <= reach_i reach_j.  The three roundings to float that follow, and those of the sum
 * of the loss over outputs, are counted in sums.c.
 */
static struct error_sizes error_sizes_of(
	const struct moments *m, const float *w, double bias, size_t k)
{
	const size_t D = m->features;
	const double r = (m->roundings + (double)D / 16.0 + 16.0) * 0x1p-53;
	struct error_sizes s = {.relative = r, .reach = m->reach[D + k], .W = m->weight};
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

static double loss_error(const struct error_sizes *s)
{
	const double e = fabs(s->e);

	return s->relative * s->reach * s->reach +
	       s->W * (2.0 * e * s->e_error + s->e_error * s->e_error) +
	       4.0 * 0x1p-53 * s->W * e * e;
}

static double weight_error(const struct error_sizes *s, double reach, double mean)
{
	const double e = fabs(s->e);

	return 2.0 * (s->relative * reach * (s->reach + sqrt(s->W) * e) +
			     s->W * fabs(mean) * (s->e_error + s->relative * e));
}

/* Adds a little to the bounds, for the roundings of the bounds themselves. */
static gf_status widen_bounds(
	struct engine *engine, const float *params, struct reference_step *step, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	const struct moments *m = &e->moments_state->moments;
	const size_t D = m->features, K = m->targets;
	size_t j, k;

	(void)err;
	step->extra_loss_error = 0.0;
	for (k = 0; k < K && e->moments_state->ready; k++) {
		const struct error_sizes s =
			error_sizes_of(m, params + k * D, (double)params[K * D + k], k);

		step->extra_loss_error += 1.0001 * loss_error(&s);
		for (j = 0; j < D; j++)
			step->extra_gradient_error[k * D + j] =
				1.0001 * weight_error(&s, m->reach[j], m->mean[j]);
		if (!e->problem.update.no_bias)
			step->extra_gradient_error[K * D + k] =
				2.0002 * s.W * (s.e_error + 2.0 * 0x1p-53 * fabs(s.e));
	}
	return GF_OK;
}

static gf_status moments_of(struct engine *engine, const struct moments **moments, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;

	*moments = NULL;
	TRY(need_moments(e, err));
	*moments = &e->moments_state->moments;
	return GF_OK;
}

static gf_status audit(struct engine *engine, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;

	TRY(cl_engine_audit(engine, err));
	return e->moments_state->ready ? moments_audit(e, e->moments_state, err) : GF_OK;
}

/* ---- open and close ---- */

static void close_moments(struct engine *engine)
{
	struct moments_state *state = ((struct cl_engine *)engine)->moments_state;
	struct kernel *const kernels[] = {
		&state->products, &state->leaves, &state->gram_product, &state->root};
	struct buffer *const buffers[] = {&state->gram, &state->xy, &state->mean,
		&state->target_moments, &state->t, &state->sums};
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
	for (i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_free(buffers[i]);
	free(state->moments.mean);
	cl_engine_close(engine);
	free(state);
}

static const struct engine_class moments_class = {CL_ENGINE_MEMBERS, .close = close_moments,
	.widen_bounds = widen_bounds, .moments = moments_of, .audit = audit};

static gf_status new_kernels(struct moments_state *state, struct cl_engine *e, gf_error *err)
{
	const size_t lanes = e->dev.is_cpu ? 1 : 64, features = 64;
	const size_t local = e->tuning.local, items = e->variant.items;
	const struct {
		struct kernel *kernel;
		const char *name;
		size_t local;
	} kernels[] = {{&state->products, "products",
			       items   ? items
			       : local ? local
				       : lanes},
		{&state->leaves, "leaves", local ? local : lanes},
		{&state->gram_product, "gram_product", local ? local : features},
		{&state->root, "moments_root", local ? local : lanes}};
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		TRY(kernel_new(kernels[i].kernel, &e->dev, e->program, kernels[i].name,
			kernels[i].local, err));
	if (items && state->products.local != items)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"engine moments: device %s runs kernel products with %zu work-items in a "
			"work-group, and the program was built for %zu",
			e->dev.id.info.name, state->products.local, items);
	return GF_OK;
}

/* Takes over the state, which it frees after a failure. */
static gf_status open_engine(struct cl_engine **e, const struct problem *problem,
	const struct engine_options *options, struct moments_state *state, gf_error *err)
{
	gf_status status = cl_engine_open(e, problem, options, GF_ENGINE_moments, launch, err);

	if (status) {
		free(state);
		return status;
	}
	(*e)->moments_state = state;
	(*e)->base.class = &moments_class;
	(*e)->launch_none = launch_none;
	return GF_OK;
}

static gf_status fit_device(struct cl_engine *e, gf_error *err)
{
	if (!e->data->ring)
		TRY(device_data_in_one_part(e->data, GF_ENGINE_moments, err));
	TRY(within_loop_limit(e, err));
	return new_kernels(e->moments_state, e, err);
}

static int same_rows(const struct problem *a, const struct problem *b)
{
	const gf_dataset *x = a->data, *y = b->data;

	return x->x == y->x && x->y == y->y && x->offset == y->offset && x->rows == y->rows &&
	       x->features == y->features && a->outputs == b->outputs &&
	       a->train_rows == b->train_rows && a->weights == b->weights;
}

/* Returns the moments of an engine that is open on the same rows; NULL: there is none. */
static const struct moments *moments_beside(
	const struct cl_engine *e, const struct engine_options *options)
{
	const struct cl_engine *beside = (const struct cl_engine *)options->beside;

	if (!beside || !options->shares_data || beside->base.class != &moments_class)
		return NULL;
	/* An engine that has dropped its data may have a problem whose rows are gone. */
	if (!beside->data || !beside->moments_state->ready ||
		!same_rows(&e->problem, &beside->problem))
		return NULL;
	return &beside->moments_state->moments;
}

gf_status moments_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	const struct moments *found;
	struct moments_state *state;
	struct cl_engine *e;
	gf_status status;

	TRY(check_problem(problem, err));
	state = calloc(1, sizeof *state);
	if (!state)
		return gf_fail_memory(err, sizeof *state, "engine moments");
	state->layout = moments_layout_of(problem);
	TRY(open_engine(&e, problem, options, state, err));
	status = fit_device(e, err);
	found = status ? NULL : moments_beside(e, options);
	if (found)
		status = moments_copy(e, state, found, err);
	if (status)
		close_moments(&e->base);
	else
		*engine = &e->base;
	return status;
}

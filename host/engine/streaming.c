/*
 * streaming.c: engine streaming takes a step in one pass over the rows of its batch, and an update;
 * the host waits once for many steps.
 */
#include "cl_engine.h"

/* ---- from the root of sums to the next parameters ---- */

struct update_range {
	cl_ulong slot, rate; /* where the step's loss goes, and where its rates begin */
	cl_uint outputs;     /* the first outputs are updated */
	cl_uint record;
};

static gf_status launch_norm(
	struct cl_engine *e, struct buffer *root, const struct update_range *u, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root), ARG_MEM(e->params), ARG_MEM(e->rates),
		ARG_MEM(e->clip), ARG(e->features), ARG(u->outputs), ARG(u->rate)};

	return run_launch(&e->norm, ARGS(args), pass_items(&e->pass, &e->norm, 1), 0, err);
}

/* Returns the work-items of update: kernels/places.cl. */
static size_t places_of(const struct cl_engine *e)
{
	return e->variant.kernels->by_work_group ? e->parameters
						 : e->outputs * (e->sum_order.chunks + 1);
}

static gf_status launch_update(
	struct cl_engine *e, struct buffer *root, const struct update_range *u, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root), ARG_MEM(e->params), ARG_MEM(e->losses),
		ARG_MEM(e->steps), ARG_MEM(e->rates), ARG_MEM(e->clip), ARG(e->features),
		ARG(u->outputs), ARG(u->record), ARG(u->slot), ARG(u->rate)};

	if (e->problem.update.clip_norm)
		TRY(launch_norm(e, root, u, err));
	return run_launch(&e->update, ARGS(args), places_of(e), 0, err);
}

gf_status cl_engine_update(struct cl_engine *e, const struct plan *plan, struct buffer *root,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct update_range step = {.slot = slot,
		.rate = plan->rates_constant ? 0 : slot * RATES,
		.outputs = e->outputs,
		.record = record};

	return launch_update(e, root, &step, err);
}

gf_status cl_engine_update_none(struct cl_engine *e, gf_error *err)
{
	const struct update_range none = {.outputs = 0};

	return launch_update(e, &e->pass.nodes, &none, err);
}

/* ---- steps ---- */

/* Gathers the rows of a shuffled batch, which `range` then is. */
static gf_status gather(struct cl_engine *e, const struct plan *plan, const struct batch *batch,
	struct row_range *range, gf_error *err)
{
	const size_t first = (size_t)(batch->order - plan->order) + batch->first;

	range->first = 0;
	range->gathered = 1;
	return device_data_gather(
		e->data, &e->gather, e->variant.kernels->by_work_group, first, batch->count, err);
}

static gf_status launch(struct cl_engine *e, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	cl_ulong slot;

	for (slot = 0; slot < count; slot++) {
		const struct batch batch = plan_batch(plan, e->problem.batch_size, from + slot);
		struct row_range range = {.first = batch.first, .rows = batch.count};
		struct buffer *root = NULL;

		if (batch.order)
			TRY(gather(e, plan, &batch, &range, err));
		TRY(pass_sums(&e->pass, &range, &e->params, &root, err));
		TRY(cl_engine_update(e, plan, root, record, slot, err));
	}
	return GF_OK;
}

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct cl_engine *e;

	TRY(cl_engine_open(&e, problem, options, GF_ENGINE_streaming, launch, err));
	/* The kernels of the pass are launched for the loss in any case. */
	e->launch_none = cl_engine_update_none;
	*engine = &e->base;
	return GF_OK;
}

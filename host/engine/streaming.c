/*
 * streaming.c: engine streaming takes a step in one pass over the rows of its batch, and an update;
 * the host waits once for many steps.
 */
#include "cl_engine.h"
#include "device_sparse.h"

/* ---- steps ---- */

gf_status streaming_rows(struct cl_engine *e, const struct plan *plan, const struct batch *batch,
	size_t from, struct row_range *range, gf_error *err)
{
	range->first = batch->first + from;
	range->gathered = batch->order != NULL;
	if (!range->gathered)
		return GF_OK;
	range->first = 0;
	if (e->data->sparse)
		return device_sparse_gather(
			e->data, batch->order + batch->first + from, range->rows, err);
	return device_data_gather(e->data, &e->gather,
		(size_t)(batch->order - plan->order) + batch->first + from, range->rows, err);
}

static gf_status step(struct cl_engine *e, const struct plan *plan, const struct batch *batch,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	struct row_range range = {.rows = batch->count};

	if (ranks_share_step(e, batch->count))
		return ranks_step(e, plan, batch, record, slot, err);
	TRY(streaming_rows(e, plan, batch, 0, &range, err));
	return e->pass_class->step(e, plan, &range, record, slot, err);
}

static gf_status launch(struct cl_engine *e, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	cl_ulong slot;

	for (slot = 0; slot < count; slot++) {
		const struct batch batch = plan_batch(plan, e->problem.batch_size, from + slot);

		TRY(step(e, plan, &batch, record, slot, err));
	}
	return GF_OK;
}

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct cl_engine *e;

	TRY(cl_engine_open(&e, problem, options, GF_ENGINE_streaming, launch, err));
	/* The kernels of the pass are launched for the loss in any case. */
	e->launch_none = e->pass_class->step_none;
	*engine = &e->base;
	return GF_OK;
}

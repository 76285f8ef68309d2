/*
 * streaming.c: engine streaming takes a step in one pass over the rows of its batch, and an update;
 * the host waits once for many steps.
 */
#include "cl_engine.h"

/* ---- steps ---- */

/* Gathers the rows of a shuffled batch, which `range` then is. */
static gf_status gather(struct cl_engine *e, const struct plan *plan, const struct batch *batch,
	struct row_range *range, gf_error *err)
{
	const size_t first = (size_t)(batch->order - plan->order) + batch->first;

	range->first = 0;
	range->gathered = 1;
	return device_data_gather(e->data, &e->gather, first, batch->count, err);
}

static gf_status launch(struct cl_engine *e, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	cl_ulong slot;

	for (slot = 0; slot < count; slot++) {
		const struct batch batch = plan_batch(plan, e->problem.batch_size, from + slot);
		struct row_range range = {.first = batch.first, .rows = batch.count};

		if (batch.order)
			TRY(gather(e, plan, &batch, &range, err));
		TRY(e->pass_class->step(e, plan, &range, record, slot, err));
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

/* streaming.c: one pass over a batch's rows a step, then the update; the host waits once for
 * many steps. */
#include "cl_engine.h"

static gf_status launch(struct cl_engine *e, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	gf_status status = GF_OK;
	cl_ulong slot;

	for (slot = 0; slot < count && !status; slot++) {
		const struct batch batch = plan_batch(plan, e->problem.batch_size, from + slot);
		struct buffer *root = NULL;
		struct row_range range = {.first = batch.first, .rows = batch.count};

		if (batch.order) {
			range.first = 0;
			range.gathered = 1;
			status = device_data_gather(e->data, &e->gather,
				e->variant.kernels->by_work_group,
				(size_t)(batch.order - plan->order) + batch.first, batch.count,
				err);
		}
		if (!status)
			status = pass_sums(&e->pass, &range, &e->params, &root, err);
		if (!status)
			status = cl_engine_update(e, plan, root, record, slot, err);
	}
	return status;
}

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct cl_engine *e;
	gf_status status = cl_engine_open(&e, problem, options, GF_ENGINE_streaming, launch, err);

	if (status)
		return status;
	/* The pass is launched for the loss. */
	e->launch_none = cl_engine_update_none;
	*engine = &e->base;
	return GF_OK;
}

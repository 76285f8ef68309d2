/* streaming.c: one pass over a batch's rows a step, then the update; the host waits once for
 * many steps. */
#include "board.h"

/* From the tree's root to the next parameters. */
gf_status board_update(
	struct board *b, const struct plan *plan, cl_uint record, cl_ulong slot, gf_error *err)
{
	const cl_ulong rate = plan->rates_stay ? 0 : slot * RATES;
	const struct kernel_arg norm[] = {ARG(rate)};
	const struct kernel_arg args[] = {ARG(record), ARG(slot), ARG(rate)};
	gf_status status = GF_OK;

	if (b->problem.update.clip_norm) {
		status = kernel_set(&b->norm, 6, norm, 1, err);
		if (!status)
			status = run_kernel(&b->norm, board_items(b, &b->norm, 1), 0, err);
	}
	if (!status)
		status = kernel_set(&b->update, 9, args, 3, err);
	return status ? status
		      : run_kernel(&b->update, board_vectors(b) * GRID_LANES / b->family->abreast,
				0, err);
}

static gf_status launch(struct board *b, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	gf_status status = GF_OK;
	cl_ulong slot;

	for (slot = 0; slot < count && !status; slot++) {
		const struct batch batch = plan_batch(plan, b->problem.batch_size, from + slot);
		struct span span = {.first = batch.first, .rows = batch.count};

		if (batch.order) {
			span.first = 0;
			span.gathered = 1;
			status = board_gather(b, (size_t)(batch.order - plan->order) + batch.first,
				batch.count, err);
		}
		if (!status)
			status = board_pass(b, &span, err);
		if (!status)
			status = board_update(b, plan, record, slot, err);
	}
	return status;
}

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct board *b;
	gf_status status = board_open(&b, problem, options, GF_ENGINE_streaming, launch, err);

	if (status)
		return status;
	b->base.stretch =
		1 + (size_t)(2e7 / (1e4 + (double)problem->batch_size * (double)b->features *
						   (double)b->outputs));
	*engine = &b->base;
	return GF_OK;
}

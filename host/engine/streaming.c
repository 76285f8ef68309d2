/* streaming.c: one pass over the rows an epoch, then the update; the host waits once for
 * many epochs. */
#include "board.h"

static gf_status set_update(struct board *b, cl_float lr, cl_uint record, gf_error *err)
{
	struct buffer *root = board_root(b);
	const struct kernel_arg args[] = {ARG_MEM(*root), ARG_MEM(b->params), ARG_MEM(b->lanes),
		ARG_MEM(b->losses), ARG_MEM(b->steps), ARG(b->scale), ARG(lr), ARG(b->features),
		ARG(b->outputs), ARG(record)};

	return kernel_set(&b->update, 0, args, sizeof args / sizeof *args, err);
}

static gf_status launch(struct board *b, size_t epochs, cl_float lr, cl_uint record, gf_error *err)
{
	gf_status status = set_update(b, lr, record, err);
	cl_ulong slot;

	for (slot = 0; slot < epochs && !status; slot++) {
		const struct kernel_arg arg = ARG(slot);

		status = board_pass(b, err);
		if (!status)
			status = kernel_set(&b->update, 10, &arg, 1, err);
		if (!status)
			status = run_kernel(&b->update, b->parameters, 0, err);
	}
	return status;
}

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct board *b;
	gf_status status = board_open(&b, problem, options, launch, err);

	if (status)
		return status;
	b->base.batch = 1 + (size_t)(2e7 / (1e4 + (double)b->rows * b->features * b->outputs));
	*engine = &b->base;
	return GF_OK;
}

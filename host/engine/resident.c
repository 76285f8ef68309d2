/* resident.c: many epochs in one launch of one work-item, which sums up all rows itself. */
#include "board.h"

/* Multiply-adds of an epoch: beyond SUITS more work-items are faster; beyond REACH one
 * launch could take longer than a device's watchdog allows. */
#define SUITS 0x1p14
#define REACH 0x1p24

static double work_of(const struct problem *problem)
{
	return (double)problem->data->rows * (double)(problem->data->features + 1) *
	       (double)problem->outputs;
}

int resident_suits(const struct problem *problem)
{
	return work_of(problem) <= SUITS;
}

static gf_status launch(struct board *b, size_t count, cl_float lr, cl_uint record, gf_error *err)
{
	cl_ulong epochs = count;
	const struct kernel_arg args[] = {ARG_MEM(b->x), ARG_MEM(b->y), ARG_MEM(b->lanes),
		ARG_MEM(b->nodes), ARG(b->rows), ARG(b->y_stride), ARG(b->features),
		ARG(b->outputs), ARG_MEM(b->params), ARG_MEM(b->losses), ARG_MEM(b->steps),
		ARG(b->scale), ARG(lr), ARG(record), ARG(epochs)};
	gf_status status = kernel_set(&b->resident, 0, args, sizeof args / sizeof *args, err);

	return status ? status : run_kernel(&b->resident, 1, count * board_pass_bytes(b), err);
}

/* Turns of loops an epoch: the sums, and for each parameter its lanes out and in. */
static size_t epoch_turns(const struct board *b)
{
	return board_turns(b, b->tuning.blocks) + 64 * ((size_t)b->parameters + b->outputs);
}

gf_status resident_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct engine_options one = *options;
	struct board *b;
	gf_status status;

	if (work_of(problem) > REACH)
		return gf_fail(err, GF_E_USAGE,
			"engine resident: %.0f multiply-adds an epoch; "
			"one work-item takes at most %.0f",
			work_of(problem), REACH);
	one.tuning.blocks = (size_t)1 << grid_levels(grid_blocks(problem->data->rows));
	status = board_open(&b, problem, &one, launch, err);
	if (status)
		return status;
	if (b->dev.loop_limit / epoch_turns(b) < b->launch_limit)
		b->launch_limit = 1 + b->dev.loop_limit / epoch_turns(b);
	b->base.batch = 1 + (size_t)(1e7 / (100.0 + work_of(problem)));
	*engine = &b->base;
	return GF_OK;
}

/*
 * board_warm.c: each kernel of a training is launched once before it, with nothing to do.
 *
 * PoCL compiles a kernel when it is first launched, for that size of a work-group and for few or
 * many work-items: so these launches have the sizes of those that follow.
 */
#include "board.h"
#include "clock.h"

/* Whether a loss is summed up by a pass of its own, were it after the last step alone. */
static int sums_losses(const struct board *b, const struct uses *uses)
{
	return b->base.word != GF_ENGINE_resident || uses->validates ||
	       b->problem.batch_size < b->problem.train_rows;
}

static gf_status launch_all(struct board *b, const struct uses *uses, gf_error *err)
{
	gf_status status = board_lanes_none(b, err);

	if (!status && uses->shuffles)
		status = board_gather_none(b, err);
	if (!status)
		status = b->launch_none(b, err);
	if (status || !sums_losses(b, uses))
		return status;
	status = board_pass_none(b, err);
	return status ? status : board_loss_none(b, err);
}

gf_status board_warm_up(struct engine *engine, const struct uses *uses, gf_error *err)
{
	struct board *b = (struct board *)engine;
	struct timings *timings = b->dev.timings;
	const double start = clock_seconds();
	gf_status status = uses->shuffles ? board_need_batch(b, err) : GF_OK;

	/* A profile has the launches of the training alone. */
	b->dev.timings = NULL;
	if (!status)
		status = launch_all(b, uses, err);
	if (!status)
		status = run_finish(&b->dev, err);
	b->dev.timings = timings;
	b->base.build_seconds += clock_seconds() - start;
	return status;
}

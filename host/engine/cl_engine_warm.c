/*
 * cl_engine_warm.c: each kernel of a training is launched once before it, with nothing to do.
 *
 * PoCL compiles a kernel when it is first launched, for that size of a work-group and for few or
 * many work-items: so these launches have the sizes of those that follow.
 */
#include "cl_engine.h"
#include "clock.h"

/* Whether a loss is summed up by a pass of its own, were it after the last step alone. */
static int sums_losses(const struct cl_engine *e, const struct uses *uses)
{
	return e->base.word != GF_ENGINE_resident || uses->validates ||
	       e->problem.batch_size < e->problem.train_rows;
}

static gf_status launch_all(struct cl_engine *e, const struct uses *uses, gf_error *err)
{
	gf_status status = GF_OK;

	if (uses->shuffles)
		status = device_data_gather_none(
			e->data, &e->gather, e->variant.kernels->by_work_group, err);
	if (!status)
		status = e->launch_none(e, err);
	if (status || !sums_losses(e, uses))
		return status;
	status = pass_sums_none(&e->pass, &e->params, err);
	return status ? status : cl_engine_loss_none(e, err);
}

gf_status cl_engine_warm_up(struct engine *engine, const struct uses *uses, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct timings *timings = e->dev.timings;
	const double start = clock_seconds();
	gf_status status = uses->shuffles ? device_data_need_batch(e->data, err) : GF_OK;

	/* A profile has the launches of the training alone. */
	e->dev.timings = NULL;
	if (!status)
		status = launch_all(e, uses, err);
	if (!status)
		status = run_finish(&e->dev, err);
	e->dev.timings = timings;
	e->base.build_seconds += clock_seconds() - start;
	return status;
}

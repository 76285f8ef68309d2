/*
 * resident.c: engine resident takes many steps in one launch, in which one work-item, or one
 * work-group, sums each batch itself.
 */
#include "cl_engine.h"

/* After at least this many steps of all rows the loss of the last one is computed in the same
 * launch: it then costs little beside them. */
enum { FINAL_LOSS_STEPS = 16 };

/* Returns the number of rows of the order before that step. */
static size_t rows_before(const struct resident_steps *s, size_t step)
{
	return step / s->batches * s->rows + step % s->batches * s->batch_size;
}

/* Takes as many steps at a time as the batch has room for: all work-items gather their rows, then
 * one takes the steps. */
static gf_status launch_shuffled(
	struct cl_engine *e, const struct resident_steps *all, gf_error *err)
{
	const size_t most = e->data->batch_rows / e->problem.batch_size;
	struct resident_steps part = *all;
	size_t done;

	part.gathered = 1;
	for (done = 0; done < all->count; done += part.count) {
		size_t first, end;

		part.count = all->count - done < most ? all->count - done : most;
		part.first = all->first + done;
		part.slot = done;
		first = rows_before(all, part.first);
		end = rows_before(all, part.first + part.count);
		TRY(device_data_gather(e->data, &e->gather, first, end - first, err));
		TRY(e->pass_class->steps(e, &part, err));
	}
	return GF_OK;
}

static int takes_all_rows(const struct cl_engine *e, const struct plan *plan)
{
	return plan->rows == e->problem.batch_size && !plan->order;
}

static gf_status launch(struct cl_engine *e, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	const size_t batch_size = e->problem.batch_size;
	const struct resident_steps steps = {.rows = plan->rows,
		.batch_size = batch_size,
		.batches = plan_batches(plan, batch_size),
		.first = plan->first + from,
		.count = count,
		.rate_stride = plan->rates_constant ? 0 : RATES,
		.record = record,
		.final_loss = takes_all_rows(e, plan) && count >= FINAL_LOSS_STEPS};

	if (plan->order)
		return launch_shuffled(e, &steps, err);
	if (steps.final_loss) {
		e->host.loss_rows = plan->rows;
		e->host.loss_scale = (cl_float)plan_rates(plan, from + count - 1)[RATE_SCALE];
	}
	return e->pass_class->steps(e, &steps, err);
}

/* Launches no step, and the final loss of one row. */
static gf_status launch_none(struct cl_engine *e, gf_error *err)
{
	const struct resident_steps none = {
		.rows = 1, .batch_size = e->problem.batch_size, .batches = 1, .final_loss = 1};

	return e->pass_class->steps(e, &none, err);
}

/* Iterations of loops in a step, at most: its sums, and the update of each parameter with its
 * state. */
static size_t step_iterations(const struct cl_engine *e)
{
	if (e->problem.hidden.count)
		return network_step_turns(e);
	return variant_iterations(&e->problem, block_count(e->problem.batch_size)) +
	       (64 + 3 * (size_t)e->planes) * ((size_t)e->parameters + e->outputs);
}

static gf_status within_loop_limit(const struct cl_engine *e, gf_error *err)
{
	if (step_iterations(e) <= e->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"engine resident: device %s ends loops after %zu iterations; a step takes "
		"about %zu",
		e->dev.id.info.name, e->dev.loop_limit, step_iterations(e));
}

/* Limits the steps of a launch to those that the device surely takes.
 * GF_E_USAGE: it cannot take one. */
static gf_status fit_device(struct cl_engine *e, gf_error *err)
{
	const size_t fit = e->dev.loop_limit / step_iterations(e);

	TRY(device_data_in_one_part(e->data, GF_ENGINE_resident, err));
	TRY(within_loop_limit(e, err));
	if (fit < e->launch_limit)
		e->launch_limit = fit;
	return GF_OK;
}

gf_status resident_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	const double work = variant_resident_work(problem);
	struct cl_engine *e;
	gf_status status;

	if (work > RESIDENT_WORK_MOST)
		return gf_fail(err, GF_E_USAGE,
			"engine resident: %.0f multiply-adds a step; one work-item takes at most "
			"%.0f",
			work, RESIDENT_WORK_MOST);
	TRY(cl_engine_open(&e, problem, options, GF_ENGINE_resident, launch, err));
	e->launch_none = launch_none;
	status = fit_device(e, err);
	if (status)
		engine_close(&e->base);
	else
		*engine = &e->base;
	return status;
}

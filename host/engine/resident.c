/* resident.c: many steps in one launch of one work-item, which sums up each batch itself. */
#include "board.h"

/* Multiply-adds of a step: beyond SUITS more work-items are faster; beyond REACH one launch
 * could take longer than a device's watchdog allows.  On a CPU one work-item keeps a core busy, and
 * launches cost some 50 us a step; where both took as long were 250000 x 1, 65000 x 7, 30000 x 16
 * and 8000 x 64. */
#define SUITS_CPU 0x1p19
#define SUITS     0x1p14
#define REACH     0x1p24

enum {
	LOOKS = 16, /* steps of all rows beside which one look at their loss costs little */
	CHUNK_FLOATS = 1024 << 10 /* of shuffled rows at a time: they stay in a cache */
};

/* Lanes without a feature take their time, too, and the loss of a row as long as some four. */
static double work_of(const struct problem *problem)
{
	const struct grid grid = grid_of(problem->data->features);

	return (double)problem->batch_size * (double)(grid.chunks * grid.lanes + 4) *
	       (double)problem->outputs;
}

int resident_suits(const struct problem *problem, int is_cpu)
{
	return work_of(problem) <= (is_cpu ? SUITS_CPU : SUITS);
}

/* The steps of a launch. */
struct steps {
	cl_ulong rows, batch_size, batches, first, count; /* n, ... */
	cl_ulong rate_stride, slot;                       /* slot: where the first's loss goes */
	cl_uint record, looks, together;                  /* together: gathered, side by side */
};

static gf_status launch_steps(struct board *b, const struct steps *s, gf_error *err)
{
	const struct buffer *x = s->together ? &b->gx : &b->parts[0].x;
	const struct buffer *y = s->together ? &b->gy : &b->y;
	const struct buffer *weights = s->together && b->problem.weights ? &b->gw : &b->weights;
	const cl_ulong y_stride = s->together ? b->gathered_stride : b->y_stride;
	const struct kernel_arg args[] = {ARG_MEM(*x), ARG_MEM(*y), ARG_MEM(*weights),
		ARG_MEM(b->shares), ARG_MEM(b->lanes), ARG_MEM(b->scratch), ARG_MEM(b->nodes),
		ARG(y_stride), ARG(b->features), ARG(b->outputs), ARG_MEM(b->params),
		ARG_MEM(b->state), ARG_MEM(b->state_lanes), ARG_MEM(b->losses), ARG_MEM(b->steps),
		ARG_MEM(b->rates), ARG(s->rate_stride), ARG(s->record), ARG(s->looks),
		ARG(s->together), ARG(s->rows), ARG(s->batch_size), ARG(s->batches), ARG(s->first),
		ARG(s->count), ARG(s->slot), ARG(b->loss_number)};

	return run_launch(&b->resident, args, sizeof args / sizeof *args,
		board_items(b, &b->resident, 1),
		s->count * board_row_bytes(b, b->problem.batch_size), err);
}

/* Rows of the order before that step. */
static size_t rows_before(const struct steps *s, size_t step)
{
	return step / s->batches * s->rows + step % s->batches * s->batch_size;
}

/* As many steps at a time as the batch buffers have room for: all work-items gather their rows,
 * then one takes the steps. */
static gf_status launch_shuffled(struct board *b, const struct steps *all, gf_error *err)
{
	const size_t most = b->batch_rows / b->problem.batch_size;
	struct steps some = *all;
	gf_status status = GF_OK;
	size_t done;

	some.together = 1;
	for (done = 0; done < all->count && !status; done += some.count) {
		size_t first, end;

		some.count = all->count - done < most ? all->count - done : most;
		some.first = all->first + done;
		some.slot = done;
		first = rows_before(all, some.first);
		end = rows_before(all, some.first + some.count);
		status = board_gather(b, first, end - first, err);
		if (!status)
			status = launch_steps(b, &some, err);
	}
	return status;
}

static gf_status launch(struct board *b, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err)
{
	const size_t batch_size = b->problem.batch_size;
	const struct steps steps = {.rows = plan->rows,
		.batch_size = batch_size,
		.batches = plan_batches(plan, batch_size),
		.first = plan->first + from,
		.count = count,
		.rate_stride = plan->rates_constant ? 0 : RATES,
		.record = record,
		.looks = board_whole(b, plan) && count >= LOOKS};

	if (plan->order)
		return launch_shuffled(b, &steps, err);
	if (steps.looks) {
		b->held.loss_rows = plan->rows;
		b->held.loss_scale = (cl_float)plan_rates(plan, from + count - 1)[RATE_SCALE];
	}
	return launch_steps(b, &steps, err);
}

/* No step, a look at one row. */
static gf_status launch_none(struct board *b, gf_error *err)
{
	const struct steps none = {
		.rows = 1, .batch_size = b->problem.batch_size, .batches = 1, .looks = 1};

	return launch_steps(b, &none, err);
}

/* Turns of loops a step: the sums, and for each parameter its lanes out and in, and its state. */
static size_t step_turns(const struct board *b)
{
	return board_turns(b, grid_blocks(b->problem.batch_size)) +
	       (64 + 3 * (size_t)b->planes) * ((size_t)b->parameters + b->outputs);
}

static gf_status within_loop_limit(const struct board *b, gf_error *err)
{
	if (step_turns(b) <= b->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"engine resident: device %s ends loops after %zu turns; a step takes about %zu",
		b->dev.id.info.name, b->dev.loop_limit, step_turns(b));
}

/* Of shuffled batches: no more than an epoch, and at least one of them. */
static size_t chunk_rows(const struct board *b)
{
	const size_t fit = CHUNK_FLOATS / b->features, rows = b->problem.batch_size;
	const size_t most = fit < b->rows ? fit : b->rows;

	return most > rows ? most : rows;
}

gf_status resident_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct board *b;
	gf_status status;

	if (work_of(problem) > REACH)
		return gf_fail(err, GF_E_USAGE,
			"engine resident: %.0f multiply-adds a step; one work-item takes at most "
			"%.0f",
			work_of(problem), REACH);
	status = board_open(&b, problem, options, GF_ENGINE_resident, launch, err);
	if (status)
		return status;
	b->launch_none = launch_none;
	if (b->dev.loop_limit / step_turns(b) < b->launch_limit)
		b->launch_limit = 1 + b->dev.loop_limit / step_turns(b);
	b->base.chunk_steps = 1 + (size_t)(1e7 / (100.0 + work_of(problem)));
	board_set_batch(b, chunk_rows(b));
	status = board_one_part(b, err);
	if (!status)
		status = within_loop_limit(b, err);
	if (status) {
		engine_close(&b->base);
		return status;
	}
	*engine = &b->base;
	return GF_OK;
}

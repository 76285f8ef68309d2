/* board_run.c: what an open board does: parameters, steps of a plan, losses, outputs, profile. */
#include "board.h"
#include "ceiling.h"
#include "clock.h"

#include <string.h>

/* ---- parameters ---- */

static size_t state_bytes(const struct board *b)
{
	return (size_t)b->planes * b->parameters * sizeof(float);
}

/* The plain numbers of one buffer to the lanes of another, or back. */
static gf_status launch_lanes(struct board *b, struct kernel *kernel, struct buffer *plain,
	struct buffer *lanes, cl_uint planes, size_t items, gf_error *err)
{
	const struct kernel_arg args[] = {
		ARG_MEM(*plain), ARG_MEM(*lanes), ARG(b->features), ARG(b->outputs), ARG(planes)};

	return run_launch(kernel, args, sizeof args / sizeof *args, items, 0, err);
}

static gf_status change_lanes(struct board *b, struct kernel *kernel, struct buffer *plain,
	struct buffer *lanes, cl_uint planes, gf_error *err)
{
	return launch_lanes(b, kernel, plain, lanes, planes, (size_t)planes * b->parameters, err);
}

/* No plane, by as many work-items as parameters and their state take. */
static gf_status change_none(struct board *b, struct kernel *kernel, gf_error *err)
{
	const size_t items = b->parameters;
	gf_status status = launch_lanes(b, kernel, &b->params, &b->lanes, 0, items, err);

	if (status || b->planes < 2)
		return status;
	return launch_lanes(b, kernel, &b->state, &b->state_lanes, 0, b->planes * items, err);
}

gf_status board_lanes_none(struct board *b, gf_error *err)
{
	gf_status status = change_none(b, &b->spread, err);

	return status || !b->collect.kernel ? status : change_none(b, &b->collect, err);
}

gf_status board_set(struct engine *engine, const float *params, const float *state, gf_error *err)
{
	struct board *b = (struct board *)engine;
	float *numbers = b->held.numbers, *states = numbers + b->parameters;
	gf_status status;

	memcpy(numbers, params, b->parameters * sizeof(float));
	memset(states, 0, state_bytes(b));
	if (state)
		memcpy(states, state, state_bytes(b));
	b->held.loss_rows = 0;
	status = run_write(&b->params, 0, numbers, b->parameters * sizeof(float), err);
	if (!status)
		status = change_lanes(b, &b->spread, &b->params, &b->lanes, 1, err);
	if (!status && b->planes)
		status = run_write(&b->state, 0, states, state_bytes(b), err);
	if (!status && b->planes)
		status = change_lanes(b, &b->spread, &b->state, &b->state_lanes, b->planes, err);
	b->held.known = !status;
	return status;
}

/* The resident kernel leaves the plain numbers behind, too. */
static gf_status collect(struct board *b, gf_error *err)
{
	gf_status status = GF_OK;

	if (!b->collect.kernel)
		return GF_OK;
	status = change_lanes(b, &b->collect, &b->params, &b->lanes, 1, err);
	if (status || !b->planes)
		return status;
	return change_lanes(b, &b->collect, &b->state, &b->state_lanes, b->planes, err);
}

static gf_status hold(struct board *b, gf_error *err)
{
	float *numbers = b->held.numbers;
	gf_status status = collect(b, err);

	if (!status && b->planes)
		status = run_read_later(&b->state, 0, numbers + b->parameters, state_bytes(b), err);
	if (!status)
		status = run_read(&b->params, 0, numbers, b->parameters * sizeof(float), err);
	b->held.known = !status;
	return status;
}

gf_status board_get(struct engine *engine, float *params, float *state, gf_error *err)
{
	struct board *b = (struct board *)engine;
	const gf_status status = b->held.known ? GF_OK : hold(b, err);

	if (status)
		return status;
	memcpy(params, b->held.numbers, b->parameters * sizeof(float));
	if (state)
		memcpy(state, b->held.numbers + b->parameters, state_bytes(b));
	return GF_OK;
}

/* ---- what a plan needs on the device ---- */

/* Of each epoch of the plan, its rows up to the plan's last step; from the first step on. */
static gf_status upload_order(struct board *b, const struct plan *plan, gf_error *err)
{
	const size_t batches = plan_batches(plan, b->problem.batch_size);
	const size_t last = plan->first + plan->count;
	const size_t from =
		plan->first / batches * plan->rows + plan->first % batches * b->problem.batch_size;
	const size_t epochs = (last + batches - 1) / batches;
	const size_t partly = last % batches * b->problem.batch_size;
	const size_t to = partly ? (epochs - 1) * plan->rows + partly : epochs * plan->rows;
	gf_status status = board_need_batch(b, err);

	if (!status && b->order.bytes < epochs * plan->rows * sizeof *plan->order) {
		buffer_free(&b->order);
		status = buffer_new(&b->order, &b->dev, "order",
			epochs * plan->rows * sizeof *plan->order, err);
	}
	return status ? status
		      : run_write_later(&b->order, from * sizeof *plan->order, plan->order + from,
				(to - from) * sizeof *plan->order, err);
}

/* Rates of steps [from, from + count), rounded to float once. */
static gf_status upload_rates(
	struct board *b, const struct plan *plan, size_t from, size_t count, gf_error *err)
{
	const size_t numbers = (plan->rates_constant ? 1 : count) * RATES;
	const double *rates = plan_rates(plan, from);
	size_t i;

	for (i = 0; i < numbers; i++)
		b->rounded[i] = (float)rates[i];
	return run_write_later(&b->rates, 0, b->rounded, numbers * sizeof *b->rounded, err);
}

/* ---- steps ---- */

static size_t step_floats(const struct board *b)
{
	return (2 + (size_t)b->planes) * b->parameters;
}

/* Room for recorded steps, made when first wanted. */
static gf_status need_steps(struct board *b, const struct history *history, gf_error *err)
{
	const size_t floats = b->base.record_limit * step_floats(b);

	if (!history->steps || b->steps.bytes >= floats * sizeof(float))
		return GF_OK;
	buffer_free(&b->steps);
	return board_floats(b, &b->steps, "steps", floats, err);
}

size_t board_whole(const struct board *b, const struct plan *plan)
{
	return plan->rows == b->problem.batch_size && !plan->order ? plan->rows : 0;
}

/* Losses and steps of the last launch to the host, which waits once; of a resident one the
 * parameters, too. */
static gf_status read_history(
	struct board *b, size_t count, const struct history *history, gf_error *err)
{
	const size_t losses = count * sizeof(float);
	gf_status status = GF_OK;

	if (history->steps)
		status = run_read_later(
			&b->steps, 0, history->steps, count * step_floats(b) * sizeof(float), err);
	if (status)
		return status;
	if (b->collect.kernel)
		return run_read(&b->losses, 0, history->losses, losses, err);
	status = run_read_later(&b->losses, 0, history->losses, losses, err);
	if (!status && b->held.loss_rows)
		status =
			run_read_later(&b->losses, losses, &b->held.loss, sizeof b->held.loss, err);
	return status ? status : hold(b, err);
}

static gf_status prepare(
	struct board *b, const struct plan *plan, const struct history *history, gf_error *err)
{
	gf_status status = need_steps(b, history, err);

	if (!status && plan->order)
		status = upload_order(b, plan, err);
	if (!status && plan->rates_constant)
		status = upload_rates(b, plan, 0, 1, err);
	return status;
}

gf_status board_run(struct engine *engine, const struct plan *plan, const struct history *history,
	gf_error *err)
{
	struct board *b = (struct board *)engine;
	const size_t room = history->steps ? b->base.record_limit : STEPS_ROOM;
	const size_t most = b->launch_limit < room ? b->launch_limit : room;
	gf_status status = prepare(b, plan, history, err);
	size_t done, some;

	for (done = 0; done < plan->count && !status; done += some) {
		const struct history rest = {history->losses + done,
			history->steps ? history->steps + done * step_floats(b) : NULL};

		some = plan->count - done < most ? plan->count - done : most;
		b->held.known = 0;
		b->held.loss_rows = 0;
		if (!plan->rates_constant)
			status = upload_rates(b, plan, done, some, err);
		if (!status)
			status = b->launch(b, plan, done, some, history->steps != NULL, err);
		if (!status && done == 0 && plan->meanwhile)
			status = run_flush(&b->dev, err);
		if (!status && done == 0 && plan->meanwhile)
			plan->meanwhile(plan->user);
		if (!status)
			status = read_history(b, some, &rest, err);
	}
	/* What was to be read back is the caller's. */
	if (status)
		(void)run_finish(&b->dev, NULL);
	return status;
}

/* ---- at any parameters ---- */

/* Parameters other than those held, as the kernels read them. */
static gf_status show(struct board *b, const float *params, gf_error *err)
{
	gf_status status = GF_OK;

	if (!b->shown_params.mem)
		status = board_floats(b, &b->shown_params, "shown parameters", b->parameters, err);
	if (!status && !b->shown_lanes.mem)
		status = board_lanes(b, &b->shown_lanes, "shown lanes", 1, err);
	if (!status)
		status = run_write(&b->shown_params, 0, params, b->parameters * sizeof(float), err);
	return status ? status
		      : change_lanes(b, &b->spread, &b->shown_params, &b->shown_lanes, 1, err);
}

/* Of the first outputs. */
static gf_status launch_loss(
	struct board *b, struct buffer *root, cl_float scale, cl_uint outputs, gf_error *err)
{
	const struct kernel_arg args[] = {
		ARG_MEM(*root), ARG_MEM(b->losses), ARG(scale), ARG(b->features), ARG(outputs)};

	return run_launch(
		&b->loss, args, sizeof args / sizeof *args, board_items(b, &b->loss, 1), 0, err);
}

gf_status board_loss_none(struct board *b, gf_error *err)
{
	return launch_loss(b, &b->nodes, 0.0f, 0, err);
}

gf_status board_loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *loss, gf_error *err)
{
	struct board *b = (struct board *)engine;
	const struct span span = {.first = first, .rows = rows, .shown = params != NULL};
	const cl_float rounded = (cl_float)scale;
	const struct held *held = &b->held;
	struct buffer *root = NULL;
	gf_status status = params ? show(b, params, err) : GF_OK;

	if (!params && first == 0 && held->loss_rows == rows && held->loss_scale == rounded) {
		*loss = held->loss;
		return GF_OK;
	}
	if (!status)
		status = board_pass(b, &span, &root, err);
	if (!status)
		status = launch_loss(b, root, rounded, b->outputs, err);
	return status ? status : run_read(&b->losses, 0, loss, sizeof *loss, err);
}

enum { SHOWN_FLOATS = 1 << 20 }; /* of outputs read back at a time, or one tile of them */

static size_t shown_rows(const struct board *b)
{
	const size_t rows = (size_t)SHOWN_FLOATS / b->outputs / GRID_TILE * GRID_TILE;
	const size_t most = rows ? rows : GRID_TILE;

	return most < b->rows + GRID_TILE ? most : b->rows + GRID_TILE;
}

/* Outputs of rows [start, start + rows), of one part; start begins a tile. */
static gf_status launch_outputs(struct board *b, cl_ulong start, cl_ulong rows, gf_error *err)
{
	const struct part *part = board_part(b, start);
	const cl_ulong first = start - part->first;
	const size_t strip = b->family->strip[board_width(b)];
	const size_t shares = (rows + strip - 1) / strip;
	const struct kernel_arg args[] = {ARG_MEM(part->x), ARG_MEM(b->shown_lanes), ARG_MEM(b->z),
		ARG(first), ARG(rows), ARG(b->features), ARG(b->outputs)};

	return run_launch(&b->outputs_kernel, args, sizeof args / sizeof *args,
		board_items(b, &b->outputs_kernel, shares), board_row_bytes(b, rows), err);
}

gf_status board_outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err)
{
	struct board *b = (struct board *)engine;
	const size_t end = first + rows;
	gf_status status = show(b, params, err);

	if (!status && !b->z.mem)
		status = board_floats(b, &b->z, "outputs", shown_rows(b) * b->outputs, err);
	while (first < end && !status) {
		const size_t start = first / GRID_TILE * GRID_TILE;
		const size_t most = start + shown_rows(b) < end ? start + shown_rows(b) : end;
		const size_t of_part = (start / b->part_rows + 1) * b->part_rows;
		const size_t stop = most < of_part ? most : of_part;
		const size_t bytes = (stop - first) * b->outputs * sizeof(float);

		status = launch_outputs(b, start, stop - start, err);
		if (!status)
			status = run_read(
				&b->z, (first - start) * b->outputs * sizeof(float), z, bytes, err);
		z += (stop - first) * b->outputs;
		first = stop;
	}
	return status;
}

gf_status board_profile(struct engine *engine, gf_profile *profile, gf_error *err)
{
	struct board *b = (struct board *)engine;
	const double start = clock_seconds();
	gf_status status = GF_OK;

	profile->rows_count = 0;
	if (!b->dev.timings)
		return GF_OK;
	status = timings_rows(b->dev.timings, profile->rows,
		sizeof profile->rows / sizeof *profile->rows, &profile->rows_count, err);
	if (!status)
		status = ceiling_measure(&b->dev, b->program, &b->parts[0].x,
			&profile->ceiling_bytes_per_second, err);
	profile->ceiling_seconds = clock_seconds() - start;
	return status;
}

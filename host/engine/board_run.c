/* board_run.c: what an open board does: parameters, passes over the rows, outputs, profile. */
#include "board.h"
#include "ceiling.h"
#include "clock.h"

/* ---- parameters ---- */

gf_status board_set(struct engine *engine, const float *params, gf_error *err)
{
	struct board *b = (struct board *)engine;
	gf_status status = run_write(&b->params, 0, params, b->parameters * sizeof(float), err);

	return status ? status : run_kernel(&b->spread, b->parameters, 0, err);
}

gf_status board_get(struct engine *engine, float *params, gf_error *err)
{
	struct board *b = (struct board *)engine;

	return run_read(&b->params, 0, params, b->parameters * sizeof(float), err);
}

/* ---- passes ---- */

gf_status board_pass(struct board *b, gf_error *err)
{
	size_t count = b->items, f;
	gf_status status = run_kernel(&b->gradient, b->items, board_pass_bytes(b), err);

	for (f = 0; f < b->folds && !status; f++) {
		const size_t runs = (count + FOLD_RUN - 1) / FOLD_RUN;

		status = run_kernel(&b->fold[f], runs * b->node,
			(count + runs) * b->node * GRID_LANES * sizeof(float), err);
		count = runs;
	}
	return status;
}

gf_status board_loss(struct engine *engine, float *loss, gf_error *err)
{
	struct board *b = (struct board *)engine;
	gf_status status = board_pass(b, err);

	if (!status)
		status = run_kernel(&b->loss, 1, 0, err);
	return status ? status : run_read(&b->losses, 0, loss, sizeof *loss, err);
}

/* Room for recorded steps, made when first wanted. */
static gf_status need_steps(struct board *b, const struct history *history, gf_error *err)
{
	const size_t floats = b->base.record_limit * 2 * b->parameters;

	/* A kernel argument has to be a buffer even where nothing is recorded. */
	if (!history->steps)
		return b->steps.mem ? GF_OK : board_floats(b, &b->steps, "steps", 1, err);
	if (b->steps.bytes >= floats * sizeof(float))
		return GF_OK;
	buffer_free(&b->steps);
	return board_floats(b, &b->steps, "steps", floats, err);
}

/* Losses and steps of the last launch to the host. */
static gf_status read_history(
	struct board *b, size_t epochs, const struct history *history, gf_error *err)
{
	gf_status status = run_read(&b->losses, 0, history->losses, epochs * sizeof(float), err);

	if (!status && history->steps)
		status = run_read(&b->steps, 0, history->steps,
			epochs * 2 * b->parameters * sizeof(float), err);
	return status;
}

gf_status board_run(struct engine *engine, size_t epochs, double lr, const struct history *history,
	gf_error *err)
{
	struct board *b = (struct board *)engine;
	const size_t room = history->steps ? b->base.record_limit : LOSSES_ROOM;
	const size_t most = b->launch_limit < room ? b->launch_limit : room;
	gf_status status = need_steps(b, history, err);
	size_t done, some;

	for (done = 0; done < epochs && !status; done += some) {
		const struct history rest = {history->losses + done,
			history->steps ? history->steps + 2 * done * b->parameters : NULL};

		some = epochs - done < most ? epochs - done : most;
		status = b->launch(b, some, (cl_float)lr, history->steps != NULL, err);
		if (!status)
			status = read_history(b, some, &rest, err);
	}
	return status;
}

/* ---- outputs at any parameters ---- */

enum { SHOWN_FLOATS = 1 << 20 }; /* of outputs read back at a time, or one tile of them */

static size_t shown_rows(const struct board *b)
{
	const size_t rows = (size_t)SHOWN_FLOATS / b->outputs / GRID_TILE * GRID_TILE;
	const size_t most = rows ? rows : GRID_TILE;

	return most < b->y_stride ? most : b->y_stride;
}

static gf_status new_shown(struct board *b, gf_error *err)
{
	gf_status status;

	if (b->z.mem)
		return GF_OK;
	status = board_floats(b, &b->shown_params, "shown parameters", b->parameters, err);
	if (!status)
		status = board_lanes(b, &b->shown_lanes, "shown lanes", err);
	if (!status)
		status = board_floats(b, &b->z, "outputs", shown_rows(b) * b->outputs, err);
	return status;
}

static gf_status spread_shown(struct board *b, const float *params, gf_error *err)
{
	const struct kernel_arg shown[] = {ARG_MEM(b->shown_params), ARG_MEM(b->shown_lanes)};
	const struct kernel_arg held[] = {ARG_MEM(b->params), ARG_MEM(b->lanes)};
	gf_status status =
		run_write(&b->shown_params, 0, params, b->parameters * sizeof(float), err);

	if (!status)
		status = kernel_set(&b->spread, 0, shown, 2, err);
	if (!status)
		status = run_kernel(&b->spread, b->parameters, 0, err);
	return status ? status : kernel_set(&b->spread, 0, held, 2, err);
}

/* Outputs of rows [first, first + rows); first begins a tile. */
static gf_status launch_outputs(struct board *b, cl_ulong first, cl_ulong rows, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(b->x), ARG_MEM(b->shown_lanes), ARG_MEM(b->z),
		ARG(first), ARG(rows), ARG(b->features), ARG(b->outputs)};
	gf_status status = kernel_set(&b->outputs_kernel, 0, args, 7, err);

	return status ? status
		      : run_kernel(&b->outputs_kernel, (rows + GRID_TILE - 1) / GRID_TILE,
				rows * (b->features + b->outputs) * sizeof(float), err);
}

gf_status board_outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err)
{
	struct board *b = (struct board *)engine;
	const size_t end = first + rows;
	gf_status status = new_shown(b, err);

	if (!status)
		status = spread_shown(b, params, err);
	while (first < end && !status) {
		const size_t start = first / GRID_TILE * GRID_TILE;
		const size_t stop = start + shown_rows(b) < end ? start + shown_rows(b) : end;
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
		status = ceiling_measure(
			&b->dev, b->program, &profile->ceiling_bytes_per_second, err);
	profile->ceiling_seconds = clock_seconds() - start;
	return status;
}

#include "board.h"
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- shapes ---- */

static gf_status within_loop_limit(const struct board *b, gf_error *err)
{
	const size_t turns = board_turns(b, b->most.blocks);

	if (turns <= b->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s ends loops after %zu turns; %u features and %u outputs take about %zu",
		b->dev.id.info.name, b->dev.loop_limit, b->features, b->outputs, turns);
}

/* The number that the loss has, rounded once; 0 where it has none. */
static cl_float loss_number(const struct problem *problem)
{
	struct loss_parameters parameters = problem->loss_parameters;
	double *number;

	return loss_parameter(problem->loss, &parameters, &number) ? (cl_float)*number : 0.0f;
}

static gf_status shape(struct board *b, gf_error *err)
{
	const gf_dataset *data = b->problem.data;
	const double parameters = (double)b->problem.outputs * ((double)data->features + 1.0);

	if (parameters * (double)GRID_LANES > 0x1p31)
		return gf_fail(err, GF_E_USAGE,
			"%zu features and %zu outputs make %.0f parameters; at most %.0f",
			data->features, b->problem.outputs, parameters,
			0x1p31 / (double)GRID_LANES);
	b->rows = data->rows;
	b->features = (cl_uint)data->features;
	b->outputs = (cl_uint)b->problem.outputs;
	b->targets = (cl_uint)data->outputs;
	if (!b->targets)
		b->targets = 1;
	b->parameters = b->outputs * (b->features + 1);
	b->planes = (cl_uint)problem_planes(&b->problem);
	b->grid = grid_of(b->features);
	b->loss_number = loss_number(&b->problem);
	b->y_stride = b->rows + GRID_TILE;
	board_set_batch(b, b->problem.batch_size);
	b->node = (cl_ulong)b->outputs * (b->grid.chunks + 2);
	b->most = board_share(b, b->rows);
	return within_loop_limit(b, err);
}

/* ---- memory ---- */

gf_status board_floats(
	struct board *b, struct buffer *buf, const char *name, size_t floats, gf_error *err)
{
	return buffer_new(buf, &b->dev, name, floats * sizeof(float), err);
}

gf_status board_zeros(
	struct board *b, struct buffer *buf, const char *name, size_t floats, gf_error *err)
{
	const size_t vectors = (floats + GRID_LANES - 1) / GRID_LANES;
	gf_status status = board_floats(b, buf, name, vectors * GRID_LANES, err);

	return status ? status : run_clear(buf, err);
}

gf_status board_lanes(
	struct board *b, struct buffer *buf, const char *name, size_t planes, gf_error *err)
{
	return board_zeros(b, buf, name, planes * board_vectors(b) * GRID_LANES, err);
}

/* float16 of cross_entropy that a share needs: kernels/gradient.cl SCRATCH. */
static size_t scratch_of(const struct board *b)
{
	if (b->problem.loss != GF_LOSS_cross_entropy)
		return 0;
	return b->family->tiles[board_width(b)] *
	       (2 * (size_t)b->outputs + 4 /* kernels/terms.cl KEPT */);
}

/* What a pass over all rows needs, and one work-item's stack for a batch. */
static size_t nodes_of(const struct board *b)
{
	const size_t stack = grid_levels(grid_blocks(b->problem.batch_size)) + 1;
	const size_t pass = b->most.items * b->most.levels;

	return pass > stack ? pass : stack;
}

static gf_status new_pass_buffers(struct board *b, gf_error *err)
{
	const size_t node = b->node * GRID_LANES;
	const size_t runs = (b->most.items + FOLD_RUN - 1) / FOLD_RUN;
	const size_t runs_of_runs = (runs + FOLD_RUN - 1) / FOLD_RUN;
	gf_status status = board_floats(b, &b->nodes, "nodes", nodes_of(b) * node, err);

	if (!status)
		status = board_floats(b, &b->folded[0], "folded", runs * node, err);
	if (!status)
		status = board_floats(b, &b->folded[1], "folded again", runs_of_runs * node, err);
	if (!status)
		status = board_floats(
			b, &b->scratch, "scratch", b->most.items * scratch_of(b) * GRID_LANES, err);
	return status;
}

static gf_status new_buffers(struct board *b, gf_error *err)
{
	const size_t state = (size_t)b->planes * b->parameters;
	gf_status status = board_floats(b, &b->params, "parameters", b->parameters, err);

	if (!status)
		status = board_zeros(b, &b->state, "state", state ? state : 1, err);
	if (!status)
		status = board_lanes(b, &b->lanes, "lanes", 1, err);
	if (!status)
		status = board_lanes(
			b, &b->state_lanes, "state lanes", b->planes ? b->planes : 1, err);
	if (!status)
		status = board_floats(b, &b->rates, "rates", (size_t)STEPS_ROOM * RATES, err);
	if (!status)
		status = board_zeros(b, &b->clip, "clip", 2, err);
	if (!status)
		status = board_floats(b, &b->losses, "losses", STEPS_ROOM + 1, err);
	if (!status)
		status = board_floats(b, &b->steps, "steps", 1, err);
	if (!status)
		status = board_floats(b, &b->none, "none", 1, err);
	return status ? status : new_pass_buffers(b, err);
}

/* ---- open and close ---- */

static gf_status new_numbers(struct board *b, gf_error *err)
{
	const size_t held = (1 + (size_t)b->planes) * b->parameters * sizeof(float);
	const size_t rates = (size_t)STEPS_ROOM * RATES * sizeof(float);

	b->held.numbers = malloc(held);
	b->rounded = malloc(rates);
	return b->held.numbers && b->rounded
		       ? GF_OK
		       : gf_fail_memory(err, held + rates, "what goes to the device and back");
}

static gf_status fill(struct board *b, gf_error *err)
{
	const double start = clock_seconds();
	gf_status status = new_numbers(b, err);
	double built;

	if (!status)
		status = board_build(b, err);
	built = clock_seconds();
	if (!status)
		status = board_upload(b, err);
	if (!status)
		status = new_buffers(b, err);
	b->base.build_seconds = built - start;
	b->base.upload_seconds = clock_seconds() - built;
	return status;
}

/* Steps recorded in one go take at most 16 MiB. */
static size_t record_limit(const struct board *b)
{
	const size_t step = (2 + (size_t)b->planes) * b->parameters * sizeof(float);
	const size_t fit = ((size_t)16 << 20) / step;

	return fit < 1 ? 1 : fit > STEPS_ROOM ? STEPS_ROOM : fit;
}

void board_close(struct engine *engine)
{
	struct board *b = (struct board *)engine;
	struct kernel *const kernels[] = {&b->spread, &b->collect, &b->outputs_kernel, &b->gather,
		&b->gradient, &b->fold, &b->norm, &b->update, &b->loss, &b->resident};
	struct buffer *const buffers[] = {&b->y, &b->weights, &b->shares, &b->order, &b->gx, &b->gy,
		&b->gw, &b->params, &b->state, &b->lanes, &b->state_lanes, &b->rates, &b->clip,
		&b->nodes, &b->folded[0], &b->folded[1], &b->scratch, &b->losses, &b->steps,
		&b->shown_params, &b->shown_lanes, &b->z, &b->none};
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
	for (i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_free(buffers[i]);
	board_free_x(b);
	device_close(&b->dev);
	free(b->held.numbers);
	free(b->rounded);
	free(b);
}

static const struct engine_class board_class = {board_set, board_get, board_run, board_loss,
	board_outputs, board_profile, board_close, NULL, NULL, board_audit, board_warm_up};

gf_status board_open(struct board **board, const struct problem *problem,
	const struct engine_options *options, gf_engine word, board_launch *launch, gf_error *err)
{
	const double start = clock_seconds();
	struct board *b = calloc(1, sizeof *b);
	gf_status status;

	*board = NULL;
	if (!b)
		return gf_fail_memory(err, sizeof *b, "an engine");
	b->base.class = &board_class;
	b->base.word = word;
	b->launch = launch;
	b->launch_limit = STEPS_ROOM;
	b->problem = *problem;
	b->tuning = options->tuning;
	status = device_open(&b->dev, options->device, options->profile,
		options->beside ? &((struct board *)options->beside)->dev : NULL, err);
	if (!status)
		status = family_choose(&b->family, options->tuning.kernels, &b->dev,
			b->base.kernels_why, sizeof b->base.kernels_why, err);
	if (!status)
		status = shape(b, err);
	b->base.open_seconds = clock_seconds() - start;
	if (!status)
		status = fill(b, err);
	if (status) {
		board_close(&b->base);
		return status;
	}
	b->base.kernels = b->family->word;
	snprintf(b->base.device, sizeof b->base.device, "%s", b->dev.id.info.name);
	b->base.record_limit = record_limit(b);
	*board = b;
	return GF_OK;
}

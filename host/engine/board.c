#include "board.h"
#include "catalog.h"
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CPU_STRETCH =
		256 << 10, /* bytes of x to a work-item: a stream long enough for prefetchers */
	WIDE_ENOUGH = 16 << 20, /* bytes of x beyond most caches */
};

/* ---- shapes ---- */

/* Blocks to a work-item: a stretch of x long enough to stream, several work-items to a
 * compute unit, and stacks of nodes that take no more than an eighth of what x takes. */
static size_t share_out(const struct board *b)
{
	const size_t all = grid_blocks(b->rows),
		     block_bytes = sizeof(float) * GRID_BLOCK * b->features;
	const size_t items = b->dev.id.info.compute_units * (b->dev.is_cpu ? 4 : 256);
	size_t blocks = 1;

	while (blocks < 1024 && blocks * block_bytes < CPU_STRETCH && all / (2 * blocks) >= items)
		blocks *= 2;
	while (blocks < all && (grid_levels(blocks) + 1) * b->outputs > 8 * blocks)
		blocks *= 2;
	while (blocks > 1 && board_turns(b, blocks) > b->dev.loop_limit)
		blocks /= 2;
	return blocks;
}

/* Per block: 4 tiles and K outputs of 16 rows forward and 4 backward of C chunks each, and
 * each node is cleared and added once or twice. */
size_t board_turns(const struct board *b, size_t blocks)
{
	return blocks * ((size_t)4 * b->outputs * (20 * b->grid.chunks + 25) + 3 * (size_t)b->node);
}

static gf_status within_loop_limit(const struct board *b, gf_error *err)
{
	if (board_turns(b, b->tuning.blocks) <= b->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s ends loops after %zu turns; %u features and %u outputs take about %zu",
		b->dev.id.info.name, b->dev.loop_limit, b->features, b->outputs,
		board_turns(b, b->tuning.blocks));
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
	b->parameters = b->outputs * (b->features + 1);
	b->grid = grid_of(b->features);
	b->y_stride = (b->rows + GRID_TILE - 1) / GRID_TILE * GRID_TILE;
	b->node = (cl_ulong)b->outputs * (b->grid.chunks + 2);
	b->scale = (cl_float)(1.0 / ((double)b->rows * (double)b->outputs));
	if (!b->tuning.blocks)
		b->tuning.blocks = share_out(b);
	b->levels = (cl_uint)grid_levels(b->tuning.blocks) + 1;
	b->items = (grid_blocks(b->rows) + b->tuning.blocks - 1) / b->tuning.blocks;
	return within_loop_limit(b, err);
}

size_t board_pass_bytes(const struct board *b)
{
	return b->rows * (b->features + b->outputs) * sizeof(float) +
	       b->items * b->node * GRID_LANES * sizeof(float);
}

/* ---- memory ---- */

gf_status board_floats(
	struct board *b, struct buffer *buf, const char *name, size_t floats, gf_error *err)
{
	return buffer_new(buf, &b->dev, name, floats * sizeof(float), err);
}

/* (N, K) to (K, y_stride), zeros behind the last row. */
static gf_status upload_targets(struct board *b, gf_error *err)
{
	const gf_dataset *data = b->problem.data;
	const size_t bytes = b->outputs * b->y_stride * sizeof(float);
	gf_status status = buffer_new(&b->y, &b->dev, "y", bytes, err);
	float *y;
	size_t i, k;

	if (status || !data->y)
		return status;
	y = calloc(b->outputs * b->y_stride, sizeof *y);
	if (!y)
		return gf_fail_memory(err, bytes, "targets");
	for (i = 0; i < data->rows; i++)
		for (k = 0; k < b->outputs; k++)
			y[k * b->y_stride + i] = data->y[i * b->outputs + k];
	status = run_write(&b->y, 0, y, bytes, err);
	free(y);
	return status;
}

static gf_status upload(struct board *b, gf_error *err)
{
	gf_status status = buffer_share(
		&b->x, &b->dev, "x", b->problem.data->x, b->problem.data->x_bytes, err);

	return status ? status : upload_targets(b, err);
}

gf_status board_lanes(struct board *b, struct buffer *buf, const char *name, gf_error *err)
{
	const size_t floats = b->outputs * (b->grid.chunks + 1) * GRID_LANES;
	float *zeros = calloc(floats, sizeof *zeros);
	gf_status status;

	if (!zeros)
		return gf_fail_memory(err, floats * sizeof *zeros, name);
	status = board_floats(b, buf, name, floats, err);
	if (!status)
		status = run_write(buf, 0, zeros, floats * sizeof *zeros, err);
	free(zeros);
	return status;
}

static gf_status new_buffers(struct board *b, gf_error *err)
{
	const size_t node = b->node * GRID_LANES, runs = (b->items + FOLD_RUN - 1) / FOLD_RUN;
	const size_t runs_of_runs = (runs + FOLD_RUN - 1) / FOLD_RUN;
	gf_status status = board_floats(b, &b->params, "parameters", b->parameters, err);

	if (!status)
		status = board_lanes(b, &b->lanes, "lanes", err);
	if (!status)
		status = board_floats(b, &b->nodes, "nodes", b->items * b->levels * node, err);
	if (!status)
		status = board_floats(b, &b->folded[0], "folded", runs * node, err);
	if (!status)
		status = board_floats(b, &b->folded[1], "folded again", runs_of_runs * node, err);
	if (!status)
		status = board_floats(b, &b->losses, "losses", LOSSES_ROOM, err);
	return status;
}

/* ---- kernels ---- */

/* Loops over features that unroll are worth a build of their own where x is read from memory. */
static int builds_width_in(const struct board *b)
{
	if (b->tuning.width != WIDTH_AUTO)
		return b->tuning.width == WIDTH_BUILT_IN;
	return b->rows * b->features * sizeof(float) >= WIDE_ENOUGH;
}

static gf_status build(struct board *b, gf_error *err)
{
	char options[128], width[32] = "";
	const char *touch = b->dev.prefetches ? " -DTOUCH" : "";

	if (builds_width_in(b))
		snprintf(width, sizeof width, " -DWIDTH=%u", b->features);
	snprintf(options, sizeof options, "-DF=%zu -DLOSS=%s -DOPTIMIZER=%s%s%s", b->grid.lanes,
		loss_word(b->problem.loss), optimizer_word(b->problem.optimizer), width, touch);
	return program_build(&b->program, &b->dev, options, err);
}

static gf_status new_kernel(
	struct board *b, struct kernel *k, const char *name, size_t local, gf_error *err)
{
	return kernel_new(
		k, &b->dev, b->program, name, b->tuning.local ? b->tuning.local : local, err);
}

static gf_status new_kernels(struct board *b, gf_error *err)
{
	/* A CPU's work-item is a thread's worth of work; a GPU's are lanes of one. */
	const size_t pass = b->dev.is_cpu ? 1 : 64, parameters = 64;
	gf_status status = new_kernel(b, &b->spread, "spread", parameters, err);

	if (!status)
		status = new_kernel(b, &b->outputs_kernel, "outputs", pass, err);
	if (!status)
		status = new_kernel(b, &b->gradient, "gradient", pass, err);
	if (!status)
		status = new_kernel(b, &b->update, "update", parameters, err);
	if (!status)
		status = new_kernel(b, &b->loss, "loss", 1, err);
	if (!status)
		status = new_kernel(b, &b->resident, "resident", 1, err);
	return status;
}

/* One kernel object a pass: its arguments are set once, not once an epoch. */
static gf_status new_folds(struct board *b, gf_error *err)
{
	cl_ulong count = b->items, stride = b->levels * b->node;
	struct buffer *in = &b->nodes;
	gf_status status = GF_OK;

	for (b->folds = 0; count > 1 && !status; b->folds++) {
		struct buffer *out = &b->folded[b->folds % 2];
		const struct kernel_arg args[] = {
			ARG_MEM(*in), ARG_MEM(*out), ARG(count), ARG(stride), ARG(b->node)};

		status = new_kernel(b, &b->fold[b->folds], "fold", b->dev.is_cpu ? 1 : 64, err);
		if (!status)
			status = kernel_set(&b->fold[b->folds], 0, args, 5, err);
		count = (count + FOLD_RUN - 1) / FOLD_RUN;
		stride = b->node;
		in = out;
	}
	return status;
}

struct buffer *board_root(struct board *b)
{
	return b->folds ? &b->folded[(b->folds - 1) % 2] : &b->nodes;
}

static gf_status set_arguments(struct board *b, gf_error *err)
{
	struct buffer *root = board_root(b);
	cl_uint blocks = (cl_uint)b->tuning.blocks;
	const struct kernel_arg spread[] = {
		ARG_MEM(b->params), ARG_MEM(b->lanes), ARG(b->features), ARG(b->outputs)};
	const struct kernel_arg gradient[] = {ARG_MEM(b->x), ARG_MEM(b->y), ARG_MEM(b->lanes),
		ARG_MEM(b->nodes), ARG(b->rows), ARG(b->y_stride), ARG(b->features),
		ARG(b->outputs), ARG(blocks), ARG(b->levels)};
	const struct kernel_arg loss[] = {ARG_MEM(*root), ARG_MEM(b->losses), ARG(b->scale),
		ARG(b->features), ARG(b->outputs)};
	gf_status status = kernel_set(&b->spread, 0, spread, 4, err);

	if (!status)
		status = kernel_set(&b->gradient, 0, gradient, 10, err);
	return status ? status : kernel_set(&b->loss, 0, loss, 5, err);
}

/* ---- open and close ---- */

static gf_status fill(struct board *b, gf_error *err)
{
	const double start = clock_seconds();
	gf_status status = build(b, err);
	double built;

	if (!status)
		status = new_kernels(b, err);
	built = clock_seconds();
	if (!status)
		status = upload(b, err);
	if (!status)
		status = new_buffers(b, err);
	if (!status)
		status = new_folds(b, err);
	if (!status)
		status = set_arguments(b, err);
	b->base.build_seconds = built - start;
	b->base.upload_seconds = clock_seconds() - built;
	return status;
}

/* Steps recorded in one go take at most 16 MiB. */
static size_t record_limit(const struct board *b)
{
	const size_t fit = ((size_t)16 << 20) / (2 * sizeof(float) * b->parameters);

	return fit < 1 ? 1 : fit > LOSSES_ROOM ? LOSSES_ROOM : fit;
}

static void board_close(struct engine *engine)
{
	struct board *b = (struct board *)engine;
	struct kernel *const kernels[] = {
		&b->spread, &b->outputs_kernel, &b->gradient, &b->update, &b->loss, &b->resident};
	struct buffer *const buffers[] = {&b->x, &b->y, &b->params, &b->lanes, &b->nodes,
		&b->folded[0], &b->folded[1], &b->losses, &b->steps, &b->shown_params,
		&b->shown_lanes, &b->z};
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
	for (i = 0; i < FOLD_PASSES; i++)
		kernel_free(&b->fold[i]);
	for (i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_free(buffers[i]);
	if (b->program)
		clReleaseProgram(b->program);
	device_close(&b->dev);
	free(b);
}

static const struct engine_class board_class = {
	board_set, board_get, board_run, board_loss, board_outputs, board_profile, board_close};

gf_status board_open(struct board **board, const struct problem *problem,
	const struct engine_options *options, board_launch *launch, gf_error *err)
{
	const double start = clock_seconds();
	struct board *b = calloc(1, sizeof *b);
	gf_status status;

	*board = NULL;
	if (!b)
		return gf_fail_memory(err, sizeof *b, "an engine");
	b->base.class = &board_class;
	b->launch = launch;
	b->launch_limit = LOSSES_ROOM;
	b->problem = *problem;
	b->tuning = options->tuning;
	status = device_open(&b->dev, options->device, options->profile, err);
	if (!status)
		status = shape(b, err);
	b->base.open_seconds = clock_seconds() - start;
	if (!status)
		status = fill(b, err);
	if (status) {
		board_close(&b->base);
		return status;
	}
	snprintf(b->base.device, sizeof b->base.device, "%s", b->dev.id.info.name);
	b->base.record_limit = record_limit(b);
	*board = b;
	return GF_OK;
}

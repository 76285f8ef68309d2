/* board_pass.c: one pass over rows, the tree over its nodes, and the update: who does how much of
 * it. */
#include "board.h"

/* ---- shares ---- */

size_t board_items(const struct board *b, const struct kernel *kernel, size_t shares)
{
	return b->family->by_group ? shares * kernel->local : shares;
}

size_t board_width(const struct board *b)
{
	return b->grid.lanes < GRID_LANES ? NARROW : WIDE;
}

/* Per block: 4 tiles and K outputs of 16 rows forward and 4 backward of C chunks each, and
 * each node is cleared and added once or twice. */
size_t board_turns(const struct board *b, size_t blocks)
{
	return blocks * ((size_t)4 * b->outputs * (20 * b->grid.chunks + 25) + 3 * (size_t)b->node);
}

/* Blocks to a share: a stretch of x long enough to stream, several shares to a
 * compute unit, and stacks of nodes that take no more than an eighth of what x takes. */
static size_t share_out(const struct board *b, size_t rows)
{
	const size_t all = grid_blocks(rows);
	const size_t block_bytes = sizeof(float) * GRID_BLOCK * b->features;
	const size_t items = b->dev.id.info.compute_units * b->family->units;
	size_t blocks = 1;

	while (blocks < 1024 && blocks * block_bytes < b->family->chunk_bytes &&
		all / (2 * blocks) >= items)
		blocks *= 2;
	while (blocks < all && (grid_levels(blocks) + 1) * b->outputs > 8 * blocks)
		blocks *= 2;
	while (blocks > 1 && board_turns(b, blocks) > b->dev.loop_limit)
		blocks /= 2;
	return blocks;
}

static struct share share_of(size_t rows, size_t blocks)
{
	return (struct share){.rows = rows,
		.blocks = (cl_uint)blocks,
		.levels = (cl_uint)grid_levels(blocks) + 1,
		.items = (grid_blocks(rows) + blocks - 1) / blocks};
}

/* As many blocks to a share as in a pass over all rows fit the buffers, whatever the rows. */
struct share board_share(const struct board *b, size_t rows)
{
	const size_t wanted = b->tuning.blocks ? b->tuning.blocks : share_out(b, rows);
	const struct share s = share_of(rows, wanted), *most = &b->most;

	if (most->rows &&
		(s.items > most->items || s.items * s.levels > most->items * most->levels))
		return share_of(rows, most->blocks);
	return s;
}

size_t board_row_bytes(const struct board *b, size_t rows)
{
	return rows * (b->features + b->targets) * sizeof(float);
}

/* ---- launches ---- */

static size_t node_bytes(const struct board *b)
{
	return b->node * GRID_LANES * sizeof(float);
}

/* Shares [from, to) of the span, which begin in that part. */
static gf_status launch_part(struct board *b, const struct span *span, const struct share *share,
	const struct part *part, size_t from, size_t to, gf_error *err)
{
	const int gathered = span->gathered;
	const struct buffer *y = gathered ? &b->gy : &b->y;
	const struct buffer *weights = gathered && b->problem.weights ? &b->gw : &b->weights;
	const struct buffer *lanes = span->shown ? &b->shown_lanes : &b->lanes;
	const cl_ulong y_stride = gathered ? b->gathered_stride : b->y_stride;
	const cl_ulong of_share = (cl_ulong)share->blocks * GRID_BLOCK, before = from;
	const cl_ulong left = span->rows - from * of_share;
	const cl_ulong rows = (to - from) * of_share < left ? (to - from) * of_share : left;
	const cl_ulong first = span->first + from * of_share - part->first, shift = part->first;
	const struct kernel_arg args[] = {ARG_MEM(part->x), ARG_MEM(*y), ARG_MEM(*weights),
		ARG_MEM(b->shares), ARG_MEM(*lanes), ARG_MEM(b->scratch), ARG_MEM(b->nodes),
		ARG(y_stride), ARG(b->features), ARG(b->outputs), ARG(share->blocks),
		ARG(share->levels), ARG(rows), ARG(first), ARG(shift), ARG(before),
		ARG(b->loss_number)};

	return run_launch(&b->gradient, args, sizeof args / sizeof *args,
		board_items(b, &b->gradient, to - from),
		board_row_bytes(b, rows) + (to - from) * node_bytes(b), err);
}

/* A launch a part, of the shares that begin in it. */
static gf_status launch_parts(
	struct board *b, const struct span *span, const struct share *share, gf_error *err)
{
	const size_t rows = (size_t)share->blocks * GRID_BLOCK;
	gf_status status = GF_OK;
	size_t from = 0, to;

	while (from < share->items && !status) {
		const struct part *part = board_part(b, span->first + from * rows);
		const size_t end = part->first + part->rows - span->first;

		to = (end + rows - 1) / rows;
		to = to < share->items ? to : share->items;
		status = launch_part(b, span, share, part, from, to, err);
		from = to;
	}
	return status;
}

static gf_status launch_gradient(
	struct board *b, const struct span *span, const struct share *share, gf_error *err)
{
	const struct part batch = {.x = b->gx};

	if (span->gathered)
		return launch_part(b, span, share, &batch, 0, share->items, err);
	return launch_parts(b, span, share, err);
}

/* Numbers in a node. */
static cl_ulong node_size(const struct board *b)
{
	return b->node * (GRID_LANES / b->family->abreast);
}

static size_t runs_of(size_t nodes)
{
	return (nodes + FOLD_RUN - 1) / FOLD_RUN;
}

/* The runs of count nodes, to one node each. */
static gf_status launch_fold(struct board *b, const struct buffer *in, struct buffer *out,
	cl_ulong count, cl_ulong stride, size_t runs, gf_error *err)
{
	const cl_ulong size = node_size(b);
	const struct kernel_arg args[] = {
		ARG_MEM(*in), ARG_MEM(*out), ARG(count), ARG(stride), ARG(size)};

	return run_launch(&b->fold, args, sizeof args / sizeof *args, runs * size,
		(count + runs) * node_bytes(b), err);
}

/* The tree over count nodes, each of which is the first of `levels` in the buffer of nodes. */
static gf_status launch_folds(
	struct board *b, cl_ulong count, cl_ulong levels, struct buffer **root, gf_error *err)
{
	cl_ulong stride = levels * node_size(b);
	gf_status status = GF_OK;
	size_t turn;

	*root = &b->nodes;
	for (turn = 0; count > 1 && !status; turn++) {
		struct buffer *out = &b->folded[turn % 2];
		const size_t runs = runs_of(count);

		status = launch_fold(b, *root, out, count, stride, runs, err);
		*root = out;
		count = runs;
		stride = node_size(b);
	}
	return status;
}

gf_status board_pass(struct board *b, const struct span *span, struct buffer **root, gf_error *err)
{
	const struct share share = board_share(b, span->rows);
	gf_status status = launch_gradient(b, span, &share, err);

	return status ? status : launch_folds(b, share.items, share.levels, root, err);
}

gf_status board_pass_none(struct board *b, gf_error *err)
{
	const struct span none = {.rows = 0};
	const struct share share = board_share(b, b->problem.batch_size);
	gf_status status = launch_part(b, &none, &share, &b->parts[0], 0, share.items, err);

	if (status || b->most.items == 1)
		return status;
	return launch_fold(b, &b->nodes, &b->folded[0], 0, 1, runs_of(share.items), err);
}

/* ---- from the root to the next parameters ---- */

/* Over the first outputs, as launch_update. */
static gf_status launch_norm(
	struct board *b, struct buffer *root, cl_uint outputs, cl_ulong rate, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root), ARG_MEM(b->lanes), ARG_MEM(b->rates),
		ARG_MEM(b->clip), ARG(b->features), ARG(outputs), ARG(rate)};

	return run_launch(
		&b->norm, args, sizeof args / sizeof *args, board_items(b, &b->norm, 1), 0, err);
}

/* slot: of the loss; rate: where the step's begin. */
struct moves {
	cl_ulong slot, rate;
	cl_uint outputs, record;
};

static gf_status launch_update(
	struct board *b, struct buffer *root, const struct moves *m, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root), ARG_MEM(b->lanes),
		ARG_MEM(b->state_lanes), ARG_MEM(b->losses), ARG_MEM(b->steps), ARG_MEM(b->rates),
		ARG_MEM(b->clip), ARG(b->features), ARG(m->outputs), ARG(m->record), ARG(m->slot),
		ARG(m->rate)};
	gf_status status = GF_OK;

	if (b->problem.update.clip_norm)
		status = launch_norm(b, root, m->outputs, m->rate, err);
	return status ? status
		      : run_launch(&b->update, args, sizeof args / sizeof *args,
				board_vectors(b) * GRID_LANES / b->family->abreast, 0, err);
}

gf_status board_update(struct board *b, const struct plan *plan, struct buffer *root,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct moves moves = {.slot = slot,
		.rate = plan->rates_constant ? 0 : slot * RATES,
		.outputs = b->outputs,
		.record = record};

	return launch_update(b, root, &moves, err);
}

gf_status board_update_none(struct board *b, gf_error *err)
{
	const struct moves none = {.outputs = 0};

	return launch_update(b, &b->nodes, &none, err);
}

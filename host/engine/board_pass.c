/* board_pass.c: one pass over rows, and the tree over its nodes: who does how much of it, and
 * which arguments that sets. */
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

/* ---- arguments ---- */

static gf_status bind_rows(struct board *b, const struct span *span, gf_error *err)
{
	const int gathered = span->gathered;
	const struct buffer *x = gathered ? &b->gx : &b->parts[0].x, *y = gathered ? &b->gy : &b->y;
	const struct buffer *weights = gathered && b->problem.weights ? &b->gw : &b->weights;
	const struct buffer *lanes = span->shown ? &b->shown_lanes : &b->lanes;
	const struct kernel_arg rows[] = {ARG_MEM(*x), ARG_MEM(*y), ARG_MEM(*weights)};
	const struct kernel_arg w[] = {ARG_MEM(*lanes)};
	const struct kernel_arg stride[] = {ARG(*(gathered ? &b->gathered_stride : &b->y_stride))};
	gf_status status = kernel_set(&b->gradient, 0, rows, 3, err);

	if (!status)
		status = kernel_set(&b->gradient, 4, w, 1, err);
	return status ? status : kernel_set(&b->gradient, 7, stride, 1, err);
}

static gf_status bind_folds(struct board *b, gf_error *err)
{
	const cl_ulong size = b->node * (GRID_LANES / b->family->abreast);
	cl_ulong count = b->bound.items, stride = b->bound.levels * size;
	struct buffer *in = &b->nodes;
	gf_status status = GF_OK;

	for (b->folds = 0; count > 1 && !status; b->folds++) {
		struct buffer *out = &b->folded[b->folds % 2];
		const struct kernel_arg args[] = {
			ARG_MEM(*in), ARG_MEM(*out), ARG(count), ARG(stride), ARG(size)};

		status = kernel_set(&b->fold[b->folds], 0, args, 5, err);
		count = (count + FOLD_RUN - 1) / FOLD_RUN;
		stride = size;
		in = out;
	}
	return status;
}

struct buffer *board_root(struct board *b)
{
	return b->folds ? &b->folded[(b->folds - 1) % 2] : &b->nodes;
}

static gf_status bind_share(struct board *b, gf_error *err)
{
	const struct kernel_arg share[] = {
		ARG(b->bound.blocks), ARG(b->bound.levels), ARG(b->bound.rows)};
	struct kernel *const readers[] = {&b->update, &b->norm, &b->loss};
	gf_status status = kernel_set(&b->gradient, 10, share, 3, err);
	size_t i;

	if (!status)
		status = bind_folds(b, err);
	for (i = 0; i < sizeof readers / sizeof *readers && !status; i++) {
		const struct kernel_arg root[] = {ARG_MEM(*board_root(b))};

		if (readers[i]->kernel)
			status = kernel_set(readers[i], 0, root, 1, err);
	}
	return status;
}

/* Sets what differs from the pass before; after a failure nothing counts as set. */
static gf_status bind(struct board *b, const struct span *span, gf_error *err)
{
	const struct kernel_arg first[] = {ARG(span->first)};
	const int fresh = b->bound.rows == 0;
	const struct span at = b->at;
	gf_status status = GF_OK;

	if (fresh || at.gathered != span->gathered || at.shown != span->shown)
		status = bind_rows(b, span, err);
	if (!status && b->bound.rows != span->rows) {
		b->bound = board_share(b, span->rows);
		status = bind_share(b, err);
	}
	if (!status && (fresh || at.first != span->first))
		status = kernel_set(&b->gradient, 13, first, 1, err);
	b->at = *span;
	if (status)
		b->bound.rows = 0;
	return status;
}

/* ---- launches ---- */

static size_t node_bytes(const struct board *b)
{
	return b->node * GRID_LANES * sizeof(float);
}

/* Shares [from, to) of the span, which begin in that part. */
static gf_status launch_part(struct board *b, const struct span *span, const struct part *part,
	size_t from, size_t to, gf_error *err)
{
	const cl_ulong share = (cl_ulong)b->bound.blocks * GRID_BLOCK, before = from;
	const cl_ulong left = span->rows - from * share;
	const cl_ulong rows = (to - from) * share < left ? (to - from) * share : left;
	const cl_ulong first = span->first + from * share - part->first, shift = part->first;
	const struct kernel_arg x[] = {ARG_MEM(part->x)};
	const struct kernel_arg where[] = {ARG(rows), ARG(first), ARG(shift), ARG(before)};
	gf_status status = kernel_set(&b->gradient, 0, x, 1, err);

	if (!status)
		status = kernel_set(&b->gradient, 12, where, 4, err);
	return status ? status
		      : run_kernel(&b->gradient, board_items(b, &b->gradient, to - from),
				board_row_bytes(b, rows) + (to - from) * node_bytes(b), err);
}

/* A launch a part, of the shares that begin in it. */
static gf_status launch_parts(struct board *b, const struct span *span, gf_error *err)
{
	const size_t share = (size_t)b->bound.blocks * GRID_BLOCK;
	gf_status status = GF_OK;
	size_t from = 0, to;

	while (from < b->bound.items && !status) {
		const struct part *part = board_part(b, span->first + from * share);
		const size_t end = part->first + part->rows - span->first;

		to = (end + share - 1) / share;
		to = to < b->bound.items ? to : b->bound.items;
		status = launch_part(b, span, part, from, to, err);
		from = to;
	}
	return status;
}

static gf_status launch_gradient(struct board *b, const struct span *span, gf_error *err)
{
	const struct part batch = {.x = b->gx};

	if (b->parts_count == 1)
		return run_kernel(&b->gradient, board_items(b, &b->gradient, b->bound.items),
			board_row_bytes(b, span->rows) + b->bound.items * node_bytes(b), err);
	if (span->gathered)
		return launch_part(b, span, &batch, 0, b->bound.items, err);
	return launch_parts(b, span, err);
}

gf_status board_pass(struct board *b, const struct span *span, gf_error *err)
{
	gf_status status = bind(b, span, err);
	size_t count = b->bound.items, f;

	if (!status)
		status = launch_gradient(b, span, err);
	for (f = 0; f < b->folds && !status; f++) {
		const size_t runs = (count + FOLD_RUN - 1) / FOLD_RUN;

		status = run_kernel(&b->fold[f], runs * b->node * (GRID_LANES / b->family->abreast),
			(count + runs) * node_bytes(b), err);
		count = runs;
	}
	return status;
}

/* ---- from the root to the next parameters ---- */

gf_status board_update(
	struct board *b, const struct plan *plan, cl_uint record, cl_ulong slot, gf_error *err)
{
	const cl_ulong rate = plan->rates_constant ? 0 : slot * RATES;
	const struct kernel_arg norm[] = {ARG(rate)};
	const struct kernel_arg args[] = {ARG(record), ARG(slot), ARG(rate)};
	gf_status status = GF_OK;

	if (b->problem.update.clip_norm) {
		status = kernel_set(&b->norm, 6, norm, 1, err);
		if (!status)
			status = run_kernel(&b->norm, board_items(b, &b->norm, 1), 0, err);
	}
	if (!status)
		status = kernel_set(&b->update, 9, args, 3, err);
	return status ? status
		      : run_kernel(&b->update, board_vectors(b) * GRID_LANES / b->family->abreast,
				0, err);
}

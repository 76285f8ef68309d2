/* pass_over.c: one pass over rows, the tree over its nodes, and the update: who does how much of
 * it. */
#include "cl_engine.h"

/* ---- shares ---- */

size_t pass_items(const struct cl_engine *e, const struct kernel *kernel, size_t shares)
{
	return e->variant.kernels->by_work_group ? shares * kernel->local : shares;
}

static struct share share_of(size_t rows, size_t blocks)
{
	return (struct share){.rows = rows,
		.blocks = (cl_uint)blocks,
		.levels = (cl_uint)tree_levels(blocks) + 1,
		.items = (block_count(rows) + blocks - 1) / blocks};
}

/* As many blocks to a share as in a pass over all rows fit the buffers, whatever the rows. */
struct share pass_share(const struct cl_engine *e, size_t rows)
{
	const size_t wanted =
		e->tuning.blocks ? e->tuning.blocks
				 : variant_chunk_blocks(&e->variant, &e->problem, &e->dev, rows);
	const struct share s = share_of(rows, wanted), *most = &e->most;

	if (most->rows &&
		(s.items > most->items || s.items * s.levels > most->items * most->levels))
		return share_of(rows, most->blocks);
	return s;
}

/* ---- launches ---- */

static size_t node_bytes(const struct cl_engine *e)
{
	return e->node * SUM_LANES * sizeof(float);
}

static const struct device_rows *rows_of(const struct cl_engine *e, const struct span *span)
{
	return span->gathered ? &e->data->batch : &e->data->all;
}

/* Shares [from, to) of the span, which begin in that part. */
static gf_status launch_part(struct cl_engine *e, const struct span *span,
	const struct share *share, const struct x_part *part, size_t from, size_t to, gf_error *err)
{
	const struct device_rows *data = rows_of(e, span);
	const struct buffer *params = span->probe ? &e->probe : &e->params;
	const cl_ulong of_share = (cl_ulong)share->blocks * BLOCK_ROWS, before = from;
	const cl_ulong left = span->rows - from * of_share;
	const cl_ulong rows = (to - from) * of_share < left ? (to - from) * of_share : left;
	const cl_ulong first = span->first + from * of_share - part->first, shift = part->first;
	const struct kernel_arg args[] = {ARG_MEM(part->x), ARG_MEM(data->y),
		ARG_MEM(data->weights), ARG_MEM(e->data->class_shares), ARG_MEM(*params),
		ARG_MEM(e->scratch), ARG_MEM(e->nodes), ARG(data->y_stride), ARG(e->features),
		ARG(e->outputs), ARG(share->blocks), ARG(share->levels), ARG(rows), ARG(first),
		ARG(shift), ARG(before), ARG(e->loss_number)};

	return run_launch(&e->gradient, ARGS(args), pass_items(e, &e->gradient, to - from),
		device_data_bytes(e->data, rows) + (to - from) * node_bytes(e), err);
}

/* A launch a part, of the shares that begin in it. */
static gf_status launch_parts(
	struct cl_engine *e, const struct span *span, const struct share *share, gf_error *err)
{
	const struct device_rows *data = rows_of(e, span);
	const size_t rows = (size_t)share->blocks * BLOCK_ROWS;
	gf_status status = GF_OK;
	size_t from = 0, to;

	while (from < share->items && !status) {
		const struct x_part *part = device_rows_part(data, span->first + from * rows);
		const size_t end = part->first + part->rows - span->first;

		to = (end + rows - 1) / rows;
		to = to < share->items ? to : share->items;
		status = launch_part(e, span, share, part, from, to, err);
		from = to;
	}
	return status;
}

/* Numbers in a node. */
static cl_ulong node_size(const struct cl_engine *e)
{
	return e->node * (SUM_LANES / e->variant.kernels->width);
}

static size_t runs_of(size_t nodes)
{
	return (nodes + FOLD_RUN - 1) / FOLD_RUN;
}

/* The runs of count nodes, to one node each. */
static gf_status launch_fold(struct cl_engine *e, const struct buffer *in, struct buffer *out,
	cl_ulong count, cl_ulong stride, size_t runs, gf_error *err)
{
	const cl_ulong size = node_size(e);
	const struct kernel_arg args[] = {
		ARG_MEM(*in), ARG_MEM(*out), ARG(count), ARG(stride), ARG(size)};

	return run_launch(&e->fold, ARGS(args), runs * size, (count + runs) * node_bytes(e), err);
}

/* The tree over count nodes, each of which is the first of `levels` in the buffer of nodes. */
static gf_status launch_folds(
	struct cl_engine *e, cl_ulong count, cl_ulong levels, struct buffer **root, gf_error *err)
{
	cl_ulong stride = levels * node_size(e);
	gf_status status = GF_OK;
	size_t turn;

	*root = &e->nodes;
	for (turn = 0; count > 1 && !status; turn++) {
		struct buffer *out = &e->folded[turn % 2];
		const size_t runs = runs_of(count);

		status = launch_fold(e, *root, out, count, stride, runs, err);
		*root = out;
		count = runs;
		stride = node_size(e);
	}
	return status;
}

gf_status pass_over(
	struct cl_engine *e, const struct span *span, struct buffer **root, gf_error *err)
{
	const struct share share = pass_share(e, span->rows);
	gf_status status = launch_parts(e, span, &share, err);

	return status ? status : launch_folds(e, share.items, share.levels, root, err);
}

gf_status pass_over_none(struct cl_engine *e, gf_error *err)
{
	const struct span none = {.rows = 0};
	const struct share share = pass_share(e, e->problem.batch_size);
	gf_status status =
		launch_part(e, &none, &share, &e->data->all.parts[0], 0, share.items, err);

	if (status || e->most.items == 1)
		return status;
	return launch_fold(e, &e->nodes, &e->folded[0], 0, 1, runs_of(share.items), err);
}

/* ---- from the root to the next parameters ---- */

/* Over the first outputs, as launch_update. */
static gf_status launch_norm(
	struct cl_engine *e, struct buffer *root, cl_uint outputs, cl_ulong rate, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root), ARG_MEM(e->params), ARG_MEM(e->rates),
		ARG_MEM(e->clip), ARG(e->features), ARG(outputs), ARG(rate)};

	return run_launch(&e->norm, ARGS(args), pass_items(e, &e->norm, 1), 0, err);
}

/* slot: of the loss; rate: where the step's begin. */
struct moves {
	cl_ulong slot, rate;
	cl_uint outputs, record;
};

/* Work-items of update: kernels/places.cl. */
static size_t places_of(const struct cl_engine *e)
{
	return e->variant.kernels->by_work_group ? e->parameters
						 : e->outputs * (e->sum_order.chunks + 1);
}

static gf_status launch_update(
	struct cl_engine *e, struct buffer *root, const struct moves *m, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root), ARG_MEM(e->params), ARG_MEM(e->losses),
		ARG_MEM(e->steps), ARG_MEM(e->rates), ARG_MEM(e->clip), ARG(e->features),
		ARG(m->outputs), ARG(m->record), ARG(m->slot), ARG(m->rate)};

	if (e->problem.update.clip_norm)
		TRY(launch_norm(e, root, m->outputs, m->rate, err));
	return run_launch(&e->update, ARGS(args), places_of(e), 0, err);
}

gf_status pass_update(struct cl_engine *e, const struct plan *plan, struct buffer *root,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct moves moves = {.slot = slot,
		.rate = plan->rates_constant ? 0 : slot * RATES,
		.outputs = e->outputs,
		.record = record};

	return launch_update(e, root, &moves, err);
}

gf_status pass_update_none(struct cl_engine *e, gf_error *err)
{
	const struct moves none = {.outputs = 0};

	return launch_update(e, &e->nodes, &none, err);
}

/*
 * cl_sparse.c: a linear model's steps, losses and outputs from sparse rows (kernels/sparse.cl).
 *
 * The root of the sums is laid out as that of dense rows, so the update is cl_linear.c's, except
 * where it need not go beyond the features that the rows of a step have.  The gradients of features
 * that they do not have are zeros in the root.
 */
#include "cl_engine.h"
#include "device_sparse.h"

#include <float.h>
#include <stdlib.h>

enum { LANES_LOCAL = 64 /* work-group size of kernels whose work-items have little work */ };

struct sparse_pass {
	struct kernel rows, blocks, root, columns, update, record, clear;
	struct buffer losses, slopes; /* (K, stride) */
	struct buffer leaves;         /* (blocks, K, 2) vectors of 16 floats */
	cl_ulong stride;
};

/* ---- what fits ---- */

static gf_status check_problem(const struct problem *problem, gf_error *err)
{
	if (problem->hidden.count)
		return dataset_check_dense(problem->data,
			"the first layer of a network takes all features of a row", err);
	return GF_OK;
}

/* Sums of fewer features than 9 have another order. */
static gf_status init(struct cl_engine *e, gf_error *err)
{
	struct pass *p = &e->pass;

	TRY(check_problem(&e->problem, err));
	if (e->sum_order.lanes < SUM_LANES)
		return gf_fail(err, GF_E_USAGE,
			"the rows are sparse, of %u features; wanted: 9 features or more",
			e->features);
	e->sparse_pass = calloc(1, sizeof *e->sparse_pass);
	if (!e->sparse_pass)
		return gf_fail_memory(err, sizeof *e->sparse_pass, "a pass over sparse rows");
	e->sparse_pass->stride = block_count(e->problem.data->rows) * BLOCK_ROWS;
	p->dev = &e->dev;
	p->variant = &e->variant;
	p->problem = &e->problem;
	p->tuning = &e->tuning;
	p->features = e->features;
	p->outputs = e->outputs;
	p->node = (cl_ulong)e->outputs * 2;
	p->loss_number = pass_loss_number(&e->problem);
	return GF_OK;
}

static size_t rows_beyond(const struct cl_engine *e)
{
	(void)e;
	return 0;
}

/* Returns 1 if a step may take fewer rows than those that train. */
static int takes_batches(const struct cl_engine *e)
{
	return e->problem.batch_size < e->problem.train_rows;
}

/* Returns 1 if steps may leave the parameters alone whose features a batch does not have. */
static int is_lazy(const struct cl_engine *e)
{
	return takes_batches(e) && update_is_lazy(&e->problem.update);
}

/* ---- kernels and buffers ---- */

static gf_status new_kernels(struct cl_engine *e, gf_error *err)
{
	struct sparse_pass *s = e->sparse_pass;
	const size_t local = e->variant.kernels->local, items = e->variant.items;
	const size_t pass = items ? items : local, alone = items ? items : 1;
	const struct wanted_kernel kernels[] = {
		{&e->outputs_kernel, "sparse_outputs", local, 1},
		{&s->rows, "sparse_rows", local, 1},
		{&s->blocks, "sparse_blocks", LANES_LOCAL, 1},
		{&s->root, "sparse_root", local, 1},
		{&s->columns, "sparse_columns", e->variant.kernels->by_work_group ? LANES_LOCAL : 1,
			1},
		{&s->update, "sparse_update", LANES_LOCAL, is_lazy(e)},
		{&s->record, "sparse_record", LANES_LOCAL, is_lazy(e)},
		{&s->clear, "sparse_clear", LANES_LOCAL, takes_batches(e)},
		{&e->pass.fold, "fold", local, 1},
		{&e->norm, "norm", alone, e->problem.update.clip_norm},
		{&e->update, "update", pass, 1},
		{&e->loss, "loss", alone, 1},
	};

	return cl_engine_new_kernels(e, kernels, sizeof kernels / sizeof *kernels, err);
}

static void free_kernels(struct cl_engine *e)
{
	struct sparse_pass *s = e->sparse_pass;
	struct kernel *const kernels[] = {
		&e->outputs_kernel, &e->pass.fold, &e->norm, &e->update, &e->loss};
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
	if (!s)
		return;
	kernel_free(&s->rows);
	kernel_free(&s->blocks);
	kernel_free(&s->root);
	kernel_free(&s->columns);
	kernel_free(&s->update);
	kernel_free(&s->record);
	kernel_free(&s->clear);
}

/* pass.nodes is the root, and pass.scratch what softmax keeps of each row. */
static gf_status new_buffers(struct cl_engine *e, gf_error *err)
{
	struct sparse_pass *s = e->sparse_pass;
	const size_t blocks = block_count(e->problem.data->rows), K = e->outputs;
	const size_t leaf = e->pass.node * SUM_LANES, runs = parts_of(blocks, FOLD_RUN);
	const size_t root = variant_node_vectors(&e->problem) * SUM_LANES;
	const int softmax = e->problem.loss == GF_LOSS_cross_entropy;

	TRY(buffer_floats(&s->losses, &e->dev, "losses of rows", K * s->stride, err));
	TRY(buffer_floats(&s->slopes, &e->dev, "slopes of rows", K * s->stride, err));
	TRY(buffer_floats(&s->leaves, &e->dev, "leaves", blocks * leaf, err));
	TRY(buffer_floats(&e->pass.folded[0], &e->dev, "folded", runs * leaf, err));
	TRY(buffer_floats(
		&e->pass.folded[1], &e->dev, "folded again", parts_of(runs, FOLD_RUN) * leaf, err));
	TRY(buffer_floats(&e->pass.scratch, &e->dev, "scratch",
		softmax ? s->stride * SOFTMAX_VALUES(K) : 1, err));
	return buffer_zeros(&e->pass.nodes, &e->dev, "root", root, err);
}

static void free_buffers(struct cl_engine *e)
{
	struct sparse_pass *s = e->sparse_pass;

	pass_free_buffers(&e->pass);
	if (!s)
		return;
	buffer_free(&s->losses);
	buffer_free(&s->slopes);
	buffer_free(&s->leaves);
}

/* ---- from rows to the root of their sums ---- */

/* Returns the bytes of so many numbers with their places. */
static size_t bytes_of(size_t numbers)
{
	return numbers * (sizeof(cl_uint) + sizeof(cl_float));
}

/* Returns about how many bytes of x so many rows have. */
static size_t row_bytes(const struct cl_engine *e, cl_ulong rows)
{
	return (size_t)((double)bytes_of(e->data->sparse->numbers) * (double)rows /
			(double)e->data->rows);
}

/* A launch for no row has the size of one for all. */
static size_t rows_launched(const struct cl_engine *e, const struct row_range *range)
{
	return range->rows ? range->rows : e->problem.train_rows;
}

static gf_status launch_rows(struct cl_engine *e, const struct row_range *range,
	const struct sparse_source *x, const struct buffer *params, gf_error *err)
{
	struct sparse_pass *s = e->sparse_pass;
	struct device_data *d = e->data;
	const size_t tile = e->variant.kernels->by_work_group ? 1 : TILE_ROWS;
	const struct kernel_arg args[] = {ARG_MEM(*x->start), ARG_MEM(*x->index),
		ARG_MEM(*x->value), ARG_MEM(*x->y), ARG_MEM(*x->weights), ARG_MEM(d->class_shares),
		ARG_MEM(*params), ARG_MEM(e->pass.scratch), ARG_MEM(s->losses), ARG_MEM(s->slopes),
		ARG(x->y_stride), ARG(s->stride), ARG(e->features), ARG(e->outputs), ARG(x->first),
		ARG(range->rows), ARG(e->pass.loss_number)};

	return run_launch(&s->rows, ARGS(args), parts_of(rows_launched(e, range), tile),
		row_bytes(e, range->rows) + range->rows * e->outputs * 2 * sizeof(float), err);
}

static gf_status launch_blocks(struct cl_engine *e, const struct row_range *range, gf_error *err)
{
	struct sparse_pass *s = e->sparse_pass;
	const size_t blocks = block_count(rows_launched(e, range));
	const struct kernel_arg args[] = {ARG_MEM(s->losses), ARG_MEM(s->slopes),
		ARG_MEM(s->leaves), ARG(s->stride), ARG(e->outputs), ARG(range->rows)};

	return run_launch(&s->blocks, ARGS(args), blocks * e->outputs * SUM_LANES,
		range->rows * e->outputs * 2 * sizeof(float), err);
}

static gf_status launch_root(
	struct cl_engine *e, const struct buffer *top, cl_uint outputs, gf_error *err)
{
	const struct kernel_arg args[] = {
		ARG_MEM(*top), ARG_MEM(e->pass.nodes), ARG(e->features), ARG(outputs)};

	return run_launch(&e->sparse_pass->root, ARGS(args), e->outputs, 0, err);
}

/* Sums the runs of a rank of a part's columns; bundles: how many, 0 for a launch of nothing. */
static gf_status launch_columns(struct cl_engine *e, const struct device_columns *c,
	const struct sparse_part *part, cl_uint rank, cl_uint bundles, cl_ulong rows, gf_error *err)
{
	struct sparse_pass *s = e->sparse_pass;
	const size_t lanes = e->variant.kernels->by_work_group ? SUM_LANES : 1;
	const cl_uint first = part->bundle[rank];
	const struct kernel_arg args[] = {ARG_MEM(c->bundle), ARG_MEM(c->to), ARG_MEM(c->row),
		ARG_MEM(c->value), ARG_MEM(s->slopes), ARG_MEM(c->above), ARG_MEM(e->pass.nodes),
		ARG(s->stride), ARG(c->above_stride), ARG(e->features), ARG(e->outputs), ARG(first),
		ARG(bundles), ARG(part->below), ARG(rank)};

	return run_launch(&s->columns, ARGS(args), bundles ? bundles * lanes : 1,
		rank ? 0 : e->outputs * row_bytes(e, rows), err);
}

/* Sums the gradients of weights. */
static gf_status sum_columns(struct cl_engine *e, const struct row_range *range,
	const struct sparse_source *x, gf_error *err)
{
	const struct sparse_part *part = x->part;
	cl_uint rank;

	for (rank = 0; rank < part->ranks; rank++)
		TRY(launch_columns(e, x->columns, part, rank,
			part->bundle[rank + 1] - part->bundle[rank], range->rows, err));
	return GF_OK;
}

/* Takes the rows to the losses and the gradients of biases at the root. */
static gf_status sum_rows(struct cl_engine *e, const struct row_range *range,
	const struct sparse_source *x, const struct buffer *params, gf_error *err)
{
	struct nodes top = {
		&e->sparse_pass->leaves, block_count(range->rows), pass_node_size(&e->pass)};

	TRY(launch_rows(e, range, x, params, err));
	TRY(launch_blocks(e, range, err));
	TRY(pass_tree(&e->pass, &top, err));
	return launch_root(e, top.buffer, e->outputs, err);
}

/* ---- the step of a batch ---- */

/* Returns the work-items of kernels/sparse_update.cl. */
static size_t update_items(const struct cl_engine *e, size_t chunks)
{
	const size_t lanes = e->variant.kernels->by_work_group ? SUM_LANES : 1;

	return e->outputs * (1 + chunks * lanes);
}

/* outputs: the first ones, 0 for a launch of nothing. */
static gf_status launch_update(struct cl_engine *e, const struct sparse_source *x, cl_uint outputs,
	cl_ulong rate, cl_ulong slot, gf_error *err)
{
	const struct sparse_part *part = x->part;
	const struct kernel_arg args[] = {ARG_MEM(x->columns->chunk), ARG_MEM(e->pass.nodes),
		ARG_MEM(e->params), ARG_MEM(e->losses), ARG_MEM(e->rates), ARG(part->chunk),
		ARG(part->chunks), ARG(e->features), ARG(outputs), ARG(slot), ARG(rate)};

	return run_launch(
		&e->sparse_pass->update, ARGS(args), update_items(e, part->chunks), 0, err);
}

static gf_status launch_record(
	struct cl_engine *e, cl_uint outputs, cl_ulong rate, cl_ulong slot, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(e->pass.nodes), ARG_MEM(e->params),
		ARG_MEM(e->steps), ARG_MEM(e->rates), ARG(e->features), ARG(outputs), ARG(slot),
		ARG(rate)};

	return run_launch(
		&e->sparse_pass->record, ARGS(args), update_items(e, e->sum_order.chunks), 0, err);
}

/* Makes the gradients of the batch's features zeros again. */
static gf_status launch_clear(
	struct cl_engine *e, const struct sparse_source *x, cl_uint outputs, gf_error *err)
{
	const struct sparse_part *part = x->part;
	const struct kernel_arg args[] = {ARG_MEM(x->columns->chunk), ARG_MEM(e->pass.nodes),
		ARG(part->chunk), ARG(part->chunks), ARG(e->features), ARG(outputs)};

	return run_launch(&e->sparse_pass->clear, ARGS(args),
		part->chunks ? e->outputs * (size_t)part->chunks : 1, 0, err);
}

/* Returns 1 if the step leaves parameters without a gradient as they are. */
static int is_lazy_step(const struct cl_engine *e, const struct plan *plan, size_t slot)
{
	const double *rates = plan_rates(plan, slot);

	return is_lazy(e) && rates[RATE_DECAY] == 0.0 && rates[RATE_SHRINK] == 0.0 &&
	       rates[RATE_L2] == 0.0 && rates[RATE_LR] <= FLT_MAX;
}

static struct nodes root_of(const struct cl_engine *e)
{
	return (struct nodes){&e->pass.nodes, 1, 0};
}

static gf_status step(struct cl_engine *e, const struct plan *plan, const struct row_range *range,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct nodes root = root_of(e);
	struct sparse_source x;

	TRY(device_sparse_find(e->data, range->first, range->rows, range->gathered, 1, &x, err));
	TRY(sum_rows(e, range, &x, &e->params, err));
	TRY(sum_columns(e, range, &x, err));
	if (is_lazy_step(e, plan, slot)) {
		const cl_ulong rate = plan->rates_constant ? 0 : slot * RATES;

		if (record)
			TRY(launch_record(e, e->outputs, rate, slot, err));
		return launch_update(e, &x, e->outputs, rate, slot, err);
	}
	TRY(linear_update(e, plan, &root, record, slot, err));
	return takes_batches(e) ? launch_clear(e, &x, e->outputs, err) : GF_OK;
}

static gf_status loss(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, cl_float scale, gf_error *err)
{
	const struct nodes root = root_of(e);
	struct sparse_source x;

	TRY(device_sparse_find(e->data, range->first, range->rows, 0, 0, &x, err));
	TRY(sum_rows(e, range, &x, params, err));
	return linear_loss(e, &root, scale, e->outputs, err);
}

/* ---- rows that ranks share ---- */

/* The subtree before has left sums of features that the rows of this one may not have. */
static gf_status sums(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, int with_gradient, struct root *to, gf_error *err)
{
	struct sparse_source x;

	*to = linear_root(e, with_gradient);
	if (!with_gradient) {
		TRY(device_sparse_find(e->data, range->first, range->rows, 0, 0, &x, err));
		return sum_rows(e, range, &x, params, err);
	}
	TRY(device_sparse_share(e->data, range->first, range->rows, &x, err));
	TRY(run_clear(to->buffer, err));
	TRY(sum_rows(e, range, &x, params, err));
	return sum_columns(e, range, &x, err);
}

/* ---- outputs ---- */

static gf_status outputs(struct cl_engine *e, cl_ulong start, cl_ulong rows, gf_error *err)
{
	struct device_data *d = e->data;
	const struct kernel_arg args[] = {ARG_MEM(d->sparse->start), ARG_MEM(d->sparse->index),
		ARG_MEM(d->all.parts[0].x), ARG_MEM(e->probe), ARG_MEM(e->z), ARG(start), ARG(rows),
		ARG(e->features), ARG(e->outputs)};

	return run_launch(&e->outputs_kernel, ARGS(args), rows, row_bytes(e, rows), err);
}

/* ---- launches of nothing ---- */

/* Any buffers do where a launch does nothing. */
static struct sparse_source source_of_none(
	struct cl_engine *e, const struct device_columns *columns, const struct sparse_part *part)
{
	struct buffer *any = &e->pass.nodes;

	return (struct sparse_source){any, any, any, any, any, 0, 0, columns, part};
}

static gf_status step_none(struct cl_engine *e, gf_error *err)
{
	static const struct sparse_part part = {.ranks = 0};
	struct buffer any = e->pass.nodes;
	const struct device_columns columns = {NULL, any, any, any, any, any, any, 0};
	const struct sparse_source none = source_of_none(e, &columns, &part);

	TRY(launch_columns(e, &columns, &part, 0, 0, 0, err));
	if (is_lazy(e)) {
		TRY(launch_record(e, 0, 0, 0, err));
		TRY(launch_update(e, &none, 0, 0, 0, err));
	}
	if (takes_batches(e))
		TRY(launch_clear(e, &none, 0, err));
	return linear_class.step_none(e, err);
}

static gf_status loss_none(struct cl_engine *e, gf_error *err)
{
	const struct row_range none = {.rows = 0};
	const struct sparse_source x = source_of_none(e, NULL, NULL);
	const struct nodes root = root_of(e);

	TRY(launch_rows(e, &none, &x, &e->params, err));
	TRY(launch_blocks(e, &none, err));
	TRY(launch_root(e, &e->sparse_pass->leaves, 0, err));
	return linear_loss(e, &root, 0.0f, 0, err);
}

const struct pass_class sparse_class = {.init = init,
	.new_kernels = new_kernels,
	.new_buffers = new_buffers,
	.free_kernels = free_kernels,
	.free_buffers = free_buffers,
	.step = step,
	.loss = loss,
	.sums = sums,
	.root = linear_root,
	.take = linear_take,
	.take_loss = linear_take_loss,
	.outputs = outputs,
	.step_none = step_none,
	.loss_none = loss_none,
	.rows_beyond = rows_beyond};

/*
 * cl_ranks.c: passes over rows that an engine shares with those of other ranks.
 *
 * The device sums this rank's subtrees one after the other, each as a pass of its own; the host
 * exchanges the sums (exchange.h) and gives the device the root of them all, from which it goes on
 * as if it had summed all rows.
 */
#include "cl_engine.h"

#include <stdio.h>

gf_status ranks_open(struct cl_engine *e, gf_comm *comm, gf_error *err)
{
	return comm_size(comm) > 1 ? exchange_new(&e->exchange, comm, err) : GF_OK;
}

int ranks_share(const struct cl_engine *e, size_t rows)
{
	return e->exchange && e->pass_class->sums &&
	       exchange_shares(e->exchange, block_count(rows));
}

/* The columns of a share of a sparse batch would have to be made for each step. */
static int has_sparse_batches(const struct cl_engine *e)
{
	return e->problem.data->sparse && e->problem.batch_size < e->problem.train_rows;
}

int ranks_share_step(const struct cl_engine *e, size_t rows)
{
	return ranks_share(e, rows) && !has_sparse_batches(e);
}

/* A pass that is shared. */
struct shared_pass {
	struct cl_engine *e;
	const struct plan *plan;   /* of a step; NULL: the loss alone is wanted */
	const struct batch *batch; /* of a step */
	struct row_range range;    /* of a loss */
	const struct buffer *params;
};

static size_t rows_of(const struct shared_pass *p)
{
	return p->plan ? p->batch->count : (size_t)p->range.rows;
}

/* Sums a subtree of the pass; *root: where its sums are. */
static gf_status sum_subtree(
	const struct shared_pass *p, const struct subtree *tree, struct root *root, gf_error *err)
{
	const size_t from = tree->first * BLOCK_ROWS;
	struct row_range range = {
		.first = p->range.first + from, .rows = subtree_part(tree, BLOCK_ROWS, rows_of(p))};

	if (p->plan)
		TRY(streaming_rows(p->e, p->plan, p->batch, from, &range, err));
	return p->e->pass_class->sums(p->e, &range, p->params, p->plan != NULL, root, err);
}

static gf_status sum_mine(
	void *pass, const struct subtree *mine, size_t count, void *sums, gf_error *err)
{
	float *to = sums;
	size_t i;

	for (i = 0; i < count; i++) {
		struct root root;

		TRY(sum_subtree(pass, &mine[i], &root, err));
		TRY((i + 1 < count ? run_read_later : run_read)(root.buffer,
			root.first * sizeof *to, to + i * root.floats, root.floats * sizeof *to,
			err));
	}
	return GF_OK;
}

/* Sums the pass with the other ranks, to the root of its class. */
static gf_status sum_all(struct shared_pass *p, gf_error *err)
{
	const struct root root = p->e->pass_class->root(p->e, p->plan != NULL);
	const struct sum_shape shape = {
		.blocks = block_count(rows_of(p)), .numbers = root.floats, .size = sizeof(float)};
	const void *sum;

	TRY(exchange_take(p->e->exchange, &shape, sum_mine, p, &sum, err));
	/* It waits, since the next exchange may write over the sum. */
	return run_write(
		root.buffer, root.first * sizeof(float), sum, root.floats * sizeof(float), err);
}

gf_status ranks_step(struct cl_engine *e, const struct plan *plan, const struct batch *batch,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	struct shared_pass p = {.e = e, .plan = plan, .batch = batch, .params = &e->params};

	TRY(sum_all(&p, err));
	return e->pass_class->take(e, plan, record, slot, err);
}

gf_status ranks_loss(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, cl_float scale, gf_error *err)
{
	struct shared_pass p = {.e = e, .range = *range, .params = params};

	TRY(sum_all(&p, err));
	return e->pass_class->take_loss(e, scale, err);
}

void ranks_describe(const struct engine *engine, char *text, size_t size)
{
	const struct cl_engine *e = (const struct cl_engine *)engine;

	if (!e->exchange)
		return;
	if (e->base.word != GF_ENGINE_streaming)
		snprintf(text, size, "each of %zu takes all steps, since engine %s shares none",
			exchange_ranks(e->exchange), engine_word(e->base.word));
	else if (has_sparse_batches(e))
		snprintf(text, size,
			"each of %zu takes all steps, since batches of sparse rows "
			"are not shared",
			exchange_ranks(e->exchange));
	else
		exchange_describe(e->exchange, block_count(e->problem.batch_size), text, size);
}

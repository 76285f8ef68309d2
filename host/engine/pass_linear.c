/* pass_linear.c: the pass of a linear model: how its rows are cut into chunks, and its launches. */
#include "pass.h"

/* ---- chunks ---- */

size_t pass_items(const struct pass *p, const struct kernel *kernel, size_t chunks)
{
	return p->variant->kernels->by_work_group ? chunks * kernel->local : chunks;
}

static struct chunks chunks_of(size_t rows, size_t blocks)
{
	return (struct chunks){.rows = rows,
		.blocks = (cl_uint)blocks,
		.levels = (cl_uint)tree_levels(blocks) + 1,
		.count = (block_count(rows) + blocks - 1) / blocks};
}

/* Returns how so many rows are cut into chunks, for which the buffers have room: chunks as long as
 * in a pass over all rows always fit. */
static struct chunks cut(const struct pass *p, size_t rows)
{
	const size_t wanted = p->blocks_wanted
				      ? p->blocks_wanted
				      : variant_chunk_blocks(p->variant, p->problem, p->dev, rows);
	const struct chunks c = chunks_of(rows, wanted), *most = &p->most;

	if (most->rows &&
		(c.count > most->count || c.count * c.levels > most->count * most->levels))
		return chunks_of(rows, most->blocks);
	return c;
}

/* ---- memory ---- */

static gf_status check_loop_limit(const struct pass *p, gf_error *err)
{
	const size_t iterations = variant_iterations(p->problem, p->most.blocks);

	if (iterations <= p->dev->loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s ends loops after %zu iterations; %u features and %u outputs take "
		"about %zu",
		p->dev->id.info.name, p->dev->loop_limit, p->features, p->outputs, iterations);
}

cl_float pass_loss_number(const struct problem *problem)
{
	struct loss_parameters parameters = problem->loss_parameters;
	double *number;

	return loss_parameter(problem->loss, &parameters, &number) ? (cl_float)*number : 0.0f;
}

gf_status pass_init(struct pass *p, struct device *dev, const struct variant *variant,
	const struct problem *problem, size_t blocks_wanted, gf_error *err)
{
	p->dev = dev;
	p->variant = variant;
	p->problem = problem;
	p->features = (cl_uint)problem->data->features;
	p->outputs = (cl_uint)problem->outputs;
	p->node = (cl_ulong)p->outputs * (sum_order_of(p->features).chunks + 2);
	p->loss_number = pass_loss_number(problem);
	p->blocks_wanted = blocks_wanted;
	p->most = cut(p, problem->data->rows);
	return check_loop_limit(p, err);
}

/* Returns the vectors of 16 floats that a chunk of cross_entropy keeps outputs in. */
static size_t scratch_vectors(const struct pass *p)
{
	if (p->problem->loss != GF_LOSS_cross_entropy)
		return 0;
	return p->variant->softmax_rows / TILE_ROWS * SOFTMAX_VALUES((size_t)p->outputs);
}

/* Returns the number of nodes of a pass over all rows; at least those that `resident` stacks. */
static size_t node_count(const struct pass *p)
{
	const size_t stack = tree_levels(block_count(p->problem->batch_size)) + 1;
	const size_t all = p->most.count * p->most.levels;

	return all > stack ? all : stack;
}

/* Returns the number of runs of nodes, each of which `fold` makes into one node. */
static size_t run_count(size_t nodes)
{
	return (nodes + FOLD_RUN - 1) / FOLD_RUN;
}

gf_status pass_new_buffers(struct pass *p, gf_error *err)
{
	const size_t node = p->node * SUM_LANES, runs = run_count(p->most.count);
	const size_t scratch = p->most.count * scratch_vectors(p) * SUM_LANES;

	TRY(buffer_floats(&p->nodes, p->dev, "nodes", node_count(p) * node, err));
	TRY(buffer_floats(&p->folded[0], p->dev, "folded", runs * node, err));
	TRY(buffer_floats(&p->folded[1], p->dev, "folded again", run_count(runs) * node, err));
	return buffer_floats(&p->scratch, p->dev, "scratch", scratch, err);
}

void pass_free_buffers(struct pass *p)
{
	buffer_free(&p->nodes);
	buffer_free(&p->folded[0]);
	buffer_free(&p->folded[1]);
	buffer_free(&p->scratch);
}

/* ---- launches ---- */

static size_t node_bytes(const struct pass *p)
{
	return p->node * SUM_LANES * sizeof(float);
}

/* A pass under way. */
struct launch {
	struct row_range range;
	struct chunks chunks;
	const struct device_rows *rows;
	const struct buffer *params; /* borrowed */
};

/* Launches chunks [from, to), which begin in that part of x. */
static gf_status launch_chunks(struct pass *p, const struct launch *l, const struct x_part *part,
	size_t from, size_t to, gf_error *err)
{
	const cl_ulong chunk_rows = (cl_ulong)l->chunks.blocks * BLOCK_ROWS, before = from;
	const cl_ulong left = l->range.rows - from * chunk_rows;
	const cl_ulong rows = (to - from) * chunk_rows < left ? (to - from) * chunk_rows : left;
	const cl_ulong first = l->range.first + from * chunk_rows - part->first;
	const cl_ulong shift = part->first;
	const struct kernel_arg args[] = {ARG_MEM(part->x), ARG_MEM(l->rows->y),
		ARG_MEM(l->rows->weights), ARG_MEM(p->data->class_shares), ARG_MEM(*l->params),
		ARG_MEM(p->scratch), ARG_MEM(p->nodes), ARG(l->rows->y_stride), ARG(p->features),
		ARG(p->outputs), ARG(l->chunks.blocks), ARG(l->chunks.levels), ARG(rows),
		ARG(first), ARG(shift), ARG(before), ARG(p->loss_number)};

	return run_launch(&p->gradient, ARGS(args), pass_items(p, &p->gradient, to - from),
		device_data_bytes(p->data, rows) + (to - from) * node_bytes(p), err);
}

/* Launches `gradient` once for each part of x, for the chunks that begin in it. */
static gf_status launch_parts(struct pass *p, const struct launch *l, gf_error *err)
{
	const size_t rows = (size_t)l->chunks.blocks * BLOCK_ROWS;
	size_t from = 0, to;

	while (from < l->chunks.count) {
		const struct x_part *part = device_rows_part(l->rows, l->range.first + from * rows);
		const size_t end = part->first + part->rows - l->range.first;

		to = (end + rows - 1) / rows;
		to = to < l->chunks.count ? to : l->chunks.count;
		TRY(launch_chunks(p, l, part, from, to, err));
		from = to;
	}
	return GF_OK;
}

/* Returns the size of a node in REALs: a work-item of `fold` sums one of them. */
static cl_ulong node_size(const struct pass *p)
{
	return p->node * (SUM_LANES / p->variant->kernels->width);
}

/* Takes each run of count nodes, which begin stride numbers apart, to one node. */
static gf_status launch_fold(struct pass *p, const struct buffer *in, struct buffer *out,
	cl_ulong count, cl_ulong stride, size_t runs, gf_error *err)
{
	const cl_ulong size = node_size(p);
	const struct kernel_arg args[] = {
		ARG_MEM(*in), ARG_MEM(*out), ARG(count), ARG(stride), ARG(size)};

	return run_launch(&p->fold, ARGS(args), runs * size, (count + runs) * node_bytes(p), err);
}

/* Launches the tree over the chunks' nodes, each the first of the `levels` of its stack. */
static gf_status launch_tree(
	struct pass *p, const struct chunks *chunks, struct buffer **root, gf_error *err)
{
	cl_ulong count = chunks->count, stride = chunks->levels * node_size(p);
	size_t turn;

	*root = &p->nodes;
	for (turn = 0; count > 1; turn++) {
		struct buffer *out = &p->folded[turn % 2];
		const size_t runs = run_count(count);

		TRY(launch_fold(p, *root, out, count, stride, runs, err));
		*root = out;
		count = runs;
		stride = node_size(p);
	}
	return GF_OK;
}

gf_status pass_sums(struct pass *p, const struct row_range *range, const struct buffer *params,
	struct buffer **root, gf_error *err)
{
	const struct launch l = {
		*range, cut(p, range->rows), device_data_rows(p->data, range->gathered), params};

	TRY(launch_parts(p, &l, err));
	return launch_tree(p, &l.chunks, root, err);
}

gf_status pass_sums_none(struct pass *p, const struct buffer *params, gf_error *err)
{
	const struct launch l = {
		{.rows = 0}, cut(p, p->problem->batch_size), &p->data->all, params};
	const size_t runs = run_count(l.chunks.count);

	TRY(launch_chunks(p, &l, &l.rows->parts[0], 0, l.chunks.count, err));
	return p->most.count == 1 ? GF_OK
				  : launch_fold(p, &p->nodes, &p->folded[0], 0, 1, runs, err);
}

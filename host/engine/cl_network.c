/*
 * cl_network.c: a network's steps, losses and outputs on a device, in two phases: its rows go
 * through all layers, forward and back, then its parameters sum over the rows
 * (kernels/network_rows.cl, network_sums.cl).
 *
 * A batch that is one chunk of rows becomes a step at once in the second phase, unless its gradient
 * is clipped to a norm.  Otherwise the sums of chunks go to nodes on a stack, of which neighbours
 * become one, so memory stays at the numbers of one chunk and a few nodes.
 */
#include "network_pass.h"

static size_t rows_beyond(const struct cl_engine *e)
{
	return e->network_pass->room;
}

/* ---- kernels and buffers ---- */

static gf_status new_kernels(struct cl_engine *e, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const int by_group = e->variant.kernels->by_work_group;
	const size_t local = e->variant.kernels->local, tile = by_group ? GROUP_ITEMS : local;
	const size_t alone = by_group ? GROUP_ITEMS : 1;
	const int resident = e->base.word == GF_ENGINE_resident;
	const struct wanted_kernel kernels[] = {
		{&n->rows, "network_rows", tile, 1},
		{&n->outputs, "network_outputs", tile, 1},
		{&n->sums, "network_sums", tile, 1},
		{&n->fold, "network_fold", local, 1},
		{&n->norm, "network_norm", alone, !resident && e->problem.update.clip_norm},
		{&n->update, "network_update", local, !resident},
		{&n->loss, "network_loss", alone, 1},
		{&n->resident, "network_resident", alone, resident},
	};

	return cl_engine_new_kernels(e, kernels, sizeof kernels / sizeof *kernels, err);
}

/* Returns the nodes on the stack of a pass over all rows. */
static size_t levels(const struct cl_engine *e)
{
	const size_t room = e->network_pass->room;

	return tree_levels(parts_of(e->problem.data->rows, room)) + 1;
}

static gf_status new_buffers(struct cl_engine *e, gf_error *err)
{
	struct network_pass *n = e->network_pass;

	TRY(buffer_floats(&n->tiles, &e->dev, "tiles", n->tile_floats, err));
	TRY(buffer_floats(&n->strips, &e->dev, "strips", n->strip_floats, err));
	return buffer_floats(
		&n->nodes, &e->dev, "nodes", (levels(e) + n->room / n->part_rows) * n->node, err);
}

static void free_buffers(struct cl_engine *e)
{
	struct network_pass *n = e->network_pass;

	if (!n)
		return;
	buffer_free(&n->tiles);
	buffer_free(&n->strips);
	buffer_free(&n->nodes);
}

static void free_kernels(struct cl_engine *e)
{
	struct network_pass *n = e->network_pass;
	struct kernel *const kernels[] = {&n->rows, &n->outputs, &n->sums, &n->fold, &n->norm,
		&n->update, &n->loss, &n->resident};
	size_t i;

	if (!n)
		return;
	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
}

/* ---- launches ---- */

/* Where a pass goes: to a step of the parameters or, with plan NULL, to its loss alone. */
struct launch {
	struct row_range range;
	const struct device_rows *rows;
	const struct buffer *params; /* borrowed */
	const struct plan *plan;     /* borrowed */
	cl_uint record;
	cl_ulong slot, rate;
	int is_none; /* 1: the kernels do nothing */
};

static cl_float negative_slope(const struct cl_engine *e)
{
	return (cl_float)e->problem.hidden.negative_slope;
}

/* Rows of a tile: kernels/network.cl. */
static size_t tile_rows(const struct cl_engine *e)
{
	return e->variant.kernels->by_work_group ? BLOCK_ROWS : TILE_ROWS;
}

static size_t tiles_of(const struct cl_engine *e, size_t rows)
{
	return parts_of(rows, tile_rows(e));
}

/* Returns the work-items of a kernel that has one, or a work-group, for each of count things. */
static size_t work_items(const struct cl_engine *e, const struct kernel *kernel, size_t count)
{
	return e->variant.kernels->by_work_group ? count * kernel->local : count;
}

/* Takes count rows of the range, from its row number `from` on, through the network. */
static gf_status launch_rows(
	struct cl_engine *e, const struct launch *l, size_t from, cl_ulong count, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const cl_ulong room = n->room, rows = l->is_none ? 0 : count;
	const cl_uint with_gradient = l->plan != NULL;
	const cl_float slope = negative_slope(e);
	const size_t beyond = device_data_beyond(e->data, l->range.first, room);
	struct x_part part;

	TRY(device_data_part(e->data, l->rows, l->range.first + from, beyond, &part, err));

	const cl_ulong first = l->range.first + from - part.first, shift = part.first;
	const struct kernel_arg args[] = {ARG_MEM(part.x), ARG_MEM(l->rows->y),
		ARG_MEM(l->rows->weights), ARG_MEM(e->data->class_shares), ARG_MEM(*l->params),
		ARG_MEM(n->tiles), ARG_MEM(n->strips), ARG(l->rows->y_stride), ARG(room), ARG(rows),
		ARG(first), ARG(shift), ARG(n->loss_number), ARG(slope), ARG(with_gradient)};

	return run_launch(&n->rows, ARGS(args), work_items(e, &n->rows, tiles_of(e, count)),
		device_data_bytes(e->data, count), err);
}

/* Makes `count` nodes on the stack from `from` on the one at `to`. */
static gf_status launch_fold(struct cl_engine *e, const struct launch *l, size_t to, size_t from,
	cl_uint count, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const cl_ulong to_node = to * n->node, from_node = from * n->node;
	const cl_ulong first = l->plan ? 0 : e->plane / SUM_LANES;
	const cl_ulong all = n->node / SUM_LANES - first, vectors = l->is_none ? 0 : all;
	const size_t width = e->variant.kernels->by_work_group ? SUM_LANES : 1;
	const struct kernel_arg args[] = {ARG_MEM(n->nodes), ARG(to_node), ARG(from_node),
		ARG(count), ARG(first), ARG(vectors)};

	return run_launch(&n->fold, ARGS(args), all * width, 0, err);
}

/* Sums over the rows of a chunk: into the nodes of its parts from that one on, or into a step if
 * `whole`. */
static gf_status launch_sums(struct cl_engine *e, const struct launch *l, cl_ulong rows, size_t to,
	cl_uint whole, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const cl_ulong room = n->part_rows, node = to * n->node;
	const size_t all = l->plan ? n->items : 1, groups = all * parts_of(rows ? rows : 1, room);
	const cl_uint first = (cl_uint)(l->is_none ? n->items : n->items - all);
	const struct kernel_arg args[] = {ARG_MEM(n->tiles), ARG_MEM(n->strips), ARG_MEM(n->nodes),
		ARG_MEM(e->params), ARG_MEM(e->losses), ARG_MEM(e->steps), ARG_MEM(e->rates),
		ARG(room), ARG(rows), ARG(node), ARG(l->slot), ARG(l->rate), ARG(whole),
		ARG(l->record), ARG(first)};

	return run_launch(&n->sums, ARGS(args), work_items(e, &n->sums, groups), 0, err);
}

/* Sums over the rows of a chunk, into the node at that level. */
static gf_status launch_chunk(struct cl_engine *e, const struct launch *l, size_t from, size_t rows,
	size_t level, gf_error *err)
{
	const size_t count = parts_of(rows, e->network_pass->part_rows), above = levels(e);

	TRY(launch_rows(e, l, from, rows, err));
	if (count == 1)
		return launch_sums(e, l, rows, level, 0, err);
	TRY(launch_sums(e, l, rows, above, 0, err));
	return launch_fold(e, l, level, above, (cl_uint)count, err);
}

/* Adds the last of `level` nodes to the one before it. */
static gf_status fold_top(struct cl_engine *e, const struct launch *l, size_t level, gf_error *err)
{
	return launch_fold(e, l, level - 2, level - 2, 2, err);
}

/* Adds nodes to the one of the last chunk, which is on top of the stack, as far as those beside
 * them are complete. */
static gf_status fold_forward(
	struct cl_engine *e, const struct launch *l, size_t chunk, size_t *level, gf_error *err)
{
	for (; chunk & 1; chunk >>= 1)
		TRY(fold_top(e, l, (*level)--, err));
	return GF_OK;
}

/* The same of a pass that began with the last of `count` chunks: an odd last node moves up. */
static gf_status fold_backward(struct cl_engine *e, const struct launch *l, size_t chunk,
	size_t count, size_t *level, gf_error *err)
{
	for (; count > 1 && !(chunk & 1); chunk /= 2, count = parts_of(count, 2))
		if (chunk + 1 < count)
			TRY(fold_top(e, l, (*level)--, err));
	return GF_OK;
}

/* Sums the chunks of the range; the root is then the first node. */
static gf_status launch_chunks(struct cl_engine *e, const struct launch *l, gf_error *err)
{
	const size_t room = e->network_pass->room, count = parts_of(l->range.rows, room);
	const int backward = device_data_backward(e->data, l->rows, l->range.first, l->range.rows);
	size_t done, level = 0;

	for (done = 0; done < count; done++) {
		const size_t chunk = backward ? count - 1 - done : done, from = chunk * room;
		const size_t left = l->range.rows - from, rows = left < room ? left : room;

		TRY(launch_chunk(e, l, from, rows, level++, err));
		TRY(backward ? fold_backward(e, l, chunk, count, &level, err)
			     : fold_forward(e, l, chunk, &level, err));
	}
	while (level > 1)
		TRY(fold_top(e, l, level--, err));
	return GF_OK;
}

static gf_status launch_norm(struct cl_engine *e, const struct launch *l, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const struct kernel_arg args[] = {ARG_MEM(n->nodes), ARG_MEM(e->params), ARG_MEM(e->rates),
		ARG_MEM(e->clip), ARG(l->rate)};

	return run_launch(&n->norm, ARGS(args), work_items(e, &n->norm, 1), 0, err);
}

static gf_status launch_update(struct cl_engine *e, const struct launch *l, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const cl_uint rows = l->is_none ? 0 : (cl_uint)n->parameter_rows;
	const struct kernel_arg args[] = {ARG_MEM(n->nodes), ARG_MEM(e->params), ARG_MEM(e->losses),
		ARG_MEM(e->steps), ARG_MEM(e->rates), ARG_MEM(e->clip), ARG(l->record),
		ARG(l->slot), ARG(l->rate), ARG(rows)};

	return run_launch(
		&n->update, ARGS(args), work_items(e, &n->update, n->parameter_rows), 0, err);
}

/* Takes the step from the root of the sums. */
static gf_status launch_step(struct cl_engine *e, const struct launch *l, gf_error *err)
{
	if (e->problem.update.clip_norm)
		TRY(launch_norm(e, l, err));
	return launch_update(e, l, err);
}

static gf_status step(struct cl_engine *e, const struct plan *plan, const struct row_range *range,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct launch l = {.range = *range,
		.rows = device_data_rows(e->data, range->gathered),
		.params = &e->params,
		.plan = plan,
		.record = record,
		.slot = slot,
		.rate = plan->rates_constant ? 0 : slot * RATES};

	if (range->rows <= e->network_pass->part_rows && !e->problem.update.clip_norm) {
		TRY(launch_rows(e, &l, 0, range->rows, err));
		return launch_sums(e, &l, range->rows, 0, 1, err);
	}
	TRY(launch_chunks(e, &l, err));
	return launch_step(e, &l, err);
}

/* The sums of losses are the last ones of a node. */
static struct root root(struct cl_engine *e, int with_gradient)
{
	const size_t first = with_gradient ? 0 : e->plane;

	return (struct root){&e->network_pass->nodes, first, e->network_pass->node - first};
}

static gf_status sums(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, int with_gradient, struct root *to, gf_error *err)
{
	const struct plan any = {.rates_constant = 1};
	const struct launch l = {.range = *range,
		.rows = device_data_rows(e->data, range->gathered),
		.params = params,
		.plan = with_gradient ? &any : NULL};

	*to = root(e, with_gradient);
	return launch_chunks(e, &l, err);
}

static gf_status take(
	struct cl_engine *e, const struct plan *plan, cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct launch l = {.plan = plan,
		.record = record,
		.slot = slot,
		.rate = plan->rates_constant ? 0 : slot * RATES};

	return launch_step(e, &l, err);
}

static gf_status steps(struct cl_engine *e, const struct resident_steps *s, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const struct device_rows *rows = device_data_rows(e->data, (int)s->gathered);
	const cl_ulong room = n->room;
	const cl_float slope = negative_slope(e);
	const struct kernel_arg args[] = {ARG_MEM(rows->parts[0].x), ARG_MEM(rows->y),
		ARG_MEM(rows->weights), ARG_MEM(e->data->class_shares), ARG_MEM(e->params),
		ARG_MEM(n->tiles), ARG_MEM(n->strips), ARG_MEM(n->nodes), ARG(rows->y_stride),
		ARG(room), ARG_MEM(e->losses), ARG_MEM(e->steps), ARG_MEM(e->rates),
		ARG(s->rate_stride), ARG(s->record), ARG(s->final_loss), ARG(s->gathered),
		ARG(s->rows), ARG(s->batch_size), ARG(s->batches), ARG(s->first), ARG(s->count),
		ARG(s->slot), ARG(n->loss_number), ARG(slope)};

	return run_launch(&n->resident, ARGS(args), work_items(e, &n->resident, 1),
		s->count * device_data_bytes(e->data, e->problem.batch_size), err);
}

/* ---- losses and outputs ---- */

static gf_status launch_loss(struct cl_engine *e, cl_float scale, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const struct kernel_arg args[] = {ARG_MEM(n->nodes), ARG_MEM(e->losses), ARG(scale)};

	return run_launch(&n->loss, ARGS(args), work_items(e, &n->loss, 1), 0, err);
}

static gf_status loss(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, cl_float scale, gf_error *err)
{
	const struct launch l = {.range = *range,
		.rows = device_data_rows(e->data, range->gathered),
		.params = params};

	TRY(launch_chunks(e, &l, err));
	return launch_loss(e, scale, err);
}

static gf_status outputs(struct cl_engine *e, cl_ulong start, cl_ulong rows, gf_error *err)
{
	struct network_pass *n = e->network_pass;
	const cl_float slope = negative_slope(e);
	struct x_part part;
	cl_ulong from;

	TRY(device_data_part(e->data, &e->data->all, start, 0, &part, err));
	for (from = 0; from < rows; from += n->room) {
		const cl_ulong left = rows - from, count = left < n->room ? left : n->room;
		const cl_ulong first = start + from - part.first;
		const struct kernel_arg args[] = {ARG_MEM(part.x), ARG_MEM(e->probe),
			ARG_MEM(n->tiles), ARG_MEM(e->z), ARG(first), ARG(from), ARG(count),
			ARG(slope)};

		TRY(run_launch(&n->outputs, ARGS(args),
			work_items(e, &n->outputs, tiles_of(e, count)),
			device_data_bytes(e->data, count), err));
	}
	return GF_OK;
}

/* ---- launches that do nothing ---- */

static gf_status step_none(struct cl_engine *e, gf_error *err)
{
	const struct plan plan = {.rates_constant = 1};
	const struct launch l = {.range = {.rows = e->problem.batch_size},
		.rows = &e->data->all,
		.params = &e->params,
		.plan = &plan,
		.is_none = 1};
	const size_t room = e->network_pass->room, batch = e->problem.batch_size;
	const int has_nodes = batch > e->network_pass->part_rows;

	TRY(launch_rows(e, &l, 0, batch < room ? batch : room, err));
	TRY(launch_sums(e, &l, 0, 0, 0, err));
	if (has_nodes)
		TRY(launch_fold(e, &l, 0, 0, 2, err));
	if (e->problem.update.clip_norm)
		TRY(launch_norm(e, &l, err));
	return has_nodes || e->problem.update.clip_norm ? launch_update(e, &l, err) : GF_OK;
}

static gf_status loss_none(struct cl_engine *e, gf_error *err)
{
	return launch_loss(e, 0.0f, err);
}

const struct pass_class network_class = {.init = network_sizes,
	.new_kernels = new_kernels,
	.new_buffers = new_buffers,
	.free_kernels = free_kernels,
	.free_buffers = free_buffers,
	.step = step,
	.steps = steps,
	.loss = loss,
	.sums = sums,
	.root = root,
	.take = take,
	.take_loss = launch_loss,
	.outputs = outputs,
	.step_none = step_none,
	.loss_none = loss_none,
	.rows_beyond = rows_beyond};

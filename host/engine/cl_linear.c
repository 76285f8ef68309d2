/*
 * cl_linear.c: a linear model's steps, losses and outputs: a pass over the rows (pass_linear.c),
 * and the update of the parameters from the root of its sums.
 */
#include "cl_engine.h"

static gf_status init(struct cl_engine *e, gf_error *err)
{
	return pass_init(&e->pass, &e->dev, &e->variant, &e->problem, &e->tuning, err);
}

static size_t rows_beyond(const struct cl_engine *e)
{
	return pass_chunk_rows(&e->pass);
}

/* ---- kernels and buffers ---- */

static gf_status new_kernels(struct cl_engine *e, gf_error *err)
{
	const size_t local = e->variant.kernels->local, items = e->variant.items;
	const size_t pass = items ? items : local, alone = items ? items : 1;
	const int resident = e->base.word == GF_ENGINE_resident;
	const struct wanted_kernel kernels[] = {
		{&e->outputs_kernel, "outputs", pass, 1},
		{&e->pass.gradient, "gradient", pass, 1},
		{&e->pass.fold, "fold", local, 1},
		{&e->norm, "norm", alone, !resident && e->problem.update.clip_norm},
		{&e->update, "update", pass, !resident},
		{&e->loss, "loss", alone, 1},
		{&e->resident, "resident", alone, resident},
	};

	return cl_engine_new_kernels(e, kernels, sizeof kernels / sizeof *kernels, err);
}

static gf_status new_buffers(struct cl_engine *e, gf_error *err)
{
	return pass_new_buffers(&e->pass, err);
}

static void free_kernels(struct cl_engine *e)
{
	struct kernel *const kernels[] = {&e->outputs_kernel, &e->pass.gradient, &e->pass.fold,
		&e->norm, &e->update, &e->loss, &e->resident};
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
}

static void free_buffers(struct cl_engine *e)
{
	pass_free_buffers(&e->pass);
}

/* ---- from the root of sums to the next parameters ---- */

struct update_range {
	cl_ulong slot, rate; /* where the step's loss goes, and where its rates begin */
	cl_uint outputs;     /* the first outputs are updated */
	cl_uint record;
};

static gf_status launch_norm(
	struct cl_engine *e, const struct nodes *root, const struct update_range *u, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root->buffer), ARG_MEM(e->params),
		ARG_MEM(e->rates), ARG_MEM(e->clip), ARG(e->features), ARG(u->outputs),
		ARG(u->rate)};

	return run_launch(&e->norm, ARGS(args), pass_items(&e->pass, &e->norm, 1), 0, err);
}

/* Returns the work-items of update: kernels/places.cl, kernels/gpu_update.cl. */
static size_t update_items(const struct cl_engine *e)
{
	const size_t places = e->outputs * (e->sum_order.chunks + 1), local = e->update.local;
	const size_t group = local < SUM_LANES ? SUM_LANES : local;

	if (!e->variant.kernels->by_work_group)
		return places;
	return pass_items(&e->pass, &e->update, 1 + (places * SUM_LANES + group - 1) / group);
}

static gf_status launch_update(
	struct cl_engine *e, const struct nodes *root, const struct update_range *u, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root->buffer), ARG(root->count),
		ARG(root->stride), ARG_MEM(e->params), ARG_MEM(e->losses), ARG_MEM(e->steps),
		ARG_MEM(e->rates), ARG_MEM(e->clip), ARG(e->features), ARG(u->outputs),
		ARG(u->record), ARG(u->slot), ARG(u->rate)};

	if (e->problem.update.clip_norm)
		TRY(launch_norm(e, root, u, err));
	return run_launch(&e->update, ARGS(args), update_items(e), 0, err);
}

gf_status linear_update(struct cl_engine *e, const struct plan *plan, const struct nodes *root,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct update_range step = {.slot = slot,
		.rate = plan->rates_constant ? 0 : slot * RATES,
		.outputs = e->outputs,
		.record = record};

	return launch_update(e, root, &step, err);
}

static gf_status step_none(struct cl_engine *e, gf_error *err)
{
	const struct update_range none = {.outputs = 0};
	const struct nodes no_root = {&e->pass.nodes, 1, 0};

	return launch_update(e, &no_root, &none, err);
}

/* The loss of a single output is the first of its sums. */
static struct root root_in(struct buffer *buffer, const struct cl_engine *e, int with_gradient)
{
	const int whole = with_gradient || e->outputs > 1;
	const size_t vectors = whole ? variant_node_vectors(&e->problem) : 1;

	return (struct root){buffer, 0, vectors * SUM_LANES};
}

static gf_status sums(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, int with_gradient, struct root *root, gf_error *err)
{
	struct nodes top;

	TRY(pass_sums(&e->pass, range, params, &top, err));
	*root = root_in((struct buffer *)top.buffer, e, with_gradient);
	return GF_OK;
}

struct root linear_root(struct cl_engine *e, int with_gradient)
{
	return root_in(&e->pass.nodes, e, with_gradient);
}

gf_status linear_take(
	struct cl_engine *e, const struct plan *plan, cl_uint record, cl_ulong slot, gf_error *err)
{
	const struct nodes one = {&e->pass.nodes, 1, 0};

	return linear_update(e, plan, &one, record, slot, err);
}

static gf_status step(struct cl_engine *e, const struct plan *plan, const struct row_range *range,
	cl_uint record, cl_ulong slot, gf_error *err)
{
	struct nodes root;

	TRY(pass_sums(&e->pass, range, &e->params, &root, err));
	return linear_update(e, plan, &root, record, slot, err);
}

static gf_status steps(struct cl_engine *e, const struct resident_steps *s, gf_error *err)
{
	const struct device_rows *rows = device_data_rows(e->data, (int)s->gathered);
	const struct kernel_arg args[] = {ARG_MEM(rows->parts[0].x), ARG_MEM(rows->y),
		ARG_MEM(rows->weights), ARG_MEM(e->data->class_shares), ARG_MEM(e->params),
		ARG_MEM(e->pass.scratch), ARG_MEM(e->pass.nodes), ARG(rows->y_stride),
		ARG(e->features), ARG(e->outputs), ARG_MEM(e->losses), ARG_MEM(e->steps),
		ARG_MEM(e->rates), ARG(s->rate_stride), ARG(s->record), ARG(s->final_loss),
		ARG(s->gathered), ARG(s->rows), ARG(s->batch_size), ARG(s->batches), ARG(s->first),
		ARG(s->count), ARG(s->slot), ARG(e->pass.loss_number)};

	return run_launch(&e->resident, ARGS(args), pass_items(&e->pass, &e->resident, 1),
		s->count * device_data_bytes(e->data, e->problem.batch_size), err);
}

/* ---- losses and outputs ---- */

gf_status linear_loss(struct cl_engine *e, const struct nodes *root, cl_float scale,
	cl_uint outputs, gf_error *err)
{
	const struct kernel_arg args[] = {ARG_MEM(*root->buffer), ARG(root->count),
		ARG(root->stride), ARG_MEM(e->losses), ARG(scale), ARG(e->features), ARG(outputs)};

	return run_launch(&e->loss, ARGS(args), pass_items(&e->pass, &e->loss, 1), 0, err);
}

static gf_status loss_none(struct cl_engine *e, gf_error *err)
{
	const struct nodes no_root = {&e->pass.nodes, 1, 0};

	TRY(pass_sums_none(&e->pass, &e->params, err));
	return linear_loss(e, &no_root, 0.0f, 0, err);
}

static gf_status loss(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, cl_float scale, gf_error *err)
{
	struct nodes root;

	TRY(pass_sums(&e->pass, range, params, &root, err));
	return linear_loss(e, &root, scale, e->outputs, err);
}

gf_status linear_take_loss(struct cl_engine *e, cl_float scale, gf_error *err)
{
	const struct nodes one = {&e->pass.nodes, 1, 0};

	return linear_loss(e, &one, scale, e->outputs, err);
}

static gf_status outputs(struct cl_engine *e, cl_ulong start, cl_ulong rows, gf_error *err)
{
	const size_t tile = e->variant.row_tile, tiles = (rows + tile - 1) / tile;
	struct x_part part;

	TRY(device_data_part(e->data, &e->data->all, start, 0, &part, err));

	const cl_ulong first = start - part.first;
	const struct kernel_arg args[] = {ARG_MEM(part.x), ARG_MEM(e->probe), ARG_MEM(e->z),
		ARG(first), ARG(rows), ARG(e->features), ARG(e->outputs)};

	return run_launch(&e->outputs_kernel, ARGS(args),
		pass_items(&e->pass, &e->outputs_kernel, tiles), device_data_bytes(e->data, rows),
		err);
}

const struct pass_class linear_class = {.init = init,
	.new_kernels = new_kernels,
	.new_buffers = new_buffers,
	.free_kernels = free_kernels,
	.free_buffers = free_buffers,
	.step = step,
	.steps = steps,
	.loss = loss,
	.sums = sums,
	.root = linear_root,
	.take = linear_take,
	.take_loss = linear_take_loss,
	.outputs = outputs,
	.step_none = step_none,
	.loss_none = loss_none,
	.rows_beyond = rows_beyond};

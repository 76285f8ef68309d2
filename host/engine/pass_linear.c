/* pass_linear.c: the pass of a linear model: how its rows are cut into chunks, and its launches. */
#include "pass.h"

/* ---- chunks ---- */

size_t pass_items(const struct pass *p, const struct kernel *kernel, size_t chunks)
{
	return p->variant->kernels->by_work_group ? chunks * kernel->local : chunks;
}

/* Returns the number of runs of nodes, each of which `fold` makes into one node. */
static size_t run_count(size_t nodes)
{
	return parts_of(nodes, FOLD_RUN);
}

static int has_room(const struct chunks *most, const struct chunks *c)
{
	return c->wave <= most->wave && c->wave * c->levels <= most->wave * most->levels &&
	       chunks_folded(c) <= chunks_folded(most);
}

/* Returns how so many rows are cut into chunks, for which the buffers have room: chunks as long as
 * in a pass over all rows always fit. */
static struct chunks cut(const struct pass *p, size_t rows)
{
	const struct chunks *most = &p->most;
	const struct chunks c = variant_chunks(p->variant, p->problem, p->dev, p->tuning, rows);
	struct tuning same = *p->tuning;

	if (!most->rows || has_room(most, &c))
		return c;
	same.blocks = most->blocks;
	same.wave = most->wave;
	return variant_chunks(p->variant, p->problem, p->dev, &same, rows);
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
	const struct problem *problem, const struct tuning *tuning, gf_error *err)
{
	p->dev = dev;
	p->variant = variant;
	p->problem = problem;
	p->features = (cl_uint)problem->data->features;
	p->outputs = (cl_uint)problem->outputs;
	p->node = variant_node_vectors(problem);
	p->loss_number = pass_loss_number(problem);
	p->tuning = tuning;
	p->most = cut(p, problem->data->rows);
	return check_loop_limit(p, err);
}

/* Returns the number of nodes of a wave; at least those that `resident` stacks. */
static size_t node_count(const struct pass *p)
{
	const size_t stack = tree_levels(block_count(p->problem->batch_size)) + 1;
	const size_t all = p->most.wave * p->most.levels;

	return all > stack ? all : stack;
}

gf_status pass_new_buffers(struct pass *p, gf_error *err)
{
	const size_t node = p->node * SUM_LANES, runs = chunks_folded(&p->most);
	const size_t scratch = variant_scratch_vectors(p->variant, p->problem) * SUM_LANES;

	TRY(buffer_floats(&p->nodes, p->dev, "nodes", node_count(p) * node, err));
	TRY(buffer_floats(&p->folded[0], p->dev, "folded", runs * node, err));
	TRY(buffer_floats(&p->folded[1], p->dev, "folded again", run_count(runs) * node, err));
	return buffer_floats(&p->scratch, p->dev, "scratch", p->most.wave * scratch, err);
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
	int backward;                /* 1: begins with the last wave and its last chunks */
};

/* Launches chunks [from, to), which begin in one part of x.  before: the chunks of their wave
 * before them. */
static gf_status launch_chunks(struct pass *p, const struct launch *l, const struct x_part *part,
	size_t from, size_t to, cl_ulong before, gf_error *err)
{
	const cl_ulong chunk_rows = (cl_ulong)l->chunks.blocks * BLOCK_ROWS;
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

/* Returns the first chunk that begins in the part of x with that row, or behind it. */
static size_t chunk_at(const struct launch *l, size_t row)
{
	const size_t first = device_rows_first(l->rows, row);

	return first <= l->range.first
		       ? 0
		       : parts_of(first - l->range.first, (size_t)l->chunks.blocks * BLOCK_ROWS);
}

static size_t row_of(const struct launch *l, size_t chunk)
{
	return l->range.first + chunk * l->chunks.blocks * BLOCK_ROWS;
}

/* Returns the end of the launch that begins with chunk `from` of a wave [., end): its chunks begin
 * in one part of x, and are no more than a launch takes. */
static size_t launch_end(const struct launch *l, size_t from, size_t end)
{
	const size_t next = chunk_at(l, row_of(l, from) + l->rows->part_rows);
	const size_t to = next < end ? next : end;

	return to - from < l->chunks.launch ? to : from + l->chunks.launch;
}

/* Returns the beginning of the launch that ends with chunk `to` of a wave [first, .). */
static size_t launch_begin(const struct launch *l, size_t first, size_t to)
{
	const size_t at = chunk_at(l, row_of(l, to - 1));
	const size_t from = at > first ? at : first;

	return to - from < l->chunks.launch ? from : to - l->chunks.launch;
}

/* Launches `gradient` for the wave of chunks [first, end), from its end on if `backward`.  Each of
 * several launches is flushed, since the device may take long over it. */
static gf_status launch_wave(
	struct pass *p, const struct launch *l, size_t first, size_t end, gf_error *err)
{
	size_t from = first, to = end;
	const size_t beyond =
		device_data_beyond(p->data, l->range.first, (size_t)l->chunks.blocks * BLOCK_ROWS);
	struct x_part part;

	while (from < to) {
		const size_t begin = l->backward ? launch_begin(l, from, to) : from;
		const size_t stop = l->backward ? to : launch_end(l, from, to);

		TRY(device_data_part(p->data, l->rows, row_of(l, begin), beyond, &part, err));
		TRY(launch_chunks(p, l, &part, begin, stop, begin - first, err));
		if (l->backward)
			to = begin;
		else
			from = stop;
		if (from < to)
			TRY(run_flush(p->dev, err));
	}
	return GF_OK;
}

cl_ulong pass_node_size(const struct pass *p)
{
	return p->node * (SUM_LANES / p->variant->kernels->width);
}

/* Takes each run of the nodes to one node; these go to `out`, behind `before` of them. */
static gf_status launch_fold(struct pass *p, const struct nodes *in, struct buffer *out,
	cl_ulong before, size_t runs, gf_error *err)
{
	const cl_ulong size = pass_node_size(p);
	const struct kernel_arg args[] = {ARG_MEM(*in->buffer), ARG_MEM(*out), ARG(in->count),
		ARG(in->stride), ARG(size), ARG(before)};

	return run_launch(
		&p->fold, ARGS(args), runs * size, (in->count + runs) * node_bytes(p), err);
}

/* Launches all chunks, wave by wave, and sets the nodes that they leave: each is the first of the
 * `levels` of a chunk's stack, or that of a run of a wave. */
static gf_status launch_waves(
	struct pass *p, const struct launch *l, struct nodes *left, gf_error *err)
{
	const struct chunks *c = &l->chunks;
	const cl_ulong stride = c->levels * pass_node_size(p);
	const size_t waves = parts_of(c->count, c->wave), all = run_count(c->wave);
	size_t done;

	*left = (struct nodes){&p->nodes, c->count, stride};
	if (c->wave == c->count)
		return launch_wave(p, l, 0, c->count, err);
	for (done = 0; done < waves; done++) {
		const size_t wave = l->backward ? waves - 1 - done : done, first = wave * c->wave;
		const size_t rest = c->count - first, count = rest < c->wave ? rest : c->wave;
		const struct nodes nodes = {&p->nodes, count, stride};

		TRY(launch_wave(p, l, first, first + count, err));
		TRY(launch_fold(p, &nodes, &p->folded[0], wave * all, run_count(count), err));
	}
	*left = (struct nodes){&p->folded[0], chunks_folded(c), pass_node_size(p)};
	return GF_OK;
}

gf_status pass_tree(struct pass *p, struct nodes *nodes, gf_error *err)
{
	while (nodes->count > p->variant->root_nodes) {
		struct buffer *out = &p->folded[nodes->buffer == &p->folded[0]];
		const size_t runs = run_count(nodes->count);

		TRY(launch_fold(p, nodes, out, 0, runs, err));
		*nodes = (struct nodes){out, runs, pass_node_size(p)};
	}
	return GF_OK;
}

gf_status pass_sums(struct pass *p, const struct row_range *range, const struct buffer *params,
	struct nodes *root, gf_error *err)
{
	const struct device_rows *rows = device_data_rows(p->data, range->gathered);
	const struct launch l = {*range, cut(p, range->rows), rows, params,
		device_data_backward(p->data, rows, range->first, range->rows)};

	TRY(launch_waves(p, &l, root, err));
	return pass_tree(p, root, err);
}

gf_status pass_sums_none(struct pass *p, const struct buffer *params, gf_error *err)
{
	const struct launch l = {
		{.rows = 0}, cut(p, p->problem->batch_size), &p->data->all, params, 0};
	const size_t wave = l.chunks.wave;
	const struct nodes none = {&p->nodes, 0, 1};

	TRY(launch_chunks(p, &l, &l.rows->parts[0], 0, wave, 0, err));
	return p->most.count == 1 ? GF_OK
				  : launch_fold(p, &none, &p->folded[0], 0, run_count(wave), err);
}

/* cl_engine.c: opens an OpenCL engine: its device, program, data and buffers; and closes it. */
#include "cl_engine.h"
#include "clock.h"
#include "device_ring.h"

#include <stdio.h>
#include <stdlib.h>

/* Lays the layers' parameters out in a plane.  The rows of a linear model have the lanes of its
 * order of sums; those of a network, and its biases, whole vectors, on CPUs in strips of 16
 * inputs. */
static void lay_out(struct cl_engine *e)
{
	const size_t linear_row = e->sum_order.chunks * e->sum_order.lanes;
	const int hidden = e->problem.hidden.count > 0;
	const int in_strips = hidden && !e->variant.kernels->by_work_group;
	size_t l, at = 0;

	for (l = 0; l < e->network.count; l++) {
		const struct layer *layer = &e->network.layers[l];
		struct layer_plane *plane = &e->layers[l];

		plane->weights = at;
		plane->row = hidden ? whole_vectors(layer->inputs) : linear_row;
		plane->strip = in_strips ? SUM_LANES : plane->row;
		plane->biases = at + layer->outputs * plane->row;
		at = plane->biases + (hidden ? whole_vectors(layer->outputs) : layer->outputs);
	}
	e->plane = at;
}

static gf_status shape(struct cl_engine *e, size_t memory_limit, gf_error *err)
{
	const gf_dataset *data = e->problem.data;
	const struct network network = problem_network(&e->problem);
	const double parameters = (double)network.parameters;

	if (parameters * (double)SUM_LANES > 0x1p31)
		return gf_fail(err, GF_E_USAGE,
			"%zu features and %zu outputs make %.0f parameters; at most %.0f",
			data->features, e->problem.outputs, parameters, 0x1p31 / (double)SUM_LANES);
	e->network = network;
	e->features = (cl_uint)data->features;
	e->outputs = (cl_uint)e->problem.outputs;
	e->parameters = (cl_uint)network.parameters;
	e->planes = (cl_uint)problem_planes(&e->problem);
	e->sum_order = sum_order_of(e->features);
	e->pass_class = data->sparse              ? &sparse_class
			: e->problem.hidden.count ? &network_class
						  : &linear_class;
	lay_out(e);
	TRY(ring_size(&e->tuning, &e->problem, &e->dev, memory_limit,
		ring_unit_rows(&e->problem, e->base.word), err));
	return e->pass_class->init(e, err);
}

/* Those of the pass were made before. */
static gf_status new_buffers(struct cl_engine *e, gf_error *err)
{
	TRY(buffer_zeros(&e->params, &e->dev, "parameters", cl_engine_planes(e), err));
	TRY(buffer_floats(&e->rates, &e->dev, "rates", (size_t)STEPS_ROOM * RATES, err));
	TRY(buffer_zeros(&e->clip, &e->dev, "clip", 2, err));
	TRY(buffer_floats(&e->losses, &e->dev, "losses", STEPS_ROOM + 1, err));
	TRY(buffer_floats(&e->steps, &e->dev, "steps", 1, err));
	return buffer_floats(&e->none, &e->dev, "none", 1, err);
}

/* ---- program and kernels ---- */

static gf_status build_program(struct cl_engine *e, gf_error *err)
{
	char words[BUILD_WORDS];

	if (e->variant.engine == GF_ENGINE_moments && !e->dev.has_double)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"engine moments: device %s has no double precision, which its sums need",
			e->dev.id.info.name);
	variant_words(&e->variant, &e->problem, words);
	return program_build(&e->program, &e->dev, words, err);
}

gf_status cl_engine_new_kernels(
	struct cl_engine *e, const struct wanted_kernel *kernels, size_t count, gf_error *err)
{
	size_t *items = &e->variant.items, i;

	for (i = 0; i < count; i++) {
		const size_t local = e->tuning.local ? e->tuning.local : kernels[i].local;
		struct kernel *kernel = kernels[i].kernel;

		if (!kernels[i].wanted)
			continue;
		TRY(kernel_new(kernel, &e->dev, e->program, kernels[i].name, local, err));
		if (kernel->local < local && kernel->local < *items)
			*items = kernel->local;
	}
	return GF_OK;
}

static void free_kernels(struct cl_engine *e)
{
	kernel_free(&e->gather);
	e->pass_class->free_kernels(e);
}

/* A device may run a kernel with fewer work-items than its program was built for: the program is
 * then built anew, for as many. */
static gf_status new_kernels(struct cl_engine *e, gf_error *err)
{
	const struct wanted_kernel gather[] = {
		{&e->gather, "gather", e->variant.kernels->local, 1}};
	size_t items;

	do {
		items = e->variant.items;
		free_kernels(e);
		TRY(build_program(e, err));
		TRY(cl_engine_new_kernels(e, gather, 1, err));
		TRY(e->pass_class->new_kernels(e, err));
	} while (e->variant.items < items);
	return GF_OK;
}

/* ---- open and close ---- */

static gf_status new_numbers(struct cl_engine *e, gf_error *err)
{
	const size_t planes = cl_engine_planes(e) * sizeof(float);
	const size_t rates = (size_t)STEPS_ROOM * RATES * sizeof(float);

	e->host.planes = calloc(1, planes);
	e->marked.planes = malloc(planes);
	e->rounded = malloc(rates);
	return e->host.planes && e->marked.planes && e->rounded
		       ? GF_OK
		       : gf_fail_memory(err, 2 * planes + rates, "the host's copy of parameters");
}

/* Builds the program and fills the device's memory.  beside: data whose buffers may be shared, or
 * NULL. */
static gf_status fill(struct cl_engine *e, const struct device_data *beside, gf_error *err)
{
	const size_t beyond = e->pass_class->rows_beyond(e);
	const size_t unit = ring_unit_rows(&e->problem, e->base.word);
	const double start = clock_seconds();
	double built;

	TRY(new_numbers(e, err));
	TRY(new_kernels(e, err));
	built = clock_seconds();
	e->base.build_seconds = built - start;
	/* First of all, since one allocation may have no room for them. */
	TRY(e->pass_class->new_buffers(e, err));
	TRY(device_data_new(&e->data, &e->dev, &e->problem, &e->tuning, beyond,
		unit > beyond ? unit : beyond, beside, err));
	e->pass.data = e->data;
	e->data->batch_rows = e->variant.batch_rows;
	e->data->row_items = e->variant.kernels->by_work_group ? e->variant.lanes : 0;
	TRY(new_buffers(e, err));
	e->base.upload_seconds = clock_seconds() - built;
	return GF_OK;
}

/* Returns the most steps that are recorded at once: they take at most 16 MiB. */
static size_t record_limit(const struct cl_engine *e)
{
	const size_t fit = ((size_t)16 << 20) / (cl_engine_step(e) * sizeof(float));

	return fit < 1 ? 1 : fit > STEPS_ROOM ? STEPS_ROOM : fit;
}

void cl_engine_retire(struct engine *engine)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct buffer *const buffers[] = {&e->params, &e->marked.params, &e->rates, &e->clip,
		&e->losses, &e->steps, &e->probe, &e->z, &e->none};
	size_t i;

	for (i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_free(buffers[i]);
	if (e->pass_class)
		e->pass_class->free_buffers(e);
	free(e->host.planes);
	free(e->marked.planes);
	free(e->rounded);
	e->host.planes = e->marked.planes = e->rounded = NULL;
}

void cl_engine_drop_data(struct engine *engine)
{
	struct cl_engine *e = (struct cl_engine *)engine;

	device_data_free(e->data);
	e->data = NULL;
}

void cl_engine_close(struct engine *engine)
{
	struct cl_engine *e = (struct cl_engine *)engine;

	cl_engine_retire(engine);
	if (e->pass_class)
		free_kernels(e);
	free(e->network_pass);
	free(e->sparse_pass);
	exchange_free(e->exchange);
	device_data_free(e->data);
	device_close(&e->dev);
	free(e);
}

/* Returns 1 if a pass computes a loss, even if it is only that after the last step. */
static int sums_losses(const struct cl_engine *e, const struct uses *uses)
{
	return e->base.word != GF_ENGINE_resident || uses->validates ||
	       e->problem.batch_size < e->problem.train_rows;
}

static gf_status launch_all(struct cl_engine *e, const struct uses *uses, gf_error *err)
{
	if (uses->shuffles && !e->data->sparse)
		TRY(device_data_gather_none(e->data, &e->gather, err));
	TRY(e->launch_none(e, err));
	if (sums_losses(e, uses))
		TRY(e->pass_class->loss_none(e, err));
	return run_finish(&e->dev, err);
}

/* PoCL compiles a kernel at its first launch, for one size of a work-group and for few or many
 * work-items, so the launches that do nothing have the sizes of those that follow. */
gf_status cl_engine_warm_up(struct engine *engine, const struct uses *uses, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct timings *timings = e->dev.timings;
	const double start = clock_seconds();
	gf_status status;

	if (uses->shuffles && !e->data->sparse)
		TRY(device_data_need_batch(e->data, err));
	/* The profile has the launches of the training alone. */
	e->dev.timings = NULL;
	status = launch_all(e, uses, err);
	e->dev.timings = timings;
	e->base.build_seconds += clock_seconds() - start;
	return status;
}

gf_status cl_engine_audit(struct engine *engine, gf_error *err)
{
	return device_data_audit(((struct cl_engine *)engine)->data, err);
}

static gf_status refill(struct engine *engine, size_t rows, gf_error *err)
{
	return device_x_refill(((struct cl_engine *)engine)->data, rows, err);
}

uint64_t cl_engine_uploaded(const struct engine *engine)
{
	return ring_uploaded(((const struct cl_engine *)engine)->data);
}

static const struct engine_class cl_engine_class = {
	CL_ENGINE_MEMBERS, .close = cl_engine_close, .audit = cl_engine_audit, .refill = refill};

/* Returns NULL for the reference, which has no device, and for NULL. */
static const struct cl_engine *opencl_engine(const struct engine *engine)
{
	return engine && engine->word != GF_ENGINE_reference ? (const struct cl_engine *)engine
							     : NULL;
}

static gf_status open_device(
	struct cl_engine *e, const struct engine_options *options, gf_error *err)
{
	const double start = clock_seconds();
	const struct cl_engine *beside = opencl_engine(options->beside);
	const struct device_data *shared = NULL;

	e->profile = options->profile;
	TRY(device_open(&e->dev, options->device, options->profile || options->on_span,
		beside ? &beside->dev : NULL, err));
	if (options->on_span)
		timings_listen(e->dev.timings, options->on_span, options->user);
	if (beside && options->shares_data && beside->dev.context == e->dev.context)
		shared = beside->data;
	TRY(variant_of(&e->variant, &e->problem, &e->dev, e->base.word, &e->tuning, err));
	TRY(shape(e, options->memory_limit, err));
	TRY(ranks_open(e, options->comm, err));
	e->base.open_seconds = clock_seconds() - start;
	return fill(e, shared, err);
}

gf_status cl_engine_open(struct cl_engine **opened, const struct problem *problem,
	const struct engine_options *options, gf_engine word, cl_engine_launch *launch,
	gf_error *err)
{
	struct cl_engine *e = calloc(1, sizeof *e);
	gf_status status;

	*opened = NULL;
	if (!e)
		return gf_fail_memory(err, sizeof *e, "an engine");
	e->base.class = &cl_engine_class;
	e->base.word = word;
	e->launch = launch;
	e->launch_limit = STEPS_ROOM;
	e->problem = *problem;
	e->tuning = options->tuning;
	/* The root of a rank's sums is one node, which others can add to. */
	e->tuning.has_ranks = comm_size(options->comm) > 1;
	e->tuning.folds_all |= e->tuning.has_ranks;
	status = open_device(e, options, err);
	if (status) {
		cl_engine_close(&e->base);
		return status;
	}
	e->base.kernels = e->variant.kernels->word;
	snprintf(e->base.kernels_why, sizeof e->base.kernels_why, "%s", e->variant.kernels_why);
	e->base.chunk_steps = e->variant.chunk_steps;
	snprintf(e->base.device, sizeof e->base.device, "%s", e->dev.id.info.name);
	e->base.device_index = e->dev.id.info.index;
	e->base.record_limit = record_limit(e);
	e->base.parts = parts_of(e->data->rows, e->data->all.part_rows);
	e->base.parts_held =
		e->data->all.parts_count < e->base.parts ? e->data->all.parts_count : e->base.parts;
	e->base.step_seconds = variant_step_seconds(&e->problem, word, &e->dev);
	*opened = e;
	return GF_OK;
}

#include "cl_engine.h"
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- shapes ---- */

static gf_status within_loop_limit(const struct cl_engine *e, gf_error *err)
{
	const size_t turns = variant_iterations(&e->problem, e->most.blocks);

	if (turns <= e->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s ends loops after %zu turns; %u features and %u outputs take about %zu",
		e->dev.id.info.name, e->dev.loop_limit, e->features, e->outputs, turns);
}

/* The number that the loss has, rounded once; 0 where it has none. */
static cl_float loss_number(const struct problem *problem)
{
	struct loss_parameters parameters = problem->loss_parameters;
	double *number;

	return loss_parameter(problem->loss, &parameters, &number) ? (cl_float)*number : 0.0f;
}

static gf_status shape(struct cl_engine *e, gf_error *err)
{
	const gf_dataset *data = e->problem.data;
	const double parameters = (double)e->problem.outputs * ((double)data->features + 1.0);

	if (parameters * (double)SUM_LANES > 0x1p31)
		return gf_fail(err, GF_E_USAGE,
			"%zu features and %zu outputs make %.0f parameters; at most %.0f",
			data->features, e->problem.outputs, parameters, 0x1p31 / (double)SUM_LANES);
	e->features = (cl_uint)data->features;
	e->outputs = (cl_uint)e->problem.outputs;
	e->parameters = e->outputs * (e->features + 1);
	e->planes = (cl_uint)problem_planes(&e->problem);
	e->sum_order = sum_order_of(e->features);
	e->loss_number = loss_number(&e->problem);
	e->node = (cl_ulong)e->outputs * (e->sum_order.chunks + 2);
	e->most = pass_share(e, data->rows);
	return within_loop_limit(e, err);
}

/* ---- memory ---- */

gf_status cl_engine_floats(
	struct cl_engine *e, struct buffer *buf, const char *name, size_t floats, gf_error *err)
{
	return buffer_new(buf, &e->dev, name, floats * sizeof(float), err);
}

gf_status cl_engine_zeros(
	struct cl_engine *e, struct buffer *buf, const char *name, size_t floats, gf_error *err)
{
	const size_t vectors = (floats + SUM_LANES - 1) / SUM_LANES;
	gf_status status = cl_engine_floats(e, buf, name, vectors * SUM_LANES, err);

	return status ? status : run_clear(buf, err);
}

/* float16 of cross_entropy that a share needs: kernels/gradient.cl SCRATCH. */
static size_t scratch_of(const struct cl_engine *e)
{
	if (e->problem.loss != GF_LOSS_cross_entropy)
		return 0;
	return e->variant.softmax_rows / TILE_ROWS * SOFTMAX_VALUES((size_t)e->outputs);
}

/* What a pass over all rows needs, and one work-item's stack for a batch. */
static size_t nodes_of(const struct cl_engine *e)
{
	const size_t stack = tree_levels(block_count(e->problem.batch_size)) + 1;
	const size_t pass = e->most.items * e->most.levels;

	return pass > stack ? pass : stack;
}

static gf_status new_pass_buffers(struct cl_engine *e, gf_error *err)
{
	const size_t node = e->node * SUM_LANES;
	const size_t runs = (e->most.items + FOLD_RUN - 1) / FOLD_RUN;
	const size_t runs_of_runs = (runs + FOLD_RUN - 1) / FOLD_RUN;
	gf_status status = cl_engine_floats(e, &e->nodes, "nodes", nodes_of(e) * node, err);

	if (!status)
		status = cl_engine_floats(e, &e->folded[0], "folded", runs * node, err);
	if (!status)
		status = cl_engine_floats(
			e, &e->folded[1], "folded again", runs_of_runs * node, err);
	if (!status)
		status = cl_engine_floats(
			e, &e->scratch, "scratch", e->most.items * scratch_of(e) * SUM_LANES, err);
	return status;
}

static gf_status new_buffers(struct cl_engine *e, gf_error *err)
{
	gf_status status = cl_engine_zeros(
		e, &e->params, "parameters", (1 + (size_t)e->planes) * cl_engine_plane(e), err);

	if (!status)
		status = cl_engine_floats(e, &e->rates, "rates", (size_t)STEPS_ROOM * RATES, err);
	if (!status)
		status = cl_engine_zeros(e, &e->clip, "clip", 2, err);
	if (!status)
		status = cl_engine_floats(e, &e->losses, "losses", STEPS_ROOM + 1, err);
	if (!status)
		status = cl_engine_floats(e, &e->steps, "steps", 1, err);
	if (!status)
		status = cl_engine_floats(e, &e->none, "none", 1, err);
	return status ? status : new_pass_buffers(e, err);
}

/* ---- open and close ---- */

static gf_status new_numbers(struct cl_engine *e, gf_error *err)
{
	const size_t planes = (1 + (size_t)e->planes) * cl_engine_plane(e) * sizeof(float);
	const size_t rates = (size_t)STEPS_ROOM * RATES * sizeof(float);

	e->held.planes = calloc(1, planes);
	e->rounded = malloc(rates);
	return e->held.planes && e->rounded
		       ? GF_OK
		       : gf_fail_memory(err, planes + rates, "what goes to the device and back");
}

static gf_status fill(struct cl_engine *e, const struct cl_engine *beside, gf_error *err)
{
	const double start = clock_seconds();
	gf_status status = new_numbers(e, err);
	double built;

	if (!status)
		status = cl_engine_build(e, err);
	built = clock_seconds();
	if (!status)
		status = device_data_new(&e->data, &e->dev, &e->problem, e->tuning.part_rows,
			(size_t)e->most.blocks * BLOCK_ROWS, beside ? beside->data : NULL, err);
	if (!status)
		e->data->batch_rows = e->variant.batch_rows;
	if (!status)
		status = new_buffers(e, err);
	e->base.build_seconds = built - start;
	e->base.upload_seconds = clock_seconds() - built;
	return status;
}

/* Steps recorded in one go take at most 16 MiB. */
static size_t record_limit(const struct cl_engine *e)
{
	const size_t step = (2 + (size_t)e->planes) * e->parameters * sizeof(float);
	const size_t fit = ((size_t)16 << 20) / step;

	return fit < 1 ? 1 : fit > STEPS_ROOM ? STEPS_ROOM : fit;
}

void cl_engine_retire(struct engine *engine)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct buffer *const buffers[] = {&e->params, &e->rates, &e->clip, &e->nodes, &e->folded[0],
		&e->folded[1], &e->scratch, &e->losses, &e->steps, &e->probe, &e->z, &e->none};
	size_t i;

	for (i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_free(buffers[i]);
	free(e->held.planes);
	free(e->rounded);
	e->held.planes = e->rounded = NULL;
}

void cl_engine_close(struct engine *engine)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct kernel *const kernels[] = {&e->outputs_kernel, &e->gather, &e->gradient, &e->fold,
		&e->norm, &e->update, &e->loss, &e->resident};
	size_t i;

	cl_engine_retire(engine);
	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel_free(kernels[i]);
	device_data_free(e->data);
	device_close(&e->dev);
	free(e);
}

gf_status cl_engine_audit(struct engine *engine, gf_error *err)
{
	return device_data_audit(((struct cl_engine *)engine)->data, err);
}

static const struct engine_class cl_engine_class = {cl_engine_set, cl_engine_get, cl_engine_run,
	cl_engine_loss, cl_engine_outputs, cl_engine_profile, cl_engine_close, NULL, NULL,
	cl_engine_audit, cl_engine_warm_up, cl_engine_retire};

/* NULL: none, or one without OpenCL. */
static const struct cl_engine *opencl_engine(const struct engine *engine)
{
	return engine && engine->word != GF_ENGINE_reference ? (const struct cl_engine *)engine
							     : NULL;
}

gf_status cl_engine_open(struct cl_engine **opened, const struct problem *problem,
	const struct engine_options *options, gf_engine word, cl_engine_launch *launch,
	gf_error *err)
{
	const double start = clock_seconds();
	const struct cl_engine *beside = opencl_engine(options->beside);
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
	status = device_open(
		&e->dev, options->device, options->profile, beside ? &beside->dev : NULL, err);
	if (!status)
		status = variant_of(&e->variant, problem, &e->dev, word, &options->tuning, err);
	if (!status)
		status = shape(e, err);
	e->base.open_seconds = clock_seconds() - start;
	if (!status)
		status = fill(
			e, beside && beside->dev.context == e->dev.context ? beside : NULL, err);
	if (status) {
		cl_engine_close(&e->base);
		return status;
	}
	e->base.kernels = e->variant.kernels->word;
	snprintf(e->base.kernels_why, sizeof e->base.kernels_why, "%s", e->variant.kernels_why);
	e->base.chunk_steps = e->variant.call_steps;
	snprintf(e->base.device, sizeof e->base.device, "%s", e->dev.id.info.name);
	e->base.record_limit = record_limit(e);
	*opened = e;
	return GF_OK;
}

/* cl_engine_run.c: the members of an open OpenCL engine: parameters, steps, losses, outputs and the
 * profile. */
#include "cl_engine.h"
#include "bits.h"
#include "clock.h"

#include <stdlib.h>
#include <string.h>

enum { OUTPUT_FLOATS = 1 << 20 /* outputs that are read back at a time, if a tile has fewer */ };

/* ---- parameters ---- */

static void copy(float *plain, float *plane, size_t count, int to_device)
{
	memcpy(to_device ? plane : plain, to_device ? plain : plane, count * sizeof *plain);
}

/* Copies the weights into output o of a layer to a plane, or back. */
static void copy_row(const struct layer *layer, const struct layer_plane *at, size_t o,
	float *plain, float *plane, int to_device)
{
	float *row = plain + layer->weight + o * layer->inputs;
	size_t i;

	for (i = 0; i < layer->inputs; i += at->strip) {
		const size_t left = layer->inputs - i, count = left < at->strip ? left : at->strip;

		copy(row + i, plane + at->weights + i * layer->outputs + o * at->strip, count,
			to_device);
	}
}

/* Copies parameters (P) to a plane of the device, or back: rows of weights are padded there. */
static void copy_plane(const struct cl_engine *e, float *plain, float *plane, int to_device)
{
	size_t l, o;

	for (l = 0; l < e->network.count; l++) {
		const struct layer *layer = &e->network.layers[l];

		for (o = 0; o < layer->outputs; o++)
			copy_row(layer, &e->layers[l], o, plain, plane, to_device);
		copy(plain + layer->bias, plane + e->layers[l].biases, layer->outputs, to_device);
	}
}

static void pad_plane(const struct cl_engine *e, const float *plain, float *plane)
{
	copy_plane(e, (float *)plain, plane, 1);
}

static void unpad_plane(const struct cl_engine *e, const float *plane, float *plain)
{
	copy_plane(e, plain, (float *)plane, 0);
	unify_nans(plain, e->parameters);
}

static size_t planes_bytes(const struct cl_engine *e)
{
	return cl_engine_planes(e) * sizeof(float);
}

gf_status cl_engine_set(
	struct engine *engine, const float *params, const float *state, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	const size_t plane = e->plane;
	float *planes = e->host.planes;
	gf_status status;
	size_t i;

	memset(planes, 0, planes_bytes(e));
	pad_plane(e, params, planes);
	for (i = 0; i < e->planes && state; i++)
		pad_plane(e, state + i * e->parameters, planes + (1 + i) * plane);
	e->host.loss_rows = 0;
	status = run_write(&e->params, 0, planes, planes_bytes(e), err);
	e->host.known = !status;
	return status;
}

static gf_status read_params(struct cl_engine *e, gf_error *err)
{
	const gf_status status = run_read(&e->params, 0, e->host.planes, planes_bytes(e), err);

	e->host.known = !status;
	return status;
}

static void unpad_planes(
	const struct cl_engine *e, const float *planes, float *params, float *state)
{
	const size_t plane = e->plane;
	size_t i;

	unpad_plane(e, planes, params);
	for (i = 0; i < e->planes && state; i++)
		unpad_plane(e, planes + (1 + i) * plane, state + i * e->parameters);
}

gf_status cl_engine_get(struct engine *engine, float *params, float *state, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;

	if (!e->host.known)
		TRY(read_params(e, err));
	unpad_planes(e, e->host.planes, params, state);
	return GF_OK;
}

gf_status cl_engine_mark(struct engine *engine, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct marked *m = &e->marked;

	m->known = e->host.known;
	if (m->known) {
		memcpy(m->planes, e->host.planes, planes_bytes(e));
		return GF_OK;
	}
	if (!m->params.mem)
		TRY(buffer_new(&m->params, &e->dev, "marked parameters", planes_bytes(e), err));
	return run_copy(&m->params, &e->params, planes_bytes(e), err);
}

gf_status cl_engine_get_marked(struct engine *engine, float *params, float *state, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	struct marked *m = &e->marked;

	if (!m->known)
		TRY(run_read(&m->params, 0, m->planes, planes_bytes(e), err));
	m->known = 1;
	unpad_planes(e, m->planes, params, state);
	return GF_OK;
}

/* ---- what a plan needs on the device ---- */

/* Uploads the order of the rows that the plan's steps take, from its first step to its last. */
static gf_status upload_order(struct cl_engine *e, const struct plan *plan, gf_error *err)
{
	const size_t batches = plan_batches(plan, e->problem.batch_size);
	const size_t last = plan->first + plan->count;
	const size_t from =
		plan->first / batches * plan->rows + plan->first % batches * e->problem.batch_size;
	const size_t epochs = (last + batches - 1) / batches;
	const size_t rows_in_last = last % batches * e->problem.batch_size;
	const size_t to =
		rows_in_last ? (epochs - 1) * plan->rows + rows_in_last : epochs * plan->rows;

	return device_data_set_order(e->data, plan->order, epochs * plan->rows, from, to, err);
}

/* Uploads the rates of steps [from, from + count), rounded to float. */
static gf_status upload_rates(
	struct cl_engine *e, const struct plan *plan, size_t from, size_t count, gf_error *err)
{
	const size_t numbers = (plan->rates_constant ? 1 : count) * RATES;
	const double *rates = plan_rates(plan, from);
	size_t i;

	for (i = 0; i < numbers; i++)
		e->rounded[i] = (float)rates[i];
	return run_write_later(&e->rates, 0, e->rounded, numbers * sizeof *e->rounded, err);
}

/* ---- steps ---- */

/* Makes room for recorded steps, when steps are first recorded. */
static gf_status need_steps(struct cl_engine *e, int record, gf_error *err)
{
	const size_t floats = e->base.record_limit * cl_engine_step(e);

	if (!record || e->steps.bytes >= floats * sizeof(float))
		return GF_OK;
	buffer_free(&e->steps);
	return buffer_floats(&e->steps, &e->dev, "steps", floats, err);
}

/* Reads losses and steps of the last launch back, for engine resident the parameters, too, and
 * waits once. */
static gf_status read_history(
	struct cl_engine *e, size_t count, const struct history *history, gf_error *err)
{
	const size_t losses = count * sizeof(float);

	if (history->steps)
		TRY(run_read_later(&e->steps, 0, history->steps,
			count * cl_engine_step(e) * sizeof(float), err));
	if (e->base.word != GF_ENGINE_resident)
		return run_read(&e->losses, 0, history->losses, losses, err);
	TRY(run_read_later(&e->losses, 0, history->losses, losses, err));
	if (e->host.loss_rows)
		TRY(run_read_later(&e->losses, losses, &e->host.loss, sizeof e->host.loss, err));
	return read_params(e, err);
}

static gf_status prepare(struct cl_engine *e, const struct plan *plan, int record, gf_error *err)
{
	TRY(need_steps(e, record, err));
	/* The host picks the rows of sparse batches. */
	if (plan->order && !e->data->sparse)
		TRY(upload_order(e, plan, err));
	return plan->rates_constant ? upload_rates(e, plan, 0, 1, err) : GF_OK;
}

/* Launches steps of the plan from number `from` on, as many as one launch takes. */
static gf_status launch_most(struct cl_engine *e, size_t from, gf_error *err)
{
	struct submitted *s = &e->submitted;
	const size_t room = s->record ? e->base.record_limit : STEPS_ROOM;
	const size_t most = e->launch_limit < room ? e->launch_limit : room;
	const size_t left = s->plan.count - from;

	s->count = left < most ? left : most;
	e->host.known = 0;
	e->host.loss_rows = 0;
	if (!s->plan.rates_constant)
		TRY(upload_rates(e, &s->plan, from, s->count, err));
	TRY(e->launch(e, &s->plan, from, s->count, (cl_uint)s->record, err));
	return run_flush(&e->dev, err);
}

static gf_status submit(struct cl_engine *e, gf_error *err)
{
	TRY(prepare(e, &e->submitted.plan, e->submitted.record, err));
	return e->submitted.plan.count > 0 ? launch_most(e, 0, err) : GF_OK;
}

/* After a failure, waits until the device no longer uses the caller's arrays.  Returns status. */
static gf_status end(struct cl_engine *e, gf_status status)
{
	if (status)
		(void)run_finish(&e->dev, NULL);
	return status;
}

gf_status cl_engine_submit(
	struct engine *engine, const struct plan *plan, int record, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;

	e->submitted = (struct submitted){.plan = *plan, .record = record};
	return end(e, submit(e, err));
}

static gf_status wait(struct cl_engine *e, const struct history *history, gf_error *err)
{
	const struct submitted *s = &e->submitted;
	size_t done = 0;

	while (done < s->plan.count) {
		const struct history rest = {history->losses + done,
			history->steps ? history->steps + done * cl_engine_step(e) : NULL};

		TRY(read_history(e, s->count, &rest, err));
		unify_nans(rest.losses, s->count);
		if (rest.steps)
			unify_nans(rest.steps, s->count * cl_engine_step(e));
		done += s->count;
		if (done < s->plan.count)
			TRY(launch_most(e, done, err));
	}
	return GF_OK;
}

gf_status cl_engine_wait(struct engine *engine, const struct history *history, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;

	return end(e, wait(e, history, err));
}

/* ---- losses, outputs, profile ---- */

/* Uploads parameters to evaluate at, other than those that train. */
static gf_status upload_probe(struct cl_engine *e, const float *params, gf_error *err)
{
	const size_t floats = e->plane;
	float *plane = calloc(floats, sizeof *plane);
	gf_status status = GF_OK;

	if (!plane)
		return gf_fail_memory(err, floats * sizeof *plane, "parameters to evaluate at");
	pad_plane(e, params, plane);
	if (!e->probe.mem)
		status = buffer_floats(&e->probe, &e->dev, "probed parameters", floats, err);
	if (!status)
		status = run_write(&e->probe, 0, plane, floats * sizeof *plane, err);
	free(plane);
	return status;
}

/* Returns 1 if engine resident has already computed the loss. */
static int knows_loss(const struct host_copy *host, size_t first, size_t rows, cl_float scale)
{
	return first == 0 && host->loss_rows == rows && host->loss_scale == scale;
}

static gf_status sum_losses(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, cl_float scale, gf_error *err)
{
	return ranks_share(e, range->rows) ? ranks_loss(e, range, params, scale, err)
					   : e->pass_class->loss(e, range, params, scale, err);
}

gf_status cl_engine_loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *loss, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	const struct row_range range = {.first = first, .rows = rows};
	const struct buffer *at = params ? &e->probe : &e->params;
	const cl_float rounded = (cl_float)scale;

	if (!params && knows_loss(&e->host, first, rows, rounded)) {
		*loss = e->host.loss;
	} else {
		if (params)
			TRY(upload_probe(e, params, err));
		TRY(sum_losses(e, &range, at, rounded, err));
		TRY(run_read(&e->losses, 0, loss, sizeof *loss, err));
	}
	unify_nans(loss, 1);
	return GF_OK;
}

/* Returns how many rows have their outputs read back at a time: whole tiles. */
static size_t rows_at_once(const struct cl_engine *e)
{
	const size_t rows = (size_t)OUTPUT_FLOATS / e->outputs / TILE_ROWS * TILE_ROWS;
	const size_t most = rows ? rows : TILE_ROWS;

	return most < e->data->rows + TILE_ROWS ? most : e->data->rows + TILE_ROWS;
}

gf_status cl_engine_outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	const size_t K = e->outputs, end = first + rows, part_rows = e->data->all.part_rows;
	const size_t at_once = rows_at_once(e);

	if (params)
		TRY(upload_probe(e, params, err));
	if (!e->z.mem)
		TRY(buffer_floats(&e->z, &e->dev, "outputs", at_once * K, err));
	while (first < end) {
		const size_t start = first / TILE_ROWS * TILE_ROWS;
		const size_t most = start + at_once < end ? start + at_once : end;
		const size_t part_end = (start / part_rows + 1) * part_rows;
		const size_t stop = most < part_end ? most : part_end;

		TRY(e->pass_class->outputs(e, start, stop - start, err));
		TRY(run_read(&e->z, (first - start) * K * sizeof(float), z,
			(stop - first) * K * sizeof(float), err));
		unify_nans(z, (stop - first) * K);
		z += (stop - first) * K;
		first = stop;
	}
	return GF_OK;
}

gf_status cl_engine_profile(struct engine *engine, gf_profile *profile, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	const double start = clock_seconds();

	profile->rows_count = 0;
	if (!e->dev.timings)
		return GF_OK;
	if (!e->profile)
		return timings_drain(e->dev.timings, err);
	TRY(timings_rows(e->dev.timings, profile->rows,
		sizeof profile->rows / sizeof *profile->rows, &profile->rows_count, err));
	TRY(ceiling_measure(&e->dev, e->program, &e->data->all.parts[0].x,
		&profile->ceiling_bytes_per_second, err));
	profile->ceiling_seconds = clock_seconds() - start;
	return GF_OK;
}

/*
 * cl_engine.h: what an OpenCL engine has on its device: the data, the parameters, the kernels.
 *
 * resident.c and streaming.c differ in how they launch steps; all else is here.
 */
#ifndef GF_CL_ENGINE_H
#define GF_CL_ENGINE_H

#include "engine.h"
#include "pass.h"

enum { STEPS_ROOM = 1 << 16 };

struct cl_engine;
struct moments_state;

/* Enqueues steps [from, from + count) of the plan, whose order and rates are on the device: the
 * loss of number i goes to losses[i - from], its step, if recorded, to steps[i - from]. */
typedef gf_status cl_engine_launch(struct cl_engine *e, const struct plan *plan, size_t from,
	size_t count, cl_uint record, gf_error *err);

/* Enqueues the kernels of a step so that they do nothing. */
typedef gf_status cl_engine_launch_none(struct cl_engine *e, gf_error *err);

/* The host's copy of the device's parameters: to read them back is to wait. */
struct host_copy {
	float *planes; /* owned; (1 + S, plane): parameters and state */
	int known;
	cl_ulong loss_rows; /* rows [0, loss_rows) have that loss; 0: not known */
	cl_float loss_scale, loss;
};

/* Parameters and state at engine_mark. */
struct marked {
	struct buffer params; /* (1 + S, plane); empty until it is first needed */
	float *planes;        /* owned; the host's copy */
	int known;            /* the host's copy has them */
};

/* Steps between engine_submit and engine_wait. */
struct submitted {
	struct plan plan;
	int record;
	size_t count; /* of its first steps, which have been launched */
};

struct cl_engine {
	struct engine base;
	cl_engine_launch *launch;
	cl_engine_launch_none *launch_none;
	size_t launch_limit; /* steps in one call of it */
	struct device dev;
	struct problem problem;
	struct tuning tuning;
	struct variant variant;
	struct sum_order sum_order;
	cl_uint features, outputs, parameters; /* D, K, P */
	cl_uint planes;                        /* S: of state */
	struct pass pass;
	struct submitted submitted;
	struct marked marked;

	struct host_copy host;
	float *rounded; /* owned; (STEPS_ROOM, RATES): rates under way to the device */

	cl_program program; /* borrowed from the device */
	struct kernel outputs_kernel, gather, norm, update, loss, resident;

	struct device_data *data; /* owned */
	struct buffer params;     /* (1 + S, plane): parameters and state */
	struct buffer rates, clip;
	struct buffer losses, steps;
	struct buffer probe, z; /* (plane): parameters to look at, and their outputs */
	struct buffer none;     /* of what a problem has not got: an argument has to be a buffer */

	struct moments_state *moments_state; /* owned by moments.c; NULL: another engine */
};

/* word: streaming, resident or moments */
gf_status cl_engine_open(struct cl_engine **opened, const struct problem *problem,
	const struct engine_options *options, gf_engine word, cl_engine_launch *launch,
	gf_error *err);
void cl_engine_close(struct engine *engine);
void cl_engine_retire(struct engine *engine);

/* A buffer of that many floats, undefined. */
gf_status cl_engine_floats(
	struct cl_engine *e, struct buffer *buf, const char *name, size_t floats, gf_error *err);

/* A buffer of that many floats, zeros. */
gf_status cl_engine_zeros(
	struct cl_engine *e, struct buffer *buf, const char *name, size_t floats, gf_error *err);

/* Floats of an output's weights on the device: zeros stand behind the last feature. */
static inline size_t cl_engine_row(const struct cl_engine *e)
{
	return e->sum_order.chunks * e->sum_order.lanes;
}

/* Floats of a plane of parameters: weights (K, row), then biases (K). */
static inline size_t cl_engine_plane(const struct cl_engine *e)
{
	return e->outputs * (cl_engine_row(e) + 1);
}

/* ---- cl_engine_kernels.c ---- */

/* The program with the problem's words built in, and its kernels. */
gf_status cl_engine_build(struct cl_engine *e, gf_error *err);

/* ---- cl_engine_run.c: the members of struct engine_class ---- */

gf_status cl_engine_set(
	struct engine *engine, const float *params, const float *state, gf_error *err);
gf_status cl_engine_get(struct engine *engine, float *params, float *state, gf_error *err);
gf_status cl_engine_mark(struct engine *engine, gf_error *err);
gf_status cl_engine_get_marked(struct engine *engine, float *params, float *state, gf_error *err);
gf_status cl_engine_submit(
	struct engine *engine, const struct plan *plan, int record, gf_error *err);
gf_status cl_engine_wait(struct engine *engine, const struct history *history, gf_error *err);
gf_status cl_engine_loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *loss, gf_error *err);
gf_status cl_engine_outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err);
gf_status cl_engine_profile(struct engine *engine, gf_profile *profile, gf_error *err);
gf_status cl_engine_audit(struct engine *engine, gf_error *err);

/* Enqueues norm, if it is asked for, and update: from the root of a batch's sums to the parameters
 * after step `slot` of a run.  record: 1: writes the step to `steps`. */
gf_status cl_engine_update(struct cl_engine *e, const struct plan *plan, struct buffer *root,
	cl_uint record, cl_ulong slot, gf_error *err);

/* Launches both for no output. */
gf_status cl_engine_update_none(struct cl_engine *e, gf_error *err);

/* Launches the loss with nothing to do. */
gf_status cl_engine_loss_none(struct cl_engine *e, gf_error *err);

/* ---- cl_engine_warm.c ---- */

gf_status cl_engine_warm_up(struct engine *engine, const struct uses *uses, gf_error *err);

/* The members of struct engine_class that all OpenCL engines have in common. */
#define CL_ENGINE_MEMBERS                                                                       \
	.set = cl_engine_set, .get = cl_engine_get, .mark = cl_engine_mark,                     \
	.get_marked = cl_engine_get_marked, .submit = cl_engine_submit, .wait = cl_engine_wait, \
	.loss = cl_engine_loss, .outputs = cl_engine_outputs, .profile = cl_engine_profile,     \
	.warm_up = cl_engine_warm_up, .retire = cl_engine_retire

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* GF_E_USAGE: beyond the reach of one work-item. */
gf_status resident_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* GF_E_USAGE: another loss than mse, mini-batches, or columns without end.  GF_E_UNAVAILABLE: a
 * device without double precision. */
gf_status moments_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

#endif

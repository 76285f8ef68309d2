/*
 * cl_engine.h: what the OpenCL engines have in common: device, program, data, parameters, buffers.
 *
 *	D features, K outputs, P parameters, S planes of state
 *
 * The engines differ in how they launch steps: streaming.c, resident.c, moments.c.
 */
#ifndef GF_CL_ENGINE_H
#define GF_CL_ENGINE_H

#include "engine.h"
#include "exchange.h"
#include "pass.h"

enum { STEPS_ROOM = 1 << 16 /* the most steps of a launch */ };

struct cl_engine;
struct moments_state;

/* Enqueues steps [from, from + count) of the plan, whose order and rates are on the device.  The
 * loss of step i goes to losses[i - from], and if it is recorded, the step to steps[i - from]. */
typedef gf_status cl_engine_launch(struct cl_engine *e, const struct plan *plan, size_t from,
	size_t count, cl_uint record, gf_error *err);

/* Enqueues the kernels of a step with nothing to do, to have them compiled. */
typedef gf_status cl_engine_launch_none(struct cl_engine *e, gf_error *err);

/* The steps of a launch of engine resident: kernels/resident.cl. */
struct resident_steps {
	cl_ulong rows; /* n: rows of an epoch */
	cl_ulong batch_size, batches;
	cl_ulong first, count; /* steps [first, first + count) of the plan */
	cl_ulong rate_stride;  /* from the rates of a step to those of the next */
	cl_ulong slot;         /* where the loss of the first step goes */
	cl_uint record, final_loss, gathered;
};

/* Where the sums over a range of rows are. */
struct root {
	struct buffer *buffer; /* borrowed */
	size_t first, floats;
};

/*
 * How steps, losses and outputs are computed: cl_linear.c has one pass over the rows for linear
 * models, cl_sparse.c one over sparse rows and one over their columns, cl_network.c two phases for
 * networks.
 *
 *	init	sets the sizes of what follows
 *	step	takes a step of the rows: its loss goes to losses[slot], and if it is
 *		recorded, the step to steps[slot]
 *	steps	takes the steps of a launch of engine resident; NULL: it has none
 *	loss	the loss of the rows at params, times scale, goes to losses[0]
 *	sums	the sums of the rows at params go to *root, those of the gradient only if they
 *		are wanted
 *	root	where the root of all sums goes, for the two below
 *	take	takes a step from it, as `step` does
 *	take_loss	takes a loss from it, as `loss` does
 *	outputs	the outputs of rows [start, start + rows) at `probe` go to z; the rows are
 *		in one part of x, and start begins a tile
 *	none	launches the kernels of step or loss for nothing
 */
struct pass_class {
	gf_status (*init)(struct cl_engine *e, gf_error *err);
	gf_status (*new_kernels)(struct cl_engine *e, gf_error *err);
	gf_status (*new_buffers)(struct cl_engine *e, gf_error *err);
	void (*free_kernels)(struct cl_engine *e);
	void (*free_buffers)(struct cl_engine *e);
	gf_status (*step)(struct cl_engine *e, const struct plan *plan,
		const struct row_range *range, cl_uint record, cl_ulong slot, gf_error *err);
	gf_status (*steps)(struct cl_engine *e, const struct resident_steps *steps, gf_error *err);
	gf_status (*loss)(struct cl_engine *e, const struct row_range *range,
		const struct buffer *params, cl_float scale, gf_error *err);
	gf_status (*sums)(struct cl_engine *e, const struct row_range *range,
		const struct buffer *params, int with_gradient, struct root *root, gf_error *err);
	struct root (*root)(struct cl_engine *e, int with_gradient);
	gf_status (*take)(struct cl_engine *e, const struct plan *plan, cl_uint record,
		cl_ulong slot, gf_error *err);
	gf_status (*take_loss)(struct cl_engine *e, cl_float scale, gf_error *err);
	gf_status (*outputs)(struct cl_engine *e, cl_ulong start, cl_ulong rows, gf_error *err);
	gf_status (*step_none)(struct cl_engine *e, gf_error *err);
	gf_status (*loss_none)(struct cl_engine *e, gf_error *err);
	size_t (*rows_beyond)(const struct cl_engine *e); /* device_data.h */
};

extern const struct pass_class linear_class, network_class, sparse_class;

/* Where a layer's parameters stand in a plane of the device. */
struct layer_plane {
	size_t weights, biases; /* floats: where each begins */
	size_t row;             /* floats of a row of weights, whose parts of `strip` floats stand
				 * O strips apart: the whole row is one part, or each strip of 16 */
	size_t strip;
};

/* The host's copy of what is on the device, since reading it back means waiting. */
struct host_copy {
	float *planes; /* owned; (1 + S, plane): parameters and state */
	int known;     /* planes are those of the device */
	cl_float loss; /* of rows [0, loss_rows) at the parameters, times loss_scale */
	cl_float loss_scale;
	cl_ulong loss_rows; /* 0: the loss is not known */
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
	size_t count; /* steps of the last launch */
};

struct cl_engine {
	struct engine base;
	cl_engine_launch *launch;
	cl_engine_launch_none *launch_none;
	size_t launch_limit; /* the most steps of a call of launch */
	struct device dev;
	int profile; /* 1: a profile is wanted */
	struct problem problem;
	struct tuning tuning;
	struct variant variant;
	struct sum_order sum_order;
	struct network network;
	struct layer_plane layers[NETWORK_LAYERS];
	cl_uint features, outputs, parameters; /* D, K, P */
	cl_uint planes;                        /* S */
	size_t plane;                          /* floats of a plane, with padding */
	const struct pass_class *pass_class;
	struct pass pass;                  /* of a linear model */
	struct network_pass *network_pass; /* owned; NULL: a linear model */
	struct sparse_pass *sparse_pass;   /* owned; NULL: rows are dense */
	struct submitted submitted;
	struct marked marked;

	struct host_copy host;
	float *rounded; /* owned; (STEPS_ROOM, RATES): rates on their way to the device */

	cl_program program; /* borrowed from the device */
	struct kernel outputs_kernel, gather, norm, update, loss, resident;

	struct device_data *data; /* owned */
	struct buffer params;     /* (1 + S, plane): parameters and state */
	struct buffer rates, clip;
	struct buffer losses, steps;
	struct buffer probe, z; /* (plane) parameters to evaluate at, and outputs there */
	struct buffer none;     /* the argument of a kernel that does not use it */

	struct exchange *exchange;           /* owned; NULL: no other rank takes part */
	struct moments_state *moments_state; /* owned by moments.c; NULL: another engine */
};

/* Opens the device, builds the program, uploads the data and makes the buffers.  word: streaming,
 * resident or moments.  GF_E_UNAVAILABLE, GF_E_OPENCL, GF_E_MEMORY, GF_E_USAGE */
gf_status cl_engine_open(struct cl_engine **opened, const struct problem *problem,
	const struct engine_options *options, gf_engine word, cl_engine_launch *launch,
	gf_error *err);
void cl_engine_close(struct engine *engine);
void cl_engine_retire(struct engine *engine);
void cl_engine_drop_data(struct engine *engine);

/* Floats of the parameters and their state on the device: (1 + S, plane). */
static inline size_t cl_engine_planes(const struct cl_engine *e)
{
	return (1 + (size_t)e->planes) * e->plane;
}

/* Floats of a recorded step: parameters, gradient and state, (2 + S, P). */
static inline size_t cl_engine_step(const struct cl_engine *e)
{
	return (2 + (size_t)e->planes) * e->parameters;
}

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

uint64_t cl_engine_uploaded(const struct engine *engine);
gf_status cl_engine_warm_up(struct engine *engine, const struct uses *uses, gf_error *err);

/* The members of struct engine_class that all OpenCL engines have in common. */
#define CL_ENGINE_MEMBERS                                                                       \
	.set = cl_engine_set, .get = cl_engine_get, .mark = cl_engine_mark,                     \
	.get_marked = cl_engine_get_marked, .submit = cl_engine_submit, .wait = cl_engine_wait, \
	.loss = cl_engine_loss, .outputs = cl_engine_outputs, .profile = cl_engine_profile,     \
	.describe_ranks = ranks_describe, .warm_up = cl_engine_warm_up,                         \
	.retire = cl_engine_retire, .drop_data = cl_engine_drop_data,                           \
	.uploaded = cl_engine_uploaded

/* ---- ceiling.c ---- */

/* Measures the bytes of x that the device reads a second: the best of a few reads by the faster
 * kernel of kernels/ceiling.cl.  An x that fits into a cache is read from there, as in a training,
 * again and again until a launch takes a few milliseconds.  x has at least 64 bytes.
 * GF_E_OPENCL, GF_E_MEMORY */
gf_status ceiling_measure(struct device *dev, cl_program program, struct buffer *x,
	double *bytes_per_second, gf_error *err);

/* Returns the work-items of read_side_by_side for a device of so many compute units: as many as
 * these have room for, if each has a turn of CEILING_LOADS loads (kernels/shared.h). */
size_t ceiling_items(size_t units, size_t bytes);

/* ---- cl_linear.c ---- */

/* Enqueues norm, if it is asked for, and update: from the root of a batch's sums to the parameters
 * after step `slot` of a run.  record: 1: writes the step to `steps`. */
gf_status linear_update(struct cl_engine *e, const struct plan *plan, const struct nodes *root,
	cl_uint record, cl_ulong slot, gf_error *err);

/* Enqueues the loss of the first outputs, times scale, from the root of their sums. */
gf_status linear_loss(struct cl_engine *e, const struct nodes *root, cl_float scale,
	cl_uint outputs, gf_error *err);

/* The members root, take and take_loss of linear_class and sparse_class. */
struct root linear_root(struct cl_engine *e, int with_gradient);
gf_status linear_take(
	struct cl_engine *e, const struct plan *plan, cl_uint record, cl_ulong slot, gf_error *err);
gf_status linear_take_loss(struct cl_engine *e, cl_float scale, gf_error *err);

/* ---- cl_network.c ---- */

/* Returns the items of a network's second phase; the last one sums the losses. */
size_t network_items(const struct cl_engine *e);

/* ---- cl_ranks.c: sums over rows that ranks share ---- */

/* Makes e->exchange, if the engine is one of several ranks.  GF_E_MEMORY */
gf_status ranks_open(struct cl_engine *e, gf_comm *comm, gf_error *err);

/* Returns 1 if ranks share a pass over so many rows. */
int ranks_share(const struct cl_engine *e, size_t rows);

/* Returns 1 if they share a step of so many rows. */
int ranks_share_step(const struct cl_engine *e, size_t rows);

/* Takes a step of the batch with the other ranks: its loss goes to losses[slot], and if it is
 * recorded, the step to steps[slot]. */
gf_status ranks_step(struct cl_engine *e, const struct plan *plan, const struct batch *batch,
	cl_uint record, cl_ulong slot, gf_error *err);

/* Sums the losses of the range with the other ranks: the result, times scale, goes to losses[0]. */
gf_status ranks_loss(struct cl_engine *e, const struct row_range *range,
	const struct buffer *params, cl_float scale, gf_error *err);

/* The member describe_ranks of struct engine_class. */
void ranks_describe(const struct engine *engine, char *text, size_t size);

/* ---- network_turns.c ---- */

/* Returns the turns that the loops of a work-item take, at most, in a launch for a chunk of a
 * network's rows. */
size_t network_turns(const struct cl_engine *e, size_t rows);

/* Returns those of a step by one work-item. */
size_t network_step_turns(const struct cl_engine *e);

/* Returns 1 if a launch for a chunk of so many rows takes no more turns than loop_limit, and no
 * more multiply-adds than variant_launch_work. */
int network_ends_in_time(const struct cl_engine *e, size_t rows);

/* GF_E_UNAVAILABLE: a launch takes more turns than the device's loop_limit.  The launches of engine
 * resident have a check of their own. */
gf_status network_check_turns(const struct cl_engine *e, size_t rows, gf_error *err);

/* ---- kernels ---- */

/* A kernel to make, if it is wanted: kernels that are never launched are not made, since some
 * compilers take seconds for one. */
struct wanted_kernel {
	struct kernel *kernel;
	const char *name;
	size_t local;
	int wanted;
};

/* Makes the kernels (count), with the work-group size of the tuning if it has one.  Lowers
 * variant.items to what the device runs them with. */
gf_status cl_engine_new_kernels(
	struct cl_engine *e, const struct wanted_kernel *kernels, size_t count, gf_error *err);

/* ---- streaming.c ---- */

/* Makes the range that of rows [from, from + range->rows) of the batch, and gathers them if it is
 * shuffled. */
gf_status streaming_rows(struct cl_engine *e, const struct plan *plan, const struct batch *batch,
	size_t from, struct row_range *range, gf_error *err);

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* GF_E_USAGE: a step is too much for one work-item, or x is in several parts. */
gf_status resident_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* GF_E_USAGE: the loss is not mse, steps take batches, or there are too many columns.
 * GF_E_UNAVAILABLE: the device has no double precision. */
gf_status moments_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

#endif

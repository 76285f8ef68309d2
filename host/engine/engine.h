/*
 * engine.h: the interface of engines, which do the arithmetic of training.
 *
 *	D features, K outputs, P = K (D + 1) parameters, S planes of state
 *
 * An engine owns the parameters and their state while it is open.  `reference` is the
 * specification; the others must agree with it within the bounds of reference_step.h, and with each
 * other to the bit, except for `moments`, which widens the bounds.
 */
#ifndef GF_ENGINE_H
#define GF_ENGINE_H

#include "comm.h"
#include "error.h"
#include "problem.h"

/* How a device divides its work, which changes no bit.  The engine chooses for each member that
 * is 0. */
struct tuning {
	gf_kernels kernels;
	size_t local;     /* work-group size */
	size_t part_rows; /* rows in a buffer of x, a multiple of 16 */
	/* Buffers that parts of x take turns in, and rows of each; 0: x is on the device. */
	size_t ring_slots, ring_rows;
	size_t blocks;       /* blocks of 64 rows in a chunk of rows, a power of two */
	size_t wave, launch; /* chunks of a wave, and of a launch: struct chunks */
	enum { WIDTH_AUTO, WIDTH_RUN_TIME, WIDTH_BUILT_IN } width; /* how kernels know D */
	int has_ranks; /* 1: other ranks sum some of the rows (exchange.h) */
	int folds_all; /* 1: `fold` takes the tree over chunks to its root, `update` none of it */
	int with_resident; /* 1: the program has the kernel of `resident`, whatever the engine, so
			    * that engines opened beside each other need only one program */
};

struct engine;

struct engine_options {
	const char *device; /* as gf_device_find takes it */
	gf_engine engine;
	int profile;
	void (*on_span)(const gf_span *span, void *user); /* as in gf_config; NULL: none */
	void *user;
	size_t memory_limit; /* bytes of the device that x takes at most; 0: its memory */
	struct tuning tuning;
	gf_comm *comm; /* borrowed; the ranks that share sums over rows; NULL: none */
	/* An open engine or NULL.  If both are of the same OpenCL device, the new one shares its
	 * context: PoCL's first build in a context costs 0.8 s more than the next. */
	struct engine *beside;
	/* 1: it shares x, y and weights too, if they are at the same addresses; they must still be
	 * those that `beside` was opened with, unless it has dropped them.  Two engines `moments`
	 * on the same rows share the moments. */
	int shares_data;
};

/* What steps did, in arrays of the caller. */
struct history {
	float *losses; /* (count): the loss of each step's batch, before its update */
	float *steps;  /* (count, 2 + S, P): parameters before, gradient, state before; or NULL */
};

/* What a training does besides steps over unshuffled rows. */
struct uses {
	int shuffles, validates;
};

struct moments;
struct reference_step;

struct engine_class {
	gf_status (*set)(struct engine *, const float *params, const float *state, gf_error *);
	gf_status (*get)(struct engine *, float *params, float *state, gf_error *);
	gf_status (*mark)(struct engine *, gf_error *);
	gf_status (*get_marked)(struct engine *, float *params, float *state, gf_error *);
	gf_status (*submit)(struct engine *, const struct plan *, int record, gf_error *);
	gf_status (*wait)(struct engine *, const struct history *, gf_error *);
	gf_status (*loss)(struct engine *, const float *params, size_t first, size_t rows,
		double scale, float *loss, gf_error *);
	gf_status (*outputs)(struct engine *, const float *params, size_t first, size_t rows,
		float *z, gf_error *);
	gf_status (*profile)(struct engine *, gf_profile *, gf_error *);
	void (*close)(struct engine *);
	/* The members below may be NULL. */
	gf_status (*widen_bounds)(
		struct engine *, const float *params, struct reference_step *, gf_error *);
	gf_status (*moments)(struct engine *, const struct moments **, gf_error *);
	gf_status (*audit)(struct engine *, gf_error *);
	gf_status (*refill)(struct engine *, size_t rows, gf_error *);
	gf_status (*warm_up)(struct engine *, const struct uses *, gf_error *);
	uint64_t (*uploaded)(const struct engine *);
	void (*describe_ranks)(const struct engine *, char *text, size_t size);
	void (*retire)(struct engine *);
	void (*drop_data)(struct engine *);
};

/* Seconds of a step, by estimate: at least, on the engine's device, and on a CPU.  0: unknown. */
struct step_seconds {
	double here, on_cpu;
};

struct engine {
	const struct engine_class *class;
	gf_engine word;     /* never auto */
	char why[256];      /* why auto chose it */
	gf_kernels kernels; /* auto: none, the engine computes on the host */
	char kernels_why[64];
	char device[256];
	size_t device_index;   /* as gf_device_info counts it */
	char passed_over[512]; /* as in gf_device_info */
	size_t chunk_steps;    /* steps of a training's first chunk (training.h), done in no time */
	size_t record_limit;   /* most steps of a chunk that is recorded */
	struct step_seconds step_seconds;
	size_t parts, parts_held; /* parts of x, and those that the device has at a time */
	double open_seconds, build_seconds, upload_seconds;
};

/* Opens the engine that the options name, or the faster one for `auto`.  GF_E_UNAVAILABLE,
 * GF_E_OPENCL, GF_E_MEMORY; GF_E_USAGE: the engine that is named cannot take the problem. */
gf_status engine_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* engine may be NULL. */
void engine_close(struct engine *engine);

/* Frees the engine's memory except for what an engine that is opened beside it shares.  After that
 * it can only have engines opened beside it, and be closed, before or after them. */
static inline void engine_retire(struct engine *e)
{
	if (e->class->retire)
		e->class->retire(e);
}

/* Frees what a retired engine keeps of its dataset, which may then be freed, too.  Engines that are
 * opened beside it share its context and its programs. */
static inline void engine_drop_data(struct engine *e)
{
	if (e->class->drop_data)
		e->class->drop_data(e);
}

/* Makes the device compile and load the kernels that such a training launches, which some drivers
 * do at the first launch.  The time counts as build_seconds; no number changes. */
static inline gf_status engine_warm_up(struct engine *e, const struct uses *uses, gf_error *err)
{
	return e->class->warm_up ? e->class->warm_up(e, uses, err) : GF_OK;
}

/* ---- parameters and state ---- */

/* params (P), state (S, P); state NULL: zeros */
static inline gf_status engine_set(
	struct engine *e, const float *params, const float *state, gf_error *err)
{
	return e->class->set(e, params, state, err);
}

/* params (P), state (S, P) or NULL */
static inline gf_status engine_get(struct engine *e, float *params, float *state, gf_error *err)
{
	return e->class->get(e, params, state, err);
}

/* Remembers the parameters and state as they are now, without waiting for the device. */
static inline gf_status engine_mark(struct engine *e, gf_error *err)
{
	return e->class->mark(e, err);
}

/* Gets the parameters (P) and state (S, P) that the last engine_mark remembered. */
static inline gf_status engine_get_marked(
	struct engine *e, float *params, float *state, gf_error *err)
{
	return e->class->get_marked(e, params, state, err);
}

/* ---- steps ---- */

/* Begins the steps of the plan, whose arrays must stay as they are until engine_wait.  In between
 * the host may do anything but use the engine.  record: 1: the steps, at most record_limit, are
 * recorded. */
static inline gf_status engine_submit(
	struct engine *e, const struct plan *plan, int record, gf_error *err)
{
	return e->class->submit(e, plan, record, err);
}

/* Waits for the steps; history->steps is NULL if they were not to be recorded. */
static inline gf_status engine_wait(struct engine *e, const struct history *history, gf_error *err)
{
	return e->class->wait(e, history, err);
}

/* Takes the steps of the plan, and records them if history->steps is not NULL. */
static inline gf_status engine_run(
	struct engine *e, const struct plan *plan, const struct history *history, gf_error *err)
{
	TRY(engine_submit(e, plan, history->steps != NULL, err));
	return engine_wait(e, history, err);
}

/* ---- losses and outputs ---- */

/* Sums the losses of rows [first, first + rows), times scale, at params (P); NULL: at the engine's
 * parameters. */
static inline gf_status engine_loss(struct engine *e, const float *params, size_t first,
	size_t rows, double scale, float *loss, gf_error *err)
{
	return e->class->loss(e, params, first, rows, scale, loss, err);
}

/* Computes the outputs z (rows, K) of rows [first, first + rows) at params (P); NULL: at those of
 * the call of engine_outputs before.  The engine's parameters stay as they are. */
static inline gf_status engine_outputs(
	struct engine *e, const float *params, size_t first, size_t rows, float *z, gf_error *err)
{
	return e->class->outputs(e, params, first, rows, z, err);
}

/* Takes the first rows of x anew from the problem's data, where the host has changed them; only
 * their outputs may be asked for then.  The host may change them again once it has outputs. */
static inline gf_status engine_refill(struct engine *e, size_t rows, gf_error *err)
{
	return e->class->refill ? e->class->refill(e, rows, err) : GF_OK;
}

/* ---- what reports and checks ask for ---- */

/* Gets the times of kernels and copies, and measures how fast the device reads memory. */
static inline gf_status engine_profile(struct engine *e, gf_profile *profile, gf_error *err)
{
	return e->class->profile(e, profile, err);
}

/* Widens the bounds of a step from params (P) by what the arithmetic of the engine may add. */
static inline gf_status engine_widen_bounds(
	struct engine *e, const float *params, struct reference_step *step, gf_error *err)
{
	return e->class->widen_bounds ? e->class->widen_bounds(e, params, step, err) : GF_OK;
}

/* Gets the moments, which are valid as long as the engine is open; NULL: the engine has none. */
static inline gf_status engine_moments(
	struct engine *e, const struct moments **moments, gf_error *err)
{
	*moments = NULL;
	return e->class->moments ? e->class->moments(e, moments, err) : GF_OK;
}

/* Describes how ranks share the rows of a step; "": there is one rank. */
static inline void engine_describe_ranks(const struct engine *e, char *text, size_t size)
{
	*text = '\0';
	if (e->class->describe_ranks)
		e->class->describe_ranks(e, text, size);
}

/* Returns the bytes of parts of x that were sent to the device to take their turns. */
static inline uint64_t engine_uploaded(const struct engine *e)
{
	return e->class->uploaded ? e->class->uploaded(e) : 0;
}

/* Reads back what the engine keeps on its device between steps, and computes again what it has
 * computed from it.  GF_E_CHECK: the device holds something else. */
static inline gf_status engine_audit(struct engine *e, gf_error *err)
{
	return e->class->audit ? e->class->audit(e, err) : GF_OK;
}

#endif

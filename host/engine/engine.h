/*
 * engine.h: what does the arithmetic of training.
 *
 *	N rows, D features, K outputs, P = K (D + 1) parameters: weight (K, D), bias (K)
 *
 * An engine owns the parameters while it is open.  `reference` is the specification; the others
 * must agree with it within the bounds of reference_step, and with each other to the bit.
 */
#ifndef GF_ENGINE_H
#define GF_ENGINE_H

#include "catalog.h"
#include "dataset.h"
#include "error.h"
#include "network.h"
#include "shared.h"

/* How parameters move: the optimiser with its variants, each a build of the kernels. */
struct update {
	gf_optimizer optimizer;
	int momentum; /* sgd, rmsprop: the buffer is there */
	int nesterov, maximize, amsgrad, centered;
	int clip_norm, clip_value, average, no_bias;
};

struct problem {
	const gf_dataset
		*data; /* borrowed; its targets may be absent where only outputs are asked for */
	size_t train_rows; /* the first of its rows; the others are there to be looked at */
	size_t outputs;    /* K */
	gf_loss loss;
	struct loss_parameters loss_parameters;
	const float *weights;       /* borrowed; (N) of rows, or NULL */
	const float *class_weights; /* borrowed; (K) of cross_entropy, or NULL */
	struct update update;
	size_t batch_size; /* rows of a step, at most train_rows */
};

enum { PLANES_MOST = 4 };

/* Planes of P floats that an update remembers; with `average` the last is the average. */
size_t problem_planes(const struct problem *problem);

static inline struct network problem_network(const struct problem *problem)
{
	return network_linear(problem->data->features, problem->outputs);
}

/* P */
static inline size_t problem_params(const struct problem *problem)
{
	return problem_network(problem).parameters;
}

/* Rows order[first] .., or first .. where order is NULL: count of them. */
struct batch {
	const uint32_t *order;
	size_t first, count;
};

static inline size_t batch_row(const struct batch *batch, size_t i)
{
	return batch->order ? batch->order[batch->first + i] : batch->first + i;
}

/* Steps of one or more epochs. */
struct plan {
	size_t first, count; /* steps [first, first + count) from the first epoch's start on */
	size_t rows;         /* n, of each epoch: batches of batch_size, the last of what is left */
	const uint32_t *order; /* (epochs, n) borrowed; NULL: rows as they lie */
	const double *rates;   /* (count, RATES); rates_constant: (1, RATES) */
	int rates_constant;
};

static inline size_t plan_batches(const struct plan *plan, size_t batch_size)
{
	return (plan->rows + batch_size - 1) / batch_size;
}

/* The batch of step first + i. */
struct batch plan_batch(const struct plan *plan, size_t batch_size, size_t i);

static inline const double *plan_rates(const struct plan *plan, size_t i)
{
	return plan->rates + (plan->rates_constant ? 0 : i * RATES);
}

/* How a device shares out the work.  Never what comes out of it.  0: chosen by the engine. */
struct tuning {
	gf_kernels kernels; /* variant.h */
	size_t local;       /* work-group size */
	size_t part_rows;   /* of x to a buffer, a multiple of 16 */
	size_t blocks;      /* blocks of 64 rows to a share, a power of two */
	enum { WIDTH_AUTO, WIDTH_RUN_TIME, WIDTH_BUILT_IN } width; /* how kernels know D */
	int with_resident; /* resident's kernel is in the program of the other engines, too: it is
			      one program where they are opened beside each other */
};

struct engine;

struct engine_options {
	const char *device; /* as gf_device_find */
	gf_engine engine;
	int profile;
	struct tuning tuning;
	/* An open engine or NULL.  If both are of the same OpenCL device, the new one shares its
	 * context: PoCL's first build in a context costs 0.8 s more than the next. */
	struct engine *beside;
	/* 1: it shares x, y and weights too, if they are at the same addresses; they must still be
	 * those that `beside` was opened with. */
	int shares_data;
};

/* Where a run writes what it did; the arrays are the caller's. */
struct history {
	float *losses; /* (count): of each step's batch, before its update */
	float *steps;  /* (count, 2 + S, P): parameters before, gradient, state before; or NULL */
};

/* Moments of the rows that train, about their means.  Columns are the D features, then the K
 * targets. */
struct moments {
	size_t features, targets; /* D, K */
	size_t rows;              /* of a weight above 0 */
	double weight;            /* W: sum of the weights */
	double *mean;             /* (D + K) */
	double *products;         /* (D + K, D + K) sum of weight (a - mean of a)(b - mean of b) */
	double *reach;            /* (D + K); |products| err by roundings 2^-53 reach reach */
	double roundings;
};

/* What a training asks for, beside steps over rows as they lie. */
struct uses {
	int shuffles, validates;
};

struct engine;
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
	/* May be NULL. */
	gf_status (*widen_bounds)(
		struct engine *, const float *params, struct reference_step *, gf_error *);
	gf_status (*moments)(struct engine *, const struct moments **, gf_error *);
	gf_status (*audit)(struct engine *, gf_error *);
	gf_status (*warm_up)(struct engine *, const struct uses *, gf_error *);
	void (*retire)(struct engine *);
};

struct engine {
	const struct engine_class *class;
	gf_engine word;     /* never auto */
	char why[256];      /* what made auto choose it */
	gf_kernels kernels; /* auto: none, on the host */
	char kernels_why[64];
	char device[256];
	size_t chunk_steps;  /* steps that surely take less than a launch may */
	size_t record_limit; /* steps of one run that can be recorded whole */
	double open_seconds, build_seconds, upload_seconds;
};

/* GF_E_UNAVAILABLE, GF_E_OPENCL, GF_E_MEMORY; GF_E_USAGE: resident asked for a problem
 * beyond its reach. */
gf_status engine_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);
void engine_close(struct engine *engine);

/* Frees the engine's memory but for what an engine that is opened beside it shares.  All that is left
 * to do is to open that one, and to close both in any order. */
static inline void engine_retire(struct engine *e)
{
	if (e->class->retire)
		e->class->retire(e);
}

/* Has the device compile and load what a training of those uses launches, in build_seconds: some
 * drivers do so when a kernel is first launched.  It changes no number. */
static inline gf_status engine_warm_up(struct engine *e, const struct uses *uses, gf_error *err)
{
	return e->class->warm_up ? e->class->warm_up(e, uses, err) : GF_OK;
}

/* Begins the steps of the plan, whose arrays must stay as they are until engine_wait; the device works
 * on them while the host does something else, but nothing with the engine.  record: 1: each step is
 * recorded, of which there are at most record_limit. */
static inline gf_status engine_submit(
	struct engine *e, const struct plan *plan, int record, gf_error *err)
{
	return e->class->submit(e, plan, record, err);
}

/* Waits until the steps are done; history->steps is NULL if they were not to be recorded. */
static inline gf_status engine_wait(struct engine *e, const struct history *history, gf_error *err)
{
	return e->class->wait(e, history, err);
}

/* Takes the steps of the plan, recorded if history->steps is not NULL. */
static inline gf_status engine_run(
	struct engine *e, const struct plan *plan, const struct history *history, gf_error *err)
{
	TRY(engine_submit(e, plan, history->steps != NULL, err));
	return engine_wait(e, history, err);
}

/* params (P), state (S, P); NULL: zeros */
static inline gf_status engine_set(
	struct engine *e, const float *params, const float *state, gf_error *err)
{
	return e->class->set(e, params, state, err);
}

/* state may be NULL */
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

/* Sum of the losses of rows [first, first + rows) times scale, at any params (P); NULL: those
 * held. */
static inline gf_status engine_loss(struct engine *e, const float *params, size_t first,
	size_t rows, double scale, float *loss, gf_error *err)
{
	return e->class->loss(e, params, first, rows, scale, loss, err);
}

/* z (rows, K) of rows [first, first + rows) at any params (P); those held stay as they are. */
static inline gf_status engine_outputs(
	struct engine *e, const float *params, size_t first, size_t rows, float *z, gf_error *err)
{
	return e->class->outputs(e, params, first, rows, z, err);
}

/* The device's rows and its read ceiling. */
static inline gf_status engine_profile(struct engine *e, gf_profile *profile, gf_error *err)
{
	return e->class->profile(e, profile, err);
}

/* One step by the textbook, in double, from float parameters and state, and how far float
 * arithmetic in our order of sums may be from it.  The bounds of an unbounded step are NULL. */
struct reference_step {
	/* What an engine of another arithmetic adds to the bounds, before 1/M: widen_bounds. */
	double extra_loss_error, *extra_gradient_error; /* (P) */
	double loss, loss_bound;
	double *gradient, *gradient_bound; /* (P) */
	double *next, *next_bound;         /* (P) */
	double *state, *state_bound;       /* (S, P) after the step */
};

gf_status reference_step_new(
	struct reference_step **step, const struct problem *problem, gf_error *err);
void reference_step_free(struct reference_step *step);

/* params (P), state (S, P), rates (RATES) */
void reference_step_take(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, const float *state, const double *rates);

/* A number of the reference, and how far an engine's may be from it. */
struct expected {
	double value, bound;
};

/* The loss of a batch at float params (P), times scale, as engine_loss takes it. */
void reference_step_loss(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, double scale, struct expected *loss);

/* outputs (K) of a row at float params (P), as engine_outputs takes them. */
void reference_step_outputs(struct reference_step *step, const struct problem *problem,
	const float *params, size_t row, struct expected *outputs);

/* The row's outputs z (K) at params (P). */
void reference_outputs(const struct problem *problem, const double *params, size_t row, double *z);

/* The mean loss of rows whose outputs z (N, K) are known; all of them weigh alike. */
gf_status reference_mean_loss(
	double *mean, const struct problem *problem, const float *z, gf_error *err);

/* Widens the step's bounds to what that engine's arithmetic may add, from params (P). */
static inline gf_status engine_widen_bounds(
	struct engine *e, const float *params, struct reference_step *step, gf_error *err)
{
	return e->class->widen_bounds ? e->class->widen_bounds(e, params, step, err) : GF_OK;
}

/* NULL: not an engine that has them.  The engine's, as long as it is open. */
static inline gf_status engine_moments(
	struct engine *e, const struct moments **moments, gf_error *err)
{
	*moments = NULL;
	return e->class->moments ? e->class->moments(e, moments, err) : GF_OK;
}

/* Reads back what the engine keeps on its device from one step to the next, and makes once more
 * what it has made of it.  GF_E_CHECK: the device holds something else than what was sent. */
static inline gf_status engine_audit(struct engine *e, gf_error *err)
{
	return e->class->audit ? e->class->audit(e, err) : GF_OK;
}

#endif

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

#include "dataset.h"
#include "error.h"

struct problem {
	const gf_dataset
		*data;  /* borrowed; its targets may be absent where only outputs are asked for */
	size_t outputs; /* K */
	gf_loss loss;
	gf_optimizer optimizer;
};

/* How a device shares out the work.  Never what comes out of it.  0: chosen by the engine. */
struct tuning {
	size_t local;  /* work-group size */
	size_t blocks; /* blocks of 64 rows to a work-item, a power of two */
	enum { WIDTH_AUTO, WIDTH_RUN_TIME, WIDTH_BUILT_IN } width; /* how kernels know D */
};

struct engine_options {
	const char *device; /* as gf_device_find */
	gf_engine engine;
	int profile;
	struct tuning tuning;
};

/* What a run leaves behind, the caller's. */
struct history {
	float *losses; /* (epochs): before each update */
	float *steps;  /* (epochs, 2, P): parameters before, gradient; or NULL */
};

struct engine;

struct engine_class {
	gf_status (*set)(struct engine *, const float *params, gf_error *);
	gf_status (*get)(struct engine *, float *params, gf_error *);
	gf_status (*run)(
		struct engine *, size_t epochs, double lr, const struct history *, gf_error *);
	gf_status (*loss)(struct engine *, float *loss, gf_error *);
	gf_status (*outputs)(struct engine *, const float *params, size_t first, size_t rows,
		float *z, gf_error *);
	gf_status (*profile)(struct engine *, gf_profile *, gf_error *);
	void (*close)(struct engine *);
};

struct engine {
	const struct engine_class *class;
	gf_engine word; /* never auto */
	char why[256];  /* what made auto choose it */
	char device[256];
	size_t batch;        /* epochs that surely take less than a launch may */
	size_t record_limit; /* epochs of one run that can be recorded whole */
	double open_seconds, build_seconds, upload_seconds;
};

/* GF_E_UNAVAILABLE, GF_E_OPENCL, GF_E_MEMORY; GF_E_USAGE: resident asked for a problem
 * beyond its reach. */
gf_status engine_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);
void engine_close(struct engine *engine);

/* Epochs of full-batch gradient descent; at most record_limit where history->steps is there. */
static inline gf_status engine_run(
	struct engine *e, size_t epochs, double lr, const struct history *history, gf_error *err)
{
	return e->class->run(e, epochs, lr, history, err);
}

/* params (P) */
static inline gf_status engine_set(struct engine *e, const float *params, gf_error *err)
{
	return e->class->set(e, params, err);
}

static inline gf_status engine_get(struct engine *e, float *params, gf_error *err)
{
	return e->class->get(e, params, err);
}

/* The loss at the parameters held. */
static inline gf_status engine_loss(struct engine *e, float *loss, gf_error *err)
{
	return e->class->loss(e, loss, err);
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

/* One step by the textbook, in double, from float parameters, and how far float arithmetic
 * in our order of sums may be from it. */
struct reference_step {
	double loss, loss_bound;
	double *gradient, *gradient_bound; /* (P) */
	double *next, *next_bound;         /* (P) */
};

gf_status reference_step_new(struct reference_step **step, size_t parameters, gf_error *err);
void reference_step_free(struct reference_step *step);
void reference_step_take(
	struct reference_step *step, const struct problem *problem, const float *params, double lr);

/* The row's outputs z (K) in double at float params. */
void reference_outputs(const struct problem *problem, const float *params, size_t row, double *z);

/* Runs every kernel on known answers. */
gf_status engine_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err);

#endif

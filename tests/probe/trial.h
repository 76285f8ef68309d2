/*
 * trial.h: a short training of random data by one engine, and the same by plain loops (../order.h),
 * whose bits it must have.
 *
 *	N rows, D features, K outputs, P parameters, S planes of state
 */
#ifndef GF_TRIAL_H
#define GF_TRIAL_H

#include "engine.h"
#include "probe.h"

struct trial_setup {
	size_t rows, features, outputs;
	gf_loss loss;
	struct update update;
	size_t batch_size; /* 0: all rows */
	int shuffled, weighted;
	size_t steps;
};

struct trial {
	struct trial_setup setup;
	gf_dataset *data; /* owned */
	struct problem problem;
	struct plan plan;
	uint32_t *order;       /* owned; (epochs, N) */
	double *rates;         /* owned; (steps, RATES) */
	float *weights;        /* owned; (N) or NULL */
	size_t parameters;     /* P */
	size_t planes;         /* S */
	float *start;          /* owned; (1 + S, P): parameters and state */
	struct history found;  /* owned; of the last run: losses (steps), steps (steps, 2 + S, P) */
	struct history wanted; /* owned; by plain loops */
	struct engine *engine; /* owned; NULL: closed */
};

/* Makes the data and the start, from a seed that the shape decides.  GF_E_MEMORY: *t may be closed
 * all the same. */
gf_status trial_new(struct trial *t, const struct trial_setup *setup, gf_error *err);
void trial_free(struct trial *t);

/* Trains by plain loops: the first so many steps. */
gf_status trial_expect(struct trial *t, gf_error *err);

/* Opens the engine, after closing the one before; beside: an open engine of the device. */
gf_status trial_open(struct trial *t, const struct probe *p, gf_engine word,
	const struct tuning *tuning, struct engine *beside, gf_error *err);

/* Trains from the start, and records each step. */
gf_status trial_run(struct trial *t, gf_error *err);

/* Compares found with wanted.  GF_E_CHECK: other bits; the message has the place of the first, and
 * both numbers. */
gf_status trial_compare(const struct trial *t, gf_error *err);

/* A number that stands for all bits that were found: FNV-1a. */
uint64_t trial_hash(const struct trial *t);

#endif

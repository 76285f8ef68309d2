/*
 * workloads.h: the trainings that the bench times, a row each.
 *
 * test_workloads.c compares each of them to the bit with plain loops.
 *
 *	N rows, D features, K outputs
 */
#ifndef GF_WORKLOADS_H
#define GF_WORKLOADS_H

#include "engine.h"

/* The target of a figure. */
struct aim {
	enum {
		AIM_NONE,
		AIM_SHARE,    /* at least this share of the limit's speed */
		AIM_AHEAD,    /* at least this many times as fast as the peer */
		AIM_AT_MOST,  /* at most this, in the figure's own unit */
		AIM_AT_LEAST, /* at least this, in the figure's own unit */
		AIM_SCALED,   /* at most this many times D / 32 times the ns a row of batches of 32
			       * rows in order, of 32 features */
	} kind;
	double at;
	const char *peer;
};

enum { AIMS = 3 };

struct workload {
	const char *group; /* in the table of targets */
	const char *words;
	size_t rows; /* 0: as many as fill the memory that the bench may use */
	size_t features, outputs;
	size_t hidden[3]; /* widths of hidden layers, up to the first 0; none: a linear model */
	gf_activation activation;
	gf_loss loss;
	gf_optimizer optimizer;
	int momentum;      /* sgd: 0.9 */
	size_t batch_size; /* 0: all rows */
	int shuffled;
	size_t epochs;
	/* The engine's word; NULL: auto.  A workload with a word that no engine has is left out. */
	const char *engine;
	struct tuning tuning; /* what a measurement chooses for the engine; zeros: nothing */
	size_t memory_limit;  /* bytes of x on the device; 0: all of it */
	struct aim aims[AIMS];
};

extern const struct workload WORKLOADS[];
extern const size_t WORKLOADS_COUNT;

/* Finds the engine that the workload names; 0: there is none of that name. */
int workload_engine(const struct workload *workload, gf_engine *engine);

/* Whether the engine of moments trains it, which adds up in an order of its own. */
int workload_is_moments(const struct workload *workload);

/* The hidden layers as a problem has them. */
struct hidden workload_hidden(const struct workload *workload);

/* Steps of an epoch over that many rows. */
size_t workload_steps(const struct workload *workload, size_t rows);

/* The least that any program has to do for the workload. */
struct effort {
	double bytes;     /* reading x and the targets once */
	double flops;     /* adds and products of floats, a fused one counting as two */
	double divisions; /* and square roots */
};

struct effort workload_effort(const struct workload *workload, size_t rows);

#endif

/*
 * trainings.h: a few steps of training, and what order.c makes of them.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#ifndef GF_TRAININGS_H
#define GF_TRAININGS_H

#include "basics.h"
#include "rates.h"

struct job {
	struct shape shape;
	gf_loss loss;
	struct update update;
	size_t batch_size; /* 0: all rows */
	int shuffled, weighted;
	int class_weights; /* of cross_entropy; and labels smoothed */
	int penalised;     /* by l1 and l2 */
	size_t looked_at;  /* rows behind those that train */
	size_t steps;
};

/* What is expected is the same for every way to share the work out. */
struct training {
	struct job job;
	struct problem problem; /* owned, its arrays too */
	struct plan plan;       /* owned; its rows are the shape's */
	uint32_t *order;
	double *rates; /* (steps, RATES) */
	float *weights, *class_weights;
	size_t parameters, planes;  /* P, S */
	float *start, *start_state; /* (P), (S, P) */
	float *losses, *history;    /* (steps), (steps, 2 + S, P) */
	float *end, *end_state;     /* (P), (S, P) */
	float *outputs;             /* (all rows, K) at start */
	float start_loss, end_loss; /* mean of all rows and outputs */
};

struct training *training_new(const struct job *job);
void training_free(struct training *t);

/* Fills in what order.c says. */
void training_expect(struct training *t);

struct engine *training_open(const struct training *t, gf_engine word, const struct tuning *tuning);

/* Trains, in runs of at most `most` steps; every number is that of order.c. */
void training_compare(
	struct engine *engine, const struct training *t, const struct tuning *tuning, size_t most);

/* Bits, not values: -0 is not +0, and a NaN is no excuse. */
void training_same(const struct training *t, const struct tuning *tuning, const char *what,
	const float *found, const float *wanted, size_t count);

/* An open engine's launches are changed: building anew for each work-group size would take most of
 * the time. */
void training_set_local(struct engine *engine, size_t local);

/* What memory held before the first launch must not matter: NaN would spread to every sum. */
void training_poison(struct engine *engine);

#endif

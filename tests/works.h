/*
 * works.h: the trainings that are timed, a row each: what tests/bench times, test_works.c holds to
 * the bits of order.c first.
 *
 *	N rows, D features, K outputs
 */
#ifndef GF_WORKS_H
#define GF_WORKS_H

#include "engine.h"

/* What is wanted of a figure. */
struct aim {
	enum {
		AIM_NONE,
		AIM_SHARE,   /* of the limit: at least */
		AIM_AHEAD,   /* of the peer: at least so many times as fast */
		AIM_AT_MOST, /* in the figure's own unit */
		AIM_AT_LEAST,
		AIM_SCALED, /* at most: times the ns a row of batches of 32 in order, by D / 32 */
	} kind;
	double at;
	const char *peer;
};

enum { AIMS = 3 };

struct work {
	const char *group; /* of the table of targets */
	const char *words;
	size_t rows; /* 0: as many as fill the memory that is asked for */
	size_t features, outputs;
	gf_loss loss;
	gf_optimizer optimizer;
	int momentum;      /* sgd: 0.9 */
	size_t batch_size; /* 0: all rows */
	int shuffled;
	size_t epochs;
	const char *engine; /* its word; NULL: auto.  A row whose word is no engine's is left out */
	struct aim aims[AIMS];
};

extern const struct work WORKS[];
extern const size_t WORKS_COUNT;

/* 1 where word is one of GF_ENGINE_LIST, which *engine then is; NULL is auto. */
int work_engine(const struct work *work, gf_engine *engine);

/* Its sums are others than those of the other engines. */
int work_is_moments(const struct work *work);

/* Steps of an epoch over so many rows. */
size_t work_steps(const struct work *work, size_t rows);

/* What the work cannot do without. */
struct effort {
	double bytes;     /* reading x and the targets once */
	double flops;     /* adds and products of floats, a fused one counting as two */
	double divisions; /* and square roots */
};

struct effort work_effort(const struct work *work, size_t rows);

#endif

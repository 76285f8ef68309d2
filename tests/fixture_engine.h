/*
 * fixture_engine.h: trainings of a few steps by an engine, compared to the bit with plain loops.
 *
 *	N rows, D features, K outputs, P parameters, S planes of state
 *
 *	struct training *t = new_training(&(struct setup){.shape = {100, 3, 1}, .steps = 2});
 *	struct engine *engine = open_engine(t, GF_ENGINE_streaming, (struct tuning){0});
 *
 *	assert_training_matches(engine, t, 2);
 *	engine_close(engine);
 *	free_training(t);
 *
 * A number with other bits fails the test with its place and both values.  GPUFIT_TEST_DEVICE names
 * the device, as --device does.
 */
#ifndef GF_FIXTURE_ENGINE_H
#define GF_FIXTURE_ENGINE_H

#include "basics.h"
#include "engine.h"
#include "rates.h"

/* What is trained, and how.  All else is random, with a seed that the shape decides. */
struct setup {
	struct shape shape;
	struct hidden hidden; /* count 0: a linear model */
	gf_loss loss;
	struct update update;
	size_t batch_size;      /* 0: all rows */
	int shuffled, weighted; /* the order of rows; sample weights */
	int offset;             /* rows have offsets; not for cross_entropy */
	int drop_last;          /* of each epoch the rows that do not fill a batch */
	int class_weights;      /* cross_entropy: with class weights, and labels smoothed */
	int penalised;          /* by l1 and l2 */
	size_t extra_rows;      /* behind the shape's, for validation: they do not train */
	size_t steps;
};

/* The results of a training. */
struct outcome {
	/* All arrays lie in one block, which losses owns. */
	float *losses;  /* (steps) of each step's batch, before its update */
	float *history; /* (steps, 2 + S, P): parameters, gradient, state before each step */
	float *end, *end_state; /* (P), (S, P) */
};

struct training {
	struct setup setup;
	struct problem problem; /* owned, its arrays too */
	struct plan plan;       /* owned; its rows are the shape's */
	uint32_t *order;
	double *rates; /* (steps, RATES) */
	float *weights, *class_weights;
	size_t parameters, planes;  /* P, S */
	float *start, *start_state; /* (P), (S, P) */
	/* What plain loops (order.h) make of it: expect_training. */
	struct outcome expected;
	float *outputs;             /* (all rows, K) at start */
	float start_loss, end_loss; /* mean of all rows and outputs */
	/* The engine that was opened last, for messages. */
	gf_engine engine;
	struct tuning tuning;
};

/* Floats of a step in a history. */
static inline size_t step_floats(const struct training *t)
{
	return (2 + t->planes) * t->parameters;
}

struct training *new_training(const struct setup *setup);

/* Like new_training, but skips the test if the device has no double precision, which the engine of
 * moments needs. */
struct training *new_moments_training(const struct setup *setup);

void free_training(struct training *t);

/* Trains by plain loops, for assert_training_matches. */
void expect_training(struct training *t);

enum { TRAINING_TEXT = 512 };

/* "streaming, 100 rows, 3-1, ...": what is trained, and by what.  A network is named by its widths
 * and its activation: "3-5-2 tanh". */
void describe_training(const struct training *t, char *text, size_t size);

/* ---- an engine ---- */

struct engine *open_engine(struct training *t, gf_engine word, struct tuning tuning);

/* Opens an engine in the context of another, which may be NULL: builds are shared. */
struct engine *open_engine_beside(
	struct training *t, gf_engine word, struct tuning tuning, struct engine *beside);

/* ---- a training by that engine ---- */

struct outcome new_outcome(const struct training *t);
void free_outcome(struct outcome *outcome);

/* Steps [first, first + count); recorded: their history, too. */
void run_steps(struct engine *engine, const struct training *t, size_t first, size_t count,
	int recorded, struct outcome *outcome);

/* Trains from the start in runs of at most so many steps. */
struct outcome run_training(struct engine *engine, const struct training *t, size_t most_steps);

/* Trains as run_training does, and compares each number with those of expect_training: also the
 * losses and outputs of all rows, at the start and at the end. */
void assert_training_matches(struct engine *engine, const struct training *t, size_t most_steps);

/* ---- comparisons ----
 *
 * They compare bits, not values: -0 differs from +0, and a NaN passes only where it is wanted. */

void assert_same_outcome(
	const struct training *t, const struct outcome *found, const struct outcome *wanted);

/* But for the history. */
void assert_same_end(
	const struct training *t, const struct outcome *found, const struct outcome *wanted);

/* outputs (rows, K) of rows [first, first + rows) */
void assert_same_outputs(const struct training *t, size_t first, size_t rows, const float *found,
	const float *wanted);

void assert_same_loss(const struct training *t, const char *what, float found, float wanted);

#endif

/*
 * problem.h: what a training minimises and how it moves, and the plan of its steps.
 *
 *	N rows, D features, K outputs, P parameters: of each layer the weight (outputs, inputs),
 *	then the bias (outputs)
 */
#ifndef GF_PROBLEM_H
#define GF_PROBLEM_H

#include "catalog.h"
#include "dataset.h"
#include "network.h"
#include "shared.h"

/* The optimiser and its variants; each combination is a build of the kernels. */
struct update {
	gf_optimizer optimizer;
	int momentum; /* 1: the state of sgd or rmsprop has the momentum */
	int nesterov, maximize, amsgrad, centered;
	int clip_norm, clip_value, average, no_bias;
};

/* Returns 1 if the optimiser leaves a parameter as it is where its gradient is 0, as long as there
 * are no penalties.  With maximize -0 becomes +0. */
static inline int update_is_lazy(const struct update *u)
{
	return u->optimizer == GF_OPTIMIZER_sgd && !u->momentum && !u->maximize && !u->average &&
	       !u->clip_norm;
}

struct problem {
	const gf_dataset *data; /* borrowed; without targets if only outputs are computed */
	size_t train_rows;      /* the first rows train; the others validate */
	size_t outputs;         /* K */
	struct hidden hidden;   /* count 0: a linear model, whose P is K (D + 1) */
	gf_loss loss;
	struct loss_parameters loss_parameters;
	const float *weights;       /* borrowed; (N) weights of rows, or NULL */
	const float *class_weights; /* borrowed; (K) for cross_entropy, or NULL */
	struct update update;
	size_t batch_size; /* rows of a step, at most train_rows */
};

enum { PLANES_MOST = 4 };

/* Returns S, the planes of P floats that an update remembers (updates.c); with `average` the last
 * one is the average of the parameters. */
size_t problem_planes(const struct problem *problem);

static inline struct network problem_network(const struct problem *problem)
{
	struct network network;

	network_of(&network, problem->data->features, &problem->hidden, problem->outputs);
	return network;
}

/* Returns P. */
static inline size_t problem_params(const struct problem *problem)
{
	return problem_network(problem).parameters;
}

/* The rows order[first] .. order[first + count - 1], or first .. first + count - 1 if order is
 * NULL. */
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
	size_t first,
		count; /* steps [first, first + count), counted from the first epoch's start */
	size_t rows;   /* n rows of an epoch; its last batch may be smaller */
	const uint32_t *order; /* (epochs, n) borrowed; NULL: rows are not shuffled */
	const double *rates;   /* (count, RATES); rates_constant: (1, RATES) */
	int rates_constant;
};

/* Returns the steps of an epoch. */
static inline size_t plan_batches(const struct plan *plan, size_t batch_size)
{
	return (plan->rows + batch_size - 1) / batch_size;
}

/* Returns the batch of step first + i. */
static inline struct batch plan_batch(const struct plan *plan, size_t batch_size, size_t i)
{
	const size_t batches = plan_batches(plan, batch_size), step = plan->first + i;
	const size_t first = step % batches * batch_size, left = plan->rows - first;

	return (struct batch){
		.order = plan->order ? plan->order + step / batches * plan->rows : NULL,
		.first = first,
		.count = left < batch_size ? left : batch_size};
}

static inline const double *plan_rates(const struct plan *plan, size_t i)
{
	return plan->rates + (plan->rates_constant ? 0 : i * RATES);
}

#endif

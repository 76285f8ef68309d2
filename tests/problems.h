/*
 * problems.h: small problems, and what float loops make of them.
 */
#ifndef GF_PROBLEMS_H
#define GF_PROBLEMS_H

#include "basics.h"
#include "order.h"
#include "reference.h"

enum { MOST_PARAMETERS = 256 };

/* mse by plain sgd on all rows; all zeros. */
struct problem problem_of(struct shape s);

struct problem random_problem(struct shape s, struct rng *rng);
struct problem problem_with(struct shape s, const float *x, const float *y);
void problem_free(const struct problem *problem);

/* 1/M of all rows */
double scale_of(const struct problem *problem);

/* y = x^2 at the notebook's points, or at seven symmetric ones */
struct problem seven_points(const float *x);
extern const float NOTEBOOK_X[7];
extern const float SYMMETRIC_X[7];

/* What float loops make of a problem: of before, state and rates, all the rest. */
struct floats {
	float before[MOST_PARAMETERS], state[PLANES_MOST * MOST_PARAMETERS];
	double rates[RATES];
	float loss, gradient[MOST_PARAMETERS], after[MOST_PARAMETERS],
		state_after[PLANES_MOST * MOST_PARAMETERS];
};

/* One step on all rows. */
void take_floats(struct floats *f, const struct problem *problem);

/* By sgd, with momentum 0.5 where the problem has it: sets the rates. */
void take_sgd_floats(struct floats *f, const struct problem *problem, double lr);

#endif

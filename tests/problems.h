/*
 * problems.h: small problems, and what float loops make of them.
 */
#ifndef GF_PROBLEMS_H
#define GF_PROBLEMS_H

#include "basics.h"
#include "order.h"
#include "reference.h"

enum { MOST_PARAMETERS = 256 };

/* All zeros. */
struct problem problem_of(struct shape s);

struct problem random_problem(struct shape s, struct rng *rng);
struct problem problem_with(struct shape s, const float *x, const float *y);
void problem_free(const struct problem *problem);

size_t parameters_of(const struct problem *problem);
struct order_problem order_of(const struct problem *problem);

/* y = x^2 at the notebook's points, or at seven symmetric ones */
struct problem seven_points(const float *x);
extern const float NOTEBOOK_X[7];
extern const float SYMMETRIC_X[7];

/* What float loops make of a problem: of before, all the rest. */
struct floats {
	float loss, before[MOST_PARAMETERS], gradient[MOST_PARAMETERS], after[MOST_PARAMETERS];
};

void take_floats(struct floats *f, const struct problem *problem, float lr);

#endif

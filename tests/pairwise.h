/*
 * pairwise.h: chooses few cases in which each value of a factor meets each value of every other.
 *
 *	struct pairwise p;
 *	size_t at[3];
 *
 *	pairwise_start(&p, (const size_t[]){COUNT(ROWS), COUNT(WIDTHS), COUNT(LOSSES)}, 3);
 *	while (pairwise_next(&p, at))
 *		test_case(ROWS[at[0]], WIDTHS[at[1]], LOSSES[at[2]]);
 *
 * The first cases, as many as the largest factor has values, have each value of every factor: a
 * test that has to be quick stops there.
 */
#ifndef PAIRWISE_H
#define PAIRWISE_H

#include "rng.h"

#include <stddef.h>

enum { PAIRWISE_FACTORS = 16, PAIRWISE_VALUES = 128 /* of all factors together */ };

struct pairwise {
	size_t factors;
	size_t first[PAIRWISE_FACTORS + 1];  /* factor f has values first[f] .. first[f + 1] - 1 */
	unsigned char used[PAIRWISE_VALUES]; /* 1: a case has the value */
	unsigned char met[PAIRWISE_VALUES][PAIRWISE_VALUES];
	struct rng rng;
};

/* sizes (factors): how many values each factor has.  Fails the test if they are too many. */
void pairwise_start(struct pairwise *p, const size_t *sizes, size_t factors);

/* Sets at (factors) to the next case: a value of each factor, counted from 0.  Returns the number
 * of pairs that had not met before; 0: all have met. */
size_t pairwise_next(struct pairwise *p, size_t *at);

#endif

#include "pairwise.h"

#include "basics.h"

#include <string.h>

void pairwise_start(struct pairwise *p, const size_t *sizes, size_t factors)
{
	size_t f;

	assert_true(factors <= PAIRWISE_FACTORS);
	memset(p, 0, sizeof *p);
	p->factors = factors;
	rng_seed(&p->rng, 14);
	for (f = 0; f < factors; f++)
		p->first[f + 1] = p->first[f] + sizes[f];
	assert_true(p->first[factors] <= PAIRWISE_VALUES);
}

/* Counts the values of a factor that value v has not met. */
static size_t unmet(const struct pairwise *p, size_t v, size_t factor)
{
	size_t count = 0, u;

	for (u = p->first[factor]; u < p->first[factor + 1]; u++)
		count += !p->met[v][u];
	return count;
}

/* Returns the value of a factor that makes the most new pairs with the values chosen (factors), of
 * which SIZE_MAX means none yet.  A value that no case has had goes first; of equal ones a random
 * one, so that factors whose values have all met do not change in step. */
static size_t best_value(struct pairwise *p, const size_t *chosen, size_t factor)
{
	size_t best = p->first[factor], best_score = 0, v, f;
	unsigned equal = 0;

	for (v = p->first[factor]; v < p->first[factor + 1]; v++) {
		size_t score = p->used[v] ? 0 : PAIRWISE_VALUES;

		for (f = 0; f < p->factors; f++)
			if (chosen[f] != SIZE_MAX)
				score += !p->met[v][chosen[f]];
		if (score < best_score)
			continue;
		equal = score > best_score ? 1 : equal + 1;
		best_score = score;
		if (random_below(&p->rng, equal) == 0)
			best = v;
	}
	return best;
}

/* Returns the value that has the most pairs to meet, and its factor. */
static size_t first_value(const struct pairwise *p, size_t *factor)
{
	size_t best = 0, most = 0, f, g, v;

	for (f = 0; f < p->factors; f++)
		for (v = p->first[f]; v < p->first[f + 1]; v++) {
			size_t count = p->used[v] ? 0 : PAIRWISE_VALUES;

			for (g = 0; g < p->factors; g++)
				count += g == f ? 0 : unmet(p, v, g);
			if (count > most) {
				most = count;
				best = v;
				*factor = f;
			}
		}
	return best;
}

/* Marks the pairs of a case, and returns how many are new. */
static size_t mark(struct pairwise *p, const size_t *chosen)
{
	size_t count = 0, f, g;

	for (f = 0; f < p->factors; f++) {
		p->used[chosen[f]] = 1;
		for (g = 0; g < f; g++) {
			count += !p->met[chosen[f]][chosen[g]];
			p->met[chosen[f]][chosen[g]] = p->met[chosen[g]][chosen[f]] = 1;
		}
	}
	return count;
}

size_t pairwise_next(struct pairwise *p, size_t *at)
{
	size_t chosen[PAIRWISE_FACTORS], start = 0, first, count, f;

	for (f = 0; f < p->factors; f++)
		chosen[f] = SIZE_MAX;
	first = first_value(p, &start);
	chosen[start] = first;
	for (f = 0; f < p->factors; f++)
		if (f != start)
			chosen[f] = best_value(p, chosen, f);
	count = mark(p, chosen);
	for (f = 0; f < p->factors; f++)
		at[f] = chosen[f] - p->first[f];
	return count;
}

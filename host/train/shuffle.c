#include "shuffle.h"

#include <math.h>

void shuffle_split(
	struct rng *rng, uint32_t *order, size_t rows, double validation, size_t *train_rows)
{
	size_t train = (size_t)floor((double)rows * (1.0 - validation));
	size_t others = (size_t)floor((double)rows * validation);

	/* Rows that both roundings left over go to the first part, then to the second. */
	if (train + others < rows)
		train += (rows - train - others + 1) / 2;
	*train_rows = train;
	rng_permutation(rng, order, rows);
}

/* The loader draws two seeds: one for its workers, of which there are none here, and one for
 * the generator of the order, which the sampler makes anew in each epoch. */
void shuffle_epoch(struct rng *rng, uint32_t *order, size_t n)
{
	struct rng sampler;

	rng_next64(rng);
	rng_seed(&sampler, rng_next64(rng)); /* & (2^63 - 1), as PyTorch, changes no low bit */
	rng_permutation(&sampler, order, n);
}

void shuffle_skip(struct rng *rng)
{
	rng_next64(rng);
	rng_next64(rng);
}

/*
 * rng.h: the numbers that PyTorch draws on the CPU, bit for bit.
 *
 * torch.manual_seed(S) is rng_seed(&rng, S); tensor.uniform_(lo, hi) is one
 * rng_uniform for each element in row-major order.
 */
#ifndef GF_RNG_H
#define GF_RNG_H

#include <stdint.h>

enum { RNG_WORDS = 624 };

struct rng {
	uint32_t state[RNG_WORDS]; /* of mt19937 */
	unsigned next;             /* word of state to hand out next; RNG_WORDS: all are used up */
};

/* Only the low 32 bits of seed count, as in PyTorch. */
void rng_seed(struct rng *rng, uint64_t seed);

uint32_t rng_next32(struct rng *rng);

/* In [lo, hi]: rounding can give hi itself. */
float rng_uniform(struct rng *rng, float lo, float hi);

#endif

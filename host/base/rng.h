/*
 * rng.h: draws the random numbers that PyTorch draws on the CPU, bit for bit.
 *
 * torch.manual_seed(S) is rng_seed(&rng, S); tensor.uniform_(lo, hi) is one
 * rng_uniform for each element in row-major order, torch.randperm(n) one rng_permutation.
 */
#ifndef GF_RNG_H
#define GF_RNG_H

#include <stddef.h>
#include <stdint.h>

enum { RNG_WORDS = 624 };

struct rng {
	uint32_t state[RNG_WORDS]; /* of mt19937 */
	unsigned next;             /* index of the next word to return; RNG_WORDS: none is left */
};

/* As in PyTorch, only the low 32 bits of seed are used. */
void rng_seed(struct rng *rng, uint64_t seed);

uint32_t rng_next32(struct rng *rng);

/* Two draws of 32 bits, the upper half first. */
uint64_t rng_next64(struct rng *rng);

/* A number in [lo, hi]; it can be hi because of rounding. */
float rng_uniform(struct rng *rng, float lo, float hi);

/* order (n) = torch.randperm(n): the numbers below n <= UINT32_MAX in random order.  Draws n - 1
 * numbers of 32 bits or, from n = UINT32_MAX / 20 on, n numbers of 64 bits. */
void rng_permutation(struct rng *rng, uint32_t *order, size_t n);

#endif

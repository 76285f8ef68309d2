#include "rng.h"

#include <math.h>

/* mt19937: Matsumoto and Nishimura, "Mersenne Twister", 1998, with the seeding of 2002. */
enum { MIDDLE = 397 };

void rng_seed(struct rng *rng, uint64_t seed)
{
	rng->state[0] = (uint32_t)seed;
	for (uint32_t i = 1; i < RNG_WORDS; i++) {
		uint32_t previous = rng->state[i - 1];

		rng->state[i] = 1812433253u * (previous ^ previous >> 30) + i;
	}
	rng->next = RNG_WORDS;
}

static void twist(struct rng *rng)
{
	uint32_t *s = rng->state;

	for (unsigned i = 0; i < RNG_WORDS; i++) {
		uint32_t y = (s[i] & 0x80000000u) | (s[(i + 1) % RNG_WORDS] & 0x7fffffffu);

		s[i] = s[(i + MIDDLE) % RNG_WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
	}
	rng->next = 0;
}

uint32_t rng_next32(struct rng *rng)
{
	if (rng->next == RNG_WORDS)
		twist(rng);

	uint32_t y = rng->state[rng->next++];

	y ^= y >> 11;
	y ^= y << 7 & 0x9d2c5680u;
	y ^= y << 15 & 0xefc60000u;
	return y ^ y >> 18;
}

uint64_t rng_next64(struct rng *rng)
{
	uint64_t high = rng_next32(rng);

	return high << 32 | rng_next32(rng);
}

float rng_uniform(struct rng *rng, float lo, float hi)
{
	float unit = (float)(rng_next32(rng) & 0xffffff) * 0x1p-24f;

	/* PyTorch's vector kernels use fma, too; without it 6 values in 100 differ. */
	return fmaf(unit, hi - lo, lo);
}

/* Fisher and Yates.  The remainder of a 32-bit number is not quite uniform, by up to n / 2^32,
 * which PyTorch accepts up to a twentieth. */
static void permute_few(struct rng *rng, uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	for (size_t i = 0; i + 1 < n; i++) {
		size_t j = i + rng_next32(rng) % (n - i);
		uint32_t swapped = order[i];

		order[i] = order[j];
		order[j] = swapped;
	}
}

/* Fisher and Yates from the inside out, which PyTorch uses for many numbers. */
static void permute_many(struct rng *rng, uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t j = (size_t)(rng_next64(rng) % (i + 1));

		order[i] = (uint32_t)i; /* j may be i */
		order[i] = order[j];
		order[j] = (uint32_t)i;
	}
}

void rng_permutation(struct rng *rng, uint32_t *order, size_t n)
{
	if (n < UINT32_MAX / 20)
		permute_few(rng, order, n);
	else
		permute_many(rng, order, n);
}

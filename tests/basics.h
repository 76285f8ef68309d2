/*
 * basics.h: what every test includes.
 */
#ifndef GF_BASICS_H
#define GF_BASICS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gpufitcl.h"
#include "network.h"
#include "rng.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct shape {
	size_t rows, features, outputs;
};

/* out (count), uniform in [-reach, reach) */
void random_floats(struct rng *rng, float *out, size_t count, float reach);

/* A power of ten between 10^lo and 10^hi. */
float random_magnitude(struct rng *rng, float lo, float hi);

/* A whole number from 0 to below limit. */
unsigned random_below(struct rng *rng, unsigned limit);

/* FNV-1a over the bytes of numbers (count), little-endian. */
uint64_t hash_numbers(const uint32_t *numbers, size_t count);

void assert_begins(const char *text, const char *beginning);
void assert_close(const char *what, double found, double wanted, double tolerance);

/* Compares bits: -0 differs from +0, and a NaN passes where it is wanted. */
void assert_same_float(float found, float wanted, const char *what, size_t place);

/* A model whose parameters are all 0. */
gf_model *new_model(size_t features, size_t outputs);
gf_model *new_network(size_t features, const struct hidden *hidden, size_t outputs);

/* Starts the parameters as torch.manual_seed(seed) and nn.Linear do, layer by layer. */
void init_params(gf_model *model, uint64_t seed);

#endif

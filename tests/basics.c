#include "basics.h"

#include "model.h"

#include <math.h>
#include <string.h>

void random_floats(struct rng *rng, float *out, size_t count, float reach)
{
	size_t i;

	for (i = 0; i < count; i++)
		out[i] = rng_uniform(rng, -reach, reach);
}

float random_magnitude(struct rng *rng, float lo, float hi)
{
	return powf(10.0f, rng_uniform(rng, lo, hi));
}

unsigned random_below(struct rng *rng, unsigned limit)
{
	return rng_next32(rng) % limit;
}

uint64_t hash_numbers(const uint32_t *numbers, size_t count)
{
	uint64_t hash = 0xcbf29ce484222325u;
	size_t i;
	int b;

	for (i = 0; i < count; i++)
		for (b = 0; b < 32; b += 8)
			hash = (hash ^ (numbers[i] >> b & 0xff)) * 0x100000001b3u;
	return hash;
}

void assert_begins(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		fail_msg("%s\ndoes not begin with\n%s", text, beginning);
}

void assert_close(const char *what, double found, double wanted, double tolerance)
{
	if (!(fabs(found - wanted) <= tolerance))
		fail_msg("%s is %.17g, wanted %.17g: off by %.3g, tolerance %.3g", what, found,
			wanted, fabs(found - wanted), tolerance);
}

void assert_same_float(float found, float wanted, const char *what, size_t place)
{
	if (memcmp(&found, &wanted, sizeof found) != 0)
		fail_msg("%s[%zu] is %a, wanted %a", what, place, (double)found, (double)wanted);
}

gf_model *new_model(size_t features, size_t outputs)
{
	const struct hidden none = {.count = 0};

	return new_network(features, &none, outputs);
}

gf_model *new_network(size_t features, const struct hidden *hidden, size_t outputs)
{
	gf_model *model = NULL;
	gf_error err = {0};

	if (model_new_network(&model, features, hidden, outputs, &err))
		fail_msg("%s", err.message);
	return model;
}

void init_params(gf_model *model, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	assert_int_equal(model_init(model, GF_INIT_pytorch, &rng, NULL), GF_OK);
}

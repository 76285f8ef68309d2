/*
 * activations.c: each activation of kernels/activation.cl by its textbook formula, in double, with
 * a bound on the error of float (bounded.h).  A new activation needs a function <word>_at here.
 *
 *	relu        max(z, 0)                       slope 1 above 0, else 0
 *	leaky_relu  z above 0, else n z             slope 1 above 0, else n
 *	tanh        a = tanh(z)                     slope 1 - a^2
 *	sigmoid     a = 1 / (1 + exp(-z))           slope a (1 - a)
 *	silu        z s, s = sigmoid(z)             slope s (1 + z (1 - s))
 *	gelu        z n, n = (1 + erf(z/sqrt 2))/2  slope n + z exp(-z^2/2) / sqrt(2 pi)
 *	gelu_tanh   z s, s = sigmoid(v)             slope s (1 + z (1 - s) v'),
 *	            v = 2 sqrt(2/pi) (z + 0.044715 z^3)
 */
#include "activation.h"

#include "catalog.h"

#include <math.h>

typedef struct activated activation_formula(const struct hidden *, struct bounded z);

#define ROOT_2_PI 0.79788456080286536 /* sqrt(2 / pi) */

static const struct bounded ZERO = {0.0, 0.0}, ONE = {1.0, 0.0};

/* ---- lines with a kink at 0 ---- */

static struct activated relu_at(const struct hidden *hidden, struct bounded z)
{
	(void)hidden;
	return (struct activated){bounded_select(z, z, ZERO), bounded_select(z, ONE, ZERO)};
}

static struct activated leaky_relu_at(const struct hidden *hidden, struct bounded z)
{
	const struct bounded slope = bounded_constant(hidden->negative_slope);

	return (struct activated){
		bounded_select(z, z, bounded_mul(z, slope)), bounded_select(z, ONE, slope)};
}

/* ---- smooth ones ---- */

static struct activated tanh_at(const struct hidden *hidden, struct bounded z)
{
	const struct bounded a = bounded_tanh(z);

	(void)hidden;
	return (struct activated){a, bounded_sub(ONE, bounded_mul(a, a))};
}

static struct activated sigmoid_at(const struct hidden *hidden, struct bounded z)
{
	const struct bounded a = bounded_sigmoid(z);

	(void)hidden;
	return (struct activated){a, bounded_mul(a, bounded_sub(ONE, a))};
}

static struct activated silu_at(const struct hidden *hidden, struct bounded z)
{
	const struct bounded s = bounded_sigmoid(z);
	const struct bounded rest = bounded_mul(z, bounded_sub(ONE, s));

	(void)hidden;
	return (struct activated){bounded_mul(z, s), bounded_mul(s, bounded_add(ONE, rest))};
}

static struct activated gelu_at(const struct hidden *hidden, struct bounded z)
{
	const struct bounded share = bounded_normal(z);

	(void)hidden;
	return (struct activated){
		bounded_mul(z, share), bounded_add(share, bounded_mul(z, bounded_density(z)))};
}

/* Beyond -11 and 11 s is 0 or 1: in double, too, it is within 1e-48 of them. */
static struct activated gelu_tanh_at(const struct hidden *hidden, struct bounded z)
{
	const struct bounded line = bounded_constant(2.0 * ROOT_2_PI);
	const struct bounded cube = bounded_constant(2.0 * ROOT_2_PI * 0.044715);
	const struct bounded cube_slope = bounded_constant(6.0 * ROOT_2_PI * 0.044715);
	const struct bounded x = bounded_clamp(z, 11.0), square = bounded_mul(x, x);
	const struct bounded v = bounded_mul(x, bounded_fma(square, cube, line));
	const struct bounded dv = bounded_fma(square, cube_slope, line);
	const struct bounded s = bounded_sigmoid(v), rest = bounded_mul(x, bounded_sub(ONE, s));

	(void)hidden;
	return (struct activated){bounded_mul(z, s), bounded_mul(s, bounded_fma(rest, dv, ONE))};
}

/* ---- all of them ---- */

#define FORMULA(word, help) word##_at,

static activation_formula *const FORMULAS[GF_ACTIVATION_COUNT] = {GF_ACTIVATION_LIST(FORMULA)};

struct activated activation_at(const struct hidden *hidden, struct bounded z)
{
	return FORMULAS[hidden->activation](hidden, z);
}

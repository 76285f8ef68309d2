/*
 * activations.c: each activation of kernels/activation.cl by its textbook formula, in double, with
 * a bound on the error of float (bounded.h).  A new activation needs a function <word>_at here.
 *
 *	relu        max(z, 0)                       slope 1 above 0, else 0
 *	leaky_relu  z above 0, else n z             slope 1 above 0, else n
 *	tanh        a = tanh(z)                     slope 1 - a^2
 *	sigmoid     a = 1 / (1 + exp(-z))           slope a (1 - a)
 *	silu        z s, s = sigmoid(z)             slope s (1 + z (1 - s))
 *	gelu        z c, c = (1 + erf(z/sqrt 2))/2  slope c + z exp(-z^2/2) / sqrt(2 pi)
 *	gelu_tanh   z (1 + t) / 2, t = tanh(v), v = sqrt(2/pi) (z + 0.044715 z^3)
 *	            slope (1 + t) / 2 + z (1 - t^2) v' / 2, v' = sqrt(2/pi) (1 + 0.134145 z^2)
 */
#include "activation.h"

#include "catalog.h"

#include <math.h>

typedef struct activated activation_formula(const struct hidden *, struct bounded z);

static const struct bounded ZERO = {0.0, 0.0}, ONE = {1.0, 0.0}, HALF = {0.5, 0.0};

/* ---- lines with a kink at 0 ---- */

/* z above 0, else negative z.  The function is monotonous, so its error is that at an end. */
static struct activated kinked(struct bounded negative, struct bounded z)
{
	const struct bounded below = bounded_mul(negative, z);

	return (struct activated){bounded_select(z, z, below), bounded_select(z, ONE, negative)};
}

static struct activated relu_at(const struct hidden *hidden, struct bounded z)
{
	(void)hidden;
	return (struct activated){bounded_select(z, z, ZERO), bounded_select(z, ONE, ZERO)};
}

static struct activated leaky_relu_at(const struct hidden *hidden, struct bounded z)
{
	return kinked(bounded_constant(hidden->negative_slope), z);
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
	const struct bounded root = bounded_constant(0.70710678118654752);
	const struct bounded peak = bounded_constant(0.39894228040143268);
	const struct bounded e = bounded_erf(bounded_mul(z, root));
	const struct bounded share = bounded_mul(HALF, bounded_add(ONE, e));
	const struct bounded square = bounded_mul(z, z);
	const struct bounded density =
		bounded_mul(peak, bounded_exp(bounded_neg(bounded_mul(HALF, square))));

	(void)hidden;
	return (struct activated){
		bounded_mul(z, share), bounded_add(share, bounded_mul(z, density))};
}

static struct activated gelu_tanh_at(const struct hidden *hidden, struct bounded z)
{
	const struct bounded factor = bounded_constant(0.79788456080286536);
	const struct bounded cube = bounded_constant(0.044715), three = bounded_exact(3.0);
	const struct bounded bend = bounded_mul(cube, bounded_mul(z, z));
	const struct bounded v = bounded_mul(factor, bounded_add(z, bounded_mul(bend, z)));
	const struct bounded dv = bounded_mul(factor, bounded_add(ONE, bounded_mul(three, bend)));
	const struct bounded t = bounded_tanh(v), dt = bounded_sub(ONE, bounded_mul(t, t));
	const struct bounded share = bounded_mul(HALF, bounded_add(ONE, t));
	const struct bounded half = bounded_mul(HALF, z);

	(void)hidden;
	return (struct activated){
		bounded_mul(z, share), bounded_add(share, bounded_mul(half, bounded_mul(dt, dv)))};
}

/* ---- all of them ---- */

#define FORMULA(word, help) word##_at,

static activation_formula *const FORMULAS[GF_ACTIVATION_COUNT] = {GF_ACTIVATION_LIST(FORMULA)};

struct activated activation_at(const struct hidden *hidden, struct bounded z)
{
	return FORMULAS[hidden->activation](hidden, z);
}

/*
 * activation.cl: value of an activation and its slope (the derivative with respect to z), for one
 * row or for 16 (REAL: lanes.cl).
 *
 *	relu		max(0, z)			1 above 0, else 0
 *	leaky_relu	z above 0, else c z		1 above 0, else c (negative_slope)
 *	tanh		a = tanh z			1 - a^2
 *	sigmoid		a = 1 / (1 + exp(-z))		a (1 - a)
 *	silu		z s, s = sigmoid z		s (1 + z (1 - s))
 *	gelu		z n, n = normal(z)		n + z density(z)
 *	gelu_tanh	z s, s = sigmoid(2 u)		s (1 + z (1 - s) 2 u')
 *			u = sqrt(2 / pi) (z + 0.044715 z^3)
 *
 * These are PyTorch's functions.  Its gelu is z (1 + erf(z / sqrt 2)) / 2, and gelu_tanh
 * z (1 + tanh u) / 2, which is the same, but 1 + tanh u loses the digits of negative z.
 * -DACTIVATION=<word>_activation picks the function; its name is whole because PoCL has a macro
 * tanh.
 */
#ifndef ACTIVATION_CL
#define ACTIVATION_CL

#include "sigmoids.cl"

#ifndef ACTIVATION
#define ACTIVATION relu_activation
#endif

#define activation ACTIVATION

/* a, and da/dz */
struct activated {
	REAL value, slope;
};

static struct activated activated(REAL value, REAL slope)
{
	struct activated a;

	a.value = value;
	a.slope = slope;
	return a;
}

static struct activated relu_activation(REAL z, float none)
{
	return activated(z <= 0.0f ? ALL(0.0f) : z, z > 0.0f ? ALL(1.0f) : ALL(0.0f));
}

static struct activated leaky_relu_activation(REAL z, float negative_slope)
{
	const REAL slope = z > 0.0f ? ALL(1.0f) : ALL(negative_slope);

	return activated(z * slope, slope);
}

static struct activated tanh_activation(REAL z, float none)
{
	const REAL a = real_tanh(z);

	return activated(a, fma(-a, a, ALL(1.0f)));
}

static struct activated sigmoid_activation(REAL z, float none)
{
	const REAL a = real_sigmoid(z);

	return activated(a, a * (1.0f - a));
}

static struct activated silu_activation(REAL z, float none)
{
	const REAL s = real_sigmoid(z);

	return activated(z * s, s * fma(z, 1.0f - s, ALL(1.0f)));
}

static struct activated gelu_activation(REAL z, float none)
{
	const struct normal n = real_normal(z);

	return activated(z * n.below, fma(z, n.density, n.below));
}

static struct activated gelu_tanh_activation(REAL z, float none)
{
	/* Beyond -11 and 11 s is 0 or 1. */
	const REAL x = copysign(size_up_to(z, ALL(11.0f)), z), square = x * x;
	const REAL double_u = x * fma(square, ALL(0x1.2444f2p-4f), ALL(0x1.988454p+0f));
	const REAL double_slope = fma(square, ALL(0x1.b6676cp-3f), ALL(0x1.988454p+0f));
	const REAL s = real_sigmoid(double_u), rest = x * (1.0f - s);

	return activated(z * s, s * fma(rest, double_slope, ALL(1.0f)));
}

#endif

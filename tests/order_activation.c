/* order_activation.c: each activation as in kernels/activation.cl. */
#include "order.h"

#include <math.h>

/* An activation and its slope at z; `negative` is the slope of leaky_relu below 0. */
struct activated {
	float value, slope;
};

static struct activated relu(float z, float none)
{
	(void)none;
	return (struct activated){z <= 0.0f ? 0.0f : z, z > 0.0f ? 1.0f : 0.0f};
}

static struct activated leaky_relu(float z, float negative)
{
	return z > 0.0f ? (struct activated){z, 1.0f} : (struct activated){z * negative, negative};
}

static struct activated of_tanh(float z, float none)
{
	const float a = order_tanh(z);

	(void)none;
	return (struct activated){a, fmaf(-a, a, 1.0f)};
}

static struct activated sigmoid(float z, float none)
{
	const float a = order_sigmoid(z);

	(void)none;
	return (struct activated){a, a * (1.0f - a)};
}

static struct activated silu(float z, float none)
{
	const float s = order_sigmoid(z);

	(void)none;
	return (struct activated){z * s, s * fmaf(z, 1.0f - s, 1.0f)};
}

static struct activated gelu(float z, float none)
{
	const float below = order_normal(z);

	(void)none;
	return (struct activated){z * below, fmaf(z, order_density(z), below)};
}

static struct activated gelu_tanh(float z, float none)
{
	const float x = copysignf(fminf(fabsf(z), 11.0f), z), square = x * x;
	const float double_u = x * fmaf(square, 0x1.2444f2p-4f, 0x1.988454p+0f);
	const float double_slope = fmaf(square, 0x1.b6676cp-3f, 0x1.988454p+0f);
	const float s = order_sigmoid(double_u), rest = x * (1.0f - s);

	(void)none;
	return (struct activated){z * s, s * fmaf(rest, double_slope, 1.0f)};
}

typedef struct activated activation(float z, float negative);

static activation *const ACTIVATIONS[GF_ACTIVATION_COUNT] = {[GF_ACTIVATION_relu] = relu,
	[GF_ACTIVATION_tanh] = of_tanh,
	[GF_ACTIVATION_sigmoid] = sigmoid,
	[GF_ACTIVATION_gelu] = gelu,
	[GF_ACTIVATION_gelu_tanh] = gelu_tanh,
	[GF_ACTIVATION_leaky_relu] = leaky_relu,
	[GF_ACTIVATION_silu] = silu};

float order_activation(const struct hidden *hidden, float z)
{
	return ACTIVATIONS[hidden->activation](z, (float)hidden->negative_slope).value;
}

float order_activation_slope(const struct hidden *hidden, float z)
{
	return ACTIVATIONS[hidden->activation](z, (float)hidden->negative_slope).slope;
}

/* order_activation.c: each activation as in kernels/activation.cl. */
#include "order.h"

/* An activation and its slope at z; `negative` is the slope of leaky_relu below 0. */
struct activated {
	float value, slope;
};

static struct activated relu(float z, float negative)
{
	(void)negative;
	return z > 0.0f ? (struct activated){z, 1.0f} : (struct activated){0.0f, 0.0f};
}

static struct activated leaky_relu(float z, float negative)
{
	return z > 0.0f ? (struct activated){z, 1.0f} : (struct activated){z * negative, negative};
}

typedef struct activated activation(float z, float negative);

static activation *const ACTIVATIONS[GF_ACTIVATION_COUNT] = {
	[GF_ACTIVATION_relu] = relu, [GF_ACTIVATION_leaky_relu] = leaky_relu};

float order_activation(const struct hidden *hidden, float z)
{
	return ACTIVATIONS[hidden->activation](z, (float)hidden->negative_slope).value;
}

float order_activation_slope(const struct hidden *hidden, float z)
{
	return ACTIVATIONS[hidden->activation](z, (float)hidden->negative_slope).slope;
}

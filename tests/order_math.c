/* order_math.c: the functions of kernels/math.cl and sigmoids.cl, one number at a time. */
#include "order.h"

#include "bits.h"

#include <math.h>

enum { INFINITY_BITS = 0x7f800000, NAN_BITS = 0x7fc00000, SMALLEST = 0x00800000 };

/* floor(a / 2^by), as >> does it in a kernel. */
static int32_t shifted(int32_t a, int by)
{
	return (int32_t)floor((double)a / (double)(1 << by));
}

static float expm1_near_0(float r)
{
	float q = 0x1.6a243ap-10f;

	q = fmaf(q, r, 0x1.1239e4p-7f);
	q = fmaf(q, r, 0x1.5558f2p-5f);
	q = fmaf(q, r, 0x1.555492p-3f);
	q = fmaf(q, r, 0x1.fffffcp-2f);
	return fmaf(q, r * r, r);
}

float order_exp(float x)
{
	const float sum = fmaf(x, 0x1.715476p+0f, 0x1.8p23f), k = sum - 0x1.8p23f;
	const float r = fmaf(k, 0x1.05c610p-29f, fmaf(k, -0x1.62e430p-1f, x));

	if (isnan(x))
		return float_of_bits(NAN_BITS);
	if (x > 0x1.62e42ep+6f)
		return INFINITY;
	if (x < -0x1.5d589ep+6f)
		return 0.0f;
	return float_of_bits(bits_of_float(expm1_near_0(r) + 1.0f) + (bits_of_float(sum) << 23));
}

static float log_parts(float k, float f)
{
	float q = -0x1.08055cp-3f;

	q = fmaf(q, f, 0x1.1e66b2p-3f);
	q = fmaf(q, f, -0x1.f31154p-4f);
	q = fmaf(q, f, 0x1.1ed718p-3f);
	q = fmaf(q, f, -0x1.559dcap-3f);
	q = fmaf(q, f, 0x1.99d028p-3f);
	q = fmaf(q, f, -0x1.fffef0p-3f);
	q = fmaf(q, f, 0x1.555506p-2f);
	q = fmaf(q, f, -0.5f);
	return fmaf(k, 0x1.62e430p-1f, fmaf(q, f * f, f));
}

float order_log(float x)
{
	const uint32_t bits = bits_of_float(x);
	const uint32_t scaled = bits_of_float((float)bits) - (149u << 23);
	const uint32_t normal = bits < SMALLEST ? scaled : bits;
	const int32_t k = shifted((int32_t)(normal - 0x3f2aaaab), 23);

	if ((bits & 0x7fffffff) == 0)
		return -INFINITY;
	if (bits > INFINITY_BITS)
		return float_of_bits(NAN_BITS);
	if (bits == INFINITY_BITS)
		return x;
	return log_parts((float)k, float_of_bits(normal - ((uint32_t)k << 23)) - 1.0f);
}

float order_log1p_exp(float x)
{
	const float e = order_exp(x);

	if (isnan(x))
		return float_of_bits(NAN_BITS);
	return e > 0x1.555556p-2f ? log_parts(1.0f, fmaf(e, 0.5f, -0.5f)) : log_parts(0.0f, e);
}

static float divide_mantissas(float a, float b)
{
	const float slope = fmaf(b, 0x1.3fa52cp-2f, -0x1.6c654p+0f);
	float y = fmaf(slope, b, 0x1.0cd66cp+1f), e = fmaf(-b, y, 1.0f), q;

	y = fmaf(fmaf(e, e, e), y, y);
	e = fmaf(-b, y, 1.0f);
	y = fmaf(e, y, y);
	q = a * y;
	return fmaf(fmaf(-b, q, a), y, q);
}

/* 0 and infinity have exponents far beyond those of numbers. */
static int32_t exponent(uint32_t magnitude)
{
	const int32_t e = (int32_t)(magnitude >> 23);

	return e == 0 ? -1024 : e == 255 ? 1024 : e;
}

static float mantissa(uint32_t magnitude)
{
	return float_of_bits((magnitude & 0x007fffff) | 0x3f800000);
}

float order_divide(float a, float b)
{
	const uint32_t a_size = bits_of_float(a) & 0x7fffffff,
		       b_size = bits_of_float(b) & 0x7fffffff;
	const uint32_t sign = (bits_of_float(a) ^ bits_of_float(b)) & 0x80000000;
	const int32_t a_exponent = exponent(a_size), scale = a_exponent - exponent(b_size);
	const uint32_t quotient =
		bits_of_float(divide_mantissas(mantissa(a_size), mantissa(b_size)));
	const int32_t e = (int32_t)(quotient >> 23) + scale;

	if (a_size > INFINITY_BITS || b_size > INFINITY_BITS ||
		(scale == 0 && (a_exponent == 1024 || a_exponent == -1024)))
		return float_of_bits(NAN_BITS);
	if (e > 254)
		return float_of_bits(INFINITY_BITS | sign);
	if (e < 1 || quotient + ((uint32_t)scale << 23) == SMALLEST)
		return float_of_bits(sign);
	return float_of_bits((quotient + ((uint32_t)scale << 23)) | sign);
}

float order_sqrt(float x)
{
	const uint32_t bits = bits_of_float(x);
	const int32_t k = shifted((int32_t)(bits - 0x3f000000), 24);
	const float m = float_of_bits(bits - ((uint32_t)k << 24));
	float y = float_of_bits(0x5f3759df - (bits_of_float(m) >> 1)), e = fmaf(-m * y, y, 1.0f), s;

	y = fmaf(y * e, fmaf(e, 0.375f, 0.5f), y);
	e = fmaf(-m * y, y, 1.0f);
	y = fmaf(y * e, 0.5f, y);
	s = m * y;
	s = fmaf(fmaf(-s, s, m), 0.5f * y, s);
	if ((bits & 0x7fffffff) < SMALLEST)
		return 0.0f;
	if (bits > INFINITY_BITS)
		return float_of_bits(NAN_BITS);
	return bits == INFINITY_BITS ? x : float_of_bits(bits_of_float(s) + ((uint32_t)k << 23));
}

float order_tanh(float z)
{
	const float x = -2.0f * fminf(fabsf(z), 10.0f);
	const float sum = fmaf(x, 0x1.715476p+0f, 0x1.8p23f), k = sum - 0x1.8p23f;
	const float power = ldexpf(1.0f, (int)k), r = fmaf(k, -0x1.62e430p-1f, x);
	const float m = fmaf(power, expm1_near_0(r), power - 1.0f);

	if (isnan(z))
		return float_of_bits(NAN_BITS);
	return copysignf(fabsf(z) < 0x1p-126f ? 0.0f : -m / (2.0f + m), z);
}

float order_sigmoid(float z)
{
	if (isnan(z))
		return float_of_bits(NAN_BITS);
	if (z < -0x1.5d589ep+6f)
		return 0.0f;
	return 1.0f / (1.0f + order_exp(fmaxf(-z, -30.0f)));
}

/* exp(-x^2 / 2) for x up to 13.2 */
static float bell(float x)
{
	const float square = x * x, rest = fmaf(x, x, -square), e = order_exp(-0.5f * square);

	return fmaf(e, -0.5f * rest, e);
}

float order_normal(float z)
{
	static const float tail[] = {0x1.ca844ep-6f, -0x1.393bf6p-3f, 0x1.4b531ap-2f,
		-0x1.2a389ap-2f, 0x1.767798p-5f, 0x1.0d59d0p-6f, 0x1.30ff2cp-4f, 0x1.197b6cp-3f,
		0x1.45839ep-3f, 0x1.46efe8p-3f, -0x1.3b2ac6p-19f};
	const float x = fminf(fabsf(z), 13.2f), t = 1.0f / fmaf(x, 0.4f, 1.0f);
	float q = tail[0];
	size_t i;

	for (i = 1; i < sizeof tail / sizeof *tail; i++)
		q = fmaf(q, t, tail[i]);
	if (isnan(z))
		return float_of_bits(NAN_BITS);
	if (z < -0x1.9e6602p+3f)
		return 0.0f;
	q = fminf(bell(x) * q, 0.5f);
	return z > 0.0f ? 1.0f - q : q;
}

float order_density(float z)
{
	if (isnan(z))
		return float_of_bits(NAN_BITS);
	return fabsf(z) > 0x1.a4b19ap+3f ? 0.0f : bell(fabsf(z)) * 0x1.988454p-2f;
}

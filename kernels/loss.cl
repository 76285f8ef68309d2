/*
 * loss.cl: loss of a row, and its slope with respect to the row's output; 16 rows at once.
 *
 *	z	output, z = x.w + b
 *	y	target
 *	d	z - y
 *
 *	mse			d^2				2 d
 *	l1			|d|				sign(d), 0 at 0
 *	smooth_l1		d^2 / (2 beta) below beta	d / beta
 *				|d| - beta / 2 beyond		sign(d)
 *	huber			d^2 / 2 up to delta		d
 *				delta (|d| - delta / 2) beyond	delta sign(d)
 *	bce			log(1 + exp(z)) - z y		1 / (1 + exp(-z)) - y
 *	poisson			exp(z) - y z			exp(z) - y
 *	hinge			max(0, 1 - y z)			-y where y z < 1
 *	squared_hinge		its square			-2 y max(0, 1 - y z)
 *	epsilon_insensitive	max(0, |d| - epsilon)		sign(d), 0 up to epsilon
 *	quantile		q (-d) below y, (1 - q) d above	-q, 1 - q, 0 at 0
 *
 * cross_entropy, which needs all outputs of a row at once, is in terms.cl.  -DLOSS=<word> picks
 * the pair; -DBETA, -DDELTA, -DEPSILON and -DQUANTILE are its numbers.  Not scaled: 1/M is applied
 * once, after the sums (update.cl).
 */
#ifndef LOSS_CL
#define LOSS_CL

#include "math.cl"

#ifndef LOSS
#define LOSS mse
#endif
#ifndef BETA
#define BETA 1.0f
#endif
#ifndef DELTA
#define DELTA 1.0f
#endif
#ifndef EPSILON
#define EPSILON 0.1f
#endif
#ifndef QUANTILE
#define QUANTILE 0.5f
#endif

#define loss_value JOIN(LOSS, _value)
#define loss_slope JOIN(LOSS, _slope)

/* -1, 0 or 1 */
static float16 sign_16(float16 d)
{
	return select(select(ALL(0.0f), ALL(1.0f), d > 0.0f), ALL(-1.0f), d < 0.0f);
}

static float16 mse_value(float16 z, float16 y)
{
	float16 d = z - y;

	return d * d;
}

static float16 mse_slope(float16 z, float16 y)
{
	float16 d = z - y;

	return d + d;
}

static float16 l1_value(float16 z, float16 y)
{
	return fabs(z - y);
}

static float16 l1_slope(float16 z, float16 y)
{
	return sign_16(z - y);
}

static float16 smooth_l1_value(float16 z, float16 y)
{
	const float16 size = fabs(z - y);
	const float16 below = divide_16(0.5f * size * size, ALL(BETA));

	return select(size - 0.5f * BETA, below, size < BETA);
}

static float16 smooth_l1_slope(float16 z, float16 y)
{
	const float16 d = z - y;

	return select(sign_16(d), divide_16(d, ALL(BETA)), fabs(d) < BETA);
}

static float16 huber_value(float16 z, float16 y)
{
	const float16 size = fabs(z - y);

	return select(DELTA * (size - 0.5f * DELTA), 0.5f * size * size, size <= DELTA);
}

static float16 huber_slope(float16 z, float16 y)
{
	const float16 d = z - y;

	return select(DELTA * sign_16(d), d, fabs(d) <= DELTA);
}

static float16 bce_value(float16 z, float16 y)
{
	return (fmax(z, ALL(0.0f)) - z * y) + log1p_exp_16(-fabs(z));
}

static float16 bce_slope(float16 z, float16 y)
{
	const float16 e = exp_16(-fabs(z));
	const float16 over = select(ALL(1.0f), e, z < 0.0f);

	return divide_16(over, 1.0f + e) - y;
}

static float16 poisson_value(float16 z, float16 y)
{
	return exp_16(z) - y * z;
}

static float16 poisson_slope(float16 z, float16 y)
{
	return exp_16(z) - y;
}

static float16 hinge_value(float16 z, float16 y)
{
	return fmax(1.0f - y * z, ALL(0.0f));
}

static float16 hinge_slope(float16 z, float16 y)
{
	return select(ALL(0.0f), -y, 1.0f - y * z > 0.0f);
}

static float16 squared_hinge_value(float16 z, float16 y)
{
	const float16 short_of = fmax(1.0f - y * z, ALL(0.0f));

	return short_of * short_of;
}

static float16 squared_hinge_slope(float16 z, float16 y)
{
	return -2.0f * y * fmax(1.0f - y * z, ALL(0.0f));
}

static float16 epsilon_insensitive_value(float16 z, float16 y)
{
	return fmax(fabs(z - y) - EPSILON, ALL(0.0f));
}

static float16 epsilon_insensitive_slope(float16 z, float16 y)
{
	const float16 d = z - y;

	return select(ALL(0.0f), sign_16(d), fabs(d) > EPSILON);
}

static float16 quantile_value(float16 z, float16 y)
{
	const float16 d = z - y;

	return fmax((1.0f - QUANTILE) * d, -QUANTILE * d);
}

static float16 quantile_slope(float16 z, float16 y)
{
	const float16 d = z - y;

	return select(select(ALL(0.0f), ALL(1.0f - QUANTILE), d > 0.0f), ALL(-QUANTILE), d < 0.0f);
}

#endif

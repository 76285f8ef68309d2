/*
 * loss.cl: loss of a row, and its slope with respect to the row's output; of one row or 16
 * (REAL: lanes.cl).
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
static REAL real_sign(REAL d)
{
	return select(select(ALL(0.0f), ALL(1.0f), d > 0.0f), ALL(-1.0f), d < 0.0f);
}

static REAL mse_value(REAL z, REAL y)
{
	REAL d = z - y;

	return d * d;
}

static REAL mse_slope(REAL z, REAL y)
{
	REAL d = z - y;

	return d + d;
}

static REAL l1_value(REAL z, REAL y)
{
	return fabs(z - y);
}

static REAL l1_slope(REAL z, REAL y)
{
	return real_sign(z - y);
}

static REAL smooth_l1_value(REAL z, REAL y)
{
	const REAL size = fabs(z - y);
	const REAL below = real_divide(0.5f * size * size, ALL(BETA));

	return select(size - 0.5f * BETA, below, size < BETA);
}

static REAL smooth_l1_slope(REAL z, REAL y)
{
	const REAL d = z - y;

	return select(real_sign(d), real_divide(d, ALL(BETA)), fabs(d) < BETA);
}

static REAL huber_value(REAL z, REAL y)
{
	const REAL size = fabs(z - y);

	return select(DELTA * (size - 0.5f * DELTA), 0.5f * size * size, size <= DELTA);
}

static REAL huber_slope(REAL z, REAL y)
{
	const REAL d = z - y;

	return select(DELTA * real_sign(d), d, fabs(d) <= DELTA);
}

static REAL bce_value(REAL z, REAL y)
{
	return (fmax(z, ALL(0.0f)) - z * y) + real_log1p_exp(-fabs(z));
}

static REAL bce_slope(REAL z, REAL y)
{
	const REAL e = real_exp(-fabs(z));
	const REAL over = select(ALL(1.0f), e, z < 0.0f);

	return real_share(over, e) - y;
}

static REAL poisson_value(REAL z, REAL y)
{
	return real_exp(z) - y * z;
}

static REAL poisson_slope(REAL z, REAL y)
{
	return real_exp(z) - y;
}

static REAL hinge_value(REAL z, REAL y)
{
	return fmax(1.0f - y * z, ALL(0.0f));
}

static REAL hinge_slope(REAL z, REAL y)
{
	return select(ALL(0.0f), -y, 1.0f - y * z > 0.0f);
}

static REAL squared_hinge_value(REAL z, REAL y)
{
	const REAL short_of = fmax(1.0f - y * z, ALL(0.0f));

	return short_of * short_of;
}

static REAL squared_hinge_slope(REAL z, REAL y)
{
	return -2.0f * y * fmax(1.0f - y * z, ALL(0.0f));
}

static REAL epsilon_insensitive_value(REAL z, REAL y)
{
	return fmax(fabs(z - y) - EPSILON, ALL(0.0f));
}

static REAL epsilon_insensitive_slope(REAL z, REAL y)
{
	const REAL d = z - y;

	return select(ALL(0.0f), real_sign(d), fabs(d) > EPSILON);
}

static REAL quantile_value(REAL z, REAL y)
{
	const REAL d = z - y;

	return fmax((1.0f - QUANTILE) * d, -QUANTILE * d);
}

static REAL quantile_slope(REAL z, REAL y)
{
	const REAL d = z - y;

	return select(select(ALL(0.0f), ALL(1.0f - QUANTILE), d > 0.0f), ALL(-QUANTILE), d < 0.0f);
}

#endif

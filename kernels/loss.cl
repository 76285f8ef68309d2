/*
 * loss.cl: loss of each row, and its slope (the derivative with respect to the row's output), for
 * one row or for 16 (REAL: lanes.cl).
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
 *	gamma			y exp(-z) + z			1 - y exp(-z)
 *	tweedie			exp((2 - p) z) / (2 - p)	exp((2 - p) z)
 *				+ y exp((1 - p) z) / (p - 1)	- y exp((1 - p) z)
 *
 * cross_entropy, which needs all outputs of a row at once, is in terms.cl.  -DLOSS=<word> picks
 * the pair.  beta, delta, epsilon, q or p is an argument of the kernels (`number`), so that another
 * value needs no rebuild.  Nothing is scaled here: 1/M is applied once, after the sums (update.cl).
 */
#ifndef LOSS_CL
#define LOSS_CL

#include "math.cl"

#ifndef LOSS
#define LOSS mse
#endif

#define loss_value JOIN(LOSS, _value)
#define loss_slope JOIN(LOSS, _slope)

/* Returns the sign of d: -1, 0 or 1. */
static REAL real_sign(REAL d)
{
	return select(select(ALL(0.0f), ALL(1.0f), d > 0.0f), ALL(-1.0f), d < 0.0f);
}

static REAL mse_value(REAL z, REAL y, float none)
{
	REAL d = z - y;

	return d * d;
}

static REAL mse_slope(REAL z, REAL y, float none)
{
	REAL d = z - y;

	return d + d;
}

static REAL l1_value(REAL z, REAL y, float none)
{
	return fabs(z - y);
}

static REAL l1_slope(REAL z, REAL y, float none)
{
	return real_sign(z - y);
}

static REAL smooth_l1_value(REAL z, REAL y, float beta)
{
	const REAL size = fabs(z - y);
	const REAL below = real_divide(0.5f * size * size, ALL(beta));

	return select(fma(ALL(-0.5f), ALL(beta), size), below, size < beta);
}

static REAL smooth_l1_slope(REAL z, REAL y, float beta)
{
	const REAL d = z - y;

	return select(real_sign(d), real_divide(d, ALL(beta)), fabs(d) < beta);
}

static REAL huber_value(REAL z, REAL y, float delta)
{
	const REAL size = fabs(z - y);

	return select(delta * fma(ALL(-0.5f), ALL(delta), size), 0.5f * size * size, size <= delta);
}

static REAL huber_slope(REAL z, REAL y, float delta)
{
	const REAL d = z - y;

	return select(delta * real_sign(d), d, fabs(d) <= delta);
}

static REAL bce_value(REAL z, REAL y, float none)
{
	return (fmax(z, ALL(0.0f)) - real_product(z, y)) + real_log1p_exp(-fabs(z));
}

static REAL bce_slope(REAL z, REAL y, float none)
{
	const REAL e = real_exp(-fabs(z));
	const REAL over = select(ALL(1.0f), e, z < 0.0f);

	return real_share(over, e) - y;
}

static REAL poisson_value(REAL z, REAL y, float none)
{
	return real_exp(z) - real_product(y, z);
}

static REAL poisson_slope(REAL z, REAL y, float none)
{
	return real_exp(z) - y;
}

/* y z is exact, since y is -1 or 1. */
static REAL hinge_gap(REAL z, REAL y)
{
	return fma(-y, z, ALL(1.0f));
}

static REAL hinge_value(REAL z, REAL y, float none)
{
	return fmax(hinge_gap(z, y), ALL(0.0f));
}

static REAL hinge_slope(REAL z, REAL y, float none)
{
	return select(ALL(0.0f), -y, hinge_gap(z, y) > 0.0f);
}

static REAL squared_hinge_value(REAL z, REAL y, float none)
{
	const REAL short_of = fmax(hinge_gap(z, y), ALL(0.0f));

	return short_of * short_of;
}

static REAL squared_hinge_slope(REAL z, REAL y, float none)
{
	return -2.0f * y * fmax(hinge_gap(z, y), ALL(0.0f));
}

static REAL epsilon_insensitive_value(REAL z, REAL y, float epsilon)
{
	return fmax(fabs(z - y) - epsilon, ALL(0.0f));
}

static REAL epsilon_insensitive_slope(REAL z, REAL y, float epsilon)
{
	const REAL d = z - y;

	return select(ALL(0.0f), real_sign(d), fabs(d) > epsilon);
}

static REAL quantile_value(REAL z, REAL y, float q)
{
	const REAL d = z - y;

	return fmax((1.0f - q) * d, -q * d);
}

static REAL quantile_slope(REAL z, REAL y, float q)
{
	const REAL d = z - y;

	return select(select(ALL(0.0f), ALL(1.0f - q), d > 0.0f), ALL(-q), d < 0.0f);
}

static REAL gamma_value(REAL z, REAL y, float none)
{
	return fma(y, real_exp(-z), z);
}

static REAL gamma_slope(REAL z, REAL y, float none)
{
	return fma(-y, real_exp(-z), ALL(1.0f));
}

/* With a target of 0 the part that falls is 0, even where its exponential is infinite.  2 - p and
 * p - 1 are exact. */
static REAL tweedie_value(REAL z, REAL y, float p)
{
	const float up = 2.0f - p, down = p - 1.0f;
	const REAL rise = real_divide(real_exp(up * z), ALL(up));
	const REAL fall = real_divide(real_exp(-down * z), ALL(down));

	return select(rise, fma(y, fall, rise), y > 0.0f);
}

static REAL tweedie_slope(REAL z, REAL y, float p)
{
	const REAL rise = real_exp((2.0f - p) * z), fall = real_exp((1.0f - p) * z);

	return select(rise, fma(-y, fall, rise), y > 0.0f);
}

#endif

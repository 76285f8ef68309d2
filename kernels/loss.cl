/*
 * loss.cl: loss of a row, and its slope with respect to the row's output; 16 rows at once.
 *
 *	z	output, z = x.w + b
 *	y	target
 *
 *	mse	l = (z - y)^2		dl/dz = 2 (z - y)
 *
 * -DLOSS=<word> picks the pair.  A new loss is two functions here, the same two in double in
 * host/engine/reference.c with their bound, and one line in gpufitcl.h.
 * Not scaled: 1/M is applied once, after the sums (update.cl).
 */
#ifndef LOSS_CL
#define LOSS_CL

#include "lanes.cl"

#ifndef LOSS
#define LOSS mse
#endif

#define loss_value JOIN(LOSS, _value)
#define loss_slope JOIN(LOSS, _slope)

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

#endif

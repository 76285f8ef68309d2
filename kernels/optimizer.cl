/*
 * optimizer.cl: the next value of one parameter.
 *
 *	p	parameter
 *	g	its gradient
 *	lr	learning rate
 *
 *	sgd	p - lr g
 *
 * -DOPTIMIZER=<word> picks one.
 */
#ifndef OPTIMIZER_CL
#define OPTIMIZER_CL

#include "lanes.cl"

#ifndef OPTIMIZER
#define OPTIMIZER sgd
#endif

#define optimizer_step JOIN(OPTIMIZER, _step)

static float sgd_step(float p, float g, float lr)
{
	return fma(-lr, g, p);
}

#endif

/*
 * optimizer.cl: one optimiser step: the next value of a parameter and of its optimiser state, for
 * as many parameters at once as a REAL has lanes (lanes.cl).
 *
 *	p	parameter			g	gradient
 *	s	state, STATES floats		h	rates of the step (shared.h)
 *
 *	sgd	g = g + decay p, if that is not 0;  s0 = keep s0 + fresh g;  p = p - lr s0
 *		nesterov: p = p - lr (g + keep s0);  without momentum: p = p - lr g
 *	adam	g = g + decay p;  s0 = keep s0 + fresh g;  s1 = keep2 s1 + fresh2 g^2
 *		p = p - lr s0 / (root sqrt(s1) + eps);  amsgrad: s2 = max(s2, s1) in its place
 *	adamw	as adam, without its first formula; p = decay p before the step
 *	rmsprop	g = g + decay p;  s0 = keep2 s0 + fresh2 g^2;  a = sqrt(s0) + eps
 *		p = p - lr g / a;  momentum: s2 = keep s2 + g / a, p = p - lr s2
 *		centered: s1 = keep2 s1 + fresh2 g, a = sqrt(s0 - s1^2) + eps
 *	adagrad	g = g + decay p;  s0 = s0 + g^2;  p = p - lr g / (sqrt(s0) + eps)
 *
 * -DOPTIMIZER=<word> picks one; -DMOMENTUM, -DNESTEROV, -DAMSGRAD and -DCENTERED its variants.
 */
#ifndef OPTIMIZER_CL
#define OPTIMIZER_CL

#include "math.cl"
#include "shared.h"

#ifndef OPTIMIZER
#define OPTIMIZER sgd
#endif
#ifndef STATES
#define STATES 0
#endif

#define optimizer_step JOIN(OPTIMIZER, _step)

/* Steps depend on each other, so an fma that adds 0 would lengthen every one of them: skipped. */
static REAL decayed(REAL p, REAL g, __global const float *h)
{
	if (h[RATE_DECAY] > 0.0f)
		g = fma(ALL(h[RATE_DECAY]), p, g);
	return g;
}

static REAL sgd_step(REAL p, REAL g, REAL *s, __global const float *h)
{
	g = decayed(p, g, h);
#ifdef MOMENTUM
	s[0] = fma(ALL(h[RATE_KEEP]), s[0], h[RATE_FRESH] * g);
#ifdef NESTEROV
	g = fma(ALL(h[RATE_KEEP]), s[0], g);
#else
	g = s[0];
#endif
#endif
	return fma(ALL(-h[RATE_LR]), g, p);
}

/* Updates both moments, then takes Adam's step. */
static REAL adaptive_step(REAL p, REAL g, REAL *s, __global const float *h)
{
	REAL second;

	s[0] = fma(ALL(h[RATE_KEEP]), s[0], h[RATE_FRESH] * g);
	s[1] = fma(ALL(h[RATE_KEEP2]), s[1], h[RATE_FRESH2] * (g * g));
	second = s[1];
#ifdef AMSGRAD
	s[2] = fmax(s[2], s[1]);
	second = s[2];
#endif
	second = fma(ALL(h[RATE_ROOT]), real_sqrt(second), ALL(h[RATE_EPS]));
	return fma(ALL(-h[RATE_LR]), real_divide(s[0], second), p);
}

static REAL adam_step(REAL p, REAL g, REAL *s, __global const float *h)
{
	return adaptive_step(p, decayed(p, g, h), s, h);
}

static REAL adamw_step(REAL p, REAL g, REAL *s, __global const float *h)
{
	return adaptive_step(h[RATE_DECAY] * p, g, s, h);
}

static REAL rmsprop_step(REAL p, REAL g, REAL *s, __global const float *h)
{
	REAL second;

	g = decayed(p, g, h);
	s[0] = fma(ALL(h[RATE_KEEP2]), s[0], h[RATE_FRESH2] * (g * g));
	second = s[0];
#ifdef CENTERED
	s[1] = fma(ALL(h[RATE_KEEP2]), s[1], h[RATE_FRESH2] * g);
	second = fmax(fma(-s[1], s[1], second), ALL(0.0f));
#endif
	g = real_divide(g, real_sqrt(second) + h[RATE_EPS]);
#ifdef MOMENTUM
	s[2] = fma(ALL(h[RATE_KEEP]), s[2], g);
	g = s[2];
#endif
	return fma(ALL(-h[RATE_LR]), g, p);
}

static REAL adagrad_step(REAL p, REAL g, REAL *s, __global const float *h)
{
	g = decayed(p, g, h);
	s[0] = fma(g, g, s[0]);
	return fma(ALL(-h[RATE_LR]), real_divide(g, real_sqrt(s[0]) + h[RATE_EPS]), p);
}

/* The proximal step of the l1 penalty: moves p towards 0 by `by`; a small p becomes exactly 0. */
static REAL shrink(REAL p, float by)
{
	return copysign(fmax(fabs(p) - by, ALL(0.0f)), p);
}

#endif

/*
 * optimizer.cl: the next value of one parameter, and of what its optimiser remembers of it.
 *
 *	p	parameter			g	gradient
 *	s	state, STATES floats		h	rates of the step (rates.cl)
 *
 *	sgd	g = g + decay p;  s0 = keep s0 + fresh g;  p = p - lr s0
 *		nesterov: p = p - lr (g + keep s0);  without momentum: p = p - lr g
 *	adam	g = g + decay p;  s0 = keep s0 + fresh g;  s1 = keep2 s1 + fresh2 g^2
 *		p = p - lr s0 / (root sqrt(s1) + eps);  amsgrad: s2 = max(s2, s1) in its place
 *	adamw	the same from decay p, without the first line
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
#include "rates.cl"

#ifndef OPTIMIZER
#define OPTIMIZER sgd
#endif
#ifndef STATES
#define STATES 0
#endif

#define optimizer_step JOIN(OPTIMIZER, _step)

static float sgd_step(float p, float g, float *s, __global const float *h)
{
	g = fma(h[RATE_DECAY], p, g);
#ifdef MOMENTUM
	s[0] = fma(h[RATE_KEEP], s[0], h[RATE_FRESH] * g);
#ifdef NESTEROV
	g = fma(h[RATE_KEEP], s[0], g);
#else
	g = s[0];
#endif
#endif
	return fma(-h[RATE_LR], g, p);
}

/* Both moments, then the step. */
static float adaptive_step(float p, float g, float *s, __global const float *h)
{
	float second;

	s[0] = fma(h[RATE_KEEP], s[0], h[RATE_FRESH] * g);
	s[1] = fma(h[RATE_KEEP2], s[1], h[RATE_FRESH2] * (g * g));
	second = s[1];
#ifdef AMSGRAD
	s[2] = fmax(s[2], s[1]);
	second = s[2];
#endif
	second = fma(h[RATE_ROOT], sqrt_1(second), h[RATE_EPS]);
	return fma(-h[RATE_LR], divide_1(s[0], second), p);
}

static float adam_step(float p, float g, float *s, __global const float *h)
{
	return adaptive_step(p, fma(h[RATE_DECAY], p, g), s, h);
}

static float adamw_step(float p, float g, float *s, __global const float *h)
{
	return adaptive_step(h[RATE_DECAY] * p, g, s, h);
}

static float rmsprop_step(float p, float g, float *s, __global const float *h)
{
	float second;

	g = fma(h[RATE_DECAY], p, g);
	s[0] = fma(h[RATE_KEEP2], s[0], h[RATE_FRESH2] * (g * g));
	second = s[0];
#ifdef CENTERED
	s[1] = fma(h[RATE_KEEP2], s[1], h[RATE_FRESH2] * g);
	second = fmax(fma(-s[1], s[1], second), 0.0f);
#endif
	g = divide_1(g, sqrt_1(second) + h[RATE_EPS]);
#ifdef MOMENTUM
	s[2] = fma(h[RATE_KEEP], s[2], g);
	g = s[2];
#endif
	return fma(-h[RATE_LR], g, p);
}

static float adagrad_step(float p, float g, float *s, __global const float *h)
{
	g = fma(h[RATE_DECAY], p, g);
	s[0] = fma(g, g, s[0]);
	return fma(-h[RATE_LR], divide_1(g, sqrt_1(s[0]) + h[RATE_EPS]), p);
}

/* What the l1 penalty leaves of p: the proximal step, so that weights become exactly 0. */
static float shrink(float p, float by)
{
	return copysign(fmax(fabs(p) - by, 0.0f), p);
}

#endif

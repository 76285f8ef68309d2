/*
 * training.cl: the step of parameters, from the sum of their gradient over the rows of a batch.
 *
 *	grad = sum / M
 *
 * 1/M is applied once, here.  The optimiser gets grad + l2 w, clipped, and with MAXIMIZE negated.
 * -DNO_BIAS leaves biases unchanged.  With -DAVERAGE the last plane of state is the mean of the
 * parameters after each step.
 */
#ifndef TRAINING_CL
#define TRAINING_CL

#include "optimizer.cl"

#ifdef AVERAGE
#define PLANES (STATES + 1)
#else
#define PLANES STATES
#endif

struct training {
	__global const REAL *root;
	__global float *w, *losses, *steps;
	__global const float *h;
	float unit, clip;
	uint D, K, record;
	uint nodes;   /* nodes of the root, and REALs from one to the next (update.cl) */
	ulong stride;
};

static int is_fixed(uint is_weight)
{
#ifdef NO_BIAS
	return !is_weight;
#else
	return 0;
#endif
}

/* Returns the gradient, from the sum over rows. */
static REAL gradient_of(const struct training *t, uint is_weight, REAL sum)
{
	return is_fixed(is_weight) ? ALL(0.0f) : sum * t->h[RATE_SCALE];
}

/* Adds the gradient of the l2 penalty, which does not apply to biases. */
static REAL penalised(const struct training *t, uint is_weight, REAL gradient, REAL p)
{
	if (is_weight && t->h[RATE_L2] != 0.0f)
		gradient = fma(ALL(t->h[RATE_L2]), p, gradient);
	return gradient;
}

static REAL clipped(const struct training *t, REAL g)
{
#ifdef CLIP_NORM
	g = g * t->unit * t->clip;
#endif
#ifdef CLIP_VALUE
	g = fmin(fmax(g, ALL(-t->h[RATE_CLIP])), ALL(t->h[RATE_CLIP]));
#endif
#ifdef MAXIMIZE
	g = -g;
#endif
	return g;
}

/* Returns the parameters after the step, from the sum of their gradient; updates their state s
 * (PLANES). */
INLINE static REAL stepped(
	const struct training *t, uint is_weight, REAL before, REAL sum, REAL *s)
{
	const REAL g = clipped(t, penalised(t, is_weight, gradient_of(t, is_weight, sum), before));
	REAL after;

	if (is_fixed(is_weight))
		return before;
	after = optimizer_step(before, g, s, t->h);
	if (is_weight && t->h[RATE_SHRINK] > 0.0f)
		after = shrink(after, t->h[RATE_SHRINK]);
#ifdef AVERAGE
	s[STATES] = fma(after - s[STATES], ALL(t->h[RATE_AVERAGE]), s[STATES]);
#endif
	return after;
}

#endif

/*
 * updates.c: each optimiser of kernels/optimizer.cl, and the clipping, penalties and averages
 * around it (kernels/update.cl), by PyTorch's formulas, in double, with a bound on the error of
 * float (bounded.h).  A new optimiser needs a function <word>_formula here.
 */
#include "reference.h"

/* Updates state s, and returns the parameter after the step, from parameter p, gradient g and rates
 * h (RATES). */
typedef struct bounded optimizer_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h);

static struct bounded step_down(struct bounded p, struct bounded g, const struct bounded *h)
{
	return bounded_sub(p, bounded_mul(h[RATE_LR], g));
}

/* Adds weight decay to the gradient. */
static struct bounded decayed(struct bounded p, struct bounded g, const struct bounded *h)
{
	return h[RATE_DECAY].value > 0.0 ? bounded_fma(h[RATE_DECAY], p, g) : g;
}

/* Returns keep s + fresh v. */
static struct bounded moving_average(
	struct bounded s, struct bounded keep, struct bounded fresh, struct bounded v)
{
	return bounded_fma(keep, s, bounded_mul(fresh, v));
}

static struct bounded sgd_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	g = decayed(p, g, h);
	if (u->momentum) {
		s[0] = moving_average(s[0], h[RATE_KEEP], h[RATE_FRESH], g);
		g = u->nesterov ? bounded_fma(h[RATE_KEEP], s[0], g) : s[0];
	}
	return step_down(p, g, h);
}

/* Unlike a product of two numbers, a square cannot be below 0 whatever the errors. */
static struct bounded square(struct bounded g)
{
	return bounded_mul(g, g);
}

static struct bounded adaptive(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	struct bounded divisor;

	s[0] = moving_average(s[0], h[RATE_KEEP], h[RATE_FRESH], g);
	s[1] = moving_average(s[1], h[RATE_KEEP2], h[RATE_FRESH2], square(g));
	if (u->amsgrad)
		s[2] = bounded_max(s[2], s[1]);
	divisor = bounded_sqrt(u->amsgrad ? s[2] : s[1]);
	divisor = bounded_fma(h[RATE_ROOT], divisor, h[RATE_EPS]);
	return step_down(p, bounded_div(s[0], divisor), h);
}

static struct bounded adam_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	return adaptive(u, p, decayed(p, g, h), s, h);
}

static struct bounded adamw_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	return adaptive(u, bounded_mul(h[RATE_DECAY], p), g, s, h);
}

static struct bounded rmsprop_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	struct bounded variance;

	g = decayed(p, g, h);
	s[0] = moving_average(s[0], h[RATE_KEEP2], h[RATE_FRESH2], square(g));
	variance = s[0];
	if (u->centered) {
		s[1] = moving_average(s[1], h[RATE_KEEP2], h[RATE_FRESH2], g);
		variance = bounded_max(bounded_sub(variance, square(s[1])), bounded_exact(0.0));
	}
	g = bounded_div(g, bounded_add(bounded_sqrt(variance), h[RATE_EPS]));
	if (u->momentum) {
		s[2] = bounded_fma(h[RATE_KEEP], s[2], g);
		g = s[2];
	}
	return step_down(p, g, h);
}

static struct bounded adagrad_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	(void)u;
	g = decayed(p, g, h);
	s[0] = bounded_add(square(g), s[0]);
	return step_down(p, bounded_div(g, bounded_add(bounded_sqrt(s[0]), h[RATE_EPS])), h);
}

#define FORMULA(word, help) word##_formula,

static optimizer_formula *const FORMULAS[GF_OPTIMIZER_COUNT] = {GF_OPTIMIZER_LIST(FORMULA)};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t optimizer_planes(const struct update *u)
{
	const struct optimizer *o = optimizer_of(u->optimizer);
	size_t planes = o->planes.always;

	planes = larger(planes, u->momentum ? o->planes.momentum : 0);
	planes = larger(planes, u->centered ? o->planes.centered : 0);
	return larger(planes, u->amsgrad ? o->planes.amsgrad : 0);
}

size_t problem_planes(const struct problem *problem)
{
	return optimizer_planes(&problem->update) + (size_t)problem->update.average;
}

/* ---- clipping, penalties and averages ---- */

/* out (RATES) = rates, each rounded to float once on its way to the device. */
static void round_rates(const double *rates, struct bounded *out)
{
	size_t i;

	for (i = 0; i < RATES; i++)
		out[i] = bounded_constant(rates[i]);
}

struct clip update_clip(const struct problem *problem, const double *rates,
	struct bounded sum_of_squares, double unit)
{
	const struct bounded norm =
		bounded_add(bounded_sqrt(sum_of_squares), bounded_constant(1e-6 * unit));
	struct clip clip = {unit, bounded_exact(1.0)};

	if (problem->update.clip_norm)
		clip.factor = bounded_min(bounded_div(bounded_constant(rates[RATE_CLIP]), norm),
			bounded_exact(1.0 / unit));
	return clip;
}

struct bounded update_penalised(const struct parameter *p, const double *rates)
{
	if (!p->is_weight || rates[RATE_L2] == 0.0)
		return p->gradient;
	return bounded_fma(bounded_constant(rates[RATE_L2]), p->value, p->gradient);
}

/* Multiplying by the unit is exact except for underflow. */
static struct bounded in_unit(struct bounded g, double unit)
{
	if (unit < 1.0)
		return (struct bounded){g.value * unit, g.error * unit + (double)FLT_MIN};
	return g;
}

static struct bounded clipped(
	const struct update *u, struct bounded g, struct bounded limit, struct clip clip)
{
	if (u->clip_norm)
		g = bounded_mul(in_unit(g, clip.unit), clip.factor);
	if (u->clip_value)
		g = bounded_min(bounded_max(g, bounded_neg(limit)), limit);
	return u->maximize ? bounded_neg(g) : g;
}

/* Returns sign(p) max(|p| - threshold, 0), the l1 penalty's soft threshold. */
static struct bounded shrunk(struct bounded p, struct bounded threshold)
{
	const struct bounded size =
		bounded_max(bounded_sub(bounded_abs(p), threshold), bounded_exact(0.0));

	return bounded_select(p, size, bounded_neg(size));
}

void update_parameter(
	const struct problem *problem, struct parameter *p, const double *rates, struct clip clip)
{
	const struct update *u = &problem->update;
	struct bounded *average = p->state + optimizer_planes(u);
	struct bounded h[RATES], g;

	if (u->no_bias && !p->is_weight)
		return;
	round_rates(rates, h);
	g = clipped(u, update_penalised(p, rates), h[RATE_CLIP], clip);
	p->value = FORMULAS[u->optimizer](u, p->value, g, p->state, h);
	if (p->is_weight && rates[RATE_SHRINK] > 0.0)
		p->value = shrunk(p->value, h[RATE_SHRINK]);
	if (u->average)
		*average = bounded_fma(bounded_sub(p->value, *average), h[RATE_AVERAGE], *average);
}

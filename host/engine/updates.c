#include "updates.h"

/* The numbers of a step, rounded to float as the device has them. */
struct rates {
	struct bounded of[RATES];
};

typedef struct bounded optimizer_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h);

static struct bounded step_down(struct bounded p, struct bounded by, const struct bounded *h)
{
	return bounded_sub(p, bounded_mul(h[RATE_LR], by));
}

static struct bounded decayed(struct bounded p, struct bounded g, const struct bounded *h)
{
	return h[RATE_DECAY].value > 0.0 ? bounded_fma(h[RATE_DECAY], p, g) : g;
}

/* keep s + fresh v */
static struct bounded moving(
	struct bounded s, struct bounded keep, struct bounded fresh, struct bounded v)
{
	return bounded_fma(keep, s, bounded_mul(fresh, v));
}

static struct bounded sgd_formula(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	g = decayed(p, g, h);
	if (u->momentum) {
		s[0] = moving(s[0], h[RATE_KEEP], h[RATE_FRESH], g);
		g = u->nesterov ? bounded_fma(h[RATE_KEEP], s[0], g) : s[0];
	}
	return step_down(p, g, h);
}

/* Its square cannot be below 0, whatever the errors. */
static struct bounded square(struct bounded g)
{
	return bounded_mul(g, g);
}

static struct bounded adaptive(const struct update *u, struct bounded p, struct bounded g,
	struct bounded *s, const struct bounded *h)
{
	struct bounded second;

	s[0] = moving(s[0], h[RATE_KEEP], h[RATE_FRESH], g);
	s[1] = moving(s[1], h[RATE_KEEP2], h[RATE_FRESH2], square(g));
	if (u->amsgrad)
		s[2] = bounded_max(s[2], s[1]);
	second = bounded_sqrt(u->amsgrad ? s[2] : s[1]);
	second = bounded_fma(h[RATE_ROOT], second, h[RATE_EPS]);
	return step_down(p, bounded_div(s[0], second), h);
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
	struct bounded second;

	g = decayed(p, g, h);
	s[0] = moving(s[0], h[RATE_KEEP2], h[RATE_FRESH2], square(g));
	second = s[0];
	if (u->centered) {
		s[1] = moving(s[1], h[RATE_KEEP2], h[RATE_FRESH2], g);
		second = bounded_max(bounded_sub(second, square(s[1])), bounded_exact(0.0));
	}
	g = bounded_div(g, bounded_add(bounded_sqrt(second), h[RATE_EPS]));
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

/* ---- around the optimiser ---- */

/* A rate is rounded once on its way to the device. */
static struct rates rates_of(const double *rates)
{
	struct rates r;
	size_t i;

	for (i = 0; i < RATES; i++)
		r.of[i] = bounded_constant(rates[i]);
	return r;
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

/* Exact, but for what becomes smaller than floats hold. */
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

/* sign(p) max(|p| - by, 0) */
static struct bounded shrunk(struct bounded p, struct bounded by)
{
	const struct bounded left =
		bounded_max(bounded_sub(bounded_abs(p), by), bounded_exact(0.0));

	return bounded_select(p, left, bounded_neg(left));
}

void update_parameter(
	const struct problem *problem, struct parameter *p, const double *rates, struct clip clip)
{
	const struct update *u = &problem->update;
	const struct rates r = rates_of(rates);
	struct bounded *average = p->state + optimizer_planes(u);
	struct bounded g;

	if (u->no_bias && !p->is_weight)
		return;
	g = clipped(u, update_penalised(p, rates), r.of[RATE_CLIP], clip);
	p->value = FORMULAS[u->optimizer](u, p->value, g, p->state, r.of);
	if (p->is_weight && rates[RATE_SHRINK] > 0.0)
		p->value = shrunk(p->value, r.of[RATE_SHRINK]);
	if (u->average)
		*average =
			bounded_fma(bounded_sub(p->value, *average), r.of[RATE_AVERAGE], *average);
}

#include "updates.h"

/* Of the step's numbers, as floats have them. */
struct rates {
	struct near of[RATES];
};

typedef struct near optimizer_formula(
	const struct update *u, struct near p, struct near g, struct near *s, const struct near *h);

static struct near step_down(struct near p, struct near by, const struct near *h)
{
	return near_sub(p, near_mul(h[RATE_LR], by));
}

static struct near decayed(struct near p, struct near g, const struct near *h)
{
	return h[RATE_DECAY].value > 0.0 ? near_fma(h[RATE_DECAY], p, g) : g;
}

/* keep s + fresh v */
static struct near moving(struct near s, struct near keep, struct near fresh, struct near v)
{
	return near_fma(keep, s, near_mul(fresh, v));
}

static struct near sgd_formula(
	const struct update *u, struct near p, struct near g, struct near *s, const struct near *h)
{
	g = decayed(p, g, h);
	if (u->momentum) {
		s[0] = moving(s[0], h[RATE_KEEP], h[RATE_FRESH], g);
		g = u->nesterov ? near_fma(h[RATE_KEEP], s[0], g) : s[0];
	}
	return step_down(p, g, h);
}

/* Its square cannot be below 0, whatever the errors. */
static struct near square(struct near g)
{
	return near_mul(g, g);
}

static struct near adaptive(
	const struct update *u, struct near p, struct near g, struct near *s, const struct near *h)
{
	struct near second;

	s[0] = moving(s[0], h[RATE_KEEP], h[RATE_FRESH], g);
	s[1] = moving(s[1], h[RATE_KEEP2], h[RATE_FRESH2], square(g));
	if (u->amsgrad)
		s[2] = near_max(s[2], s[1]);
	second = near_sqrt(u->amsgrad ? s[2] : s[1]);
	second = near_fma(h[RATE_ROOT], second, h[RATE_EPS]);
	return step_down(p, near_div(s[0], second), h);
}

static struct near adam_formula(
	const struct update *u, struct near p, struct near g, struct near *s, const struct near *h)
{
	return adaptive(u, p, decayed(p, g, h), s, h);
}

static struct near adamw_formula(
	const struct update *u, struct near p, struct near g, struct near *s, const struct near *h)
{
	return adaptive(u, near_mul(h[RATE_DECAY], p), g, s, h);
}

static struct near rmsprop_formula(
	const struct update *u, struct near p, struct near g, struct near *s, const struct near *h)
{
	struct near second;

	g = decayed(p, g, h);
	s[0] = moving(s[0], h[RATE_KEEP2], h[RATE_FRESH2], square(g));
	second = s[0];
	if (u->centered) {
		s[1] = moving(s[1], h[RATE_KEEP2], h[RATE_FRESH2], g);
		second = near_max(near_sub(second, square(s[1])), near_exact(0.0));
	}
	g = near_div(g, near_add(near_sqrt(second), h[RATE_EPS]));
	if (u->momentum) {
		s[2] = near_fma(h[RATE_KEEP], s[2], g);
		g = s[2];
	}
	return step_down(p, g, h);
}

static struct near adagrad_formula(
	const struct update *u, struct near p, struct near g, struct near *s, const struct near *h)
{
	(void)u;
	g = decayed(p, g, h);
	s[0] = near_add(square(g), s[0]);
	return step_down(p, near_div(g, near_add(near_sqrt(s[0]), h[RATE_EPS])), h);
}

#define FORMULA(word, help) word##_formula,

static optimizer_formula *const FORMULAS[GF_OPTIMIZERS] = {GF_OPTIMIZER_LIST(FORMULA)};

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
		r.of[i] = near_constant(rates[i]);
	return r;
}

struct clip update_clip(
	const struct problem *problem, const double *rates, struct near sum_of_squares, double unit)
{
	const struct near norm = near_add(near_sqrt(sum_of_squares), near_constant(1e-6 * unit));
	struct clip clip = {unit, near_exact(1.0)};

	if (problem->update.clip_norm)
		clip.factor = near_min(
			near_div(near_constant(rates[RATE_CLIP]), norm), near_exact(1.0 / unit));
	return clip;
}

struct near update_penalised(const struct parameter *p, const double *rates)
{
	if (!p->is_weight || rates[RATE_L2] == 0.0)
		return p->gradient;
	return near_fma(near_constant(rates[RATE_L2]), p->value, p->gradient);
}

/* Exact, but for what becomes smaller than floats hold. */
static struct near in_unit(struct near g, double unit)
{
	if (unit < 1.0)
		return (struct near){g.value * unit, g.error * unit + (double)FLT_MIN};
	return g;
}

static struct near clipped(
	const struct update *u, struct near g, struct near limit, struct clip clip)
{
	if (u->clip_norm)
		g = near_mul(in_unit(g, clip.unit), clip.factor);
	if (u->clip_value)
		g = near_min(near_max(g, near_neg(limit)), limit);
	return u->maximize ? near_neg(g) : g;
}

/* sign(p) max(|p| - by, 0) */
static struct near shrunk(struct near p, struct near by)
{
	const struct near left = near_max(near_sub(near_abs(p), by), near_exact(0.0));

	return near_select(p, left, near_neg(left));
}

void update_parameter(
	const struct problem *problem, struct parameter *p, const double *rates, struct clip clip)
{
	const struct update *u = &problem->update;
	const struct rates r = rates_of(rates);
	struct near *average = p->state + optimizer_planes(u);
	struct near g;

	if (u->no_bias && !p->is_weight)
		return;
	g = clipped(u, update_penalised(p, rates), r.of[RATE_CLIP], clip);
	p->value = FORMULAS[u->optimizer](u, p->value, g, p->state, r.of);
	if (p->is_weight && rates[RATE_SHRINK] > 0.0)
		p->value = shrunk(p->value, r.of[RATE_SHRINK]);
	if (u->average)
		*average = near_fma(near_sub(p->value, *average), r.of[RATE_AVERAGE], *average);
}

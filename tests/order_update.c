/* order_update.c: each optimiser as in kernels/optimizer.cl, and the rest of kernels/update.cl. */
#include "order.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* A rate of the step, rounded to float. */
#define RATE(name) ((float)rates[RATE_##name])

/* Returns parameter p after a step with gradient g; s[0], s[stride], .. are its state. */
typedef float optimizer(
	const struct update *u, const double *rates, float p, float g, float *s, size_t stride);

static float decayed(const double *rates, float p, float g)
{
	return RATE(DECAY) > 0.0f ? fmaf(RATE(DECAY), p, g) : g;
}

static float sgd(
	const struct update *u, const double *rates, float p, float g, float *s, size_t stride)
{
	(void)stride;
	g = decayed(rates, p, g);
	if (u->momentum) {
		s[0] = fmaf(RATE(KEEP), s[0], RATE(FRESH) * g);
		g = u->nesterov ? fmaf(RATE(KEEP), s[0], g) : s[0];
	}
	return fmaf(-RATE(LR), g, p);
}

static float adaptive(
	const struct update *u, const double *rates, float p, float g, float *s, size_t stride)
{
	float *first = s, *second = s + stride, *largest = s + 2 * stride, root;

	*first = fmaf(RATE(KEEP), *first, RATE(FRESH) * g);
	*second = fmaf(RATE(KEEP2), *second, RATE(FRESH2) * (g * g));
	if (u->amsgrad)
		*largest = fmaxf(*largest, *second);
	root = order_sqrt(u->amsgrad ? *largest : *second);
	return fmaf(-RATE(LR), order_divide(*first, fmaf(RATE(ROOT), root, RATE(EPS))), p);
}

static float adam(
	const struct update *u, const double *rates, float p, float g, float *s, size_t stride)
{
	return adaptive(u, rates, p, decayed(rates, p, g), s, stride);
}

static float adamw(
	const struct update *u, const double *rates, float p, float g, float *s, size_t stride)
{
	return adaptive(u, rates, RATE(DECAY) * p, g, s, stride);
}

static float rmsprop(
	const struct update *u, const double *rates, float p, float g, float *s, size_t stride)
{
	float *mean = s + stride, *buffer = s + 2 * stride, second;

	g = decayed(rates, p, g);
	s[0] = fmaf(RATE(KEEP2), s[0], RATE(FRESH2) * (g * g));
	second = s[0];
	if (u->centered) {
		*mean = fmaf(RATE(KEEP2), *mean, RATE(FRESH2) * g);
		second = fmaxf(fmaf(-*mean, *mean, second), 0.0f);
	}
	g = order_divide(g, order_sqrt(second) + RATE(EPS));
	if (u->momentum) {
		*buffer = fmaf(RATE(KEEP), *buffer, g);
		g = *buffer;
	}
	return fmaf(-RATE(LR), g, p);
}

static float adagrad(
	const struct update *u, const double *rates, float p, float g, float *s, size_t stride)
{
	(void)u;
	(void)stride;
	g = decayed(rates, p, g);
	s[0] = fmaf(g, g, s[0]);
	return fmaf(-RATE(LR), order_divide(g, order_sqrt(s[0]) + RATE(EPS)), p);
}

static optimizer *const OPTIMIZERS[GF_OPTIMIZER_COUNT] = {sgd, adam, adamw, rmsprop, adagrad};

/* ---- around it ---- */

static float penalised(const double *rates, float g, float p, int is_weight)
{
	return is_weight && RATE(L2) != 0.0f ? fmaf(RATE(L2), p, g) : g;
}

/* The factor that clipping to a norm leaves of the gradient, in a unit that keeps squares within
 * the range of float. */
struct left {
	float unit, factor;
};

/* The step of an update: the gradient, and the parameters before it. */
struct step {
	const struct problem *p;
	const struct network network;
	const double *rates;
	const float *gradient, *params; /* (P) */
};

/* Adds the squares of parameters [first, first + count) to lanes (16), by fused multiply-adds. */
static void add_squares(
	const struct step *step, size_t first, size_t count, float unit, float *lanes)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const size_t p = first + i;
		const int is_weight = !network_is_bias(&step->network, p);
		const float g =
			penalised(step->rates, step->gradient[p], step->params[p], is_weight) *
			unit;

		lanes[i % 16] = fmaf(g, g, lanes[i % 16]);
	}
}

/* Each row of weights, and the biases of each layer, have 16 lanes: lanes (rows, 16). */
static float *layer_squares(const struct step *step, size_t l, float unit, float *lanes)
{
	const struct layer *layer = &step->network.layers[l];
	size_t o;

	for (o = 0; o < layer->outputs; o++, lanes += 16)
		add_squares(step, layer->weight + o * layer->inputs, layer->inputs, unit, lanes);
	add_squares(step, layer->bias, layer->outputs, unit, lanes);
	return lanes + 16;
}

static float sum_network_squares(const struct step *step, float unit)
{
	size_t rows = 0, l;
	float *lanes, *next, sum;

	for (l = 0; l < step->network.count; l++)
		rows += step->network.layers[l].outputs + 1;
	next = lanes = calloc(rows * 16, sizeof *lanes);
	for (l = 0; l < step->network.count; l++)
		next = layer_squares(step, l, unit, next);
	order_tree(lanes, rows, 16);
	sum = order_halve(lanes, 16);
	free(lanes);
	return sum;
}

static float sum_squares(const struct step *step, float unit)
{
	float lanes[16] = {0.0f};

	if (step->p->hidden.count > 0)
		return sum_network_squares(step, unit);
	add_squares(step, 0, problem_params(step->p), unit, lanes);
	return order_halve(lanes, 16);
}

/* The unit is 2^-80 if the squares overflow with a unit of 1. */
static struct left norm_left(const struct step *step)
{
	const double *rates = step->rates;
	struct left left = {1.0f, 1.0f};
	float squares = sum_squares(step, left.unit), norm;

	if (squares > FLT_MAX) {
		left.unit = 0x1p-80f;
		squares = sum_squares(step, left.unit);
	}
	norm = order_sqrt(squares) + 1e-6f * left.unit;
	left.factor = fminf(order_divide(RATE(CLIP), norm), 1.0f / left.unit);
	return left;
}

static float clipped(const struct update *u, const double *rates, float g, struct left left)
{
	if (u->clip_norm)
		g = g * left.unit * left.factor;
	if (u->clip_value)
		g = fminf(fmaxf(g, -RATE(CLIP)), RATE(CLIP));
	return u->maximize ? -g : g;
}

static void update_one(const struct problem *p, const double *rates, float g, struct left left,
	int is_weight, float *param, float *state)
{
	const struct update *u = &p->update;
	const size_t P = problem_params(p);
	float *average = state + (problem_planes(p) - (size_t)u->average) * P;

	g = clipped(u, rates, penalised(rates, g, *param, is_weight), left);
	*param = OPTIMIZERS[u->optimizer](u, rates, *param, g, state, P);
	if (is_weight && RATE(SHRINK) > 0.0f)
		*param = copysignf(fmaxf(fabsf(*param) - RATE(SHRINK), 0.0f), *param);
	if (u->average)
		*average = fmaf(*param - *average, RATE(AVERAGE), *average);
}

void order_update(const struct problem *p, const double *rates, const float *gradient,
	float *params, float *state)
{
	const struct step step = {p, problem_network(p), rates, gradient, params};
	const struct left whole = {1.0f, 1.0f};
	const struct left left = p->update.clip_norm ? norm_left(&step) : whole;
	size_t i;

	for (i = 0; i < problem_params(p); i++) {
		const int is_weight = !network_is_bias(&step.network, i);

		if (is_weight || !p->update.no_bias)
			update_one(p, rates, gradient[i], left, is_weight, params + i, state + i);
	}
}

/*
 * test_updates.c: each optimiser of the reference updates parameters as PyTorch's does.  PyTorch's
 * formulas are written here in plain double, from the options that a user sets.
 */
#include "basics.h"

#include "catalog.h"
#include "rates.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>

enum { P = 6, WEIGHTS = 4, STEPS = 40 };

/* ---- PyTorch's formulas ---- */

struct textbook {
	struct update u;
	struct settings s;
	double t; /* the step, counted from 1 */
	double p[P], average[P];
	double buffer[P], first[P], second[P], largest[P], mean[P], sum[P];
};

static double sgd(struct textbook *b, size_t i, double g)
{
	const struct settings *s = &b->s;

	g = g + s->weight_decay * b->p[i];
	if (s->momentum != 0.0) {
		b->buffer[i] =
			b->t == 1.0 ? g : s->momentum * b->buffer[i] + (1.0 - s->dampening) * g;
		g = b->u.nesterov ? g + s->momentum * b->buffer[i] : b->buffer[i];
	}
	return b->p[i] - s->lr * g;
}

/* The step of adam and adamw, whose weight decay is already in g or in p. */
static double adaptive(struct textbook *b, size_t i, double p, double g)
{
	const double beta1 = b->s.betas[0], beta2 = b->s.betas[1];
	const double correction1 = 1.0 - pow(beta1, b->t), correction2 = 1.0 - pow(beta2, b->t);
	double v;

	b->first[i] = beta1 * b->first[i] + (1.0 - beta1) * g;
	b->second[i] = beta2 * b->second[i] + (1.0 - beta2) * g * g;
	b->largest[i] = fmax(b->largest[i], b->second[i]);
	v = b->u.amsgrad ? b->largest[i] : b->second[i];
	return p - b->s.lr / correction1 * b->first[i] / (sqrt(v) / sqrt(correction2) + b->s.eps);
}

static double adam(struct textbook *b, size_t i, double g)
{
	return adaptive(b, i, b->p[i], g + b->s.weight_decay * b->p[i]);
}

static double adamw(struct textbook *b, size_t i, double g)
{
	return adaptive(b, i, b->p[i] * (1.0 - b->s.lr * b->s.weight_decay), g);
}

static double rmsprop(struct textbook *b, size_t i, double g)
{
	const double alpha = b->s.alpha;
	double v;

	g = g + b->s.weight_decay * b->p[i];
	b->second[i] = alpha * b->second[i] + (1.0 - alpha) * g * g;
	b->mean[i] = alpha * b->mean[i] + (1.0 - alpha) * g;
	v = b->u.centered ? b->second[i] - b->mean[i] * b->mean[i] : b->second[i];
	g = g / (sqrt(v) + b->s.eps);
	if (b->s.momentum != 0.0) {
		b->buffer[i] = b->s.momentum * b->buffer[i] + g;
		g = b->buffer[i];
	}
	return b->p[i] - b->s.lr * g;
}

static double adagrad(struct textbook *b, size_t i, double g)
{
	g = g + b->s.weight_decay * b->p[i];
	b->sum[i] = b->sum[i] + g * g;
	return b->p[i] -
	       b->s.lr / (1.0 + (b->t - 1.0) * b->s.lr_decay) * g / (sqrt(b->sum[i]) + b->s.eps);
}

static double next_parameter(struct textbook *b, size_t i, double g)
{
	switch (b->u.optimizer) {
	case GF_OPTIMIZER_adam:
		return adam(b, i, g);
	case GF_OPTIMIZER_adamw:
		return adamw(b, i, g);
	case GF_OPTIMIZER_rmsprop:
		return rmsprop(b, i, g);
	case GF_OPTIMIZER_adagrad:
		return adagrad(b, i, g);
	default:
		return sgd(b, i, g);
	}
}

/* torch.nn.utils.clip_grad_norm_ and clip_grad_value_ */
static void clip_textbook(const struct textbook *b, double *g)
{
	double squares = 0.0, factor;
	size_t i;

	for (i = 0; i < P; i++)
		squares += g[i] * g[i];
	factor = fmin(b->s.clip / (sqrt(squares) + 1e-6), 1.0);
	for (i = 0; i < P; i++) {
		if (b->u.clip_norm)
			g[i] *= factor;
		if (b->u.clip_value)
			g[i] = fmin(fmax(g[i], -b->s.clip), b->s.clip);
	}
}

static void textbook_step(struct textbook *b, const double *gradient)
{
	const double threshold = b->s.lr * b->s.l1;
	double g[P];
	size_t i;

	b->t += 1.0;
	for (i = 0; i < P; i++)
		g[i] = gradient[i] + (i < WEIGHTS ? b->s.l2 * b->p[i] : 0.0);
	clip_textbook(b, g);
	for (i = 0; i < (b->u.no_bias ? WEIGHTS : P); i++) {
		double p = next_parameter(b, i, b->u.maximize ? -g[i] : g[i]);

		if (i < WEIGHTS && threshold > 0.0)
			p = p > threshold ? p - threshold : p < -threshold ? p + threshold : 0.0;
		b->p[i] = p;
		b->average[i] += (p - b->average[i]) / b->t;
	}
}

/* ---- the reference's formulas ---- */

struct reference_parameters {
	struct problem problem;
	struct parameter parameters[P];
	struct bounded state[P][PLANES_MOST];
};

static void reference_update(
	struct reference_parameters *r, const double *gradient, const double *rates)
{
	struct bounded squares = bounded_exact(0.0);
	struct clip clip;
	size_t i;

	for (i = 0; i < P; i++) {
		double g;

		r->parameters[i].gradient = bounded_exact(gradient[i]);
		g = update_penalised(&r->parameters[i], rates).value;
		squares.value += g * g;
	}
	clip = update_clip(&r->problem, rates, squares, 1.0);
	for (i = 0; i < P; i++)
		update_parameter(&r->problem, &r->parameters[i], rates, clip);
}

/* ---- the comparison ---- */

struct comparison {
	struct textbook textbook;
	struct reference_parameters reference;
	const char *what;
};

static void start(struct comparison *c, struct update u, int penalised, struct rng *rng)
{
	size_t i;

	*c = (struct comparison){.textbook = {.u = u, .s = settings_of(&u)},
		.reference = {.problem = {.update = u}},
		.what = optimizer_word(u.optimizer)};
	c->textbook.s.l1 = penalised ? 0.3 : 0.0;
	c->textbook.s.l2 = penalised ? 0.07 : 0.0;
	for (i = 0; i < P; i++) {
		c->textbook.p[i] = (double)rng_uniform(rng, -1.0f, 1.0f);
		if (u.no_bias && i >= WEIGHTS)
			c->textbook.p[i] = 0.0;
		c->reference.parameters[i] =
			(struct parameter){.value = bounded_exact(c->textbook.p[i]),
				.state = c->reference.state[i],
				.is_weight = i < WEIGHTS};
	}
}

/* A step has about ten roundings of double, and momentum keeps those of the last ten steps: far
 * fewer than the 4500 roundings that 1e-12 is. */
static void compare(const struct comparison *c)
{
	const struct textbook *b = &c->textbook;
	const size_t average = problem_planes(&c->reference.problem) - 1;
	char what[64];
	size_t i;

	for (i = 0; i < P; i++) {
		snprintf(what, sizeof what, "%s: parameter %zu after step %g", c->what, i, b->t);
		assert_close(what, c->reference.parameters[i].value.value, b->p[i],
			1e-12 * fmax(1.0, fabs(b->p[i])));
		if (b->u.average)
			assert_close(what, c->reference.state[i][average].value, b->average[i],
				1e-12 * fmax(1.0, fabs(b->average[i])));
	}
}

static void compare_steps(struct update u, int penalised)
{
	struct comparison c;
	struct rng rng;
	size_t t, i;

	rng_seed(&rng, 7);
	start(&c, u, penalised, &rng);
	for (t = 1; t <= STEPS; t++) {
		double rates[RATES], gradient[P];

		c.textbook.s.lr = 0.02 * (double)t / STEPS;
		rates_of(&u, &c.textbook.s, t, 1.0, rates);
		for (i = 0; i < P; i++)
			gradient[i] = u.no_bias && i >= WEIGHTS
					      ? 0.0
					      : (double)rng_uniform(&rng, -0.3f, 0.3f);
		textbook_step(&c.textbook, gradient);
		reference_update(&c.reference, gradient, rates);
		compare(&c);
	}
}

static void every_optimizer_updates_as_pytorchs_does(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(UPDATES); i++)
		compare_steps(UPDATES[i], 0);
}

static void penalties_are_those_of_the_formulas(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(UPDATES); i++)
		compare_steps(UPDATES[i], 1);
}

static void clipping_maximizing_and_averaging_are_those_of_the_formulas(void **state)
{
	size_t i, which;

	(void)state;
	for (i = 0; i < COUNT(UPDATES); i++)
		for (which = 1; which < 32; which++) {
			struct update u = UPDATES[i];

			u.clip_norm = which & 1;
			u.clip_value = (which & 2) != 0;
			u.maximize = (which & 4) != 0;
			u.average = (which & 8) != 0;
			u.no_bias = (which & 16) != 0;
			compare_steps(u, which % 3 == 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_optimizer_updates_as_pytorchs_does),
		cmocka_unit_test(penalties_are_those_of_the_formulas),
		cmocka_unit_test(clipping_maximizing_and_averaging_are_those_of_the_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

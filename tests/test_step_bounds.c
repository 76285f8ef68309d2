/*
 * test_step_bounds.c: steps of every loss with every optimiser, of linear models and networks, in
 * float and in the order of sums, stay within the bounds of a check, and the bounds are not too
 * wide.
 */
#include "fixture_engine.h"

#include "catalog.h"
#include "reference_step.h"

#include <math.h>
#include <stdlib.h>

/* For each pair of loss and optimiser. */
enum { PROBLEMS = 100, NETWORKS = 2 };
enum { STEPS = 3 };

static const size_t ROWS[] = {1, 2, 7, 15, 16, 17, 63, 64, 65, 129, 200};
static const size_t NETWORK_ROWS[] = {1, 2, 16, 65};
static const size_t FEATURES[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 18, 33};
static const size_t WIDTHS[] = {1, 2, 3, 5, 8, 16, 17};

/* What is drawn: linear models or networks, of usual magnitudes or of any. */
struct kind {
	int networks, scattered;
};

/* ---- problems ---- */

static size_t draw_below(struct rng *rng, size_t count)
{
	return rng_next32(rng) % count;
}

static struct hidden random_hidden(struct rng *rng)
{
	struct hidden hidden = {.count = 1 + draw_below(rng, 3), .negative_slope = 0.1};
	size_t i;

	for (i = 0; i < hidden.count; i++)
		hidden.widths[i] = WIDTHS[draw_below(rng, COUNT(WIDTHS))];
	if (hidden.count == 1 && draw_below(rng, 8) == 0)
		hidden.widths[0] = 300; /* more than a chunk */
	hidden.activation = (gf_activation)draw_below(rng, GF_ACTIVATION_COUNT);
	return hidden;
}

static struct setup random_setup(gf_loss loss, struct update u, struct kind kind, struct rng *rng)
{
	const size_t outputs = 1 + draw_below(rng, 3) + (loss == GF_LOSS_cross_entropy);
	size_t rows;

	/* Maximising gamma makes outputs of -30 within three steps.  An error of the output is then
	 * as large a share of exp(-z), so that bounds are rightly wide. */
	u.maximize = draw_below(rng, 4) == 0 && loss != GF_LOSS_gamma;
	u.clip_norm = draw_below(rng, 3) == 0;
	u.clip_value = !u.clip_norm && draw_below(rng, 3) == 0;
	u.average = draw_below(rng, 2) == 0;
	u.no_bias = draw_below(rng, 4) == 0;
	rows = kind.networks ? NETWORK_ROWS[draw_below(rng, COUNT(NETWORK_ROWS))]
			     : ROWS[draw_below(rng, COUNT(ROWS))];
	return (struct setup){.shape = {rows, FEATURES[draw_below(rng, COUNT(FEATURES))], outputs},
		.hidden = kind.networks ? random_hidden(rng) : (struct hidden){.count = 0},
		.loss = loss,
		.update = u,
		.batch_size = draw_below(rng, 2) ? 16 : 0,
		.shuffled = draw_below(rng, 2) == 0,
		.weighted = draw_below(rng, 2) == 0,
		.offset = rows % 2 == 1,
		.class_weights = loss == GF_LOSS_cross_entropy && draw_below(rng, 2) == 0,
		.penalised = draw_below(rng, 2) == 0,
		.steps = STEPS};
}

/* Scales each column by a random magnitude and its weights by the inverse, and scales the learning
 * rates. */
static void scatter(struct training *t, struct rng *rng)
{
	const gf_dataset *d = t->problem.data;
	const size_t outputs = problem_network(&t->problem).layers[0].outputs;
	size_t i, j, k;

	for (j = 0; j < d->features; j++) {
		const float size = random_magnitude(rng, -3.0f, 3.0f);

		for (i = 0; i < d->rows; i++)
			d->x[i * d->features + j] *= size;
		for (k = 0; k < outputs; k++)
			t->start[k * d->features + j] /= size;
	}
	for (i = 0; i < STEPS; i++)
		t->rates[i * RATES + RATE_LR] *= (double)random_magnitude(rng, -5.0f, 1.0f);
}

/* ---- the comparison ---- */

struct tally {
	const char *what;
	size_t numbers, unbounded;
	double worst;  /* largest |difference| / bound */
	double bounds; /* sum of the bounds */
	double size;   /* sum, for each bound, of the largest number of the bounded array */
};

struct report {
	struct tally loss, gradient, state, next;
};

static void compare(struct tally *tally, const struct training *t, size_t step, size_t index,
	float found, double wanted, double bound, double size)
{
	const double off = fabs((double)found - wanted);

	tally->numbers++;
	if (isinf(bound)) {
		tally->unbounded++;
		return;
	}
	if (!(off <= bound))
		fail_msg("%s by %s, %zu x %zu x %zu, step %zu: %s %zu is %.9g in float, %.17g in "
			 "double: off by %g, bound %g",
			loss_word(t->setup.loss), optimizer_word(t->setup.update.optimizer),
			t->setup.shape.rows, t->setup.shape.features, t->setup.shape.outputs, step,
			tally->what, index, (double)found, wanted, off, bound);
	if (bound > 0.0)
		tally->worst = fmax(tally->worst, off / bound);
	tally->bounds += bound;
	tally->size += size;
}

static double largest(const double *numbers, size_t count)
{
	double size = 0.0;
	size_t i;

	for (i = 0; i < count; i++)
		size = fmax(size, fabs(numbers[i]));
	return size;
}

static void compare_step(
	struct report *report, const struct training *t, struct reference_step *r, size_t i)
{
	const size_t P = t->parameters, floats = step_floats(t);
	const struct batch batch = plan_batch(&t->plan, t->problem.batch_size, i);
	const float *step = t->expected.history + i * floats;
	const float *after = i + 1 < STEPS ? step + floats : t->expected.end;
	const float *state_after = i + 1 < STEPS ? step + floats + 2 * P : t->expected.end_state;
	double gradient_size, next_size, state_size = 0.0;
	size_t p;

	assert_int_equal(reference_step_take(r, &t->problem, &batch, step, step + 2 * P,
				 plan_rates(&t->plan, i), NULL),
		GF_OK);
	compare(&report->loss, t, i, 0, t->expected.losses[i], r->loss, r->loss_bound,
		fabs(r->loss));
	gradient_size = largest(r->gradient, P);
	next_size = largest(r->next, P);
	for (p = 0; p < P; p++) {
		compare(&report->gradient, t, i, p, step[P + p], r->gradient[p],
			r->gradient_bound[p], gradient_size);
		compare(&report->next, t, i, p, after[p], r->next[p], r->next_bound[p], next_size);
	}
	for (p = 0; p < t->planes * P; p++) {
		if (p % P == 0)
			state_size = largest(r->state + p, P);
		compare(&report->state, t, i, p, state_after[p], r->state[p], r->state_bound[p],
			state_size);
	}
}

static void try_training(struct report *report, struct training *t)
{
	struct reference_step *r;
	size_t i;

	expect_training(t);
	assert_int_equal(reference_step_new(&r, &t->problem, NULL), GF_OK);
	for (i = 0; i < STEPS; i++)
		compare_step(report, t, r, i);
	reference_step_free(r);
	free_training(t);
}

static struct report new_report(void)
{
	return (struct report){.loss = {.what = "loss"},
		.gradient = {.what = "gradient"},
		.state = {.what = "state"},
		.next = {.what = "next"}};
}

static void try_pair(
	struct report *report, gf_loss loss, struct update update, uint64_t seed, struct kind kind)
{
	struct rng rng;
	size_t i;

	rng_seed(&rng, seed);
	for (i = 0; i < (kind.networks ? NETWORKS : PROBLEMS); i++) {
		const struct setup setup = random_setup(loss, update, kind, &rng);
		struct training *t = new_training(&setup);

		if (kind.scattered)
			scatter(t, &rng);
		try_training(report, t);
	}
}

/* ---- tests ---- */

/* Bounds are at most `largest` of the numbers that they bound, and some number errs by
 * `least_worst` of its bound. */
static void assert_narrow(const struct tally *t, const char *loss, const char *optimizer,
	double largest, double least_worst)
{
	if (t->numbers &&
		(t->unbounded > 0 || t->bounds > largest * t->size || t->worst < least_worst))
		fail_msg("%s by %s: %s: %zu of %zu have no bound, the bounds are %.3g of the "
			 "numbers, and the largest error is %.3g of its bound",
			loss, optimizer, t->what, t->unbounded, t->numbers, t->bounds / t->size,
			t->worst);
}

/* Losses and gradients have at most about 30 roundings, 2e-6 of magnitudes, and features and
 * targets partly cancel in them; next parameters are mostly one rounding of themselves.  A bound
 * that became too wide would exceed the stated share of the numbers, or no error would come near
 * it. */
static void bounds_are_not_too_wide(void **state)
{
	size_t loss, u;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++)
		for (u = 0; u < COUNT(UPDATES); u++) {
			const char *by = optimizer_word(UPDATES[u].optimizer);
			const char *word = loss_word((gf_loss)loss);
			struct report r = new_report();

			try_pair(&r, (gf_loss)loss, UPDATES[u], 100 * loss + u, (struct kind){0});

			assert_narrow(&r.loss, word, by, 4e-6, 0.06);
			assert_narrow(&r.gradient, word, by, 8e-6, 0.06);
			assert_narrow(&r.state, word, by, 8e-6, 0.3);
			assert_narrow(&r.next, word, by, 2e-6, 0.3);
		}
}

/* An error of z goes through the layers behind it and back.  All networks of a loss together have
 * bounds of the size of a linear model's, and their largest errors are as near to them. */
static void bounds_of_networks_are_not_too_wide(void **state)
{
	size_t loss, u;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++) {
		const char *word = loss_word((gf_loss)loss);
		struct report r = new_report();

		for (u = 0; u < COUNT(UPDATES); u++)
			try_pair(&r, (gf_loss)loss, UPDATES[u], 100 * loss + u,
				(struct kind){.networks = 1});
		assert_narrow(&r.loss, word, "networks", 1.5e-5, 0.02);
		assert_narrow(&r.gradient, word, "networks", 1.5e-5, 0.1);
		assert_narrow(&r.state, word, "networks", 1.5e-5, 0.3);
		assert_narrow(&r.next, word, "networks", 4e-6, 0.3);
	}
}

static void steps_stay_within_their_bounds_at_any_magnitude(void **state)
{
	struct report r = new_report();
	size_t loss, u;
	int networks;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++)
		for (u = 0; u < COUNT(UPDATES); u++)
			for (networks = 0; networks < 2; networks++)
				try_pair(&r, (gf_loss)loss, UPDATES[u], 100 * loss + u + 50,
					(struct kind){networks, .scattered = 1});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_not_too_wide),
		cmocka_unit_test(bounds_of_networks_are_not_too_wide),
		cmocka_unit_test(steps_stay_within_their_bounds_at_any_magnitude),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
